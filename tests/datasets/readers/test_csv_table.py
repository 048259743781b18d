"""CSV: columns by name, errors with their line, and clocks that cannot be right counted as missing."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.errors import UnreadableFileError
from datasets.readers.tables import csv_table


def read(text: str):
    (sample,) = csv_table.read(text.encode(), "f.csv")
    return sample.ink


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_columns_in_any_order_with_any_delimiter(delimiter, newline, bom):
    rows = ["stroke,y,Pressure,x,t", "0,1,0.5,10,0", "0,2,,11,0.01", "1,3,0.75,12,0.5", "1,4,0.8,13,0.51"]
    text = bom + newline.join(rows).replace(",", delimiter)
    assert csv_table.looks_like(text.encode())
    ink = read(text)
    assert ink.channels == ("x", "y", "t", "pressure")
    assert ink.stroke_ends.tolist() == [2, 4]
    np.testing.assert_array_equal(ink.points[1], [11, 2, 0.01, np.nan])
    assert ink.time_source == "recorded"


def test_without_stroke_or_pen_down_all_is_one_stroke_and_noted():
    ink = read("x,y\n1,2\n3,4\n100,4\n")
    assert ink.stroke_ends.tolist() == [3]
    assert ink.notes["no stroke column: all points are one stroke"] == 1


def test_pen_down_alone_divides_strokes_and_keeps_hover():
    ink = read("x,y,pen_down\n1,2,1\n3,4,1\n5,6,0\n6,7,0\n7,8,true\n8,8,1\n")
    assert ink.stroke_ends.tolist() == [2, 4, 6]
    assert ink.pen_down.tolist() == [True, False, True]


#: Three strokes of ten points as a pen writes them, far apart: (x, y) of each.
WRITTEN = [[(100 * s + i, 20 + (i * i) % 7) for i in range(10)] for s in range(3)]


def table(column: str, down, up=None, pressure=None) -> str:
    """The strokes under a column with ``down(stroke)`` in it, with two points in the air between them if ``up``."""
    rows = []
    for number, stroke in enumerate(WRITTEN):
        rows += [[x, y, 0.5, down(number)] for x, y in stroke]
        if up is not None and number < 2:
            rows += [[stroke[-1][0] + 30 * i, 25, 0, up] for i in (1, 2)]
    head = ["x", "y", "pressure", column]
    keep = [0, 1, *([2] if pressure else []), *([3] if column else [])]
    return "\n".join(",".join(str(row[i]) for i in keep) for row in [head, *rows]) + "\n"


@pytest.mark.parametrize(
    "column",
    ["stroke_number", "strokenumber", "StrokeIndex", "Stroke Index", "trace", "segment", "curve", "path", "line"],
)
def test_other_names_of_the_stroke_column_divide_strokes(column):
    ink = read(table(column, int))
    assert ink.stroke_ends.tolist() == [10, 20, 30]
    assert ink.pen_down.all()


@pytest.mark.parametrize("pressure", [True, False])
@pytest.mark.parametrize(
    ("column", "down", "up"),
    [
        *((column, 1, 0) for column in ("pen", "status", "button", "tip", "contact", "is_down", "state")),
        ("penup", 0, 1),
        ("in air", "false", "true"),
        ("event", "down", "up"),
        ("state", "PEN_DOWN", "hover"),
    ],
)
def test_other_names_of_the_pen_state_keep_hover_apart(column, down, up, pressure):
    ink = read(table(column, lambda _: down, up, pressure))
    assert ink.stroke_ends.tolist() == [10, 12, 22, 24, 34]
    assert ink.pen_down.tolist() == [True, False, True, False, True]


def test_events_begin_and_end_strokes():
    events = ["touchstart", "touchmove", "touchend"] * 2
    ink = read("x,y,type\n" + "".join(f"{i},{i % 3},{event}\n" for i, event in enumerate(events)))
    assert ink.stroke_ends.tolist() == [3, 6]
    assert ink.pen_down.all()


def test_a_doubtful_state_that_contradicts_the_pressure_is_turned_or_left_out():
    turned = read(table("state", lambda _: 0, 1, pressure=True))
    assert turned.pen_down.tolist() == [True, False, True, False, True]
    barrel = read(table("button", lambda number: int(number == 1), 0, pressure=True))
    assert barrel.pen_down.tolist() == [True, False, True, False, True]


@pytest.mark.parametrize("single", [0, 1])
def test_a_doubtful_state_in_single_rows_is_refused(single):
    """One convention marks the first point of a stroke with 0, another the last with 1."""
    rows = "".join(f"{x},{y},{single if x % 100 == 9 else 1 - single}\n" for stroke in WRITTEN for x, y in stroke)
    with pytest.raises(UnreadableFileError, match=r"column state is the state of the pen.*pen_down"):
        read("x,y,state\n" + rows)


def test_runs_without_pressure_are_hover_and_single_points_are_not():
    ink = read(table("", int, up=0, pressure=True).replace("9,22,0.5", "9,22,0"))
    assert ink.pen_down.tolist() == [True, False, True, False, True]
    numbered = read("x,y,stroke,pressure\n1,2,0,0.5\n2,3,0,0\n3,4,0,0\n9,9,1,0.5\n")
    assert numbered.pen_down.tolist() == [True, True]
    assert numbered.notes["points in a row without pressure inside numbered strokes, kept as ink"] == 2


@pytest.mark.parametrize("blank", ["\n", ",\n", " , \n\n"])
def test_blank_rows_end_strokes(blank):
    rows = blank.join("".join(f"{x},{y}\n" for x, y in stroke) for stroke in WRITTEN)
    assert read("x,y\n" + rows).stroke_ends.tolist() == [10, 20, 30]
    assert read("x,y\n" + rows.replace("\n", "\n\n")[:60]).stroke_ends.tolist() != [10, 20, 30]


def test_blank_rows_after_every_row_are_no_ends_of_strokes():
    ink = read("x,y\n" + "".join(f"{i},{i % 5}\n\n" for i in range(18)))
    assert ink.stroke_ends.tolist() == [18]


@pytest.mark.parametrize("column", ["", "colour", "line"])
def test_strokes_that_no_column_divides_are_refused_not_joined(column):
    with pytest.raises(UnreadableFileError, match=r"no column says where strokes end; columns found: x, y.* pen_down"):
        read(table(column, lambda number: 7))
    long = "".join(f"{i},{i % 7}\n" for i in range(20))
    with pytest.raises(UnreadableFileError, match="no column says"):
        read("x,y\n" + long)


def test_a_line_number_over_several_strokes_is_refused():
    with pytest.raises(UnreadableFileError, match="no column says"):
        read(table("line", lambda number: int(number > 1)))


def test_of_two_columns_of_strokes_the_constant_one_joins_nothing():
    rows = "".join(f"{x},{y},0,{s}\n" for s, stroke in enumerate(WRITTEN) for x, y in stroke)
    assert read("x,y,stroke,stroke_id\n" + rows).stroke_ends.tolist() == [10, 20, 30]


def test_units_in_brackets_are_read():
    ink = read("x [cm],Y (mm),t [ms],altitude [deg],p [%]\n1,2,0,90,10\n3,4,10,45,50\n")
    assert ink.mm_per_unit == 10
    np.testing.assert_allclose(ink.points, [[1, 0.2, 0, 0.1, np.pi / 2], [3, 0.4, 0.01, 0.5, np.pi / 4]])
    assert ink.notes["y brought to the unit of x"] == 1
    with pytest.raises(UnreadableFileError, match="x is in 'px' and y in 'mm'"):
        read("x [px],y [mm]\n1,2\n3,4\n")


def test_the_line_of_excel_that_names_the_separator_is_passed_over():
    text = "sep=|\nx|y|stroke\n1|2|0\n3|4|0\n"
    assert csv_table.looks_like(text.encode())
    assert read(text).xy.tolist() == [[1, 2], [3, 4]]


def test_scale_time_source_and_comments_before_the_header():
    text = "# by hand\n# mm_per_unit=0.25\n# time_source=constant rate\n\nx,y,t\n1,2,0\n3,4,0.01\n"
    ink = read(text)
    assert (ink.mm_per_unit, ink.time_source) == (0.25, "constant rate")


def test_unknown_and_repeated_columns_are_left_out_and_counted():
    ink = read("x,y,colour,time,t\n1,2,red,0,5\n3,4,red,0.01,5\n")
    assert ink.notes["columns left out"] == 2
    np.testing.assert_allclose(ink.channel("t"), [0, 0.01])


@pytest.mark.parametrize(
    ("column", "scale", "usable"),
    [
        ("t", 1, True),
        ("t_ms", 1e3, True),
        ("timestamp", 1, True),
        ("timestamp", 1e3, True),
        ("timestamp", 1e6, True),
        ("t", 1e3, False),
        ("t_ms", 1, False),
        ("timestamp", 1e9, False),
    ],
)
def test_a_clock_is_in_its_stated_unit_or_missing(column, scale, usable):
    rows = "".join(f"{i},{i % 5},{1_700_000_000 * scale + 0.008 * i * scale!r},0\n" for i in range(50))
    ink = read(f"x,y,{column},stroke\n{rows}")
    if usable:
        np.testing.assert_allclose(ink.channel("t"), 0.008 * np.arange(50), atol=1e-5)
    else:
        assert ink.channels == ("x", "y")
        assert any(note.startswith("time fits no unit") for note in ink.notes)


def test_milliseconds_that_advance_by_seconds_within_strokes_are_missing():
    """What a real exporter writes: strokes begin at epoch milliseconds, points follow by seconds."""
    rows = [f"{s},{i + s},{i % 3},{1722443386312.0 + 900 * s + 0.004 * i}" for s in range(3) for i in range(30)]
    for name in ("t", "SENSOR_TIMESTAMP"):
        ink = read(f"idx,SPLINE_X,SPLINE_Y,{name}\n" + "\n".join(rows))
        assert ink.channels == ("x", "y")
        assert ink.stroke_ends.tolist() == [30, 60, 90]


@pytest.mark.parametrize("channel", ["pressure", "altitude", "azimuth"])
def test_values_outside_the_range_of_a_channel_make_it_missing(channel):
    ink = read(f"x,y,{channel}\n1,2,0.5\n3,4,90\n")
    assert ink.channels == ("x", "y")
    assert any(note.startswith(f"{channel} is outside") for note in ink.notes)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("x,y\n1,2\n,4\n", 3, "x is empty"),
        ("x,y\n1,2\n3, \n", 3, "y is empty"),
        ("x,y\n1,2\nnan,4\n", 3, "not a finite"),
        ("x,y\n1,2\n1e999,4\n", 3, "not a finite"),
        ("# a\n\nx,y\n1,2\n3,y\n", 5, "no number"),
        ("x;y\n1,5;2\n", 2, "decimal point"),
        ("x,y\n1_0,2\n", 2, "no number"),
        ("x,y\ntrue,2\n", 2, "no number"),
        ("x,y\n1,2\n3,4,5\n", 3, "3 cells under 2"),
        ("x,y,stroke\n1,2,0\n3,4,\n", 3, "stroke is empty"),
    ],
)
def test_a_bad_cell_is_named_with_its_line(text, line, what):
    with pytest.raises(UnreadableFileError, match=rf"^f\.csv: line {line}: .*{what}"):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        "x,y\n",
        "x,y,pen_down\n1,2,3\n4,5,1\n",
        "x,y,pen_down\n1,2,0\n",
        "# mm_per_unit=-1\nx,y\n1,2\n",
        "x,y,stroke\n" + "".join(f"{i},{i},{i}\n" for i in range(30)),
        "x,y" + ",z" * 100 + "\n",
    ],
)
def test_tables_that_are_no_ink_are_refused_by_name(text):
    with pytest.raises(UnreadableFileError, match=r"^f\.csv: "):
        read(text)


def test_a_table_that_is_not_utf8_is_refused():
    with pytest.raises(UnreadableFileError, match="UTF-8"):
        csv_table.read("x,y,größe\n1,2,3\n".encode("latin-1"), "f.csv")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x\n1\n",
        "5\n1 2 3 4\n",
        ".COORD X Y\n",
        "Prose, with x, and y in it.\n",
        "1,2\n3,4\n",
        "x1,y1\n1,2\n",
        "questioned,known\na,b\n",
        "x,y\0\n1,2\n",
        "lat,lon\n1,2\n",
        "# only a comment\n",
    ],
)
def test_other_texts_are_not_taken_for_tables_of_ink(text):
    assert not csv_table.looks_like(text.encode())


@settings(deadline=None)
@given(st.text(alphabet="xytp,;\t\n0123456789.-e#= \"'", max_size=120))
def test_any_text_is_read_or_refused_by_name(text):
    try:
        where = "f.csv"
        ink = read("x,y,t\n1,2,0\n" + text)
    except UnreadableFileError as error:
        ink, where = None, error.where
    assert where == "f.csv"
    assert ink is None or np.isfinite(ink.xy).all()


def test_the_real_export_with_mixed_units_loses_its_time_and_nothing_else():
    archive = Path(os.environ.get("FORGERY_KIT_DATA", "")) / "ink-examples.tar.xz"
    if not archive.is_file():
        pytest.skip("FORGERY_KIT_DATA does not hold ink-examples.tar.xz")
    with tarfile.open(archive, "r|xz") as stream:
        data = next(stream.extractfile(m).read() for m in stream if m.name.endswith("sensor_data_ink.csv"))
    assert csv_table.looks_like(data[:65536])
    (sample,) = csv_table.read(data, "sensor_data_ink.csv")
    assert sample.ink.channels == ("x", "y", "pressure", "altitude", "azimuth")
    assert len(sample.ink) == len(data.splitlines()) - 1
