"""Foreign JSON: no stroke is lost, joined or made up; what cannot be understood is refused with its place."""

from __future__ import annotations

import json

import numpy as np
import pytest

from datasets.errors import UnreadableFileError
from datasets.limits import HEAD_BYTES
from datasets.readers.json_ink import document as json_ink

#: Two strokes of a hand: unequal steps, and a gap between them.
FIRST = [(10.0, 20.0), (11.5, 21.0), (13.0, 23.5), (14.0, 22.0), (17.5, 21.0)]
SECOND = [(60.0, 20.5), (61.0, 24.0), (63.5, 22.0), (64.0, 20.0), (66.0, 25.0)]
BOTH = FIRST + SECOND
IDS = [0] * 5 + [1] * 5
STEPS = ["down", "move", "move", "move", "up"] * 2


def read(document):
    data = json.dumps(document).encode()
    assert json_ink.looks_like(data)
    (sample,) = json_ink.read(data, "f.json")
    return sample.ink


def points(xy=BOTH, **columns):
    return [{"x": x, "y": y} | {k: v[i] for k, v in columns.items()} for i, (x, y) in enumerate(xy)]


def arrays(xy):
    return [list(column) for column in zip(*xy, strict=True)]


def assert_both(ink) -> None:
    np.testing.assert_allclose(ink.xy, BOTH)
    assert ink.stroke_ends.tolist() == [5, 10]
    assert ink.pen_down.all()


SEPARATED = {
    "rows": [[list(p) for p in FIRST], [list(p) for p in SECOND]],
    "rows with a missing pressure": [[[*p, None] for p in FIRST], [[*p, 0.5] for p in SECOND]],
    "points with a width": [{"points": points(FIRST, width=[1] * 5)}, {"points": points(SECOND)}],
    "events with the contact's size": points(type=[f"pointer{s}" for s in STEPS], width=[1] * 10, height=[1] * 10),
    "pointer events": points(type=[f"pointer{s}" for s in STEPS]),
    "mouse events": points(type=[f"mouse{s}" for s in STEPS]),
    "touch events": points(type=["touch" + {"down": "start", "up": "end"}.get(s, s) for s in STEPS]),
    "down, move, up": points(type=STEPS),
    "eventType": points(eventType=[f"pointer{s}" for s in STEPS]),
    "end events only": points(event=[s if s == "up" else None for s in STEPS]),
    "strokeId": points(strokeId=IDS, pen=[1] * 10),
    "pen lifts": points(pen=[0, 0, 0, 0, 1] * 2),
    "start flags": points(isStart=[True, *[False] * 4] * 2),
    "arrays with a stroke's number": dict(zip("xy", arrays(BOTH), strict=True)) | {"stroke": IDS},
    "arrays with events": dict(zip("xy", arrays(BOTH), strict=True)) | {"event": STEPS},
    "rows with marks of the end": [[*p, int(i % 5 == 4)] for i, p in enumerate(BOTH)],
    "end markers without a point": [{"points": [*points(FIRST), {"event": "up"}, *points(SECOND)]}],
    "handwriting.js": [[*arrays(FIRST), [0, 8, 17, 25, 31]], [*arrays(SECOND), [90, 98, 107, 115, 121]]],
    "Quick Draw": {"word": "x", "drawing": [arrays(FIRST), arrays(SECOND)]},
    "Excalidraw": {
        "elements": [
            {"type": "text", "x": 1, "y": 1, "width": 5, "height": 5, "text": "a"},
            *(
                {"type": "freedraw", "angle": 0, "x": s[0][0], "y": s[0][1], "width": 9, "height": 9, "id": str(i)}
                | {"points": [[x - s[0][0], y - s[0][1]] for x, y in s], "lastCommittedPoint": [1, 2]}
                for i, s in enumerate((FIRST, SECOND))
            ),
        ]
    },
    "tldraw": {
        "records": [
            {"typeName": "camera", "x": 0, "y": 0, "z": 1},
            *(
                {"typeName": "shape", "type": "draw", "x": 5, "y": 6, "rotation": 0, "parentId": "page:a"}
                | {"props": {"segments": [{"type": "free", "points": points([(x - 5, y - 6) for x, y in s])}]}}
                for s in (FIRST, SECOND)
            ),
        ]
    },
    "groups that number their strokes anew": {
        "groups": [{"strokes": [{"id": "0", "points": points(s)}]} for s in (FIRST, SECOND)]
    },
}


