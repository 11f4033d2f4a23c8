"""`predict.py` of a model folder that finds mentions: plain transformers, none of this project."""

from engine.tasks.words import ALONE

MENTIONS = r'''"""Finds mentions in texts with the model in this folder.

In Python: from predict import mentions; in a shell: python predict.py "A text to read"
It needs: pip install transformers torch
"""

import re
import sys
import unicodedata
from pathlib import Path

import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

FOLDER = Path(__file__).resolve().parent
TOKENIZER = AutoTokenizer.from_pretrained(FOLDER)
MODEL = AutoModelForTokenClassification.from_pretrained(FOLDER).eval()
TAGS = [MODEL.config.id2label[i] for i in range(MODEL.config.num_labels)]

ALONE = r"[[ALONE]]"
MARKS = "".join(c for c in map(chr, range(0x300, 0x10000)) if unicodedata.category(c)[0] == "M")
LETTER = rf"(?![{ALONE}])\w[{MARKS}\u200c\u200d]*"
WORD = re.compile(rf"[{ALONE}]|(?:{LETTER})+|[^\w\s]")

NEVER = -1e9
FIRST = torch.tensor([NEVER if tag[0] == "I" else 0.0 for tag in TAGS])
MAY = [[after[0] != "I" or before[1:] == after[1:] for after in TAGS] for before in TAGS]
STEPS = torch.tensor([[0.0 if may else NEVER for may in row] for row in MAY])


def mentions(text):
    """Label, words, start, end (in characters) and score of each mention, in their order."""
    words, said = read(text)
    found = []
    for (start, end), tag, scores in zip(words, decode(said), said.exp()):
        if TAGS[tag][0] == "B":
            found.append({"label": TAGS[tag][2:], "start": start, "scores": []})
        if TAGS[tag] != "O":
            found[-1]["end"] = end
            found[-1]["scores"].append(float(scores[tag]))
    return [
        {
            "label": each["label"],
            "words": text[each["start"] : each["end"]],
            "start": each["start"],
            "end": each["end"],
            "score": round(sum(each["scores"]) / len(each["scores"]), 6),
        }
        for each in found
    ]


def read(text):
    """Where each word stands, and the log-probability of each of its tags.

    A word is spoken for by the token that covers its first character; spaces do not count.
    """
    inputs = TOKENIZER(text, return_tensors="pt", truncation=True, return_offsets_mapping=True)
    places = inputs.pop("offset_mapping")[0].tolist()
    starts = [end - len(text[start:end].lstrip()) for start, end in places]
    words, tokens = [], []
    for word in WORD.finditer(text):
        covering = [i for i, (_, end) in enumerate(places) if starts[i] <= word.start() < end]
        if covering:
            words.append(word.span())
            tokens.append(max(covering, key=lambda i: starts[i]))
    with torch.inference_mode():
        return words, MODEL(**inputs).logits[0, tokens].log_softmax(-1)


def decode(said):
    """The most probable sequence of tags in which I-X follows only B-X or I-X (Viterbi)."""
    best, back = FIRST, []
    for place, scores in enumerate(said):
        if place:
            best, step = (best[:, None] + STEPS).max(0)
            back.append(step)
        best = best + scores
    path = [int(best.argmax())] if len(said) else []
    for step in reversed(back):
        path.insert(0, int(step[path[0]]))
    return path


if __name__ == "__main__":
    for given in sys.argv[1:]:
        for mention in mentions(given):
            print(mention)
'''.replace("[[ALONE]]", ALONE)
