"""The sections of a report file, each from the facts of a run to HTML; empty where there is nothing
to say."""

from engine.export.report_file.certainty import Certainty
from engine.export.report_file.origins import Data, Environment, Training
from engine.export.report_file.parts import Section
from engine.export.report_file.worth import Alternatives, Decisions, Fixes, Pins, Results, WeakSpots

SECTIONS: tuple[type[Section], ...] = (
    Results,
    Fixes,
    WeakSpots,
    Alternatives,
    Certainty,
    Decisions,
    Pins,
    Data,
    Training,
    Environment,
)
"""In the order of the document: what it is worth first, what it was made of last."""
