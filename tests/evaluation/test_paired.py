"""The paired difference is that of the same rows, and McNemar's test is statsmodels' own."""

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar as reference

from engine.evaluation.paired import Paired, compare, in_common, mcnemar
from engine.tasks import make_task
from engine.tasks.answering import AnswerPredictions
from engine.tasks.token_labels import Span, SpanPredictions
from engine.text import Message
from tests.said import said

TWO = make_task("binary", ("a", "b"), "b")
METRIC = Message("report.metric.accuracy")


def one_hot(classes, labels=2):
    return np.arange(labels) == np.asarray(classes)[:, None]


def all_of(rows):
    return np.arange(rows), np.arange(rows)


def right_in(truth, rows):
    """Answers to two labels that are right in the given rows only."""
    rows = np.isin(np.arange(len(truth)), rows)
    return one_hot(np.where(rows, truth, 1 - np.asarray(truth)))


def held(own, other, truth, task=TWO):
    first, second = (said(one_hot(truth), right_in(truth, rows)) for rows in (own, other))
    return compare(task, first, second, all_of(len(truth)))


@pytest.mark.parametrize(
    ("own", "other"), [(0, 0), (1, 0), (3, 9), (12, 12), (24, 0), (25, 0), (13, 12), (400, 340)]
)
def test_mcnemar_is_exact_for_few_rows_and_corrected_for_many(own, other):
    exact = own + other < 25
    expected = reference([[50, own], [other, 7]], exact=exact, correction=True).pvalue
    found = mcnemar(own, other)
    assert found == pytest.approx(1.0 if own == other == 0 else min(1.0, expected))


def test_a_model_held_against_itself_does_not_differ():
    truth = np.arange(40) % 2
    paired = held(range(30), range(30), truth)
    assert set(paired.differences.values()) == {(0.0, 0.0, 0.0)}
    assert (paired.different, paired.only_own, paired.only_other, paired.p_value) == (0, 0, 0, 1)
    assert paired.verdict("accuracy") == "indistinguishable"


def test_the_interval_is_that_of_the_differences_of_rows():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 2000)
    own = np.flatnonzero(rng.random(2000) < 0.9)
    other = np.flatnonzero(rng.random(2000) < 0.85)
    paired = held(own, other, truth)
    each = np.isin(np.arange(2000), own).astype(int) - np.isin(np.arange(2000), other)
    value, low, high = paired.differences["accuracy"]
    assert value == pytest.approx(each.mean())
    assert high - low == pytest.approx(2 * 1.96 * each.std() / np.sqrt(2000), rel=0.08)
    assert (paired.only_own, paired.only_other) == ((each == 1).sum(), (each == -1).sum())
    assert paired.verdict("accuracy") == "better"


def test_the_same_holds_for_every_score_when_it_is_drawn_row_by_row():
    """The joint patterns give the very scores that gathering the drawn rows would give."""
    rng = np.random.default_rng(1)
    task = make_task("multilabel", tuple("abc"))
    truth = rng.random((60, 3)) < 0.3
    own, other = (np.where(rng.random((60, 3)) < p, truth, ~truth) for p in (0.9, 0.7))
    paired = compare(task, said(truth, own), said(truth, other), all_of(60), resamples=4000)
    drawn = []
    for _ in range(1500):
        rows = rng.integers(0, 60, 60)
        scores = [task.scores(said(truth[rows], each[rows]))["micro_f1"] for each in (own, other)]
        drawn.append(scores[0] - scores[1])
    _, low, high = paired.differences["micro_f1"]
    assert (low, high) == pytest.approx(np.quantile(drawn, (0.025, 0.975)), abs=0.02)


@pytest.mark.parametrize("score", ["macro_f1", "accuracy"])
def test_the_interval_is_that_of_scipy(score):
    """Truth and both answers are drawn together, and scikit-learn scores what was drawn."""
    from scipy.stats import bootstrap
    from sklearn.metrics import accuracy_score, f1_score

    rng = np.random.default_rng(3)
    truth = rng.choice(3, 150, p=(0.6, 0.3, 0.1))
    own, other = (
        np.where(rng.random(150) < share, truth, rng.integers(0, 3, 150)) for share in (0.85, 0.6)
    )
    task = make_task("multiclass", tuple("abc"))
    both = [said(one_hot(truth, 3), one_hot(each, 3)) for each in (own, other)]
    value, *found = compare(task, *both, all_of(150), resamples=4000).differences[score]

    def measure(right, given):
        if score == "accuracy":
            return accuracy_score(right, given)
        return f1_score(right, given, average="macro", labels=[0, 1, 2], zero_division=0)

    def apart(right, first, second):
        return measure(right, first) - measure(right, second)

    theirs = bootstrap(
        (truth, own, other), apart, paired=True, vectorized=False, method="percentile",
        n_resamples=600, rng=np.random.default_rng(4),
    ).confidence_interval  # fmt: skip
    assert value == pytest.approx(apart(truth, own, other))
    assert found == pytest.approx([theirs.low, theirs.high], abs=0.02)


