"""The most similar training texts: as the model sees them, read once, of no other split."""

import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_similarity

from engine.data.dataset import load_dataset
from engine.errors import ModelError
from engine.inference import similar
from engine.inference.similar import embed, training_texts
from engine.tasks import make_task
from engine.training.outputs import Reading
from engine.training.outputs.tags import Tags
from tests.inference.models import LABELLING, bag_of_words, family_predictor
from tests.shaped import write_dataset

TEXTS = ["parcel late", "money back", "login locked", "parcel box shipping"]


@pytest.fixture
def dataset(workspace):
    rows = [{"split": "train", "text": text, "labels": ["refund"]} for text in TEXTS]
    rows.append({"split": "test", "text": "parcel late please", "labels": []})
    return write_dataset(workspace, "multilabel", ("account", "delivery", "refund"), rows)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.safetensors").write_bytes(b"weights")
    return tmp_path / "model"


def test_a_training_text_is_most_like_itself(workspace, dataset, folder):
    predictor = bag_of_words()
    found = training_texts(workspace, folder, predictor, dataset)
    for text in TEXTS:
        first, second = found.nearest(predictor, text, 2)
        assert first.row["text"] == text
        assert first.similarity == pytest.approx(1, abs=2e-3)
        assert second.similarity < first.similarity
    assert list(first.row["labels"]) == ["refund"]


def test_only_training_rows_are_looked_through(workspace, dataset, folder):
    predictor = bag_of_words()
    found = training_texts(workspace, folder, predictor, dataset)
    near = found.nearest(predictor, "parcel late please", 99)
    assert sorted(each.row["text"] for each in near) == sorted(TEXTS)
    assert found.of == 4


@pytest.mark.parametrize("pooled", [True, False], ids=["pooled", "native"])
@pytest.mark.parametrize("family", [name for name in LABELLING if name in ("bert", "gpt2")])
def test_similarity_is_the_cosine_of_pooled_states(family, pooled):
    predictor = family_predictor(family, pooled)
    vectors = embed(predictor, TEXTS)
    alone = np.concatenate([embed(predictor, [text]) for text in TEXTS])
    assert vectors == pytest.approx(alone, abs=1e-4), "the same whatever they are read with"
    assert vectors @ vectors.T == pytest.approx(cosine_similarity(vectors), abs=1e-5)
    assert vectors.shape == (4, 32)


def test_texts_are_read_once_for_the_same_weights_and_rows(workspace, dataset, folder, monkeypatch):
    predictor, read = bag_of_words(), []
    training_texts(workspace, folder, predictor, dataset, lambda done, of: read.append((done, of)))
    assert read == [(4, 4)]
    training_texts(workspace, folder, predictor, dataset, lambda done, of: read.append((done, of)))
    assert len(read) == 1
    (folder / "model.safetensors").write_bytes(b"other weights")
    training_texts(workspace, folder, predictor, dataset, lambda done, of: read.append((done, of)))
    assert len(read) == 2


def test_of_many_rows_so_many_by_chance_and_always_the_same(
    workspace, dataset, folder, monkeypatch
):
    monkeypatch.setattr(similar, "MOST", 2)
    found = [training_texts(workspace, folder, bag_of_words(), dataset) for _ in range(2)]
    assert [len(each.vectors) for each in found] == [2, 2]
    assert found[0].rows["text"].tolist() == found[1].rows["text"].tolist()
    assert found[0].of == 4


def test_without_training_rows_nothing_is_similar(workspace, folder):
    rows = [{"split": "test", "text": "a", "labels": []}]
    dataset = write_dataset(workspace, "multilabel", ("x",), rows, "d-2")
    found = training_texts(workspace, folder, bag_of_words(), dataset)
    assert found.nearest(bag_of_words(), "a") == []


def test_mentions_have_no_states_to_compare(workspace, dataset, folder):
    known = bag_of_words()
    tags = Tags(make_task("tokens", ("person",)), known.output.tokenizer, Reading(32))
    predictor = type(known)(known.network, tags)
    with pytest.raises(ModelError, match="whole texts only"):
        training_texts(workspace, folder, predictor, load_dataset(workspace, dataset.id, 1))
