"""Handwriting made in a given hand, so that an examiner sees what a forger could do.

Long text becomes lines, broken at words. Each word is drafted several times, and the best draft is gone on from; the
lines are set level below one another.
"""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError
from datasets.ink import Ink, ink_from_strokes
from datasets.sample import Sample
from forgery_kit.identity import versions
from forgery_kit.imitation.drawn_words import level
from forgery_kit.imitation.known_hand import Hand, known_hand
from forgery_kit.imitation.retrain import retrained
from forgery_kit.imitation.saved_styles import check_new_name, save_style, saved_names, saved_style
from gan.judging.style import weights_hash
from gan.writing.adaptation import with_top
from gan.writing.alphabet import encode
from gan.writing.loops import Generator
from gan.writing.priming import GAP, strokes_of
from gan.writing.sampling import (
    WEIGHTS,
    Drawn,
    check_bias,
    check_steps,
    draw_from,
    load_generator,
    read_prime,
    text_gain,
)
from gan.writing.styles import style_named
from reports.imitated import ImitatedLine, Imitation, RandomText

Array = NDArray[np.float64]
Method = Literal["prime", "retrain"]
#: Characters of a line at most; longer text is broken at words. Half the lines of the corpus have 30, one in twenty 41.
LINE = 40
#: Characters of a word at most, which has a line of its own where it is longer than one.
LONGEST_WORD = 100
#: Drafts of each piece of a word, of which the best is kept.
CANDIDATES = 8
#: Lines drawn at once: enough for every processor, and few enough that the first samples come early.
BATCH = 4
#: Most samples at a time.
MOST_SAMPLES = 1000
#: From baseline to baseline, in writing heights of the sample.
LINE_SPACING = 4.0
DEVICE = "generator of handwriting (no device)"


@dataclass(frozen=True, eq=False)
class ImitatedSample:
    """A generated sample, the record that goes beside it, and the drawings of its lines behind it."""

    sample: Sample
    record: Imitation
    drawn: tuple[Drawn, ...]


def imitate(
    text: str,
    style: str | None = None,
    known: Sequence[str | Path] = (),
    known_text: str | None = None,
    n: int = 5,
    bias: float = 0.5,
    steps: int | None = None,
    seed: int = 7,
    workings: bool = False,
    command: str = "",
    progress: Callable[[int, int], None] | None = None,
    method: Method = "prime",
    save_as: str | None = None,
    random_text: RandomText | None = None,
) -> list[ImitatedSample]:
    """``n`` samples of ``text`` in a named style or in the hand of known writing.

    Parameters
    ----------
    known : files, or folders of files; ``known_text`` is what they say, with a line of text for each line of ink, in
        the order of the files. Without it that is what each file says, or else what the recogniser reads.
    bias : 0 writes freely, more keeps to the likelier. steps : points of each line at most; None ends with its text.
    workings : keep what the generator put out for every point; it takes most of the memory.
    progress : called with (done, all) of the updates by which a hand is learnt, then of the lines.
    method : ``prime`` shows the generator known ink before it writes; ``retrain`` lets its top layer learn from all
        known lines before that. save_as : keep the hand as a named style.
    random_text : how the text was drawn, where nobody chose it; goes into the record.

    Raises
    ------
    ArgumentsError : nothing or unknown characters to write, no hand or two, ink that hardly reads, a bad number.
    OutOfScopeError : known ink too short to prime. UnreadableFileError, HostileFileError : from the readers.
    MissingResourceError : no weights.
    """
    hand = text, style, tuple(known), known_text
    wish = Wish(*hand, n, bias, steps, seed, workings, command, method, save_as, random_text)
    return imitate_together([wish], progress)[0]


@dataclass(frozen=True)
class Wish:
    """What is to be imitated; the fields as for ``imitate``."""

    text: str
    style: str | None = None
    known: tuple[str | Path, ...] = ()
    known_text: str | None = None
    n: int = 5
    bias: float = 0.5
    steps: int | None = None
    seed: int = 7
    workings: bool = False
    command: str = ""
    method: Method = "prime"
    save_as: str | None = None
    random_text: RandomText | None = None


@dataclass(frozen=True, eq=False)
class _Begun:
    """A wish whose hand is known: ``wanted`` lines, the generator that writes them, and what the prime gains."""

    wish: Wish
    wanted: list[str]
    hand: Hand
    writer: Generator
    prime_gain: float


