"""The draft of a data set in HTML: each thing that waits for the next version, with its undo."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from engine.data.changes import Change
from engine.data.corrections import Correction
from engine.text import Message
from webui.charts import Words
from webui.html import Html, button, join, tag

SHOWN = 50
UNFOLDED = 3
"""More than this stand in a fold, so that the rest of the page stays near."""

_WHY = "ts-why"

T = TypeVar("T")
Say = Callable[[Message | None], str]


def waiting(
    changes: Sequence[Change],
    corrections: Sequence[Correction],
    t: Words,
    say: Say,
    always: bool = False,
) -> Html:
    """What waits, the newest first; nothing at all where that is nothing, unless it must be said
    `always`."""
    count = len(changes) + len(corrections)
    if not count:
        empty = (
            tag("h3", t("correct.draft_none")),
            tag("p", t("correct.draft_empty"), class_=_WHY),
        )
        return tag("section", *empty) if always else join([])
    title = t("correct.draft_title", changes=count)
    parts = [tag("p", t("correct.draft_help"), class_=_WHY)]
    parts += [_listed([_change(each, t, say) for each in _newest(changes)])] if changes else []
    parts += (
        [_listed([_correction(each, t) for each in _newest(corrections)])] if corrections else []
    )
    hidden = sum(max(0, len(each) - SHOWN) for each in (changes, corrections))
    parts += [tag("p", t("and_more", rows=hidden), class_="ts-soft")] if hidden else []
    if always:
        return tag("section", tag("h3", title), *parts)
    return tag(
        "details",
        tag("summary", tag("h3", title)),
        *parts,
        class_="ts-fold ts-draft-fold",
        data_keep="draft",
        open=count <= UNFOLDED,
    )


def _newest(waiting: Sequence[T]) -> list[T]:
    return list(reversed(waiting))[:SHOWN]


def _listed(lines: Sequence[Html]) -> Html:
    return tag("ul", *lines, class_="ts-draft")


def _change(change: Change, t: Words, say: Say) -> Html:
    told = say(change.reason)
    undo = button(t("correct.undo"), "undo_change", key=change.key)
    return tag("li", tag("p", told[:1].upper() + told[1:], class_="ts-grow"), undo)


def _correction(correction: Correction, t: Words) -> Html:
    where = "correct.new_text" if correction.row_id is None else "correct.of_row"
    return tag(
        "li",
        tag(
            "div",
            tag("p", correction.question, class_="ts-question") if correction.question else None,
            tag("p", correction.text, class_="ts-clip", dir="auto"),
            tag(
                "p",
                tag("span", t(where, row=correction.row_id), class_="ts-soft"),
                " ",
                tag("s", _names(correction.said, t), class_="ts-soft"),
                " → ",
                tag("b", _names(correction.right, t)),
            ),
            class_="ts-grow",
        ),
        button(t("correct.undo"), "undo", key=correction.key),
    )


def _names(names: Sequence[str], t: Words) -> str:
    return t("correct.names", names=list(names)) if names else t("no_label")
