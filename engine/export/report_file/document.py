"""The report file itself: its head, its one-sentence answer, and the sections below."""

import time
from pathlib import Path

from engine.evaluation.alternatives import strongest
from engine.evaluation.pins import count_held
from engine.export.report_file.facts import Facts, gather
from engine.export.report_file.sections import SECTIONS
from engine.markup import Html, join, tag
from engine.runs.run import Run
from engine.text import translate
from engine.times import clock
from engine.workspace import Workspace, write_atomically

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""What a browser lets the file do: show itself."""
STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 900px; padding: 32px 28px 64px; background: #fff;
  color: #1e2126;
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
html[lang|="zh"] body { font-family: "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC",
  sans-serif; }
h1 { font-size: 26px; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 20px; margin: 34px 0 10px; padding-top: 14px; border-top: 1px solid #dcdcd8; }
p { margin: 6px 0; overflow-wrap: anywhere; }
.lead { font-size: 18px; margin: 12px 0; }
.soft { color: #5c626c; }
table { border-collapse: collapse; width: 100%; margin: 10px 0 16px; }
th, td { text-align: left; vertical-align: top; padding: 5px 12px 5px 0;
  border-bottom: 1px solid #e6e6e2; overflow-wrap: anywhere; }
th { font-weight: 600; }
thead td { font-weight: 600; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.n + :not(.n) { padding-left: 20px; }
.small { font-size: 13px; }
.holds { color: #1b7448; }
.broken { color: #b3262e; font-weight: 600; }
.unknown { color: #5c626c; }
figure { margin: 14px 0; break-inside: avoid; }
figcaption { font-weight: 600; margin-bottom: 4px; }
.upward { display: block; font-size: 13px; font-weight: 400; color: #5c626c; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); gap: 0 24px; }
svg { width: 100%; height: auto; font-size: 12px; }
svg text { fill: #1e2126; }
.key { display: inline-block; margin-right: 16px; font-size: 13px; }
.key i { display: inline-block; width: 14px; height: 4px; margin-right: 6px;
  vertical-align: middle; }
.matrix { width: auto; font-size: 13px; }
.matrix td, .matrix th { padding: 3px 6px; border: 1px solid #e6e6e2; }
.matrix .light { color: #fff; }
.matrix .n { min-width: 30px; text-align: center; }
@page { margin: 16mm; }
@media print {
  body { max-width: none; padding: 0; font-size: 12px; }
  .screen { display: none; }
  h2 { break-after: avoid; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""


def write_document(workspace: Workspace, run: Run, language: str, to: Path) -> Path:
    """Write the file, whole or not at all. Raises WorkspaceError where the run has no report."""
    write_atomically(to, build_document(workspace, run, language))
    return to


def build_document(workspace: Workspace, run: Run, language: str) -> str:
    """The whole file as text."""
    facts = gather(workspace, run)
    sections = [section(facts, language).html() for section in SECTIONS]
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", run.name),
        tag("style", Html(STYLE)),
    )
    body = tag("body", _top(facts, language), *sections)
    lang = {"zh": "zh-CN"}.get(language, language)
    return "<!doctype html>\n" + tag("html", head, body, lang=lang) + "\n"


def _top(facts: Facts, language: str) -> Html:
    """What it is, and in one sentence how good."""
    run, report, best = facts.run, facts.report, facts.report.best
    name = facts.dataset.name if facts.dataset else report.dataset
    about = translate("report_file.about", language, data=name, version=report.dataset_version)
    said = translate("report_file.no_test", language)
    if best is not None:
        low, high = best["intervals"][report.headline]
        score = {
            "metric": report.metric(report.headline),
            "score": f"{best[report.headline]:.3f}",
            "low": f"{low:.3f}",
            "high": f"{high:.3f}",
            "rows": best["rows"],
        }
        said = translate("report_file.headline", language, **score)
    written = translate("report_file.written", language, time=clock(time.time()))
    return join(
        [
            tag("h1", run.name),
            tag("p", about, " ", written, class_="soft"),
            tag("p", tag("b", said), " ", _against(facts, language), class_="lead"),
            _pins(facts, language),
            tag("p", translate("report_file.print", language), class_="soft screen"),
        ]
    )


def _against(facts: Facts, language: str) -> str:
    """How it stands against the strongest of the simpler alternatives."""
    first = strongest(facts.report)
    if first is None or first.paired is None:
        return ""
    score = facts.report.headline
    return first.paired.message(score, facts.report.metric(score), first.called).text(language)


def _pins(facts: Facts, language: str) -> Html | None:
    held = count_held(facts.outcomes, facts.pins)
    if not held.scored:
        return None
    return tag("p", translate("pins.held", language, held=held.held, scored=held.scored))
