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


class Lstm(keras.layers.Layer):
    """LSTM without peepholes (Hochreiter & Schmidhuber 1997; forget gates) over a sequence, from a zero state.

    Call argument ``x`` (batch, steps, channels), result (batch, steps, units). On PyTorch it is the fused layer, which
    trains several times as fast as a loop.
    """

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(**options)
        self.units = units

    def build(self, x_shape: tuple[int | None, ...]) -> None:
        shape = (x_shape[-1], 4 * self.units)
        self.kernel = self.add_weight(shape=shape, initializer="glorot_uniform", name="kernel")
        self.recurrent = self.add_weight(shape=(self.units, 4 * self.units), initializer="orthogonal", name="recurrent")
        self.bias = self.add_weight(shape=(4 * self.units,), initializer=_bias, name="bias")

    def compute_output_shape(self, x_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*x_shape[:-1], self.units)

    def call(self, x: Any) -> Any:
        kernel, recurrent, bias = (ops.convert_to_tensor(w) for w in (self.kernel, self.recurrent, self.bias))
        if keras.backend.backend() == "torch":
            return backend.fused_lstm(x, kernel, recurrent, bias)
        inputs = ops.transpose(ops.matmul(x, kernel) + bias, (1, 0, 2))

        def step(carry: Any, z: Any) -> Any:
            h, c = carry
            i, f, g, o = ops.split(z + ops.matmul(h, recurrent), 4, axis=-1)
            c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
            h = ops.sigmoid(o) * ops.tanh(c)
            # Both states go out, since TensorFlow's scan wants outputs of the carry's structure.
            return (h, c), (h, c)

        zero = ops.zeros_like(inputs[0, :, : self.units])
        _, (states, _) = ops.scan(step, (zero, zero), inputs)
        return ops.transpose(states, (1, 0, 2))


class PeepholeLstm(keras.layers.Layer):
    """LSTM with peepholes (Gers et al. 2002) as in Graves (2013), equations 7–11, from a zero state.

    Call argument ``projected`` (batch, steps, 4 · units): the inputs times their weights, in the order input, forget,
    cell, output, made for all steps at once outside. The input and forget gates see the cell before the step, the
    output gate the one after. Result (batch, steps, units). With ``limit``, the derivatives of the loss by the gates'
    sums are cut at ± that. With ``carried``, the number of rows of a batch, each call of a training starts from the
    state that the one before ended with, through which no derivatives flow (truncated back-propagation); ``forget``
    ends that. With ``normalised``, what comes from the inputs, what comes from the state, and the cell before it is
    squashed go through a ``StepNorm`` each (Cooijmans et al. 2016, equations 6 to 8); peepholes see the cell itself.
    """

    def __init__(
        self, units: int, limit: float | None = None, carried: int = 0, normalised: bool = False, **options: Any
    ) -> None:
        super().__init__(**options)
        self.units, self.limit, self.carried, self.normalised = units, limit, carried, normalised
        #: Widths of the parts of the state; the last counts the steps, where these are normalised one by one.
        self.state_widths: tuple[int, ...] = (units, units, *[1] * normalised)

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
        if self.normalised:
            self.of_input = StepNorm(4 * self.units, name="of_input", dtype="float32")
            self.of_state = StepNorm(4 * self.units, name="of_state", dtype="float32")
            self.of_cell = StepNorm(self.units, shifted=True, name="of_cell", dtype="float32")
            for norm in (self.of_input, self.of_state, self.of_cell):
                norm.build()

    def compute_output_shape(self, projected_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*projected_shape[:-1], self.units)

    def forget(self) -> None:
        """Start the next call from a zero state."""
        for part in self.state:
            part.assign(ops.zeros(part.shape))

    def start(self, inputs: Any, training: bool) -> list[Any]:
        """The state that a call begins with, for inputs (steps, batch, …)."""
        if training and self.carried:
            # Copies, since PyTorch writes the next state into the same memory.
            return [ops.copy(part) for part in self.state]
        first = ops.zeros_like(ops.cast(inputs[0, :, :1], "float32"))
        return [ops.repeat(first, width, axis=1) for width in self.state_widths]

    def keep(self, state: Sequence[Any], training: bool) -> None:
        """Carry over the state that a call ended with."""
        if training and self.carried:
            for part, value in zip(self.state, state, strict=True):
                part.assign(ops.cast(ops.stop_gradient(value), "float32"))

    def call(self, projected: Any, training: bool = False) -> Any:
        inputs = ops.transpose(projected, (1, 0, 2))
        begin = self.start(inputs, training)
        if keras.backend.backend() == "torch" and not self.normalised:
            weights = (ops.convert_to_tensor(w) for w in (self.recurrent, self.peepholes))
            states, cell = backend.peephole_lstm(inputs + self.bias, *weights, *begin, self.limit)
            self.keep((states[-1], cell), training)
            return ops.transpose(states, (1, 0, 2))

        def step(carry: Any, z: Any) -> Any:
            carry = self.step(z, *carry, training=training)
            # All of the state goes out, since TensorFlow's scan wants outputs of the carry's structure.
            return carry, carry

        end, found = ops.scan(step, tuple(ops.cast(part, inputs.dtype) for part in begin), inputs)
        if training and self.normalised:
            self._learn(inputs, ops.matmul(_before(begin[0], found[0]), self.recurrent), found[1], begin[-1])
        self.keep(end, training)
        return ops.transpose(found[0], (1, 0, 2))

    def step(self, z: Any, h: Any, c: Any, *count: Any, read: Any = 0.0, training: bool = False) -> tuple[Any, ...]:
        """The state (batch, …) after a step, from its projected input without bias and the state before it.

        ``read`` is what a window adds to what comes from the state; ``count`` the steps before, where normalised.
        """
        recurrent = ops.matmul(h, self.recurrent) + read
        if self.normalised:
            z, recurrent = (
                self.of_input(z, count[0], training=training),
                self.of_state(recurrent, count[0], training=training),
            )
        i, f, g, o = ops.split(z + recurrent + self.bias, 4, axis=-1)
        gates = ops.concatenate([i + self.peepholes[0] * c, f + self.peepholes[1] * c, g], axis=-1)
        i, f, g = ops.split(limited(gates, self.limit), 3, axis=-1)
        c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
        seen = self.of_cell(c, count[0], training=training) if self.normalised else c
        h = ops.sigmoid(limited(o + self.peepholes[2] * c, self.limit)) * ops.tanh(seen)
        return h, c, *(n + 1 for n in count)

    def _learn(self, inputs: Any, recurrent: Any, cells: Any, before: Any) -> None:
        """Follow the statistics of the steps of a call, (steps, batch, width), after ``before`` steps."""
        for norm, values in ((self.of_input, inputs), (self.of_state, recurrent), (self.of_cell, cells)):
            norm.follow(values, before)


