"""Pictures of generated ink: each says what it shows, at the right scale, whatever the user typed."""

from __future__ import annotations

import dataclasses
import functools
import io
import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datasets.errors import ArgumentsError
from datasets.ink import Ink, ink_from_strokes
from datasets.synthetic import synthetic_sample
from datasets.writers.frame import frame_of
from datasets.writers.png import write_png
from datasets.writers.svg import write_svg
from reports.imitation import MARK, contact_sheet, png, svg
from reports.workings import Grid, Workings, _density, _grid_around, workings_figure

SVG = "{http://www.w3.org/2000/svg}"
NASTY = "]]> <b>&amp;\x00\x07\ud800\u202e שלום 😀 手 $x^$ \\frac\n"
PROVENANCE = {"text": "hand", "seed": 3, "note": NASTY, "nested": {"bias": 0.5, "values": [1, None]}}


@functools.cache
def ink(text: str = "hand", style: int = 5, seed: int = 1) -> Ink:
    return synthetic_sample(text, style, seed).ink


def strokes(*parts, **more) -> Ink:
    return ink_from_strokes([np.array(part, float) for part in parts], **more)


DOT = strokes([[5, 5]])
HOVER = strokes([[0, 0], [1, 1]], pen_down=[False])


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(opened(data).convert("L"))


def extent(picture: np.ndarray) -> tuple[int, int]:
    """Height and width in pixels of what is dark."""
    rows, columns = np.nonzero(picture < 128)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def bands(picture: np.ndarray) -> list[np.ndarray]:
    """What stands below one another, parted by white rows, from top to bottom."""
    filled = np.flatnonzero((picture < 240).any(axis=1))
    return [picture[part[0] : part[-1] + 1] for part in np.split(filled, np.flatnonzero(np.diff(filled) > 4) + 1)]


@pytest.mark.parametrize("visible", [True, False])
def test_svg_is_a_path_a_stroke_and_says_what_it_shows(visible: bool) -> None:
    root = ElementTree.fromstring(svg(ink(), PROVENANCE, visible).encode("utf-8"))
    paths, plain = root.findall(f".//{SVG}path"), ElementTree.fromstring(write_svg(ink())).findall(f".//{SVG}path")
    assert len(paths) == len(list(ink().strokes()))
    assert [path.get("d") for path in paths] == [path.get("d") for path in plain]
    assert str(root.find(f"{SVG}desc").text).startswith(MARK)
    assert json.loads(root.find(f"{SVG}metadata").text) == PROVENANCE
    assert [text.text for text in root.findall(f".//{SVG}text")] == ([MARK] if visible else [])


@pytest.mark.parametrize("visible", [True, False])
def test_png_keeps_ink_and_resolution_and_says_what_it_shows(visible: bool) -> None:
    plain, marked = opened(write_png(ink(), 120)), opened(png(ink(), PROVENANCE, visible, height=120))
    mark, provenance = marked.text["Description"].split("\n", 1)
    assert mark == MARK
    assert json.loads(provenance) == PROVENANCE
    assert marked.text["forgery_kit:origin"] == "generated"
    assert marked.info["dpi"] == plain.info["dpi"]
    drawn = np.asarray(marked)
    np.testing.assert_array_equal(drawn[:120, : plain.width], np.asarray(plain))
    assert (drawn.shape[0] > 120) == visible
    if visible:
        assert (drawn[120:] < 128).sum() > 50
        assert (drawn[-4:] == 255).all()
        assert drawn[120:].min() > 60


def test_png_grows_where_the_mark_is_wider_than_the_ink() -> None:
    drawn = np.asarray(opened(png(ink("i"), {}, True)))
    assert (drawn[240:, -8:] == 255).all()
    assert extent(drawn[240:])[1] > opened(write_png(ink("i"), 240)).width


def test_png_without_a_known_scale_states_none() -> None:
    assert "dpi" not in opened(png(dataclasses.replace(ink(), mm_per_unit=None), {}, True)).info


def test_png_refuses_a_height_that_cannot_be_drawn() -> None:
    with pytest.raises(ArgumentsError, match="height"):
        png(ink(), {}, True, height=3)


def test_same_input_same_bytes() -> None:
    turned = dict(reversed(PROVENANCE.items()))
    assert png(ink(), PROVENANCE, True) == png(ink(), turned, True)
    assert svg(ink(), PROVENANCE, True) == svg(ink(), turned, True)
    sheets = [contact_sheet([ink(), ink(seed=2)], ["a", "b"], "t", p, True) for p in (PROVENANCE, turned)]
    assert sheets[0] == sheets[1]


