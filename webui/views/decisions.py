"""The view of decisions in HTML: what holds now, what a choice means, whether tuning helps."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.evaluation.consequences import Consequences, Estimate
from engine.evaluation.tuned import Verdict
from engine.tasks.labelled import LabelTask
from engine.tasks.operating_point import Cut, OperatingPoint
from engine.tasks.scores import Bools
from engine.text import Message
from webui.charts import Words
from webui.html import Html, fold, join, note, number_cell, table, tag

SHOWN = 12
"""Labels whose cuts are in sight; more are a click away."""
Sides = Mapping[str, Consequences]
"""What is compared: the point, the default rule, a person who sees everything."""


def now(told: Message, by_default: bool, review: Bools | None, t: Words) -> Html:
    """How the model decides as it is saved, how many test rows a person would see, and that other
    views speak of the default rule."""
    more = []
    if review is not None and len(review):
        share = f"{100 * review.mean():.0f} %"
        more.append(t("decisions.review_now", share=share, rows=len(review)))
    if not by_default:
        more.append(t("decisions.elsewhere"))
    lead = tag("p", tag("b", t(told.key, **told.params)), class_="ts-headline")
    return join([lead, tag("p", " ".join(more), class_="ts-why") if more else None])


def outcome(
    task: LabelTask,
    point: OperatingPoint,
    splits: Mapping[str, Sides],
    few: Message | None,
    t: Words,
) -> Html:
    """What comes of a point on each split, test rows first, and the cuts themselves; `few` is a
    word on rows that are too few to choose on."""
    if not splits:
        return note("info", t("decisions.no_rows"))
    parts = [tag("h3", t("decisions.outcome_title"))]
    told = splits.get("test") or splits["validation"]
    parts.append(_summary(told, t))
    if few:
        parts.append(note("warning", t(few.key, **few.params)))
    parts += [_table(task, point, split, sides, t) for split, sides in splits.items()]
    if "test" not in splits:
        parts.append(note("info", t("decisions.no_test")))
    if not point.is_default:
        parts.append(_cuts(task, point, t))
    return join(parts)


def _summary(sides: Sides, t: Words) -> Html:
    """The main thing in a sentence or three."""
    first = next(iter(sides.values()))
    shares = {"rows": first.rows, "automated": first.automated, "looked_at": first.looked_at}
    share = f"{100 * first.automated / max(1, first.rows):.0f} %"
    sentences = [t("decisions.summary", share=share, **shares)]
    if first.cost:
        numbers = {name: _two(number) for name, number in first.cost._asdict().items()}
        sentences.append(t("decisions.summary_cost", **numbers))
    if first.automated == 0:
        sentences.append(t("decisions.all_to_person"))
    else:
        sentences += [_saving(name, side.saved, t) for name, side in sides.items() if side.saved]
    return tag("p", " ".join(sentences))


def _saving(name: str, saved: Estimate, t: Words) -> str:
    """Whether the point is cheaper than something else, and whether that is sure."""
    way = "cheaper" if saved.low > 0 else "dearer" if saved.high < 0 else "alike"
    return t(f"decisions.{name}_{way}", saved=_two(abs(saved.mean)))


def _table(task: LabelTask, point: OperatingPoint, split: str, sides: Sides, t: Words) -> Html:
    """The sides across, what comes of each down."""
    every = list(sides.values())
    rows = t("decisions.split_rows", split=t(f"report.split.{split}"), rows=every[0].rows)
    heads = (tag("th", t(f"decisions.{name}"), class_="ts-number") for name in sides)
    lines = [
        [t("decisions.automated"), *(_share(side.automated, side.rows) for side in every)],
        [t("decisions.looked_at"), *(_share(side.looked_at, side.rows) for side in every)],
    ]
    for name in task.mistakes:
        counts = (number_cell(f"{side.mistakes.get(name, 0):,}") for side in every)
        lines.append([t(f"decisions.mistakes_{name}"), *counts])
    lines += _scores(task, point, every, t)
    if all(side.cost for side in every):
        lines.append([t("decisions.cost_per_text"), *(_estimate(side.cost) for side in every)])
    return table([rows, *heads], lines)


def _scores(
    task: LabelTask, point: OperatingPoint, sides: Sequence[Consequences], t: Words
) -> list[list[Html | str]]:
    """Precision and recall of the label that was aimed at, or else the score that stands for the
    task, unless hard rows are left to a person."""
    label = point.chosen.label if point.chosen else None
    if label is None:
        if any(side.looked_at for side in sides):
            return []
        metric = task.metric(task.headline)
        cells = [_score(side.figures, task.headline) for side in sides]
        return [[t(metric.key, **metric.params), *cells]]
    return [
        [
            t("report.of_positive", metric=t(f"report.metric.{name}"), label=label),
            *(_score(side.figures["per_class"][label], name) for side in sides if side.figures),
        ]
        for name in ("precision", "recall")
    ]


def _score(figures: Mapping[str, Any], name: str) -> Html:
    low, high = figures["intervals"][name]
    return _with_ends(f"{figures[name]:.2f}", low, high)


def _estimate(found: Estimate | None) -> Html:
    if found is None:
        return number_cell("")
    return _with_ends(_two(found.mean), found.low, found.high)


def _with_ends(value: str, low: float, high: float) -> Html:
    if low == high:
        return number_cell(value)
    ends = tag("span", f" {_two(low)}–{_two(high)}", class_="ts-soft")
    return number_cell(join([value, ends]))


def _share(count: int, rows: int) -> Html:
    share = tag("span", f" {100 * count / max(1, rows):.0f} %", class_="ts-soft")
    return number_cell(join([f"{count:,}", share]))


def _cuts(task: LabelTask, point: OperatingPoint, t: Words) -> Html:
    """The thresholds and the band of each label, drawn and in numbers; or the one number below
    which all answers go to a person."""
    if point.thresholds is None and point.band is not None and len(set(point.band)) == 1:
        return tag("p", t("decisions.floor", floor=f"{point.band[0][1]:.3g}"))
    several = len(task.mistakes) > 1
    draw = _zones if several else _floor
    lines = [
        [label, tag("td", draw(task.cut(point, label)), class_="ts-zones-cell"), *_numbers(cut, t)]
        for label in task.cuttable
        for cut in (task.cut(point, label),)
    ]
    head = [
        t("label"),
        t("decisions.zones" if several else "decisions.floor_zones"),
        tag("th", t("decisions.threshold"), class_="ts-number"),
        tag("th", t("decisions.to_person_between"), class_="ts-number"),
    ]
    shown = table(head, lines)
    title = t("decisions.cuts_title")
    if len(lines) <= SHOWN:
        return join([tag("h3", title), shown])
    return fold(title, shown)


def _numbers(cut: Cut, t: Words) -> list[Html]:
    band = t("decisions.nothing")
    if cut.low < cut.high:
        band = f"{cut.low:.3g} – {min(cut.high, 1):.3g}"
    threshold = t("decisions.never") if cut.threshold > 1 else f"{cut.threshold:.3g}"
    return [number_cell(threshold), number_cell(band)]


def _zones(cut: Cut) -> Html:
    """No, a person, yes: from probability 0 to 1."""
    return _bar(cut.low, cut.high, (("no", cut.low), ("person", cut.high - cut.low)))


def _floor(cut: Cut) -> Html:
    return _bar(0, cut.high, (("person", cut.high),))


def _bar(low: float, high: float, parts: Sequence[tuple[str, float]]) -> Html:
    fills = (
        tag("span", class_=f"ts-zone-{name}", style=f"width:{100 * min(share, 1):.1f}%")
        for name, share in parts
    )
    return tag("span", *fills, class_="ts-zones", role="img", aria_label=f"{low:.2f} – {high:.2f}")


def tuning(t: Words) -> Html:
    """While it is being found out."""
    return join([tag("h3", t("decisions.tuning_title")), tag("p", t("decisions.tuning_checks"))])


def tuned(verdict: Verdict, t: Words) -> Html:
    """Whether tuned thresholds help, in plain words."""
    told = verdict.told
    return join(
        [
            tag("h3", t("decisions.tuning_title")),
            tag("p", t(told.key, **told.params)),
            tag("p", t("decisions.tuning_help"), class_="ts-why"),
        ]
    )


def _two(value: float) -> str:
    return f"{value:,.2f}"
