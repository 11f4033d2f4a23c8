"""Plotly figures from plain records: counts, lengths, events. Knows no workspace.

Backgrounds are clear and text takes its colour from app.css, so a figure fits light and dark.
Every text from a file goes through `plain`: Plotly reads a little HTML and TeX in its labels.
"""

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from engine.data.statistics import LengthMarks, length_marks
from engine.training.events import Event, followed

Words = Callable[..., str]
"""key and parameters → text in the reader's language"""

BLUE, ORANGE, GREEN, VIOLET, GREY = "#4a7fd9", "#d07f2e", "#2f9b6c", "#8a70d0", "#878d97"
SPLIT_COLOURS = {"train": BLUE, "validation": ORANGE, "test": GREEN}
TYPE_COLOURS = (
    (74, 127, 217),
    (196, 118, 40),
    (47, 155, 108),
    (138, 112, 208),
    (212, 92, 116),
    (40, 145, 165),
    (145, 136, 40),
    (128, 134, 143),
)
"""Red, green and blue of types of entities: the edges of the tints in app.css. Three times as
bright or dark as the ground, in light and dark."""
SPLIT_SHADES = {"train": 0.85, "validation": 0.45, "test": 0.1}
"""How full the bars of a split are where their colour says what type it is."""
GRID = "rgba(128,128,128,0.22)"
FONT = "IBM Plex Sans, PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif"
Counts = Mapping[str, Mapping[str, int]]
MOST_LABELS = 30
_COUNTED = {
    "rows": ("chart_labels", "chart_labels_top", "axis_rows"),
    "entities": ("chart_entities", "chart_entities_top", "axis_entities"),
}
"""What is counted → keys of the title, the title of a part, and the axis."""
FLAG = 0.09
"""Height of a label in a chart 340 pixels high."""
ROOM = 0.7
"""Place of the last label at most: on a narrow page it takes the rest of the width."""
LONGEST_NAME = 28
LONGEST_SCORE = 60
MOST_POINTS = 500

_LEGEND = {
    "orientation": "h",
    "x": 0,
    "xref": "container",
    "y": 0,
    "yref": "container",
    "yanchor": "bottom",
    "traceorder": "normal",
}


def plain(text: str, longest: int = LONGEST_NAME) -> str:
    """`text` as Plotly shows it letter by letter, cut to a length that fits an axis."""
    short = text if len(text) <= longest else text[: longest - 1] + "…"
    return html.escape(" ".join(short.split()), quote=False).replace("$", "＄")


def _figure(title: str, x: str = "", y: str = "", height: int = 320, **layout: Any) -> go.Figure:
    figure = go.Figure()
    title_font = {"size": 15}
    axis = {"gridcolor": GRID, "zerolinecolor": GRID, "linecolor": GRID, "automargin": True}
    figure.update_layout(
        title={
            "text": title,
            "font": {"size": 16},
            "x": 0,
            "xref": "container",
            "y": 0.98,
            "yanchor": "top",
        },
        font={"family": FONT, "size": 15},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 8, "r": 12, "t": 44, "b": 8},
        height=height,
        xaxis=axis | {"title": {"text": x, "font": title_font, "standoff": 8}},
        yaxis=axis | {"title": {"text": y, "font": title_font, "standoff": 8}},
        legend=_LEGEND,
        hovermode="x unified",
        dragmode=False,
        **layout,
    )
    return figure


def label_counts(counts: Counts, t: Words, of: str = "rows") -> go.Figure:
    """Rows of each label in each split, or entities of each type in its colour; the most frequent
    30. The labels of a split stand in the data set's order."""
    totals: dict[str, int] = {}
    for of_split in counts.values():
        for label, count in of_split.items():
            totals[label] = totals.get(label, 0) + count
    labels = sorted(totals, key=lambda label: totals[label], reverse=True)[:MOST_LABELS]
    every, most_frequent, axis = _COUNTED[of]
    title = t(every) if len(totals) <= MOST_LABELS else t(most_frequent, top=MOST_LABELS)
    figure = _figure(title, x=t(axis), height=150 + 30 * max(len(labels), 3), barmode="stack")
    for split, of_split in counts.items():
        figure.add_bar(
            y=list(range(len(labels))),
            x=[of_split.get(label, 0) for label in labels],
            name=t(f"report.split.{split}"),
            orientation="h",
            marker_color=SPLIT_COLOURS[split],
            hovertemplate="%{x:,}",
        )
    if of == "entities":
        _colour_types(figure, list(counts), [list(totals).index(label) for label in labels])
    names = [plain(label) for label in labels]
    figure.update_yaxes(tickvals=list(range(len(labels))), ticktext=names, autorange="reversed")
    figure.update_layout(hovermode="y unified", bargap=0.35)
    return figure


