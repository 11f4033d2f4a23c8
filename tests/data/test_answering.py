"""Question answering and text to text from a file to a saved data set."""

import json

import pytest

from engine.data.dataset import Roles, load_dataset, load_rows
from engine.data.importing import Plan, Sources, import_dataset, inspect
from tests.data.conftest import to_csv
from tests.data.test_importing import said


def context(i):
    return f"The tower number {i} is {20 + i} metres high and was built by Ann Berg {i}."


def flat(count=60, names=("context", "question", "answer"), per_text=3):
    """Three questions on each text."""
    rows = []
    for i in range(count):
        k = i // per_text
        questions = (f"How high is tower {k}?", f"Who built tower {k}?", f"What is number {k}?")
        answers = (f"{20 + k} metres", f"Ann Berg {k}", "tower")
        rows.append((context(k), questions[i % 3], answers[i % 3]))
    return to_csv([names, *rows])


@pytest.mark.parametrize(
    "names",
    [
        ("context", "question", "answer"),
        ("passage", "query", "answers"),
        ("上下文", "问题", "答案"),
        ("a1", "b2", "c3"),
    ],
)
def test_flat_tables_are_recognised_by_name_or_by_what_stands_in_them(write, names):
    found = inspect(Sources(write(flat(names=names))))
    assert (found.task, found.shape, found.problems) == ("qa", "answers", ())
    assert found.plan.roles == Roles((names[0],), (names[2],), question=names[1])
    assert (found.labels, set(found.prepared["labels"])) == ((), {()})
    roles = [column.role for column in found.columns]
    assert roles == ["text", "question", "label"]


def test_a_row_holds_question_answers_and_where_they_stand(write):
    row = inspect(Sources(write(flat()))).prepared.iloc[0]
    assert row["question"] == "How high is tower 0?"
    assert row["answers"] == ["20 metres"]
    assert row["answer_starts"] == [context(0).index("20 metres")]


def test_squad_with_unanswerable_questions(write):
    qas = [
        {"question": "Who?", "answers": [{"text": t, "answer_start": 1} for t in ("Ann", "Berg")]},
        {"question": "Why?", "is_impossible": True, "answers": []},
        {"question": "", "answers": [{"text": "Ann", "answer_start": 1}]},
    ]
    paragraphs = [{"context": f"  {context(i)}", "qas": qas} for i in range(20)]
    content = json.dumps({"version": "v2.0", "data": [{"title": "T", "paragraphs": paragraphs}]})
    found = inspect(Sources(write(content, "squad.json")))
    assert found.task == "qa"
    assert (sum(found.rows.values()), found.rows_dropped) == (20, 40)
    assert "a question that cannot be answered from its text" in found.dropped[0].reason.text()
    assert "no question in “question”" in found.dropped[1].reason.text()
    row = found.prepared.iloc[0]
    assert row["answers"] == ["Ann", "Berg"]
    places = zip(row["answers"], row["answer_starts"], strict=True)
    assert all(row["text"][at : at + len(answer)] == answer for answer, at in places)


def test_an_offset_that_is_wrong_is_listed_with_the_place_that_was_taken(write):
    qas = [
        {"question": "Which?", "answers": [{"text": "Oslo", "answer_start": 3}]},
        {"question": "Where?", "answers": [{"text": "north", "answer_start": 12}]},
        {"question": "What?", "answers": [{"text": "nowhere", "answer_start": 1}]},
    ]
    paragraphs = [{"context": f"  Oslo lies north {i}", "qas": qas} for i in range(20)]
    content = json.dumps({"data": [{"paragraphs": paragraphs}]})
    found = inspect(Sources(write(content, "squad.json")))
    assert found.mended.count == 20, "the second is right, spaces before the text counted"
    first = found.mended.first[0]
    assert first.row == 1
    assert first.reason.text() == (
        "the answer “Oslo” does not stand at character 3 of its text, as the file says, but at 0;"
        " that place was taken"
    )
    assert "20 marks were put right" in said(found.warnings)


def test_answers_as_objects_and_offsets_in_a_column_of_their_own(write):
    text = "Rome, then Oslo, then Rome again"
    rows = [
        {
            "context": f"{text} {i}",
            "question": "Where?",
            "answers": {"text": ["Rome"], "answer_start": [22]},
        }
        for i in range(30)
    ]
    found = inspect(Sources(write("\n".join(map(json.dumps, rows)), "a.jsonl")))
    assert found.prepared["answer_starts"].tolist() == [[22]] * 30
    flat_rows = [(f"{text} {i}", "Where?", "Rome", 22) for i in range(30)]
    header = ("context", "question", "answer", "answer_start")
    found = inspect(Sources(write(to_csv([header, *flat_rows]))))
    assert found.prepared["answer_starts"].tolist() == [[22]] * 30
    reasons = {column.name: column.reason.text() for column in found.columns}
    assert reasons["answer_start"] == "says where answers start, and is used for that"


def test_no_paragraph_stands_on_both_sides(write):
    for per_text in (3, 15):
        found = inspect(Sources(write(flat(60, per_text=per_text))))
        assert found.prepared.groupby("text")["split"].nunique().max() == 1
        assert set(found.overlap.values()) == {0}
        assert min(found.rows.values()) > 0


def test_a_single_text_is_shared_out_all_the_same_and_the_overlap_said(write):
    found = inspect(Sources(write(flat(60, per_text=60))))
    assert found.rows == {"train": 48, "validation": 6, "test": 6}
    assert "also stands in test" in said(found.warnings)


