"""`explain` names the words a label rests on and the training texts that are like the text."""

import shutil

import pytest

from engine.inference import predictor as predictors
from engine.runs.run import Run
from engine.workspace import Workspace
from tests.cli.conftest import Call
from tests.cli.test_predict_command import give_model
from tests.inference.models import LABELS, bag_of_words
from tests.shaped import write_dataset

TEXT = "parcel is late"


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch, workspace: Workspace, run: Run) -> None:
    give_model(workspace, run)
    rows = [{"split": "train", "text": "the parcel is late", "labels": ["delivery"]}]
    write_dataset(workspace, "multilabel", LABELS, rows, run.dataset)
    monkeypatch.setattr(predictors, "load_predictor", lambda folder: bag_of_words())


def test_words_and_similar_texts_are_listed(call: Call, run: Run) -> None:
    out = call("explain", run.id, TEXT, "--of", "delivery").out
    assert "“delivery” has a probability of" in out
    assert all(word in out for word in TEXT.split())
    assert "Similarity" in out


def test_with_json_all_of_it_is_one_object(call: Call, run: Run) -> None:
    answer = call("explain", run.id, TEXT, "--json").json
    assert answer["text"] == TEXT
    assert answer["explanation"]["label"] in LABELS
    assert [word["end"] for word in answer["explanation"]["words"]] == [6, 9, 14]
    assert {"row_id", "text", "labels", "similarity"} == answer["similar"][0].keys()


def test_without_its_data_set_words_are_told_all_the_same(
    call: Call, run: Run, workspace: Workspace
) -> None:
    shutil.rmtree(workspace.datasets)
    answer = call("explain", run.id, TEXT, "--json")
    assert answer.json["similar"] == []
    assert answer.json["explanation"]["words"]


def test_a_blank_text_is_refused(call: Call, run: Run) -> None:
    assert "no text to explain" in call("explain", run.id, " ").err
