"""Python that uses a model folder without this project, for its README and the Export tab.

One program for each kind of thing a model puts out; each says what `Predictor` would say.
"""

import json
from typing import cast

from engine.export.mentions_program import MENTIONS
from engine.tasks import AnyTask
from engine.tasks.answering import TextToText
from engine.tasks.labelled import LabelTask

EXAMPLE = "A text to read"
QUESTION = "What is asked?"

_FUNCTIONS = {"softmax": "torch.softmax(logits, dim=1)", "sigmoid": "torch.sigmoid(logits)"}

_DECIDE = {
    "softmax": """\
# The label furthest above its threshold, relatively; without thresholds the most probable one.
thresholds = point["thresholds"] or [1.0] * len(labels)
ranked = [p / max(t, 1e-6) for p, t in zip(probabilities, thresholds)]
best = ranked.index(max(ranked))
answer = [labels[best]]
review = bool(band) and band[best][0] <= probabilities[best] < band[best][1]
""",
    "sigmoid": """\
# Every label that reaches its threshold.
thresholds = point["thresholds"] or [0.5] * len(labels)
answer = [label for label, p, t in zip(labels, probabilities, thresholds) if p >= t]
review = any(low <= p < high for p, (low, high) in zip(probabilities, band))
""",
}

_TOLD = """\
print("Answer:", ", ".join(answer) or "no label")
if band:
    print("A person should look at it:", "yes" if review else "no")
for label, probability in zip(labels, probabilities):
    print(f"{{label}}: {{probability:.4f}}")
"""

_POOLED = (
    """\
import json
import torch
from sentence_transformers import SentenceTransformer

text = "{example}"
model = SentenceTransformer(".")  # this folder
labels = json.load(open("labels.json", encoding="utf-8"))["labels"]
point = json.load(open("thresholds.json", encoding="utf-8"))
band = point.get("band") or []
logits = model.encode([text], convert_to_tensor=True)
probabilities = {function}[0].tolist()

{decide}
"""
    + _TOLD
)

_NATIVE = (
    """\
import json
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

text = "{example}"
tokenizer = AutoTokenizer.from_pretrained(".")  # this folder
model = AutoModelForSequenceClassification.from_pretrained(".").eval()
labels = json.load(open("labels.json", encoding="utf-8"))["labels"]
point = json.load(open("thresholds.json", encoding="utf-8"))
band = point.get("band") or []
inputs = tokenizer([text], return_tensors="pt", truncation=True, padding=True)
with torch.inference_mode():
    logits = model(**inputs).logits
probabilities = {function}[0].tolist()

{decide}
"""
    + _TOLD
)

_TAGS = """\
from predict import mentions  # predict.py in this folder

for mention in mentions("{example}"):
    print(mention)
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
    "softmax": "The label with the highest probability is the answer.{point}",
    "sigmoid": "Every label with a probability of 0.5 or more is an answer; there may be none."
    "{point}",
    "tags": "Each line is one mention: its type (`label`), its words, the characters from `start` "
    "to before `end` where they stand, and how sure the model is (`score`). In a shell: `python "
    'predict.py "A text to read"`. A text of more than {length} tokens is read in windows that '
    "overlap.",
    "span": "The answer is a part of the text.",
    "text": "The answer is written by the model. Only the first {length} tokens of what it is "
    "given are read.",
}
_POINT = (
    " Where `thresholds.json` holds thresholds, those decide instead; where it holds a band, a "
    "text with a probability within it should go to a person. The lines above obey both."
)
_HEAD_APART = """

Load it with `SentenceTransformer`, as above. `config.json` names the labels for plain
`transformers` too, but `AutoModelForSequenceClassification` would put a
new head with random weights on this model: the trained one lies in `2_Dense`."""


def snippet(task: AnyTask, output: str, pooled: bool = False) -> str:
    """What prints the model's answer for a text, run inside the model folder."""
    program = _POOLED if pooled else _OF_OUTPUT[output]
    loss = cast(LabelTask, task).loss if output == "labels" else ""
    return program.format(
        example=EXAMPLE,
        question=QUESTION,
        function=_FUNCTIONS[loss] if loss else "",
        decide=_DECIDE[loss] if loss else "",
        prompt=_prompt(task) if output == "text" else "",
    )


def programs(output: str) -> dict[str, str]:
    """Files of the model folder that its snippet needs: name → content."""
    return {"predict.py": MENTIONS} if output == "tags" else {}


def packages(pooled: bool) -> str:
    """What has to be installed for it."""
    return "sentence-transformers" if pooled else "transformers torch"


def decision(task: AnyTask, output: str, length: int, pooled: bool = False) -> str:
    """How to read what it prints; `length` is how many tokens are read at once."""
    kind = cast(LabelTask, task).loss if output == "labels" else output
    return _DECISIONS[kind].format(length=length, point=_POINT) + (_HEAD_APART if pooled else "")


def _prompt(task: AnyTask) -> str:
    row = {"text": [EXAMPLE], "question": [QUESTION]}
    return json.dumps(cast(TextToText, task).prompts(row)[0])
