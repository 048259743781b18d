"""Strokes that are no writing: ruled lines, boxes and other closed shapes, arrows, scribbles; told by geometry.

A hand that writes turns. What goes straight or bends evenly over many writing heights, closes around more than a
letter, or goes to and fro over one spot is taken for drawing; so are straight strokes under words or through them,
those that close a figure together or lie between drawn lines, and a head at the end of a line. All lengths are in
writing heights, so that shift and scale do not matter, nor does the order of the strokes. Thresholds were chosen on
training and selection people (``benchmarks.ink.drawn``) so that what is doubtful stays: crossbars, dashes, long tails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.distance import cdist

from datasets.height import half_waves

Array = NDArray[np.float64]
Drawing = Literal["line", "closed shape", "arrow", "scribble"]
DRAWINGS: tuple[Drawing, ...] = get_args(Drawing)

#: Steps of a path, and how many of them are averaged before its turns are looked at, so that tremor counts little.
STEP, SMOOTHED = 0.25, 5
#: Most steps of a path, 1,000 heights (a fault or a joke; longer ones get longer steps), and most straight strokes that
#: are held against one another: more are no page of a hand's, and would take minutes.
MOST_STEPS, MOST_LINES = 4000, 400
#: A line or curve, by itself: least length, most turn in radians a height; and a tall one, for letters are tall.
EVEN, EVEN_TALL = ((8.0, 0.2), (10.0, 0.3)), ((12.0, 0.2), (20.0, 0.28))
#: A level line is a long crossbar, and stays, where the middle of the ink it passes over lies so far below it; unless
#: it is longer than this.
CROSSBAR, LONGEST_CROSSBAR = 0.35, 16.0
#: A closed shape: most distance of its ends, as a share of its greater extent; how far its turns may be from one round,
#: and how much it may turn to and fro besides.
OPEN, ONE_ROUND, TO_AND_FRO = 0.25, 2.0, 2.5
#: Its extents at least, greater and lesser: around so much writing, and around none.
AROUND, INK_INSIDE, EMPTY = ((5.0, 1.8), (4.0, 2.5)), 1.5, (6.0, 4.5)
#: A scribble: least length, least length over the area that it covers plus one, and how often it goes over its width
#: at least, each time over so large a share of it.
SCRIBBLE, DENSE, PASSES, PASS = 15.0, 3.0, 2, 0.6
#: Straight: most path over the distance of its ends, and most width: a share of its length, and so much.
STRAIGHT, WIDTH = 1.1, (0.06, 0.15)
#: Straight strokes of the first length make a figure together where each end is as near to another as the second,
#: they meet at so large an angle (radians) and one of them is as long as the last.
SIDE, NEAR, ANGLE, LONGEST_SIDE = 2.2, 0.7, 0.5, 4.0
#: Writing so far above and below a line is beside it.
BESIDE = 4.0
#: A line under or through writing: least length of either, most slope.
UNDER, THROUGH, LEVEL = 3.5, 4.5, 0.2
#: Writing lies so near above it, and so near below it, where it does at all; so much ink above a height of line, and on
#: both sides of it, is writing and no other line; pieces of the line that are looked at, and shares of them that have
#: writing above at least, and below at most, where the line is under writing.
ABOVE, BELOW, INK, PIECE, SHARE_ABOVE, SHARE_BELOW = 2.2, (0.3, 1.2), (1.2, 1.8), 0.6, 0.6, 0.3
#: Through writing: share of the pieces that have writing so far above, and as many below; share of the ink of the
#: strokes that it crosses that it passes.
SHARE_BOTH, CLEAR, STRUCK = 0.4, 0.15, 0.75
#: A straight stroke that meets drawn lines at places so far apart is one of them.
SPAN = 2.0
#: An arrow: least length of its shaft, and of a tall one; most extent of its head, and distance of its tip from the
#: shaft; how far the ends of the head lie behind the tip at least, and as a share of how far they lie aside; how far
#: aside; steps of the shaft that its direction is taken from.
SHAFT, TALL_SHAFT, HEAD, OFF, BACK, SWEEP, ASIDE, BEFORE = 4.5, 6.5, 3.0, 1.0, 0.3, 0.4, 0.1, 8


@dataclass(frozen=True, eq=False)
class _Path:
    """The path of a stroke: points (n, 2) at equal steps, writing heights."""

    points: Array

    @cached_property
    def length(self) -> float:
        """Along the path."""
        return float(np.hypot(*np.diff(self.points, axis=0).T).sum())

    @cached_property
    def extents(self) -> Array:
        """Width and height, the greater first."""
        return np.sort(np.ptp(self.points, axis=0))[::-1]

    @cached_property
    def chord(self) -> Array:
        """From its first to its last point, (2,)."""
        return np.asarray(self.points[-1] - self.points[0])

    @property
    def tall(self) -> bool:
        """Whether it goes up or down more than aside."""
        wide, high = np.ptp(self.points, axis=0)
        return bool(high > 0.7 * wide)

    @property
    def level(self) -> bool:
        """Whether it goes aside, and hardly up or down."""
        wide, high = np.ptp(self.points, axis=0)
        return bool(high <= 0.35 * wide)

    @cached_property
    def turns(self) -> Array:
        """Angles (radians) between the steps of the smoothed path."""
        z = self.points @ np.array([1, 1j])
        ends = np.full(SMOOTHED // 2, 1.0)
        sums = np.cumsum(np.concatenate([[0], ends * z[0], z, ends * z[-1]]))
        steps = np.diff(sums[SMOOTHED:] - sums[:-SMOOTHED]) / SMOOTHED
        steps = steps[np.abs(steps) > 1e-6]
        return np.angle(steps[1:] * steps[:-1].conj())

    @cached_property
    def straight(self) -> bool:
        """Whether it goes straight from its first to its last point."""
        far = float(np.hypot(*self.chord))
        if far == 0 or self.length > STRAIGHT * far:
            return False
        aside = (self.points - self.points[0]) @ np.array([-self.chord[1], self.chord[0]]) / far
        return bool(np.ptp(aside) <= WIDTH[0] * far + WIDTH[1])


def drawn_strokes(strokes: Sequence[Array], height: float) -> list[Drawing | None]:
    """For each pen-down stroke (k, >= 2) of one recording what drawing it is; None for writing.

    ``height`` is the writing height, in device units, > 0.
    """
    ink = [stroke[:, :2] / height for stroke in strokes]
    boxes = np.array([[*stroke.min(axis=0), *stroke.max(axis=0)] for stroke in ink]).reshape(-1, 4)
    extents = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    paths = {int(i): _path(ink[i]) for i in np.flatnonzero(extents >= SIDE)}
    lines = {i: path for i, path in paths.items() if path.straight}
    # Two lines under one word must not be writing to each other.
    rules = {i for i, path in lines.items() if path.level and path.length >= UNDER}

    known: dict[int, Array] = {}

    def beside(i: int) -> list[Array]:
        """The writing above, on and below a stroke."""
        low, high = boxes[i, :2] - [0, BESIDE], boxes[i, 2:] + [0, BESIDE]
        touched = np.flatnonzero((boxes[:, 2:] > low).all(axis=1) & (boxes[:, :2] < high).all(axis=1))
        near = [int(k) for k in touched if k != i and k not in rules and len(ink[k]) > 1]
        known.update({k: _path(ink[k]).points for k in near if k not in known})
        return [known[k] for k in near]

    found: list[Drawing | None] = [None] * len(strokes)
    for i, path in paths.items():
        if _scribble(path):
            found[i] = "scribble"
        elif _round(path) and _around(path, ink, boxes):
            found[i] = "closed shape"
        elif _even(path) and not (path.level and _crossbar(path, beside(i))):
            found[i] = "line"
        elif _arrow(path):
            found[i] = "arrow"
        elif i in rules and _ruled(path, beside(i)):
            found[i] = "line"
    for i in _sides(lines, {i for i in lines if found[i] == "line"}):
        found[i] = found[i] or "line"
    small = {int(i): ink[i] for i in np.flatnonzero(extents <= HEAD) if len(ink[i]) > 1}
    shafts = [i for i, path in paths.items() if found[i] == "line" or (found[i] is None and _shaft(path))]
    for i in shafts:
        heads = _heads(paths[i], {k: stroke for k, stroke in small.items() if k != i}, boxes)
        for k in [i, *heads] if heads else []:
            found[k] = "arrow"
    return found


def _path(stroke: Array) -> _Path:
    """A stroke (k, 2) at equal steps of about ``STEP``."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])
    at = np.linspace(0, along[-1], int(np.clip(along[-1] / STEP + 0.5, 4, MOST_STEPS)) + 1)
    return _Path(np.column_stack([np.interp(at, along, column) for column in stroke.T]))


