"""A small encoder-decoder learns to write, and writes within its settings."""

from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from transformers import T5Config, T5ForConditionalGeneration

from engine.models.catalogue import find_model
from engine.models.folder import load_model, save_model
from engine.models.loading import load_network, load_tokenizer
from engine.tasks import make_task
from engine.training.checkpoints import Checkpoints
from engine.training.events import EventLog
from engine.training.loop import Trainer
from engine.training.outputs import Reading
from engine.training.outputs.text import WrittenAnswer
from tests.recipes import complete_recipe
from tests.tiny import FILLER, tiny_tokenizer

ROWS = {
    "text": [f"{a} {b} {c}" for a in FILLER[:5] for b in FILLER[5:8] for c in FILLER[8:]],
    "answers": [[f"{c}"] for a in FILLER[:5] for b in FILLER[5:8] for c in FILLER[8:]],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("t5")
    torch.manual_seed(0)
    config = T5Config(
        vocab_size=40, d_model=32, d_ff=64, d_kv=8, num_layers=2, num_heads=4,
        pad_token_id=0, eos_token_id=3, decoder_start_token_id=0, dropout_rate=0.0,
    )  # fmt: skip
    T5ForConditionalGeneration(config).save_pretrained(folder)
    tokenizer = tiny_tokenizer()
    tokenizer.eos_token = "[SEP]"
    tokenizer.save_pretrained(folder)
    return folder


def test_it_learns_to_write_the_last_word(folder, tmp_path):
    recipe = complete_recipe("d", epochs=25.0, best_metric="exact_match", learning_rate=3e-3)
    model = find_model(str(folder))
    assert model.kind == "encoder_decoder"
    tokenizer = load_tokenizer(folder)
    output = WrittenAnswer(make_task("text2text", ()), tokenizer, Reading(16, 2, 6))
    inputs = output.inputs(output.tokenise(ROWS), ROWS)
    network = load_network(model, folder, recipe, output.head(recipe), output.pad_id)
    trainer = Trainer(
        network, output, recipe, inputs, inputs, Accelerator(cpu=True),
        EventLog(tmp_path / "events.jsonl"), Checkpoints(tmp_path / "checkpoints"),
    )  # fmt: skip
    assert trainer.train(lambda: False) == "done"
    trainer.unwrap()
    predictions, mean = output.evaluate(network, inputs)
    assert output.task.scores(predictions)["exact_match"] > 0.9
    assert np.isnan(mean)
    assert 0.3 < np.mean(predictions.scores) <= 1
    save_model(network, tokenizer, output.manual, tmp_path / "model")
    again, _ = output.evaluate(load_model(tmp_path / "model", "text"), inputs)
    assert list(again.decided) == list(predictions.decided)
    assert again.scores == pytest.approx(predictions.scores, abs=1e-5)


@pytest.mark.parametrize("beams", [1, 3])
def test_answers_keep_to_length_and_do_not_repeat(folder, beams):
    model = find_model(str(folder))
    recipe = complete_recipe("d")
    task = make_task("text2text", ())
    lengths = {}
    for ngram in (0, 1):
        reading = Reading(16, beams, 12, ngram)
        output = WrittenAnswer(task, load_tokenizer(folder), reading)
        torch.manual_seed(0)
        network = load_network(model, folder, recipe, output.head(recipe), output.pad_id)
        inputs = output.inputs(output.tokenise(ROWS), ROWS)
        predictions, _ = output.evaluate(network, inputs)
        words = [answer.split() for answer in predictions.decided]
        assert max(map(len, words)) <= 12
        lengths[ngram] = words
    assert all(len(set(row)) == len(row) for row in lengths[1])


def test_a_question_is_put_before_its_text():
    task = make_task("qa", ())
    prompts = task.prompts({"text": ["Paris is big."], "question": ["What is big?"]})
    assert prompts == ["question: What is big? context: Paris is big."]
