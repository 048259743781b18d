"""Points that say only that the pen is away: 0,0 or -1,-1 without pressure, where a tablet has no position to report.

Kept as ink, each would draw a leg to the corner and back. They are told from writing by all three: the place is the
same wherever it occurs, the pen does not press there, and the way to it is one that no stroke goes.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from datasets.errors import UnreadableFileError

#: What programs write where there is no position.
NOWHERE = ((0.0, 0.0), (-1.0, -1.0))
#: A leg is a jump where it is so many times longer than nine in ten of the steps within strokes.
LEG = 3.0
#: Another place counts as none where at least so many strokes, and half of all, begin or end there.
SHARED_BY = 3

AWAY_NOTE = "points without a position (the pen out of reach), left out"


def away_points(
    xy: NDArray[np.float64], pressure: NDArray[np.float64] | None, starts: NDArray[np.int64], name: str
) -> NDArray[np.bool_]:
    """Which points (n,) are no positions; a stroke that goes on after one ends there.

    Parameters
    ----------
    xy : (n, 2), finite.
    pressure : (n,) in any unit, NaN where it is missing, or None. A missing one counts as none: an event that ends a
        stroke has no pressure by definition.
    starts : (s,) where strokes begin, the first 0.

    Raises UnreadableFileError where many strokes end at one far-off place although the pen presses there.
    """
    away = np.zeros(len(xy), bool)
    if len(xy) < 2:
        return away
    lifted = np.ones(len(xy), bool) if pressure is None else ~(pressure > 0)
    told = pressure is not None and bool((pressure > 0).any())
    stroke = np.repeat(np.arange(len(starts)), np.diff([*starts, len(xy)]))
    ends = np.zeros(len(xy), bool)
    ends[starts] = True
    ends[np.append(starts[1:], len(xy)) - 1] = True
    for place in (*NOWHERE, *_shared_ends(xy, stroke, ends)):
        here = (xy == place).all(axis=1)
        strokes = len(np.unique(stroke[here]))
        # Without pressure to tell, one stroke that passes the origin proves nothing.
        if not here.any() or here.all() or not (told or strokes >= max(2, len(starts) / 3)):
            continue
        if not _are_legs(xy, here, stroke):
            continue
        if lifted[here].all():
            away |= here
        elif (here & ends).sum() >= max(SHARED_BY, len(starts) / 2):
            raise UnreadableFileError(
                name,
                f"{strokes} strokes begin or end at {place[0]:g},{place[1]:g}, far from all writing.",
                "Take the points there out, if they mean that the pen is away, and export again.",
            )
    return away


def without_away_points(
    strokes: list[NDArray[np.float64]], pen_down: list[bool], pressure: int | None, name: str, notes: Counter[str]
) -> tuple[list[NDArray[np.float64]], list[bool]]:
    """Strokes (k, c) without the points that are no positions, which are counted; cut where one lay within a stroke.

    ``pressure`` is its column, None without one. Raises like ``away_points``.
    """
    filled = [(stroke, down) for stroke, down in zip(strokes, pen_down, strict=True) if len(stroke)]
    if not filled:
        return strokes, pen_down
    points = np.concatenate([stroke for stroke, _ in filled])
    if not np.isfinite(points[:, :2]).all():
        return strokes, pen_down
    starts = np.cumsum([0, *(len(stroke) for stroke, _ in filled[:-1])])
    away = away_points(points[:, :2], None if pressure is None else points[:, pressure], starts, name)
    if not away.any():
        return strokes, pen_down
    notes[AWAY_NOTE] += int(away.sum())
    kept: list[tuple[NDArray[np.float64], bool]] = []
    for (stroke, down), gone in zip(filled, np.split(away, starts[1:]), strict=True):
        edges = np.flatnonzero(np.diff(gone)) + 1
        parts = zip(np.split(stroke, edges), np.split(gone, edges), strict=True)
        kept += [(part, down) for part, is_gone in parts if not is_gone[0]]
    return [stroke for stroke, _ in kept], [down for _, down in kept]


def _shared_ends(
    xy: NDArray[np.float64], stroke: NDArray[np.int64], ends: NDArray[np.bool_]
) -> list[tuple[float, float]]:
    """Places besides ``NOWHERE`` at which at least three strokes, and half of all, begin or end."""
    found = {(float(x), float(y), int(s)) for (x, y), s in zip(xy[ends], stroke[ends], strict=True)}
    counts = Counter((x, y) for x, y, _ in found)
    least = max(SHARED_BY, (int(stroke[-1]) + 1) / 2)
    return [place for place, count in counts.items() if count >= least and place not in NOWHERE]


def _are_legs(xy: NDArray[np.float64], here: NDArray[np.bool_], stroke: NDArray[np.int64]) -> bool:
    """Whether most ways between the points ``here`` and the nearest of their strokes that are not, are jumps."""
    steps = np.hypot(*np.diff(xy, axis=0).T)
    written = steps[(stroke[1:] == stroke[:-1]) & ~here[1:] & ~here[:-1]]
    written = written[written > 0]
    if len(written) == 0:
        return False
    away, places = np.flatnonzero(here), np.flatnonzero(~here)
    after = np.searchsorted(places, away)
    beside = np.stack([places[np.maximum(after - 1, 0)], places[np.minimum(after, len(places) - 1)]])
    legs = np.hypot(*(xy[away] - xy[beside]).transpose(2, 0, 1))
    # A stroke of nothing else has its way from the stroke before it.
    within = np.where(stroke[beside] == stroke[away], legs, np.inf).min(axis=0)
    legs = np.where(np.isfinite(within), within, legs[0])
    return float(np.median(legs)) > LEG * float(np.percentile(written, 90))
