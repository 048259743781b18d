"""What tables and lists of points share: which unit a clock counts in, and values outside the range of a channel.

Formats such as CSV or JSON carry no units. A channel whose values cannot be what the format says is counted as
missing, with a note, and never rescaled by guess.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

#: Seconds between two points of a stroke, median: 4 to 1,000 points a second.
PLAUSIBLE_STEP = (0.001, 0.25)
#: The same where the file states the unit: only what no pen could do counts as missing. At two points a second, as
#: receivers of satellites have them, no letter can be seen.
POSSIBLE_STEP = (0.0001, 0.5)
#: Seconds since any epoch (year 5138); a larger value is no number of seconds.
LARGEST_SECONDS = 1e11
#: Equal steps from which on a clock is taken for a program's: with real clocks some step always differs.
SYNTHETIC_STEPS = 8

#: Of so many strokes one may begin before the one before it has ended; more show that the clock is no common one.
OVERLAPS = 50

#: Smallest and largest value of each channel besides time.
RANGES = {"pressure": (0.0, 1.0), "altitude": (-np.pi / 2, np.pi / 2), "azimuth": (-2 * np.pi, 2 * np.pi)}


def steps_inside(t: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Known time steps (k,) within strokes that begin at ``starts``, in the unit of ``t`` (n,)."""
    steps = np.diff(t)
    inside = np.ones(len(t), bool)
    inside[starts] = False
    steps = steps[inside[1:]]
    return steps[np.isfinite(steps)]


def seconds(
    t: NDArray[np.float64], starts: NDArray[np.int64], units: tuple[float, ...], stated: bool, notes: Counter[str]
) -> NDArray[np.float64] | None:
    """Times in seconds, or None (and a note) where they fit none of the units; see ``fitting_unit``."""
    unit = fitting_unit(t, starts, units, stated)
    if unit is None:
        notes["time fits no unit (steps within strokes and clock disagree with a pen), counted as missing"] = 1
        return None
    return t / unit


def fitting_unit(
    t: NDArray[np.float64], starts: NDArray[np.int64], units: tuple[float, ...], stated: bool
) -> float | None:
    """The first of ``units``, given as units per second (1, 1000), that times (n,) can be in; None where none fits.

    ``stated`` where the file names the unit, else it is a habit of the format. A unit fits where the median step
    that advances within strokes is possible (not stated: plausible) for a pen and no value exceeds
    ``LARGEST_SECONDS``. Epoch milliseconds that advance by seconds within strokes, as one exporter writes them, fit
    none.
    """
    steps = steps_inside(t, starts)
    steps = steps[steps > 0]
    largest = np.abs(t[np.isfinite(t)]).max(initial=0.0)
    shortest, longest = POSSIBLE_STEP if stated else PLAUSIBLE_STEP
    for unit in units:
        step = float(np.median(steps)) / unit if len(steps) else shortest
        # A clock that counts seconds since 1970 as float64 leaves 1e-7 s of rounding.
        if shortest - 1e-6 <= step <= longest and largest / unit < LARGEST_SECONDS:
            return unit
    return None


def is_synthetic(t: NDArray[np.float64], starts: NDArray[np.int64]) -> bool:
    """Whether all steps within strokes are equal, as a program makes them and no browser's clock does."""
    steps = steps_inside(t, starts)
    return len(steps) >= SYNTHETIC_STEPS and float(np.ptp(steps)) <= 1e-3 * abs(float(np.median(steps)))


def overlapping_strokes(t: NDArray[np.float64], starts: NDArray[np.int64]) -> int:
    """Strokes that begin before the one before has ended."""
    return int((t[starts[1:]] < t[starts[1:] - 1]).sum())


def is_common_clock(t: NDArray[np.float64], starts: NDArray[np.int64], notes: Counter[str]) -> bool:
    """Whether times (n,), NaN where missing, can tell pauses: each stroke has some and they go on from the one before.

    Where not, a note says why time counts as missing. Strokes (``starts``, (s,)) stand in the order of writing.
    """
    known = [stroke[np.isfinite(stroke)] for stroke in np.split(t, starts[1:])]
    if not all(len(stroke) for stroke in known):
        notes["some strokes have no time, counted as missing for all"] = 1
        return False
    first, last = (np.array([stroke[end] for stroke in known]) for end in (0, -1))
    # Milliseconds as float64 seconds since 1970 leave 1e-7 s of rounding.
    early = first[1:] < last[:-1] - 1e-6 * np.maximum(1.0, np.abs(last[:-1]) * 1e-6)
    if early.sum() > len(known) // OVERLAPS:
        several = early.sum() > len(known) // 2
        what = "at every stroke" if several else "or overlap at some strokes"
        notes[f"times start again {what}, counted as missing"] = 1
        return False
    return True


def drop_out_of_range(columns: dict[str, NDArray[np.float64]], notes: Counter[str]) -> None:
    """Take channels out of ``columns`` whose values leave their range; note each."""
    for channel, (low, high) in RANGES.items():
        if channel in columns:
            known = columns[channel][~np.isnan(columns[channel])]
            if len(known) and (known.min() < low - 1e-9 or known.max() > high + 1e-9):
                del columns[channel]
                notes[f"{channel} is outside {low:.3g} to {high:.3g}, counted as missing"] = 1
