"""TF-IDF with a linear model: which words a text holds, rare ones weighing more, and nothing else.

Words and pairs of words, or up to three characters in a row where words are not set apart by
spaces; logarithms of counts; a linear support vector machine with balanced classes, one label
against the rest (Joachims, ECML 1998; the baseline of LexGLUE, Chalkidis et al., ACL 2022). It
takes seconds and often comes within a few points of a tuned model.
"""

import re
from collections.abc import Sequence
from typing import Any, cast

from engine.baselines import linear
from engine.baselines.problem import Limits, Problem, rows_within
from engine.tasks.labelled import LabelPredictions, LabelTask
from engine.tasks.words import spaced

MADE = "2: words 1-2 or characters 1-3, sublinear, linear SVM, balanced"

LONGEST = 20_000
"""Characters read of one text."""
MOST_CHARACTERS = {True: 25_000_000, False: 5_000_000}
"""With words and with characters: each takes some 8 s of one core."""
MOST_DECISIONS = 1_000_000
"""Training rows times labels: at most 10 s of fitting."""
NEAR = 0.01
"""How near to the optimum is near enough: the same scores in half the time of the default."""
_WORD = re.compile(r"\w\w")


def limits(problem: Problem) -> Limits:
    characters = MOST_CHARACTERS[_by_words(problem.train["text"])]
    train, test = (
        rows_within(rows["text"], characters, LONGEST) for rows in (problem.train, problem.test)
    )
    return Limits(min(train, max(1, MOST_DECISIONS // len(problem.task.labels))), test)


def predict(problem: Problem) -> LabelPredictions:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    task = cast(LabelTask, problem.task)
    learned, truth = (task.truth(rows["labels"]) for rows in (problem.train, problem.test))
    cut: dict[str, Any] = {"analyzer": "char", "ngram_range": (1, 3)}
    if _by_words(problem.train["text"]):
        cut = {"ngram_range": (1, 2)}
    vectorizer = TfidfVectorizer(sublinear_tf=True, **cut)
    train = vectorizer.fit_transform(_read(problem.train["text"]))
    test = vectorizer.transform(_read(problem.test["text"]))

    def make() -> LinearSVC:
        return LinearSVC(class_weight="balanced", tol=NEAR, random_state=0)

    return linear.answers(task, make, train, learned, test, truth)


def _by_words(texts: Sequence[str]) -> bool:
    """A word that counts has two letters or digits; there must be one."""
    return spaced(texts) and any(map(_WORD.search, texts))


def _read(texts: Sequence[str]) -> list[str]:
    return [text[:LONGEST] for text in texts]
