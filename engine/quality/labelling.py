"""Which unlabelled texts are worth labelling first, and what becomes of them.

A simple model learns from the labelled rows; the texts it doubts most are worth most (Lewis & Gale,
SIGIR 1994), but not twice what is alike. So texts are taken one by one, each time the one that is
most doubtful and least like those taken before (k-center: Sener & Savarese, ICLR 2018, weighted by
doubt): however few of them are labelled, they are spread over all that is doubtful.

A text that is labelled waits in the draft, as a correction that adds a row to training.
"""

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, cast

import numpy as np

from engine.baselines import embeddings, linear
from engine.data import corrections
from engine.data.alike import alike_key, is_blank
from engine.data.corrections import LONGEST, Correction
from engine.data.dataset import Dataset, load_rows
from engine.data.truths import truth_of
from engine.errors import DataError
from engine.quality.folds import Indices
from engine.quality.learners import MOST_SEEN, drawn
from engine.quality.material import Tell, silent
from engine.tasks.labelled import LabelPredictions, LabelTask
from engine.tasks.scores import Bools, Floats
from engine.text import Message
from engine.workspace import Workspace, write_atomically

FORMAT = 1
MOST = 100
"""Texts that are told to be labelled next."""
CANDIDATES = 10
"""The most doubtful texts that are looked at, for each one that is told."""


@dataclass(frozen=True)
class Pick:
    """One text to label."""

    text: str
    likely: tuple[str, ...]
    """Labels it could have, the most probable first."""
    sure: float
    """How sure the simple model is of what it would say, 0 to 1."""

    @property
    def key(self) -> str:
        """Its name in the draft."""
        return Correction(self.text, ()).key


@dataclass(frozen=True)
class Next:
    """Which texts to label next, by what a version knows."""

    version: int
    given: int
    """Texts that were given."""
    known: int
    """Of these, left out: empty, given twice, or in the data set already."""
    picks: tuple[Pick, ...]
    """Those worth most first."""


@dataclass(frozen=True)
class Standing:
    """What has become of the texts to label."""

    labelled: tuple[str, ...]
    """Keys of those that wait in the draft."""
    skipped: tuple[str, ...]
    open: tuple[Pick, ...]
    last: str | None
    """The key of what was decided last."""


def offered(dataset: Dataset) -> bool:
    """Whether texts can be labelled by one click: labels of whole texts."""
    return isinstance(dataset.make_task(), LabelTask) and truth_of(dataset.task).correctable


def rank(
    workspace: Workspace,
    dataset: Dataset,
    texts: Sequence[str],
    tell: Tell = silent,
    most: int = MOST,
) -> Next:
    """Rank unlabelled texts and keep the result. Raises DataError where there is nothing new among
    them, where too little is labelled to learn from, or labels are not given to whole texts."""
    if not offered(dataset):
        raise DataError("next.not_offered")
    from engine.quality.embedding import embed

    task = cast(LabelTask, dataset.make_task())
    rows = load_rows(workspace, dataset)
    fresh = _fresh(texts, rows["text"].tolist())
    if not fresh:
        raise DataError("next.nothing_new", texts=len(texts), name=dataset.name)
    rows = rows[rows["split"] != "test"]
    learned = rows.iloc[drawn(len(rows), MOST_SEEN)]
    truth = task.truth([tuple(names) for names in learned["labels"]])
    if len(np.unique(truth, axis=0)) < 2:
        raise DataError("next.one_label", name=dataset.name)
    pool = [fresh[place] for place in drawn(len(fresh), MOST_SEEN).tolist()]
    seen = embed(workspace, dataset.id, learned["text"].tolist(), silent)
    asked = embed(workspace, dataset.id, pool, tell)
    said = doubted(task, seen, truth, asked)
    doubt = task.doubt(said)
    picks = [
        Pick(pool[place], task.likely(said, place), float(1 - doubt[place]))
        for place in spread(doubt, asked, most).tolist()
    ]
    found = Next(dataset.version, len(texts), len(texts) - len(fresh), tuple(picks))
    _keep(workspace, dataset, found, pool)
    return found


def doubted(task: LabelTask, seen: Floats, truth: Bools, asked: Floats) -> LabelPredictions:
    """What the simple model says of the vectors `asked`, learned from those `seen`."""
    unknown = np.zeros((len(asked), len(task.labels)), bool)
    return linear.answers(task, embeddings.classifier, seen, truth, asked, unknown)


def spread(doubt: Floats, vectors: Floats, most: int) -> Indices:
    """Places of the texts to label, the first worth most: of the most doubtful, each time the one
    whose doubt times its distance (1 - cosine) from all before is greatest."""
    candidates = np.argsort(-doubt, kind="stable")[: CANDIDATES * most]
    among, worth = vectors[candidates], doubt[candidates]
    distance = np.ones(len(candidates))
    taken: list[int] = []
    for _ in range(min(most, len(candidates))):
        value = worth * distance
        value[taken] = -1
        place = int(value.argmax())
        taken.append(place)
        distance = np.minimum(distance, np.clip(1 - among @ among[place], 0, 1))
    return np.asarray(candidates[taken], np.int64)


