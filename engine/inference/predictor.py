"""The one prediction path: playground, batch, command line and the report's test figures use it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil
import torch

from engine.inference.threads import few_threads
from engine.models.folder import load_model
from engine.models.loading import load_tokenizer
from engine.models.manual import read_manual
from engine.models.network import Network
from engine.models.thresholds import read_point
from engine.tasks import AnyTask, make_task
from engine.tasks.operating_point import OperatingPoint
from engine.training.outputs import OUTPUTS, AnyOutput, Reading
from engine.training.outputs.base import device_of


@dataclass(frozen=True)
class Predictor:
    """A finished model, loaded: texts in, the task's predictions out (fp32, no dropout)."""

    network: Network
    output: AnyOutput
    point: OperatingPoint = field(default_factory=OperatingPoint)
    """Where it decides, and what it leaves to a person."""

    @property
    def task(self) -> AnyTask:
        task: AnyTask = self.output.task
        return task

    @property
    def labels(self) -> tuple[str, ...]:
        return self.task.labels

    @property
    def writes(self) -> bool:
        """Whether it writes its answers word by word, which takes long."""
        return self.output.writes

    @property
    def size(self) -> int:
        """Bytes its weights take."""
        tensors = [*self.network.parameters(), *self.network.buffers()]
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)

    @property
    def memory(self) -> int:
        """Bytes of memory that its device has in all."""
        device = device_of(self.network)
        if device.type == "cuda":
            return int(torch.cuda.get_device_properties(device).total_memory)
        return int(psutil.virtual_memory().total)

    def predict(self, texts: Sequence[str], questions: Sequence[str] = ()) -> Any:
        """What the model says of each text (or of each question about its text).

        For labels a text beyond `max_length` tokens is cut there; for spans and answers it is read
        in windows.
        """
        rows = {"text": list(texts), "question": list(questions)}
        rows = {name: rows[name] for name in self.task.asks}
        inputs = self.output.inputs(self.output.tokenise(rows), rows)
        with few_threads(self.network, int(inputs.lengths.sum())):
            predictions, _ = self.output.evaluate(self.network, inputs)
        return self.task.at(predictions, self.point)

    def as_saved(self, folder: Path) -> "Predictor":
        """The same model at the operating point its folder holds now. Raises ModelError."""
        return replace(self, point=read_point(folder))


def load_predictor(folder: Path) -> Predictor:
    """Load a model folder onto the accelerator if there is one. Raises ModelError."""
    manual = read_manual(folder)
    output = OUTPUTS[manual.output](
        make_task(manual.task, manual.labels, manual.positive),
        load_tokenizer(folder),
        Reading(manual.max_length, **manual.reading),
    )
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = load_model(folder, manual.output).to(device)
    return Predictor(network, output, read_point(folder))
