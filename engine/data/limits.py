"""How much of a file is read, so that no file holds the app up for long, and how long a name is."""

import time

from engine.errors import DataError

MOST_BYTES = 200 * 1024 * 1024
MOST_ROWS = 5_000_000
MOST_LINES = 2 * MOST_ROWS
MOST_COLUMNS = 2_000
MOST_UNPACKED = 500 * 1024 * 1024
"""Bytes of what stands packed in a file: an archive, a workbook, columns of Parquet."""
MOST_FILES = 200_000
"""Files in an archive, each of them a text."""
LONGEST_NAME = 80
"""Characters of a data set's name."""
LONGEST_LINE = 16_000_000
"""Characters; a cell of a megabyte is fine, a whole file on one line is no table."""

_A_WHILE = 4096
_BREATH = 0.0005


def let_others_in(line: int) -> None:
    """Pause for half a millisecond at every 4096th line. A loop that takes new memory all the while
    hardly lets go of the interpreter, and the page then waits up to two seconds for its turn (half
    a second with the pauses: `benchmarks/size.py`)."""
    if line % _A_WHILE == 0:
        time.sleep(_BREATH)


def check_bytes(count: int, file: str) -> None:
    """Raises DataError for a file that is too large to be read."""
    if count > MOST_BYTES:
        raise DataError("data.too_big", file=file, limit=MOST_BYTES // 1024**2)


def check_lines(raw: bytes, file: str) -> None:
    """Raises DataError for a file of more lines than it could have rows, blank ones included."""
    lines = max(raw.count(b"\n"), raw.count(b"\r"))
    if lines > MOST_LINES:
        raise DataError("data.too_many_lines", file=file, limit=MOST_LINES, found=lines)


def check_size(rows: int, columns: int, file: str) -> None:
    """Raises DataError for a table, or the part read so far, that is too long or too wide."""
    if rows > MOST_ROWS:
        raise DataError("data.too_many_rows", file=file, limit=MOST_ROWS)
    if columns > MOST_COLUMNS:
        raise DataError("data.too_many_columns", file=file, limit=MOST_COLUMNS, found=columns)
