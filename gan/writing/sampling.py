"""Handwriting from the generator: free, biased or primed with a known hand (Graves 2013, sections 5.4 and 5.5).

One compiled loop advances all drafts of all lines together; after every ``CHUNK`` steps those are looked at that have
come to an end. Each draft has its own random numbers, drawn beforehand from its seed, so that a sample is the same
whatever else is in the batch.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError, MissingResourceError
from gan import backend
from gan.writing.alphabet import CHARACTERS, encode
from gan.writing.drafts import AFTER, Line, with_others
from gan.writing.priming import GAP, Hand

if TYPE_CHECKING:
    from gan.writing.generator import GeneratorConfig

Array = NDArray[np.float64]
Floats = NDArray[Any]
PRETRAINED = Path(__file__).parent.parent / "pretrained"
WEIGHTS = PRETRAINED / "generator.safetensors"
#: Steps between looks at which drafts have ended.
CHUNK = 64
#: Rows that are computed together, no more where drafts are chosen from and no fewer: products of other sizes are
#: rounded otherwise where they are shared by threads, and a sample would depend on what else is drawn.
BLOCK = 16


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
    passed_over : places of the characters that the window never saw more of than of all others.
    log_likelihood : mean over the points, nats, without bias.
    text_gain : nats a character by which the ink is likelier as its text than with other letters, of another look or
        alike, whichever is likelier; 0 for a single draft.
    ended : whether it ended by itself, with the window past the last character.
    """

    points: Array
    seen: Array
    parameters: Array
    first: int
    passed_over: tuple[int, ...]
    log_likelihood: float
    text_gain: float
    ended: bool


@dataclass(frozen=True, eq=False)
class Generator:
    """The network with what is needed to use it: what it is, and the hand that it learnt from."""

    network: Any
    config: GeneratorConfig
    hand: Hand


def learnt_from(weights: Path = WEIGHTS) -> Hand:
    """The hand that a generator learnt from, without loading it. Raises MissingResourceError without weights."""
    return Hand(**card_of(weights)["hand"])


def card_of(weights: Path) -> dict[str, Any]:
    """What is stored with a generator's weights. Raises MissingResourceError where they are missing."""
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
    card = card_of(weights)
    if card["config"].get("head", "mixture") != "mixture" or not card["config"].get("text", True):
        raise MissingResourceError(
            str(weights), "this network has no text, or no distribution to draw from.", "Give others."
        )
    backend.choose()
    from gan.judging.discriminator import load_weights
    from gan.writing.generator import GeneratorConfig, build_generator

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
    drafts: int = 1,
) -> list[Drawn]:
    """One sample of each text, with the seed beside it; ``prime`` is the hand that all are written in.

    ``bias`` b ≥ 0 makes likelier points likelier (equations 61 and 62). A sample ends where the network would
    go on to another word, or after ``steps`` points. Of each piece of a word so many ``drafts`` are written, and
    the one that can best be read is gone on from (``gan.writing.drafts``).
    Raises ArgumentsError for a character that cannot be written, a bias or a number of steps out of range.
    """
    check_bias(bias)
    check_steps(steps)
    letters, state = read_prime(generator, [text for text in texts for _ in range(drafts)], prime)
    before = [prime.text + GAP if prime else ""] * len(texts)
    return draw_from(generator, (letters, state), before, texts, seeds, bias, steps, drafts)


