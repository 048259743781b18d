"""The back end against densities written out with SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.linalg import eigh
from scipy.stats import multivariate_normal, spearmanr

from forgery_kit.likelihood.plda import (
    LASTING,
    RIDGE,
    SPREAD,
    UNIT_STEPS,
    Plda,
    fit_plda,
    plda_arrays,
    score_matrix,
    score_pairs,
    within_variance,
)


def drawn(seed: int = 3, people: int = 60, each: int = 8, d: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Embeddings (n, d), writers and writer means of the model that PLDA assumes."""
    random = np.random.default_rng(seed)
    spread = np.array([3.0, 2.0, 1.5, 0.8, 0.3])[:d]
    means = random.normal(0, spread, (people, d))
    writers = np.repeat(np.arange(people), each)
    return means[writers] + random.normal(0, 1, (len(writers), d)) + 4, writers, means


def test_scores_are_the_log_ratio_of_the_two_models_densities() -> None:
    random = np.random.default_rng(0)
    between = np.array([4.0, 1.0, 0.2])
    model = Plda(np.zeros(3), np.eye(3), between)
    a, b = random.normal(size=(4, 3)), random.normal(size=(6, 3))
    steps_a, steps_b = np.array([60, 480, 480, 7000]), np.array([480, 60, 200, 1e9, 480, 60])
    scores = score_matrix(model, a, steps_a, b, steps_b)
    for i, s in enumerate(within_variance(steps_a)):
        for j, r in enumerate(within_variance(steps_b)):
            joint = np.block([[np.diag(s + between), np.diag(between)], [np.diag(between), np.diag(r + between)]])
            expected = multivariate_normal.logpdf(np.concatenate([a[i], b[j]]), np.zeros(6), joint)
            expected -= multivariate_normal.logpdf(a[i], np.zeros(3), np.diag(s + between))
            expected -= multivariate_normal.logpdf(b[j], np.zeros(3), np.diag(r + between))
            assert scores[i, j] == pytest.approx(expected, abs=1e-9)


def test_ink_varies_less_the_more_of_it_there_is_and_never_less_than_what_lasts() -> None:
    assert within_variance(UNIT_STEPS) == 1
    steps = np.geomspace(1, 1e7, 200)
    found = within_variance(steps)
    assert np.all(np.diff(found) <= 0)
    assert found == pytest.approx(LASTING + (1 - LASTING) * UNIT_STEPS / steps, rel=1e-9)


def test_little_ink_says_less_either_way() -> None:
    model = Plda(np.zeros(2), np.eye(2), np.array([4.0, 2.0]))
    alike, apart = np.array([[2.0, -1.0]]), np.array([[-2.0, 1.0]])
    same = [score_pairs(model, alike, n, alike, n)[0] for n in (60, 480, 4800)]
    different = [score_pairs(model, alike, n, apart, n)[0] for n in (60, 480, 4800)]
    assert 0 < same[0] < same[1] < same[2]
    assert 0 > different[0] > different[1] > different[2]


def test_scores_do_not_depend_on_which_side_comes_first() -> None:
    x, writers, _ = drawn()
    model = fit_plda(x, writers, np.zeros_like(writers))
    n = np.geomspace(50, 9000, 20)
    there = score_matrix(model, x[:9], n[:9], x[9:20], n[9:])
    assert np.allclose(there, score_matrix(model, x[9:20], n[9:], x[:9], n[:9]).T, atol=1e-9)
    assert np.allclose(score_pairs(model, x[:9], n[:9], x[9:18], n[9:18]), np.diag(there), atol=0.02)


def test_the_fit_finds_how_much_writers_differ_against_the_rest() -> None:
    x, writers, _ = drawn(people=800)
    found = np.sort(fit_plda(x, writers, np.zeros_like(writers)).between)[::-1]
    assert found[:3] ** (1 / SPREAD) == pytest.approx([9.0, 4.0, 2.25], rel=0.2)


def test_same_writer_pairs_score_higher() -> None:
    x, writers, _ = drawn()
    model = fit_plda(x[:240], writers[:240], np.zeros(240, int))
    scores = score_matrix(model, x[240:], UNIT_STEPS, x[240:], UNIT_STEPS)
    same = writers[240:, None] == writers[None, 240:]
    assert spearmanr(scores.ravel(), same.ravel()).statistic > 0.1
    assert np.median(scores[same]) > 0 > np.median(scores[~same])


def test_what_donors_differ_in_does_not_count_as_a_difference_of_hands() -> None:
    x, writers, _ = drawn(people=200)
    donors = writers % 2
    moved = x.copy()
    moved[:, 4] += 50.0 * donors
    alike = fit_plda(moved, writers, donors).between
    blind = fit_plda(moved, writers, np.zeros_like(writers)).between
    assert alike.max() < 30**SPREAD < blind.max()


