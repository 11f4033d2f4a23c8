"""How the truth of a row looks on the data tab: one class a shape, and the registry of them."""

from abc import ABC
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from engine.data.importing import Inspection
from webui import charts
from webui.charts import Counts, Words
from webui.html import Html, escape, join, tag
from webui.views.entities import Marked, entities, marked_text, tint, type_name
from webui.views.marking import FOUND, TRUE, Mark, marked

EXAMPLES = 6
_LOOKED_THROUGH = 200
_SHOWN_AROUND = 220
"""Characters of a context on either side of its answer."""
_IN_CARD = 420
"""Characters of a text that a finding's card shows."""
_LONGEST = 900
"""Characters of a text that is shown whole."""
Row = Mapping[str, Any]
Place = tuple[int, int, str]
"""Characters of a text, from and to, and the type they should perhaps have."""
WordCounts = Callable[[], NDArray[np.integer]]


class Look(ABC):
    """What the data tab shows of one shape."""

    shape: ClassVar[str]
    rows: ClassVar[int] = 6
    """Rows of the file that are shown as they stand there."""
    roles: ClassVar[Mapping[str, str]] = {}
    """Roles that are called otherwise here: role → key of its name."""
    counted: ClassVar[str] = "labels_count"
    """Key of how many labels there are."""
    shared: ClassVar[str] = "split_by_ratios"
    """Key of how rows are shared out among the splits."""
    capped: ClassVar[str] = "caps"
    """Key of what the most rows to keep are rows of."""

    def examples(self, inspection: Inspection, t: Words) -> Html:
        """Some rows as they will be saved."""
        return escape("")

    def name(self, label: str, labels: Sequence[str]) -> Html:
        """A label among its counts."""
        return escape(label)

    def saved(self, row: Row, labels: Sequence[str], longest: int) -> Html:
        """A saved row: about `longest` characters of its text, with what is marked in it."""
        return escape(_short(row["text"], longest))

    def found(self, row: Row, labels: Sequence[str], places: Sequence[Place], t: Words) -> Html:
        """A row of a finding, with the places in its text that it is about."""
        return tag("p", self.saved(row, labels, _IN_CARD), class_="ts-clip", dir="auto")

    def marks(self, row: Row, labels: Sequence[str]) -> list[Mark]:
        """What is marked in the text of a saved row, as far as that is its truth."""
        return []

    def truth(self, row: Row) -> tuple[str, ...]:
        """What is right for a saved row."""
        return tuple(row["labels"])

    def chart(self, counts: Counts, answers: WordCounts, t: Words) -> go.Figure:
        """What there is to learn, as a picture. `answers` gives the words of each answer."""
        return charts.label_counts(counts, t)


class Labels(Look):
    shape = "labels"


class Spans(Look):
    shape = "spans"
    rows = 3
    roles: ClassVar[Mapping[str, str]] = {"label": "role_label_spans"}
    counted = "types_count"
    shared = "split_by_ratios_spans"
    capped = "caps_spans"

    def examples(self, inspection: Inspection, t: Words) -> Html:
        rows = _first(inspection, ("text", "starts", "ends", "tags"))
        texts = (
            tag("p", marked_text(Marked(*row), inspection.labels, _LONGEST), dir="auto")
            for row in rows
        )
        return _as_saved([tag("div", text, class_="ts-saved-row") for text in texts], t)

    def name(self, label: str, labels: Sequence[str]) -> Html:
        return type_name(label, labels)

    def saved(self, row: Row, labels: Sequence[str], longest: int) -> Html:
        return marked_text(
            Marked(row["text"], row["starts"], row["ends"], row["tags"]), labels, longest
        )

    def found(self, row: Row, labels: Sequence[str], places: Sequence[Place], t: Words) -> Html:
        if not places:
            return super().found(row, labels, places, t)
        marks = self.marks(row, labels)
        marks += [
            Mark(start, end, (FOUND,), t("problems.rather", names=name), tint=tint(name, labels))
            for start, end, name in places
        ]
        around = None if len(row["text"]) <= _IN_CARD else _SHOWN_AROUND // 2
        shown = marked(row["text"], marks, around)
        return tag("p", shown, class_="ts-clip ts-marked", dir="auto")

    def marks(self, row: Row, labels: Sequence[str]) -> list[Mark]:
        saved = Marked(row["text"], row["starts"], row["ends"], row["tags"])
        return [
            Mark(start, end, (TRUE,), name, strong=False, tint=tint(name, labels))
            for start, end, name in entities(saved)
        ]

    def chart(self, counts: Counts, answers: WordCounts, t: Words) -> go.Figure:
        return charts.label_counts(counts, t, "entities")


