"""The sections of a report file, each from the facts of a run to HTML; empty where there is nothing
to say."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from engine.evaluation.consequences import Consequences, compared
from engine.evaluation.report import Figures, Report, in_order
from engine.export.report_file.drawings import (
    BLUE,
    GREY,
    ORANGE,
    Bar,
    Points,
    Series,
    bars,
    curves,
    matrix,
)
from engine.export.report_file.facts import Facts
from engine.markup import Html, join, tag
from engine.tasks.labelled import LabelTask
from engine.text import Message, translate
from engine.training.events import Event, followed
from engine.training.settings import SETTINGS, Setting

MOST_LABELS = 40
"""Of a matrix that can be read on paper; more are told by their worst confusions alone."""
WORST = 5


class Section:
    """Base: the facts and the reader's language."""

    title: str

    def __init__(self, facts: Facts, language: str) -> None:
        self.facts, self.language = facts, language

    def t(self, key: str, **params: Any) -> str:
        full = key if "." in key else f"report_file.{key}"
        return translate(full, self.language, **params)

    def say(self, message: Message) -> str:
        return message.text(self.language)

    def body(self) -> Html:
        """What stands below the title; empty leaves the section out."""
        raise NotImplementedError

    def html(self) -> Html:
        body = self.body()
        title = self.t(f"title_{self.title}")
        return tag("section", tag("h2", title), body, id=self.title) if body else body

    def score(self, figures: Figures, name: str) -> str:
        interval = figures["intervals"].get(name)
        if interval is None:
            return f"{figures[name]:.3f}"
        return f"{figures[name]:.3f} ({interval[0]:.3f}–{interval[1]:.3f})"

    def metric(self, name: str) -> str:
        return self.say(self.facts.report.metric(name))


class Data(Section):
    title = "data"

    def body(self) -> Html:
        dataset = self.facts.dataset
        if dataset is None:
            return paragraph(self.t("data_gone"))
        splits = ("train", "validation", "test")
        rows = [
            [self.t(f"report.split.{split}"), number(dataset.rows.get(split, 0))]
            for split in splits
        ]
        task = self.t(f"cli.task.{self.facts.report.task}")
        told = {"name": dataset.name, "version": dataset.version, "task": task}
        parts = [
            paragraph(self.t("data_is", **told)),
            table(["", number(self.t("rows"))], rows),
        ]
        if dataset.parent:
            reasons = [self.say(reason) for reason in dataset.reasons]
            origin = self.t("data_from", version=dataset.parent, reasons=reasons)
            parts.append(paragraph(" ".join(filter(None, [origin, dataset.note]))))
        if dataset.labels:
            head = [self.t("label"), *(number(self.t(f"report.split.{s}")) for s in splits)]
            counts = [
                [label, *(number(dataset.counts.get(s, {}).get(label, 0)) for s in splits)]
                for label in dataset.labels
            ]
            parts.append(table(head, counts))
        notes = [tag("li", self.say(note)) for note in dataset.notes]
        return join([*parts, tag("ul", *notes) if notes else None])


