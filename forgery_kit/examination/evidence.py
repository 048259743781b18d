"""Where two exhibits differ and agree: what each piece of ink contributes to the score, by leaving it out.

Ink is cut into pieces of whole strokes. A piece's contribution is the score with all ink minus the score without
the piece: occlusion, so it is what the picture says it is. One way of cutting says little, since other cuts and other
windows of the network give other values: every stroke has the mean over ``CUTS`` ways, and is certain only where that
mean is larger than the deviation between them. ``Faithfulness`` checks the picture with several pieces at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gan.features import STEPS_PER_HEIGHT, Trace, features_with_positions
from gan.judging.style import WINDOW
from reports.findings import Faithfulness

#: Least ink of a piece in writing heights, and the largest number of pieces of one side, about.
PIECE_HEIGHTS, MAX_PIECES = 8.0, 40
#: Ways of cutting; fewer, but no less than the second, where all of them would have more windows than the third.
CUTS, FEWEST_CUTS, MOST_WINDOWS = 8, 3, 1000
#: How far each way of cutting is shifted against the one before, as shares of a piece and of a window: irrational, so
#: that no two fall together.
SHIFT_OF_PIECES, SHIFT_OF_WINDOWS = 0.6180339887, 0.4142135624
#: A contribution is certain where it is larger than so many deviations between the ways of cutting.
CERTAIN = 1.0
#: Share of the ink that the occlusion test leaves out, how often it draws as much at random, and the least number of
#: pieces: of ten, two are left out, and each pair of them is one draw in 45.
SHARE, RANDOM_DRAWS, TESTED_PIECES = 0.2, 40, 10
SEED = 1

Embed = Callable[[Sequence[NDArray[np.float32]]], NDArray[np.float64]]
Score = Callable[[NDArray[np.float64]], NDArray[np.float64]]
Read = Callable[[NDArray[np.float32]], NDArray[np.float32]]


@dataclass(frozen=True)
class Evidence:
    """Contributions to the score of one side's pieces and strokes.

    Attributes
    ----------
    density : (p,) contribution per writing height of each piece of the first way of cutting; positive speaks for H1.
    certain : (p,) bool, whether it is larger than the deviation between the ways of cutting.
    pieces : (p,) of (trace index, strokes of that trace).
    vectors : (p, d) embedding of each piece alone, to find its nearest counterpart.
    strokes : per trace, (s,) contribution per writing height at each stroke.
    sure : per trace, (s,) bool, the same of the strokes.
    owners : per trace, (s,) the number of the piece that each stroke belongs to.
    faithfulness : None where there are too few pieces to test.
    """

    density: NDArray[np.float64]
    certain: NDArray[np.bool_]
    pieces: tuple[tuple[int, NDArray[np.int64]], ...]
    vectors: NDArray[np.float64]
    strokes: tuple[NDArray[np.float64], ...]
    sure: tuple[NDArray[np.bool_], ...]
    owners: tuple[NDArray[np.int64], ...]
    faithfulness: Faithfulness | None


@dataclass(frozen=True)
class _Steps:
    """Features (n, f) of all traces one after another, the stroke of each step (n,), counted through all traces; for
    each stroke its steps and its trace (s,)."""

    features: NDArray[np.float32]
    stroke: NDArray[np.int64]
    lengths: NDArray[np.int64]
    trace: NDArray[np.int64]


@dataclass(frozen=True)
class _Cut:
    """One way of cutting: the piece of each stroke (s,), and the steps at which the network's windows end."""

    piece: NDArray[np.int64]
    window_ends: NDArray[np.int64]

    @property
    def count(self) -> int:
        return int(self.piece.max()) + 1


@dataclass(frozen=True)
class _Without:
    """Whole windows, and what is left of some of them: without which of the ``sets``, and of which window."""

    whole: list[NDArray[np.float32]]
    rest: list[NDArray[np.float32]]
    places: list[tuple[int, int]]
    sets: int

    @property
    def windows(self) -> list[NDArray[np.float32]]:
        """All that is embedded; a window of which nothing is left counts nothing, whatever its embedding."""
        return [*self.whole, *(rest if len(rest) else self.whole[0][:1] for rest in self.rest)]


