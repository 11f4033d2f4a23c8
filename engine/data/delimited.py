"""Lines of CSV, TSV and their relatives → header and rows, whatever their dialect.

Damage stays local: a quote that is never closed costs its own line, not the rest of the file, and
every line that does not become a row is reported.
"""

import csv
import itertools
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.data.limits import check_size
from engine.data.report import Drops
from engine.text import Message

DELIMITERS = ("\t", ",", ";", "|")
_SAMPLE_LINES = 2000
_SAMPLE_CHARS = 1 << 20
_LONGEST_RECORD = 50_000
"""Lines one record may span; more means that its quote was never meant to open a cell."""
_MOST_BROKEN = 1000
"""Lines with unpaired quotes, from which on, if most are, quotes count as ordinary characters."""
_EXCEL_HINT = re.compile(r"sep=.\s*", re.IGNORECASE)
"""A first line that tells Excel the delimiter; it is no row."""
_NO_DELIMITER = "\x1f"
_HEADER_WORDS = frozenset(
    "id index text texts label labels category class target sentence content message review title "
    "body subject headline description question intent sentiment topic tag tags split fold tweet "
    "comment utterance clause y score rating 文本 内容 标题 标签 类别 分类 情感 意图".split()
)

csv.field_size_limit(1 << 30)

Row = tuple[str, ...]
"""A tuple, for the garbage collector need not look through a million of them again and again, which
would hold up all else the process does."""


@dataclass(frozen=True)
class Dialect:
    """How the cells of a line are told apart; `delimiter` None means one cell a line."""

    delimiter: str | None
    quoted: bool = True
    escaped: bool = False
    """Quotes inside cells have a backslash before them instead of being doubled."""
    spaced: bool = False
    """A space follows each delimiter."""


@dataclass(frozen=True)
class Lines:
    """A table as it was read: cells of equal number a row, and the line each row starts at."""

    names: tuple[str, ...] | None
    """The header's cells, None without a header."""
    rows: Sequence[Sequence[Any]]
    numbers: list[int]
    delimiter: str | None
    notes: tuple[Message, ...] = ()


def parse_lines(lines: Iterable[str], file: str, drops: Drops) -> Lines:
    """All rows of the file; those that fit nowhere go to `drops`.

    Raises DataError for a table that is too wide or too long.
    """
    lines = iter(lines)
    first = _first_lines(lines)
    if first and _EXCEL_HINT.fullmatch(first[0]):
        first[0] = "\n"
    lines = itertools.chain(first, lines)
    sample = [line for line in first if not line.isspace()]
    dialect = sniff(sample)
    head = [cells for _, cells in _records(sample, dialect) if cells]
    if _leading_labels(sample) and (_is_punctuation(head) or sample[0].startswith("__label__")):
        return _split_leading_labels(lines)
    width = _usual_width(head)
    check_size(0, max(width, len(head[0]) if head else 0), file)
    named = has_header([cells for cells in head if len(cells) == width or cells is head[0]])
    header = head[0] if named and head else None
    if header is not None and _rows_are_numbered(header, width, head[1:]):
        header = ["", *header]
    if header is not None:
        width = len(header)
    rows, numbers = _rows(_records(lines, dialect), width, header is not None, file, drops)
    return _without_spill(header, rows, numbers, dialect.delimiter)


def sniff(sample: Sequence[str]) -> Dialect:
    """The dialect under which most lines have the same number of cells, or enough of them as many
    as the header."""
    best, best_share = Dialect(None), 0.5
    for dialect in _candidates(sample):
        share = _even_share(sample, dialect)
        if share > best_share + 0.02:
            best, best_share = dialect, share
    return best if best.delimiter else _dialect_of_header(sample)


