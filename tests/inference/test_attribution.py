"""What words are given: the right answer where it is known, else the same as a plain sum."""

import threading

import numpy as np
import pytest
import torch

from engine.errors import ModelError
from engine.inference.attribution import _put, explain, log_odds
from engine.inference.predictor import Predictor
from engine.tasks import make_task
from engine.training.outputs import Reading
from engine.training.outputs.tags import Tags
from tests.inference.models import LABELLING, LABELS, bag_of_words, family_predictor
from tests.shaped import HOSTILE

TEXT = "my parcel is late again , please help"


def given(explanation):
    return np.array([word.influence for word in explanation.words])


@pytest.mark.parametrize("label", LABELS)
def test_in_a_bag_of_words_each_is_given_what_it_adds(label):
    predictor = bag_of_words()
    network = predictor.network
    explanation = explain(predictor, TEXT, label)
    ids = predictor.output.tokenizer(TEXT)["input_ids"]
    table = network.backbone.table.weight
    weight = network.head.weight[LABELS.index(label)]
    known = ((table[ids[1:-1]] - table[predictor.output.pad_id]) @ weight / len(ids)).tolist()
    assert given(explanation) == pytest.approx(known, abs=1e-6)
    assert explanation.missing == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("pooled", [True, False])
def test_what_words_are_given_is_that_of_a_plain_sum_along_the_path(pooled):
    """The definition (equation 1 of the paper) by the midpoint rule, without captum and without
    hooks: BERT takes vectors in the place of ids."""
    predictor = family_predictor("bert", pooled)
    text = "my parcel"
    explanation = explain(predictor, text, "refund")
    tokens = predictor.output.tokenizer(text, return_offsets_mapping=True)
    ids = torch.tensor([tokens["input_ids"]])
    words = [(0, 2), (3, 9)]
    owner = [
        next((i for i, (a, b) in enumerate(words) if a <= start < end <= b), -1)
        for start, end in tokens["offset_mapping"]
    ]
    mask = predictor.output.tokenizer.mask_token_id
    hidden = torch.where(torch.tensor([[place >= 0 for place in owner]]), mask, ids)
    network = predictor.network
    layer = (network.backbone if pooled else network.model).get_input_embeddings()
    start, end = layer(hidden).detach(), layer(ids).detach()

    def score(vectors):
        if not pooled:
            return network.model(inputs_embeds=vectors).logits
        states = network.backbone(inputs_embeds=vectors).last_hidden_state
        return network.head(states.mean(1))

    steps, total = 400, torch.zeros_like(start)
    for step in range(steps):
        point = (start + (end - start) * (step + 0.5) / steps).requires_grad_()
        odds = log_odds(score(point), several=False)[0, LABELS.index("refund")]
        total += torch.autograd.grad(odds, point)[0]
    tokenwise = ((end - start) * total / steps).sum(-1)[0].numpy()
    known = [sum(tokenwise[i] for i, place in enumerate(owner) if place == word) for word in (0, 1)]
    assert given(explanation) == pytest.approx(known, abs=2e-3)
    assert abs(explanation.missing) < 2e-3


@pytest.mark.parametrize("pooled", [True, False], ids=["pooled", "native"])
@pytest.mark.parametrize("family", LABELLING)
def test_in_every_family_words_add_up_to_the_difference(family, pooled):
    predictor = family_predictor(family, pooled)
    explanation = explain(predictor, TEXT)
    said = np.asarray(predictor.predict([TEXT]).probabilities)[0]
    assert explanation.label == LABELS[said.argmax()]
    assert explanation.probability == pytest.approx(said.max(), abs=1e-5)
    odds = [np.log(p / (1 - p)) for p in (explanation.hidden, explanation.probability)]
    whole = given(explanation).sum() + explanation.missing
    assert odds[1] - odds[0] == pytest.approx(whole, abs=1e-4)
    assert abs(explanation.missing) < 0.05 * max(1, np.abs(given(explanation)).sum())
    assert np.abs(given(explanation)).max() > 0
    assert [TEXT[word.start : word.end] for word in explanation.words] == TEXT.split()


@pytest.mark.parametrize(("kind", "several"), [("multiclass", False), ("multilabel", True)])
def test_log_odds_are_those_of_the_probability(kind, several):
    logits = torch.tensor([[2.0, -1.0, 0.5], [0.0, 0.0, 9.0]], dtype=torch.float64)
    probabilities = make_task(kind, LABELS).probabilities(logits.numpy())
    known = np.log(probabilities / (1 - probabilities))
    assert log_odds(logits, several).numpy() == pytest.approx(known)


def test_shares_are_parts_of_all_influence():
    explanation = explain(bag_of_words(), TEXT)
    assert sum(map(abs, explanation.shares)) == pytest.approx(1)
    assert np.sign(explanation.shares).tolist() == np.sign(given(explanation)).tolist()


def test_a_text_beyond_what_the_model_reads_says_where_it_was_cut():
    explanation = explain(bag_of_words(), "late " * 100)
    assert len(explanation.words) == 62, "64 tokens, two of them special"
    assert explanation.read == 62 * 5 - 1


@pytest.mark.parametrize("text", [HOSTILE, "我的包裹", "🙂", " \n", "é\u0301x"])
@pytest.mark.parametrize("family", ["bert", "roberta", "deberta-v3"])
def test_any_text_can_be_asked_about(family, text):
    explanation = explain(family_predictor(family, True), text)
    assert np.isfinite(given(explanation)).all()
    assert abs(explanation.missing) < 0.05 * max(1, np.abs(given(explanation)).sum())


def test_a_label_the_model_lacks_is_named():
    with pytest.raises(ModelError, match=r"no label “weather”\. It has: account, delivery, refund"):
        explain(bag_of_words(), TEXT, "weather")


def test_mentions_are_not_explained():
    known = bag_of_words()
    tags = Tags(make_task("tokens", ("person",)), known.output.tokenizer, Reading(32))
    with pytest.raises(ModelError, match="for labels of whole texts only"):
        explain(Predictor(known.network, tags), TEXT)


def test_another_thread_sees_nothing_of_an_explanation():
    predictor = bag_of_words()
    before = np.asarray(predictor.predict([TEXT]).probabilities)
    seen = []
    with _put(predictor.network.backbone.table, torch.zeros(1, 10, 8)):
        asking = threading.Thread(target=lambda: seen.append(predictor.predict([TEXT])))
        asking.start()
        asking.join()
    assert np.asarray(seen[0].probabilities) == pytest.approx(before, abs=0)
