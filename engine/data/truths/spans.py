"""Labels of single words: tags beside tokens, or entities marked by character offsets."""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from engine.data.alike import is_blank
from engine.data.dataset import Roles
from engine.data.entities import spans_in, tag_words
from engine.data.labels import Names, parse_list, spell
from engine.data.profiles import Profile, is_split, plain_name, profile, why_ignored
from engine.data.roles import Guess, guess_roles
from engine.data.tags import Scheme, count_entities, find_scheme, is_outside, is_tag, to_iob2
from engine.data.truths.base import Facts, Remarks, Truth, Usable
from engine.tasks.token_labels import to_spans
from engine.tasks.words import join_words
from engine.text import Message

_LOOKED_AT = 300
_TEXT_NAMES = "tokens words token word text sentence sentences content body 文本 句子".split()
_SPAN_NAMES = "entities spans entity label labels annotations ner 实体".split()

Row = tuple[list[int], list[int], list[str]]
"""Starts, ends and tags of a row's words."""


class Spans(Truth):
    shape = "spans"
    bare = True

    def guess(self, table: pd.DataFrame, task: str | None) -> Guess | None:
        profiles = profile(table)
        split = next((found for found in profiles if is_split(found)), None)
        rest = [found for found in profiles if found is not split and found.values]
        pair = _pair(rest)
        if pair is None:
            return None if task is None else replace(guess_roles(table), certainty=0)
        text, label, form = pair
        reasons = {found.name: why_ignored(found) for found in profiles}
        reasons[text.name] = Message(f"data.why_text_{form}")
        reasons[label.name] = Message(f"data.why_label_{form}")
        if split:
            params = {"values": sorted(set(split.values))[:5]}
            reasons[split.name] = Message("data.why_split", params)
        roles = Roles((text.name,), (label.name,), split.name if split else None)
        return Guess(roles, reasons, certainty=5)

    def fits(self, table: pd.DataFrame, roles: Roles) -> bool:
        if not roles.text or len(roles.label) != 1 or roles.question:
            return False
        return _find_form(table[roles.text[0]].tolist(), table[roles.label[0]].tolist()) != ""

    def check_roles(self, table: pd.DataFrame, roles: Roles, task: str | None) -> list[Message]:
        if not roles.label:
            return [Message("data.problem_no_tags", {"column": "–"})]
        if len(roles.label) > 1:
            return [Message("data.problem_one_tags", {"columns": roles.label})]
        if len(roles.text) > 1:
            return [Message("data.problem_one_text", {"columns": roles.text})]
        if roles.text and not self.fits(table, roles):
            return [Message("data.problem_no_tags", {"column": roles.label[0]})]
        return []

    def texts(self, table: pd.DataFrame, columns: Sequence[str]) -> list[str]:
        """Lists of words become running text, as in the rows that were learnt from."""
        if len(columns) > 1:
            return super().texts(table, columns)
        return [_running_text(cell) for cell in table[columns[0]].tolist()]

    def read(self, table: pd.DataFrame, roles: Roles, task: str | None) -> Facts:
        texts, cells = table[roles.text[0]].tolist(), table[roles.label[0]].tolist()
        if _find_form(texts, cells) == "spans":
            return _read_spans(texts, cells, roles)
        return _read_tags(texts, cells, roles)

    def merged(self, rows: Usable, merges: Mapping[str, str]) -> Usable:
        tags = [[_renamed(tag, merges) for tag in row] for row in rows.columns["tags"]]
        return replace(super().merged(rows, merges), columns=rows.columns | {"tags": tags})

    def without(self, rows: Usable, label: str) -> Usable:
        tags = [["O" if tag[2:] == label else tag for tag in row] for row in rows.columns["tags"]]
        return replace(super().without(rows, label), columns=rows.columns | {"tags": tags})

    def guess_task(self, rows: Usable, roles: Roles) -> tuple[str, Message]:
        names = {name for labels in rows.labels for name in labels}
        params = {"column": roles.label[0], "count": len(names)}
        return "tokens", Message("data.task_tokens", params)

    def check(self, rows: Usable, roles: Roles, task: str) -> list[Message]:
        if any(rows.labels):
            return []
        params = {"column": roles.label[0], "rows": len(rows.texts)}
        return [Message("data.problem_no_entities", params)]

    def show(self, cell: Any) -> str:
        words = isinstance(cell, list) and all(isinstance(word, str) for word in cell)
        return " ".join(cell) if words else spell(cell)

    def count(self, rows: Usable) -> Sequence[Iterable[str]]:
        return [[tag[2:] for tag in tags if tag.startswith("B-")] for tags in rows.columns["tags"]]

    def written(self, rows: Usable, task: str) -> dict[str, list[Any]]:
        """Marks in running text, or tags of words where those say more: marks are trimmed to the
        words that a text is cut into."""
        words = [rows.columns[name] for name in ("starts", "ends", "tags")]
        marked = [[span.key for span in to_spans(*row)] for row in zip(*words, strict=True)]
        again = [tag_words(*pair) for pair in zip(rows.texts, marked, strict=True)]
        read = [[getattr(row, name) for row in again] for name in ("starts", "ends", "tags")]
        tokens = [
            [text[start:end] for start, end in zip(starts, ends, strict=True)]
            for text, starts, ends in zip(rows.texts, *words[:2], strict=True)
        ]
        if read != words and [join_words(row)[0] for row in tokens] == rows.texts:
            return {"text": tokens, "label": words[2]}
        keys = ("start", "end", "label")
        spans = [[dict(zip(keys, span, strict=True)) for span in row] for row in marked]
        return {"text": rows.texts, "label": spans}

    def answers(self, rows: Usable) -> Sequence[Hashable]:
        """Without any entity it does not matter into how many words a text is cut."""
        return [() if all(map(is_outside, tags)) else tuple(tags) for tags in rows.columns["tags"]]