def _colour_types(figure: go.Figure, splits: Sequence[str], types: Sequence[int]) -> None:
    """Each bar in its type's colour, as full as its split has it; the legend in grey."""
    for bars, split in zip(list(figure.data), splits, strict=True):
        colours = [TYPE_COLOURS[place % len(TYPE_COLOURS)] for place in types]
        bars.update(marker=_filled(colours, SPLIT_SHADES[split]), showlegend=False)
        grey = _filled([TYPE_COLOURS[-1]], SPLIT_SHADES[split])
        figure.add_bar(y=[None], x=[None], name=bars.name, orientation="h", marker=grey)


def _filled(colours: Sequence[tuple[int, int, int]], shade: float) -> dict[str, Any]:
    edges = ["rgb({},{},{})".format(*colour) for colour in colours]
    fills = ["rgba({},{},{},{})".format(*colour, shade) for colour in colours]
    return {"color": fills, "line": {"color": edges, "width": 1.5}}


def token_lengths(
    counts: NDArray[np.integer], marks: LengthMarks, cut: int, windows: bool, t: Words
) -> go.Figure:
    """How many tokens the texts have, with the 90/95/99 % marks and the length they are cut at, or
    read at a time where they are read in `windows`."""
    figure = _figure(t("chart_lengths"), x=t("axis_tokens"), y=t("axis_texts"), height=340)
    most = max(min(marks.longest, 4 * max(marks.p99, 1)), cut, 8)
    _histogram(figure, counts, (0, most))
    lines = [("90 %", marks.p90, GREY), ("95 %", marks.p95, GREY), ("99 %", marks.p99, GREY)]
    lines.append((t("chart_window" if windows else "chart_cut"), cut, ORANGE))
    _flags(figure, lines, most)
    return figure


def _flags(figure: go.Figure, marks: Sequence[tuple[str, int, str]], most: int) -> None:
    """A dotted line with a label at each mark: name, place and colour, of bars that reach `most`.

    A label stands right of its line, above the bars, and below those of the marks before it, whose
    lines end at their own labels: however near the marks are, nothing is crossed or covered.
    """
    names: dict[tuple[int, str], list[str]] = {}
    for name, at, colour in marks:
        names.setdefault((at, colour), []).append(name)
    places = sorted(names)
    for row, (at, colour) in enumerate(places):
        top = 1 - FLAG * (row + 0.5)
        line = {"color": colour, "width": 1.5, "dash": "dot"}
        figure.add_shape(type="line", x0=at, x1=at, y0=0, y1=top, yref="paper", line=line)
        figure.add_annotation(
            x=at,
            y=top,
            yref="paper",
            text=f"{_from_to(names[at, colour])}: {at:,}",
            showarrow=False,
            xanchor="left",
            yanchor="middle",
            xshift=2,
        )
    highest = max(map(int, figure.data[0].y), default=0) or 1
    figure.update_yaxes(range=[0, highest / (1 - FLAG * len(places))])
    figure.update_xaxes(range=[0, max(most, places[-1][0] / ROOM)])


def _from_to(names: Sequence[str]) -> str:
    """`90 %`, or `90–99 %` for several."""
    return names[0] if len(names) == 1 else f"{names[0].split()[0]}–{names[-1]}"


def answer_lengths(words: NDArray[np.integer], t: Words) -> go.Figure:
    """How many words the answers have; the longest 1 % count as the last bar."""
    figure = _figure(t("chart_answers"), x=t("axis_words"), y=t("axis_answers"), height=300)
    most = max(length_marks(words).p99 + 1, 8)
    _histogram(figure, words, (0.5, most + 0.5))
    return figure


