"""What a foreign JSON document holds besides ink is left out and counted: never read, never lost in silence."""

from __future__ import annotations

import json

import numpy as np
import pytest

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.readers.json_ink import document as json_ink

#: Strokes of a hand, apart from each other.
STROKES = [
    [(10.0, 20.0), (11.5, 21.0), (13.0, 23.5), (14.0, 22.0), (17.5, 21.0)],
    [(60.0, 20.5), (61.0, 24.0), (63.5, 22.0), (64.0, 20.0), (66.0, 25.0), (67.0, 24.0)],
    [(80.0, 31.5), (82.0, 24.0), (83.5, 22.0), (84.0, 20.0)],
]
PRESSURES = [[0.5, 0.6, 0.7, 0.6, 0.4], [0.5, 0.6, 0.4, 0.7, 0.6, 0.3], [0.2, 0.6, 0.7, 0.5]]
FRAME = [[0, 0], [300, 0], [300, 200], [0, 200]]


def read_all(document):
    data = json.dumps(document).encode()
    assert json_ink.looks_like(data)
    return [sample.ink for sample in json_ink.read(data, "f.json")]


def read(document):
    (ink,) = read_all(document)
    return ink


def rows(stroke):
    return [list(point) for point in stroke]


def points(stroke, **more):
    return [{"x": x, "y": y} | more for x, y in stroke]


def as_objects(**more):
    return [{"points": points(stroke)} | more for stroke in STROKES]


def assert_all(ink):
    np.testing.assert_allclose(ink.xy, np.concatenate(STROKES))
    assert ink.stroke_ends.tolist() == [5, 11, 15]
    assert ink.pen_down.all()


NOT_INK = {
    "highlight": {"type": "markup/highlight", "rects": [[20, 30, 100, 12], [20, 45, 80, 12]]},
    "highlighter": {"type": "highlight", "props": {"segments": [{"type": "straight", "points": points(FRAME[:2])}]}},
    "polygon": {"type": "shape/polygon", "points": FRAME[:3]},
    "line between shapes": {"type": "shape/line", "points": FRAME[:2]},
    "shape type": {"shape_type": "rectangle", "points": FRAME},
    "highlighter's tool": {"tool": "Highlighter", "points": points(FRAME)},
    "highlighter's brush": {"brush": {"type": "highlighter"}, "points": points(FRAME)},
    "highlighter's flag": {"isHighlighter": True, "points": points(FRAME)},
    "eraser's tool": {"toolType": "eraser", "points": points(FRAME)},
    "hidden": {"visible": False, "strokes": [{"points": points(FRAME)}]},
    "hidden, too": {"isHidden": True, "strokes": [{"points": points(FRAME)}]},
    "deleted": {"isDeleted": True, "points": points(FRAME)},
    "undone": {"undone": True, "points": points(FRAME)},
}


@pytest.mark.parametrize("other", NOT_INK.values(), ids=NOT_INK)
def test_objects_that_are_no_ink_are_counted_not_read(other):
    for document in ([other, *as_objects()], {"layers": [{"strokes": as_objects()}, other]}):
        ink = read(document)
        assert_all(ink)
        assert sum(count for note, count in ink.notes.items() if note.endswith("left out")) >= 1


BESIDE = {
    "time_series_ranges": {"x": [0, 1024], "y": [0, 1580]},
    "bounds": FRAME,
    "pageCorners": points(FRAME),
    "viewBox": {"points": FRAME},
    "history": [{"strokes": as_objects()[:1]}, {"strokes": as_objects()[:2]}],
    "redoStack": [{"points": points(FRAME)}],
    "undone_strokes": [{"points": points(FRAME)}],
    "snapshots": [{"strokes": [{"points": points(FRAME)}]}],
    "deleted": {"s1": {"points": points(FRAME)}},
}


@pytest.mark.parametrize("key", BESIDE)
def test_what_lies_under_keys_of_other_things_is_counted_not_read(key):
    for document in (
        {key: BESIDE[key], "strokes": as_objects()},
        {"data": {"strokes": as_objects()}, key: BESIDE[key]},
    ):
        ink = read(document)
        assert_all(ink)
        assert sum(count for note, count in ink.notes.items() if repr(key) in note) >= 1


