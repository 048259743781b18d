"""Which way the lines of ink run, and ink turned so that they run level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from datasets.sample import Sample

#: Distances, in writing heights, over which the pen's way along a line is looked at: longer than letters are high,
#: shorter than the way back to the next line; and the most points (one a writing height of the path) between its ends.
NEAR, FAR, AHEAD = 4.0, 14.0, 60
#: Lines that run steeper than this against x are not looked for: then the page lies on its side.
STEEPEST = 50.0
#: Ways within this many degrees of the most frequent direction count for the line's.
SPREAD = 12.0
#: Fewest ways, and least share of them within ``SPREAD``, from which a direction is told.
FEWEST, AGREEING = 60, 0.5
#: Most points of a path that are looked at: some two pages.
MOST_POINTS = 3_000
#: Lines of ordinary writing run within the first (degrees) and stay as they are; from the second on they are turned
#: level, between the two in part, so that a hair's breadth of slope never makes a step.
ORDINARY, TURNED = 4.0, 6.0


def line_direction(samples: Sequence[Sample], height: float) -> float | None:
    """Degrees by which lines of ink of a writing height fall to the right (positive) or rise; None where unclear.

    The directions from each place of the pen to the places some letters later are counted; those to the right gather
    about the direction of the lines, whatever the letters do. Their median near the most frequent one is the result.
    """
    found, left = [], MOST_POINTS
    for sample in samples:
        z = _places(sample, height)[:left]
        left -= len(z)
        # (places, AHEAD): from each place to those after it, NaN beyond the last.
        after = sliding_window_view(np.append(z, np.full(AHEAD + 1, np.nan)), AHEAD + 1)[: len(z), 1:]
        way = after - z[:, None]
        length = np.abs(way)
        found.append(np.degrees(np.angle(way[(length > NEAR) & (length < FAR) & (way.real > 0)])))
    ways = np.concatenate(found) if found else np.zeros(0)
    ways = ways[np.abs(ways) < STEEPEST + SPREAD]
    if len(ways) < FEWEST:
        return None
    counts, edges = np.histogram(ways, np.arange(-STEEPEST - SPREAD, STEEPEST + SPREAD + 1, 2.0))
    middle = float(edges[np.argmax(np.convolve(counts, np.ones(7), "same"))]) + 1.0
    for _ in range(3):
        near = np.abs(ways - middle) < SPREAD
        middle = float(np.median(ways[near]))
    if near.mean() < AGREEING or abs(middle) > STEEPEST:
        return None
    return middle


def turn_to_level(direction: float | None) -> float:
    """Degrees by which ink whose lines run in ``direction`` is turned: nothing up to ``ORDINARY``."""
    if direction is None:
        return 0.0
    return -direction * float(np.clip((abs(direction) - ORDINARY) / (TURNED - ORDINARY), 0, 1))


def turned(samples: Sequence[Sample], degrees: float) -> list[Sample]:
    """The samples turned together about the middle of their ink, positive degrees to the right (clockwise)."""
    everything = np.concatenate([sample.ink.xy for sample in samples])
    middle = (everything.min(axis=0) + everything.max(axis=0)) / 2
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    found = []
    for sample in samples:
        points = sample.ink.points.copy()
        points[:, :2] = (points[:, :2] - middle) @ np.array([[c, s], [-s, c]]) + middle
        found.append(replace(sample, ink=replace(sample.ink, points=points)))
    return found


def _places(sample: Sample, height: float) -> NDArray[np.complex128]:
    """Places of the pen, one a writing height along each pen-down stroke; x + iy in writing heights."""
    found = []
    for stroke in sample.ink.strokes():
        z = (stroke[:, 0] + 1j * stroke[:, 1]) / height
        along = np.concatenate([[0], np.cumsum(np.abs(np.diff(z)))])
        at = np.arange(min(int(along[-1]), MOST_POINTS) + 1)
        found.append(np.interp(at, along, z.real) + 1j * np.interp(at, along, z.imag))
    return np.concatenate(found) if found else np.zeros(0, np.complex128)