def _scribble(path: _Path) -> bool:
    """Whether a stroke goes to and fro over the same spot."""
    if path.length < SCRIBBLE or path.length < DENSE * (_area(path.points) + 1):
        return False
    width = float(np.ptp(path.points[:, 0]))
    return not path.tall and len(half_waves([path.points[:, ::-1]], PASS * width)) >= PASSES


def _round(path: _Path) -> bool:
    """Whether a stroke goes round once, and is large."""
    greater, lesser = path.extents
    if np.hypot(*path.chord) > OPEN * greater or not any(greater >= a and lesser >= b for a, b in AROUND):
        return False
    turn, once = float(np.abs(path.turns).sum()), abs(float(path.turns.sum()))
    return abs(once - 2 * np.pi) <= ONE_ROUND and turn - once <= TO_AND_FRO


def _around(path: _Path, ink: Sequence[Array], boxes: Array) -> bool:
    """Whether a round stroke has others in it, or is too large for a letter; ``boxes`` (n, 4) are those of all."""
    low, high = path.points.min(axis=0), path.points.max(axis=0)
    within = np.flatnonzero((boxes[:, :2] > low).all(axis=1) & (boxes[:, 2:] < high).all(axis=1))
    inside = sum(np.hypot(*np.diff(ink[int(k)], axis=0).T).sum() for k in within)
    return bool(inside >= INK_INSIDE or (path.extents >= EMPTY).all())


