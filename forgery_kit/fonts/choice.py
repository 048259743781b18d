"""Which of the drawn letters go into the font: those that are read best, where they were drawn and beside others.

A letter that is clear in its word may still be taken for another elsewhere. So the surest are tried out: each is set
between other letters of the hand, and read again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from datasets.ink import ink_from_strokes
from datasets.sample import Sample
from forgery_kit.fonts.glyphs import ALTERNATES
from forgery_kit.fonts.letters import Letter, Lettered
from forgery_kit.fonts.spacing import Spacing, distances, follows, sides
from gan.features import feature_sequence, trace
from gan.reading.confidence import letter_confidence
from gan.reading.decoding import align
from gan.reading.reader import posteriors
from gan.writing.alphabet import encode

Array = NDArray[np.float64]
#: Letters of a character that are tried out.
TRIED = 8
#: Less sure letters are not what they should be; what is tried out and then has less merit is not legible; nor is a
#: further letter of which the first has so much more.
LEAST, LEGIBLE, MUCH_BETTER = 0.3, 0.6, 0.35
#: A letter whose box is farther (writing heights) from the median box of its character was badly cut; what a nearer
#: one costs for each writing height, in probability, and for each stroke that it has more or fewer than most.
UNLIKE, COST, COST_OF_STROKE = 0.5, 0.8, 0.15
#: How far from the height of the hand's joins (writing heights) a joint may lie to be bent there, and the path, from
#: the joint on, over which it is bent.
BENT, OVER = 0.45, 0.6
#: Words that a letter is tried out in, ★ in its place: of small letters, capitals, digits, and signs before and behind.
TRIALS = {
    "small": ("n★an", "e★o", "★in"),
    "capital": ("★an", "★or", "★n"),
    "digit": ("1★0", "★25", "3★"),
    "opening": ("★an", "★so", "★In"),
    "sign": ("an★", "so★", "to★ on"),
}


def candidates(lines: Sequence[Lettered]) -> dict[str, list[Letter]]:
    """Character → its letters that are sure enough and have the size of its others, the best first.

    ``confidence`` becomes their merit: less for a letter that stands higher or lower, or is larger, than its others.
    """
    every: dict[str, list[Letter]] = defaultdict(list)
    for line in lines:
        for letter in line.letters:
            if letter is not None and letter.confidence >= LEAST:
                every[letter.character].append(letter)
    found = {}
    for character, own in every.items():
        boxes = np.array([_box(letter) for letter in own])
        away = np.abs(boxes - np.median(boxes, axis=0)).max(axis=1) if len(own) > 2 else np.zeros(len(own))
        usual = float(np.median([len(letter.strokes) for letter in own]))
        near = [
            replace(letter, confidence=letter.confidence - COST * float(far) - _odd(letter, usual))
            for letter, far in zip(own, away, strict=True)
            if far <= UNLIKE
        ]
        found[character] = sorted(near, key=lambda letter: -letter.confidence)
    return {character: own for character, own in found.items() if own}


def _odd(letter: Letter, usual: float) -> float:
    """What a letter's number of strokes costs, where most of its character have ``usual``."""
    return COST_OF_STROKE * abs(len(letter.strokes) - usual)


def _box(letter: Letter) -> tuple[float, float, float]:
    y = np.concatenate(letter.strokes)[:, 1]
    return letter.width, float(y.min()), float(y.max())


def chosen(found: Mapping[str, Sequence[Letter]], spacing: Spacing) -> dict[str, list[Letter]]:
    """Character → up to ``ALTERNATES`` letters, the most legible first; ``found`` as ``candidates`` gives it."""
    level = join_height(found)
    tried = {character: [bent(letter, level) for letter in own[:TRIED]] for character, own in found.items()}
    best = {character: own[0] for character, own in tried.items()}
    trials = [
        (letter, word)
        for own in tried.values()
        for letter in own
        for word in TRIALS[_kind(letter.character)]
        if all(c in best for c in word if c not in " ★")
    ]
    scores: dict[int, list[float]] = defaultdict(list)
    read = _read([_set(letter, word, best, spacing) for letter, word in trials])
    for (letter, _), sure in zip(trials, read, strict=True):
        scores[id(letter)].append(sure)
    result = {}
    for character, own in tried.items():
        merits = [replace(letter, confidence=_merit(letter.confidence, scores[id(letter)])) for letter in own]
        merits.sort(key=lambda letter: -letter.confidence)
        least = max(LEGIBLE, merits[0].confidence - MUCH_BETTER)
        result[character] = [letter for letter in merits if letter.confidence >= least][:ALTERNATES]
    return {character: own for character, own in result.items() if own}