class Training(Section):
    """The recipe, and what came of it step by step."""

    title = "training"

    def body(self) -> Html:
        recipe, plan = self.facts.recipe, self.facts.latest("plan")
        parts: list[Html | None] = []
        if recipe is not None:
            values = {s.name: getattr(recipe, s.name) for s in SETTINGS}
            rows = [
                [s.label(self.language), self._value(s, values[s.name]), self._by(s.name)]
                for s in SETTINGS
                if s.of_use(values) and values[s.name] not in ("", (), {}, None)
            ]
            head = [self.t("setting"), self.t("value"), self.t("set_by")]
            parts.append(table(head, rows, "small"))
        if plan is not None:
            told = self.t("plan", **{name: plan[name] for name in ("steps", "rows", "precision")})
            parts.append(paragraph(f"{told} {self.t('device', name=plan['device_name'])}"))
        parts.append(tag("div", self._losses(), self._scores(), class_="pair"))
        return join(parts)

    def _value(self, setting: Setting, value: Any) -> str:
        if setting.kind == "choice":
            return self.t(f"settings.{setting.name}.{value}")
        if setting.kind == "switch":
            return self.t("cli.switch_on" if value else "cli.switch_off")
        if isinstance(value, Mapping):
            return ", ".join(f"{key}: {number:g}" for key, number in value.items())
        if isinstance(value, list | tuple):
            return ", ".join(map(str, value))
        return f"{value:g}" if isinstance(value, float) else str(value)

    def _by(self, name: str) -> str:
        chosen = self.facts.recipe is not None and name in self.facts.recipe.chosen
        return self.t("by_you" if chosen else "by_recommendation")

    def _losses(self) -> Html:
        trained = [(e["step"], e["loss"]) for e in self._of("step")]
        checked = [(e["step"], e["loss"]) for e in self._of("evaluation")]
        series = [
            Series(self.t("report.split.train"), trained, BLUE),
            Series(self.t("report.split.validation"), checked, ORANGE, dots=True),
        ]
        return curves(self.t("page.chart_loss"), series, self.t("page.axis_step"), self.t("loss"))

    def _scores(self) -> Html:
        series = []
        names = followed(self.facts.events)
        for (name, said), colour in zip(names.items(), (BLUE, ORANGE, GREY), strict=False):
            before: Points = [(0, e["metrics"].get(name)) for e in self._of("before")[-1:]]
            points = [(e["step"], e["metrics"].get(name)) for e in self._of("evaluation")]
            series.append(Series(self.say(said), [*before, *points], colour, dots=True))
        title, axis = self.t("page.chart_scores"), self.t("page.axis_score")
        return curves(title, series, self.t("page.axis_step"), axis)

    def _of(self, kind: str) -> Sequence[Event]:
        return [event for event in self.facts.events if event["type"] == kind]


class Results(Section):
    title = "results"

    def body(self) -> Html:
        parts = [self._scores(split) for split in ("test", "validation")]
        best = self.facts.report.best
        if best is None:
            return join([paragraph(self.t("no_test")), *parts])
        higher = self.facts.report.last_is_higher
        if higher:
            parts.insert(1, paragraph(self.say(higher)))
        parts += [self._labels(best), self._confusion(best), self._errors(best)]
        return join([*parts, paragraph(self.t("cli.intervals"), "soft")])

    def _scores(self, split: str) -> Html:
        figures = self.facts.report.splits.get(split, {})
        weights = in_order(figures)
        if not weights:
            return Html("")
        shown = dict.fromkeys([self.facts.report.headline, *figures[weights[0]]["intervals"]])
        title = self.t(
            "cli.split_rows",
            split=self.t(f"report.split.{split}"),
            rows=figures[weights[0]]["rows"],
        )
        head = [title, *(number(self.say(Report.weights(name))) for name in weights)]
        rows = (
            [self.metric(name), *(number(self.score(figures[w], name)) for w in weights)]
            for name in shown
        )
        return table(head, rows)

    def _labels(self, best: Figures) -> Html:
        found = best["per_class"]
        if not found:
            return Html("")
        names = ("precision", "recall", "f1")
        head = [
            self.t("label"),
            *(number(self.t(f"report.metric.{name}")) for name in names),
            number(self.metric("support")),
        ]
        rows = (
            [label, *(number(self.score(of, name)) for name in names), number(of["support"])]
            for label, of in found.items()
        )
        drawn = [
            Bar(label, of["f1"], low, high, f"{of['f1']:.2f} ({of['support']:,})")
            for label, of in found.items()
            for low, high in [of["intervals"]["f1"]]
        ]
        mean = sum(of["f1"] for of in found.values()) / len(found)
        return join([table(head, rows), bars(self.t("f1_by_label"), drawn[:MOST_LABELS], mean)])

    def _confusion(self, best: Figures) -> Html:
        """Of rows with one label what was taken for what; with several what was missed or said."""
        counts, labels = best.get("confusion"), self.facts.report.labels
        if not counts:
            return Html("")
        if not isinstance(counts[0][0], int):
            head = [self.t("label"), *(number(self.t(n)) for n in ("found", "missed", "added"))]
            rows = (
                [label, *(number(n) for n in (hit, missed, added))]
                for label, ((_, added), (missed, hit)) in zip(labels, counts, strict=True)
            )
            return table(head, rows)
        if len(labels) > MOST_LABELS:
            return Html("")
        return matrix(self.t("confusion"), labels, counts, self.t("true_down"))

    def _errors(self, best: Figures) -> Html:
        if "errors" not in best:
            return Html("")
        rows = ([self.t(f"report.error.{kind}"), number(n)] for kind, n in best["errors"].items())
        return table([self.t("cli.head.error"), number(self.t("cli.head.times"))], rows)


