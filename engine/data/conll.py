"""Lines of one token and its tags, a blank line between sentences → one row a sentence.

CoNLL, IOB and their relatives. The cells of a row are lists, one entry a token: the first column
is called “tokens”, the last “tags” unless the file names them. Which scheme the tags follow is not
known here; a sentence with a line that does not fit is left out and reported.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.data.delimited import Lines
from engine.data.limits import check_size
from engine.data.report import Drops
from engine.data.tags import is_outside, is_tag
from engine.errors import DataError
from engine.text import Message

SUFFIXES = (".conll", ".conllu", ".iob", ".iob2", ".bio", ".ner")
_DOCUMENT = "-DOCSTART-"
_HEADER_WORDS = frozenset(
    "tag tags label labels ner ner_tag ner_tags pos chunk iob bio ne entity".split()
)


@dataclass(frozen=True)
class _Layout:
    """How the lines of a file are cut."""

    tabbed: bool
    width: int
    last: frozenset[str]
    """What stands in the last column of ordinary lines, to tell `# SYM` from a comment."""

    def cells(self, line: str) -> list[str]:
        if not self.tabbed:
            return line.split()
        cells = [cell.strip(" \r\n") for cell in line.split("\t")]
        while len(cells) > self.width and not cells[-1]:
            cells.pop()
        return cells

    def is_comment(self, line: str) -> bool:
        if not line.startswith("#"):
            return False
        cells = self.cells(line)
        return len(cells) != self.width or cells[-1] not in self.last


def is_conll(lines: Sequence[str], suffix: str) -> bool:
    """Whether the first lines of a file hold one token and its tag each."""
    filled = [line for line in lines if line.strip() and not line.startswith((_DOCUMENT, "#"))]
    if suffix in SUFFIXES:
        return True
    if len(filled) < 4:
        return False
    layout = _layout(filled)
    rows = [layout.cells(line) for line in filled]
    tagged = [cells[-1] for cells in rows if len(cells) == layout.width and is_tag(cells[-1])]
    if layout.width < 2 or len(tagged) < 0.8 * len(filled):
        return False
    apart = any(not line.strip() or line.startswith(_DOCUMENT) for line in lines)
    return not all(map(is_outside, tagged)) and (apart or layout.tabbed)


def parse_conll(lines: Iterable[str], file: str, drops: Drops) -> Lines:
    """All sentences; those with a broken line go to `drops`. Cells are lists of strings.

    Raises DataError for a file with a single column, with commas in the place of tabs, or without
    a sentence that can be read.
    """
    lines = list(lines)
    filled = [line for line in lines if line.strip() and not line.startswith(_DOCUMENT)]
    layout = _layout(filled)
    if not filled:
        raise DataError("data.no_rows", file=file)
    refuse_commas(filled, file)
    if layout.width < 2:
        raise DataError("data.conll_one_column", file=file, found=_short(filled[0]))
    check_size(0, layout.width, file)
    names = _header(lines, layout)
    rows: list[list[list[str]]] = []
    numbers: list[int] = []
    for start, sentence in _sentences(lines, layout, skip_first=names is not None):
        odd = next((item for item in sentence if len(item[1]) != layout.width), None)
        if odd is None:
            rows.append([list(column) for column in zip(*(c for _, c in sentence), strict=True)])
            numbers.append(start)
        else:
            params = {"line": odd[0], "found": len(odd[1]), "columns": layout.width}
            drops.add(start, Message("data.row_ragged_token", params))
        if start % 4096 == 0:
            check_size(len(rows), layout.width, file)
    if not rows and drops.first:
        line = drops.first[0].reason.params["line"]
        raise DataError("data.conll_prose", file=file, line=line, found=_short(lines[line - 1]))
    delimiter = "\t" if layout.tabbed else " "
    return Lines(names or _spare_names(layout.width), rows, numbers, delimiter)


def refuse_commas(lines: Sequence[str], file: str) -> None:
    """Raises DataError for lines of a token and its tags with commas or semicolons between."""
    filled = [line for line in lines if line.strip() and not line.startswith((_DOCUMENT, "#"))]
    for sign in ",;":
        ends = [line.rsplit(sign, 1)[1].strip() for line in filled if line.count(sign)]
        joined = [tag for tag in ends if is_tag(tag)]
        if len(joined) >= 0.8 * len(filled) and not all(map(is_outside, joined)):
            found = _short(next(line for line in filled if sign in line))
            raise DataError("data.conll_commas", file=file, sign=sign, found=found)


def _short(line: str) -> str:
    return line.strip() if len(line.strip()) <= 60 else line.strip()[:59] + "…"


def _layout(filled: Sequence[str]) -> _Layout:
    tabbed = sum("\t" in line for line in filled) > len(filled) / 2
    rough = _Layout(tabbed, 0, frozenset())
    rows = [rough.cells(line) for line in filled if not line.startswith("#")]
    width = Counter(map(len, rows)).most_common(1)[0][0] if rows else 0
    return _Layout(tabbed, width, frozenset(cells[-1] for cells in rows if len(cells) == width))


def _sentences(
    lines: Sequence[str], layout: _Layout, skip_first: bool
) -> Iterator[tuple[int, list[tuple[int, list[str]]]]]:
    """(line of its first token, [(line, cells), …]) of each sentence."""
    sentence: list[tuple[int, list[str]]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith(_DOCUMENT):
            if sentence:
                yield sentence[0][0], sentence
            sentence = []
        elif skip_first:
            skip_first = False
        elif not layout.is_comment(line):
            sentence.append((number, layout.cells(line)))
    if sentence:
        yield sentence[0][0], sentence


def _header(lines: Sequence[str], layout: _Layout) -> tuple[str, ...] | None:
    """The names of the columns, where the first line gives them."""
    first = next((line for line in lines if line.strip()), "")
    cells = layout.cells(first)
    if len(cells) == layout.width and cells[-1].casefold() in _HEADER_WORDS:
        return tuple(cells)
    return None


def _spare_names(width: int) -> tuple[str, ...]:
    return ("tokens", *(f"column {i}" for i in range(2, width)), "tags")
