"""Rows of a table that are ticked, to do something with all of them at once.

Which rows are ticked is known to the browser alone, also while other pages are looked at; a button
of class `ts-many` sends along their ids (`rows`) or, where all that were found are ticked, `every`
and the ids of the exceptions. Its words hold the number.
"""

from collections.abc import Callable
from typing import Any

from engine.markup import Child
from webui.html import Html, button, tag

_SOME = 1_234_567
"""Stands for the number of rows until the browser knows it."""

TICK_SCRIPT = """
const ticked = new Set();
let every = false, of = null, last = null, typed = '';
const boxes = () => [...element.querySelectorAll('input[data-row]')];
const within = (name) => element.querySelector(`[data-${name}]`);
function count() {
  const box = within('ticks');
  return box && every ? Number(box.dataset.total) - ticked.size : ticked.size;
}
function set(row, on) { if (on !== every) ticked.add(row); else ticked.delete(row); }
function paint() {
  const box = within('ticks');
  if (!box) return;
  if (box.dataset.ticks !== of) { of = box.dataset.ticks; ticked.clear(); every = false; }
  for (const found of boxes()) found.checked = ticked.has(found.dataset.row) !== every;
  const whole = within('tick-page'), many = count();
  if (whole) whole.checked = boxes().every((found) => found.checked);
  for (const found of element.querySelectorAll('[data-many]')) {
    const words = many.toLocaleString('en-US');
    found.textContent = many === 1 ? found.dataset.one : found.dataset.many.replace('#', words);
  }
  for (const found of element.querySelectorAll('[data-when]')) {
    found.hidden = (found.dataset.when === 'some') !== many > 0;
  }
  hint();
}
function hint() {
  const field = within('typed'), told = within('unknown');
  if (!field) return;
  typed = field.value;
  const known = [...field.list.options].some((option) => option.value === typed.trim());
  told.hidden = known || !typed.trim();
}
element.addEventListener('input', (event) => { if (event.target === within('typed')) hint(); });
element.addEventListener('click', (event) => {
  const found = event.target.closest('[data-tick], .ts-many, input[data-row]');
  if (!found) return;
  if (found.dataset.row) {
    const all = boxes(), here = all.indexOf(found);
    const from = all.findIndex((box) => box.dataset.row === last);
    const rows = event.shiftKey && from >= 0
      ? all.slice(Math.min(from, here), Math.max(from, here) + 1) : [found];
    for (const box of rows) set(box.dataset.row, found.checked);
    last = found.dataset.row;
  } else if (found.dataset.tick) {
    ticked.clear();
    every = found.dataset.tick === 'whole';
  } else {
    found.dataset.rows = [...ticked].join(' ');
    found.dataset.every = every ? '1' : '';
    found.dataset.label = within('typed') ? within('typed').value.trim() : '';
    return;
  }
  paint();
}, true);
element.addEventListener('change', (event) => {
  if (!event.target.matches('[data-tick-page]')) return;
  for (const box of boxes()) set(box.dataset.row, event.target.checked);
  paint();
});
watch('value', () => { if (within('typed') && typed) within('typed').value = typed; paint(); });
paint();
"""


def numbered(words: Callable[[int], str]) -> dict[str, Any]:
    """Attributes of an element whose words hold the number of ticked rows."""
    many = words(_SOME).replace(f"{_SOME:,}", "#")
    return {"data_one": words(1), "data_many": many}


def many_button(act: str, words: Callable[[int], str], kind: str = "") -> Html:
    """A button that does something with the ticked rows."""
    told = tag("span", **numbered(words))
    return button(told, act, kind=f"ts-many {kind}".strip())


def tick(row_id: int, words: str) -> Html:
    """The box of a row."""
    return tag(
        "input", type="checkbox", data_row=str(row_id), id=f"tick-{row_id}", aria_label=words
    )


def tick_page(words: str) -> Html:
    """The box of all rows of the page."""
    return tag("input", type="checkbox", data_tick_page=True, id="tick-page", aria_label=words)


def tick_button(words: Child, what: str) -> Html:
    """Ticks the `whole` of what was found, or none."""
    return tag("button", words, type="button", class_="ts-button", data_tick=what)
