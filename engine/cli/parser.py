"""Arguments: what every command shares, and mistakes answered in one sentence."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from engine.cli.output import Output
from engine.errors import WorkspaceError
from engine.text import translate
from engine.workspace import DEFAULT_WORKSPACE, Workspace

Run = Callable[[argparse.Namespace, Output], int]

PROGRAM = "python -m engine"


class Parser(argparse.ArgumentParser):
    """An argparse parser that says what is wrong in one sentence and exits with 2."""

    def error(self, message: str) -> NoReturn:
        sentence = translate("cli.usage", problem=message.rstrip("."), program=self.prog)
        self.exit(2, sentence + "\n")


def joined(argv: Sequence[str]) -> list[str]:
    """`--per-label -/5/5` as `--per-label=-/5/5`: what begins with a dash argparse takes for an
    option."""
    found: list[str] = []
    for argument in argv:
        if argument.startswith(("-/", "-,")) and found and found[-1].startswith("--"):
            found[-1] += f"={argument}"
        else:
            found.append(argument)
    return found


class Commands:
    """Collects the commands of the modules beside this one."""

    def __init__(self, parser: Parser) -> None:
        self._actions = parser.add_subparsers(
            metavar=translate("cli.command"), dest="command", required=True, parser_class=Parser
        )

    def add(self, name: str, run: Run, **options: Any) -> "Arguments":
        """A new command; its help is `cli.<name>`."""
        about = translate(f"cli.{name}")
        parser = self._actions.add_parser(
            name, help=about, description=about, allow_abbrev=False, **options
        )
        parser.set_defaults(run=run)
        arguments = Arguments(parser)
        arguments.add("--workspace", type=Path, default=DEFAULT_WORKSPACE, metavar="DIR")
        arguments.add("--json", action="store_true")
        return arguments


class Arguments:
    """Adds arguments whose help is `cli.argument.<name>`."""

    def __init__(self, parser: argparse._ActionsContainer) -> None:
        self._parser = parser

    def one_of(self) -> "Arguments":
        """Arguments of which only one can be given."""
        return Arguments(self._parser.add_mutually_exclusive_group())

    def add(self, name: str, **options: Any) -> None:
        key = name.lstrip("-").replace("-", "_").lower()
        self._parser.add_argument(name, help=translate(f"cli.argument.{key}"), **options)


def workspace_of(arguments: argparse.Namespace) -> Workspace:
    """The workspace a command was given. Raises WorkspaceError where there is none."""
    root: Path = arguments.workspace
    if not root.is_dir():
        raise WorkspaceError("cli.no_workspace", found=str(root))
    return Workspace(root).create()
