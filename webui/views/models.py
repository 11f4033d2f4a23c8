"""The choice of a model in HTML: the chosen one in a line, the filters, the list."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.models.catalogue import BUNDLED
from engine.models.choices import Choice
from engine.models.known import TASKS
from engine.models.memory import Outlook
from engine.training.footprint import gigabytes
from engine.training.starts import starts_for
from webui import text
from webui.charts import Words
from webui.html import Html, button, escape, join, note, tag
from webui.views.train import Review


@dataclass(frozen=True)
class Row:
    """One model of the list, as it would fare on this machine."""

    choice: Choice
    method: str
    outlook: Outlook | None
    chosen: bool


@dataclass(frozen=True)
class Filters:
    task: str = ""
    language: str = ""


def line(review: Review, t: Words, language: str) -> Html:
    """What the chosen model is, or why it cannot be used, and the button that shows the others."""
    label = tag("span", t("settings.model.label"), class_="ts-field-label")
    change = button(t("model_change"), "models", aria_controls="model-picker")
    head = _chosen(review, t) or tag("b", review.draft.get("model", ""))
    if review.refusal:
        told: Html | None = _refusal(review, t, language)
    else:
        language_of = {"language": "zh"} if review.foreign == "chinese" else {}
        others = button(t("models_show"), "models", aria_controls="model-picker", **language_of)
        told = foreign(review.foreign, review.dataset.task, others, t)
    return join([label, tag("div", head, change, class_="ts-model-line"), told])


def _chosen(review: Review, t: Words) -> Html | None:
    """What is known of the chosen model, and how it fares here."""
    info = review.info
    if info is None:
        return None
    facts = [tag("b", info.title)]
    if info.parameters:
        facts.append(escape(t("model_size", parameters=info.parameters)))
    facts.append(escape(t("model_here") if info.folder else t("model_away")))
    if info.languages:
        facts.append(escape(spoken(info.languages, t)))
    facts.append(escape(t("model_reads", tokens=info.max_length)))
    outlook = review.plan.memory if review.plan else None
    return tag("span", join(facts, " · "), " ", badge(outlook, t))


def _refusal(review: Review, t: Words, language: str) -> Html:
    """Why the chosen model cannot be used, and what could be instead."""
    why = tag("p", text.say(review.refusal, language))
    if review.looking:
        return note("info", why)
    choices = [button(t("start_model"), "models", aria_controls="model-picker")]
    if review.bundled_fits:
        choices.insert(0, button(t("model_use_bundled"), "choose", model=BUNDLED))
    return note("problem", why, tag("div", *choices, class_="ts-buttons"))


def foreign(script: str, task: str, others: Html, t: Words) -> Html | None:
    """That the model does not know the language of texts in this script, and what does: a recipe
    made for it, where there is one, and the button `others`."""
    if not script:
        return None
    starts = [start for start in starts_for(task) if start.script == script]
    offers = [button(t("take_start", name=t(s.title)), "start", id=s.id) for s in starts]
    words = tag("p", t(f"models.foreign_{script}"))
    return note("warning", words, tag("div", *offers, others, class_="ts-buttons"))


def spoken(languages: Sequence[str], t: Words) -> str:
    """Languages in words; a code without a word stands as it is."""
    return t(
        "model_languages",
        languages=[
            t(f"language_{code}") if text.known(f"language_{code}") else code for code in languages
        ],
    )


def badge(outlook: Outlook | None, t: Words) -> Html | None:
    """Fits, tight or too big as colour and word, with the memory it will take."""
    if outlook is None:
        return None
    said = t("model_badge", fit=t(f"models.fit_{outlook.fit}"), need=gigabytes(outlook.need.total))
    return tag("span", said, class_=f"ts-badge ts-badge-{outlook.fit}")


def filters(chosen: Filters, languages: Sequence[str], t: Words) -> Html:
    tasks = [(task, t(f"for_{task}")) for task in TASKS]
    spoken_ones = [(code, t(f"language_{code}")) for code in languages]
    return tag(
        "div",
        _select("task", chosen.task, [("", t("for_any")), *tasks], t("filter_task")),
        _select("language", chosen.language, [("", t("language_any")), *spoken_ones],
                t("filter_language")),
        button(t("models_close"), "close"),
        class_="ts-filters",
    )  # fmt: skip


def _select(act: str, value: str, options: Sequence[tuple[str, str]], label: str) -> Html:
    chosen = (tag("option", words, value=key, selected=key == value) for key, words in options)
    field = tag("select", *chosen, class_="ts-select", data_act=act, aria_label=label)
    return tag("span", tag("span", label, class_="ts-soft", aria_hidden="true"), " ", field)


def models(rows: Sequence[Row], t: Words, language: str) -> Html:
    """The list. Each model that can be used is one button."""
    if not rows:
        return tag("p", t("models_none"), class_="ts-soft")
    items = (tag("li", _row(row, t, language)) for row in rows)
    return tag(
        "div",
        tag("p", t("models_memory"), class_="ts-why"),
        tag("ul", *items, class_="ts-models", aria_label=t("models_list")),
    )


def _row(row: Row, t: Words, language: str) -> Html:
    choice = row.choice
    head = tag("span", tag("b", choice.title), _method_badge(row, t), class_="ts-model-head")
    when = choice.known.when[language] if choice.known else None
    body = [
        head,
        tag("span", join(_facts(choice, t), " · "), class_="ts-soft"),
        tag("span", when) if when else None,
    ]
    if choice.refusal:
        why = tag("span", text.say(choice.refusal, language), class_="ts-refusal")
        return tag("div", *body, why, class_="ts-model ts-model-refused")
    return tag(
        "button",
        *body,
        type="button",
        class_="ts-model" + (" ts-chosen" if row.chosen else ""),
        aria_pressed="true" if row.chosen else "false",
        data_act="choose",
        data_model=choice.name,
    )


def _method_badge(row: Row, t: Words) -> Html | None:
    if row.choice.refusal or row.outlook is None:
        return None
    method = tag("span", t(f"model_method_{row.method}"), class_="ts-soft")
    return tag("span", method, " ", badge(row.outlook, t))


def _facts(choice: Choice, t: Words) -> list[str]:
    facts = []
    if choice.here:
        facts.append(t("model_folder") if choice.folder else t("model_here"))
    else:
        facts.append(t("model_away"))
    info, known = choice.info, choice.known
    parameters = known.parameters if known else info.parameters if info else None
    if parameters:
        facts.append(t("model_size", parameters=parameters))
    if choice.languages:
        facts.append(spoken(choice.languages, t))
    if known:
        facts.append(t("model_licence", licence=known.licence))
        if known.gated and not choice.here:
            facts.append(t("model_gated"))
    elif choice.name != choice.title:
        facts.append(choice.name)
    return facts
