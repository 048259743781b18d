"""The generator of Graves (2013): prediction network (no text) and synthesis network (text), in Keras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import keras
from keras import ops

from gan.cells import PeepholeLstm, WindowLstm, limited
from gan.writing.alphabet import CHARACTERS
from gan.writing.mixture import log_likelihood, outputs

#: Limits of the loss's derivatives by the gates' sums and by the outputs (Graves 2013, sections 2.1 and 4.2).
CELL_LIMIT, OUTPUT_LIMIT = 10.0, 100.0


@dataclass(frozen=True)
class GeneratorConfig:
    """What the network is; without ``text`` it is the prediction network.

    With ``normalised``, its recurrent layers are normalised step by step (Cooijmans et al. 2016). With the ``point``
    head it puts out one offset and the logit of the end of a stroke, instead of a distribution.
    """

    layers: int = 3
    units: int = 400
    #: Gaussians of the soft window (K) and of the output (M).
    bumps: int = 10
    components: int = 20
    text: bool = True
    normalised: bool = False
    head: Literal["mixture", "point"] = "mixture"

    @property
    def outputs(self) -> int:
        """Numbers that the network puts out per step; the first is the logit of the end of a stroke."""
        return outputs(self.components) if self.head == "mixture" else 3


def build_generator(
    config: GeneratorConfig = GeneratorConfig(),
    dropout: float = 0.0,
    limit_derivatives: bool = False,
    carried: int = 0,
) -> keras.Model:
    """Generator: points (batch, steps, 3) and texts (batch, characters, letters), one-hot → outputs (batch, steps, k).

    Every layer sees the point and the layer below, all but the first the window of the same step; all layers feed the
    output (equations 8, 9 and 52; figure 12). k is ``config.outputs``.
    In training only: ``dropout`` of what a layer passes up, the paper's limits of the derivatives, and the number of
    rows whose state is ``carried`` from batch to batch.
    """
    limit = CELL_LIMIT if limit_derivatives else None
    points = keras.Input((None, 3), name="points")
    inputs, below, states = [points], [points], []
    if config.text:
        text = keras.Input((None, len(CHARACTERS)), name="text")
        inputs.append(text)
    for number in range(config.layers):
        seen = ops.concatenate(below, axis=-1) if len(below) > 1 else below[0]
        projected = keras.layers.Dense(4 * config.units, use_bias=False, name=f"input_{number}")(seen)
        if number == 0 and config.text:
            reader = WindowLstm(
                config.units, len(CHARACTERS), config.bumps, limit, carried, config.normalised, name="lstm_0"
            )
            state, window = reader(projected, text)
        else:
            state = PeepholeLstm(config.units, limit, carried, config.normalised, name=f"lstm_{number}")(projected)
        if dropout:
            state = keras.layers.Dropout(dropout, name=f"dropout_{number}")(state)
        states.append(state)
        below = [points, state, window] if config.text else [points, state]
    whole = ops.concatenate(states, axis=-1) if len(states) > 1 else states[0]
    y: Any = keras.layers.Dense(config.outputs, dtype="float32", name="output")(whole)
    if limit_derivatives:
        y = keras.layers.Lambda(lambda y: limited(y, OUTPUT_LIMIT), name="limited")(y)
    return keras.Model(inputs, y, name="generator")


def loss(config: GeneratorConfig, y: Any, points: Any) -> Any:
    """What a step costs (…), from the network's output y (…, k) and the point that came (…, 3).

    Negative log-likelihood in nats; for the ``point`` head, squared error of the offset in squared deviations plus
    cross-entropy of the end of the stroke in nats.
    """
    if config.head == "mixture":
        return -log_likelihood(y, points, config.components)
    stroke = points[..., 2] * ops.softplus(-y[..., 0]) + (1 - points[..., 2]) * ops.softplus(y[..., 0])
    return ops.sum(ops.square(y[..., 1:] - points[..., :2]), axis=-1) + stroke
