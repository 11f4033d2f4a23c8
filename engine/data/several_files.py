"""Files that were given together → what each is for: texts, their labels, or a ready-made split."""

import re
from collections.abc import Sequence
from pathlib import Path

from engine.data.delimited import sniff
from engine.data.kinds import TEXT, kind_of
from engine.data.paired_lines import File, read_lines
from engine.data.plan import Sources
from engine.data.splits import split_of
from engine.errors import DataError

_OF_LABELS = frozenset("label labels lbl target targets tags class classes y gold".split())
_LONGEST_LABEL = 60
_SAMPLE = 2000


def sort_out(files: Sequence[File]) -> Sources:
    """One file, or several whose names say their splits, each with or without a file of labels
    that has a line for each of its lines.

    Raises DataError where it cannot be told what a file is for.
    """
    labels = [file for file in files if len(files) > 1 and _holds_labels(file)]
    others = [file for file in files if file not in labels]
    texts = {_split(file, len(others)): file for file in others}
    named = {_split(file, len(labels)): file for file in labels}
    clear = len(texts) == len(others) and len(named) == len(labels) and named.keys() <= texts.keys()
    if not clear or "train" not in texts:
        raise DataError("data.unclear_files", files=[name for _, name in files])
    return Sources(
        **{split: path for split, (path, _) in texts.items()},
        labels={split: path for split, (path, _) in named.items()},
        names={split: name for split, (_, name) in texts.items()}
        | {f"{split}_labels": name for split, (_, name) in named.items()},
    )


def _split(file: File, count: int) -> str:
    """The split that the file's name says; the only file of its kind is for training."""
    words = re.split(r"[\W_]+", Path(file[1]).name.rpartition(".")[0] or file[1])
    found = {split for word in words if (split := split_of(word))}
    return found.pop() if len(found) == 1 and count > 1 else "train"


def _holds_labels(file: File) -> bool:
    """Whether the file has a short word on each line, few of them different, and nothing else."""
    path, name = file
    if kind_of(path, name) != TEXT:
        return False
    lines = [line.strip() for line in read_lines(path, name)[:_SAMPLE]]
    filled = [line for line in lines if line]
    if not filled or any(len(line) > _LONGEST_LABEL or "\t" in line for line in filled):
        return False
    if _OF_LABELS & set(re.split(r"[\W_]+", name.casefold())):
        return True
    few = len(set(filled)) <= max(2, len(filled) / 3)
    return few and sniff([f"{line}\n" for line in filled]).delimiter is None
