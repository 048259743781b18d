"""From decoded strokes to Ink: the checks that every reader owes, with the file's name in the error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.ink import Ink, TimeSource, device_oddities, ink_from_strokes
from datasets.limits import MAX_COORDINATE, MAX_POINTS, MAX_STROKES, MAX_VALUES

#: Smallest extent of x and of y, if they have any, in the file's own units: no unit makes writing smaller, and
#: products of smaller numbers soon vanish.
MIN_EXTENT = 1e-30


def build_ink(
    name: str,
    strokes: Sequence[NDArray[np.float64]],
    channels: tuple[str, ...],
    pen_down: Sequence[bool],
    mm_per_unit: float | None = None,
    time_source: TimeSource | None = None,
    notes: Mapping[str, int] | None = None,
) -> Ink:
    """Ink from (k, c) arrays, passed through ``device_oddities``.

    Empty strokes are left out and counted. Times are made relative to the first known one.

    Raises
    ------
    UnreadableFileError : no stroke on the surface, a coordinate that is not finite, or ink too small to compute with.
    HostileFileError : more strokes or points, or larger coordinates, than ``limits`` allow.
    """
    kept = [(stroke, down) for stroke, down in zip(strokes, pen_down, strict=True) if len(stroke)]
    if not any(down for _, down in kept):
        raise UnreadableFileError(name, "there is no ink in this file.", "Check that the export holds strokes.")
    check_amounts(name, len(kept), sum(len(stroke) for stroke, _ in kept))
    ink_notes = {"empty strokes": len(strokes) - len(kept), **(notes or {})}
    for stroke, _ in kept:
        if not np.isfinite(stroke[:, :2]).all() or np.isinf(stroke).any():
            raise UnreadableFileError(
                name, "a coordinate or another value is not a finite number.", "Export the recording again."
            )
        if np.abs(stroke[:, :2]).max() > MAX_COORDINATE:
            raise HostileFileError(name, f"a coordinate is larger than {MAX_COORDINATE:g}.", "Refused.")
    extent = np.ptp(np.concatenate([stroke[:, :2] for stroke, down in kept if down]), axis=0)
    too_small = extent[(extent > 0) & (extent < MIN_EXTENT)]
    if len(too_small):
        found = f"the ink is {too_small[0]:.1g} units wide or high, too small to compute with."
        raise UnreadableFileError(name, found, "Export it in another unit.")
    arrays = [stroke for stroke, _ in kept]
    if "t" in channels:
        arrays = _relative_to_first(arrays, channels.index("t"))
    ink = ink_from_strokes(arrays, channels, [down for _, down in kept], mm_per_unit, time_source)
    return device_oddities(ink.with_notes(ink_notes))


def check_amounts(name: str, strokes: int, points: int) -> None:
    """Raise HostileFileError where there are more strokes or points than ``limits`` allow."""
    for count, limit, what in ((strokes, MAX_STROKES, "strokes"), (points, MAX_POINTS, "points")):
        if count > limit:
            raise HostileFileError(name, f"there are more than {limit} {what}.", "Split the recording.")


def check_values(name: str, values: int) -> None:
    """Raise HostileFileError where all channels together hold more values than ``limits`` allow."""
    if values > MAX_VALUES:
        raise HostileFileError(name, f"its channels hold more than {MAX_VALUES} values.", "Split the recording.")


def _relative_to_first(strokes: list[NDArray[np.float64]], column: int) -> list[NDArray[np.float64]]:
    """Times in seconds from the first known one.

    Clocks that start elsewhere lose digits in the subtraction (769.07 − 769.05), so the result is rounded to
    microseconds, which is finer than any tablet's clock.
    """
    times = np.concatenate([stroke[:, column] for stroke in strokes])
    known = times[np.isfinite(times)]
    if len(known) == 0 or known[0] == 0:
        return strokes
    moved = []
    for stroke in strokes:
        copy = stroke.copy()
        copy[:, column] = np.round(copy[:, column] - known[0], 6)
        moved.append(copy)
    return moved
