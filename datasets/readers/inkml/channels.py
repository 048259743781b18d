"""From InkML's channels to ours: position, time, pressure and pen angles of all traces together.

Each function takes what the traces hold and gives one column over all points, with counts of what was odd.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import nan, pi

import numpy as np
from numpy.typing import NDArray

from datasets.readers.inkml.context import ANGLES, LENGTHS, TIMES, Channel, Context
from datasets.readers.tables.columns import fitting_unit

Column = NDArray[np.float64]
Notes = dict[str, int]

_USED = ("X", "Y", "T", "F", "S", "OE", "OA", "OTx", "OTy")
#: Units per second of times without a unit: by section 3.1.4 milliseconds, but some write seconds or microseconds.
_UNSTATED_TIMES = {1e3: "milliseconds", 1.0: "seconds", 1e6: "microseconds"}


def columns_of(
    values: Sequence[Column], contexts: Sequence[Context], offsets: Sequence[float | None]
) -> tuple[dict[str, Column], float | None, Notes]:
    """Columns of the ink by our names, in our order; millimetres per unit or None; notes.

    Parameters
    ----------
    values : one a trace, (k, channels of its context).
    contexts, offsets : one a trace; ``offset`` is when it began, in seconds, or None.
    """
    notes: Notes = {}
    for context in {id(c): c for c in contexts}.values():
        notes |= context.notes
        notes |= {f"channel {c.name} not used": 1 for c in context.channels if c.name not in _USED}
    x, y, mm_per_unit = _position(values, contexts, notes)
    columns = {"x": x, "y": y}
    candidates = {
        "t": _time(values, contexts, offsets, notes),
        "pressure": _pressure(values, contexts, notes),
        **_angles(values, contexts, notes),
    }
    columns |= {channel: column for channel, column in candidates.items() if column is not None}
    return columns, mm_per_unit, notes


def _position(
    values: Sequence[Column], contexts: Sequence[Context], notes: Notes
) -> tuple[Column, Column, float | None]:
    """x, y down, and their unit: that of the first trace, to which traces with other units are brought."""
    found = [_scale(context, notes) for context in contexts]
    scales = [scale for scale, _ in found]
    base = scales[0]
    if None in scales and any(scales):
        notes["some strokes have no physical unit, counted as missing for all"] = 1
        base = None
    pieces = []
    for value, context, (scale, aspect) in zip(values, contexts, found, strict=True):
        xy = np.stack([_raw(value, context, "X"), _raw(value, context, "Y")], axis=1)
        channels = context.channels
        if context.transform is not None:
            xy = xy @ context.transform[:, :2].T + context.transform[:, 2]
            channels = context.canvas
        ratio = 1.0
        if base is not None and scale is not None and scale != base:
            ratio = scale / base
            notes["strokes have different units, brought to that of the first"] = 1
        signs = [-1.0 if _reversed(channels, axis) else 1.0 for axis in ("X", "Y")]
        pieces.append(xy * signs * [ratio, ratio * aspect])
    xy = np.concatenate(pieces)
    return xy[:, 0], xy[:, 1], base


def _scale(context: Context, notes: Notes) -> tuple[float | None, float]:
    """Millimetres per value of x, after the canvas transform where there is one, None where not known; y per x.

    Where x and y state unlike units, y has to be multiplied by the second to be in the unit of x. Unlike
    *resolutions* are another matter: Office 2010 states the tablet's (unlike for x and y) beside values that it has
    already brought to a unit of its own: its ``rotatedBoundingBox`` shows that they are as wide as they are high. No
    size is better than that wrong one.
    """
    x, y = (_find(context.channels, axis) for axis in ("X", "Y"))
    if x is None or y is None:
        raise ValueError("a trace format without X and Y")  # Definitions.with_format refuses it
    scale = x.scale(LENGTHS)
    office = x.integer and x.high == 32767 and x.units == "in"
    if context.transform is None and not office and (aspect := _aspect(x, y)) is not None:
        notes["y brought to the unit of x"] = 1
        return scale, aspect
    if scale is not None and (office or scale != y.scale(LENGTHS)):
        notes["the stated resolution is not that of x and y, size not known"] = 1
        scale = None
    if context.transform is None:
        return scale, 1.0
    canvas_x, canvas_y = (_find(context.canvas, axis) for axis in ("X", "Y"))
    if canvas_x is not None and canvas_y is not None and (on_canvas := canvas_x.scale(LENGTHS)) is not None:
        aspect = _aspect(canvas_x, canvas_y)
        if aspect is not None or on_canvas == canvas_y.scale(LENGTHS):
            notes |= {"y brought to the unit of x": 1} if aspect is not None else {}
            return on_canvas, aspect or 1.0
    linear = context.transform[:, :2]
    stretch = abs(np.linalg.det(linear)) ** 0.5
    similar = np.allclose(linear @ linear.T, stretch**2 * np.eye(2), rtol=1e-6, atol=0)
    return (scale / stretch if scale is not None and similar else None), 1.0


def _aspect(x: Channel, y: Channel) -> float | None:
    """Units of x in one of y where both state units of length, unlike ones, and no resolution; else None."""
    if x.resolution or y.resolution:
        return None
    x_scale, y_scale = x.scale(LENGTHS), y.scale(LENGTHS)
    return y_scale / x_scale if x_scale is not None and y_scale is not None and x_scale != y_scale else None


def _time(
    values: Sequence[Column], contexts: Sequence[Context], offsets: Sequence[float | None], notes: Notes
) -> Column | None:
    """Seconds. T counts from the timestamp it refers to, else from the start of its trace (section 3.1.4).

    A trace without ``timeOffset`` whose T counts from no timestamp is taken as it stands: IAMonDo and others write
    a clock there. Where such clocks start again at every trace, time between strokes is unknown and T is missing.
    A T without a unit is in milliseconds, or in seconds or microseconds where only they fit a pen.
    """
    channels = [_find(context.channels, "T") for context in contexts]
    if not any(channels):
        return None
    unstated = [
        _raw(value, context, "T")
        for value, context, channel in zip(values, contexts, channels, strict=True)
        if channel is not None and _unstated(channel) and len(value)
    ]
    default = _unstated_unit(unstated, notes) if unstated else 1e3
    if default is None:
        return None
    pieces, origins, restarts, last = [], set(), 0, -np.inf
    for value, context, channel, offset in zip(values, contexts, channels, offsets, strict=True):
        if channel is None:
            notes["some strokes have no time, counted as missing for all"] = 1
            return None
        raw = _raw(value, context, "T")
        scale = channel.scale(TIMES, default="ms")
        if scale is None:
            notes[f"unit of time {channel.units!r} not known, counted as missing"] = 1
            return None
        if _unstated(channel):
            scale = 1 / default
        # Dividing by 1000 gives the double nearest to the decimal; multiplying by 0.001 does not.
        seconds = raw / round(1 / scale) if scale < 1 and round(1 / scale) * scale == 1 else raw * scale
        if not channel.respect_to and offset is not None:
            seconds = seconds + offset
        origins.add(channel.respect_to or context.timestamp)
        finite = seconds[np.isfinite(seconds)]
        if len(finite):
            restarts += int(not channel.respect_to and offset is None and finite[0] < last)
            last = float(finite[-1])
        pieces.append(seconds)
    if len(origins) > 1:
        notes["times of several clocks, counted as missing"] = 1
        return None
    if restarts > len(pieces) // 2:
        notes["times start again at every stroke, counted as missing"] = 1
        return None
    return np.concatenate(pieces)


def _unstated(channel: Channel) -> bool:
    return not channel.units and channel.resolution is None


def _unstated_unit(raws: Sequence[Column], notes: Notes) -> float | None:
    """Units per second of times in which no unit is stated, one array a trace; None (and a note) where none fits."""
    times = np.concatenate(raws)
    if _epoch_seconds(times):
        notes["times without a unit are seconds since 1970"] = 1
        return 1.0
    starts = np.cumsum([0, *(len(raw) for raw in raws[:-1])])
    unit = fitting_unit(times, starts, tuple(_UNSTATED_TIMES), False)
    if unit is None:
        notes["times without a unit fit none, counted as missing"] = 1
    elif unit != 1e3:
        notes[f"times without a unit are {_UNSTATED_TIMES[unit]}"] = 1
    return unit


def _epoch_seconds(raw: Column) -> bool:
    """True for values that are today's clock in seconds; as milliseconds they would lie in January 1970."""
    known = raw[np.isfinite(raw)]
    return len(known) > 0 and known.min() > 8e8 and known.max() < 1e10


