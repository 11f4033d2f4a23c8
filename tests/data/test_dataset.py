"""Rows of a saved data set, taken without reading all of them into objects."""

from engine.data.dataset import first_texts, load_rows, sample_rows
from tests.shaped import write_dataset


def rows(count):
    return [
        {"split": "train" if i % 4 else "test", "text": f"text {i}", "labels": ["ab"[i % 2]]}
        for i in range(count)
    ]


def test_a_sample_is_taken_evenly_and_holds_all_where_there_are_few(workspace):
    dataset = write_dataset(workspace, "multiclass", ("a", "b"), rows(40))
    every = load_rows(workspace, dataset)
    train = every[every["split"] == "train"]["text"].tolist()
    assert sample_rows(workspace, dataset, "train", 100)["text"].tolist() == train
    few = sample_rows(workspace, dataset, "train", 10)
    assert few["text"].tolist() == train[::3]
    assert [list(labels) for labels in few["labels"]] == [["ab"[int(t[5:]) % 2]] for t in few.text]
    assert sample_rows(workspace, dataset, "validation", 10).empty


def test_the_first_texts_are_those_of_the_first_rows(workspace):
    dataset = write_dataset(workspace, "multiclass", ("a", "b"), rows(8))
    assert first_texts(workspace, dataset, 3) == ["text 0", "text 1", "text 2"]
    assert len(first_texts(workspace, dataset, 100)) == 8
