"""Python that uses a model folder without this project, for its README and the Export tab.

One program for each kind of thing a model puts out; each says what `Predictor` would say.
"""

import json
from typing import cast

from engine.tasks import AnyTask
from engine.tasks.answering import TextToText
from engine.tasks.labelled import LabelTask
from engine.tasks.words import ALONE

EXAMPLE = "A text to read"
QUESTION = "What is asked?"

_FUNCTIONS = {"softmax": "torch.softmax(logits, dim=1)", "sigmoid": "torch.sigmoid(logits)"}

_POOLED = """\
import json
import torch
from sentence_transformers import SentenceTransformer

text = "{example}"
model = SentenceTransformer(".")  # this folder
labels = json.load(open("labels.json", encoding="utf-8"))["labels"]
logits = model.encode([text], convert_to_tensor=True)
probabilities = {function}
for label, probability in zip(labels, probabilities[0].tolist()):
    print(f"{{label}}: {{probability:.4f}}")
"""

_NATIVE = """\
import json
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

text = "{example}"
tokenizer = AutoTokenizer.from_pretrained(".")  # this folder
model = AutoModelForSequenceClassification.from_pretrained(".").eval()
labels = json.load(open("labels.json", encoding="utf-8"))["labels"]
inputs = tokenizer([text], return_tensors="pt", truncation=True, padding=True)
with torch.inference_mode():
    logits = model(**inputs).logits
probabilities = {function}
for label, probability in zip(labels, probabilities[0].tolist()):
    print(f"{{label}}: {{probability:.4f}}")
"""

_TAGS = """\
import re
import unicodedata

import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

text = "{example}"
tokenizer = AutoTokenizer.from_pretrained(".")  # this folder
model = AutoModelForTokenClassification.from_pretrained(".").eval()
tags = [model.config.id2label[i] for i in range(model.config.num_labels)]

# Each word is spoken for by the token that covers its first character; spaces do not count.
inputs = tokenizer(text, return_tensors="pt", truncation=True, return_offsets_mapping=True)
places = inputs.pop("offset_mapping")[0].tolist()
starts = [end - len(text[start:end].lstrip()) for start, end in places]
alone = r"{alone}"
marks = "".join(c for c in map(chr, range(0x300, 0x10000)) if unicodedata.category(c)[0] == "M")
letter = rf"(?![{{alone}}])\\w[{{marks}}\\u200c\\u200d]*"
word = re.compile(rf"[{{alone}}]|(?:{{letter}})+|[^\\w\\s]")
words, tokens = [], []
for found in word.finditer(text):
    covering = [i for i, (_, end) in enumerate(places) if starts[i] <= found.start() < end]
    if covering:
        words.append(found)
        tokens.append(max(covering, key=lambda i: starts[i]))
with torch.inference_mode():
    said = model(**inputs).logits[0, tokens].log_softmax(-1)

# The most probable sequence of tags in which I-X follows only B-X or I-X (Viterbi).
never = -1e9
steps = [[0.0 if b[0] != "I" or a[1:] == b[1:] else never for b in tags] for a in tags]
best, back = torch.tensor([never if tag[0] == "I" else 0.0 for tag in tags]), []
for place, scores in enumerate(said):
    if place:
        best, step = (best[:, None] + torch.tensor(steps)).max(0)
        back.append(step)
    best = best + scores
path = [int(best.argmax())] if words else []
for step in reversed(back):
    path.insert(0, int(step[path[0]]))

mentions = []
for found, tag, scores in zip(words, path, said.exp()):
    if tags[tag][0] == "B":
        mentions.append([tags[tag][2:], found.start(), 0, []])
    if tags[tag] != "O":
        mentions[-1][2] = found.end()
        mentions[-1][3].append(float(scores[tag]))
for label, start, end, scores in mentions:
    sure = sum(scores) / len(scores)
    print(f"{{label}}: {{text[start:end]}} ({{start}} to {{end}}, {{sure:.4f}})")
"""

