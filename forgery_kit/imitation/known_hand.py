"""The hand of known writing: which of its lines the generator is primed with, and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError, OutOfScopeError
from datasets.height import writing_height
from datasets.layout import lines as lines_of
from datasets.layout import pen_returns, words
from datasets.sample import Sample
from forgery_kit.examination.exhibits import load_exhibit
from forgery_kit.reading.lines import ink_lines, read_lines
from gan.reading.reader import card
from gan.writing.alphabet import encode
from gan.writing.priming import in_corpus_terms, offsets, side_by_side
from gan.writing.sampling import Prime, learnt_from
from reports.imitated import KnownItem, Retraining

Array = NDArray[np.float64]
#: A prime has at least so many points and characters, takes no further line once it has so many points, and never has
#: more than so many: the generator learnt from two lines at a time, of at most 1,500 points together.
SHORTEST_PRIME, FEWEST_CHARACTERS, LONG_PRIME, LONGEST_PRIME = 60, 5, 400, 1200
#: Known ink that gains less by its text, nats a character, is hardly read: 52 lines of ``testset_v`` gain 2.7 to 10.4
#: by their own text, and -2.0 to 2.8, in the middle 0.5, by that of another line.
LEAST_GAIN = 1.0


@dataclass(frozen=True, eq=False)
class KnownLine:
    """A line of known ink with its text; ``read`` says how sure the recogniser is of it (0..1), None where stated."""

    strokes: list[Array]
    text: str
    sample: Sample
    read: float | None = None


@dataclass(frozen=True, eq=False)
class Hand:
    """What to write in: the prime, the name or files behind it, and the size of the known writing.

    ``read`` : how sure the recogniser is of the prime's text, 0..1, where it was read; None where it was stated.
    """

    prime: Prime
    style: str
    known: tuple[KnownItem, ...]
    #: Device units of the known ink per unit of the generator's; and millimetres per such unit, where known.
    factor: float
    mm_per_unit: float | None
    read: float | None = None
    #: All lines of the known ink, as recorded; and what the generator's top layer has learnt of them, if anything.
    lines: tuple[KnownLine, ...] = ()
    weights: dict[str, NDArray[np.float16]] = field(default_factory=dict)
    retraining: Retraining | None = None


def known_hand(known: Sequence[str | Path], known_text: str | None) -> Hand:
    """The prime from known files: their lines side by side until there is ink enough."""
    return hand_of(load_exhibit("K", known, allow_generated=True).samples, known_text)


def hand_of(samples: Sequence[Sample], known_text: str | None) -> Hand:
    """The prime from known samples; the rest as for ``known_hand``."""
    hand = learnt_from()
    taken: list[KnownLine] = []
    heights, n_points = [], 0
    lines = _known_lines(samples, known_text)
    for line in lines:
        sample, converted = line.sample, in_generators_terms(line)
        heights.append(writing_height([s[:, :2] for s in line.strokes]))
        n_points += sum(len(s) for s in converted)
        if n_points > LONGEST_PRIME:
            if not taken:
                raise OutOfScopeError(
                    sample.file, f"its first line has {n_points} points, too many to prime with.", "Give shorter lines."
                )
            break
        taken.append(replace(line, strokes=converted))
        if n_points >= LONG_PRIME:
            break
    points = offsets(side_by_side([line.strokes for line in taken]), hand.scale)
    text = " ".join(line.text for line in taken)
    if len(points) < SHORTEST_PRIME or len(text) < FEWEST_CHARACTERS:
        raise OutOfScopeError(
            samples[0].file, f"{len(text)} characters are too short to show a hand.", "Give a line of known writing."
        )
    used = {id(line.sample) for line in taken}
    items = tuple(KnownItem(s.file, s.sha256, s.device, s.origin, id(s) in used) for s in samples)
    # The size is that of the first line taken; lines of other devices have other units.
    sure = [line.read for line in taken if line.read is not None]
    read = round(float(np.mean(sure)), 3) if sure else None
    size = heights[0] / hand.height
    return Hand(Prime(points, text), "", items, size, taken[0].sample.ink.mm_per_unit, read, tuple(lines))


def in_generators_terms(line: KnownLine) -> list[Array]:
    """The strokes of a known line as the generator's corpus would have recorded them.

    Raises OutOfScopeError where the line has no height.
    """
    xy = [s[:, :2] for s in line.strokes]
    times = [s[:, 2] for s in line.strokes] if _timed(line.sample) else None
    try:
        return in_corpus_terms(xy, times, learnt_from())
    except ValueError as error:
        raise OutOfScopeError(line.sample.file, f"{error}.", "Leave this file out.") from error


def _timed(sample: Sample) -> bool:
    t = sample.ink.channel("t")
    return sample.ink.channels[:3] == ("x", "y", "t") and t is not None and bool(np.isfinite(t).all())


def _known_lines(samples: Sequence[Sample], known_text: str | None) -> list[KnownLine]:
    """Each line of known ink with its text: what was given for all of the ink in its order, or what its file says, or
    what the recogniser reads."""
    if known_text is not None:
        return _paired_lines(samples, known_text, "--known-text")
    return [
        line
        for sample in samples
        for line in (
            _paired_lines([sample], sample.text, f"the text of {sample.file}") if sample.text else _read([sample])
        )
    ]


def _read(samples: Sequence[Sample]) -> list[KnownLine]:
    """Each line of ink with what is read in it. Raises ArgumentsError where that is too doubtful to be its text."""
    sample = samples[0]
    lines = [line for line in read_lines(ink_lines(samples, _timed(sample))) if line.text.strip()]
    sure = float(np.mean([line.confidence for line in lines])) if lines else 0.0
    if sure < float(card()["least_confidence"]):
        read = " ".join(line.text for line in lines)
        raise ArgumentsError(
            sample.file,
            f"it does not say what is written, and it hardly reads as anything ({read[:40]!r}, {sure:.0%} sure).",
            'Give --known-text "…".',
        )
    strokes = list(sample.ink.strokes(hover=True))
    return [
        KnownLine([strokes[i] for i in line.line.rows], line.text.strip(), sample, line.confidence) for line in lines
    ]


def _paired_lines(samples: Sequence[Sample], text: str, said_by: str) -> list[KnownLine]:
    """Each line of ink with its line of text. Raises ArgumentsError where they are not as many."""
    ink = [(sample, rows) for sample in samples for rows in lines_of(sample.ink)]
    texts = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    for line in texts:
        try:
            encode(line)
        except ArgumentsError as error:
            raise ArgumentsError(said_by, error.found, error.advice) from error
    if len(texts) == len(samples) == 1 < len(ink) and not pen_returns(samples[0].ink):
        # A line that rises, falls or wanders can look like two.
        ink = [(samples[0], np.flatnonzero(samples[0].ink.pen_down))]
    if len(texts) == 1 < len(ink):
        texts = _by_words(texts[0].split(), [len(words(sample.ink, rows)) for sample, rows in ink]) or texts
    if len(texts) != len(ink):
        raise ArgumentsError(
            samples[0].file if len(samples) == 1 else f"the {len(samples)} known recordings",
            f"the ink has {len(ink)} line{'s' * (len(ink) != 1)} and its text {len(texts)}.",
            "Give --known-text with a line of text for each line of ink.",
        )
    strokes = {id(sample): list(sample.ink.strokes(hover=True)) for sample in samples}
    return [
        KnownLine([strokes[id(sample)][i] for i in rows], line, sample)
        for (sample, rows), line in zip(ink, texts, strict=True)
    ]


def _by_words(text: list[str], counts: list[int]) -> list[str]:
    """The words as lines of so many; none where the counts do not add up, so that nothing is guessed."""
    if sum(counts) != len(text):
        return []
    ends = np.cumsum(counts).tolist()
    return [" ".join(text[end - count : end]) for end, count in zip(ends, counts, strict=True)]
