"""From the strokes of a document that is not ours to Ink: their order, their clock, and channels that can be believed.

Times are milliseconds, or the channel is missing; steps that are all equal come from a program, not from a clock, and
count as missing too; pressure and angles outside their range count as missing, as do those that a browser fills in
for a mouse.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from datasets.errors import UnreadableFileError
from datasets.ink import CHANNELS, Ink, TimeSource
from datasets.readers import offsets
from datasets.readers.building import build_ink, check_amounts
from datasets.readers.json_ink.points import FOREIGN, Stroke
from datasets.readers.lifts import without_away_points
from datasets.readers.order import by_clock
from datasets.readers.tables.columns import (
    drop_out_of_range,
    is_common_clock,
    is_synthetic,
    overlapping_strokes,
    seconds,
)

#: From so many strokes on, a common beginning shows that each is counted from its own.
FEWEST_BEGINNINGS = 3

_T, _PRESSURE = FOREIGN.index("t"), FOREIGN.index("pressure")


def foreign_ink(strokes: Sequence[Stroke], pen_down: Sequence[bool], notes: Counter[str], name: str) -> Ink:
    """Ink of strokes (k, 6) in the columns ``FOREIGN``, times in milliseconds, in the order of the document.

    Raises UnreadableFileError where x and y are offsets, or each stroke is counted from a beginning of its own.
    """
    filled = [(stroke, down) for stroke, down in zip(strokes, pen_down, strict=True) if len(stroke)]
    kept, down = [stroke for stroke, _ in filled], [down for _, down in filled]
    check_amounts(name, len(kept), sum(map(len, kept)))
    has = [any(np.isfinite(stroke[:, column]).any() for stroke in kept) for column in range(len(FOREIGN))]
    kept, down = without_away_points(kept, down, _PRESSURE if has[_PRESSURE] else None, name, notes)
    _refuse_offsets([stroke[:, :2] for stroke, is_down in zip(kept, down, strict=True) if is_down], name)
    if has[_T]:
        kept, places = by_clock(kept, _T, notes)
        down = [down[place] for place in places]
    if not any(down):
        raise UnreadableFileError(name, "there is no ink in this file.", "Check that the export holds strokes.")
    starts = np.cumsum([0, *(len(stroke) for stroke in kept[:-1])])
    points = np.concatenate(kept)
    columns = {c: points[:, i] for i, c in enumerate(FOREIGN) if has[i] or c in ("x", "y")}
    t = _seconds(columns.pop("t"), starts, notes) if "t" in columns else None
    if t is not None:
        columns["t"] = t
    _drop_filled_in_angles(columns, notes)
    drop_out_of_range(columns, notes)
    channels = tuple(channel for channel in CHANNELS if channel in columns)
    table = np.stack([columns[channel] for channel in channels], axis=1)
    time_source: TimeSource | None = None if t is None else "recorded"
    return build_ink(name, np.split(table, starts[1:]), channels, down, time_source=time_source, notes=notes)


def _refuse_offsets(strokes: Sequence[NDArray[np.float64]], name: str) -> None:
    """Raise where the strokes (k, 2) are offsets, or lie on one another because each is counted from its beginning."""
    if not strokes or not all(np.isfinite(stroke).all() for stroke in strokes):
        return
    # Some give the first point of a stroke as a position, the others as offsets.
    if any(offsets.are_offsets(np.concatenate(xy)) for xy in (strokes, [stroke[1:] for stroke in strokes])):
        raise UnreadableFileError(name, offsets.FOUND, offsets.ADVICE)
    drawn = [stroke for stroke in strokes if len(stroke) > 1]
    if len(drawn) < FEWEST_BEGINNINGS:
        return
    for places in ([stroke[0] for stroke in drawn], [stroke.min(axis=0) for stroke in drawn]):
        x, y = places[0]
        if (np.array(places) == places[0]).all():
            raise UnreadableFileError(
                name,
                f"all {len(drawn)} strokes begin at {x:g},{y:g}: each is counted from a beginning of its own.",
                "Export positions on the page.",
            )


def _seconds(
    milliseconds: NDArray[np.float64], starts: NDArray[np.int64], notes: Counter[str]
) -> NDArray[np.float64] | None:
    """Times in seconds, None where they are no clock of all strokes."""
    if is_synthetic(milliseconds, starts):
        notes["time steps are all equal, made by a program, counted as missing"] = 1
        return None
    t = seconds(milliseconds, starts, (1e3,), False, notes)
    if t is None or not is_common_clock(t, starts, notes):
        return None
    notes["strokes that begin before the one before has ended"] = overlapping_strokes(t, starts)
    return t


def _drop_filled_in_angles(columns: dict[str, NDArray[np.float64]], notes: Counter[str]) -> None:
    """Take out angles that never change: what a browser reports for a mouse, a finger, or a pen without tilt."""
    for channel in ("altitude", "azimuth"):
        if channel in columns and len(np.unique(columns[channel][~np.isnan(columns[channel])])) <= 1:
            del columns[channel]
            notes[f"{channel} never changes, counted as missing"] = 1
