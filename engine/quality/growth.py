"""How a score grows with the rows that are learned from, and what more of them would bring.

What is wrong, 1 - score, is taken to fall as a power of the rows n towards a rest that more rows do
not mend: a + b n^-c (Hestness et al. 2017, "Deep learning scaling is predictable, empirically";
Viering & Loog 2023, "The shape of learning curves"). With few measured points the exponent is
hardly determined, so it is held to what is usual, about 0.3 give or take a factor of 2, as far as
the points do not say otherwise. Each of many curves is fitted to scores of resampled draws, moved a
little because no curve is quite of that form, and to another usual exponent ("randomise, then
optimise", Bardsley et al. 2014): their spread is the uncertainty. A score that climbs faster and
faster is none of these curves; that is told apart. Knows numbers only.
"""

from dataclasses import dataclass

import numpy as np

from engine.tasks.scores import Floats

USUAL, SPREAD = 0.3, 0.7
"""Exponent of most curves, and the standard deviation of its logarithm."""
STEEPNESS = np.geomspace(0.05, 3.0, 40)
"""Exponents that are tried."""
OFF, OFF_SHARE = 0.006, 0.05
"""How far a score may be off any such curve: so much, and that share of the whole rise."""
STEEPER = 1.25
"""A score climbs faster and faster where its last step, by the logarithm of the rows, is that many
times as steep as the one before."""


@dataclass(frozen=True, eq=False)
class Curves:
    """Many curves that fit the same measured points, (curves,) each."""

    rest: Floats
    scale: Floats
    steepness: Floats

    def at(self, rows: Floats) -> Floats:
        """The score after that many rows (points,), by each curve: (curves, points)."""
        fallen = self.scale[:, None] * np.asarray(rows, float) ** -self.steepness[:, None]
        score: Floats = np.clip(1 - self.rest[:, None] - fallen, 0, 1)
        return score


def fit(rows: Floats, scores: Floats, seed: int = 0) -> Curves:
    """Curves through measured scores: `rows` learned from (points,) and resampled scores
    (curves, points), the spread of which says how far each point is to be trusted."""
    rng = np.random.default_rng(seed)
    off = OFF + OFF_SHARE * np.ptp(scores.mean(axis=0))
    noise = np.hypot(scores.std(axis=0), off)
    wrong = 1 - scores + off * rng.standard_normal(scores.shape)
    usual = np.log(USUAL) + SPREAD * rng.standard_normal(len(scores))
    best = np.full(len(scores), np.inf)
    rest, scale, steepness = (np.zeros(len(scores)) for _ in range(3))
    for power in STEEPNESS.tolist():
        a, b, loss = _straight(rows**-power, wrong, noise)
        loss += ((np.log(power) - usual) / SPREAD) ** 2
        better = loss < best
        best[better], rest[better], scale[better] = loss[better], a[better], b[better]
        steepness[better] = power
    return Curves(rest, scale, steepness)


def climbs(rows: Floats, scores: Floats) -> bool:
    """Whether the score (points,) climbs faster and faster with the rows (points,)."""
    steps = np.diff(scores) / np.diff(np.log(rows))
    rises = float(np.diff(scores)[-1]) > 2 * OFF
    return bool(len(steps) > 1 and rises and steps[-1] > STEEPER * max(steps[-2], 0))


def _straight(x: Floats, y: Floats, noise: Floats) -> tuple[Floats, Floats, Floats]:
    """a and b, neither below 0, of the least squares line y = a + b x through points (points,) with
    y of (lines, points), and its loss; the exact optimum: free, or with a or b at 0."""
    weight = noise**-2
    mean_x, mean_y = (weight * x).sum() / weight.sum(), (weight * y).sum(axis=1) / weight.sum()
    slope = (weight * (x - mean_x) * (y - mean_y[:, None])).sum(axis=1)
    slope /= max((weight * (x - mean_x) ** 2).sum(), 1e-300)
    level = mean_y - slope * mean_x
    through = (weight * x * y).sum(axis=1) / (weight * x * x).sum()
    zero = np.zeros(len(y))
    free = (slope >= 0) & (level >= 0)
    choices = [(np.where(free, level, mean_y), np.where(free, slope, zero)), (zero, through)]
    losses = [(weight * (y - a[:, None] - b[:, None] * x) ** 2).sum(axis=1) for a, b in choices]
    first = free | (losses[0] <= losses[1])
    return (
        np.where(first, choices[0][0], choices[1][0]),
        np.where(first, choices[0][1], choices[1][1]),
        np.where(first, losses[0], losses[1]),
    )
