"""No version of a data set ever changes: not through any door that leads to one."""

from dataclasses import FrozenInstanceError, dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from engine.cli.main import main
from engine.data import changes, corrections, pins
from engine.data.changes import make
from engine.data.corrections import Correction
from engine.data.dataset import Dataset, delete_dataset, load_dataset, load_rows
from engine.data.differences import compare, lines
from engine.data.exporting import export
from engine.data.pins import Pin
from engine.data.table import open_table
from engine.data.versions import apply_draft, next_version, restore, rights, versions
from engine.errors import TunesmithError
from engine.evaluation.predictions import write_predictions
from engine.quality import checking
from engine.quality.finders import FINDERS
from engine.runs.job import train_run
from engine.runs.run import Run
from engine.workspace import Workspace
from tests.pages import built_view, clicked
from tests.said import said
from tests.shaped import finish_run, write_dataset
from tests.tiny import recipe, start, tiny_dataset, tiny_model
from tests.versions import many, with_extra
from webui import drafting, guard
from webui.page import Page
from webui.results import correct
from webui.state import Selection
from webui.workbench import labels, rows
from webui.workbench import versions as versions_view
from webui.workbench.base import Seen
from webui.workbench.bench import _act as act_on_bench

NOBODY = SimpleNamespace(request=SimpleNamespace(scope={guard.CHECKED: False}), headers={})
LABELS = ("a", "b", "c")


@dataclass
class House:
    """Everything that somebody who knocks at a door may hold in hand."""

    workspace: Workspace
    page: Page
    dataset: Dataset
    run: Run
    aside: Path

    @property
    def id(self) -> str:
        return self.dataset.id

    @property
    def selection(self) -> Selection:
        return Selection(dataset=self.id, run=self.run.id)

    def shown(self, module):
        view = built_view(module, self.page)
        newest = load_dataset(self.workspace, self.id)
        module.show(view, Seen(self.page, self.selection, newest))
        return view


@pytest.fixture
def house(workspace, page, tmp_path):
    """A data set of two versions, and a run that is wrong on all test rows."""
    write_dataset(workspace, "binary", ("a", "b"), many("ab", 10), "d-2")
    dataset = write_dataset(workspace, "multiclass", LABELS, many(LABELS, 30))
    dataset = with_extra(workspace, dataset, "who", [f"p{i % 9}" for i in range(30)])
    truth = np.arange(3) == np.array([i % 3 for i in range(6)])[:, None]
    wrong = said(truth, np.roll(truth, 1, axis=1))
    run = finish_run(workspace, dataset, wrong)
    write_predictions(workspace.run(run.id).predictions("test", "best"), range(24, 30), wrong)
    next_version(workspace, dataset.id, [Correction("row 1", ("a",), row_id=1)])
    return House(workspace, page, load_dataset(workspace, dataset.id), run, tmp_path)


def bytes_of(house):
    """Every file of the versions 1 and 2, byte by byte."""
    folders = (house.workspace.dataset(house.id, number).root for number in (1, 2))
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in files}


def corrected(house):
    fix = Correction("row 2", ("a",), row_id=2)
    corrections.put(house.workspace, house.id, fix)
    corrections.put(house.workspace, house.id, Correction("new", ("b",)))
    corrections.undo(house.workspace, house.id, fix.key)
    apply_draft(house.workspace, house.id)


def changed(house):
    for kind, asks in (
        ("relabel", {"rows": {3: ["new"], 4: ["new"]}}),
        ("drop", {"rows": [5]}),
        ("rename", {"labels": ["b", "c"], "to": "b"}),
        ("drop_label", {"label": "new"}),
        ("cut_words", {"words": ["row"]}),
        ("divide", {"by": "group", "column": "who"}),
    ):
        changes.put(house.workspace, house.id, make(kind, asks))
        apply_draft(house.workspace, house.id)


def refused(house):
    """What cannot be put in leaves nothing behind either."""
    with pytest.raises(TunesmithError):
        next_version(house.workspace, house.id, (), changed=[make("drop", {"rows": range(30)})])
    with pytest.raises(TunesmithError):
        restore(house.workspace, house.id, 2)


def put_back(house):
    restore(house.workspace, house.id, 1)
    restore(house.workspace, house.id, 2)


def written_out(house):
    for dataset in versions(house.workspace, house.id):
        export(house.workspace, dataset, house.aside / f"{dataset.version}.csv")


def written_over(house):
    for dataset in versions(house.workspace, house.id):
        folder = house.workspace.dataset(house.id, dataset.version)
        for target in (folder.rows, folder.root / "more.csv", folder.root / ".." / "v1" / "x.csv"):
            with pytest.raises(TunesmithError, match="holds the versions of data sets"):
                export(house.workspace, dataset, target)


