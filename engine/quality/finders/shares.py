"""How the rows are shared among the labels: labels with hardly any, and labels with nearly all."""

from engine.data.changes import Change
from engine.data.checks import FEW_ROWS
from engine.quality.findings import Finding
from engine.quality.material import Material
from engine.quality.telling import ids, named
from engine.text import Message

KIND = "shares"
MOST_DROPS = 3
"""Buttons to drop a label: more rare labels than that are the nature of the data."""
UNEVEN = 20
"""Times the rows of the rarest label that the most frequent one has, from which it is said."""
NEARLY_ALL = 0.9
"""Share of the rows with one label from which it is the easy answer."""


def find(material: Material) -> list[Finding]:
    counts = material.dataset.counts.get("train", {})
    found = [_rare(material, dict(counts)), _easy(material, dict(counts)) or _uneven(material)]
    return [finding for finding in found if finding]


def _rare(material: Material, counts: dict[str, int]) -> Finding | None:
    rare = sorted((name for name in counts if counts[name] < FEW_ROWS), key=lambda n: counts[n])
    if not rare or len(rare) == len(counts):
        return None
    told = named([f"{name} ({counts[name]})" for name in rare])
    few = set(rare)
    places = [i for i, names in enumerate(material.labels) if few.intersection(names)]
    shape = material.dataset.make_task().shape
    drops = rare if len(rare) <= MOST_DROPS and len(counts) - len(rare) > 1 else []
    return Finding(
        KIND,
        Message(
            f"quality.shares_rare_{shape}", {"labels": len(rare), "names": told, "limit": FEW_ROWS}
        ),
        Message("quality.shares_rare_why"),
        ids(material, places),
        0.4,
        tuple(_drop(name) for name in drops),
        facts={"about": "rare", "labels": {name: counts[name] for name in rare}},
    )


def _drop(name: str) -> Change:
    reason = Message("quality.shares_drop", {"name": name})
    return Change("drop_label", {"label": name}, reason)


def _easy(material: Material, counts: dict[str, int]) -> Finding | None:
    """A label that nearly every row has, which makes accuracy look good whatever is learnt."""
    task = material.dataset.make_task()
    rows = material.dataset.rows.get("train", 0)
    if task.shape != "labels" or task.several or not counts or not rows:
        return None
    name = max(counts, key=lambda name: counts[name])
    share = counts[name] / rows
    if share < NEARLY_ALL:
        return None
    params = {"name": name, "percent": round(100 * share)}
    return _about(material, "easy", params)


def _uneven(material: Material) -> Finding | None:
    """Labels of which one has many times the rows of another that is not rare either."""
    counts = {
        name: rows
        for name, rows in material.dataset.counts.get("train", {}).items()
        if rows >= FEW_ROWS
    }
    if len(counts) < 2:
        return None
    most, least = (pick(counts, key=lambda name: counts[name]) for pick in (max, min))
    times = counts[most] / counts[least]
    if times < UNEVEN:
        return None
    params = {"most": most, "many": counts[most], "least": least, "few": counts[least]}
    return _about(material, "uneven", params | {"times": round(times)})


def _about(material: Material, name: str, params: dict[str, object]) -> Finding:
    return Finding(
        KIND,
        Message(f"quality.shares_{name}", params),
        Message(f"quality.shares_{name}_why", params),
        weight=0.2,
        facts={"about": name, **params},
    )
