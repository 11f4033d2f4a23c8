"""How well copies are found that differ in case, in punctuation or in one word.

    python benchmarks/near_duplicates.py FOLDER [FOLDER …] [--share 0.05] [--words 4 8]

Each folder holds a train.csv with the column text. Copies that it has already are taken out first:
of texts that differ in nothing but case and punctuation one stays. Then the share of its texts is
planted once more in each way, and all pairs that are nearly the same are looked for. A planted pair
counts as found where its two texts are put together. Precision is the share of planted pairs among
all that are found; `before` is how many pairs are found where nothing was planted, all of which
count against it although many of them say the same in other words. `--words` keeps only texts of
so many words.
"""

import argparse
import random
import re
import string
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from engine.quality.near import Near, find_near, plain


def case(text: str, picks: random.Random, words: list[str]) -> str:
    return picks.choice([text.upper(), text.lower(), text.title()])


def punctuation(text: str, picks: random.Random, words: list[str]) -> str:
    kept = text.translate(str.maketrans("", "", string.punctuation))
    return kept if picks.random() < 0.5 and kept.strip() else f"{text}{picks.choice('.!?…')}"


def typing(text: str, picks: random.Random, words: list[str]) -> str:
    """Two letters of a word change places."""
    at = picks.choice([m.start() for m in re.finditer(r"[a-zA-Z]{2}", text)] or [0])
    return f"{text[:at]}{text[at : at + 2][::-1]}{text[at + 2 :]}"


def other_word(text: str, picks: random.Random, words: list[str]) -> str:
    """A word of the data in the place of one of the text's."""
    said = text.split()
    said[picks.randrange(len(said))] = picks.choice(words)
    return " ".join(said)


def added_word(text: str, picks: random.Random, words: list[str]) -> str:
    said = text.split()
    said.insert(picks.randrange(len(said) + 1), picks.choice(words))
    return " ".join(said)


def missing_word(text: str, picks: random.Random, words: list[str]) -> str:
    said = text.split()
    del said[picks.randrange(len(said))]
    return " ".join(said)


WAYS: dict[str, Callable[[str, random.Random, list[str]], str]] = {
    "case": case,
    "punctuation": punctuation,
    "typing": typing,
    "other word": other_word,
    "added word": added_word,
    "missing word": missing_word,
}


def measure(texts: list[str], share: float) -> None:
    picks, words = random.Random(0), [word for text in texts for word in text.split()]
    before = len(_look(texts).pairs)
    chosen = picks.sample(
        [i for i, text in enumerate(texts) if len(text.split()) > 3], round(share * len(texts))
    )
    planted = [(place, way) for place in chosen for way in [picks.choice(list(WAYS))]]
    copies = [WAYS[way](texts[place], picks, words) for place, way in planted]
    begun = time.perf_counter()
    near = _look([*texts, *copies])
    seconds = time.perf_counter() - begun
    pairs = set(map(tuple, near.pairs.tolist()))
    hits = []
    for number, (place, _) in enumerate(planted):
        ends = near.same[place], near.same[len(texts) + number]
        hits.append(ends[0] == ends[1] or (min(ends), max(ends)) in pairs)
    equal = len(texts) + len(copies) - len(np.unique(near.same))
    found = len(pairs) + equal
    for way in WAYS:
        of_way = [hit for hit, (_, name) in zip(hits, planted, strict=True) if name == way]
        print(f"  {way}: {sum(of_way)} of {len(of_way)}")
    print(
        f"  recall {np.mean(hits):.3f}, precision {sum(hits) / found:.3f} "
        f"(without those found before {sum(hits) / (found - before):.3f}; before {before}), "
        f"{len(near.same):,} texts in {seconds:.1f} s",
        flush=True,
    )


def _look(texts: list[str]) -> Near:
    zeros = np.zeros(len(texts), np.int64)
    return find_near(texts, zeros, zeros)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="+", type=Path)
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--words", type=int, nargs=2, default=(1, 10**6))
    arguments = parser.parse_args()
    least, most = arguments.words
    for folder in arguments.folder:
        read = pd.read_csv(folder / "train.csv", dtype=str)["text"]
        texts = list({plain(text): text for text in read}.values())
        texts = [text for text in texts if least <= len(text.split()) <= most]
        print(f"{folder.name}: {len(texts):,} texts")
        measure(texts, arguments.share)


if __name__ == "__main__":
    main()