class WindowLstm(PeepholeLstm):
    """Peephole LSTM that reads a text through a soft window: Graves (2013), equations 46 to 51, from a zero state.

    Call arguments: ``projected`` (batch, steps, 4 · units), as for ``PeepholeLstm``, and ``text`` (batch, characters,
    letters), one-hot, zeros where it has ended. Results: states (batch, steps, units) and windows (batch, steps,
    letters). The window of a step goes into the cell at the next one.
    """

    def __init__(
        self,
        units: int,
        letters: int,
        bumps: int = 10,
        limit: float | None = None,
        carried: int = 0,
        normalised: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(units, limit, carried, normalised, **options)
        self.letters, self.bumps = letters, bumps
        self.state_widths = (units, units, bumps, letters, *[1] * normalised)

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
        inputs = ops.transpose(projected, (1, 0, 2))
        begin = self.start(inputs, training)
        if keras.backend.backend() == "torch" and not self.normalised:
            weights = (self.recurrent, self.reader, self.peepholes, self.window_kernel, self.window_bias)
            tensors = (ops.convert_to_tensor(w) for w in weights)
            states, windows, cell, kappa = backend.window_lstm(inputs + self.bias, *tensors, text, *begin, self.limit)
            self.keep((states[-1], cell, kappa, windows[-1]), training)
            return ops.transpose(states, (1, 0, 2)), ops.transpose(windows, (1, 0, 2))

        def step(carry: Any, z: Any) -> Any:
            carry, _ = self.read(z, text, *carry, training=training)
            return carry, carry

        end, found = ops.scan(step, tuple(ops.cast(part, inputs.dtype) for part in begin), inputs)
        states, cells, _, windows = found[:4]
        if training and self.normalised:
            recurrent = ops.matmul(_before(begin[0], states), self.recurrent)
            recurrent = recurrent + ops.matmul(_before(begin[3], windows), self.reader)
            self._learn(inputs, recurrent, cells, begin[-1])
        self.keep(end, training)
        return ops.transpose(states, (1, 0, 2)), ops.transpose(windows, (1, 0, 2))

    def read(
        self, z: Any, text: Any, h: Any, c: Any, kappa: Any, window: Any, *count: Any, training: bool = False
    ) -> tuple[tuple[Any, ...], Any]:
        """The state after a step, from its projected input without bias and the state before it; and φ.

        φ (batch, characters) is how much of each character the window sees.
        """
        h, c, *count_after = self.step(z, h, c, *count, read=ops.matmul(window, self.reader), training=training)
        shapes = ops.exp(ops.matmul(h, self.window_kernel) + self.window_bias)
        alpha, beta, step = ops.split(shapes, 3, axis=-1)
        kappa = kappa + step
        away = kappa[:, :, None] - ops.arange(ops.shape(text)[1], dtype="float32")
        seen = ops.sum(alpha[:, :, None] * ops.exp(-beta[:, :, None] * ops.square(away)), axis=1)
        return (h, c, kappa, ops.matmul(seen[:, None], text)[:, 0], *count_after), seen


class StepNorm(keras.layers.Layer):
    """Batch normalisation in a recurrent step (Cooijmans et al. 2016, arXiv 1603.09025), each step for itself.

    Call arguments: values (batch, width), the number of steps before (batch, 1), the same in all rows, and whether in
    training: then the values' own mean and variance count, else running ones, kept for each of the first ``STEPS``
    steps and in common for all later ones. The scale starts at 0.1, as in the paper's section 4; there is a shift only
    where no bias follows.
    """

    #: Steps with statistics of their own (exact in bfloat16 as well); weight of the past in the running ones.
    STEPS, PAST = 256, 0.9

    def __init__(self, width: int, shifted: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.width, self.shifted = width, shifted

    def build(self, values_shape: Any = None) -> None:
        self.scale = self.add_weight(shape=(self.width,), initializer=keras.initializers.Constant(0.1), name="scale")
        if self.shifted:
            self.shift = self.add_weight(shape=(self.width,), initializer="zeros", name="shift")
        shape = (self.STEPS, self.width)
        self.mean = self.add_weight(shape=shape, initializer="zeros", trainable=False, name="mean")
        self.variance = self.add_weight(shape=shape, initializer="ones", trainable=False, name="variance")

    def call(self, values: Any, before: Any, training: bool = False) -> Any:
        wide = ops.cast(values, "float32")
        if training:
            mean, variance = _moments(wide, 0)
        else:
            place = ops.cast(ops.minimum(before[0, 0], self.STEPS - 1), "int32")
            mean, variance = ops.take(self.mean, place, axis=0), ops.take(self.variance, place, axis=0)
        found = (wide - mean) * ops.rsqrt(variance + 1e-5) * self.scale
        return ops.cast(found + self.shift if self.shifted else found, values.dtype)

    def follow(self, values: Any, before: Any) -> None:
        """Move the running statistics towards those of values (steps, batch, width) after ``before`` steps."""
        mean, variance = _moments(ops.cast(ops.stop_gradient(values), "float32"), 1)
        place = ops.cast(ops.cast(before[0, 0], "int32") + ops.arange(ops.shape(values)[0]), "int32")
        hot = ops.one_hot(ops.minimum(place, self.STEPS - 1), self.STEPS)
        count = ops.sum(hot, axis=0)[:, None]
        for running, found in ((self.mean, mean), (self.variance, variance)):
            seen = ops.matmul(ops.transpose(hot), found) / ops.maximum(count, 1.0)
            running.assign(running + (1 - self.PAST) * ops.minimum(count, 1.0) * (seen - running))


def _moments(values: Any, axis: int) -> tuple[Any, Any]:
    """Mean and variance; ``keras.ops.moments`` loses small variances in rounding, since it subtracts squares."""
    mean = ops.mean(values, axis=axis, keepdims=True)
    return ops.squeeze(mean, axis), ops.mean(ops.square(values - mean), axis=axis)


def _before(first: Any, rows: Any) -> Any:
    """What each step (steps, batch, width) starts from: the one before it, the first from ``first``."""
    return ops.concatenate([ops.cast(first, rows.dtype)[None], rows[:-1]])


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
