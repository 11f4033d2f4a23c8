"""Pins: what holds, what breaks, and what is known of a run afterwards."""

import numpy as np
import pytest

from engine.data.dataset import delete_dataset
from engine.data.pins import Pin, add, pins, remove
from engine.errors import DataError, WorkspaceError
from engine.evaluation.pins import Held, count_held, held, outcomes_of, read_outcomes, score_pins
from engine.tasks import make_task
from engine.tasks.answering import AnswerPredictions
from engine.tasks.labelled import LabelPredictions
from engine.tasks.token_labels import Span, SpanPredictions
from tests.shaped import ANSWER_ROWS, ENTITY_ROWS, HOSTILE, write_dataset

LABELS = ("complaint", "praise")
ROWS = [
    {"split": split, "text": f"{split} {label}", "labels": [label]}
    for split in ("train", "validation", "test")
    for label in LABELS
]


class Reader:
    """Finds a label whose name stands in the text, the first one else."""

    def __init__(self, kind="multiclass"):
        self.task, self.calls = make_task(kind, LABELS), 0

    def predict(self, texts, questions=()):
        self.calls += 1
        decided = np.array([[label in text for label in LABELS] for text in texts])
        return LabelPredictions(np.zeros_like(decided), decided, decided.astype(float))


@pytest.fixture
def dataset(workspace):
    return write_dataset(workspace, "multiclass", LABELS, ROWS)


def test_a_pin_holds_where_the_model_says_what_was_expected():
    found = [
        Pin("a complaint", ("complaint",)),
        Pin("a complaint", ("praise",)),
        Pin("a complaint by Anna", other="a complaint by Ahmed"),
        Pin("a complaint by Anna", other="praise by Ahmed"),
    ]
    outcomes = outcomes_of(Reader(), found)
    assert [outcome.holds for outcome in outcomes] == [True, False, True, False]
    assert outcomes[3].said == ("complaint",)
    assert outcomes[3].other == ("praise",)


def test_no_label_can_be_expected_where_a_row_may_have_none():
    found = [Pin("nothing", ()), Pin("praise and complaint", ("praise", "complaint"))]
    assert [outcome.holds for outcome in outcomes_of(Reader("multilabel"), found)] == [True, True]


def test_of_mentions_words_must_be_right_but_names_may_change():
    class Finder:
        task = make_task("tokens", ("person",))

        def predict(self, texts, questions=()):
            found = [[Span(0, len(text.split()[0]), "person")] for text in texts]
            return SpanPredictions([[] for _ in texts], found)

    found = [
        Pin("Anna left", ("Anna (person)",)),
        Pin("Anna left", ("Ann (person)",)),
        Pin("Anna left", other="Ahmed left"),
    ]
    assert [outcome.holds for outcome in outcomes_of(Finder(), found)] == [True, False, True]


def test_answers_are_compared_as_they_are_scored():
    class Answerer:
        task = make_task("qa", ())

        def predict(self, texts, questions=()):
            assert len(questions) == len(texts)
            return AnswerPredictions([[]] * len(texts), ["The Tiber."] * len(texts), [1], [0])

    found = [
        Pin("Rome", ("tiber",), question="Where?"),
        Pin("Rome", ("Nile", "the tiber"), question="Where?"),
        Pin("Rome", ("Nile",), question="Where?"),
        Pin("Rome", other="Roma", question="Where?"),
    ]
    assert [outcome.holds for outcome in outcomes_of(Answerer(), found)] == [
        True,
        True,
        False,
        True,
    ]


def test_a_run_knows_its_pins_and_those_that_came_later(workspace, dataset):
    folder = workspace.run("run-1")
    score_pins(workspace, folder, dataset.id, Reader())
    assert not folder.pins.exists(), "without pins there is nothing to say"
    assert held(workspace, folder, dataset.id) is None
    first = add(workspace, dataset.id, Pin("a complaint", ("complaint",)))
    broken = add(workspace, dataset.id, Pin("praise", ("complaint",)))
    assert held(workspace, folder, dataset.id) == Held(0, 0, 2)
    score_pins(workspace, folder, dataset.id, Reader())
    assert held(workspace, folder, dataset.id) == Held(1, 2, 2)
    add(workspace, dataset.id, Pin("more praise", ("praise",)))
    assert held(workspace, folder, dataset.id) == Held(1, 2, 3)
    remove(workspace, dataset.id, broken.id)
    assert held(workspace, folder, dataset.id) == Held(1, 1, 2)
    assert read_outcomes(folder)[first.id].holds


