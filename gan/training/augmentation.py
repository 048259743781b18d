"""Ink as the same hand, or another device, might have left it: what trainings vary."""

from __future__ import annotations

import numpy as np

from gan.features import Trace


def wandered(ink: Trace, by: float, generator: np.random.Generator) -> Trace:
    """The trace as the hand might have written it at another place: slope, slant and width a little other, and bent.

    ``by`` is the deviation of the slope (radians) and of the rest; bends are waves along the pen's path.
    """
    slope, slant, width = generator.normal(0, by, 3)
    xy = ink.xy @ np.array([[np.exp(width), slope], [-slope - slant, 1.0]])
    leg = np.zeros(len(xy))
    leg[1:] = np.hypot(*np.diff(ink.xy, axis=0).T)
    along = np.cumsum(leg)[:, None]
    length = generator.uniform(2.0, 8.0, 2)
    bent = xy + 1.5 * by * np.sin(2 * np.pi * (along / length + generator.random(2)))
    return Trace(bent, ink.t, ink.starts, ink.fresh)


def thinned(ink: Trace, every: int) -> Trace:
    """Every ``every``-th point and the last of each stroke, as a slower tablet would record."""
    keep = kept_points(ink, every)
    starts = np.cumsum(keep)[ink.starts] - 1
    return Trace(ink.xy[keep], ink.t[keep], starts, ink.fresh)


def kept_points(ink: Trace, every: int) -> np.ndarray:
    """(n,) bool, the points that ``thinned`` keeps."""
    lengths = np.diff(np.append(ink.starts, len(ink.xy)))
    within = np.arange(len(ink.xy)) - np.repeat(ink.starts, lengths)
    return (within % every == 0) | (within == np.repeat(lengths, lengths) - 1)


def dulled(ink: Trace, letters: np.ndarray, width: int, trimmed: float) -> tuple[Trace, np.ndarray]:
    """The trace with each point moved to the mean of ``width`` points to either side, and without stroke ends.

    Some devices smooth what they record, and notice the pen late or lose it early: up to ``trimmed`` writing heights
    of path are cut from both ends of a stroke, but never more than a quarter of it. ``letters`` (n,) go with their
    points.
    """
    lengths = np.diff(np.append(ink.starts, len(ink.xy)))
    first = np.repeat(ink.starts, lengths)
    last = first + np.repeat(lengths, lengths) - 1
    number = np.arange(len(ink.xy))
    reach = np.minimum(width, np.minimum(number - first, last - number))
    total = np.concatenate([np.zeros((1, 2)), np.cumsum(ink.xy, axis=0)])
    xy = (total[number + reach + 1] - total[number - reach]) / (2 * reach + 1)[:, None]
    leg = np.zeros(len(xy))
    leg[1:] = np.hypot(*np.diff(xy, axis=0).T)
    leg[ink.starts] = 0.0
    along = np.cumsum(leg)
    cut = np.minimum(trimmed, (along[last] - along[first]) / 4)
    keep = (along - along[first] >= cut) & (along[last] - along >= cut)
    # A stroke of two points may have none between its cut ends.
    keep |= (number == first) & (np.add.reduceat(keep, ink.starts)[np.cumsum(number == first) - 1] == 0)
    starts = np.concatenate([[0], np.cumsum(np.add.reduceat(keep, ink.starts))[:-1]]).astype(np.int64)
    return Trace(xy[keep], ink.t[keep], starts, ink.fresh), letters[keep]


def rounded(ink: Trace, grid: float) -> Trace:
    """The trace on a grid of this width (writing heights), as a coarse tablet would record."""
    return Trace(np.rint(ink.xy / grid) * grid, ink.t, ink.starts, ink.fresh)


def blanked(features: np.ndarray, share: float, length: int, generator: np.random.Generator) -> None:
    """Set runs of ``length`` steps of the features (steps, FEATURES) to zero, about this share of them, in place."""
    for blank in np.flatnonzero(generator.random(len(features)) < share / length):
        features[blank : blank + length] = 0
