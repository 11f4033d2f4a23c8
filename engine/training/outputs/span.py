"""Two logits a token: where the answer to a question starts in a text, and where it ends.

A text too long to be read with its question is read in windows that overlap. A window without the
answer is taught to point at its first token, so that windows can be compared (Devlin et al. 2019,
section 4.3).

Start and end are found each by itself, so that the start of one candidate and the end of another
make an answer that runs on from the one to the other. How long the training answers are weighs
against that.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from torch import nn

from engine.errors import ModelError
from engine.models.loading import Head
from engine.tasks.answering import AnswerPredictions, QuestionAnswering
from engine.training.batching import Tokens, flat, pack
from engine.training.losses import choice_loss
from engine.training.outputs.base import Arrays, Batch, Loss, Output, Rows, device_of
from engine.training.outputs.tags import OVERLAP
from engine.training.recipe import Recipe
from engine.training.scoring import by_length

QUESTION_SHARE = 0.5
"""Most of a window that a question may take."""


@dataclass(frozen=True)
class SpanInputs:
    """Windows of question and text, and where the answer stands in each."""

    tokens: Tokens
    types: NDArray[np.int32] | None
    """Segment of each token, flat as the tokens; None for models that know no segments."""
    begins: NDArray[np.int32]
    """First character of each token in the text, flat; -1 for those of the question."""
    ends: NDArray[np.int32]
    row: NDArray[np.int64]
    """The row each window is of, (windows,)."""
    targets: NDArray[np.int64]
    """First and last token of the answer, (windows, 2); 0 where it is not in the window."""
    texts: Sequence[str]
    answers: Sequence[Sequence[str]]

    @property
    def lengths(self) -> NDArray[np.int64]:
        return self.tokens.lengths

    def __len__(self) -> int:
        return len(self.tokens)

    def batch(self, pieces: NDArray[np.int64], pad_id: int) -> Batch:
        inputs = self.tokens.pad(pieces, pad_id)
        if self.types is not None:
            types, _ = Tokens(self.types, self.tokens.starts).padded(pieces, 0)
            inputs["token_type_ids"] = torch.from_numpy(types)
        return Batch(inputs, torch.from_numpy(self.targets[pieces]))

    def units(self, pieces: NDArray[np.int64]) -> int:
        return len(pieces)

    def places(self, piece: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """First and last character of each token of a window."""
        here = slice(self.tokens.starts[piece], self.tokens.starts[piece + 1])
        return self.begins[here], self.ends[here]


@dataclass(frozen=True)
class _Found:
    start: int
    end: int
    score: float
    """How far it is above "not here"; compares windows."""
    sure: float


class AnswerSpan(Output[QuestionAnswering, SpanInputs, AnswerPredictions]):
    name = "span"

    def head(self, recipe: Recipe) -> Head:
        return Head(self.name)

    def tokenise(self, rows: Rows) -> Arrays:
        if not self.tokenizer.is_fast:
            raise ModelError("models.no_offsets")
        if not rows["text"]:
            empty = np.zeros(0, np.int32)
            return flat(pack([])) | {"begins": empty, "ends": empty, "row": empty}
        questions = [self._shortened(question) for question in rows["question"]]
        found = self.tokenizer(
            questions,
            list(rows["text"]),
            truncation="only_second",
            max_length=self.reading.max_length,
            stride=self.reading.max_length // OVERLAP // 2,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
            return_attention_mask=False,
        )
        begins, ends = [], []
        for piece, offsets in enumerate(found["offset_mapping"]):
            context = found.sequence_ids(piece)
            pairs = zip(offsets, context, strict=True)
            bounds = [pair if part == 1 and pair[1] > pair[0] else (-1, -1) for pair, part in pairs]
            begins.append([start for start, _ in bounds])
            ends.append([end for _, end in bounds])
        arrays = flat(pack(found["input_ids"])) | {
            "begins": pack(begins).ids,
            "ends": pack(ends).ids,
            "row": np.array(found["overflow_to_sample_mapping"], dtype=np.int64),
        }
        if "token_type_ids" in found:
            arrays["types"] = pack(found["token_type_ids"]).ids
        return arrays

    def _shortened(self, question: str) -> str:
        """A question that leaves room for the text."""
        most = int(self.reading.max_length * QUESTION_SHARE)
        offsets = self.tokenizer(question, return_offsets_mapping=True, add_special_tokens=False)[
            "offset_mapping"
        ]
        return question if len(offsets) <= most else question[: offsets[most - 1][1]]

    def inputs(self, arrays: Arrays, rows: Rows) -> SpanInputs:
        tokens = Tokens(arrays["ids"], arrays["starts"])
        nothing: list[list[Any]] = [[] for _ in rows["text"]]
        answers = rows.get("answers", nothing)
        found = SpanInputs(
            tokens,
            arrays.get("types"),
            arrays["begins"],
            arrays["ends"],
            arrays["row"],
            np.zeros((len(tokens), 2), dtype=np.int64),
            rows["text"],
            answers,
        )
        starts = rows.get("answer_starts", nothing)
        wanted = [_first_standing(*row) for row in zip(answers, starts, strict=True)]
        for piece, row in enumerate(arrays["row"]):
            bounds = wanted[row]
            if bounds is not None:
                found.targets[piece] = _tokens_of(bounds, *found.places(piece))
        return found

    def learn(self, train: SpanInputs) -> None:
        """How long answers are."""
        first, last = train.targets[train.targets[:, 0] > 0].T
        self.reading = replace(self.reading, lengths=_log_shares(last - first + 1))

    @property
    def _weights(self) -> NDArray[np.float64]:
        """What speaks for an answer of 1, 2, … tokens, up to the longest that may be given."""
        longest = self.reading.answer_length
        known = np.array(self.reading.lengths or (0.0,))
        return np.pad(known[:longest], (0, max(0, longest - len(known))), mode="edge")

    def loss(self, recipe: Recipe, train: SpanInputs) -> Loss:
        smoothing = recipe.label_smoothing
        return lambda logits, targets: choice_loss(logits.transpose(1, 2), targets, smoothing) / 2

    def evaluate(
        self, network: nn.Module, inputs: SpanInputs, loss: Loss | None = None
    ) -> tuple[AnswerPredictions, float]:
        network.eval()
        device = device_of(network)
        best: dict[int, _Found] = {}
        total = 0.0
        with torch.inference_mode():
            for pieces in by_length(inputs.lengths, device.type):
                batch = inputs.batch(pieces, self.pad_id).to(device)
                logits = network(**batch.inputs).float()
                if loss is not None:
                    total += float(loss(logits, batch.targets))
                for piece, said in zip(pieces.tolist(), logits.cpu().numpy(), strict=True):
                    found = _best_span(said, *inputs.places(piece), self._weights)
                    row = int(inputs.row[piece])
                    if found and (row not in best or found.score > best[row].score):
                        best[row] = found
        mean = total / max(1, len(inputs)) if loss is not None else math.nan
        return _predictions(inputs, best), mean


def _log_shares(lengths: NDArray[np.int64]) -> tuple[float, ...]:
    """Logarithms of how many answers have 1, 2, … tokens. A few answers tell little: each speaks
    for its neighbours too, and every length counts once more than it was seen."""
    if not len(lengths):
        return ()
    seen = np.bincount(lengths, minlength=int(lengths.max()) + 3)[1:]
    counts = np.convolve(seen, (0.25, 0.5, 0.25), mode="same") + 1
    return tuple(np.log(counts / counts.sum()).round(3).tolist())


def _predictions(inputs: SpanInputs, best: dict[int, _Found]) -> AnswerPredictions:
    decided, scores, starts = [], [], []
    for row, text in enumerate(inputs.texts):
        found = best.get(row, _Found(0, 0, 0.0, 0.0))
        answer = text[found.start : found.end]
        decided.append(answer.strip())
        scores.append(found.sure)
        starts.append(found.start + len(answer) - len(answer.lstrip()) if answer.strip() else -1)
    return AnswerPredictions(inputs.answers, decided, scores, starts)


def _first_standing(answers: Sequence[str], starts: Sequence[int]) -> tuple[int, int] | None:
    """Bounds of the first answer that stands in the text."""
    bounds = ((s, s + len(a)) for a, s in zip(answers, starts, strict=True) if s >= 0 and a)
    return next(bounds, None)


def _tokens_of(
    bounds: tuple[int, int], begins: NDArray[np.int32], ends: NDArray[np.int32]
) -> tuple[int, int]:
    """First and last token of the characters, (0, 0) where the window does not hold all of them."""
    start, end = bounds
    inside = np.flatnonzero((begins >= 0) & (begins < end) & (ends > start))
    if not len(inside) or begins[inside[0]] > start or ends[inside[-1]] < end:
        return 0, 0
    return int(inside[0]), int(inside[-1])


def _best_span(
    logits: NDArray[np.float32],
    begins: NDArray[np.int32],
    ends: NDArray[np.int32],
    weights: NDArray[np.float64],
) -> _Found | None:
    """The best pair of start and end in the text of a window, of logits (tokens, 2); `weights`
    speak for answers of 1, 2, … tokens."""
    places = np.flatnonzero(begins >= 0)
    if not len(places):
        return None
    logits = logits[: len(begins)].astype(np.float64)
    start, end = logits[places].T
    longest = min(len(weights), len(places))
    beyond = np.append(end, np.full(longest - 1, -np.inf))
    sums = start[:, None] + sliding_window_view(beyond, longest)
    best = int((sums + weights[:longest]).argmax())
    at, more = divmod(best, longest)
    score = float(sums[at, more] + weights[more] - logits[0].sum())
    sure = math.exp(sums[at, more] - np.logaddexp.reduce(logits).sum())
    return _Found(int(begins[places[at]]), int(ends[places[at + more]]), score, sure)