def test_other_thresholds_make_what_was_said_unknown(workspace, dataset):
    folder = workspace.run("run-1")
    pin = add(workspace, dataset.id, Pin("a complaint", ("complaint",)))
    folder.model.mkdir(parents=True)
    thresholds = folder.model / "thresholds.json"
    thresholds.write_text('{"thresholds": null}', "utf-8")
    score_pins(workspace, folder, dataset.id, Reader())
    assert count_held(read_outcomes(folder), [pin]) == Held(1, 1, 1)
    thresholds.write_text('{"thresholds": [0.9, 0.1]}', "utf-8")
    assert read_outcomes(folder) == {}


def test_many_pins_are_read_in_batches(workspace, dataset):
    reader = Reader()
    outcomes = outcomes_of(reader, [Pin(f"complaint {i}", other=f"praise {i}") for i in range(100)])
    assert reader.calls == 4
    assert not any(outcome.holds for outcome in outcomes)
    assert outcomes[99].other == ("praise",)


def test_the_same_demand_again_takes_the_place_of_the_first(workspace, dataset):
    add(workspace, dataset.id, Pin("It broke", ("complaint",)))
    add(workspace, dataset.id, Pin(" it BROKE", ("praise",)))
    assert [pin.expected for pin in pins(workspace, dataset.id)] == [("praise",)]


def test_pins_are_those_of_all_versions_and_go_with_the_data_set(workspace, dataset):
    add(workspace, dataset.id, Pin(HOSTILE, ("complaint",)))
    (workspace.pins(dataset.id) / "pin-x.json").write_text("[]", "utf-8")
    assert [pin.text for pin in pins(workspace, dataset.id)] == [HOSTILE]
    remove(workspace, dataset.id, "../../v1/dataset")
    delete_dataset(workspace, dataset.id)
    assert pins(workspace, dataset.id) == []
    with pytest.raises(WorkspaceError):
        add(workspace, dataset.id, Pin("x", ("complaint",)))


@pytest.mark.parametrize(
    ("pin", "told"),
    [
        (Pin(" ", ("complaint",)), "not empty"),
        (Pin("x" * 20_001, ("complaint",)), "not empty"),
        (Pin("x", ("other",)), "not a label"),
        (Pin("x", ()), "exactly one"),
        (Pin("x", other=" x "), "the same as the first"),
        (Pin("x", other=""), "not empty"),
    ],
)
def test_a_pin_that_no_model_could_hold_to_is_refused(workspace, dataset, pin, told):
    with pytest.raises(DataError, match=told):
        add(workspace, dataset.id, pin)


def test_a_question_is_asked_for_where_the_task_takes_one(workspace):
    write_dataset(workspace, "qa", (), ANSWER_ROWS, "qa-1")
    with pytest.raises(DataError, match="needs one too"):
        add(workspace, "qa-1", Pin("Fresno", ("1872",)))


def test_mentions_can_be_pinned_to_what_they_are(workspace):
    write_dataset(workspace, "tokens", ("person",), ENTITY_ROWS, "ner-1")
    assert add(workspace, "ner-1", Pin("Anna left", ("Anna (person)",))).id.startswith("pin-")


def test_a_data_set_has_only_so_many(workspace, dataset, monkeypatch):
    monkeypatch.setattr("engine.data.pins.MOST", 2)
    for i in range(2):
        add(workspace, dataset.id, Pin(f"text {i}", ("praise",)))
    add(workspace, dataset.id, Pin("text 1", ("complaint",)))
    with pytest.raises(DataError, match="2 pins at most"):
        add(workspace, dataset.id, Pin("text 3", ("praise",)))
