"""Corrections in HTML: what a text could be instead."""

from collections.abc import Sequence
from dataclasses import dataclass

from webui.charts import Words
from webui.html import Html, button, join, note, tag

KEYS = 9
"""Labels that have a number key: 1 to 9."""

KEYS_SCRIPT = """
let kept = null;
element.addEventListener('focusin', (event) => {
  const box = event.target.closest('[data-keys]');
  kept = box ? box.dataset.keys : null;
});
element.addEventListener('keydown', (event) => {
  const box = event.target.closest('[data-keys]');
  if (!box || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches('input, select, textarea')) return;
  if (/^[1-9]$/.test(event.key)) {
    const found = box.querySelector(`[data-key="${event.key}"]`);
    if (found) { event.preventDefault(); found.click(); }
  } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    const boxes = [...element.querySelectorAll('[data-keys]')];
    const next = boxes[boxes.indexOf(box) + (event.key === 'ArrowDown' ? 1 : -1)];
    if (next) { event.preventDefault(); next.focus(); }
  }
});
watch('value', () => {
  if (kept === null || element.contains(document.activeElement)) return;
  if (document.activeElement && document.activeElement !== document.body) return;
  const box = element.querySelector(`[data-keys="${CSS.escape(kept)}"]`);
  if (box) box.focus({preventScroll: true});
});
"""
"""Number keys press the buttons of the focused text, arrows go to the next one; a text that is
drawn anew keeps the focus."""


@dataclass(frozen=True)
class Fix:
    """One text that can be corrected."""

    index: str
    """What its buttons send along."""
    labels: tuple[str, ...]
    """What it could be, in the order of the number keys; nothing where the answer is written."""
    right: tuple[str, ...]
    """What counts as right now: as corrected, as the row has it, or as the model said."""
    drafted: bool
    """Whether that is a correction."""


def fixes(fix: Fix, t: Words, question: str = "") -> Html:
    """The labels of one text as buttons with their keys, or a box for its right answer; above them
    what is asked, where nothing around them says it."""
    if fix.labels:
        parts = [_label(fix, label, key) for key, label in enumerate(fix.labels[:KEYS], 1)]
        parts += [_others(fix, t)] if len(fix.labels) > KEYS else []
    else:
        parts = [_box(fix, t)]
    if fix.drafted:
        parts.append(button(t("correct.undo"), "undo", index=fix.index))
    asked = None
    if question:
        keys = tag("span", t("correct.keys"), class_="ts-soft ts-small") if fix.labels else None
        asked = tag("p", tag("b", question), " ", keys)
    return tag(
        "div",
        asked,
        tag("div", *parts, class_="ts-buttons"),
        class_="ts-fix ts-fix-drafted" if fix.drafted else "ts-fix",
        role="group",
        tabindex="0",
        aria_label=question or t("correct.right_label"),
        data_keys=fix.index,
    )


def in_key_order(labels: Sequence[str], likely: Sequence[str]) -> tuple[str, ...]:
    """The labels as the data set has them, so that a key always means the same; where there are
    more than keys, the most probable first."""
    return tuple(labels if len(labels) <= KEYS else likely)


def _label(fix: Fix, label: str, key: int) -> Html:
    chosen = label in fix.right
    return button(
        join([tag("kbd", key, class_="ts-key"), " ", tag("span", label, class_="ts-fix-name")]),
        "right",
        kind="ts-strong" if chosen else "",
        key=str(key),
        index=fix.index,
        given=label,
        aria_pressed=str(chosen).lower(),
    )


def _others(fix: Fix, t: Words) -> Html:
    """The labels without a key."""
    options = (
        tag("option", label, value=label, selected=label in fix.right)
        for label in sorted(fix.labels[KEYS:])
    )
    first = tag("option", t("correct.other_label", labels=len(fix.labels) - KEYS), value="")
    return tag(
        "select",
        first,
        *options,
        class_="ts-select",
        data_act="right",
        data_index=fix.index,
        aria_label=t("correct.other_label", labels=len(fix.labels) - KEYS),
    )


def _box(fix: Fix, t: Words) -> Html:
    return tag(
        "input",
        type="text",
        value=" ".join((fix.right or ("",))[0].split()),
        class_="ts-input",
        data_act="right",
        data_index=fix.index,
        aria_label=t("correct.right_label"),
    )


def cannot(sentence: str) -> Html:
    return note("info", sentence)
