"""JSON of well-known tools → plain rows: SQuAD, Label Studio, spaCy, and tag numbers with names.

Each function here turns one nesting into objects with one value a column; what it does not know
it leaves as it is. What the values mean is not known here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.text import Message

_NAMES_KEYS = (
    "names label_names tag_names ner_tags_names label_list tag_list labels tags id2label id2tag"
).split()
_NUMBERED_KEYS = ("ner_tags", "tags", "labels", "ner", "label")

Row = dict[str, Any]


def as_object(item: Any) -> Any:
    """A pair as spaCy trains on, `["text", {"entities": [...]}]`, as an object."""
    if isinstance(item, list) and len(item) == 2 and isinstance(item[0], str):
        marks = item[1]
        if isinstance(marks, dict) and marks.keys() & {"entities", "spans"}:
            return {"text": item[0], **{key: marks[key] for key in marks if key != "text"}}
    return item


def flatten(rows: Sequence[Row]) -> tuple[list[Row], list[int], tuple[Message, ...]]:
    """Rows with what is nested in them spread out, which row each came from, what was done."""
    for key, spread, applies in (
        ("data.note_squad", _questions, _is_squad),
        ("data.note_label_studio", _label_studio, _is_label_studio),
    ):
        if any(map(applies, rows)):
            spreads = [spread(row) if applies(row) else [row] for row in rows]
            flat = [row for found in spreads for row in found]
            origins = [place for place, found in enumerate(spreads) for _ in found]
            return flat, origins, (Message(key, {"rows": len(flat)}),)
    return list(rows), list(range(len(rows))), ()


def named_tags(rows: list[Row], document: Mapping[str, Any]) -> tuple[Message, ...]:
    """Put names in the place of tag numbers where `document` lists the names, in `rows` itself."""
    names = next((found for key in _NAMES_KEYS if (found := _name_list(document.get(key)))), None)
    if not names:
        return ()
    named = 0
    for row in rows:
        for key in _NUMBERED_KEYS:
            tags = row.get(key)
            if isinstance(tags, list) and tags and all(type(tag) is int for tag in tags):
                row[key] = [names.get(tag, tag) for tag in tags]
                named += 1
    return (Message("data.note_tag_names", {"count": len(names)}),) if named else ()


def _name_list(value: Any) -> dict[int, str]:
    """number → name, from a list of names or from {"0": "O", …}; empty for anything else."""
    if isinstance(value, list) and value and all(isinstance(name, str) for name in value):
        return dict(enumerate(value))
    if isinstance(value, dict) and value and all(isinstance(v, str) for v in value.values()):
        if all(str(key).isdecimal() for key in value):
            return {int(key): name for key, name in value.items()}
        return {}
    if isinstance(value, dict) and value and all(type(v) is int for v in value.values()):
        return {number: str(name) for name, number in value.items()}
    return {}


def _is_squad(row: Row) -> bool:
    """An article with paragraphs, or a paragraph with its questions."""
    return isinstance(row.get("paragraphs"), list) or isinstance(row.get("qas"), list)


def _questions(row: Row) -> list[Row]:
    """One row a question. Odd parts stay in the row, for the importer to say what is missing."""
    shared = {key: row[key] for key in ("title", "split") if row.get(key) is not None}
    paragraphs = row["paragraphs"] if isinstance(row.get("paragraphs"), list) else [row]
    return [found for paragraph in paragraphs for found in _of_paragraph(paragraph, shared)]


def _of_paragraph(paragraph: Any, shared: Row) -> list[Row]:
    paragraph = paragraph if isinstance(paragraph, dict) else {}
    questions = paragraph.get("qas")
    rows = []
    for asked in questions if isinstance(questions, list) else [None]:
        asked = asked if isinstance(asked, dict) else {}
        answers = [] if asked.get("is_impossible") is True else asked.get("answers")
        row = {"context": paragraph.get("context"), "question": asked.get("question")}
        rows.append(row | {"answers": answers} | shared | _id(asked))
    return rows


def _id(asked: Row) -> Row:
    return {"id": asked["id"]} if "id" in asked else {}


def _is_label_studio(row: Row) -> bool:
    return isinstance(row.get("data"), dict) and isinstance(
        row.get("annotations", row.get("completions")), list
    )


def _label_studio(row: Row) -> list[Row]:
    """The task's data, and the spans of its first annotation that was not cancelled."""
    done: list[Any] = row.get("annotations", row.get("completions")) or []
    kept = [a for a in done if isinstance(a, dict) and not a.get("was_cancelled")]
    result = kept[0].get("result") if kept else None
    spans = None
    if isinstance(result, list):
        values = [item.get("value") for item in result if isinstance(item, dict)]
        spans = [value for value in values if isinstance(value, dict) and "start" in value]
    return [{**row["data"], "entities": spans}]
