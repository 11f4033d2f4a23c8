"""`pins` and the line about them in `report`."""

import pytest

from engine.data.pins import Pin, add
from engine.evaluation.pins import Outcome, score_pins
from tests.evaluation.test_pins import LABELS, ROWS, Reader
from tests.shaped import HOSTILE, write_dataset


@pytest.fixture
def pinned(workspace, run):
    """The run's data set with two pins, of which the run holds one, and one nobody has scored."""
    write_dataset(workspace, "multiclass", LABELS, ROWS, run.dataset)
    add(workspace, run.dataset, Pin("a complaint", ("complaint",)))
    add(workspace, run.dataset, Pin(f"{HOSTILE} complaint", other="praise"))
    score_pins(workspace, workspace.run(run.id), run.dataset, Reader())
    return add(workspace, run.dataset, Pin("great", ("praise",)))


def test_pins_are_listed_with_what_the_newest_run_makes_of_them(call, run, pinned):
    told = call("pins", run.dataset).out
    assert "must be: complaint" in told
    assert "must get the same answer as: praise" in told
    assert f"{run.id}: 1 of 2 pins hold (1 not checked yet)" in told
    assert told.index("holds") < told.index("broken") < told.index("not checked\n")


def test_a_program_reads_every_pin_and_what_each_run_said(call, run, pinned):
    found = call("pins", run.dataset, "--json").json
    assert [pin["expected"] for pin in found["pins"]] == [["complaint"], None, ["praise"]]
    (of_run,) = found["runs"]
    assert (of_run["held"], of_run["scored"], of_run["pins"]) == (1, 2, 3)
    broken = of_run["outcomes"][found["pins"][1]["id"]]
    assert Outcome(**broken) == Outcome(False, ["complaint"], ["praise"])


def test_without_pins_it_says_how_to_make_one(call, workspace, run):
    write_dataset(workspace, "multiclass", LABELS, ROWS, run.dataset)
    assert "Pin an answer in the playground" in call("pins", run.dataset).out
    assert call("pins", run.dataset, "--json").json["runs"] == []


def test_an_unknown_data_set_is_one_sentence(call):
    answer = call("pins", "nothing-1")
    assert answer.status == 1
    assert "nothing-1" in answer.sentence


def test_the_report_says_how_many_hold(call, workspace, run, pinned):
    from tests.cli.test_run_commands import give_report

    give_report(workspace, run)
    assert "1 of 2 pins hold" in call("report", run.id).out
    assert call("report", run.id, "--json").json["pins"] == {"held": 1, "scored": 2, "pins": 3}
