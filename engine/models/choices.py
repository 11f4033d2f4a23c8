"""All models one can choose from: those on this computer first, then the known ones.

Nothing here goes online.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import ModelError
from engine.models import hub
from engine.models.catalogue import BUNDLED, ModelInfo, describe, find_model
from engine.models.known import MULTI, KnownModel, known_models
from engine.text import Message


@dataclass(frozen=True)
class Choice:
    """One line of the list."""

    name: str
    """What the setting `model` is set to"""
    title: str
    info: ModelInfo | None = None
    """None where nothing is known of it yet"""
    known: KnownModel | None = None
    """None for a model that is not among the proposed ones"""
    here: bool = False
    """Its weights are on this computer"""
    refusal: Message | None = None
    """Why it cannot be used"""

    @property
    def languages(self) -> tuple[str, ...]:
        return self.known.languages if self.known else self.info.languages if self.info else ()

    @property
    def folder(self) -> bool:
        return self.name != BUNDLED and Path(self.name).is_absolute()


def all_choices(used: Iterable[str] = ()) -> list[Choice]:
    """Known models, models of the hub's cache, and those in `used` (of earlier runs)."""
    cached = hub.cached_names()
    proposed = [_proposed(model, model.id in cached) for model in known_models()]
    names = {choice.name for choice in proposed}
    others = [name for name in dict.fromkeys([*used, *cached]) if name not in names]
    found = [_other(name, name in cached) for name in others]
    return sorted([*found, *proposed], key=_order)


def listed(name: str) -> ModelInfo | None:
    """What the list of known models says of one of them; it need not be on this computer."""
    return next((_proposed(each, False).info for each in known_models() if each.id == name), None)


def matching(choices: Sequence[Choice], task: str = "", language: str = "") -> list[Choice]:
    """Those for a task and a language; of what is not known nothing is left out."""
    return [choice for choice in choices if _fits(choice, task, language)]


def languages(choices: Sequence[Choice]) -> list[str]:
    """All languages that some model is made for, without the many of the multilingual ones."""
    return sorted({code for choice in choices for code in choice.languages} - {MULTI})


def _fits(choice: Choice, task: str, language: str) -> bool:
    if task and choice.known and task not in choice.known.tasks:
        return False
    spoken = choice.languages
    return not (language and spoken) or language in spoken or MULTI in spoken


def _order(choice: Choice) -> tuple[bool, bool]:
    """The bundled one, then what is here, then the rest as it comes."""
    return choice.name != BUNDLED, not choice.here


def _proposed(model: KnownModel, cached: bool) -> Choice:
    """A known model is described by its entry, not by files that may not be here."""
    here = cached or model.id == BUNDLED
    try:
        info = describe(model.id, {"model_type": model.family}, None, model.parameters)
    except ModelError as error:
        return Choice(model.id, model.title, None, model, here, error.message)
    info = replace(
        info,
        title=model.title,
        max_length=model.max_length,
        shape=model.shape,
        languages=model.languages,
    )
    return Choice(model.id, model.title, info, model, here)


def _other(name: str, cached: bool) -> Choice:
    """A folder or hub id that somebody has used before."""
    folder = Path(name)
    local = folder.is_absolute()
    title = folder.name if local else name
    if not local and not cached:
        return Choice(name, title)
    try:
        info = find_model(name) if local else hub.cached(name)
    except ModelError as error:
        return Choice(name, title, None, None, local or cached, error.message)
    return Choice(name, title, info, None, info is not None)
