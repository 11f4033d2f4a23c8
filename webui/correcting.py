"""Below the answers of the playground: give a wrong one its right label, or pin it.

Listens to what was asked and said last, so whatever asks a model needs no more than to keep that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from engine.data import pins
from engine.data.corrections import Correction, drafted, put, undo
from engine.data.dataset import Dataset
from engine.data.pins import Pin
from engine.data.truths import truth_of
from engine.runs.run import Run
from webui import drafting
from webui.html import Html, button, note, tag
from webui.page import EVERY_CLICK, Page, Part, Updates, event_data, html_block
from webui.state import Selection, whole
from webui.views import corrections as html
from webui.views.shapes import SHAPES, Asked

MOST = 20
"""Texts that can be corrected at once."""
Last = Asked[Any] | None


@dataclass(frozen=True)
class Correcting(Part):
    fixes: gr.HTML


@dataclass(frozen=True)
class _Place:
    """What is corrected: the answers to what was asked, in the light of the run's data set."""

    page: Page
    run: Run
    dataset: Dataset
    asked: Asked[Any]

    def correction(self, row: int, right: tuple[str, ...]) -> Correction:
        said = SHAPES[self.dataset.make_task().shape].verdict(self.asked, row)
        return Correction(self.asked.texts[row], right, said, self.question(row))

    def question(self, row: int) -> str:
        return self.asked.questions[row] if row < len(self.asked.questions) else ""


def build(page: Page) -> Correcting:
    return Correcting(page, html_block(acts=True, script=html.KEYS_SCRIPT, elem_id="fixes"))


def wire(part: Correcting, answer: gr.State) -> None:
    """`answer` holds what was asked and said last (`Asked`), or None."""
    latest: dict[str, Any] = {"trigger_mode": "always_last"}
    part.on(answer.change, _show, [answer], **latest)
    part.on(part.fixes.click, _act, [part.page.selection, answer], **EVERY_CLICK)


def _show(part: Correcting, answer: Last, pinned: int = -1) -> Updates:
    """What can be corrected; of the text number `pinned` it is said that it was."""
    if answer is None:
        return {part.fixes: ""}
    place = _place(part.page, answer)
    if place is None:
        return {part.fixes: html.cannot(part.t("correct.no_data"))}
    return {part.fixes: _fixes(place, pinned, part)}


def _place(page: Page, asked: Asked[Any]) -> _Place | None:
    run = page.registry.get(asked.run)
    dataset = drafting.dataset_of(page, run)
    return _Place(page, run, dataset, asked) if dataset else None


def _fixes(place: _Place, pinned: int, part: Correcting) -> Html:
    t, asked, dataset = part.t, place.asked, place.dataset
    draft = {each.key: each for each in drafted(place.page.workspace, dataset.id)}
    parts: list[Html | None] = [
        _one(place, row, draft, pinned == row, part) for row in range(min(len(asked.texts), MOST))
    ]
    if not truth_of(dataset.task).correctable:
        parts.insert(0, tag("p", t("versions.not_correctable"), class_="ts-why"))
    if draft:
        words = tag("span", t("correct.waiting", rows=len(draft)))
        parts.append(tag("p", words, " ", button(t("correct.review"), "review")))
    return tag("section", *parts, class_="ts-fixes")


def _one(
    place: _Place,
    row: int,
    draft: Mapping[str, Correction],
    pinned: bool,
    part: Correcting,
) -> Html:
    """One text: its labels, and what can be pinned of it."""
    t, asked, task = part.t, place.asked, place.dataset.make_task()
    shape = SHAPES[task.shape]
    said = shape.verdict(asked, row)
    old = draft.get(place.correction(row, said).key)
    right = old.right if old else said
    quote = None
    if len(asked.texts) > 1:
        quote = tag("p", asked.texts[row], class_="ts-clip ts-quote", dir="auto")
    fixes = None
    if truth_of(place.dataset.task).correctable:
        labels = html.in_key_order(task.labels, shape.likely(asked.said, row))
        kind = "right_answer" if not labels else "right_several" if task.several else "right_one"
        fix = html.Fix(str(row), labels, right, old is not None)
        fixes = html.fixes(fix, t, t(f"correct.{kind}"))
    shown = t("correct.names", names=list(right)) if right else t("pins.nothing")
    pin = button(t("pins.pin_answer", said=_short(shown)), "pin", index=str(row))
    pair = tag(
        "input",
        type="text",
        value=" ".join(asked.texts[row].split()),
        class_="ts-input",
        data_act="pair",
        data_index=str(row),
        aria_label=t("pins.pair_label"),
    )
    unfolded = tag(
        "details",
        tag("summary", t("pins.pin")),
        tag("p", pin),
        tag("label", t("pins.pair_label"), pair, class_="ts-pair"),
        class_="ts-fold",
        data_keep=f"pin-{row}",
    )
    told = note("info", t("pins.pinned")) if pinned else None
    return tag("div", quote, fixes, unfolded, told, class_="ts-fix-item")


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _act(part: Correcting, selection: Selection, answer: Last, event: gr.EventData) -> Updates:
    """A label was given, an answer pinned, or one of the two taken back."""
    sent = event_data(event)
    act, place = sent.get("act"), _place(part.page, answer) if answer else None
    if act == "review":
        return {part.page.selection: selection.but(trying="corrections")}
    row = whole(sent.get("index"))
    if answer is None or place is None or row is None or row >= len(answer.texts):
        return {}
    if act == "right":
        _correct(place, row, sent.get("given") or sent.get("value", ""))
    elif act == "undo":
        undo(place.page.workspace, place.dataset.id, place.correction(row, ()).key)
    elif act in ("pin", "pair"):
        _pin(place, row, sent.get("value") if act == "pair" else None)
    return _show(part, answer, row if act in ("pin", "pair") else -1)


def _correct(place: _Place, row: int, given: str) -> None:
    """One label is right, one more or one less, or an answer was written."""
    workspace, dataset = place.page.workspace, place.dataset
    said = place.correction(row, ()).said
    key = place.correction(row, ()).key
    old = next((each for each in drafted(workspace, dataset.id) if each.key == key), None)
    right = toggled(dataset, old.right if old else said, given)
    put(workspace, dataset.id, place.correction(row, right))


def toggled(dataset: Dataset, now: tuple[str, ...], given: str) -> tuple[str, ...]:
    """What is right once `given` was pressed: it alone, or one more or less of several."""
    task = dataset.make_task()
    if not task.several:
        return (given.strip(),) if given not in task.labels else (given,)
    wanted = set(now) ^ {given}
    known = tuple(label for label in task.labels if label in wanted)
    return known if given in task.labels else (*known, given)


def _pin(place: _Place, row: int, other: str | None) -> None:
    """Hold later runs to what is right here, or to the same answer for another text."""
    workspace, dataset = place.page.workspace, place.dataset
    text, question = place.asked.texts[row], place.question(row)
    if other is not None:
        pins.add(workspace, dataset.id, Pin(text, None, other.strip(), question))
        return
    key = place.correction(row, ()).key
    old = next((each for each in drafted(workspace, dataset.id) if each.key == key), None)
    right = old.right if old else place.correction(row, ()).said
    pins.add(workspace, dataset.id, Pin(text, right, None, question))
