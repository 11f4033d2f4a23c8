"""Where the model decides and what it leaves to a person: chosen on validation, reported on test.

The view holds no point of its own: what is looked at follows from the fields, and is saved into the
model folder or forgotten.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import gradio as gr
import numpy as np

from engine.errors import DataError, ModelError, TunesmithError
from engine.evaluation import curves, tuned
from engine.evaluation import report as reports
from engine.evaluation.choosing import by_hand, choose, too_few
from engine.evaluation.consequences import compared
from engine.evaluation.probabilities import read_splits, source_of
from engine.evaluation.report import Report
from engine.export.deciding import save_point
from engine.models.thresholds import read_point
from engine.tasks import TASKS, make_task
from engine.tasks.labelled import LabelPredictions, LabelTask
from engine.tasks.operating_point import Chosen, Cut, OperatingPoint
from engine.text import Message
from webui import charts_curves as charts
from webui.html import Html, note
from webui.page import Page, Updates, View, html_block
from webui.results.base import Seen
from webui.views import decisions as html

WAYS = ("cost", "precision", "recall", "hand")
PRICES = {"false_alarm": 5.0, "miss": 50.0, "wrong": 20.0, "look": 2.0}
"""What is proposed at first; the mistakes that a task does not make stay out of sight."""
TARGET = 0.9
HELD = """(...fields) => fields.map((value, place) =>
  place < 3 || place > 6 ? value : Math.min(Math.max(value ?? 0, place === 3 ? 0.5 : 0), 1))"""
"""What is typed beside a slider counts as its end where it lies beyond; Gradio would refuse it, in
English."""


@dataclass(frozen=True)
class Decisions(View):
    run: gr.State
    """The run that is shown; a change of it fills the fields anew."""
    filled: gr.State
    """The run whose fields they are. Gradio may tell of a change twice, and by then somebody may
    have begun to type."""
    now: gr.HTML
    reset: gr.Button
    way: gr.Radio
    prices: Mapping[str, gr.Number]
    label: gr.Dropdown
    target: gr.Slider
    by_hand: gr.Row
    threshold: gr.Slider
    low: gr.Slider
    high: gr.Slider
    curve: gr.Plot
    outcome: gr.HTML
    save: gr.Button
    tuning: gr.Column
    verdict: gr.HTML
    take: gr.Button


@dataclass(frozen=True)
class Case:
    """A run's task and what was said of its splits."""

    task: LabelTask
    folder: Path
    splits: Mapping[str, LabelPredictions]

    @property
    def validation(self) -> LabelPredictions | None:
        return self.splits.get("validation")

    def saved(self) -> OperatingPoint:
        """Raises ModelError where the file cannot be used."""
        return read_point(self.folder)

    def known(self) -> OperatingPoint:
        """The same, or the default one: what is saved next replaces a damaged file."""
        try:
            return self.saved()
        except ModelError:
            return OperatingPoint()


def build(page: Page) -> Decisions:
    """What holds now; the ways to choose; what would come of it; whether tuning helps."""
    t = page.t
    parts: dict[str, Any] = {"run": gr.State(""), "filled": gr.State("")}
    with gr.Column(visible=False) as frame:
        with gr.Row(elem_classes="ts-card ts-top"):
            parts["now"] = html_block(elem_classes="ts-grow")
            parts["reset"] = gr.Button(t("decisions.reset"), scale=0, min_width=220, visible=False)
        with gr.Column(elem_classes="ts-card"):
            parts |= _fields(page)
            parts["curve"] = gr.Plot(show_label=False, container=False, visible=False)
        with gr.Column(elem_classes="ts-card"):
            parts["outcome"] = html_block()
            parts["save"] = gr.Button(
                t("decisions.save"),
                variant="primary",
                elem_id="save-point",
                elem_classes="ts-lead-button",
            )
        with gr.Column(elem_classes="ts-card") as parts["tuning"]:
            parts["verdict"] = html_block()
            parts["take"] = gr.Button(
                t("decisions.take"), visible=False, elem_classes="ts-lead-button"
            )
    return Decisions(page, frame, **parts)


def _fields(page: Page) -> dict[str, Any]:
    t = page.t
    ways = [(t(f"decisions.way_{way}"), way) for way in WAYS]
    parts: dict[str, Any] = {
        "way": gr.Radio(ways, value=WAYS[0], label=t("decisions.way"), elem_id="decisions-way")
    }
    with gr.Row(elem_classes="ts-even"):
        parts["prices"] = {
            name: gr.Number(
                price,
                label=t(f"decisions.{name}"),
                info=t(f"decisions.{name}_help"),
                min_width=180,
                visible=False,  # until they are filled: what is typed before would be lost
                elem_id=f"price-{name}",
            )
            for name, price in PRICES.items()
        }
    with gr.Row(elem_classes="ts-even"):
        parts["label"] = gr.Dropdown([], label=t("label"), min_width=240, visible=False)
        parts["target"] = _slider(t, "target", 0.5, 1.0, TARGET)
    with gr.Row(elem_classes="ts-even", visible=False) as parts["by_hand"]:
        for name in ("threshold", "low", "high"):
            parts[name] = _slider(t, name, 0.0, 1.0, 0.5)
    return parts