def test_pairing_narrows_the_interval_where_the_same_rows_are_hard():
    truth = np.arange(1000) % 2
    paired = held(range(800), range(780), truth)
    _, low, high = paired.differences["accuracy"]
    assert low > 0
    assert high - low < 0.03, "side by side each of the two intervals is 0.05 wide"


def test_which_is_the_other_decides_the_sign():
    truth = np.arange(200) % 2
    there, back = held(range(190), range(150), truth), held(range(150), range(190), truth)
    assert there.verdict("accuracy") == "better"
    assert back.verdict("accuracy") == "worse"
    assert there.differences["accuracy"][0] == pytest.approx(0.2)
    assert back.differences["accuracy"][0] == pytest.approx(-0.2)
    assert (back.only_own, back.only_other) == (there.only_other, there.only_own)


def test_a_handful_of_rows_concludes_nothing_however_one_sided():
    truth = [0, 1, 0, 1, 0]
    paired = held(range(5), [], truth)
    assert paired.differences["accuracy"] == (1.0, 1.0, 1.0)
    assert paired.verdict("accuracy") == "indistinguishable"
    assert paired.p_value == pytest.approx(2 * 0.5**5)
    assert held([0], [0], [1]).verdict("accuracy") == "indistinguishable"


def test_only_rows_that_both_were_asked_about_count():
    own, other = np.array([5, 3, 9, 7]), np.array([9, 1, 5, 3, 8])
    here, there = in_common(own, other)
    assert own[here].tolist() == other[there].tolist() == [5, 3, 9]
    truth = np.array([0, 1, 0, 1])
    first = said(one_hot(truth), one_hot(truth))
    second = said(one_hot([0, 1, 0, 1, 0]), one_hot([1, 1, 0, 1, 0]))
    paired = compare(TWO, first, second, (here, there))
    assert (paired.rows, paired.only_own, paired.only_other) == (3, 1, 0)


def test_mentions_and_answers_are_compared_row_by_row_too():
    task = make_task("tokens", ("x",))
    truth = [[Span(0, 2, "x")], [Span(1, 3, "x")], []] * 10
    decided = [[Span(0, 2, "x", 0.4)], [Span(1, 2, "x")], []] * 10
    paired = compare(
        task, SpanPredictions(truth, truth), SpanPredictions(truth, decided), all_of(30)
    )
    assert (paired.only_own, paired.only_other, paired.different) == (10, 0, 10)
    assert paired.differences["f1"][0] == pytest.approx(0.5)

    task = make_task("qa", ())
    right = [["in Rome"]] * 12
    best = AnswerPredictions(right, ["In Rome!"] * 12, [1.0] * 12, [0] * 12)
    half = AnswerPredictions(right, ["Rome"] * 12, [1.0] * 12, [0] * 12)
    paired = compare(task, best, half, all_of(12))
    assert (paired.only_own, paired.different) == (12, 12)
    assert paired.differences["f1"][0] == pytest.approx(1 / 3)


def test_the_record_comes_back_as_it_was_saved():
    paired = held(range(30), range(20), np.arange(40) % 2)
    assert Paired.from_record(paired.to_record()) == paired


def test_the_verdict_is_a_sentence_in_points():
    better = held(range(190), range(150), np.arange(200) % 2)
    sentence = better.message("accuracy", METRIC, Message("better.name.tfidf")).text()
    assert sentence.startswith("This run gains 20.0 ± 5.")
    assert "points of Accuracy over TF-IDF with a linear model, on the same 200 rows." in sentence
    alike = held(range(100), range(100), np.arange(121) % 2)
    sentence = alike.message("accuracy", METRIC, "“old”").text()
    assert "indistinguishable from “old” on these 121 rows" in sentence
    assert "+0.0 ± 0.0 points" in sentence
    assert alike.short("accuracy", "x").text() == "indistinguishable from x"
    assert better.short("accuracy", "x").text("zh").startswith("比x高 20.0 ± 5.")


def test_a_hundred_thousand_rows_of_many_labels_are_compared_in_seconds():
    import time

    rng = np.random.default_rng(2)
    task = make_task("multiclass", tuple(f"c{i}" for i in range(40)))
    truth = rng.integers(0, 40, 100_000)
    own, other = (np.where(rng.random(100_000) < p, truth, (truth + 1) % 40) for p in (0.9, 0.8))
    started = time.process_time()
    predictions = [said(one_hot(truth, 40), one_hot(each, 40)) for each in (own, other)]
    compare(task, *predictions, all_of(100_000))
    assert time.process_time() - started < 6, "three seconds, doubled for a busy machine"
