"""How a file was read, and which of its rows were not."""

from dataclasses import dataclass, field

from engine.text import Message

MOST_DROPS = 100
BY_LINES = ("csv", "tsv", "txt", "conll", "jsonl")
"""Formats whose rows are told by the line of the file they begin in; of others they are counted."""


@dataclass(frozen=True)
class DroppedRow:
    """A row that was left out. `row` is its number in the file, from 1: its line as a text editor
    counts them where the format is one of `BY_LINES`."""

    row: int
    reason: Message
    file: str = ""
    """The file's name, where there are several."""


@dataclass
class Drops:
    """Counts all rows left out and remembers the first 100."""

    count: int = 0
    first: list[DroppedRow] = field(default_factory=list)

    def add(self, row: int, reason: Message, file: str = "") -> None:
        self.count += 1
        if len(self.first) < MOST_DROPS:
            self.first.append(DroppedRow(row, reason, file))


@dataclass(frozen=True)
class ReadingReport:
    """How a file was read."""

    name: str
    format: str
    """csv, tsv, json, jsonl, parquet, xlsx, zip, …"""
    encoding: str
    """Empty where the format leaves no choice."""
    delimiter: str | None
    has_header: bool | None
    rows_kept: int
    """Rows the file has; what is wrong with their text or truth is not known yet."""
    rows_dropped: int
    dropped: tuple[DroppedRow, ...] = ()
    """The first 100 of the dropped rows."""
    notes: tuple[Message, ...] = ()
    """What else is worth knowing: unreadable characters, joined cells, renamed columns."""
    part: str = ""
    """Which table of a file that holds several it is: the sheet of a workbook, …"""
    parts: tuple[str, ...] = ()
    """All there are to choose from."""

    @property
    def by_lines(self) -> bool:
        return self.format in BY_LINES
