"""The outlines of a font as polygons, for comparison with what another geometry library makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont
from numpy.typing import NDArray

Array = NDArray[np.float64]


class PointPen(BasePen):
    """Contours as points (n, 2), eight a curve."""

    def __init__(self, glyphs: Any = None) -> None:
        super().__init__(glyphs)
        self.contours: list[list[Array]] = []

    def _moveTo(self, point: Any) -> None:  # noqa: N802
        self.contours.append([np.array([point], float)])

    def _lineTo(self, point: Any) -> None:  # noqa: N802
        self.contours[-1].append(np.array([point], float))

    def _curveToOne(self, *points: Any) -> None:  # noqa: N802
        a, (b, c, d) = self.contours[-1][-1][-1], np.array(points, float)
        t = np.linspace(0, 1, 9)[1:, None]
        self.contours[-1].append((1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d)


def contours(font: TTFont, name: str) -> list[Array]:
    """The closed contours (n, 2) of a glyph."""
    pen = PointPen(font.getGlyphSet())
    font.getGlyphSet()[name].draw(pen)
    return [np.concatenate(contour) for contour in pen.contours]


def signed_area(contour: Array) -> float:
    """Positive where the contour runs counter-clockwise, y upwards (the shoelace formula)."""
    x, y = contour.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
