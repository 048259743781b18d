"""Order and clocks of foreign JSON: what was written first comes first, and no pause or position is made up."""

from __future__ import annotations

import json

import numpy as np
import pytest

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.limits import MAX_JSON_BYTES, MAX_JSON_LISTS, MAX_JSON_VALUES
from datasets.readers.json_ink import document as json_ink


def read_all(document):
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    assert json_ink.looks_like(data[:65536])
    return [sample.ink for sample in json_ink.read(data, "f.json")]


def read(document):
    (ink,) = read_all(document)
    return ink


def strokes(count: int = 6, clock: str = "runs on"):
    """Strokes of 9 points each, as objects with x, y, time, pressure; steps of a hand and its clock differ."""
    rng = np.random.default_rng(7)
    found, now = [], 1000
    for number in range(count):
        now = 0 if clock == "restarts" else now + 170
        points = []
        for place in range(9):
            now += int(rng.integers(7, 12))
            point = {"x": 40 + 30 * number + 2 * place, "y": round(50 + float(rng.normal(0, 6)), 1)}
            points.append(point | {"time": now, "pressure": round(float(rng.uniform(0.2, 0.8)), 2)})
        found.append(points)
    return found


def xy(document):
    return np.array([[point["x"], point["y"]] for stroke in document for point in stroke], float)


def events(document):
    kinds = ["pointerdown", *["pointermove"] * 7, "pointerup"]
    return [
        {"eventType": kind, "timeStamp": point["time"], "x": point["x"], "y": point["y"], "pointerId": number}
        | {"buttons": int(kind != "pointerup")}
        for number, stroke in enumerate(document)
        for kind, point in zip(kinds, stroke, strict=True)
    ]


def test_strokes_in_another_order_than_their_clock_are_put_in_its_order():
    first, second = strokes(2)
    ink = read([{"points": second}, {"points": first}])
    np.testing.assert_allclose(ink.xy, xy([first, second]))
    assert ink.notes["strokes listed in another order than their clock's, put in its order"] == 2


def test_events_listed_newest_first_are_put_in_the_order_of_their_clock():
    document = strokes(3)
    ink, expected = read(events(document)[::-1]), read(events(document))
    np.testing.assert_allclose(ink.points, expected.points)
    np.testing.assert_allclose(ink.xy, xy(document))
    assert ink.stroke_ends.tolist() == expected.stroke_ends.tolist() == [9, 18, 27]
    assert ink.pen_down.all()
    assert ink.notes["points listed newest first, put in the order of their clock"] == 27


def test_events_listed_newest_first_without_a_clock_are_refused():
    document = [{k: v for k, v in event.items() if k not in ("timeStamp", "buttons")} for event in events(strokes(3))]
    assert read(document).stroke_ends.tolist() == [9, 18, 27]
    with pytest.raises(UnreadableFileError, match="newest first"):
        read(document[::-1])


@pytest.mark.parametrize("as_arrays", [False, True])
def test_points_and_strokes_listed_newest_first_are_turned_round(as_arrays):
    document = strokes(4)
    found = [stroke[::-1] for stroke in document[::-1]]
    if as_arrays:
        found = [{key: [point[key] for point in stroke] for key in stroke[0]} for stroke in found]
    ink = read({"strokes": found if as_arrays else [{"points": stroke} for stroke in found]})
    np.testing.assert_allclose(ink.xy, xy(document))
    assert "t" in ink.channels


@pytest.mark.parametrize(
    "told",
    [
        [{"index": index} for index in ("a0", "a1", "aA", "aa")],
        [{"childIndex": index} for index in (2, 9, 10, 11)],
        [{"order": index} for index in ("2", "9", "10", "11")],
        [{"createdAt": f"2026-01-0{day}T10:00:00Z", "index": "a"} for day in (1, 2, 3, 4)],
    ],
)
def test_strokes_of_a_store_are_put_in_the_order_that_they_say(told):
    document = [[{"x": p["x"], "y": p["y"]} for p in stroke] for stroke in strokes(4)]
    objects = [{"id": str(i), "points": points} | told[i] for i, points in enumerate(document)]
    shuffled = [objects[i] for i in (2, 0, 3, 1)]
    for store in (shuffled, {entry["id"]: entry for entry in shuffled}):
        ink = read({"store": store})
        np.testing.assert_allclose(ink.xy, xy(document))
        assert sum(count for note, count in ink.notes.items() if "than they say" in note) == 4
    assert not any("than they say" in note for note in read({"store": objects}).notes)