class Answers(Look):
    shape = "answers"
    rows = 3
    roles: ClassVar[Mapping[str, str]] = {"label": "role_label_answers"}
    shared = "split_by_ratios_answers"
    capped = "caps_answers"

    def examples(self, inspection: Inspection, t: Words) -> Html:
        names = ("text", "question", "answers", "answer_starts")
        return _as_saved([_answered(t, *row) for row in _first(inspection, names)], t)

    def saved(self, row: Row, labels: Sequence[str], longest: int) -> Html:
        question = row["question"]
        asked = tag("b", question, class_="ts-asked") if question else None
        start, end = _place(question, row["answers"], row["answer_starts"])
        around = longest if len(row["text"]) <= longest else longest // 2
        return join([asked, _around(row["text"], start, end, around)])

    def found(self, row: Row, labels: Sequence[str], places: Sequence[Place], t: Words) -> Html:
        """The answer stands below, as it need not be in the text."""
        question, answers = row["question"], row["answers"]
        asked = tag("p", question, class_="ts-question", dir="auto") if question else None
        place = _place(question, answers, row["answer_starts"])
        text = tag("p", _around(row["text"], *place, _IN_CARD // 4), class_="ts-clip", dir="auto")
        given = tag("bdi", _short(" | ".join(answers)) or "–")
        answer = tag("p", tag("span", t("answer_is"), class_="ts-label"), " ", given)
        return join([asked, text, answer])

    def truth(self, row: Row) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row["answers"]))

    def chart(self, counts: Counts, answers: WordCounts, t: Words) -> go.Figure:
        return charts.answer_lengths(answers(), t)


LOOKS: dict[str, Look] = {look.shape: look for look in (Labels(), Spans(), Answers())}


def _first(inspection: Inspection, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Some of the first rows, those of different texts before others of the same."""
    rows = inspection.prepared.head(_LOOKED_THROUGH)
    if rows.empty:
        return iter(())
    again = rows.groupby("text", sort=False).cumcount().sort_values(kind="stable")
    return rows.loc[again.index[:EXAMPLES], list(names)].itertuples(index=False, name=None)


def _as_saved(rows: Sequence[Html], t: Words) -> Html:
    if not rows:
        return escape("")
    return tag("section", tag("h4", t("as_saved")), *rows, class_="ts-saved-rows")


def _answered(
    t: Words, text: str, question: str, answers: Sequence[str], starts: Sequence[int]
) -> Html:
    """A question with its text and answers; an answer is marked where it stands in the text."""
    start, end = _place(question, answers, starts)
    asked = tag("p", tag("b", question), dir="auto") if question else None
    given = tag("bdi", _short(" | ".join(answers)))
    answer = tag("p", tag("span", t("answer_is"), class_="ts-label"), " ", given)
    context = tag("p", _around(text, start, end), dir="auto")
    return tag("div", asked, context, answer, class_="ts-saved-row")


def _place(question: str, answers: Sequence[str], starts: Sequence[int]) -> tuple[int, int]:
    """Where the first answer that was found stands in its text; nowhere without a question."""
    start = next((start for start in starts if start >= 0), -1)
    end = start + len(answers[list(starts).index(start)]) if question and start >= 0 else start
    return start, end


def _around(text: str, start: int, end: int, reach: int = _SHOWN_AROUND) -> Html:
    """The text next to what stands from `start` to `end`, which is marked; else its beginning."""
    if end <= start:
        return escape(_short(text, 2 * reach))
    first, last = max(0, start - reach), min(len(text), end + reach)
    first = text.find(" ", first, start) + 1 or first if first else 0
    last = max(text.rfind(" ", end, last), end) if last < len(text) else last
    before = ("… " if first else "") + text[first:start]
    after = text[end:last] + (" …" if last < len(text) else "")
    return tag("span", before, tag("mark", text[start:end], class_="ts-entity ts-tint-0"), after)


def _short(text: str, longest: int = 2 * _SHOWN_AROUND) -> str:
    return text if len(text) <= longest else text[: longest - 2] + " …"