def test_duplicates_ask_the_same_of_the_same_text(write):
    path = write(flat() + to_csv([(context(0), "HOW high is tower 0?", "high")]))
    found = inspect(Sources(path))
    assert found.duplicates == 1
    assert "2 rows ask the same as another row and are answered differently" in said(found.warnings)


def test_answers_that_stand_nowhere_are_counted(write):
    content = flat() + to_csv([(context(0), "Is it nice?", "Very nice indeed")])
    found = inspect(Sources(write(content)))
    assert "In 1 of 61 rows no answer stands in its text word for word." in said(found.warnings)
    assert found.prepared["answer_starts"].tolist()[-1] == [-1]


def test_yes_and_no_stay_labels(write):
    rows = [(f"is it {i}?", context(i), ("yes", "no")[i % 2]) for i in range(40)]
    found = inspect(Sources(write(to_csv([("question", "passage", "answer"), *rows]))))
    assert (found.task, found.labels) == ("binary", ("no", "yes"))


@pytest.mark.parametrize(
    ("names", "text", "label"),
    [
        (("document", "summary"), "document", "summary"),
        (("target", "source"), "source", "target"),
        (("question", "answer"), "question", "answer"),
        (("原文", "摘要"), "原文", "摘要"),
        (("a", "b"), "a", "b"),
    ],
)
def test_texts_to_be_written_are_recognised(write, names, text, label):
    rows = [(f"a long story about number {i}", f"the short story {i}") for i in range(40)]
    found = inspect(Sources(write(to_csv([names, *rows]))))
    assert (found.task, found.problems) == ("text2text", ())
    assert found.plan.roles == Roles((text,), (label,))
    row = found.prepared.iloc[0]
    assert (row["question"], len(row["answers"]), row["answer_starts"]) == ("", 1, [-1])


def test_a_label_column_of_free_text_becomes_a_text_to_write(write):
    rows = [(f"text {i}", f"a long free remark {i // 2}") for i in range(60)]
    path = write(to_csv([("text", "label"), *rows]))
    found = inspect(Sources(path))
    assert (found.task, found.problems) == ("text2text", ())
    assert "“label” holds free text (30 different values in 60 rows)" in found.task_reason.text()
    asked = inspect(Sources(path), Plan(task="multiclass"))
    assert "it looks like text" in said(asked.problems)
    assert "or the task text to text" in said(asked.problems)


def test_a_table_with_labels_and_long_texts_keeps_its_labels(write):
    rows = [(f"a title {i}", f"a long body of number {i}", "ab"[i % 2]) for i in range(40)]
    found = inspect(Sources(write(to_csv([("title", "summary", "category"), *rows]))))
    assert found.task == "binary"


@pytest.mark.parametrize(
    ("roles", "task", "sentence"),
    [
        (Roles(("context",), ("answer",)), "qa", "No question column was found."),
        (Roles(("context",), (), None, "question"), "qa", "No answer column was found."),
        (Roles(("context",), ()), "text2text", "No column with the texts to write"),
        (Roles(("context",), ("answer",), None, "question"), "text2text", "does not read"),
        (Roles(("context",), ("answer", "question")), "text2text", "One column holds the answer"),
        (Roles((), ("answer",), None, "question"), "qa", "No text column was found"),
        (Roles(("context",), ("answer",), None, "asked"), "qa", "lacks asked"),
    ],
)
def test_roles_that_do_not_fit_the_task_are_problems(write, roles, task, sentence):
    assert sentence in said(inspect(Sources(write(flat())), Plan(roles, task)).problems)


@pytest.mark.parametrize("task", ["qa", "text2text"])
def test_a_task_may_be_chosen_where_nothing_says_it(write, task):
    rows = [
        (f"some words {i}?", f"more words of number {i} in all", "ab"[i % 2]) for i in range(40)
    ]
    found = inspect(Sources(write(to_csv([("x", "y", "label"), *rows]))), Plan(task=task))
    assert found.task == task
    assert found.problems == ()


def test_what_is_saved_is_what_was_shown(write, workspace):
    sources = Sources(write(flat()))
    found = inspect(sources)
    dataset = load_dataset(workspace, import_dataset(workspace, sources).id)
    assert (dataset.task, dataset.labels) == ("qa", ())
    assert dataset.roles.question == "question"
    rows = load_rows(workspace, dataset)
    assert rows["answers"].map(list).tolist() == found.prepared["answers"].tolist()
    assert rows["answer_starts"].map(list).tolist() == found.prepared["answer_starts"].tolist()
    assert rows["question"].tolist() == found.prepared["question"].tolist()


def test_hostile_answers_are_rows_left_out(write):
    odd = [{"x": 1}, [[1]], {"text": {"a": 1}}, None, [], "", 7]
    rows = [
        json.dumps({"context": context(i), "question": f"q {i}?", "answers": cell})
        for i, cell in enumerate(odd)
    ]
    good = [
        json.dumps({"context": context(i), "question": f"who {i}?", "answers": ["Ann"]})
        for i in range(40)
    ]
    found = inspect(Sources(write("\n".join([*rows, *good]), "a.jsonl")))
    assert (found.rows_dropped, sum(found.rows.values())) == (6, 41)
    assert '{"x": 1} is not an answer' in found.dropped[0].reason.text()
