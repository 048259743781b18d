"""SVG and PNG: one path a stroke, the right place, size and darkness, metadata kept."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PIL import Image

from datasets.errors import ArgumentsError
from datasets.ink import ink_from_strokes
from datasets.writers.frame import MARGIN, frame_of
from datasets.writers.png import write_png
from datasets.writers.svg import write_svg

SVG = "{http://www.w3.org/2000/svg}"


def ink(*strokes, **more):
    return ink_from_strokes([np.array(s, dtype=float) for s in strokes], **more)


LINES = ink([[0, 0], [100, 0]], [[0, 50], [50, 50], [100, 50]], [[20, 20]], pen_down=[True, False, True])


def picture(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def test_svg_has_one_path_a_stroke_and_hover_only_when_asked():
    for hover, paths in ((False, 2), (True, 3)):
        root = ElementTree.fromstring(write_svg(LINES, hover=hover))
        assert len(root.findall(f".//{SVG}path")) == paths


def test_svg_paths_are_the_points_moved_into_the_frame():
    frame = frame_of(LINES)
    root = ElementTree.fromstring(write_svg(LINES))
    path, dot = (element.get("d") for element in root.iter(f"{SVG}path"))
    x, y = 0 - frame.left, 0 - frame.top
    values = [float(v) for v in path.replace("M", "").replace("L", ",").replace(" ", ",").split(",")]
    np.testing.assert_allclose(values, [x, y, x + 100, y], atol=0.01 * frame.line_width)
    start, end = dot[1:].split("L")
    assert start == end


def test_svg_size_is_in_millimetres_where_the_scale_is_known():
    scaled = ink([[0, 0], [1000, 500]], mm_per_unit=0.1)
    root = ElementTree.fromstring(write_svg(scaled))
    margin = 2 * MARGIN * 0.35
    assert root.get("width") == f"{100 + margin:.3f}mm"
    assert root.get("height") == f"{50 + margin:.3f}mm"
    assert ElementTree.fromstring(write_svg(LINES)).get("width") is None


@pytest.mark.parametrize("description", ["made by <b>code</b> & not by a hand", "]]> -->", "bell\x07 \ud800 ü 手"])
def test_svg_description_cannot_break_the_document(description):
    root = ElementTree.fromstring(write_svg(LINES, description).encode("utf-8", "strict"))
    kept = "".join(c for c in description if c >= " " and not "\ud800" <= c <= "\udfff")
    assert root.find(f"{SVG}desc").text == kept


@pytest.mark.parametrize("more", [{}, {"mm_per_unit": 0.1}, {"mm_per_unit": 1e300}])
@pytest.mark.parametrize("end", [[1000, 300], [3, 5]])
def test_svg_mark_stands_below_the_ink_in_a_band_that_the_picture_has_grown_by(end, more):
    line = ink([[0, 0], end], **more)
    mark = "not <b>real</b> & \x00 so"
    plain, marked = (ElementTree.fromstring(write_svg(line, mark=text)) for text in ("", mark))
    assert plain.find(f"{SVG}text") is None
    text = marked.find(f"{SVG}text")
    assert text.text == "not <b>real</b> &  so"
    frame = frame_of(line)
    width, height = map(float, marked.get("viewBox").split()[2:])
    x, y, size = (float(text.get(name)) for name in ("x", "y", "font-size"))
    assert frame.height <= y - 0.75 * size
    assert y + 0.25 * size < height
    assert x + 0.6 * size * len(mark) < width
    assert size >= 0.01 * max(frame.width, frame.height) * (1 - 1e-6)
    assert marked.find(f".//{SVG}path").get("d") == plain.find(f".//{SVG}path").get("d")
    if more == {"mm_per_unit": 0.1}:
        assert float(marked.get("height")[:-2]) == pytest.approx(0.1 * height, rel=0.01)
        assert float(marked.get("width")[:-2]) == pytest.approx(0.1 * width, rel=0.01)


def test_svg_keeps_metadata_that_looks_like_markup():
    text = '{"text": "]]> </metadata> & 手"}'
    assert ElementTree.fromstring(write_svg(LINES, metadata=text)).find(f"{SVG}metadata").text == text
    assert ElementTree.fromstring(write_svg(LINES)).find(f"{SVG}metadata") is None


def test_png_is_dark_on_the_line_and_white_elsewhere_hover_included():
    lines = ink([[0, 0], [100, 0]], [[0, 50], [100, 50]], [[0, 100], [100, 100]], pen_down=[True, False, True])
    image = picture(write_png(lines, height=200))
    frame = frame_of(lines)
    scale = 200 / frame.height
    column = int((50 - frame.left) * scale)
    rows = [int((y - frame.top) * scale) for y in (0, 25, 50, 75, 100)]
    assert image.shape == (200, round(frame.width * scale))
    assert image[rows, column].tolist() == [0, 255, 255, 255, 0]


def test_png_darkness_is_the_area_of_the_line():
    """A line of length L, width w and two round ends covers L·w + π·w²/4, whatever its direction."""
    for angle in (0.0, 0.3, np.pi / 4, 1.2):
        line = ink([[0, 0], [100 * np.cos(angle), 100 * np.sin(angle)]])
        frame = frame_of(line)
        image = picture(write_png(line, height=400))
        scale = 400 / frame.height
        width = frame.line_width
        area = (100 * width + np.pi * width**2 / 4) * scale**2
        assert (255 - image.astype(float)).sum() / 255 == pytest.approx(area, rel=0.02)


def test_png_keeps_description_and_resolution():
    data = write_png(ink([[0, 0], [1000, 500]], mm_per_unit=0.1), height=100, description="generated 手")
    opened = Image.open(io.BytesIO(data))
    opened.load()
    assert opened.text["Description"] == "generated 手"
    per_mm = 100 / (50 + 2 * MARGIN * 0.35)
    assert opened.info["dpi"][0] == pytest.approx(per_mm * 25.4, rel=0.001)


def test_png_of_a_very_long_line_stays_within_its_limit():
    image = picture(write_png(ink([[0, 0], [1e6, 1]]), height=3000))
    assert max(image.shape) <= 11_700


@pytest.mark.parametrize("scale", [1e-300, 1e-9, 1e9, 1e300])
def test_a_scale_that_is_nonsense_does_not_spoil_the_picture(scale):
    nonsense = ink([[0, 0], [100, 50]], mm_per_unit=scale)
    drawn = picture(write_png(nonsense, height=64))
    assert drawn.min() < 255
    assert drawn.shape[0] == 64
    assert drawn.shape[1] <= 2 * 64
    assert len(ElementTree.fromstring(write_svg(nonsense)).findall(f".//{SVG}path")) == 1


@pytest.mark.parametrize("height", [0, -1, 7, 10**6])
def test_png_refuses_a_height_that_cannot_be_drawn(height):
    with pytest.raises(ArgumentsError, match="height"):
        write_png(LINES, height=height)


def test_ink_without_a_stroke_on_the_surface_cannot_be_drawn():
    with pytest.raises(ValueError, match="no pen-down stroke"):
        write_svg(ink([[0, 0], [1, 1]], pen_down=[False]))


def test_a_single_dot_can_be_drawn():
    assert picture(write_png(ink([[5, 5]]), height=64)).min() == 0
    assert "NaN" not in write_svg(ink([[5, 5]]))