def evidence(
    ink: Sequence[Trace], with_time: bool, embed: Embed, score: Score, read: Read = lambda features: features
) -> Evidence:
    """Contributions of the pieces of one side.

    Parameters
    ----------
    embed : windows of at most ``WINDOW`` steps of ink → their vectors (n, d).
    score : vectors (n, d) of this side → scores (n,) against the other side, which stays as it is.
    read : features of all the ink → the same with what is read in them: a piece that is left out takes its letters
        with it, and does not make the rest be read otherwise.
    """
    steps = _steps(ink, with_time)
    steps = replace(steps, features=read(steps.features))
    cuts = _cuts(steps)
    first = cuts[0]
    own = first.piece[steps.stroke]
    alone = [steps.features[own == i][:WINDOW] for i in range(first.count)]
    several = [cut for cut in cuts if cut.count > 1]
    without = [_without(steps, cut, [np.array([i]) for i in range(cut.count)]) for cut in several]
    embed = _remembering(embed)
    # All together: many windows at once are embedded faster than a few at a time.
    embed([*alone, *(window for one in without for window in one.windows)])
    values = np.array(
        [_contributions(steps, cut, one, embed, score)[cut.piece] for cut, one in zip(several, without, strict=True)]
    )
    if len(values) < FEWEST_CUTS:
        values = np.zeros((FEWEST_CUTS, len(steps.lengths)))
    of_pieces = np.array([_of_pieces(one, first, steps) for one in values])
    vectors = embed(alone)
    per_trace = np.flatnonzero(np.diff(steps.trace)) + 1
    owners = np.split(first.piece, per_trace)
    density, certain = _mean_and_certain(of_pieces)
    strokes, sure = _mean_and_certain(values)
    return Evidence(
        density=density,
        certain=certain,
        pieces=tuple(
            (trace, np.flatnonzero(pieces == i)) for trace, pieces in enumerate(owners) for i in np.unique(pieces)
        ),
        vectors=vectors,
        strokes=tuple(np.split(strokes, per_trace)),
        sure=tuple(np.split(sure, per_trace)),
        owners=tuple(owners),
        # The strip of the other ways of cutting, on the first one's pieces: what is tested was not made by the test.
        faithfulness=_faithfulness(of_pieces[1:].mean(axis=0), score(vectors), steps, first, embed, score),
    )


def _steps(ink: Sequence[Trace], with_time: bool) -> _Steps:
    features, strokes, before = [], [], 0
    for one in ink:
        found, positions = features_with_positions(one, with_time)
        features.append(found)
        strokes.append(before + np.searchsorted(one.starts, positions, "right") - 1)
        before += len(one.starts)
    stroke = np.concatenate(strokes)
    trace = np.repeat(np.arange(len(ink)), [len(one.starts) for one in ink])
    return _Steps(np.concatenate(features), stroke, np.bincount(stroke, minlength=before), trace)


