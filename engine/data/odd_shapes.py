"""Files that look like SQuAD or Label Studio but lack what these need: refused in a sentence.

A file of which only some rows are odd is read; the importer says what those lack.
"""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from engine.data.dataset import Roles
from engine.data.report import ReadingReport
from engine.errors import DataError
from engine.text import Message

_LONGEST = 60


def refuse_odd(document: Any, file: str) -> None:
    """Raises DataError where something that must be a list or an object is none, in all rows."""
    items = document if isinstance(document, list) else [document]
    if len(items) == 1 and isinstance(items[0], dict):
        data = items[0].get("data")
        if isinstance(data, dict) and "paragraphs" in data:
            raise _squad(file, _not_list("data", data))
        if isinstance(data, list):
            items = data
    rows = [item for item in items if isinstance(item, dict)]
    for part in ("paragraphs", "qas"):
        if rows and all(isinstance(row.get(part), dict) for row in rows):
            raise _squad(file, _not_list(part, rows[0][part]))
    if rows and all(_is_task(row) and not isinstance(row["data"], dict) for row in rows):
        found = {"found": _short(rows[0]["data"])}
        raise _label_studio(file, Message("data.label_studio_data", found))
    if rows and all(_is_odd_annotation(row) for row in rows):
        raise _label_studio(file, _not_list("annotations", rows[0]["annotations"]))


def refuse_hollow(
    tables: Mapping[str, pd.DataFrame], reports: Mapping[str, ReadingReport], roles: Roles
) -> None:
    """Raises DataError where no row at all has the part that is to be learned, or learned from."""
    for split, report in reports.items():
        table, kinds = tables[split], {note.key for note in report.notes}
        if "data.note_squad" in kinds:
            _refuse_squad(table, report.name)
        if "data.note_label_studio" in kinds:
            if set(table.columns) == {"entities"}:
                raise _label_studio(report.name, Message("data.label_studio_no_text"))
            cells = table["entities"].tolist()
            if roles.label in ((), ("entities",)) and not any(cells):
                key = "unlabelled" if all(map(_is_none, cells)) else "no_marks"
                problem = Message(f"data.label_studio_{key}", {"tasks": len(cells)})
                raise _label_studio(report.name, problem)


def _refuse_squad(table: pd.DataFrame, file: str) -> None:
    lacking = [
        part
        for part in ("context", "question", "answers")
        if all(map(_is_none, table[part].tolist()))
    ]
    if "question" in lacking and "answers" in lacking:
        raise DataError("data.no_questions", file=file)
    if lacking:
        params = {"part": lacking[0], "count": len(table)}
        raise _squad(file, Message("data.squad_lacks", params))


def _is_none(cell: Any) -> bool:
    return cell is None or cell == ""


def _is_task(row: Mapping[str, Any]) -> bool:
    done = row.get("annotations")
    whole = isinstance(done, list) and all(isinstance(each, dict) for each in done)
    return "data" in row and whole and any("result" in each for each in done or ())


def _is_odd_annotation(row: Mapping[str, Any]) -> bool:
    return isinstance(row.get("data"), dict) and not isinstance(row.get("annotations", []), list)


def _not_list(part: str, found: Any) -> Message:
    return Message("data.part_no_list", {"part": part, "found": _short(found)})


def _short(value: Any) -> str:
    written = json.dumps(value, ensure_ascii=False, default=str)
    return written if len(written) <= _LONGEST else written[: _LONGEST - 1] + "…"


def _squad(file: str, problem: Message) -> DataError:
    return DataError("data.squad_wrong", file=file, problem=problem)


def _label_studio(file: str, problem: Message) -> DataError:
    return DataError("data.label_studio_wrong", file=file, problem=problem)
