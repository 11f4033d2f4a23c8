"""The versions of a data set on the page: listed, compared, put back, fetched as a file."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.data.changes import make
from engine.data.corrections import Correction
from engine.data.dataset import load_dataset
from engine.data.versions import next_version
from engine.errors import DataError
from tests.pages import built_view, clicked
from tests.shaped import HOSTILE, tagged, write_dataset
from tests.versions import many
from webui import guard
from webui.state import Selection
from webui.views import versions as html
from webui.workbench import versions
from webui.workbench.base import Seen

NOBODY = SimpleNamespace(request=SimpleNamespace(scope={guard.CHECKED: False}), headers={})


@pytest.fixture
def dataset(workspace):
    """Version 2: row 0 has another label, row 3 is gone, a hostile text came, b is called so."""
    dataset = write_dataset(workspace, "multiclass", ("a", "b"), many("ab", 30))
    rename = make("rename", {"labels": ["b"], "to": HOSTILE})
    changed = [make("relabel", {"rows": {0: ["b"]}}), make("drop", {"rows": [3]}), rename]
    fixes = [Correction(f"{HOSTILE} text", ("a",))]
    return next_version(workspace, dataset.id, fixes, HOSTILE, changed, HOSTILE)


class Shown:
    def __init__(self, page, dataset, **chosen):
        self.view, self.page = built_view(versions, page), page
        self.selection = Selection(dataset=dataset.id, bench="versions", **chosen)
        self.updates = versions.show(self.view, Seen(page, self.selection, dataset))
        self.listed, self.differ = (
            self.updates[part] for part in (self.view.listed, self.view.differ)
        )


def test_every_version_says_who_made_it_and_why(page, dataset):
    shown = Shown(page, dataset)
    assert "gave 1 row another label, took out 1 row" in shown.listed
    assert "imported" in shown.listed
    assert re.search(r'<span class="ts-nowrap">\d{4}-\d\d-\d\d \d\d:\d\d', shown.listed)
    css = (Path(html.__file__).parents[2] / "assets" / "app.css").read_text("utf-8")
    assert ".ts-nowrap { white-space: nowrap; }" in css
    assert shown.listed.count('data-act="restore"') == 1, "the newest is as it is"
    assert HOSTILE not in shown.listed + shown.differ
    assert "&lt;img" in shown.listed


def test_the_newest_is_held_against_the_one_before_it(page, dataset):
    shown = Shown(page, dataset)
    assert "From version 1 to version 2" in shown.differ
    for told in ("1 row added", "1 row gone", "1 row with another label or answer"):
        assert told in shown.differ
    assert "Renamed: “b” → “&lt;img" in shown.differ
    gone = Shown(page, dataset, pick="1_2_gone")
    assert "row 3" in gone.differ
    assert "row 4" not in gone.differ
    relabelled = Shown(page, dataset, pick="1_2_relabelled").differ
    assert re.search(r"label: <span><s [^>]*>a</s> → <b>&lt;img", relabelled)
    back = Shown(page, dataset, pick="2_1_added")
    assert "From version 2 to version 1" in back.differ


def test_a_new_name_is_told_where_nothing_else_differs(page, workspace):
    dataset = write_dataset(workspace, "multiclass", ("a", "b"), many("ab", 10))
    changed = [make("rename", {"labels": ["b"], "to": "c"})]
    shown = Shown(page, next_version(workspace, dataset.id, (), changed=changed)).differ
    assert "Renamed: “b” → “c”." in shown
    assert "very same rows" not in shown
    assert "rows with another" not in shown


def test_a_row_tells_the_mentions_that_are_others_now(page, workspace):
    words = "Ann Bob Cid Dan Eve Fay sang".split()
    splits = ("train", "validation", "test", *(["train"] * 1200))
    rows = [
        tagged(" ".join(words), *((w, "PER") for w in words[:6]), split=split) | {"labels": ["PER"]}
        for split in splits
    ]
    dataset = write_dataset(workspace, "tokens", ("PER",), rows)
    places = [[row, *place] for row in (0, 1202) for place in ((16, 19, None), (24, 28, "PER"))]
    rename = make("rename", {"labels": ["PER"], "to": "person"})
    made = next_version(
        workspace, dataset.id, (), changed=[make("tag", {"places": places}), rename]
    )
    shown = Shown(page, made).differ
    assert "2 rows with another label or answer" in shown
    assert re.search(r"mentions: <span><s [^>]*>Eve \(person\)</s> → <b>sang \(person\)</b>", shown)
    assert "Ann (person)" not in shown
    assert "true mentions" not in shown
    assert "row 1,202" in shown


@pytest.mark.parametrize("pick", ["", "9_1", "x_y", "1", "1_1_gone", "0_1_nothing", "1_2_3_4"])
def test_whatever_stands_in_the_address_something_is_shown(page, dataset, pick):
    assert "version" in Shown(page, dataset, pick=pick, leaf=99).differ


def test_one_version_alone_is_said_to_be_so(page, workspace):
    shown = Shown(page, write_dataset(workspace, "binary", ("a", "b"), many("ab", 10)))
    assert "There is one version so far" in shown.differ


@pytest.mark.parametrize("number", ["9" * 5000, "x", "", None, [], "-1"])
def test_what_is_no_version_does_nothing(page, dataset, number):
    shown = Shown(page, dataset)
    assert versions._write(shown.view, shown.selection, number, ".csv") == {}
    restore = clicked(act="restore", version=number)
    assert versions._act(shown.view, shown.selection, restore, NOBODY) == {}
    turned = clicked(act="page", page=number)
    assert versions._look(shown.view, shown.selection, turned) == {}


def test_an_old_one_is_put_back_as_the_newest(page, workspace, dataset):
    shown = Shown(page, dataset)
    sent = clicked(act="restore", version="1")
    updates = versions._act(shown.view, shown.selection, sent, NOBODY)
    assert "put version 1 back" in updates[shown.view.listed]
    assert load_dataset(workspace, dataset.id).version == 3
    sent = clicked(act="restore", version="3")
    with pytest.raises(DataError, match="is the newest already"):
        versions._act(shown.view, shown.selection, sent, NOBODY)


@pytest.mark.parametrize("sent", [{}, {"act": "restore"}, {"act": "compare", "version": "x"}])
def test_a_click_that_means_nothing_does_nothing(page, dataset, sent):
    shown = Shown(page, dataset)
    assert versions._act(shown.view, shown.selection, clicked(**sent), NOBODY) == {}


def test_kinds_pages_and_pairs_are_a_matter_of_the_address(page, dataset):
    shown = Shown(page, dataset)
    view, selection = shown.view, shown.selection
    for updates, wanted in (
        (versions._look(view, selection, clicked(act="pick", pick="1_2_gone")), ("1_2_gone", 1)),
        (versions._look(view, selection, clicked(act="page", page="3")), ("", 3)),
        (versions._choose(view, selection, 2, 1), ("2_1", 1)),
        (
            versions._act(view, selection, clicked(act="compare", version="2", before="1"), NOBODY),
            ("1_2", 1),
        ),
    ):
        assert (updates[page.selection].pick, updates[page.selection].leaf) == wanted


def test_any_of_them_is_a_file_to_fetch(page, workspace, dataset):
    shown = Shown(page, dataset)
    updates = versions._write(shown.view, shown.selection, 1, ".jsonl")
    path = updates[shown.view.file]
    assert path.endswith("v1.jsonl")
    with open(path, encoding="utf-8") as file:
        assert len(file.readlines()) == 30
    assert versions._write(shown.view, shown.selection, 1, ".exe") == {}
