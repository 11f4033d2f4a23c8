"""Tasks whose answer is a text: question answering, and any input → target.

Scores follow SQuAD (Rajpurkar et al. 2016): an answer is compared with each of the right ones,
without case, punctuation and articles, and the best comparison counts. Where words are not set
apart by spaces, as in Chinese, each character counts as a word (Cui et al. 2019, CMRC 2018).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa

from engine.tasks.base import Task
from engine.tasks.row_facts import PARTLY, RIGHT, WRONG, RowFacts
from engine.tasks.scores import Floats, Tally, count_rows
from engine.tasks.words import split_words

_ARTICLES = frozenset(("a", "an", "the"))
_SCORES = ("exact_match", "f1", "rouge_l")


@dataclass(frozen=True)
class AnswerPredictions:
    """The right answers of each row, and the one given."""

    truth: Sequence[Sequence[str]]
    decided: Sequence[str]
    scores: Sequence[float]
    """How sure the model is of each, 0 to 1."""
    starts: Sequence[int]
    """Where each answer stands in its text; -1 where it was not taken from there."""

    def __len__(self) -> int:
        return len(self.truth)

    def columns(self) -> dict[str, pa.Array]:
        return {
            "truth": pa.array([list(row) for row in self.truth], pa.list_(pa.string())),
            "decided": pa.array(list(self.decided), pa.string()),
            "score": pa.array(np.asarray(self.scores, dtype=np.float32)),
            "start": pa.array(np.asarray(self.starts, dtype=np.int32)),
        }

    @classmethod
    def from_columns(cls, table: pa.Table) -> Self:
        columns = (table[name].to_pylist() for name in ("truth", "decided", "score", "start"))
        return cls(*columns)


class TextToText(Task[AnswerPredictions, Floats]):
    """Any input → target: summaries, rewriting, translation."""

    kind = "text2text"
    use = "text_to_text"
    pipeline = "text-generation"
    shape = "answers"
    columns: ClassVar[Mapping[str, str]] = {
        "question": "string",
        "answers": "list<string>",
        "answer_starts": "list<int32>",
    }
    outputs: ClassVar[Mapping[str, str]] = {"encoder_decoder": "text"}
    record = AnswerPredictions
    metrics: ClassVar[tuple[str, ...]] = ("rouge_l", "f1", "exact_match")
    headline = "rouge_l"
    watched: ClassVar[tuple[str, ...]] = ("rouge_l", "f1")
    baselines: ClassVar[tuple[str, ...]] = ("lead",)
    words: ClassVar[Mapping[str, str]] = {"f1": "token_f1", "exact_match": "exact_answer"}
    outcomes: ClassVar[tuple[str, ...]] = (RIGHT, PARTLY, WRONG)

    def prompts(self, rows: Mapping[str, Sequence[Any]]) -> list[str]:
        """What a model that writes its answer is given for each row."""
        return list(rows["text"])

    def say(self, predictions: AnswerPredictions, row: int) -> dict[str, Any]:
        return {
            "answer": predictions.decided[row],
            "score": round(float(predictions.scores[row]), 6),
            "start": predictions.starts[row],
        }

    def verdict(self, predictions: AnswerPredictions, row: int, text: str) -> tuple[str, ...]:
        return (predictions.decided[row],)

    def agrees(self, expected: Sequence[str], verdict: Sequence[str]) -> bool:
        """Whether it is any of the right answers, compared as `exact_match` compares."""
        return bool(expected) and score_answer(verdict[0], expected)[0] == 1.0

    def doubt(self, predictions: AnswerPredictions) -> Floats:
        return 1 - np.asarray(predictions.scores, dtype=float)

    def row_facts(self, predictions: AnswerPredictions) -> RowFacts:
        """By F1 over words: 1 is right, 0 wrong, anything between partly right."""
        pairs = zip(predictions.decided, predictions.truth, strict=True)
        f1 = np.array([word_f1(decided, truth) for decided, truth in pairs], dtype=float)
        steps = [f1 == 1, f1 > 0]
        outcome = np.select(steps, [self.outcomes.index(name) for name in (RIGHT, PARTLY)], 2)
        said = np.array([bool(answer) for answer in predictions.decided], dtype=bool)
        sure = np.where(said, np.asarray(predictions.scores, dtype=float), np.nan)
        none = np.zeros((len(f1), 0), dtype=bool)
        badness = (
            2 * (1 - f1) + np.nan_to_num(sure) / 1000
        )  # among equals those the model is surest of
        return RowFacts(outcome.astype(np.int8), sure, badness, none, none, none, none)

    def tally(self, predictions: AnswerPredictions) -> Tally[Floats]:
        scores = [
            score_answer(decided, truth)
            for decided, truth in zip(predictions.decided, predictions.truth, strict=True)
        ]
        sums = np.ones((len(scores), 1 + len(_SCORES)), dtype=np.float32)
        sums[:, 1:] = np.array(scores, dtype=np.float32).reshape(-1, len(_SCORES))
        return count_rows(sums, lambda counts, _: counts)

    def score_counts(self, counts: Floats) -> dict[str, Floats]:
        """`exact_match`, `f1` over words and `rouge_l`, each the mean over rows."""
        rows = np.maximum(counts[..., 0], 1)
        return {name: counts[..., i + 1] / rows for i, name in enumerate(_SCORES)}


class QuestionAnswering(TextToText):
    """A question about a text; the answer stands in the text, or is written."""

    kind = "qa"
    use = "question_answering"
    pipeline = "question-answering"
    asks: ClassVar[tuple[str, ...]] = ("text", "question")
    outputs: ClassVar[Mapping[str, str]] = {"encoder": "span", "encoder_decoder": "text"}
    metrics: ClassVar[tuple[str, ...]] = ("f1", "exact_match", "rouge_l")
    headline = "f1"
    watched: ClassVar[tuple[str, ...]] = ("f1", "exact_match")
    baselines: ClassVar[tuple[str, ...]] = ()

    def reading(self, rows: Mapping[str, Sequence[Any]]) -> list[str]:
        pairs = zip(rows["question"], rows["text"], strict=True)
        return [f"{question} {text}" for question, text in pairs]

    def prompts(self, rows: Mapping[str, Sequence[Any]]) -> list[str]:
        """As T5 was trained to read questions (Raffel et al. 2020, appendix D)."""
        pairs = zip(rows["question"], rows["text"], strict=True)
        return [f"question: {question} context: {text}" for question, text in pairs]


def score_answer(decided: str, truth: Sequence[str]) -> tuple[float, float, float]:
    """Exact match, F1 over words and ROUGE-L of an answer: the best of all right ones."""
    if decided in truth:
        return 1.0, 1.0, 1.0
    pairs = _pairs(decided, truth)
    bare = [(_without_articles(a), _without_articles(b)) for a, b in pairs]
    exact = max(float(a == b) for a, b in bare)
    return exact, max(_overlap(a, b) for a, b in bare), max(_rouge_l(a, b) for a, b in pairs)


def word_f1(decided: str, truth: Sequence[str]) -> float:
    """F1 over words alone: 1 for an answer that counts as right."""
    if decided in truth:
        return 1.0
    pairs = _pairs(decided, truth)
    return max(_overlap(_without_articles(a), _without_articles(b)) for a, b in pairs)


def _pairs(decided: str, truth: Sequence[str]) -> list[tuple[list[str], list[str]]]:
    """The words of an answer beside those of each right one; no right one is an empty one."""
    found = tokens(decided)
    return [(found, tokens(right)) for right in truth or ("",)]


def tokens(text: str) -> list[str]:
    """The words that count, without case and punctuation; Chinese by character."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = "".join("" if _is_punctuation(char) else char for char in folded)
    return [bare[start:end] for start, end in split_words(bare)]


def _without_articles(words: Sequence[str]) -> list[str]:
    return [word for word in words if word not in _ARTICLES]


@lru_cache(maxsize=10_000)
def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char)[0] == "P" or re.match(r"[$+<=>^`|~]", char) is not None


def _overlap(found: Sequence[str], right: Sequence[str]) -> float:
    if found == right or not set(found).intersection(right):
        return float(found == right)
    return _f1(sum((Counter(found) & Counter(right)).values()), len(found), len(right))


def _rouge_l(found: Sequence[str], right: Sequence[str]) -> float:
    """F-measure of the longest common subsequence (Lin 2004, section 3)."""
    if found == right or not set(found).intersection(right):
        return float(found == right)
    row = np.zeros(len(right) + 1, dtype=np.int64)
    codes = {word: i for i, word in enumerate(dict.fromkeys(right))}
    wanted = np.array([codes[word] for word in right])
    for word in found:
        met = np.where(wanted == codes.get(word, -1), row[:-1] + 1, row[1:])
        row[1:] = np.maximum.accumulate(met)
    return _f1(int(row[-1]), len(found), len(right))


def _f1(common: int, found: int, right: int) -> float:
    return 2 * common / (found + right)
