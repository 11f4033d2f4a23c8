"""The rows of a split: which a filter lets through, in which order, and their scores."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from engine.data.dataset import delete_dataset
from engine.errors import WorkspaceError
from engine.evaluation import report as reports
from engine.evaluation.filters import NO_LABEL, OTHER, Filter
from engine.evaluation.rows import read_rows
from tests.rows import label_rows, said
from tests.shaped import answer_run, entity_run

TRUTH = ("a", "a", "b", "b", "c", "c")
SAID = ("a", "b", "b", "a", "c", "b")
SURE = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4)


@pytest.fixture
def rows(workspace):
    return label_rows(
        workspace,
        said(TRUTH, SAID, SURE),
        texts=["The Parcel is late", "no parcel", "money", "MONEY back", "x", "ä & <b>"],
        tokens=[5, 4, 3, 4, 3, 7],
        channel=["web", "mail", "web", "mail", "web", ""],
        id=["1", "2", "3", "4", "5", "6"],
    )


def found(rows, **wanted):
    return np.flatnonzero(rows.mask(Filter(**wanted))).tolist()


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        ({}, [0, 1, 2, 3, 4, 5]),
        ({"outcome": "right"}, [0, 2, 4]),
        ({"outcome": "wrong"}, [1, 3, 5]),
        ({"truth": "a"}, [0, 1]),
        ({"decided": "b"}, [1, 2, 5]),
        ({"truth": "a", "decided": "b"}, [1]),
        ({"truth": "b", "decided": "b"}, [2]),
        ({"truth": "a", "decided": OTHER}, [1]),
        ({"truth": OTHER, "decided": "b"}, [1, 5]),
        ({"least": 0.6, "most": 0.8}, [1, 2, 3]),
        ({"shortest": 4, "longest": 5}, [0, 1, 3]),
        ({"column": "channel", "value": "web"}, [0, 2, 4]),
        ({"column": "channel"}, [5]),
        ({"words": "parcel"}, [0, 1]),
        ({"words": "Ä & <B>"}, [5]),
        ({"words": ".*"}, []),
        ({"words": "money", "outcome": "wrong", "column": "channel", "value": "mail"}, [3]),
    ],
)
def test_all_that_is_asked_for_holds(rows, wanted, places):
    assert found(rows, **wanted) == places


@pytest.mark.parametrize(
    "wanted",
    [
        {"outcome": "below"},
        {"truth": "nobody"},
        {"truth": NO_LABEL},
        {"truth": OTHER},
        {"decided": OTHER},
        {"truth": OTHER, "decided": OTHER},
        {"kind": "missed"},
        {"column": "colour", "value": "blue"},
        {"alert": "nonsense"},
    ],
)
def test_what_these_rows_do_not_have_is_not_asked_for(rows, wanted):
    assert rows.fitting(Filter(**wanted)) == Filter()
    assert len(found(rows, **wanted)) == len(rows)


@pytest.mark.parametrize("label", ["a\nb", "a\u00a0b", "x" * 400])
def test_labels_and_values_of_any_characters_are_found(workspace, label):
    names = (label, "b", label + "y")
    texts, cells = [f"text\n{i}" for i in range(3)], ["b\u00a0c", "b c", ""]
    given = said("abc", "abc")
    rows = label_rows(workspace, given, texts=texts, labels=names, cell=cells)
    assert found(rows, truth=label) == [0]
    assert found(rows, truth=label, decided=label) == [0]
    assert found(rows, decided=label + "y") == [2]
    assert found(rows, column="cell", value="b\u00a0c") == [0]
    assert found(rows, words="t\n1") == [1]


def test_rows_stand_in_each_order(rows):
    orders = {
        "worst": [1, 3, 5, 4, 2, 0],
        "surest": [0, 1, 2, 3, 4, 5],
        "least_sure": [5, 4, 3, 2, 1, 0],
        "longest": [5, 0, 1, 3, 2, 4],
        "shortest": [2, 4, 1, 3, 0, 5],
        "file": [0, 1, 2, 3, 4, 5],
        "whatever": [0, 1, 2, 3, 4, 5],
    }
    every = rows.mask(Filter())
    assert {name: rows.order(every, name).tolist() for name in orders} == orders


def test_figures_are_those_of_the_rows_alone(rows):
    mask = rows.mask(Filter(column="channel", value="web"))
    figures = rows.figures(mask)
    truth, decided = (np.array(list(labels))[mask] for labels in (TRUTH, SAID))
    assert figures["rows"] == 3
    assert figures["accuracy"] == accuracy_score(truth, decided)
    mask = rows.mask(Filter(least=0.5))
    truth, decided = (np.array(list(labels))[mask] for labels in (TRUTH, SAID))
    macro = f1_score(truth, decided, labels=list("abc"), average="macro")
    assert rows.figures(mask)["macro_f1"] == pytest.approx(macro)
    assert rows.figures(rows.mask(Filter()))["per_class"]["a"]["support"] == 2


def test_a_column_in_which_nothing_stands_twice_is_no_slice(rows):
    assert rows.slices == {"channel": [("web", 3), ("mail", 2), ("", 1)]}


def test_a_row_that_reads_like_a_training_row_has_leaked(workspace):
    texts = ["Hello  WORLD", "hello", "new"]
    rows = label_rows(workspace, said("abc", "abc"), texts=texts, trained=["hello world", "Hello"])
    assert found(rows, alert="leaked") == [0, 1]


def test_several_labels_may_be_none(workspace):
    test = said(("ab", "", "c", "a"), ("a", "", "", "b"))
    rows = label_rows(workspace, test, "multilabel")
    assert found(rows, truth=NO_LABEL) == [1]
    assert found(rows, decided=NO_LABEL) == [1, 2]
    assert found(rows, outcome="below") == [2]
    assert found(rows, outcome="wrong") == [0, 3]
    assert found(rows, truth="b", decided=OTHER) == [0]
    assert found(rows, truth="a", decided="b") == [3]
    assert found(rows, truth="a", decided="a") == [0]


def test_mentions_are_found_by_what_became_of_them(workspace):
    run = entity_run(workspace)
    rows = read_rows(workspace, reports.load(workspace.run(run.id)), "test")
    assert found(rows, kind="missed") == [2]
    assert found(rows, kind="spurious") == [2]
    assert found(rows, kind="wrong_boundary") == [0]
    assert found(rows, truth="person", decided="place") == [1]
    assert found(rows, truth="person", decided="person") == [0], "the type is right"
    assert found(rows, truth="company", decided=OTHER) == [2]
    assert found(rows, truth=NO_LABEL) == [3]
    assert np.isnan(rows.facts.confidence[3]), "nothing was said of it"
    assert found(rows, least=0.0) == [0, 1, 2]


def test_answers_are_right_partly_right_or_wrong(workspace):
    run = answer_run(workspace)
    rows = read_rows(workspace, reports.load(workspace.run(run.id)), "test")
    outcomes = ("right", "partly", "wrong")
    assert [found(rows, outcome=name) for name in outcomes] == [[0], [1], [2]]
    assert found(rows, words="when was") == [0], "the question is looked through, too"
    assert rows.sides == ()
    assert rows.order(rows.mask(Filter()), "worst").tolist() == [2, 1, 0]


def test_without_tokens_characters_are_counted(workspace):
    rows = label_rows(workspace, said("ab", "ab"), texts=["four", "sixteen letters!"])
    assert (rows.unit, rows.lengths.tolist()) == ("characters", [4, 16])
    assert found(rows, longest=4) == [0]


def test_without_its_data_set_rows_still_filter_by_what_was_said(workspace):
    rows = label_rows(workspace, said(TRUTH, SAID, SURE), channel=list("xxyyzz"))
    delete_dataset(workspace, rows.report.dataset)
    rows = read_rows(workspace, rows.report, "test")
    assert rows.columns is None
    assert (rows.lengths, rows.extra, rows.slices) == (None, [], {})
    wanted = Filter(outcome="wrong", words="x", shortest=3, column="channel", value="x")
    assert rows.fitting(wanted) == Filter(outcome="wrong")
    assert found(rows, truth="a", words="x") == [0, 1]
    with pytest.raises(WorkspaceError, match="has been deleted"):
        rows.rows()


def test_a_damaged_file_is_named(workspace):
    rows = label_rows(workspace, said("ab", "ab"))
    workspace.run("r-1").predictions("test", "best").write_bytes(b"PAR1")
    with pytest.raises(WorkspaceError, match=r"test\.best\.parquet.*missing or damaged"):
        read_rows(workspace, rows.report, "test")
