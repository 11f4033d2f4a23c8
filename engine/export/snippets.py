"""Python that uses a model folder without this project, for its README and the Export tab."""

from engine.tasks import AnyTask
from engine.tasks.labelled import LabelTask

EXAMPLE = '"A text to classify"'

_POOLED = """\
import json
import torch
from sentence_transformers import SentenceTransformer

model = SentenceTransformer(".")  # this folder
labels = json.load(open("labels.json", encoding="utf-8"))["labels"]
logits = model.encode([{example}], convert_to_tensor=True)
probabilities = {function}
for label, probability in zip(labels, probabilities[0].tolist()):
    print(f"{{label}}: {{probability:.4f}}")
"""

_NATIVE = """\
import json
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(".")  # this folder
model = AutoModelForSequenceClassification.from_pretrained(".").eval()
labels = json.load(open("labels.json", encoding="utf-8"))["labels"]
inputs = tokenizer([{example}], return_tensors="pt", truncation=True, padding=True)
with torch.inference_mode():
    logits = model(**inputs).logits
probabilities = {function}
for label, probability in zip(labels, probabilities[0].tolist()):
    print(f"{{label}}: {{probability:.4f}}")
"""

_TAGS = """\
from transformers import pipeline

find = pipeline("token-classification", model=".", aggregation_strategy="first")  # this folder
for found in find({example}):
    print(f"{{found['entity_group']}}: {{found['word']}} ({{found['score']:.4f}})")
"""

_SPAN = """\
import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(".")  # this folder
model = AutoModelForQuestionAnswering.from_pretrained(".").eval()
question, text = "What is asked?", {example}
inputs = tokenizer(question, text, return_tensors="pt", truncation="only_second")
with torch.inference_mode():
    said = model(**inputs)
start, end = int(said.start_logits.argmax()), int(said.end_logits.argmax())
print(tokenizer.decode(inputs["input_ids"][0, start : end + 1], skip_special_tokens=True))
"""

_TEXT = """\
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(".")  # this folder
model = AutoModelForSeq2SeqLM.from_pretrained(".").eval()
inputs = tokenizer([{example}], return_tensors="pt", truncation=True)
written = model.generate(**inputs)
print(tokenizer.decode(written[0], skip_special_tokens=True))
"""

_OF_OUTPUT = {"tags": _TAGS, "span": _SPAN, "text": _TEXT}


def snippet(task: AnyTask, output: str, pooled: bool = False) -> str:
    """What prints the model's answer for a text, run inside the model folder."""
    if not isinstance(task, LabelTask):
        return _OF_OUTPUT[output].format(example=_example(task))
    softmax = task.loss == "softmax"
    function = "torch.softmax(logits, dim=1)" if softmax else "torch.sigmoid(logits)"
    return (_POOLED if pooled else _NATIVE).format(example=EXAMPLE, function=function)


def packages(pooled: bool) -> str:
    """What has to be installed for it."""
    return "sentence-transformers" if pooled else "transformers torch"


def decision(task: AnyTask, output: str) -> str:
    """How to read what it prints."""
    if isinstance(task, LabelTask):
        if task.loss == "softmax":
            return "The label with the highest probability is the answer."
        return "Every label with a probability of 0.5 or more is an answer; there may be none."
    return {
        "tags": "Each line is one mention: its type, its words, how sure the model is.",
        "span": "The answer is a part of the text. Long texts need windows, see the pipeline "
        "in the documentation of Tunesmith.",
        "text": "The answer is written by the model; `generation_config.json` says how.",
    }[output]


def _example(task: AnyTask) -> str:
    prompts = getattr(task, "prompts", None)
    if prompts is None:
        return EXAMPLE
    prompt: str = prompts({"text": ["A text to read."], "question": ["What is asked?"]})[0]
    return repr(prompt).replace("'", '"')
