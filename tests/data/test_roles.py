"""Roles are guessed so that a person rarely has to change one."""

import pandas as pd
import pytest

from engine.data.dataset import Roles
from engine.data.roles import guess_roles

TOPICS = ("delivery", "refund", "account")


def column(kind, i):
    return {
        "id": f"row-{i}",
        "number": i,
        "prose": f"I ordered thing number {i} and would like to hear of it",
        "title": f"About thing number {i}",
        "topic": TOPICS[i % 3],
        "class": str(i % 3),
        "flag": str(int(i % 4 == 0)),
        "other flag": str(int(i % 3 == 0)),
        "tags": [TOPICS[i % 3]],
        "date": f"2024-03-{i % 28 + 1:02d}",
        "url": f"https://example.org/{i}",
        "constant": "same",
        "empty": "",
        "split": ("train", "train", "train", "dev", "test")[i % 5],
        "amount": f"{i * 1.37:.2f}",
        "chinese": f"第{i}条新闻说，这个城市今天的天气非常好",
    }[kind]


def guess(**kinds):
    columns = {name: [column(kind, i) for i in range(60)] for name, kind in kinds.items()}
    return guess_roles(pd.DataFrame(columns, dtype=object))


@pytest.mark.parametrize(
    ("kinds", "text", "label"),
    [
        ({"text": "prose", "label": "topic"}, "text", "label"),
        ({"label": "class", "text": "title"}, "text", "label"),
        ({"x1": "id", "x2": "topic", "x3": "prose"}, "x3", "x2"),
        ({"subject": "title", "body": "prose", "category": "topic"}, "subject body", "category"),
        ({"c1": "class", "c2": "title", "c3": "prose"}, "c2 c3", "c1"),
        (
            {"id": "number", "said": "prose", "bad": "flag", "rude": "other flag"},
            "said",
            "bad rude",
        ),
        ({"text": "prose", "spam": "flag"}, "text", "spam"),
        ({"sentence": "prose", "x": "tags"}, "sentence", "x"),
        (
            {"when": "date", "link": "url", "text": "prose", "sentiment": "topic"},
            "text",
            "sentiment",
        ),
        ({"k": "constant", "text": "prose", "y": "class"}, "text", "y"),
        ({"内容": "chinese", "类别": "topic"}, "内容", "类别"),
        ({"a": "chinese", "b": "topic"}, "a", "b"),
        ({"text": "prose", "label": "class", "label_text": "topic"}, "text", "label_text"),
        ({"text": "prose", "cleaned": "prose", "label": "topic"}, "text", "label"),
        ({"text": "prose", "amount": "amount"}, "text", ""),
        ({"text": "empty", "label": "topic"}, "", "label"),
    ],
)
def test_roles_follow_names_and_values(kinds, text, label):
    roles = guess(**kinds).roles
    assert (roles.text, roles.label, roles.split) == (
        tuple(text.split()),
        tuple(label.split()),
        None,
    )


def test_a_column_that_names_splits_is_found_by_its_values():
    roles = guess(text="prose", anything="split", intent="topic").roles
    assert roles == Roles(("text",), ("intent",), "anything")


def test_a_split_column_with_a_few_unknown_values_is_still_one():
    rows = [column("split", i) if i % 30 else "unsure" for i in range(60)]
    table = pd.DataFrame({"text": [column("prose", i) for i in range(60)], "part": rows})
    assert guess_roles(table).roles.split == "part"
    table["part"] = [column("split", i) if i % 3 else "unsure" for i in range(60)]
    assert guess_roles(table).roles.split is None
    assert guess_roles(table.rename(columns={"part": "split"})).roles.split == "split"


def test_every_column_has_a_reason_in_plain_words():
    found = guess(
        id="id", text="prose", label="topic", set="split", e="empty", c="constant", n="amount"
    )
    assert {name: why.text() for name, why in found.reasons.items()} == {
        "id": "looks like an id: a number or code for each row",
        "text": "named like a text; about 12 words in each row",
        "label": "named like a label; 3 different values in the rows looked at",
        "set": "names the split of each row: dev, test, train",
        "e": "empty",
        "c": "the same in every row: “same”",
        "n": "numbers, not text",
    }


def test_a_label_named_so_but_unusable_gives_way_to_a_usable_one():
    assert guess(text="prose", label="id", category="topic").roles.label == ("category",)
    assert guess(text="prose", label="id").roles.label == ("label",)


@pytest.mark.parametrize("seed", range(5))
def test_odd_column_names_and_values_never_crash(seed):
    names = ["", " ", "=1+1", "label\n", "<b>", "文" * 300, "a.b[c]"]
    kinds = ["empty", "prose", "flag", "tags", "number", "topic", "date"]
    frame = pd.DataFrame(
        {
            name: [column(kinds[(k + seed) % 7], i) for i in range(9)]
            for k, name in enumerate(names)
        },
        dtype=object,
    )
    assert set(guess_roles(frame).reasons) == set(names)
