"""How each shape of a row's truth is shown, and the registry of them: one file and one line each.

The page picks by `Task.shape` and never asks which task it is.
"""

from typing import Any

from webui.views.shapes.answers import Answers
from webui.views.shapes.base import FIRST, Asked, Result, Said, Shape
from webui.views.shapes.labels import Labels
from webui.views.shapes.spans import Spans

SHAPES: dict[str, Shape[Any]] = {shape.name: shape for shape in (Labels(), Spans(), Answers())}

__all__ = ["FIRST", "SHAPES", "Asked", "Result", "Said", "Shape"]
