"""Trained models in memory for the playground: the last few, loaded at first use.

Torch is imported by the first call only, so the page is up long before.
"""

import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # torch takes seconds
    from engine.inference.predictor import Predictor

KEPT = 2


class Predictors:
    """At most KEPT models; the one used longest ago makes room."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: OrderedDict[tuple[Path, int], Predictor] = OrderedDict()

    def get(self, folder: Path) -> "Predictor":
        """The predictor of a model folder, at the operating point saved last. Raises ModelError
        where it cannot be loaded."""
        from engine.inference.predictor import load_predictor

        key = (folder, (folder / "labels.json").stat().st_mtime_ns)
        with self._lock:
            if key not in self._loaded:
                self._loaded[key] = load_predictor(folder)
                while len(self._loaded) > KEPT:
                    self._loaded.popitem(last=False)
            self._loaded.move_to_end(key)
            return self._loaded[key].as_saved(folder)


PREDICTORS = Predictors()
"""One for both languages' pages: the memory is the machine's."""
