"""The data tab's fields ↔ the import plan: one change at a time, what is untouched stays guessed.

Pure functions over engine records; knows nothing of Gradio.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.data.dataset import SPLITS
from engine.data.importing import Inspection, Plan, Roles, SplitPlan, Twins
from engine.errors import DataError


def with_role(inspection: Inspection, plan: Plan, index: int, role: str) -> Plan:
    """Give one column another role. Task and positive label are guessed anew, as are splits."""
    names = [column.name for column in inspection.columns]
    roles = {column.name: column.role for column in inspection.columns}
    changed = names[index]
    if role == "split":
        roles = {name: "ignore" if old == "split" else old for name, old in roles.items()}
    touches_split = "split" in (roles[changed], role)
    touches_label = "label" in (roles[changed], role)
    roles[changed] = role
    split = next((name for name in names if roles[name] == "split"), None)
    given = Roles(
        tuple(name for name in names if roles[name] == "text"),
        tuple(name for name in names if roles[name] == "label"),
        split,
    )
    return replace(
        plan,
        roles=given,
        task=None if touches_label else plan.task,
        positive=None if touches_label else plan.positive,
        merges={} if touches_label else plan.merges,
        split=None if touches_split else plan.split,
    )


def with_field(inspection: Inspection, plan: Plan, name: str, value: Any) -> Plan:
    """One field of the form, changed by the user."""
    if name == "task":
        return replace(plan, task=value, positive=None)
    if name == "positive":
        return replace(plan, positive=value)
    if name == "name":
        wanted = (value or "").strip()
        return plan if wanted == inspection.plan.name else replace(plan, name=wanted)
    if name.startswith("cap_") and not value and plan.split is None:
        return plan  # the field is as empty as it was
    return replace(plan, split=_with_split_field(_split(inspection, plan), name, value))


def with_merge(inspection: Inspection, plan: Plan, index: str) -> Plan:
    """Merge one group of look-alike labels, or all of them."""
    groups = inspection.twins if index == "all" else _group(inspection, index)
    merges = dict(plan.merges)
    for twins in groups:
        merges |= twins.merges()
    return replace(plan, merges=merges)


def without_merges(plan: Plan) -> Plan:
    return replace(plan, merges={})


def missing(inspection: Inspection) -> str | None:
    """Key of what the save button names as missing, or None when all is there."""
    roles = inspection.plan.roles or Roles((), ())
    if not roles.text:
        return "save_needs_text"
    if not roles.label:
        return "save_needs_label"
    return "save_needs_solution" if inspection.problems else None


def _split(inspection: Inspection, plan: Plan) -> SplitPlan:
    return plan.split or inspection.plan.split or SplitPlan()


def _with_split_field(split: SplitPlan, name: str, value: Any) -> SplitPlan:
    kind, _, part = name.partition("_")
    if kind == "cap" and part in SPLITS:
        return replace(split, per_label=_caps(split.per_label, part, value))
    if kind == "share" and part in SPLITS:
        shares: dict[str, Any] = {part: (value or 0) / 100}
        return replace(split, **shares)
    if name == "seed":
        return replace(split, seed=int(value or 0))
    if name == "overlap":
        return replace(split, drop_overlap=bool(value))
    return replace(split, kind=value)


def _caps(caps: Mapping[str, int], part: str, value: str) -> dict[str, int]:
    others = {name: cap for name, cap in caps.items() if name != part}
    wanted = (value or "").replace(",", "").strip()
    if wanted and not (wanted.isdecimal() and int(wanted)):
        raise DataError("page.cap_not_a_number", found=wanted[:40])
    return others | {part: int(wanted)} if wanted else others


def _group(inspection: Inspection, index: str) -> tuple[Twins, ...]:
    place = int(index) if index.isdecimal() else -1
    return inspection.twins[place : place + 1] if place >= 0 else ()
