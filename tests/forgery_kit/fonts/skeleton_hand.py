"""A hand for tests that needs no network: letters of the synthetic writer's skeletons, three of each."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.interpolate import CubicSpline

from datasets.letter_skeletons import ALPHABET, skeleton
from forgery_kit.fonts.glyphs import HandFont
from forgery_kit.fonts.hand_font import assembled
from forgery_kit.fonts.letters import Letter
from forgery_kit.fonts.spacing import Spacing
from gan.writing.alphabet import CHARACTERS

#: Letters that end in a tail to the right, and those that can follow it.
TAILS, BEGIN = set("adhiklmntu"), set("acdegimnopqrsuvwxyz")


def letter(character: str, seed: int) -> Letter:
    """A letter with points moved a little by a seed."""
    random = np.random.default_rng((seed, ord(character)))
    strokes = [_smooth(points + random.normal(0, 0.02, points.shape)) for points in skeleton(character)]
    left = min(float(stroke[:, 0].min()) for stroke in strokes)
    strokes = [stroke - np.array([left, 0.0]) for stroke in strokes]
    tail = len(strokes) - 1 if character in TAILS - set("it") else None
    return Letter(character, tuple(strokes), 0.9, 0 if character in BEGIN and seed == 1 else None, tail)


def _smooth(points: np.ndarray) -> np.ndarray:
    """A smooth stroke through control points, with as many points as a pen leaves."""
    if len(points) < 3:
        return np.linspace(points[0], points[-1], 8)
    return CubicSpline(np.arange(len(points)), points)(np.linspace(0, len(points) - 1, 8 * len(points)))


@lru_cache(maxsize=1)
def skeleton_font() -> HandFont:
    """The font of all characters that have a skeleton."""
    letters = {c: [letter(c, seed) for seed in range(3)] for c in CHARACTERS if c in ALPHABET and c != " "}
    return assembled(letters, Spacing(0.3, {}, 1.2), 1.0, "Generated Skeleton 7", {"style": "skeleton", "seed": "7"})
