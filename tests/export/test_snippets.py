"""The programs in a model's README say what the app says, in a process that knows nothing of it."""

import ast
import json
import re
from pathlib import Path

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from engine.export.deciding import save_point
from engine.export.snippets import EXAMPLE, QUESTION, decision, programs, snippet
from engine.inference.predictor import load_predictor
from engine.models.folder import save_model
from engine.models.network import NativeModel
from engine.models.thresholds import read_point
from engine.tasks import make_task
from engine.tasks.operating_point import NEVER, OperatingPoint
from engine.training.outputs import OUTPUTS, Reading
from tests.warm import Warm

TEXTS = [
    "Anna Berg, of Shell (Berlin), met the others.",
    "Nothing.",
    "张伟在上海见了 Anna-Maria.",
    "it's “quoted” & 3.5 % of it",
    "cafe\u0301 हिन्दी here",
]
LONG = " ".join(f"word{i % 7} of number {i}." for i in range(30))
ALL = [*TEXTS, LONG]
SIZE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
SIZE |= {"intermediate_size": 64, "max_position_embeddings": 64, "initializer_range": 0.5}


def tokenizer():
    """Byte-level: a word is several tokens, and the space before it is part of the first."""
    special = ["<pad>", "<s>", "</s>", "<unk>"]
    made = Tokenizer(models.BPE(unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        ALL, trainers.BpeTrainer(vocab_size=330, special_tokens=special, initial_alphabet=alphabet)
    )
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> $B </s>",
        special_tokens=[("<s>", 1), ("</s>", 2)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )


def model_folder(
    folder: Path,
    kind: str,
    name: str,
    labels: tuple[str, ...] = (),
    length: int = 60,
    lengths: tuple[float, ...] = (),
) -> Path:
    """A model folder as a run leaves it, with weights by chance."""
    import torch
    import transformers as tf

    torch.manual_seed(3)
    cut = tokenizer()
    task = make_task(kind, labels)
    reading = Reading(length, 2, answer_length=6, no_repeat_ngram=2, lengths=lengths)
    output = OUTPUTS[name](task, cut, reading)
    if name == "text":
        config = tf.T5Config(
            vocab_size=len(cut), d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4,
            decoder_start_token_id=0, eos_token_id=2, pad_token_id=0, initializer_factor=20.0,
        )  # fmt: skip
        model = tf.T5ForConditionalGeneration(config)
    else:
        size = SIZE | ({"initializer_range": 2.0} if name == "labels" else {})
        tags = dict(enumerate(task.tags if name == "tags" else labels or ("start", "end")))
        config = tf.BertConfig(vocab_size=len(cut), pad_token_id=0, id2label=tags, **size)
        kinds = {"tags": tf.BertForTokenClassification, "span": tf.BertForQuestionAnswering}
        kinds["labels"] = tf.BertForSequenceClassification
        model = kinds[name](config)
    save_model(NativeModel(model), cut, output.manual, folder)
    return folder


def run(elsewhere: Warm, folder: Path, programs: list[str]) -> list[str]:
    """What each program says."""
    done = [elsewhere.run("-c", program, cwd=folder) for program in programs]
    assert [each.stderr for each in done if each.returncode] == []
    return [each.stdout for each in done]


def about(program: str, text: str, question: str = QUESTION) -> str:
    """The program with another text and question."""
    assert json.dumps(EXAMPLE) in program
    program = program.replace(json.dumps(EXAMPLE), json.dumps(text))
    return program.replace(json.dumps(QUESTION), json.dumps(question))


@pytest.mark.parametrize("length", [60, 16])
def test_mentions_are_those_of_the_app_also_in_long_texts(tmp_path, elsewhere, length):
    folder = model_folder(tmp_path / "model", "tokens", "tags", ("person", "place"), length)
    predictor = load_predictor(folder)
    for name, content in programs("tags").items():
        (folder / name).write_text(content, "utf-8")
    program = snippet(predictor.task, "tags")
    told = run(elsewhere, folder, [about(program, text) for text in TEXTS])
    found = [predictor.task.say(predictor.predict([text]), 0)["spans"] for text in TEXTS]
    assert sum(map(len, found)) > 10, "weights by chance find something everywhere"
    for text, lines, spans in zip(TEXTS, told, found, strict=True):
        mentions = [ast.literal_eval(line) for line in lines.splitlines()]
        assert len(mentions) == len(spans)
        for mention, span in zip(mentions, spans, strict=True):
            assert mention.pop("words") == text[span["start"] : span["end"]]
            assert mention.pop("score") == pytest.approx(span.pop("score"), abs=2e-4)
            assert mention == span


def test_the_program_for_mentions_runs_from_any_folder(tmp_path, elsewhere):
    folder = model_folder(tmp_path / "model", "tokens", "tags", ("person", "place"))
    (folder / "predict.py").write_text(programs("tags")["predict.py"], "utf-8")
    done = elsewhere.run(folder / "predict.py", *TEXTS[:2], "", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    predictor = load_predictor(folder)
    said = predictor.predict(TEXTS[:2])
    lines = [ast.literal_eval(line) for line in done.stdout.splitlines()]
    assert [(line["start"], line["end"], line["label"]) for line in lines] == [
        span.key for row in said.decided for span in row
    ]


def test_the_program_for_mentions_says_how_it_is_used(tmp_path, elsewhere):
    folder = model_folder(tmp_path / "model", "tokens", "tags", ("person", "place"))
    (folder / "predict.py").write_text(programs("tags")["predict.py"], "utf-8")
    done = elsewhere.run(folder / "predict.py", cwd=folder)
    assert done.returncode == 1
    assert 'python predict.py "A text to read"' in done.stderr


@pytest.mark.parametrize("lengths", [(), (-3.0, -0.1, -2.0), (-1.5,) * 9])
def test_answers_are_those_of_the_app_also_in_long_texts(tmp_path, elsewhere, lengths):
    folder = model_folder(tmp_path / "model", "qa", "span", length=32, lengths=lengths)
    predictor = load_predictor(folder)
    program = snippet(predictor.task, "span")
    asked = [(text, question) for text in ALL for question in ("Who?", "of number 3?")]
    told = run(elsewhere, folder, [about(program, *row) for row in asked])
    said = predictor.predict([text for text, _ in asked], [question for _, question in asked])
    assert [line.rstrip("\n") for line in told] == list(said.decided)
    assert len(set(said.decided)) > 4


@pytest.mark.parametrize("kind", ["qa", "text2text"])
def test_written_answers_are_those_of_the_app(tmp_path, elsewhere, kind):
    folder = model_folder(tmp_path / "model", kind, "text")
    predictor = load_predictor(folder)
    (told,) = run(elsewhere, folder, [snippet(predictor.task, "text")])
    said = predictor.predict([EXAMPLE], [QUESTION] if kind == "qa" else [])
    assert told == said.decided[0] + "\n"


POINTS = [
    ("multilabel", OperatingPoint()),
    ("multilabel", OperatingPoint((0.4, 0.6, 0.5), ((0.3, 0.5), (0.6, 0.6), (0.2, 0.9)))),
    ("multilabel", OperatingPoint((0.0, NEVER, 0.3), None)),
    ("multiclass", OperatingPoint()),
    ("multiclass", OperatingPoint((0.6, 0.1, 0.3))),
    ("multiclass", OperatingPoint((0.5, 0.2, 0.3), ((0.0, 0.9), (0.0, 0.5), (0.0, 0.0)))),
    ("multiclass", OperatingPoint(band=((0.0, 0.7),) * 3)),
    ("binary", OperatingPoint((0.8, 0.2), ((0.0, 0.95), (0.0, 0.6)))),
]


def test_labels_are_decided_as_in_the_app(tmp_path, elsewhere):
    """At every kind of point, with a README that was written before there were any."""
    predictors, programs_ = [], []
    for number, (kind, point) in enumerate(POINTS):
        labels = ("a", "b", "c")[: 2 if kind == "binary" else 3]
        folder = model_folder(tmp_path / str(number), kind, "labels", labels)
        (folder / "README.md").write_text("```python\nprint('of old')\n```\n", "utf-8")
        save_point(folder, point)
        (program,) = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.S)
        predictors.append(load_predictor(folder))
        programs_ += [f"import os\nos.chdir({str(folder)!r})\n{about(program, t)}" for t in TEXTS]
    told, reviewed = iter(run(elsewhere, tmp_path, programs_)), set()
    for predictor, (_, point) in zip(predictors, POINTS, strict=True):
        assert predictor.point == point
        predictions = predictor.predict(TEXTS)
        for row in range(len(TEXTS)):
            answer, *rest = (line.split(": ") for line in next(told).splitlines())
            said = predictor.task.say(predictions, row)
            assert answer == ["Answer", ", ".join(said["labels"]) or "no label"]
            if point.band:
                assert rest.pop(0)[1] == ("yes" if said["review"] else "no")
                reviewed.add(said["review"])
            found = {label: float(probability) for label, probability in rest}
            assert found == pytest.approx(said["probabilities"], abs=2e-4)
    assert reviewed == {True, False}


def test_a_folder_without_a_readme_takes_a_point(tmp_path):
    folder = model_folder(tmp_path / "model", "multilabel", "labels", ("a", "b"))
    save_point(folder, OperatingPoint((0.1, 0.2)))
    assert read_point(folder) == OperatingPoint((0.1, 0.2))
    assert not (folder / "README.md").exists()


@pytest.mark.parametrize(
    ("kind", "output", "told"),
    [
        ("multiclass", "labels", "highest probability"),
        ("multilabel", "labels", "there may be none"),
        ("tokens", "tags", "more than 77 tokens is read in windows"),
        ("qa", "span", "part of the text"),
        ("text2text", "text", "first 77 tokens"),
    ],
)
def test_how_to_read_it_is_told(kind, output, told):
    assert told in decision(make_task(kind, ("a", "b")), output, 77)


def test_how_to_load_a_head_that_lies_apart_is_told():
    task = make_task("multiclass", ("a", "b"))
    assert "new head with random weights" in decision(task, "labels", 77, pooled=True)
    assert "new head" not in decision(task, "labels", 77)
