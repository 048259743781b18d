"""All calibrations that are made of a reference: for pairs of amounts of ink, occasions, channels and devices.

They are made when the reference is built, lie in its file, and so have its hash; nothing is calibrated in a case.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from forgery_kit.likelihood.amounts import LEVELS, level_of, neighbours
from forgery_kit.likelihood.calibration import Calibrated, Calibrator, TooFewWritersError, mixed
from forgery_kit.likelihood.metrics import Array
from reports.performance import Growth, Performance
from reports.saved import build

#: Both sides of one sitting: like devices with time, like devices without time, unlike devices (without time). Then
#: other occasions, on like or unlike devices (without time).
Kind = Literal["timed", "untimed", "unlike", "other"]
KINDS: tuple[Kind, ...] = ("timed", "untimed", "unlike", "other")
PREFIX = "calibrations/"


@dataclass(frozen=True, eq=False)
class Calibrations:
    """A calibrator for every kind and pair of ``LEVELS``; between them they are mixed.

    Attributes
    ----------
    lines, elub : (kinds, L, L, 1 + k, 2), as in ``Calibrator``; symmetric in the two amounts. Where too few people have
        so much ink they are those of the next smaller amount that has them.
    n_writers : (kinds, L, L), 0 where a kind has no people at all.
    own : (kinds, L, L), whether the amounts have people enough themselves.
    texts : figures and growths as JSON text by name, read when asked for.
    """

    lines: Array
    elub: Array
    n_writers: NDArray[np.int64]
    own: NDArray[np.bool_]
    texts: dict[str, str]

    def node(self, kind: Kind, i: int, j: int) -> Calibrator:
        """The calibrator at the i-th and j-th level. Raises TooFewWritersError where the kind has no people."""
        place = KINDS.index(kind), i, j
        if not self.n_writers[place]:
            raise TooFewWritersError(f"no calibration for {kind} ink: too few people")
        return Calibrator(self.lines[place], self.elub[place], int(self.n_writers[place]))

    def at(self, kind: Kind, steps_a: float, steps_b: float) -> tuple[Calibrator, bool]:
        """The calibrator for these amounts of ink, and whether there is none for so much and that of less was taken."""
        corners = [(int(below), float(share)) for below, share in zip(*neighbours([steps_a, steps_b]), strict=True)]
        (i, p), (j, q) = corners
        parts = [
            (self.node(kind, i + di, j + dj), weight_i * weight_j)
            for di, weight_i in ((0, 1 - p), (1, p))
            for dj, weight_j in ((0, 1 - q), (1, q))
            if weight_i * weight_j > 0
        ]
        nearest = (LEVELS.index(level_of(steps_a)), LEVELS.index(level_of(steps_b)))
        lowered = max(steps_a, steps_b) > 1.5 * LEVELS[-1] or not self.own[KINDS.index(kind), *nearest]
        return mixed([part for part, _ in parts], [share for _, share in parts]), bool(lowered)

    def of_pairs(self, kind: Kind, score: Array, steps_a: Array, steps_b: Array, rows: NDArray[np.bool_]) -> Calibrated:
        """The LRs of pairs with their scores and amounts of ink (n,), each exactly as in a case of these amounts.

        ``rows`` are the pairs whose redraws are kept.
        """
        place = KINDS.index(kind)
        (i, p), (j, q) = neighbours(steps_a), neighbours(steps_b)
        corners = [
            (i + di, j + dj, weight_i * weight_j)
            for di, weight_i in ((0, 1 - p), (1, p))
            for dj, weight_j in ((0, 1 - q), (1, q))
        ]
        fewest = np.min(
            [np.where(w > 0, self.n_writers[place, a, b], np.iinfo(np.int64).max) for a, b, w in corners], axis=0
        )
        if not fewest.all():
            raise TooFewWritersError(f"no calibration for {kind} ink: too few people")
        limit = np.log10(fewest)

        def drawn(k: int, of: NDArray[np.bool_]) -> tuple[Array, Array, Array]:
            line, ends = (
                sum(w[of, None] * table[place, a[of], b[of], k] for a, b, w in corners)
                for table in (self.lines, self.elub)
            )
            ends = np.clip(ends, -limit[of, None], limit[of, None])
            return line[:, 0] + line[:, 1] * score[of], ends[:, 0], ends[:, 1]

        unbounded, low, high = drawn(0, np.ones(len(score), bool))
        draws = [np.clip(*drawn(k, rows)).astype(np.float32) for k in range(1, self.lines.shape[3])]
        return Calibrated(unbounded, low, high, np.stack(draws))

    def figures(self, kind: Kind, steps_a: float, steps_b: float) -> Performance:
        """Figures at the nearest calibrated amounts, both writers of a pair left out; lesser amount first.

        Raises TooFewWritersError where a kind has too few people for any.
        """
        low, high = sorted(level_of(steps) for steps in (steps_a, steps_b))
        while (text := self.texts.get(name_of(kind, low, high))) is None:
            smaller = [level for level in LEVELS if level < high]
            if not smaller:
                raise TooFewWritersError(f"no figures for {kind} ink: too few people")
            low, high = sorted((min(low, smaller[-1]), smaller[-1]))
        return build(Performance, json.loads(text), "figures")

    def growth(self, kind: Kind, steps_questioned: float, steps_known: float) -> Growth | None:
        """Mean bounded log10 LR under H1 and H2 for this questioned amount, from the known ink that there is upwards.

        None where there is no greater amount of known writing with people enough.
        """
        text = self.texts.get(f"growth-{kind}-{level_of(steps_questioned)}")
        if text is None:
            return None
        found = build(Growth, json.loads(text), "growth")
        more = [k for k, amount in enumerate(found.amounts) if amount > steps_known * 1.1]
        if not more:
            return None
        here = np.log(max(steps_known, found.amounts[0]))
        first = [float(np.interp(here, np.log(found.amounts), values)) for values in (found.h1, found.h2)]
        return Growth(
            (float(steps_known), *(found.amounts[k] for k in more)),
            (first[0], *(found.h1[k] for k in more)),
            (first[1], *(found.h2[k] for k in more)),
        )


def name_of(kind: Kind, low: int, high: int) -> str:
    """Name of the figures of a pair of levels."""
    return f"figures-{kind}-{low}-{high}"


def as_text(found: Performance | Growth) -> str:
    """JSON of figures as ``Calibrations.texts`` holds them."""
    return json.dumps(asdict(found), separators=(",", ":"))


def to_arrays(made: Calibrations) -> dict[str, NDArray[Any]]:
    """For safetensors, beside the reference they were made of."""
    packed = zlib.compress(json.dumps(made.texts, sort_keys=True).encode(), 9)
    return {
        PREFIX + "lines": made.lines.astype(np.float32),
        PREFIX + "elub": made.elub.astype(np.float32),
        PREFIX + "n_writers": made.n_writers.astype(np.int32),
        PREFIX + "own": made.own.astype(np.uint8),
        PREFIX + "texts": np.frombuffer(packed, np.uint8),
    }


def from_arrays(arrays: dict[str, NDArray[Any]], people: int) -> Calibrations:
    """What ``to_arrays`` wrote, checked. Raises ValueError where it cannot have been made of ``people`` writers."""
    try:
        lines, elub, n_writers, own, packed = (
            arrays[PREFIX + name] for name in ("lines", "elub", "n_writers", "own", "texts")
        )
    except KeyError as error:
        raise ValueError(f"{error} is missing") from error
    grid = (len(KINDS), len(LEVELS), len(LEVELS))
    if not lines.shape == elub.shape == (*grid, lines.shape[3], 2) or not n_writers.shape == own.shape == grid:
        raise ValueError("the calibrations are for other amounts of ink")
    made = Calibrations(
        lines.astype(np.float64),
        elub.astype(np.float64),
        n_writers.astype(np.int64),
        own.astype(bool),
        json.loads(zlib.decompress(packed.tobytes())),
    )
    used = made.n_writers > 0
    if not (np.isfinite(made.lines).all() and np.isfinite(made.elub).all() and (made.lines[..., 1] >= 0).all()):
        raise ValueError("a calibration is not finite, or falls with the score")
    if made.n_writers.min() < 0 or made.n_writers.max() > people:
        raise ValueError("a calibration claims more writers than there are")
    limit = np.log10(np.maximum(made.n_writers, 1))[..., None] + 1e-6
    if (np.abs(made.elub[used]) > limit[used][..., None]).any():
        raise ValueError("a bound goes beyond its number of writers")
    if (made.elub[..., 0] > 0).any() or (made.elub[..., 1] < 0).any():
        raise ValueError("a bound is on the wrong side of LR 1")
    return made
