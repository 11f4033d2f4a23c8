"""The map of a data set in HTML: its points packed for assets/map.js, what the colours mean, and
the text under the pointer."""

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.quality.maps import Map
from webui.charts import SPLIT_COLOURS, TYPE_COLOURS, Words
from webui.html import Html, button, join, tag

LEFT_OUT = 255
"""Code of a point without a colour of its own, which stands behind the others."""
COLOURS = ["rgb({},{},{})".format(*colour) for colour in TYPE_COLOURS[:-1]]
GREY = "rgb({},{},{})".format(*TYPE_COLOURS[-1])
LONGEST = 600
"""Characters of a text that are shown."""
SCRIPT = """
if (window.textMap) {
  const again = window.textMap(element, trigger);
  watch('value', again);
}
"""


@dataclass(frozen=True)
class Painted:
    """What colour every point has, and what that means."""

    codes: NDArray[np.uint8]
    """(points,); LEFT_OUT, or a place in `names`."""
    names: Sequence[str]
    colours: Sequence[str]
    """As CSS has them, one a name."""


def by_group(groups: Sequence[str], names: Mapping[str, str], colours: Sequence[str]) -> Painted:
    """Points of one group in one colour, the largest groups first; the rest is grey, by its name
    where it is one group. `names`: what a group is called in the legend; one that is not in it is
    of the rest."""
    sizes = Counter(group for group in groups if group in names)
    alone = len(sizes) == len(colours) + 1 and len(sizes) == len(set(groups))
    colours = [*colours, GREY] if alone else colours
    shown = [group for group, _ in sizes.most_common(len(colours))]
    code = {group: place for place, group in enumerate(shown)}
    codes = np.array([code.get(group, LEFT_OUT) for group in groups], dtype=np.uint8)
    return Painted(codes, [names[group] for group in shown], colours[: len(shown)])


def by_split(splits: Sequence[str], t: Words) -> Painted:
    names = {split: t(f"report.split.{split}") for split in SPLIT_COLOURS}
    code = {split: place for place, split in enumerate(names)}
    codes = np.array([code[split] for split in splits], dtype=np.uint8)
    return Painted(codes, list(names.values()), list(SPLIT_COLOURS.values()))


def canvas(drawn: Map, painted: Painted, t: Words) -> Html:
    """The points, a colour each, and the legend."""
    numbers = np.round(drawn.places.T * 65535).astype("<u2")
    packed = base64.b64encode(numbers.tobytes() + painted.codes.tobytes()).decode()
    field = tag(
        "div",
        tag("canvas"),
        class_="ts-map",
        role="img",
        aria_label=t("map.about", rows=len(drawn.row_ids)),
        data_points=packed,
        data_colours=";".join(painted.colours),
    )
    return join([_legend(painted, t), field])


def _legend(painted: Painted, t: Words) -> Html:
    counts = Counter(painted.codes.tolist())
    items = [
        _entry(t("map.entry", name=name, rows=counts[place]), colour)
        for place, (name, colour) in enumerate(zip(painted.names, painted.colours, strict=True))
    ]
    if counts[LEFT_OUT]:
        items.append(_entry(t("map.entry", name=t("map.rest"), rows=counts[LEFT_OUT]), GREY))
    return tag("div", *items, class_="ts-map-legend")


def _entry(words: str, colour: str) -> Html:
    return tag("span", tag("i", style=f"background: {colour}"), words)


def hint(by_labels: bool, t: Words) -> Html:
    """How the map is read; what a colour says of a point only where colours show labels."""
    more = [" ", t("map.hint_labels")] if by_labels else []
    return tag("div", tag("p", t("map.hint"), *more, class_="ts-why"), class_="ts-map-said")


def row(row_id: int, split: str, labels: Sequence[str], text: str, t: Words) -> Html:
    """One text, as the pointer finds it."""
    told = [t("row_of", row=row_id), t(f"report.split.{split}")]
    short = text if len(text) <= LONGEST else text[:LONGEST] + " …"
    return tag(
        "div",
        tag("p", tag("b", ", ".join(labels)), " ", tag("span", " · ".join(told), class_="ts-soft")),
        tag("p", short),
        class_="ts-map-said",
    )


def caught(rows: int, chosen: str, labels: Mapping[str, int], t: Words) -> Html:
    """How many rows a lasso caught, of which labels, and the way to them."""
    if not rows:
        return tag("div", tag("p", t("map.caught_none"), class_="ts-why"), class_="ts-map-said")
    most = sorted(labels.items(), key=lambda pair: -pair[1])[:6]
    listed = " · ".join(t("map.entry", name=name, rows=count) for name, count in most)
    return tag(
        "div",
        tag("p", tag("b", t("map.caught", rows=rows)), " ", tag("span", listed, class_="ts-soft")),
        tag("p", button(t("map.see", rows=rows), "see", id=chosen, kind="ts-strong")),
        class_="ts-map-said",
    )
