"""What a section of a report file is, and the pieces sections are put together from."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, cast

from engine.evaluation.report import Figures
from engine.export.report_file.facts import Facts
from engine.markup import Html, tag
from engine.text import Message, translate


class Section(ABC):
    """Base: the facts and the reader's language."""

    title: str

    def __init__(self, facts: Facts, language: str) -> None:
        self.facts, self.language = facts, language

    def t(self, key: str, **params: Any) -> str:
        full = key if "." in key else f"report_file.{key}"
        return translate(full, self.language, **params)

    def say(self, message: Message) -> str:
        return message.text(self.language)

    @abstractmethod
    def body(self) -> Html:
        """What stands below the title; empty leaves the section out."""

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
