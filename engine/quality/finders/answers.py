"""Answers that say nothing, say the question again, or do not stand in their text."""

from collections.abc import Iterable

from engine.data.alike import alike_key, is_blank
from engine.quality.findings import Finding
from engine.quality.material import Material
from engine.quality.telling import drop, ids
from engine.text import Message

KIND = "answers"
MOST_ABSENT = 0.5
"""Share of answers that do not stand in their text, above which they are simply written freely."""


def find(material: Material) -> list[Finding]:
    task = material.dataset.make_task()
    if task.shape != "answers":
        return []
    answers = [list(map(str, row)) for row in material.rows["answers"].tolist()]
    empty = {i for i, row in enumerate(answers) if all(map(is_blank, row))}
    found = [_finding(material, "empty", empty, 0.6)]
    if "question" in task.asks:
        asked = [alike_key(question) for question in material.asked]
        again = {i for i, row in enumerate(answers) if any(alike_key(a) == asked[i] for a in row)}
        starts = material.rows["answer_starts"].tolist()
        absent = {i for i, row in enumerate(starts) if max(map(int, row), default=-1) < 0}
        found.append(_finding(material, "again", again - empty, 0.6))
        if len(absent) <= MOST_ABSENT * len(answers):
            found.append(_finding(material, "absent", absent - again - empty, 0.5))
    return [finding for finding in found if finding]


def _finding(material: Material, name: str, places: Iterable[int], weight: float) -> Finding | None:
    rows = ids(material, sorted(places))
    if not rows:
        return None
    params = {"rows": len(rows)}
    return Finding(
        KIND,
        Message(f"quality.answers_{name}", params),
        Message(f"quality.answers_{name}_why"),
        rows,
        weight,
        (drop(rows, Message(f"quality.answers_{name}_fix", params)),),
        facts={"about": name},
    )
