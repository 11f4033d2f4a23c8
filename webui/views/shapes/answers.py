"""Answers: which are right, partly right and wrong, each in its text, and one answer at a time."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.evaluation.predicted import Predicted
from engine.tasks.answering import word_f1
from webui.charts import Words
from webui.html import Html, fold, join, tag
from webui.views.marking import FOUND, TRUE, Mark, marked
from webui.views.shapes.base import Asked, Look, Row, Said, Shape, choice, confidence, percent, some

if TYPE_CHECKING:  # torch takes seconds
    from engine.inference.predictor import Predictor

RIGHT, PARTLY, WRONG = VERDICTS = ("right", "partly", "wrong")
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

    def details(self, look: Look, t: Words) -> Html:
        """The rows, all or those of one verdict, the lowest F1 first."""
        look = replace(look, pick=look.pick if look.pick in VERDICTS else "")
        lines = _lines(look.read())
        times = Counter(line.verdict for line in lines)
        chips = [
            choice(t("count_of", words=t("verdict_every"), count=len(lines)), "", look),
            *(
                choice(t("count_of", words=t(f"verdict_{name}"), count=times[name]), name, look)
                for name in VERDICTS
            ),
        ]
        chosen = [line for line in lines if look.pick in ("", line.verdict)]
        taken = any(line.start >= 0 for line in lines)
        return join(
            [
                tag("h3", t("answers_title")),
                tag("p", t("verdicts_help"), class_="ts-why"),
                tag("p", _meaning(taken, t), class_="ts-why"),
                tag("div", *chips, class_="ts-buttons"),
                some(chosen, lambda line: _line(line, t), look, t),
            ]
        )

    def truth(self, row: Row, t: Words) -> str:
        return t("example_answer", answer=_told(row["answers"], t))

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


class _Line(NamedTuple):
    f1: float
    row_id: int
    text: str
    question: str
    right: list[str]
    places: list[int]
    """Where each right answer stands in the text; -1 where it does not."""
    given: str
    score: float
    start: int

    @property
    def verdict(self) -> str:
        return RIGHT if self.f1 == 1 else PARTLY if self.f1 > 0 else WRONG


@lru_cache(maxsize=2)
def _lines(predicted: Predicted) -> list[_Line]:
    """The lowest F1 first; among equals the one the model is surest of."""
    said, rows = predicted.predictions, predicted.rows
    lines = [
        _Line(
            word_f1(said.decided[i], said.truth[i]),
            row_id,
            rows["text"][i],
            rows["question"][i],
            list(rows["answers"][i]),
            list(rows["answer_starts"][i]),
            said.decided[i],
            said.scores[i],
            said.starts[i],
        )
        for i, row_id in enumerate(predicted.row_ids)
    ]
    return sorted(lines, key=lambda line: (line.f1, -line.score))


def _line(line: _Line, t: Words) -> Html:
    marks = [
        *_places(line.right, line.places, TRUE, t),
        *_places([line.given], [line.start], FOUND, t),
    ]
    told = t("answer_f1", f1=f"{line.f1:.2f}", row=line.row_id)
    sure = tag("span", t("answer_sure", percent=percent(line.score)), class_="ts-soft")
    return tag(
        "article",
        tag(
            "p",
            tag("b", t(f"verdict_{line.verdict}"), class_=f"ts-verdict-{line.verdict}"),
            " ",
            tag("span", told, class_="ts-soft"),
        ),
        tag("p", line.question, class_="ts-question") if line.question else None,
        tag(
            "dl",
            tag("dt", t("answer_given")),
            tag("dd", line.given, " ", sure) if line.given else tag("dd", t("no_answer")),
            tag("dt", t("answer_right")),
            tag("dd", _told(line.right, t)),
            class_="ts-facts-list",
        ),
        _in_text(line.text, _merged(marks, t), AROUND, t),
        class_="ts-line-item",
    )


def _in_text(text: str, marks: list[Mark], around: int, t: Words) -> Html:
    """The text around its marks, or its beginning; what is left out is a fold away."""
    most = 2 * around
    if len(text) <= most:
        return tag("p", marked(text, marks), class_="ts-marked ts-kept")
    shown = marked(text, marks, around) if marks else f"{text[:most]} …"
    whole = fold(t("whole_text"), tag("p", marked(text, marks), class_="ts-marked ts-kept"))
    return join([tag("p", shown, class_="ts-marked"), whole])


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
        shown = _in_text(text, [mark], WIDELY, t)
    return tag(
        "article",
        tag("p", tag("span", answer or t("no_answer"), class_="ts-verdict"), class_="ts-verdicts"),
        join([confidence(score, t), tag("p", _meaning(taken, t), class_="ts-why")])
        if answer
        else None,
        shown,
        class_="ts-answer",
    )
