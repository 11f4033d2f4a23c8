"""What the fixes of a data set brought: two runs judged by the newer labels, and said in words."""

import json

import numpy as np
import pytest

from engine.data.changes import make
from engine.data.corrections import Correction
from engine.data.versions import next_version, restore
from engine.evaluation import report as reports
from engine.evaluation.brought import brought
from engine.evaluation.comparison import compare_runs
from engine.evaluation.predictions import write_predictions
from engine.tasks.token_labels import Span, SpanPredictions
from tests.said import said
from tests.shaped import finish_run, tagged, write_dataset

OLD, NEW = ("late", "rude", "Rude"), ("late", "rude")
ROWS = [
    {"split": split, "text": f"{split} {i}", "labels": [OLD[i % 3]]}
    for split in ("test", "train", "validation")
    for i in range(30)
]


def run_of(workspace, dataset, names, truth, name):
    right, given = (
        np.array([[n == label for label in dataset.labels] for n in x]) for x in (truth, names)
    )
    return finish_run(workspace, dataset, said(right, given), name).id


@pytest.fixture
def old(workspace):
    """A run that takes the two spellings of one label for each other, and is wrong on row 0."""
    dataset = write_dataset(workspace, "multiclass", OLD, ROWS)
    truth = [OLD[i % 3] for i in range(30)]
    swapped = {"late": "late", "rude": "Rude", "Rude": "rude"}
    return run_of(workspace, dataset, ["rude", *(swapped[n] for n in truth[1:])], truth, "old")


@pytest.fixture
def merged(workspace, old):
    """Both spellings are one, row 3 is rude too, and row 29 was a copy."""
    merge = make("rename", {"labels": ["Rude", "rude"], "to": "rude"})
    fixes = [Correction("test 3", ("rude",), row_id=3)]
    return next_version(workspace, "d-1", fixes, changed=[merge, make("drop", {"rows": [29]})])


@pytest.fixture
def new(workspace, merged):
    """A run on the merged labels, wrong on row 6 alone."""
    truth = ["rude" if i % 3 or i == 3 else "late" for i in range(29)]
    given = ["rude" if i == 6 else name for i, name in enumerate(truth)]
    return run_of(workspace, merged, given, truth, "new")


def report_of(workspace, run):
    return reports.load(workspace.run(run))


def test_labels_that_became_one_are_no_mistakes_of_the_older_run(workspace, old, new):
    found = compare_runs(workspace, new, old)
    assert found.rows.paired.rows == 29
    assert found.rows.corrected == 1, "a new name is no correction"
    assert (found.rows.gained, found.rows.lost) == ((0, 3), (6,))
    assert [figures["accuracy"] for figures in found.figures] == pytest.approx([28 / 29, 27 / 29])
    back = compare_runs(workspace, old, new)
    assert (back.rows.gained, back.rows.lost) == ((6,), (0, 3))


def test_it_is_said_with_all_that_must_be_known(workspace, old, new):
    found = brought(workspace, report_of(workspace, new), [report_of(workspace, old)])
    told = [message.text() for message in found.messages]
    assert told[0].startswith(
        "Version 2 (merged “Rude” into “rude”, took out 1 row, 1 test row corrected) held against "
        "version 1: of the 29 test rows that both runs answered, 2 went from wrong to right and 1 "
        "from right to wrong; Macro-F1 +"
    )
    assert told[1:3] == [
        "So small a difference may be chance.",
        "Of these rows, 1 was corrected between the two versions of the data set: both runs are "
        "judged by the newer label.",
    ]
    assert told[3].startswith("The reports say Macro-F1 0.32 before and 0.96 now, each on the test")
    assert "under the labels of the newer version" in told[4]
    assert [message.text("zh") for message in found.messages]


def test_rows_whose_text_was_changed_are_told_of(workspace, old):
    cut = next_version(workspace, "d-1", (), changed=[make("cut_words", {"words": ["test"]})])
    truth = [OLD[i % 3] for i in range(30)]
    run = run_of(workspace, cut, truth, truth, "cut")
    found = brought(workspace, report_of(workspace, run), [report_of(workspace, old)])
    told = " ".join(message.text() for message in found.messages)
    assert "30 of these rows have another text now. The older run answered the old one" in told


def test_the_same_recipe_comes_first_and_another_model_not_at_all(workspace, old, new):
    others = [report_of(workspace, old)]
    recipe = workspace.run(old).recipe
    record = json.loads(recipe.read_text("utf-8"))
    recipe.write_text(json.dumps(record | {"epochs": 7.0}), "utf-8")
    found = brought(workspace, report_of(workspace, new), others)
    assert "differ in their settings (" in found.messages[-1].text()
    recipe.write_text(json.dumps(record | {"model": "another"}), "utf-8")
    assert brought(workspace, report_of(workspace, new), others) is None
    recipe.unlink()
    assert brought(workspace, report_of(workspace, new), others) is None


def test_only_what_became_of_the_older_data_counts(workspace, old, new, merged):
    back = restore(workspace, "d-1", 1)
    truth = [OLD[i % 3] for i in range(30)]
    third = report_of(workspace, run_of(workspace, back, truth, truth, "third"))
    found = brought(workspace, third, [report_of(workspace, new), report_of(workspace, old)])
    assert found.found.other.run == old
    assert brought(workspace, report_of(workspace, old), [third]) is None


def test_marks_are_held_against_each_other_by_their_new_names(workspace):
    rows = [tagged(f"Ann {i}", ("Ann", "person")) | {"labels": ["person"]} for i in range(8)]
    rows = [row | {"split": split} for split in ("test", "train", "validation") for row in rows]
    dataset = write_dataset(workspace, "tokens", ("person",), rows)
    named = [[Span(0, 3, "person")] for _ in range(8)]
    old = finish_run(workspace, dataset, SpanPredictions(named, [*named[:7], []]), "old").id
    changed = [make("rename", {"labels": ["person"], "to": "people"})]
    made = next_version(workspace, dataset.id, (), changed=changed)
    people = [[Span(0, 3, "people")] for _ in range(8)]
    new = finish_run(workspace, made, SpanPredictions(people, people), "new").id
    found = compare_runs(workspace, new, old)
    assert (found.rows.gained, found.rows.lost, found.rows.corrected) == ((7,), (), 0)


def test_a_label_that_was_dropped_was_never_said(workspace, old):
    drop = make("drop_label", {"label": "Rude"})
    made = next_version(workspace, "d-1", (), changed=[drop])
    ids = [i for i in range(30) if i % 3 < 2]
    truth = [OLD[i % 3] for i in ids]
    right = np.array([[n == label for label in made.labels] for n in truth])
    run = finish_run(workspace, made, said(right, right), "new")
    write_predictions(workspace.run(run.id).predictions("test", "best"), ids, said(right, right))
    found = compare_runs(workspace, run.id, old)
    assert found.rows.paired.rows == 20
    assert found.rows.paired.only_own == 11, "all of one label, and row 0"
