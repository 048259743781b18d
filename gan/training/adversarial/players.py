"""Who is imitated: writers with their lines as the generator and as the discriminator see them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from datasets import protocol
from datasets.cache import read_samples
from datasets.errors import MissingResourceError
from datasets.ink import ink_from_strokes
from datasets.sample import Sample
from gan.writing.alphabet import CHARACTERS, encode
from gan.writing.lines import Line
from gan.writing.priming import GAP, ends, offsets, strokes_of
from gan.writing.sampling import Prime

#: Points of a line that a hand is primed with; characters that are written in it; known lines that count as its style.
PRIME, CHARACTERS_EACH, KNOWN = (250, 700), (8, 15), 5


@dataclass(frozen=True, eq=False)
class Player:
    """A writer: lines in the generator's deviations, and the samples that they are, in the same order."""

    writer: str
    lines: tuple[Line, ...]
    samples: tuple[Sample, ...]


@dataclass(frozen=True, eq=False)
class Task:
    """A hand to imitate: the line that is read before, by number, others that count as known, and a real one."""

    player: Player
    prime: int
    known: tuple[int, ...]
    real: int

    @property
    def primed(self) -> Prime:
        line = self.player.lines[self.prime]
        return Prime(line.points.astype(float), text_of(self.player.samples[self.prime]))

    @property
    def known_samples(self) -> list[Sample]:
        return [self.player.samples[number] for number in self.known]


def text_of(sample: Sample) -> str:
    """What a line says, its spaces single."""
    return " ".join(str(sample.text).split())


def load_players(
    cache: Path, split: str, scale: tuple[float, float], only: Callable[[str], bool] = lambda person: True
) -> list[Player]:
    """The writers of a split of IAM-OnDB with lines enough, in the order of their names.

    Raises MissingResourceError without a cache.
    """
    loaded = read_samples(cache / "iam-ondb.fkcache")
    if loaded is None:
        raise MissingResourceError(f"{cache}/iam-ondb.fkcache", "it is missing.", "Run `python cli.py data cache`.")
    own = [s for s in loaded[0] if s.split == split and s.text and all(c in CHARACTERS for c in text_of(s))]
    found = []
    for writer, samples in sorted(protocol.by_writer(own).items()):
        if not only(writer):
            continue
        lines, kept = [], []
        for sample in samples:
            strokes = list(sample.ink.strokes())
            points = (offsets(strokes, scale)).astype(np.float32)
            first, last = (end / scale for end in ends(strokes))
            # What the generator's training left out: a pen that jumps.
            if len(points) > 50 and np.abs(points[:, :2]).max() <= 25:
                lines.append(Line(points, encode(text_of(sample)), writer, (first, last)))
                kept.append(sample)
        if len(kept) >= KNOWN + 4 and any(PRIME[0] <= len(line.points) <= PRIME[1] for line in lines):
            found.append(Player(writer, tuple(lines), tuple(kept)))
    return found


def task(player: Player, random: np.random.Generator) -> Task:
    """A hand to imitate, its lines drawn at random; known ones are of the prime's sheet first."""
    fitting = [i for i, line in enumerate(player.lines) if PRIME[0] <= len(line.points) <= PRIME[1]]
    prime = int(fitting[random.integers(len(fitting))])
    form = player.samples[prime].form
    others = [int(i) for i in random.permutation(len(player.lines)) if i != prime]
    others.sort(key=lambda i: player.samples[i].form != form)
    elsewhere = [i for i in others[KNOWN - 1 :] if PRIME[0] <= len(player.lines[i].points) <= PRIME[1]]
    return Task(player, prime, (prime, *others[: KNOWN - 1]), (elsewhere or others)[-1])


def snippet(texts: Sequence[str], random: np.random.Generator) -> str:
    """A few whole words of one of these texts, ``CHARACTERS_EACH`` long."""
    while True:
        words = texts[int(random.integers(len(texts)))].split(" ")
        found = ""
        for word in words[int(random.integers(len(words))) :]:
            found = f"{found}{GAP if found else ''}{word}"
            if CHARACTERS_EACH[0] <= len(found) <= CHARACTERS_EACH[1]:
                return found


def cut(sample: Sample, points: int) -> Sample:
    """The first strokes of a line, of about so many points: as much ink as an imitation has."""
    strokes = list(sample.ink.strokes())
    count = int(np.searchsorted(np.cumsum([len(s) for s in strokes]), points)) + 1
    ink = ink_from_strokes([s[:, :2] for s in strokes[:count]], ("x", "y"), None, sample.ink.mm_per_unit)
    return replace(sample, ink=ink)


def as_sample(points: np.ndarray, scale: tuple[float, float], text: str) -> Sample:
    """Offsets in the generator's deviations as a sample."""
    return Sample(ink_from_strokes(strokes_of(points, scale), ("x", "y"), None, None), text=text)
