"""The train form's raw values ↔ a draft of settings. Knows nothing of Gradio.

An empty field means: as recommended. Every setting comes from `engine.training.settings`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import RecipeError
from engine.text import Message
from engine.training.settings import BY_NAME, SETTINGS, Setting, check_values
from engine.training.sweep import Sweep
from engine.workspace import DEFAULT_WORKSPACE
from webui.several import TICKED

ON, OFF = "on", "off"
GROUPS = tuple(dict.fromkeys(setting.group for setting in SETTINGS))


def advanced(group: str) -> list[Setting]:
    """The settings of one group that the simple view does not show."""
    return [setting for setting in SETTINGS if setting.group == group and not setting.simple]


def read(
    values: Mapping[str, Any], recommended: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], tuple[Message, ...]]:
    """What the user set, in proper types, and what is wrong with the rest, which is left out.

    Fields that are of no use with the others are not looked at; `recommended` says what stands in
    the empty ones, where that is known.
    """
    typed = {name: _typed(BY_NAME[name], raw) for name, raw in values.items() if name in BY_NAME}
    set_by_user = {name: value for name, value in typed.items() if value is not None}
    stand = {**(recommended or {}), **set_by_user}
    draft: dict[str, Any] = {}
    problems: list[Message] = []
    for name, value in set_by_user.items():
        if not BY_NAME[name].of_use(stand):
            continue
        try:
            draft |= check_values({name: value})
        except RecipeError as error:
            problems.extend(error.problems)
    return draft, tuple(problems)


def write(draft: Mapping[str, Any]) -> dict[str, Any]:
    """The raw value of every field: of the draft where it decides, else empty."""
    fields = {setting.name: _raw(setting, draft.get(setting.name)) for setting in SETTINGS}
    return fields | {name: [] for name in TICKED}


def write_sweep(sweep: Sweep) -> dict[str, Any]:
    """The raw value of every field for these settings, some of them with several values."""
    single = {name: found[0] for name, found in sweep.choices.items() if len(found) == 1}
    raw = write(single)
    for name, found in sweep.choices.items():
        if len(found) > 1:
            each = [write({name: value})[name] for value in found]
            ticked = f"several_{name}" in TICKED
            raw[f"several_{name}" if ticked else name] = each if ticked else "; ".join(each)
    return raw


def changed(draft: Mapping[str, Any]) -> list[str]:
    """The advanced settings the user decided."""
    return [name for name in draft if name in BY_NAME and not BY_NAME[name].simple]


def command(workspace: Path, dataset: str, draft: Mapping[str, Any]) -> str:
    """The command line, given in the program's folder, that starts the same runs."""
    import shlex

    import yaml

    def spoken(value: Any) -> str:
        style: dict[str, Any] = {"default_flow_style": True, "allow_unicode": True}
        text: str = yaml.safe_dump(_plain(value), width=10_000, **style)
        return text.removesuffix("\n").removesuffix("\n...")

    settings = [f"--set {shlex.quote(f'{name}={spoken(value)}')}" for name, value in draft.items()]
    place = [] if workspace == DEFAULT_WORKSPACE else [f"--workspace {shlex.quote(str(workspace))}"]
    train = ["python -m engine train", f"--dataset {dataset}"]
    return " ".join([*train, *settings, *place, "--follow"])


def recipe_file(dataset: str, version: int, draft: Mapping[str, Any]) -> str:
    """A recipe file with these settings, some of them with several values."""
    import yaml

    record = {"dataset": dataset, "dataset_version": version}
    record |= {name: _plain(value) for name, value in draft.items()}
    text: str = yaml.safe_dump(record, sort_keys=False, allow_unicode=True)
    return text


def _plain(value: Any) -> Any:
    """Lists instead of tuples, which YAML would mark."""
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _typed(setting: Setting, raw: Any) -> Any:
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    if setting.simple and raw == setting.default:
        return None  # what stands there unasked is not the user's choice
    if setting.kind == "switch":
        return raw == ON
    if setting.kind == "weights":
        return _weights(str(raw))
    return raw


def _weights(text: str) -> dict[str, str]:
    """`label: 2` a line. A label may hold colons: the last one counts."""
    pairs = (line.rpartition(":") for line in text.splitlines() if line.strip())
    return {label.strip(): weight.strip() for label, _, weight in pairs}


def _raw(setting: Setting, value: Any) -> str:
    if value is None:
        return (setting.default or "") if setting.simple else ""
    if setting.kind == "number":
        return f"{value:g}"
    if setting.kind == "switch":
        return ON if value else OFF
    if setting.kind == "names":
        return ", ".join(value)
    if setting.kind == "weights":
        return "\n".join(f"{label}: {weight:g}" for label, weight in value.items())
    return str(value)
