"""What a run is worth: its scores, its weak spots, what it decides and what it must get right."""

from collections.abc import Mapping
from typing import cast

from engine.evaluation.consequences import Consequences, compared
from engine.evaluation.report import Figures, Report, in_order
from engine.export.report_file.drawings import Bar, bars, matrix
from engine.export.report_file.parts import Section, number, paragraph, table
from engine.markup import Html, join, tag
from engine.tasks.labelled import LabelTask

MOST_LABELS = 40
"""Of a matrix that can be read on paper; more are told by their worst confusions alone."""
WORST = 5


class Fixes(Section):
    title = "fixes"

    def body(self) -> Html:
        found = self.facts.brought
        said = [self.say(message) for message in found.messages] if found else []
        return join(
            [paragraph(words, "soft" if place else None) for place, words in enumerate(said)]
        )


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
    """What to know before believing the scores, the labels it does worst on, and what it takes for
    what."""

    title = "weak"

    def body(self) -> Html:
        return join([self._alerts(), self._labels()])

    def _alerts(self) -> Html:
        told = (
            tag("li", tag("b", self.say(alert.what)), " ", self.say(alert.why))
            for alert in self.facts.alerts
        )
        return tag("ul", *told, class_="alerts") if self.facts.alerts else Html("")

    def _labels(self) -> Html:
        best = self.facts.report.best
        if best is None or not best["per_class"]:
            return Html("")
        found = sorted(best["per_class"].items(), key=lambda each: each[1]["f1"])
        mean = sum(of["f1"] for _, of in found) / len(found)
        weak = [
            self.t("weak_label", label=label, score=self.score(of, "f1"), rows=of["support"])
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
        point, seen = self.facts.point, self.facts.said_of("test")
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
