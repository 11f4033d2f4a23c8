"""Words one after the other: the answer is written by an encoder-decoder."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.models.loading import Head
from engine.tasks.answering import AnswerPredictions, TextToText
from engine.training.batching import Tokens, flat, pack, tokenise
from engine.training.losses import IGNORED, choice_loss
from engine.training.outputs.base import Arrays, Batch, Loss, Output, Rows, device_of
from engine.training.recipe import Recipe
from engine.training.scoring import by_length

SCORE_BYTES = 256 * 2**20
"""Memory that the scores of all words of the vocabulary may take while answers are written."""


@dataclass(frozen=True)
class TextInputs:
    """Prompts and the answers to learn."""

    tokens: Tokens
    targets: Tokens
    answers: Sequence[Sequence[str]]

    @property
    def lengths(self) -> NDArray[np.int64]:
        return self.tokens.lengths + self.targets.lengths

    def __len__(self) -> int:
        return len(self.tokens)

    def batch(self, pieces: NDArray[np.int64], pad_id: int) -> Batch:
        targets, _ = self.targets.padded(pieces, IGNORED)
        labels = torch.from_numpy(targets)
        return Batch(self.tokens.pad(pieces, pad_id) | {"labels": labels}, labels)

    def units(self, pieces: NDArray[np.int64]) -> int:
        return max(1, int(self.targets.lengths[pieces].sum()))


class WrittenAnswer(Output[TextToText, TextInputs, AnswerPredictions]):
    name = "text"
    writes = True

    def head(self, recipe: Recipe) -> Head:
        return Head(self.name)

    def tokenise(self, rows: Rows) -> Arrays:
        prompts = tokenise(self.tokenizer, self.task.prompts(rows), self.reading.max_length)
        answers = rows.get("answers", [[""]] * len(prompts))
        first = [row[0] if row else "" for row in answers]
        wanted: list[list[int]] = []
        if first:
            wanted = self.tokenizer(
                text_target=first, truncation=True, max_length=self.reading.answer_length
            )["input_ids"]
        return flat(prompts) | flat(pack(wanted), "target_")

    def inputs(self, arrays: Arrays, rows: Rows) -> TextInputs:
        return TextInputs(
            Tokens(arrays["ids"], arrays["starts"]),
            Tokens(arrays["target_ids"], arrays["target_starts"]),
            rows.get("answers", [[]] * len(rows["text"])),
        )

    def tokens(self, inputs: TextInputs) -> NDArray[np.int64]:
        return inputs.tokens.lengths

    def loss(self, recipe: Recipe, train: TextInputs) -> Loss:
        smoothing = recipe.label_smoothing
        return lambda logits, targets: choice_loss(logits, targets, smoothing)

    def evaluate(
        self, network: nn.Module, inputs: TextInputs, loss: Loss | None = None
    ) -> tuple[AnswerPredictions, float]:
        """While training, answers are written greedily: the one best word after the other."""
        network.eval()
        device = device_of(network)
        beams = self.reading.beams if loss is None else 1
        decided, scores = [""] * len(inputs), [0.0] * len(inputs)
        total, units = 0.0, 0
        with torch.inference_mode():
            for pieces in by_length(inputs.lengths, device.type):
                if loss is not None:
                    batch = inputs.batch(pieces, self.pad_id).to(device)
                    total += float(loss(network(**batch.inputs), batch.targets))
                    units += inputs.units(pieces)
                for few in np.array_split(pieces, self._parts(network, len(pieces), beams)):
                    written = self._write(network, inputs.tokens.pad(few, self.pad_id), beams)
                    for piece, (answer, score) in zip(few.tolist(), written, strict=True):
                        decided[piece], scores[piece] = answer, score
        mean = total / max(1, units) if loss is not None else math.nan
        starts = [-1] * len(inputs)
        return AnswerPredictions(inputs.answers, decided, scores, starts), mean

    def _parts(self, network: Any, rows: int, beams: int) -> int:
        vocabulary = network.model.config.vocab_size
        at_once = SCORE_BYTES // (4 * vocabulary * beams * self.reading.answer_length)
        return math.ceil(rows / max(1, at_once))

    def _write(
        self, network: Any, inputs: dict[str, Tensor], beams: int
    ) -> list[tuple[str, float]]:
        """Answers with the mean probability of their words (the geometric mean)."""
        device = device_of(network)
        written = network.model.generate(
            **{name: tensor.to(device) for name, tensor in inputs.items()},
            num_beams=beams,
            do_sample=False,
            max_new_tokens=self.reading.answer_length,
            no_repeat_ngram_size=self.reading.no_repeat_ngram,
            return_dict_in_generate=True,
            output_scores=True,
        )
        steps = network.model.compute_transition_scores(
            written.sequences,
            written.scores,
            getattr(written, "beam_indices", None),
            normalize_logits=beams == 1,
        )
        real = torch.isfinite(steps) & (steps < 0)
        mean = (steps.masked_fill(~real, 0).sum(1) / real.sum(1).clamp(min=1)).exp()
        texts = self.tokenizer.batch_decode(written.sequences, skip_special_tokens=True)
        return [(text.strip(), float(p)) for text, p in zip(texts, mean.tolist(), strict=True)]
