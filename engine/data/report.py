"""How a file was read, and which of its rows were not."""

from dataclasses import dataclass, field

from engine.text import Message

MOST_DROPS = 100


@dataclass(frozen=True)
class DroppedRow:
    """A row that was left out. `row` is its number as a text editor counts lines, from 1."""

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
    rows_dropped: int
    dropped: tuple[DroppedRow, ...] = ()
    """The first 100 of the dropped rows."""
    notes: tuple[Message, ...] = ()
    """What else is worth knowing: unreadable characters, joined cells, renamed columns."""
    part: str = ""
    """Which table of a file that holds several it is: the sheet of a workbook, …"""
    parts: tuple[str, ...] = ()
    """All there are to choose from."""
