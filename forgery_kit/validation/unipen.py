"""The validation protocol on UNIPEN: test people within one donor, and the people recorded on two devices.

Exhibits are runs of five words by one person on one device. Different-writer pairs are within one donor (one pair of
devices for the two-device people), so that devices cannot stand in for writers. Donors weigh equally.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets import protocol
from datasets.corpora.unipen import TWO_DEVICE_DONORS, Unipen
from datasets.sample import Sample
from forgery_kit.examination.comparison import model_identity
from forgery_kit.identity import versions
from forgery_kit.likelihood import metrics
from forgery_kit.likelihood.amounts import FLOOR_STEPS
from forgery_kit.likelihood.back_end import score_matrix
from forgery_kit.likelihood.calibration import Calibrated, cross_calibrated, fit_calibrator
from forgery_kit.likelihood.judge import default_judge
from forgery_kit.likelihood.metrics import ScorePairs
from forgery_kit.likelihood.performance import performance
from forgery_kit.validation.iam_ondb import Embedded
from gan.features import STEPS_PER_HEIGHT
from gan.judging.style import embed_sequences, has_time, sequence, traces
from reports.performance import Performance, Validation, ValidationSection

WORDS = 5
#: Exhibits of five words taken of each person and device, spread over what there is.
EXHIBITS = 8
CHANNELS = ("x", "y")


def evaluate(path: Path, progress: Callable[[int, int], None] | None = None, command: str = "") -> Validation:
    """Run the protocol on the test people and the two-device people of the UNIPEN under ``path``.

    Speed is left out, since many donors state no rate. Raises MissingResourceError where the corpus is missing.
    """
    samples = Unipen(path).samples
    parts = protocol.unipen_parts(samples)
    test = embed_words([s for s in samples if parts[str(s.writer)] == "test"])
    if progress:
        progress(1, 2)
    both = embed_words([s for s in samples if parts[str(s.writer)] == "two-device"])
    if progress:
        progress(2, 2)
    pairs = within_donor(test)
    return Validation(
        corpus="UNIPEN",
        split="test people and two-device people",
        date=date.today().isoformat(),
        sections=(_like_devices(test, pairs), *_unlike_devices(both)),
        model=model_identity(default_judge()),
        versions=versions(),
        settings={"split fingerprint": protocol.fingerprint(parts), "letters": "read"},
        command=command,
        seed=1,
        table=by_donor(pairs, sorted({str(s.device) for s in samples if parts[str(s.writer)] == "test"})),
    )


def five_words(samples: list[Sample]) -> Iterator[list[Sample]]:
    """Runs of samples of about ``WORDS`` words, at most ``EXHIBITS``, spread evenly; a rest of fewer is left out."""
    runs: list[list[Sample]] = [[]]
    words = 0
    for sample in samples:
        runs[-1].append(sample)
        words += max(len((sample.text or "").split()), 1)
        if words >= WORDS:
            runs.append([])
            words = 0
    full = runs[:-1]
    chosen: NDArray[np.int64] = (
        np.unique(np.linspace(0, len(full) - 1, EXHIBITS).round().astype(int)) if full else np.zeros(0, int)
    )
    return (full[i] for i in chosen)


def embed_words(
    samples: list[Sample], with_time: bool = False, embed_piece: Any = None
) -> tuple[Embedded, NDArray[np.int64]]:
    """Exhibits of five words of these people, and the donor (index into the sorted donors) of each.

    ``form`` of the result numbers the exhibits. Runs below the floor of what can be compared are left out.
    """
    writers = sorted({str(s.writer) for s in samples})
    donors = sorted({str(s.device) for s in samples})
    groups: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    for sample in samples:
        groups[str(sample.writer), str(sample.device)].append(sample)
    features, rows = [], []
    for (writer, donor), mine in sorted(groups.items()):
        for run in five_words(mine):
            ink = traces(run)
            steps = sequence(ink, with_time and has_time(ink)) if ink else np.zeros((0, 8), np.float32)
            if len(steps) >= FLOOR_STEPS:
                features.append(steps)
                rows.append((writers.index(writer), donors.index(donor)))
    table = np.array(rows, np.int64).reshape(-1, 2)
    vectors = default_judge().embed(features) if embed_piece is None else embed_sequences(features, embed_piece)
    sizes = np.array([len(f) for f in features], float)
    return Embedded(vectors, table[:, 0], np.arange(len(table)), sizes), table[:, 1]


def within_donor(exhibits: tuple[Embedded, NDArray[np.int64]]) -> ScorePairs:
    """All pairs within one donor."""
    ink, donor = exhibits
    scores = score_matrix(default_judge().reference.back_end[False], ink.vectors, ink.steps, ink.vectors, ink.steps)
    first, second = _within(donor)
    return ScorePairs(scores[first, second], ink.writer[first], ink.writer[second], donor[first])


def by_donor(pairs: ScorePairs, donors: list[str]) -> dict[str, str]:
    """EER of each donor with two people or more, then their mean and the worst."""
    rates: dict[int, tuple[float, int]] = {}
    for donor in np.unique(pairs.donor):
        own = pairs.take(pairs.donor == donor)
        if own.same.any() and not own.same.all():
            rate = metrics.eer(own.score, own.same, metrics.pair_weights(own))
            rates[int(donor)] = (rate, len(np.union1d(own.a, own.b)))
    table = {f"donor {donors[d]}": f"EER {100 * r:.1f} %, {n} people" for d, (r, n) in sorted(rates.items())}
    values = [r for r, _ in rates.values()]
    table["mean over donors"] = f"EER {100 * float(np.mean(values)):.1f} %, {len(values)} donors"
    table["worst donor"] = f"EER {100 * max(values):.1f} %"
    return table


def _like_devices(exhibits: tuple[Embedded, NDArray[np.int64]], pairs: ScorePairs) -> ValidationSection:
    ink = exhibits[0]
    first, second = _within(exhibits[1])
    amounts = ink.steps[first], ink.steps[second]
    values = default_judge().calibrations.of_pairs("untimed", pairs.score, *amounts, _all(pairs))
    found = _figures(ink, pairs, values, "test")
    remark = "Pairs within one donor; donors weigh equally. Same-writer pairs may lie minutes or months apart."
    return ValidationSection("Five words against five words, one device", found, remark=remark)


def _unlike_devices(exhibits: tuple[Embedded, NDArray[np.int64]]) -> list[ValidationSection]:
    """One device against the other: under the calibrations for one sitting and for other occasions, and under one of
    its own. The second rests on these people among others."""
    ink, device = exhibits
    # Donor apb is one tablet; apd and ape are the other, in another place and at another time.
    assert TWO_DEVICE_DONORS[0] == min(TWO_DEVICE_DONORS)  # index 0 of the sorted donors
    first, second = np.nonzero((device[:, None] == 0) & (device[None] > 0))
    scores = score_matrix(default_judge().reference.back_end[False], ink.vectors, ink.steps, ink.vectors, ink.steps)[
        first, second
    ]
    pairs = ScorePairs(scores, ink.writer[first], ink.writer[second], device[second])
    amounts = ink.steps[first], ink.steps[second]
    calibrations = default_judge().calibrations
    cases = (
        ("calibrated on one sitting", calibrations.of_pairs("untimed", scores, *amounts, _all(pairs))),
        ("calibrated on other occasions", calibrations.of_pairs("other", scores, *amounts, _all(pairs))),
        ("calibrated on other two-device people", cross_calibrated(pairs, fit_calibrator(pairs))),
    )
    return [
        ValidationSection(
            f"Five words on one device against five on another, {name}",
            _figures(ink, pairs, values, "two-device"),
            remark="Other occasions: the same people on another tablet, two years later. They are among the people of "
            "the calibration for other occasions.",
        )
        for name, values in cases
    ]


def _figures(ink: Embedded, pairs: ScorePairs, values: Calibrated, people: str) -> Performance:
    amount = float(np.median(ink.steps)) / STEPS_PER_HEIGHT
    return performance(pairs, values, f"{people} people", CHANNELS, (amount, amount))


def _all(pairs: ScorePairs) -> NDArray[np.bool_]:
    return np.ones(len(pairs.score), bool)


def _within(donor: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices (n,) of both exhibits of all pairs within one donor."""
    first, second = np.triu_indices(len(donor), 1)
    keep = donor[first] == donor[second]
    return first[keep], second[keep]
