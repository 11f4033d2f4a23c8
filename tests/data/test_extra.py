"""Columns without a role: kept with their rows, read by no model, safe under any name."""

import json

import pandas as pd
import pytest

from engine.data.dataset import EXTRA, Dataset, load_dataset, load_rows
from engine.data.importing import Plan, Roles, Sources, import_dataset, inspect
from engine.data.saving import fingerprint
from tests.data.conftest import to_csv

ROLES = Roles(("text",), ("label",))


def saved(workspace, path, roles=ROLES, **sources):
    return import_dataset(workspace, Sources(path, **sources), Plan(roles=roles))


def rows_with(extra, count=40):
    """`extra`: column → its cell in row i."""
    head = ["text", "label", *extra]
    lines = [
        [
            f"message number {i}",
            ("refund", "delivery")[i % 2],
            *(cell(i) for cell in extra.values()),
        ]
        for i in range(count)
    ]
    return to_csv([head, *lines])


def test_a_column_without_a_role_is_kept_with_its_rows(workspace, write):
    extra = {"channel": lambda i: ("mail", "phone")[i % 3 == 0], "id": lambda i: f"T-{i}"}
    dataset = saved(workspace, write(rows_with(extra)))
    assert dataset.extra == ("channel", "id")
    assert load_dataset(workspace, dataset.id) == dataset
    rows = load_rows(workspace, dataset)
    for text, channel, name in zip(
        rows["text"], rows[f"{EXTRA}channel"], rows[f"{EXTRA}id"], strict=True
    ):
        number = int(text.split()[-1])
        assert (channel, name) == (extra["channel"](number), extra["id"](number))


def test_json_values_are_kept_as_text_and_lists_and_objects_are_left_out(workspace, write):
    lines = [
        {"text": f"a message {i}", "label": "ab"[i % 2], "year": 2020 + i % 3, "paid": i % 2 == 0,
         "meta": {"deep": i}, "tags": ["x"], "none": None}
        for i in range(40)
    ]  # fmt: skip
    lines[1].pop("year")
    path = write("\n".join(map(json.dumps, lines)), "table.jsonl")
    dataset = saved(workspace, path)
    assert dataset.extra == ("year", "paid")
    rows = load_rows(workspace, dataset)
    assert set(rows[f"{EXTRA}year"]) == {"", "2020", "2021", "2022"}
    assert set(rows[f"{EXTRA}paid"]) == {"true", "false"}


HOSTILE = ["row_id", "split ", "extra.text", "labels", "<img src=x onerror=alert(1)>", "channel",
           "channel", "", "=cmd|' /C calc'!A0", "x" * 500, "tags", "../../up"]  # fmt: skip


def test_names_as_one_likes_them_do_no_harm(workspace, write):
    lines = [
        [f"message number {i}", ("refund", "delivery")[i % 2], *(f"{k}-{i}" for k in range(12))]
        for i in range(40)
    ]
    dataset = saved(workspace, write(to_csv([["text", "label", *HOSTILE], *lines])))
    assert len(set(dataset.extra)) == len(HOSTILE)
    assert {"channel", "channel (2)", "row_id", "extra.text"} <= set(dataset.extra)
    rows = load_rows(workspace, dataset)
    assert rows["text"].str.startswith("message").all()
    assert rows["row_id"].tolist() == list(range(40))
    for place, name in enumerate(dataset.extra):
        assert rows[f"{EXTRA}{name}"].str.startswith(f"{place}-").all()


def test_of_many_columns_the_first_hundred_are_kept(workspace, write):
    extra = {f"flag {k}": lambda i, k=k: i * k % 7 for k in range(150)}
    dataset = saved(workspace, write(rows_with(extra)))
    assert dataset.extra == tuple(f"flag {k}" for k in range(100))


def test_extra_columns_leave_the_fingerprint_as_it_was(workspace, write):
    bare = saved(workspace, write(rows_with({}), "bare.csv"))
    more = saved(workspace, write(rows_with({"channel": lambda i: i}), "more.csv"))
    assert more.fingerprint == bare.fingerprint
    assert fingerprint(load_rows(workspace, bare)[["split", "text", "labels"]]) == bare.fingerprint


def test_files_of_their_own_for_each_split_need_not_have_the_same_columns(workspace, write):
    train = write(rows_with({"channel": lambda i: "mail"}), "train.csv")
    test = write(rows_with({"year": lambda i: 2020}), "test.csv")
    dataset = saved(workspace, train, test=test)
    assert dataset.extra == ("channel", "year")
    rows = load_rows(workspace, dataset)
    assert set(rows.loc[rows["split"] == "test", f"{EXTRA}channel"]) == {""}
    assert set(rows.loc[rows["split"] == "test", f"{EXTRA}year"]) == {"2020"}


def test_a_data_set_older_than_extra_columns_still_opens(workspace, write):
    dataset = saved(workspace, write(rows_with({})))
    record = json.loads(dataset.to_json())
    del record["extra"]
    assert Dataset.from_json(json.dumps(record)) == dataset
    assert dataset.extra == ()


@pytest.mark.parametrize("task", ["tokens", "qa"])
def test_rows_of_every_shape_keep_their_columns(workspace, write, task):
    rows = {
        "tokens": [{"text": f"Ann visited Rome {i}", "label": [[0, 3, "PER"]]} for i in range(40)],
        "qa": [
            {"context": f"Rome lies on the Tiber {i}.", "question": "Where does it lie?",
             "answer": "on the Tiber"}
            for i in range(40)
        ],
    }  # fmt: skip
    lines = [row | {"source": f"page {i % 4}"} for i, row in enumerate(rows[task])]
    sources = Sources(write("\n".join(map(json.dumps, lines)), "table.jsonl"))
    plan = inspect(sources).plan
    dataset = import_dataset(workspace, sources, plan)
    assert (dataset.task, dataset.extra) == (task, ("source",))
    table: pd.DataFrame = load_rows(workspace, dataset)
    assert set(table[f"{EXTRA}source"]) == {f"page {i}" for i in range(4)}
