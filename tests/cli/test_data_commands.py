"""`inspect` says what would be read; `import` saves it under an id."""

import io
import json
from pathlib import Path

import pytest

from engine.data.dataset import load_dataset, load_rows
from engine.workspace import Workspace
from tests.cli.conftest import Call
from tests.workbooks import xlsx

WORDS = ("the parcel is late", "my card was charged twice", "please close my account now")
TOPICS = ("delivery", "billing", "account")


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    path = tmp_path / "tickets.csv"
    rows = [f"{i},{WORDS[i % 3]} and again {i},note {i} on it,{TOPICS[i % 3]}" for i in range(60)]
    path.write_text("\n".join(["id,body,remark,topic", *rows]) + "\n")
    return path


def test_inspect_says_columns_task_labels_and_how_it_was_read(call: Call, tickets: Path) -> None:
    answer = call("inspect", str(tickets), "--json")
    found = answer.json
    assert {column["name"]: column["role"] for column in found["columns"]}["topic"] == "label"
    assert found["task"] == "multiclass"
    assert found["labels"] == sorted(TOPICS)
    assert found["files"]["train"]["rows_kept"] == 60
    assert sum(found["rows"].values()) == 60
    shown = call("inspect", str(tickets)).out
    assert "60 rows read, 0 dropped" in shown
    assert "will be saved" not in shown
    assert "one label of several (multi-class)" in shown


def test_inspect_says_how_many_of_the_rows_will_be_saved(call: Call, tickets: Path) -> None:
    tickets.write_text(tickets.read_text() + "60,a last one,,\n")
    shown = call("inspect", str(tickets)).out
    assert "61 rows read, 0 dropped" in shown
    assert "60 rows will be saved." in shown


def test_inspect_leaves_nothing_behind(call: Call, workspace: Workspace, tickets: Path) -> None:
    call("inspect", str(tickets))
    assert list(workspace.datasets.iterdir()) == []


def test_import_gives_the_id_of_what_it_saved(
    call: Call, workspace: Workspace, tickets: Path
) -> None:
    answer = call("import", str(tickets), "--name", "My tickets", "--json")
    assert answer.status == 0
    dataset = load_dataset(workspace, answer.json["id"])
    assert (dataset.name, dataset.task) == ("My tickets", "multiclass")
    assert answer.json["rows"] == dict(dataset.rows)


def test_a_name_that_is_taken_is_told_with_the_one_given(call: Call, tickets: Path) -> None:
    first = call("import", str(tickets), "--name", "Mine").out
    assert "already" not in first
    second = call("import", str(tickets), "--name", "Mine").out
    assert "There is a data set called “Mine” already, so this one is called “Mine (2)”." in second


def test_import_makes_the_workspace(tickets: Path, tmp_path: Path, call: Call) -> None:
    from engine.cli.main import main

    assert main(["import", str(tickets), "--workspace", str(tmp_path / "new")]) == 0
    assert (tmp_path / "new" / "datasets").is_dir()


def test_arguments_override_the_guessed_roles(
    call: Call, workspace: Workspace, tickets: Path
) -> None:
    options = ["--text", "remark", "--text", "body", "--label", "topic", "--seed", "5"]
    dataset = load_dataset(workspace, call("import", str(tickets), *options, "--json").json["id"])
    assert set(dataset.roles.text) == {"body", "remark"}
    assert dataset.roles.label == ("topic",)


def test_the_seed_decides_the_split(call: Call, workspace: Workspace, tickets: Path) -> None:
    def split(seed: str) -> list[str]:
        answer = call("import", str(tickets), "--seed", seed, "--json")
        return load_rows(workspace, load_dataset(workspace, answer.json["id"]))["split"].tolist()

    assert split("1") == split("1") != split("2")


def test_ready_made_files_keep_their_rows(call: Call, tickets: Path, tmp_path: Path) -> None:
    lines = tickets.read_text().splitlines()
    test = tmp_path / "held_out.csv"
    test.write_text("\n".join(lines[:13]))
    train = tmp_path / "rest.csv"
    train.write_text("\n".join([lines[0], *lines[13:]]))
    answer = call("import", str(train), "--test", str(test), "--json")
    assert answer.json["rows"]["test"] == 12


