"""The curves view in HTML: what the curves say, and how far probabilities can be trusted."""

from dataclasses import dataclass

from engine.evaluation.curves import Reliability
from webui.charts import Words
from webui.html import Html, join, note, number_cell, table, tag

ENOUGH = 10
"""True rows below which a curve is a few steps and says little."""
HONEST = 0.05
"""Calibration error up to which probabilities can be taken at their word."""


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
    honest = t("curves.is_honest" if before.error <= HONEST else f"curves.is_{_way(before)}")
    split = t(f"split_rows_{found.split}")
    head = ["", tag("th", t("curves.error"), class_="ts-number")]
    lines = [[t("curves.row_as_it_is"), number_cell(f"{before.error:.3f}")]]
    told = None
    if after is not None and found.temperature is not None:
        temperature = f"{found.temperature:.2f}"
        lines.append(
            [t("curves.row_scaled", temperature=temperature), number_cell(f"{after.error:.3f}")]
        )
        told = t("curves.scaling_better" if after.error < before.error else "curves.scaling_not")
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


def _way(found: Reliability) -> str:
    """Whether more is said than is true, or less."""
    held = found.counts > 0
    more = ((found.said[held] - found.found[held]) * found.counts[held]).sum()
    return "overconfident" if more > 0 else "underconfident"
