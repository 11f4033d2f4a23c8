"""Figures that hold one run against others: intervals of differences, and curves of two runs."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from engine.training.events import Event
from webui.charts import BLUE, GREEN, GREY, ORANGE, Words, _figure, plain

RED = "#c94f57"
VERDICT_COLOURS = {"better": GREEN, "worse": RED, "indistinguishable": GREY}
LONGEST = 44
"""Letters of the name of an alternative."""


class Mark(NamedTuple):
    """A difference of scores with its interval, from 0 to 1, and what follows from it."""

    name: str
    value: float
    low: float
    high: float
    verdict: str


def forest(marks: Sequence[Mark], metric: str, t: Words) -> go.Figure:
    """How far this run lies above (right of the line) or below each other, in points."""
    title = t("better.chart", metric=plain(metric, LONGEST))
    figure = _figure(title, x=t("better.axis"), height=130 + 44 * max(2, len(marks)))
    for verdict, colour in VERDICT_COLOURS.items():
        found = [(place, mark) for place, mark in enumerate(marks) if mark.verdict == verdict]
        if not found:
            continue
        values, lows, highs = (
            [round(100 * getattr(mark, end), 2) for _, mark in found]
            for end in ("value", "low", "high")
        )
        figure.add_scatter(
            x=values,
            y=[place for place, _ in found],
            mode="markers",
            name=t(f"better.word.{verdict}"),
            marker={"size": 10, "color": colour},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [round(h - v, 2) for h, v in zip(highs, values, strict=True)],
                "arrayminus": [round(v - low, 2) for v, low in zip(values, lows, strict=True)],
                "color": colour,
                "thickness": 2,
                "width": 6,
            },
            customdata=list(zip(lows, highs, strict=True)),
            hovertemplate="%{x:+.1f} (%{customdata[0]:+.1f} – %{customdata[1]:+.1f})",
        )
    figure.add_vline(x=0, line={"color": GREY, "width": 1.5, "dash": "dash"})
    names = [plain(mark.name, LONGEST) for mark in marks]
    lines = {"tickvals": list(range(len(marks))), "ticktext": names}
    figure.update_yaxes(range=[len(marks) - 0.5, -0.5], **lines)
    figure.update_layout(hovermode="closest")
    return figure


def both_losses(runs: Mapping[str, Sequence[Event]], t: Words) -> go.Figure:
    """The validation loss of each run, by epoch."""
    figure = _figure(t("compare.chart_loss"), x=t("compare.axis_epoch"), y=t("axis_loss"))
    figure.update_layout(showlegend=True)
    for (name, events), colour in zip(runs.items(), (BLUE, ORANGE), strict=False):
        _curve(figure, name, [(e["epoch"], e["loss"]) for e in _looks(events)], colour)
    return figure


def both_scores(
    runs: Mapping[str, Sequence[Event]], score: str, metric: str, t: Words
) -> go.Figure:
    """One score of each run on its validation rows, by epoch, from the untrained model on."""
    title = t("compare.chart_score", metric=plain(metric, LONGEST))
    figure = _figure(title, x=t("compare.axis_epoch"), y=t("axis_score"))
    for (name, events), colour in zip(runs.items(), (BLUE, ORANGE), strict=False):
        before = [(0.0, e["metrics"].get(score)) for e in events if e["type"] == "before"][-1:]
        points = [(e["epoch"], e["metrics"].get(score)) for e in _looks(events)]
        _curve(figure, name, before + points, colour)
    figure.update_yaxes(range=[0, 1.02])
    figure.update_layout(showlegend=True)
    return figure


def _looks(events: Sequence[Event]) -> list[Event]:
    return [event for event in events if event["type"] == "evaluation" and "epoch" in event]


def _curve(
    figure: go.Figure, name: str, points: Sequence[tuple[float, float | None]], colour: str
) -> None:
    figure.add_scatter(
        x=[round(epoch, 3) for epoch, _ in points],
        y=[value for _, value in points],
        mode="lines+markers",
        name=plain(name),
        line={"color": colour, "width": 2},
        marker={"size": 7},
        hovertemplate="%{y:.4g}",
    )
