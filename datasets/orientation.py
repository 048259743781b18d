"""How ink stands, told from the ink alone: upright, turned, mirrored, upside down, or run backwards.

A conditional logit over nine ways of standing: one fixed weight for each of ``shape.shape_figures``, measured on the
ink as it would be after each way is undone; the way with the greatest sum is the likeliest. What it sees is what an eye
sees: writing runs rightwards and line after line downwards, ovals run counter-clockwise, downstrokes are straight, long
and parallel, bows join at the foot. Weights stand in ``orientation.json``; ``benchmarks.ink.orientation`` makes them
and says how often they are right.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from datasets.shape import PenPath, figures_turned, shape_figures

Way = Literal[
    "upright",
    "turned by 90° to the left",
    "upside down",
    "turned by 90° to the right",
    "mirrored left to right",
    "with x and y exchanged and turned by 180°",
    "mirrored top to bottom",
    "with x and y exchanged",
    "backwards",
]
#: Way of standing → (factor, mirrored first, backwards) of ``figures_turned`` that undoes it.
UNDO: dict[Way, tuple[complex, bool, bool]] = {
    "upright": (1, False, False),
    "turned by 90° to the left": (1j, False, False),
    "upside down": (-1, False, False),
    "turned by 90° to the right": (-1j, False, False),
    "mirrored left to right": (1, True, False),
    "with x and y exchanged and turned by 180°": (1j, True, False),
    "mirrored top to bottom": (-1, True, False),
    "with x and y exchanged": (-1j, True, False),
    "backwards": (1, False, True),
}
#: Evidence grows as the root of the ink, in units of ``UNIT_STEPS`` steps, up to ``MOST_STEPS``: more ink of one hand
#: is more of the same.
UNIT_STEPS, MOST_STEPS = 100, 2000
#: Less ink than this (steps of a fifth of a height: a short word) is not judged.
FEWEST_STEPS = 40
#: Natural-log odds by which another way must lead upright before it is said at all.
DOUBT = 5.0
#: and from which it is certain: of some 25,000 right exhibits of both corpora one leads by more.
CERTAIN = 12.0
#: Ways that a script running from right to left, or a hand that writes in a mirror, stands in by itself.
RIGHT_TO_LEFT: tuple[Way, ...] = ("mirrored left to right", "backwards")
WEIGHTS = Path(__file__).with_suffix(".json")


def standing(path: PenPath) -> tuple[Way, bool]:
    """The likeliest way that ink stands, and whether it is certain.

    ("upright", False) where no other way leads by ``DOUBT`` or there is little ink. A way is certain where it leads
    upright by ``CERTAIN``, and those of ``RIGHT_TO_LEFT`` too; these never are: the script may be such a one.
    """
    if len(path.steps) < FEWEST_STEPS:
        return "upright", False
    found = dict(zip(UNDO, log_odds(path, weights()).tolist(), strict=True))
    best = max(found, key=lambda way: found[way])
    if found[best] < DOUBT:
        return "upright", False
    rivals = max(found[way] for way in ("upright", *RIGHT_TO_LEFT))
    return best, found[best] - rivals >= CERTAIN


def log_odds(path: PenPath, weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Natural-log odds (9,) of each way of ``UNDO`` against upright."""
    figures = shape_figures(path)
    sums = np.array([figures_turned(figures, *undo) @ weight for undo in UNDO.values()])
    return (sums - sums[0]) * amount_factor(len(path.steps))


def amount_factor(steps: int) -> float:
    """What so many steps count: the root of their number in ``UNIT_STEPS``, up to ``MOST_STEPS``."""
    return float(np.sqrt(min(steps, MOST_STEPS) / UNIT_STEPS))


@lru_cache(maxsize=1)
def weights() -> NDArray[np.float64]:
    """The fixed weights, one for each of the shape figures."""
    return np.array(json.loads(WEIGHTS.read_text(encoding="utf-8"))["weights"])
