"""The generator's output: a mixture of bivariate Gaussians and a Bernoulli for the end of a stroke.

Graves (2013), equations 15 to 26. Natural logarithms; offsets are in units of the corpus's standard deviations.
"""

from __future__ import annotations

from typing import Any

from keras import ops

#: Bounds that keep every likelihood finite: least log σ, and largest ρ̂ (ρ = tanh ρ̂) on either side.
LEAST_LOG_SIGMA, LARGEST_RHO = -8.0, 6.0
#: Natural logarithm of 2π.
LOG_2PI = 1.8378770664093453


def outputs(components: int) -> int:
    """Numbers that the network puts out per step."""
    return 6 * components + 1


def split(y: Any, components: int, bias: float = 0.0) -> tuple[Any, Any, Any, Any, Any]:
    """Parameters of a step's distribution from the network's output y (…, ``outputs``).

    Returns logits of the end of a stroke (…), log weights (…, m), means, log σ (…, m, 2), and ρ̂ (…, m).
    ``bias`` b ≥ 0 makes likelier points likelier (equations 61 and 62): weights π̂ (1 + b), σ̂ − b.
    """
    parts = ops.split(y[..., 1:], 6, axis=-1)
    log_weights = parts[0] * (1.0 + bias)
    log_weights = log_weights - ops.logsumexp(log_weights, axis=-1, keepdims=True)
    means = ops.stack(parts[1:3], axis=-1)
    log_sigma = ops.maximum(ops.stack(parts[3:5], axis=-1) - bias, LEAST_LOG_SIGMA)
    return y[..., 0], log_weights, means, log_sigma, ops.clip(parts[5], -LARGEST_RHO, LARGEST_RHO)


def log_likelihood(y: Any, points: Any, components: int) -> Any:
    """Log-likelihood (…) in nats of points (…, 3): offset x, offset y, one where the stroke ends."""
    end, log_weights, means, log_sigma, rho_hat = split(y, components)
    deviation = (points[..., None, :2] - means) * ops.exp(-log_sigma)
    # With ρ = tanh ρ̂: 1 − ρ² = 1 / cosh² ρ̂, exact where ρ is near one.
    log_cosh = ops.abs(rho_hat) + ops.softplus(-2 * ops.abs(rho_hat)) - ops.log(2.0)
    x, other = deviation[..., 0], deviation[..., 1]
    # x² + y² − 2ρxy as a sum of squares, so that it never falls below zero.
    rest = other - ops.tanh(rho_hat) * x
    quadratic = ops.square(x) + ops.square(rest) * ops.exp(2 * log_cosh)
    density = log_cosh - ops.sum(log_sigma, axis=-1) - LOG_2PI - 0.5 * quadratic
    # log p(end) and log p(not end) of a Bernoulli with these logits.
    stroke = points[..., 2] * -ops.softplus(-end) + (1 - points[..., 2]) * -ops.softplus(end)
    return ops.logsumexp(log_weights + density, axis=-1) + stroke
