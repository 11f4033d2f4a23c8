"""Answers are found where they stand, in whichever window that is."""

import numpy as np
import pytest
import torch
from torch import nn

from engine.models.catalogue import bundled_folder
from engine.models.loading import load_tokenizer
from engine.tasks import make_task
from engine.training.outputs import Reading
from engine.training.outputs.span import AnswerSpan, SpanInputs
from tests.recipes import complete_recipe

TASK = make_task("qa", ())
LONG = " ".join(f"Room {i} belongs to office {i * 7}." for i in range(60))


@pytest.fixture(scope="module")
def tokenizer():
    return load_tokenizer(bundled_folder())


def rows_of(*triples: tuple[str, str, str]) -> dict[str, list]:
    return {
        "text": [text for text, _, _ in triples],
        "question": [question for _, question, _ in triples],
        "answers": [[answer] for _, _, answer in triples],
        "answer_starts": [[text.find(answer)] for text, _, answer in triples],
    }


def inputs_of(output: AnswerSpan, *triples: tuple[str, str, str]) -> SpanInputs:
    rows = rows_of(*triples)
    return output.inputs(output.tokenise(rows), rows)


class Torn(nn.Module):
    """Sees two answers, the start of the first and the end of the second a little more clearly."""

    def __init__(self, tokenizer, first: str, second: str) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.first, self.second = (tokenizer.convert_tokens_to_ids(w) for w in (first, second))

    def forward(self, input_ids, attention_mask, token_type_ids):
        logits = torch.zeros(*input_ids.shape, 2)
        for word, start, end in ((self.first, 5.2, 5.0), (self.second, 5.0, 5.1)):
            logits[..., 0] += start * (input_ids == word)
            logits[..., 1] += end * (input_ids == word)
        return logits


class Oracle(nn.Module):
    """Points where the targets are."""

    def __init__(self, inputs: SpanInputs) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.known = {}
        for piece in range(len(inputs)):
            batch = inputs.batch(np.array([piece]), 0)
            self.known[tuple(batch.inputs["input_ids"][0].tolist())] = batch.targets[0].tolist()

    def forward(self, input_ids, attention_mask, token_type_ids):
        logits = torch.zeros(*input_ids.shape, 2)
        for row, (ids, mask) in enumerate(zip(input_ids, attention_mask, strict=True)):
            for side, place in enumerate(self.known[tuple(ids[mask.bool()].tolist())]):
                logits[row, place, side] = 9.0
        return logits


@pytest.mark.parametrize("length", [48, 96, 512])
def test_an_answer_is_found_wherever_it_stands(tokenizer, length):
    rows = rows_of(
        (LONG, "Which office has room 58?", "office 406"),
        (LONG, "Which office has room 1?", "office 7"),
        ("Paris is the capital of France.", "What is the capital?", "Paris"),
    )
    output = AnswerSpan(TASK, tokenizer, Reading(length, answer_length=10))
    inputs = output.inputs(output.tokenise(rows), rows)
    assert inputs.lengths.max() <= length
    loss = output.loss(complete_recipe("d"), inputs)
    predictions, mean = output.evaluate(Oracle(inputs), inputs, loss)
    assert list(predictions.decided) == ["office 406", "office 7", "Paris"]
    assert predictions.starts == [row[0] for row in rows["answer_starts"]]
    assert TASK.scores(predictions)["exact_match"] == 1
    assert min(predictions.scores) > 0.5
    assert 0 < mean < 0.5


def test_a_window_without_the_answer_points_at_its_first_token(tokenizer):
    rows = rows_of((LONG, "Which office has room 58?", "office 406"))
    output = AnswerSpan(TASK, tokenizer, Reading(64))
    inputs = output.inputs(output.tokenise(rows), rows)
    holds = (inputs.targets > 0).any(axis=1)
    assert 1 <= holds.sum() <= 2
    assert (inputs.targets[~holds] == 0).all()