def test_a_frame_around_all_the_ink_is_no_stroke():
    for frame in ({"x": [0, 1024], "y": [0, 1580]}, {"points": FRAME}):
        ink = read({"canvas": frame, "data": {"strokes": as_objects()}})
        assert_all(ink)
        assert ink.notes["lists of few points around all others (corners or ranges of a page), left out"] == 1
    # A stroke among the others is one, however long.
    assert len(read({"strokes": [*as_objects(), {"points": points(FRAME[::2])}]}).stroke_ends) == 4


@pytest.mark.parametrize("key", ["points", "path"])
def test_points_packed_into_a_text_are_told(key):
    draw = {"type": "draw", "x": 1, "y": 2, "props": {"segments": [{"type": "free", key: "AAAAAAAAAD8zM0M+"}]}}
    with pytest.raises(UnreadableFileError, match="packed into a text"):
        read({"store": {"shape:1": draw}})


def test_a_transform_is_refused_unless_it_changes_nothing():
    assert_all(read({"matrix": [1, 0, 0, 1, 0, 0], "strokes": as_objects(transform=None)}))
    with pytest.raises(UnreadableFileError, match="a drawing with a transform"):
        read({"strokes": as_objects(transform={"a": 1, "b": 0, "c": 0, "d": 1, "tx": 5, "ty": 9})})


def test_a_drawing_that_was_scaled_is_refused():
    with pytest.raises(UnreadableFileError, match="scaled"):
        read({"shapes": as_objects(x=3, y=4, scaleX=2)})


@pytest.mark.parametrize("key", ["k{}", "page{}", "stroke{}"])
def test_points_with_ever_other_keys_are_refused_at_once(key):
    document = [{"x": i, "y": i % 7, key.format(i): 1} for i in range(4000)]
    with pytest.raises(HostileFileError, match="its points have 4002 keys in all"):
        read(document)


def test_a_document_of_earlier_states_only_says_so():
    with pytest.raises(UnreadableFileError, match=r"nothing in this JSON is ink.*'history'"):
        read({"history": [{"strokes": as_objects()}]})


def test_strokes_saved_again_without_a_key_that_says_so_count_once():
    ink = read({"states": [{"strokes": as_objects()[:2]}, {"strokes": as_objects()}]})
    assert_all(ink)
    assert ink.notes["strokes given twice, left out"] == 2


PAGES = {
    "pages": {"pages": [{"strokes": as_objects()}, {"strokes": as_objects()}]},
    "pages by name": {"pages": {"a": {"strokes": as_objects()}, "b": {"strokes": as_objects()}}},
    "pages of strokes": [stroke | {"pageIndex": page} for page in (0, 1) for stroke in as_objects()],
    "parents": {
        "records": [{"id": "page:2", "typeName": "page"}]
        + [
            {"typeName": "shape", "type": "draw", "parentId": f"page:{page}", "index": f"a{i}"} | stroke
            for page in (1, 2)
            for i, stroke in enumerate(as_objects())
        ]
    },
    "pages of points": [
        point
        for page in (1, 2)
        for i, s in enumerate(STROKES)
        for point in points(s, page=page, strokeId=f"{page}-{i}")
    ],
}


@pytest.mark.parametrize("document", PAGES.values(), ids=PAGES)
def test_each_page_is_a_sample(document):
    inks = read_all(document)
    assert len(inks) == 2
    for ink in inks:
        assert_all(ink)
    assert inks[0].notes["recordings told apart by their page"] == 2


@pytest.mark.parametrize("key", ["point", "origin", "position"])
@pytest.mark.parametrize("as_object", [False, True])
@pytest.mark.parametrize("corner", [False, True])
def test_an_origin_beside_the_points_is_added(key, as_object, corner):
    strokes = []
    for stroke in STROKES:
        x, y = np.min(stroke, axis=0).tolist() if corner else stroke[0]
        origin = {"x": x, "y": y} if as_object else [x, y]
        strokes.append({key: origin, "points": [[a - x, b - y, 0.5] for a, b in stroke]})
    ink = read({"shapes": strokes})
    assert_all(ink)
    assert ink.notes[f"objects whose points are counted from their {key!r}"] == 3


@pytest.mark.parametrize("points_of", [lambda s: rows(s), lambda s: [[x - 1, y - 1] for x, y in s]])
def test_a_position_from_which_points_need_not_be_counted_is_refused(points_of):
    strokes = [{"position": list(np.min(s, axis=0)), "points": points_of(s)} for s in STROKES]
    with pytest.raises(UnreadableFileError, match="counted from the position"):
        read({"strokes": strokes})


