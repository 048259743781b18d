"""The validation protocol on IAM-OnDB's official test writers, who are in no other set.

Same-writer pairs are always from different forms; writers weigh equally; lines and forms are never pooled. Embeddings
and likelihood ratios are those of a case: whole forms as one sheet, each pair calibrated at its own amounts of ink.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets import protocol
from datasets.corpora.iam_ondb import IamOnDb
from datasets.height import writing_height
from datasets.sample import Sample
from forgery_kit.examination.comparison import model_identity
from forgery_kit.identity import versions
from forgery_kit.likelihood import metrics
from forgery_kit.likelihood.amounts import FLOOR_STEPS
from forgery_kit.likelihood.back_end import score_matrix
from forgery_kit.likelihood.calibrations import Kind
from forgery_kit.likelihood.judge import default_judge
from forgery_kit.likelihood.metrics import ScorePairs
from forgery_kit.likelihood.performance import performance
from gan.features import FEATURES, STEPS_PER_HEIGHT, Trace
from gan.judging.style import embed_sequences, sequence, traces
from reports.performance import Rate, Validation, ValidationSection

#: A slow tablet of screen resolution: 60 points a second, 72 dots an inch at an x-height of about 2.5 mm.
COARSE_GRID = 0.14
COARSE_SECONDS = 1 / 60


@dataclass(frozen=True)
class Embedded:
    """Embeddings (n, d) of test exhibits with their writer and form (indices) and steps of ink."""

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
    by_form: dict[str, list[Sample]] = {}
    for sample in samples:
        by_form.setdefault(str(sample.form), []).append(sample)
    sections, left_out = [], 0
    kinds = (("", True, False), (", without time", False, False), (", at 60 Hz and 72 dpi", True, True))
    for index, (suffix, with_time, coarse) in enumerate(kinds):
        lines = embed([[sample] for sample in samples], with_time, coarse)
        forms = embed(list(by_form.values()), with_time, coarse)
        if not index:
            left_out = len(samples) - len(lines.writer)
        sections.append(section(f"One line against one line{suffix}", lines, forms, with_time))
        sections.append(section(f"One form against one form{suffix}", forms, forms, with_time))
        if progress:
            progress(index + 1, len(kinds))
    return Validation(
        corpus="IAM-OnDB",
        split="testset_f",
        date=date.today().isoformat(),
        sections=tuple(sections),
        model=model_identity(default_judge()),
        versions=versions(),
        settings={
            "split fingerprint": protocol.fingerprint(parts),
            "letters": "read",
            "lines with too little ink, left out": f"{left_out} of {len(samples)}",
        },
        command=command,
        seed=1,
    )


def embed(
    exhibits: list[list[Sample]], with_time: bool = True, coarse: bool = False, embed_piece: Any = None
) -> Embedded:
    """Embeddings of exhibits (lines or whole forms) as in a case; those below ``FLOOR_STEPS`` are left out.

    ``embed_piece`` : windows → vectors, instead of the shipped judge.
    """
    writers = sorted({str(s.writer) for e in exhibits for s in e})
    names = sorted({str(s.form) for e in exhibits for s in e})
    inks = [traces(e) for e in exhibits]
    if coarse:
        inks = [[_coarse(t) for t in ink] for ink in inks]
    features = [sequence(ink, with_time) if ink else np.zeros((0, FEATURES), np.float32) for ink in inks]
    kept = [i for i, steps in enumerate(features) if len(steps) >= FLOOR_STEPS]
    chosen = [features[i] for i in kept]
    vectors = default_judge().embed(chosen) if embed_piece is None else embed_sequences(chosen, embed_piece)
    return Embedded(
        vectors,
        np.array([writers.index(str(exhibits[i][0].writer)) for i in kept]),
        np.array([names.index(str(exhibits[i][0].form)) for i in kept]),
        np.array([len(features[i]) for i in kept], float),
    )


def section(title: str, ink: Embedded, forms: Embedded, with_time: bool) -> ValidationSection:
    """Figures of all pairs of exhibits from different forms, each calibrated at its own amounts, and identification."""
    scores = score_matrix(default_judge().reference.back_end[with_time], ink.vectors, ink.steps, ink.vectors, ink.steps)
    first, second = np.triu_indices(len(scores), 1)
    keep = ink.form[first] != ink.form[second]
    first, second = first[keep], second[keep]
    pairs = ScorePairs(scores[first, second], ink.writer[first], ink.writer[second], np.zeros(len(first), np.int64))
    rows = few(pairs)
    kind: Kind = "timed" if with_time else "untimed"
    values = default_judge().calibrations.of_pairs(kind, pairs.score, ink.steps[first], ink.steps[second], rows)
    amount = float(np.median(ink.steps)) / STEPS_PER_HEIGHT
    channels = ("x", "y", "t") if with_time else ("x", "y")
    found = performance(pairs, values, "test writers", channels, (amount, amount), rows)
    return ValidationSection(title, found, identification(ink, forms, with_time))


def identification(questioned: Embedded, forms: Embedded, with_time: bool) -> Rate:
    """Samples whose writer is found first among all test writers, enrolled with their other forms."""
    back_end = default_judge().reference.back_end[with_time]
    hits = 0
    for form in np.unique(questioned.form):
        rest = forms.form != form
        names = np.unique(forms.writer[rest])
        rows = [rest & (forms.writer == w) for w in names]
        enrolled = np.stack([_mean(forms, r) for r in rows])
        steps = np.array([forms.steps[r].sum() for r in rows])
        mine = questioned.form == form
        scores = score_matrix(back_end, questioned.vectors[mine], questioned.steps[mine], enrolled, steps)
        found = names[np.argmax(scores, axis=1)]
        hits += int((found == questioned.writer[mine]).sum())
    return metrics.clopper_pearson(hits, len(questioned.vectors))


def few(pairs: ScorePairs, at_most: int = 40_000) -> NDArray[np.bool_]:
    """(n,) every k-th same-writer and every k-th different-writer pair: enough for intervals over 63 writers."""
    keep = np.zeros(len(pairs.score), bool)
    for kind in (pairs.same, ~pairs.same):
        rows = np.flatnonzero(kind)
        keep[rows[:: max(len(rows) // at_most, 1)]] = True
    return keep


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
    xy = np.rint(ink.xy[keep] / COARSE_GRID) * COARSE_GRID
    # The tablet's own ink is all there is to measure the writing height on.
    height = writing_height(np.split(xy, starts[1:]))
    return Trace(xy / height, ink.t[keep], starts, ink.fresh)
