"""Drawings put among writing by code: rules, frames, arrows, tables, as a hand that is not quite steady makes them.

Each maker takes a random generator and the place of some words, and returns strokes (k, 2); all in writing heights,
y down.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Strokes = list[Array]
Random = np.random.Generator
#: How far the legs of a stroke are bent: spread of each of three waves, as a share of the leg.
BENT = 0.004
#: How far lines of a leg are bent: spread of each of three waves, a share of the leg.
#: Left, top, right, bottom and middle of words.
Place = tuple[float, float, float, float, float]


def hand(random: Random, corners: Sequence[Sequence[float]], rounded: float = 0.0) -> Array:
    """A stroke through corners (n, 2): points 0.05 to 0.2 apart, bent by a share of its legs, with tremor; the corners
    ``rounded`` over so much of the path."""
    corner = np.asarray(corners, float) + random.normal(0, 0.08, (len(corners), 2))
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(corner, axis=0).T))])
    step = random.uniform(0.05, 0.2)
    at = np.linspace(0, along[-1], max(int(along[-1] / step), 3) + 1)
    points = np.column_stack([np.interp(at, along, column) for column in corner.T])
    wide = max(int(rounded / step), 1)
    padded = np.pad(points, ((wide // 2, wide - 1 - wide // 2), (0, 0)), mode="edge")
    points = np.column_stack([np.convolve(column, np.full(wide, 1 / wide), "valid") for column in padded.T])
    # Bent as a leg of the path is, not as the whole of it.
    leg = along[-1] / (len(corner) - 1)
    phase = np.outer(at / along[-1], [1.0, 2.0, 3.0]) * 2 * np.pi
    bent = np.sin(phase + random.uniform(0, 2 * np.pi, 3)) @ random.normal(0, BENT * leg, (3, 2))
    return points + bent + random.normal(0, 0.02, points.shape)


def underline(random: Random, place: Place) -> Strokes:
    """A line under words, now and then two."""
    left, _, right, bottom, _ = place
    slope, below = random.normal(0, 0.02), random.uniform(0.1, 0.7)
    found = []
    for number in range(1 + (random.random() < 0.2)):
        y = bottom + below + 0.4 * number
        a, b = left + random.normal(0, 0.4), right + random.normal(0, 0.4)
        found.append(hand(random, [[a, y], [b, y + slope * (b - a)]]))
    return found


def struck(random: Random, place: Place) -> Strokes:
    """A line through words."""
    left, _, right, _, middle = place
    y = middle + random.normal(0, 0.12, 2)
    return [hand(random, [[left - random.uniform(0, 0.6), y[0]], [right + random.uniform(0, 0.6), y[1]]])]


def box(random: Random, place: Place) -> Strokes:
    """A frame around words, in one stroke or in four or two."""
    left, top, right, bottom = np.array(place[:4]) + random.uniform(0.3, 1.2, 4) * [-1, -1, 1, 1]
    corners = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]
    way = random.random()
    if way < 0.6:
        return [hand(random, corners, random.uniform(0, 0.5))]
    if way < 0.8:
        return [hand(random, corners[a : a + 2]) for a in range(4)]
    return [hand(random, corners[:3]), hand(random, [corners[0], corners[3], corners[2]])]


def oval(random: Random, place: Place) -> Strokes:
    """An oval around words."""
    left, top, right, bottom, _ = place
    turn = np.linspace(0, 2 * np.pi * random.uniform(0.95, 1.08), 40) + random.uniform(0, 2 * np.pi)
    wide, high = (right - left) / 2 * 1.15 + 0.5, (bottom - top) / 2 * 1.25 + 0.5
    return [
        hand(
            random,
            np.column_stack([(left + right) / 2 + wide * np.cos(turn), (top + bottom) / 2 + high * np.sin(turn)]),
        )
    ]


def arrow(random: Random, place: Place) -> Strokes:
    """An arrow from words to somewhere, bent a little; its head in one stroke, in two, or in that of the shaft."""
    left, top, right, bottom, _ = place
    start = np.array([random.choice([left, right]), random.uniform(top, bottom)])
    angle, long = random.uniform(0, 2 * np.pi), random.uniform(5, 20)
    tip = start + long * np.array([np.cos(angle), np.sin(angle)])
    middle = (start + tip) / 2 + random.normal(0, 0.04 * long, 2)
    barb = random.uniform(0.6, 1.6)
    legs = [
        tip - barb * np.array([np.cos(angle + a), np.sin(angle + a)])
        for a in (random.uniform(0.3, 0.8), -random.uniform(0.3, 0.8))
    ]
    way = random.random()
    curve = np.array([start, middle, tip])
    s = np.linspace(0, 1, 12)[:, None]
    shaft = (1 - s) ** 2 * curve[0] + 2 * s * (1 - s) * curve[1] + s**2 * curve[2]
    if way < 0.45:
        return [hand(random, shaft), hand(random, [legs[0], tip, legs[1]])]
    if way < 0.7:
        return [hand(random, shaft), hand(random, [tip, legs[0]]), hand(random, [tip, legs[1]])]
    return [hand(random, [*shaft, legs[0], tip, legs[1]])]


def table(random: Random, place: Place) -> Strokes:
    """A grid of lines that run over their crossings a little, with or without a frame."""
    left, top = place[:2]
    columns, rows = int(random.integers(2, 6)), int(random.integers(2, 7))
    x = left + np.concatenate([[0], np.cumsum(random.uniform(5, 14, columns))])
    y = top + np.arange(rows + 1) * random.uniform(3, 5)
    if random.random() < 0.5:
        x, y = x[1:-1] if columns > 2 else x, y[1:-1] if rows > 2 else y
    ends = [(x[0] - random.uniform(0, 6), x[-1] + random.uniform(0, 6)), (y[0] - 3, y[-1] + 3)]
    level = [
        hand(random, [[ends[0][0] + random.normal(0, 0.4), v], [ends[0][1] + random.normal(0, 0.4), v]]) for v in y
    ]
    tall = [hand(random, [[v, ends[1][0] + random.normal(0, 0.4)], [v, ends[1][1] + random.normal(0, 0.4)]]) for v in x]
    return level + tall


def scratched(random: Random, place: Place) -> Strokes:
    """Words made unreadable by going over them to and fro."""
    left, top, right, bottom, _ = place
    high = bottom - top
    if random.random() < 0.5:
        count = int(random.integers(6, 14))
        corners = [[left if k % 2 else right, bottom - random.uniform(0.1, 0.9) * high] for k in range(count)]
    else:
        passes = int(random.integers(2, 4))
        x = np.concatenate(
            [
                np.linspace(
                    *((left, right) if k % 2 else (right, left)), int((right - left) / random.uniform(0.2, 0.5)) + 4
                )
                for k in range(passes)
            ]
        )
        corners = [[v, (top if k % 2 else bottom) + random.normal(0, 0.15)] for k, v in enumerate(x)]
    return [hand(random, corners, 0.1)]


MAKERS: tuple[Callable[[Random, Place], Strokes], ...] = (underline, struck, box, oval, arrow, table, scratched)
