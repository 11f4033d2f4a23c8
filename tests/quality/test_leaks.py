"""Rows that know each other on both sides of a split, and what a score gains by that."""

import random
import re

import numpy as np
import pytest

from engine.data.dividing import divide
from engine.quality.finders import leaks
from engine.quality.leakage import gained, group_parts, time_parts
from engine.quality.meaning import time_of
from tests.quality.made import material

ROWS = 900
COMMON = [f"common{i}" for i in range(40)]


def made(labels_of_group, extra, splits=None, only=None):
    """Texts of common words, which say a little of the label, and of words of their author; `only`
    one of the columns is kept."""
    rng = random.Random(3)
    groups = extra["author"]
    texts, labels = [], []
    for author in groups:
        number = int(author.split()[-1])
        label = labels_of_group(number, rng)
        own = [f"own{number}x{rng.randint(0, 5)}" for _ in range(4)]
        hint = [f"about{label}"] if rng.random() < 0.4 else []
        texts.append(" ".join([*rng.sample(COMMON, 6), *own, *hint]))
        labels.append(label)
    kept = {name: cells for name, cells in extra.items() if only in (None, name)}
    return material(texts, labels, splits, extra=kept)


def authors(count=60, rows=ROWS):
    rng = random.Random(5)
    return [f"author {rng.randint(1, count)}" for _ in range(rows)]


def of_author(number, rng):
    """Each author writes of one label."""
    return "abc"[number % 3]


def of_nobody(number, rng):
    return rng.choice("abc")


@pytest.fixture(scope="module")
def leaking():
    return made(of_author, {"author": authors()})


def test_authors_on_both_sides_are_found_with_the_points_they_bring(leaking):
    (finding,) = leaks.find(leaking)
    assert finding.what.text().startswith(
        "100 % of the rows that are tested on share their “author”"
    )
    assert finding.weight == 0.9
    (fix,) = finding.fixes
    assert (fix.kind, fix.asks) == ("divide", {"by": "group", "column": "author"})
    points, low, high = finding.facts["gained"]["differences"]["macro_f1"]
    assert 0.1 < low < points < high
    assert re.search(r"About 3\d\.\d points of Macro-F1 came from this", finding.why.text())
    held = set(np.flatnonzero(leaking.splits != "train") + 100)
    assert set(finding.rows) == held


def test_what_is_measured_is_what_a_division_by_author_takes_away(leaking):
    """Against a plain computation: the score as it is, less that after the rows are shared out
    anew; both with a model and a score of their own."""
    from sklearn.metrics import f1_score
    from sklearn.svm import LinearSVC

    def score(splits):
        words, labels = leaking.words, np.array([names[0] for names in leaking.labels])
        train, test = np.array(splits) == "train", np.array(splits) == "test"
        said = LinearSVC().fit(words[train], labels[train]).predict(words[test])
        return f1_score(labels[test], said, average="macro")

    again = divide("group", "author", leaking.extra("author"), leaking.texts, leaking.labels,
                   leaking.dataset.rows)  # fmt: skip
    _, codes = np.unique(leaking.extra("author"), return_inverse=True)
    points = gained(leaking, group_parts(leaking, codes)).differences["macro_f1"][0]
    assert points == pytest.approx(score(leaking.splits) - score(again), abs=0.12)


def test_without_rows_of_the_author_nothing_is_gained():
    """Labels that authors do not decide: the same words, no leak."""
    found = made(of_nobody, {"author": authors()})
    (finding,) = leaks.find(found)
    _, low, high = finding.facts["gained"]["differences"]["macro_f1"]
    assert low <= 0 <= high
    assert finding.weight < 0.5
    assert "gains nothing by it" in finding.why.text()


def test_a_column_of_another_name_is_told_of_only_if_it_leaks():
    for labels, found in ((of_author, 1), (of_nobody, 0)):
        rows = made(labels, {"author": authors(), "zone": authors()}, only="zone")
        assert len(leaks.find(rows)) == found


