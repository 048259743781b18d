"""Where the letters stand that the score of a side rests on: the very reading of it, placed in the drawn ink."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from datasets.baseline import line_geometry
from datasets.height import writing_height
from datasets.layout import lines
from forgery_kit.examination.exhibits import by_file, drawn_points
from forgery_kit.likelihood.judge import Judge
from forgery_kit.likelihood.sides import Ready, together
from forgery_kit.reading.lines import SPACE, letter_borders, point_at
from gan.features import features_with_positions
from gan.judging.style import WINDOW, bounds, sequence, sheets
from gan.reading.decoding import RATE
from gan.writing.alphabet import CHARACTERS
from reports.findings import DrawnStroke, Item
from reports.letters.findings import LetterInstance

#: Steps of ink beyond its own frames that a letter may have: more belongs to what nobody read.
REACH = 20
#: What lies farther to the side of a letter's middle stroke than this (writing heights) is not its dot or bar.
ASIDE = 0.35

Run = tuple[int, int, int, float]


@dataclass(frozen=True)
class PlacedLetter:
    """A letter that was read, spaces too.

    Attributes
    ----------
    character : of the alphabet. confidence : the recogniser's, 0..1.
    instance : where it is drawn; None for spaces, and for lines of an item that are not drawn.
    follows : whether it stands right behind the one before it in the list.
    """

    character: str
    confidence: float
    instance: LetterInstance | None
    follows: bool


@dataclass(frozen=True, eq=False)
class _DrawnStroke:
    """A stroke where it is drawn: item, index of its line, its index in the line, and which of its points are drawn."""

    item: str
    line: int
    number: int
    points: NDArray[np.int64]


def placed_letters(judge: Judge, side: Ready, items: Sequence[Item], with_time: bool) -> list[PlacedLetter]:
    """All letters that were read when the side was embedded, in the order of its files.

    Where short files are embedded together, in several orders, these are the letters of the first; where windows
    overlap, those of the window that they stand farther inside.
    """
    drawn = _drawn_strokes(side, items)
    ink = {item.label: item.lines for item in items}
    levels = {(item.label, n): _baseline(line) for item in items for n, line in enumerate(item.lines)}
    found = []
    of_files = _runs_of_files(judge, side, with_time)
    for group, one, (place, runs) in zip(sheets(side.exhibit.samples).values(), side.traces, of_files, strict=True):
        strokes = [stroke for sample in group for stroke in drawn[id(sample)]]
        space = np.array([run[0] == SPACE for run in runs], bool)
        spans = np.array([run[1:3] for run in runs], np.int64).reshape(-1, 2)
        borders = letter_borders(place, one.starts, one.xy, space, spans) if runs else np.zeros(1, np.int64)
        before = None
        for (letter, first, end, sure), (a, b) in zip(runs, pairwise(borders), strict=True):
            reach = point_at(place, max(first - REACH, 0)), point_at(place, end + REACH) + 1
            middle = point_at(place, (first + end) / 2)
            points = (max(int(a), reach[0]), min(int(b), reach[1]))
            instance = None if letter == SPACE else _instance(points, middle, one.starts, strokes, ink, levels)
            line = None if instance is None else (instance.item, instance.line)
            follows = line is not None and line == before
            found.append(PlacedLetter(CHARACTERS[letter - 1], sure, instance, follows))
            before = line
    return found


def _runs_of_files(judge: Judge, side: Ready, with_time: bool) -> list[tuple[NDArray[np.float64], list[Run]]]:
    """For each trace the point at each step's middle, and its runs: class, first step, end, confidence."""
    # Keras is loaded by whoever has a network.
    from gan.judging.letters import see_windows

    # The letters of a stated text are in the sequence only.
    parts = [(sequence([one], with_time), features_with_positions(one, with_time)[1]) for one in side.traces]
    groups = together([features for features, _ in parts])
    joined = [np.concatenate([parts[k][0] for k in group]) for group in groups]
    cut = [
        bounds(len(one), WINDOW, full=len(parts) > 1 and len(group) == 1)
        for group, one in zip(groups, joined, strict=True)
    ]
    pieces = [one[a:b] for one, spans in zip(joined, cut, strict=True) for a, b in spans]
    _, seen = see_windows(judge.network, pieces, WINDOW)
    letters = iter(seen)
    runs: list[list[Run]] = [[] for _ in parts]
    for group, one, spans in zip(groups, joined, cut, strict=True):
        ends = np.cumsum([len(parts[k][0]) for k in group])
        # Half way through what two windows share, or where they touch, one goes over to the next.
        over = [0.0, *((end + begin) / 2 for (_, end), (begin, _) in pairwise(spans)), float(len(one))]
        for (begin, last), (low, high) in zip(spans, pairwise(over), strict=True):
            for letter, a, b, sure in next(letters).runs:
                first, end = begin + a * RATE, min(begin + b * RATE, last)
                if not low <= (first + end) / 2 < high:
                    continue
                at = int(np.searchsorted(ends, (first + end) // 2, "right"))
                offset = int(ends[at - 1]) if at else 0
                length = int(ends[at]) - offset
                runs[group[at]].append((letter, max(first - offset, 0), min(end - offset, length), sure))
    return [(place, found) for (_, place), found in zip(parts, runs, strict=True)]


def _drawn_strokes(side: Ready, items: Sequence[Item]) -> dict[int, list[_DrawnStroke]]:
    """For each sample (by id) its pen-down strokes as they are drawn."""
    found: dict[int, list[_DrawnStroke]] = {}
    for item, samples in zip(items, by_file(side.exhibit).values(), strict=True):
        height = writing_height([stroke for sample in samples for stroke in sample.ink.strokes()])
        number = 0
        for sample in samples:
            order = np.cumsum(sample.ink.pen_down) - 1
            strokes = list(sample.ink.strokes())
            mine: list[_DrawnStroke | None] = [None] * len(strokes)
            for line in lines(sample.ink):
                for k, index in enumerate(order[line]):
                    mine[index] = _DrawnStroke(item.label, number, k, drawn_points(strokes[index][:, :2], height))
                number += 1
            found[id(sample)] = [stroke for stroke in mine if stroke is not None]
    return found


def _instance(
    points: tuple[int, int],
    middle: int,
    starts: NDArray[np.int64],
    strokes: Sequence[_DrawnStroke],
    ink: dict[str, tuple[tuple[DrawnStroke, ...], ...]],
    levels: dict[tuple[str, int], tuple[float, float]],
) -> LetterInstance | None:
    """The drawn ink of the points of a trace around a middle one, with dots and bars over it; None where not drawn."""
    parts: dict[int, tuple[int, int, int]] = {}
    for k in range(int(np.searchsorted(starts, points[0], "right")) - 1, len(starts)):
        first, end = (point - int(starts[k]) for point in points)
        if end <= 0:
            break
        one = strokes[k]
        a, b = (int(np.searchsorted(one.points, point)) for point in (first, end))
        # One point further, so that neighbouring letters touch as they do on paper.
        b = min(b + 1, len(one.points))
        if b > a:
            parts[k] = (one.number, a, b)
    if not parts:
        return None
    at = int(np.searchsorted(starts, middle, "right")) - 1
    core = min(parts, key=lambda k: abs(k - at))
    where = strokes[core].item, strokes[core].line
    if where not in levels:
        return None
    line = ink[where[0]][where[1]]
    beside = {k: part for k, part in parts.items() if (strokes[k].item, strokes[k].line) == where}
    spans = {k: (min(line[n].x[a:b]), max(line[n].x[a:b])) for k, (n, a, b) in beside.items()}
    low, high = spans[core][0] - ASIDE, spans[core][1] + ASIDE
    kept = tuple(parts[k] for k, (left, right) in spans.items() if right >= low and left <= high)
    slope, level = levels[where]
    return LetterInstance(*where, kept, round(level + slope * (low + high) / 2, 2))


def _baseline(line: tuple[DrawnStroke, ...]) -> tuple[float, float]:
    """Slope and height at x = 0 of a drawn line's baseline, writing heights; level below its ink where it has none."""
    try:
        found = line_geometry([np.column_stack([stroke.x, stroke.y]) for stroke in line])
    except ValueError:
        return 0.0, max((max(stroke.y) for stroke in line), default=0.0)
    return found.slope, found.intercept
