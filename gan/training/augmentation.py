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
    number = np.arange(len(ink.xy))
    lengths = np.diff(np.append(ink.starts, len(ink.xy)))
    within = number - np.repeat(ink.starts, lengths)
    keep = (within % every == 0) | (within == np.repeat(lengths, lengths) - 1)
    starts = np.cumsum(keep)[ink.starts] - 1
    return Trace(ink.xy[keep], ink.t[keep], starts, ink.fresh)


def rounded(ink: Trace, grid: float) -> Trace:
    """The trace on a grid of this width (writing heights), as a coarse tablet would record."""
    return Trace(np.rint(ink.xy / grid) * grid, ink.t, ink.starts, ink.fresh)


def blanked(features: np.ndarray, share: float, length: int, generator: np.random.Generator) -> None:
    """Set runs of ``length`` steps of the features (steps, FEATURES) to zero, about this share of them, in place."""
    for blank in np.flatnonzero(generator.random(len(features)) < share / length):
        features[blank : blank + length] = 0