def _pressure(values: Sequence[Column], contexts: Sequence[Context], notes: Notes) -> Column | None:
    """F from the range that its channel declares to 0..1; without a declared maximum, from what was seen."""
    channels = [_find(context.channels, "F") for context in contexts]
    if not any(channels):
        return None
    raws = [_raw(value, context, "F") for value, context in zip(values, contexts, strict=True)]
    seen: dict[Channel, float] = {}
    for raw, channel in zip(raws, channels, strict=True):
        if channel is not None:
            seen[channel] = max(seen.get(channel, 0.0), float(np.nanmax(raw, initial=0.0)))
    pieces = []
    for raw, channel in zip(raws, channels, strict=True):
        if channel is None:
            pieces.append(raw)
            continue
        low, high = channel.low or 0.0, channel.high
        if high is None or high <= low:
            fraction = seen[channel] <= 1 and not channel.integer
            high = 1.0 if fraction else seen[channel]
            how = "taken as 0 to 1" if fraction else "scaled by the largest value"
            notes[f"pressure has no declared maximum, {how}"] = 1
        elif seen[channel] > high:
            high = seen[channel]
            notes["pressure exceeds its declared maximum, scaled by the largest value"] = 1
        if high <= low:
            pieces.append(np.full_like(raw, nan))
            continue
        scaled = (raw - low) / (high - low)
        below = scaled < 0
        if below.any():
            notes["pressure below its minimum, counted as missing"] = notes.get(
                "pressure below its minimum, counted as missing", 0
            ) + int(below.sum())
        pieces.append(np.where(below, nan, scaled))
    return np.concatenate(pieces)


