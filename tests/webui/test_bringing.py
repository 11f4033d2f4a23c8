"""Rows that come along other than in a file: pasted, or named on the hub."""

import gradio as gr
import pytest

from engine.errors import DataError
from engine.runs.registry import Registry
from tests.pages import clicked, page_states
from tests.workbooks import xlsx
from webui import bringing, uploads
from webui.page import Page
from webui.state import Selection
from webui.tabs import data

ROWS = [[f"message number {i} of many", ("refund", "delivery")[i % 2]] for i in range(40)]
NOTHING = Selection()


@pytest.fixture
def tab(workspace):
    with gr.Blocks(), gr.Tabs() as tabs:
        page = Page(workspace, "en", Registry(workspace), *page_states(), tabs)
        with gr.Tab("Data") as frame:
            yield data.build(page, frame)


def looked_at(tab, updates):
    """What the page then shows of the rows, before anything is saved."""
    selection = updates[tab.page.selection]
    return selection, uploads.inspection(tab.page.workspace, selection.upload)


@pytest.mark.parametrize("head", [[], [["text", "label"]]])
def test_pasted_cells_are_shown_before_they_are_saved(tab, head):
    text = "\n".join("\t".join(row) for row in [*head, *ROWS])
    _, found = looked_at(tab, bringing._paste(tab.bringing, NOTHING, text))
    assert (found.plan.name, found.labels) == ("Pasted rows", ("delivery", "refund"))
    assert found.reports["train"].rows_kept == 40


def test_more_than_a_request_holds_is_to_be_uploaded(tab):
    with pytest.raises(DataError, match=r"up to 16 MB.*upload it"):
        bringing._paste(tab.bringing, NOTHING, bringing.TOO_LONG)


def test_nothing_pasted_is_nothing_to_look_at(tab):
    for text in ("", "  \n", None):
        with pytest.raises(DataError, match="nothing in the field yet"):
            bringing._paste(tab.bringing, NOTHING, text)
    with pytest.raises(DataError, match="texts without labels"):
        bringing._paste(tab.bringing, NOTHING, "\n".join(row[0] for row in ROWS))
    assert not list(tab.page.workspace.uploads.iterdir())


def test_a_hub_out_of_reach_is_said_to_be(tab):
    with pytest.raises(DataError, match="HF_HUB_OFFLINE"):
        bringing._fetch(tab.bringing, NOTHING, "org/name", None)
    with pytest.raises(DataError, match="is no id of a data set"):
        bringing._fetch(tab.bringing, NOTHING, "a b", None)
    with pytest.raises(DataError, match="no id in the field yet"):
        bringing._fetch(tab.bringing, NOTHING, None, None)


def test_another_sheet_takes_what_was_decided_of_the_first_with_it(tab, tmp_path):
    book = tmp_path / "book.xlsx"
    rows = [["text", "label"], *ROWS]
    book.write_bytes(xlsx({"One": rows, "Two": [row[::-1] for row in rows[:21]]}))
    selection, found = looked_at(tab, data._upload(tab, NOTHING, [str(book)]))
    shown = data.setting_up.show(tab.draft, selection)
    assert shown[tab.draft.table].value == "One"
    data.setting_up._other_table(tab.draft, selection, "Two")
    found = uploads.inspection(tab.page.workspace, selection.upload)
    assert (found.reports["train"].rows_kept, found.plan.name) == (20, "book")


@pytest.mark.parametrize(
    "sent",
    [
        {"act": "role", "column": "x", "value": "label"},
        {"act": "role", "column": "9", "value": "label"},
        {"act": "role", "column": "0", "value": "king"},
        {"act": "role"},
        {"act": "merge", "index": "-1"},
        {"act": "merge"},
        {},
    ],
)
def test_what_no_button_of_the_preview_sends_changes_nothing(tab, tmp_path, sent):
    file = tmp_path / "rows.csv"
    file.write_text("\n".join(["text,label", *(",".join(row) for row in ROWS)]))
    selection, _ = looked_at(tab, data._upload(tab, NOTHING, [str(file)]))
    before = uploads.load(tab.page.workspace, selection.upload).plan
    typed = [None] * len(tab.draft.form())
    data.setting_up._change(tab.draft, selection, clicked(**sent), *typed)
    after = uploads.load(tab.page.workspace, selection.upload).plan
    assert (after.roles, after.merges, after.task) == (before.roles, before.merges, before.task)


def test_texts_and_labels_come_in_two_files(tab, tmp_path):
    texts, labels = tmp_path / "texts.txt", tmp_path / "labels.txt"
    texts.write_text("\n".join(row[0] for row in ROWS))
    labels.write_text("\n".join(row[1] for row in ROWS))
    selection, found = looked_at(tab, data._upload(tab, NOTHING, [str(labels), str(texts)]))
    assert found.labels == ("delivery", "refund")
    kept = uploads.load(tab.page.workspace, selection.upload).sources
    assert (kept.name("train"), kept.labels_name("train")) == ("texts.txt", "labels.txt")
