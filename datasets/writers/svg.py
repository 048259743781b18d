"""Ink as SVG 1.1: one clean path a stroke, the line that the pen went, and nothing else."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from itertools import pairwise
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from datasets.ink import Ink
from datasets.writers.frame import MARGIN, Frame, frame_of

#: Positions are written to this share of the line width.
RESOLUTION = 0.01
#: Characters that XML 1.0 cannot hold.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Size of the letters of a mark in line widths: about 1.8 mm, or five points, beside the line of a ball pen.
MARK_SIZE = 5.0
#: The same as a share of the longer side, at least: where a stated scale is nonsense, the line is a hair.
MARK_SHARE = 0.01
#: Of strokes that are told from others.
COLOUR = "#d9711a"
#: Room for a letter of a mark in sizes; wide fonts need less, on average.
LETTER_WIDTH = 0.65


def write_svg(
    ink: Ink,
    description: str = "",
    hover: bool = False,
    metadata: str = "",
    mark: str = "",
    coloured: Collection[int] = (),
) -> str:
    """The ink as an SVG document.

    Parameters
    ----------
    description : goes into `<desc>`; say here that ink is generated, and how.
    hover : draw hover strokes too, thin and dashed.
    metadata : text for `<metadata>`.
    coloured : strokes, as indices into all of the ink's, that are drawn in ``COLOUR``.
    mark : a line of text in grey below the ink, in a band of its own; a plotter that draws paths leaves it out.

    The size is in millimetres where ``mm_per_unit`` is known. A one-point stroke is a dot. Raises ValueError where
    there is no stroke to draw.
    """
    frame = frame_of(ink, hover)
    decimals = max(0, math.ceil(-math.log10(frame.line_width * RESOLUTION)))
    letter = max(MARK_SIZE * frame.line_width, MARK_SHARE * max(frame.width, frame.height)) if mark else 0.0
    margin = MARGIN * frame.line_width
    width = max(frame.width, len(mark) * LETTER_WIDTH * letter + 2 * margin)
    height = frame.height + 2 * letter
    size = ""
    if ink.mm_per_unit is not None:
        size = f' width="{width * ink.mm_per_unit:.3f}mm" height="{height * ink.mm_per_unit:.3f}mm"'
    view = " ".join(_number(value, decimals) for value in (width, height))
    style = 'fill="none" stroke="black" stroke-linecap="round" stroke-linejoin="round"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" version="1.1"{size} viewBox="0 0 {view}">',
        *([f"<desc>{_characters(description)}</desc>"] if description else []),
        *([f"<metadata>{_characters(metadata)}</metadata>"] if metadata else []),
        f'<g {style} stroke-width="{_number(frame.line_width, decimals)}">',
    ]
    thin = f'stroke-width="{_number(frame.line_width / 4, decimals)}" '
    dashed = f'{thin}stroke-dasharray="{_number(frame.line_width, decimals)}" '
    for number, (stroke, down) in enumerate(zip(ink.strokes(hover=True), ink.pen_down, strict=True)):
        if down or hover:
            colour = f'stroke="{COLOUR}" ' if number in coloured else ""
            lines.append(f'<path {colour}{"" if down else dashed}d="{_path(stroke[:, :2], frame, decimals)}"/>')
    lines.append("</g>")
    if mark:
        place = [_number(value, decimals) for value in (margin, frame.height + letter, letter)]
        lines.append(
            f'<text x="{place[0]}" y="{place[1]}" font-size="{place[2]}" font-family="DejaVu Sans, Arial, sans-serif" '
            f'fill="#666666">{_characters(mark)}</text>'
        )
    return "\n".join([*lines, "</svg>", ""])


def _characters(text: str) -> str:
    """Text that XML can hold, escaped."""
    return escape(_NOT_XML.sub("", text))


def _path(xy: NDArray[np.float64], frame: Frame, decimals: int) -> str:
    """Path data of a stroke (k, 2), relative to the corner of the frame; points that round to the same are one."""
    points = [f"{_number(x, decimals)},{_number(y, decimals)}" for x, y in (xy - (frame.left, frame.top)).tolist()]
    kept = [points[0], *(b for a, b in pairwise(points) if a != b)]
    # A line of no length with round caps is drawn as a dot.
    return f"M{kept[0]}L{' '.join(kept[1:] or kept)}"


def _number(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
