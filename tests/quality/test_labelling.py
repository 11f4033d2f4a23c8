"""Which unlabelled texts to label next, and what becomes of them."""

import json

import numpy as np
import pytest

from engine.cli.main import main
from engine.data.corrections import drafted
from engine.data.dataset import load_rows
from engine.data.versions import apply_draft
from engine.errors import DataError
from engine.inference.unlabelled import read_texts
from engine.quality import embedding, labelling
from tests.quality.made import letters
from tests.shaped import asked, write_dataset

SURE = ["ll ll ll", "rr rr rr"]
DOUBTFUL = ["lr rl lr", "zz zz zz"]


@pytest.fixture
def dataset(workspace, monkeypatch):
    """Texts of the letter l are late, those of r are rude."""
    monkeypatch.setattr(embedding, "embed", letters)
    rows = [
        {"split": "train", "text": f"{'ll r' if late else 'rr l'} {row}", "labels": [label]}
        for row in range(20)
        for late, label in ((row % 2, "late" if row % 2 else "rude"),)
    ]
    rows.append({"split": "validation", "text": "Kept for validation", "labels": ["rude"]})
    rows.append({"split": "test", "text": "Kept for testing", "labels": ["late"]})
    return write_dataset(workspace, "binary", ("late", "rude"), rows, positive="rude")


def test_the_doubtful_come_first_and_none_twice(workspace, dataset):
    given = [*SURE, *DOUBTFUL, "LR  rl lr", "", "kept for TESTING"]
    found = labelling.rank(workspace, dataset, given)
    assert {pick.text for pick in found.picks[:2]} == set(DOUBTFUL)
    assert {pick.text for pick in found.picks} == {*SURE, *DOUBTFUL}
    assert (found.given, found.known) == (7, 3)
    assert labelling.told(found).text().startswith("7 texts given, 4 of them new")
    sure = next(pick for pick in found.picks if pick.text == SURE[0])
    assert sure.likely[0] == "late"
    assert sure.sure > found.picks[0].sure
    assert labelling.load(workspace, dataset) == found
    assert labelling.pool_of(workspace, dataset.id) == [*SURE, *DOUBTFUL]


def test_what_is_alike_is_not_asked_twice():
    doubt = np.array([0.5, 0.49, 0.3, 0.1])
    vectors = np.array([[1.0, 0], [1, 0], [0, 1], [0.6, 0.8]])
    assert labelling.spread(doubt, vectors, 3).tolist() == [0, 2, 3]
    assert sorted(labelling.spread(doubt, vectors, 10).tolist()) == [0, 1, 2, 3]


def test_a_labelled_text_waits_and_comes_to_training(workspace, dataset):
    found = labelling.rank(workspace, dataset, DOUBTFUL)
    first, second = found.picks
    labelling.label(workspace, dataset, first, ["rude"])
    labelling.skip(workspace, dataset, second)
    state = labelling.standing(workspace, dataset, found)
    assert state.labelled == (first.key,)
    assert state.skipped == (second.key,)
    assert state.open == ()
    assert state.last == second.key
    labelling.take_back(workspace, dataset, [second.key])
    state = labelling.standing(workspace, dataset, found)
    assert [pick.text for pick in state.open] == [second.text]
    made = apply_draft(workspace, dataset.id)
    rows = load_rows(workspace, made)
    row = rows[rows["text"] == first.text].iloc[0]
    assert (row["split"], list(row["labels"])) == ("train", ["rude"])
    state = labelling.standing(workspace, made, labelling.load(workspace, made))
    assert [pick.text for pick in state.open] == [second.text]


def test_undoing_a_label_takes_it_out_of_the_draft(workspace, dataset):
    found = labelling.rank(workspace, dataset, DOUBTFUL)
    labelling.label(workspace, dataset, found.picks[0], ["late"])
    labelling.take_back(workspace, dataset, [found.picks[0].key])
    assert drafted(workspace, dataset.id) == []


@pytest.mark.parametrize("right", [[], ["late", "rude"], ["unknown"]])
def test_what_cannot_be_the_label_is_refused(workspace, dataset, right):
    found = labelling.rank(workspace, dataset, DOUBTFUL)
    with pytest.raises(DataError):
        labelling.label(workspace, dataset, found.picks[0], right)


def test_what_cannot_be_ranked_is_said(workspace, dataset):
    with pytest.raises(DataError, match="found none among 2"):
        labelling.rank(workspace, dataset, ["", "Kept for testing"])
    rows = [{"split": "train", "text": f"x{row}", "labels": ["late"]} for row in range(4)]
    alone = write_dataset(workspace, "binary", ("late", "rude"), rows, "d-2", "late")
    with pytest.raises(DataError, match="at least two labels"):
        labelling.rank(workspace, alone, SURE)
    answers = write_dataset(workspace, "qa", (), [asked("Anna is here.", "Who?", "Anna")], "d-3")
    assert not labelling.offered(answers)
    with pytest.raises(DataError, match="labels of whole texts"):
        labelling.rank(workspace, answers, SURE)


def test_a_file_is_read_by_the_columns_of_the_data_set(tmp_path, dataset):
    lines = tmp_path / "new.txt"
    lines.write_text("first text\nsecond text, with a comma\n", "utf-8")
    texts = read_texts(lines, lines.name, dataset)
    assert texts == ["first text", "second text, with a comma"]
    table = tmp_path / "new.csv"
    table.write_text("id,text,label\n1,no label,\n2,has one,late\n3,none either, \n", "utf-8")
    assert read_texts(table, table.name, dataset) == ["no label", "none either"]
    table.write_text("id,text,label\n1,a text,late\n2,has one,late\n", "utf-8")
    with pytest.raises(DataError, match=r"without a label in new\.csv"):
        read_texts(table, table.name, dataset)


def test_the_command_lists_them(workspace, dataset, tmp_path, capsys):
    file = tmp_path / "new.txt"
    file.write_text("\n".join([*SURE, *DOUBTFUL]), "utf-8")
    arguments = ["next", "--dataset", "d-1", "--file", str(file)]
    assert main([*arguments, "--workspace", str(workspace.root), "--json"]) == 0
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {pick["text"] for pick in record["picks"][:2]} == set(DOUBTFUL)
