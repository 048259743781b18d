"""Collage: a writer's own ink cut up and pasted together: words, letters, strokes, or halves of strokes.

What makes such a line is all by the writer's hand; only joins, repeats and the originals tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datasets.forgers.glyphs import Setting, choose, glyphs_of, set_line
from datasets.forgers.settings import one_of, ranged, scaled, sometimes
from datasets.forgers.strokes import Array, Line, baseline_of, height_of, ink_of, pauses, shifted, timed_strokes
from datasets.ink import Ink
from datasets.layout import words


@dataclass(frozen=True)
class Pasting:
    """How pieces are pasted; lengths in writing heights.

    Attributes
    ----------
    size, slant, turn : deviation of the logarithm of a piece's size, of its shear, of its angle (radians).
    baseline : deviation of a piece up or down. spread : deviation of the gaps between pieces.
    tempo : deviation of the logarithm of a piece's tempo.
    """

    size: float = sometimes(0.5, 0.0, 0.08)
    slant: float = sometimes(0.5, 0.0, 0.08)
    turn: float = sometimes(0.5, 0.0, 0.04)
    baseline: float = ranged(0.0, 0.12)
    spread: float = ranged(0.0, 0.3)
    tempo: float = sometimes(0.5, 0.0, 0.2)


@dataclass(frozen=True)
class Pieces:
    """How strokes are exchanged.

    Attributes
    ----------
    share : of runs of strokes that are exchanged. longest : strokes of a run. choices : a run is drawn from so many
        that fit best.
    """

    share: float = ranged(0.4, 1.0)
    longest: int = one_of(1, 2, 3, 4)
    choices: int = one_of(1, 3, 6)
    unlike: float = ranged(0.3, 1.0)


@dataclass(frozen=True)
class Splice:
    """How strokes are cut and put together.

    Attributes
    ----------
    cuts : in a line. choices : a place is drawn from so many that are most alike. blend : writing heights of path over
        which the second part is led to the first; 0 leaves a step. gap : more than this apart is no like place.
    """

    cuts: int = one_of(1, 2, 3, 4)
    choices: int = one_of(1, 5, 20)
    blend: float = sometimes(0.7, 0.1, 1.0)
    gap: float = scaled(0.05, 0.4)


def collage_letters(lines: Sequence[Line], text: str, same: bool, how: Setting, generator: np.random.Generator) -> Ink:
    """A text of letters cut out of the lines; ``same`` takes one copy of each letter throughout.

    Letters that the writer left neither small nor large are left out. Raises ValueError where none is left.
    """
    unit = height_of(timed_strokes(lines[0].ink))
    chosen = choose(text, glyphs_of(lines), same, generator)
    return ink_of(set_line(text, chosen, unit, how, generator), lines[0].ink)


def collage_words(lines: Sequence[Line], how: Pasting, generator: np.random.Generator) -> Ink:
    """About as many words as the first line has, drawn from all the lines, in any order.

    No word is taken twice before all are taken.
    """
    pool: list[list[Array]] = []
    gaps, waits = [], []
    for line in lines:
        strokes, unit = _levelled(line)
        edge, last = None, None
        for rows in words(ink_of(strokes, line.ink), np.arange(len(strokes))):
            word = [strokes[i] / [unit, unit, 1.0] for i in np.sort(rows)]
            begin = min(float(s[:, 0].min()) for s in word)
            if edge is not None and last is not None:
                gaps.append(begin - edge)
                waits.append(float(np.clip(word[0][0, 2] - last, 0.05, 1.0)))
            edge, last = max(float(s[:, 0].max()) for s in word), float(max(s[-1, 2] for s in word))
            pool.append([s - [begin, 0.0, 0.0] for s in word])
    first = _levelled(lines[0])[0]
    wanted = len(words(ink_of(first, lines[0].ink), np.arange(len(first)))) if len(lines) > 1 else len(pool)
    order = generator.permutation(len(pool))
    unit = height_of(timed_strokes(lines[0].ink))
    pasted: list[Array] = []
    x = clock = 0.0
    for index in order[:wanted]:
        word = _varied(pool[index], how, generator)
        if pasted:
            clock += float(generator.choice(waits)) if waits else 0.3
            x += max(0.3, float(generator.choice(gaps) if gaps else 1.0) + generator.normal(0, 1) * how.spread)
        timed = _from_clock(word, clock)
        pasted += [shifted(stroke, x=x) for stroke in timed]
        clock = float(pasted[-1][-1, 2])
        x = max(float(stroke[:, 0].max()) for stroke in pasted)
    return ink_of([stroke * [unit, unit, 1.0] for stroke in pasted], lines[0].ink)


def exchange(lines: Sequence[Line], pieces: Pieces, how: Pasting, generator: np.random.Generator) -> Ink:
    """The first line with runs of whole strokes exchanged for like ones: of other lines, or of other places in it.

    Raises ValueError where no run fits.
    """
    base, unit = _levelled(lines[0])
    sources = [_levelled(line) for line in lines]
    runs, fits = [], []
    for number, (strokes, scale) in enumerate(sources):
        for first in range(len(strokes)):
            for count in range(1, min(pieces.longest, len(strokes) - first) + 1):
                runs.append((number, first, count))
                fits.append(_outline(strokes[first : first + count], scale))
    outlines = np.array(fits)
    kinds = np.array(runs)
    made: list[Array] = []
    at = exchanged = 0
    waits = pauses(base)
    clock = 0.0
    while at < len(base):
        count = min(int(generator.integers(1, pieces.longest + 1)), len(base) - at)
        run = base[at : at + count]
        put = run
        if generator.random() < pieces.share:
            away = np.abs(outlines - _outline(run, unit)).max(axis=1)
            itself = (kinds[:, 0] == 0) & (kinds[:, 1] < at + count) & (kinds[:, 1] + kinds[:, 2] > at)
            away[itself] = np.inf
            order = np.argsort(away, kind="stable")[: pieces.choices]
            order = order[away[order] < pieces.unlike]
            if len(order):
                number, first, many = kinds[int(generator.choice(order))]
                strokes, scale = sources[number]
                own = [stroke / [scale, scale, 1.0] for stroke in strokes[first : first + many]]
                start = min(float(stroke[:, 0].min()) for stroke in own)
                aim = min(float(stroke[:, 0].min()) for stroke in run)
                varied = _varied([stroke - [start, 0.0, 0.0] for stroke in own], how, generator)
                put = [shifted(stroke * [unit, unit, 1.0], x=aim) for stroke in varied]
                exchanged += 1
        made += _from_clock(put, clock)
        clock = float(made[-1][-1, 2]) + (float(waits[at + count - 1]) if at + count < len(base) else 0.0)
        at += count
    if not exchanged:
        raise ValueError("no run of strokes is like another")
    return ink_of(made, lines[0].ink)


def splice(lines: Sequence[Line], how: Splice, generator: np.random.Generator) -> Ink:
    """Parts of the lines put together inside strokes, where the pen is as high, goes the same way and is as fast.

    It begins with the first line; every cut leads to another place, of another line where there are several, and what
    follows there goes on. Raises ValueError where there is no like place.
    """
    parts = [_levelled(line) for line in lines]
    inks = [[stroke / [unit, unit, 1.0] for stroke in strokes] for strokes, unit in parts]
    places = [_places(strokes) for strokes in inks]
    now, here = 0, -1
    made: list[Array] = []
    shift = np.zeros(3)
    width = float(np.ptp(np.concatenate(inks[0])[:, 0]))
    for cut in range(how.cuts):
        other = now if len(inks) == 1 else int(generator.choice([k for k in range(len(inks)) if k != now]))
        mine, theirs = places[now], places[other]
        x = mine[:, 2] + shift[0]
        # Cuts are spread over the width of the line, and what follows is long enough to go on with.
        mine = mine[(mine[:, 0] >= here) & (x > (cut + 0.5) / (how.cuts + 1) * width)]
        mine = mine[: max(1, len(mine) // (how.cuts - cut + 1) + 1)]
        theirs = theirs[theirs[:, 0] < 0.8 * len(inks[other])]
        if other == now:
            theirs = theirs[np.abs(theirs[:, 2] - mine[:, 2].mean()) > 2] if len(mine) else theirs
        if len(mine) == 0 or len(theirs) == 0:
            break
        apart = np.abs(mine[:, None, 3:] - theirs[None, :, 3:]).max(axis=2)
        order = np.argsort(apart, axis=None, kind="stable")[: how.choices]
        order = order[apart.ravel()[order] < how.gap]
        if len(order) == 0:
            continue
        a, b = np.unravel_index(int(generator.choice(order)), apart.shape)
        stroke, row = int(mine[a, 0]), int(mine[a, 1])
        to, onto = int(theirs[b, 0]), int(theirs[b, 1])
        made += _copied(inks[now], here, stroke, shift)
        head = made.pop() if stroke == here else inks[now][stroke] + shift
        # Of a stroke that was spliced before, the row counts from where it was entered.
        head = head[: len(head) - (len(inks[now][stroke]) - row - 1)]
        tail = inks[other][to][onto + 1 :]
        fade = head[-1] - inks[other][to][onto]
        path = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(tail[:, :2], axis=0).T))])
        keep = np.clip(1 - path / how.blend, 0, 1) if how.blend > 0 else np.zeros(len(tail))
        led = shifted(tail, x=float(fade[0]), t=float(fade[2]))
        led[:, 1] += fade[1] * keep
        made.append(np.concatenate([head, led]))
        shift = np.array([fade[0], 0.0, fade[2]])
        now, here = other, to
    if here < 0:
        raise ValueError("no place of a stroke is like another")
    made += _copied(inks[now], here, len(inks[now]), shift)
    unit = parts[0][1]
    return ink_of([stroke * [unit, unit, 1.0] for stroke in _from_clock(made, 0.0)], lines[0].ink)


def _copied(strokes: Sequence[Array], after: int, before: int, shift: Array) -> list[Array]:
    """The strokes between two, moved."""
    return [stroke + shift for stroke in strokes[after + 1 : before]]


def _levelled(line: Line) -> tuple[list[Array], float]:
    """Strokes with the baseline level at y = 0 and x from 0, device units; and the writing height."""
    strokes = timed_strokes(line.ink)
    unit = height_of(strokes)
    slope, level = baseline_of(strokes)
    start = min(float(stroke[:, 0].min()) for stroke in strokes)
    return [np.column_stack([s[:, 0] - start, s[:, 1] - slope * s[:, 0] - level, s[:, 2]]) for s in strokes], unit


def _varied(piece: Sequence[Array], how: Pasting, generator: np.random.Generator) -> list[Array]:
    """A piece, in writing heights, pasted a little otherwise."""
    stretch, slant, turn, tempo = generator.normal(0, 1, 4) * [how.size, how.slant, how.turn, how.tempo]
    lift = generator.normal(0, 1) * how.baseline
    shape = np.exp(stretch) * np.array([[1.0, turn], [-turn - slant, 1.0]])
    return [np.column_stack([s[:, :2] @ shape + [0.0, lift], s[:, 2] * np.exp(tempo)]) for s in piece]


def _from_clock(strokes: Sequence[Array], clock: float) -> list[Array]:
    """Strokes one after another from a time on, with pauses of at most a second: late dots come soon."""
    made: list[Array] = []
    for before, stroke in zip([None, *strokes[:-1]], strokes, strict=True):
        if before is not None:
            clock = float(made[-1][-1, 2]) + float(np.clip(stroke[0, 2] - before[-1, 2], 0.01, 1.0))
        made.append(shifted(stroke, t=clock - float(stroke[0, 2])))
    return made


def _outline(run: Sequence[Array], unit: float) -> Array:
    """What a run must have alike to take another's place: box, beginning and end, length; in writing heights."""
    points = np.concatenate(run)[:, :2] / unit
    left = points[:, 0].min()
    length = sum(float(np.hypot(*np.diff(stroke[:, :2], axis=0).T).sum()) for stroke in run) / unit
    return np.array(
        [
            np.ptp(points[:, 0]),
            *(points[:, 1].min(), points[:, 1].max()),
            *(points[0] - [left, 0]),
            *(points[-1] - [left, 0]),
            0.3 * length,
        ]
    )


def _places(strokes: Sequence[Array]) -> Array:
    """Places inside strokes, (m, 7): stroke, row, x; then height, direction (2) and log speed, each as it counts."""
    found = [np.zeros((0, 7))]
    for number, stroke in enumerate(strokes):
        rows = np.arange(3, len(stroke) - 4)
        if len(rows) == 0:
            continue
        step = stroke[rows + 1] - stroke[rows - 1]
        length = np.hypot(step[:, 0], step[:, 1])
        way = step[:, :2] / np.maximum(length, 1e-9)[:, None]
        speed = np.log(np.maximum(length, 1e-9) / step[:, 2])
        place = np.column_stack(
            [np.full(len(rows), number), rows, stroke[rows, 0], stroke[rows, 1], 0.5 * way, 0.3 * speed]
        )
        found.append(place[length > 0])
    return np.concatenate(found)