def test_a_clock_that_starts_again_at_each_stroke_tells_no_pauses():
    ink = read({"strokes": [{"points": points} for points in strokes(clock="restarts")]})
    assert ink.channels == ("x", "y", "pressure")
    assert ink.time_source is None
    assert ink.notes["times start again at every stroke, counted as missing"] == 1
    assert "t" in read({"strokes": [{"points": points} for points in strokes()]}).channels


def test_times_in_one_stroke_only_are_missing_for_all():
    document = strokes()
    for point in [point for stroke in document[:-1] for point in stroke]:
        del point["time"]
    ink = read(document)
    assert ink.channels == ("x", "y", "pressure")
    assert ink.notes["some strokes have no time, counted as missing for all"] == 1


@pytest.mark.parametrize("place", [0, -1])
def test_points_of_a_pen_out_of_reach_are_left_out_and_counted(place):
    document = strokes()
    lifted = [[*s, {"x": place, "y": place, "time": s[-1]["time"] + 4, "pressure": 0}] for s in document]
    ink = read([{"points": points} for points in lifted])
    np.testing.assert_allclose(ink.xy, xy(document))
    assert ink.notes["points without a position (the pen out of reach), left out"] == len(document)


def rows_with_ends(absolute_beginnings: bool):
    """Offsets (dx, dy, end of stroke); the first of each stroke may be a position."""
    rng = np.random.default_rng(3)
    xy = np.cumsum(rng.normal([1.5, 0], 3, (90, 2)), axis=0) + 300
    rows = np.diff(xy, axis=0, prepend=xy[:1])
    if absolute_beginnings:
        rows[::9] = xy[::9]
    return [[float(x), float(y), int(i % 9 == 8)] for i, (x, y) in enumerate(rows.round(1))]


@pytest.mark.parametrize("absolute", [False, True])
def test_offsets_are_no_positions(absolute):
    with pytest.raises(UnreadableFileError, match="offsets"):
        read(rows_with_ends(absolute))


@pytest.mark.parametrize("corner", [False, True])
def test_strokes_that_are_each_counted_from_their_own_beginning_are_refused(corner):
    moved = []
    for stroke in strokes():
        places = xy([stroke])
        places -= places.min(axis=0) if corner else places[0]
        moved.append({"points": [[float(x), float(y)] for x, y in places]})
    with pytest.raises(UnreadableFileError, match="all 6 strokes begin at 0,0"):
        read({"strokes": moved})


LINE = b'{"word": "a", "drawing": [[[1, 2, 3], [4, 5, 7]], [[8, 9, 9], [1, 2, 4]]]}'


@pytest.mark.parametrize("between", [b"\n", b"\r\n", b"\n\n", b" "])
def test_several_documents_in_one_file_are_told(between):
    with pytest.raises(UnreadableFileError, match=r"several JSON documents.*Save each"):
        read(LINE + between + LINE + between)


@pytest.mark.parametrize("end", [b"", b"\\", b"\\\\", b'\\"'])
def test_an_unclosed_string_hides_no_bracket_and_is_refused(end):
    data = b'{"points": [{"x": 1, "y": 2}, {"x": 2, "y": 4}], "s": "' + b'\\"[' * 500 + end
    with pytest.raises(UnreadableFileError, match="not valid JSON"):
        read(data)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"[" + b"[1,2]," * (MAX_JSON_LISTS + 1) + b"[1,2]]", "lists and objects"),
        (b'{"x":[' + b"1," * MAX_JSON_VALUES + b'1],"y":[1', "values"),
        (b"[[1,2],[2,3]" + b" " * MAX_JSON_BYTES, "JSON of 32 MB"),
    ],
)
def test_more_than_ink_needs_is_refused_before_it_is_parsed(monkeypatch, data, what):
    monkeypatch.setattr(json, "loads", None)
    with pytest.raises(HostileFileError, match=what):
        json_ink.read(data, "f.json")