@pytest.mark.parametrize("document", SEPARATED.values(), ids=SEPARATED)
def test_every_stroke_is_read_once_and_apart(document):
    assert_both(read(document))


UNCLEAR = {
    "an unknown event": points(type=["p", *["q"] * 9]),
    "an unknown state": points(penPhase=IDS),
    "a number for each point": points([(i, i % 3) for i in range(30)], strokeId=list(range(30))),
    "some points without a stroke's number": points(strokeId=[0, None, *[1] * 8]),
    "mouse and touch mixed": points(type=["mousedown", *["touchmove"] * 9]),
    "coalesced events": points(type=["pointermove"] * 10, coalesced=[[{"x": 1, "y": 2}]] * 10),
    "touch lists": [{"type": "touchstart", "touches": [{"clientX": 1, "clientY": 2}]}],
    "a row of five": [[[1, 2], [3, 4, 0, 0, 0]], [[1, 2], [3, 4], [5, 6], [7, 8]]],
    "a row of texts": {"strokes": [[[1, 2], [3, 4], [5, 6], [7, 9]], [["1", "2"], ["3", "4"]]]},
    "an empty row": [[[1, 2], [3, 4], []]],
    "a row without y": [[[1, 2], [3, None]]],
    "null among points": [{"points": [*points(FIRST), None]}],
    "a text among points": [{"points": [*points(FIRST), "up"]}],
    "an unknown object among points": [{"points": [*points(FIRST), {"a": 1}]}],
    "flat numbers": {"strokes": [{"points": points(FIRST)}, {"points": [1, 2, 3, 4]}]},
    "flat numbers in lists": [[1, 2, 3, 4, 5, 6], [1, 2, 3, 4]],
    "a stroke of another kind": {"strokes": [{"points": points(FIRST)}, {"path": "M0 0L1 1"}]},
    "two of two": [[[1, 2], [3, 4]]],
    "three of three": [[[1, 2, 3], [3, 4, 5], [5, 6, 7]]],
    "rows and arrays": [arrays(FIRST), [[1, 2], [3, 4], [5, 6], [7, 9]]],
    "marks that may be states": [[[1, 2, 1], [2, 3, 1], [3, 3, 0], [4, 3, 0], [5, 3, 1]]],
    "a turned drawing": {"type": "freedraw", "x": 5, "y": 5, "angle": 1, "points": [[0, 0], [1, 1], [2, 2], [3, 3]]},
    "points from where": {"x": 10, "y": 20, "points": points(FIRST)},
    "a key given twice": b'{"strokes": [{"points": [[1, 2], [3, 4]]}], "strokes": [{"points": [[1, 2], [3, 4]]}]}',
    "our own ink in a list": [
        {"format": "forgery_kit ink", "strokes": [{"points": [[1, 2, 0], [1, 3, 1]], "pen_down": True}]}
    ],
}


@pytest.mark.parametrize("document", UNCLEAR.values(), ids=UNCLEAR)
def test_what_is_not_understood_is_refused_in_one_line(document):
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(UnreadableFileError, match=r"^f\.json: .+") as error:
        json_ink.read(data, "f.json")
    assert len(str(error.value).splitlines()) == 1
    assert error.value.advice


def test_an_error_says_where():
    with pytest.raises(UnreadableFileError, match=r"at strokes\[1\]\.points\[5\]: None among points"):
        read({"strokes": [{"points": points(FIRST)}, {"points": [*points(SECOND), None]}]})


@pytest.mark.parametrize("own", [{"lr": {}, "items": []}, {"sections": []}])
def test_our_own_result_is_not_ink(own):
    drawn = dict(zip("xy", arrays(FIRST), strict=True))
    for document in ({"schema_version": 2, "strokes": [drawn]} | own, [{"schema_version": 2, "drawn": drawn} | own]):
        with pytest.raises(UnreadableFileError, match="this is a result of forgery_kit, not ink"):
            read(document)


def line_of(strokes: int):
    """Points of that many strokes of 40 points beside each other."""
    k = np.arange(40)
    return [
        (float(30 * s + x), float(y)) for s in range(strokes) for x, y in zip(k / 4, 5 * np.sin(k / 6), strict=True)
    ]


