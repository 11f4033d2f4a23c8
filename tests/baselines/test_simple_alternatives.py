"""Each simple alternative says what can be worked out by hand."""

import random

import numpy as np
import pytest

from engine.baselines import BASELINES, lead, majority, mentions, tfidf
from engine.baselines.problem import Limits, Problem, rows_within
from engine.tasks import TASKS, make_task
from engine.tasks.words import spaced
from tests.shaped import mentions_of, tagged


def labelled(task, train, test, workspace):
    """Rows as (text, labels)."""
    columns = [
        {"text": [text for text, _ in rows], "labels": [labels for _, labels in rows]}
        for rows in (train, test)
    ]
    return Problem(task, *columns, workspace)


TWO = make_task("binary", ("ham", "spam"), "spam")
SEVERAL = make_task("multilabel", ("late", "rude", "never"))
TEXTS = [
    ("parcel is late again", ["late"]),
    ("late and a rude courier", ["late", "rude"]),
    ("the courier was rude", ["rude"]),
    ("all is well", []),
    ("thank you", []),
] * 4


@pytest.mark.parametrize("kind", TASKS)
def test_every_alternative_a_task_names_is_there(kind):
    assert set(TASKS[kind].baselines) <= BASELINES.keys()


def test_the_majority_says_the_same_of_every_text(workspace):
    train = [("a", ["ham"])] * 3 + [("b", ["spam"])]
    said = majority.predict(labelled(TWO, train, [("b", ["spam"]), ("a", ["ham"])], workspace))
    assert said.decided.tolist() == [[True, False]] * 2
    assert said.probabilities == pytest.approx(np.array([[0.75, 0.25]] * 2))
    assert said.truth.tolist() == [[False, True], [True, False]]


def test_the_majority_of_each_of_several_labels_is_mostly_none(workspace):
    said = majority.predict(labelled(SEVERAL, TEXTS, TEXTS[:3], workspace))
    assert not said.decided.any()
    assert said.probabilities[0, :2] == pytest.approx([0.4, 0.4])


def test_words_tell_the_labels_apart(workspace):
    asked = [("so late", ["late"]), ("rude and late", ["late", "rude"]), ("well", [])]
    said = tfidf.predict(labelled(SEVERAL, TEXTS, asked, workspace))
    assert said.decided.tolist() == said.truth.tolist()
    assert (said.decided == (said.probabilities >= 0.5)).all()
    assert not said.decided[:, 2].any(), "no training row has that label"


def test_a_label_that_no_training_row_has_is_never_said(workspace):
    task = make_task("multiclass", ("never", "up", "down"))
    train = [("rising high", ["up"]), ("falling low", ["down"])] * 5
    said = tfidf.predict(labelled(task, train, [("rising", ["up"]), ("low", ["down"])], workspace))
    assert said.decided.tolist() == said.truth.tolist()
    assert said.probabilities[:, 0].tolist() == [0, 0]
    assert said.probabilities.sum(axis=1) == pytest.approx([1, 1])


@pytest.mark.parametrize("name", ["majority", "tfidf"])
def test_one_label_in_all_training_rows_is_said_of_every_text(workspace, name):
    problem = labelled(TWO, [("a b", ["ham"])] * 3, [("c", ["spam"])], workspace)
    assert BASELINES[name].predict(problem).decided.tolist() == [[True, False]]


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["Where is my parcel?"], True),
        (["我的包裹在哪里"], False),
        (["荷物はどこですか"], False),
        (["12 34 !!"], True),
        ([], True),
    ],
)
def test_characters_are_counted_where_no_spaces_set_words_apart(workspace, texts, words):
    assert spaced(texts) is words


@pytest.mark.parametrize("word", ["", "I ", "😀"])
def test_texts_without_a_word_of_two_letters_can_be_told_apart_too(workspace, word):
    train = [(f"{word}x", ["ham"]), (f"{word}y", ["spam"])] * 3
    said = tfidf.predict(labelled(TWO, train, [(f"{word}y", ["spam"])], workspace))
    assert said.decided.tolist() == [[False, True]]


