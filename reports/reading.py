"""A picture of what was read: each line of ink with its letters told apart by colour and named below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from datasets.ink import Ink

#: Colours of neighbouring letters, which differ in grey as well; of a doubtful one; of ink that no letter stands in.
ODD, EVEN, DOUBTFUL, REST = "#1f3b73", "#5b8bd0", "#c44e00", "#b0b0b0"
#: Pixels: of a writing height, between lines, at the edges, of the letters' names.
HEIGHT, BETWEEN, EDGE, NAME = 26.0, 26.0, 24.0, 13.0


@dataclass(frozen=True, eq=False)
class LetteredLine:
    """A line to draw.

    Attributes
    ----------
    title : goes above it. ink : its ink. height : writing height, device units.
    letters : character, whether it is doubtful, first and one past the last point, in order.
    """

    title: str
    ink: Ink
    height: float
    letters: tuple[tuple[str, bool, int, int], ...]


def letters_svg(lines: Sequence[LetteredLine]) -> str:
    """The lines below one another as an SVG document; a doubtful letter is orange, and its name has a question mark."""
    body: list[str] = []
    top, width = EDGE, 400.0
    for line in lines:
        xy = line.ink.xy * (HEIGHT / line.height)
        low, high = xy.min(axis=0), xy.max(axis=0)
        body.append(_text(EDGE, top + NAME, line.title, "#444444", NAME))
        shift = np.array([EDGE, top + 2 * NAME]) - low
        body += _ink(line, xy + shift)
        foot = top + 2 * NAME + float(high[1] - low[1]) + 1.3 * NAME
        for character, doubtful, first, end in line.letters:
            if character != " " and end > first:
                middle = float(np.median(xy[first:end, 0])) + float(shift[0])
                name = f"{character}?" if doubtful else character
                body.append(_text(middle, foot, name, DOUBTFUL if doubtful else "#222222", NAME, "middle"))
        top = foot + BETWEEN
        width = max(width, float(high[0] - low[0]) + 2 * EDGE)
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" version="1.1" viewBox="0 0 {width:.0f} {top:.0f}" '
        f'width="{width:.0f}" height="{top:.0f}">\n<rect width="100%" height="100%" fill="white"/>'
    )
    return "\n".join([head, *body, "</svg>", ""])


def _ink(line: LetteredLine, xy: NDArray[np.float64]) -> list[str]:
    """A path for each run of points of a stroke within one letter, joined to the one before."""
    owner = np.full(len(xy), -1)
    for number, (character, _, first, end) in enumerate(line.letters):
        owner[first:end] = -1 if character == " " else number
    paths = []
    starts = np.concatenate([[0], line.ink.stroke_ends[:-1]])
    for begin, end in zip(starts, line.ink.stroke_ends, strict=True):
        cuts = [begin, *(np.flatnonzero(np.diff(owner[begin:end])) + begin + 1), end]
        for a, b in pairwise(cuts):
            number = int(owner[a])
            colour = REST if number < 0 else DOUBTFUL if line.letters[number][1] else (ODD, EVEN)[number % 2]
            points = xy[a : min(b + 1, end)]
            data = " ".join(f"{x:.1f},{y:.1f}" for x, y in (points if len(points) > 1 else points[[0, 0]]))
            paths.append(
                f'<path d="M{data}" fill="none" stroke="{colour}" stroke-width="2.2" stroke-linecap="round" '
                'stroke-linejoin="round"/>'
            )
    return paths


def _text(x: float, y: float, text: str, colour: str, size: float, anchor: str = "start") -> str:
    shown = escape("".join(c for c in text if c.isprintable()))
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:.0f}" font-family="DejaVu Sans, Arial, sans-serif" '
        f'fill="{colour}" text-anchor="{anchor}">{shown}</text>'
    )
