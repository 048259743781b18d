"""The density of the next point, against SciPy and at the edges of what a network can put out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from keras import ops
from scipy.special import expit, log_softmax, logsumexp
from scipy.stats import multivariate_normal

from gan.writing.mixture import LARGEST_RHO, LEAST_LOG_SIGMA, log_likelihood, outputs, split

M = 3


def by_scipy(y: np.ndarray, point: np.ndarray) -> float:
    """Graves (2013), equation 23, written out."""
    pi, mu_x, mu_y, sigma_x, sigma_y, rho = y[1:].reshape(6, M)
    parts = []
    for j in range(M):
        sx, sy = np.exp(max(sigma_x[j], LEAST_LOG_SIGMA)), np.exp(max(sigma_y[j], LEAST_LOG_SIGMA))
        r = np.tanh(np.clip(rho[j], -LARGEST_RHO, LARGEST_RHO))
        cov = [[sx**2, r * sx * sy], [r * sx * sy, sy**2]]
        parts.append(log_softmax(pi)[j] + multivariate_normal.logpdf(point[:2], [mu_x[j], mu_y[j]], cov))
    end = expit(y[0])
    return float(logsumexp(parts) + np.log(end if point[2] else 1 - end))


@pytest.mark.parametrize("seed", range(8))
def test_likelihoods_are_those_of_scipy(seed: int) -> None:
    random = np.random.default_rng(seed)
    y = random.normal(0, 1, outputs(M))
    point = np.append(random.normal(0, 1, 2), seed % 2)
    found = float(log_likelihood(y.astype(np.float32)[None], point.astype(np.float32)[None], M)[0])
    assert found == pytest.approx(by_scipy(y, point), rel=1e-4, abs=1e-4)


@settings(max_examples=100, deadline=None)
@given(
    arrays(np.float32, outputs(M), elements=st.floats(-1e4, 1e4, width=32)),
    arrays(np.float32, 2, elements=st.floats(-1e3, 1e3, width=32)),
    st.booleans(),
)
def test_likelihoods_are_finite_or_as_small_as_numbers_go_whatever_the_network_puts_out(
    y: np.ndarray, offset: np.ndarray, end: bool
) -> None:
    found = float(log_likelihood(y[None], np.append(offset, end).astype(np.float32)[None], M)[0])
    assert not np.isnan(found)
    assert found < 40


def test_the_bias_narrows_the_components_and_sharpens_their_weights() -> None:
    y = np.random.default_rng(1).normal(size=(4, outputs(M))).astype(np.float32)
    plain, biased = (split(y, M, b) for b in (0.0, 2.0))
    assert np.allclose(ops.convert_to_numpy(biased[3]), ops.convert_to_numpy(plain[3]) - 2.0, atol=1e-5)
    assert np.allclose(ops.convert_to_numpy(biased[2]), ops.convert_to_numpy(plain[2]))
    strongest = [np.exp(ops.convert_to_numpy(p[1])).max(axis=-1) for p in (plain, biased)]
    assert np.all(strongest[1] > strongest[0])
    assert np.exp(ops.convert_to_numpy(biased[1])).sum(axis=-1) == pytest.approx(np.ones(4), abs=1e-5)
