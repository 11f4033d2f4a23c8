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
OUTSIDE = torch.tensor([[0.0 if tag == "O" else NEVER for tag in TAGS]])
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

    A long text is read in windows that overlap; a word counts in the one where it has most context
    on both sides. The token that covers its first character speaks for it; spaces do not count.
    """
    words = [word.span() for word in WORD.finditer(text)]
    said, most = OUTSIDE.repeat(len(words), 1), [-1] * len(words)
    pieces = TOKENIZER(
        text, truncation=True, stride=TOKENIZER.model_max_length // 4,
        return_overflowing_tokens=True, return_offsets_mapping=True,
    )
    for ids, places in zip(pieces["input_ids"], pieces["offset_mapping"]):
        with torch.inference_mode():
            scores = MODEL(torch.tensor([ids])).logits[0].log_softmax(-1)
        starts = [end - len(text[start:end].lstrip()) for start, end in places]
        real = [i for i, (start, end) in enumerate(places) if start < end]
        low, high = min((starts[i] for i in real), default=0), max(end for _, end in places)
        for place, (first, _) in enumerate(words):
            if not low <= first < high:
                continue
            covering = [i for i in real if starts[i] <= first < places[i][1]]
            if covering:
                token = max(covering, key=lambda i: starts[i])
                room = min(token, len(ids) - 1 - token)
                if room > most[place]:
                    said[place], most[place] = scores[token], room
    return words, said


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
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for given in sys.argv[1:]:
        for mention in mentions(given):
            print(mention)
'''.replace("[[ALONE]]", ALONE)