def imitate_together(
    wishes: Sequence[Wish],
    progress: Callable[[int, int], None] | None = None,
    finished: Callable[[int, ImitatedSample], None] | None = None,
) -> list[list[ImitatedSample]]:
    """The samples of several wishes, each as ``imitate`` gives them, their lines drawn in common batches.

    ``finished`` is called with the number of the wish and each sample as soon as it is there, ``progress`` as by
    ``imitate``; lines of hands that were learnt are drawn each hand by itself. Raises what ``imitate`` does.
    """
    generator = load_generator()
    begun = [_begin(wish, generator, progress) for wish in wishes]
    jobs = [(w, i, k) for w, one in enumerate(begun) for i in range(one.wish.n) for k in range(len(one.wanted))]
    made: dict[tuple[int, int, int], Drawn] = {}
    found: list[list[ImitatedSample]] = [[] for _ in wishes]
    done = 0
    for some in _alike(jobs, begun, BATCH):
        first = begun[some[0][0]]
        letters, state = _read_primes(first.writer, [begun[w] for w, _, _ in some], some)
        before = [begun[w].hand.prime.text + GAP for w, _, _ in some]
        texts, seeds = [begun[w].wanted[k] for w, _, k in some], [(begun[w].wish.seed, i, k) for w, i, k in some]
        bias, steps = first.wish.bias, first.wish.steps
        drawn = draw_from(first.writer, (letters, state), before, texts, seeds, bias, steps, CANDIDATES)
        for job, line in zip(some, drawn, strict=True):
            workings = begun[job[0]].wish.workings
            made[job] = line if workings else replace(line, parameters=np.zeros((0, 0)), seen=np.zeros((0, 0)))
        for w, one in enumerate(begun):
            while len(found[w]) < one.wish.n:
                i, count = len(found[w]), len(one.wanted)
                if any((w, i, k) not in made for k in range(count)):
                    break
                sample = _sample(one, i, tuple(made.pop((w, i, k)) for k in range(count)), generator)
                found[w].append(sample)
                if finished:
                    finished(w, sample)
        done += len(some)
        if progress:
            progress(done, len(jobs))
    return found


def _begin(wish: Wish, generator: Generator, progress: Callable[[int, int], None] | None) -> _Begun:
    """A wish that can be fulfilled; raises as ``imitate`` does for others."""
    check_bias(wish.bias)
    check_steps(wish.steps)
    if not 1 <= wish.n <= MOST_SAMPLES:
        raise ArgumentsError("-n", f"{wish.n} samples cannot be drawn.", f"Give 1 to {MOST_SAMPLES}.")
    if wish.seed < 0:
        raise ArgumentsError("--seed", f"{wish.seed} is no seed.", "Give 0 or more.")
    wanted = broken(wish.text)
    if bool(wish.style) == bool(wish.known):
        raise ArgumentsError("--style", "one hand is needed.", "Give --style NAME, or --known FILE.")
    if wish.known_text is not None and not wish.known:
        raise ArgumentsError("--known-text", "there is no known file that it belongs to.", "Give --known FILE.")
    if wish.style and (wish.method != "prime" or wish.save_as):
        where = "--save-style" if wish.save_as else "--method"
        raise ArgumentsError(where, "a named style is kept as it is.", "Give --known FILE instead of --style.")
    if wish.save_as:
        check_new_name(wish.save_as)
    if wish.style:
        hand = saved_style(wish.style) or Hand(style_named(wish.style, saved_names()), wish.style, (), 1.0, None)
    else:
        hand = known_hand(wish.known, wish.known_text)
        hand = retrained(hand, generator, progress) if wish.method == "retrain" else hand
    if wish.save_as:
        save_style(hand, wish.save_as)
    writer = with_top(generator, hand.weights) if hand.weights else generator
    return _Begun(wish, wanted, hand, writer, round(text_gain(generator, hand.prime), 4))


Job = tuple[int, int, int]


def _alike(jobs: Sequence[Job], begun: Sequence[_Begun], most: int) -> Iterator[list[Job]]:
    """Jobs in batches that can be drawn at once: by one network, with one bias and limit."""
    groups: dict[tuple[int, float, int | None], list[Job]] = {}
    for job in jobs:
        one = begun[job[0]]
        groups.setdefault((id(one.writer), one.wish.bias, one.wish.steps), []).append(job)
    for group in groups.values():
        for start in range(0, len(group), most):
            yield group[start : start + most]


