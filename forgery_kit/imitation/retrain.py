"""The hand of known writing learnt by the generator's top layer: which lines it learns from, and what is said of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError, OutOfScopeError
from forgery_kit.imitation.known_hand import LEAST_GAIN, LONGEST_PRIME, Hand, KnownLine, in_generators_terms
from gan.writing.adaptation import Settings, adapt
from gan.writing.alphabet import encode
from gan.writing.lines import Line
from gan.writing.loops import Generator
from gan.writing.priming import ends, offsets
from gan.writing.sampling import Prime, text_gain
from reports.imitated import Retraining

#: Lines that are learnt from at most, the first in the order of the files; characters that they have at least.
MOST_LINES, FEWEST_CHARACTERS = 10, 20


def retrained(hand: Hand, generator: Generator, progress: Callable[[int, int], None] | None = None) -> Hand:
    """The hand with what the generator's top layer learns from its lines.

    Raises OutOfScopeError where there is too little ink, ArgumentsError where a line hardly reads as its text.
    """
    chosen = hand.lines[:MOST_LINES]
    settings = Settings()
    learnt = adapt(generator, learnable(chosen, generator), settings, progress)
    retraining = Retraining(
        lines=learnt.lines,
        updates=learnt.updates,
        nats_before=_rounded(learnt.before),
        nats_after=_rounded(learnt.after),
        settings=asdict(settings),
        weights_sha256=weights_sha256(learnt.weights),
    )
    used = {line.sample.sha256 for line in chosen}
    known = tuple(replace(item, learnt_from=item.sha256 in used) for item in hand.known)
    return replace(hand, known=known, weights=learnt.weights, retraining=retraining)


def learnable(lines: Sequence[KnownLine], generator: Generator) -> list[Line]:
    """Known lines in the generator's terms; raises as ``retrained`` does."""
    count = sum(len(line.text) for line in lines)
    if count < FEWEST_CHARACTERS:
        little = f"{count} characters are too little to learn a hand from."
        raise OutOfScopeError(lines[0].sample.file, little, "Give a line of known writing, or --method prime.")
    found = []
    for line in lines:
        whole = as_line(line, generator)
        if len(whole.points) > LONGEST_PRIME:
            long = f"its line {line.text[:40]!r} has {len(whole.points)} points, too many to learn from."
            raise OutOfScopeError(line.sample.file, long, "Give shorter lines, or --method prime.")
        gain = text_gain(generator, Prime(whole.points, line.text))
        if gain < LEAST_GAIN:
            hardly = f"the ink hardly reads as {line.text[:40]!r} ({gain:.1f} nats a character)."
            raise ArgumentsError(line.sample.file, hardly, "Check --known-text, or give --method prime.")
        found.append(whole)
    return found


def as_line(line: KnownLine, generator: Generator) -> Line:
    """A known line in the generator's terms. Raises OutOfScopeError where it has no height."""
    strokes = in_generators_terms(line)
    before, after = (end / generator.hand.scale for end in ends(strokes))
    return Line(offsets(strokes, generator.hand.scale), encode(line.text), ends=(before, after))


def weights_sha256(weights: dict[str, NDArray[np.float16]]) -> str:
    """SHA-256 over paths and values, in the order of the paths; 64 hex digits."""
    found = hashlib.sha256()
    for path in sorted(weights):
        found.update(path.encode() + np.ascontiguousarray(weights[path]).tobytes())
    return found.hexdigest()


def _rounded(nats: float | None) -> float | None:
    return None if nats is None else round(nats, 4)
