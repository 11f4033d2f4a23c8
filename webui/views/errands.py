"""Errands in HTML: what is being done in the background, how far it is, and what one can do."""

from collections.abc import Iterable, Sequence

from engine.runs.errands import Errand, Standing
from webui import text
from webui.charts import Words
from webui.html import Html, bar, button, join, note, number_cell, state_word, table, tag
from webui.progress import duration

LOOKS = {"waiting": "queued", "cancelled": "stopped"}
"""Where the colour of an errand's state is that of a run's."""


def cards(found: Iterable[tuple[Errand, Standing]], t: Words, language: str) -> str:
    """An errand a card."""
    listed = [_card(errand, standing, t, language) for errand, standing in found]
    return tag("div", *listed, class_="ts-errands") if listed else ""


def _card(errand: Errand, standing: Standing, t: Words, language: str) -> Html:
    name = errand.asks.get("name", "")
    head = tag(
        "div",
        tag("span", tag("b", name) if name else None, _state(standing, t), class_="ts-errand-name"),
        tag("span", *_buttons(errand, standing, t), class_="ts-buttons"),
        class_="ts-head",
    )
    body = _body(standing, t, language)
    return tag("section", head, *body, _doubtful(errand, standing, t), class_="ts-errand")


def _state(standing: Standing, t: Words) -> Html:
    word = t(f"errands.{standing.state}", ahead=standing.ahead)
    return state_word(LOOKS.get(standing.state, standing.state), word)


def _buttons(errand: Errand, standing: Standing, t: Words) -> Sequence[Html]:
    if standing.active:
        return [button(t("errands.cancel"), "cancel", id=errand.id)]
    forget = button(t("errands.forget"), "forget", id=errand.id, kind="ts-danger")
    if standing.state == "finished" and "file" in standing.result:
        fetch = button(t("errands.fetch"), "fetch", id=errand.id, kind="ts-strong")
        return [fetch, forget]
    if standing.state != "finished" and "name" in errand.asks:
        return [button(t("errands.again"), "again", id=errand.id), forget]
    return [forget]


def _body(standing: Standing, t: Words, language: str) -> Iterable[Html]:
    if standing.state == "waiting":
        return [tag("p", t("errands.waits"), class_="ts-why")]
    if standing.state == "running":
        return _progress(standing, t)
    if standing.message:
        return [note("problem", text.say(standing.message, language))]
    return _counts(standing, t) if "predicted" in standing.result else []


def _progress(standing: Standing, t: Words) -> Iterable[Html]:
    if not standing.total:
        return [tag("p", t("errands.loading"), class_="ts-why")]
    words = t("errands.progress", done=standing.done, rows=standing.total)
    if standing.rate and standing.eta is not None:
        left = duration(standing.eta)
        words = f"{words} · {t('errands.rate', rate=f'{standing.rate:,.1f}', left=left)}"
    filled = bar(standing.done / standing.total, label=words, role="progressbar")
    return [filled, tag("p", words, class_="ts-why")]


def _counts(standing: Standing, t: Words) -> Iterable[Html]:
    """What became of the rows, so that they add up to those of the file."""
    result = standing.result
    parts = [t("batch.counts", rows=result["predicted"] + result["empty"])]
    if result["empty"]:
        parts += [t(f"batch.counts_{name}", rows=result[name]) for name in ("predicted", "empty")]
    if result["dropped"]:
        parts.append(t("batch.counts_dropped", rows=result["dropped"]))
    if result["review"] is not None:
        parts.append(t("batch.counts_review", rows=result["review"]))
    return [tag("p", join(parts, " · "), class_="ts-why")]


def _doubtful(errand: Errand, standing: Standing, t: Words) -> Html | None:
    """The rows a person should look at first."""
    found = standing.result.get("doubtful")
    if not found:
        return None
    head = [
        tag("th", t("batch.head_row"), class_="ts-number"),
        *(t(f"batch.head_{name}") for name in ("text", "said")),
        tag("th", t("batch.head_sure"), class_="ts-number"),
    ]
    lines = [
        [
            number_cell(f"{row['row']:,}"),
            tag("td", row["text"], class_="ts-batch-cell"),
            ", ".join(row["said"]) or t("batch.said_nothing"),
            number_cell(f"{100 * (1 - row['doubt']):.0f} %"),
        ]
        for row in found
    ]
    return tag(
        "details",
        tag("summary", t("batch.doubtful", rows=len(found))),
        tag("p", t("batch.doubtful_help"), class_="ts-why"),
        table(head, lines),
        class_="ts-fold",
        data_keep=errand.id,
    )