def test_a_document_of_one_stroke_that_jumps_is_refused():
    for document in (points(line_of(6)), [{"points": points(line_of(6))}], [[list(p) for p in line_of(6)]]):
        with pytest.raises(UnreadableFileError, match="nothing says where strokes end"):
            read(document)
    assert len(read(points(line_of(2))).stroke_ends) == 1
    assert len(read(points(line_of(6), strokeId=[i // 40 for i in range(240)])).stroke_ends) == 6


@pytest.mark.parametrize(
    "key",
    [{"compositeOperation": "destination-out"}, {"pointerType": "ERASER"}, {"tool": "eraser"}, {"isEraser": True}],
)
def test_erasers_are_counted_not_read(key):
    ink = read([{"points": points(FIRST)}, {"points": points([(0, 0), (99, 99)])} | key, {"points": points(SECOND)}])
    assert_both(ink)
    assert ink.notes["strokes of an eraser, left out"] == 1


def test_events_of_the_eraser_button_are_not_ink():
    erased = points([(0, 0), (99, 99)], type=["pointerdown", "pointerup"], buttons=[32, 32])
    ink = read([*points(FIRST, type=[f"pointer{s}" for s in STEPS[:5]]), *erased, *points(SECOND, type=STEPS[5:])])
    assert_both(ink)
    assert ink.notes["points of an eraser, left out"] == 2


def test_what_is_marked_as_deleted_is_counted_not_read():
    deleted = {"type": "freedraw", "isDeleted": True, "points": [[0, 0], [9, 9], [9, 8], [7, 8]]}
    ink = read({"elements": [{"points": points(FIRST)}, deleted, {"points": points(SECOND)}]})
    assert_both(ink)
    assert ink.notes["objects marked as deleted, left out"] == 1


def test_a_stroke_is_given_twice_only_where_its_points_are_too():
    groups = [{"id": "0", "points": points(s)} for s in (FIRST, SECOND, FIRST)]
    ink = read({"groups": groups})
    assert_both(ink)
    assert ink.notes["strokes given twice, left out"] == 1
    assert ink.notes["strokes with the id of another one"] == 1


def test_a_cancel_without_a_point_ends_its_stroke_and_loses_nothing():
    events = points(type=[f"pointer{s}" for s in STEPS], pointerId=[4] * 10, buttons=[1, 1, 1, 1, 0] * 2)
    ink = read([*events[:3], {"type": "pointercancel", "pointerType": "pen"}, *events[3:]])
    np.testing.assert_allclose(ink.xy, BOTH)
    assert ink.stroke_ends.tolist() == [3, 5, 10]
    assert ink.pen_down.all()
    assert ink.notes["events that hold no point of a stroke, left out"] == 1
    assert ink.notes["strokes without an event that begins them"] == 1


def test_a_move_without_buttons_is_hover_even_where_the_end_got_lost():
    events = points(type=["pointerdown", *["pointermove"] * 9], buttons=[1, 1, 1, 1, 1, 0, 0, 0, 0, 0])
    ink = read(events)
    assert ink.stroke_ends.tolist() == [5, 10]
    assert ink.pen_down.tolist() == [True, False]


def test_points_in_the_air_are_not_ink():
    ink = read(points(penDown=[1] * 5 + [0] * 3 + [1] * 2))
    assert ink.stroke_ends.tolist() == [5, 8, 10]
    assert ink.pen_down.tolist() == [True, False, True]


def test_a_key_about_the_look_of_the_line_separates_nothing():
    ink = read([{"points": points(strokeWidth=list(range(10)), penColor=IDS, type=["point"] * 10)}])
    assert ink.stroke_ends.tolist() == [10]


@pytest.mark.parametrize("first", ["x", "y"])
def test_an_array_longer_than_what_a_detector_sees_is_read(first):
    values = {"x": [3 * k for k in range(20_000)], "y": [k % 40 for k in range(20_000)]}
    data = json.dumps({"strokes": [{name: values[name] for name in sorted(values, reverse=first == "y")}]}).encode()
    assert json_ink.looks_like(data[:HEAD_BYTES])
    (sample,) = json_ink.read(data, "f.json")
    assert np.array_equal(sample.ink.xy, np.column_stack([values["x"], values["y"]]))
