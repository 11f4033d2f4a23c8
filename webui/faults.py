"""Where a problem of the train form stands: under its field, and named beside the start button.

The page's script puts the words under the fields, for Gradio's have no place for them.
"""

import json
from collections.abc import Sequence

import gradio as gr

from engine.text import Message
from engine.training.problems import setting_of
from engine.training.settings import BY_NAME
from webui.charts import Words
from webui.html import Html, join, note, tag
from webui.page import html_block
from webui.text import say
from webui.views.train import Review, term

_PLACE_THEM = """
const place = () => window.tunesmith.placeFaults(element.querySelector('[data-faults]'));
place();
watch('value', place);
"""


def build() -> gr.HTML:
    return html_block(script=_PLACE_THEM)


def field_of(problem: Message) -> str | None:
    """The setting in whose field a problem is; None where it is in none, or in that of the model,
    which has its own place for them."""
    name = setting_of(problem)
    return name if name != "model" else None


def by_field(problems: Sequence[Message]) -> dict[str, list[Message]]:
    """Problems by the name of their setting, in the order of the form."""
    found: dict[str, list[Message]] = {name: [] for name in BY_NAME}
    for problem in problems:
        name = field_of(problem)
        if name:
            found[name].append(problem)
    return {name: several for name, several in found.items() if several}


def summary(review: Review, t: Words, language: str) -> Html:
    """What keeps the run from starting: which fields need another value, each a button that leads
    there, and the problems without a field. That of the model stands beside the model."""
    placed = by_field(review.problems)
    others = [p for p in review.problems if not field_of(p) and p != review.refusal]
    notes = [note("problem", say(problem, language)) for problem in others]
    if placed:
        ways = join((_way(name, t) for name in placed), " · ")
        line = tag("p", t("fields_wrong", fields=len(placed)), " ", ways)
        notes.insert(0, note("problem", line))
    words = {
        f"set-{name}": " ".join(say(problem, language) for problem in several)
        for name, several in placed.items()
    }
    return tag("div", *notes, data_faults=json.dumps(words, ensure_ascii=False))


def _way(name: str, t: Words) -> Html:
    label = term(t(f"settings.{name}.label"))
    return tag("button", label, type="button", class_="ts-link", data_goto=f"set-{name}")
