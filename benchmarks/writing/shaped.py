"""Text set in a font by HarfBuzz, as the strokes of the font's single-line version, so that it can be read."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import uharfbuzz
from fontTools.pens.recordingPen import RecordingPen
from fontTools.svgLib.path import parse_path
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: Points of a curve.
POINTS = 12


def shaped(font: bytes, text: str, features: dict[str, bool] | None = None) -> list[tuple[str, float]]:
    """Name and x of the origin of each glyph of a text, in units."""
    face = uharfbuzz.Face(font)
    shaper = uharfbuzz.Font(face)
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    uharfbuzz.shape(shaper, buffer, features or {})
    found, x = [], 0.0
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        found.append((shaper.glyph_to_string(info.codepoint), x + position.x_offset))
        x += position.x_advance
    return found


def single_lines(svg: str) -> dict[str, list[Array]]:
    """Glyph's name → its strokes (k, 2), y upwards, of an SVG font."""
    root = ET.fromstring(svg)
    found = {}
    for glyph in root.iter("{http://www.w3.org/2000/svg}glyph"):
        pen = RecordingPen()
        parse_path(glyph.get("d", ""), pen)
        found[str(glyph.get("glyph-name"))] = _strokes(pen)
    return found


def set_as_ink(font: bytes, lines: dict[str, list[Array]], text: str) -> list[Array]:
    """Strokes (k, 2) of a text, y downwards, in units; each glyph where HarfBuzz puts it."""
    placed = [(stroke, x) for name, x in shaped(font, text) for stroke in lines.get(name, [])]
    return [(stroke + np.array([x, 0.0])) * [1.0, -1.0] for stroke, x in placed]


def _strokes(pen: RecordingPen) -> list[Array]:
    strokes: list[list[Array]] = []
    t = np.linspace(0, 1, POINTS + 1)[1:, None]
    for verb, points in pen.value:
        ends = np.array(points, float)
        if verb == "moveTo":
            strokes.append([ends])
        elif verb == "curveTo":
            a, (b, c, d) = strokes[-1][-1][-1], ends
            strokes[-1].append((1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d)
    return [np.concatenate(stroke) for stroke in strokes]
