"""Mentions in a text: the errors by kind and in their text, and what was found in an answer."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.evaluation.predicted import Predicted
from engine.tasks.token_labels import ERRORS, Span, SpanError, compare, to_spans
from webui.charts import Words
from webui.html import Html, join, number_cell, table, tag
from webui.views.entities import tint, type_name
from webui.views.marking import FOUND, TRUE, Mark, marked
from webui.views.shapes.base import Asked, Look, Row, Said, Shape, choice, percent, some

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

    def details(self, look: Look, t: Words) -> Html:
        """The kinds of error, and the errors of the chosen kind or all of them."""
        if not sum(look.figures["errors"].values()):
            return tag("p", t("errors_none", mentions=look.figures["mentions"]))
        look = replace(look, pick=look.pick if look.pick in ERRORS else "")
        every, types = _errors(look.read()), look.report.labels
        lines = [line for line in every if look.pick in ("", line.error.kind)]
        return join(
            [
                tag("h3", t("errors_title")),
                _kinds(Counter(line.error.kind for line in every), look, t),
                _legend(t),
                some(lines, lambda line: _line(line, types, t), look, t),
            ]
        )

    def truth(self, row: Row, t: Words) -> str:
        spans = to_spans(row["starts"], row["ends"], row["tags"])
        if not spans:
            return t("example_no_mentions")
        told = [
            t("mention", words=row["text"][span.start : span.end], label=span.label)
            for span in spans[:TOLD]
        ]
        return t("example_mentions", mentions=[*told, *(["…"] if len(spans) > TOLD else [])])

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


class _Line(NamedTuple):
    """One error with the row it stands in."""

    error: SpanError
    row_id: int
    text: str
    truth: list[Span]
    decided: list[Span]


@lru_cache(maxsize=2)
def _errors(predicted: Predicted) -> list[_Line]:
    found = predicted.predictions
    rows = zip(predicted.row_ids, predicted.rows["text"], found.truth, found.decided, strict=True)
    return [_Line(error, *row) for row in rows for error in compare(row[2], row[3])]


def _kinds(times: Counter[str], look: Look, t: Words) -> Html:
    head = (t("error_kind"), tag("th", t("error_times"), class_="ts-number"), t("error_means"))
    rows = (
        (
            choice(t(f"report.error.{kind}"), kind, look),
            number_cell(f"{times[kind]:,}"),
            t(f"error_{kind}"),
        )
        for kind in ERRORS
    )
    every = (
        choice(t("error_every"), "", look),
        number_cell(f"{times.total():,}"),
        t("error_mentions", mentions=look.figures["mentions"]),
    )
    return table(head, (*rows, every), "ts-table ts-kinds")


def _legend(t: Words) -> Html:
    signs = (
        tag("mark", t(f"legend_{kind}"), class_=f"ts-mark ts-{kind} ts-mark-key")
        for kind in (TRUE, FOUND)
    )
    return tag("p", join(signs, " · "), class_="ts-why")


def _line(line: _Line, types: Sequence[str], t: Words) -> Html:
    kind = tag("b", t(f"report.error.{line.error.kind}"))
    row = tag("span", t("row_of", row=line.row_id), class_="ts-soft")
    truth = [line.error.truth] if line.error.truth else []
    told = {"true": _words(line.text, truth, t), "found": _words(line.text, line.error.decided, t)}
    return tag(
        "article",
        tag("p", kind, " ", row),
        tag("p", marked(line.text, _marks(line, types, t), AROUND), class_="ts-marked", dir="auto"),
        tag("p", t("error_words", **told), class_="ts-why"),
        class_="ts-line-item",
    )


def _words(text: str, spans: Sequence[Span], t: Words) -> list[str]:
    told = [t("mention", words=_clipped(text, span), label=span.label) for span in spans]
    return told or [t("error_nothing")]


def _clipped(text: str, span: Span) -> str:
    words = " ".join(text[span.start : span.end].split())
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"


def _marks(line: _Line, types: Sequence[str], t: Words) -> list[Mark]:
    """Those of the error with their type, told apart where there are two, and the row's other
    mentions with lines alone."""
    own = {span.key for span in (line.error.truth, *line.error.decided) if span}
    alike = len({label for _, _, label in own}) == 1
    kinds: dict[tuple[int, int, str], list[str]] = {}
    for kind, spans in ((TRUE, line.truth), (FOUND, line.decided)):
        for span in spans:
            kinds.setdefault(span.key, []).append(kind)
    marks = []
    for key, found in kinds.items():
        start, end, label = key
        name = label if alike else t(f"mark_{found[0]}", label=label)
        strong = key in own
        colour = tint(label, types)
        marks.append(Mark(start, end, tuple(found), name if strong else "", strong, colour))
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
