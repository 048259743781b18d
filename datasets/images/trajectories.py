"""Chars74K's pen trajectories (de Campos, Babu & Varma 2009) drawn as images like those of MNIST.

{character: drawings, one a person in the same order, each a list of strokes of [x, y]}, y down, as JSON packed by xz.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.limits import MAX_COORDINATE, MAX_TRAJECTORY_BYTES

#: Side of an image and of the box that the character fills, in pixels (MNIST's), and the width of the pen.
SIDE, BOX, PEN = 28, 20.0, 2.4
#: Middles of the pixels (SIDE², 2), x and y, row by row.
PIXELS = np.stack(np.meshgrid(*[np.arange(SIDE, dtype=np.float32) + 0.5] * 2), axis=-1).reshape(-1, 2)

Strokes = list[NDArray[np.float64]]


def read_trajectories(path: Path) -> dict[str, list[Strokes]]:
    """Character → drawings, as many of each, one a person in the same order.

    Raises UnreadableFileError where the file is missing or not of that form, HostileFileError where it is too large.
    """
    try:
        with lzma.open(path) as stream:
            data = stream.read(MAX_TRAJECTORY_BYTES + 1)
        if len(data) > MAX_TRAJECTORY_BYTES:
            raise HostileFileError(str(path), f"it unpacks to more than {MAX_TRAJECTORY_BYTES:,} bytes.")
        found = {
            str(character): [_drawing(strokes) for strokes in drawings]
            for character, drawings in json.loads(data).items()
        }
    except (OSError, EOFError, lzma.LZMAError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableFileError(str(path), f"these are no trajectories of characters ({error!s:.100}).") from error
    if any(len(character) != 1 for character in found) or len({len(drawings) for drawings in found.values()}) != 1:
        raise UnreadableFileError(str(path), "it does not hold as many drawings of each character.")
    return found


def _drawing(strokes: Sequence[object]) -> Strokes:
    if not strokes:
        raise ValueError("a drawing has no stroke")
    return [_stroke(stroke) for stroke in strokes]


def _stroke(points: object) -> NDArray[np.float64]:
    stroke = np.array(points, dtype=np.float64)
    if stroke.ndim != 2 or stroke.shape[1] != 2 or not (np.abs(stroke) <= MAX_COORDINATE).all():
        raise ValueError("a stroke is a list of [x, y]")
    return stroke


def draw(strokes: Strokes) -> NDArray[np.uint8]:
    """The strokes as an image (SIDE, SIDE), ink 255 on 0, their longer side ``BOX`` pixels, in the middle.

    A pixel's darkness is the part of it that the line covers, taken from its distance to the nearest segment.
    """
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = BOX / max(float((high - low).max()), 1e-9)
    starts, ends = [], []
    for stroke in strokes:
        placed = ((stroke - (low + high) / 2) * scale + SIDE / 2).astype(np.float32)
        # Points that lie within half a pixel's way of those before them draw nothing of their own.
        way = np.append(0, np.cumsum(np.hypot(*np.diff(placed, axis=0).T)))
        placed = placed[np.union1d(np.unique((2 * way).astype(int), return_index=True)[1], [len(placed) - 1])]
        starts.append(placed[:-1] if len(placed) > 1 else placed)
        ends.append(placed[1:] if len(placed) > 1 else placed)
    (x, y), (dx, dy) = np.concatenate(starts).T, (np.concatenate(ends) - np.concatenate(starts)).T
    # Apart in x and y: NumPy is slow at sums over an axis of two.
    right, down = PIXELS[:, :1] - x, PIXELS[:, 1:] - y
    along = np.clip((right * dx + down * dy) / np.maximum(dx * dx + dy * dy, 1e-9), 0, 1)
    distance = np.sqrt(((right - along * dx) ** 2 + (down - along * dy) ** 2).min(axis=1))
    return np.round(255 * np.clip(PEN / 2 + 0.5 - distance, 0, 1)).astype(np.uint8).reshape(SIDE, SIDE)


def varied(strokes: Strokes, generator: np.random.Generator) -> Strokes:
    """The strokes turned, sheared, stretched and bent a little, as another hand might have drawn them."""
    points = np.concatenate(strokes)
    middle, size = points.mean(axis=0), max(float(np.ptp(points, axis=0).max()), 1e-9)
    angle, shear = generator.normal(0, 0.1), generator.normal(0, 0.15)
    stretch = np.exp(generator.normal(0, 0.12))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[stretch, 0], [shear, 1]])
    # A bend: each coordinate is pushed by a slow wave over the plane.
    waves, phases = generator.normal(0, 2.5, (2, 2)), generator.uniform(0, 2 * np.pi, 2)
    return [
        ((place := (stroke - middle) / size) @ matrix + 0.04 * np.sin(place @ waves.T + phases)) * size
        for stroke in strokes
    ]
