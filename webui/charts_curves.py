"""Figures of what probabilities are worth: PR and ROC curves, and the reliability diagram."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from engine.evaluation.curves import Curve, Reliability
from webui.charts import BLUE, GREEN, GREY, ORANGE, Words, _figure, plain

HEIGHT = 380
LONGEST_TITLE = 60
Place = tuple[float, float]
"""Where a decision stands on a curve."""


def precision_recall(
    curve: Curve,
    label: str,
    t: Words,
    decided: Sequence[tuple[str, Place]] = (),
    title: str = "curves.pr_title",
) -> go.Figure:
    """Precision by recall, where chance would be, and where it is decided (name and place)."""
    title = t(title, label=_short(label), area=f"{curve.area:.3f}")
    figure = _square(title, t("report.metric.recall"), t("report.metric.precision"))
    hover = t("curves.pr_hover", x="%{x:.2f}", y="%{y:.2f}", threshold="%{customdata}")
    _step(figure, curve, hover, t("curves.model"))
    chance = curve.true / curve.rows
    _dashed(figure, (0, 1), (chance, chance), t("curves.chance", share=f"{chance:.3f}"))
    for (name, place), colour in zip(decided, (ORANGE, GREEN), strict=False):
        _mark(figure, name, place, colour)
    return figure


def roc(curve: Curve, label: str, t: Words, decided: Sequence[tuple[str, Place]] = ()) -> go.Figure:
    """True positive rate by false positive rate, and chance."""
    title = t("curves.roc_title", label=_short(label), area=f"{curve.area:.3f}")
    figure = _square(title, t("curves.false_rate"), t("curves.true_rate"))
    hover = t("curves.roc_hover", x="%{x:.3f}", y="%{y:.2f}", threshold="%{customdata}")
    _step(figure, curve, hover, t("curves.model"))
    _dashed(figure, (0, 1), (0, 1), t("curves.coin"))
    for name, place in decided:
        _mark(figure, name, place, ORANGE)
    return figure


def reliability(before: Reliability, after: Reliability | None, t: Words) -> go.Figure:
    """How often what was said with a probability is true, and how many there are of each."""
    figure = _square(t("curves.reliability_title"), t("curves.said"), t("curves.found"))
    _dashed(figure, (0, 1), (0, 1), t("curves.honest"))
    shown = [(before, t("curves.as_it_is", error=f"{before.error:.3f}"), BLUE)]
    if after:
        shown.append((after, t("curves.scaled", error=f"{after.error:.3f}"), GREEN))
    for found, name, colour in shown:
        held = found.counts > 0
        figure.add_scatter(
            x=found.said[held].tolist(),
            y=found.found[held].tolist(),
            customdata=[f"{count:,}" for count in found.counts[held]],
            mode="lines+markers",
            name=name,
            line={"color": colour, "width": 2},
            marker={"size": _sizes(found.counts[held])},
            hovertemplate=t(
                "curves.reliability_hover", x="%{x:.2f}", y="%{y:.2f}", rows="%{customdata}"
            ),
        )
    return figure


def _short(label: str) -> str:
    return plain(label, LONGEST_TITLE)


def _square(title: str, x: str, y: str) -> go.Figure:
    figure = _figure(title, x=x, y=y, height=HEIGHT)
    figure.update_xaxes(range=[-0.02, 1.02])
    figure.update_yaxes(range=[-0.02, 1.04])
    figure.update_layout(hovermode="closest")
    return figure


def _step(figure: go.Figure, curve: Curve, hover: str, name: str) -> None:
    figure.add_scatter(
        x=curve.x.round(4).tolist(),
        y=curve.y.round(4).tolist(),
        customdata=[f"{value:.3g}" if np.isfinite(value) else "—" for value in curve.thresholds],
        mode="lines",
        name=name,
        line={"color": BLUE, "width": 2},
        hovertemplate=hover,
    )


def _dashed(figure: go.Figure, x: Place, y: Place, name: str) -> None:
    line = {"color": GREY, "dash": "dash", "width": 1.5}
    figure.add_scatter(x=list(x), y=list(y), mode="lines", name=name, line=line, hoverinfo="skip")


def _mark(figure: go.Figure, name: str, place: Place, colour: str) -> None:
    marker = {"size": 13, "color": colour, "line": {"color": "#ffffff", "width": 1}}
    figure.add_scatter(
        x=[place[0]],
        y=[place[1]],
        mode="markers",
        name=name,
        marker=marker,
        hovertemplate="%{x:.2f}, %{y:.2f}",
    )


def _sizes(counts: NDArray[np.int64]) -> list[float]:
    """Of the dots: the more behind one, the larger; the smallest can still be seen."""
    share = np.sqrt(counts / max(1, counts.max()))
    return (5 + 9 * share).round(1).tolist()