def _even(path: _Path) -> bool:
    """Whether a stroke is a long line or an even curve."""
    turn = float(np.abs(path.turns).sum())
    return any(
        path.length >= least and turn <= most * path.length for least, most in (EVEN_TALL if path.tall else EVEN)
    )


def _crossbar(path: _Path, beside: Sequence[Array]) -> bool:
    """Whether a level line may be the bar of a t or a capital: over the middle of the ink that it passes."""
    away = np.concatenate([_below(path, points)[1] for points in beside] or [np.zeros(0)])
    return path.length <= LONGEST_CROSSBAR and len(away) > 0 and float(np.median(away)) >= CROSSBAR


def _area(points: Array) -> float:
    """Of the convex hull."""
    try:
        return float(ConvexHull(points).volume)
    except QhullError:
        return 0.0


def _ruled(path: _Path, beside: Sequence[Array]) -> bool:
    """Whether a straight, level stroke lies under or goes through writing, points (k, 2)."""
    if abs(path.chord[1]) > LEVEL * abs(path.chord[0]) or not beside:
        return False
    passed = [_below(path, points) for points in beside]
    x, away = (np.concatenate(both) for both in zip(*passed, strict=True))
    above, below = ((sign * away >= BELOW[0]) & (sign * away <= most) for sign, most in ((-1, ABOVE), (1, BELOW[1])))
    if _share(path, x[above]) >= SHARE_ABOVE and _share(path, x[below]) <= SHARE_BELOW:
        return bool(above.sum() * STEP >= INK[0] * path.length)
    near = np.abs(away) <= BELOW[1]
    if path.length < THROUGH or near.sum() * STEP < INK[1] * path.length:
        return False
    # What is struck out is struck from its first stroke to its last; a crossbar leaves the rest of its word.
    crossed = [(one[1], points) for one, points in zip(passed, beside, strict=True) if (np.abs(one[1]) <= NEAR).any()]
    whole = sum(len(points) for _, points in crossed)
    sides = [_share(path, x[near & (sign * away >= CLEAR)]) for sign in (-1, 1)]
    return bool(
        min(sides) >= SHARE_BOTH
        and abs(float(np.median(away[near]))) < CROSSBAR
        and sum(len(inside) for inside, _ in crossed) >= STRUCK * whole
    )


def _below(path: _Path, points: Array) -> tuple[Array, Array]:
    """x of those points that lie over or under a level path, and how far below it they lie."""
    left, right = np.sort(path.points[[0, -1], 0])
    points = points[(points[:, 0] >= left) & (points[:, 0] <= right)]
    order = np.argsort(path.points[:, 0], kind="stable")
    return points[:, 0], points[:, 1] - np.interp(points[:, 0], *path.points[order].T)


def _share(path: _Path, x: Array) -> float:
    """Share of the pieces of a level path that have ink at ``x``."""
    left, right = np.sort(path.points[[0, -1], 0])
    count = max(round((right - left) / PIECE), 1)
    return len(np.unique(((x - left) / (right - left) * count).astype(np.int64))) / count


def _sides(lines: dict[int, _Path], drawn: set[int]) -> set[int]:
    """Straight strokes that are ``drawn``, meet two that are, or close a figure together."""
    if len(lines) > MOST_LINES:
        return drawn
    found, left = set(drawn), dict(lines)
    while gone := [i for i, path in left.items() if not all(_near(end, path, left) for end in path.points[[0, -1]])]:
        for i in gone:
            del left[i]
    long = [path for path in left.values() if path.length >= LONGEST_SIDE]
    found |= {i for i, path in left.items() if any(path is one or len(_meetings(path, [one])) for one in long)}
    while True:
        new = set()
        for i in set(lines) - found:
            places = _meetings(lines[i], [lines[k] for k in found])
            new |= {i} if len(places) and np.ptp(places) >= SPAN else set()
        if not new:
            return found
        found |= new


