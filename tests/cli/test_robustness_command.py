"""`robustness`: the rates as a table, kept where the page shows them."""

import numpy as np
import pytest

from engine.evaluation.robustness import load
from engine.runs.run import Run
from engine.workspace import Workspace
from tests.cli.conftest import Call
from tests.inference.test_robustness import Loud
from tests.said import said
from tests.shaped import answer_run, finish_run, write_dataset


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.inference import robustness

    monkeypatch.setattr(robustness, "load_predictor", lambda folder: Loud())
    monkeypatch.setattr(robustness, "Quick", lambda predictor, hardware: predictor)


@pytest.fixture
def finished(workspace: Workspace) -> Run:
    texts = ["Help me with it!", "Thank you for the help"] * 10
    rows = [{"split": "test", "text": text, "labels": ["calm"]} for text in texts]
    dataset = write_dataset(workspace, "multiclass", ("calm", "loud"), rows)
    decided = np.array([[True, False]] * len(rows))
    return finish_run(workspace, dataset, said(decided, decided, decided.astype(float)))


def test_it_says_what_changes_answers_and_keeps_it(
    call: Call, workspace: Workspace, finished: Run
) -> None:
    answer = call("robustness", finished.id)
    assert answer.status == 0
    line = next(line for line in answer.out.splitlines() if line.startswith("No punctuation"))
    assert line.split()[2:] == ["50.0%", "29.9%–70.1%", "10", "/", "20"]
    kept = load(workspace.run(finished.id))
    assert kept is not None
    assert kept.outcomes["punctuation"].rate.flips == 10


def test_with_json_all_is_one_object(call: Call, finished: Run) -> None:
    told = call("robustness", finished.id, "--json").json
    assert told["outcomes"]["case"]["rate"]["rows"] == 20


def test_what_has_no_such_check_says_so(call: Call, workspace: Workspace) -> None:
    answer = call("robustness", answer_run(workspace).id)
    assert answer.status == 1
    assert "offered for labels" in answer.sentence


def test_a_run_without_a_model_says_what_it_is(call: Call, run: Run) -> None:
    answer = call("robustness", run.id)
    assert answer.status == 1
    assert "has no model: it is queued" in answer.sentence
