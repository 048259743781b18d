"""Writing without a text: points from the prediction network (Graves 2013, section 4), or from a ``point`` network.

Each sample has random numbers of its own, and ``ROWS`` are computed at a time, never more or fewer, so that a sample
is the same whatever else is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError, MissingResourceError
from gan import backend
from gan.writing.loops import CHUNK, Generator, network_step, pick, random_numbers, zero_state
from gan.writing.priming import Hand
from gan.writing.sampling import card_of, check_bias

Array = NDArray[np.float64]
#: The prediction network. It lies among the weights to go on from: the shipped ones have a limit of size together.
WEIGHTS = Path(__file__).parent.parent / "training" / "starts" / "prediction.safetensors"
ROWS = 4
MOST_POINTS = 5_000


@lru_cache(maxsize=2)
def load_free(weights: Path = WEIGHTS) -> Generator:
    """A network without text, of either head. Raises MissingResourceError where it is missing, or has a text."""
    card = card_of(weights)
    if card["config"].get("text", True):
        raise MissingResourceError(str(weights), "this network writes a text.", "Give one that was trained without.")
    backend.choose()
    from gan.judging.discriminator import load_weights
    from gan.writing.generator import GeneratorConfig, build_generator

    config = GeneratorConfig(**card["config"])
    network = build_generator(config)
    load_weights(network, weights)
    return Generator(network, config, Hand(**card["hand"]))


def check_points(points: int) -> None:
    """Raise ArgumentsError for a number of points that cannot be drawn."""
    if not 2 <= points <= MOST_POINTS:
        raise ArgumentsError("--points", f"{points} points cannot be drawn.", f"Give 2 to {MOST_POINTS}.")


def write_freely(
    generator: Generator, primes: Sequence[Array], points: int, bias: float = 0.0, seed: int = 7, first: int = 0
) -> list[Array]:
    """A sample (points, 3) after each of the primes (m, 3), which have one length, 0 for none; as in training.

    ``first`` is the number of the first sample, with which and the ``seed`` its random numbers begin. A network with
    the ``point`` head writes the offset that it expects, whatever the ``bias``.
    Raises ArgumentsError for a number of points or a bias out of range.
    """
    check_points(points)
    check_bias(bias)
    found: list[Array] = []
    for start in range(0, len(primes), ROWS):
        some = primes[start : start + ROWS]
        random = [np.random.default_rng((seed, first + start + row)) for row in range(len(some))]
        found += _written(generator, some, points, bias, random)
    return found


def _written(
    generator: Generator, primes: Sequence[Array], points: int, bias: float, random: Sequence[np.random.Generator]
) -> list[Array]:
    """As ``write_freely`` for up to ``ROWS`` primes."""
    advance, read = _compiled(generator)
    rows = np.minimum(np.arange(ROWS), len(primes) - 1)
    state: tuple[Any, ...] = zero_state(generator, ROWS)
    known = np.stack([primes[row] for row in rows], axis=1).astype(np.float32)
    if len(known):
        before = np.concatenate([state[0][None], known[:-1]])
        state = (known[-1], *read(before, *state)[1:])
    chunks: list[Array] = []
    while len(chunks) * CHUNK < points:
        noise = np.stack([random_numbers(one) for one in random], axis=1)[:, rows]
        *state, chunk = advance(noise, np.float32(bias), *state)
        chunks.append(np.asarray(chunk, np.float64))
    return list(np.concatenate(chunks)[:points, : len(primes)].transpose(1, 0, 2))


@lru_cache(maxsize=2)
def _compiled(generator: Generator) -> tuple[Any, Any]:
    """The loop that writes, giving the state after it and its points, and the loop that reads known points."""
    from keras import ops

    def next_point(y: Any, drawn: Any, bias: Any) -> Any:
        if generator.config.head == "mixture":
            return pick(y, drawn, generator.config.components, bias)
        up = ops.cast(drawn[:, 3] < ops.sigmoid(y[:, 0]), "float32")
        return ops.concatenate([y[:, 1:], up[:, None]], axis=-1)

    def advance(noise: Any, bias: Any, *state: Any) -> tuple[Any, ...]:
        def step(carry: Any, drawn: Any) -> Any:
            y, _, rest = network_step(generator, None, *carry)
            carry = (next_point(y, drawn, bias), *rest)
            # The whole carry goes out, since TensorFlow's scan wants outputs of its structure.
            return carry, carry

        carry, every = ops.scan(step, state, noise)
        return *carry, every[0]

    def read(points: Any, *state: Any) -> tuple[Any, ...]:
        def step(carry: Any, point: Any) -> Any:
            _, _, rest = network_step(generator, None, point, *carry[1:])
            return (point, *rest), (point, *rest)

        return ops.scan(step, state, points)[0]

    return backend.compiled(advance), backend.compiled(read)
