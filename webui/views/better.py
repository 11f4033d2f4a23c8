"""Whether a run is better than something simpler, in HTML: the verdict, and the table behind it."""

from collections.abc import Sequence

from engine.evaluation.alternatives import UNTRAINED, Alternative, lacking
from engine.evaluation.paired import INDISTINGUISHABLE, LEAST_DIFFERENT, Paired, signed
from engine.evaluation.report import Figures, Report
from webui.charts import Words
from webui.html import Html, join, number_cell, table, tag
from webui.views.results import metric_name

KINDS = {"better": "ts-is-better", "worse": "ts-is-worse", "indistinguishable": "ts-is-same"}
"""Verdict → its look; the word stands beside it."""


def verdict(report: Report, against: Alternative | None, t: Words) -> Html:
    """One sentence, and what it does not say."""
    if against is None or against.paired is None:
        return tag("p", t("better.nothing_yet"), class_="ts-lead")
    said = against.paired.message(
        report.headline, report.metric(report.headline), _named(against, t)
    )
    sentence = tag("p", tag("b", t(said.key, **said.params)), class_="ts-headline")
    if against.name != UNTRAINED:
        why = t("better.strongest")
    else:
        why = t("better.only_untrained" if lacking(report) else "better.no_simple")
    return join([sentence, tag("p", why, class_="ts-why"), too_few(against.paired, report, t)])


def too_few(paired: Paired, report: Report, t: Words) -> Html | None:
    """Where nothing follows: how large a difference would have to be, and what helps."""
    score = report.headline
    if paired.verdict(score) != INDISTINGUISHABLE or paired.different < LEAST_DIFFERENT:
        return None
    _, low, high = paired.differences[score]
    told = {"rows": paired.rows, "points": f"{50 * (high - low):.1f}"}
    return tag("p", t("better.too_few", **told), class_="ts-why")


def listed(report: Report, found: Sequence[Alternative], t: Words) -> Html:
    """The run, and each alternative with its score and the paired difference."""
    score, best = report.headline, report.best
    if best is None:
        return Html("")
    names = ("score", "difference", "right", "verdict")
    words = {"score": metric_name(report, score, t)}
    head = [
        "",
        *(
            tag("th", words.get(name) or t(f"better.head_{name}"), class_="ts-number")
            for name in names[:3]
        ),
        t("better.head_verdict"),
    ]
    own = [tag("b", t("better.this_run")), _score(best, score), "", "", ""]
    rows = [_row(each, report, best["rows"], t) for each in found]
    about = tag("p", t("better.table_help", rows=best["rows"]), class_="ts-why")
    return join(
        [tag("h3", t("better.title")), about, table(head, [own, *rows], "ts-table ts-held")]
    )


def capital(name: str) -> str:
    """A name at the beginning of a line."""
    return name[:1].upper() + name[1:]


def difference(paired: Paired, score: str) -> Html:
    """Points, and their interval below."""
    value, low, high = paired.differences[score]
    interval = tag("div", f"{signed(low)} – {signed(high)}", class_="ts-soft ts-small")
    return number_cell(join([signed(value), interval]))


def verdict_cell(word: str, t: Words) -> Html:
    return tag("span", t(f"better.word.{word}"), class_=KINDS[word])


def chance(p_value: float) -> str:
    """A p-value as one writes it."""
    return "< 0.001" if p_value < 0.001 else f"= {p_value:.3f}"


def _named(alternative: Alternative, t: Words) -> str:
    return t(alternative.called.key)


def _row(each: Alternative, report: Report, rows: int, t: Words) -> list[Html]:
    score, figures = report.headline, each.figures
    notes = [t(f"better.about.{each.name}")]
    trained, of = figures.get("trained_on"), figures.get("training_rows")
    if trained is not None and of is not None and trained < of:
        notes.append(t("better.learned_from", rows=trained, of=of))
    if figures["rows"] < rows:
        notes.append(t("better.asked_about", rows=figures["rows"], of=rows))
    name = join(
        [
            tag("b", capital(_named(each, t))),
            *(tag("div", words, class_="ts-soft ts-small") for words in notes),
        ]
    )
    if each.paired is None:
        return [name, _score(figures, score), Html(""), Html(""), Html("")]
    paired = each.paired
    only = t("better.only", own=paired.only_own, other=paired.only_other)
    p_value = tag("div", t("better.p", p=chance(paired.p_value)), class_="ts-soft ts-small")
    return [
        name,
        _score(figures, score),
        difference(paired, score),
        number_cell(join([only, p_value])),
        verdict_cell(paired.verdict(score), t),
    ]


def _score(figures: Figures, score: str) -> Html:
    low, high = figures["intervals"][score]
    interval = tag("div", f"{low:.2f}–{high:.2f}", class_="ts-soft ts-small")
    return number_cell(join([f"{figures[score]:.3f}", interval]))
