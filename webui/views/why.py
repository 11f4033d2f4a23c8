"""Why a label is given, in HTML: the words it rests on, and the training texts like it.

What speaks for a label has a solid line below it and what speaks against it a dashed one, the more
the thicker, and the strongest words have their share beside them: no colour is needed.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from webui.charts import Words
from webui.html import Html, bar, fold, join, note, tag
from webui.progress import duration

if TYPE_CHECKING:  # torch takes seconds
    from engine.inference.attribution import Explanation
    from engine.inference.similar import Neighbour

SEEN = 0.02
"""Share of all influence from which on a word is marked."""
NAMED = 4
"""Words for and words against that are named, and that have their share beside them."""
CLIPPED = 60


def words(
    texts: Sequence[str],
    line: int,
    found: "Explanation",
    labels: Sequence[str],
    t: Words,
) -> Html:
    """One text with its words marked, and what the marks mean."""
    text = texts[line]
    marked = tag("p", *_marked(text, found), class_="ts-marked ts-kept", dir="auto")
    cut = None
    if text[found.read :].strip():
        cut = note("warning", t("explain.cut"))
    percent = {"now": _percent(found.probability), "hidden": _percent(found.hidden)}
    method = tag("p", t("explain.method"), class_="ts-why")
    return tag(
        "section",
        tag("div", tag("h3", t("explain.title")), _choice("label", _labels(labels, found), t),
            _choice("line", _lines(texts, line), t), class_="ts-line"),
        tag("p", t("explain.from_to", label=found.label, **percent)),
        marked,
        cut,
        tag("p", _legend(t)),
        tag("ul", *(tag("li", told) for told in _strongest(text, found, t)), class_="ts-list"),
        fold(t("explain.how"), method),
        class_="ts-explained",
    )  # fmt: skip


def _labels(labels: Sequence[str], found: "Explanation") -> list[tuple[str, str, bool]]:
    return [(label, label, label == found.label) for label in labels]


def _lines(texts: Sequence[str], line: int) -> list[tuple[str, str, bool]]:
    return [(str(place), _clipped(text), place == line) for place, text in enumerate(texts)]


def _clipped(text: str) -> str:
    return text if len(text) <= CLIPPED else text[: CLIPPED - 1] + "…"


def _choice(name: str, choices: Sequence[tuple[str, str, bool]], t: Words) -> Html | None:
    """(value, words, whether it is chosen); nothing to choose from one."""
    if len(choices) < 2:
        return None
    options = (tag("option", told, value=value, selected=on) for value, told, on in choices)
    told = t(f"explain.choose_{name}")
    return tag("select", *options, class_="ts-select", data_act=name, aria_label=told)


def _marked(text: str, found: "Explanation") -> Iterator[Html | str]:
    """The text, cut at its words."""
    ranked = sorted(map(abs, found.shares), reverse=True)[: 2 * NAMED]
    told, most = (ranked[-1], ranked[0]) if ranked else (0.0, 1.0)
    at = 0
    for word, share in zip(found.words, found.shares, strict=True):
        yield text[at : word.start]
        at = word.end
        size = abs(share)
        if size < SEEN:
            yield text[word.start : word.end]
            continue
        beside = tag("sub", _points(share)) if size >= told else None
        yield tag(
            "mark",
            tag("bdi", text[word.start : word.end]),
            beside,
            class_="ts-for" if share > 0 else "ts-against",
            style=f"--weight:{size / (most or 1):.2f}",
            title=_points(share),
        )
    yield text[at : found.read]
    yield tag("span", text[found.read :], class_="ts-soft")


def _legend(t: Words) -> Html:
    signs = (
        tag("mark", t(f"explain.{name}"), class_=f"ts-{name}", style="--weight:0.6")
        for name in ("for", "against")
    )
    return join(signs, " · ")


def _strongest(text: str, found: "Explanation", t: Words) -> Iterator[str]:
    """The words that weigh most, for and against, as sentences."""
    pairs = zip(found.words, found.shares, strict=True)
    shares = [(share, text[word.start : word.end]) for word, share in pairs]
    for name, sign in (("most_for", 1), ("most_against", -1)):
        those = sorted(
            (each for each in shares if sign * each[0] >= SEEN), key=lambda e: -abs(e[0])
        )
        if those:
            named = [t("explain.with_share", word=word, share=_points(share))
                     for share, word in those[:NAMED]]  # fmt: skip
            yield t(f"explain.{name}", words=named)


def _points(share: float) -> str:
    return f"{100 * share:+.0f} %".replace("-", "−")


def _percent(probability: float) -> str:
    return f"{100 * probability:.1f} %"


def reading(done: int, of: int, seconds: float, t: Words) -> Html:
    """How far the training texts have been read."""
    told = t("explain.reading", done=done, texts=of)
    rate = done / seconds
    left = t("errands.rate", rate=f"{rate:,.0f}", left=duration((of - done) / rate))
    filled = bar(done / of, label=told, role="progressbar")
    return tag("section", filled, tag("p", f"{told} · {left}", class_="ts-why"), role="status")


def similar(near: "Sequence[Neighbour]", of: int, t: Words) -> Html:
    """The training texts most like a text, with their labels."""
    if not near:
        return note("info", t("explain.no_training_texts"))
    lines = (
        tag(
            "li",
            tag("p", each.row["text"], class_="ts-clip", dir="auto"),
            tag(
                "p",
                tag("b", ", ".join(each.row["labels"]) or t("no_label")),
                " · ",
                t("explain.alike", likeness=f"{each.similarity:.2f}"),
                class_="ts-soft",
            ),
        )
        for each in near
    )
    return tag(
        "section",
        tag("h3", t("explain.similar_title")),
        tag("p", t("explain.similar_about", texts=of), class_="ts-why"),
        tag("ul", *lines, class_="ts-similar"),
    )