def _merit(drawn: float, read: Sequence[float]) -> float:
    """Mean of the merit where it was drawn and the mean confidence where it was tried out, the worst trial left out."""
    trials = sorted(read)[1:] if len(read) > 2 else read
    return (drawn + float(np.mean(trials))) / 2 if trials else drawn


def join_height(found: Mapping[str, Sequence[Letter]]) -> float:
    """Height above the baseline, writing heights, at which the letters of the hand join: the median joint."""
    heights = [
        float(letter.strokes[letter.exit][-1, 1]) for own in found.values() for letter in own if letter.exit is not None
    ]
    return float(np.median(heights)) if heights else 0.0


def bent(letter: Letter, level: float) -> Letter:
    """The letter with its joints bent to one height, so that any two meet; a joint that is too far from it is none."""
    strokes = list(letter.strokes)
    entry = exit_ = None
    if letter.entry is not None and (moved := _bent(strokes[letter.entry], level)) is not None:
        entry, strokes[letter.entry] = letter.entry, moved
    if letter.exit is not None and (moved := _bent(strokes[letter.exit][::-1], level)) is not None:
        exit_, strokes[letter.exit] = letter.exit, moved[::-1]
    return replace(letter, strokes=tuple(strokes), entry=entry, exit=exit_)


def _bent(stroke: Array, level: float) -> Array | None:
    """A stroke whose first point is at this height; None where it is too far from it, or too short to be bent."""
    rise = level - stroke[0, 1]
    path = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])
    if abs(rise) > BENT or path[-1] < OVER / 2:
        return None
    share = np.clip(1 - path / min(OVER, path[-1]), 0, 1)
    moved: Array = stroke + np.column_stack([0 * share, rise * share**2 * (3 - 2 * share)])
    return moved


def _kind(character: str) -> str:
    if character in "([\"'#":
        return "opening"
    return (
        "small"
        if character.islower()
        else "capital"
        if character.isupper()
        else "digit"
        if character.isdigit()
        else "sign"
    )


def _set(letter: Letter, word: str, best: Mapping[str, Letter], spacing: Spacing) -> tuple[list[Array], str, int]:
    """Strokes of a word with the letter in it (y downwards), what it says, and where the letter is in it."""
    strokes: list[Array] = []
    x, before = 0.0, None
    for character in word:
        if character == " ":
            x, before = x + (before.width if before else 0.0) + spacing.space, None
            continue
        one = letter if character == "★" else best[character]
        if before is not None:
            apart = distances(sides(before.strokes)[1][None], sides(one.strokes)[0][None])[0, 0]
            x += follows(before, one, spacing, apart)
        strokes += [(stroke + np.array([x, 0.0])) * [1.0, -1.0] for stroke in one.strokes]
        before = one
    return strokes, word.replace("★", letter.character), word.index("★")


def _read(words: Sequence[tuple[list[Array], str, int]]) -> list[float]:
    """How sure the recogniser is of the letter at the stated place of each word."""
    inks = [ink_from_strokes(strokes) for strokes, _, _ in words]
    features = [feature_sequence(trace([Sample(ink)], 1.0), with_time=False) for ink in inks]
    found = []
    for log_p, (_, text, place) in zip(posteriors(features), words, strict=True):
        letters = encode(text) + 1
        try:
            found.append(float(letter_confidence(log_p, letters, align(log_p, letters))[place]))
        except ValueError:
            # Fewer frames than letters: nothing to be read.
            found.append(0.0)
    return found
