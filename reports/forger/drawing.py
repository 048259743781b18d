"""Where the questioned ink lies among one person's, two persons' and a machine's."""

from __future__ import annotations

import numpy as np
from reportlab.graphics.shapes import Drawing, Line
from reportlab.lib.colors import HexColor

from reports.findings import Simulation
from reports.plots import AXIS, DIFFERENT, SAME, Array, Axes, span, ticks

#: Of imitations: darker than the two of pairs of people, and the only line with long dashes, told apart in grey.
MACHINE = HexColor("#6b3d8f")
#: Width of the kernel against the spread of a kind, by Silverman's rule of thumb, and points of a curve.
POINTS = 121


def scores_drawing(found: Simulation, width: float, height: float) -> Drawing:
    """Densities of three kinds of pair over the score, this writer's imitations below them, questioned ink marked."""
    kinds = (
        ("one person", np.array(found.performance.same_scores), SAME, False),
        ("two persons", np.array(found.others), DIFFERENT, True),
        ("imitations of the person", np.array(found.performance.different_scores), MACHINE, True),
    )
    mine = np.array([one.score for one in found.imitations])
    kept = [values for _, values, _, _ in kinds if len(values)]
    low, high = span(np.concatenate([*(np.quantile(v, [0.01, 0.99]) for v in kept), mine, [found.score]]))
    at = np.linspace(low, high, POINTS)
    curves = {name: _density(values, at) for name, values, _, _ in kinds if len(values) > 1}
    top = 1.1 * max((float(curve.max()) for curve in curves.values()), default=1.0)
    # Room below zero for the strokes.
    axes = Axes(width, height, (low, high), (-0.12 * top, top), ("score", "density"), ticks(low, high), ())
    for name, _, colour, dashed in kinds:
        if name in curves:
            axes.curve(at, curves[name], colour, dashed, 1.8 if colour == MACHINE else 1.3)
    axes.drawing.add(Line(axes.left, axes.y(0), axes.right, axes.y(0), strokeColor=AXIS, strokeWidth=0.4))
    for score in mine:
        x = axes.x(float(score))
        axes.drawing.add(Line(x, axes.y(-0.02 * top), x, axes.y(-0.1 * top), strokeColor=MACHINE, strokeWidth=0.9))
    axes.upright(found.score, "questioned")
    axes.legend([(name, colour, dashed) for name, _, colour, dashed in kinds if name in curves], (0.02, 0.95))
    return axes.drawing


def _density(values: Array, at: Array) -> Array:
    """Gaussian kernel density (Silverman 1986, equation 3.31)."""
    spread = min(float(values.std()), float(np.subtract(*np.quantile(values, [0.75, 0.25])) / 1.34)) or 1.0
    kernel = 0.9 * spread * len(values) ** -0.2
    return np.asarray(
        np.exp(-0.5 * ((at[:, None] - values) / kernel) ** 2).mean(axis=1) / (kernel * np.sqrt(2 * np.pi))
    )