def test_tf_idf_is_that_of_scikit_learn(workspace):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    choose = random.Random(0)
    words = {"ham": "meeting lunch report friday", "spam": "winner prize cash free"}
    rows = []
    for _ in range(200):
        label = choose.choice(["ham", "spam"])
        other = "spam" if label == "ham" else "ham"
        pool = words[label].split() * 2 + words[other].split()
        rows.append((" ".join(choose.choices(pool, k=6)), [label]))
    said = tfidf.predict(labelled(TWO, rows[:150], rows[150:], workspace))
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    model = LinearSVC(class_weight="balanced", random_state=0)
    model.fit(vectorizer.fit_transform([t for t, _ in rows[:150]]), [n for _, (n,) in rows[:150]])
    expected = model.predict(vectorizer.transform([t for t, _ in rows[150:]]))
    assert [TWO.labels[i] for i in said.decided.argmax(axis=1)] == expected.tolist()


def spans_problem(train, test, workspace):
    columns = [
        {name: [row[name] for row in rows] for name in ("text", "starts", "ends", "tags")}
        for rows in (train, test)
    ]
    return Problem(make_task("tokens", ("company", "person", "place")), *columns, workspace)


def test_known_mentions_are_found_the_longest_first_with_their_usual_type(workspace):
    train = [
        tagged("Jordan met Anna Berg.", ("Jordan", "person"), ("Anna Berg", "person")),
        tagged("Jordan lies in Asia", ("Jordan", "place"), ("Asia", "place")),
        tagged("Jordan is a country", ("Jordan", "place")),
        tagged("Anna left", ("Anna", "person")),
    ]
    test = [tagged("Anna Berg saw Jordan and Bob", ("Anna Berg", "person"), ("Bob", "person"))]
    said = mentions.predict(spans_problem(train, test, workspace))
    assert said.truth == mentions_of(test)
    assert [span.key for span in said.decided[0]] == [(0, 9, "person"), (14, 20, "place")]
    assert said.decided[0][1].score == pytest.approx(2 / 3)


def test_without_any_training_mention_nothing_is_found(workspace):
    said = mentions.predict(spans_problem([tagged("Nothing")], [tagged("At all")], workspace))
    assert list(said.decided) == [[]]


def test_the_lead_is_as_long_as_answers_are_in_the_middle(workspace):
    train = {"text": ["x"] * 3, "answers": [["one two three"], ["one two, three four"], ["one"]]}
    test = {
        "text": ["Rain fell, all day long.", "Hi", "今天天气很好"],
        "answers": [["a"], ["b"], []],
    }
    said = lead.predict(Problem(make_task("text2text", ()), train, test, workspace))
    assert said.decided == ["Rain fell,", "Hi", "今天天"]
    assert said.truth == [["a"], ["b"], []]


def test_a_sample_keeps_the_order_and_is_the_same_each_time(workspace):
    rows = {"text": [str(i) for i in range(1000)], "labels": [["ham"]] * 1000}
    first, again = (Problem(TWO, rows, rows, workspace).sampled(Limits(50, 2000)) for _ in "12")
    assert len(first.train["text"]) == len(first.train["labels"]) == 50
    assert first.train["text"] == again.train["text"] == sorted(first.train["text"], key=int)
    assert first.test is rows


def test_long_texts_and_many_labels_lower_what_is_learned_from(workspace):
    assert rows_within(["x" * 10, "x" * 30], 2000, longest=20) == 133
    assert rows_within([], 2000, longest=20) == 2000
    task = make_task("multiclass", tuple(f"label {i}" for i in range(500)))
    rows = {"text": ["a word"] * 5000, "labels": [["label 0"]] * 5000}
    assert tfidf.limits(Problem(task, rows, rows, workspace)).train == 2000


def test_many_texts_are_told_apart_as_few_are(workspace, monkeypatch):
    asked = [("so late", ["late"]), ("rude and late", ["late", "rude"]), ("well", [])]
    few = tfidf.predict(labelled(SEVERAL, TEXTS, asked, workspace))
    monkeypatch.setattr(tfidf, "MANY", 1)
    many = tfidf.predict(labelled(SEVERAL, TEXTS, asked, workspace))
    assert many.decided.tolist() == few.decided.tolist()
