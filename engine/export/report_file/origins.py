"""What a run was made of: its data, its recipe and course, the machine it ran on."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.export.report_file.drawings import BLUE, GREY, ORANGE, Points, Series, curves
from engine.export.report_file.parts import Section, number, paragraph, table
from engine.markup import Html, join, tag
from engine.models.known import known_models
from engine.times import clock, duration
from engine.training.events import Event, followed
from engine.training.settings import SETTINGS, Setting


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
            known = values | {"output": self.facts.output}
            rows = [
                [s.label(self.language), self._value(s, values[s.name]), self._by(s.name)]
                for s in SETTINGS
                if s.of_use(known) and values[s.name] not in ("", (), {}, None)
            ]
            head = [self.t("setting"), self.t("value"), self.t("set_by")]
            parts.append(table(head, rows, "small"))
        if plan is not None:
            told = self.t("plan", **{name: plan[name] for name in ("steps", "rows", "precision")})
            parts.append(paragraph(f"{told} {self.t('device', name=plan['device_name'])}"))
        parts.append(tag("div", self._losses(), self._scores(), class_="pair"))
        return join(parts)

    def _value(self, setting: Setting, value: Any) -> str:
        if setting.name == "model":
            found = (model.title for model in known_models() if model.id == value)
            return f"{title} ({value})" if (title := next(found, "")) else str(value)
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
        checked = [(e["step"], e.get("loss")) for e in self._of("evaluation")]
        series = [
            Series(self.t("report.split.train"), trained, BLUE),
            Series(self.t("report.split.validation"), checked, ORANGE, dots=True),
        ]
        return curves(self.t("page.chart_loss"), series, self.t("page.axis_step"))

    def _scores(self) -> Html:
        series = []
        names = followed(self.facts.events)
        for (name, said), colour in zip(names.items(), (BLUE, ORANGE, GREY), strict=False):
            before: Points = [(0, e.get("metrics", {}).get(name)) for e in self._of("before")[-1:]]
            points = [(e["step"], e.get("metrics", {}).get(name)) for e in self._of("evaluation")]
            series.append(Series(self.say(said), [*before, *points], colour, dots=True))
        return curves(self.t("page.chart_scores"), series, self.t("page.axis_step"))

    def _of(self, kind: str) -> Sequence[Event]:
        return [event for event in self.facts.events if event["type"] == kind]


class Environment(Section):
    title = "environment"

    def body(self) -> Html:
        plan = self.facts.latest("plan") or {}
        versions = plan.get("versions", {})
        seconds = (self.facts.run.ended or 0) - (self.facts.run.started or 0)
        facts = [
            (self.t("run_id"), self.facts.run.id),
            (self.t("trained_at"), clock(self.facts.run.started) if self.facts.run.started else ""),
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
