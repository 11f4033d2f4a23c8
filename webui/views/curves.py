"""The curves view in HTML: what the curves say, and how far probabilities can be trusted."""

from dataclasses import dataclass

from engine.evaluation.curves import Reliability
from webui.charts import Words
from webui.html import Html, join, note, number_cell, table, tag

ENOUGH = 10
"""True rows below which a curve is a few steps and says little."""


@dataclass(frozen=True)
class Calibration:
    """How far the probabilities of a split are true, and what a temperature makes of them."""

    before: Reliability
    after: Reliability | None
    temperature: float | None
    split: str
    rows: int


def nothing(t: Words) -> Html:
    return tag("p", t("curves.nothing"), class_="ts-why")


def of_label(label: str, true: int, rows: int, t: Words) -> Html:
    """How to read the two curves, and how much they rest on."""
    told = tag("p", t("curves.rows", label=label, true=true, rows=rows), class_="ts-why")
    if true == 0 or true == rows:
        return join([note("info", t("curves.one_kind", label=label)), told])
    few = note("warning", t("curves.few", label=label, true=true)) if true < ENOUGH else None
    return join([few, told, tag("p", t("curves.help"), class_="ts-why")])


def calibration(found: Calibration, several: bool, t: Words) -> Html:
    """Whether what is said with 80 % is true 8 times in 10, before and after scaling."""
    before, after = found.before, found.after
    judged = before.upper if several else before
    honest = t(f"curves.is_{judged.verdict}")
    head = ["", *_heads(several, t)]
    lines = [[t("curves.row_as_it_is"), *_errors(before, several)]]
    told = None
    if after is not None and found.temperature is not None:
        scaled = t("curves.row_scaled", temperature=f"{found.temperature:.2f}")
        lines.append([scaled, *_errors(after, several)])
        better = (after.upper if several else after).error < judged.error
        told = t("curves.scaling_better" if better else "curves.scaling_not")
    split = t(f"split_rows_{found.split}")
    of_what = t("curves.of_pairs" if several else "curves.of_answers", rows=found.rows, split=split)
    return join(
        [
            tag("h3", t("curves.calibration_title")),
            tag("p", honest),
            table(head, lines, "ts-table ts-splits"),
            tag("p", told, class_="ts-why") if told else None,
            tag("p", t("curves.calibration_help"), " ", of_what, class_="ts-why"),
        ]
    )


def _heads(several: bool, t: Words) -> list[Html]:
    heads = [t("curves.error"), *([t("curves.upper_error")] if several else [])]
    return [tag("th", head, class_="ts-number") for head in heads]


def _errors(found: Reliability, several: bool) -> list[Html]:
    errors = [found.error, *([found.upper.error] if several else [])]
    return [number_cell(f"{error:.3f}") for error in errors]
