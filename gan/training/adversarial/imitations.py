"""The generator's turn to write: imitations of many hands, with all that it needs to learn from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datasets.sample import Sample
from gan.training.adversarial.players import Task, as_sample, snippet, text_of
from gan.writing.lines import joined
from gan.writing.loops import Generator
from gan.writing.priming import GAP
from gan.writing.sampling import draw_from, read_primes

#: Probability bias of what is written; rows that are written side by side; points that an imitation has at least; and
#: that are learnt from at most, since the longest line of a batch costs as much as any.
BIAS, TOGETHER, FEWEST, LONGEST = 0.5, 240, 20, 384
Floats = np.ndarray


@dataclass(frozen=True, eq=False)
class Row:
    """Points that follow a prime, as the generator learns from them.

    ``letters`` (characters, letters) it reads, ``state`` (…) it begins with, ``points`` (n, 3) that come, and their
    log-likelihood, nats, by the weights that wrote or read them.
    """

    letters: Floats
    state: tuple[Floats, ...]
    points: Floats
    log_likelihood: float


@dataclass(frozen=True, eq=False)
class Imitation:
    """One draft of a text in a hand: what the discriminator sees, and what the generator learns from."""

    task: Task
    text: str
    sample: Sample
    row: Row


def write(
    generator: Generator, tasks: Sequence[Task], texts: int, drafts: int, said: Sequence[str], seed: int
) -> list[list[Imitation]]:
    """For each task so many texts, of words out of ``said``, and of each so many drafts, side by side in a list.

    Drafts without ink that has a height are left out.
    """
    random = np.random.default_rng(seed)
    found = []
    for start in range(0, len(tasks), max(TOGETHER // (texts * drafts), 1)):
        some = tasks[start : start + max(TOGETHER // (texts * drafts), 1)]
        rows = [
            (one, text, draft) for one in some for text in _different(said, texts, random) for draft in range(drafts)
        ]
        primes = {id(one): one.primed for one in some}
        chosen = [text for _, text, _ in rows]
        letters, state = read_primes(generator, chosen, [primes[id(one)] for one, _, _ in rows])
        before = [primes[id(one)].text + GAP for one, _, _ in rows]
        seeds = [(seed, start, row) for row in range(len(rows))]
        drawn = draw_from(generator, (letters, state), before, chosen, seeds, BIAS)
        group: list[Imitation] = []
        for row, ((one, text, draft), line) in enumerate(zip(rows, drawn, strict=True)):
            if draft == 0:
                group = []
                found.append(group)
            if len(line.points) - line.first >= FEWEST:
                sample = as_sample(line.points[line.first :], generator.hand.scale, text)
                begin = tuple(part[row] for part in state)
                likelihood = line.log_likelihood * len(line.points)
                group.append(Imitation(one, text, sample, Row(letters[row], begin, line.points, likelihood)))
    return found


def _different(said: Sequence[str], count: int, random: np.random.Generator) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found[snippet(said, random)] = None
    return list(found)


def real_rows(generator: Generator, tasks: Sequence[Task]) -> list[Row]:
    """The real line of each task as what follows its prime."""
    texts = [text_of(one.player.samples[one.real]) for one in tasks]
    letters, state = read_primes(generator, texts, [one.primed for one in tasks])
    found = []
    for row, one in enumerate(tasks):
        first, second = one.player.lines[one.prime], one.player.lines[one.real]
        points = joined(first, second).points[len(first.points) :][:LONGEST]
        found.append(Row(letters[row], tuple(part[row] for part in state), points, 0.0))
    return found
