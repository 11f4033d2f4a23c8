"""Answers: given and right ones beside one another in their text, and one answer at a time."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.evaluation.rows import SplitRows
from engine.tasks.answering import word_f1
from webui.charts import Words
from webui.html import Html, join, tag
from webui.views.marking import FOUND, TRUE, Mark, in_text
from webui.views.shapes.base import Asked, Result, Row, Said, Shape, Told, confidence

if TYPE_CHECKING:  # torch takes seconds
    from engine.inference.predictor import Predictor

AROUND = 120
"""Characters shown on both sides of an answer."""
WIDELY = 600
"""The same in the playground, where there is one answer to look at."""
TOLD = 3
"""Right answers that are told of a row."""


@dataclass(frozen=True)
class AnswersSaid(Said):
    answers: tuple[str, ...]
    scores: tuple[float, ...]
    starts: tuple[int, ...]
    """Where each stands in its text; -1 where it was written."""


class Answers(Shape[AnswersSaid]):
    name = "answers"

    def result(self, found: Result, t: Words) -> Told:
        """The question, the answer given and the right ones, marked in the text."""
        said, cells = found.rows.said.predictions, found.cells
        given, right = said.decided[found.place], said.truth[found.place]
        start = said.starts[found.place]
        marks = [
            *_places(right, cells["answer_starts"], TRUE, t),
            *_places([given], [start], FOUND, t),
        ]
        question = cells["question"]
        return Told(
            join(
                [
                    tag("p", question, class_="ts-question", dir="auto") if question else None,
                    tag(
                        "dl",
                        tag("dt", t("answer_given")),
                        tag("dd", given or t("no_answer")),
                        tag("dt", t("answer_right")),
                        tag("dd", _told(right, t)),
                        tag("dt", t("answer_score")),
                        tag("dd", f"{word_f1(given, right):.2f}"),
                        class_="ts-facts-list",
                    ),
                    in_text(cells["text"], _merged(marks, t), AROUND, t),
                ]
            )
        )

    def legend(self, rows: SplitRows, t: Words) -> Html:
        """What counts as right, and what the percentage beside an answer is."""
        taken = any(start >= 0 for start in rows.said.predictions.starts)
        told = (t("verdicts_help"), _meaning(taken, t))
        return join(tag("p", words, class_="ts-why") for words in told)

    def truth(self, row: Row, t: Words) -> str:
        return t("example_answer", answer=_told(row["answers"], t))

    def parts(self, row: Row, t: Words) -> dict[Hashable, str]:
        return {answer: answer or t("no_answer") for answer in row["answers"] or [""]}

    def said(self, predictor: "Predictor", predictions: Any) -> AnswersSaid:
        return AnswersSaid(
            tuple(predictions.decided),
            tuple(round(float(score), 6) for score in predictions.scores),
            tuple(int(start) for start in predictions.starts),
        )

    def verdict(self, asked: Asked[AnswersSaid], row: int) -> tuple[str, ...]:
        return (asked.said.answers[row],)

    def answers(
        self, asked: Asked[AnswersSaid], t: Words, beside: Asked[AnswersSaid] | None = None
    ) -> Html:
        """The answer, how sure the model is of it, and the text where it was taken from there."""
        said = asked.said
        rows = zip(asked.texts, said.answers, said.scores, said.starts, strict=True)
        return join(_answer(*row, t) for row in rows)


def _meaning(taken: bool, t: Words) -> str:
    """What the percentage beside an answer is."""
    return t("sure_of_place" if taken else "sure_of_words")


def _places(answers: Iterable[str], starts: Iterable[int], kind: str, t: Words) -> list[Mark]:
    """The answers that stand in the text."""
    pairs = zip(answers, starts, strict=False)
    found = {(start, start + len(answer)) for answer, start in pairs if start >= 0 and answer}
    return [Mark(start, end, (kind,), t(f"mark_{kind}_answer")) for start, end in sorted(found)]


def _merged(marks: list[Mark], t: Words) -> list[Mark]:
    """Marks of one place as one: what is given and right."""
    places: dict[tuple[int, int], list[Mark]] = {}
    for mark in marks:
        places.setdefault((mark.start, mark.end), []).append(mark)
    return [
        same[0] if len(same) == 1 else Mark(*place, (TRUE, FOUND), t("mark_both_answer"))
        for place, same in places.items()
    ]


def _told(answers: Iterable[str], t: Words) -> str:
    told = list(dict.fromkeys(answer for answer in answers if answer))
    if not told:
        return t("no_answer")
    return " / ".join([*told[:TOLD], *(["…"] if len(told) > TOLD else [])])


def _answer(text: str, answer: str, score: float, start: int, t: Words) -> Html:
    taken = start >= 0
    shown = None
    if answer and taken:
        mark = Mark(start, start + len(answer), (FOUND,))
        shown = in_text(text, [mark], WIDELY, t)
    return tag(
        "article",
        tag("p", tag("span", answer or t("no_answer"), class_="ts-verdict"), class_="ts-verdicts"),
        join([confidence(score, t), tag("p", _meaning(taken, t), class_="ts-why")])
        if answer
        else None,
        shown,
        class_="ts-answer",
    )
