"""Simple models ready to learn from any of some rows and to be asked about any others.

They are those of `engine.baselines`. What a linear one sees of a text is computed once for all:
how rare a word is then counts the rows that are asked about too, without their labels.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from typing import Any, cast

import numpy as np

from engine.baselines import BASELINES, linear, tfidf
from engine.baselines.problem import Limits, Problem, Rows
from engine.data.alike import alike_groups
from engine.quality.folds import FOLDS, Indices, deal, strata
from engine.tasks.labelled import LabelTask
from engine.tasks.scores import Bools, Floats

MOST_SEEN = 20_000
"""Rows whose embeddings are learned from at most; of more, as many are drawn."""
MOST_COUNTED = 20_000_000
"""Rows times labels that any model is given."""
WORKERS = 4
"""Models that are fitted at a time: fitting leaves Python's lock to the others."""

Embed = Callable[[Sequence[str]], Floats]
"""Texts → one vector of length 1 each."""
Answer = Callable[[Indices, Indices], Any]
"""Places of rows to learn from, and of rows to ask about → predictions for the latter."""


@dataclass(frozen=True)
class Learner:
    """One simple model over some rows."""

    name: str
    rows: Rows
    places: Indices
    """Which of the rows it was given it works on, (rows,)."""
    kinds: Indices
    """Which rows are of a kind (`folds.strata`), (rows,)."""
    groups: Indices
    """Equal for rows of equal text, (rows,)."""
    answer: Answer

    @property
    def folds(self) -> int:
        return min(FOLDS, int(self.groups.max(initial=-1)) + 1)

    def dealt(self, seed: int) -> Indices:
        """The fold of each row, (rows,)."""
        return deal(self.kinds, self.groups, seed, self.folds)

    def crossed(self, dealt: Indices) -> Iterator[tuple[Indices, Any]]:
        """Places of the rows of each fold, and what is said of them by a model of the others."""
        asked = [np.flatnonzero(dealt == fold) for fold in range(self.folds)]
        learned = [np.flatnonzero(dealt != fold) for fold in range(self.folds)]
        yield from zip(asked, self.answers(zip(learned, asked, strict=True)), strict=True)

    def answers(self, pairs: Iterable[tuple[Indices, Indices]]) -> Iterator[Any]:
        """What is said in several cases, in their order."""
        with ThreadPoolExecutor(WORKERS) as workers:
            yield from workers.map(lambda pair: self.answer(*pair), pairs)


def learner(name: str, problem: Problem, embed: Embed) -> Learner:
    """The model `name` over the training rows of the problem, or as many as it can take."""
    module = BASELINES[name]
    total = len(problem.train["text"])
    places = drawn(total, _most(name, problem))
    rows = take(problem.train, places)
    task = problem.task
    truth = np.ones((len(places), 1), bool)
    if isinstance(task, LabelTask):
        truth = task.truth(rows["labels"])
    if name == "tfidf":
        texts = tfidf.read(rows["text"])
        seen: Any = tfidf.vectorizer(rows["text"]).fit_transform(texts)
    elif name == "embeddings":
        seen = embed(rows["text"])
    else:
        seen = None

    def ask(learned: Indices, asked: Indices) -> Any:
        parts = (take(rows, learned), take(rows, asked))
        return module.predict(replace(problem, train=parts[0], test=parts[1]))

    answer = ask if seen is None else _linear(cast(LabelTask, task), module, seen, truth)
    groups = alike_groups(rows["text"])
    return Learner(name, rows, places, strata(truth), groups, answer)


def take(rows: Rows, places: Indices) -> Rows:
    chosen = places.tolist()
    return {name: [column[place] for place in chosen] for name, column in rows.items()}


def joined(parts: Sequence[Any]) -> Any:
    """Predictions of several lots of rows as those of all of them."""
    kind = type(parts[0])
    values: list[Any] = []
    for field in fields(kind):
        columns = [getattr(part, field.name) for part in parts]
        if columns[0] is None:
            values.append(None)
        elif isinstance(columns[0], np.ndarray):
            values.append(np.concatenate(columns))
        else:
            values.append([value for column in columns for value in column])
    return kind(*values)


def _linear(task: LabelTask, module: Any, seen: Any, truth: Bools) -> Answer:
    def answer(learned: Indices, asked: Indices) -> Any:
        of_learned, of_asked = truth[learned], truth[asked]
        make = module.classifier
        return linear.answers(task, make, seen[learned], of_learned, seen[asked], of_asked)

    return answer


def _most(name: str, problem: Problem) -> int:
    """Rows it can learn from in a few seconds, or whose labels can be counted."""
    labels = max(1, len(problem.task.labels))
    if name == "embeddings":
        return max(1, min(MOST_SEEN, tfidf.MOST_DECISIONS // labels))
    limits: Limits = BASELINES[name].limits(problem)
    return max(1, min(limits.train, MOST_COUNTED // labels))


def drawn(total: int, most: int) -> Indices:
    """Places of as many rows as there may be, by chance with a fixed seed, in their order."""
    if total <= most:
        return np.arange(total)
    return np.sort(np.random.default_rng(0).choice(total, most, replace=False))
