"""What drew an InkML trace: pen down or up in several spellings, and brushes that do not write."""

from __future__ import annotations

import pytest

from datasets.errors import UnreadableFileError
from datasets.readers.inkml import document as inkml

WRITING = "<trace brushRef='#pen'>1 2,3 5</trace>"


def ink_of(body: str):
    (sample,) = inkml.read(f"<ink>{body}</ink>".encode(), "x.inkml")
    return sample.ink


def brush(identity: str, *properties: tuple[str, str], more: str = "") -> str:
    inner = "".join(f"<brushProperty name='{name}' value='{value}'/>" for name, value in properties)
    return f"<definitions><brush xml:id='{identity}' {more}>{inner}</brush></definitions>"


@pytest.mark.parametrize("word", ["penUp", "penup", "PenUp", "pen_up", "pen-up", "PEN UP", "hover", "up"])
def test_hover_in_other_spellings_is_no_ink(word):
    ink = ink_of(f"<trace>1 2,3 5</trace><trace type='{word}'>3 5,9 9,8 8</trace>")
    assert ink.pen_down.tolist() == [True, False]


@pytest.mark.parametrize("word", ["penDown", "pendown", "PEN_DOWN", "pen-down", "down", "contact"])
def test_pen_down_in_other_spellings_is_ink(word):
    ink = ink_of(f"<trace type='{word}'>1 2,3 5</trace>")
    assert (ink.pen_down.tolist(), dict(ink.notes)) == ([True], {})


def test_a_pen_state_that_is_not_understood_is_refused():
    with pytest.raises(UnreadableFileError, match=r"^x\.inkml: a trace has the type 'stylus-3', .*Export it with penD"):
        ink_of("<trace>1 2,3 5</trace><trace type='stylus-3'>3 5,9 9</trace>")


def with_channel(name: str, values: str = "1 2 1,3 5 1,4 5 0,6 5 0,7 7 1,8 9 1"):
    channels = "".join(f"<channel name='{channel}'/>" for channel in ("X", "Y", name))
    return ink_of(f"<traceFormat>{channels}</traceFormat><trace>{values}</trace>")


@pytest.mark.parametrize("name", ["S", "tipSwitch", "pen_down", "Contact"])
def test_a_channel_that_tells_whether_the_pen_touches_divides_traces(name):
    assert with_channel(name).pen_down.tolist() == [True, False, True]


@pytest.mark.parametrize("name", ["penUp", "hover", "pen-state"])
def test_a_channel_that_tells_lifts_in_ways_that_are_not_known_is_refused(name):
    with pytest.raises(UnreadableFileError, match=f"its channel '{name}' seems to tell where the pen was lifted"):
        with_channel(name)


def test_a_channel_that_tells_something_else_is_noted():
    ink = with_channel("Z")
    assert (ink.pen_down.tolist(), dict(ink.notes)) == ([True], {"channel Z not used": 1})


@pytest.mark.parametrize(
    ("properties", "tool"),
    [
        ([("rasterOp", "maskPen")], "highlighter"),
        ([("color", "#FFFC00"), ("transparency", "127")], "highlighter"),
        ([("transparency", "0.5")], "highlighter"),
        ([("opacity", "40%")], "highlighter"),
        ([("tool", "Highlighter")], "highlighter"),
        ([("isHighlighter", "true")], "highlighter"),
        ([("eraser", "true")], "eraser"),
        ([("type", "pixel-eraser")], "eraser"),
        ([("inkTool", "laserPointer")], "laser pointer"),
    ],
)
def test_what_another_tool_drew_is_left_out_and_counted(properties, tool):
    ink = ink_of(brush("b", *properties) + WRITING + "<trace brushRef='#b'>0 9,90 9</trace>")
    assert len(ink) == 2
    assert dict(ink.notes) == {f"strokes of the {tool}, left out": 1}


@pytest.mark.parametrize(
    "properties",
    [
        [("rasterOp", "copyPen"), ("transparency", "0"), ("tip", "ellipse")],
        [("eraser", "false"), ("color", "highlight"), ("opacity", "1"), ("alpha", "255")],
        [("opacity", "100"), ("transparency", "soft"), ("inkEffects", "pencil")],
        [],
    ],
)
def test_what_a_pen_drew_is_read(properties):
    ink = ink_of(brush("b", *properties) + WRITING + "<trace brushRef='#b'>0 9,90 9</trace>")
    assert (len(ink), dict(ink.notes)) == (4, {})


@pytest.mark.parametrize(
    "body",
    [
        brush("b", ("eraser", "1")) + "<traceGroup brushRef='#b'><trace>0 9,90 9</trace></traceGroup>",
        brush("b", ("eraser", "1")) + brush("c", more="brushRef='#b'") + "<trace brushRef='#c'>0 9,90 9</trace>",
        "<trace brushRef='#eraser_2'>0 9,90 9</trace>",
        brush("b", ("eraser", "1")) + "<context brushRef='#b'/><trace>0 9,90 9</trace>",
        "<definitions><context xml:id='c'><brush><brushProperty name='eraser' value='1'/></brush></context>"
        "<context xml:id='d' contextRef='#c'/></definitions><trace contextRef='#d'>0 9,90 9</trace>",
    ],
    ids=["group", "brush that refers to a brush", "name alone", "context in the stream", "context by reference"],
)
def test_brushes_are_inherited(body):
    ink = ink_of(WRITING + body)
    assert (len(ink), dict(ink.notes)) == (2, {"strokes of the eraser, left out": 1})


def test_a_brush_of_the_trace_goes_before_that_of_its_group():
    ink = ink_of(brush("b", ("eraser", "1")) + f"<traceGroup brushRef='#b'>{WRITING}</traceGroup>")
    assert (len(ink), dict(ink.notes)) == (2, {})


def test_brushes_that_refer_to_one_another_in_a_circle_end():
    assert len(ink_of(brush("b", more="brushRef='#b'") + "<trace brushRef='#b'>1 2,3 5</trace>")) == 2


def test_a_file_of_highlighting_alone_says_so():
    with pytest.raises(UnreadableFileError, match="no pen drew any of it"):
        ink_of(brush("b", ("transparency", "127")) + "<trace brushRef='#b'>0 9,90 9</trace>")
