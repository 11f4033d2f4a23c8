"""What is wrong with a data set in HTML: how the check stands, and a card for each finding."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.data.dataset import Dataset
from engine.quality.findings import Finding
from engine.runs.errands import Standing
from engine.tasks import AnyTask
from engine.text import Message
from webui import text
from webui.charts import Words
from webui.checking import SERIOUS, Check
from webui.html import Html, bar, button, fold, join, note, state_word, tag
from webui.progress import duration
from webui.views import differing
from webui.views.looks import LOOKS

ROWS, GROUPS, IN_GROUP = 3, 2, 3
"""Rows that a card shows, or groups and rows of each."""
WORTH_A_LOOK = 0.3
"""Weight below which a finding is only good to know."""
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Card:
    """A finding, and what can be done about it."""

    name: str
    """As `webui.workbench.base.named` calls it."""
    finding: Finding
    task: AnyTask
    rows: Mapping[int, Row]
    """Those of `few`, by their ids."""
    waiting: Message | None
    """Which of its fixes waits for the next version."""
    reviewable: bool
    """Whether its rows can be gone through one by one."""


def few(finding: Finding) -> list[int]:
    """Ids of the rows that its card shows."""
    return [row for group in _groups(finding) for row in group] or list(finding.rows[:ROWS])


def _groups(finding: Finding) -> list[tuple[int, ...]]:
    return [group[:IN_GROUP] for group in finding.groups[:GROUPS]]


def lead(check: Check, dataset: Dataset, kinds: Sequence[str], t: Words, language: str) -> Html:
    """What was looked for and how much was found, or how far looking is."""
    title = tag("h2", t("problems.title"))
    if check.active and check.standing:
        return join([title, *_progress(check.standing, t)])
    if check.found is None:
        said = check.standing.message if check.standing else None
        why = note("problem", text.say(said, language)) if said else None
        start = button(t("problems.check"), "check", kind="ts-strong")
        return join([title, why or tag("p", t("problems.not_checked")), tag("p", start)])
    rows, count = sum(dataset.rows.values()), len(check.found.findings)
    asked = {"kinds": len(kinds) - len(check.found.failed), "rows": rows}
    told = t("problems.found", found=count, **asked) if count else t("problems.clear", **asked)
    failed = [note("warning", text.say(message, language)) for message in check.found.failed]
    names = (tag("li", text.either(f"quality.name_{kind}", kind, language)) for kind in kinds)
    again = button(t("problems.again"), "check")
    return join(
        [
            tag("div", title, again, class_="ts-head"),
            tag("p", told, class_="ts-lead", role="status"),
            *failed,
            fold(t("problems.looked_for"), tag("ul", *names, class_="ts-list")),
        ]
    )


def _progress(standing: Standing, t: Words) -> Iterator[Html]:
    if standing.state == "waiting":
        begins = "problems.waiting" if standing.ahead else "problems.at_once"
        yield tag("p", t(begins, ahead=standing.ahead), role="status")
    else:
        words = t("problems.checking")
        share = standing.done / standing.total if standing.total else 0.0
        if share and standing.eta is not None:
            words = t("problems.checking_left", share=share, left=duration(standing.eta))
        yield bar(share, label=words, role="progressbar")
        yield tag("p", words)
    yield tag("p", t("problems.goes_on"), class_="ts-why")
    yield tag("p", button(t("problems.cancel"), "cancel"))


def cards(shown: Iterable[Card], t: Words, language: str) -> Html:
    """A finding a card, the most serious first."""
    return tag("div", *(_card(card, t, language) for card in shown), class_="ts-problems")


def _card(card: Card, t: Words, language: str) -> Html:
    finding = card.finding
    head = tag(
        "div", tag("h3", text.say(finding.what, language)), _weight(finding, t), class_="ts-head"
    )
    return tag(
        "section",
        head,
        tag("p", text.say(finding.why, language), class_="ts-why"),
        _rows(card, t),
        _acts(card, t, language),
        class_="ts-card ts-problem",
        data_problem=card.name,
    )


def _weight(finding: Finding, t: Words) -> Html:
    if finding.weight >= SERIOUS:
        return state_word("failed", t("problems.serious"))
    if finding.weight >= WORTH_A_LOOK:
        return state_word("stopped", t("problems.worth_a_look"))
    return state_word("queued", t("problems.good_to_know"))


def _rows(card: Card, t: Words) -> Html | None:
    """The first of its rows; copies beside the row they repeat, with what differs marked."""
    groups = _groups(card.finding) or [(row,) for row in card.finding.rows[:ROWS]]
    known = [[row for row in group if row in card.rows] for group in groups]
    blocks = (_group(group, card, t) for group in known if group)
    return tag("div", *blocks, class_="ts-lines") if any(known) else None


def _group(group: Sequence[int], card: Card, t: Words) -> Html:
    first = str(card.rows[group[0]]["text"])
    lines = [_row(row, card, _shown(row, card, first, t), t) for row in group]
    return tag("div", *lines, class_="ts-line-item")


def _shown(row: int, card: Card, first: str, t: Words) -> Html:
    """A text with its truth in it; in one that is nearly the same as the first, what differs is
    marked as well."""
    cells, look = card.rows[row], LOOKS[card.task.shape]
    text, shape = str(cells["text"]), card.task.shape
    if shape != "answers" and differing.differing(text, first):
        told = differing.beside(text, first, look.marks(cells, card.task.labels))
        return tag("p", told, class_="ts-clip ts-marked", dir="auto")
    if shape == "labels":
        return tag("p", differing.cut(text), class_="ts-clip", dir="auto")
    about = [place for place in card.finding.facts.get("places", ()) if place[0] == row]
    places = [(start, end, name) for _, start, end, name, *_ in about]
    return look.found(cells, card.task.labels, places, t)


def _row(row: int, card: Card, shown: Html, t: Words) -> Html:
    cells, suggested = card.rows[row], card.finding.suggested.get(row)
    facts = [t("row_of", row=row), t(f"report.split.{cells['split']}")]
    told: list[Html | str] = [" · ".join(facts)]
    if cells["labels"] or suggested is not None:
        told += [" · ", tag("b", names(cells["labels"], t))]
    if suggested is not None:
        told += [" → ", tag("b", t("problems.rather", names=names(suggested, t)))]
    return join([shown, tag("p", *told, class_="ts-soft")])


def names(labels: Iterable[str], t: Words) -> str:
    """Labels in a sentence."""
    found = list(labels)
    return t("correct.names", names=found) if found else t("no_label")


def _acts(card: Card, t: Words, language: str) -> Html:
    """What a button each would do; once one was pressed, that it waits and how to take it back."""
    finding, parts = card.finding, list[Html]()
    if card.reviewable:
        words = t("problems.review", rows=len(finding.suggested))
        parts.append(button(words, "review", kind="ts-strong", name=card.name))
    if card.waiting is not None:
        words = t("problems.waits", fix=_words(card.waiting, language))
        parts.append(state_word("finished", words))
        parts.append(button(t("problems.undo"), "undo", name=card.name))
    else:
        for place, change in enumerate(finding.fixes):
            words = _words(change.reason, language)
            kind = "" if place or card.reviewable else "ts-strong"
            parts.append(button(words, "fix", kind=kind, name=card.name, fix=str(place)))
    if finding.rows:
        parts.append(button(t("problems.see", rows=len(finding.rows)), "rows", name=card.name))
    elsewhere = None
    if finding.suggested and not card.reviewable:
        elsewhere = tag("p", t("problems.elsewhere"), class_="ts-why")
    return join([elsewhere, tag("div", *parts, class_="ts-buttons")])


def _words(reason: Message, language: str) -> str:
    """What a fix does, as a button says it."""
    return text.say(reason, language)