def load(workspace: Workspace, dataset: Dataset) -> Next | None:
    """The texts to label next, as ranked last for any version; None where that was never done."""
    path = workspace.next_texts(dataset.id)
    with suppress(OSError):
        return _load(workspace, dataset.id, path.stat().st_mtime_ns)
    return None


@lru_cache(maxsize=8)
def _load(workspace: Workspace, dataset_id: str, _changed: int) -> Next | None:
    try:
        record = json.loads(workspace.next_texts(dataset_id).read_text("utf-8"))
        if record.pop("format") != FORMAT:
            return None
        picks = [Pick(**each | {"likely": tuple(each["likely"])}) for each in record["picks"]]
        return Next(**record | {"picks": tuple(picks)})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def pool_of(workspace: Workspace, dataset_id: str) -> list[str]:
    """The unlabelled texts that were ranked last."""
    with suppress(OSError, ValueError):
        return list(json.loads(workspace.unlabelled(dataset_id).read_text("utf-8")))
    return []


def standing(workspace: Workspace, dataset: Dataset, found: Next) -> Standing:
    """What has become of the texts up to now. Those that a version holds by now are gone."""
    when = {each.key: each.created for each in corrections.drafted(workspace, dataset.id)}
    passed = _passed(workspace, dataset.id)
    keys = [pick.key for pick in found.picks]
    labelled = [key for key in keys if key in when]
    skipped = [key for key in keys if key in passed and key not in when]
    done = {*labelled, *skipped} | _held(workspace, dataset, found)
    at = {key: when.get(key, passed.get(key, 0.0)) for key in (*labelled, *skipped)}
    last = max(at, key=lambda key: at[key], default=None)
    left = tuple(pick for pick in found.picks if pick.key not in done)
    return Standing(tuple(labelled), tuple(skipped), left, last)


def label(workspace: Workspace, dataset: Dataset, pick: Pick, right: Sequence[str]) -> None:
    """These labels are right for a text. Raises DataError for what cannot be the truth of a row."""
    names = tuple(name for name in dataset.labels if name in right)
    corrections.put(workspace, dataset.id, Correction(pick.text, names))


def skip(workspace: Workspace, dataset: Dataset, pick: Pick) -> None:
    """Leave a text out for now."""
    passed = _passed(workspace, dataset.id) | {pick.key: time.time()}
    write_atomically(workspace.passed(dataset.id), json.dumps(passed))


def take_back(workspace: Workspace, dataset: Dataset, keys: Sequence[str]) -> None:
    """Nothing is decided of these texts any more."""
    for key in keys:
        corrections.undo(workspace, dataset.id, key)
    passed = _passed(workspace, dataset.id)
    left = {key: at for key, at in passed.items() if key not in keys}
    if left != passed:
        write_atomically(workspace.passed(dataset.id), json.dumps(left))


def _held(workspace: Workspace, dataset: Dataset, found: Next) -> set[str]:
    """Keys of the texts that a later version has taken in."""
    if dataset.version == found.version:
        return set()
    held = _texts(workspace, dataset.id, dataset.version, dataset.fingerprint)
    return {pick.key for pick in found.picks if alike_key(pick.text) in held}


@lru_cache(maxsize=2)
def _texts(workspace: Workspace, dataset_id: str, version: int, _print: str) -> frozenset[str]:
    from pyarrow import parquet

    file = workspace.dataset(dataset_id, version).rows
    texts = parquet.read_table(file, columns=["text"])["text"].to_pylist()
    return frozenset(map(alike_key, texts))


def _fresh(texts: Sequence[str], known: Sequence[str]) -> list[str]:
    """Each text once that can be labelled and is not in the data set."""
    seen = set(map(alike_key, known))
    fresh = []
    for text in texts:
        key = alike_key(text)
        if key not in seen and not is_blank(text) and len(text) <= LONGEST:
            fresh.append(text.strip())
            seen.add(key)
    return fresh


def _passed(workspace: Workspace, dataset_id: str) -> dict[str, float]:
    with suppress(OSError, ValueError):
        return dict(json.loads(workspace.passed(dataset_id).read_text("utf-8")))
    return {}


def _keep(workspace: Workspace, dataset: Dataset, found: Next, pool: Sequence[str]) -> None:
    write_atomically(workspace.unlabelled(dataset.id), json.dumps(pool, ensure_ascii=False))
    record: dict[str, Any] = asdict(found) | {"format": FORMAT}
    write_atomically(workspace.next_texts(dataset.id), json.dumps(record, ensure_ascii=False))


def told(found: Next) -> Message:
    """How many texts were given, and how many of them can be labelled."""
    return Message("next.found", {"given": found.given, "fresh": found.given - found.known})
