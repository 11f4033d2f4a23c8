"""Models in memory for the playground: those used last, loaded one by one at first use.

Torch is imported by the first call only, so the page is up long before.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.workspace import Workspace

if TYPE_CHECKING:  # torch takes seconds
    from engine.inference.predictor import Predictor

SHARE = 4
"""All of them together take no more than this part (1/4) of the memory, unless one alone does."""
UNTRAINED = -1
Key = tuple[Path, int]
"""A model folder and when it was written, or a run's folder and UNTRAINED."""


class Predictors:
    """Where there is no room for another, the one used longest ago goes."""

    def __init__(self) -> None:
        self._lock, self._loading = threading.Lock(), threading.Lock()
        self._loaded: OrderedDict[Key, Predictor] = OrderedDict()

    def get(self, folder: Path) -> "Predictor":
        """The predictor of a model folder, at the operating point saved last. Raises ModelError
        where it cannot be loaded."""
        from engine.inference.predictor import load_predictor

        return self._kept(_key(folder), lambda: load_predictor(folder)).as_saved(folder)

    def untrained(self, workspace: Workspace, run: str) -> "Predictor":
        """The model a run began with. Raises ModelError or WorkspaceError where what it was made of
        is gone."""
        from engine.runs.untrained import load_untrained

        key = workspace.run(run).root, UNTRAINED
        return self._kept(key, lambda: load_untrained(workspace, run))

    def has(self, folder: Path) -> bool:
        """Whether the model of a folder is in memory."""
        with self._lock:
            return _key(folder) in self._loaded

    def _kept(self, key: Key, load: "Callable[[], Predictor]") -> "Predictor":
        """One is loaded at a time; those that are there need not wait for it."""
        found = self._find(key)
        if found is None:
            with self._loading:
                found = self._find(key) or self._keep(key, load())
        return found

    def _find(self, key: Key) -> "Predictor | None":
        with self._lock:
            if key in self._loaded:
                self._loaded.move_to_end(key)
            return self._loaded.get(key)

    def _keep(self, key: Key, predictor: "Predictor") -> "Predictor":
        with self._lock:
            self._loaded[key] = predictor
            while len(self._loaded) > 1 and self._size() * SHARE > predictor.memory:
                self._loaded.popitem(last=False)
        return predictor

    def _size(self) -> int:
        return sum(predictor.size for predictor in self._loaded.values())


def _key(folder: Path) -> Key:
    return folder, (folder / "labels.json").stat().st_mtime_ns


PREDICTORS = Predictors()
"""One for both languages' pages: the memory is the machine's."""
