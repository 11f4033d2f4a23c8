"""One row of logits a token: which tag each word carries.

Only the first token of a word speaks for it. A text too long to be read at once is read in windows
that overlap; a word counts in the one window where it has most context on both sides.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from engine.errors import ModelError
from engine.models.loading import Head
from engine.models.network import Network
from engine.tasks.token_labels import OUTSIDE, Span, SpanPredictions, TokenLabels, to_spans
from engine.tasks.words import split_words
from engine.training.batching import Tokens, flat, pack
from engine.training.losses import IGNORED, choice_loss
from engine.training.outputs.base import Arrays, Batch, Loss, Output, Rows, device_of
from engine.training.recipe import Recipe
from engine.training.scoring import by_length

OVERLAP = 4
"""Windows overlap by one in this many of their tokens."""
_NEVER = -1e4
"""Log probability of a tag that cannot be."""


@dataclass(frozen=True)
class TagInputs:
    """Windows of texts; the words in them, in the order of rows and texts."""

    tokens: Tokens
    window: NDArray[np.int64]
    """The window each word counts in, (words,); -1 where a word has no token at all."""
    place: NDArray[np.int64]
    """The token of that window that speaks for the word, (words,)."""
    targets: NDArray[np.int64]
    """The right tag of each word, (words,)."""
    starts: Sequence[Sequence[int]]
    """First character of each word of each row; likewise `ends`."""
    ends: Sequence[Sequence[int]]

    def __post_init__(self) -> None:
        order = np.argsort(self.window, kind="stable")
        bounds = np.searchsorted(self.window[order], np.arange(len(self.tokens) + 1))
        object.__setattr__(self, "_order", order)
        object.__setattr__(self, "_bounds", bounds)

    _order: NDArray[np.int64] = None  # type: ignore[assignment]
    _bounds: NDArray[np.int64] = None  # type: ignore[assignment]

    @property
    def lengths(self) -> NDArray[np.int64]:
        return self.tokens.lengths

    def __len__(self) -> int:
        return len(self.tokens)

    def words(self, piece: int) -> NDArray[np.int64]:
        """The words that count in a window."""
        return self._order[self._bounds[piece] : self._bounds[piece + 1]]

    def batch(self, pieces: NDArray[np.int64], pad_id: int) -> Batch:
        inputs = self.tokens.pad(pieces, pad_id)
        targets = np.full(inputs["input_ids"].shape, IGNORED, dtype=np.int64)
        for row, piece in enumerate(pieces):
            words = self.words(piece)
            targets[row, self.place[words]] = self.targets[words]
        return Batch(inputs, torch.from_numpy(targets))

    def units(self, pieces: NDArray[np.int64]) -> int:
        return max(1, int((self._bounds[pieces + 1] - self._bounds[pieces]).sum()))


class Tags(Output[TokenLabels, TagInputs, SpanPredictions]):
    name = "tags"

    def head(self, recipe: Recipe) -> Head:
        return Head(self.name, self.task.tags)

    def tokenise(self, rows: Rows) -> Arrays:
        if not self.tokenizer.is_fast:
            raise ModelError("models.no_offsets")
        starts = [[start for start, _ in words] for words in _words(rows)]
        texts = list(rows["text"])
        found = _encode(self.tokenizer, texts, self.reading.max_length) if texts else None
        if found is None:
            nothing = np.zeros(0, np.int64)
            return flat(pack([])) | {"window": nothing, "place": nothing}
        first = np.concatenate([[0], np.cumsum([len(row) for row in starts])])
        window = np.full(first[-1], -1, dtype=np.int64)
        place, margin = np.zeros_like(window), np.full(first[-1], -1, dtype=np.int64)
        pairs = zip(found["overflow_to_sample_mapping"], found["offset_mapping"], strict=True)
        for piece, (row, offsets) in enumerate(pairs):
            words, places = _places(texts[row], starts[row], offsets)
            room = np.minimum(places, len(offsets) - 1 - places)
            better = room > margin[first[row] + words]
            chosen = first[row] + words[better]
            window[chosen], place[chosen], margin[chosen] = piece, places[better], room[better]
        return flat(pack(found["input_ids"])) | {"window": window, "place": place}

    def inputs(self, arrays: Arrays, rows: Rows) -> TagInputs:
        index = {tag: i for i, tag in enumerate(self.task.tags)}
        words = _words(rows)
        tags = rows.get("tags", [[OUTSIDE] * len(row) for row in words])
        targets = np.array([index[tag] for row in tags for tag in row], dtype=np.int64)
        return TagInputs(
            Tokens(arrays["ids"], arrays["starts"]),
            arrays["window"],
            arrays["place"],
            targets,
            [[start for start, _ in row] for row in words],
            [[end for _, end in row] for row in words],
        )

    def loss(self, recipe: Recipe, train: TagInputs) -> Loss:
        smoothing = recipe.label_smoothing
        return lambda logits, targets: choice_loss(logits, targets, smoothing)

    def evaluate(
        self, network: nn.Module, inputs: TagInputs, loss: Loss | None = None
    ) -> tuple[SpanPredictions, float]:
        logits = self._logits(network, inputs)
        mean = math.nan
        if loss is not None and len(logits):
            targets = torch.from_numpy(inputs.targets)
            mean = float(loss(torch.from_numpy(logits)[None], targets[None])) / len(targets)
        said = functional.log_softmax(torch.from_numpy(logits), dim=-1).numpy()
        truth, decided = [], []
        at = 0
        for starts, ends in zip(inputs.starts, inputs.ends, strict=True):
            here = slice(at, at := at + len(starts))
            truth.append(self._spans(starts, ends, inputs.targets[here]))
            decided.append(self._decide(starts, ends, said[here]))
        return SpanPredictions(truth, decided), mean

    def start(self, network: Network, train: TagInputs) -> None:
        """Start each tag's logit at its share among words: most words carry none."""
        counts = np.bincount(train.targets, minlength=len(self.task.tags)) + 1
        start = torch.from_numpy(np.log(counts / counts.sum()))
        for module in network.modules():
            last = isinstance(module, nn.Linear) and module.out_features == len(start)
            if last and module.bias is not None and module.bias.requires_grad:
                with torch.no_grad():
                    module.bias.copy_(start)

    def _decide(
        self, starts: Sequence[int], ends: Sequence[int], said: NDArray[np.float32]
    ) -> list[Span]:
        if not len(said):
            return []
        path = self.task.decode(said)
        sure = np.exp(said[np.arange(len(path)), path])
        return self._spans(starts, ends, path, sure)

    def _spans(
        self,
        starts: Sequence[int],
        ends: Sequence[int],
        path: NDArray[np.int64],
        sure: NDArray[np.float32] | None = None,
    ) -> list[Span]:
        tags = self.task.tags
        scores = None if sure is None else sure.tolist()
        return to_spans(starts, ends, [tags[tag] for tag in path.tolist()], scores)

    def _logits(self, network: nn.Module, inputs: TagInputs) -> NDArray[np.float32]:
        """Logits of each word, (words, tags); a word without a token carries no label."""
        network.eval()
        device = device_of(network)
        logits = np.full((len(inputs.window), len(self.task.tags)), _NEVER, dtype=np.float32)
        logits[:, 0] = 0.0
        with torch.inference_mode():
            for pieces in by_length(inputs.lengths, device.type):
                batch = inputs.batch(pieces, self.pad_id).to(device)
                said = network(**batch.inputs).float().cpu().numpy()
                for row, piece in enumerate(pieces):
                    words = inputs.words(piece)
                    logits[words] = said[row, inputs.place[words]]
        return logits


