"""Reads a sheet of a workbook in a process of its own: `python -m engine.data.workbook_process
FILE SHEET` prints a line of JSON about the sheet, then one for each of its rows.

A workbook of a few kilobytes can name a cell so far out that any reader asks for more memory than
there is, and ends at once; then it is this process that ends.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

from engine.data.clean import plain

MOST_MEMORY = 1536 * 1024**2
"""Bytes the process may take."""


def main(path: str, wanted: str) -> None:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    _bound()
    try:
        with CalamineWorkbook.from_path(path) as book:
            for line in _lines(book, wanted):
                print(json.dumps(line, ensure_ascii=True))
    except PasswordError:
        print(json.dumps({"failed": "locked"}))
    except (CalamineError, OSError, ValueError):
        print(json.dumps({"failed": "broken"}))


def _bound() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def _lines(book: Any, wanted: str) -> Iterator[Any]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    names = [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]
    sheet = _chosen(book, names, wanted)
    if sheet is None:
        yield {"failed": "empty", "sheets": names}
        return
    start = sheet.start[1]
    merged = [
        [first[0], last[0], first[1] - start]
        for first, last in sheet.merged_cell_ranges or ()
        if first[0] < last[0] and first[0] < sheet.total_height
    ]
    yield {"sheets": names, "sheet": sheet.name, "merged": merged}
    for cells in sheet.iter_rows():
        yield [plain(cell) for cell in cells]


def _chosen(book: Any, names: list[str], wanted: str) -> Any:
    """The sheet that is wanted, else the first with a table, else the first with anything."""
    filled = []
    for name in [wanted] if wanted in names else names:
        sheet = book.get_sheet_by_name(name)
        if sheet.start is not None and sheet.height > 1 and sheet.width > 1:
            return sheet
        filled += [sheet] if sheet.start is not None else []
    return filled[0] if filled else None


if __name__ == "__main__":
    main(*sys.argv[1:])
