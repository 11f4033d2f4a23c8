"""TF-IDF with a linear model: which words a text holds, rare ones weighing more, and nothing else.

Words and pairs of words, or up to three characters in a row where words are not set apart by
spaces; logarithms of counts; a linear support vector machine with balanced classes, one label
against the rest (Joachims, ECML 1998; the baseline of LexGLUE, Chalkidis et al., ACL 2022). It
takes seconds and often comes within a few points of a tuned model.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from engine.baselines import linear
from engine.baselines.problem import Limits, Problem, rows_within
from engine.tasks.labelled import LabelPredictions, LabelTask
from engine.tasks.words import spaced

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

MADE = "3: words 1-2 or characters 1-3, sublinear, linear SVM, balanced"

LONGEST = 20_000
"""Characters read of one text."""
MOST_CHARACTERS = {True: 25_000_000, False: 5_000_000}
"""With words and with characters: each takes some 8 s of one core."""
MOST_DECISIONS = 1_000_000
"""Training rows times labels: at most 10 s of fitting."""
NEAR = 0.01
"""How near to the optimum is near enough: the same scores in half the time of the default."""
MANY = 20_000
"""Texts from which on words that stand in one of them alone are left out: two thirds of all pairs
of words are such, and the scores are the same in half the time."""
_WORD = re.compile(r"\w\w")


def limits(problem: Problem) -> Limits:
    characters = MOST_CHARACTERS[_by_words(problem.train["text"])]
    train, test = (
        rows_within(rows["text"], characters, LONGEST) for rows in (problem.train, problem.test)
    )
    return Limits(min(train, max(1, MOST_DECISIONS // len(problem.task.labels))), test)


def predict(problem: Problem) -> LabelPredictions:
    task = cast(LabelTask, problem.task)
    learned, truth = (task.truth(rows["labels"]) for rows in (problem.train, problem.test))
    words = vectorizer(problem.train["text"])
    train = words.fit_transform(read(problem.train["text"]))
    test = words.transform(read(problem.test["text"]))
    return linear.answers(task, classifier, train, learned, test, truth)


def vectorizer(texts: Sequence[str]) -> "TfidfVectorizer":
    """What turns texts like these into features; it has not learned from any yet."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    cut: dict[str, Any] = {"analyzer": "char", "ngram_range": (1, 3)}
    if _by_words(texts):
        cut = {"ngram_range": (1, 2)}
    often = 2 if len(texts) > MANY else 1
    return TfidfVectorizer(sublinear_tf=True, dtype=np.float32, min_df=often, **cut)


def classifier() -> "LinearSVC":
    from sklearn.svm import LinearSVC

    return LinearSVC(class_weight="balanced", tol=NEAR, random_state=0)


def _by_words(texts: Sequence[str]) -> bool:
    """A word that counts has two letters or digits; there must be one."""
    return spaced(texts) and any(map(_WORD.search, texts))


def read(texts: Sequence[str]) -> list[str]:
    """As much of each text as is looked at."""
    return [text[:LONGEST] for text in texts]
