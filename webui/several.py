"""A form in which fields hold several values ↔ one form a run. Knows nothing of Gradio.

A field for a number takes values separated by `;` or `,`; one for names takes lists separated by
`;`. What is chosen from a list has a second field where several can be ticked (`several_<name>`);
what is ticked there stands in for the first one. Where a comma may be a decimal one or separate
thousands, nothing is guessed: the field asks.
"""

import math
import re
from collections.abc import Mapping
from itertools import product
from typing import Any

from engine.text import Message
from engine.training.settings import BY_NAME, SETTINGS, Setting
from engine.training.sweep import MOST

TICKED = {
    f"several_{setting.name}": setting
    for setting in SETTINGS
    if setting.name == "model" or setting.kind in ("choice", "switch")
}
"""Name of the second field → its setting."""

_ONE_NUMBER = {
    "number": re.compile(r"[+-]?\d+,\d+(e[+-]?\d+)?", re.IGNORECASE),
    "integer": re.compile(r"\d{1,3}(,\d{3})+"),
}
"""What a single number may look like where people write commas into numbers."""

_WIDE = str.maketrans("；，", ";,")


def forms(values: Mapping[str, Any]) -> tuple[list[dict[str, Any]], tuple[Message, ...]]:
    """One form a combination of values, at least one, and what is wrong with the values."""
    choices: dict[str, list[Any]] = {}
    problems: list[Message] = []
    for name, raw in values.items():
        if name in TICKED:
            continue
        ticked = values.get(f"several_{name}") or []
        choices[name] = list(ticked) or _split(BY_NAME[name], raw, problems)
    count = math.prod(len(found) for found in choices.values())
    if count > MOST:
        problems.append(Message("recipe.too_many_runs", {"count": count, "most": MOST}))
    if problems:
        choices = {name: found[:1] for name, found in choices.items()}
    combinations = product(*choices.values())
    return [dict(zip(choices, each, strict=True)) for each in combinations], tuple(problems)


def kept(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Of what a browser has stored the values that fields can take."""
    fields: dict[str, Any] = {
        name: raw for name, raw in stored.items() if name in BY_NAME and isinstance(raw, str)
    }
    for name, setting in TICKED.items():
        raw = stored.get(name)
        if isinstance(raw, list):
            known = [each for each in raw if isinstance(each, str) and _is_known(setting, each)]
            fields |= {name: known} if known else {}
    return fields


def _is_known(setting: Setting, raw: str) -> bool:
    return setting.kind == "text" or raw in (setting.choices or ("on", "off"))


def _split(setting: Setting, raw: Any, problems: list[Message]) -> list[Any]:
    if not isinstance(raw, str) or setting.kind not in ("number", "integer", "names"):
        return [raw]
    text = raw.translate(_WIDE)
    if setting.kind in _ONE_NUMBER and ";" not in text:
        if _ONE_NUMBER[setting.kind].fullmatch(text.strip()):
            one = text.strip().replace(",", "." if setting.kind == "number" else "")
            label = Message(f"settings.{setting.name}.label")
            found = {"label": label, "found": raw.strip(), "one": one}
            problems.append(Message("page.several_ambiguous", found))
            return [""]
        text = text.replace(",", ";")
    parts = [part.strip() for part in text.split(";") if part.strip()]
    return list(dict.fromkeys(parts)) or [raw]
