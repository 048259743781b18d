"""Handwriting made in a given hand, so that an examiner sees what a forger could do.

Long text becomes lines, broken at words. Each word is drafted several times, and the best draft is gone on from; the
lines are set level below one another.
"""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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
from gan.writing.priming import strokes_of
from gan.writing.sampling import (
    WEIGHTS,
    Drawn,
    check_bias,
    check_steps,
    draw,
    load_generator,
    text_gain,
)
from gan.writing.styles import style_named
from reports.imitated import ImitatedLine, Imitation

Array = NDArray[np.float64]
Method = Literal["prime", "retrain"]
#: Characters of a line at most; longer text is broken at words. Half the lines of the corpus have 30, one in twenty 41.
LINE = 40
#: Characters of a word at most, which has a line of its own where it is longer than one.
LONGEST_WORD = 100
#: Drafts of each piece of a word, of which the best is kept.
CANDIDATES = 8
#: Lines drawn in one batch.
BATCH = 8
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

    Raises
    ------
    ArgumentsError : nothing or unknown characters to write, no hand or two, ink that hardly reads, a bad number.
    OutOfScopeError : known ink too short to prime. UnreadableFileError, HostileFileError : from the readers.
    MissingResourceError : no weights.
    """
    check_bias(bias)
    check_steps(steps)
    if not 1 <= n <= MOST_SAMPLES:
        raise ArgumentsError("-n", f"{n} samples cannot be drawn.", f"Give 1 to {MOST_SAMPLES}.")
    if seed < 0:
        raise ArgumentsError("--seed", f"{seed} is no seed.", "Give 0 or more.")
    wanted = broken(text)
    if bool(style) == bool(known):
        raise ArgumentsError("--style", "one hand is needed.", "Give --style NAME, or --known FILE.")
    if known_text is not None and not known:
        raise ArgumentsError("--known-text", "there is no known file that it belongs to.", "Give --known FILE.")
    if style and (method != "prime" or save_as):
        where = "--save-style" if save_as else "--method"
        raise ArgumentsError(where, "a named style is kept as it is.", "Give --known FILE instead of --style.")
    if save_as:
        check_new_name(save_as)
    generator = load_generator()
    if style:
        hand = saved_style(style) or Hand(style_named(style, saved_names()), style, (), 1.0, None)
    else:
        hand = known_hand(known, known_text)
        hand = retrained(hand, generator, progress) if method == "retrain" else hand
    if save_as:
        save_style(hand, save_as)
    writer = with_top(generator, hand.weights) if hand.weights else generator
    prime_gain = round(text_gain(generator, hand.prime), 4)
    jobs = [(i, k) for i in range(n) for k in range(len(wanted))]
    made: dict[tuple[int, int], Drawn] = {}
    for start in range(0, len(jobs), BATCH):
        batch = jobs[start : start + BATCH]
        seeds, texts = [(seed, *job) for job in batch], [wanted[k] for _, k in batch]
        drawn = draw(writer, texts, seeds, bias, hand.prime, steps, CANDIDATES)
        for job, one in zip(batch, drawn, strict=True):
            made[job] = one if workings else replace(one, parameters=np.zeros((0, 0)), seen=np.zeros((0, 0)))
        if progress:
            progress(min(start + BATCH, len(jobs)), len(jobs))
    samples = []
    for i in range(n):
        lines = tuple(made[i, k] for k in range(len(wanted)))
        ink = set_on_page([strokes_of(one.points[one.first :], generator.hand.scale) for one in lines])
        ink = _resized(ink, hand.factor, hand.mm_per_unit)
        record = Imitation(
            text=text,
            style=hand.style,
            known=hand.known,
            prime_text=hand.prime.text,
            prime_sha256=hashlib.sha256(np.ascontiguousarray(hand.prime.points).tobytes()).hexdigest(),
            prime_gain=prime_gain,
            prime_read=hand.read,
            bias=bias,
            steps=steps,
            seed=seed,
            number=i + 1,
            candidates=CANDIDATES,
            lines=tuple(_line(line, one) for line, one in zip(wanted, lines, strict=True)),
            model="generator (Graves 2013)",
            model_sha256=weights_hash(WEIGHTS),
            versions=versions(),
            command=command,
            method="retrain" if hand.retraining else "prime",
            retraining=hand.retraining,
        )
        sample = Sample(ink, text="\n".join(wanted), device=DEVICE, origin="generated")
        samples.append(ImitatedSample(sample, record, lines))
    return samples


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