def _cuts(steps: _Steps) -> list[_Cut]:
    """The ways of cutting; of a side of one file the first has the windows that the score itself was made with."""
    total = len(steps.features)
    windows = -(-total // WINDOW)
    count = int(np.clip(MOST_WINDOWS // windows, FEWEST_CUTS, CUTS))
    size = max(PIECE_HEIGHTS * STEPS_PER_HEIGHT, total / MAX_PIECES)
    found = []
    for number in range(count):
        shift = number * SHIFT_OF_WINDOWS % 1
        ends = np.round(total / windows * (np.arange(windows + 1) + shift)).astype(np.int64)
        ends = np.unique(np.clip(ends, 0, total))
        found.append(_Cut(_pieces(steps, size, number * SHIFT_OF_PIECES % 1), ends[ends > 0]))
    return found


def _pieces(steps: _Steps, size: float, shift: float) -> NDArray[np.int64]:
    """The piece of each stroke (s,): about ``size`` steps each, the first ``shift`` of that, none below half of it."""
    pieces, before = [], 0
    for trace in np.unique(steps.trace):
        lengths = steps.lengths[steps.trace == trace]
        begins = np.cumsum(lengths) - lengths
        edges = np.arange(shift, lengths.sum() / size) * size
        edges = edges[(edges >= size / 2) & (edges <= lengths.sum() - size / 2)]
        piece = np.unique(np.searchsorted(edges, begins, "right"), return_inverse=True)[1]
        pieces.append(piece + before)
        before += piece.max() + 1
    return np.concatenate(pieces)


def _contributions(steps: _Steps, cut: _Cut, without: _Without, embed: Embed, score: Score) -> NDArray[np.float64]:
    """Contribution of each piece of a cut per writing height, (p,)."""
    base, left = _score_without(without, embed, score)
    amounts = np.bincount(cut.piece, steps.lengths, cut.count) / STEPS_PER_HEIGHT
    return np.asarray((base - left) / np.maximum(amounts, 1.0))


def _without(steps: _Steps, cut: _Cut, sets: Sequence[NDArray[np.int64]]) -> _Without:
    """The windows of a cut, which stay where they are, and what is left of them without each set of pieces."""
    bounds = list(pairwise([0, *cut.window_ends]))
    piece = cut.piece[steps.stroke]
    whole = [steps.features[a:b] for a, b in bounds]
    owners = [piece[a:b] for a, b in bounds]
    places = [(i, w) for i, chosen in enumerate(sets) for w in range(len(whole)) if np.isin(owners[w], chosen).any()]
    rest = [_seamless(whole[w], ~np.isin(owners[w], sets[i])) for i, w in places]
    return _Without(whole, rest, places, len(sets))


def _score_without(without: _Without, embed: Embed, score: Score) -> tuple[float, NDArray[np.float64]]:
    """The score with all ink, and the scores without each set of pieces."""
    total = np.array([len(part) for part in without.whole], float)
    whole, of_rest = np.split(embed(without.windows), [len(total)])
    weights = np.repeat(total[None], without.sets, axis=0)
    sums = np.repeat((total @ whole)[None], without.sets, axis=0)
    for (i, w), vector, remaining in zip(without.places, of_rest, without.rest, strict=True):
        sums[i] += len(remaining) * vector - total[w] * whole[w]
        weights[i, w] = len(remaining)
    scores = score(np.concatenate([(total @ whole / total.sum())[None], sums / weights.sum(axis=1)[:, None]]))
    return float(scores[0]), scores[1:]


def _remembering(embed: Embed) -> Embed:
    """The same, but each window is embedded once, however often it is asked for."""
    known: dict[bytes, NDArray[np.float64]] = {}

    def remembered(pieces: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
        keys = [hashlib.blake2b(piece.tobytes(), digest_size=16).digest() for piece in pieces]
        new = {key: piece for key, piece in zip(keys, pieces, strict=True) if key not in known}
        if new:
            known.update(zip(new, embed(list(new.values())), strict=True))
        return np.stack([known[key] for key in keys])

    return remembered


def _seamless(features: NDArray[np.float32], keep: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The steps that are kept; where something was left out before one, its jump counts as unknown."""
    rest = features[keep].copy()
    after_gap = np.concatenate([[False], ~keep[:-1]])[keep]
    rest[after_gap, 2] = 1
    rest[after_gap, 3:5] = 0
    rest[after_gap, 5] = 1
    return rest


def _of_pieces(strokes: NDArray[np.float64], cut: _Cut, steps: _Steps) -> NDArray[np.float64]:
    """Mean over the ink of each piece (p,) of values of strokes (s,)."""
    amounts = np.bincount(cut.piece, steps.lengths, cut.count)
    return np.asarray(np.bincount(cut.piece, steps.lengths * strokes, cut.count) / np.maximum(amounts, 1))


def _mean_and_certain(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Mean (n,) of values (cuts, n), and where it is larger than ``CERTAIN`` deviations between the cuts."""
    mean = values.mean(axis=0)
    return mean, np.abs(mean) > CERTAIN * values.std(axis=0, ddof=1)


def _faithfulness(
    density: NDArray[np.float64],
    alone: NDArray[np.float64],
    steps: _Steps,
    cut: _Cut,
    embed: Embed,
    score: Score,
) -> Faithfulness | None:
    """Leave out the pieces with the strongest density, as many at random, and those that score most by themselves.

    ``density`` and ``alone`` (p,) are the contributions to be tested and the score of each piece by itself.
    """
    if cut.count < TESTED_PIECES:
        return None
    amounts = np.bincount(cut.piece, steps.lengths, cut.count)
    toward = 1.0 if amounts @ density >= 0 else -1.0
    wanted = SHARE * amounts.sum()

    def taken(order: NDArray[np.int64]) -> NDArray[np.int64]:
        """The first pieces of an order whose ink comes nearest to the share that is left out."""
        return order[: max(int(np.argmin(np.abs(np.cumsum(amounts[order]) - wanted))) + 1, 1)]

    generator = np.random.default_rng(SEED)
    strongest = taken(np.argsort(-toward * density))
    sets = [strongest, taken(np.argsort(-toward * alone))]
    sets += [taken(generator.permutation(cut.count)) for _ in range(RANDOM_DRAWS)]
    base, left = _score_without(_without(steps, cut, sets), embed, score)
    change = toward * (base - left)
    low, high = np.quantile(change[2:], [0.05, 0.95])
    return Faithfulness(
        share=float(amounts[strongest].sum() / amounts.sum()),
        toward="H1" if toward > 0 else "H2",
        strongest=float(change[0]),
        alone=float(change[1]),
        random=float(change[2:].mean()),
        random_low=float(low),
        random_high=float(high),
    )