def _angles(values: Sequence[Column], contexts: Sequence[Context], notes: Notes) -> dict[str, Column]:
    """Altitude above the surface (0..π/2) and azimuth in radians, from OE and OA, else from OTx and OTy."""
    altitude = _angle(values, contexts, "OE")
    azimuth = _angle(values, contexts, "OA")
    tilt_x, tilt_y = _angle(values, contexts, "OTx"), _angle(values, contexts, "OTy")
    if altitude is None and azimuth is None and tilt_x is not None and tilt_y is not None:
        if any(np.nanmax(np.abs(tilt), initial=0.0) > pi / 2 * (1 + 1e-9) for tilt in (tilt_x, tilt_y)):
            notes["tilt lies outside its range, counted as missing"] = 1
            return {}
        altitude, azimuth = from_tilt(tilt_x, tilt_y)
    found = {"altitude": altitude, "azimuth": azimuth}
    known = {k: v for k, v in found.items() if v is not None and np.isfinite(v).any()}
    if known and all(not np.nan_to_num(column).any() for column in known.values()):
        notes["pen angles are zero throughout, counted as missing"] = 1
        return {}
    if "altitude" in known and not _lies_within(known["altitude"], 0.0, pi / 2):
        # What is called an altitude is none, so neither is the other angle to be believed.
        notes["altitude lies outside its range, pen angles counted as missing"] = 1
        return {}
    if "azimuth" in known and not _lies_within(known["azimuth"], -2 * pi, 2 * pi):
        notes["azimuth lies outside its range, counted as missing"] = 1
        del known["azimuth"]
    return known


def _lies_within(column: Column, low: float, high: float) -> bool:
    return bool(np.nanmin(column) >= low - 1e-9 and np.nanmax(column) <= high * (1 + 1e-9))


def from_tilt(tilt_x: Column, tilt_y: Column) -> tuple[Column, Column]:
    """Altitude and azimuth from the tilts in the x–z and y–z planes, all in radians.

    W3C Pointer Events Level 3, "Converting between tiltX/tiltY and altitudeAngle/azimuthAngle": azimuth 0 points to
    +x and grows towards +y (down), 0 ≤ azimuth < 2π.
    """
    flat = (np.abs(tilt_x) >= pi / 2 - 1e-12) | (np.abs(tilt_y) >= pi / 2 - 1e-12)
    tan_x, tan_y = np.tan(tilt_x), np.tan(tilt_y)
    altitude = np.where(flat, 0.0, np.arctan2(1.0, np.hypot(tan_x, tan_y)))
    azimuth = np.mod(np.arctan2(tan_y, tan_x), 2 * pi)
    missing = np.isnan(tilt_x) | np.isnan(tilt_y)
    return np.where(missing, nan, altitude), np.where(missing, nan, azimuth)


def _angle(values: Sequence[Column], contexts: Sequence[Context], name: str) -> Column | None:
    channels = [_find(context.channels, name) for context in contexts]
    if not any(channels):
        return None
    pieces = []
    for value, context, channel in zip(values, contexts, channels, strict=True):
        raw = _raw(value, context, name)
        scale = channel.scale(ANGLES, default="deg") if channel else None
        sign = -1.0 if channel and channel.reverse else 1.0
        pieces.append(raw * (nan if scale is None else scale * sign))
    return np.concatenate(pieces)


def touching(values: Column, context: Context) -> NDArray[np.bool_]:
    """Whether the pen touches at each point of a trace on the surface (k,), as far as its tip switch S says."""
    return _raw(values, context, "S") != 0


def _find(channels: Sequence[Channel], name: str) -> Channel | None:
    return next((channel for channel in channels if channel.name == name), None)


def _reversed(channels: Sequence[Channel], name: str) -> bool:
    channel = _find(channels, name)
    return channel is not None and channel.reverse


def _raw(values: Column, context: Context, name: str) -> Column:
    """A channel as it stands in the trace, NaN where the context has none of that name."""
    for column, channel in enumerate(context.channels):
        if channel.name == name:
            return values[:, column]
    return np.full(len(values), nan)
