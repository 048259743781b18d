"""The validation protocol on IAM-OnDB's official test writers, who are in no other set.

Same-writer pairs are always from different forms; writers weigh equally; amounts of ink are never pooled. Likelihood
ratios come from the calibration people, exactly as in a case of this amount.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets import protocol
from datasets.corpora.iam_ondb import IamOnDb
from datasets.sample import Sample
from forgery_kit import metrics
from forgery_kit.calibration import performance
from forgery_kit.comparison import model_identity, versions
from forgery_kit.conditions import supported_condition
from forgery_kit.metrics import ScorePairs
from forgery_kit.plda import score_matrix
from forgery_kit.reference import load_reference
from gan.features import STEPS_PER_HEIGHT, Trace
from gan.style import embed_sequences, sequence, traces
from reports.findings import Rate, Validation, ValidationSection

#: A slow tablet of screen resolution: 60 points a second, 72 dots an inch at an x-height of about 2.5 mm.
COARSE_GRID = 0.14
COARSE_SECONDS = 1 / 60


@dataclass(frozen=True)
class Embedded:
    """Embeddings (n, d) of test samples with their writer and form (indices) and steps of ink."""

    vectors: NDArray[np.float64]
    writer: NDArray[np.int64]
    form: NDArray[np.int64]
    steps: NDArray[np.float64]


def evaluate(path: Path, progress: Callable[[int, int], None] | None = None, command: str = "") -> Validation:
    """Run the protocol on ``testset_f`` of the IAM-OnDB under ``path``.

    Raises MissingResourceError where the corpus is missing.
    """
    corpus = IamOnDb(path)
    samples = [s for s in corpus.samples if s.split == "testset_f" and s.writer]
    parts = protocol.iam_parts(corpus.samples)
    sections = []
    kinds = (("", True, False), (", without time", False, False), (", at 60 Hz and 72 dpi", True, True))
    for index, (suffix, with_time, coarse) in enumerate(kinds):
        lines = embed_lines(samples, with_time, coarse)
        forms = pool_forms(lines)
        if progress:
            progress(index + 1, len(kinds))
        sections.append(section(f"One line against one line{suffix}", lines, lines, forms, with_time))
        sections.append(section(f"One form against one form{suffix}", forms, forms, forms, with_time))
    return Validation(
        corpus="IAM-OnDB",
        split="testset_f",
        date=date.today().isoformat(),
        sections=tuple(sections),
        model=model_identity(),
        versions=versions(),
        settings={"split fingerprint": protocol.fingerprint(parts)},
        command=command,
        seed=1,
    )


def embed_lines(samples: list[Sample], with_time: bool = True, coarse: bool = False) -> Embedded:
    """Embeddings of single lines."""
    writers = sorted({str(s.writer) for s in samples})
    forms = sorted({str(s.form) for s in samples})
    inks = [traces([s]) for s in samples]
    if coarse:
        inks = [[_coarse(t) for t in ink] for ink in inks]
    features = [sequence(ink, with_time) for ink in inks]
    return Embedded(
        embed_sequences(features),
        np.array([writers.index(str(s.writer)) for s in samples]),
        np.array([forms.index(str(s.form)) for s in samples]),
        np.array([len(f) for f in features], float),
    )


def pool_forms(lines: Embedded) -> Embedded:
    """Forms as the mean of their lines, weighted by ink: what embedding the whole form's windows amounts to."""
    found = np.unique(lines.form)
    rows = [lines.form == f for f in found]
    return Embedded(
        np.stack([lines.steps[r] @ lines.vectors[r] / lines.steps[r].sum() for r in rows]),
        np.array([lines.writer[r][0] for r in rows]),
        found,
        np.array([lines.steps[r].sum() for r in rows]),
    )


