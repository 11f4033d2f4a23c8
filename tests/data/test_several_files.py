"""Files given together: texts and their labels line by line, and ready-made splits."""

import pytest

from engine.data.importing import Sources, import_dataset, inspect
from engine.data.reading import read_table
from engine.data.several_files import sort_out
from engine.errors import DataError
from tests.data.conftest import table as csv_table

TEXTS = [f"a message, number {i}, with commas" for i in range(40)]
LABELS = [str(i % 2) for i in range(40)]


@pytest.fixture
def pair(write):
    def pair(texts=TEXTS, labels=LABELS, end="\n"):
        return Sources(
            write(end.join(texts) + end, "train.txt"),
            labels={"train": write("\n".join(labels), "train.labels")},
        )

    return pair


def test_each_line_goes_with_the_same_line_of_the_other_file(pair):
    found = inspect(pair())
    assert found.prepared["text"].tolist() == TEXTS
    assert [labels[0] for labels in found.prepared["labels"]] == LABELS
    assert found.reports["train"].name == "train.txt + train.labels"


def test_lines_are_kept_in_step_where_one_is_blank(pair):
    found = inspect(pair([*TEXTS[:2], "", *TEXTS[3:], "", ""], end="\r\n"))
    assert found.rows_dropped == 1
    assert found.dropped[0].row == 3
    assert len(found.prepared) == 39


def test_a_label_too_many_is_refused_with_both_counts(pair):
    with pytest.raises(DataError, match=r"“train\.txt” has 40 lines and “train\.labels” 41"):
        inspect(pair(labels=[*LABELS, "1"]))


def test_a_change_of_the_labels_is_seen(pair, write):
    sources = pair()
    inspect(sources)
    write("\n".join(f"class {label}" for label in LABELS), "train.labels")
    assert inspect(sources).labels == ("class 0", "class 1")


def test_both_files_are_kept_with_the_data_set(pair, workspace):
    dataset = import_dataset(workspace, pair())
    kept = workspace.dataset(dataset.id, 1).source
    assert {path.name for path in kept.iterdir()} == {"train.txt", "train_labels.labels"}


def named(write, **contents):
    names = {name.replace("_DOT_", "."): content for name, content in contents.items()}
    return [(write(content, name), name) for name, content in names.items()]


def test_what_each_file_is_for_is_told(write):
    lines, labels = "\n".join(TEXTS), "\n".join(LABELS)
    sources = sort_out(named(write, train_labels_DOT_txt=labels, train_text_DOT_txt=lines))
    assert (sources.name("train"), sources.labels_name("train")) == (
        "train_text.txt",
        "train_labels.txt",
    )
    sources = sort_out(named(write, a_DOT_txt=lines, b_DOT_txt=labels))
    assert sources.labels_name("train") == "b.txt"
    six = {
        f"{split}_{kind}_DOT_txt": content
        for split in ("train", "val", "test")
        for kind, content in (("text", lines), ("labels", labels))
    }
    sources = sort_out(named(write, **six))
    assert sources.labels.keys() == sources.paths().keys() == {"train", "validation", "test"}
    sources = sort_out(named(write, my_train_DOT_csv=csv_table(), my_test_DOT_csv=csv_table()))
    assert (sources.name("test"), sources.labels) == ("my_test.csv", {})


def test_a_single_file_is_what_it_is(write):
    sources = sort_out(named(write, labels_DOT_csv=csv_table()))
    assert sources.name("train") == "labels.csv"


@pytest.mark.parametrize(
    "contents",
    [
        {"a_DOT_csv": csv_table(), "b_DOT_csv": csv_table()},
        {"test_DOT_csv": csv_table(), "dev_DOT_csv": csv_table()},
        {"a_labels_DOT_txt": "x\ny", "b_labels_DOT_txt": "x\ny"},
    ],
)
def test_files_that_do_not_belong_together_are_refused(write, contents):
    with pytest.raises(DataError, match="not clear how"):
        sort_out(named(write, **contents))


def test_a_part_that_is_not_there_is_refused(write):
    with pytest.raises(DataError, match="a single table without a name, none called “Sheet7”"):
        read_table(write(csv_table()), part="Sheet7")
