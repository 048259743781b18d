"""Ink: one recording of a moving pen, immutable and checked when built.

Conventions (DESIGN, "Nouns"): x grows to the right, y grows **down**, ``t`` is in seconds from the first
point, pressure lies in 0..1, altitude and azimuth are radians. A channel that was not recorded is absent,
never filled with zeros; a value missing inside a recorded channel is NaN; x and y are always finite.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

#: Every channel that ink can have, in the order of its columns. The first two are always there.
CHANNELS = ("x", "y", "t", "pressure", "altitude", "azimuth")

TimeSource = Literal["recorded", "constant rate"]


@dataclass(frozen=True, eq=False)
class Ink:
    """One recording.

    Attributes
    ----------
    points : float64 (n, c), one row a point, one column a channel, in the order of ``channels``.
    stroke_ends : int64 (s,), index one past the last point of each stroke; increasing, last one = n.
    pen_down : bool (s,), False for strokes hovering above the surface.
    channels : names of the columns, a subset of ``CHANNELS`` in that order, starting with x and y.
    mm_per_unit : millimetres per unit of x and y, or None where the device does not say.
    time_source : where ``t`` comes from, None where there is no ``t``.
    notes : what was odd in the recording → how many times.

    Raises
    ------
    ValueError : the parts do not fit together, or x or y is not finite. Readers check first and raise
        ``UnreadableFileError`` with the file's name.
    """

    points: NDArray[np.float64]
    stroke_ends: NDArray[np.int64]
    pen_down: NDArray[np.bool_]
    channels: tuple[str, ...] = ("x", "y")
    mm_per_unit: float | None = None
    time_source: TimeSource | None = None
    notes: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        points = np.array(self.points, dtype=np.float64, order="C")
        ends = np.array(self.stroke_ends, dtype=np.int64)
        down = np.array(self.pen_down, dtype=bool)
        channels = tuple(self.channels)
        if channels[:2] != ("x", "y") or channels != tuple(c for c in CHANNELS if c in channels):
            raise ValueError(f"channels {channels} are not x, y and then some of {CHANNELS[2:]} in that order")
        if points.ndim != 2 or points.shape[1] != len(channels):
            raise ValueError(f"points have shape {points.shape}, expected (n, {len(channels)}) for {channels}")
        if ends.shape != down.shape or ends.ndim != 1:
            raise ValueError(f"{ends.shape} stroke ends and {down.shape} pen states")
        if len(ends) == 0 or ends[-1] != len(points) or np.any(np.diff(ends, prepend=0) <= 0):
            raise ValueError("stroke ends must increase, hold a point each, and end at the last point")
        if not np.isfinite(points[:, :2]).all():
            raise ValueError("x and y must be finite")
        if (self.time_source is None) != ("t" not in channels):
            raise ValueError("time_source must be given exactly when there is a t channel")
        if self.mm_per_unit is not None and not (np.isfinite(self.mm_per_unit) and self.mm_per_unit > 0):
            raise ValueError(f"mm_per_unit is {self.mm_per_unit}, expected a positive number")
        for array in (points, ends, down):
            array.flags.writeable = False
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "stroke_ends", ends)
        object.__setattr__(self, "pen_down", down)
        object.__setattr__(self, "channels", channels)
        object.__setattr__(self, "notes", MappingProxyType(dict(self.notes)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ink):
            return NotImplemented
        return (
            self.channels == other.channels
            and self.mm_per_unit == other.mm_per_unit
            and self.time_source == other.time_source
            and np.array_equal(self.points, other.points, equal_nan=True)
            and np.array_equal(self.stroke_ends, other.stroke_ends)
            and np.array_equal(self.pen_down, other.pen_down)
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[type[Ink], tuple[object, ...]]:
        """Built anew, and checked, where it is unpacked."""
        parts = (self.points, self.stroke_ends, self.pen_down, self.channels, self.mm_per_unit, self.time_source)
        return Ink, (*parts, dict(self.notes))

    def __len__(self) -> int:
        """Number of points, hover included."""
        return len(self.points)

    @property
    def xy(self) -> NDArray[np.float64]:
        """Positions, (n, 2)."""
        return self.points[:, :2]

    def channel(self, name: str) -> NDArray[np.float64] | None:
        """The column of a channel, (n,), or None where it was not recorded."""
        return self.points[:, self.channels.index(name)] if name in self.channels else None

    def strokes(self, hover: bool = False) -> Iterator[NDArray[np.float64]]:
        """Rows of each pen-down stroke, (k, c) views; with ``hover`` the hovering ones too."""
        start = 0
        for end, down in zip(self.stroke_ends, self.pen_down, strict=True):
            if down or hover:
                yield self.points[start:end]
            start = end

    def with_notes(self, more: Mapping[str, int]) -> Ink:
        """The same ink with counts added to its notes; zero counts are left out."""
        notes = dict(self.notes)
        for text, count in more.items():
            if count:
                notes[text] = notes.get(text, 0) + int(count)
        return replace(self, notes=notes)

    def select(self, keep: NDArray[np.bool_]) -> Ink:
        """Only the strokes where ``keep`` (s,) is true.

        Raises ValueError where nothing is left.
        """
        starts = np.concatenate([[0], self.stroke_ends[:-1]])
        pieces = [self.points[a:b] for a, b, k in zip(starts, self.stroke_ends, keep, strict=True) if k]
        if not pieces:
            raise ValueError("no stroke is left")
        return replace(
            self,
            points=np.concatenate(pieces),
            stroke_ends=np.cumsum([len(p) for p in pieces]),
            pen_down=self.pen_down[np.asarray(keep, dtype=bool)],
        )


def ink_from_strokes(
    strokes: list[NDArray[np.float64]],
    channels: tuple[str, ...] = ("x", "y"),
    pen_down: list[bool] | None = None,
    mm_per_unit: float | None = None,
    time_source: TimeSource | None = None,
    notes: Mapping[str, int] | None = None,
) -> Ink:
    """Ink from a list of (k, c) arrays, one a stroke; empty strokes must be left out (and noted) before.

    ``pen_down`` is all true where it is not given. Raises ValueError like ``Ink``.
    """
    if not strokes:
        raise ValueError("ink needs at least one stroke")
    return Ink(
        points=np.concatenate(strokes),
        stroke_ends=np.cumsum([len(s) for s in strokes]),
        pen_down=np.ones(len(strokes), bool) if pen_down is None else np.array(pen_down, bool),
        channels=channels,
        mm_per_unit=mm_per_unit,
        time_source=time_source,
        notes=notes or {},
    )


def device_oddities(ink: Ink) -> Ink:
    """What real devices do, counted in the notes: times that step back, one-point strokes, repeated points.

    A channel is dropped (and the note says so) where it carries nothing that can be trusted: pressure that
    never changes; time in which more than 1 % of the steps inside strokes go back, or that never advances.
    """
    notes: dict[str, int] = {}
    lengths = np.diff(ink.stroke_ends, prepend=0)
    notes["one-point strokes"] = int((lengths == 1).sum())
    inside = np.ones(len(ink), bool)
    inside[np.concatenate([[0], ink.stroke_ends[:-1]])] = False
    repeated = (np.diff(ink.xy, axis=0, prepend=ink.xy[:1]) == 0).all(axis=1) & inside
    notes["repeated points"] = int(repeated.sum())
    drop = set()
    t = ink.channel("t")
    if t is not None:
        step = np.diff(t, prepend=t[:1])[inside]
        known = step[np.isfinite(step)]
        back = int((known < 0).sum())
        notes["times that step back"] = back
        if len(known) == 0 or not (known > 0).any() or back > 0.01 * len(known):
            drop.add("t")
            notes["time channel not usable, counted as missing"] = 1
    pressure = ink.channel("pressure")
    if pressure is not None:
        known = pressure[np.isfinite(pressure)]
        if len(known) == 0 or (len(known) > 1 and known.min() == known.max()):
            drop.add("pressure")
            notes["pressure never changes, counted as missing"] = 1
    if drop:
        keep = [i for i, c in enumerate(ink.channels) if c not in drop]
        ink = replace(
            ink,
            points=ink.points[:, keep],
            channels=tuple(ink.channels[i] for i in keep),
            time_source=None if "t" in drop else ink.time_source,
        )
    return ink.with_notes(notes)
