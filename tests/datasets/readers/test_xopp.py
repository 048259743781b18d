"""Xournal++: strokes of the pen, page by page; widths as pressure only where they vary; small files that grow."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.readers import building, xopp


def stroke(points: str = "10 20 30 40 50 45", width: str = "1.41", more: str = 'tool="pen"') -> str:
    return f'<stroke {more} color="#000000ff" width="{width}">{points}</stroke>'


def page(*inner: str) -> str:
    return f"<page width='595' height='842'><background type='solid'/><layer>{''.join(inner)}</layer></page>"


def document(*pages: str) -> bytes:
    head = '<?xml version="1.0" standalone="no"?><xournal creator="xournalpp 1.1.3" fileversion="4">'
    return f"{head}<title>t</title><preview>iVBORw0</preview>{''.join(pages)}</xournal>".encode()


def inks_of(*pages: str):
    return [sample.ink for sample in xopp.read(gzip.compress(document(*pages)), "x.xopp")]


def test_strokes_are_points_of_a_72nd_of_an_inch_with_y_down():
    (ink,) = inks_of(page(stroke(), stroke("1.5 2 3 -4")))
    np.testing.assert_array_equal(ink.xy, [[10, 20], [30, 40], [50, 45], [1.5, 2], [3, -4]])
    assert ink.stroke_ends.tolist() == [3, 5]
    assert (ink.channels, ink.pen_down.tolist(), dict(ink.notes)) == (("x", "y"), [True, True], {})
    assert ink.mm_per_unit == pytest.approx(0.352778, abs=1e-6)


@pytest.mark.parametrize("packed", [True, False])
def test_it_is_known_by_its_root_packed_or_not(packed):
    data = document(page(stroke()))
    data = gzip.compress(data) if packed else data
    assert xopp.looks_like(data)
    assert len(xopp.read(data, "x")[0].ink) == 3


@pytest.mark.parametrize("other", [b"<ink/>", b"not XML", b""])
def test_other_packed_files_are_not_its(other):
    assert not xopp.looks_like(gzip.compress(other))
    assert not xopp.looks_like(b"\x1f\x8b\x08" + other)


def test_widths_that_vary_are_the_pressure_of_the_legs():
    (ink,) = inks_of(page(stroke(width="2 0.5 1"), stroke(width="2 1.5 1 -1"), stroke("0 0 9 9", width="2")))
    np.testing.assert_array_equal(ink.channel("pressure"), [0.25, 0.5, np.nan, 0.75, 0.5, np.nan, np.nan, np.nan])
    assert dict(ink.notes) == {
        "pressure is told by the width of strokes": 1,
        "strokes of one width, without pressure (shapes are kept so, too)": 1,
    }


def test_widths_above_the_pen_s_are_brought_to_the_largest_of_the_file():
    first, second = inks_of(page(stroke(width="2 1 2")), page(stroke(width="2 5 2")))
    np.testing.assert_allclose(first.channel("pressure"), [0.2, 0.4, np.nan])
    np.testing.assert_allclose(second.channel("pressure"), [1, 0.4, np.nan])
    assert first.notes["pressure is relative to the largest of the file"] == 1


def test_widths_that_never_change_are_no_pressure():
    (ink,) = inks_of(page(stroke(width="2 1 1"), stroke(width="2 1 1")))
    assert ink.channels == ("x", "y")


@pytest.mark.parametrize("width", ["2 1", "2 1 1 1 1", "0 1 1.5"])
def test_widths_that_do_not_fit_their_points_are_no_pressure(width):
    (ink,) = inks_of(page(stroke(width=width)))
    assert ink.channels == ("x", "y")
    assert ink.notes["strokes whose widths do not fit their points, pressure counted as missing"] == 1


def test_what_the_pen_did_not_write_is_left_out_and_counted():
    others = [stroke(more=f'tool="{tool}"') for tool in ("highlighter", "eraser", "eraser")]
    typed = "<text font='Sans' size='12' x='1' y='2'>typed</text><image left='0'>AAAA</image><teximage text='x'/>"
    (ink,) = inks_of(page(stroke(width="2 0.5 1"), *others, typed, stroke("0 0 9 9", more='tool="pen" fill="128"')))
    assert len(ink) == 5
    left_out = {text: count for text, count in ink.notes.items() if "pressure" not in text}
    assert left_out == {
        "strokes of the highlighter, left out": 1,
        "strokes of the eraser, left out": 2,
        "texts, left out": 1,
        "pictures, left out": 1,
        "formulas, left out": 1,
        "filled strokes, read as writing": 1,
    }


def test_each_page_is_a_sample_and_layers_are_noted():
    layers = page(stroke() + "</layer><layer name='b'>" + stroke("1 1 2 3"))
    first, second = inks_of(page(), page(stroke("")), layers, page(stroke("5 5 6 9")))
    assert (len(first), len(second)) == (5, 2)
    assert dict(first.notes) == {"layers, read one after another": 2, "pages without strokes of the pen, left out": 2}
    assert dict(second.notes) == {}


@pytest.mark.parametrize(
    ("pages", "message"),
    [
        ([page()], "there is no ink"),
        ([page(stroke(more='tool="highlighter"'))], r"no pen drew any of it \(strokes of the highlighter, left out\)"),
        ([page(stroke(more='tool="laser"'))], "of the tool 'laser', which is not known"),
        ([page(stroke(""))], "no pen drew any of it .empty strokes"),
        ([page(stroke("1 2 3 1e999"))], "holds 'too large a value'"),
        ([page(stroke("1 2 3"))], "an x without its y"),
        ([page(stroke("1 2 3 four"))], "holds 'four', which is no finite number"),
        ([page(stroke("1 2 3 nan"))], "holds 'nan'"),
        ([page(stroke("1 2 3 1_0"))], "holds '1_0'"),
        ([page(stroke(width="1 inf 1"))], "holds 'inf'"),
        ([stroke()], "outside every page"),
    ],
)
def test_what_cannot_be_read_says_why(pages, message):
    with pytest.raises(UnreadableFileError, match=message) as caught:
        inks_of(*pages)
    assert str(caught.value).startswith("x.xopp: ")


def test_damaged_packing_says_so():
    data = gzip.compress(document(page(stroke())))
    for wrong, message in ((data[:-12], "cut off"), (data[:60] + b"\xff" * 20, "damaged"), (data * 2, "more behind")):
        with pytest.raises(UnreadableFileError, match=message):
            xopp.read(wrong, "x.xopp")


def test_a_small_file_that_unpacks_large_is_refused_before_it_does(monkeypatch):
    data = gzip.compress(document(page(stroke() * 1000)))
    assert len(data) < 1000
    monkeypatch.setattr(xopp, "MAX_FILE_BYTES", 50_000)
    with pytest.raises(HostileFileError, match="unpacked it has more than"):
        xopp.read(data, "x.xopp")


@pytest.mark.parametrize(
    ("limit", "value", "message"),
    [("MAX_POINTS", 5, "more than 5 points"), ("MAX_STROKES", 1, "1 strokes"), ("MAX_VALUES", 9, "more than 9 values")],
)
def test_amounts_are_bounded(limit, value, message, monkeypatch):
    assert len(inks_of(page(stroke() * 2))[0]) == 6
    monkeypatch.setattr(building, limit, value)
    with pytest.raises(HostileFileError, match=message):
        inks_of(page(stroke() * 2))


def test_numbers_are_counted_before_they_are_taken_apart(monkeypatch):
    monkeypatch.setattr(building, "MAX_POINTS", 5)
    with pytest.raises(HostileFileError, match="more than 5 points"):
        inks_of(page(stroke("1 2 " * 20 + "no number")))


def test_document_types_are_refused():
    with pytest.raises(HostileFileError):
        xopp.read(b"<!DOCTYPE xournal [<!ENTITY a 'b'>]><xournal><page>&a;</page></xournal>", "x.xopp")
