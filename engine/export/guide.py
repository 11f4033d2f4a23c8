"""The guide for those who label: what each label is, by its owner's words, typical texts, texts at
its border, and texts that only look like it. One file, which needs nothing beside it.
"""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.data import guidance
from engine.data.dataset import Dataset
from engine.data.table import Table, open_table
from engine.errors import DataError, WorkspaceError
from engine.markup import Html, join, tag
from engine.quality import portraits
from engine.quality.portraits import Beside, Portrait
from engine.tasks.token_labels import to_spans
from engine.text import translate
from engine.times import clock
from engine.workspace import Workspace, write_atomically

LONGEST = 500
"""Characters of a text."""
EXAMPLES = 3
"""Texts of a label whose portrait has not been made."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""What a browser lets the file do: show itself."""
STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 820px; padding: 32px 28px 64px; background: #fff;
  color: #1e2126; font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial,
  "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 26px; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 20px; margin: 30px 0 4px; padding-top: 14px; border-top: 1px solid #dcdcd8;
  overflow-wrap: anywhere; break-after: avoid; }
h3 { font-size: 15px; margin: 14px 0 2px; break-after: avoid; }
p { margin: 6px 0; overflow-wrap: anywhere; }
ul { margin: 0; padding-left: 22px; }
li { margin: 3px 0; overflow-wrap: anywhere; break-inside: avoid; }
.line { font-size: 17px; }
.soft { color: #5c626c; }
mark { background: none; color: inherit; border-bottom: 2px solid #80868f; padding: 1px 3px; }
mark b { margin-inline-start: 6px; font-size: 13px; color: #4d535d; }
.own { background: #e3ecfc; border-color: #4a7fd9; }
.own b { color: #2855b8; }
@media print { body { padding: 0; max-width: none; } }
"""

Part = tuple[str, str]
"""Words of a text, and the type of the mention they are; "" where they are none."""
Text = Sequence[Part]


@dataclass(frozen=True)
class Entry:
    """One label."""

    label: str
    rows: int
    line: str
    """What belongs to it; may be empty."""
    typical: Sequence[Text]
    """Texts: the most typical ones where they are known, else the first."""
    borderline: Sequence[tuple[Text, str]] = ()
    """(text of it, the label it is nearly)."""
    counter: Sequence[tuple[Text, str]] = ()
    """(text that looks like it, the label it carries)."""


def entries(workspace: Workspace, dataset: Dataset) -> list[Entry]:
    """What is known of each label, in the order of the data set. Raises WorkspaceError where the
    rows are gone."""
    table, lines = open_table(workspace, dataset), guidance.lines(workspace, dataset.id)
    drawn = portraits.load(workspace, dataset) or {}
    return [
        _entry(label, table, lines.get(label, ""), drawn.get(label, Portrait()))
        for label in dataset.labels
    ]


def _entry(label: str, table: Table, line: str, portrait: Portrait) -> Entry:
    carries = np.flatnonzero(table.having(label))
    near = [beside.row for beside in (*portrait.borderline, *portrait.counter)]
    rows = table.by_id([*portrait.prototypes, *near])
    typical = [rows[row] for row in portrait.prototypes if row in rows]
    typical = typical or table.rows(carries[:EXAMPLES])
    return Entry(
        label,
        len(carries),
        line,
        [_text(row) for row in typical],
        _beside(portrait.borderline, rows),
        _beside(portrait.counter, rows),
    )


def _beside(found: Sequence[Beside], rows: Mapping[int, Any]) -> list[tuple[Text, str]]:
    return [(_text(rows[row]), label) for row, label in found if row in rows]


def _text(row: Mapping[str, Any]) -> Text:
    """The beginning of a text; a mention that begins there is whole."""
    text, parts, at = str(row["text"]), list[Part](), 0
    spans = to_spans(row["starts"], row["ends"], row["tags"]) if "tags" in row else []
    for span in [span for span in spans if span.start < LONGEST]:
        parts += [(text[at : span.start], ""), (text[span.start : span.end], span.label)]
        at = span.end
    left = max(0, LONGEST - at)
    rest = text[at:] if len(text) - at <= left else text[at : at + left] + " …"
    return [(re.sub(r"\s+", " ", words), name) for words, name in (*parts, (rest, "")) if words]


def write_guide(workspace: Workspace, dataset: Dataset, language: str, to: Path) -> Path:
    """Write the guide, whole or not at all: as Markdown to a file that ends in .md, else as HTML.
    Raises DataError where there are no labels, WorkspaceError where the rows are gone or the file
    cannot be written."""
    if not dataset.labels:
        raise DataError("guide.no_labels", name=dataset.name)
    found = entries(workspace, dataset)
    build = to_markdown if to.suffix.lower() in (".md", ".markdown") else to_html
    try:
        write_atomically(to, build(dataset, found, language))
    except OSError as error:
        reason = error.strerror or str(error)
        raise WorkspaceError("guide.cannot_write", file=str(to), reason=reason) from None
    return to


def to_html(dataset: Dataset, found: Sequence[Entry], language: str) -> str:
    """The whole file as text."""
    title, about = _head(dataset, language)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Html(STYLE)),
    )
    body = tag(
        "body",
        tag("h1", title),
        tag("p", about, class_="soft"),
        *(_section(entry, language) for entry in found),
    )
    lang = {"zh": "zh-CN"}.get(language, language)
    return "<!doctype html>\n" + tag("html", head, body, lang=lang) + "\n"


def _section(entry: Entry, language: str) -> Html:
    line = tag("p", entry.line, class_="line", dir="auto") if entry.line else None
    rows = tag("p", translate("guide.rows", language, rows=entry.rows), class_="soft")
    parts = [
        join([tag("h3", title), tag("ul", *(_item(*each, entry.label) for each in texts))])
        for title, texts in _parts(entry, language)
    ]
    return tag("section", tag("h2", entry.label), line, *parts, rows)


def _item(text: Text, told: str, label: str) -> Html:
    words = (_marked(*part, label) if part[1] else part[0] for part in text)
    return tag("li", tag("span", *words, dir="auto"), tag("span", f" {told}", class_="soft"))


def _marked(words: str, name: str, label: str) -> Html:
    own = "own" if name == label else None
    return tag("mark", tag("bdi", words), tag("b", name), class_=own)


def to_markdown(dataset: Dataset, found: Sequence[Entry], language: str) -> str:
    """The whole file as text, with nothing in it that Markdown would read as a sign of its own."""
    title, about = _head(dataset, language)
    lines = [f"# {_plain(title)}", "", _plain(about)]
    if any(name for entry in found for text in entry.typical for _, name in text):
        lines += ["", _plain(translate("guide.mentions", language))]
    for entry in found:
        lines += ["", f"## {_plain(entry.label)}"]
        lines += ["", _plain(entry.line)] if entry.line else []
        for title, texts in _parts(entry, language):
            lines += ["", f"**{_plain(title)}**", ""]
            lines += [f"- {_plain(f'{_written(text)} {told}')}" for text, told in texts]
        lines += ["", _plain(translate("guide.rows", language, rows=entry.rows))]
    return "\n".join(lines) + "\n"


def _written(text: Text) -> str:
    return "".join(f"[{words}]({name})" if name else words for words, name in text)


def _plain(text: str) -> str:
    """One line of words, safe also where HTML may stand in Markdown."""
    line = re.sub(r"([\\`*_\[\]<>#|~&!])", r"\\\1", " ".join(text.split()))
    return re.sub(r"^(\d+)([.)])|^([-+=])", r"\1\\\2\3", line)


def _head(dataset: Dataset, language: str) -> tuple[str, str]:
    title = translate("guide.title", language, name=dataset.name)
    written = {"version": dataset.version, "time": clock(time.time())}
    return title, translate("guide.about", language, labels=len(dataset.labels), **written)


def _parts(entry: Entry, language: str) -> list[tuple[str, list[tuple[Text, str]]]]:
    """(title, (text, what is told of it)) of the sorts of texts there are."""
    known = bool(entry.borderline or entry.counter)
    first = "labels.prototypes" if known else "labels.examples"
    parts = [
        (translate(first, language), [(text, "") for text in entry.typical]),
        (translate("labels.borderline", language), _told(entry.borderline, "labels.or", language)),
        (translate("labels.counter", language), _told(entry.counter, "labels.is", language)),
    ]
    return [(title, texts) for title, texts in parts if texts]


def _told(found: Sequence[tuple[Text, str]], key: str, language: str) -> list[tuple[Text, str]]:
    return [(text, translate(key, language, label=label)) for text, label in found]
