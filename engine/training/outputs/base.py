"""The one shape all outputs have: rows become inputs, logits a loss, logits predictions.

A task says what is right; an output says how a network is asked for it. Both know nothing of where
rows come from or what becomes of weights.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.models.loading import Head
from engine.models.manual import Manual
from engine.models.network import Network
from engine.tasks import AnyTask
from engine.training.recipe import Recipe

Rows = Mapping[str, Sequence[Any]]
"""Column → one entry a row: the columns of a data set, or only what its task asks for."""

Arrays = dict[str, NDArray[Any]]
"""What a tokenizer made of rows, to be kept on disk."""

Loss = Callable[[Tensor, Tensor], Tensor]
"""Logits and targets of a batch → the sum of the losses of its units."""


class Batch(NamedTuple):
    """What a network is called with, and what it should say."""

    inputs: dict[str, Tensor]
    targets: Tensor

    def to(self, device: Any) -> "Batch":
        moved = {name: tensor.to(device) for name, tensor in self.inputs.items()}
        return Batch(moved, self.targets.to(device))


class Inputs(Protocol):
    """Pieces a network reads in one go, ready to be batched: whole rows, or windows of them."""

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each piece."""
        ...

    def __len__(self) -> int: ...

    def batch(self, pieces: NDArray[np.int64], pad_id: int) -> Batch: ...

    def units(self, pieces: NDArray[np.int64]) -> int:
        """What the loss of these pieces is a mean over: rows, words or target tokens."""
        ...


@dataclass(frozen=True)
class Reading:
    """How texts are read and answers written; kept beside a finished model."""

    max_length: int
    """Most tokens of one piece."""
    beams: int = 1
    answer_length: int = 64
    """Most tokens of an answer."""
    no_repeat_ngram: int = 0
    """Words in a row that an answer may not hold twice; 0: it may."""
    lengths: Sequence[float] = ()
    """How probable an answer of 1, 2, … tokens is before the text is read, as logarithms; the last
    is that of all longer ones. Empty: all alike."""

    @classmethod
    def of(cls, recipe: Recipe) -> "Reading":
        return cls(recipe.max_length, recipe.beams, recipe.answer_length, recipe.no_repeat_ngram)


T = TypeVar("T", bound=AnyTask)
I = TypeVar("I", bound=Inputs)  # noqa: E741
P = TypeVar("P")


class Output(ABC, Generic[T, I, P]):
    """What a network puts out for a task, with the tokenizer that makes its inputs."""

    name: ClassVar[str]
    writes: ClassVar[bool] = False
    """Whether it writes its answers word by word, which takes long."""

    def __init__(self, task: T, tokenizer: Any, reading: Reading) -> None:
        self.task, self.tokenizer, self.reading = task, tokenizer, reading

    @property
    def pad_id(self) -> int:
        pad_id: int = self.tokenizer.pad_token_id
        return pad_id

    @property
    def manual(self) -> Manual:
        """How a finished model is to be read."""
        reading = asdict(self.reading)
        length = reading.pop("max_length")
        task = self.task
        return Manual(task.kind, task.labels, task.positive, length, self.name, reading)

    @abstractmethod
    def head(self, recipe: Recipe) -> Head:
        """What goes on the backbone."""

    @abstractmethod
    def tokenise(self, rows: Rows) -> Arrays:
        """The part that takes long and is kept: it follows from rows, tokenizer and reading."""

    @abstractmethod
    def inputs(self, arrays: Arrays, rows: Rows) -> I:
        """Arrays that `tokenise` made of these rows, ready to be batched."""

    def tokens(self, inputs: I) -> NDArray[np.int64] | None:
        """How many tokens of each row are read; None where rows are read in several pieces."""
        return None

    def learn(self, train: I) -> None:
        """Take from the training rows what has to be known of them besides weights, if anything."""

    @abstractmethod
    def loss(self, recipe: Recipe, train: I) -> Loss:
        """The loss a recipe asks for; the training inputs set balanced weights."""

    @abstractmethod
    def evaluate(self, network: nn.Module, inputs: I, loss: Loss | None = None) -> tuple[P, float]:
        """What the network says of the rows, without dropout, and the mean loss of that.

        A loss is given while training, where the look may be quicker than the final one; without
        it the mean loss is NaN.
        """

    def start(self, network: Network, train: I) -> None:
        """Give a fresh head a better start than chance, if there is one."""


def device_of(network: nn.Module) -> torch.device:
    return next(network.parameters()).device