def test_a_question_too_long_leaves_room_for_the_text(tokenizer):
    rows = rows_of(("Paris is the capital of France.", "why " * 500, "Paris"))
    output = AnswerSpan(TASK, tokenizer, Reading(64))
    inputs = output.inputs(output.tokenise(rows), rows)
    assert (inputs.targets > 0).any()


def test_an_answer_never_spans_question_and_text_nor_runs_on(tokenizer):
    rows = rows_of((LONG, "Which office has room 58?", "office 406"))
    output = AnswerSpan(TASK, tokenizer, Reading(64, answer_length=4))

    class Anywhere(Oracle):
        def forward(self, input_ids, attention_mask, token_type_ids):
            torch.manual_seed(0)
            return torch.randn(*input_ids.shape, 2)

    inputs = output.inputs(output.tokenise(rows), rows)
    predictions, _ = output.evaluate(Anywhere(inputs), inputs)
    (answer,), (start,) = predictions.decided, predictions.starts
    assert LONG[start : start + len(answer)] == answer
    assert len(tokenizer(answer, add_special_tokens=False)["input_ids"]) <= 4


def test_an_answer_does_not_run_on_from_one_candidate_to_the_next(tokenizer):
    rows = rows_of(("Soon Anna and much later on Peter came.", "Who?", "Anna"))
    output = AnswerSpan(TASK, tokenizer, Reading(32, answer_length=30))
    inputs = output.inputs(output.tokenise(rows), rows)
    torn = Torn(tokenizer, "anna", "peter")
    assert output.evaluate(torn, inputs)[0].decided == ["Anna and much later on Peter"]
    texts = [f"{'so it is ' * i}then Anna came" for i in range(20)]
    output.learn(inputs_of(output, *((text, "Who?", "Anna") for text in texts)))
    assert output.evaluate(torn, inputs)[0].decided == ["Anna"]


def test_long_answers_are_given_where_training_answers_are_long(tokenizer):
    said = "Anna and much later on Peter"
    rows = rows_of((f"Soon {said} came.", "Who?", said))
    output = AnswerSpan(TASK, tokenizer, Reading(32, answer_length=30))
    inputs = output.inputs(output.tokenise(rows), rows)
    output.learn(inputs_of(output, *[(f"Soon {said} came.", "Who?", said)] * 20))
    assert output.evaluate(Torn(tokenizer, "anna", "peter"), inputs)[0].decided == [said]


def test_usual_lengths_are_smoothed_shares_of_the_training_answers(tokenizer):
    output = AnswerSpan(TASK, tokenizer, Reading(32))
    output.learn(inputs_of(output, *[("Anna came.", "Who?", "Anna")] * 8))
    assert np.exp(output.reading.lengths) == pytest.approx([5 / 9, 3 / 9, 1 / 9], abs=2e-3)
    output.learn(inputs_of(output, ("Anna came.", "Who?", "Berg")))
    assert output.reading.lengths == ()


def test_how_sure_is_the_probability_of_start_and_end_among_all_that_was_read(tokenizer):
    rows = rows_of(("Soon Anna came.", "Who?", "Anna"))
    output = AnswerSpan(TASK, tokenizer, Reading(32))
    inputs = output.inputs(output.tokenise(rows), rows)
    (sure,) = output.evaluate(Oracle(inputs), inputs)[0].scores
    others = len(inputs.tokens.pad(np.array([0]), 0)["input_ids"][0]) - 1
    assert sure == pytest.approx((np.exp(9) / (np.exp(9) + others)) ** 2, rel=1e-5)


@pytest.mark.parametrize(("text", "question"), [("", "What?"), ("Some text.", ""), ("", "")])
def test_an_empty_text_or_question_breaks_nothing(tokenizer, text, question):
    rows = {"text": [text], "question": [question]}
    output = AnswerSpan(TASK, tokenizer, Reading(32))
    inputs = output.inputs(output.tokenise(rows), rows)
    predictions, _ = output.evaluate(Oracle(inputs), inputs)
    assert len(predictions) == 1
