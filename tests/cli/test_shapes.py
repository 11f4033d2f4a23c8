"""`predict`, `report` and `runs` for mentions and answers: what applies, and nothing else."""

import io
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from engine.data.dataset import Roles, load_dataset
from engine.runs.registry import Registry
from engine.tasks import make_task
from engine.tasks.answering import AnswerPredictions
from engine.tasks.token_labels import Span, SpanPredictions
from engine.workspace import Workspace
from tests.cli.conftest import RECIPE, Call
from tests.shaped import answer_run, entity_run


class Finder:
    """Takes the first word of each text for a person."""

    task = make_task("tokens", ("person",))

    def predict(self, texts: Sequence[str]) -> SpanPredictions:
        found = [[Span(0, len(text.split()[0]), "person", 0.75)] if text else [] for text in texts]
        return SpanPredictions([[] for _ in texts], found)


class Answerer:
    """Answers each question with the last word of its text."""

    task = make_task("qa", ())

    def predict(self, texts: Sequence[str], questions: Sequence[str]) -> AnswerPredictions:
        words = [text.split()[-1] + question[-1] for text, question in _pairs(texts, questions)]
        return AnswerPredictions([[]] * len(words), words, [0.5] * len(words), [-1] * len(words))


def _pairs(texts: Sequence[str], questions: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(texts, questions, strict=True))


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a predictor in the place of every model."""

    def load(predictor: Any) -> None:
        module = ModuleType("engine.inference.predictor")
        module.load_predictor = lambda folder: predictor  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "engine.inference.predictor", module)

    return load


def test_mentions_of_lines_are_told_with_their_places(
    call: Call, workspace: Workspace, load: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = entity_run(workspace)
    load(Finder())
    lines = io.BytesIO("Anna came\n\n张伟 来了".encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(lines))
    told = [json.loads(line) for line in call("predict", run.id, "-").out.splitlines()]
    assert told[0] == {
        "text": "Anna came",
        "spans": [{"start": 0, "end": 4, "label": "person", "score": 0.75}],
    }
    assert told[1] == {"text": "", "empty": ["text"]}
    assert told[2]["spans"][0]["end"] == 2


def test_words_in_lists_are_read_as_running_text(
    call: Call, workspace: Workspace, load: Any, tmp_path: Path
) -> None:
    run = entity_run(workspace)
    dataset = load_dataset(workspace, run.dataset)
    roles = Roles(("tokens",), ("tags",))
    workspace.dataset(run.dataset, 1).record.write_text(replace(dataset, roles=roles).to_json())
    load(Finder())
    path = tmp_path / "new.conll"
    path.write_text("Anna\tO\ncame\tO\n.\tO\n\nBerg\tO\n(\tO\nher\tO\n)\tO\n\n" * 5, "utf-8")
    found = call("predict", run.id, str(path), "--json").json["predictions"]
    assert [row["text"] for row in found[:2]] == ["Anna came.", "Berg (her)"]


@pytest.mark.parametrize("column", ["question", "Question", "问题"])
def test_questions_come_from_their_column_and_texts_from_that_of_the_data_set(
    call: Call, workspace: Workspace, load: Any, tmp_path: Path, column: str
) -> None:
    run = answer_run(workspace)
    load(Answerer())
    path = tmp_path / "new.csv"
    rows = [f"{i},Anna lives in town {i},Where does Anna live {i}" for i in range(12)]
    path.write_text("\n".join([f"id,text,{column}", *rows]), "utf-8")
    found = call("predict", run.id, str(path), "--json").json["predictions"]
    assert len(found) == 12
    assert found[3] == {
        "text": "Anna lives in town 3",
        "question": "Where does Anna live 3",
        "answer": "33",
        "score": 0.5,
        "start": -1,
    }


def test_a_row_without_question_or_text_is_told_apart_and_keeps_its_place(
    call: Call, workspace: Workspace, load: Any, tmp_path: Path
) -> None:
    run = answer_run(workspace)
    load(Answerer())
    path = tmp_path / "new.csv"
    rows = [f"{i},Anna lives in town {i},Where does Anna live {i}" for i in range(12)]
    rows[2], rows[5], rows[7] = "2,Anna lives in town 2,", "5,   ,Where?", "7,,"
    path.write_text("\n".join(["id,text,question", *rows]), "utf-8")
    answer = call("predict", run.id, str(path), "--json")
    found = answer.json["predictions"]
    empty = [row.get("empty") for row in found]
    assert [empty[2], empty[5], empty[7]] == [["question"], ["text"], ["text", "question"]]
    assert [row["answer"] for row in found if "empty" not in row] == [
        f"{i}{i % 10}" for i in range(12) if i not in (2, 5, 7)
    ]
    assert "3, 6, 8" in answer.err


def test_questions_come_from_the_column_the_data_set_took_them_from(
    call: Call, workspace: Workspace, load: Any, tmp_path: Path
) -> None:
    run = answer_run(workspace)
    dataset = load_dataset(workspace, run.dataset)
    roles = Roles(("passage",), ("reply",), None, "asked")
    workspace.dataset(run.dataset, 1).record.write_text(replace(dataset, roles=roles).to_json())
    load(Answerer())
    path = tmp_path / "new.csv"
    rows = [f"no question,Anna lives in town {i},Where {i}" for i in range(12)]
    path.write_text("\n".join(["question,passage,asked", *rows]), "utf-8")
    (found, *_) = call("predict", run.id, str(path), "--json").json["predictions"]
    assert (found["text"], found["question"]) == ("Anna lives in town 0", "Where 0")


def test_without_its_data_set_the_text_is_guessed_and_never_the_question(
    call: Call, workspace: Workspace, load: Any, tmp_path: Path
) -> None:
    run = answer_run(workspace)
    workspace.dataset(run.dataset, 1).record.unlink()
    load(Answerer())
    path = tmp_path / "new.jsonl"
    rows = [
        {
            "question": f"Who is number {i}?",
            "content": f"Number {i} of them is Anna {i}",
        }
        for i in range(12)
    ]
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    found = call("predict", run.id, str(path), "--json").json["predictions"]
    assert found[2]["text"] == "Number 2 of them is Anna 2"


@pytest.mark.parametrize("name", ["-", "lines.txt"])
def test_a_model_that_needs_questions_asks_for_a_table(
    call: Call, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    run = answer_run(workspace)
    (tmp_path / "lines.txt").write_text("a text\n")
    answer = call("predict", run.id, name if name == "-" else str(tmp_path / name))
    assert answer.status == 1
    assert "needs more than a text: text, question. Give it a table" in answer.sentence


def test_a_table_without_questions_is_told(
    call: Call, workspace: Workspace, tmp_path: Path
) -> None:
    run = answer_run(workspace)
    path = tmp_path / "new.csv"
    path.write_text("id,text\n" + "".join(f"{i},a text of number {i}\n" for i in range(9)))
    answer = call("predict", run.id, str(path))
    assert answer.status == 1
    said = "no column of “new.csv” is called “question”; its columns are id, text"
    assert said in answer.sentence


def test_the_report_of_mentions_has_its_scores_types_and_kinds_of_error(
    call: Call, workspace: Workspace
) -> None:
    run = entity_run(workspace)
    best = call("report", run.id, "--json").json["splits"]["test"]["best"]
    assert {"f1", "precision", "recall"} <= best.keys()
    assert best["f1"] == pytest.approx(0.4)
    assert set(best["per_class"]) == {"company", "person", "place"}
    assert best["errors"] == dict.fromkeys(
        ("missed", "spurious", "wrong_type", "wrong_boundary"), 1
    )
    shown = call("report", run.id).out
    for words in ("entities in the text", "Entity F1", "Mentions (support)", "Wrong boundary  "):
        assert words in shown


def test_the_report_of_answers_has_its_scores_and_no_table_of_labels(
    call: Call, workspace: Workspace
) -> None:
    run = answer_run(workspace)
    best = call("report", run.id, "--json").json["splits"]["test"]["best"]
    assert best["exact_match"] == pytest.approx(1 / 3)
    assert {"f1", "rouge_l"} <= best.keys()
    assert best["per_class"] == {}
    shown = call("report", run.id).out
    assert "F1 over words" in shown
    assert "support" not in shown
    assert "Kind of error" not in shown


def test_runs_are_listed_by_the_score_of_their_task(call: Call, workspace: Workspace) -> None:
    run = entity_run(workspace)
    waiting = Registry(workspace).submit(RECIPE, "calm-otter")
    listed = {record["id"]: record for record in call("runs", "--json").json["runs"]}
    assert listed[run.id]["metric"] == "f1"
    assert listed[run.id]["score"] == pytest.approx(0.4)
    assert 0 < listed[run.id]["macro_f1"] < 1, "of the types"
    assert (listed[waiting.id]["metric"], listed[waiting.id]["score"]) == (None, None)
    assert "Entity F1 0.400 (" in call("runs").out


def test_a_score_that_a_task_lacks_is_null(call: Call, workspace: Workspace) -> None:
    answer_run(workspace)
    (listed,) = call("runs", "--json").json["runs"]
    assert (listed["metric"], listed["macro_f1"]) == ("f1", None)
    assert "F1 over words 0.600" in call("runs").out
