"""JSON of browsers and inking libraries: every stroke once, nothing that was not written, no made-up channel."""

from __future__ import annotations

import json
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.limits import MAX_JSON_DEPTH
from datasets.readers.json_ink import document as json_ink

#: Milliseconds of a real clock: steps differ.
CLOCK = 1_700_000_000_000 + np.cumsum([0, 8, 7, 9, 8, 25, 8, 7, 300, 8, 9, 8])


def read(document, name: str = "f.json"):
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    assert json_ink.looks_like(data[:65536])
    (sample,) = json_ink.read(data, name)
    return sample.ink


def points(first: int, last: int, **keys: str):
    """Points first … last − 1 under the given names of x, y, t and p."""
    return [
        {keys["x"]: 10 + i, keys["y"]: 20 + i % 3, keys["t"]: int(CLOCK[i]), keys["p"]: 0.1 + i / 20}
        for i in range(first, last)
    ]


POINTERS = {"x": "x", "y": "y", "t": "t", "p": "p"}
PAD = {"x": "x", "y": "y", "t": "time", "p": "pressure"}


def assert_is_the_test_ink(ink) -> None:
    assert ink.channels == ("x", "y", "t", "pressure")
    assert ink.stroke_ends.tolist() == [8, 12]
    np.testing.assert_allclose(ink.channel("x"), 10 + np.arange(12))
    np.testing.assert_allclose(ink.channel("t"), (CLOCK - CLOCK[0]) / 1e3)
    np.testing.assert_allclose(ink.channel("pressure"), 0.1 + np.arange(12) / 20)
    assert ink.time_source == "recorded"
    assert ink.mm_per_unit is None


def test_myscript_pointers_with_shapes_and_repeated_strokes():
    strokes = [
        {"type": "stroke", "id": str(i), "pointers": points(a, b, **POINTERS)} for i, a, b in ((0, 0, 8), (1, 8, 12))
    ]
    shape = {"type": "shape", "kind": "polygon", "points": [{"x": 1, "y": 2}, {"x": 500, "y": 2}]}
    ink = read([strokes[0], shape, strokes[1], strokes[0]])
    assert_is_the_test_ink(ink)
    assert ink.notes["objects that are no strokes (shape), left out"] == 1
    assert ink.notes["strokes given twice, left out"] == 1


@pytest.mark.parametrize("keys", ["xytp", "XYTF"])
def test_myscript_arrays_within_groups(keys):
    def stroke(first: int, last: int):
        rows = [list(point.values()) for point in points(first, last, **POINTERS)]
        return dict(zip(keys, map(list, zip(*rows, strict=True)), strict=True))

    assert_is_the_test_ink(read({"width": 5, "strokeGroups": [{"strokes": [stroke(0, 8), stroke(8, 12)]}]}))


def test_signature_pad():
    groups = [{"penColor": "black", "points": points(0, 8, **PAD)}, {"points": points(8, 12, **PAD)}]
    assert_is_the_test_ink(read(groups))


def test_rows_of_x_y_pressure_t():
    rows = [[p["x"], p["y"], p["p"], p["t"]] for p in points(0, 12, **POINTERS)]
    assert_is_the_test_ink(read([rows[:8], rows[8:]]))
    assert read(rows).stroke_ends.tolist() == [12]
    assert read([[r[:2] for r in rows]]).channels == ("x", "y")


def pointer_events():
    names = {"x": "clientX", "y": "clientY", "t": "timeStamp", "p": "pressure"}
    events = points(0, 12, **names)
    kinds = ["down", *["move"] * 6, "up", "move", "down", "move", "up"]
    for event, kind in zip(events, kinds, strict=True):
        event |= {"type": f"pointer{kind}", "pointerId": 3, "pointerType": "pen"}
        event["pressure"] = 0 if kind == "up" else event["pressure"]
    return events


def test_pointer_events_with_hover_and_a_palm():
    palm = {
        "type": "pointermove",
        "pointerType": "touch",
        "clientX": 900,
        "clientY": 900,
        "timeStamp": 1.0,
        "pressure": 1,
    }
    ink = read({"events": [*pointer_events(), palm]})
    assert ink.stroke_ends.tolist() == [8, 9, 12]
    assert ink.pen_down.tolist() == [True, False, True]
    assert ink.xy.max() < 100
    assert ink.notes["events of touch or mouse beside a pen, left out"] == 1
    # A pointerup reports pressure 0 by definition, and hover has none: missing values.
    assert np.flatnonzero(np.isnan(ink.channel("pressure"))).tolist() == [7, 8, 11]


def test_a_mouse_has_no_pressure_and_no_angles():
    events = [
        e | {"pressure": 0.5, "pointerType": "mouse", "altitudeAngle": 1.57, "azimuthAngle": 0}
        for e in pointer_events()
    ]
    ink = read(events)
    assert ink.channels == ("x", "y", "t")


def test_synthetic_times_and_constant_pressure_are_missing():
    made = [{"x": i, "y": i % 4, "t": 1_751_000_000_000 + 15 * i, "p": 0.5} for i in range(40)]
    ink = read([{"pointers": made}])
    assert ink.channels == ("x", "y")
    assert ink.notes["time steps are all equal, made by a program, counted as missing"] == 1
    assert ink.notes["pressure never changes, counted as missing"] == 1


def test_strokes_that_overlap_in_time_are_counted():
    clock = [1000 + 50 * stroke + step for stroke in range(60) for step in (0, 9, 17, 26)]
    # One of 60 strokes begins 3 ms before the one before it has ended.
    clock[4:8] = [1023, 1031, 1040, 1048]
    made = [{"x": i, "y": i % 4, "t": t} for i, t in enumerate(clock)]
    ink = read([{"pointers": made[i : i + 4]} for i in range(0, 240, 4)])
    assert ink.notes["strokes that begin before the one before has ended"] == 1
    assert "t" in ink.channels


