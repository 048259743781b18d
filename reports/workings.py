"""What the generator saw and expected while it wrote a sample: a figure after figure 10 of Graves (2013).

Coordinates are device units, y down. matplotlib is loaded where it is used: it takes half a second.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from reports.fonts import FONT, printable
from reports.imitation import GREY, MARK, fitting, font, text_chunks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

Array = NDArray[np.float64]
#: Pixels per inch of the figure of the workings; inches of its panels, of the white around them, of the space below a
#: panel, which holds its numbers and the next one's title, of the head, and of a colour bar and its distance.
DPI, PANEL_WIDTH, LEFT, RIGHT, BELOW_PANEL, HEAD, BAR, BESIDE_BAR = 150, 9.4, 0.8, 1.05, 0.72, 0.85, 0.12, 0.15
#: Inches that panels are high: the sample at most, the window a character, at least and at most, and the others.
SAMPLE_HEIGHT, CHARACTER_HEIGHT, WINDOW_HEIGHTS, WEIGHTS_HEIGHT, ENDS_HEIGHT = 4.5, 0.13, (1.2, 9.0), 1.9, 1.1
#: Every character has its own label up to so many.
MOST_LABELS = 110
#: Points of the figure's title and of what else it says.
HEADING, LETTERING = 13, 8
#: Cells of the map of densities along the longer side, and standard deviations that a Gaussian is drawn to.
CELLS, DEVIATIONS = 800, 4.0
#: Components that weigh less are not drawn: all of them together are a fiftieth of a step.
LEAST_WEIGHT = 1e-3
#: The map of densities shows so many powers of ten below the densest place.
DECADES = 3
#: From nothing to the densest: light enough for the sample to stand out.
DENSITIES = ("#ffffff", "#fde3c8", "#f9b074", "#e8702a", "#c22f0e")
_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": LETTERING,
    "axes.titlesize": LETTERING + 1,
    "axes.titlelocation": "left",
    "axes.linewidth": 0.5,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
}


@dataclass(frozen=True, eq=False)
class Workings:
    """What the network did while it wrote a sample of t points: one row a step.

    Attributes
    ----------
    text : what was to be written, n characters.
    points : (t, 2) positions after each step, device units, y down.
    stroke_ends : bool (t,), whether the pen was lifted after the step.
    seen : (t, n + 1) how much the window saw of each character; the last column is past the end.
    weights : (t, m) of the mixture's components, each row sums to one.
    means : (t, m, 2) positions that the components predict for this step's point, device units, y down.
    covariances : (t, m, 2, 2) of the components, square device units.
    end_probability : (t,) that the stroke ends with the step.
    """

    text: str
    points: Array
    stroke_ends: NDArray[np.bool_]
    seen: Array
    weights: Array
    means: Array
    covariances: Array
    end_probability: Array


@dataclass(frozen=True)
class Grid:
    """Square cells over a part of the page: upper left corner, side of a cell (device units), rows and columns."""

    left: float
    top: float
    cell: float
    rows: int
    columns: int


def workings_figure(workings: Workings, title: str, visible_mark: bool) -> bytes:
    """A PNG of four panels, after figure 10 of Graves (2013): the sample on the densities that the network predicted,
    the window over the text, the weights of the mixture, and the probability that a stroke ends.

    Raises ValueError where there is no point.
    """
    from matplotlib import style
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if not len(workings.points):
        raise ValueError("there is no point to draw")
    grid = _grid_around(workings.points)
    sample_width = min(PANEL_WIDTH, SAMPLE_HEIGHT * grid.columns / grid.rows)
    window_height = float(np.clip(CHARACTER_HEIGHT * workings.seen.shape[1], *WINDOW_HEIGHTS))
    sizes = [
        (sample_width, sample_width * grid.rows / grid.columns),
        (PANEL_WIDTH, window_height),
        (PANEL_WIDTH, WEIGHTS_HEIGHT),
        (PANEL_WIDTH, ENDS_HEIGHT),
    ]
    foot = 0.35 if visible_mark else 0.0
    whole = LEFT + PANEL_WIDTH + RIGHT, HEAD + sum(height + BELOW_PANEL for _, height in sizes) + foot
    # A user's own settings of matplotlib must not change the picture.
    with style.context(["default", _STYLE]):
        figure = Figure(whole, DPI)
        FigureCanvasAgg(figure)
        axes, bars = _places(figure, sizes)
        heading = fitting(title, font(FONT, round(HEADING * DPI / 72)), PANEL_WIDTH * DPI)
        at = LEFT / whole[0]
        figure.text(at, 1 - 0.4 / whole[1], heading, fontsize=HEADING, parse_math=False)
        _density_panel(axes[0], bars[0], workings, grid)
        _window_panel(axes[1], bars[1], workings, window_height)
        _weights_panel(axes[2], bars[2], workings)
        _ends_panel(axes[3], workings)
        for panel in axes[1:]:
            panel.set_xlim(0.5, len(workings.points) + 0.5)
            panel.set_xlabel("step (one point of the pen)", labelpad=1)
        if visible_mark:
            figure.text(at, 0.3 / whole[1], MARK, fontsize=LETTERING + 1, color=f"#{GREY:02x}{GREY:02x}{GREY:02x}")
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", pil_kwargs={"pnginfo": text_chunks(MARK)})
    return buffer.getvalue()


def _grid_around(points: Array) -> Grid:
    """A grid of at most ``CELLS`` cells a side around points (t, 2), with a margin for what was not written."""
    low, high = points.min(axis=0), points.max(axis=0)
    margin = max(0.15 * float(high[1] - low[1]), 0.02 * float(high[0] - low[0])) or 1.0
    width, height = (high - low + 2 * margin).tolist()
    cell = max(width, height) / CELLS
    return Grid(float(low[0]) - margin, float(low[1]) - margin, cell, math.ceil(height / cell), math.ceil(width / cell))


def _density(weights: Array, means: Array, covariances: Array, grid: Grid) -> Array:
    """Densities at the centres of the grid's cells (rows, columns), one over square device units, summed over steps.

    Parameters
    ----------
    weights, means, covariances : (t, m), (t, m, 2) and (t, m, 2, 2), as in ``Workings``.

    Each Gaussian is drawn within ``DEVIATIONS`` standard deviations only, and blurred by half a cell, without which
    one much smaller than a cell could fall between the centres.
    """
    kept = weights >= LEAST_WEIGHT
    centres = means[kept]
    blurred = covariances[kept] + (grid.cell / 2) ** 2 * np.eye(2)
    peaks = weights[kept] / (2 * np.pi * np.sqrt(np.linalg.det(blurred)))
    inverses = np.linalg.inv(blurred)
    reach = DEVIATIONS * np.sqrt(np.diagonal(blurred, axis1=1, axis2=2))
    corner, limits = np.array([grid.left, grid.top]), np.array([grid.columns, grid.rows])
    first = np.clip(np.floor((centres - reach - corner) / grid.cell), 0, limits).astype(int)
    last = np.clip(np.ceil((centres + reach - corner) / grid.cell), 0, limits).astype(int)
    x = grid.left + grid.cell * (np.arange(grid.columns) + 0.5)
    y = grid.top + grid.cell * (np.arange(grid.rows) + 0.5)
    total = np.zeros((grid.rows, grid.columns))
    for (left, top), (right, bottom), centre, inverse, peak in zip(first, last, centres, inverses, peaks, strict=True):
        dx, dy = x[left:right] - centre[0], (y[top:bottom] - centre[1])[:, None]
        square = inverse[0, 0] * dx * dx + 2 * inverse[0, 1] * dx * dy + inverse[1, 1] * dy * dy
        total[top:bottom, left:right] += peak * np.exp(-0.5 * square)
    return total


def _places(figure: Figure, sizes: Sequence[tuple[float, float]]) -> tuple[list[Axes], list[Axes]]:
    """Panels of the given sizes (inches) below one another, and a place for a colour bar beside each but the last."""
    width, height = figure.get_size_inches()
    axes, bars, bottom = [], [], float(height) - HEAD
    for number, (wide, high) in enumerate(sizes):
        bottom -= high
        axes.append(figure.add_axes((LEFT / width, bottom / height, wide / width, high / height)))
        if number < len(sizes) - 1:
            beside = LEFT + wide + BESIDE_BAR
            bars.append(figure.add_axes((beside / width, bottom / height, BAR / width, high / height)))
        bottom -= BELOW_PANEL
    return axes, bars


def _density_panel(axes: Axes, bar: Axes, workings: Workings, grid: Grid) -> None:
    """The sample, over the sum of what was predicted for each of its points."""
    from matplotlib.colors import LinearSegmentedColormap, LogNorm

    density = _density(workings.weights, workings.means, workings.covariances, grid)
    # A sample that went where nothing was predicted still gets its picture.
    densest = float(density.max()) or 1.0
    right, bottom = grid.left + grid.columns * grid.cell, grid.top + grid.rows * grid.cell
    image = axes.imshow(
        density,
        cmap=LinearSegmentedColormap.from_list("densities", DENSITIES),
        norm=LogNorm(densest / 10**DECADES, densest),
        extent=(grid.left, right, bottom, grid.top),
        interpolation="bilinear",
        aspect="auto",
    )
    for stroke in np.split(workings.points, np.flatnonzero(workings.stroke_ends) + 1):
        axes.plot(stroke[:, 0], stroke[:, 1], color="black", linewidth=0.8, marker="." if len(stroke) == 1 else None)
    axes.set_title("Sample (black) on the predicted density of each next point, summed over the steps")
    axes.set_xlabel("x and y in device units, y downwards", labelpad=1)
    axes.set_ylabel("y")
    _bar(image, bar, "per square unit")


def _window_panel(axes: Axes, bar: Axes, workings: Workings, height: float) -> None:
    """How much the window saw of each character, ``height`` inches high."""
    image = _heat_map(axes, workings.seen)
    labels = [*(printable(c) or "·" for c in workings.text), "end"]
    each = math.ceil(len(labels) / MOST_LABELS)
    size = min(LETTERING, 0.85 * 72 * height * each / len(labels))
    axes.set_yticks(range(1, len(labels) + 1, each), labels[::each], fontsize=size, va="center_baseline")
    axes.tick_params("y", length=0)
    axes.set_title("Window φ(t, u): how much the network saw of each character")
    axes.set_ylabel("character of the text")
    _bar(image, bar, "φ, no unit")


def _weights_panel(axes: Axes, bar: Axes, workings: Workings) -> None:
    """How much each component of the mixture counted."""
    from matplotlib.ticker import MaxNLocator

    image = _heat_map(axes, workings.weights)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_title("Weights of the mixture's components")
    axes.set_ylabel("component")
    _bar(image, bar, "weight, share of 1")


def _ends_panel(axes: Axes, workings: Workings) -> None:
    """Where the network thought of lifting the pen, and where it did."""
    steps = np.arange(1, len(workings.points) + 1)
    axes.vlines(steps[workings.stroke_ends], 0, 1, color="#e8702a", linewidth=0.7)
    axes.plot(steps, workings.end_probability, color="#1f5fa8", linewidth=0.9, marker="." if len(steps) == 1 else None)
    axes.set_ylim(-0.03, 1.03)
    axes.set_title("Probability that the stroke ends (blue), and the steps at which it did (orange)")
    axes.set_ylabel("probability")


def _heat_map(axes: Axes, values: Array) -> AxesImage:
    """Values (t, k) with steps to the right and k downwards, both counted from one."""
    steps, rows = values.shape
    extent = (0.5, steps + 0.5, rows + 0.5, 0.5)
    return axes.imshow(values.T, cmap="Blues", vmin=0, aspect="auto", extent=extent, interpolation="antialiased")


def _bar(image: AxesImage, place: Axes, label: str) -> None:
    """What the colours of a panel stand for."""
    bar = place.figure.colorbar(image, cax=place)
    bar.set_label(label)
    bar.outline.set_visible(False)