def _words(rows: Rows) -> list[list[tuple[int, int]]]:
    """(start, end) of the words of each row: as the data set has them, else as we cut them."""
    if "starts" in rows:
        pairs = zip(rows["starts"], rows["ends"], strict=True)
        return [list(zip(starts, ends, strict=True)) for starts, ends in pairs]
    return [split_words(text) for text in rows["text"]]


def _encode(tokenizer: Any, texts: Sequence[str], max_length: int) -> Any:
    return tokenizer(
        list(texts),
        truncation=True,
        max_length=max_length,
        stride=max_length // OVERLAP,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        return_attention_mask=False,
        return_token_type_ids=False,
    )


def _places(
    text: str, starts: Sequence[int], offsets: Sequence[tuple[int, int]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The words of a text that a window holds, and the token that covers each one's beginning."""
    real = [(start, end, i) for i, (start, end) in enumerate(offsets) if end > start]
    if not real or not starts:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    begins, ends, tokens = (np.array(column) for column in zip(*real, strict=True))
    begins = np.array([_skip_space(text, a, b) for a, b in zip(begins, ends, strict=True)])
    firsts = np.asarray(starts)
    covering = np.searchsorted(begins, firsts, side="right") - 1
    while (repeated := (covering > 0) & (begins[covering] == begins[covering - 1])).any():
        covering = covering - repeated  # several tokens of one character: the first of them
    held = (covering >= 0) & (ends[covering] > firsts)
    return np.flatnonzero(held), tokens[covering[held]]


def _skip_space(text: str, start: int, end: int) -> int:
    """Some tokenizers count the space before a word to it."""
    while start < end - 1 and text[start].isspace():
        start += 1
    return int(start)
