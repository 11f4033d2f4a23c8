"""`settings`: every setting of a run with its bounds, as a table or as the docs' page."""

import argparse
from itertools import groupby
from typing import Any

import yaml

from engine.cli.output import Output, table
from engine.cli.parser import Commands
from engine.text import translate
from engine.training.settings import SETTINGS, Setting

PAGE_NOTE = "<!-- Made by `python -m engine settings --markdown`; a test compares the two. -->"


def add(commands: Commands) -> None:
    commands.add("settings", settings).add("--markdown", action="store_true")


def settings(arguments: argparse.Namespace, output: Output) -> int:
    output.line(markdown() if arguments.markdown else overview())
    output.result({"settings": [_record(setting) for setting in SETTINGS]})
    return 0


def overview() -> str:
    """One line a setting: name, what it takes, what it does."""
    heads = [translate(f"cli.head.{head}") for head in ("setting", "takes", "default", "meaning")]
    rows = [(s.name, takes(s), default(s), s.label()) for s in SETTINGS]
    return table(heads, rows)


def takes(setting: Setting) -> str:
    """The values a setting can have, in words."""
    if setting.choices:
        return ", ".join(setting.choices)
    if setting.low is not None and setting.high is not None:
        return translate(f"cli.takes.{setting.kind}", low=setting.low, high=setting.high)
    return translate("cli.takes.name" if setting.high else f"cli.takes.{setting.kind}")


def default(setting: Setting) -> str:
    """The value a setting has when nobody sets it, in words."""
    if setting.default is None:
        return translate("cli.recommended")
    if isinstance(setting.default, bool):
        return translate("cli.switch_on" if setting.default else "cli.switch_off")
    return str(setting.default) if setting.default not in ((), {}) else translate("cli.nothing")


def spoken(value: Any) -> str:
    """A value as one would write it after `--set name=`."""
    text: str = yaml.safe_dump(
        list(value) if isinstance(value, tuple) else value,
        default_flow_style=True,
        allow_unicode=True,
        width=10_000,
    )
    return text.removesuffix("\n").removesuffix("\n...")


def markdown() -> str:
    """The page docs/settings.md, whole."""
    parts = [f"# {translate('cli.settings_title')}", PAGE_NOTE, translate("cli.settings_intro")]
    for group, members in groupby(SETTINGS, key=lambda setting: setting.group):
        parts.append(f"## {translate(f'settings.group.{group}')}")
        parts += [_section(setting) for setting in members]
    return "\n\n".join(parts)


def _section(setting: Setting) -> str:
    lines = [f"### `{setting.name}`", "", f"**{setting.label()}.** {setting.help()}", ""]
    if setting.choices:
        lines += [
            f"- `{choice}`: {translate(f'settings.{setting.name}.{choice}')}"
            for choice in setting.choices
        ]
    else:
        lines.append(f"- {translate('cli.head.takes')}: {takes(setting)}")
    lines.append(f"- {translate('cli.head.default')}: {default(setting)}")
    if setting.when:
        other, values = setting.when
        lines.append(f"- {translate('cli.only_when', setting=other, values=_said(values))}")
    return "\n".join(lines)


def _said(values: tuple[str, ...]) -> list[str]:
    """Values of a condition; a switch compares with "True"."""
    return [translate("cli.switch_on") if value == "True" else value for value in values]


def _record(setting: Setting) -> dict[str, Any]:
    return {
        "name": setting.name,
        "group": setting.group,
        "kind": setting.kind,
        "label": setting.label(),
        "help": setting.help(),
        "default": setting.default,
        "low": setting.low,
        "high": setting.high,
        "choices": list(setting.choices),
        "when": list(setting.when) if setting.when else None,
    }
