"""Models looked up without making the page wait: what takes longer goes on in the background.

Knows nothing of Gradio. A hub model is asked for once; its answer, or why there is none, is kept.
"""

import os
import threading
from dataclasses import dataclass, field

from engine.errors import ModelError
from engine.models import hub
from engine.models.catalogue import BUNDLED, ModelInfo, find_model

PATIENCE = 0.3
"""Seconds the page waits before it says that it is looking."""


class LookingUp(ModelError):
    """Not known yet; ask again when `finished` has grown."""

    def __init__(self, name: str) -> None:
        super().__init__("page.model_looking", name=name)


@dataclass
class _Look:
    error: ModelError | None
    """Why there is no answer; until there is one, what to say should looking itself break down"""
    info: ModelInfo | None = None
    done: threading.Event = field(default_factory=threading.Event)


_looks: dict[str, _Look] = {}
_lock = threading.Lock()
_finished = 0


def find(name: str) -> ModelInfo:
    """`find_model` that never takes long. Raises LookingUp while nothing is known."""
    name = name.strip()
    if name == BUNDLED or os.path.isdir(os.path.expanduser(name)):
        return find_model(name)
    with _lock:
        look = _looks.get(name)
        if look is None:
            look = _looks[name] = _Look(ModelError("models.download_damaged", name=name))
            threading.Thread(target=_do, args=(name, look), daemon=True).start()
    if not look.done.wait(PATIENCE):
        raise LookingUp(name)
    if look.info is None:
        assert look.error is not None
        raise ModelError(look.error.message.key, **look.error.message.params)
    return look.info


def again(name: str) -> None:
    """Forget why a model could not be had: the user asks once more."""
    with _lock:
        look = _looks.get(name.strip())
        if look is not None and look.done.is_set() and look.info is None:
            del _looks[name.strip()]


def finished() -> int:
    """Grows with every answer."""
    return _finished


def _do(name: str, look: _Look) -> None:
    """Ask for the record, and for the tokenizer, which counts the text lengths."""
    global _finished
    try:
        info = find_model(name)
        hub.fetch(info, weights=False)
        look.info, look.error = info, None
    except ModelError as error:
        look.error = error
    finally:
        with _lock:
            _finished += 1
        look.done.set()