def _pair(profiles: Sequence[Profile]) -> tuple[Profile, Profile, str] | None:
    """The columns of text and truth that go together best, and the form of the truth.

    Of several the last is taken, as CoNLL has its entities in its last column, unless one is
    called after entities.
    """
    best: tuple[tuple[bool, bool, int], tuple[Profile, Profile, str]] | None = None
    for place, label in enumerate(profiles):
        named = "ner" in plain_name(label.name).split("_") or label.named(_SPAN_NAMES)
        for text in profiles:
            form = _find_form(text.cells, label.cells) if text is not label else ""
            if form and _could_hold(text, form):
                like_entities = form == "spans" or _entities(label.cells)
                rank = (like_entities, named, place)
                better = (
                    best is not None
                    and rank == best[0]
                    and _text_rank(text) > _text_rank(best[1][0])
                )
                if best is None or rank > best[0] or better:
                    best = rank, (text, label, form)
    return best[1] if best else None


def _text_rank(found: Profile) -> tuple[bool, float]:
    return found.named(_TEXT_NAMES), found.words


def _could_hold(text: Profile, form: str) -> bool:
    """Whether a column can be what `form` says something of."""
    if form == "spans":
        return not (text.lists or text.objects or text.numeric or text.names_an_id())
    return not text.numeric


def _entities(cells: Sequence[Any]) -> bool:
    """Whether tags are of entities, not of every word as parts of speech are."""
    rows = [tags for cell in cells[:_LOOKED_AT] if (tags := _tags_in(cell)) is not None]
    return find_scheme(rows).kind != "words"


def _find_form(texts: Sequence[Any], cells: Sequence[Any]) -> str:
    """`spans`, `tags` or `ids` (tags that are numbers), "" for anything else."""
    forms: Counter[str] = Counter()
    filled = (pair for pair in zip(texts, cells, strict=True) if spell(pair[1]).strip())
    for _, (text, cell) in zip(range(_LOOKED_AT), filled, strict=False):
        forms[_form_of(text, _parsed(cell))] += 1
    sure = forms.total() - forms["none"]
    for form in ("spans", "tags", "ids"):
        if forms[form] and forms[form] >= 0.6 * sure:
            return form
    return ""


def _form_of(text: Any, cell: Any) -> str:
    """The form one cell is written in; `none` where nothing is marked, so that it says nothing."""
    if cell == [] or (isinstance(cell, dict) and spans_in(cell) == []):
        return "none"
    if spans_in(cell) is not None:
        return "spans"
    if isinstance(cell, list) and any(spans_in([mark]) for mark in cell):
        return "spans"
    tokens = _tokens(text)
    if isinstance(cell, list) and all(type(tag) is int for tag in cell):
        listed = isinstance(_parsed(text), list)
        return "ids" if listed and tokens and len(tokens) == len(cell) else ""
    tags = _tags_in(cell)
    if not tags or tokens is None or len(tags) != len(tokens):
        return ""
    if isinstance(_parsed(text), list) and isinstance(cell, list):
        return "tags"
    return "tags" if all(map(is_tag, tags)) and len(tags) > 1 else ""


def _parsed(cell: Any) -> Any:
    """A list or object also where it is written down as text."""
    if isinstance(cell, str) and cell.lstrip()[:1] in ("[", "{", "("):
        found = parse_list(cell)
        return found if isinstance(found, list | dict) else cell
    return cell


def _tokens(cell: Any) -> list[str] | None:
    found = _parsed(cell)
    if isinstance(found, list):
        return [spell(token).strip() for token in found]
    return found.split() if isinstance(found, str) else None


def _running_text(cell: Any) -> str:
    if not isinstance(_parsed(cell), list):
        return spell(cell).strip()
    return join_words([token for token in _tokens(cell) or () if not is_blank(token)])[0]


