"""The elements of the page, made by `engine.markup`, which escapes every text.

Buttons and selects carry `data-act` and more `data-…`; ACT_SCRIPT sends them to Python, with what
the part of the page shows that they stand in (`data-sight` in a frame of class `ts-sight`). It
keeps a fold that names itself in `data-keep` as the reader left it when the rest changes.
"""

from collections.abc import Iterable
from typing import Any

from engine.markup import Child, Html, escape, join, tag

__all__ = [
    "Html",
    "bar",
    "button",
    "empty",
    "escape",
    "fold",
    "join",
    "note",
    "number_cell",
    "state_word",
    "table",
    "tag",
]

ACT_SCRIPT = """
const folded = {};
element.addEventListener('toggle', (event) => {
  if (event.target.dataset.keep) folded[event.target.dataset.keep] = event.target.open;
}, true);
watch('value', () => {
  for (const found of element.querySelectorAll('details[data-keep]')) {
    if (found.dataset.keep in folded) found.open = folded[found.dataset.keep];
  }
});
const shown = () => element.closest('.ts-sight')?.querySelector('[data-sight]')?.dataset.sight;
element.addEventListener('click', (event) => {
  const found = event.target.closest('[data-act]');
  if (!found || found.tagName === 'SELECT' || found.tagName === 'INPUT') return;
  if (found.dataset.confirm && !window.confirm(found.dataset.confirm)) return;
  trigger('click', {...found.dataset, sight: shown()});
});
element.addEventListener('change', (event) => {
  const found = event.target.closest('select[data-act], input[data-act]');
  if (!found) return;
  found.setAttribute('value', found.value);
  trigger('click', {...found.dataset, value: found.value, sight: shown()});
});
"""
FOCUS_SCRIPT = """
let held = null;
element.addEventListener('focusin', (event) => { held = event.target.id; });
watch('value', () => {
  if (!held || (document.activeElement && document.activeElement !== document.body)) return;
  const found = document.getElementById(held);
  if (found && element.contains(found)) found.focus({preventScroll: true});
});
"""
"""What has an id keeps the focus when all around it is drawn anew."""


def button(label: Child, act: str, *, kind: str = "", **data: Any) -> Html:
    """A small button that sends `act` and its data to Python; `kind` is a look of app.css."""
    extra = {
        key if key.startswith(("aria_", "title")) else f"data_{key}": v for key, v in data.items()
    }
    return tag(
        "button", label, type="button", class_=f"ts-button {kind}".strip(), data_act=act, **extra
    )


def fold(summary: Child, *children: Child, class_: str = "ts-fold") -> Html:
    return tag("details", tag("summary", summary), *children, class_=class_)


def table(head: Iterable[Child], rows: Iterable[Iterable[Child]], class_: str = "ts-table") -> Html:
    """A table in a box that scrolls sideways. A child may be a whole `td`/`th` or its content."""
    header = tag("tr", *(_cell("th", cell) for cell in head))
    body = (tag("tr", *(_cell("td", cell) for cell in row)) for row in rows)
    inner = tag("table", tag("thead", header), tag("tbody", *body), class_=class_)
    return tag("div", inner, class_="ts-scroll", tabindex="0")


def _cell(name: str, cell: Child) -> Html:
    if isinstance(cell, Html) and cell.startswith(("<td", "<th")):
        return cell
    return tag(name, cell)


def number_cell(value: Child, **attributes: Any) -> Html:
    return tag("td", value, class_="ts-number", **attributes)


def note(kind: str, *children: Child) -> Html:
    """A boxed remark: `kind` is info, warning or problem."""
    return tag("div", *children, class_=f"ts-note ts-note-{kind}", role="status")


def bar(share: float, kind: str = "", label: str | None = None, role: str = "meter") -> Html:
    """A horizontal bar filled to `share` (0 to 1)."""
    percent = round(100 * min(max(share, 0.0), 1.0), 2)
    fill = tag("span", class_=f"ts-fill {kind}".strip(), style=f"width:{percent}%")
    return tag(
        "span",
        fill,
        class_="ts-bar",
        role=role,
        aria_label=label,
        aria_valuenow=round(percent),
        aria_valuemin=0,
        aria_valuemax=100,
    )


def state_word(state: str, word: str) -> Html:
    """A run's state as colour and word."""
    return tag("span", tag("span", class_="ts-dot"), word, class_=f"ts-state ts-state-{state}")


def empty(sentence: str, action: Html | None = None) -> Html:
    """What an empty tab shows: one sentence and one button."""
    return tag("div", tag("p", sentence), action, class_="ts-empty")
