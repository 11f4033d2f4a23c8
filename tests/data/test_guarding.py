"""No cell of an exported table is a formula, and reading it gives back what was written."""

import csv
import io

import pytest

from engine.data.guarding import guard, unguard
from engine.data.reading import read_table

RISKY = [
    '=HYPERLINK("http://x","y")', "=1+1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1",
    "＝1+1", "＋1", "－1+1", "＠x", "-", "+49 30 123/4", "--", "'=1+1", "''@x",
]  # fmt: skip
PLAIN = ["", "a=b", "12", "-5", "+5", "-5.25", "-1,234.5", "-1e-7", "-3%", "'tis", "text - more"]


@pytest.mark.parametrize("cell", RISKY)
def test_what_a_spreadsheet_might_run_begins_with_an_apostrophe(cell):
    assert guard(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", PLAIN)
def test_other_text_and_plain_numbers_stay_as_they_are(cell):
    assert guard(cell) == cell


@pytest.mark.parametrize("cell", RISKY + PLAIN)
def test_the_apostrophe_goes_as_it_came(cell):
    assert unguard(guard(cell)) == cell


def test_a_guarded_file_reads_as_what_was_written(tmp_path):
    cells = [cell for cell in RISKY if cell == cell.strip()]
    written = io.StringIO(newline="")
    csv.writer(written).writerows([["text", "n"], *([guard(c), i] for i, c in enumerate(cells))])
    path = tmp_path / "guarded.csv"
    path.write_text(written.getvalue(), "utf-8", newline="")
    table, _ = read_table(path)
    assert table["text"].tolist() == cells
