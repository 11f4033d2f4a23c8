"""`runs`, `report` and `stop` say what the registry and the report hold."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.data.dataset import Dataset, Roles
from engine.evaluation import report
from engine.evaluation.predictions import write_predictions
from engine.runs import machine
from engine.runs.registry import Registry
from engine.runs.run import Request, Run, State
from engine.training.events import EventLog
from engine.workspace import Workspace
from tests.cli.conftest import RECIPE, Call
from tests.said import said

TICKETS = Dataset(
    "tickets-1", 1, "tickets", "binary", ("defect", "ok"), "defect",
    Roles(("text",), ("label",)), {}, {}, "f", 0.0,
)  # fmt: skip
NUMBERS = ("accuracy", "balanced_accuracy", "macro_f1", "micro_f1", "weighted_f1")


def give_report(
    workspace: Workspace, run: Run, dataset: Dataset = TICKETS, headline: str | None = None
) -> None:
    rng = np.random.default_rng(0)
    folder = workspace.run(run.id)
    truth = np.arange(2) == rng.integers(0, 2, 40)[:, None]
    for weights, right in (("best", 0.9), ("last", 0.8), ("before", 0.5)):
        decided = np.where(rng.random((40, 1)) < right, truth, ~truth)
        path = folder.predictions("test", weights)
        write_predictions(path, range(40), said(truth, decided))
    events = EventLog(folder.events)
    for step, best in ((10, True), (20, True), (30, False)):
        events.write("evaluation", step=step, best=best)
    report.save(folder, report.build_report(folder, dataset, headline))


@pytest.fixture
def finished(workspace: Workspace, run: Run) -> Run:
    give_report(workspace, run)
    Registry(workspace).settle(run, State.FINISHED, None)
    return Registry(workspace).get(run.id)


def test_no_runs_yet_is_an_empty_list(call: Call) -> None:
    assert call("runs", "--json").json == {"runs": []}
    assert "No runs yet" in call("runs").out


def test_runs_lists_the_newest_first_with_its_score(
    call: Call, workspace: Workspace, finished: Run
) -> None:
    newer = Registry(workspace).submit(RECIPE, "brave-lynx")
    listed = call("runs", "--json").json["runs"]
    assert [(run["id"], run["state"]) for run in listed] == [
        (newer.id, "queued"),
        (finished.id, "finished"),
    ]
    assert listed[0]["macro_f1"] is None
    assert 0.5 < listed[1]["macro_f1"] <= 1
    assert listed[1]["rows"] == 40
    lines = call("runs").out.splitlines()
    assert lines[0].split() == [
        "Run",
        "State",
        "Data",
        "set",
        "Test",
        "score",
        "Created",
        "Time",
    ]
    assert lines[2].startswith(finished.id)


def test_report_has_the_promised_numbers_of_best_last_and_before(call: Call, finished: Run) -> None:
    test = call("report", finished.id, "--json").json["splits"]["test"]
    assert set(test) == {"best", "last", "before"}
    for figures in test.values():
        for number in (*NUMBERS, "f1"):
            assert 0 <= figures[number] <= 1
            low, high = figures["intervals"][number]
            assert low <= figures[number] <= high
        assert set(figures["per_class"]) == {"defect", "ok"}
    assert test["best"]["f1"] == test["best"]["per_class"]["defect"]["f1"]


def test_report_says_why_a_higher_last_checkpoint_is_not_the_best(
    call: Call, workspace: Workspace, finished: Run
) -> None:
    assert "chosen on the validation rows" not in call("report", finished.id).out
    folder = workspace.run(finished.id)
    best, last = (folder.predictions("test", weights) for weights in ("best", "last"))
    kept = best.read_bytes()
    best.write_bytes(last.read_bytes())
    last.write_bytes(kept)
    report.save(folder, report.build_report(folder, TICKETS))
    shown = call("report", finished.id).out
    assert shown.count("The best checkpoint was chosen on the validation rows") == 1
    assert "the last one is higher by 0." in shown


def test_report_names_the_best_step_the_last_and_which_stands_for_the_run(
    call: Call, finished: Run
) -> None:
    record = call("report", finished.id, "--json").json
    assert record["steps"] == {"best": 20, "last": 30}
    assert record["stands_for_run"] == {"weights": "best", "step": 20, "metric": "f1"}
    shown = call("report", finished.id).out
    assert "Best step: 20. Last step: 30. The best one stands for the run" in shown


def test_a_report_from_before_it_named_steps_takes_them_from_the_events(
    call: Call, workspace: Workspace, finished: Run
) -> None:
    path = workspace.run(finished.id).report
    record = json.loads(path.read_text("utf-8"))
    del record["steps"], record["named"]
    path.write_text(json.dumps(record), "utf-8")
    shown = call("report", finished.id, "--json").json
    assert shown["steps"] == {"best": 20, "last": 30}
    assert shown["stands_for_run"]["metric"] == "f1"


def test_the_score_a_recipe_names_stands_for_the_run(
    call: Call, workspace: Workspace, run: Run
) -> None:
    give_report(workspace, run, headline="balanced_accuracy")
    Registry(workspace).settle(run, State.FINISHED, None)
    (listed,) = call("runs", "--json").json["runs"]
    figures = call("report", run.id, "--json").json["splits"]["test"]["best"]
    assert listed["metric"] == "balanced_accuracy"
    assert listed["score"] == figures["balanced_accuracy"]
    assert "Balanced accuracy" in call("runs").out


def test_report_of_several_labels_has_the_score_that_counts_none(
    call: Call, workspace: Workspace, run: Run
) -> None:
    give_report(workspace, run, replace(TICKETS, task="multilabel", positive=None))
    best = call("report", run.id, "--json").json["splits"]["test"]["best"]
    assert {"macro_f1_with_none", "micro_f1_with_none"} <= best.keys()
    assert "Macro-F1 with “no label” as a class" in call("report", run.id).out


def test_report_for_people_names_rows_intervals_and_the_positive_class(
    call: Call, finished: Run
) -> None:
    shown = call("report", finished.id).out
    assert "Test, 40 rows" in shown
    assert "Best checkpoint" in shown
    assert "F1 of “defect”" in shown
    assert "Rows (support)" in shown


def test_with_json_tables_go_to_standard_error(call: Call, finished: Run) -> None:
    answer = call("report", finished.id, "--json")
    assert "Best checkpoint" in answer.err
    assert answer.out.count("\n") == 1


def test_a_run_without_results_says_so(call: Call, run: Run) -> None:
    answer = call("report", run.id)
    assert answer.status == 1
    assert "has no report yet" in answer.sentence


def test_stop_takes_a_queued_run_out_of_the_queue(
    call: Call, workspace: Workspace, run: Run
) -> None:
    answer = call("stop", run.id, "--json")
    assert answer.json == {"id": run.id, "name": "calm-otter", "state": "stopped"}
    assert Registry(workspace).get(run.id).state is State.STOPPED


@pytest.mark.parametrize(
    ("options", "request_"),
    [([], Request.STOP_AND_KEEP), (["--discard"], Request.STOP_AND_DISCARD)],
)
def test_stop_asks_a_run_at_work(
    call: Call, workspace: Workspace, run: Run, options: list[str], request_: Request
) -> None:
    registry = Registry(workspace)
    assert registry.start(run, pid=os.getpid(), born=machine.birth(os.getpid()))
    answer = call("stop", run.id, *options)
    assert answer.out == "Asked calm-otter to stop.\n"
    assert registry.get(run.id).request is request_


def test_a_run_whose_process_is_gone_is_not_shown_as_running(
    call: Call, workspace: Workspace, run: Run
) -> None:
    registry = Registry(workspace)
    assert registry.start(run, pid=os.getpid(), born="of another process")
    assert registry.begin(run.id, os.getpid(), "of another process")
    (listed,) = call("runs", "--json").json["runs"]
    assert listed["state"] == "interrupted"
    assert registry.resume(run.id).state == "queued"


def test_a_run_that_has_ended_cannot_be_stopped_or_resumed(call: Call, finished: Run) -> None:
    for command in ("stop", "resume"):
        answer = call(command, finished.id)
        assert answer.status == 1
        assert "calm-otter" in answer.sentence


@pytest.mark.parametrize(
    ("name", "shown"),
    [("新闻标题", "新闻标题 (tickets-1)"), ("Tickets", "  tickets-1  "), (None, "  tickets-1  ")],
)
def test_a_data_set_is_told_by_its_name_where_its_id_cannot(
    call: Call, workspace: Workspace, run: Run, name: str | None, shown: str
) -> None:
    if name:
        record = workspace.dataset("tickets-1", 1).record
        record.parent.mkdir(parents=True)
        record.write_text(replace(TICKETS, name=name).to_json(), "utf-8")
    assert shown in call("runs").out
    assert shown in call("queue").out
    give_report(workspace, run)
    assert f"data set {shown.strip()}: one label of two" in call("report", run.id).out
    assert call("runs", "--json").json["runs"][0]["dataset"] == "tickets-1"


def test_a_report_is_written_as_one_file(
    call: Call, workspace: Workspace, finished: Run, tmp_path: Path
) -> None:
    file = tmp_path / "new" / "report.html"
    found = call("report", finished.id, "--html", str(file), "--json").json
    assert found == {"id": finished.id, "file": str(file)}
    assert file.read_text("utf-8").startswith("<!doctype html>")
    assert str(file) in call("report", finished.id, "--html", str(file)).out
    answer = call("report", finished.id, "--html", str(tmp_path))
    assert answer.status == 1
    assert "Traceback" not in answer.sentence