def records_in_hand(house):
    """What was read can be written on; nobody reads it again."""
    first = load_dataset(house.workspace, house.id, 1)
    with pytest.raises(FrozenInstanceError):
        first.name = "another"
    first.rows["train"] = 0
    first.counts["train"] = {}
    first.renamed["a"] = "b"
    found = load_rows(house.workspace, first)
    found["text"] = "gone"
    rights(house.workspace, first, [1]).clear()
    differ = compare(house.workspace, house.id, 1, 2)
    lines(house.workspace, differ, [1])[0].after["text"] = "gone"
    open_table(house.workspace, first).rows([0])[0]["text"] = "gone"
    assert load_dataset(house.workspace, house.id, 1).rows["train"] == 18
    assert load_rows(house.workspace, first)["text"].iloc[0] == "row 0"


def another_deleted(house):
    delete_dataset(house.workspace, "d-2")


def another_deleted_on_the_page(house):
    part = SimpleNamespace(page=house.page)
    act_on_bench(part, Selection(dataset="d-2"), clicked(act="delete"))


def pinned(house):
    pins.add(house.workspace, house.id, Pin("row 1", ("a",)))


def checked(house):
    checking.check(house.workspace, house.dataset)


def strip(house):
    changes.put(house.workspace, house.id, make("drop", {"rows": [5]}))
    part = built_view(drafting, house.page)
    drafting.show(part, house.dataset)
    drafting._make(part, house.id, "", "words", NOBODY)
    drafting._train(part, house.selection, house.id, "")


def wrong_rows(house):
    view = built_view(correct, house.page)
    correct._act(view, house.selection, house.run.id, clicked(act="right", index="25", given="a"))
    drafting._make(view.draft, house.id, house.run.id, "", NOBODY)


def table_of_rows(house):
    view = house.shown(rows)
    for sent in ({"act": "set", "label": "new"}, {"act": "spare"}, {"act": "drop"}):
        rows._act(view, house.selection, clicked(rows="7 8", **sent))
    apply_draft(house.workspace, house.id)


def table_of_labels(house):
    view = house.shown(labels)
    for sent in ({"act": "line", "value": "a thing"}, {"act": "rename", "value": "alpha"}):
        labels._act(view, house.selection, clicked(of="a", **sent))
    apply_draft(house.workspace, house.id)


def view_of_versions(house):
    view = house.shown(versions_view)
    for sent in ({"act": "restore", "version": "1"}, {"act": "compare", "before": "1"}):
        versions_view._act(view, house.selection, clicked(**({"version": "2"} | sent)), NOBODY)
    for form in (".csv", ".jsonl", ".parquet"):
        path = versions_view._write(view, house.selection, 1, form)[view.file]
        assert house.workspace.datasets not in Path(path).parents


def command_line(house):
    """Also where a file to write is named inside a version."""
    at = ["--workspace", str(house.workspace.root), "--dataset", house.id]
    inside = house.workspace.dataset(house.id, 1)
    for more in (
        ["--restore", "1"],
        ["--compare", "1", "2"],
        ["--version", "1", "--export", str(inside.rows)],
        ["--version", "1", "--export", str(inside.root / "more.csv")],
        ["--version", "1", "--export", str(house.aside / "v1.csv")],
    ):
        main(["versions", *at, *more])
    main(["pins", house.id, *at[:2]])
    main(["compare", house.run.id, house.run.id, *at[:2]])


DOORS = (
    corrected,
    changed,
    refused,
    put_back,
    written_out,
    written_over,
    records_in_hand,
    another_deleted,
    another_deleted_on_the_page,
    pinned,
    checked,
    strip,
    wrong_rows,
    table_of_rows,
    table_of_labels,
    view_of_versions,
    command_line,
)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_no_door_leads_into_a_version(house, monkeypatch, door):
    quick = {name: FINDERS[name] for name in ("copies", "shares", "texts") if name in FINDERS}
    monkeypatch.setattr(checking, "FINDERS", quick)
    before = bytes_of(house)
    assert len(before) == 4
    door(house)
    assert bytes_of(house) == before


def test_training_reads_a_version_and_leaves_it_as_it_is(workspace, tmp_path):
    dataset = tiny_dataset(workspace, tmp_path / "source")
    folder = workspace.dataset(dataset.id, 1).root
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    start(workspace, "run-1", recipe(dataset, tiny_model(tmp_path / "model"), epochs=1.0))
    train_run(workspace, "run-1", None, lambda: None)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
