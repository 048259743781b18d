"""What kind of ink it is, told from its shape: prose, capitals, digits, a signature, mathematics, or no writing at all.

Two multinomial logits on standardised figures of the pen's path: how long strokes are, how sharply and how much the pen
turns, how even the heights are, how it gets on to the right. One knows all six kinds and says whether it is
mathematics; the other tells the rest as if there were no formulas. The coefficients stand in ``kind.json``;
``benchmarks.ink.kinds`` makes them from training people (words, formulas), signatures and ink made by code,
and says how often they are right. It reads nothing: what looks alike (single letters) gets the nearest of the six.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from datasets.height import WIGGLE, half_waves
from datasets.sample import Sample
from datasets.shape import DIRECTIONS, JUMP_CLASSES, PenPath, pen_path, shape_figures, width_to_height

Kind = Literal["prose", "capitals", "digits", "signature", "mathematics", "no writing"]
KINDS: tuple[Kind, ...] = get_args(Kind)
OTHER_KINDS = tuple(one for one in KINDS if one != "mathematics")
#: Less ink than this (steps of a fifth of a writing height) is not judged.
FEWEST_STEPS = 100
#: Probability from which ink is said to be no prose, and from which it is said to be no writing.
NO_PROSE, NO_WRITING = 0.85, 0.95
#: Probability from which ink is said to be mathematics.
MATHEMATICS = 0.75
#: Standardised figures are cut here; beyond ``HINGE`` they count a second time, since kinds differ at the far ends.
CUT, HINGE, HINGED = 4.0, 2.0, 25
#: The two models as they are named in the file.
MODELS = ("all kinds", "all but mathematics")
COEFFICIENTS = Path(__file__).with_suffix(".json")


@dataclass(frozen=True)
class KindModel:
    """Coefficients (k, f + HINGED), intercepts (k,), and middle and spread (f,) that figures are standardised by."""

    coefficients: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    middle: NDArray[np.float64]
    spread: NDArray[np.float64]


def kind(samples: Sequence[Sample], height: float) -> Kind:
    """Kind of level, upright ink of a writing height; prose where there is little ink or another kind is not sure."""
    path = pen_path(samples, height)
    if len(path.steps) < FEWEST_STEPS:
        return "prose"
    return told(kind_figures(samples, path, height), *models())


def told(figures: NDArray[np.float64], with_mathematics: KindModel, without: KindModel) -> Kind:
    """Kind by figures (f,), under the models of all kinds and of all but mathematics."""
    found = probabilities(figures, without)
    if found[-1] >= NO_WRITING:
        return "no writing"
    if probabilities(figures, with_mathematics)[KINDS.index("mathematics")] >= MATHEMATICS:
        return "mathematics"
    if found[0] <= 1 - NO_PROSE:
        return OTHER_KINDS[1 + int(np.argmax(found[1:-1]))]
    return "prose"


def kind_figures(samples: Sequence[Sample], path: PenPath, height: float) -> NDArray[np.float64]:
    """Figures (f,) of ink and its path in writing heights; the first ``HINGED`` of them are counted twice."""
    strokes = [stroke[:, :2] for sample in samples for stroke in sample.ink.strokes()]
    extent = np.ptp(np.concatenate(strokes), axis=0) / height
    lengths = np.bincount(path.owner)
    lengths = lengths[lengths > 0]
    inside = path.owner[1:] == path.owner[:-1]
    turn = np.angle(path.steps[1:] * path.steps[:-1].conj())[inside]
    bend = np.abs(turn) if len(turn) else np.zeros(1)
    rises = half_waves(strokes, WIGGLE * height)
    heights = np.log(rises / height) if len(rises) else np.zeros(1)
    low, lower, middle, upper, high = np.quantile(heights, [0.1, 0.25, 0.5, 0.75, 0.9])
    jumps = np.abs(path.jumps) if len(path.jumps) else np.zeros(1)
    shape = shape_figures(path)
    angle = np.arange(DIRECTIONS) * 2 * np.pi / DIRECTIONS
    waves = [wave(k * angle) @ shape[:DIRECTIONS] for wave in (np.cos, np.sin) for k in (1, 2, 4)]
    first = [
        100 * len(lengths) / len(path.steps),
        np.log(np.median(np.repeat(lengths, lengths))),
        np.log(lengths.max()),
        bend.mean(),
        (bend < 0.1).mean(),
        (bend > 1).mean(),
        turn.mean() if len(turn) else 0.0,
        upper - lower,
        high - middle,
        middle - low,
        np.abs(heights - middle).mean(),
        path.steps.real.mean(),
        (path.steps.real < -0.3).mean(),
        np.nan_to_num(width_to_height(path), nan=10.0),
        ((jumps > JUMP_CLASSES[0]) & (jumps <= JUMP_CLASSES[1])).mean(),
        (jumps > JUMP_CLASSES[1]).mean(),
        (path.moves.real > 0).mean(),
        *np.log(extent + 1e-3),
        *waves,
    ]
    return np.array([*first, *shape[: 3 * DIRECTIONS]])


def probabilities(figures: NDArray[np.float64], of: KindModel) -> NDArray[np.float64]:
    """Probabilities (k,) of the kinds of a model, each equally likely beforehand."""
    logits = of.coefficients @ design(figures, of.middle, of.spread) + of.intercepts
    odds = np.exp(logits - logits.max())
    found: NDArray[np.float64] = odds / odds.sum()
    return found


def design(
    figures: NDArray[np.float64], middle: NDArray[np.float64], spread: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What the coefficients multiply: figures (…, f) standardised and cut, then what goes beyond ``HINGE``."""
    values = np.clip((figures - middle) / spread, -CUT, CUT)
    return np.concatenate([values, np.maximum(np.abs(values[..., :HINGED]) - HINGE, 0)], axis=-1)


@lru_cache(maxsize=1)
def models() -> tuple[KindModel, KindModel]:
    """The fixed coefficients, of all kinds and of all but mathematics."""
    stored = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    names = ("coefficients", "intercepts", "middle", "spread")
    first, second = (KindModel(*(np.array(stored[of][name]) for name in names)) for of in MODELS)
    return first, second
