"""`versions`: listed, compared, put back and written out."""

import json

import pytest

from engine.data.changes import make
from engine.data.dataset import load_dataset
from engine.data.versions import next_version
from tests.shaped import write_dataset
from tests.versions import many


@pytest.fixture
def dataset(workspace):
    dataset = write_dataset(workspace, "multiclass", ("a", "b"), many("ab", 30))
    changed = [make("relabel", {"rows": {0: ["b"]}}), make("drop", {"rows": [3]})]
    next_version(workspace, dataset.id, (), "tidied", changed, "ann")
    return dataset


def test_the_newest_version_is_listed_first_with_all_that_is_known_of_it(call, dataset):
    told = call("versions", "--dataset", dataset.id).out.splitlines()
    assert told[1].split()[0] == "2"
    assert "ann" in told[1]
    assert told[1].endswith("gave 1 row another label · took out 1 row · tidied")
    newest, first = call("versions", "--dataset", dataset.id, "--json").json["versions"]
    assert (newest["parent"], newest["author"], first["parent"]) == (1, "ann", None)
    assert newest["counts"]["train"] == {"a": 8, "b": 9}


def test_two_are_compared(call, dataset):
    told = call("versions", "--dataset", dataset.id, "--compare", "1", "2").out
    assert "1 row gone: 3" in told
    assert "1 row with another label or answer: 0" in told
    assert told.splitlines()[-1].split()[::2] == ["b", "15"]
    found = call("versions", "--dataset", dataset.id, "--compare", "1", "2", "--json").json
    assert (found["rows"]["gone"], found["rows"]["relabelled"]) == ([3], [0])
    same = call("versions", "--dataset", dataset.id, "--compare", "1", "1").out
    assert "the very same rows" in same


def test_an_old_one_is_put_back_as_a_new_one(call, workspace, dataset):
    told = call("versions", "--dataset", dataset.id, "--restore", "1").out
    assert told == "Version 3 of “d-1” is made: put version 1 back.\n"
    assert load_dataset(workspace, dataset.id).parent == 1
    refused = call("versions", "--dataset", dataset.id, "--restore", "3")
    assert refused.sentence.startswith("Version 3 of “d-1” is the newest already.")


def test_one_is_written_to_a_file_that_is_not_there_yet(call, dataset, tmp_path):
    target = tmp_path / "old.jsonl"
    arguments = ("--dataset", dataset.id, "--version", "1", "--export", target)
    assert "Wrote 30 rows of version 1" in call("versions", *arguments).out
    assert len(list(map(json.loads, target.read_text("utf-8").splitlines()))) == 30
    assert "stays as it is" in call("versions", *arguments).sentence


def test_what_is_not_there_is_said_in_a_sentence(call, dataset):
    told = call("versions", "--dataset", dataset.id, "--compare", "1", "9").sentence
    assert "no version 9" in told
    assert call("versions", "--dataset", "nothing-1").status == 1


def test_only_one_thing_is_done_at_once(call, workspace, dataset):
    asked = call("versions", "--dataset", dataset.id, "--compare", "1", "2", "--restore", "1")
    assert asked.status == 2
    assert "argument --restore: not allowed with argument --compare" in asked.sentence
    assert load_dataset(workspace, dataset.id).version == 2