def _slider(t: Any, name: str, lowest: float, highest: float, value: float) -> gr.Slider:
    return gr.Slider(
        lowest,
        highest,
        value=value,
        step=0.01,
        label=t(f"decisions.{name}"),
        info=t("decisions.target_help" if name == "target" else f"decisions.{name}_alone"),
        buttons=[],
        min_width=240,
        visible=name != "target",
    )


def wire(view: Decisions) -> None:
    asked = [view.run, view.way, view.label, view.target, view.threshold, view.low, view.high]
    asked += view.prices.values()
    held: dict[str, Any] = {"js": HELD}
    latest = held | {"trigger_mode": "always_last"}
    view.on(view.run.change, _fill, [view.run, view.filled])
    tuning = [view.tuning, view.verdict, view.take]
    view.on(view.run.change, _tune, [view.run], tuning, **latest)
    view.on([view.way.input, view.label.input], _turn, asked, **latest)
    moved = [view.target, view.low, view.high, *view.prices.values()]
    view.on([field.input for field in moved], _look, asked, **latest)
    view.on(view.threshold.input, _move, asked, **latest)
    view.on(view.save.click, _save, asked, **held)
    view.on(view.reset.click, _reset, asked, **held)
    view.on(view.take.click, _take, asked, **held)


def applies(report: Report) -> bool:
    return TASKS[report.task].has_probabilities


def show(view: Decisions, seen: Seen) -> Updates:
    """What holds now. The fields are filled when the run is another; else they stay as they are."""
    run = seen.report.run
    return {view.run: run} | _now(view, _case(view.page, run))


@dataclass(frozen=True)
class Fields:
    """What is asked for."""

    way: str
    label: str | None
    target: float
    cut: Cut
    prices: Mapping[str, float | None]

    @classmethod
    def of(cls, way: str, label: str | None, target: float, *numbers: float | None) -> "Fields":
        cut = Cut(*(number or 0.0 for number in numbers[:3]))
        return cls(way, label, target, cut, dict(zip(PRICES, numbers[3:], strict=True)))

    def point(self, case: Case) -> OperatingPoint:
        """Raises DataError where it cannot be had."""
        known = case.known()
        if self.way == "hand":
            return by_hand(case.task, known, self.label, self.cut)
        wish = Chosen(self.way, self.label, self.target)
        if self.way == "cost":
            wish = Chosen("cost", costs=self._costs(case.task))
        return choose(case.task, case.validation, known, wish)

    def _costs(self, task: LabelTask) -> Mapping[str, float]:
        """The prices that the task asks for; without one of a look nobody looks."""
        costs = {}
        for name in (*task.mistakes, "look"):
            price = self.prices[name]
            if price is not None:
                costs[name] = price
            elif name != "look":
                raise DataError("decisions.no_price", name=Message(f"decisions.{name}"))
        return costs


def _case(page: Page, run: str) -> Case:
    folder = page.workspace.run(run)
    report = reports.load(folder)
    task = cast(LabelTask, make_task(report.task, report.labels, report.positive))
    return Case(task, folder.model, read_splits(page.workspace, report))


def _now(view: Decisions, case: Case) -> Updates:
    """How the model decides as it is saved, and what that means on test rows."""
    try:
        point = case.saved()
    except ModelError as error:
        told: Html = note("problem", view.page.say(error.message))
        return {view.now: told, view.reset: gr.Button(visible=True)}
    test = case.splits.get("test")
    review = None if test is None else case.task.at(test, point).review
    told = html.now(case.task.told(point), point.is_default, review, view.t)
    return {view.now: told, view.reset: gr.Button(visible=not point.is_default)}


def _fill(view: Decisions, run: str, filled: str) -> Updates:
    """The fields as the saved point was chosen, or else as they are proposed."""
    if run in ("", filled):
        return {}
    case = _case(view.page, run)
    task, point = case.task, case.known()
    chosen = point.chosen or Chosen("hand" if case.validation is None else "cost")
    way = chosen.by if chosen.by in WAYS else WAYS[0]
    label = chosen.label if chosen.label in task.cuttable else task.cuttable[0]
    prices = PRICES | dict(chosen.costs) if chosen.costs else PRICES
    cut, target = task.cut(point, label), chosen.target or TARGET
    fields = Fields(way, label, target, cut, prices)
    shown: Updates = {view.filled: run, view.way: way}
    return shown | _in_sight(view, case, fields) | _outcome(view, case, fields)


def _turn(view: Decisions, run: str, *values: Any) -> Updates:
    """Another way or another label: its fields, with the label's own numbers."""
    case, fields = _case(view.page, run), Fields.of(*values)
    cut = case.task.cut(case.known(), fields.label or case.task.cuttable[0])
    fields = replace(fields, cut=cut)
    return _in_sight(view, case, fields) | _outcome(view, case, fields)


