"""All finders over one version: kept, told of, and none lost for another's sake."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from engine.cli.main import main
from engine.data.changes import Change
from engine.errors import DataError
from engine.quality import checking
from engine.quality.checking import check, load
from engine.quality.finders import FINDERS
from engine.quality.findings import Finding
from engine.runs import errand_process, errands
from engine.text import Message, table
from tests.shaped import write_dataset

SAID = Message("quality.share_done", {"share": 0.5})


@pytest.fixture
def dataset(workspace):
    rows = [{"split": "train", "text": text, "labels": ["a"]} for text in ("one", "two")]
    return write_dataset(workspace, "multiclass", ("a", "b"), rows)


@pytest.fixture
def finders(monkeypatch):
    """Puts functions in the place of all finders."""

    def put(**found):
        modules = {kind: SimpleNamespace(find=find) for kind, find in found.items()}
        monkeypatch.setattr(checking, "FINDERS", modules)

    return put


def finding(kind="copies", **others):
    return Finding(kind, SAID, SAID, **others)


def breaks(material):
    raise ZeroDivisionError


def refuses(material):
    raise DataError("quality.share_done", share=0.25)


def test_every_finder_has_a_name():
    assert [kind for kind in FINDERS if f"quality.name_{kind}" not in table()] == []


def test_what_was_found_is_read_back_as_it_was(workspace, dataset, finders):
    change = Change("drop", {"rows": [np.int64(1)]}, SAID)
    one = finding(
        rows=(0, np.int64(1)),
        fixes=(change,),
        suggested={1: ("a", "b")},
        groups=((0, 1),),
        facts={"share": np.float32(0.5)},
    )
    finders(copies=lambda material: [one])
    made = check(workspace, dataset)
    assert made.findings == (replace(one, facts={"share": 0.5}),)
    assert load(workspace, dataset) == made


def test_nothing_is_known_before_somebody_has_looked(workspace, dataset):
    assert load(workspace, dataset) is None


def test_what_is_known_is_not_looked_for_again(workspace, dataset, finders):
    calls = []
    finders(copies=lambda material: calls.append(1) or [])
    check(workspace, dataset)
    check(workspace, dataset)
    assert calls == [1]


def test_other_rows_and_older_records_are_looked_at_anew(workspace, dataset, finders, monkeypatch):
    finders(copies=lambda material: [])
    check(workspace, dataset)
    assert load(workspace, replace(dataset, fingerprint="other")) is None
    assert load(workspace, replace(dataset, version=2)) is None
    monkeypatch.setattr(checking, "FORMAT", 0)
    assert load(workspace, dataset) is None


def test_a_damaged_record_is_none(workspace, dataset, finders):
    finders(copies=lambda material: [finding()])
    check(workspace, dataset)
    file = workspace.findings(dataset.id, 1)
    file.write_text(file.read_text()[:-20])
    assert load(workspace, dataset) is None


def test_a_finder_that_fails_loses_none_of_the_others(workspace, dataset, finders):
    finders(copies=breaks, more=refuses, last=lambda material: [finding("last")])
    made = check(workspace, dataset)
    assert [one.kind for one in made.findings] == ["last"]
    assert made.failed[0].text() == "“Copies” could not be looked for: ZeroDivisionError"
    assert made.failed[1].params["reason"].text() == "25% done"
    finders(copies=lambda material: [finding()])
    assert [one.kind for one in check(workspace, dataset).findings] == ["copies"]


def test_the_most_serious_comes_first(workspace, dataset, finders):
    finders(copies=lambda material: [finding(weight=w) for w in (0.2, 0.9, 0.5)])
    assert [one.weight for one in check(workspace, dataset).findings] == [0.9, 0.5, 0.2]


def test_progress_goes_up_to_all(workspace, dataset, finders):
    told = []

    def count(tell):
        for done in (0, 1, 2, 0, 2):
            tell(done, 2)
        return []

    finders(copies=lambda material: count(material.tell), more=lambda material: [])
    check(workspace, dataset, lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == [0, 0, 25, 50, 50, 75, 100, 200]
    assert {total for _, total in told} == {200}


def test_the_errand_looks_at_the_version_it_is_asked_about(workspace, dataset, finders):
    finders(copies=lambda material: [finding()])
    errand = errands.Errand("quality-1", "quality", dataset.id, {"version": 1}, 0.0)
    told = errand_process.WORK["quality"](workspace, errand, lambda done, total: None)
    assert told == {"findings": 1, "failed": 0}
    assert load(workspace, dataset).findings == (finding(),)


def test_the_command_says_what_was_found(workspace, dataset, finders, capsys):
    change = Change("drop", {"rows": [1]}, SAID)
    finders(copies=lambda material: [finding(rows=tuple(range(12)), fixes=(change,))])
    command = ["quality", "--workspace", str(workspace.root), "--dataset", dataset.id]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "1 thing found in d-1, version 1." in said
    assert "Rows: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …" in said
    assert main([*command, "--json"]) == 0
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert record["findings"][0]["fixes"][0]["asks"] == {"rows": [1]}


def test_an_unknown_version_is_said(workspace, dataset, capsys):
    command = ["quality", "--workspace", str(workspace.root), "--dataset", dataset.id]
    assert main([*command, "--version", "7"]) == 1
    assert "7" in capsys.readouterr().err
