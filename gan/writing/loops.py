"""The network step by step: the loops that write, that draft beside other letters, and that read known points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gan import backend
from gan.writing.alphabet import CHARACTERS

if TYPE_CHECKING:
    from gan.writing.generator import GeneratorConfig
    from gan.writing.priming import Hand

Array = NDArray[np.float64]
Floats = NDArray[Any]
#: Steps of random numbers that are drawn at once, and of single drafts between looks at which have ended.
CHUNK = 64


@dataclass(frozen=True, eq=False)
class Generator:
    """The network with what is needed to use it: what it is, and the hand that it learnt from."""

    network: Any
    config: GeneratorConfig
    hand: Hand


def random_numbers(random: np.random.Generator, steps: int = CHUNK) -> NDArray[np.float32]:
    """(steps, 4): uniform for the component, two normal deviates for the offset, uniform for the end of the stroke."""
    return np.column_stack(
        [random.random((steps, 1)), random.standard_normal((steps, 2)), random.random((steps, 1))]
    ).astype(np.float32)


def zero_state(generator: Generator, rows: int) -> tuple[NDArray[np.float32], ...]:
    """The zero state (rows, …): the point before, then the state of each layer."""
    layers = [generator.network.get_layer(f"lstm_{number}") for number in range(generator.config.layers)]
    widths = [3, *(width for layer in layers for width in layer.state_widths)]
    return tuple(np.zeros((rows, width), np.float32) for width in widths)


def one_hot(codes: Sequence[NDArray[np.int64]], places: int | None = None) -> NDArray[np.float32]:
    """Texts as (n, places, letters), with at least one empty place after each."""
    found = np.zeros((len(codes), places or max(map(len, codes)) + 1, len(CHARACTERS)), np.float32)
    for row, code in enumerate(codes):
        found[row, np.arange(len(code)), code] = 1
    return found


def density(y: Floats, points: Floats, generator: Generator) -> Array:
    """Log-likelihoods (…) of points (…, 3) under what the network put out for them."""
    from keras import ops

    from gan.writing.mixture import log_likelihood

    y, points = (ops.convert_to_tensor(part, "float32") for part in (y, points))
    return np.asarray(ops.convert_to_numpy(log_likelihood(y, points, generator.config.components)), float)


def network_step(generator: Generator, letters: Any, point: Any, *state: Any) -> tuple[Any, Any, list[Any]]:
    """Outputs (batch, k) and φ (batch, characters) of one step of the network, and the layers' state after it.

    ``letters`` (batch, characters, letters), ``point`` (batch, 3) the one before; the state as in ``zero_state``.
    A network without text is given None for letters, and gives None for φ.
    """
    from keras import ops

    get = generator.network.get_layer
    states: list[Any] = []
    after: list[Any] = []
    window: list[Any] = []
    seen = None
    for number in range(generator.config.layers):
        layer = get(f"lstm_{number}")
        parts, state = state[: len(layer.state_widths)], state[len(layer.state_widths) :]
        below = ops.concatenate([point, *states[-1:], *window], axis=-1)
        projected = ops.matmul(below, get(f"input_{number}").kernel)
        if number == 0 and letters is not None:
            parts, seen = layer.read(projected, letters, *parts)
            window = [parts[3]]
        else:
            parts = layer.step(projected, *parts)
        states.append(parts[0])
        after += parts
    output = get("output")
    return ops.matmul(ops.concatenate(states, axis=-1), output.kernel) + output.bias, seen, after


class Loops(NamedTuple):
    """A generator's compiled loops.

    ``write`` (letters, noise, bias, state …) → the state after it; then of each step (steps, rows, …) the point, the
    state, the outputs, and what the window saw. ``draft`` likewise, for rows of drafts, then as many for each
    other text: all get the points of the drafts; first comes the log-likelihood (steps, rows) of each in its text.
    ``read`` (letters, points (steps, rows, 3), state …) → the outputs of each step, and the state after it.
    """

    write: Any
    draft: Any
    read: Any


@lru_cache(maxsize=2)
def loops_of(generator: Generator) -> Loops:
    """The loops of a generator, each one graph for all texts and rows."""
    from keras import ops

    from gan.writing.mixture import log_likelihood

    def written(letters: Any, noise: Any, bias: Any, state: Sequence[Any]) -> Any:
        """The carry after all steps, and of every step: the state, the outputs, what the window saw."""
        rows = ops.shape(letters)[0]
        nothing = [ops.zeros((rows, n)) for n in (generator.network.output_shape[-1], ops.shape(letters)[1])]

        def step(carry: Any, drawn: Any) -> Any:
            y, seen, rest = network_step(generator, letters, *carry[:-2])
            drafts = ops.shape(drawn)[0]
            point = pick(y[:drafts], drawn, generator.config.components, bias)
            # Rows beyond the drafts read the same ink as other texts.
            carry = (ops.tile(point, (rows // drafts, 1)), *rest, y, seen)
            # TensorFlow's scan wants outputs of the carry's structure; the drafts' rows will do, but for their outputs.
            return carry, (*(part[:drafts] for part in (point, *rest)), y, seen[:drafts])

        return ops.scan(step, (*state, *nothing), noise)

    def write(letters: Any, noise: Any, bias: Any, *state: Any) -> tuple[Any, ...]:
        carry, every = written(letters, noise, bias, state)
        return carry[:-2], *every

    def draft(letters: Any, noise: Any, bias: Any, *state: Any) -> tuple[Any, ...]:
        carry, (point, *rest, y, seen) = written(letters, noise, bias, state)
        drafts = ops.shape(noise)[1]
        points = ops.tile(point, (1, ops.shape(letters)[0] // drafts, 1))
        return carry[:-2], log_likelihood(y, points, generator.config.components), point, *rest, y[:, :drafts], seen

    def read(letters: Any, points: Any, *state: Any) -> tuple[Any, ...]:
        nothing = ops.zeros((ops.shape(letters)[0], generator.network.output_shape[-1]))

        def step(carry: Any, point: Any) -> Any:
            y, _, rest = network_step(generator, letters, point, *carry[1:-1])
            # Nothing but the outputs is wanted of each step, yet scan wants the carry's structure.
            return (point, *rest, y), (*(part[:0] for part in (point, *rest)), y)

        carry, every = ops.scan(step, (*state, nothing), points)
        return every[-1], carry[:-1]

    return Loops(*map(backend.compiled, (write, draft, read)))


def pick(y: Any, noise: Any, components: int, bias: Any) -> Any:
    """Points (batch, 3) from outputs y (batch, k) of the network and ``random_numbers`` (batch, 4)."""
    from keras import ops

    from gan.writing.mixture import split

    end, log_weights, means, log_sigma, rho_hat = split(y, components, bias)
    below = ops.cumsum(ops.exp(log_weights), axis=-1) < noise[:, :1]
    which = ops.minimum(ops.sum(ops.cast(below, "int32"), axis=-1), components - 1)
    chosen = ops.one_hot(which, components)
    mean = ops.sum(means * chosen[..., None], axis=1)
    sigma = ops.exp(ops.sum(log_sigma * chosen[..., None], axis=1))
    rho_hat = ops.sum(rho_hat * chosen, axis=-1)
    x, free = noise[:, 1], noise[:, 2]
    # With ρ = tanh ρ̂: √(1 − ρ²) = 1 / cosh ρ̂.
    other = ops.tanh(rho_hat) * x + free / ops.cosh(rho_hat)
    offset = mean + sigma * ops.stack([x, other], axis=-1)
    up = ops.cast(noise[:, 3] < ops.sigmoid(end), "float32")
    return ops.concatenate([offset, up[:, None]], axis=-1)