def test_a_writer_with_many_samples_weighs_no_more_than_others() -> None:
    x, writers, _ = drawn()
    rows = np.concatenate([np.arange(len(x)), np.repeat(np.flatnonzero(writers == 0), 30)])
    zero = np.zeros(len(rows), int)
    many = fit_plda(x[rows], writers[rows], zero)
    assert many.mean == pytest.approx(fit_plda(x, writers, zero[: len(x)]).mean)


def test_one_writer_alone_cannot_be_fitted() -> None:
    with pytest.raises(ValueError, match="two writers"):
        fit_plda(np.ones((4, 2)), np.zeros(4, int), np.zeros(4, int))


def test_arrays_hold_the_model() -> None:
    x, writers, _ = drawn()
    model = fit_plda(x, writers, np.zeros_like(writers))
    again = Plda(**{k: v.astype(float) for k, v in plda_arrays(model).items()})
    before, after = (score_matrix(m, x[:5], 480, x[5:9], 960) for m in (model, again))
    assert np.allclose(after, before, atol=1e-3)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_scores_are_those_of_the_full_covariances_before_they_were_made_diagonal(seed: int) -> None:
    random = np.random.default_rng(seed)
    root_b, root_w = random.normal(size=(2, 4, 4))
    b, w, mean = root_b @ root_b.T, root_w @ root_w.T + 0.5 * np.eye(4), random.normal(size=4)
    strength, directions = eigh(b, w)
    model = Plda(mean, directions, strength)
    x, y = random.normal(0, 3, (2, 5, 4)) + mean
    together = multivariate_normal(np.tile(mean, 2), np.block([[b + w, b], [b, b + w]]))
    alone = multivariate_normal(mean, b + w)
    found = score_pairs(model, x, UNIT_STEPS, y, UNIT_STEPS)
    for row, (u, v) in enumerate(zip(x, y, strict=True)):
        expected = together.logpdf(np.concatenate([u, v])) - alone.logpdf(u) - alone.logpdf(v)
        assert found[row] == pytest.approx(expected, abs=1e-7)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 6).flatmap(
        lambda d: st.tuples(
            arrays(float, d, elements=st.floats(0.01, 50)),
            arrays(float, (3, d), elements=st.floats(-20, 20)),
            arrays(float, (2, d), elements=st.floats(-20, 20)),
            arrays(float, 5, elements=st.floats(0, 1e6)),
        )
    )
)
def test_swapping_the_sides_transposes_the_scores_of_any_model(
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    between, a, b, n = drawn
    model = Plda(np.zeros(len(between)), np.eye(len(between)), between)
    there = score_matrix(model, a, n[:3], b, n[3:])
    assert np.allclose(there, score_matrix(model, b, n[3:], a, n[:3]).T, rtol=1e-8, atol=1e-8)
    assert np.isfinite(there).all()


def test_the_fit_recovers_both_covariances_from_few_samples_and_small_donors() -> None:
    # Two samples a writer and three writers a donor: without either correction the fit would be far off.
    random = np.random.default_rng(5)
    people, d = 6000, 3
    b = np.array([[4.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 1.0]])
    w = np.array([[1.0, 0.3, 0.0], [0.3, 2.0, -0.4], [0.0, -0.4, 1.5]])
    donor_of = np.arange(people) // 3
    offsets = random.normal(0, 10, (donor_of.max() + 1, d))
    centres = random.multivariate_normal(np.zeros(d), b, people) + offsets[donor_of]
    writers = np.repeat(np.arange(people), 2)
    x = centres[writers] + random.multivariate_normal(np.zeros(d), w, len(writers))
    model = fit_plda(x, writers, donor_of[writers])
    back = np.linalg.inv(model.project)
    assert back.T @ back == pytest.approx(w + RIDGE * np.trace(w) / d * np.eye(d), abs=0.15)
    assert back.T @ np.diag(model.between ** (1 / SPREAD)) @ back == pytest.approx(b, abs=0.25)


def test_writers_with_a_single_sample_do_not_make_hands_look_further_apart() -> None:
    random = np.random.default_rng(0)
    each = np.where(np.arange(4000) < 2000, 1, 4)
    writers = np.repeat(np.arange(4000), each)
    x = random.normal(size=(4000, 2))[writers] + random.normal(size=(len(writers), 2))
    found = fit_plda(x, writers, np.zeros_like(writers))
    assert found.between ** (1 / SPREAD) == pytest.approx(np.ones(2) / (1 + RIDGE), rel=0.15)
