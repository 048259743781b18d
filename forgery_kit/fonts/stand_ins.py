"""Characters that a hand lacks: plain shapes of ours, as large, as wide and as steep as the hand's letters.

They are no ink of that hand, and the font says which they are. Shapes are as in ``datasets.letter_skeletons``, which
has those that are not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from datasets.letter_skeletons import ALPHABET, control_points, skeleton
from forgery_kit.fonts.letters import Letter
from gan.writing.alphabet import CHARACTERS

Array = NDArray[np.float64]
_TEXT = {
    "Q": ".5,1.75 .1,1.3 .1,.45 .48,0 .9,.45 .9,1.3 .48,1.75 | .55,.5 1,-.15",
    "X": ".05,1.75 .88,0 | .85,1.75 .02,0",
    "Z": ".08,1.72 .85,1.72 | .85,1.72 .05,.03 | .05,.03 .9,.03",
    "0": ".48,1.75 .12,1.3 .12,.45 .48,0 .82,.45 .82,1.3 .48,1.75",
    "1": ".12,1.35 .4,1.75 | .4,1.75 .4,0",
    "2": ".1,1.4 .4,1.75 .75,1.4 .5,.7 .08,.02 | .08,.02 .8,.02",
    "3": ".1,1.55 .45,1.75 .7,1.35 .35,.95 | .35,.95 .78,.5 .45,0 .05,.25",
    "4": ".55,1.75 .05,.6 | .05,.6 .85,.6 | .62,1.1 .6,0",
    "5": ".75,1.72 .2,1.72 | .2,1.72 .14,1 | .14,1 .5,1.1 .78,.55 .45,0 .05,.2",
    "6": ".7,1.7 .3,1.2 .1,.5 .42,0 .75,.4 .45,.85 .13,.5",
    "7": ".08,1.72 .8,1.72 | .8,1.72 .45,.8 .3,0",
    "8": ".7,1.5 .4,1.75 .15,1.4 .45,.95 .75,.4 .42,0 .1,.4 .4,.92 .7,1.5",
    "9": ".7,1.3 .4,.85 .12,1.3 .42,1.75 .72,1.35 .68,.6 .5,0",
    "!": ".12,1.8 .1,.55 | .1,.06 .12,0",
    '"': ".08,1.85 .06,1.5 | .3,1.85 .28,1.5",
    "#": ".35,1.6 .2,.1 | .72,1.6 .57,.1 | .05,1.15 .95,1.15 | 0,.55 .9,.55",
    "%": ".85,1.75 .1,0 | .22,1.7 .05,1.4 .22,1.1 .4,1.4 .22,1.7 | .75,.65 .58,.33 .75,0 .92,.33 .75,.65",
    "&": ".95,.1 .4,1.05 .25,1.45 .5,1.75 .7,1.4 .12,.55 .25,.05 .6,.1 .92,.7",
    "(": ".4,1.9 .12,1.2 .12,.4 .4,-.3",
    ")": ".05,1.9 .33,1.2 .33,.4 .05,-.3",
    "*": ".35,1.75 .35,1.05 | .08,1.6 .62,1.2 | .62,1.6 .08,1.2",
    "+": ".4,1.2 .4,.3 | .02,.75 .78,.75",
    "/": ".7,1.85 .05,-.1",
    ":": ".1,.75 .12,.7 | .1,.06 .12,0",
    ";": ".1,.75 .12,.7 | .14,.06 .12,-.08 .04,-.24",
    "[": ".5,1.9 .12,1.9 | .12,1.9 .12,-.3 | .12,-.3 .5,-.3",
    "]": ".05,1.9 .43,1.9 | .43,1.9 .43,-.3 | .43,-.3 .05,-.3",
}
#: Height of capitals and digits in these shapes, small letters being 1 high.
CAPITAL = 1.75
#: Points of a stroke between two control points.
DENSE = 8
#: Movement counts for the slant where it goes down at least so much more than sideways; bounds of the slant (dx a dy).
STEEP, SLANTS = 1.0, (-0.6, 1.0)
#: Bounds of how much wider than these shapes a hand is; the width from which a shape counts for it.
WIDTHS, NARROW = (0.5, 2.0), 0.4


def stand_ins(letters: Mapping[str, Sequence[Letter]], x_height: float) -> dict[str, list[Letter]]:
    """A shape for each of the generator's characters that is not among the letters; ``x_height`` in writing heights."""
    ours = [(c, letter) for c, own in letters.items() if c in ALPHABET for letter in own]
    slant = slant_of([stroke for own in letters.values() for letter in own for stroke in letter.strokes])
    tops = [max(float(s[:, 1].max()) for s in letter.strokes) for c, letter in ours if c.isupper()]
    capital = max(float(np.median(tops)), 1.2 * x_height) if tops else CAPITAL * x_height
    # An I or an l has hardly a width that could be compared.
    wider = [
        np.ptp(_level(letter.strokes, slant)) / own
        for c, letter in ours
        if c.isalpha() and (own := np.ptp(_level(shape(c), 0.0))) > NARROW
    ]
    width = float(np.clip(np.median(wider), *WIDTHS)) if wider else x_height
    lacking = [c for c in CHARACTERS if c != " " and c not in letters]
    return {c: [_set(c, width, slant, x_height, capital)] for c in lacking}


def shape(character: str) -> list[Array]:
    """Strokes (k, 2) of a character's plain shape, y up, small letters 1 high."""
    return [
        _smooth(points) for points in (control_points(_TEXT[character]) if character in _TEXT else skeleton(character))
    ]


def slant_of(strokes: Sequence[Array]) -> float:
    """How far letters lean to the right as they rise (dx a dy): the median of what goes down, by its length."""
    steps = np.concatenate([np.diff(stroke, axis=0) for stroke in strokes])
    down = steps[-steps[:, 1] > STEEP * np.abs(steps[:, 0])]
    if len(down) == 0:
        return 0.0
    lean, length = down[:, 0] / down[:, 1], np.hypot(*down.T)
    order = np.argsort(lean)
    middle = order[int(np.searchsorted(np.cumsum(length[order]), length.sum() / 2))]
    return float(np.clip(lean[middle], *SLANTS))


def _set(character: str, width: float, slant: float, x_height: float, capital: float) -> Letter:
    placed = []
    for stroke in shape(character):
        above = np.maximum(stroke[:, 1] - 1, 0) / (CAPITAL - 1)
        y = np.minimum(stroke[:, 1], 1) * x_height + above * (capital - x_height)
        placed.append(np.column_stack([stroke[:, 0] * width + slant * y, y]))
    left = min(float(stroke[:, 0].min()) for stroke in placed)
    return Letter(character, tuple(stroke - np.array([left, 0.0]) for stroke in placed), 0.0, None, None)


def _level(strokes: Sequence[Array], slant: float) -> Array:
    """All x (n,) of strokes set upright."""
    return np.concatenate([stroke[:, 0] - slant * stroke[:, 1] for stroke in strokes])


def _smooth(points: Array) -> Array:
    if len(points) < 3:
        return np.linspace(points[0], points[-1], DENSE)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    places = np.linspace(0, along[-1], DENSE * len(points))
    return np.asarray(CubicSpline(along, points, bc_type="natural")(places))