def test_a_column_that_is_not_there_is_answered_with_those_that_are(
    call: Call, tickets: Path
) -> None:
    answer = call("import", str(tickets), "--label", "subject")
    assert answer.status == 1
    assert "no column “subject”" in answer.sentence
    assert "body, id, remark, topic" in answer.sentence


def test_what_is_no_table_is_refused(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "nothing.json"
    path.write_text(json.dumps(3))
    answer = call("import", str(path))
    assert answer.status == 1
    assert "nothing.json" in answer.sentence


def test_ratios_limits_and_seed_shape_the_split(call: Call, tickets: Path) -> None:
    found = call("inspect", str(tickets), "--ratios", "50/25/25", "--json").json["rows"]
    assert found == {"train": 30, "validation": 15, "test": 15}
    limited = call(
        "inspect", str(tickets), "--ratios", "50/25/25", "--per-label", "4/-/2", "--json"
    )
    assert limited.json["rows"] == {"train": 12, "validation": 15, "test": 6}
    first = call("inspect", str(tickets), "--ratios", "50/25/25", "--per-label", "-/1/2", "--json")
    assert first.json["rows"] == {"train": 30, "validation": 3, "test": 6}
    all_three = call("inspect", str(tickets), "--per-label", "1", "--json").json["rows"]
    assert all_three == {"train": 3, "validation": 3, "test": 3}


@pytest.mark.parametrize("wrong", ["70/15", "a/b/c", "-1/50/51"])
def test_shares_that_are_none_are_refused_in_a_sentence(
    call: Call, tickets: Path, wrong: str
) -> None:
    answer = call("inspect", str(tickets), f"--ratios={wrong}")
    assert answer.status == 2
    assert "expected three numbers for training/validation/test" in answer.err
    assert wrong in answer.err


@pytest.mark.parametrize("wrong", ["--seed=-3", "--seed=x", "--per-label=0", "--per-label=5/0/5"])
def test_numbers_that_make_no_sense_are_wrong_arguments(
    call: Call, tickets: Path, wrong: str
) -> None:
    assert call("inspect", str(tickets), wrong).status == 2


def test_the_line_for_excel_is_no_header(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = [f"{WORDS[i % 3]} and again {i};{TOPICS[i % 3]}" for i in range(60)]
    path.write_text("\n".join(["sep=;", "text;label", *rows]) + "\n")
    found = call("inspect", str(path), "--json").json
    assert found["labels"] == sorted(TOPICS)
    assert found["files"]["train"]["rows_kept"] == 60


def test_labels_written_in_two_ways_are_merged_on_request(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    labels = ("Refund", "refund ", "delivery")
    rows = [f"{WORDS[i % 3]} and again {i},{labels[i % 3]}" for i in range(60)]
    path.write_text("\n".join(["text,label", *rows]) + "\n")
    assert len(call("inspect", str(path), "--json").json["labels"]) == 3
    merged = call("inspect", str(path), "--merge-labels", "--json").json
    assert merged["labels"] == ["delivery", "Refund"]
    assert merged["twins"] == []


def test_texts_that_stand_in_two_splits_are_dropped_on_request(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    splits = ("train",) * 40 + ("validation",) * 10 + ("test",) * 10
    rows = [f"text number {i % 50},{TOPICS[i % 3]},{split}" for i, split in enumerate(splits)]
    path.write_text("\n".join(["text,label,split", *rows]) + "\n")
    assert call("inspect", str(path), "--json").json["rows"]["train"] == 40
    assert call("inspect", str(path), "--drop-overlap", "--json").json["rows"]["train"] == 30


@pytest.fixture
def marked(tmp_path: Path) -> Path:
    path = tmp_path / "marked.jsonl"
    rows = [
        {"text": f"Ann Berg saw {TOWNS[i % 3]} {i}", "label": [[0, 7, "PER"], [13, 17, "LOC"]]}
        for i in range(60)
    ]
    rows[5]["label"] = [[0, 99, "PER"]]
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


TOWNS = ("Rome", "Oslo", "Lima")


def test_inspect_shows_entities_repairs_and_losses(call: Call, marked: Path) -> None:
    found = call("inspect", str(marked), "--json").json
    assert (found["task"], found["labels"]) == ("tokens", ["LOC", "PER"])
    assert sum(counts["PER"] for counts in found["counts"].values()) == 59
    assert found["mended"]["count"] == 59
    assert found["mended"]["first"][0] == {
        "row": 1,
        "reason": "“Ann Ber” cuts a word and was widened to “Ann Berg”",
    }
    assert found["left_out"] == {
        "count": 1,
        "first": [{"row": 6, "reason": "0 to 99 lies outside its text of 19 characters"}],
    }
    shown = call("inspect", str(marked)).out
    assert "59 marks were put right:" in shown
    assert "1 mark could not be used:\n  line 6 of “marked.jsonl”: 0 to 99 lies outside" in shown
    assert "entities in the text (token labels)" in shown


def test_import_keeps_tokens_of_a_conll_file(
    call: Call, workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "a.conll"
    path.write_text("\n\n".join(f"Ann\tB-PER\nleft\tO\n{i}\tO" for i in range(40)))
    answer = call("import", str(path), "--json")
    dataset = load_dataset(workspace, answer.json["id"])
    assert (dataset.task, dataset.labels) == ("tokens", ("PER",))
    assert load_rows(workspace, dataset)["tags"].map(list).tolist()[0] == ["B-PER", "O", "O"]


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    path = tmp_path / "asked.csv"
    rows = [f"Tower {i} is {i + 20} m high,How high is {i}?,{i + 20} m,note {i}" for i in range(60)]
    path.write_text("\n".join(["context,question,answer,remark", *rows]))
    return path


def test_the_question_column_can_be_named(call: Call, workspace: Workspace, asked: Path) -> None:
    assert call("inspect", str(asked), "--json").json["task"] == "qa"
    options = ["--question", "remark", "--text", "context", "--label", "answer"]
    answer = call("import", str(asked), *options, "--json")
    dataset = load_dataset(workspace, answer.json["id"])
    assert (dataset.task, dataset.roles.question) == ("qa", "remark")
    assert "labels" not in call("import", str(asked)).out.splitlines()[-2]


def test_a_task_can_be_asked_for(call: Call, asked: Path) -> None:
    found = call("inspect", str(asked), "--task", "text2text", "--json").json
    assert found["task"] == "text2text"
    answer = call("import", str(asked), "--task", "tokens")
    assert answer.status == 1
    assert "holds neither tags nor entities" in answer.sentence


def test_every_task_can_be_asked_for() -> None:
    from engine.cli.plan import TASKS as offered
    from engine.tasks import TASKS

    assert set(offered) == set(TASKS)


@pytest.mark.parametrize("limits", ["4,-,2", "4/-/2", "4, -, 2"])
def test_limits_may_stand_between_commas_too(call: Call, tickets: Path, limits: str) -> None:
    options = ["--ratios", "50,25,25", "--per-label", limits, "--json"]
    found = call("inspect", str(tickets), *options).json["rows"]
    assert found == {"train": 12, "validation": 15, "test": 6}


@pytest.mark.parametrize("wrong", ["2000,500", "5/0/5", "1/x/2", "0", "1.5", "2,000/500/500"])
def test_wrong_limits_are_told_with_an_example_of_their_own(
    call: Call, tickets: Path, wrong: str
) -> None:
    said = call("import", str(tickets), "--per-label", wrong).err
    assert "2000/500/500 (or 2000,500,500)" in said
    assert "70/15/15" not in said
    assert said.count("“") == said.count(f"found “{wrong}”; `python") == 1


def test_a_seed_that_is_none_ends_with_one_full_stop(call: Call, tickets: Path) -> None:
    said = call("import", str(tickets), "--seed", "x").err
    assert "at most nine digits; `python -m engine import --help`" in said


@pytest.fixture
def clauses(tmp_path: Path) -> Path:
    path = tmp_path / "clauses.csv"
    labels = ("fair", "not fair", "fair")
    rows = [f"{WORDS[i % 3]} and again {i},{labels[i % 3]}" for i in range(60)]
    path.write_text("\n".join(["text,label", *rows]) + "\n")
    return path


@pytest.mark.parametrize("command", ["inspect", "import"])
def test_the_positive_label_is_told_with_how_to_change_it(
    call: Call, clauses: Path, command: str
) -> None:
    shown = call(command, str(clauses)).out
    assert "Positive label: “not fair”." in shown
    assert "use `--positive fair`" in shown
    changed = call(command, str(clauses), "--positive", "fair").out
    assert "Positive label: “fair”." in changed
    assert "use `--positive 'not fair'`" in changed


@pytest.mark.parametrize(("command", "key"), [("inspect", "warnings"), ("import", "notes")])
def test_a_positive_label_that_has_no_effect_is_told(
    call: Call, tickets: Path, command: str, key: str
) -> None:
    said = "`--positive billing` has no effect: only a task with two labels has a positive one."
    assert said in call(command, str(tickets), "--positive", "billing").out
    assert said in " ".join(
        call(command, str(tickets), "--positive", "billing", "--json").json[key]
    )
    assert "Positive" not in call(command, str(tickets)).out


def test_several_problems_of_an_import_read_as_sentences(call: Call, tmp_path: Path) -> None:
    files = {"train": "ab", "validation": "cd", "test": "de"}
    for name, labels in files.items():
        rows = [f"the {name} text {i},{label}" for i, label in enumerate(labels * 3)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["text,label", *rows]))
    others = [f"--{name}={tmp_path / name}.csv" for name in ("validation", "test")]
    assert call("import", str(tmp_path / "train.csv"), *others).sentence == (
        "3 labels of validation and test (12 rows) do not occur in training and cannot be learned:"
        " c, d, e. Merge them into another label, add training rows, or split by ratios instead."
    )
    same = ["--text", "text", "--label", "text", "--ratios", "10/10/10"]
    assert call("import", str(tmp_path / "train.csv"), *same).sentence == (
        "The same column cannot be text and label: text. Choose one of the two for it. The shares"
        " of training, validation and test must each be above 0 and add up to 100 %; found 10 %,"
        " 10 %, 10 %."
    )


def test_texts_and_labels_may_stand_in_two_files(call: Call, tmp_path: Path) -> None:
    texts, labels = tmp_path / "texts.txt", tmp_path / "labels.txt"
    texts.write_text("\n".join(f"{WORDS[i % 3]} and again {i}" for i in range(60)))
    labels.write_text("\n".join(TOPICS[i % 3] for i in range(60)))
    found = call("inspect", str(texts), "--labels", str(labels), "--json").json
    assert found["labels"] == sorted(TOPICS)
    twice = call("inspect", str(texts), "--labels", str(labels), "--labels", str(labels))
    assert "--labels was given 2 times for 1 file of texts" in twice.sentence


def test_a_sheet_is_chosen_by_its_name(call: Call, tmp_path: Path) -> None:
    rows = [["text", "topic"], *([f"{WORDS[i % 3]} {i}", TOPICS[i % 3]] for i in range(60))]
    book = tmp_path / "book.xlsx"
    book.write_bytes(xlsx({"All": rows, "First": rows[:31]}))
    found = call("inspect", str(book), "--part", "First", "--json").json
    assert found["files"]["train"]["rows_kept"] == 30
    wrong = call("inspect", str(book), "--part", "Last")
    assert "no table called “Last”. It holds: All, First." in wrong.sentence


def test_rows_come_from_standard_input(
    call: Call, monkeypatch: pytest.MonkeyPatch, tickets: Path
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(tickets.read_bytes())))
    found = call("inspect", "-", "--json").json
    assert found["files"]["train"]["rows_kept"] == 60


def test_a_data_set_of_the_hub_needs_the_hub(call: Call) -> None:
    assert "HF_HUB_OFFLINE keeps the app" in call("inspect", "hf:org/name").sentence
    assert "is no id of a data set" in call("inspect", "hf:///").sentence