def test_sheet_has_title_captions_samples_and_mark_in_order_at_one_scale() -> None:
    small = ink("hand")
    large = dataclasses.replace(small, points=small.points * np.array([2.0, 2.0, 1.0, 1.0]))
    third = ink("a", seed=4)
    samples = [small, large, third]
    data = contact_sheet(samples, ["one", "two", "three"], "Title", PROVENANCE, True)
    found = bands(pixels(data))
    # Title, then caption and ink of each (the dots of letters stay with them), the rule, the mark.
    assert len(found) == 1 + 2 * 3 + 2
    inked = found[2:8:2]
    scales = []
    for sample, band in zip(samples, inked, strict=True):
        xy = np.concatenate([stroke[:, :2] for stroke in sample.strokes()])
        size = np.ptp(xy, axis=0)[::-1] + frame_of(small).line_width
        assert extent(band)[0] / extent(band)[1] == pytest.approx(size[0] / size[1], rel=0.05)
        scales.append(extent(band)[1] / size[1])
    assert scales == pytest.approx([scales[0]] * 3, rel=0.03)
    assert json.loads(opened(data).text["Description"].split("\n", 1)[1]) == PROVENANCE
    assert opened(data).text["forgery_kit:origin"] == "generated"


def test_sheet_is_aligned_left_with_even_margins() -> None:
    sheet = pixels(contact_sheet([ink(), ink("hands and hands")], ["a", "b"], "Title", {}, True))
    lefts = [int(np.nonzero((band < 240).any(axis=0))[0][0]) for band in bands(sheet)]
    assert max(lefts) - min(lefts) <= 4
    rows = np.flatnonzero((sheet < 240).any(axis=1))
    assert rows[0] == pytest.approx(min(lefts), abs=12)
    assert sheet.shape[0] - rows[-1] == pytest.approx(min(lefts), abs=12)


def test_sheet_without_visible_mark_ends_with_the_last_sample() -> None:
    marked, unmarked = (pixels(contact_sheet([ink()], ["a"], "t", {}, visible)) for visible in (True, False))
    assert len(bands(marked)) == len(bands(unmarked)) + 2
    assert unmarked.shape[0] < marked.shape[0]


def test_wide_samples_widen_the_sheet_up_to_a_limit_then_all_shrink() -> None:
    line = [stroke[:, :2] for stroke in ink().strokes()]
    width = float(np.ptp(np.concatenate(line)[:, 0]))
    sheets, heights = [], []
    for copies in (1, 12, 80):
        long = ink_from_strokes([part + np.array([1.3 * width * k, 0]) for k in range(copies) for part in line])
        sheets.append(pixels(contact_sheet([long, ink_from_strokes(line)], ["", ""], "t", {}, False)))
        heights.append(extent(bands(sheets[-1])[-1])[0])
    assert sheets[0].shape[1] < sheets[1].shape[1] < sheets[2].shape[1] <= 2400 + 2 * 64
    assert heights[0] == pytest.approx(heights[1], abs=1)
    assert heights[2] < 0.8 * heights[1]


def test_long_titles_and_captions_stay_within_the_margins() -> None:
    sheet = pixels(contact_sheet([ink()], ["long caption " * 50], "long title " * 50, {}, True))
    assert (sheet[:, -60:] == 255).all()


def test_a_hundred_samples_fit_on_a_sheet() -> None:
    line = strokes([[0, 0], [20, 50], [40, 0], [60, 50]])
    tall = strokes([[0, 0], [10, 5000]])
    sheet = pixels(contact_sheet([line, tall] * 50, [""] * 100, "t", {}, True))
    assert len(bands(sheet)) >= 100


@pytest.mark.parametrize("words", [NASTY, "", "a" * 10_000, "שלום", "\x00\n\t"])
def test_any_characters_can_stand_in_title_captions_and_provenance(words: str) -> None:
    data = contact_sheet([DOT], [words], words, {words: words}, True)
    assert json.loads(opened(data).text["Description"].split("\n", 1)[1]) == {words: words}
    assert workings_figure(workings("ab"), words, True).startswith(b"\x89PNG")


def test_a_dot_and_a_level_line_are_ink() -> None:
    level = strokes([[0, 0], [100, 0]])
    for sample in (DOT, level):
        assert pixels(png(sample, {}, False)).min() == 0
        assert "NaN" not in svg(sample, {}, True)
    assert len(bands(pixels(contact_sheet([DOT, level], ["a", "b"], "t", {}, False)))) == 5


def test_without_ink_there_is_nothing_to_draw() -> None:
    empty = Workings("", *(np.zeros(s) for s in ((0, 2), 0, (0, 1), (0, 2), (0, 2, 2), (0, 2, 2, 2), 0)))
    for draw in (
        lambda: svg(HOVER, {}, True),
        lambda: png(HOVER, {}, True),
        lambda: contact_sheet([], [], "t", {}, True),
        lambda: contact_sheet([ink(), HOVER], ["a", "b"], "t", {}, True),
        lambda: workings_figure(empty, "t", True),
    ):
        with pytest.raises(ValueError, match="to draw"):
            draw()