class WeakSpots(Section):
    """The labels it does worst on, and what it takes for what."""

    title = "weak"

    def body(self) -> Html:
        best = self.facts.report.best
        if best is None or not best["per_class"]:
            return Html("")
        found = sorted(best["per_class"].items(), key=lambda each: each[1]["f1"])
        mean = sum(of["f1"] for _, of in found) / len(found)
        weak = [
            tag(
                "li",
                self.t("weak_label", label=label, score=self.score(of, "f1"), rows=of["support"]),
            )
            for label, of in found[:WORST]
            if of["support"] and of["f1"] < mean
        ]
        confusions = [
            self.t("weak_pair", true=true, said=said, count=count, rows=rows)
            for count, rows, true, said in self._pairs(best)
        ]
        parts = [
            join([paragraph(self.t(key)), tag("ul", *(tag("li", line) for line in lines))])
            for key, lines in (("weak_labels", weak), ("weak_pairs", confusions))
            if lines
        ]
        return join(parts)

    def _pairs(self, best: Figures) -> list[tuple[int, int, str, str]]:
        """The most frequent confusions: how often, of how many rows, true and said label."""
        counts, labels = best.get("confusion"), self.facts.report.labels
        if not counts or not isinstance(counts[0][0], int):
            return []
        pairs = [
            (count, sum(row), labels[i], labels[j])
            for i, row in enumerate(counts)
            for j, count in enumerate(row)
            if i != j and count
        ]
        return sorted(pairs, key=lambda pair: -pair[0])[:WORST]


class Decisions(Section):
    """Where the model decides, and what comes of it on test rows."""

    title = "decisions"

    def body(self) -> Html:
        point, seen = self.facts.point, self.facts.probabilities("test")
        if point is None:
            return Html("")
        task = cast(LabelTask, self.facts.task)
        parts = [paragraph(self.say(task.told(point)))]
        if point.is_default:
            return join(parts)
        head = [self.t("label"), number(self.t("threshold")), number(self.t("band"))]
        cuts = ((label, task.cut(point, label)) for label in task.cuttable)
        rows = (
            [
                label,
                number(f"{cut.threshold:.4g}" if point.thresholds else ""),
                number(f"{cut.low:g}–{cut.high:g}" if cut.low < cut.high else ""),
            ]
            for label, cut in cuts
        )
        parts.append(table(head, rows))
        if seen is not None and len(seen):
            parts.append(self._consequences(task, compared(task, seen, point)))
        return join(parts)

    def _consequences(self, task: LabelTask, sides: Mapping[str, Consequences]) -> Html:
        told = list(sides.values())
        title = self.t("cli.split_rows", split=self.t("report.split.test"), rows=told[0].rows)
        rows = [
            [self.t("decisions.automated"), *(number(each.automated) for each in told)],
            [self.t("decisions.looked_at"), *(number(each.looked_at) for each in told)],
        ]
        for name in task.mistakes:
            counts = (number(each.mistakes.get(name, 0)) for each in told)
            rows.append([self.t(f"decisions.mistakes_{name}"), *counts])
        if all(each.cost for each in told):
            costs = (
                number(f"{c.mean:.2f} ({c.low:.2f}–{c.high:.2f})")
                for c in (e.cost for e in told)
                if c
            )
            rows.append([self.t("decisions.cost_per_text"), *costs])
        return table([title, *(number(self.t(f"decisions.{name}")) for name in sides)], rows)


