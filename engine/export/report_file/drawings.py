"""Small drawings in SVG, from plain numbers: curves, bars with their intervals, a matrix.

Lighter by far than a chart library, and they print. Every text goes through `engine.markup`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.markup import Html, join, tag

BLUE, ORANGE, GREY, RED = "#2f5fc4", "#b8651b", "#8a9099", "#b3262e"
WIDTH, HEIGHT = 460, 220
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 10, 34
MOST_POINTS = 300
LONGEST_NAME = 34

Points = Sequence[tuple[float, float | None]]
Place = Callable[[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Series:
    """A line of a chart."""

    name: str
    points: Points
    colour: str
    dots: bool = False


def curves(title: str, series: Sequence[Series], x: str, y: str = "") -> Html:
    """Lines with a legend; nothing where there is nothing to draw. `y` where the title does not say
    it."""
    drawn = [_thin(one) for one in series if any(value is not None for _, value in one.points)]
    known = [(at, v) for one in drawn for at, v in one.points if v is not None and math.isfinite(v)]
    if not known:
        return Html("")
    right = max(at for at, _ in known) or 1
    ticks = _ticks(min(0.0, *(v for _, v in known)), max(v for _, v in known))
    low, high = ticks[0], ticks[-1]

    def place(at: float, value: float) -> tuple[float, float]:
        across = LEFT + (WIDTH - LEFT - RIGHT) * at / right
        return across, TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    parts = [_rule(place(0, value)[1], value) for value in ticks]
    for at in (0, right / 2, right):
        across, _ = place(at, low)
        parts.append(
            _text(across, HEIGHT - BOTTOM + 15, _tick(at), "middle" if at < right else "end")
        )
    parts.append(_text((LEFT + WIDTH) / 2, HEIGHT - 3, x, "middle"))
    parts += [_line(one, place) for one in drawn]
    picture = _svg(WIDTH, HEIGHT, title, *parts)
    legend = [
        tag("span", tag("i", style=f"background:{one.colour}"), one.name, class_="key")
        for one in drawn
    ]
    upward = tag("span", y, class_="upward") if y else None
    return tag("figure", tag("figcaption", title, upward), picture, tag("p", *legend))


@dataclass(frozen=True)
class Bar:
    """A share with its interval."""

    name: str
    value: float
    low: float
    high: float
    told: str


def bars(title: str, rows: Sequence[Bar], mean: float | None = None) -> Html:
    """Shares from 0 to 1, one below the other, each with its interval; `mean` as a line."""
    if not rows:
        return Html("")
    left, right, high = 190, 120, 22
    width = WIDTH * 1.5
    scale = width - left - right
    parts: list[Html] = []
    for place, row in enumerate(rows):
        y = place * high
        middle = y + high / 2
        parts += [
            _text(left - 8, middle + 4, _short(row.name), "end"),
            tag("rect", x=left, y=y + 4, width=_n(scale * row.value), height=high - 8, fill=BLUE),
            tag(
                "path",
                d=f"M{_n(left + scale * row.low)} {middle}H{_n(left + scale * row.high)}"
                f"M{_n(left + scale * row.low)} {middle - 4}v8"
                f"M{_n(left + scale * row.high)} {middle - 4}v8",
                stroke="#1e2126",
                fill="none",
            ),
            _text(left + scale + 8, middle + 4, row.told, "start"),
        ]
    bottom = len(rows) * high
    if mean is not None:
        across = _n(left + scale * mean)
        parts.append(
            tag("path", d=f"M{across} 0V{bottom}", stroke=RED, stroke_dasharray="3 3", fill="none")
        )
    picture = _svg(width, bottom + 4, title, *parts)
    return tag("figure", tag("figcaption", title), picture, class_="wide")


def matrix(title: str, labels: Sequence[str], counts: Sequence[Sequence[int]], said: str) -> Html:
    """What was taken for what, as a table: true labels down, numbers of the same labels across."""
    head = tag("tr", tag("th", said), *(tag("th", i, class_="n") for i in _numbers(labels)))
    rows = []
    for place, (label, row) in enumerate(zip(labels, counts, strict=True)):
        total = max(sum(row), 1)
        cells = (_cell(count, count / total, place == other) for other, count in enumerate(row))
        rows.append(tag("tr", tag("th", f"{place + 1} {_short(label)}"), *cells))
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_="matrix")
    return tag("figure", tag("figcaption", title), table, class_="wide")


def _cell(count: int, share: float, right: bool) -> Html:
    colour = "47, 95, 196" if right else "179, 38, 46"
    style = f"background:rgba({colour}, {_n(0.75 * share)})" if count else None
    dark = "n light" if share > 0.75 else "n"
    return tag("td", f"{count:,}" if count else "", class_=dark, style=style)


def _numbers(labels: Sequence[str]) -> range:
    return range(1, len(labels) + 1)


def _svg(width: float, height: float, title: str, *parts: Html) -> Html:
    return tag(
        "svg",
        tag("title", title),
        *parts,
        viewBox=f"0 0 {_n(width)} {_n(height)}",
        role="img",
        style=f"max-width:{_n(width)}px",
    )


def _rule(y: float, value: float) -> Html:
    line = tag("path", d=f"M{LEFT} {_n(y)}H{WIDTH - RIGHT}", stroke="#dcdcd8", fill="none")
    return join([line, _text(LEFT - 6, y + 4, f"{value:g}", "end")])


def _text(x: float, y: float, words: str, anchor: str) -> Html:
    return tag("text", words, x=_n(x), y=_n(y), text_anchor=anchor)


def _line(one: Series, place: Place) -> Html:
    known = [place(at, value) for at, value in one.points if value is not None]
    path = "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in known)
    line = tag("path", d=path, stroke=one.colour, stroke_width="1.8", fill="none")
    dots = [tag("circle", cx=_n(x), cy=_n(y), r="3", fill=one.colour) for x, y in known]
    return join([line, *(dots if one.dots or len(known) == 1 else [])])


def _thin(one: Series) -> Series:
    step = -(-len(one.points) // MOST_POINTS) or 1
    return Series(one.name, list(one.points)[::-1][::step][::-1], one.colour, one.dots)


def _ticks(low: float, high: float) -> list[float]:
    """Four to seven round numbers that take in both."""
    span = max(high - low, 1e-9)
    rough = 10 ** math.floor(math.log10(span / 4))
    step = next(rough * f for f in (1, 2, 5, 10) if span / (rough * f) <= 6)
    first = math.floor(low / step)
    return [round(i * step, 10) for i in range(first, math.ceil(high / step) + 1)] or [0.0, 1.0]


def _tick(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST_NAME else flat[: LONGEST_NAME - 1] + "…"


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
