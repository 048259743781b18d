"""The rows of a gallery that score highest against a side: a shortlist by the embedding, then exact scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from datasets.errors import VerificationError
from forgery_kit.gallery.entry import lifted
from forgery_kit.gallery.index import LEAST_ROWS, Index, load_index
from forgery_kit.gallery.inner_product import scan, scan_letters
from forgery_kit.gallery.layout import DAMAGED
from forgery_kit.gallery.stored import Gallery
from forgery_kit.likelihood.back_end import score_pairs
from forgery_kit.likelihood.judge import Judge
from forgery_kit.likelihood.plda import Array, within_variance

#: Rows whose letters are looked at, too; of a gallery of no more, all. Then so many get exact scores.
SHORTLIST, EXACT = 1000, 50
How = Literal["all rows", "scan", "index"]


@dataclass(frozen=True, eq=False)
class Ranked:
    """Rows (k,) by falling score, their scores (k,), and how the shortlist came about."""

    rows: NDArray[np.int64]
    scores: Array
    how: How


def index_of(gallery: Gallery, judge: Judge) -> Index | None:
    """The gallery's index, where it has rows enough for one and one that fits."""
    if len(gallery) < LEAST_ROWS:
        return None
    return load_index(gallery, judge.reference.back_end[False].plda.between)


def ranked(gallery: Gallery, judge: Judge, vector: Array, steps: int, wanted: int, index: Index | None) -> Ranked:
    """The ``wanted`` rows that score highest against a vector (d + letters,) of so many feature steps, without time.

    Scores are the back end's, letters included, of all rows where there are ``SHORTLIST`` at most; else of those whose
    embeddings score highest.

    Raises VerificationError where a row is no number.
    """
    rows, how = _shortlist(gallery, judge, vector, steps, max(wanted, SHORTLIST), index)
    near = near_scores(gallery, judge, vector, steps, rows)
    rows = rows[_highest(near, max(wanted, EXACT))]
    scores = exact_scores(gallery, judge, vector, steps, rows)
    order = np.lexsort((rows, -scores))[:wanted]
    return Ranked(rows[order], scores[order], how)


def _highest(scores: NDArray[Any], count: int) -> NDArray[np.int64]:
    """Places of the so many highest, in no order; what is no number counts as highest, so that it is looked at."""
    if count >= len(scores):
        return np.arange(len(scores))
    return np.argpartition(np.where(np.isfinite(scores), -scores, -np.inf), count - 1)[:count]


def near_scores(
    gallery: Gallery, judge: Judge, vector: Array, steps: int, rows: NDArray[np.int64]
) -> NDArray[np.float32]:
    """``exact_scores``, nearly, in a tenth of the time."""
    back_end = judge.reference.back_end[False]
    embedding, held = back_end.split(vector)
    found, within = gallery.rows[rows], float(within_variance(steps))
    question = back_end.plda.transform(embedding)[0]
    scores = scan(back_end.plda.between, question, within, found["vector"], found["steps"])
    if back_end.letters is None:
        return scores
    weight = back_end.weight(steps, found["steps"])
    # With much ink on both sides letters count for nothing.
    some = np.flatnonzero(weight > 0)
    if len(some):
        letters = gallery.letters[rows[some]]
        scores[some] += weight[some] * scan_letters(back_end.letters, held[0], steps, letters, found["steps"][some])
    return scores


def exact_scores(gallery: Gallery, judge: Judge, vector: Array, steps: int, rows: NDArray[np.int64]) -> Array:
    """The back end's scores (n,) of a vector (d + letters,) against rows (n,)."""
    found = gallery.rows[rows]
    vectors = lifted(found["vector"], gallery.letters[rows], judge)
    sides = np.broadcast_to(vector, (len(rows), len(vector))), np.full(len(rows), steps)
    scores = score_pairs(judge.reference.back_end[False], sides[0], sides[1], vectors, found["steps"])
    if not np.isfinite(scores).all():
        row = rows[~np.isfinite(scores)][0]
        raise VerificationError(str(gallery.place), f"row {row} holds what is no number.", DAMAGED)
    return scores


def _shortlist(
    gallery: Gallery, judge: Judge, vector: Array, steps: int, wanted: int, index: Index | None
) -> tuple[NDArray[np.int64], How]:
    count = len(gallery)
    if count <= wanted:
        return np.arange(count), "all rows"
    plda, within = judge.reference.back_end[False].plda, float(within_variance(steps))
    question = judge.reference.back_end[False].transform(vector)[0]
    start = index.count if index else 0
    found, scores = np.zeros(0, np.int64), np.zeros(0)
    if index:
        found, scores = index.search(plda.between, question, within, wanted)
    behind = gallery.rows[start:]
    found = np.concatenate([found, np.arange(start, count)])
    scores = np.concatenate([scores, scan(plda.between, question, within, behind["vector"], behind["steps"])])
    return found[_highest(scores, wanted)], "index" if index else "scan"