def _near(end: Array, path: _Path, lines: dict[int, _Path]) -> bool:
    """Whether the end of a path lies near another of the lines that runs otherwise."""
    return any(_apart(path, one) and np.hypot(*(one.points - end).T).min() <= NEAR for one in lines.values())


def _meetings(path: _Path, lines: Sequence[_Path]) -> Array:
    """How far along a path it comes near each of the lines that it meets at an angle, writing heights."""
    places = []
    for one in lines:
        if _apart(path, one):
            away = cdist(path.points, one.points)
            if away.min() <= NEAR:
                places.append(int(np.argmin(away.min(axis=1))) * STEP)
    return np.array(places)


def _apart(path: _Path, other: _Path) -> bool:
    """Whether two straight paths run at an angle."""
    turn = np.array([path.chord, other.chord]) @ np.array([1, 1j])
    return bool(np.abs(np.sin(np.angle(turn[0] * turn[1].conj()))) >= np.sin(ANGLE))


def _shaft(path: _Path) -> bool:
    """Whether a stroke is straight and long enough for the shaft of an arrow."""
    return path.straight and path.length >= (TALL_SHAFT if path.tall else SHAFT)


def _heads(path: _Path, small: dict[int, Array], boxes: Array) -> list[int]:
    """Strokes that make the head of an arrow at either end of a path: one with two straight legs, or two straight ones.

    ``small`` : strokes of which heads are made, by their number. ``boxes`` (n, 4) of all strokes.
    """
    found: list[int] = []
    for end, before in ((path.points[-1], path.points[-BEFORE]), (path.points[0], path.points[BEFORE - 1])):
        turn = _ahead(end - before)
        near = (boxes[:, :2] <= end + OFF).all(axis=1) & (boxes[:, 2:] >= end - OFF).all(axis=1)
        sides: dict[bool, list[int]] = {True: [], False: []}
        for k in [int(k) for k in np.flatnonzero(near) if int(k) in small]:
            legs = _legs((small[k] - end) @ turn)
            if len(legs) == 2 and legs[0] != legs[1]:
                found.append(k)
            elif len(legs) == 1:
                sides[legs[0]].append(k)
        if all(sides.values()):
            found += [*sides[True], *sides[False]]
    return found


def _ahead(way: Array) -> Array:
    """Matrix (2, 2) that turns points so that x runs along a way (2,)."""
    ahead = way / max(float(np.hypot(*way)), 1e-9)
    return np.column_stack([ahead, [-ahead[1], ahead[0]]])


def _legs(stroke: Array) -> list[bool]:
    """On which sides the straight legs of a stroke (k, 2) lie that sweep back from the origin, x ahead."""
    points = _path(stroke).points
    tip = int(points[:, 0].argmax())
    if np.hypot(*points[tip]) > OFF:
        return []
    legs = [leg for leg in (points[: tip + 1], points[tip:]) if np.ptp(leg, axis=0).max() >= BACK]
    ends = [(leg[0] if leg[0, 0] < leg[-1, 0] else leg[-1]) - points[tip] for leg in legs]
    swept = all(-x >= max(BACK, SWEEP * abs(y)) and abs(y) >= ASIDE for x, y in ends)
    return [bool(y > 0) for _, y in ends] if swept and all(_Path(leg).straight for leg in legs) else []


def _arrow(path: _Path) -> bool:
    """Whether a stroke is a shaft with a head at its end."""
    away = np.hypot(*(path.points - path.points[0]).T)
    # The pen may come back to the tip between the legs of the head.
    first = int((away >= away.max() - NEAR / 2).argmax())
    tip = first + int(away[first : first + BEFORE // 2].argmax())
    shaft = _Path(path.points[: tip + 1])
    if tip < BEFORE or len(away) - tip < BEFORE or not _shaft(shaft):
        return False
    head = (path.points[tip:] - path.points[tip]) @ _ahead(shaft.points[-1] - shaft.points[-BEFORE])
    back, aside = -head[:, 0], head[:, 1]
    return bool(
        np.ptp(head, axis=0).max() <= min(HEAD, shaft.length / 2)
        and back.max() >= BACK
        and min(aside.max(), -aside.min()) >= 2 * ASIDE
        and (np.abs(aside) * SWEEP <= back + BACK).all()
        and _Path(head[: min(aside.argmax(), aside.argmin()) + 1]).straight
    )
