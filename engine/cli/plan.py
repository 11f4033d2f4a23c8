"""From the arguments of `inspect` and `import` to the decisions of an import."""

import argparse
import atexit
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from engine.cli.output import Output
from engine.cli.parser import Arguments
from engine.errors import DataError
from engine.text import translate

if TYPE_CHECKING:  # pandas takes half a second
    from engine.data.dataset import Roles
    from engine.data.inspection import Inspection
    from engine.data.plan import Plan, Sources, SplitPlan

T = TypeVar("T", int, float)
TASKS = ("binary", "multiclass", "multilabel", "tokens", "qa", "text2text")
_ALL = 10**9
"""A limit no label reaches."""
_OF_ROLES = ("text", "question", "label", "split_column")
_OF_SPLIT = ("ratios", "seed", "per_label", "drop_overlap")


def add_plan_arguments(arguments: Arguments) -> None:
    arguments.add("FILE", type=Path)
    arguments.add("--validation", type=Path, metavar="F")
    arguments.add("--test", type=Path, metavar="F")
    arguments.add("--labels", action="append", type=Path, metavar="F")
    arguments.add("--part", metavar="NAME")
    arguments.add("--task", choices=TASKS)
    arguments.add("--text", action="append", metavar="COLUMN")
    arguments.add("--question", metavar="COLUMN")
    arguments.add("--label", action="append", metavar="COLUMN")
    arguments.add("--positive", metavar="LABEL")
    arguments.add("--merge-labels", action="store_true")
    arguments.add("--split-column", metavar="COLUMN")
    arguments.add("--ratios", type=_shares, metavar="70/15/15")
    arguments.add("--seed", type=_seed, metavar="NUMBER")
    arguments.add("--per-label", type=_limits, metavar="2000/500/500")
    arguments.add("--drop-overlap", action="store_true")


def make_sources(arguments: argparse.Namespace, output: Output) -> "Sources":
    """The files: those named, rows from standard input (`-`), or a data set of the hub
    (`hf:ID`). Raises DataError for one that is not there."""
    from engine.data.limits import MOST_BYTES
    from engine.data.plan import Sources

    given = str(arguments.FILE)
    if given.startswith("hf:"):
        return _of_hub(given, arguments.part or "", output)
    if given == "-":
        arguments.FILE = _aside() / "rows.txt"
        arguments.FILE.write_bytes(sys.stdin.buffer.read(MOST_BYTES + 1))
    sources = Sources(arguments.FILE, arguments.validation, arguments.test)
    labels = arguments.labels or []
    if len(labels) not in (0, len(sources.paths())):
        params = {"files": len(sources.paths()), "labels": len(labels)}
        raise DataError("cli.labels_count", **params)
    sources = replace(sources, labels=dict(zip(sources.paths(), labels, strict=False)))
    for path in (*sources.paths().values(), *labels):
        if path.is_dir():
            raise DataError("cli.is_folder", found=str(path))
        if not path.is_file():
            raise DataError("cli.no_file", found=str(path))
    return sources


def _of_hub(name: str, part: str, output: Output) -> "Sources":
    """Which part of the data set is taken is settled here."""
    from engine.data.hub_data import fetch, look

    listing = look(name, part)
    if part not in ("", listing.part):
        raise DataError("data.no_part", file=listing.name, found=part, parts=listing.parts)
    if len(listing.parts) > 1:
        output.say("cli.hub_part", part=listing.part, parts=listing.parts)
    if listing.left_out:
        output.say("data.hub_left_out", splits=listing.left_out)
    return fetch(listing, _aside())


def _aside() -> Path:
    """A folder that is there until the command ends."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def make_plan(arguments: argparse.Namespace, sources: "Sources") -> "Plan":
    """What the arguments decide; everything else stays to be guessed. Raises DataError."""
    from engine.data.importing import inspect
    from engine.data.plan import Plan

    given = vars(arguments)
    name = given.get("name") or ""
    part = "" if str(arguments.FILE).startswith("hf:") else arguments.part or ""
    plan = Plan(task=arguments.task, positive=arguments.positive, name=name, part=part)
    if any(given[key] not in (None, False) for key in (*_OF_ROLES, *_OF_SPLIT)):
        roles = _roles(arguments, inspect(sources, Plan(task=arguments.task, part=part)))
        plan = replace(plan, roles=roles, split=_split(given, sources, roles))
    if arguments.merge_labels:
        merges: dict[str, str] = {}
        for twins in inspect(sources, plan).twins:
            merges |= twins.merges()
        plan = replace(plan, merges=merges)
    return plan


def _roles(arguments: argparse.Namespace, inspection: "Inspection") -> "Roles":
    """The guessed roles, less the columns that the arguments give another one."""
    from engine.data.dataset import Roles

    given = (arguments.question, arguments.split_column)
    named = [*(arguments.text or ()), *(arguments.label or ()), *given]
    known = {column.name for column in inspection.columns}
    for name in filter(None, named):
        if name not in known:
            raise DataError("cli.no_column", found=name, columns=sorted(known))
    guess = inspection.plan.roles or Roles((), ())
    split = arguments.split_column or (guess.split if guess.split not in named else None)
    asked = guess.question if guess.question not in named else None
    return Roles(
        tuple(arguments.text or (name for name in guess.text if name not in named)),
        tuple(arguments.label or (name for name in guess.label if name not in named)),
        split,
        arguments.question or asked,
    )


def _split(given: dict[str, Any], sources: "Sources", roles: "Roles") -> "SplitPlan":
    """Ready-made splits where there are any and no ratios are asked for."""
    from engine.data.dataset import SPLITS
    from engine.data.plan import SplitPlan

    kind = "files" if len(sources.paths()) > 1 else "column" if roles.split else "ratios"
    chosen: dict[str, Any] = {"drop_overlap": given["drop_overlap"]}
    if given["seed"] is not None:
        chosen["seed"] = given["seed"]
    if given["ratios"]:
        kind = "ratios"
        chosen |= dict(zip(SPLITS, given["ratios"], strict=True))
    if given["per_label"]:
        limits = zip(SPLITS, given["per_label"], strict=True)
        chosen["per_label"] = {split: limit for split, limit in limits if limit != _ALL}
    return SplitPlan(kind=kind, **chosen)


def _shares(text: str) -> tuple[float, ...]:
    """`70/15/15` or `0.7/0.15/0.15` as shares; that they sum to one the importer checks."""
    numbers = _positive(_parts(text), float)
    if numbers is None:
        raise argparse.ArgumentTypeError(translate("cli.not_three", found=text[:40]))
    return tuple(number / 100 for number in numbers) if sum(numbers) > 2 else numbers


def _limits(text: str) -> tuple[int, ...]:
    """`2000/500/500`; `-` keeps all rows of a split, one number stands for all three."""
    parts = [str(_ALL) if part.strip() == "-" else part for part in _parts(text)]
    limits = _positive(parts * 3 if len(parts) == 1 else parts, int)
    if limits is None:
        raise argparse.ArgumentTypeError(translate("cli.not_limits", found=text[:40]))
    return limits


def _seed(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise argparse.ArgumentTypeError(translate("page.seed_not_a_number", found=text[:40]))
    return int(text)


def _parts(text: str) -> list[str]:
    """`2000/500/500` or `2000,500,500`."""
    return re.split("[/,]", text)


def _positive(parts: Sequence[str], number: Callable[[str], T]) -> tuple[T, ...] | None:
    """Three numbers above 0; None for anything else."""
    try:
        values = tuple(map(number, parts))
    except ValueError:
        return None
    return values if len(values) == 3 and all(value > 0 for value in values) else None
