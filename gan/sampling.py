"""Handwriting from the generator: free, biased or primed with a known hand (Graves 2013, sections 5.4 and 5.5).

One compiled loop advances all samples together; after every ``CHUNK`` steps those are looked at that have ended. Each
sample has its own random numbers, drawn beforehand from the seed and its place, so that it is the same whatever else
is in the batch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError, MissingResourceError
from gan import backend
from gan.alphabet import CHARACTERS, encode
from gan.priming import GAP, Hand

if TYPE_CHECKING:
    from gan.generator import GeneratorConfig

Array = NDArray[np.float64]
PRETRAINED = Path(__file__).parent / "pretrained"
WEIGHTS = PRETRAINED / "generator.safetensors"
#: Steps between looks at which samples have ended.
CHUNK = 64
#: A sample that has not ended after so many points a character never will.
MOST_POINTS = 60
#: Points that a window can rest on one character; more is a pen that trembles on the spot. Real lines have up to 90.
STALL = 150
#: Points after the window has passed the text in which the stroke at hand may end.
LAST_STROKE = 40


@dataclass(frozen=True, eq=False)
class Prime:
    """Known handwriting that the network reads before it writes.

    Attributes
    ----------
    points : (n, 3) offsets in the corpus's deviations and one where a stroke ends, as in training.
    text : what they say.
    """

    points: Array
    text: str


@dataclass(frozen=True, eq=False)
class Drawn:
    """One sample of the generator.

    Attributes
    ----------
    points : (n, 3) as in ``Prime``; the first offset leads from the prime's last point, or from nowhere.
    seen : (n, characters + 1) how much of each character of the text the window saw; the last column is its end.
    parameters : (n, k) what the network put out for each point, see ``mixture.split``.
    first : number of the point with which the text begins; those before finish the prime.
    log_likelihood : mean over the points, nats, without bias.
    ended : whether it ended by itself, with the window past the last character.
    """

    points: Array
    seen: Array
    parameters: Array
    first: int
    log_likelihood: float
    ended: bool

    @property
    def passed_over(self) -> tuple[int, ...]:
        """Places of the characters that the window never saw more of than of all others."""
        rested = set(np.argmax(self.seen[self.first :], axis=1).tolist())
        return tuple(place for place in range(self.seen.shape[1] - 1) if place not in rested)


@dataclass(frozen=True, eq=False)
class Generator:
    """The network with what is needed to use it: what it is, and the hand that it learnt from."""

    network: Any
    config: GeneratorConfig
    hand: Hand


def learnt_from(weights: Path = WEIGHTS) -> Hand:
    """The hand that a generator learnt from, without loading it. Raises MissingResourceError without weights."""
    return Hand(**_card(weights)["hand"])


def _card(weights: Path) -> dict[str, Any]:
    from safetensors import safe_open

    if not weights.is_file():
        raise MissingResourceError(
            str(weights), "the generator's weights are missing.", "Get them from the repository, or train them."
        )
    with safe_open(weights, framework="np") as stored:
        card: dict[str, Any] = json.loads(stored.metadata()["card"])
    return card


@lru_cache(maxsize=1)
def load_generator(weights: Path = WEIGHTS) -> Generator:
    """The shipped generator. Raises MissingResourceError where the weights are missing."""
    card = _card(weights)
    if card["config"].get("head", "mixture") != "mixture" or not card["config"].get("text", True):
        raise MissingResourceError(
            str(weights), "this network has no text, or no distribution to draw from.", "Give others."
        )
    backend.choose()
    from gan.discriminator import load_weights
    from gan.generator import GeneratorConfig, build_generator

    config = GeneratorConfig(**card["config"])
    network = build_generator(config)
    load_weights(network, weights)
    return Generator(network, config, Hand(**card["hand"]))


def check_steps(steps: int | None) -> None:
    """Raise ArgumentsError for a number of points that cannot be drawn."""
    if steps is not None and not 1 <= steps <= 20_000:
        raise ArgumentsError("--steps", f"{steps} points cannot be drawn.", "Give 1 to 20000, or auto.")


def check_bias(bias: float) -> None:
    """Raise ArgumentsError for a bias outside 0 … 10."""
    if not 0 <= bias <= 10:
        raise ArgumentsError("--bias", f"{bias} is no probability bias.", "Give 0 (free) to 10 (always the likeliest).")


def draw(
    generator: Generator,
    texts: Sequence[str],
    seeds: Sequence[int | tuple[int, ...]],
    bias: float = 0.0,
    prime: Prime | None = None,
    steps: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Drawn]:
    """One sample of each text, with the seed beside it; ``prime`` is the hand that all are written in.

    ``bias`` b ≥ 0 makes likelier points likelier (equations 61 and 62). A sample ends when the window has passed its
    last character and the stroke is done, or after ``steps`` points. ``progress`` gets (points so far, points at most).
    Raises ArgumentsError for a character that cannot be written, a bias or a number of steps out of range.
    """
    check_bias(bias)
    check_steps(steps)
    before = prime.text + GAP if prime else ""
    coded = [encode(before + text) for text in texts]
    letters = np.zeros((len(texts), max(len(c) for c in coded) + 1, len(CHARACTERS)), np.float32)
    for row, code in enumerate(coded):
        letters[row, np.arange(len(code)), code] = 1
    lengths = np.array([len(code) for code in coded])
    advance, read = _compiled(generator)
    if prime:
        state = tuple(np.repeat(part, len(texts), axis=0) for part in _primed(generator, prime))
        # The end of the prime is read beside each text: the window looks a little ahead.
        state = _read_on(read, letters, prime.points[_cached(prime) :], state)
    else:
        state = zero_state(generator, len(texts))
    most = steps if steps else MOST_POINTS * max(len(text) for text in texts) + CHUNK
    random = [np.random.default_rng(seed) for seed in seeds]
    kept: list[tuple[NDArray[np.float32], ...]] = []
    begin, done = len(before), 0
    ends: list[tuple[int, bool]] = []
    while done < most:
        noise = np.stack([random_numbers(r) for r in random], axis=1)
        state, *found = advance(letters, noise, np.float32(bias), *state)
        kept.append(tuple(np.asarray(part) for part in found))
        done += CHUNK
        if progress:
            progress(min(done, most), most)
        if not steps:
            points, seen = (np.concatenate([part[k] for part in kept]) for k in (0, 2))
            ends = [_end(points[:, i], seen[:, i], length) for i, length in enumerate(lengths)]
            if all(ended or end < done for end, ended in ends):
                break
    points, parameters, seen = (np.concatenate(part) for part in zip(*kept, strict=True))
    ends = [_end(points[:most, i], seen[:most, i], length) for i, length in enumerate(lengths)]
    drawn = []
    for i, (end, ended) in enumerate(ends):
        stop = most if steps else end
        whole = seen[:stop, i, : lengths[i] + 1]
        first = _first(points[:stop, i], whole, begin)
        # Copies, since a view would keep the whole batch in memory.
        parts = (points[:stop, i].astype(float), whole[:, begin:].copy(), parameters[:stop, i].copy())
        drawn.append(_drawn(*parts, first, generator, ended and end <= stop))
    return drawn


def random_numbers(random: np.random.Generator) -> NDArray[np.float32]:
    """(CHUNK, 4): uniform for the component, two normal deviates for the offset, uniform for the end of the stroke."""
    return np.column_stack(
        [random.random((CHUNK, 1)), random.standard_normal((CHUNK, 2)), random.random((CHUNK, 1))]
    ).astype(np.float32)


def _end(points: Array, seen: Array, length: int) -> tuple[int, bool]:
    """Points of a sample up to the end of the stroke in which the window passed the text; all where it did not.

    Where no stroke is under way then, the text is done; a stroke that goes on and on is cut where the window passed. A
    sample that stalls is given up.
    """
    rested = np.argmax(seen[:, : length + 1], axis=1)
    passed = np.flatnonzero(rested == length)
    moves = np.flatnonzero(np.diff(rested[: passed[0] + 1] if len(passed) else rested, prepend=-1, append=-1))
    stalls = np.flatnonzero(np.diff(moves) > STALL)
    if len(stalls):
        return int(moves[stalls[0]]) + STALL, False
    if not len(passed):
        return len(points), False
    last = int(passed[0])
    if last and points[last - 1, 2]:
        return last, True
    pen_up = np.flatnonzero(points[last : last + LAST_STROKE, 2])
    if len(pen_up):
        return last + int(pen_up[0]) + 1, True
    return (last + 1, True) if len(points) >= last + LAST_STROKE else (len(points), False)


def _first(points: Array, seen: Array, begin: int) -> int:
    """Start of the stroke in which the window comes to the text; it may still finish the prime before."""
    there = np.flatnonzero(np.argmax(seen, axis=1) >= begin)
    pen_up = np.flatnonzero(points[: there[0], 2]) if len(there) else np.zeros(0, np.int64)
    return int(pen_up[-1]) + 1 if len(pen_up) else 0


def _drawn(points: Array, seen: Array, parameters: Array, first: int, generator: Generator, ended: bool) -> Drawn:
    from gan.mixture import log_likelihood

    density = log_likelihood(parameters.astype(np.float32), points.astype(np.float32), generator.config.components)
    return Drawn(points, seen, parameters, first, float(np.asarray(density, float).mean()), ended)


def zero_state(generator: Generator, rows: int) -> tuple[NDArray[np.float32], ...]:
    """The zero state (rows, …): the point before, then the state of each layer."""
    layers = [generator.network.get_layer(f"lstm_{number}") for number in range(generator.config.layers)]
    widths = [3, *(width for layer in layers for width in layer.state_widths)]
    return tuple(np.zeros((rows, width), np.float32) for width in widths)


def _cached(prime: Prime) -> int:
    """How many of its points are read once for all texts: those far from the prime's end."""
    return int(0.6 * len(prime.points)) if len(prime.text) >= 20 else 0


