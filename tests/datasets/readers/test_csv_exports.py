"""Tables as programs and spreadsheets write them: the order of rows, marks, numbers in words, what is no writing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.readers.lifts import AWAY_NOTE
from datasets.readers.order import ROWS_NOTE, STROKES_NOTE
from datasets.readers.tables import csv_table


@dataclass(frozen=True)
class Point:
    """A point of a stroke: number of the stroke, of its word and in the stroke."""

    stroke: int
    word: int
    place: int
    last: bool
    x: float
    y: float
    t: float
    pressure: float


def written() -> list[Point]:
    """Nine strokes of twelve points in four words, 10 ms apart, 200 ms between strokes."""
    words, points, t = (0, 0, 0, 1, 2, 2, 3, 3, 3), [], 1.0
    for stroke, word in enumerate(words):
        t += 0.2
        for place in range(12):
            t += 0.01
            x = 40 + 50 * stroke + 60 * word + 2 * place + 6 * np.sin(place)
            y = 60 + 14 * np.cos(place * 0.9)
            pressure = 0.3 + 0.05 * (place % 4)
            points.append(
                Point(stroke, word, place, place == 11, round(x, 2), round(y, 2), round(t, 3), round(pressure, 2))
            )
    return points


INK = written()
XY = [[point.x, point.y] for point in INK]
ENDS = list(range(12, 109, 12))


def table(columns: dict[str, object], points: list[Point] = INK) -> str:
    """A table with x, y and further columns: a value for all rows, or how to get it from a point."""
    rows = [",".join(["x", "y", *columns])]
    for point in points:
        cells = [cell(point) if callable(cell) else cell for cell in columns.values()]
        rows.append(",".join(str(cell) for cell in [point.x, point.y, *cells]))
    return "\n".join(rows) + "\n"


def read(text: str):
    (sample,) = csv_table.read(text.encode(), "f.csv")
    return sample.ink


STROKE = {"stroke": lambda p: p.stroke}
TIME = {"t": lambda p: p.t}


def test_the_writing_is_read_as_it_is():
    ink = read(table(STROKE | TIME))
    assert ink.xy.tolist() == XY
    assert ink.stroke_ends.tolist() == ENDS
    assert not ink.notes


def test_rows_newest_first_are_put_in_the_order_of_their_clock():
    ink = read(table(STROKE | TIME, INK[::-1]))
    assert ink.xy.tolist() == XY
    assert ink.stroke_ends.tolist() == ENDS
    assert ink.time_source == "recorded"
    assert ink.notes == {ROWS_NOTE: len(INK)}


def test_rows_newest_first_with_marks_or_blank_rows_are_cut_where_they_were_written():
    up = read(table({"pen_up": lambda p: int(p.last)} | TIME, INK[::-1]))
    assert (up.xy.tolist(), up.stroke_ends.tolist()) == (XY, ENDS)
    lines = table(TIME, INK[::-1]).splitlines()
    blanks = [line for i, line in enumerate(lines) for line in ([line, ""] if i and i % 12 == 0 else [line])]
    ink = read("\n".join(blanks))
    assert (ink.xy.tolist(), ink.stroke_ends.tolist()) == (XY, ENDS)


def test_strokes_newest_first_with_their_points_in_order_are_put_in_the_order_of_their_clock():
    ink = read(table(STROKE | TIME, sorted(INK, key=lambda p: (-p.stroke, p.place))))
    assert (ink.xy.tolist(), ink.stroke_ends.tolist()) == (XY, ENDS)
    assert ink.notes == {STROKES_NOTE: 8}


@pytest.mark.parametrize("column", ["index", "point_id", "sequence", "Frame"])
@pytest.mark.parametrize("order", [INK[::-1], INK[60:] + INK[:60]])
def test_without_a_clock_a_count_of_the_points_tells_their_order(column, order):
    ink = read(table(STROKE | {column: lambda p: 12 * p.stroke + p.place}, order))
    assert (ink.xy.tolist(), ink.stroke_ends.tolist()) == (XY, ENDS)
    assert ink.notes["points listed in another order than their count's, put in its order"] == len(INK)


def test_strokes_that_count_down_without_a_clock_are_refused():
    with pytest.raises(UnreadableFileError, match=r"f\.csv: stroke counts down, and no clock"):
        read(table(STROKE, INK[::-1]))


@pytest.mark.parametrize("place", ["0,0", "-1,-1", "5000,4000"])
@pytest.mark.parametrize("numbered", [True, False])
def test_points_of_a_pen_out_of_reach_are_left_out_and_end_strokes(place, numbered):
    columns = {"pressure": lambda p: p.pressure} | (STROKE if numbered else {})
    lines = table(columns).splitlines()
    for end in reversed(ENDS):
        lines.insert(end + 1, f"{place},0" + (f",{(end - 1) // 12}" if numbered else ""))
    if not numbered and place == "5000,4000":
        with pytest.raises(UnreadableFileError, match="no column says where strokes end"):
            read("\n".join(lines))
        return
    ink = read("\n".join(lines))
    assert (ink.xy.tolist(), ink.stroke_ends.tolist()) == (XY, ENDS)
    assert ink.notes[AWAY_NOTE] == 9


@pytest.mark.parametrize("column", ["word_id", "Word", "line", "paragraph_number", "text line"])
@pytest.mark.parametrize("name", [lambda p: p.word, lambda p: f"w{p.word}"])
def test_strokes_numbered_anew_in_each_word_or_line_are_cut_there(column, name):
    if column == "line" and isinstance(name(INK[0]), str):
        pytest.skip("lines are numbered")
    first = {word: min(p.stroke for p in INK if p.word == word) for word in range(4)}
    ink = read(table({column: name, "stroke_id": lambda p: p.stroke - first[p.word]}))
    assert ink.stroke_ends.tolist() == ENDS
    single = [p for p in INK if p.stroke in (2, 3, 5, 8)]
    assert read(table({column: name, "stroke_id": 0}, single)).stroke_ends.tolist() == [12, 24, 36, 48]


def test_strokes_numbered_anew_in_letters_are_cut_there_and_cursive_strokes_are_not():
    cut = read(table({"letter": lambda p: "abcdefghi"[p.stroke], "stroke": 0}))
    assert cut.stroke_ends.tolist() == ENDS
    cursive = read(table(STROKE | {"char": lambda p: f"{p.stroke}{p.place // 6}"}))
    assert cursive.stroke_ends.tolist() == ENDS


def test_strokes_that_were_joined_are_refused_though_they_are_numbered():
    for joined in (lambda p: p.word // 2, lambda p: 0):
        with pytest.raises(UnreadableFileError, match=r"strokes jump \d times within.*add a column word"):
            read(table({"stroke": joined}))


def test_words_of_one_stroke_whose_numbers_begin_anew_unseen_are_refused():
    numbers = (0, 1, 2, 0, 0, 1, 0, 1, 2)
    with pytest.raises(UnreadableFileError, match="add a column word"):
        read(table({"stroke": lambda p: numbers[p.stroke]}))
    assert read(table({"stroke": lambda p: numbers[p.stroke], "word": lambda p: p.word})).stroke_ends.tolist() == ENDS


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("pen_up", lambda p: int(p.last)),
        ("pen_up", lambda p: int(p.place == 0)),
        ("pen_down", lambda p: int(p.place == 0)),
        ("pen_down", lambda p: int(not p.last)),
        ("is_up", lambda p: str(p.last).lower()),
    ],
)
@pytest.mark.parametrize("numbered", [True, False])
def test_a_pen_mark_in_single_rows_is_where_a_stroke_ends_or_begins(column, cell, numbered):
    ink = read(table({column: cell} | (STROKE if numbered else {})))
    assert (ink.xy.tolist(), ink.stroke_ends.tolist()) == (XY, ENDS)
    assert ink.pen_down.all()
    (note,) = ink.notes
    assert note.startswith(f"{column} in single rows: strokes ")


def test_single_points_in_the_air_stay_hover_where_pressure_says_so_and_are_refused_where_nothing_does():
    points, lines = table({"pressure": lambda p: p.pressure, "pen_up": 0}).splitlines(), []
    for row, line in enumerate(points):
        lines.append(line)
        if row in ENDS[:-1]:
            (x, y), (to_x, to_y) = XY[row - 1], XY[row]
            lines.append(f"{(x + to_x) / 2},{(y + to_y) / 2},0,1")
    assert int((~read("\n".join(lines)).pen_down).sum()) == 8
    without = ["x,y,pen_up", *(",".join(line.split(",")[i] for i in (0, 1, 3)) for line in lines[1:])]
    with pytest.raises(UnreadableFileError, match="pen_up stands in single rows"):
        read("\n".join(without))


def test_a_page_is_a_sample_and_its_strokes_are_numbered_for_itself():
    two = table(STROKE | {"page": 1}) + "\n".join(table(STROKE | {"page": 2}).splitlines()[1:]) + "\n"
    samples = csv_table.read(two.encode(), "f.csv")
    assert [sample.ink.xy.tolist() for sample in samples] == [XY, XY]
    assert samples[0].ink.notes["recordings told apart by page"] == 2
    assert "recordings told apart by page" not in samples[1].ink.notes


@pytest.mark.parametrize("column", ["writer", "user_id", "Participant", "author_name"])
def test_two_people_in_one_table_are_refused(column):
    with pytest.raises(UnreadableFileError, match=r"names 2 people.*file of its own"):
        read(table(STROKE | {column: lambda p: f"p{p.word // 2}"}))
    assert read(table(STROKE | {column: "p0"})).stroke_ends.tolist() == ENDS


@pytest.mark.parametrize("unit", [1, 1000])
def test_a_clock_that_starts_again_at_every_stroke_tells_no_pauses(unit):
    ink = read(table(STROKE | {"t" if unit == 1 else "t_ms": lambda p: 0.01 * p.place * unit}))
    assert ink.channels == ("x", "y")
    assert ink.notes["times start again at every stroke, counted as missing"] == 1
    words = read(table(STROKE | {"t": lambda p: round(p.t - INK[12 * [0, 3, 4, 6][p.word]].t, 3)}))
    assert words.notes["times start again or overlap at some strokes, counted as missing"] == 1


def test_times_in_some_strokes_only_are_missing_for_all():
    ink = read(table(STROKE | {"t": lambda p: p.t if p.stroke == 8 else ""}))
    assert ink.channels == ("x", "y")
    assert ink.notes["some strokes have no time, counted as missing for all"] == 1


def offset_table(axes: str) -> str:
    offsets = np.diff(XY, axis=0, prepend=XY[:1])
    rows = [f"{x:.2f},{y:.2f},{int(p.last)}" for (x, y), p in zip(offsets, INK, strict=True)]
    return "\n".join([f"{axes},end", *rows])


@pytest.mark.parametrize("axes", ["dx,dy", "delta_x,delta_y", "x,y"])
def test_offsets_are_refused_and_not_read_as_positions(axes):
    text = offset_table(axes)
    assert csv_table.looks_like(text.encode())
    with pytest.raises(UnreadableFileError, match=r"offsets from point to point.*Add them up"):
        read(text)


def test_strokes_that_are_each_counted_from_their_own_beginning_are_refused():
    first = {p.stroke: p for p in INK if p.place == 0}
    lines = [f"{p.x - first[p.stroke].x:.2f},{p.y - first[p.stroke].y:.2f},{p.stroke}" for p in INK]
    with pytest.raises(UnreadableFileError, match="all 9 strokes begin at 0,0"):
        read("\n".join(["x,y,stroke", *lines]))


def test_a_track_of_a_receiver_and_a_cloud_of_points_are_no_writing():
    track = "".join(f"{i},{7.4 + 0.0001 * i},{46.9 + 0.00001 * (i % 40)}\n" for i in range(300))
    with pytest.raises(UnreadableFileError, match="no column says where strokes end"):
        read("time,x,y\n" + track)
    cloud = np.random.default_rng(3).normal(5, 1, (150, 2))
    with pytest.raises(UnreadableFileError, match="no column says where strokes end"):
        read("x,y,species\n" + "".join(f"{x:.3f},{y:.3f},{i // 50}\n" for i, (x, y) in enumerate(cloud)))
    with pytest.raises(UnreadableFileError, match="latitude is one of places on a map"):
        read(table(STROKE | {"Latitude": 46.9}))


def test_one_point_a_second_is_no_clock_of_a_pen():
    ink = read(table(STROKE | {"t": lambda p: 12 * p.stroke + p.place}))
    assert ink.channels == ("x", "y")
    assert any(note.startswith("time fits no unit") for note in ink.notes)


@pytest.mark.parametrize(
    "head",
    [
        "# origin=generated\n",
        "# origin=generated,,\n",
        '"# origin=generated",,\n',
        "# Origin = Generated;;\n",
        "#ORIGIN: generated by a program\n",
        "# origin=synthetic\n",
        "# Synthetic: yes\n",
        "sep=,\n# origin=generated,,\n",
        "sep=,,,\n# origin=generated,,\n",
    ],
)
def test_the_mark_of_generated_ink_outlives_a_spreadsheet(head):
    text = head + table(STROKE)
    assert csv_table.looks_like(text.encode())
    (sample,) = csv_table.read(text.encode(), "f.csv")
    assert sample.origin == "generated"


def test_a_column_may_say_that_ink_is_generated():
    (sample,) = csv_table.read(table(STROKE | {"origin": "Generated"}).encode(), "f.csv")
    assert sample.origin == "generated"
    (sample,) = csv_table.read(("# origin=genuine\n" + table(STROKE | {"Origin": 0})).encode(), "f.csv")
    assert sample.origin == "genuine"


def test_empty_columns_and_cells_of_a_spreadsheet_are_passed_over():
    text = "\n".join(line + "," * 200 for line in table(STROKE).splitlines())
    assert read(text).xy.tolist() == XY
    with pytest.raises(UnreadableFileError, match="line 2: 4 cells under 3"):
        read("x,y,stroke\n1,2,0,7\n")


@pytest.mark.parametrize("cells", [100, 60_000, 1_000_000])
def test_very_many_columns_are_refused_at_once(cells):
    text = "x,y" + ",c" * cells + "\n1,2" + ",0" * cells + "\n"
    assert csv_table.looks_like(text.encode())
    with pytest.raises(HostileFileError, match="more than 64 columns"):
        read(text)
    with pytest.raises(HostileFileError, match="more than 65536 characters"):
        read("x,y,stroke\n1,2,0" + ",0" * 60_000)


def test_a_header_in_another_encoding_is_told_as_such():
    text = table(STROKE | {"Größe": 1}).encode("cp1252")
    assert csv_table.looks_like(text)
    with pytest.raises(UnreadableFileError, match="not UTF-8 text"):
        csv_table.read(text, "f.csv")
