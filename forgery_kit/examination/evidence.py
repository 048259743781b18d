"""Where two exhibits differ and agree: what each piece of ink contributes to the score, by leaving it out.

Ink is cut into pieces of whole strokes. A piece's contribution is the score with all ink minus the score without
the piece: occlusion, so it is what the picture says it is, and ``Faithfulness`` checks it with several pieces at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.features import STEPS_PER_HEIGHT, Trace, features_with_positions
from gan.judging.style import WINDOW, encoder
from reports.findings import Faithfulness

#: Least ink of a piece in writing heights, and the largest number of pieces of one side.
PIECE_HEIGHTS, MAX_PIECES = 8.0, 40
#: Share of the ink that the faithfulness test leaves out, and how many sets of other ink it draws.
SHARE, OTHER_DRAWS = 0.2, 5

Score = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True)
class Evidence:
    """Contributions to the score of one side's pieces.

    Attributes
    ----------
    contribution : (p,) score with all ink minus score without the piece; positive speaks for H1.
    amount : (p,) ink of each piece in writing heights.
    pieces : (p,) of (trace index, strokes of that trace).
    vectors : (p, d) embedding of each piece alone, to find its nearest counterpart.
    strokes : per trace, (s,) contribution per writing height of the piece each stroke belongs to.
    owners : per trace, (s,) the number of that piece.
    faithfulness : None where there are too few pieces to test.
    """

    contribution: NDArray[np.float64]
    amount: NDArray[np.float64]
    pieces: tuple[tuple[int, NDArray[np.int64]], ...]
    vectors: NDArray[np.float64]
    strokes: tuple[NDArray[np.float64], ...]
    owners: tuple[NDArray[np.int64], ...]
    faithfulness: Faithfulness | None


def evidence(ink: Sequence[Trace], with_time: bool, score: Score, seed: int = 1) -> Evidence:
    """Contributions of the pieces of one side.

    Parameters
    ----------
    score : embeddings (n, d) of this side → scores (n,) against the other side, which stays as it is.
    """
    from gan.judging.discriminator import embed_windows, windows

    features, owner, amounts, pieces = _pieces(ink, with_time)
    network = encoder()
    parts = windows(features, WINDOW)
    owners = np.split(owner, np.cumsum([len(p) for p in parts])[:-1])
    whole = embed_windows(network, parts, WINDOW).astype(np.float64)
    total = np.array([len(p) for p in parts], float)

    def without(sets: Sequence[NDArray[np.int64]]) -> NDArray[np.float64]:
        """Embeddings (len(sets), d) of the side without each set of pieces."""
        jobs = [(i, w) for i, chosen in enumerate(sets) for w in range(len(parts)) if np.isin(owners[w], chosen).any()]
        kept = [~np.isin(owners[w], sets[i]) for i, w in jobs]
        rest = [_seamless(parts[w], k) for (_, w), k in zip(jobs, kept, strict=True)]
        rest_vectors = embed_windows(network, [r if len(r) else features[:1] for r in rest], WINDOW)
        weights = np.repeat(total[None], len(sets), axis=0)
        sums = np.repeat((total @ whole)[None], len(sets), axis=0)
        for (i, w), vector, remaining in zip(jobs, rest_vectors, rest, strict=True):
            sums[i] += len(remaining) * vector.astype(np.float64) - total[w] * whole[w]
            weights[i, w] = len(remaining)
        return sums / np.maximum(weights.sum(axis=1), 1)[:, None]

    base = score((total @ whole / total.sum())[None])[0]
    count = len(pieces)
    contribution = (
        base - score(without([np.array([i]) for i in range(count)])) if count > 1 else np.zeros(count, np.float64)
    )
    density = contribution / np.maximum(amounts, 1.0)
    alone = embed_windows(network, [features[owner == i][:WINDOW] for i in range(count)], WINDOW).astype(np.float64)
    of_strokes = [np.zeros(len(one.starts), np.int64) for one in ink]
    for number, (which, members) in enumerate(pieces):
        of_strokes[which][members] = number
    return Evidence(
        contribution,
        amounts,
        pieces,
        alone,
        tuple(density[own] for own in of_strokes),
        tuple(of_strokes),
        _faithfulness(contribution, amounts, without, score, base, seed),
    )


def _pieces(
    ink: Sequence[Trace], with_time: bool
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float64], tuple[tuple[int, NDArray[np.int64]], ...]]:
    """Features, the piece that each step belongs to, the ink of each piece, and its (trace, strokes)."""
    sequences, step_strokes = [], []
    for one in ink:
        features, positions = features_with_positions(one, with_time)
        sequences.append(features)
        step_strokes.append(np.searchsorted(one.starts, positions, "right") - 1)
    steps = sum(len(s) for s in sequences)
    least = max(PIECE_HEIGHTS * STEPS_PER_HEIGHT, steps / MAX_PIECES)
    pieces: list[tuple[int, NDArray[np.int64]]] = []
    owners, sizes = [], []
    for index, strokes in enumerate(step_strokes):
        lengths = np.bincount(strokes, minlength=len(ink[index].starts))
        of_stroke = (np.cumsum(lengths) - lengths) // least
        of_stroke = np.unique(of_stroke, return_inverse=True)[1]
        owners.append(of_stroke[strokes] + len(pieces))
        for number in range(of_stroke.max() + 1):
            members = np.flatnonzero(of_stroke == number)
            pieces.append((index, members))
            sizes.append(lengths[members].sum() / STEPS_PER_HEIGHT)
    return np.concatenate(sequences), np.concatenate(owners), np.array(sizes), tuple(pieces)


def _seamless(features: NDArray[np.float32], keep: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The steps that are kept; where something was left out before one, its jump counts as unknown."""
    rest = features[keep].copy()
    after_gap = np.concatenate([[False], ~keep[:-1]])[keep]
    rest[after_gap, 2] = 1
    rest[after_gap, 3:5] = 0
    rest[after_gap, 5] = 1
    return rest


def _faithfulness(
    contribution: NDArray[np.float64],
    amounts: NDArray[np.float64],
    without: Callable[[Sequence[NDArray[np.int64]]], NDArray[np.float64]],
    score: Score,
    base: float,
    seed: int,
) -> Faithfulness | None:
    """Leave out the strongest fifth of the ink, then as much other ink, and compare what it does to the score."""
    if len(contribution) < 6:
        return None
    direction = 1.0 if contribution.sum() >= 0 else -1.0
    order = np.argsort(-direction * contribution / np.maximum(amounts, 1.0))
    wanted = SHARE * amounts.sum()
    strongest = order[: max(int(np.searchsorted(np.cumsum(amounts[order]), wanted)), 1)]
    others = np.setdiff1d(order, strongest)
    generator = np.random.default_rng(seed)
    sets: list[Any] = [strongest]
    for _ in range(OTHER_DRAWS):
        shuffled = generator.permutation(others)
        sets.append(shuffled[: max(int(np.searchsorted(np.cumsum(amounts[shuffled]), wanted)), 1)])
    change = np.abs(base - score(without(sets)))
    return Faithfulness(
        share=float(amounts[strongest].sum() / amounts.sum()),
        strongest=float(change[0]),
        other=float(change[1:].mean()),
    )
