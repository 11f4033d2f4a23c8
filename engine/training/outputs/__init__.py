"""What networks put out, and the registry of it.

A task names its output by the kind of model (`Task.outputs`); adding one is one file and one line.
"""

from typing import Any

from engine.training.outputs.base import Batch, Inputs, Loss, Output, Reading, Rows
from engine.training.outputs.labels import Labels
from engine.training.outputs.span import AnswerSpan
from engine.training.outputs.tags import Tags
from engine.training.outputs.text import WrittenAnswer

AnyOutput = Output[Any, Any, Any]

OUTPUTS: dict[str, type[AnyOutput]] = {
    output.name: output for output in (Labels, Tags, AnswerSpan, WrittenAnswer)
}

__all__ = ["OUTPUTS", "AnyOutput", "Batch", "Inputs", "Loss", "Output", "Reading", "Rows"]