@lru_cache(maxsize=32)
def _primed(generator: Generator, prime: Prime) -> tuple[NDArray[np.float32], ...]:
    """The state after the network has read most of a prime, kept for the next sample in that hand."""
    letters = np.eye(len(CHARACTERS), dtype=np.float32)[None, encode(prime.text + GAP)]
    _, read = _compiled(generator)
    return _read_on(read, letters, prime.points[: _cached(prime)], zero_state(generator, 1))


def _read_on(read: Any, letters: Any, points: Array, state: tuple[Any, ...]) -> tuple[NDArray[np.float32], ...]:
    """The state with these points (n, 3) as the latest; the last of them is what the next step starts from."""
    if not len(points):
        return state
    before = np.repeat(points[:-1, None].astype(np.float32), len(letters), axis=1)
    found = read(letters, np.concatenate([np.asarray(state[0])[None], before]), *state)
    last = np.repeat(points[-1:].astype(np.float32), len(letters), axis=0)
    return (last, *(np.asarray(part) for part in found[1:]))


def network_step(generator: Generator, letters: Any, point: Any, *state: Any) -> tuple[Any, Any, list[Any]]:
    """Outputs (batch, k) and φ (batch, characters) of one step of the network, and the layers' state after it.

    ``letters`` (batch, characters, letters), ``point`` (batch, 3) the one before; the state as in ``zero_state``.
    """
    from keras import ops

    get = generator.network.get_layer
    states: list[Any] = []
    after: list[Any] = []
    for number in range(generator.config.layers):
        layer = get(f"lstm_{number}")
        parts, state = state[: len(layer.state_widths)], state[len(layer.state_widths) :]
        kernel = get(f"input_{number}").kernel
        if number == 0:
            parts, seen = layer.read(ops.matmul(point, kernel), letters, *parts)
            window = parts[3]
        else:
            below = ops.concatenate([point, states[-1], window], axis=-1)
            parts = layer.step(ops.matmul(below, kernel), *parts)
        states.append(parts[0])
        after += parts
    output = get("output")
    return ops.matmul(ops.concatenate(states, axis=-1), output.kernel) + output.bias, seen, after