def section(title: str, a: Embedded, b: Embedded, forms: Embedded, with_time: bool) -> ValidationSection:
    """Figures of all pairs of ``a`` against ``b`` (the same samples) from different forms, and identification."""
    at, _ = supported_condition(float(np.median(a.steps)), float(np.median(b.steps)), with_time)
    plda = load_reference().plda[with_time]
    scores = score_matrix(plda, a.vectors, a.steps, b.vectors, b.steps)
    first, second = np.triu_indices(len(scores), 1)
    keep = a.form[first] != b.form[second]
    first, second = first[keep], second[keep]
    pairs = ScorePairs(scores[first, second], a.writer[first], b.writer[second], np.zeros(len(first), np.int64))
    figures = performance(
        at.calibrator,
        thinned(pairs),
        at.calibrator.unbounded(thinned(pairs).score),
        "test writers",
        ("x", "y", "t") if with_time else ("x", "y"),
        (float(np.median(a.steps)) / STEPS_PER_HEIGHT, float(np.median(b.steps)) / STEPS_PER_HEIGHT),
        equal_donors=False,
    )
    weights = metrics.pair_weights(pairs, equal_donors=False)
    exact = metrics.eer(pairs.score, pairs.same, weights)
    figures = replace(figures, eer=replace(figures.eer, value=exact), n_same=int(pairs.same.sum()))
    figures = replace(figures, n_different=int((~pairs.same).sum()))
    bounded = np.clip(at.calibrator.unbounded(pairs.score), *at.calibrator.bounds)
    same, different = metrics.misleading_writers(pairs, bounded)
    strong = metrics.misleading_writers(pairs, bounded, 1.0)
    figures = replace(
        figures,
        misleading_same=same,
        misleading_different=different,
        strongly_misleading_same=strong[0],
        strongly_misleading_different=strong[1],
    )
    return ValidationSection(title, figures, identification(a, forms, with_time))


def identification(questioned: Embedded, forms: Embedded, with_time: bool) -> Rate:
    """Samples whose writer is found first among all test writers, enrolled with their other forms."""
    plda = load_reference().plda[with_time]
    hits = 0
    for form in np.unique(questioned.form):
        rest = forms.form != form
        names = np.unique(forms.writer[rest])
        rows = [rest & (forms.writer == w) for w in names]
        enrolled = np.stack([_mean(forms, r) for r in rows])
        steps = np.array([forms.steps[r].sum() for r in rows])
        mine = questioned.form == form
        scores = score_matrix(plda, questioned.vectors[mine], questioned.steps[mine], enrolled, steps)
        found = names[np.argmax(scores, axis=1)]
        hits += int((found == questioned.writer[mine]).sum())
    return metrics.clopper_pearson(hits, len(questioned.vectors))


def thinned(pairs: ScorePairs, at_most: int = 40_000) -> ScorePairs:
    """All same-writer pairs and every k-th different-writer pair: enough for intervals over 63 writers."""
    keep = pairs.same.copy()
    different = np.flatnonzero(~pairs.same)
    keep[different[:: max(len(different) // at_most, 1)]] = True
    return pairs.take(keep)


def _mean(forms: Embedded, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
    return forms.steps[rows] @ forms.vectors[rows] / forms.steps[rows].sum()


def _coarse(ink: Trace) -> Trace:
    """The ink as a tablet with 60 points a second and screen resolution would record it."""
    keep = np.zeros(len(ink.xy), bool)
    ends = np.append(ink.starts[1:], len(ink.xy))
    for start, end in zip(ink.starts, ends, strict=True):
        keep[start] = keep[end - 1] = True
        last = ink.t[start]
        for index in range(start + 1, end):
            if ink.t[index] - last >= COARSE_SECONDS * 0.95:
                keep[index], last = True, ink.t[index]
    starts = np.cumsum(keep)[ink.starts] - 1
    return Trace(np.rint(ink.xy[keep] / COARSE_GRID) * COARSE_GRID, ink.t[keep], starts, ink.fresh)