def workings(text: str, steps: int = 40, components: int = 3) -> Workings:
    """Workings of a made-up run: a wave, predicted to within a few units by the first component."""
    random = np.random.default_rng(7)
    t = np.arange(steps)
    points = np.column_stack([10.0 * t, 30 * np.sin(t / 3)])
    weights = np.tile(np.r_[0.8, np.full(components - 1, 0.2 / (components - 1))], (steps, 1))
    means = points[:, None] + random.normal(0, 2, (steps, components, 2))
    covariances = np.tile(np.array([[9.0, 2.0], [2.0, 4.0]]), (steps, components, 1, 1))
    seen = np.exp(-((np.linspace(0, len(text), steps)[:, None] - np.arange(len(text) + 1)) ** 2))
    ends = t % 9 == 8
    return Workings(text, points, ends, seen, weights, means, covariances, np.where(ends, 0.9, 0.05))


@pytest.mark.parametrize(
    ("text", "steps"), [("a", 1), ("hello", 40), ("Please $leave$ it, ~100 characters " * 3, 2000)]
)
def test_workings_become_a_picture_that_says_what_it_shows(text: str, steps: int) -> None:
    data = workings_figure(workings(text, steps), "Title", True)
    image = opened(data)
    assert image.format == "PNG"
    assert image.width == 1687
    assert 1000 < image.height < 3000
    assert image.text["Description"] == MARK
    assert image.text["forgery_kit:origin"] == "generated"


def test_workings_have_the_mark_at_the_foot_only_when_asked_and_the_same_bytes_each_time() -> None:
    drawn = workings("hello")
    marked, again, unmarked = (workings_figure(drawn, "Title", visible) for visible in (True, True, False))
    assert marked == again
    assert len(bands(pixels(marked))) == len(bands(pixels(unmarked))) + 1
    assert opened(unmarked).text["Description"] == MARK


def test_a_users_matplotlib_settings_do_not_change_the_picture() -> None:
    import matplotlib

    drawn = workings("hello")
    plain = workings_figure(drawn, "Title", True)
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "savefig.dpi": 20}):
        assert workings_figure(drawn, "Title", True) == plain


def gaussian(x: float, y: float, mean: np.ndarray, covariance: np.ndarray) -> float:
    """Density of one Gaussian, from the definition."""
    away = np.array([x, y]) - mean
    return float(
        np.exp(-0.5 * away @ np.linalg.solve(covariance, away)) / (2 * np.pi * np.sqrt(np.linalg.det(covariance)))
    )


def test_density_is_the_sum_of_the_gaussians_where_they_lie() -> None:
    drawn = workings("ab", steps=12)
    grid = _grid_around(drawn.points)
    density = _density(drawn.weights, drawn.means, drawn.covariances, grid)
    assert density.shape == (grid.rows, grid.columns)
    blur = (grid.cell / 2) ** 2 * np.eye(2)
    for row, column in [(grid.rows // 2, 100), (grid.rows // 3, grid.columns // 2), (50, 60)]:
        x, y = grid.left + (column + 0.5) * grid.cell, grid.top + (row + 0.5) * grid.cell
        expected = sum(
            drawn.weights[t, k] * gaussian(x, y, drawn.means[t, k], drawn.covariances[t, k] + blur)
            for t in range(12)
            for k in range(3)
        )
        # What lies beyond four deviations is left out: e⁻⁸ of a peak.
        peak = 12 * gaussian(0, 0, np.zeros(2), drawn.covariances[0, 0])
        assert density[row, column] == pytest.approx(expected, rel=1e-6, abs=peak * np.exp(-8))


@pytest.mark.parametrize("deviation", [1e-9, 0.3, 5.0])
def test_density_is_highest_at_the_mean_and_holds_the_weight(deviation: float) -> None:
    grid = Grid(left=-100.0, top=-50.0, cell=1.0, rows=100, columns=200)
    means, covariances = np.array([[[20.3, -10.6], [-60.0, 30.0]]]), np.tile(deviation**2 * np.eye(2), (1, 2, 1, 1))
    density = _density(np.array([[0.7, 0.3]]), means, covariances, grid)
    row, column = np.unravel_index(np.argmax(density), density.shape)
    assert (column, row) == (120, 39)
    assert density.sum() == pytest.approx(1.0, rel=0.03)
    assert density[:, 60:].sum() == pytest.approx(0.7, rel=0.03)


def test_density_outside_the_grid_is_left_out() -> None:
    grid = Grid(0.0, 0.0, 1.0, 10, 10)
    means = np.array([[[1e30, 5.0], [-1e30, 5.0], [5.0, 1e9]]])
    assert not _density(np.full((1, 3), 1 / 3), means, np.tile(np.eye(2), (1, 3, 1, 1)), grid).any()


def test_importing_the_module_loads_no_drawing_library() -> None:
    code = "import reports.imitation, sys; print('matplotlib' in sys.modules, 'tensorflow' in sys.modules)"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
