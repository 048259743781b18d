"""Handwriting from the generator: free, biased or primed with a known hand (Graves 2013, sections 5.4 and 5.5).

Single drafts of all lines are written side by side; of a line that is chosen from drafts, all drafts and the same ink
beside other texts. After some steps those are looked at that have come to an end. Each draft has its own random
numbers, drawn beforehand from its seed, so that a sample is the same whatever else is drawn.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError, MissingResourceError
from gan import backend
from gan.writing.alphabet import CHARACTERS, encode
from gan.writing.drafts import AFTER, DOUBT, ROUNDS, Line, Round, with_others
from gan.writing.loops import Generator, density, loops_of, one_hot, random_numbers, zero_state
from gan.writing.priming import GAP, Hand

Array = NDArray[np.float64]
Floats = NDArray[Any]
PRETRAINED = Path(__file__).parent.parent / "pretrained"
WEIGHTS = PRETRAINED / "generator.safetensors"
#: Rows that are computed together at least: products of other sizes are rounded otherwise where they are shared by
#: threads, and a sample would depend on what else is drawn.
BLOCK = 16
#: Steps of drafts between looks at which have come to the end of their piece.
STRIDE = 16


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
    letters, state = read_prime(generator, texts, prime)
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
    """As ``draw``, from what each text's row has read: as ``read_prime`` gives it.

    ``before`` are the texts that were read, with the gap after them.
    """
    letters, state = begin
    whole = zip(before, texts, seeds, range(len(texts)), strict=True)
    starts = [(Line(b, t, drafts, steps, [part[row] for part in state]), _as_tuple(seed)) for b, t, seed, row in whole]
    if drafts == 1:
        _write_singly(generator, letters, state, starts, bias)
    else:
        _write_drafts(generator, letters, starts, bias)
    return [_drawn(line, generator) for line, _ in starts]


def _write_singly(
    generator: Generator,
    letters: Floats,
    state: tuple[Floats, ...],
    starts: Sequence[tuple[Line, tuple[int, ...]]],
    bias: float,
) -> None:
    """Write lines of one draft each to their ends, side by side."""
    at_work = [line for line, _ in starts]
    rounds = [Round(line) for line in at_work]
    random = [np.random.default_rng((*seed, 0)) for _, seed in starts]
    while at_work:
        noise = np.stack([random_numbers(r) for r in random], axis=1)
        full = _full_rows(len(letters))
        state, *passed = loops_of(generator).write(
            letters[full], noise[:, full], np.float32(bias), *(part[full] for part in state)
        )
        points, *states, parameters, seen = (np.asarray(part)[:, : len(letters)] for part in passed)
        state = tuple(np.asarray(part)[: len(letters)] for part in state)
        gains = np.zeros((*points.shape[:2], len(DOUBT)))
        for row, line in enumerate(at_work):
            own = slice(row, row + 1)
            through = [part[:, own] for part in (points, *states)]
            if rounds[row].add(points[:, own], parameters[:, own], seen[:, own], gains[:, own], through):
                line.take(rounds[row])
        left = [row for row, line in enumerate(at_work) if not line.done]
        at_work, rounds = [at_work[row] for row in left], [rounds[row] for row in left]
        random = [random[row] for row in left]
        letters, state = letters[left], tuple(part[left] for part in state)


def _write_drafts(
    generator: Generator, letters: Floats, starts: Sequence[tuple[Line, tuple[int, ...]]], bias: float
) -> None:
    """Write lines of several drafts to their ends, as many at once as there are processors.

    Where there are fewer lines, rounds of drafts are written ahead; those that are not needed are lost.
    """
    processors = os.cpu_count() or 1
    ahead = max(processors // len(starts), 1)

    def write(own_letters: Floats, line: Line, seed: tuple[int, ...]) -> None:
        # Places beyond the end of what is read are those of longer texts.
        own_letters = own_letters[: len(line.whole) + 1]
        while not line.done:
            piece, number = line.tried
            seeds = [(*seed, piece, number + later) for later in range(min(ahead, ROUNDS - number))]
            for one in rounds.map(lambda seed: _round(generator, own_letters, line, seed, bias), seeds):
                line.take(one)
                if line.tried[0] != piece:
                    break

    with ThreadPoolExecutor(processors) as lines, ThreadPoolExecutor(processors) as rounds:
        for _ in lines.map(write, letters, *zip(*starts, strict=True)):
            pass


def _round(generator: Generator, letters: Floats, line: Line, seed: tuple[int, ...], bias: float) -> Round:
    """A round of drafts of a line's piece, beside as many rows that read their ink as each other text."""
    random = [np.random.default_rng((*seed, draft)) for draft in range(line.drafts)]
    read = np.repeat(np.stack([letters, *one_hot(line.other_letters, len(letters))]), line.drafts, axis=0)
    state: Sequence[Any] = [np.repeat(part[None], len(read), axis=0) for part in line.begun]
    found, ended = Round(line), False
    while not ended:
        noise = np.stack([random_numbers(r, STRIDE) for r in random], axis=1)
        state, likelihoods, *passed = loops_of(generator).draft(read, noise, np.float32(bias), *state)
        of_letters, *of_others = np.split(np.asarray(likelihoods, np.float64), 1 + len(DOUBT), axis=1)
        points, *states, parameters, seen = map(np.asarray, passed)
        gains = of_letters[..., None] - np.stack(of_others, axis=-1)
        ended = found.add(points, parameters, seen, gains, [points, *states])
    return found