class Alternatives(Section):
    """The run beside something simpler, on the same test rows."""

    title = "alternatives"

    def body(self) -> Html:
        if not self.facts.alternatives:
            return Html("")
        name = self.facts.report.headline
        rows = (
            [
                self.say(each.called),
                number(self.score(each.figures, name)),
                self.say(each.paired.short(name, each.called)) if each.paired else "",
            ]
            for each in self.facts.alternatives
        )
        return table([self.t("alternative"), number(self.metric(name)), self.t("this_run")], rows)


class Pins(Section):
    title = "pins"

    def body(self) -> Html:
        if not self.facts.pins:
            return Html("")
        rows = []
        for pin in self.facts.pins:
            outcome = self.facts.outcomes.get(pin.id)
            if pin.other is None:
                said = list(pin.expected or ()) or [self.t("pins.nothing")]
                demand = self.t("pins.must_be", said=said)
            else:
                demand = self.t("pins.must_not_change", other=pin.other)
            word = "unknown" if outcome is None else "holds" if outcome.holds else "broken"
            text = join([tag("i", pin.question), " "]) if pin.question else ""
            state = tag("td", self.t(f"pins.{word}"), class_=word)
            rows.append([join([text, pin.text]), demand, state])
        head = [self.t("pins.text"), self.t("pins.demand"), self.t("this_run")]
        return table(head, rows)


class Environment(Section):
    title = "environment"

    def body(self) -> Html:
        plan = self.facts.latest("plan") or {}
        versions = plan.get("versions", {})
        seconds = (self.facts.run.ended or 0) - (self.facts.run.started or 0)
        facts = [
            (self.t("run_id"), self.facts.run.id),
            (self.t("trained_at"), clock(self.facts.run.started)),
            (self.t("trained_for"), duration(seconds) if seconds > 0 else ""),
            (self.t("device_used"), plan.get("device_name", "")),
            (self.t("precision"), plan.get("precision", "")),
            (self.t("seed"), str(self.facts.recipe.seed) if self.facts.recipe else ""),
            (self.t("fingerprint"), self.facts.dataset.fingerprint if self.facts.dataset else ""),
            *versions.items(),
        ]
        rows = [[name, value] for name, value in facts if value]
        known = None if versions else paragraph(self.t("versions_unknown"), "soft")
        return join([table(["", ""], rows, "small"), known])


SECTIONS: tuple[type[Section], ...] = (
    Results,
    WeakSpots,
    Alternatives,
    Decisions,
    Pins,
    Data,
    Training,
    Environment,
)
"""In the order of the document: what it is worth first, what it was made of last."""


def paragraph(words: str, class_: str | None = None) -> Html:
    return tag("p", words, class_=class_)


def number(value: Any) -> Html:
    """A cell, or head, of a column of numbers."""
    return tag("td", f"{value:,}" if isinstance(value, int) else value, class_="n")


def table(
    head: Iterable[str | Html], rows: Iterable[Iterable[str | Html]], class_: str | None = None
) -> Html:
    heads = tag("tr", *(_cell("th", cell) for cell in head))
    body = (tag("tr", *(_cell("td", cell) for cell in row)) for row in rows)
    return tag("table", tag("thead", heads), tag("tbody", *body), class_=class_)


def _cell(name: str, cell: str | Html) -> Html:
    whole = isinstance(cell, Html) and cell.startswith("<td")
    return cast(Html, cell) if whole else tag(name, cell)


def clock(seconds: float | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds)) if seconds else ""


def duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
