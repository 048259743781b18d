"""A writer's letters cut out of lines, and letters set as a new line.

A letter is cut where the recogniser parts it from its neighbours, so it often begins or ends inside a stroke. Dots and
bars that were written later are brought back to the letter that they stand over.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from datasets.forgers.settings import one_of, ranged, sometimes
from datasets.forgers.strokes import Array, Line, Span, baseline_of, height_of, timed_strokes

#: A stroke within this many writing heights is a dot or a bar, which may have been written later than its letter.
SMALL = 0.9
#: Most strokes of a letter: more come from a wrong cut.
MOST_STROKES = 4
#: Runs of less path than this (writing heights) go to the letter beside them.
SCRAP = 0.45
#: A stroke narrower than this (writing heights), of which this share of path is one letter's, is all of that letter.
NARROW, MOSTLY = 1.4, 0.65
#: A letter whose box is farther (writing heights) from the median box of its class was badly cut.
UNLIKE = 0.5


@dataclass(frozen=True, eq=False)
class Glyph:
    """A letter as it was written once, or as a model makes it.

    Attributes
    ----------
    strokes : (k, 3) each; x from the letter's left edge and y from the baseline, in writing heights; seconds.
    entered, left : whether its first stroke came from the letter before, its last one goes on to the next.
    gap : from the right edge of the letter before to its left edge, writing heights, negative where they overlap.
    place : x of its left edge in the line that it was cut from, writing heights.
    """

    strokes: tuple[Array, ...]
    entered: bool
    left: bool
    gap: float
    place: float = 0.0

    @property
    def width(self) -> float:
        """In writing heights."""
        return float(max(stroke[:, 0].max() for stroke in self.strokes))


@dataclass(frozen=True)
class Setting:
    """How letters are set as a line; lengths in writing heights.

    Attributes
    ----------
    size, slant, turn : deviation of the logarithm of a letter's size, of its shear, of its angle (radians).
    baseline : deviation of a letter up or down. spread : deviation of a gap. word_space : gap between words.
    join : what becomes of letters that were cut out of a stroke: bridged by a smooth curve, moved until they meet, or
        left apart. tempo : how many times as fast. pause : seconds of the lifted pen, on average.
    """

    size: float = sometimes(0.6, 0.0, 0.08)
    slant: float = sometimes(0.6, 0.0, 0.08)
    turn: float = sometimes(0.5, 0.0, 0.05)
    baseline: float = ranged(0.0, 0.12)
    spread: float = ranged(0.0, 0.12)
    word_space: float = ranged(0.8, 1.6)
    join: str = one_of("bridge", "meet", "apart")
    tempo: float = ranged(0.7, 1.4)
    pause: float = ranged(0.08, 0.3)


def glyphs_of(lines: Sequence[Line]) -> dict[str, list[Glyph]]:
    """Character → its letters in these lines, in their order; letters without ink or badly cut are left out."""
    found: dict[str, list[Glyph]] = defaultdict(list)
    for line in lines:
        strokes = timed_strokes(line.ink)
        unit = height_of(strokes)
        slope, level = baseline_of(strokes)
        straight = [
            np.column_stack([s[:, 0] / unit, (s[:, 1] - slope * s[:, 0] - level) / unit, s[:, 2]]) for s in strokes
        ]
        for (character, _, _), glyph in zip(line.letters, cut_letters(straight, line.letters), strict=True):
            if glyph is not None:
                found[character].append(glyph)
    return {character: _typical(own) for character, own in found.items()}


def cut_letters(strokes: Sequence[Array], letters: Sequence[Span]) -> list[Glyph | None]:
    """A glyph for each letter of a line, None for a space, for one without ink and for one that was badly cut.

    ``strokes`` are the line's, (k, 3): x and y in writing heights, the baseline level at y = 0, and seconds.
    """
    found: list[Glyph | None] = [None] * len(letters)
    edge: float | None = None
    for number, (pieces, entered, left) in enumerate(_cut(strokes, letters)):
        if letters[number][0] == " " or not pieces:
            edge = None
            continue
        start = min(float(piece[:, 0].min()) for piece in pieces)
        right = max(float(piece[:, 0].max()) for piece in pieces)
        gap = start - edge if edge is not None else 0.15
        edge = right
        low, high = (f(np.concatenate(pieces)[:, 1]) for f in (np.min, np.max))
        if right - start > 3.5 or high - low > 4 or len(pieces) > MOST_STROKES:
            continue
        clock = min(float(piece[0, 2]) for piece in pieces)
        moved = tuple(piece - [start, 0.0, clock] for piece in pieces)
        found[number] = Glyph(moved, entered, left, float(np.clip(gap, -0.6, 0.8)), start)
    return found


def _cut(strokes: Sequence[Array], letters: Sequence[Span]) -> list[tuple[list[Array], bool, bool]]:
    """For each letter of a line its pieces of strokes, whether it was entered in ink, and left in ink."""
    points = np.concatenate(strokes)
    lengths = [len(stroke) for stroke in strokes]
    stroke_of = np.repeat(np.arange(len(strokes)), lengths)
    letter_of = np.full(len(points), -1)
    for number, (_, first, end) in enumerate(letters):
        letter_of[first:end] = number
    for stroke, end in zip(strokes, np.cumsum(lengths), strict=True):
        letter_of[end - len(stroke) : end] = _tidied(stroke, letter_of[end - len(stroke) : end])
    middles = {
        number: float(np.median(points[letter_of == number, 0]))
        for number, (character, _, _) in enumerate(letters)
        if character != " " and (letter_of == number).any()
    }
    borders = np.flatnonzero((np.diff(stroke_of) != 0) | (np.diff(letter_of) != 0)) + 1
    pieces: list[list[tuple[int, int]]] = [[] for _ in letters]
    for run in np.split(np.arange(len(points)), borders):
        first, end, number = int(run[0]), int(run[-1]) + 1, int(letter_of[run[0]])
        if len(run) == lengths[stroke_of[first]] and np.ptp(points[run, :2], axis=0).max() < SMALL and middles:
            here = float(points[run, 0].mean())
            nearest = min(middles, key=lambda k: abs(middles[k] - here))
            if number not in middles or abs(middles[nearest] - here) < abs(middles[number] - here) - 0.3:
                number = nearest
        if number >= 0:
            pieces[number].append((first, end))
    result = []
    for own in pieces:
        inside = [points[a:b] for a, b in own if b - a > 1 or len(own) == 1]
        entered = bool(own) and own[0][0] > 0 and stroke_of[own[0][0] - 1] == stroke_of[own[0][0]]
        last = own[-1][1] if own else 0
        left = bool(own) and last < len(points) and stroke_of[last] == stroke_of[last - 1]
        result.append((inside, bool(entered), bool(left)))
    return result


def _tidied(stroke: Array, letters: NDArray[np.int64]) -> NDArray[np.int64]:
    """Letters (k,) of a stroke's points without scraps: borders between letters are known to about ``SCRAP`` only.

    A run of less path goes to the longer of its neighbours; a narrow stroke that is mostly one letter's is all of it.
    """
    leg = np.hypot(*np.diff(stroke[:, :2], axis=0, prepend=stroke[:1, :2]).T)
    letters = letters.copy()
    amount = {int(k): float(leg[letters == k].sum()) for k in np.unique(letters)}
    most = max(amount, key=lambda k: amount[k])
    if np.ptp(stroke[:, 0]) < NARROW and amount[most] >= MOSTLY * leg.sum():
        letters[:] = most
    while True:
        borders = [0, *(np.flatnonzero(np.diff(letters) != 0) + 1).tolist(), len(letters)]
        sizes = [float(leg[a:b].sum()) for a, b in pairwise(borders)]
        if len(sizes) < 2 or min(sizes) >= SCRAP:
            return letters
        least = int(np.argmin(sizes))
        beside = [k for k in (least - 1, least + 1) if 0 <= k < len(sizes)]
        letters[borders[least] : borders[least + 1]] = letters[borders[max(beside, key=lambda k: sizes[k])]]


def _typical(found: Sequence[Glyph]) -> list[Glyph]:
    """Those whose box is near the median box of the class: others were badly cut. All of them where they are two."""
    if len(found) < 3:
        return list(found)
    points = [np.concatenate(glyph.strokes) for glyph in found]
    boxes = np.array([[p[:, 0].max(), p[:, 1].min(), p[:, 1].max()] for p in points])
    away = np.abs(boxes - np.median(boxes, axis=0)).max(axis=1)
    return [glyph for glyph, far in zip(found, away, strict=True) if far <= max(UNLIKE, float(np.median(away)))]


def set_line(
    text: str, chosen: Sequence[Glyph | None], unit: float, how: Setting, generator: np.random.Generator
) -> list[Array]:
    """Strokes, device units, of letters set one after another; ``chosen`` has None for a space and for what is lacking.

    Raises ValueError where there is no letter at all.
    """
    strokes: list[Array] = []
    x = clock = 0.0
    before: Glyph | None = None
    for character, glyph in zip(text, chosen, strict=True):
        if glyph is None:
            x += how.word_space if character == " " and before is not None else 0.0
            before = None
            continue
        placed = [stroke.copy() for stroke in glyph.strokes]
        stretch, slant, turn = generator.normal(0, 1, 3) * [how.size, how.slant, how.turn]
        lift, extra = generator.normal(0, 1, 2) * [how.baseline, how.spread]
        shape = np.exp(stretch) * np.array([[1.0, turn], [-turn - slant, 1.0]])
        left = x + (max(glyph.gap, -0.5) + extra if before is not None else 0.0)
        for stroke in placed:
            stroke[:, :2] = stroke[:, :2] @ shape + [left, lift]
            stroke[:, 2] /= how.tempo
        joined = before is not None and before.left and glyph.entered and how.join != "apart" and bool(strokes)
        wait = how.pause * float(np.exp(generator.normal(0, 0.4)))
        if joined:
            wait = _join(strokes, placed, how.join)
        begin = clock + (wait if strokes else 0.0)
        for stroke in placed:
            stroke[:, 2] += begin
        placed = _in_time(placed)
        if joined:
            strokes[-1] = np.concatenate([strokes[-1], placed[0]])
            placed = placed[1:]
        strokes += placed
        clock = float(strokes[-1][-1, 2])
        x = max(x, *(float(stroke[:, 0].max()) for stroke in [*placed, strokes[-1]]))
        before = glyph
    if not strokes:
        raise ValueError("the lines have none of the text's letters")
    for stroke in strokes:
        stroke[:, :2] *= unit
    return strokes


def _in_time(placed: list[Array]) -> list[Array]:
    """Strokes one after another: one that was written much later comes soon after the others."""
    for before, stroke in itertools.pairwise(placed):
        wait = stroke[0, 2] - before[-1, 2]
        stroke[:, 2] += float(np.clip(wait, 0.05, 0.4)) - wait
    return placed


def _join(strokes: list[Array], placed: list[Array], way: str) -> float:
    """Join the first of ``placed``, time from 0, to the last of ``strokes``, in place; seconds between them."""
    end, start = strokes[-1], placed[0]
    if way == "meet":
        # All of it moves along the line, and its beginning up or down, fading out over half a writing height.
        shift = end[-1, :2] - start[0, :2]
        for stroke in placed:
            stroke[:, 0] += shift[0]
        path = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(start[:, :2], axis=0).T))])
        start[:, 1] += shift[1] * np.clip(1 - path / 0.5, 0, 1)
    pace = max(_pace(end), _pace(start), 2.0)
    way_between = float(np.hypot(*(start[0, :2] - end[-1, :2])))
    wait = max(way_between / pace, 0.01)
    count = int(wait / 0.012)
    if way == "bridge" and count > 0:
        s = np.linspace(0, 1, count + 2)[1:-1, None]
        out, into = (_heading(stroke) * way_between for stroke in (end[-4:], start[:4]))
        # Cubic Hermite curve: leaves and arrives in the letters' own directions.
        xy = (
            (2 * s**3 - 3 * s**2 + 1) * end[-1, :2]
            + (s**3 - 2 * s**2 + s) * out
            + (3 * s**2 - 2 * s**3) * start[0, :2]
            + (s**3 - s**2) * into
        )
        strokes[-1] = np.concatenate([end, np.column_stack([xy, end[-1, 2] + s[:, 0] * wait])])
    return wait


def _pace(stroke: Array) -> float:
    """Mean speed of a stroke, 0 where it has no duration."""
    seconds = float(stroke[-1, 2] - stroke[0, 2])
    return float(np.hypot(*np.diff(stroke[:, :2], axis=0).T).sum()) / seconds if seconds > 0 else 0.0


def _heading(stroke: Array) -> Array:
    """Unit vector (2,) from its first to its last point, zero where they are the same."""
    step = stroke[-1, :2] - stroke[0, :2]
    unit: Array = step / max(float(np.hypot(*step)), 1e-9)
    return unit


def choose(
    text: str, letters: Mapping[str, Sequence[Glyph]], same: bool, generator: np.random.Generator
) -> list[Glyph | None]:
    """A glyph for each character, of its other case where the writer left none; None for spaces and what is lacking.

    With ``same`` every occurrence of a letter is the same glyph; else one is drawn, not the last one where there is
    another.
    """
    fixed: dict[str, int] = {}
    chosen: list[Glyph | None] = []
    for character in text:
        pool = letters.get(character) or letters.get(character.swapcase())
        if character == " " or not pool:
            chosen.append(None)
            continue
        pick = int(generator.integers(len(pool)))
        last = fixed.get(character)
        if last is not None:
            pick = last if same else (last + 1 + int(generator.integers(max(len(pool) - 1, 1)))) % len(pool)
        fixed[character] = pick
        chosen.append(pool[pick])
    return chosen