def read_prime(
    generator: Generator, texts: Sequence[str], prime: Prime | None
) -> tuple[NDArray[np.float32], tuple[NDArray[np.float32], ...]]:
    """What each row reads (rows, characters, letters), and its state (rows, …) once it has read the prime.

    Raises ArgumentsError for a character that cannot be written.
    """
    before = prime.text + GAP if prime else ""
    for text in texts:
        encode(text)
    letters = one_hot([encode(before + text + GAP + AFTER) for text in texts])
    if prime is None:
        return letters, zero_state(generator, len(letters))
    state = tuple(np.repeat(part, len(letters), axis=0) for part in _primed(generator, prime))
    # The end of the prime is read beside each text: the window looks a little ahead.
    read = loops_of(generator).read
    return letters, _read_on(read, letters, prime.points[_cached(prime) :], state)


def read_primes(
    generator: Generator, texts: Sequence[str], primes: Sequence[Prime]
) -> tuple[NDArray[np.float32], tuple[NDArray[np.float32], ...]]:
    """As ``read_prime``, for texts that have a prime each; primes are read side by side, each with a text but once."""
    read = loops_of(generator).read
    distinct = list({id(prime): prime for prime in primes}.values())
    own = [encode(prime.text + GAP) for prime in distinct]
    whole = [encode(prime.text + GAP + text + GAP + AFTER) for text, prime in zip(texts, primes, strict=True)]
    pairs = list(dict.fromkeys((text, id(prime)) for text, prime in zip(texts, primes, strict=True)))
    first = {pair: row for row, pair in reversed(list(enumerate(zip(texts, map(id, primes), strict=True))))}
    early = [prime.points[: _cached(prime)] for prime in distinct]
    state = _read_rows(read, one_hot(own), early, zero_state(generator, len(distinct)))
    place = {id(prime): number for number, prime in enumerate(distinct)}
    state = tuple(part[[place[prime] for _, prime in pairs]] for part in state)
    late = [distinct[place[prime]].points[_cached(distinct[place[prime]]) :] for _, prime in pairs]
    state = _read_rows(read, one_hot([whole[first[pair]] for pair in pairs]), late, state)
    row = {pair: number for number, pair in enumerate(pairs)}
    chosen = [row[text, id(prime)] for text, prime in zip(texts, primes, strict=True)]
    return one_hot(whole), tuple(part[chosen] for part in state)


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


@lru_cache(maxsize=32)
def text_gain(generator: Generator, known: Prime) -> float:
    """Nats a character by which known ink is likelier as its text than with letters of another look.

    About 0 where the ink says something else, or the generator cannot read it.
    """
    texts = [known.text, with_others(known.text)[0]]
    read = loops_of(generator).read
    letters = one_hot([encode(text + GAP + AFTER) for text in texts])
    before = np.concatenate([np.zeros((1, 3)), known.points[:-1]])[:, None].astype(np.float32)
    outputs, _ = read(letters, np.repeat(before, 2, axis=1), *zero_state(generator, 2))
    of_letters, of_others = density(outputs, known.points[:, None], generator).sum(axis=0)
    return float(of_letters - of_others) / len(known.text)


def _as_tuple(seed: int | tuple[int, ...]) -> tuple[int, ...]:
    return seed if isinstance(seed, tuple) else (seed,)


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
        log_likelihood=float(density(parameters, points, generator).mean()),
        text_gain=float(line.gain.min()) / (line.length - line.begin),
        ended=line.ended,
    )


def _cached(prime: Prime) -> int:
    """How many of its points are read once for all texts: those far from the prime's end."""
    return int(0.6 * len(prime.points)) if len(prime.text) >= 20 else 0


@lru_cache(maxsize=32)
def _primed(generator: Generator, prime: Prime) -> tuple[NDArray[np.float32], ...]:
    """The state after the network has read most of a prime, kept for the next sample in that hand."""
    letters = np.eye(len(CHARACTERS), dtype=np.float32)[None, encode(prime.text + GAP)]
    read = loops_of(generator).read
    return _read_on(read, letters, prime.points[: _cached(prime)], zero_state(generator, 1), least=1)


def _read_on(
    read: Any, letters: Any, points: Array, state: tuple[Any, ...], least: int = BLOCK
) -> tuple[NDArray[np.float32], ...]:
    """The state with these points (n, 3) as the latest; the last of them is what the next step starts from."""
    if not len(points):
        return state
    if len(letters) > BLOCK:
        blocks = [slice(start, start + BLOCK) for start in range(0, len(letters), BLOCK)]
        parts = [_read_on(read, letters[rows], points, tuple(part[rows] for part in state)) for rows in blocks]
        return tuple(np.concatenate(some) for some in zip(*parts, strict=True))
    full = _full_rows(len(letters), least)
    before = np.repeat(points[:-1, None].astype(np.float32), len(full), axis=1)
    _, found = read(
        letters[full], np.concatenate([np.asarray(state[0])[full][None], before]), *(p[full] for p in state)
    )
    last = np.repeat(points[-1:].astype(np.float32), len(letters), axis=0)
    return (last, *(np.asarray(part)[: len(letters)] for part in found[1:]))


def _full_rows(rows: int, least: int = BLOCK) -> NDArray[np.int64]:
    """Numbers of the rows, the last again and again where they are fewer than ``least``."""
    return np.minimum(np.arange(max(rows, least)), rows - 1)