def _histogram(figure: go.Figure, counts: NDArray[np.integer], ends: tuple[float, float]) -> None:
    """Bars from one end to the other; what lies beyond counts in the last."""
    bins = int(min(40, ends[1] - ends[0]))
    heights, edges = np.histogram(np.minimum(counts, ends[1]), bins=bins, range=ends)
    figure.add_bar(
        x=((edges[:-1] + edges[1:]) / 2).round(1).tolist(),
        y=heights.tolist(),
        width=float(edges[1] - edges[0]) * 0.92,
        marker_color=BLUE,
        showlegend=False,
        hovertemplate="%{y:,}",
    )


def loss_curve(events: Sequence[Event], t: Words) -> go.Figure:
    """Training loss by step, validation loss at each evaluation."""
    figure = _figure(t("chart_loss"), x=t("axis_step"), y=t("axis_loss"))
    steps, measured = _thin(_of("step", events)), _of("evaluation", events)
    _line(figure, steps, [e["loss"] for e in steps], t("report.split.train"), BLUE)
    _line(
        figure,
        measured,
        [e["loss"] for e in measured],
        t("report.split.validation"),
        ORANGE,
        dots=True,
    )
    return figure


def score_curve(events: Sequence[Event], t: Words) -> go.Figure:
    """The task's scores on validation, the best checkpoint, and the untrained model's line."""
    figure = _figure(t("chart_scores"), x=t("axis_step"), y=t("axis_score"))
    before, measured = _of("before", events)[-1:], _of("evaluation", events)
    points = [event | {"step": 0} for event in before] + measured
    scores = followed(events)
    headline, metric = next(iter(scores.items()))
    for (name, said), colour in zip(scores.items(), (BLUE, GREEN, VIOLET), strict=False):
        values = [e["metrics"].get(name) for e in points]
        legend = plain(t(said.key, **said.params), LONGEST_SCORE)
        _line(figure, points, values, legend, colour, dots=True)
    best = [e for e in measured if e.get("best")][-1:]
    if best:
        figure.add_scatter(
            x=[best[0]["step"]],
            y=[best[0]["metrics"].get(headline)],
            mode="markers",
            name=t("chart_best"),
            marker={
                "symbol": "star",
                "size": 15,
                "color": ORANGE,
                "line": {"color": "#ffffff", "width": 1},
            },
            hovertemplate="%{y:.3f}",
        )
    if before and headline in before[0]["metrics"]:
        last = max([e["step"] for e in events if "step" in e], default=1)
        figure.add_scatter(
            x=[0, max(last, 1)],
            y=[before[0]["metrics"][headline]] * 2,
            mode="lines",
            name=plain(t("chart_before", metric=metric), LONGEST_SCORE),
            line={"color": GREY, "dash": "dash", "width": 1.5},
            hovertemplate="%{y:.3f}",
        )
    figure.update_yaxes(range=[0, 1.02])
    return figure


def rate_curve(events: Sequence[Event], t: Words) -> go.Figure:
    """The learning rate by step."""
    figure = _figure(t("chart_rate"), x=t("axis_step"), y=t("axis_rate"), height=240)
    steps = _thin(_of("step", events))
    _line(figure, steps, [e["learning_rate"] for e in steps], t("axis_rate"), VIOLET)
    figure.update_layout(showlegend=False)
    figure.update_yaxes(exponentformat="e", rangemode="tozero")
    return figure


def _of(kind: str, events: Sequence[Event]) -> list[Event]:
    return [event for event in events if event["type"] == kind]


def _thin(events: list[Event]) -> list[Event]:
    """At most MOST_POINTS of them, the newest among them: a long run must stay light to redraw."""
    step = -(-len(events) // MOST_POINTS) or 1
    return events[::-1][::step][::-1]


def _line(
    figure: go.Figure,
    events: Sequence[Event],
    values: Sequence[float | None],
    name: str,
    colour: str,
    dots: bool = False,
) -> None:
    figure.add_scatter(
        x=[event["step"] for event in events],
        y=list(values),
        mode="lines+markers" if dots else "lines",
        name=name,
        line={"color": colour, "width": 2},
        marker={"size": 7},
        hovertemplate="%{y:.4g}",
    )