@pytest.mark.parametrize("milliseconds", [0.008, 5000.0])
def test_a_clock_that_no_pen_could_follow_is_missing(milliseconds):
    made = [{"x": i, "y": 0, "time": milliseconds * (i + i % 3 / 5), "pressure": i / 50} for i in range(40)]
    ink = read([{"points": made}])
    assert ink.channels == ("x", "y", "pressure")
    assert any(note.startswith("time fits no unit") for note in ink.notes)


def test_a_value_missing_at_some_points_is_nan():
    made = points(0, 12, **POINTERS)
    del made[3]["p"]
    made[4]["t"] = None
    ink = read([{"pointers": made}])
    assert np.flatnonzero(np.isnan(ink.points).any(axis=1)).tolist() == [3, 4]


@pytest.mark.parametrize(
    "document",
    [
        b'[{"points": [{"x": 1, "y": 2}, {"x": 1}]}]',
        b'[{"points": [{"x": 1, "y": 2}, {"x": 1, "y": "2"}]}]',
        b'[{"points": [{"x": 1, "y": 2}, {"x": 1, "y": NaN}]}]',
        b'[{"points": [{"x": 1, "y": 2}, {"x": 1, "y": 1e999}]}]',
        b'[{"points": [{"x": 1, "y": 2}, {"x": 1, "y": true}]}]',
        b'[{"points": [{"x": 1, "y": 2}, {"x": 1, "y": 2}',
        b'{"strokes": [{"x": [1, 2], "y": [1, 2, 3]}]}',
        b'[{"type": "shape", "points": [{"x": 1, "y": 2}]}]',
        b'{"format": "forgery_kit ink"}',
        b'{"format": "forgery_kit ink", "schema_version": 99}',
        b'{"format": "forgery_kit ink", "schema_version": 1, "channels": ["x", "z"], "strokes": []}',
        b'{"format": "forgery_kit ink", "schema_version": 1, "channels": ["x", "y"], "strokes": [{"points": [[1]]}]}',
        b'{"format": "forgery_kit ink", "schema_version": 1, "channels": ["x", "y"], "strokes": 5}',
        b'[{"points": [{"x": 1, "y": 2}, {"x": 1, "y": ' + b"9" * 5000 + b"}]}]",
        b'[{"points": [{"x": 1, "y": 2}, {"x": 1, "y": 2, "t": "\xff"}]}]',
    ],
)
def test_broken_documents_are_refused_by_name(document):
    with pytest.raises(UnreadableFileError, match=r"^f\.json: "):
        read(document)


@pytest.mark.parametrize("opening", ["[", '{"points":[', '{"a":'])
def test_deep_nesting_is_refused_before_parsing(opening):
    data = b'[{"points": [{"x": 1, "y": 2}]}, ' + opening.encode() * 100_000
    with pytest.raises(HostileFileError, match=f"more than {MAX_JSON_DEPTH} deep"):
        json_ink.read(data, "f.json")


def test_brackets_within_strings_do_not_count_as_nesting():
    ink = read([{"id": "[" * 500 + '\\"', "points": [{"x": 1, "y": 2}, {"x": 2, "y": 2}]}])
    assert len(ink) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"name": "package", "version": "1.0.0", "scripts": {"test": "x"}}',
        '{"type": "FeatureCollection", "features": []}',
        "[1, 2, 3]",
        '{"x": 1, "y": 2}',
        "plain text",
        "<ink/>",
        '{"schema_version": 1, "score": 3.5, "items": []}',
    ],
)
def test_other_json_is_not_taken_for_ink(text):
    assert not json_ink.looks_like(text.encode())


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["stroke", "pointerdown", "up", "eraser", "x"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "x",
                    "y",
                    "t",
                    "points",
                    "pointers",
                    "type",
                    "id",
                    "strokes",
                    "pen",
                    "strokeId",
                    "buttons",
                    "width",
                    "height",
                ]
            ),
            inner,
        )
    ),
    max_leaves=25,
)


@settings(deadline=None)  # A busy machine takes longer now and then.
@given(JSON)
def test_any_document_is_read_or_refused_by_name(document):
    try:
        where = "f.json"
        (sample,) = json_ink.read(json.dumps(document).encode(), where)
        finite = np.isfinite(sample.ink.xy).all()
    except UnreadableFileError as error:
        where, finite = error.where, True
    assert where == "f.json"
    assert finite


#: Real file → strokes, points, channels.
REAL = {
    "myscript/count-to-50-pointers.json": (102, 970, 4),
    "myscript/demo.json": (145, 2333, 2),
    "myscript/diagram-with-shape.json": (1, 127, 4),
    "myscript/shakespeare-quotes.json": (352, 3309, 4),
    "myscript/tests/helloMultipleStrokes.json": (5, 116, 2),
    "browser/perfect_freehand_sample.json": (1, 360, 3),
}


def test_real_files():
    archive = Path(os.environ.get("FORGERY_KIT_DATA", "")) / "ink-examples.tar.xz"
    if not archive.is_file():
        pytest.skip("FORGERY_KIT_DATA does not hold ink-examples.tar.xz")
    found = {}
    with tarfile.open(archive, "r|xz") as stream:
        for member in stream:
            for name in REAL:
                if member.name.endswith(name):
                    ink = read(stream.extractfile(member).read(), name)
                    found[name] = (len(ink.stroke_ends), len(ink), len(ink.channels))
                    if "shakespeare" in name:
                        # Three strokes were listed later than their clock says.
                        assert ink.notes["strokes listed in another order than their clock's, put in its order"] == 123
    assert found == REAL
