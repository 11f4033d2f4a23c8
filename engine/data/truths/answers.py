"""Answers in words: to a question on a text, or the text that an input is to become."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from engine.data.alike import is_blank
from engine.data.answers import answers_in, offset, place
from engine.data.cells import join_texts
from engine.data.dataset import Roles
from engine.data.labels import Names, spell
from engine.data.profiles import Profile, is_split, plain_name, profile, why_ignored
from engine.data.roles import LABEL_NAMES, Guess, guess_roles
from engine.data.truths.base import Facts, Remarks, Truth, Usable
from engine.tasks import TASKS, AnyTask
from engine.text import Message

_LOOKED_AT = 300
_FREE_LABELS = 20
"""Different values above which a label column can be free text."""
_QUESTION = frozenset("question questions query q 问题 提问 问句 问".split())
_CONTEXT = (
    "context passage paragraph article document text story background evidence content "
    "上下文 篇章 段落 文章 材料 背景 原文 正文 文本 内容"
).split()
_ANSWER = "answers answer answer_text correct_answer gold_answer 答案 标准答案 回答 答".split()
_START = frozenset("answer_start answer_starts answer_offset start_position 答案起始位置".split())
_OUTPUT = (
    "summary summaries highlights target targets output tgt translation response completion "
    "headline answer answers correction corrected simplified target_text output_text "
    "摘要 总结 目标 译文 输出 翻译 改写 回复 答复 答案 回答"
).split()
_INPUT = (
    "document article source input src dialogue dialog prompt instruction original text "
    "sentence content question source_text input_text "
    "原文 输入 文章 正文 内容 对话 问题 文本 源文本"
).split()


class Answers(Truth):
    shape = "answers"
    together = True
    correctable = True

    def guess(self, table: pd.DataFrame, task: str | None) -> Guess | None:
        profiles = profile(table)
        split = next((found for found in profiles if is_split(found)), None)
        rest = [found for found in profiles if found is not split and found.values]
        roles, certainty = None, 0
        if task is None or _asks_question(task):
            roles, certainty = _question_roles(rest)
        if roles is None and (task is None or not _asks_question(task)):
            roles, certainty = _text_roles(rest)
        if roles is None:
            return None if task is None else _best_effort(table, rest, task)
        reasons = {found.name: why_ignored(found) for found in profiles}
        for name in (*roles.text, *roles.label, *filter(None, [roles.question])):
            found = next(found for found in rest if found.name == name)
            reasons[name] = Message("data.why_answers", {"words": round(found.words)})
        if roles.question:
            for found in rest:
                if plain_name(found.name) in _START:
                    reasons[found.name] = Message("data.why_answer_start")
        if split:
            params = {"values": sorted(set(split.values))[:5]}
            reasons[split.name] = Message("data.why_split", params)
        return Guess(replace(roles, split=split.name if split else None), reasons, certainty)

    def fits(self, table: pd.DataFrame, roles: Roles) -> bool:
        if roles.question:
            return True
        if not roles.text or len(roles.label) != 1:
            return False
        answer = profile(table[[roles.label[0]]])[0]
        free = answer.distinct > _FREE_LABELS and answer.distinct >= len(answer.values) / 2
        named = _is_pair(profile(table[[roles.text[0]]])[0], answer)
        free = free and answer.words > 3 and not answer.lists
        return named or free or _holds_objects(answer)

    def check_roles(self, table: pd.DataFrame, roles: Roles, task: str | None) -> list[Message]:
        asked = roles.question is not None
        if not roles.label:
            return [Message("data.problem_no_answer" if asked else "data.problem_no_target")]
        if len(roles.label) > 1:
            return [Message("data.problem_one_answer", {"columns": roles.label})]
        wants = asked if task is None else _asks_question(task)
        if wants and not asked:
            return [Message("data.problem_no_question")]
        if asked and not wants:
            return [Message("data.problem_question_unused", {"column": roles.question})]
        return []

    def columns(self, table: pd.DataFrame, roles: Roles) -> list[str]:
        """Offsets beside the answers are read wherever they stand."""
        used = roles.columns()
        offsets = [name for name in table if name not in used and plain_name(str(name)) in _START]
        return [*used, *offsets[:1]]

    def read(self, table: pd.DataFrame, roles: Roles, task: str | None) -> Facts:
        texts = join_texts(table, roles.text)
        asked = [""] * len(table)
        if roles.question:
            asked = [spell(cell).strip() for cell in table[roles.question].tolist()]
        beside = self.columns(table, roles)[len(roles.columns()) :]
        hints = [offset(cell) for name in beside for cell in table[name].tolist()]
        labels: list[Names | Message] = []
        answers: list[list[str]] = []
        starts: list[list[int]] = []
        mended: Remarks = []
        cells = table[roles.label[0]].tolist()
        rows = zip(texts, asked, cells, hints or [None] * len(table), strict=True)
        for row, (text, question, cell, hint) in enumerate(rows):
            found = answers_in(cell)
            labels.append(_why_not(question, cell, found, roles) or ())
            answers.append([answer for answer, _ in found or ()])
            given = [(answer, hint if at is None else at) for answer, at in found or ()]
            starts.append([place(text, answer, at) for answer, at in given])
            written = [spell(table[name].iat[row]) for name in roles.text]
            mended += [(row, fix) for fix in _moved(given, starts[-1], [text, *written])]
        columns: dict[str, list[Any]] = {"question": list(asked), "answers": list(answers)}
        columns["answer_starts"] = list(starts)
        return Facts(texts, labels, columns, mended=mended)

    def guess_task(self, rows: Usable, roles: Roles) -> tuple[str, Message]:
        column = roles.label[0]
        if roles.question:
            named = {"question": roles.question, "column": column}
            return "qa", Message("data.task_qa", named)
        count = len({answer for answers in rows.columns["answers"] for answer in answers})
        params = {"column": column, "count": count, "rows": len(rows.texts)}
        return "text2text", Message("data.task_text2text", params)

    def check(self, rows: Usable, roles: Roles, task: str) -> list[Message]:
        return []

    def warn(self, rows: Usable, task: str) -> list[Message]:
        if not any(rows.columns["question"]):
            return []
        absent = sum(max(starts) < 0 for starts in rows.columns["answer_starts"])
        params = {"rows": absent, "total": len(rows.texts)}
        return [Message("data.warn_not_in_context", params)] if absent else []

    def show(self, cell: Any) -> str:
        found = answers_in(cell) if isinstance(cell, list | dict) else None
        return spell(cell) if found is None else " | ".join(answer for answer, _ in found)

    def questions(self, rows: Usable) -> list[str]:
        pairs = zip(rows.texts, rows.columns["question"], strict=True)
        return [f"{text}\n{question}" for text, question in pairs]

    def answers(self, rows: Usable) -> Sequence[Hashable]:
        return [frozenset(answers) for answers in rows.columns["answers"]]

    def written(self, rows: Usable, task: str) -> dict[str, list[Any]]:
        pairs = zip(rows.columns["answers"], rows.columns["answer_starts"], strict=True)
        answers = [{"text": list(texts), "answer_start": list(at)} for texts, at in pairs]
        if _asks_question(task):
            return {"text": rows.texts, "question": rows.columns["question"], "label": answers}
        texts = [list(found) for found in rows.columns["answers"]]
        if all(len(found) == 1 for found in texts):
            return {"text": rows.texts, "label": [found[0] for found in texts]}
        return {"text": rows.texts, "label": texts}

    def right(self, row: Mapping[str, Any]) -> Names:
        return tuple(row["answers"])

    def fault(self, right: Names, task: AnyTask) -> Message | None:
        return None if right and not any(map(is_blank, right)) else Message("versions.no_answer")

    def corrected(self, row: Mapping[str, Any], right: Names) -> dict[str, Any]:
        starts = [place(row["text"], answer, None) for answer in right]
        return dict(row) | {"answers": list(right), "answer_starts": starts}


def _moved(
    given: Sequence[tuple[str, int | None]], starts: Sequence[int], written: Sequence[str]
) -> Iterator[Message]:
    """The answers that stand elsewhere than the file says, in the text or as it was written."""
    for (answer, at), start in zip(given, starts, strict=True):
        if at is None or start < 0 or any(text.startswith(answer, at) for text in written):
            continue
        params = {"answer": answer[:60], "given": at, "start": start}
        yield Message("data.fix_answer_start", params)


def _why_not(question: str, cell: Any, found: Any, roles: Roles) -> Message | None:
    if roles.question and is_blank(question):
        return Message("data.row_no_question", {"column": roles.question})
    if found is None:
        return Message("data.row_bad_answer", {"found": spell(cell)[:60]})
    if not found:
        key = "data.row_no_answer" if roles.question else "data.row_no_target"
        return Message(key, {"column": roles.label[0]})
    return None


def _question_roles(profiles: Sequence[Profile]) -> tuple[Roles | None, int]:
    """Context, question and answer by their names, else by what stands in them."""
    question = next((found for found in profiles if found.named(_QUESTION)), None)
    context, answer = _named(profiles, _CONTEXT), _named(profiles, _ANSWER)
    if question and context and answer and _is_free(answer, context):
        return Roles((context.name,), (answer.name,), question=question.name), 5
    for question in profiles:
        if not _asks(question):
            continue
        others = [p for p in profiles if p is not question and not p.names_an_id()]
        for answer in others:
            for context in others:
                shorter = answer is not context and 3 * answer.words < context.words
                varied = answer.distinct > 0.3 * len(answer.values)
                if shorter and varied and _share_inside(answer, context) > 0.8:
                    return Roles((context.name,), (answer.name,), question=question.name), 5
    return None, 0


def _text_roles(profiles: Sequence[Profile]) -> tuple[Roles | None, int]:
    """Input and target by their names, or a table of nothing but two columns of free text."""
    target, source = _named(profiles, _OUTPUT), None
    if target:
        source = _named([found for found in profiles if found is not target], _INPUT)
    if source and target and _is_pair(source, target):
        return Roles((source.name,), (target.name,)), 3
    labels = any(found.named(LABEL_NAMES) for found in profiles)
    if len(profiles) == 2 and not labels and all(map(_is_prose, profiles)):
        return Roles((profiles[0].name,), (profiles[1].name,)), 1
    return None, 0


def _asks_question(task: str) -> bool:
    return "question" in TASKS[task].asks


def _best_effort(table: pd.DataFrame, profiles: Sequence[Profile], task: str) -> Guess:
    """Roles for a task that was asked for although nothing in the table says it."""
    guess = guess_roles(table)
    free = [found for found in profiles if not (found.numeric or found.flags)]
    question = None
    if _asks_question(task):
        asking = [found for found in free if found.named(_QUESTION) or _asks(found)]
        question = asking[0] if asking else None
    left = sorted((f for f in free if f is not question), key=lambda found: -found.words)
    target = _named(left, [*_ANSWER, *_OUTPUT]) or (left[1] if len(left) > 1 else None)
    source = next((found for found in left if found is not target), None)
    roles = Roles(
        (source.name,) if source else (),
        (target.name,) if target else (),
        guess.roles.split,
        question.name if question else None,
    )
    reasons = guess.reasons | {
        found.name: Message("data.why_answers", {"words": round(found.words)})
        for found in (source, target, question)
        if found
    }
    return Guess(roles, reasons)


def _named(profiles: Sequence[Profile], names: Sequence[str]) -> Profile | None:
    """The column with the name that stands first in `names`."""
    found = [each for each in profiles if each.named(names)]
    return min(found, key=lambda each: names.index(plain_name(each.name)), default=None)


def _is_free(answer: Profile, context: Profile) -> bool:
    """Whether answers are given in words of their own, not chosen among a few."""
    if answer.flags:
        return False
    varied = answer.distinct > max(3, 0.3 * len(answer.values))
    return answer.lists or answer.objects or varied or _share_inside(answer, context) > 0.5


def _is_pair(source: Profile, target: Profile) -> bool:
    """Whether names say that one text is to become the other, and both are free text."""
    named = target.named(_OUTPUT) and source.named(_INPUT)
    return named and _is_prose(source) and _is_prose(target)


def _holds_objects(found: Profile) -> bool:
    """Whether cells are answers with their offsets, as SQuAD and its like write them."""
    filled = [cell for cell in found.cells[:_LOOKED_AT] if isinstance(cell, list | dict) and cell]
    written = [cell if isinstance(cell, dict) else cell[0] for cell in filled]
    return bool(written) and all(
        isinstance(first, dict) and answers_in(cell) is not None
        for first, cell in zip(written, filled, strict=True)
    )


def _is_prose(found: Profile) -> bool:
    values = found.numeric or found.flags or found.lists or found.objects or found.names_an_id()
    return not values and found.words >= 2 and found.distinct >= 0.5 * len(found.values)


def _asks(found: Profile) -> bool:
    marks = sum(value.rstrip().endswith(("?", "？")) for value in found.values)
    return found.words >= 2 and marks > 0.7 * len(found.values)


def _share_inside(answer: Profile, context: Profile) -> float:
    """Share of the answers that stand in their context."""
    pairs = list(zip(answer.cells, context.cells, strict=True))[:_LOOKED_AT]
    inside = filled = 0
    for cell, text in pairs:
        found = answers_in(cell)
        filled += bool(found)
        inside += bool(found) and any(words in spell(text) for words, _ in found or ())
    return inside / max(1, filled)
