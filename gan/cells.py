"""Recurrent layers written for Keras's backends: the input's projection is done once for all steps, not in the loop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from gan import backend


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
        if keras.backend.backend() == "torch":
            return self._fused(x, mask)
        return self._scanned(x, mask)

    def _scanned(self, x: Any, mask: Any) -> Any:
        """Both ways in one loop: the backward one reads the sequence turned round."""
        kernel, bias, recurrent = (
            [ops.convert_to_tensor(getattr(self, f"{way}_{part}")) for way in ("forward", "backward")]
            for part in ("kernel", "bias", "recurrent")
        )
        projected = [ops.transpose(ops.matmul(x, k) + b, (1, 0, 2)) for k, b in zip(kernel, bias, strict=True)]
        both = ops.stack([projected[0], ops.flip(projected[1], axis=0)], axis=1)
        gate = ops.transpose(mask)[:, :, None]
        gate = ops.stack([gate, ops.flip(gate, axis=0)], axis=1)
        # One array for the loop: Keras's scan on TensorFlow takes several only where their length is known.
        both = ops.concatenate([both, ops.cast(gate, both.dtype)], axis=-1)
        both_recurrent = ops.concatenate([r[None] for r in recurrent])

        def step(carry: Any, inputs: Any) -> Any:
            h, c = carry
            z, m = inputs[..., :-1], inputs[..., -1:]
            i, f, g, o = ops.split(z + ops.matmul(h, both_recurrent), 4, axis=-1)
            new_c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
            new_h = ops.sigmoid(o) * ops.tanh(new_c)
            h, c = m * new_h + (1 - m) * h, m * new_c + (1 - m) * c
            # Both states go out, since TensorFlow's scan wants outputs of the carry's structure.
            return (h, c), (h, c)

        zero = ops.zeros_like(both[0, :, :, : self.units])
        _, (states, _) = ops.scan(step, (zero, zero), both)
        result = ops.concatenate([states[:, 0], ops.flip(states[:, 1], axis=0)], axis=-1)
        return ops.transpose(result, (1, 0, 2))

    def _fused(self, x: Any, mask: Any) -> Any:
        """The same on PyTorch's fused layer, which trains faster on a CPU than a loop.

        It knows no mask, so here the backward run reads each sequence reversed within its own length: padding then
        comes last both ways, where it can do no harm.
        """
        length = ops.sum(mask, axis=1)[:, None]
        place = ops.arange(x.shape[1], dtype=length.dtype)[None]
        turned = ops.cast(ops.where(place < length, length - 1 - place, place), "int32")[:, :, None]

        def run(sequence: Any, way: str) -> Any:
            weights = (getattr(self, f"{way}_{part}") for part in ("kernel", "recurrent", "bias"))
            return backend.fused_lstm(sequence, *(ops.convert_to_tensor(w) for w in weights))

        backward = run(ops.take_along_axis(x, turned, axis=1), "backward")
        return ops.concatenate([run(x, "forward"), ops.take_along_axis(backward, turned, axis=1)], axis=-1)


class PeepholeLstm(keras.layers.Layer):
    """LSTM with peepholes (Gers et al. 2002) as in Graves (2013), equations 7–11, from a zero state.

    Call argument ``projected`` (batch, steps, 4 · units): the inputs times their weights, in the order input, forget,
    cell, output, made for all steps at once outside. The input and forget gates see the cell before the step, the
    output gate the one after. Result (batch, steps, units). With ``limit``, the derivatives of the loss by the gates'
    sums are cut at ± that. With ``carried``, the number of rows of a batch, each call of a training starts from the
    state that the one before ended with, through which no derivatives flow (truncated back-propagation); ``forget``
    ends that.
    """

    def __init__(self, units: int, limit: float | None = None, carried: int = 0, **options: Any) -> None:
        super().__init__(**options)
        self.units, self.limit, self.carried = units, limit, carried
        #: Widths of the parts of the state.
        self.state_widths: tuple[int, ...] = (units, units)

    def build(self, projected_shape: tuple[int | None, ...]) -> None:
        self.state = [
            self.add_weight(
                shape=(self.carried, width), initializer="zeros", trainable=False, name=f"state_{i}", dtype="float32"
            )
            for i, width in enumerate(self.state_widths if self.carried else ())
        ]
        self.recurrent = self.add_weight(shape=(self.units, 4 * self.units), initializer="orthogonal", name="recurrent")
        self.peepholes = self.add_weight(shape=(3, self.units), initializer="zeros", name="peepholes")
        self.bias = self.add_weight(shape=(4 * self.units,), initializer=_bias, name="bias")

    def compute_output_shape(self, projected_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*projected_shape[:-1], self.units)

    def forget(self) -> None:
        """Start the next call from a zero state."""
        for part in self.state:
            part.assign(ops.zeros(part.shape))

    def start(self, inputs: Any, training: bool) -> list[Any]:
        """The state that a call begins with, for inputs (steps, batch, …)."""
        if training and self.carried:
            return [ops.convert_to_tensor(part) for part in self.state]
        first = ops.zeros_like(ops.cast(inputs[0, :, :1], "float32"))
        return [ops.repeat(first, width, axis=1) for width in self.state_widths]

    def keep(self, state: Sequence[Any], training: bool) -> None:
        """Carry over the state that a call ended with."""
        if training and self.carried:
            for part, value in zip(self.state, state, strict=True):
                part.assign(ops.cast(ops.stop_gradient(value), "float32"))

    def call(self, projected: Any, training: bool = False) -> Any:
        inputs = ops.transpose(projected + self.bias, (1, 0, 2))
        begin = self.start(inputs, training)
        if keras.backend.backend() == "torch":
            weights = (ops.convert_to_tensor(w) for w in (self.recurrent, self.peepholes))
            states, cell = backend.peephole_lstm(inputs, *weights, *begin, self.limit)
            self.keep((states[-1], cell), training)
            return ops.transpose(states, (1, 0, 2))

        def step(carry: Any, z: Any) -> Any:
            carry = self.step(z, *carry)
            # Both states go out, since TensorFlow's scan wants outputs of the carry's structure.
            return carry, carry

        end, (states, _) = ops.scan(step, tuple(ops.cast(part, inputs.dtype) for part in begin), inputs)
        self.keep(end, training)
        return ops.transpose(states, (1, 0, 2))

    def step(self, z: Any, h: Any, c: Any) -> tuple[Any, Any]:
        """State and cell (batch, units) after a step, from its projected input with bias and those before it."""
        i, f, g, o = ops.split(z + ops.matmul(h, self.recurrent), 4, axis=-1)
        gates = ops.concatenate([i + self.peepholes[0] * c, f + self.peepholes[1] * c, g], axis=-1)
        i, f, g = ops.split(limited(gates, self.limit), 3, axis=-1)
        c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
        return ops.sigmoid(limited(o + self.peepholes[2] * c, self.limit)) * ops.tanh(c), c


class WindowLstm(PeepholeLstm):
    """Peephole LSTM that reads a text through a soft window: Graves (2013), equations 46 to 51, from a zero state.

    Call arguments: ``projected`` (batch, steps, 4 · units), as for ``PeepholeLstm``, and ``text`` (batch, characters,
    letters), one-hot, zeros where it has ended. Results: states (batch, steps, units) and windows (batch, steps,
    letters). The window of a step goes into the cell at the next one.
    """

    def __init__(
        self, units: int, letters: int, bumps: int = 10, limit: float | None = None, carried: int = 0, **options: Any
    ) -> None:
        super().__init__(units, limit, carried, **options)
        self.letters, self.bumps = letters, bumps
        self.state_widths = (units, units, bumps, letters)

    def build(self, projected_shape: tuple[int | None, ...], text_shape: tuple[int | None, ...] | None = None) -> None:
        super().build(projected_shape)
        self.reader = self.add_weight(shape=(self.letters, 4 * self.units), initializer="glorot_uniform", name="reader")
        self.window_kernel = self.add_weight(
            shape=(self.units, 3 * self.bumps), initializer="glorot_uniform", name="window_kernel"
        )
        self.window_bias = self.add_weight(shape=(3 * self.bumps,), initializer=_window_bias, name="window_bias")

    def compute_output_shape(self, projected_shape: Any, text_shape: Any = None) -> Any:
        return (*projected_shape[:-1], self.units), (*projected_shape[:-1], self.letters)

    def call(self, projected: Any, text: Any, training: bool = False) -> Any:  # type: ignore[override]  # two inputs
        inputs = ops.transpose(projected + self.bias, (1, 0, 2))
        begin = self.start(inputs, training)
        if keras.backend.backend() == "torch":
            weights = (self.recurrent, self.reader, self.peepholes, self.window_kernel, self.window_bias)
            tensors = (ops.convert_to_tensor(w) for w in weights)
            states, windows, cell, kappa = backend.window_lstm(inputs, *tensors, text, *begin, self.limit)
            self.keep((states[-1], cell, kappa, windows[-1]), training)
            return ops.transpose(states, (1, 0, 2)), ops.transpose(windows, (1, 0, 2))

        def step(carry: Any, z: Any) -> Any:
            carry = self.read(z, text, *carry)[:4]
            return carry, carry

        end, (states, _, _, windows) = ops.scan(step, tuple(ops.cast(part, inputs.dtype) for part in begin), inputs)
        self.keep(end, training)
        return ops.transpose(states, (1, 0, 2)), ops.transpose(windows, (1, 0, 2))

    def read(self, z: Any, text: Any, h: Any, c: Any, kappa: Any, window: Any) -> tuple[Any, Any, Any, Any, Any]:
        """State, cell, κ and window after a step, from its projected input with bias and those before it.

        The fifth result is φ (batch, characters): how much of each character the window sees.
        """
        h, c = self.step(z + ops.matmul(window, self.reader), h, c)
        shapes = ops.exp(ops.matmul(h, self.window_kernel) + self.window_bias)
        alpha, beta, step = ops.split(shapes, 3, axis=-1)
        kappa = kappa + step
        away = kappa[:, :, None] - ops.arange(ops.shape(text)[1], dtype="float32")
        seen = ops.sum(alpha[:, :, None] * ops.exp(-beta[:, :, None] * ops.square(away)), axis=1)
        return h, c, kappa, ops.matmul(seen[:, None], text)[:, 0], seen


def limited(x: Any, limit: float | None) -> Any:
    """The tensor itself; where there is a limit, the loss's derivatives by it are cut at ± ``limit`` (Graves 2013)."""
    if limit is None:
        return x

    @ops.custom_gradient
    def same(x: Any) -> Any:
        def backward(*gradients: Any, upstream: Any = None) -> Any:
            # Backends differ in how they hand over the gradient.
            return ops.clip(gradients[0] if upstream is None else upstream, -limit, limit)

        return x, backward

    return same(x)


def _window_bias(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Zeros, and for the step of κ the logarithm of about 1/25: a character takes some 25 points, else it runs away."""
    k = shape[0] // 3
    return ops.concatenate([ops.zeros(2 * k), -3.2 * ops.ones(k)])


def _bias(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Zero, and one for the forget gates, so that memory is kept at the start (Gers et al. 2000)."""
    units = shape[0] // 4
    return ops.concatenate([ops.zeros(units), ops.ones(units), ops.zeros(2 * units)])