def _in_sight(view: Decisions, case: Case, fields: Fields) -> Updates:
    """The fields of the chosen way, as the task needs them."""
    t, task, way = view.t, case.task, fields.way
    alone = len(task.mistakes) > 1
    numbers = {"threshold": fields.cut.threshold, "low": fields.cut.low, "high": fields.cut.high}
    sight: Updates = {
        field: gr.Number(
            fields.prices[name], visible=way == "cost" and name in (*task.mistakes, "look")
        )
        for name, field in view.prices.items()
    }
    sliders: Updates = {
        getattr(view, name): gr.Slider(
            value=min(round(value, 2), 1.0),
            info=t(f"decisions.{name}_alone" if alone else f"decisions.{name}_of_many"),
        )
        for name, value in numbers.items()
        if name != "low" or alone
    }
    aimed = way in ("precision", "recall")
    return (
        sight
        | sliders
        | {
            view.label: gr.Dropdown(
                list(task.cuttable),
                value=fields.label,
                visible=way != "cost" and len(task.cuttable) > 1,
            ),
            view.target: gr.Slider(value=fields.target, visible=aimed),
            view.by_hand: gr.Row(visible=way == "hand"),
            **({} if alone else {view.low: gr.Slider(visible=False)}),
        }
    )


def _move(view: Decisions, run: str, *values: Any) -> Updates:
    """The threshold takes a band without width along."""
    fields = Fields.of(*values)
    if fields.cut.low < fields.cut.high:
        return _look(view, run, *values)
    cut = Cut.at(fields.cut.threshold)
    outcome = _outcome(view, _case(view.page, run), replace(fields, cut=cut))
    return outcome | {view.low: cut.low, view.high: cut.high}


def _look(view: Decisions, run: str, *values: Any) -> Updates:
    return _outcome(view, _case(view.page, run), Fields.of(*values))


def _outcome(view: Decisions, case: Case, fields: Fields) -> Updates:
    """What would come of the fields, or why it cannot be had."""
    try:
        point = fields.point(case)
    except TunesmithError as error:
        told = note("warning", view.page.say(error.message))
        hidden: Updates = {view.curve: gr.Plot(visible=False), view.save: gr.Button(visible=False)}
        return {view.outcome: told} | hidden
    sides = {split: compared(case.task, seen, point) for split, seen in sorted(case.splits.items())}
    few = too_few(case.task, case.validation, point.chosen)
    in_use = point == case.known()
    words = view.t("decisions.in_use" if in_use else "decisions.save")
    return {
        view.outcome: html.outcome(case.task, point, sides, few, view.t),
        view.save: gr.Button(words, visible=True, variant="secondary" if in_use else "primary"),
        view.curve: _curve(view, case, fields, point),
    }


def _curve(view: Decisions, case: Case, fields: Fields, point: OperatingPoint) -> gr.Plot:
    """The label's curve on validation rows, with this point and the saved one on it."""
    task, seen = case.task, case.validation
    label = fields.label or task.cuttable[0]
    if seen is None or (fields.way == "cost" and len(task.cuttable) > 1):
        return gr.Plot(visible=False)
    column = task.labels.index(label)
    scores = task.reach(np.asarray(seen.probabilities), point, label)
    curve = curves.precision_recall(seen.truth[:, column], scores)
    if curve is None:
        return gr.Plot(visible=False)
    places = []
    for name, each in (("this_point", point), ("saved_point", case.known())):
        decided, true = task.at(seen, each).decided[:, column], seen.truth[:, column]
        if decided.any():
            hits = int((decided & true).sum())
            places.append((view.t(f"decisions.{name}"), (hits / true.sum(), hits / decided.sum())))
    figure = charts.precision_recall(curve, label, view.t, places, "decisions.curve_title")
    return gr.Plot(figure, visible=True)


def _save(view: Decisions, run: str, *values: Any) -> Updates:
    case = _case(view.page, run)
    return _keep(view, case, Fields.of(*values).point(case), values)


def _reset(view: Decisions, run: str, *values: Any) -> Updates:
    return _keep(view, _case(view.page, run), OperatingPoint(), values)


def _keep(view: Decisions, case: Case, point: OperatingPoint, values: tuple[Any, ...]) -> Updates:
    save_point(case.folder, point)
    return _now(view, case) | _outcome(view, case, Fields.of(*values))


def _tune(view: Decisions, run: str) -> Iterator[Updates]:
    """Whether tuned thresholds help, which takes a second or two."""
    if not run:
        return
    yield {view.verdict: html.tuning(view.t), view.take: gr.Button(visible=False)}
    verdict = _verdict(view.page, run)
    if verdict is None:
        yield {view.tuning: gr.Column(visible=False)}
        return
    yield {
        view.tuning: gr.Column(visible=True),
        view.verdict: html.tuned(verdict, view.t),
        view.take: gr.Button(visible=verdict.helps),
    }


def _take(view: Decisions, run: str, *values: Any) -> Updates:
    verdict = _verdict(view.page, run)
    if verdict is None or not verdict.helps:
        return {}
    return _keep(view, _case(view.page, run), verdict.point, values)


def _verdict(page: Page, run: str) -> tuned.Verdict | None:
    report = reports.load(page.workspace.run(run))
    source = source_of(page.workspace, report, "validation")
    return tuned.verdict_of(source) if source else None
