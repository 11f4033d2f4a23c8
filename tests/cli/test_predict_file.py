"""`predict … --to`: the file comes back as the page gives it back."""

import csv
import json
from pathlib import Path

import pytest

from engine.runs.run import Run
from engine.workspace import Workspace
from tests.cli.conftest import Call
from tests.cli.test_predict_command import Predictor, give_model


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch, workspace: Workspace, run: Run) -> None:
    """The predictor is no network, so there is no half precision."""
    give_model(workspace, run)
    monkeypatch.setattr("engine.inference.predictor.load_predictor", lambda folder: Predictor())
    monkeypatch.setattr("engine.inference.quick.Quick", lambda predictor, hardware: predictor)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_comes_back_with_its_own_columns(call: Call, run: Run, tmp_path: Path) -> None:
    given, out = tmp_path / "new.csv", tmp_path / "out.csv"
    given.write_text("id,text\n1,hi!\n2,\n3,a long quiet sentence\n")
    answer = call("predict", run.id, str(given), "--to", str(out))
    assert answer.status == 0
    assert "Predicted 2 rows" in answer.out
    assert [row["id"] for row in read(out)] == ["1", "2", "3"]
    assert [row["prediction"] for row in read(out)] == ["short|loud", "", ""]
    assert [row["empty"] for row in read(out)] == ["", "text", ""]


def test_with_json_the_counts_are_told(call: Call, run: Run, tmp_path: Path) -> None:
    given, out = tmp_path / "new.csv", tmp_path / "out.jsonl"
    given.write_text("text\nhi!\na quiet sentence\n")
    told = call("predict", run.id, str(given), "--to", str(out), "--json").json
    assert (told["id"], told["predicted"], told["empty"], told["review"]) == (run.id, 2, 0, None)
    assert told["file"] == str(out)
    assert told["doubtful"][0]["text"] == "hi!"
    assert json.loads(out.read_text().splitlines()[0])["prediction"] == ["short", "loud"]


def test_the_most_doubtful_come_first(call: Call, run: Run, tmp_path: Path) -> None:
    given, out = tmp_path / "new.csv", tmp_path / "out.csv"
    given.write_text("id,text\n1,quiet and long\n2,loud and long!\n")
    call("predict", run.id, str(given), "--to", str(out), "--doubtful-first")
    assert [row["id"] for row in read(out)] == ["2", "1"]


def test_another_kind_of_file_is_refused(call: Call, run: Run, tmp_path: Path) -> None:
    given = tmp_path / "new.csv"
    given.write_text("text\nhi\n")
    answer = call("predict", run.id, str(given), "--to", str(tmp_path / "out.xlsx"))
    assert answer.status == 1
    assert "would have to end in" in answer.sentence


def test_a_file_without_the_texts_is_refused(call: Call, run: Run, tmp_path: Path) -> None:
    given, out = tmp_path / "new.csv", tmp_path / "out.csv"
    given.write_text("text\n\n\n")
    answer = call("predict", run.id, str(given), "--to", str(out))
    assert answer.status == 1
    assert "Traceback" not in answer.err
    assert not out.exists()
