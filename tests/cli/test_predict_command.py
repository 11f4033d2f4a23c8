"""`predict` labels the lines of standard input or the texts of a file, in their order."""

import io
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from engine.runs.registry import Registry
from engine.runs.run import Run
from engine.tasks import make_task
from engine.tasks.labelled import LabelPredictions
from engine.workspace import Workspace
from tests.cli.conftest import RECIPE, Call
from tests.said import said


class Predictor:
    """Finds “short” in texts of up to nine letters and “loud” where there is an exclamation."""

    task = make_task("multilabel", ("short", "loud"))
    threshold = 0.5

    def predict(self, texts: Sequence[str]) -> LabelPredictions:
        found = np.array([[0.9 if len(t) < 10 else 0.1, 0.6 if "!" in t else 0.2] for t in texts])
        return said(found > 1, found >= self.threshold, found)


@pytest.fixture(autouse=True)
def predictor(monkeypatch: pytest.MonkeyPatch, workspace: Workspace, run: Run) -> Predictor:
    give_model(workspace, run)
    found = Predictor()
    module = ModuleType("engine.inference.predictor")
    module.load_predictor = lambda folder: found  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "engine.inference.predictor", module)
    return found


def give_model(workspace: Workspace, run: Run, task: str = "multilabel") -> None:
    """As much of a model folder as is looked at before the model is loaded."""
    manual = {"task": task, "labels": [], "positive": None, "max_length": 16}
    folder = workspace.run(run.id).model
    folder.mkdir(exist_ok=True)
    (folder / "labels.json").write_text(json.dumps(manual))


def say(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_each_line_of_standard_input_is_answered_by_a_line(
    call: Call, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, "\ufeffhi!\r\n\n很好\na long quiet sentence".encode())
    lines = [json.loads(line) for line in call("predict", run.id, "-").out.splitlines()]
    assert [line["text"] for line in lines] == ["hi!", "", "很好", "a long quiet sentence"]
    assert [line.get("labels") for line in lines] == [["short", "loud"], None, ["short"], []]
    assert lines[0]["probabilities"] == {"short": 0.9, "loud": 0.6}


def test_an_empty_line_is_not_predicted_and_keeps_its_place(
    call: Call, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, "\n \u200b\nhi\n\t\n".encode())
    answer = call("predict", run.id, "-")
    lines = [json.loads(line) for line in answer.out.splitlines()]
    assert [line.get("empty") for line in lines] == [["text"], ["text"], None, ["text"]]
    assert [line.get("labels") for line in lines] == [None, None, ["short"], None]
    assert "3 rows without a text or a question got no answer" in answer.err
    assert "1, 2, 4" in answer.err


def test_nothing_but_empty_lines_asks_no_model(
    call: Call, run: Run, monkeypatch: pytest.MonkeyPatch, predictor: Predictor
) -> None:
    monkeypatch.setattr(predictor, "predict", None)
    say(monkeypatch, b"\n\n")
    predictions = call("predict", run.id, "-", "--json").json["predictions"]
    assert predictions == [{"text": "", "empty": ["text"]}] * 2


def test_with_json_all_predictions_are_one_object(
    call: Call, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, b"one\ntwo\n")
    answer = call("predict", run.id, "-", "--json").json
    assert answer["id"] == run.id
    assert [prediction["text"] for prediction in answer["predictions"]] == ["one", "two"]


def test_no_text_is_no_prediction(call: Call, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, b"")
    assert call("predict", run.id, "-", "--json").json["predictions"] == []


def test_the_models_own_thresholds_decide(
    call: Call, run: Run, monkeypatch: pytest.MonkeyPatch, predictor: Predictor
) -> None:
    predictor.threshold = 0.7
    say(monkeypatch, b"hi!\n")
    assert json.loads(call("predict", run.id, "-").out)["labels"] == ["short"]


def test_a_text_file_is_read_line_by_line(call: Call, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "texts.txt"
    path.write_text("a, b\nc\n")
    answer = call("predict", run.id, str(path), "--json").json
    assert [prediction["text"] for prediction in answer["predictions"]] == ["a, b", "c"]


def test_a_table_gives_the_texts_of_its_text_column(call: Call, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    texts = [f"a sentence about matter number {i} at length" for i in range(20)]
    path.write_text("id,text\n" + "".join(f"{i},{text}\n" for i, text in enumerate(texts)))
    answer = call("predict", run.id, str(path), "--json")
    assert [prediction["text"] for prediction in answer.json["predictions"]] == texts


def test_a_table_of_one_column_needs_no_guess(call: Call, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    path.write_text("message\n" + "yes please\nno thanks\n" * 10)
    answer = call("predict", run.id, str(path), "--json")
    assert answer.json["predictions"][1]["text"] == "no thanks"
    assert len(answer.json["predictions"]) == 20


def test_the_columns_of_the_data_set_are_taken_where_the_table_has_them(
    call: Call, workspace: Workspace, tmp_path: Path
) -> None:
    rows = [f"subject {i},a long text about it {i},{'ab'[i % 2]}" for i in range(40)]
    path = tmp_path / "tickets.csv"
    path.write_text("\n".join(["subject,body,label", *rows]))
    dataset = call("import", str(path), "--text", "subject", "--json").json["id"]
    run = Registry(workspace).submit(replace(RECIPE, dataset=dataset))
    give_model(workspace, run)
    answer = call("predict", run.id, str(path), "--json")
    assert answer.json["predictions"][3]["text"] == "subject 3"


def test_a_run_without_a_model_says_what_it_is(call: Call, run: Run, workspace: Workspace) -> None:
    shutil.rmtree(workspace.run(run.id).model)
    answer = call("predict", run.id, "-")
    assert answer.status == 1
    assert "has no model: it is queued" in answer.sentence


def test_a_file_that_is_not_there_is_named(call: Call, run: Run) -> None:
    answer = call("predict", run.id, "none.csv")
    assert answer.status == 1
    assert "no file “none.csv”" in answer.sentence
