"""How ink lies in a picture: line width, margin, extent. What the SVG and the PNG writer share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datasets.ink import Ink

#: Line width as a share of the median extent of a stroke, about that of a ball pen on a page of writing.
WIDTH_SHARE = 1 / 15
#: Line width of a ball pen in millimetres, where the scale of the ink is known.
WIDTH_MM = 0.35
#: Smallest and largest line width as a share of the longer side of the ink: a stated scale may be nonsense.
WIDTH_LIMITS = (1e-5, 0.5)
#: Margin around the ink in line widths.
MARGIN = 3.0


@dataclass(frozen=True)
class Frame:
    """Corner (left, top), extent and line width in units of the ink."""

    left: float
    top: float
    width: float
    height: float
    line_width: float


def frame_of(ink: Ink, hover: bool = False) -> Frame:
    """The frame around the strokes that are drawn. Raises ValueError where none is on the surface."""
    strokes = [stroke[:, :2] for stroke in ink.strokes(hover=hover)]
    if not strokes:
        raise ValueError("there is no pen-down stroke to draw")
    xy = np.concatenate(strokes)
    low, high = xy.min(axis=0), xy.max(axis=0)
    if ink.mm_per_unit is not None:
        line_width = WIDTH_MM / ink.mm_per_unit
    else:
        extents = np.array([np.ptp(stroke, axis=0).max() for stroke in strokes])
        line_width = float(np.median(extents[extents > 0])) * WIDTH_SHARE if (extents > 0).any() else 1.0
    longer_side = float((high - low).max())
    if longer_side > 0:
        line_width = min(max(line_width, WIDTH_LIMITS[0] * longer_side), WIDTH_LIMITS[1] * longer_side)
    else:
        line_width = 1.0
    margin = MARGIN * line_width
    left, top = (low - margin).tolist()
    width, height = (high - low + 2 * margin).tolist()
    return Frame(left, top, width, height, line_width)
