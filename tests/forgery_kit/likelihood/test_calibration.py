"""Scores to bounded likelihood ratios: known answers, monotone, honest at the ends."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from forgery_kit.likelihood.calibration import (
    DRAWS,
    GROUPS,
    Calibrator,
    calibrated,
    cross_calibrated,
    fit_calibrator,
    likelihood_ratio,
    mixed,
)
from forgery_kit.likelihood.metrics import LN10, ScorePairs, pair_weights
from forgery_kit.likelihood.performance import _kept, performance


def by_hand(
    lines: list[tuple[float, float]], writers: int, elub: tuple[float, float], *redrawn: tuple[float, float]
) -> Calibrator:
    """A calibrator with these lines, the first the fit, and these bounds, the same in every redraw unless given."""
    ends = [elub, *(redrawn or [elub] * (len(lines) - 1))]
    return Calibrator(np.array(lines, float), np.array(ends, float), writers)


def normal_pairs(writers: int = 60, gap: float = 4.0, each: int = 4, seed: int = 2) -> ScorePairs:
    """Scores N(gap/2, gap) for one writer and N(−gap/2, gap) for two: they are log LRs already (natural)."""
    random = np.random.default_rng(seed)
    same = np.repeat(np.arange(writers), each)
    first = np.repeat(np.arange(writers), 2 * each)
    second = (first + 1 + random.integers(0, writers - 1, len(first))) % writers
    score = np.concatenate(
        [random.normal(gap / 2, np.sqrt(gap), len(same)), random.normal(-gap / 2, np.sqrt(gap), len(first))]
    )
    return ScorePairs(
        score, np.concatenate([same, first]), np.concatenate([same, second]), np.zeros(len(score), np.int64)
    )


def test_scores_that_are_log_ratios_already_stay_as_they_are() -> None:
    found = fit_calibrator(normal_pairs(400))
    assert found.lines[0, 1] * LN10 == pytest.approx(1, abs=0.08)
    assert found.lines[0, 0] == pytest.approx(0, abs=0.08)


def test_the_line_is_scikit_learns_logistic_regression_of_weighted_pairs() -> None:
    pairs = normal_pairs(200)
    n = 200
    weights = pair_weights(pairs)
    high, low = (n + 1) / (n + 2), 1 / (n + 2)
    target = np.where(pairs.same, high, low)
    x = np.tile(pairs.score, 2)[:, None]
    model = LogisticRegression(C=1e12, tol=1e-10, max_iter=1000)
    model.fit(
        x, np.repeat([1, 0], len(target)), sample_weight=np.concatenate([weights * target, weights * (1 - target)])
    )
    found = fit_calibrator(pairs)
    assert found.lines[0, 1] * LN10 == pytest.approx(float(model.coef_[0, 0]), rel=1e-3)
    assert found.lines[0, 0] * LN10 == pytest.approx(float(model.intercept_[0]), abs=1e-3)


def test_perfect_separation_gives_finite_ratios_within_the_number_of_writers() -> None:
    pairs = normal_pairs(20, gap=400)
    found = fit_calibrator(pairs)
    lr = likelihood_ratio(found, 1e6)
    assert np.isfinite(lr.unbounded)
    assert lr.log10_lr <= np.log10(20) + 1e-9
    assert lr.bound_hit.startswith("upper")


def test_the_bound_is_the_tighter_of_the_two_and_says_which() -> None:
    found = fit_calibrator(normal_pairs())
    elub = found.elub[0]
    assert found.bounds == (max(-np.log10(60), elub[0]), min(np.log10(60), elub[1]))
    top, bottom = likelihood_ratio(found, 100.0), likelihood_ratio(found, -100.0)
    assert top.bound_hit == ("upper: ELUB" if elub[1] < np.log10(60) else "upper: writers")
    assert bottom.bound_hit == ("lower: ELUB" if elub[0] > -np.log10(60) else "lower: writers")
    assert top.log10_lr == top.upper_bound
    assert bottom.log10_lr == bottom.lower_bound


def test_values_rise_with_the_score_and_lie_in_their_intervals_and_bounds() -> None:
    found = fit_calibrator(normal_pairs())
    results = [likelihood_ratio(found, s) for s in np.linspace(-12, 12, 41)]
    assert all(b.log10_lr >= a.log10_lr for a, b in itertools.pairwise(results))
    for r in results:
        assert r.lower_bound <= r.log10_lr <= r.upper_bound
        assert -r.writers_bound <= r.low <= r.log10_lr <= r.high <= r.writers_bound
        assert r.unbounded_low is not None
        assert r.unbounded_high is not None
        assert r.unbounded_low <= r.unbounded <= r.unbounded_high


def test_fewer_calibration_writers_give_a_wider_interval() -> None:
    few, many = (likelihood_ratio(fit_calibrator(normal_pairs(n)), 1.0) for n in (12, 200))
    assert few.high - few.low > many.high - many.low


def test_too_few_writers_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 5"):
        fit_calibrator(normal_pairs(4))


def test_scores_that_fall_with_likeness_say_nothing_at_all() -> None:
    pairs = normal_pairs()
    turned = ScorePairs(-pairs.score, pairs.a, pairs.b, pairs.donor)
    assert likelihood_ratio(fit_calibrator(turned), 5.0).log10_lr == 0


def test_leaving_writers_out_changes_the_ratios_of_their_pairs_only_a_little() -> None:
    pairs = normal_pairs(100)
    calibrator = fit_calibrator(pairs)
    found = cross_calibrated(pairs, calibrator)
    left_out, whole = found.unbounded, calibrator.unbounded(pairs.score)
    moved = np.clip(
        calibrator.lines[1:, :1] + calibrator.lines[1:, 1:] * pairs.score + left_out - whole,
        calibrator.all_bounds[1:, :1],
        calibrator.all_bounds[1:, 1:],
    )
    assert found.draws == pytest.approx(moved, abs=1e-3)
    assert not np.allclose(left_out, whole, atol=1e-6)
    assert np.abs(left_out - whole).max() < 0.5


def test_figures_have_intervals_around_them_and_the_floor_of_their_bounds() -> None:
    pairs = normal_pairs()
    calibrator = fit_calibrator(pairs)
    found = performance(pairs, cross_calibrated(pairs, calibrator), "calibration writers", ("x", "y"), (10.0, 20.0))
    for figure in (found.eer, found.cllr, found.cllr_min):
        assert figure.low <= figure.value <= figure.high
    assert found.cllr_min.value <= found.cllr.value + 1e-9
    low, high = calibrator.bounds
    assert found.cllr_floor == pytest.approx((np.log2(1 + 10**-high) + np.log2(1 + 10**low)) / 2)
    assert found.n_writers == 60


def test_no_errors_are_never_called_no_uncertainty() -> None:
    pairs = normal_pairs(20, gap=400)
    found = performance(pairs, calibrated(fit_calibrator(pairs), pairs.score), "x", ("x", "y"), (1.0, 1.0))
    assert found.eer.value == 0
    assert found.eer.high > 0.1
    assert found.misleading_same.count == 0
    assert found.misleading_same.high > 0.1


@pytest.mark.parametrize(
    ("elub", "score", "value", "hit"),
    [
        ((-3.0, 3.0), 9.0, 2.0, "upper: writers"),
        ((-3.0, 1.5), 9.0, 1.5, "upper: ELUB"),
        ((-3.0, 3.0), -9.0, -2.0, "lower: writers"),
        ((-0.5, 3.0), -9.0, -0.5, "lower: ELUB"),
        ((-0.5, 1.5), 1.0, 1.0, ""),
        ((0.0, 0.0), 9.0, 0.0, "upper: ELUB"),
    ],
)
def test_of_a_hundred_writers_and_elub_the_tighter_one_cuts_and_is_named(
    elub: tuple[float, float], score: float, value: float, hit: str
) -> None:
    found = likelihood_ratio(by_hand([(0.0, 1.0)] * 3, 100, elub), score)
    assert found.log10_lr == pytest.approx(value)
    assert found.bound_hit == hit
    assert found.unbounded == score
    assert (found.writers_bound, found.elub_low, found.elub_high) == (pytest.approx(2.0), *elub)
    assert (found.lower_bound, found.upper_bound) == pytest.approx((max(-2, elub[0]), min(2, elub[1])))


LINES = st.tuples(st.floats(-3, 3), st.floats(0, 3))


@given(
    st.lists(LINES, min_size=1, max_size=6),
    st.integers(5, 10_000),
    st.tuples(st.floats(-5, 0), st.floats(0, 5)),
    st.lists(st.floats(-100, 100), min_size=2, max_size=8),
)
def test_any_calibrator_is_monotone_and_keeps_its_values_in_interval_and_bounds(
    lines: list[tuple[float, float]], writers: int, elub: tuple[float, float], scores: list[float]
) -> None:
    calibrator = by_hand([lines[0], *lines], writers, elub)
    found = [likelihood_ratio(calibrator, score) for score in sorted(scores)]
    assert all(later.log10_lr >= earlier.log10_lr for earlier, later in itertools.pairwise(found))
    for one in found:
        assert one.lower_bound <= one.log10_lr <= one.upper_bound
        assert one.low <= one.log10_lr <= one.high
        assert max(abs(one.low), abs(one.high)) <= np.log10(writers)
        assert bool(one.bound_hit) == (not one.lower_bound < one.unbounded < one.upper_bound)


def test_the_interval_is_the_middle_95_percent_of_the_redraws() -> None:
    draws = [(float(i), float(s)) for i, s in np.random.default_rng(4).normal((0, 1), 0.1, (200, 2))]
    found = likelihood_ratio(by_hand([(0.0, 1.0), *draws], 10**6, (-6.0, 6.0)), 1.3)
    expected = np.quantile([i + s * 1.3 for i, s in draws], [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx(tuple(expected))
    assert (found.unbounded_low, found.unbounded_high) == pytest.approx(tuple(expected))
    assert found.bound_share == 0


def test_the_bound_is_drawn_again_and_the_interval_shows_it() -> None:
    redrawn = [(-1.0, 1.2), (-1.0, 1.4), (-1.0, 1.6), (-1.0, 1.6)]
    found = likelihood_ratio(by_hand([(0.0, 1.0)] * 5, 100, (-1.0, 1.5), *redrawn), 2.6)
    assert (found.log10_lr, found.upper_bound, found.bound_hit) == (1.5, 1.5, "upper: ELUB")
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile([1.2, 1.4, 1.6, 1.6], [0.025, 0.975])))
    assert (found.unbounded, found.unbounded_low, found.unbounded_high) == (2.6, 2.6, 2.6)
    assert found.bound_share == 1
    near = likelihood_ratio(by_hand([(0.0, 1.0)] * 5, 100, (-1.0, 1.5), *redrawn), 1.45)
    assert (near.bound_hit, near.bound_share) == ("", 0.5)


def test_a_tighter_limit_holds_value_bounds_and_redraws() -> None:
    calibrator = by_hand([(0.0, 1.0)] * 4, 100, (-1.4, 1.5))
    for score, value in ((3.0, 0.6), (-3.0, -0.4), (0.2, 0.2)):
        found = likelihood_ratio(calibrator, score, (-0.4, 0.6))
        assert found.log10_lr == pytest.approx(value)
        assert (found.lower_bound, found.upper_bound) == (-0.4, 0.6)
        assert -0.4 <= found.low <= found.high <= 0.6


def test_the_line_of_a_pair_does_not_depend_on_any_pair_of_its_two_writers() -> None:
    pairs = normal_pairs(40)
    calibrator = fit_calibrator(pairs)
    before = cross_calibrated(pairs, calibrator).unbounded
    score = pairs.score.copy()
    mine = pairs.same & (pairs.a == 7)
    changed = mine & (np.cumsum(mine) == 1)
    score[changed] -= 30
    after = cross_calibrated(ScorePairs(score, pairs.a, pairs.b, pairs.donor), calibrator).unbounded
    others = ((pairs.a == 7) | (pairs.b == 7)) & ~changed
    assert others.sum() > 3
    assert after[others] == pytest.approx(before[others], abs=1e-6)
    # Writers of the other groups were calibrated with that pair: theirs move.
    assert (np.abs(after - before) > 1e-3).mean() > 1 - 3 / GROUPS


def test_a_redraw_is_a_fit_on_other_writers_around_the_line() -> None:
    found = fit_calibrator(normal_pairs(100))
    fit, draws = found.lines[0], found.lines[1:]
    assert len(np.unique(draws, axis=0)) == len(draws) == DRAWS
    assert (draws[:, 1].min(), draws[:, 1].max()) != pytest.approx((fit[1], fit[1]), rel=0.02)
    assert draws.mean(axis=0) == pytest.approx(tuple(fit), abs=0.1)
    assert found.elub[1:].std(axis=0).min() > 0.01
    assert found.elub[1:].mean(axis=0) == pytest.approx(found.elub[0], abs=0.15)


def test_between_two_calibrators_lies_their_mixture_with_the_lesser_number_of_writers() -> None:
    one = by_hand([(0.0, 1.0), (0.2, 1.2)], 90, (-2.0, 1.0))
    other = by_hand([(1.0, 0.5), (1.2, 0.1)], 60, (-1.0, 2.0))
    found = mixed([one, other], [0.75, 0.25])
    assert found.lines == pytest.approx(np.array([(0.25, 0.875), (0.45, 0.925)]))
    assert found.elub[0] == pytest.approx((-1.75, 1.25))
    assert found.n_writers == 60
    assert mixed([one, other], [1.0, 0.0]).n_writers == 90


def test_figures_of_many_pairs_are_of_all_of_them_with_intervals_of_some() -> None:
    pairs = normal_pairs(100)
    calibrator = fit_calibrator(pairs)
    whole = calibrated(calibrator, pairs.score)
    rows = np.arange(len(pairs.score)) % 2 == 0
    few = replace(whole, draws=whole.draws[:, rows])
    found = performance(pairs, few, "x", ("x", "y"), (1.0, 1.0), rows)
    every = performance(pairs, whole, "x", ("x", "y"), (1.0, 1.0))
    assert (found.cllr.value, found.eer.value) == (every.cllr.value, every.eer.value)
    assert (found.n_same, found.n_different) == (every.n_same, every.n_different)
    assert found.cllr.high > found.cllr.value > found.cllr.low


def test_what_is_kept_for_plots_has_the_weights_of_the_figures() -> None:
    score = np.concatenate([np.zeros(900), np.linspace(1, 2, 100)])
    weights = np.where(score > 0, 1 / 100, 1 / 900) / 2
    kept, _ = _kept(score, score, weights)
    assert np.mean(np.array(kept) > 0) == pytest.approx(0.5, abs=0.01)
    assert (kept[0], kept[-1]) == (0.0, 2.0)
