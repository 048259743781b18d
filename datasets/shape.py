"""What ink looks like to somebody who cannot read: directions, turns, lifts, in units of its own size.

The figures are counts over the pen's path, so neither the rate, the resolution nor the size of the recording enters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.height import writing_height
from datasets.sample import Sample

#: Steps per unit of size.
STEPS_PER_UNIT = 5
#: Most steps that are looked at: about two pages. Of more ink, the beginning.
MOST_STEPS = 12_000
#: Directions that are told apart; their middles lie on the axes and between them.
DIRECTIONS = 16
#: Lifts of the pen shorter than the first (within a letter or to the next), than the second (to the next word), longer.
JUMP_CLASSES = (1.0, 5.0)


@dataclass(frozen=True)
class PenPath:
    """Pen-down ink as steps of equal length; complex numbers are x + iy in units of size, y down.

    Attributes
    ----------
    steps : (n,) complex unit vectors. owner : (n,) number of the stroke of each step.
    jumps : (k,) complex, from the end of a stroke to the start of the next one of the same sample.
    moves : (s,) complex, from the start to the end of each stroke.
    """

    steps: NDArray[np.complex128]
    owner: NDArray[np.int64]
    jumps: NDArray[np.complex128]
    moves: NDArray[np.complex128]


def size(strokes: Sequence[NDArray[np.float64]], height: float | None = None) -> float:
    """Mean of the writing heights that ink (strokes (k, >= 2)) has upright and on its side, in device units.

    ``height`` is the upright one, where it is known. Raises ValueError where the ink has none.
    """
    height = writing_height(strokes) if height is None else height
    return (height + writing_height([stroke[:, 1::-1] for stroke in strokes])) / 2


def pen_path(samples: Sequence[Sample], unit: float | None = None) -> PenPath:
    """The path of samples that share a scale, in units of ``unit`` (device units), or of ``size`` without one.

    Raises ValueError where there is no ``unit`` and the ink has no extent in y or in x.
    """
    strokes, fresh = [], []
    for sample in samples:
        mine = [stroke[:, :2] for stroke in sample.ink.strokes()]
        strokes += mine
        fresh += [number == 0 for number in range(len(mine))]
    unit = size(strokes) if unit is None else unit
    lengths = [len(stroke) for stroke in strokes]
    points = np.concatenate(strokes) / unit
    z = points[:, 0] + 1j * points[:, 1]
    ends = np.cumsum(lengths) - 1
    starts = np.append(0, ends[:-1] + 1)
    leg = np.abs(np.diff(z, prepend=z[:1]))
    leg[starts] = 0
    along = np.cumsum(leg)
    length = along[ends] - along[starts]
    count = np.rint(length * STEPS_PER_UNIT).astype(np.int64)
    keep = int(np.searchsorted(np.cumsum(count), MOST_STEPS)) + 1
    count, starts, ends, length = count[:keep], starts[:keep], ends[:keep], length[:keep]
    before = np.cumsum(count) - count
    owner = np.repeat(np.arange(len(count)), np.minimum(count, MOST_STEPS - before))
    number = np.arange(len(owner)) - before[owner]
    size_of = np.divide(length, count, out=np.zeros(len(count)), where=count > 0)[owner]
    # Strokes lie one unit apart on the scale, so that nothing is interpolated from one to the next.
    knots = along + np.repeat(np.arange(len(lengths)), lengths)
    begin = along[starts][owner] + owner + number * size_of
    places = np.stack([begin, np.minimum(begin + size_of, knots[ends][owner])])
    at = np.interp(places, knots, z.real) + 1j * np.interp(places, knots, z.imag)
    steps = at[1] - at[0]
    steps /= np.maximum(np.abs(steps), 1e-9)
    jumps = z[starts[1:]] - z[ends[:-1]]
    return PenPath(steps, owner, jumps[~np.array(fresh)[1:keep]], z[ends] - z[starts])


def shape_figures(path: PenPath) -> NDArray[np.float64]:
    """Shares (112,) that tell one way of standing from another.

    In this order: steps by direction (16); turning of the pen by the direction it turns at, clockwise and counter
    (2 × 16); lifts by direction and length (3 × 16), each a share of all; strokes by their direction from start to end
    (16).
    """
    steps, move = path.steps, path.moves[np.abs(path.moves) > 0.3]
    inside = path.owner[1:] == path.owner[:-1]
    turn = np.angle(steps[1:] * steps[:-1].conj())[inside]
    middle = (steps[1:] + steps[:-1])[inside]
    far = np.digitize(np.abs(path.jumps), JUMP_CLASSES)
    parts = [
        _by_direction(steps, np.ones(len(steps))) / max(len(steps), 1),
        *(_by_direction(middle, np.maximum(sign * turn, 0)) / max(len(steps), 1) for sign in (1, -1)),
        *(_by_direction(path.jumps, far == length) / max(len(far), 1) for length in range(len(JUMP_CLASSES) + 1)),
        _by_direction(move, np.ones(len(move))) / max(len(move), 1),
    ]
    return np.concatenate(parts)


def figures_turned(figures: NDArray[np.float64], turn: complex, mirrored: bool, backwards: bool) -> NDArray[np.float64]:
    """``shape_figures`` (112,) of ink otherwise, from those that it has as it stands.

    Mirrored left to right (if so), then multiplied by ``turn`` (1, 1j, -1 or -1j), then run backwards (if so).
    """
    parts = figures.reshape(-1, DIRECTIONS)
    if mirrored:
        parts = parts[:, (DIRECTIONS // 2 - np.arange(DIRECTIONS)) % DIRECTIONS]
    quarters = int(np.rint(np.angle(turn) / (np.pi / 2))) + (2 if backwards else 0)
    parts = np.roll(parts, quarters * DIRECTIONS // 4, axis=1)
    if mirrored != backwards:
        # What turned clockwise turns counter.
        parts = parts[[0, 2, 1, *range(3, len(parts))]]
    return parts.ravel()


def _by_direction(values: NDArray[np.complex128], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of the weights by direction, 0 = right, then clockwise as seen (y down)."""
    number = np.rint(np.angle(values) * DIRECTIONS / (2 * np.pi)).astype(np.int64) % DIRECTIONS
    return np.bincount(number, weights, DIRECTIONS).astype(np.float64)


def width_to_height(path: PenPath) -> float:
    """Natural log of the way that the pen goes aside over the way that it goes up and down; NaN without both."""
    aside, along = np.abs(path.steps.real).sum(), np.abs(path.steps.imag).sum()
    return float(np.log(aside / along)) if aside > 0 and along > 0 else float("nan")
