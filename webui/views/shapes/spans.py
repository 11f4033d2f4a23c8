"""Mentions in a text: what is true and what was found, with the errors, and those of an answer."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.evaluation.rows import SplitRows
from engine.tasks.token_labels import Span, SpanError, compare, to_spans
from webui.charts import Words
from webui.html import Html, join, number_cell, table, tag
from webui.views.entities import tint, type_name
from webui.views.marking import FOUND, TRUE, Mark, in_text, marked
from webui.views.shapes.base import Asked, Result, Row, Said, Shape, Told, percent

if TYPE_CHECKING:  # torch takes seconds
    from engine.inference.predictor import Predictor

AROUND = 90
"""Characters shown on both sides of an error."""
TOLD = 4
"""True mentions an example names."""
NO_BREAK = "\u00a0"
LONGEST = 160
"""Characters of a mention's words below its error."""


@dataclass(frozen=True)
class SpansSaid(Said):
    types: tuple[str, ...]
    found: tuple[tuple[Span, ...], ...]


class Spans(Shape[SpansSaid]):
    name = "spans"

    def result(self, found: Result, t: Words) -> Told:
        """The text with what is true and what was found, and each error in words."""
        said, text = found.rows.said.predictions, found.cells["text"]
        truth, decided = said.truth[found.place], said.decided[found.place]
        errors = compare(truth, decided)
        marks = _marks(truth, decided, errors, found.rows.task.labels, t)
        told = (_told(each, text, t) for each in errors)
        return Told(join([in_text(text, marks, AROUND, t), *told]))

    def legend(self, rows: SplitRows, t: Words) -> Html:
        """How what is true and what was found are told apart."""
        signs = (
            tag("mark", t(f"legend_{kind}"), class_=f"ts-mark ts-{kind} ts-mark-key")
            for kind in (TRUE, FOUND)
        )
        return tag("p", join(signs, " · "), class_="ts-why")

    def truth(self, row: Row, t: Words) -> str:
        spans = to_spans(row["starts"], row["ends"], row["tags"])
        if not spans:
            return t("example_no_mentions")
        told = [
            t("mention", words=row["text"][span.start : span.end], label=span.label)
            for span in spans[:TOLD]
        ]
        return t("example_mentions", mentions=[*told, *(["…"] if len(spans) > TOLD else [])])

    def parts(self, row: Row, t: Words) -> dict[Hashable, str]:
        spans = to_spans(row["starts"], row["ends"], row["tags"])
        return {span.key: told for span in spans for told in _words(row["text"], [span], t)}

    def said(self, predictor: "Predictor", predictions: Any) -> SpansSaid:
        found = tuple(tuple(row) for row in predictions.decided)
        return SpansSaid(predictor.task.labels, found)

    def verdict(self, asked: Asked[SpansSaid], row: int) -> tuple[str, ...]:
        text, found = asked.texts[row], asked.said.found[row]
        return tuple(f"{text[span.start : span.end]} ({span.label})" for span in found)

    def answers(
        self, asked: Asked[SpansSaid], t: Words, beside: Asked[SpansSaid] | None = None
    ) -> Html:
        """The text with its mentions marked, and a table of them."""
        return join(
            _answer(text, found, asked.said.types, t)
            for text, found in zip(asked.texts, asked.said.found, strict=True)
        )


def _told(error: SpanError, text: str, t: Words) -> Html:
    truth = [error.truth] if error.truth else []
    told = {"true": _words(text, truth, t), "found": _words(text, error.decided, t)}
    kind = tag("b", t(f"report.error.{error.kind}"))
    return tag("p", kind, " · ", t("error_words", **told), class_="ts-why")


def _words(text: str, spans: Sequence[Span], t: Words) -> list[str]:
    told = [t("mention", words=_clipped(text, span), label=span.label) for span in spans]
    return told or [t("error_nothing")]


def _clipped(text: str, span: Span) -> str:
    words = " ".join(text[span.start : span.end].split())
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"


def _marks(
    truth: Sequence[Span],
    decided: Sequence[Span],
    errors: Sequence[SpanError],
    types: Sequence[str],
    t: Words,
) -> list[Mark]:
    """Those of the errors with their type, told apart where there are two, and the row's other
    mentions with lines alone; without any error all with their type."""
    named: dict[tuple[int, int, str], bool] = {}
    for error in errors:
        own = [span for span in (error.truth, *error.decided) if span]
        alike = len({span.label for span in own}) == 1
        named |= {span.key: alike for span in own}
    if not errors:
        named = dict.fromkeys([span.key for span in truth], True)
    kinds: dict[tuple[int, int, str], list[str]] = {}
    for kind, spans in ((TRUE, truth), (FOUND, decided)):
        for span in spans:
            kinds.setdefault(span.key, []).append(kind)
    marks = []
    for key, of_kind in kinds.items():
        start, end, label = key
        name = ""
        if key in named:
            name = label if named[key] else t(f"mark_{of_kind[0]}", label=label)
        marks.append(Mark(start, end, tuple(of_kind), name, key in named, tint(label, types)))
    return marks


def _answer(text: str, found: Sequence[Span], types: Sequence[str], t: Words) -> Html:
    marks = [
        Mark(
            span.start,
            span.end,
            (FOUND,),
            f"{span.label} {percent(span.score)}".replace(" ", NO_BREAK),
            tint=tint(span.label, types),
        )
        for span in found
    ]
    shown = tag("p", marked(text, marks), class_="ts-marked ts-kept", dir="auto")
    if not found:
        return tag(
            "article", tag("p", t("no_mentions"), class_="ts-soft"), shown, class_="ts-answer"
        )
    head = (
        t("mention_type"),
        t("mention_words"),
        tag("th", t("mention_start"), class_="ts-number"),
        tag("th", t("mention_end"), class_="ts-number"),
        tag("th", t("mention_sure"), class_="ts-number"),
    )
    rows = (
        (
            type_name(span.label, types),
            text[span.start : span.end],
            number_cell(span.start),
            number_cell(span.end),
            number_cell(percent(span.score)),
        )
        for span in found
    )
    listed = table(head, rows, "ts-table ts-mentions")
    places = tag("p", t("mention_places"), class_="ts-why")
    return tag("article", shown, listed, places, class_="ts-answer")
