"""How a score grows with the rows: measured points, the curve through them, and where it leads."""

import plotly.graph_objects as go

from engine.quality.prospects import Prospect
from webui.charts import BLUE, GREY, LONGEST_SCORE, Words, _figure, plain

BAND = "rgba(74,127,217,0.16)"
WIDTH = {"width": 2, "color": BLUE}


def growth(found: Prospect, title: str, metric: str, t: Words) -> go.Figure:
    """What was measured, with intervals; the curve dashed beyond the rows there are."""
    figure = _figure(
        plain(title, LONGEST_SCORE), x=t("worth.axis_rows"), y=plain(metric, LONGEST_SCORE)
    )
    if found.line:
        _curve(figure, found, t)
    lows, highs = zip(*found.intervals, strict=True)
    figure.add_scatter(
        x=found.rows,
        y=[round(score, 4) for score in found.scores],
        mode="markers",
        name=t("worth.measured"),
        marker={"size": 9, "color": BLUE},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [h - s for h, s in zip(highs, found.scores, strict=True)],
            "arrayminus": [s - low for low, s in zip(lows, found.scores, strict=True)],
            "color": BLUE,
            "thickness": 1.5,
            "width": 4,
        },
        hovertemplate="%{y:.3f}",
    )
    marked = {"line": {"color": GREY, "width": 1.5, "dash": "dot"}}
    now = t("worth.now", rows=found.now)
    figure.add_vline(x=found.now, annotation_text=now, annotation_position="bottom left", **marked)
    figure.update_layout(showlegend=True)
    figure.update_xaxes(rangemode="tozero", tickformat=",d")
    return figure


def _curve(figure: go.Figure, found: Prospect, t: Words) -> None:
    rows, middle, low, high = (list(column) for column in zip(*found.line, strict=True))
    figure.add_scatter(
        x=rows + rows[::-1],
        y=high + low[::-1],
        fill="toself",
        fillcolor=BAND,
        line={"width": 0},
        hoverinfo="skip",
        name=t("worth.band"),
    )
    known = [place for place, at in enumerate(rows) if at <= found.now]
    last = len(known)
    for part, name, dash in (
        (slice(0, last), "worth.fitted", "solid"),
        (slice(max(0, last - 1), None), "worth.guessed", "dash"),
    ):
        figure.add_scatter(
            x=rows[part],
            y=middle[part],
            mode="lines",
            name=t(name),
            line=WIDTH | {"dash": dash},
            hovertemplate="%{y:.3f}",
        )