def test_the_pieces_of_one_object_are_one_stroke():
    segments = [
        {"type": "free", "points": points(STROKES[1][:2])},
        {"type": "straight", "points": points(STROKES[1][2:4])},
        {"type": "free", "points": points(STROKES[1][4:])},
    ]
    whole = [{"type": "draw", "props": {"segments": [{"type": "free", "points": points(s)}]}} for s in STROKES]
    ink = read({"records": [whole[0], {"type": "draw", "props": {"segments": segments}}, whole[2]]})
    assert_all(ink)
    assert ink.notes["pieces of strokes, put together"] == 2
    assert ink.notes["straight pieces of strokes, drawn with a ruler"] == 1


FLAT = [point for stroke in STROKES for point in stroke]


def flat(key, values):
    return [{"x": x, "y": y, key: value} for (x, y), value in zip(FLAT, values, strict=True)]


STEPS = [step for stroke in STROKES for step in [0, *[1] * (len(stroke) - 2), 2]]


@pytest.mark.parametrize("key", ["dotType", "ptype", "s"])
@pytest.mark.parametrize("words", [(0, 1, 2), (0, 2, 1), ("PEN_DOWN", "PEN_MOVE", "PEN_UP"), ("ACTION_DOWN", "M", "U")])
def test_three_values_that_tell_down_move_and_up_cut_strokes(key, words):
    assert_all(read(flat(key, [words[step] for step in STEPS])))


@pytest.mark.parametrize("values", [[0] * 5 + [1] * 6 + [0] * 4, ["a"] * 5 + ["b"] * 6 + ["c"] * 4])
@pytest.mark.parametrize("key", ["dotType", "q"])
def test_a_key_with_few_values_that_is_not_understood_is_refused(key, values):
    with pytest.raises(UnreadableFileError, match="differ from point to point"):
        read(flat(key, values))


def test_pen_up_at_single_points_is_the_end_of_strokes():
    ends = [int(step == 2) for step in STEPS]
    assert_all(read(flat("pen_status", [1 - end for end in ends])))
    columns = dict(zip("xy", map(list, zip(*FLAT, strict=True)), strict=True))
    pressure = [0 if end else 0.3 + i / 50 for i, end in enumerate(ends)]
    # W3C Pointer Events: button is -1 where it did not change.
    buttons = {"buttons": [1 - end for end in ends], "button": [0 if step == 0 else -1 for step in STEPS]}
    ink = read(columns | buttons | {"pressure": pressure, "pointerType": "pen"})
    assert_all(ink)
    assert np.flatnonzero(np.isnan(ink.channel("pressure"))).tolist() == [4, 10, 14]


def test_keys_of_points_that_are_not_used_are_noted():
    strokes = [[p | {"timeOffset": i / 9, "f": 400 + i} for i, p in enumerate(points(s))] for s in STROKES]
    ink = read({"strokes": [{"points": s} for s in strokes]})
    assert_all(ink)
    assert ink.channels == ("x", "y")
    assert ink.notes["keys of points that are not used (f, timeOffset)"] == 2


@pytest.mark.parametrize("key", ["pressures", "intensities", "force"])
def test_pressures_beside_the_points_are_theirs(key):
    for document in (
        [{"points": rows(s), key: p} for s, p in zip(STROKES, PRESSURES, strict=True)],
        {"annotations": [{"type": "ink", "lines": {key: PRESSURES, "points": [rows(s) for s in STROKES]}}]},
    ):
        ink = read(document)
        assert_all(ink)
        np.testing.assert_allclose(ink.channel("pressure"), np.concatenate(PRESSURES))


def test_values_beside_the_points_that_are_not_used_are_noted():
    made = read(
        [{"points": rows(s), "pressures": p, "simulatePressure": True} for s, p in zip(STROKES, PRESSURES, strict=True)]
    )
    other = read([{"points": rows(s), "speeds": p} for s, p in zip(STROKES, PRESSURES, strict=True)])
    for ink, name in ((made, "pressures"), (other, "speeds")):
        assert_all(ink)
        assert ink.channels == ("x", "y")
        assert ink.notes[f"values beside points that are not used ({name!r})"] == 3
