"""`pins`: what every run on a data set is held to, and which of its runs hold."""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from engine.cli.output import Output, table
from engine.cli.parser import Commands, workspace_of
from engine.runs.registry import Registry
from engine.text import translate

if TYPE_CHECKING:  # pandas takes half a second
    from engine.data.pins import Pin
    from engine.evaluation.pins import Held, Outcomes

LONGEST = 60
"""Characters of a text in the table."""


def add(commands: Commands) -> None:
    commands.add("pins", pins).add("DATASET")


def pins(arguments: argparse.Namespace, output: Output) -> int:
    from engine.data.dataset import load_dataset
    from engine.data.pins import pins as pins_of
    from engine.evaluation.pins import count_held, read_outcomes

    workspace = workspace_of(arguments)
    dataset = load_dataset(workspace, arguments.DATASET)
    there = pins_of(workspace, dataset.id)
    runs = [run for run in Registry(workspace).list() if run.dataset == dataset.id]
    known = {run.id: read_outcomes(workspace.run(run.id)) for run in runs}
    scored = {run.id: count_held(known[run.id], there) for run in runs if known[run.id]}
    if there:
        newest = known[next(iter(scored))] if scored else {}
        heads = [translate(f"cli.head.{head}") for head in ("pin", "demand", "newest_run")]
        output.line(table(heads, [_row(pin, newest) for pin in there]))
        output.line()
        for run in runs:
            if run.id in scored:
                output.line(f"{run.id}: {told(scored[run.id])}")
    else:
        output.say("cli.no_pins", name=dataset.name)
    output.result(
        {
            "dataset": dataset.id,
            "pins": [asdict(pin) for pin in there],
            "runs": [
                {"id": run, **asdict(held), "outcomes": _record(known[run], there)}
                for run, held in scored.items()
            ],
        }
    )
    return 0


def told(held: "Held") -> str:
    """`7 of 8 pins hold`, and how many nobody has scored the run on."""
    sentence = translate("pins.held", held=held.held, scored=held.scored)
    if held.scored == held.pins:
        return sentence
    return f"{sentence} ({translate('pins.unscored', pins=held.pins - held.scored)})"


def _row(pin: "Pin", outcomes: "Outcomes") -> list[str]:
    if pin.other is None:
        said = list(pin.expected or ()) or [translate("pins.nothing")]
        demand = translate("pins.must_be", said=said)
    else:
        demand = translate("pins.must_not_change", other=_short(pin.other))
    outcome = outcomes.get(pin.id)
    state = "unknown" if outcome is None else "holds" if outcome.holds else "broken"
    return [_short(pin.text), demand, translate(f"pins.{state}")]


def _record(outcomes: "Outcomes", there: "list[Pin]") -> dict[str, Any]:
    return {pin.id: asdict(outcomes[pin.id]) for pin in there if pin.id in outcomes}


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
