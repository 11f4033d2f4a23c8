"""A file with all the faults that a file can have: each is found by one look."""

import random

import pandas as pd
import pytest

from engine.data.importing import Plan, Sources, import_dataset
from engine.quality.checking import check
from tests.quality.made import clauses, tickets
from tests.quality.test_texts import FRENCH, THINGS

FLIPPED, COPIED, FOREIGN = 20, 20, 50


class Planted:
    """The file, and which of its rows, by place, have which fault."""

    def __init__(self, workspace, folder):
        rng = random.Random(7)
        table = pd.concat([tickets(), clauses().assign(label="legal")[:250]], ignore_index=True)
        table = table[table["text"].str.len() > 40].reset_index(drop=True)
        texts, labels = list(table["text"]), list(table["label"])
        rows = list(range(len(texts)))
        self.flipped = rng.sample([i for i in rows if labels[i] != "legal"], FLIPPED)
        spelt = [i for i in rows if labels[i] == "refund"][::6]
        for place in self.flipped:
            labels[place] = rng.choice(sorted({*table["label"]} - {labels[place], "other"}))
        for place in spelt:
            labels[place] = "Refunds" if labels[place] == "refund" else labels[place]
        texts = [
            f"CLS-9: {text}" if label == "legal" else text
            for text, label in zip(texts, labels, strict=True)
        ]
        copied = rng.sample([i for i in rows if i not in self.flipped], COPIED)
        self.copies = list(range(len(texts), len(texts) + COPIED))
        texts += [texts[i].replace(" the ", " this ", 1).upper() + "!" for i in copied]
        labels += [labels[i] for i in copied]
        french = [form.format(a=thing) for form in FRENCH for thing in THINGS["fr"]] * 2
        self.foreign = list(range(len(texts), len(texts) + FOREIGN))
        texts += [f"{text} {n}" for n, text in enumerate(french)]
        labels += rng.choices(["refund", "delivery", "billing"], k=FOREIGN)
        splits = [("test", "validation", *["train"] * 8)[i % 10] for i in range(len(texts))]
        for source, copy in zip(copied, self.copies, strict=True):
            splits[source], splits[copy] = "train", "test"
        path = folder / "tickets.csv"
        ids = [f"T-{90_000 - 7 * i}" for i in range(len(texts))]
        cells = {"text": texts, "label": labels, "split": splits, "ticket_id": ids}
        pd.DataFrame(cells).to_csv(path, index=False)
        self.dataset = import_dataset(workspace, Sources(path), Plan())
        self.found = check(workspace, self.dataset)

    def about(self, kind, what=None):
        return next(
            finding
            for finding in self.found.findings
            if finding.kind == kind and what in (None, finding.facts.get("about"))
        )


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    from engine.workspace import Workspace

    folder = tmp_path_factory.mktemp("planted")
    return Planted(Workspace(folder / "workspace").create(), folder)


def test_nothing_broke(planted):
    assert planted.found.failed == ()


def test_flipped_labels_are_suspected(planted):
    suspected = planted.about("labels")
    assert len(set(planted.flipped) & set(suspected.rows)) >= 0.7 * FLIPPED
    assert len(suspected.rows) <= 8 * FLIPPED


def test_copies_on_both_sides_are_found(planted):
    groups = [set(group) for group in planted.about("copies").groups]
    assert sum(any(copy in group for group in groups) for copy in planted.copies) >= 0.95 * COPIED


def test_one_class_in_two_spellings_is_found(planted):
    assert planted.about("spelling").fixes[0].asks == {"labels": ["Refunds"], "to": "refund"}


def test_the_id_column_is_told_of(planted):
    assert "“ticket_id”" in planted.about("columns").what.text()


def test_the_leaking_word_is_found(planted):
    assert planted.about("giveaways").fixes[0].asks == {"words": ["CLS-9:"]}


def test_the_rows_in_another_language_are_found(planted):
    foreign = planted.about("texts", "foreign")
    assert set(planted.foreign) <= set(foreign.rows)
    assert len(foreign.rows) <= FOREIGN + 3
