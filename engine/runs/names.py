"""Names for runs that a person can say and tell apart: `tickets-calm-otter`."""

import re
import secrets
from collections.abc import Collection

_LONGEST = 80
_DRAWS = 20
"""Of some 3,000 pairs of words one comes twice soon; only after so many draws a number tells them
apart."""

_ADJECTIVES = """
amber brave breezy bright brisk bronze calm candid cheerful clear clever cosy crisp curious daring
deft eager early earnest fair fleet fond free fresh gentle glad golden grand happy hardy honest
humble jolly keen kind lively lucid lucky mellow merry mild misty modest nimble noble patient plucky
polite quick quiet rapid ready scarlet silver smart snowy steady sunny swift
"""

_ANIMALS = """
badger beaver bison bobcat condor coyote crane cricket dingo dolphin eagle egret falcon ferret finch
fox gazelle gecko gibbon gopher hare hawk heron hornet ibex jackal jay kestrel kiwi lark lemur
leopard linnet lynx magpie marmot marten mole moose newt ocelot orca osprey otter owl panda panther
pelican pika plover puffin puma quail raven robin seal stork swan tapir tern
"""


def new_name(dataset_id: str, taken: Collection[str]) -> str:
    """The data set's name and two words, none of `taken`."""
    slug = re.sub(r"(^|-)[0-9a-f]{6}$", "", dataset_id)
    known = [slug] if slug not in ("", "x") else []  # "x" stands for a name without Latin letters
    drawn = ""
    for _ in range(_DRAWS):
        words = secrets.choice(_ADJECTIVES.split()), secrets.choice(_ANIMALS.split())
        drawn = "-".join([*known, *words])
        if drawn not in taken:
            break
    return distinct(drawn, taken)


def distinct(wanted: str, taken: Collection[str]) -> str:
    """`wanted` on one line and not too long, with a number behind it where it is taken."""
    name = " ".join("".join(c if c.isprintable() else " " for c in wanted).split())[:_LONGEST]
    number = 2
    free = name
    while free in taken:
        free = f"{name}-{number}"
        number += 1
    return free
