"""Figures of the rows that results are filtered to."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from engine.tasks.row_facts import BELOW, PARTLY, RIGHT, WRONG, RowFacts
from engine.tasks.scores import Bools
from webui.charts import GREEN, GREY, ORANGE, Words, _figure

RED = "#d45c74"
COLOURS = {RIGHT: GREEN, PARTLY: ORANGE, WRONG: RED, BELOW: GREY}
BINS = 20


def confidence(facts: RowFacts, outcomes: Sequence[str], mask: Bools, t: Words) -> go.Figure | None:
    """How many of the masked rows were said with which confidence, by what became of them; None
    where nothing was said. `outcomes` are the task's."""
    known = mask & ~np.isnan(facts.confidence)
    if not known.any():
        return None
    figure = _figure(
        t("chart_confidence", rows=int(known.sum())),
        x=t("axis_confidence"),
        y=t("axis_rows"),
        barmode="stack",
    )
    place = np.minimum((facts.confidence[known] * BINS).astype(int), BINS - 1)
    step = 100 // BINS
    for number, name in enumerate(outcomes):
        counts = np.bincount(place[facts.outcome[known] == number], minlength=BINS)
        figure.add_bar(
            x=[step * (i + 0.5) for i in range(BINS)],
            y=counts.tolist(),
            width=step * 0.92,
            name=t(f"panel.outcome_{name}"),
            marker_color=COLOURS[name],
            customdata=[f"{step * i}–{step * (i + 1)} %" for i in range(BINS)],
            hovertemplate="%{customdata}: %{y:,}",
        )
    figure.update_xaxes(range=[0, 100], ticksuffix=" %")
    return figure
