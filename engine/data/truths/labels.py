"""Labels of whole texts: one of two, one of several, any number."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from engine.data import checks
from engine.data.cells import join_texts
from engine.data.dataset import Roles
from engine.data.labels import LabelForm, Names, find_form, guess_task, label_sets
from engine.data.roles import Guess, guess_roles
from engine.data.truths.base import Facts, Truth, Usable
from engine.tasks import TASKS, AnyTask
from engine.text import Message


class Labels(Truth):
    shape = "labels"
    correctable = True
    cuttable = True

    def guess(self, table: pd.DataFrame, task: str | None) -> Guess:
        return guess_roles(table)

    def fits(self, table: pd.DataFrame, roles: Roles) -> bool:
        return True

    def check_roles(self, table: pd.DataFrame, roles: Roles, task: str | None) -> list[Message]:
        return [Message("data.problem_no_label")] if not roles.label else []

    def read(self, table: pd.DataFrame, roles: Roles, task: str | None) -> Facts:
        form = find_form(table, roles.label, task)
        sets = label_sets(table, roles.label, form)
        return Facts(join_texts(table, roles.text), sets, form=form)

    def guess_task(self, rows: Usable, roles: Roles) -> tuple[str, Message]:
        return guess_task(rows.form or LabelForm("single"), roles.label, rows.labels)

    def check(self, rows: Usable, roles: Roles, task: str) -> list[Message]:
        form = rows.form or LabelForm("single")
        return checks.check_labels(form, roles.label, rows.labels, task)

    def answers(self, rows: Usable) -> Sequence[Hashable]:
        alike = {names: frozenset(names) for names in set(rows.labels)}
        return [alike[names] for names in rows.labels]

    def written(self, rows: Usable, task: str) -> dict[str, list[Any]]:
        if TASKS[task].several:
            return {"text": rows.texts, "label": [list(names) for names in rows.labels]}
        return {"text": rows.texts, "label": [names[0] for names in rows.labels]}

    def right(self, row: Mapping[str, Any]) -> Names:
        return tuple(row["labels"])

    def fault(self, right: Names, task: AnyTask) -> Message | None:
        unknown = [name for name in right if name not in task.labels]
        if unknown:
            return Message("versions.unknown_label", {"found": unknown[0][:80]})
        if not task.several and len(right) != 1:
            return Message("versions.one_label", {"found": len(right)})
        return None

    def corrected(self, row: Mapping[str, Any], right: Names) -> dict[str, Any]:
        return dict(row) | {"labels": list(right)}
