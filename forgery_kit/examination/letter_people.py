"""A letter among people: who of the reference writes it like this, and where its score lies among theirs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from forgery_kit.likelihood.calibrations import Kind
from forgery_kit.likelihood.judge import Judge
from forgery_kit.likelihood.letters import LEAST_TIMES
from forgery_kit.likelihood.metrics import Array
from forgery_kit.likelihood.pairs import exhibits_of
from reports.letters.findings import LetterPlace

#: Least people who are stated as a population of a letter.
LEAST_WRITERS = 20
#: Quantiles of letter scores that are kept.
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, eq=False)
class LetterScores:
    """Natural-log LRs (n, l) of each letter in pairs of reference people, NaN where a side lacks it, and whether a pair
    is of one writer (n,), and that writer or the first of both (n,)."""

    scores: Array
    same: NDArray[np.bool_]
    writer: NDArray[np.int64]

    def place(self, letter: int, score: float) -> LetterPlace | None:
        """Where a score of the letter lies; None with fewer than ``LEAST_WRITERS`` people on either kind of pair."""
        found = self.scores[:, letter]
        rows = [np.flatnonzero(np.isfinite(found) & (self.same == flag)) for flag in (True, False)]
        writers = [len(np.unique(self.writer[of])) for of in rows]
        if min(writers) < LEAST_WRITERS:
            return None
        same, different = (found[of] for of in rows)
        return LetterPlace(
            same=_quantiles(same),
            different=_quantiles(different),
            same_below=round(float((same < score).mean()), 4),
            different_below=round(float((different < score).mean()), 4),
            writers=writers[0],
        )


def letter_scores(judge: Judge, levels: tuple[int, int], kind: Kind) -> LetterScores:
    """The letters of pairs of reference people, both of one donor, at amounts of at most these (feature steps).

    Amounts are lowered until enough people have so much ink. For other occasions the pairs are of two occasions.
    """
    while True:
        found: LetterScores = judge.once(f"letter scores {levels} {kind}", partial(_pairs, judge, levels, kind))
        if len(np.unique(found.writer[found.same])) >= LEAST_WRITERS or max(levels) <= 60:
            return found
        levels = (min(levels[0], max(levels) // 2), max(levels) // 2)


def _pairs(judge: Judge, levels: tuple[int, int], kind: Kind) -> LetterScores:
    reference, with_time = judge.reference, kind == "timed"
    firsts, seconds, same, writer = [], [], [], []
    before = 0
    for chunks in (reference.two_devices, reference.apart) if kind == "other" else (reference.chunks,):
        sides = exhibits_of(chunks, levels, with_time, seed=1)
        people = [key for key, (one, _) in sides.items() if len(one)]
        occasion = min(chunks.donor, default=0)
        for w, donor in people:
            for v, other in people:
                # Of two occasions: the one under the first donor, the other under another; else both under one.
                if (donor != occasion or other == occasion) if kind == "other" else other != donor:
                    continue
                one, two = sides[w, donor][0], sides[v, other][1]
                kept = min(len(one), len(two)) if v == w else 1
                firsts.append(one[:kept])
                seconds.append(two[:kept])
                same += [v == w] * kept
                writer += [before + w] * kept
        before += len(chunks.writers)
    back_end = reference.back_end[with_time]
    letters = back_end.letters
    if letters is None or not firsts:
        return LetterScores(np.zeros((0, 0)), np.zeros(0, bool), np.zeros(0, np.int64))
    a, b = (back_end.split(np.concatenate(side))[1] for side in (firsts, seconds))
    scores = letters.by_letter(a, levels[0], b, levels[1])
    lacking = (letters.counts(a, levels[0]) == 0) | (letters.counts(b, levels[1]) == 0)
    return LetterScores(np.where(lacking, np.nan, scores), np.array(same, bool), np.array(writer, np.int64))


def _quantiles(values: Array) -> tuple[float, float, float, float, float]:
    a, b, c, d, e = (round(float(v), 3) for v in np.quantile(values, QUANTILES))
    return a, b, c, d, e


def forms_like(
    judge: Judge, vector: Array, steps: float, with_time: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Reference people whose letters are like those of a side's ``vector`` (d,), and those who wrote them at all, (l,).

    Like: the letter alone, all their ink against the side's, would speak for one writer (a score above 0). Written at
    all: ``LEAST_TIMES`` times.
    """
    back_end = judge.reference.back_end[with_time]
    letters = back_end.letters
    if letters is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    held, amounts = judge.once(f"letters of people {with_time}", lambda: _of_people(judge, with_time))
    mine = back_end.split(vector)[1]
    scores = letters.by_letter(np.repeat(mine, len(held), axis=0), steps, held, amounts)
    wrote = letters.counts(held, amounts) >= LEAST_TIMES - 0.5
    return (wrote & (scores > 0)).sum(axis=0), wrote.sum(axis=0)


def _of_people(judge: Judge, with_time: bool) -> tuple[Array, Array]:
    """Letters (n, width) of each reference person, all the longest chunks of his together, and their feature steps."""
    chunks = judge.reference.chunks
    usable = chunks.with_time == with_time
    held, amounts = [], []
    for writer in np.unique(chunks.writer[usable]):
        own = usable & (chunks.writer == writer)
        own &= chunks.steps == chunks.steps[own].max()
        mean = chunks.vectors[own].astype(np.float64).mean(axis=0)
        held.append(judge.reference.back_end[with_time].split(mean)[1][0])
        amounts.append(float(chunks.steps[own].sum()))
    return np.array(held), np.array(amounts)