def draw_from(
    generator: Generator,
    begin: tuple[NDArray[np.float32], tuple[NDArray[np.float32], ...]],
    before: Sequence[str],
    texts: Sequence[str],
    seeds: Sequence[int | tuple[int, ...]],
    bias: float,
    steps: int | None = None,
    drafts: int = 1,
) -> list[Drawn]:
    """As ``draw``, from what each row has read: as ``read_prime`` gives it, a row for each draft of each text in turn.

    ``before`` are the texts that were read, with the gap after them.
    """
    most = max(BLOCK // drafts, 1)
    if drafts > 1 and len(texts) > most:
        found: list[Drawn] = []
        for start in range(0, len(texts), most):
            some, own = slice(start, start + most), slice(start * drafts, (start + most) * drafts)
            few = begin[0][own], tuple(all_rows[own] for all_rows in begin[1])
            found += draw_from(generator, few, before[some], texts[some], seeds[some], bias, steps, drafts)
        return found
    letters, state = begin
    advance, read = _compiled(generator)
    starts = [[part[number * drafts] for part in state] for number in range(len(texts))]
    whole = zip(before, texts, starts, strict=True)
    lines = [Line(read_before, text, drafts, steps, start) for read_before, text, start in whole]
    # What is drafted is read again with other letters in the place of each line's word: (others, row, …).
    others = np.stack([_one_hot(line.other_letters, letters.shape[1]) for line in lines for _ in range(drafts)], axis=1)
    doubt = [np.stack([part] * len(others)) for part in state]
    random = [
        np.random.default_rng((*_as_tuple(seed), draft))
        for _, seed in zip(texts, seeds, strict=True)
        for draft in range(drafts)
    ]
    at_work = lines
    while at_work:
        noise = np.stack([random_numbers(r) for r in random], axis=1)
        last = np.asarray(state[0])
        full = _full_rows(len(letters))
        state, *passed = advance(letters[full], noise[:, full], np.float32(bias), *(part[full] for part in state))
        points, *states, parameters, seen = (np.asarray(part)[:, : len(letters)] for part in passed)
        state = tuple(np.array(part)[: len(letters)] for part in state)
        gains = np.zeros((*points.shape[:2], len(others)))
        if drafts > 1:
            before_each = np.concatenate([last[None], points[:-1]])
            outputs, doubt = _read_beside(
                read, others[:, full], before_each[:, full], [part[:, full] for part in doubt]
            )
            outputs, doubt = ([part[:, : len(letters)] for part in some] for some in (outputs, doubt))
            of_letters, *of_others = (_density(y, points, generator) for y in (parameters, *outputs))
            gains = of_letters[..., None] - np.stack(of_others, axis=-1)
        for number, line in enumerate(at_work):
            rows = slice(number * drafts, (number + 1) * drafts)
            through = [part[:, rows] for part in (points, *states)]
            after = line.add(points[:, rows], parameters[:, rows], seen[:, rows], gains[:, rows], through)
            if after is not None and not line.done:
                for part, other, value in zip(state, doubt, after, strict=True):
                    part[rows] = other[:, rows] = value
                others[:, rows] = _one_hot(line.other_letters, letters.shape[1])[:, None]
        if any(line.done for line in at_work):
            left = np.repeat([not line.done for line in at_work], drafts)
            at_work = [line for line in at_work if not line.done]
            random = [r for r, stays in zip(random, left, strict=True) if stays]
            letters, others, state = letters[left], others[:, left], tuple(part[left] for part in state)
            doubt = [part[:, left] for part in doubt]
    return [_drawn(line, generator) for line in lines]


def read_prime(
    generator: Generator, texts: Sequence[str], prime: Prime | None
) -> tuple[NDArray[np.float32], tuple[NDArray[np.float32], ...]]:
    """What each row reads (rows, characters, letters), and its state (rows, …) once it has read the prime.

    Raises ArgumentsError for a character that cannot be written.
    """
    before = prime.text + GAP if prime else ""
    for text in texts:
        encode(text)
    letters = _one_hot([encode(before + text + GAP + AFTER) for text in texts])
    if prime is None:
        return letters, zero_state(generator, len(letters))
    state = tuple(np.repeat(part, len(letters), axis=0) for part in _primed(generator, prime))
    # The end of the prime is read beside each text: the window looks a little ahead.
    _, read = _compiled(generator)
    return letters, _read_on(read, letters, prime.points[_cached(prime) :], state)


def read_primes(
    generator: Generator, texts: Sequence[str], primes: Sequence[Prime]
) -> tuple[NDArray[np.float32], tuple[NDArray[np.float32], ...]]:
    """As ``read_prime``, for texts that have a prime each; primes are read side by side, each with a text but once."""
    _, read = _compiled(generator)
    distinct = list({id(prime): prime for prime in primes}.values())
    own = [encode(prime.text + GAP) for prime in distinct]
    whole = [encode(prime.text + GAP + text + GAP + AFTER) for text, prime in zip(texts, primes, strict=True)]
    pairs = list(dict.fromkeys((text, id(prime)) for text, prime in zip(texts, primes, strict=True)))
    first = {pair: row for row, pair in reversed(list(enumerate(zip(texts, map(id, primes), strict=True))))}
    early = [prime.points[: _cached(prime)] for prime in distinct]
    state = _read_rows(read, _one_hot(own), early, zero_state(generator, len(distinct)))
    place = {id(prime): number for number, prime in enumerate(distinct)}
    state = tuple(part[[place[prime] for _, prime in pairs]] for part in state)
    late = [distinct[place[prime]].points[_cached(distinct[place[prime]]) :] for _, prime in pairs]
    state = _read_rows(read, _one_hot([whole[first[pair]] for pair in pairs]), late, state)
    row = {pair: number for number, pair in enumerate(pairs)}
    chosen = [row[text, id(prime)] for text, prime in zip(texts, primes, strict=True)]
    return _one_hot(whole), tuple(part[chosen] for part in state)


def _read_rows(
    read: Any, letters: Any, points: Sequence[Array], state: tuple[Any, ...]
) -> tuple[NDArray[np.float32], ...]:
    """As ``_read_on``, with points (n, 3) of each row's own: from the shortest on, those that are read stay behind."""
    found = [np.array(part) for part in state]
    at = 0
    for length in sorted({len(some) for some in points} - {0}):
        rows = np.array([number for number, some in enumerate(points) if len(some) >= length])
        now = np.stack([points[number][at:length] for number in rows], axis=1).astype(np.float32)
        before = np.concatenate([found[0][rows][None], now[:-1]])
        _, after = read(letters[rows], before, *(part[rows] for part in found))
        found[0][rows] = now[-1]
        for part, value in zip(found[1:], after[1:], strict=True):
            part[rows] = np.asarray(value)
        at = length
    return tuple(found)


def text_gain(generator: Generator, known: Prime) -> float:
    """Nats a character by which known ink is likelier as its text than with letters of another look.

    About 0 where the ink says something else, or the generator cannot read it.
    """
    texts = [known.text, with_others(known.text)[0]]
    _, read = _compiled(generator)
    letters = _one_hot([encode(text + GAP + AFTER) for text in texts])
    before = np.concatenate([np.zeros((1, 3)), known.points[:-1]])[:, None].astype(np.float32)
    outputs, _ = read(letters, np.repeat(before, 2, axis=1), *zero_state(generator, 2))
    of_letters, of_others = _density(outputs, known.points[:, None], generator).sum(axis=0)
    return float(of_letters - of_others) / len(known.text)


def _as_tuple(seed: int | tuple[int, ...]) -> tuple[int, ...]:
    return seed if isinstance(seed, tuple) else (seed,)


def _one_hot(codes: Sequence[NDArray[np.int64]], places: int | None = None) -> NDArray[np.float32]:
    """Texts as (n, places, letters), with at least one empty place after each."""
    found = np.zeros((len(codes), places or max(map(len, codes)) + 1, len(CHARACTERS)), np.float32)
    for row, code in enumerate(codes):
        found[row, np.arange(len(code)), code] = 1
    return found


def random_numbers(random: np.random.Generator) -> NDArray[np.float32]:
    """(CHUNK, 4): uniform for the component, two normal deviates for the offset, uniform for the end of the stroke."""
    return np.column_stack(
        [random.random((CHUNK, 1)), random.standard_normal((CHUNK, 2)), random.random((CHUNK, 1))]
    ).astype(np.float32)


def _first(points: Array, seen: Array, begin: int) -> int:
    """Start of the stroke in which the window comes to the text; it may still finish the prime before."""
    there = np.flatnonzero(np.argmax(seen, axis=1) >= begin)
    pen_up = np.flatnonzero(points[: there[0], 2]) if len(there) else np.zeros(0, np.int64)
    return int(pen_up[-1]) + 1 if len(pen_up) else 0


def _drawn(line: Line, generator: Generator) -> Drawn:
    points, parameters, seen = line.points, line.parameters, line.seen
    return Drawn(
        points=points,
        # A copy, since a view would keep what was seen of the prime.
        seen=seen[:, line.begin :].copy(),
        parameters=parameters,
        first=_first(points, seen, line.begin),
        passed_over=line.passed_over,
        log_likelihood=float(_density(parameters, points, generator).mean()),
        text_gain=float(line.gain.min()) / (line.length - line.begin),
        ended=line.ended,
    )


def _density(y: Floats, points: Floats, generator: Generator) -> Array:
    """Log-likelihoods (…) of points (…, 3) under what the network put out for them."""
    from keras import ops

    from gan.writing.mixture import log_likelihood

    y, points = (ops.convert_to_tensor(part, "float32") for part in (y, points))
    return np.asarray(ops.convert_to_numpy(log_likelihood(y, points, generator.config.components)), float)


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
    if len(letters) > BLOCK:
        blocks = [slice(start, start + BLOCK) for start in range(0, len(letters), BLOCK)]
        parts = [_read_on(read, letters[rows], points, tuple(part[rows] for part in state)) for rows in blocks]
        return tuple(np.concatenate(some) for some in zip(*parts, strict=True))
    # One row alone is a prime that is read once for all texts.
    full = _full_rows(len(letters)) if len(letters) > 1 else np.zeros(1, np.int64)
    before = np.repeat(points[:-1, None].astype(np.float32), len(full), axis=1)
    _, found = read(
        letters[full], np.concatenate([np.asarray(state[0])[full][None], before]), *(p[full] for p in state)
    )
    last = np.repeat(points[-1:].astype(np.float32), len(letters), axis=0)
    return (last, *(np.asarray(part)[: len(letters)] for part in found[1:]))


def _full_rows(rows: int) -> NDArray[np.int64]:
    """Numbers of the rows, the last again and again where they are fewer than ``BLOCK``."""
    return np.minimum(np.arange(max(rows, BLOCK)), rows - 1)


def _read_beside(read: Any, letters: Floats, points: Floats, state: list[Floats]) -> tuple[list[Floats], list[Floats]]:
    """The same points (steps, rows, 3) beside several texts (n, rows, …): the outputs, and the states (n, rows, …)."""
    outputs, after = read(_flat(letters), np.concatenate([points] * len(letters), axis=1), *map(_flat, state))
    return np.split(np.asarray(outputs), len(letters), axis=1), [
        np.array(part).reshape(*letters.shape[:2], -1) for part in after
    ]


def _flat(parts: Floats) -> Floats:
    return parts.reshape(-1, *parts.shape[2:])


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


@lru_cache(maxsize=2)
def _compiled(generator: Generator) -> tuple[Any, Any]:
    """The loop that writes, with all that it passes through, and the loop that reads known points."""
    from keras import ops

    def advance(letters: Any, noise: Any, bias: Any, *state: Any) -> tuple[Any, ...]:
        rows = ops.shape(letters)[0]
        nothing = [ops.zeros((rows, n)) for n in (generator.network.output_shape[-1], ops.shape(letters)[1])]

        def step(carry: Any, drawn: Any) -> Any:
            y, seen, rest = network_step(generator, letters, *carry[:-2])
            carry = (pick(y, drawn, generator.config.components, bias), *rest, y, seen)
            # The whole carry goes out, since TensorFlow's scan wants outputs of its structure.
            return carry, carry

        carry, every = ops.scan(step, (*state, *nothing), noise)
        return carry[:-2], *every

    def read(letters: Any, points: Any, *state: Any) -> tuple[Any, ...]:
        nothing = ops.zeros((ops.shape(letters)[0], generator.network.output_shape[-1]))

        def step(carry: Any, point: Any) -> Any:
            y, _, rest = network_step(generator, letters, point, *carry[1:-1])
            return (point, *rest, y), (point, *rest, y)

        carry, every = ops.scan(step, (*state, nothing), points)
        return every[-1], carry[:-1]

    return backend.compiled(advance), backend.compiled(read)


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