def names_columns(line: str) -> bool:
    """Whether the line is the header of several columns, whatever stands below it."""
    return any(_names_columns(line.strip().split(delimiter)) for delimiter in DELIMITERS)


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns; the columns below it vote."""
    if not rows:
        return False
    first, rest = rows[0], rows[1:1000]
    below = [[row[i] for row in rest if len(row) > i and row[i]] for i in range(len(first))]
    columns = list(zip(first, below, strict=True))
    if any(_is_header_word(cell) and cell not in cells for cell, cells in columns):
        return True
    if not rest:
        return False
    votes = sum(_header_vote(cell, cells) for cell, cells in columns)
    return votes > 0 or (votes == 0 and all(_is_name(cell) for cell in first))


def _rows_are_numbered(header: Sequence[str], width: int, rows: Sequence[Sequence[str]]) -> bool:
    """Whether a column without a name precedes those of the header: R numbers its rows so."""
    fitting = sum(len(cells) == len(header) for cells in rows)
    if width != len(header) + 1 or 3 * fitting >= len(rows):
        return False
    return all(_is_number(cells[0]) for cells in rows)


def _candidates(sample: Sequence[str]) -> Iterator[Dialect]:
    escapes = any('\\"' in line for line in sample)
    for delimiter in DELIMITERS:
        spaced = bool(sample) and f'"{delimiter} "' in sample[0]
        yield Dialect(delimiter, spaced=spaced)
        if escapes:
            yield Dialect(delimiter, escaped=True, spaced=spaced)
        if delimiter == "\t":
            yield Dialect(delimiter, quoted=False)


def _dialect_of_header(sample: Sequence[str]) -> Dialect:
    """The dialect under which at least a third of the lines have as many cells as the header."""
    best, most = Dialect(None), 0
    for dialect in _candidates(sample):
        records = [cells for _, cells in _records(sample, dialect) if cells]
        if not records or not _names_columns(records[0]):
            continue
        fitting = [cells for cells in records[1:] if len(cells) == len(records[0])]
        enough = 3 * len(fitting) >= len(records) - 1 and len(fitting) > most
        if enough and not _is_punctuation(fitting):
            best, most = dialect, len(fitting)
    return best


def _names_columns(cells: Sequence[str]) -> bool:
    return len(cells) > 1 and all(map(_is_name, cells)) and any(map(_is_header_word, cells))


def _first_lines(lines: Iterator[str]) -> list[str]:
    first: list[str] = []
    size = filled = 0
    for line in lines:
        first.append(line)
        size += len(line)
        filled += not line.isspace()
        if filled == _SAMPLE_LINES or (filled and size > _SAMPLE_CHARS):
            break
    return first


def _records(lines: Iterable[str], dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """(number of its first line, cells) of each record."""
    feed = _Feed(iter(lines))
    broken = 0
    while True:
        if broken > _MOST_BROKEN and broken > feed.number / 2:
            dialect = replace(dialect, quoted=False)
        reader = csv.reader(
            feed,
            delimiter=dialect.delimiter or _NO_DELIMITER,
            quoting=csv.QUOTE_MINIMAL if dialect.quoted else csv.QUOTE_NONE,
            escapechar="\\" if dialect.escaped else None,
            skipinitialspace=dialect.spaced,
            strict=True,
        )
        try:
            for cells in reader:
                if feed.swallowed_rows(len(cells), dialect.delimiter):
                    raise csv.Error
                yield feed.number, cells
                feed.next_record()
            return
        except csv.Error:
            broken += 1
            number, line = feed.number, feed.only_first_line()
            yield number, _broken_line(line, dialect)


class _Feed:
    """Lines for a csv reader; those of the record at hand can be had back.

    They are cut off when one record asks for too many, which its reader takes for the end of the
    file inside a quote.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self.number = 1
        self._lines = lines
        self._held: list[str] = []
        self._again: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self._held) > _LONGEST_RECORD:
            raise StopIteration
        line = self._again.popleft() if self._again else next(self._lines)
        self._held.append(line)
        return line

    def swallowed_rows(self, width: int, delimiter: str | None) -> bool:
        """Whether the record at hand spans lines that are rows of their own.

        A quote that is never closed swallows them up to the next one, far below.
        """
        inner = self._held[1:-1]
        if delimiter is None or width < 2 or len(inner) < 3:
            return False
        return sum(line.count(delimiter) == width - 1 for line in inner) > 0.9 * len(inner)

    def next_record(self) -> None:
        self.number += len(self._held)
        self._held.clear()

    def only_first_line(self) -> str:
        """The first line of the record at hand; the others will be handed out once more."""
        first, *others = self._held
        self._again.extendleft(reversed(others))
        self.number += 1
        self._held.clear()
        return first


def _broken_line(line: str, dialect: Dialect) -> list[str]:
    """A line read by itself; quotes that do not pair are taken as ordinary characters."""
    delimiter = dialect.delimiter or _NO_DELIMITER
    paired = dialect.delimiter is not None and line.count('"') % 2 == 0
    reader = csv.reader(
        [line], delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if paired else csv.QUOTE_NONE
    )
    return next(reader, [])


def _even_share(sample: Sequence[str], dialect: Dialect) -> float:
    """Share of records with the usual, plural number of cells.

    Less where the first record, perhaps a header, is another one, and where the delimiter may be
    mere punctuation.
    """
    records = [cells for _, cells in _records(sample, dialect) if cells]
    if not records:
        return 0.0
    width, rows = Counter(map(len, records)).most_common(1)[0]
    share = rows / len(records) - (0.05 if len(records[0]) != width else 0)
    if _is_punctuation(records):
        share -= 0.1
    return share if width > 1 else 0.0


