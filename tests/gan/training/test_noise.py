"""Noise on weights: it is there while the gradient is taken, and what it costs is the divergence from the prior."""

from __future__ import annotations

import numpy as np
import pytest

from gan import backend

backend.choose()
import keras  # noqa: E402 - the backend is chosen first

from gan.training.noise import WeightNoise  # noqa: E402

POINTS = 500


def some_weights() -> list[keras.Variable]:
    random = np.random.default_rng(1)
    return [keras.Variable(random.normal(0.2, 0.5, shape).astype(np.float32)) for shape in ((40, 30), (30,))]


def values(variables: list[keras.Variable]) -> np.ndarray:
    return np.concatenate([np.array(keras.ops.convert_to_numpy(v)).ravel() for v in variables])


@pytest.mark.parametrize("adaptive", [False, True])
def test_noise_is_taken_off_and_what_was_learnt_stays(adaptive: bool) -> None:
    weights = some_weights()
    noise, before = WeightNoise(weights, 0.075, adaptive, POINTS), values(weights)
    noise.add(np.random.default_rng(2), fresh=True)
    added = values(weights) - before
    assert 0.07 < added.std() < 0.08
    for weight in weights:
        weight.assign(weight + 0.5)
    for log in noise.log_deviations:
        log.assign(log - 1.0)
    noise.remove()
    assert np.allclose(values(weights), before + 0.5, atol=1e-6)


def test_the_same_noise_holds_for_all_pieces_of_a_line() -> None:
    weights = some_weights()
    noise, random, found = WeightNoise(weights, 0.1, False, POINTS), np.random.default_rng(3), []
    for fresh in (True, False, True):
        before = values(weights)
        noise.add(random, fresh)
        found.append(values(weights) - before)
        noise.remove()
    assert np.allclose(found[0], found[1], atol=1e-6)
    assert not np.allclose(found[0], found[2], atol=0.01)


def test_learnt_deviations_have_the_gradient_of_the_loss_and_the_divergence_from_the_best_prior() -> None:
    weights = some_weights()
    noise = WeightNoise(weights, 0.3, True, POINTS)
    random = np.random.default_rng(4)
    for log in noise.log_deviations:
        log.assign(random.normal(-1, 0.3, log.shape))
    mean, log_deviation = values(weights), values(noise.log_deviations)
    noise.add(random, fresh=True)
    drawn = (values(weights) - mean) / np.exp(log_deviation)
    pull = random.normal(size=len(mean)) / POINTS

    def cost(mean: np.ndarray, log_deviation: np.ndarray) -> float:
        """A loss that is linear in the noisy weights, and the divergence written out."""
        deviation = np.exp(log_deviation)
        centre = mean.mean()
        prior = np.sqrt(np.mean(deviation**2 + (mean - centre) ** 2))
        divergence = np.log(prior / deviation) + (deviation**2 + (mean - centre) ** 2) / (2 * prior**2) - 0.5
        return float(pull @ (mean + deviation * drawn) + divergence.sum() / POINTS)

    parts = [pull[: int(np.prod(weights[0].shape))], pull[int(np.prod(weights[0].shape)) :]]
    gradients = [
        keras.ops.convert_to_tensor(part.reshape(w.shape).astype(np.float32))
        for part, w in zip(parts, weights, strict=True)
    ]
    found = np.concatenate([np.asarray(keras.ops.convert_to_numpy(g)).ravel() for g in noise.complete(gradients)])
    n, step = len(mean), 1e-5
    for i in (0, 7, n - 1):
        for start, number in ((0, i), (n, n + i)):
            up, down = [np.zeros(2 * n) for _ in range(2)]
            up[number], down[number] = step, -step
            ends = [cost(mean + d[:n], log_deviation + d[n:]) for d in (up, down)]
            assert found[start + i] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-3, abs=1e-8)
