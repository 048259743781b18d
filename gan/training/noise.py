"""Noise on the weights while their gradient is computed: fixed, or with deviations that are learnt with the weights."""

from __future__ import annotations

from typing import Any

import numpy as np


class WeightNoise:
    """Normal noise on all weights of a network (Graves 2013, section 4.1).

    Fixed, every weight has the same ``deviation``. ``adaptive``, each has its own (Graves 2011, "Practical Variational
    Inference for Neural Networks"), which starts there: the loss, one of a point, gains the divergence of the noisy
    weights from a normal prior, divided by ``points``, those of the training set. The prior's mean and variance are the
    best for all weights together (his equations 17 and 18). The gradient by a deviation is that by the noisy weight
    times its noise (Kingma & Welling 2014), not his estimate from squared gradients: those of a batch's mean are too
    small.
    """

    def __init__(self, variables: list[Any], deviation: float, adaptive: bool, points: int) -> None:
        import keras

        def like(variable: Any, value: float) -> Any:
            # Variables of Keras, so that a compiled step reads what they hold at the time.
            return keras.Variable(np.full(variable.shape, value, np.float32), trainable=False)

        self.variables, self.points = variables, points
        self._drawn = [like(v, 0.0) for v in variables]
        self._added = [like(v, 0.0) for v in variables]
        self._log_deviation = float(np.log(deviation))
        #: Natural logarithms of the deviations, where they are learnt.
        self.log_deviations = [like(v, self._log_deviation) for v in variables] if adaptive else []

    def add(self, random: np.random.Generator, fresh: bool) -> None:
        """Put noise on the weights: newly drawn, or that of the time before."""
        from keras import ops

        for i, (variable, drawn, added) in enumerate(zip(self.variables, self._drawn, self._added, strict=True)):
            if fresh:
                drawn.assign(random.standard_normal(variable.shape, dtype=np.float32))
            log = ops.convert_to_tensor(self.log_deviations[i] if self.log_deviations else self._log_deviation)
            added.assign(ops.exp(log) * drawn)
            variable.assign(variable + added)

    def remove(self) -> None:
        """Take the noise off the weights again; what they have learnt since stays."""
        for variable, added in zip(self.variables, self._added, strict=True):
            variable.assign(variable - added)

    def complete(self, gradients: list[Any]) -> list[Any]:
        """The loss's gradients by the noisy weights → by the weights, and after those by ``log_deviations``."""
        from keras import ops

        if not self.log_deviations:
            return gradients
        means = [variable - added for variable, added in zip(self.variables, self._added, strict=True)]
        squares = [ops.exp(2 * log) for log in self.log_deviations]
        count = sum(int(np.prod(v.shape)) for v in self.variables)
        centre = sum(ops.sum(mean) for mean in means) / count
        spread = sum(ops.sum(s + ops.square(m - centre)) for s, m in zip(squares, means, strict=True)) / count
        of_weights = [
            gradient + (mean - centre) / (spread * self.points) for gradient, mean in zip(gradients, means, strict=True)
        ]
        of_deviations = [
            gradient * added + (square / spread - 1) / self.points
            for gradient, added, square in zip(gradients, self._added, squares, strict=True)
        ]
        return [*of_weights, *of_deviations]
