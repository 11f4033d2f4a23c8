"""What other models say of the same text, in HTML: a column each, with what differs in words."""

from collections.abc import Iterable, Sequence

from webui.charts import Words
from webui.html import Html, join, tag
from webui.views import playground

Verdicts = Sequence[tuple[Sequence[str], Sequence[str]]]
"""What the chosen model says of each text, and what another one says."""


def columns(every: Iterable[Html]) -> Html:
    return tag("div", *every, class_="ts-others")


def column(title: str, *said: Html) -> Html:
    return tag("section", tag("h3", title), *said, class_="ts-other")


def waiting(title: str, t: Words) -> Html:
    return column(title, playground.waiting(t))


def difference(verdicts: Verdicts, t: Words) -> Html:
    """Whether the two agree, and on one text what only one of them says."""
    differ = [pair for pair in verdicts if set(pair[0]) != set(pair[1])]
    if not differ:
        return tag("p", t("trying.agree"), class_="ts-agree")
    if len(verdicts) > 1:
        told = t("trying.differ_texts", differ=len(differ), texts=len(verdicts))
        return tag("p", told, class_="ts-differ")
    ours, theirs = differ[0]
    lines = [
        tag("span", t(f"trying.{name}", said=only))
        for name, only in (("only_here", _only(theirs, ours)), ("not_here", _only(ours, theirs)))
        if only
    ]
    return tag("p", tag("b", t("trying.differ")), " ", join(lines, " "), class_="ts-differ")


def _only(one: Iterable[str], other: Sequence[str]) -> list[str]:
    """What the one says and the other does not; an answer that is empty says nothing."""
    return [said for said in one if said and said not in other]
