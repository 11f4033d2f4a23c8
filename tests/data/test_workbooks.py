"""Excel and LibreOffice workbooks: which sheet, which rows, what stands in the cells."""

import datetime as dt

import pytest

from engine.data.importing import Sources, inspect
from engine.data.reading import read_table
from engine.errors import DataError
from tests.workbooks import ods, xls, xlsb, xlsx

HEAD = ["text", "label"]
ROWS = [
    ["my parcel never came", "delivery"],
    ["they charged me twice", "billing"],
    ["where is the parcel now", "delivery"],
    ["the invoice is wrong", "billing"],
]


def test_cells_are_text_numbers_dates_and_yes_or_no(write):
    rows = [
        ["text", "stars", "when", "seen", "price"],
        ["a b c", 4, dt.date(2024, 2, 29), True, 1.5],
        ["d e f", 5, None, False, None],
    ]
    table, report = read_table(write(xlsx({"Sheet1": rows}), "reviews.xlsx"))
    assert table.iloc[0].tolist() == ["a b c", 4, "2024-02-29", True, 1.5]
    assert table.index.tolist() == [2, 3]
    assert (report.format, report.has_header, report.rows_kept) == ("xlsx", True, 2)


def test_what_a_workbook_is_called_does_not_matter(write):
    for content in (xlsx({"S": [HEAD, *ROWS]}), ods([HEAD, *ROWS])):
        table, report = read_table(write(content, "table.csv"))
        assert report.format == "xlsx"
        assert table.to_numpy().tolist() == ROWS


@pytest.mark.parametrize(("kind", "make"), [("xls", xls), ("xlsb", xlsb)])
def test_older_and_binary_workbooks_are_read_alike(write, kind, make):
    rows = [["text", "stars"], ["my parcel never came", 4], ["they charged me twice", 1.5]]
    path = write(make(rows), f"reviews.{kind}")
    table, report = read_table(path)
    assert list(table) == ["text", "stars"]
    assert table.to_numpy().tolist() == rows[1:]
    assert (report.format, report.rows_kept) == (kind, 2)
    found = inspect(Sources(write(make([HEAD, *ROWS * 4]), f"tickets.{kind}")))
    assert (found.labels, found.problems) == (("billing", "delivery"), ())


def test_the_first_sheet_with_a_table_is_read_and_another_can_be_chosen(write):
    notes = [["Made by Ann"]]
    sheets = {"Notes": notes, "Secret": [HEAD, *ROWS], "Data": [HEAD, *ROWS], "B": [HEAD, ROWS[0]]}
    path = write(xlsx(sheets, hidden=["Secret"]), "book.xlsx")
    table, report = read_table(path)
    assert (report.part, report.parts, len(table)) == ("Data", ("Notes", "Data", "B"), 4)
    assert "“Data”, one of 3" in report.notes[0].text()
    table, report = read_table(path, part="B")
    assert (report.part, len(table)) == ("B", 1)


def test_titles_groups_of_headings_and_blank_rows_are_no_rows(write):
    rows = [
        ["Complaints of 2024"],
        [],
        [None, "What was said", None, "Judged"],
        ["id", "text", "reason", "label"],
        [],
        *([i, text, "none", label] for i, (text, label) in enumerate(ROWS)),
    ]
    table, report = read_table(write(xlsx({"S": rows}), "t.xlsx"))
    assert list(table) == ["id", "text", "reason", "label"]
    assert table.index.tolist() == [6, 7, 8, 9]
    assert "left out: 1, 3." in report.notes[0].text()
    assert report.rows_dropped == 0


def test_a_header_with_a_gap_is_no_title(write):
    table, report = read_table(write(xlsx({"S": [["text", None], *ROWS]}), "t.xlsx"))
    assert list(table) == ["text", "column 2"]
    assert report.rows_dropped == 0


def test_a_table_without_a_header_keeps_its_first_row(write):
    rows = [[str(i % 2), f"sentence number {i} of many, with an end."] for i in range(12)]
    table, report = read_table(write(xlsx({"S": rows}), "t.xlsx"))
    assert (len(table), report.has_header, table.index[0]) == (12, False, 1)


def test_a_cell_merged_downwards_stands_in_each_of_its_rows(write):
    rows = [HEAD, [ROWS[0][0], "delivery"], [ROWS[2][0]], ["one more"], [ROWS[1][0], "billing"]]
    sheet = xlsx({"S": rows}, merged=["B2:B4", "B10:B1048576", "A1:A1"])
    table, _ = read_table(write(sheet, "t.xlsx"))
    assert table["label"].tolist() == ["delivery"] * 3 + ["billing"]


def test_a_table_that_starts_in_the_middle_of_the_sheet(write):
    rows = [[], [], *([None, None, *row] for row in [HEAD, *ROWS])]
    table, _ = read_table(write(xlsx({"S": rows}), "t.xlsx"))
    assert table.to_numpy().tolist() == ROWS
    assert table.index[0] == 4


def test_a_cell_far_out_ends_only_the_process_that_reads_it(write):
    sheet = xlsx({"S": [HEAD, *ROWS, [("XFD1048576", "x")]]})
    with pytest.raises(DataError, match="a single cell far from the table"):
        read_table(write(sheet, "far.xlsx"))


def test_a_workbook_without_anything_in_it(write):
    with pytest.raises(DataError, match="No visible sheet"):
        read_table(write(xlsx({"S": [], "T": []}), "t.xlsx"))
    with pytest.raises(DataError, match="cannot be read as one"):
        read_table(write(xlsx({"S": [HEAD, *ROWS]}).replace(b"xl/worksheets", b"xl/warksheets")))


def test_it_goes_through_the_import_with_its_extra_columns(write):
    rows = [[*HEAD, "region"], *([*row, "north"] for row in ROWS * 10)]
    found = inspect(Sources(write(xlsx({"S": rows}), "tickets.xlsx")))
    assert (found.task, found.labels) == ("binary", ("billing", "delivery"))
    assert "extra.region" in found.prepared
