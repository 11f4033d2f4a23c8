"""From arguments to an exit status; every failure is one sentence on standard error."""

import io
import os
import sys
from collections.abc import Sequence

from engine import online
from engine.cli import (
    compare,
    data,
    explain,
    guide,
    labelling,
    pins,
    predict,
    quality,
    queue,
    robustness,
    runs,
    settings,
    threshold,
    train,
    versions,
    worth,
)
from engine.cli.output import Output
from engine.cli.parser import PROGRAM, Commands, Parser, joined
from engine.errors import TunesmithError
from engine.text import translate

GROUPS = (
    data,
    train,
    runs,
    compare,
    queue,
    threshold,
    predict,
    explain,
    guide,
    robustness,
    pins,
    quality,
    settings,
    versions,
    worth,
    labelling,
)

FAILED = 1
INTERRUPTED = 130
"""What shells expect of a program that Ctrl-C ended."""


def main(argv: Sequence[str]) -> int:
    """Run one command and return its exit status: 0 done, 1 failed, 2 wrong arguments."""
    _speak_utf8()
    arguments = make_parser().parse_args(joined(argv))
    try:
        online.check_endpoint()
        status: int = arguments.run(arguments, Output(arguments.json))
        sys.stdout.flush()
        return status
    except TunesmithError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        _fail(translate("cli.interrupted"))
        return INTERRUPTED
    except BrokenPipeError:
        # the reader (`head`, say) has gone; point stdout elsewhere so that exiting cannot fail
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        reason = error.strerror or str(error)
        return _fail(translate("cli.system", file=error.filename or "", reason=reason))


def make_parser() -> Parser:
    parser = Parser(prog=PROGRAM, description=translate("cli.about"), allow_abbrev=False)
    commands = Commands(parser)
    for group in GROUPS:
        group.add(commands)
    return parser


def _fail(sentence: str) -> int:
    print(" ".join(sentence.split()), file=sys.stderr)
    return FAILED


def _speak_utf8() -> None:
    """Texts in any script come out whole, also into a pipe on Windows."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
