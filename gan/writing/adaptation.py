"""The generator adapted to one hand: its top layer alone learns, from a few known lines, by maximum likelihood.

All below the top layer stays as it was trained, so what it makes of a known line is the same at every update: it is
computed once, and what learns is a network of one layer, a copy. The shipped network is only read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan import backend
from gan.writing.lines import Array, Line, joined, padded, stretched
from gan.writing.loops import Generator

#: Lines from which on one of them is held out, to tell when to stop.
HOLD_OUT = 3
#: Limit of the norm of the whole gradient, as in training.
CLIP_NORM = 1.0


@dataclass(frozen=True)
class Settings:
    """How a hand is learnt.

    Attributes
    ----------
    updates, unwatched, rate : how often at most weights are moved, how often where no line can be held out, and how far
        (Adam).
    rows, piece : pieces of lines an update, and their points.
    drawings : in how many ways each line is stretched and joined.
    joined : share of the lines that have another one before them, as a prime is.
    stretch : deviation of their random slant and of the logarithms of random sizes.
    output : whether the output layer learns, too.
    look, patience : updates between looks at the line that is held out, and looks without gain that end the learning.
    """

    updates: int = 80
    unwatched: int = 20
    rate: float = 1e-4
    rows: int = 24
    piece: int = 128
    drawings: int = 6
    joined: float = 0.5
    stretch: float = 0.04
    output: bool = True
    look: int = 10
    patience: int = 2
    seed: int = 1


@dataclass(frozen=True, eq=False)
class Adapted:
    """What was learnt of a hand.

    Attributes
    ----------
    weights : path of each variable that learnt → its value (float16).
    lines, updates : known lines that it learnt from, and after how many updates it stopped.
    before, after : nats a point of the line that was held out, after another one, by the shipped and by these weights;
        None where there were too few lines to hold one out.
    """

    weights: dict[str, NDArray[np.float16]]
    lines: int
    updates: int
    before: float | None = None
    after: float | None = None


def adapt(
    generator: Generator,
    lines: Sequence[Line],
    settings: Settings = Settings(),
    progress: Callable[[int, int], None] | None = None,
) -> Adapted:
    """What the top layer learns from known lines, points in the generator's deviations; the generator stays as it is.

    ``progress`` is called with (updates done, updates at most). Raises ValueError without lines.
    """
    if not lines:
        raise ValueError("there is no line to learn from")
    random = np.random.default_rng(settings.seed)
    read = reader(generator)
    held_out = read([joined(lines[0], lines[-1])], len(lines[0].points)) if len(lines) >= HOLD_OUT else None
    learnt_from = list(lines[:-1] if held_out else lines)
    drawn = [line for _ in range(settings.drawings) for line in variants(learnt_from, settings, random)]
    chosen = batches(pieces(read(drawn), settings), settings.rows, random)
    top = top_layer(generator, settings)
    learning = top.trainable_variables
    before = best = cost(top, held_out) if held_out else None
    kept, updates = _values(learning), 0
    most = settings.updates if held_out else settings.unwatched
    for step in range(1, most + 1):
        update(top, next(chosen))
        if progress:
            progress(step, most)
        last = step == most
        if held_out and best is not None and (last or step % settings.look == 0):
            found = cost(top, held_out)
            if found >= best:
                if last or step - updates >= settings.patience * settings.look:
                    break
                continue
            best = found
        elif not last:
            continue
        kept, updates = _values(learning), step
    weights = {v.path: value.astype(np.float16) for v, value in zip(learning, kept, strict=True)}
    return Adapted(weights, len(learnt_from), updates, before, best)


def with_top(generator: Generator, weights: dict[str, NDArray[np.float16]]) -> Generator:
    """A generator of its own that has these weights in its top layer, and all others of the given one.

    Raises ValueError where the weights are not those of a top layer of this generator.
    """
    from gan.writing.generator import build_generator

    network = build_generator(generator.config)
    network.set_weights(generator.network.get_weights())
    own = {v.path: v for v in network.trainable_variables}
    expected = top_shapes(generator, output="output/kernel" in weights)
    if {path: value.shape for path, value in weights.items()} != expected:
        raise ValueError("these are not the weights of a top layer of this generator")
    for path, value in weights.items():
        own[path].assign(value.astype(np.float32))
    return replace(generator, network=network)


def top_shapes(generator: Generator, output: bool) -> dict[str, tuple[int, ...]]:
    """Path of each variable that learns → its shape."""
    top = top_layer(generator, Settings(output=output))
    return {v.path: tuple(v.shape) for v in top.trainable_variables}


def top_layer(generator: Generator, settings: Settings) -> Any:
    """The top layer and the output as a network of their own, compiled to learn.

    Inputs (batch, steps, …): what the top layer sees, and the states of the layers below it, which feed the output.
    """
    import keras
    from keras import ops

    from gan.cells import PeepholeLstm
    from gan.writing.generator import loss

    config = generator.config
    number = config.layers - 1
    seen = keras.Input((None, generator.network.get_layer(f"input_{number}").kernel.shape[0]))
    states = keras.Input((None, number * config.units))
    projected = keras.layers.Dense(4 * config.units, use_bias=False, name=f"input_{number}")(seen)
    state = PeepholeLstm(config.units, carried=settings.rows, normalised=config.normalised, name=f"lstm_{number}")(
        projected
    )
    output = keras.layers.Dense(config.outputs, dtype="float32", name="output", trainable=settings.output)
    top = keras.Model([seen, states], output(ops.concatenate([states, state], axis=-1)))
    values = {variable.path: variable for variable in generator.network.weights}
    for variable in top.weights:
        if variable.path in values:
            # All but the state that is carried to a piece.
            variable.assign(values[variable.path])

    def per_step(target: Any, y: Any) -> Any:
        mask = target[..., 3]
        return ops.sum(loss(config, y, target[..., :3]) * mask) / ops.sum(mask)

    # Without XLA, which would compile anew for each length of lines.
    adam = keras.optimizers.Adam(settings.rate, global_clipnorm=CLIP_NORM)
    top.compile(optimizer=adam, loss=per_step, jit_compile=False)
    return top


@dataclass(frozen=True, eq=False)
class Read:
    """Lines as all but the top layer reads them, the same at every update.

    Attributes
    ----------
    seen, below : (n, steps, …) what the top layer sees, and the states of the layers below it.
    states : (n, steps, units) each, the state of the shipped top layer after each step.
    target : (n, steps, 4) the points to come, and whether they count.
    """

    seen: Array
    below: Array
    states: tuple[Array, ...]
    target: Array


def reader(generator: Generator) -> Callable[..., Read]:
    """The function that reads lines; of each, the first ``skip`` points are read, but do not count."""
    import keras
    from keras import ops

    network, number = generator.network, generator.config.layers - 1
    outputs = [network.get_layer(f"lstm_{lower}").output for lower in range(number)]
    layer, kernel = network.get_layer(f"lstm_{number}"), network.get_layer(f"input_{number}").kernel
    # The first layer puts out its window, too.
    lower = keras.Model(network.inputs, [network.get_layer(f"input_{number}").input, outputs[0][0], *outputs[1:]])

    def states(points: Any, text: Any) -> tuple[Any, ...]:
        seen, *below = lower([points, text], training=False)

        def step(carry: Any, z: Any) -> Any:
            carry = layer.step(z, *carry)
            return carry, carry

        inputs = ops.transpose(ops.matmul(seen, kernel), (1, 0, 2))
        _, found = ops.scan(step, tuple(layer.start(inputs, False)), inputs)
        return seen, ops.concatenate(below, axis=-1), *(ops.transpose(part, (1, 0, 2)) for part in found)

    compiled = backend.compiled(states)

    def read(lines: Sequence[Line], skip: int = 0) -> Read:
        points, text, target, mask = padded(list(lines))
        mask[:, :skip] = 0
        seen, below, *found = (np.asarray(part) for part in compiled(points, text))
        return Read(seen, below, tuple(found), np.concatenate([target, mask[..., None]], axis=-1))

    return read


def variants(lines: Sequence[Line], settings: Settings, random: np.random.Generator) -> list[Line]:
    """Each line once, stretched a little, and maybe after another one."""
    found = []
    for number, line in enumerate(lines):
        if len(lines) > 1 and random.random() < settings.joined:
            before = (number + int(random.integers(1, len(lines)))) % len(lines)
            line = joined(lines[before], line)
        found.append(stretched(line, random, settings.stretch))
    return found


def pieces(read: Read, settings: Settings) -> Read:
    """Lines cut into pieces, each a row, with the state (rows, units) that the shipped layer comes to it with."""
    found: list[tuple[Array, ...]] = []
    for start in range(0, read.target.shape[1], settings.piece):
        part = slice(start, start + settings.piece)
        rows = read.target[:, part, 3].any(axis=1)
        before = [state[rows, start - 1] if start else np.zeros_like(state[rows, 0]) for state in read.states]
        cut = [whole[rows, part] for whole in (read.seen, read.below, read.target)]
        short = settings.piece - cut[0].shape[1]
        found.append((*(np.pad(whole, ((0, 0), (0, short), (0, 0))) for whole in cut), *before))
    seen, below, target, *states = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Read(seen, below, tuple(states), target)


def batches(cut: Read, rows: int, random: np.random.Generator) -> Iterator[Read]:
    """So many pieces at a time without end, each as often as the others."""
    left = np.zeros(0, np.int64)
    while True:
        while len(left) < rows:
            left = np.concatenate([left, random.permutation(len(cut.seen))])
        now, left = left[:rows], left[rows:]
        yield Read(cut.seen[now], cut.below[now], tuple(state[now] for state in cut.states), cut.target[now])


def update(top: Any, batch: Read) -> None:
    """Move the weights of a top layer once."""
    layer = next(layer for layer in top.layers if layer.name.startswith("lstm_"))
    for part, value in zip(layer.state, batch.states, strict=True):
        part.assign(value)
    top.train_on_batch([batch.seen, batch.below], batch.target)


def cost(top: Any, lines: Read) -> float:
    """Nats a point of whole lines by a top layer."""
    return float(top.test_on_batch([lines.seen, lines.below], lines.target))


def _values(variables: Sequence[Any]) -> list[Array]:
    """Copies of what variables hold now."""
    from keras import ops

    return [np.array(ops.convert_to_numpy(variable)) for variable in variables]
