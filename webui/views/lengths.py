"""How long the texts are, and what that means: a picture, and two sentences."""

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from engine.data.statistics import length_marks, lost_share
from engine.errors import ModelError
from engine.models.catalogue import ModelInfo
from engine.tasks import TASKS
from engine.training.recommend import WINDOWED, usual_length
from webui import charts, text
from webui.charts import Words
from webui.html import Html, tag

Counts = NDArray[np.int32]


def show(
    count: Callable[[], tuple[ModelInfo, Counts]], task: str | None, t: Words, language: str
) -> tuple[go.Figure | None, Html]:
    """The lengths that `count` gives, cut or read at a time as recommended for training its model;
    or why the model cannot count them."""
    try:
        model, counts = count()
    except ModelError as error:
        return None, tag("p", text.say(error.message, language), class_="ts-why")
    at = usual_length(counts, model.max_length)
    windows = task is not None and TASKS[task].outputs.get(model.kind) in WINDOWED
    figure = charts.token_lengths(counts, length_marks(counts), at, windows, t)
    return figure, words(counts, at, model.title, windows, t)


def words(counts: Counts, at: int, title: str, windows: bool, t: Words) -> Html:
    """The 95 % mark, and what is lost at a length and at half of it, or that nothing is, where
    long texts are read in `windows`."""
    marks = length_marks(counts)
    mark = t("lengths_mark", most=marks.p90, tokens=marks.p95, longest=marks.longest, model=title)
    if windows:
        full, half = _windows(counts, at, t), ""
    else:
        full, half = _lost(counts, at, t), _lost(counts, at // 2, t)
    return tag("p", t("lengths_all", mark=mark, full=full, half=half), class_="ts-why")


def _windows(counts: Counts, at: int, t: Words) -> str:
    rows, _ = lost_share(counts, at)
    if not rows:
        return t("lengths_windows_none", at=at)
    return t("lengths_windows", at=at, rows=f"{100 * rows:.1f}")


def _lost(counts: Counts, at: int, t: Words) -> str:
    rows, tokens = lost_share(counts, at)
    if not tokens:
        return t("lengths_kept", at=at)
    return t("lengths_lost", at=at, rows=f"{100 * rows:.1f}", tokens=f"{100 * tokens:.1f}")
