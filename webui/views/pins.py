"""Pins in HTML: each with what it demands, and how every run did on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.data.pins import Pin
from engine.evaluation.pins import Held, Outcome, Outcomes
from webui.charts import Words
from webui.html import Html, button, escape, table, tag


@dataclass(frozen=True)
class Scored:
    """A run with what is known of it."""

    id: str
    name: str
    version: int
    outcomes: Outcomes
    held: Held


def line(held: Held | None, t: Words) -> Html:
    """“7 of 8 pins hold”, in the colour of it; nothing where there are no pins."""
    if held is None:
        return escape("")
    if not held.scored:
        told = t("pins.none_scored", pins=held.pins)
        return tag("span", told, class_="ts-state ts-state-queued")
    kind = "finished" if held.held == held.scored else "failed"
    words = t("pins.held", held=held.held, scored=held.scored)
    return tag("span", tag("span", class_="ts-dot"), words, class_=f"ts-state ts-state-{kind}")


def short(held: Held, t: Words) -> str:
    """The same in words alone, for a list; nothing where no pin was scored."""
    return t("pins.held", held=held.held, scored=held.scored) if held.scored else ""


def history(pins: Sequence[Pin], runs: Sequence[Scored], chosen: str, t: Words) -> Html:
    """Pins down, runs across with the chosen one first: what holds is green, what does not red."""
    if not pins:
        return tag("p", t("pins.empty"), class_="ts-why")
    ordered = sorted(runs, key=lambda run: run.id != chosen)
    head = [t("pins.column"), *(_head(run, run.id == chosen, t) for run in ordered), ""]
    rows = (
        [
            _demand(pin, t),
            *(_cell(pin, run.outcomes, t) for run in ordered),
            button(t("pins.remove"), "remove", id=pin.id),
        ]
        for pin in pins
    )
    return table(head, rows, "ts-table ts-pins")


def _head(run: Scored, chosen: bool, t: Words) -> Html:
    name = tag("b", run.name) if chosen else tag("span", run.name)
    version = tag("div", t("version", number=run.version), class_="ts-soft ts-small")
    return tag("th", name, version, tag("div", line(run.held, t), class_="ts-small"), scope="col")


def _demand(pin: Pin, t: Words) -> Html:
    asked = tag("p", pin.question, class_="ts-question", dir="auto") if pin.question else None
    text = tag("p", pin.text, class_="ts-clip", dir="auto")
    if pin.other is None:
        told = [tag("span", t("pins.must_be", said=_names(pin.expected or (), t)))]
    else:
        other = tag("bdi", pin.other, class_="ts-clip")
        told = [tag("span", t("pins.must_match")), other]
    return tag("td", asked, text, tag("div", *told, class_="ts-soft"), class_="ts-pin")


def _cell(pin: Pin, outcomes: Mapping[str, Outcome], t: Words) -> Html:
    """Colour and word, and what was said where that is not what was demanded."""
    outcome = outcomes.get(pin.id)
    if outcome is None:
        return tag("td", t("pins.unknown"), class_="ts-soft")
    word = t("pins.holds" if outcome.holds else "pins.broken")
    state = tag(
        "span",
        tag("span", class_="ts-dot"),
        word,
        class_=f"ts-state ts-state-{'finished' if outcome.holds else 'failed'}",
    )
    said = None
    if not outcome.holds:
        words = [_names(outcome.said, t)]
        if pin.other is not None:
            words.append(_names(outcome.other, t))
        told = t("pins.says", said=" → ".join(words))
        said = tag("div", told, class_="ts-soft ts-small ts-clip")
    return tag("td", state, said)


def _names(names: Sequence[str], t: Words) -> str:
    return t("correct.names", names=list(names)) if names else t("pins.nothing")