@pytest.mark.parametrize("name", ["用户编号", "ticket id", "CustomerNumber"])
def test_groups_are_known_by_their_names_in_several_languages(name):
    found = leaks.find(made(of_nobody, {"author": authors(), name: authors()}, only=name))
    assert [finding.fixes[0].asks["column"] for finding in found] == [name]


def test_authors_on_one_side_each_give_no_card():
    names = authors()
    splits = ["test" if int(n.split()[-1]) % 5 == 0 else "train" for n in names]
    assert leaks.find(made(of_author, {"author": names}, splits=splits)) == []


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("id", lambda i, label: f"T-{i}"),
        ("channel", lambda i, label: ("mail", "phone", "chat")[i % 3]),
        ("age", lambda i, label: str(20 + i % 60)),
        ("topic_id", lambda i, label: f"topic {i % 17}"),
        ("user", lambda i, label: "" if i % 3 else f"u{i % 50}"),
        ("label id", lambda i, label: f"the label {label}"),
    ],
)
def test_other_columns_are_no_groups(leaking, name, cell):
    cells = [cell(i, names[0]) for i, names in enumerate(leaking.labels)]
    assert leaks.find(made(of_author, {"author": authors(), name: cells}, only=name)) == []


def days(order):
    return [f"2024-{1 + day // 28 % 12:02}-{1 + day % 28:02}" for day in order]


def test_the_future_in_training_is_found_with_the_points_it_brings():
    """Words of the time, in the order of the authors, say which label is meant."""
    names = [f"author {1 + i // 15}" for i in range(ROWS)]
    rng = random.Random(1)
    order = list(range(ROWS))
    rng.shuffle(order)
    shuffled = [names[i] for i in order]
    when = days([i * 330 // ROWS for i in order])
    rows = made(of_author, {"author": shuffled, "created": when}, only="created")
    (finding,) = leaks.find(rows)
    assert finding.facts["percent"] == pytest.approx(50, abs=8)
    assert finding.facts["gained"]["differences"]["macro_f1"][1] > 0.1
    assert finding.fixes[0].asks == {"by": "time", "column": "created"}
    assert "later (“created”)" in finding.what.text()


def test_training_on_the_past_gives_no_card():
    when = days([i * 330 // ROWS for i in range(ROWS)])
    splits = ["train"] * 700 + ["validation"] * 100 + ["test"] * 100
    rows = made(of_author, {"author": authors(), "date": when}, splits, only="date")
    assert leaks.find(rows) == []


@pytest.mark.parametrize("name", ["created at", "sent", "日期"])
@pytest.mark.parametrize("cell", ["2024-03-{:02} 10:{:02}", "{1:02}.03.2024", "2024年3月{:02}日"])
def test_times_are_read_in_usual_forms(name, cell):
    cells = [cell.format(1 + i % 28, 1 + i % 28) for i in range(200)]
    assert time_of(name, cells) is not None


@pytest.mark.parametrize(
    "cells",
    [
        [str(i) for i in range(200)],
        [f"{i}.50" for i in range(200)],
        [f"mail {i} of the day" for i in range(200)],
        ["", *["2024-01-01"] * 199],
        [f"author {i % 30}" for i in range(200)],
        [f"2024-{i:05}" for i in range(200)],
    ],
    ids=["numbers", "prices", "words", "one day", "authors", "numbered"],
)
@pytest.mark.parametrize("name", ["value", "time spent"])
def test_other_cells_are_no_times(name, cells):
    assert time_of(name, cells) is None


@pytest.mark.parametrize("first", [1990, 20240101, 1_700_000_000, 1_700_000_000_000])
def test_numbers_are_times_where_their_name_says_so(first):
    cells = [str(first + i % 28) for i in range(200)]
    assert time_of("timestamp", cells) is not None
    assert time_of("amount", cells) is None


def test_later_rows_are_left_out_for_each_part():
    times = np.arange(ROWS, dtype=float)
    rows = made(of_nobody, {"author": authors()})
    for part in time_parts(rows, times):
        assert times[part.unrelated].max() < times[part.tested].min()
        assert set(rows.splits[part.unrelated]) == {"train"}
        assert set(rows.splits[part.tested]) == {"test"}