def _read_primes(
    writer: Generator, begun: Sequence[_Begun], jobs: Sequence[Job]
) -> tuple[NDArray[np.float32], tuple[NDArray[np.float32], ...]]:
    """What each job has read when it begins, those of one hand together."""
    rows = [
        read_prime(writer, [one.wanted[k] for one, (_, _, k) in group], group[0][0].hand.prime)
        for group in _by_hand(begun, jobs)
    ]
    width = max(letters.shape[1] for letters, _ in rows)
    letters = [np.pad(part, ((0, 0), (0, width - part.shape[1]), (0, 0))) for part, _ in rows]
    return np.concatenate(letters), tuple(np.concatenate(parts) for parts in zip(*(s for _, s in rows), strict=True))


def _by_hand(begun: Sequence[_Begun], jobs: Sequence[Job]) -> list[list[tuple[_Begun, Job]]]:
    """Neighbours that have one wish."""
    both = list(zip(begun, jobs, strict=True))
    return [list(group) for _, group in groupby(both, key=lambda pair: id(pair[0]))]


def _sample(begun: _Begun, i: int, lines: tuple[Drawn, ...], generator: Generator) -> ImitatedSample:
    """Sample number ``i`` of a wish from its drawn lines."""
    wish, hand, wanted = begun.wish, begun.hand, begun.wanted
    ink = set_on_page([strokes_of(one.points[one.first :], generator.hand.scale) for one in lines])
    ink = _resized(ink, hand.factor, hand.mm_per_unit)
    record = Imitation(
        text=wish.text,
        style=hand.style,
        known=hand.known,
        prime_text=hand.prime.text,
        prime_sha256=hashlib.sha256(np.ascontiguousarray(hand.prime.points).tobytes()).hexdigest(),
        prime_gain=begun.prime_gain,
        prime_read=hand.read,
        bias=wish.bias,
        steps=wish.steps,
        seed=wish.seed,
        number=i + 1,
        candidates=CANDIDATES,
        lines=tuple(_line(line, one) for line, one in zip(wanted, lines, strict=True)),
        model="generator (Graves 2013)",
        model_sha256=weights_hash(WEIGHTS),
        versions=versions(),
        command=wish.command,
        method="retrain" if hand.retraining else "prime",
        retraining=hand.retraining,
        random_text=wish.random_text,
    )
    sample = Sample(ink, text="\n".join(wanted), device=DEVICE, origin="generated")
    return ImitatedSample(sample, record, lines)


def broken(text: str) -> list[str]:
    """The lines that a text is written in: its own, and long ones broken at words (a longer word has its own line).

    Raises ArgumentsError where there is nothing to write, a character that cannot be written, or an endless word.
    """
    encode(" ".join(text.split()))
    longest = max(text.split(), key=len)
    if len(longest) > LONGEST_WORD:
        found = f"the word {longest[:20]!r}… has {len(longest)} characters."
        raise ArgumentsError("the text", found, f"Write words of at most {LONGEST_WORD}.")
    lines = [" ".join(own.split()) for own in text.splitlines()]
    return [line for own in lines for line in textwrap.wrap(own, LINE, break_long_words=False, break_on_hyphens=False)]


def _line(text: str, one: Drawn) -> ImitatedLine:
    passed_over = tuple(text[place] for place in one.passed_over)
    points = len(one.points) - one.first
    return ImitatedLine(text, points, one.ended, passed_over, round(one.log_likelihood, 4), round(one.text_gain, 4))


def set_on_page(lines: Sequence[list[Array]]) -> Ink:
    """Lines of strokes, each from any origin, as one ink; more than one are made level, and set evenly and flush left.

    A single line keeps its slope.
    """
    if len(lines) == 1:
        return ink_from_strokes(lines[0])
    set_lines, heights = [], []
    for strokes in lines:
        on_line, height = level(strokes)
        set_lines.append(on_line)
        if height is not None:
            heights.append(height)
    spacing = LINE_SPACING * (float(np.median(heights)) if heights else 1.0)
    found = []
    for number, strokes in enumerate(set_lines):
        left = min(float(stroke[:, 0].min()) for stroke in strokes)
        found += [stroke + np.array([-left, number * spacing]) for stroke in strokes]
    return ink_from_strokes(found)


def _resized(ink: Ink, factor: float, mm_per_unit: float | None) -> Ink:
    return Ink(ink.points * factor, ink.stroke_ends, ink.pen_down, mm_per_unit=mm_per_unit)
