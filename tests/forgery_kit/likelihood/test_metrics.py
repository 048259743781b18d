"""Figures of merit against lir, scikit-learn and sums written out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import roc_curve

from forgery_kit.likelihood import metrics
from forgery_kit.likelihood.metrics import ScorePairs


def pairs(seed: int = 1, writers: int = 12, donors: int = 2) -> ScorePairs:
    """All pairs of three samples each of some writers of two donors, within donors."""
    random = np.random.default_rng(seed)
    who = np.repeat(np.arange(writers), 3)
    hand = random.normal(0, 2, writers)[who] + random.normal(0, 0.7, len(who))
    first, second = np.triu_indices(len(who), 1)
    keep = who[first] % donors == who[second] % donors
    first, second = first[keep], second[keep]
    return ScorePairs(-np.abs(hand[first] - hand[second]), who[first], who[second], who[first] % donors)


def test_weights_give_each_kind_each_donor_and_each_couple_the_same_share() -> None:
    found = pairs()
    weights = metrics.pair_weights(found)
    for kind in (found.same, ~found.same):
        assert weights[kind].sum() == pytest.approx(1)
        for donor in (0, 1):
            assert weights[kind & (found.donor == donor)].sum() == pytest.approx(0.5)
    totals = np.bincount(found.a[found.same], weights[found.same])
    assert totals == pytest.approx(np.full(12, 1 / 12))


def test_cllr_is_lirs_where_all_pairs_weigh_the_same() -> None:
    from lir.data.models import LLRData
    from lir.metrics import cllr

    random = np.random.default_rng(0)
    values = np.concatenate([random.normal(1, 1, 40), random.normal(-1, 1, 40)])
    same = np.arange(80) < 40
    expected = cllr(LLRData(features=values.reshape(-1, 1), labels=same.astype(int)))
    assert metrics.cllr(values, same, np.full(80, 1 / 40)) == pytest.approx(float(expected), rel=1e-6)


def test_cllr_of_no_evidence_is_one_and_of_huge_ratios_finite() -> None:
    same = np.array([True, False])
    assert metrics.cllr(np.zeros(2), same, np.ones(2)) == pytest.approx(1)
    assert np.isfinite(metrics.cllr(np.array([-400.0, 400.0]), same, np.ones(2)))


def test_cllr_min_is_no_worse_than_any_monotone_calibration() -> None:
    found = pairs()
    weights = metrics.pair_weights(found)
    least = metrics.cllr_min(found.score, found.same, weights)
    for slope in (0.1, 0.5, 1, 2):
        for shift in (-1, 0, 1, 2):
            assert least <= metrics.cllr(shift + slope * found.score, found.same, weights) + 1e-9


def test_eer_is_where_the_curves_of_scikit_learn_cross() -> None:
    found = pairs(4, 30)
    weights = metrics.pair_weights(found)
    false, hit, _ = roc_curve(found.same, found.score, sample_weight=weights, drop_intermediate=False)
    miss = 1 - hit
    index = int(np.argmin(np.abs(miss - false)))
    step = max(np.diff(false).max(), np.diff(hit).max())
    assert metrics.eer(found.score, found.same, weights) == pytest.approx((miss[index] + false[index]) / 2, abs=step)


@given(st.integers(0, 40), st.integers(1, 40))
def test_intervals_of_counts_are_the_exact_binomial_ones(count: int, of: int) -> None:
    count = min(count, of)
    expected = binomtest(count, of).proportion_ci(0.95, "exact")
    found = metrics.clopper_pearson(count, of)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert count > 0 or found.high > 0


def test_a_writer_is_misleading_by_any_pair_of_his() -> None:
    found = ScorePairs(np.zeros(4), np.array([0, 0, 1, 0]), np.array([0, 0, 1, 1]), np.zeros(4, int))
    same, different = metrics.misleading_writers(found, np.array([1.0, -0.5, 1.0, 0.2]))
    assert (same.count, same.of, different.count, different.of) == (1, 2, 2, 2)
    assert metrics.misleading_writers(found, np.array([1.0, -0.5, 1.0, 0.2]), 1.0)[0].count == 0


@pytest.mark.parametrize("donors", [1, 3])
def test_the_bootstrap_weighs_pairs_by_how_often_their_writers_were_drawn(donors: int) -> None:
    found = pairs(writers=12, donors=donors)
    weights = metrics.pair_weights(found)
    drawn = metrics.bootstrap_weights(found, weights, 50, 7)
    times = np.random.default_rng(7).poisson(1, (12, 50)).T
    for row, m in zip(drawn, times, strict=True):
        expected = weights * np.where(found.same, m[found.a], m[found.a] * m[found.b])
        for kind in (found.same, ~found.same):
            for donor in range(donors):
                rows = kind & (found.donor == donor)
                if expected[rows].any():
                    expected[rows] /= expected[rows].sum()
            expected[kind] /= expected[kind].sum()
        assert row == pytest.approx(expected)


def test_donors_share_equally_in_every_draw_and_lone_people_vary_too() -> None:
    found = pairs(writers=40, donors=4)
    drawn = metrics.bootstrap_weights(found, metrics.pair_weights(found), 200, 1)
    for donor in range(4):
        share = drawn[:, found.same & (found.donor == donor)].sum(axis=1)
        assert share == pytest.approx(np.full(200, 0.25))
    lone = found.same & (found.a == 3)
    assert drawn[:, lone].sum(axis=1).std() > 0


def test_a_writer_is_drawn_as_often_whoever_else_there_is() -> None:
    all_of_them, some = pairs(writers=12, donors=1), pairs(writers=8, donors=1)
    rows = []
    for found in (all_of_them, some):
        drawn = metrics.bootstrap_weights(found, metrics.pair_weights(found), 20, 3)
        own = np.stack([drawn[:, found.same & (found.a == w)].sum(axis=1) for w in range(8)])
        rows.append(own / own.sum(axis=0))
    assert rows[0] == pytest.approx(rows[1])


@pytest.mark.parametrize(
    ("same", "different", "expected"),
    [
        ({5: 0.5, 3: 0.25, 2: 0.25}, {4: 0.4, 1: 0.6}, 0.4),  # crosses between (0.5, 0.4) and (0.25, 0.4)
        ({4: 0.5, 2: 0.5}, {3: 0.5, 1: 0.5}, 0.5),
        ({1: 1.0}, {1: 1.0}, 0.5),  # tied scores tell nothing
        ({3: 0.5, 4: 0.5}, {1: 0.5, 2: 0.5}, 0.0),
        ({1: 0.9, 5: 0.1}, {3: 1.0}, 0.9),
    ],
)
def test_eer_of_weighted_pairs_worked_out_by_hand(
    same: dict[int, float], different: dict[int, float], expected: float
) -> None:
    score = np.array([*same, *different], float)
    weights = np.array([*same.values(), *different.values()])
    assert metrics.eer(score, np.arange(len(score)) < len(same), weights) == pytest.approx(expected)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-5, 5), st.integers(1, 9)), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(-5, 5), st.integers(1, 9)), min_size=1, max_size=12),
)
def test_eer_is_the_crossing_of_rates_counted_threshold_by_threshold(
    own: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    def rate(rows: list[tuple[int, int]], threshold: float) -> float:
        return sum(w for s, w in rows if s >= threshold) / sum(w for _, w in rows)

    corners = [(1.0, 0.0)] + [(1 - rate(own, t), rate(other, t)) for t in sorted({s for s, _ in own + other})[::-1]]
    crossings = []
    for (miss, false), (next_miss, next_false) in itertools.pairwise(corners):
        before, after = miss - false, next_miss - next_false
        if before >= 0 >= after and before > after:
            share = before / (before - after)
            crossings.append(miss + share * (next_miss - miss))
    score = np.array([s for s, _ in own + other], float)
    kind = np.arange(len(score)) < len(own)
    weights = np.array([w / sum(v for _, v in rows) for rows in (own, other) for _, w in rows])
    found = metrics.eer(score, kind, weights)
    assert min(abs(found - c) for c in crossings) < 1e-9
    assert metrics.eer(np.exp(score), kind, weights) == pytest.approx(found)


def test_cllr_of_weighted_ratios_worked_out_by_hand() -> None:
    ratios, weights = np.array([10.0, 0.1, 100.0, 0.5]), np.array([0.75, 0.25, 0.2, 0.8])
    own = 0.75 * np.log2(1 + 1 / 10) + 0.25 * np.log2(1 + 1 / 0.1)
    other = 0.2 * np.log2(1 + 100) + 0.8 * np.log2(1 + 0.5)
    found = metrics.cllr(np.log10(ratios), np.array([True, True, False, False]), weights)
    assert found == pytest.approx((own + other) / 2)


def test_pav_and_cllr_min_worked_out_by_hand() -> None:
    score, same, weights = np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, True, False, True]), np.full(4, 0.5)
    assert list(metrics.pav(score, same, weights)) == [-np.inf, 0, 0, np.inf]
    assert metrics.cllr_min(score, same, weights) == pytest.approx(0.5)


@pytest.mark.parametrize("decimals", [6, 0])
def test_cllr_min_is_lirs_where_all_pairs_weigh_the_same(decimals: int) -> None:
    from lir.data.models import LLRData
    from lir.metrics import cllr_min

    random = np.random.default_rng(3)
    values = np.round(np.concatenate([random.normal(1, 1, 30), random.normal(-1, 1, 90)]), decimals)
    same = np.arange(120) < 30
    expected = cllr_min(LLRData(features=values.reshape(-1, 1), labels=same.astype(int)))
    found = metrics.cllr_min(values, same, np.where(same, 1 / 30, 1 / 90))
    assert 0.1 < found < 0.9
    assert found == pytest.approx(float(expected), rel=1e-6)


@given(st.floats(0.5, 0.999), st.integers(0, 12), st.integers(1, 12))
def test_intervals_at_any_level_are_the_exact_binomial_ones(level: float, count: int, of: int) -> None:
    count = min(count, of)
    expected = binomtest(count, of).proportion_ci(level, "exact")
    found = metrics.clopper_pearson(count, of, level)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_a_rate_of_nothing_is_known_to_lie_anywhere() -> None:
    found = metrics.clopper_pearson(0, 0)
    assert (found.low, found.high) == (0, 1)


def test_the_same_seed_draws_the_same_writers_again_and_another_one_others() -> None:
    found = pairs()
    weights = metrics.pair_weights(found)
    first, again, other = (metrics.bootstrap_weights(found, weights, 5, seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)


def test_every_draw_holds_pairs_of_both_kinds() -> None:
    found = pairs(writers=6, donors=3)
    drawn = metrics.bootstrap_weights(found, metrics.pair_weights(found), 200, 1)
    for kind in (found.same, ~found.same):
        assert drawn[:, kind].sum(axis=1) == pytest.approx(np.ones(200))
