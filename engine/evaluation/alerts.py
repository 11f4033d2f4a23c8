"""What somebody should know of a run's results before believing them, each with the rows it means.

An alert says what is the case, why it matters, and which filter shows exactly its rows. It is made
from the predictions and the data set; no model is asked. An alert that does not apply to a task,
because its rows lack what it needs, is simply not raised.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from engine.evaluation.confusions import crossed, one_against_rest
from engine.evaluation.filters import NO_LABEL, OTHER, Filter
from engine.evaluation.rows import SplitRows
from engine.tasks.row_facts import RIGHT, WRONG
from engine.text import Message
from engine.training.recipe import Recipe

AT_MOST = 3
"""Alerts of one kind: the worst labels and pairs say where to begin."""
DOMINANT = 0.8
"""Share of rows with the same truth from which on accuracy says little: always saying the same
gives an accuracy that most would call good."""
WIDE = 0.1
"""Width of the headline's interval: at ±5 points, two models 5 points apart cannot be told from one
another."""
GAP = 0.05
"""Validation above test; less is not worth a word even where it is no chance."""
FAR_BELOW = 0.1
"""F1 of a label below the mean of all: ten points are plain to see in use."""
SWALLOWED, FEWEST = 0.1, 3
"""Share and number of a label's rows that are taken for one other label: one row in ten, and more
than a slip."""
OVERCONFIDENT = 0.05
"""How far the mean confidence is above the share that is right: a model that says 95 % should be
wrong once in twenty, not twice."""
SURELY = 0.9
"""From here on a wrong answer counts as surely wrong: where one would trust without looking."""
DISBELIEVED = 0.2
"""Share of doubtful labels up to which they are told of: a model that would change more than one
label in five is more likely wrong itself."""
Z = 1.96
"""Standard errors beyond which a difference of shares is not put down to chance (95 %)."""
FEWEST_CUT = 5


@dataclass(frozen=True)
class Alert:
    """One thing to know."""

    name: str
    what: Message
    why: Message
    rows: int
    filter: Filter


Found = Iterator[Alert]


@lru_cache(maxsize=8)
def alerts(rows: SplitRows) -> tuple[Alert, ...]:
    """Those of one split of a run: first what makes its scores doubtful, then what is weak."""
    return tuple(alert for find in ALERTS for alert in find(rows)) if len(rows) else ()


def _alert(rows: SplitRows, name: str, wanted: Filter, **told: Any) -> Alert:
    count = int(rows.mask(wanted).sum())
    told |= {
        "rows": count,
        "of": len(rows),
        "metric": rows.report.metric(rows.report.headline),
        "split": Message(f"alerts.split_{rows.split}"),
    }
    what, why = (Message(f"alerts.{name}.{part}", told) for part in ("what", "why"))
    return Alert(name, what, why, count, wanted)


def _leaked(rows: SplitRows) -> Found:
    """Rows whose text the model has learned by heart, and the score without them."""
    mask = rows.named.get("leaked")
    if mask is None or not mask.any():
        return
    score = rows.report.headline
    with_them, without = (
        _score(rows, score, taken) for taken in (np.ones(len(rows), dtype=bool), ~mask)
    )
    told = {"score": f"{with_them:.3f}", "without": f"{without:.3f}"}
    yield _alert(rows, "leaked", Filter(alert="leaked"), **told)


def _score(rows: SplitRows, score: str, mask: Any) -> float:
    return float(rows.task.score_counts(rows.tally.take(mask).counts())[score])


def _dominant(rows: SplitRows) -> Found:
    """One truth nearly everywhere: accuracy is high whatever the model has learned."""
    truth = rows.facts.truth
    if not rows.task.labels:
        return
    if NO_LABEL in rows.sides:
        share, name = float((~truth.any(axis=1)).mean()), NO_LABEL
    else:
        shares = truth.mean(axis=0)
        share, name = float(shares.max()), rows.task.labels[int(shares.argmax())]
    if share < DOMINANT:
        return
    accuracy = float(np.mean(rows.facts.outcome == rows.task.outcomes.index(RIGHT)))
    told = {"percent": _percent(share), "label": name, "accuracy": _percent(accuracy)}
    key = "empty" if name == NO_LABEL else "dominant"
    yield _alert(rows, key, Filter(truth=name), **told)


def _small(rows: SplitRows) -> Found:
    """Too few rows to tell a good model from a fair one."""
    low, high = _best(rows)["intervals"][rows.report.headline]
    if low == high:  # without an error the bootstrap sees none; the rule of three does
        low, high = max(0.0, low - 3 / len(rows)), min(1.0, high + 3 / len(rows))
    if high - low >= WIDE:
        low, high = round(low, 2), round(high, 2)
        told = {"low": f"{low:.2f}", "high": f"{high:.2f}", "points": round(100 * (high - low))}
        yield _alert(rows, "small", Filter(), **told)


def _gap(rows: SplitRows) -> Found:
    """Test rows go worse than the validation rows by which the model was chosen."""
    score = rows.report.headline
    splits = rows.report.splits
    if rows.split != "test" or "best" not in splits.get("validation", {}):
        return
    validation, test = splits["validation"]["best"], _best(rows)
    apart = validation["intervals"][score][0] > test["intervals"][score][1]
    if apart and validation[score] - test[score] >= GAP:
        told = {"validation": f"{validation[score]:.2f}", "test": f"{test[score]:.2f}"}
        yield _alert(rows, "gap", Filter(outcome=WRONG), **told)


def _weak(rows: SplitRows) -> Found:
    """Labels far below the mean of all, by more than chance."""
    per_class = _best(rows)["per_class"]
    known = {label: numbers for label, numbers in per_class.items() if numbers["support"]}
    if len(known) < 2:
        return
    mean = sum(numbers["f1"] for numbers in known.values()) / len(known)
    weak = [
        (numbers["f1"], label)
        for label, numbers in known.items()
        if numbers["f1"] <= mean - FAR_BELOW and numbers["intervals"]["f1"][1] < mean
    ]
    for f1, label in sorted(weak)[:AT_MOST]:
        numbers = known[label]
        low, high = numbers["intervals"]["f1"]
        missed = numbers["recall"] <= numbers["precision"]
        sides = (label, OTHER) if missed else (OTHER, label)
        wanted = Filter(truth=sides[0], decided=sides[1])
        told = {
            "label": label, "f1": f"{f1:.2f}", "low": f"{low:.2f}", "high": f"{high:.2f}",
            "mean": f"{mean:.2f}", "support": numbers["support"],
        }  # fmt: skip
        yield _alert(rows, "weak_missed" if missed else "weak_added", wanted, **told)


def _swallowed(rows: SplitRows) -> Found:
    """Labels of which much is taken for one other."""
    labels = rows.task.labels
    if len(labels) < 3:  # of two labels every error is one of them for the other
        return
    every = np.ones(len(rows), dtype=bool)
    counts = crossed(rows, every)[: len(labels)]
    true = counts.sum(axis=1)
    if rows.task.several:  # a label may also be missed without another being said for it
        hits, missed, *_ = one_against_rest(rows, every).T
        true = hits + missed
    np.fill_diagonal(counts, 0)
    taken = [
        (int(counts[was, said]), was, said)
        for was, said in np.argwhere(counts[:, : len(labels)] >= FEWEST).tolist()
        if counts[was, said] >= SWALLOWED * true[was]
    ]
    taken.sort(key=lambda each: (-each[0], *each[1:]))
    told_of: set[frozenset[int]] = set()
    for count, was, said in taken:
        if frozenset((was, said)) in told_of or len(told_of) == AT_MOST:
            continue
        told_of.add(frozenset((was, said)))
        told = {
            "label": labels[was], "other": labels[said], "times": count, "true": int(true[was]),
            "percent": _percent(count / true[was]), "back": int(counts[said, was]),
        }  # fmt: skip
        yield _alert(rows, "swallowed", Filter(truth=labels[was], decided=labels[said]), **told)


def _mislabelled(rows: SplitRows) -> Found:
    mask = rows.named.get("mislabelled")
    if mask is not None and 0 < mask.mean() <= DISBELIEVED:
        yield _alert(rows, "mislabelled", Filter(alert="mislabelled"))


def _overconfident(rows: SplitRows) -> Found:
    """What the model says is right less often than it claims."""
    facts = rows.facts
    if facts.probabilities is None or not facts.decided.any():
        return
    claimed = facts.probabilities[facts.decided].astype(float)
    right = facts.truth[facts.decided]
    mean, share = float(claimed.mean()), float(right.mean())
    chance = Z * math.sqrt(max(share * (1 - share), 1e-9) / len(right))
    if mean - share < max(OVERCONFIDENT, chance):
        return
    told = {
        "claimed": _percent(mean), "right": _percent(share), "labels": len(right),
        "ece": f"{100 * calibration_error(claimed, right):.1f}", "sure": _percent(SURELY),
    }  # fmt: skip
    yield _alert(rows, "overconfident", Filter(outcome=WRONG, least=SURELY), **told)


def calibration_error(claimed: Any, right: Any, bins: int = 15) -> float:
    """Expected calibration error over bins of equal width (Guo et al. 2017): how far claim and
    share right are apart, on average over what was said."""
    place = np.minimum((claimed * bins).astype(int), bins - 1)
    sums = np.bincount(place, weights=claimed - right, minlength=bins)
    return float(np.abs(sums).sum() / max(1, len(claimed)))


def _truncated(rows: SplitRows) -> Found:
    """Texts that reach the most tokens the model reads fail more often than the others."""
    tokens, limit = rows.said.tokens, _most_tokens(rows)
    if tokens is None or limit is None:
        return
    cut = tokens >= limit
    wrong = rows.facts.outcome != rows.task.outcomes.index(RIGHT)
    if not FEWEST_CUT <= cut.sum() < len(rows):
        return
    inside, outside = float(wrong[cut].mean()), float(wrong[~cut].mean())
    both = float(wrong.mean())
    error = math.sqrt(max(both * (1 - both), 1e-9) * (1 / cut.sum() + 1 / (~cut).sum()))
    if inside - outside > Z * error:
        told = {"limit": limit, "inside": _percent(inside), "outside": _percent(outside)}
        yield _alert(rows, "truncated", Filter(shortest=limit), **told)


def _most_tokens(rows: SplitRows) -> int | None:
    """What the run reads of a text at most."""
    try:
        file = rows.workspace.run(rows.report.run).recipe
        return int(Recipe.from_json(file.read_text("utf-8")).max_length)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _best(rows: SplitRows) -> Any:
    return rows.report.splits[rows.split]["best"]


def _percent(share: float) -> str:
    """A share in per cent; what is nearly all or nothing is not rounded to it."""
    percent = 100 * share
    return f"{percent:.1f}" if percent > 99 or 0 < percent < 1 else f"{percent:.0f}"


ALERTS: tuple[Callable[[SplitRows], Found], ...] = (
    _leaked,
    _dominant,
    _small,
    _gap,
    _weak,
    _swallowed,
    _mislabelled,
    _overconfident,
    _truncated,
)
"""In the order of the page."""
