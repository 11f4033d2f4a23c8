"""The data tab's fields ↔ the import plan: one change at a time, what is untouched stays guessed.

Pure functions over engine records; knows nothing of Gradio.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.data.dataset import SPLITS
from engine.data.importing import Inspection, Plan, Roles, SplitPlan, Twins
from engine.text import Message
from webui.state import whole

SHARES_OFF = 0.11
"""Per cent by which shares may miss 100: three times 33.3 will do."""


def with_role(inspection: Inspection, plan: Plan, index: int, role: str) -> Plan:
    """Give one column another role. Task and positive label are guessed anew, as are splits."""
    names = [column.name for column in inspection.columns]
    roles = {column.name: column.role for column in inspection.columns}
    changed = names[index]
    if role in ("split", "question"):
        roles = {name: "ignore" if old == role else old for name, old in roles.items()}
    touches_split = "split" in (roles[changed], role)
    touches_label = bool({"label", "question"} & {roles[changed], role})
    roles[changed] = role
    given = Roles(
        tuple(name for name in names if roles[name] == "text"),
        tuple(name for name in names if roles[name] == "label"),
        next((name for name in names if roles[name] == "split"), None),
        next((name for name in names if roles[name] == "question"), None),
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
    split = _split(inspection, plan)
    if name == "overlap":
        return replace(plan, split=replace(split, drop_overlap=bool(value)))
    return replace(plan, split=replace(split, kind=value))


def with_typed(
    inspection: Inspection, plan: Plan, values: Mapping[str, Any]
) -> tuple[Plan, tuple[Message, ...]]:
    """What stands in the typed fields, and what is wrong with the rest, which stays as it was.

    Shares and seed are of use only where rows are shared out.
    """
    before = _split(inspection, plan)
    written = typed(before)
    problems: list[Message] = []
    split = before
    if values.get("kind", before.kind) == "ratios":
        shares, problems = _shares(before, written, values)
        split = replace(split, **shares)
        seed = str(values.get("seed", written["seed"]) or "").strip()
        if seed.isdecimal() and len(seed) <= 9:
            split = replace(split, seed=int(seed))
        else:
            problems.append(Message("page.seed_not_a_number", {"found": seed[:40]}))
    caps: dict[str, int] = {}
    for part in SPLITS:
        raw = str(values.get(f"cap_{part}", written[f"cap_{part}"]) or "")
        wanted = raw.replace(",", "").strip()
        if wanted.isdecimal() and int(wanted[:12]):
            caps[part] = int(wanted[:12])
        elif wanted:
            problems.append(Message("page.cap_not_a_number", {"found": wanted[:40]}))
            caps |= {name: cap for name, cap in before.per_label.items() if name == part}
    split = replace(split, per_label=caps)
    return plan if split == before else replace(plan, split=split), tuple(problems)


def typed(split: SplitPlan) -> dict[str, str]:
    """What the typed fields of a split say."""
    shares = {f"share_{part}": f"{round(100 * split.ratio(part), 2):g}" for part in SPLITS}
    caps = {f"cap_{part}": str(split.per_label.get(part, "")) for part in SPLITS}
    return shares | {"seed": str(split.seed)} | caps


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


def carved(inspection: Inspection) -> tuple[Message, ...]:
    """That a split without a file of its own is taken out of the training rows."""
    if _split(inspection, inspection.plan).kind != "files":
        return ()
    without = [split for split in SPLITS[1:] if split not in inspection.reports]
    return tuple(Message(f"page.files_no_{split}") for split in without if len(without) == 1)


def _split(inspection: Inspection, plan: Plan) -> SplitPlan:
    return plan.split or inspection.plan.split or SplitPlan()


def _shares(
    before: SplitPlan, written: Mapping[str, str], values: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Message]]:
    """The three shares, or none of them and why."""
    raw = {part: str(values.get(f"share_{part}", written[f"share_{part}"])) for part in SPLITS}
    if all(raw[part].strip() == written[f"share_{part}"] for part in SPLITS):
        return {}, []
    numbers = {part: _percent(text) for part, text in raw.items()}
    wrong = [raw[part].strip()[:40] for part, number in numbers.items() if number is None]
    if wrong:
        return {}, [Message("page.share_not_a_number", {"found": found}) for found in wrong]
    shares = [number for number in numbers.values() if number is not None]
    if abs(sum(shares) - 100) > SHARES_OFF:
        parts = " + ".join(f"{share:g}" for share in shares)
        return {}, [Message("page.shares_sum", {"parts": parts, "sum": f"{sum(shares):g}"})]
    return {part: number / 100 for part, number in zip(SPLITS, shares, strict=True)}, []


def _percent(text: str) -> float | None:
    try:
        number = float(text.replace("%", "").strip())
    except ValueError:
        return None
    return number if 0 < number < 100 else None


def _group(inspection: Inspection, index: str) -> tuple[Twins, ...]:
    place = whole(index)
    return inspection.twins[place : place + 1] if place is not None else ()