@lru_cache(maxsize=1)
def _compiled(generator: Generator) -> tuple[Any, Any]:
    """The loop that writes, and the loop that reads known points."""
    from keras import ops

    def advance(letters: Any, noise: Any, bias: Any, *state: Any) -> tuple[Any, ...]:
        rows = ops.shape(letters)[0]
        nothing = [ops.zeros((rows, n)) for n in (generator.network.output_shape[-1], ops.shape(letters)[1])]

        def step(carry: Any, drawn: Any) -> Any:
            y, seen, rest = network_step(generator, letters, *carry[:-2])
            carry = (pick(y, drawn, generator.config.components, bias), *rest, y, seen)
            # The whole carry goes out, since TensorFlow's scan wants outputs of its structure.
            return carry, carry

        carry, (points, *_, parameters, seen) = ops.scan(step, (*state, *nothing), noise)
        return carry[:-2], points, parameters, seen

    def read(letters: Any, points: Any, *state: Any) -> tuple[Any, ...]:
        def step(carry: Any, point: Any) -> Any:
            _, _, rest = network_step(generator, letters, point, *carry[1:])
            return (point, *rest), (point, *rest)

        return ops.scan(step, state, points)[0]

    return backend.compiled(advance), backend.compiled(read)


def pick(y: Any, noise: Any, components: int, bias: Any) -> Any:
    """Points (batch, 3) from outputs y (batch, k) of the network and ``random_numbers`` (batch, 4)."""
    from keras import ops

    from gan.mixture import split

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