def _tags_in(cell: Any) -> list[str] | None:
    found = _parsed(cell)
    if isinstance(found, list):
        return [tag.strip() if isinstance(tag, str) else "" for tag in found]
    return re.split(r"[\s,]+", found.strip(" ,")) if isinstance(found, str) else None


def _read_spans(texts: Sequence[Any], cells: Sequence[Any], roles: Roles) -> Facts:
    raw = [spell(text) for text in texts]
    labels: list[Names | Message] = []
    rows: list[Row] = []
    mended: Remarks = []
    left_out: Remarks = []
    for row, (text, cell) in enumerate(zip(raw, cells, strict=True)):
        marks = _marks(cell)
        if is_blank(text) or marks is None:
            labels.append(_why_no_marks(text, cell, roles))
            rows.append(([], [], []))
            continue
        tagged = tag_words(text, marks)
        labels.append(tuple(sorted(count_entities(tagged.tags))))
        rows.append((tagged.starts, tagged.ends, tagged.tags))
        mended += [(row, message) for message in tagged.mended]
        left_out += [(row, message) for message in tagged.left_out]
    return Facts(raw, labels, _columns(rows), mended=mended, left_out=left_out)


def _marks(cell: Any) -> list[Any] | None:
    """The marks of a cell, also those in a list of which some are none."""
    found = _parsed(cell)
    marks = spans_in(found)
    return found if marks is None and isinstance(found, list) else marks


def _why_no_marks(text: str, cell: Any, roles: Roles) -> Message:
    if is_blank(text):
        return Message("data.row_no_text", {"columns": roles.text})
    if not spell(cell).strip():
        return Message("data.row_no_label", {"column": roles.label[0]})
    return Message("data.row_bad_marks", {"found": spell(cell)[:60]})


def _read_tags(texts: Sequence[Any], cells: Sequence[Any], roles: Roles) -> Facts:
    found = [_words_and_tags(*pair, roles) for pair in zip(texts, cells, strict=True)]
    scheme = find_scheme([pair[1] for pair in found if not isinstance(pair, Message)])
    joined: list[str] = []
    labels: list[Names | Message] = []
    rows: list[Row] = []
    mended: Remarks = []
    for row, pair in enumerate(found):
        read = pair if isinstance(pair, Message) else _tagged(*pair, scheme)
        if isinstance(read, Message):
            joined.append("")
            labels.append(read)
            rows.append(([], [], []))
            continue
        text, words, fixes = read
        joined.append(text)
        labels.append(tuple(sorted(count_entities(words[2]))))
        rows.append(words)
        mended += [(row, fix) for fix in fixes]
    return Facts(joined, labels, _columns(rows), mended=mended)


def _words_and_tags(text: Any, cell: Any, roles: Roles) -> tuple[list[str], list[str]] | Message:
    tokens, tags = _tokens(text), _parsed(cell)
    if tokens is None:
        return Message("data.row_bad_tokens", {"found": spell(text)[:60]})
    if not any(tokens):
        return Message("data.row_no_text", {"columns": roles.text})
    if tags is None or (isinstance(tags, str) and not tags.strip()):
        return Message("data.row_no_label", {"column": roles.label[0]})
    if isinstance(tags, list) and any(type(tag) is int for tag in tags):
        return Message("data.row_tag_ids", {"found": spell(tags)[:60]})
    written = _tags_in(tags)
    if written is None:
        return Message("data.row_bad_tags", {"found": spell(tags)[:60]})
    if len(tokens) != len(written):
        return Message("data.row_tag_count", {"tokens": len(tokens), "tags": len(written)})
    return tokens, written


def _tagged(
    tokens: list[str], tags: list[str], scheme: Scheme
) -> tuple[str, Row, list[Message]] | Message:
    """Text, words and tags of a row, and what was mended. A token nobody can see is left out."""
    fixes = [
        Message("data.fix_no_token", {"found": tag[:60]})
        for token, tag in zip(tokens, tags, strict=True)
        if is_blank(token) and not is_outside(tag)
    ]
    pairs = [pair for pair in zip(tokens, tags, strict=True) if not is_blank(pair[0])]
    words = [token for token, _ in pairs]
    read = to_iob2(words, [tag for _, tag in pairs], scheme)
    if isinstance(read, Message):
        return read
    text, starts = join_words(words)
    ends = [start + len(word) for start, word in zip(starts, words, strict=True)]
    return text, (starts, ends, read[0]), fixes + read[1]


def _columns(rows: Sequence[Row]) -> dict[str, list[Any]]:
    return {name: [row[i] for row in rows] for i, name in enumerate(("starts", "ends", "tags"))}


def _renamed(tag: str, merges: Mapping[str, str]) -> str:
    name = merges.get(tag[2:])
    return tag if is_outside(tag) or name is None else tag[:2] + name
