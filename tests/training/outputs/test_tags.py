"""Words find their tokens, windows share a long text out, tags become mentions again."""

import numpy as np
import pytest
import torch
from torch import nn

from engine.models.catalogue import bundled_folder
from engine.models.loading import load_tokenizer
from engine.tasks import make_task
from engine.tasks.words import join_words, split_words
from engine.training.losses import IGNORED
from engine.training.outputs import Reading
from engine.training.outputs.tags import TagInputs, Tags
from tests.recipes import complete_recipe
from tests.tiny import tiny_tokenizer

TASK = make_task("tokens", ("Disease", "Gene"))
TAGS = {tag: i for i, tag in enumerate(TASK.tags)}


@pytest.fixture(scope="module")
def tokenizer():
    return load_tokenizer(bundled_folder())


def rows_of(*sentences: tuple[list[str], list[str]]) -> dict[str, list]:
    rows: dict[str, list] = {"text": [], "starts": [], "ends": [], "tags": []}
    for words, tags in sentences:
        text, starts = join_words(words)
        ends = [start + len(word) for start, word in zip(starts, words, strict=True)]
        for name, value in zip(rows, (text, starts, ends, tags), strict=True):
            rows[name].append(value)
    return rows


def encoded(tokenizer, rows, max_length=64) -> TagInputs:
    output = Tags(TASK, tokenizer, Reading(max_length))
    return output.inputs(output.tokenise(rows), rows)


class Oracle(nn.Module):
    """Says for each token the tag of its word, read off the batch's own targets."""

    def __init__(self, inputs: TagInputs) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.known = {}
        for piece in range(len(inputs)):
            batch = inputs.batch(np.array([piece]), 0)
            self.known[tuple(batch.inputs["input_ids"][0].tolist())] = batch.targets[0]

    def forward(self, input_ids, attention_mask):
        logits = torch.zeros(*input_ids.shape, len(TASK.tags))
        for row, (ids, mask) in enumerate(zip(input_ids, attention_mask, strict=True)):
            targets = self.known[tuple(ids[mask.bool()].tolist())]
            for place in (targets != IGNORED).nonzero()[:, 0].tolist():
                logits[row, place, targets[place]] = 9.0
        return logits


def test_the_first_token_of_a_word_speaks_for_it(tokenizer):
    words = ["Adenomatous", "polyposis", "coli", "(", "APC", ")", "."]
    tags = ["B-Disease", "I-Disease", "I-Disease", "O", "B-Gene", "O", "O"]
    inputs = encoded(tokenizer, rows_of((words, tags)))
    batch = inputs.batch(np.array([0]), 0)
    pieces = tokenizer.convert_ids_to_tokens(batch.inputs["input_ids"][0])
    places = (batch.targets[0] != IGNORED).nonzero()[:, 0].tolist()
    assert [pieces[i] for i in places] == ["aden", "poly", "coli", "(", "ap", ")", "."]
    assert [TASK.tags[batch.targets[0][i]] for i in places] == tags
    assert inputs.units(np.array([0])) == len(words)


@pytest.mark.parametrize("length", [12, 17, 40, 64])
def test_every_word_of_a_long_text_counts_in_exactly_one_window(tokenizer, length):
    words = [f"word{i}" if i % 3 else "polyposis" for i in range(90)]
    tags = ["B-Gene" if i % 3 == 0 else "O" for i in range(90)]
    inputs = encoded(tokenizer, rows_of((words, tags), (["short"], ["O"])), length)
    assert len(inputs) > 4
    assert inputs.lengths.max() <= length
    counted = np.concatenate([inputs.words(piece) for piece in range(len(inputs))])
    assert sorted(counted.tolist()) == list(range(91))


def test_a_word_counts_where_it_has_context_on_both_sides(tokenizer):
    words = [f"w{i}" for i in range(60)]
    inputs = encoded(tokenizer, rows_of((words, ["O"] * 60)), 24)
    for piece in range(1, len(inputs) - 1):
        places = inputs.place[inputs.words(piece)]
        assert places.min() >= 24 // 4 // 2 - 1
        assert places.max() <= 24 - 24 // 4 // 2


@pytest.mark.parametrize("length", [16, 64])
def test_what_is_learnt_is_what_is_found(tokenizer, length):
    words = (
        "The APC gene and adenomatous polyposis coli in BRCA1 carriers of colon cancer .".split()
    )
    tags = "O B-Gene O O B-Disease I-Disease I-Disease O B-Gene O O B-Disease I-Disease O".split()
    rows = rows_of((words, tags), (["Nothing", "here"], ["O", "O"]))
    output = Tags(TASK, tokenizer, Reading(length))
    inputs = output.inputs(output.tokenise(rows), rows)
    loss = output.loss(complete_recipe("d"), inputs)
    predictions, mean = output.evaluate(Oracle(inputs), inputs, loss)
    assert [[span.key for span in row] for row in predictions.decided] == [
        [span.key for span in row] for row in predictions.truth
    ]
    text = rows["text"][0]
    assert [(text[s.start : s.end], s.label) for s in predictions.decided[0]] == [
        ("APC", "Gene"),
        ("adenomatous polyposis coli", "Disease"),
        ("BRCA1", "Gene"),
        ("colon cancer", "Disease"),
    ]
    assert 0 < mean < 0.01
    assert TASK.scores(predictions)["f1"] == 1


def test_texts_without_words_of_their_own_are_cut_the_same_way(tokenizer):
    text = "APC, BRCA1 and 结肠癌 in 3 carriers."
    output = Tags(TASK, tokenizer, Reading(32))
    inputs = output.inputs(output.tokenise({"text": [text]}), {"text": [text]})
    pairs = zip(inputs.starts[0], inputs.ends[0], strict=True)
    assert list(pairs) == split_words(text)
    assert len(inputs.targets) == len(split_words(text))


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "\n\n"])
def test_a_text_without_words_has_no_mentions(tokenizer, text):
    output = Tags(TASK, tokenizer, Reading(16))
    rows = {"text": [text, "APC"]}
    inputs = output.inputs(output.tokenise(rows), rows)
    predictions, _ = output.evaluate(Oracle(inputs), inputs)
    assert predictions.decided[0] == []


def test_a_word_the_tokenizer_drops_carries_no_label(tokenizer):
    """The bundled tokenizer strips accents that stand alone: such a word has no token."""
    rows = rows_of((["APC", "\u0301", "gene"], ["B-Gene", "I-Gene", "O"]))
    inputs = encoded(tokenizer, rows)
    predictions, _ = Tags(TASK, tokenizer, Reading(64)).evaluate(Oracle(inputs), inputs)
    assert [span.label for span in predictions.decided[0]] == ["Gene"]


def test_no_rows_are_no_windows():
    output = Tags(TASK, tiny_tokenizer(), Reading(16))
    inputs = output.inputs(output.tokenise({"text": []}), {"text": []})
    assert len(inputs) == 0
