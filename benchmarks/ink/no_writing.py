"""Ink that is no writing, made by code: walks, tracks, logs of a mouse, waves, scribbles, drawings. Each maker takes a
random generator and returns strokes (k, 2)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Strokes = list[NDArray[np.float64]]
Random = np.random.Generator


def walk(random: Random) -> Strokes:
    """A random walk, more or less smooth, cut into pieces."""
    wide = np.hanning(int(random.integers(1, 40)) + 2)[1:-1]
    steps = random.normal(size=(int(random.integers(300, 3000)), 2))
    smooth = np.column_stack([np.convolve(column, wide / wide.sum(), "same") for column in steps.T])
    return np.array_split(np.cumsum(smooth, axis=0), random.integers(1, 12))


def streets(random: Random) -> Strokes:
    """A way through a town: straight runs, turns mostly by a right angle, noise of the receiver."""
    heading, headings = float(random.uniform(0, 2 * np.pi)), []
    for _ in range(random.integers(10, 80)):
        heading += float(random.choice([0, np.pi / 2, -np.pi / 2, random.normal(0, 0.6)]))
        headings.append(heading + np.cumsum(random.normal(0, 0.03, max(int(random.exponential(15)), 2))))
    angles = np.concatenate(headings)
    way = np.cumsum(5 * np.column_stack([np.cos(angles), np.sin(angles)]), axis=0)
    way += random.normal(0, random.uniform(0, 1.5), way.shape)
    return np.array_split(way, random.integers(1, 4))


def hike(random: Random) -> Strokes:
    """A way that winds, at uneven pace."""
    count = int(random.integers(300, 3000))
    angles = np.cumsum(random.normal(0, random.uniform(0.05, 0.5), count))
    return [np.cumsum(np.column_stack([np.cos(angles), np.sin(angles)]) * random.lognormal(0, 0.4, (count, 1)), axis=0)]


def track(random: Random) -> Strokes:
    """A nearly straight track in degrees of longitude and latitude."""
    count, angle = int(random.integers(100, 1500)), random.uniform(0, 2 * np.pi)
    along = np.arange(count) * random.uniform(5e-5, 5e-4)
    aside = sum(np.sin(np.arange(count) * rate) for rate in random.uniform(0.005, 0.4, 4)) * random.uniform(2e-6, 3e-4)
    c, s = np.cos(angle), np.sin(angle)
    return [np.column_stack([along * c - aside * s + 7.4, along * s + aside * c + 46.9])]


def mouse(random: Random) -> Strokes:
    """A mouse that goes from target to target, on whole pixels."""
    at, way = np.array([500.0, 400.0]), []
    for _ in range(random.integers(20, 120)):
        to = random.uniform([0, 0], [1600, 900]) if random.random() < 0.4 else at + random.normal(0, 120, 2)
        s = np.linspace(0, 1, int(random.integers(6, 40)))[:, None]
        way.append(at + (to - at) * s * s * (3 - 2 * s) + np.sin(np.pi * s) * random.normal(0, 30, 2))
        at = to
    return np.array_split(np.round(np.concatenate(way)), random.integers(1, 40))


def waves(random: Random) -> Strokes:
    """Rows of sine waves."""
    rows = []
    for _ in range(random.integers(1, 10)):
        phase = np.linspace(0, random.uniform(3, 30) * 2 * np.pi, int(random.integers(200, 900)))
        tall = random.uniform(0.7, 1.4) * np.sin(phase) + random.normal(0, 0.02, len(phase))
        rows.append(np.column_stack([phase * random.uniform(0.2, 3), tall + random.uniform(0, 20)]))
    return rows


def scribble(random: Random) -> Strokes:
    """Smooth curves to and fro, one over the other."""
    found = []
    for _ in range(random.integers(1, 6)):
        s = np.linspace(0, 1, int(random.integers(150, 800)))
        rates, phases, sizes = random.uniform(2, 20, 4), random.uniform(0, 6, (2, 4)), random.normal(size=(2, 4))
        found.append(
            np.column_stack(
                [np.sin(2 * np.pi * np.outer(s, rates) + p) @ q for p, q in zip(phases, sizes, strict=True)]
            )
        )
    return found


def shapes(random: Random) -> Strokes:
    """Boxes, ovals, lines and triangles of a sketch, by a hand that is not quite steady."""
    found = []
    for _ in range(random.integers(4, 40)):
        w, h = random.uniform(3, 25, 2)
        angle = np.linspace(0, 2 * np.pi, 60)
        corners = [
            np.array([[0, 0], [w, 0], [w, h], [0, h], [0, 0]]),
            np.column_stack([w * np.cos(angle), h * np.sin(angle)]),
            np.array([[0, 0], random.uniform(-40, 40, 2)]),
            np.array([[0, 0], [w, 0], [w / 2, h], [0, 0]]),
        ][random.integers(4)]
        drawn = _drawn(corners)
        found.append(drawn + random.uniform(0, 100, 2) + np.cumsum(random.normal(0, 0.08, drawn.shape), axis=0))
    return found


def hatching(random: Random) -> Strokes:
    """Areas shaded by a zigzag."""
    found = []
    for _ in range(random.integers(1, 6)):
        count, angle = int(random.integers(8, 40)), random.uniform(0, np.pi)
        corners = np.column_stack([np.arange(2 * count) * 0.3, np.tile([0, random.uniform(4, 15)], count)])
        corners += random.normal(0, 0.2, corners.shape)
        c, s = np.cos(angle), np.sin(angle)
        found.append(_drawn(corners) @ np.array([[c, s], [-s, c]]) + random.uniform(0, 60, 2))
    return found


def spirals(random: Random) -> Strokes:
    """Spirals, as tests of tremor ask for them."""
    found = []
    for _ in range(random.integers(1, 4)):
        angle = np.linspace(0, random.uniform(4, 15) * 2 * np.pi, 600)
        spiral = np.column_stack([angle * np.cos(angle), angle * np.sin(angle)]) * random.choice([1, -1])
        found.append(spiral + np.cumsum(random.normal(0, 0.04, (600, 2)), axis=0) + random.uniform(0, 100, 2))
    return found


def series(random: Random) -> Strokes:
    """A curve of measurements over time."""
    x = np.arange(int(random.integers(200, 1500))) * random.uniform(0.2, 2)
    if random.random() < 0.5:
        return [np.column_stack([x, np.cumsum(random.normal(size=len(x)))])]
    curve = np.sin(np.outer(x, random.uniform(0.01, 1, 5))) @ random.normal(size=5)
    return [np.column_stack([x, curve + random.normal(0, 0.2, len(x))])]


def scatter(random: Random) -> Strokes:
    """Points without any order, as of a plot or of labels."""
    count = (int(random.integers(200, 900)), 2)
    return [random.normal(size=count) if random.random() < 0.5 else random.uniform(size=count)]


def outlines(random: Random) -> Strokes:
    """Closed wobbly outlines: maps, masks, drawings."""
    angle, found = np.linspace(0, 2 * np.pi, 200), []
    for _ in range(random.integers(2, 15)):
        wobble = np.cos(np.outer(angle, np.arange(2, 9)) + random.uniform(0, 6, 7)) @ random.normal(0, 0.15, 7)
        radius = random.uniform(2, 20) * (1 + wobble)
        found.append(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]) + random.uniform(0, 60, 2))
    return found


def _drawn(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points along straight lines through corners (n, 2)."""
    at = np.linspace(0, len(corners) - 1, 12 * len(corners))
    return np.column_stack([np.interp(at, np.arange(len(corners)), column) for column in corners.T])


MAKERS: tuple[Callable[[Random], Strokes], ...] = (
    walk, streets, hike, track, mouse, waves, scribble, shapes, hatching, spirals, series, scatter, outlines,
)  # fmt: skip