_SPAN = """\
import json
import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

question = "{question}"
text = "{example}"
tokenizer = AutoTokenizer.from_pretrained(".")  # this folder
model = AutoModelForQuestionAnswering.from_pretrained(".").eval()
reading = json.load(open("labels.json", encoding="utf-8"))["reading"]
longest, known = reading["answer_length"], reading.get("lengths") or [0.0]
usual = torch.tensor(known[:longest] + known[-1:] * (longest - len(known)))

# A long text is read in windows that overlap.
inputs = tokenizer(
    question, text, truncation="only_second", stride=tokenizer.model_max_length // 8,
    return_overflowing_tokens=True, return_offsets_mapping=True, padding=True,
    return_tensors="pt",
)
offsets, _ = inputs.pop("offset_mapping"), inputs.pop("overflow_to_sample_mapping")
with torch.inference_mode():
    said = model(**inputs)

# In each window the best start and end, where answers of usual length have the advantage; among
# windows what is furthest above "not here".
answers = []
for window in range(len(offsets)):
    of_text = torch.tensor([part == 1 for part in inputs.sequence_ids(window)])
    start, end = said.start_logits[window], said.end_logits[window]
    places = offsets[window][of_text].tolist()
    sums = start[of_text][:, None] + end[of_text][None, :]
    more = torch.arange(len(places)) - torch.arange(len(places))[:, None]
    sums = (sums + usual[more.clamp(0, longest - 1)]).masked_fill(
        (more < 0) | (more >= longest), -1e9
    )
    first, last = divmod(int(sums.argmax()), len(places))
    score = float(sums[first, last] - start[0] - end[0])
    answers.append((score, text[places[first][0] : places[last][1]].strip()))
print(max(answers)[1])
"""

_TEXT = """\
import json
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(".")  # this folder
model = AutoModelForSeq2SeqLM.from_pretrained(".").eval()
reading = json.load(open("labels.json", encoding="utf-8"))["reading"]
inputs = tokenizer([{prompt}], return_tensors="pt", truncation=True)
written = model.generate(
    **inputs,
    do_sample=False,
    num_beams=reading["beams"],
    max_new_tokens=reading["answer_length"],
    no_repeat_ngram_size=reading["no_repeat_ngram"],
)
print(tokenizer.decode(written[0], skip_special_tokens=True).strip())
"""

_OF_OUTPUT = {"labels": _NATIVE, "tags": _TAGS, "span": _SPAN, "text": _TEXT}
_DECISIONS = {
    "softmax": "The label with the highest probability is the answer.",
    "sigmoid": "Every label with a probability of 0.5 or more is an answer; there may be none.",
    "tags": "Each line is one mention: its type, its words, where they stand in the text, and how "
    "sure the model is. Only the first {length} tokens of the text are read: give it a longer one "
    "in parts.",
    "span": "The answer is a part of the text.",
    "text": "The answer is written by the model. Only the first {length} tokens of what it is "
    "given are read.",
}


def snippet(task: AnyTask, output: str, pooled: bool = False) -> str:
    """What prints the model's answer for a text, run inside the model folder."""
    program = _POOLED if pooled else _OF_OUTPUT[output]
    return program.format(
        example=EXAMPLE,
        question=QUESTION,
        function=_FUNCTIONS[cast(LabelTask, task).loss] if output == "labels" else "",
        prompt=_prompt(task) if output == "text" else "",
        alone=ALONE,
    )


def packages(pooled: bool) -> str:
    """What has to be installed for it."""
    return "sentence-transformers" if pooled else "transformers torch"


def decision(task: AnyTask, output: str, length: int) -> str:
    """How to read what it prints; `length` is how many tokens are read at once."""
    kind = cast(LabelTask, task).loss if output == "labels" else output
    return _DECISIONS[kind].format(length=length)


def _prompt(task: AnyTask) -> str:
    row = {"text": [EXAMPLE], "question": [QUESTION]}
    return json.dumps(cast(TextToText, task).prompts(row)[0])
