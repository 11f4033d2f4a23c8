"""What a user decides about an import: which files, what each column is for, how rows are split.

Records only; nothing here reads a file or looks at a value.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.data.dataset import SPLITS, Roles
from engine.data.limits import LONGEST_NAME

GENERIC_NAMES = frozenset({"train", "training", "data", "dataset", "all", "full"})


@dataclass(frozen=True)
class Sources:
    """The files of one import: one table, or ready-made splits with one file each."""

    train: Path
    validation: Path | None = None
    test: Path | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    """split → the file's name as uploaded, where it differs from the path's; under
    `<split>_labels` that of its labels."""
    labels: Mapping[str, Path] = field(default_factory=dict)
    """split → a file with the label of each line of that split's file."""

    def paths(self) -> dict[str, Path]:
        """split → file, of the files that are given."""
        every = {split: getattr(self, split) for split in SPLITS}
        return {split: Path(path) for split, path in every.items() if path is not None}

    def name(self, split: str) -> str:
        """The file's name as the user knows it."""
        return self.names.get(split) or self.paths()[split].name

    def labels_name(self, split: str) -> str:
        """The name of the split's file of labels as the user knows it."""
        return self.names.get(f"{split}_labels") or self.labels[split].name

    def title(self) -> str:
        """A name for the data set: the file's, or its folder's where that only says “train”."""
        stem = Path(self.name("train")).stem
        if stem.lower() in GENERIC_NAMES and not self.names:
            return self.train.resolve().parent.name or stem
        return stem[:LONGEST_NAME]


@dataclass(frozen=True)
class SplitPlan:
    """Where training, validation and test rows come from.

    `ratios` shares all rows out anew, stratified; `column` follows the split column; `files` keeps
    the given files. What `column` and `files` lack is carved out of the training rows.
    """

    kind: str = "ratios"
    train: float = 0.8
    validation: float = 0.1
    test: float = 0.1
    seed: int = 13
    per_label: Mapping[str, int] = field(default_factory=dict)
    """split → the most rows of one label to keep there; a split not named keeps all."""
    drop_overlap: bool = False
    """Take rows out of training (and validation) whose text stands in a later split as well."""

    def ratio(self, split: str) -> float:
        return float(getattr(self, split))


@dataclass(frozen=True)
class Plan:
    """All decisions of one import. None, "" and () mean: guess it."""

    roles: Roles | None = None
    task: str | None = None
    positive: str | None = None
    merges: Mapping[str, str] = field(default_factory=dict)
    """label as written → label it counts as."""
    split: SplitPlan | None = None
    name: str = ""
    part: str = ""
    """Which table of a file that holds several: the sheet of a workbook, …"""

    def settled(self) -> tuple[Roles, SplitPlan]:
        """Roles and split of a plan in which nothing is left to guess."""
        if self.roles is None or self.split is None:
            raise ValueError("the plan is not complete")
        return self.roles, self.split
