"""Recurrent layers written for Keras's backends: the input's projection is done once for all steps, not in the loop."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


class BidirectionalLstm(keras.layers.Layer):
    """LSTM (Hochreiter & Schmidhuber 1997; forget gates, no peepholes) run both ways over a masked sequence.

    Call arguments: ``x`` (batch, steps, channels) and ``mask`` (batch, steps), 1 where there is ink. Padding must
    follow the ink; it leaves the state as it is. Result (batch, steps, 2 · units): forward, then backward.
    """

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(**options)
        self.units = units

    def build(self, x_shape: tuple[int | None, ...], mask_shape: tuple[int | None, ...] | None = None) -> None:
        for way in ("forward", "backward"):
            setattr(
                self,
                f"{way}_kernel",
                self.add_weight(
                    shape=(x_shape[-1], 4 * self.units), initializer="glorot_uniform", name=f"{way}_kernel"
                ),
            )
            setattr(
                self,
                f"{way}_recurrent",
                self.add_weight(shape=(self.units, 4 * self.units), initializer="orthogonal", name=f"{way}_recurrent"),
            )
            setattr(
                self, f"{way}_bias", self.add_weight(shape=(4 * self.units,), initializer=_bias, name=f"{way}_bias")
            )

    def compute_output_shape(
        self, x_shape: tuple[int | None, ...], mask_shape: tuple[int | None, ...] | None = None
    ) -> tuple[int | None, ...]:
        return (*x_shape[:-1], 2 * self.units)

    def call(self, x: Any, mask: Any) -> Any:
        gate = ops.transpose(mask)[:, :, None]
        return ops.concatenate([self._run(x, gate, way) for way in ("forward", "backward")], axis=-1)

    def _run(self, x: Any, gate: Any, way: str) -> Any:
        kernel, recurrent = getattr(self, f"{way}_kernel"), getattr(self, f"{way}_recurrent")
        projected = ops.transpose(ops.matmul(x, kernel) + getattr(self, f"{way}_bias"), (1, 0, 2))
        recurrent = ops.convert_to_tensor(recurrent)

        def step(carry: Any, inputs: Any) -> Any:
            h, c = carry
            z, m = inputs
            i, f, g, o = ops.split(z + ops.matmul(h, recurrent), 4, axis=-1)
            new_c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
            new_h = ops.sigmoid(o) * ops.tanh(new_c)
            h, c = m * new_h + (1 - m) * h, m * new_c + (1 - m) * c
            # Both states go out, since TensorFlow's scan wants outputs of the carry's structure.
            return (h, c), (h, c)

        zero = ops.zeros_like(projected[0, :, : self.units])
        _, (states, _) = ops.scan(step, (zero, zero), (projected, gate), reverse=way == "backward")
        return ops.transpose(states, (1, 0, 2))


def _bias(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Zero, and one for the forget gates, so that memory is kept at the start (Gers et al. 2000)."""
    units = shape[0] // 4
    return ops.concatenate([ops.zeros(units), ops.ones(units), ops.zeros(2 * units)])
