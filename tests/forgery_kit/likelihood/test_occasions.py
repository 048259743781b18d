"""Pairs of other occasions: of one pool, of two occasions, and no further for H2 than the smaller pool supports."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from datasets.ink import ink_from_strokes
from datasets.protocol import ibm_parts
from datasets.sample import Sample
from forgery_kit.likelihood.calibration import Calibrator
from forgery_kit.likelihood.judge import default_judge
from forgery_kit.likelihood.metrics import ScorePairs
from forgery_kit.likelihood.occasions import FIRST, LAST, PAGES, far_pages, held_below, occasion_pairs, pool_of


def pages(writer: int, count: int) -> list[Sample]:
    ink = ink_from_strokes([np.array([[0.0, 0], [4, 3], [8, 0]])], ("x", "y"))
    return [Sample(ink, writer=f"ibm-ub-{writer:03}", form=f"{writer}/{n}", line=str(n)) for n in range(1, count + 1)]


def test_a_third_of_a_persons_pages_lies_between_the_two_occasions() -> None:
    samples = [page for writer in range(1, 30) for page in reversed(pages(writer, 8 + 3 * writer))]
    part = ibm_parts(samples)
    found = far_pages(samples, "calibration")
    assert {writer for writer, _, _ in found} == {w for w, p in part.items() if p == "calibration"}
    for (writer, first, early), (other, last, late) in zip(found[::2], found[1::2], strict=True):
        assert (writer, first, last) == (other, FIRST, LAST)
        numbers = [[int(sheet[0].line or 0) for sheet in sheets] for sheets in (early, late)]
        total = max(numbers[1])
        assert numbers[0] == sorted(set(numbers[0]))
        assert numbers[1][0] - numbers[0][-1] >= total / 3
        assert len(numbers[0]) == len(numbers[1]) <= PAGES


def test_pairs_stay_within_a_pool_and_are_of_two_occasions() -> None:
    reference = default_judge().reference
    pairs = occasion_pairs(reference, (120, 480))
    pools = pool_of(reference, pairs)
    writers, donors = len(reference.two_devices.writers), len(reference.two_devices.donors)
    assert set(pools) == {0, 1}
    for side in (pairs.a, pairs.b):
        assert ((side >= writers) == (pools == 1)).all()
    assert set(pairs.donor[pools == 1]) == {donors + reference.apart.donors.index(LAST)}
    assert reference.apart.donors == (FIRST, LAST)
    for pool, people in ((0, writers), (1, len(reference.apart.writers))):
        assert 5 <= len(pairs.take(pools == pool).writers()) <= people


def test_people_of_one_pool_alone_are_their_own_pairs() -> None:
    reference = default_judge().reference
    nobody = reference.apart.take(np.zeros(len(reference.apart.steps), bool))
    assert set(pool_of(reference, occasion_pairs(replace(reference, apart=nobody), (60, 60)))) == {0}


def test_the_lower_bound_goes_no_further_than_the_smaller_pool_and_the_upper_stays() -> None:
    same = np.arange(12)
    pairs = ScorePairs(np.zeros(24), np.tile(same, 2), np.concatenate([same, (same + 1) % 12]), np.repeat([0, 0], 12))
    pools = np.tile((same >= 8).astype(int), 2)
    made = Calibrator(np.zeros((3, 2)), np.array([[-1.0, 1.0], [-0.9, 0.8], [-0.2, 0.4]]), 12)
    held = held_below(made, pairs, pools)
    assert np.allclose(held.elub, [[-np.log10(4), 1.0], [-np.log10(4), 0.8], [-0.2, 0.4]])


def test_the_shipped_values_of_other_occasions_never_strongly_support_two_writers() -> None:
    judge = default_judge()
    smaller = min(len(judge.reference.two_devices.writers), len(judge.reference.apart.writers))
    lowest = min(judge.calibrations.at("other", a, b)[0].bounds[0] for a in (60, 480, 9000) for b in (60, 480, 9000))
    assert lowest >= -np.log10(smaller) - 1e-6
    assert judge.reference.card["far_pages_people"] == len(judge.reference.apart.writers)