def _is_punctuation(records: Sequence[Sequence[str]]) -> bool:
    """Whether a space follows almost every delimiter, as it does in sentences, or there is none."""
    cells = [cell for cells in records for cell in cells[1:]]
    return sum(cell.startswith(" ") for cell in cells) >= 0.9 * len(cells)


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    widths = Counter(len(cells) for cells in rows)
    return widths.most_common(1)[0][0] if widths else 0


def _rows(
    records: Iterator[tuple[int, list[str]]], width: int, skip_first: bool, file: str, drops: Drops
) -> tuple[list[Row], list[int]]:
    rows: list[Row] = []
    numbers: list[int] = []
    filled = ((number, cells) for number, cells in records if cells)
    for number, cells in itertools.islice(filled, int(skip_first), None):
        if not "".join(cells).strip():
            drops.add(number, Message("data.row_empty"))
        elif len(cells) > width and any(cells[width:]):
            drops.add(number, Message("data.row_ragged", {"found": len(cells), "columns": width}))
        else:
            if len(cells) != width:
                cells = cells[:width] + [""] * (width - len(cells))
            rows.append(tuple(cells))
            numbers.append(number)
        if number % 4096 == 0:
            check_size(len(rows) + drops.count, width, file)
    check_size(len(rows) + drops.count, width, file)
    return rows, numbers


def _without_spill(
    header: Sequence[str] | None, rows: list[Row], numbers: list[int], delimiter: str | None
) -> Lines:
    """Join cells that spilled into nameless columns at the end back to the last named column.

    `class_label,message,,,` is what a spreadsheet writes when unquoted commas cut a few texts up.
    """
    if header is None:
        return Lines(None, rows, numbers, delimiter)
    end = len(header)
    while end > 1 and not header[end - 1].strip():
        end -= 1
    spilled = sum(any(row[end:]) for row in rows)
    if end == len(header) or spilled > len(rows) / 10:
        return Lines(tuple(header), rows, numbers, delimiter)
    joint = delimiter or ""
    joined = [
        (*row[: end - 1], joint.join(row[end - 1 :]).rstrip(joint)) if any(row[end:]) else row[:end]
        for row in rows
    ]
    notes: tuple[Message, ...] = ()
    if spilled:
        params = {"rows": spilled, "column": header[end - 1]}
        notes = (Message("data.note_spill", params),)
    return Lines(tuple(header[:end]), joined, numbers, delimiter, notes)


def _header_vote(cell: str, below: Sequence[str]) -> int:
    """More than 0 where the cell looks unlike what stands below it, less where it looks alike."""
    if not cell or not below:
        return 0
    if _is_number(cell):
        return -2
    if all(_is_number(value) for value in below):
        return 3
    distinct = set(below)
    if len(below) >= 4 and len(distinct) <= max(2, len(below) / 3):
        return -3 if cell in distinct else 2
    if cell in distinct or not _is_name(cell):
        return -1
    return 1 if sum(map(len, below)) > 3 * len(cell) * len(below) else 0


def _is_header_word(cell: str) -> bool:
    return cell.strip().casefold().split("_")[0] in _HEADER_WORDS


def _is_name(cell: str) -> bool:
    return len(cell) <= 40 and len(cell.split()) <= 4 and not re.search(r"[.!?。！？，]\s*$", cell)


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"\s*[-+]?(\d+([.,]\d+)?|\.\d+)([eE][-+]?\d+)?\s*", cell) is not None


_LABEL_MARKS = ":|_-/#"


def _leading_labels(sample: Sequence[str]) -> bool:
    """Whether each line is `label text`: the first words are few and look unlike words.

    They do when they are all numbers or share a mark, as in `HUM:ind` or `__label__spam`.
    """
    pairs = [line.split(None, 1) for line in sample if line.strip()]
    words = [pair[0] for pair in pairs if len(pair) == 2]
    if len(words) < max(2, 0.98 * len(pairs)) or len(set(words)) > max(2, len(words) / 2):
        return False
    if all(_is_number(word) for word in words):
        return True
    return any(
        sum(mark in word[:-1] for word in words) > 0.95 * len(words) for mark in _LABEL_MARKS
    )


def _split_leading_labels(lines: Iterable[str]) -> Lines:
    rows: list[list[str]] = []
    numbers: list[int] = []
    for number, line in enumerate(lines, 1):
        cells = line.split(None, 1)
        if cells:
            rows.append([cells[0], cells[1].strip() if len(cells) > 1 else ""])
            numbers.append(number)
    notes = (Message("data.note_leading_label"),)
    return Lines(None, rows, numbers, " ", notes)
