"""InkML as the Recommendation and real exporters write it: channels, units, contexts, time, canvas."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.readers import building
from datasets.readers.inkml import document as inkml
from datasets.readers.inkml.channels import from_tilt


def document(body: str, attributes: str = ' xmlns="http://www.w3.org/2003/InkML"') -> bytes:
    return f"<ink{attributes}>{body}</ink>".encode()


def channel(name: str, attributes: str = "") -> str:
    return f'<channel name="{name}" {attributes}/>'


def context(channels: str, properties: str = "", identity: str = "c", more: str = "") -> str:
    source = f"<inkSource><traceFormat>{channels}</traceFormat>{properties}</inkSource>"
    return f'<context xml:id="{identity}">{source}{more}</context>'


def resolution(name: str, value: str, units: str) -> str:
    return f'<channelProperty channel="{name}" name="resolution" value="{value}" units="{units}"/>'


def defined(*contexts: str) -> str:
    return f"<definitions>{''.join(contexts)}</definitions>"


def ink_of(body: str):
    (sample,) = inkml.read(document(body), "x.inkml")
    return sample.ink


XY = channel("X") + channel("Y")
TRACE = "<trace contextRef='#c'>"


def test_default_format_is_x_and_y_down():
    ink = ink_of("<trace>1 2,3 5</trace><trace>4 4,6 6</trace>")
    assert ink.channels == ("x", "y")
    np.testing.assert_array_equal(ink.xy, [[1, 2], [3, 5], [4, 4], [6, 6]])
    assert (ink.mm_per_unit, ink.time_source) == (None, None)


@pytest.mark.parametrize(
    "attributes",
    ["", ' xmlns="http://www.w3.org/TR/InkML"', ' xmlns="http://www.w3.org/2003/InkML"'],
    ids=["no namespace", "wrong namespace", "right namespace"],
)
def test_namespace_does_not_matter(attributes):
    data = document("<trace>1 2,3 5</trace>", attributes)
    assert inkml.looks_like(data)
    assert len(inkml.read(data, "x")[0].ink) == 2


def test_bom_crlf_comments_and_utf16_are_read():
    text = '<?xml version="1.0"?>\r\n<ink>\r\n<!-- <trace>9 9,9 9</trace> -->\r\n<trace>1 2,\r\n3 5</trace></ink>'
    for data in (b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16")):
        assert inkml.looks_like(data)
        np.testing.assert_array_equal(inkml.read(data, "x")[0].ink.xy, [[1, 2], [3, 5]])


def test_root_paper_of_wacom_is_read_though_the_ink_begins_late():
    body = "<resource>" + "A" * 100_000 + "</resource><inkml:ink><inkml:trace>1 2,3 5</inkml:trace></inkml:ink>"
    data = f'<paper xmlns:inkml="http://www.w3.org/2003/InkML">{body}</paper>'.encode()
    assert inkml.looks_like(data[:65536])
    assert len(inkml.read(data, "x")[0].ink) == 2


def test_channel_order_and_other_channels():
    ink = ink_of(defined(context(channel("Y") + channel("Z") + channel("X"))) + TRACE + "1 9 2,3 9 4</trace>")
    np.testing.assert_array_equal(ink.xy, [[2, 1], [4, 3]])
    assert ink.notes["channel Z not used"] == 1


def test_y_that_grows_upwards_is_turned():
    ink = ink_of(defined(context(channel("X") + channel("Y", 'orientation="-ve"'))) + TRACE + "1 2,3 5</trace>")
    np.testing.assert_array_equal(ink.xy, [[1, -2], [3, -5]])


@pytest.mark.parametrize(
    ("units", "value", "per", "expected"),
    [
        ("mm", None, None, 1.0),
        ("cm", None, None, 10.0),
        ("in", None, None, 25.4),
        ("himetric", "1", "1/himetric", 0.01),
        ("cm", "1000", "1/cm", 0.01),
        ("", "1000", "1/cm", 0.01),
        ("dev", "100", "1/mm", 0.01),
        ("in", "2540", "1/in", 0.01),
        ("dev", None, None, None),
        ("dev", "0", "1/dev", None),
        ("dev", "0", "1/mm", None),
    ],
)
def test_millimetres_per_unit(units, value, per, expected):
    channels = channel("X", f'units="{units}"') + channel("Y", f'units="{units}"')
    properties = resolution("X", value, per) + resolution("Y", value, per) if value else ""
    ink = ink_of(
        defined(context(channels, f"<channelProperties>{properties}</channelProperties>")) + TRACE + "1 2,3 5</trace>"
    )
    assert ink.mm_per_unit == expected


def test_unlike_units_of_x_and_y_are_brought_to_that_of_x():
    channels = channel("X", 'units="cm"') + channel("Y", 'units="mm" orientation="-ve"')
    ink = ink_of(defined(context(channels)) + TRACE + "1 20,3 50</trace>")
    np.testing.assert_allclose(ink.xy, [[1, -2], [3, -5]])
    assert ink.mm_per_unit == 10
    assert ink.notes["y brought to the unit of x"] == 1


def test_unlike_resolutions_of_x_and_y_give_no_size_and_no_distortion():
    # Office 2010: its rotatedBoundingBox shows that values are alike in x and y, whatever the resolution says.
    properties = resolution("X", "3971.75757", "1/in") + resolution("Y", "5295.24854", "1/in")
    ink = ink_of(defined(context(XY, properties)) + TRACE + "100 200,300 500</trace>")
    np.testing.assert_array_equal(ink.xy, [[100, 200], [300, 500]])
    assert ink.mm_per_unit is None
    assert ink.notes["the stated resolution is not that of x and y, size not known"] == 1


def test_pressure_is_a_share_of_its_declared_range():
    ink = ink_of(
        defined(context(XY + channel("F", 'min="100" max="1100"'))) + TRACE + "1 2 100,3 5 600,4 4 1100</trace>"
    )
    np.testing.assert_array_equal(ink.channel("pressure"), [0, 0.5, 1])
    assert ink.notes == {}


@pytest.mark.parametrize(
    ("attributes", "values", "expected", "note"),
    [
        ("", "10 20 40", [0.25, 0.5, 1], "no declared maximum, scaled"),
        ('max="20"', "10 20 40", [0.25, 0.5, 1], "exceeds its declared maximum"),
        ("", ".1 .2 .4", [0.1, 0.2, 0.4], "taken as 0 to 1"),
        ('max="40"', "-4 20 40", [np.nan, 0.5, 1], "below its minimum"),
    ],
)
def test_pressure_outside_a_declared_range_is_noted(attributes, values, expected, note):
    rows = ",".join(f"{i} {i} {v}" for i, v in enumerate(values.split()))
    ink = ink_of(defined(context(XY + channel("F", attributes))) + TRACE + rows + "</trace>")
    np.testing.assert_array_equal(ink.channel("pressure"), expected)
    assert any(note in text for text in ink.notes)


def test_hover_traces_are_kept_and_marked():
    ink = ink_of("<trace type='penUp'>1 2,3 5</trace><trace type='penDown'>4 4,6 6</trace>")
    assert ink.pen_down.tolist() == [False, True]


def test_a_tip_switch_divides_traces_and_keeps_hover_apart():
    channels = XY + channel("S", 'type="boolean"') + channel("T")
    body = TRACE + "1 2 T 0,2 3 T 10,3 4 F 20,4 5 F 30,5 6 T 40,6 7 ? 50</trace><trace>1 1,2 2</trace>"
    ink = ink_of(defined(context(channels)) + body)
    assert ink.stroke_ends.tolist() == [2, 4, 6, 8]
    assert ink.pen_down.tolist() == [True, False, True, True]
    assert ink.notes["points of traces whose tip switch (S) is off, read as hover"] == 2
    hover = "<trace contextRef='#c' type='penUp'>1 2 T 0,2 3 F 10</trace>"
    assert ink_of(defined(context(channels)) + hover + body).pen_down.tolist() == [False, True, False, True, True]


def test_only_hover_is_no_ink():
    with pytest.raises(UnreadableFileError, match="no ink"):
        ink_of("<trace type='penUp'>1 2,3 5</trace>")


@pytest.mark.parametrize(("units", "expected"), [("", 0.01), ('units="ms"', 0.01), ('units="s"', 10.0)])
def test_time_is_seconds_from_the_first_point(units, expected):
    ink = ink_of(defined(context(XY + channel("T", units))) + TRACE + "1 2 5000,3 5 5010</trace>")
    np.testing.assert_allclose(ink.channel("t"), [0, expected], atol=1e-12)
    assert ink.time_source == "recorded"


@pytest.mark.parametrize(("per_second", "told"), [(1e3, None), (1, "seconds"), (1e6, "microseconds"), (1e-3, "none")])
def test_time_without_a_unit_is_in_the_one_that_fits_a_pen(per_second, told):
    rows = ",".join(f"{i} {i % 3} {5 + 0.008 * i * per_second!r}" for i in range(9))
    ink = ink_of(defined(context(XY + channel("T"))) + TRACE + rows + "</trace>")
    if told == "none":
        assert ink.channels == ("x", "y")
        assert ink.notes["times without a unit fit none, counted as missing"] == 1
        return
    np.testing.assert_allclose(ink.channel("t"), 0.008 * np.arange(9), atol=1e-6)
    assert ink.notes == ({f"times without a unit are {told}": 1} if told else {})


def test_time_counts_from_its_trace_unless_it_refers_to_a_timestamp():
    traces = (
        "<trace contextRef='#c' timeOffset='100'>1 2 0,3 5 10</trace>"
        "<trace contextRef='#c' timeOffset='200'>4 4 0,6 6 10</trace>"
    )
    relative = ink_of(defined(context(XY + channel("T"))) + traces)
    np.testing.assert_allclose(relative.channel("t"), [0, 0.01, 0.1, 0.11], atol=1e-12)
    absolute = traces.replace("4 4 0,6 6 10", "4 4 90,6 6 95")
    stamped = ink_of(defined(context(XY + channel("T", 'respectTo="#ts"'))) + absolute)
    np.testing.assert_allclose(stamped.channel("t"), [0, 0.01, 0.09, 0.095], atol=1e-12)


def test_time_offsets_without_times_of_points_give_no_time():
    assert ink_of("<trace timeOffset='5'>1 2,3 5</trace>").channels == ("x", "y")


def test_clock_in_seconds_without_a_unit_is_recognised():
    ink = ink_of(f"<traceFormat>{XY + channel('T')}</traceFormat><trace>1 2 1219149343.584,2 3'.014,3 4'.012</trace>")
    np.testing.assert_allclose(ink.channel("t"), [0, 0.014, 0.026], atol=1e-6)
    assert ink.notes["times without a unit are seconds since 1970"] == 1


def test_times_that_start_again_at_every_trace_are_missing():
    body = "".join(TRACE + f"{i} 2 0,{i} 5 10</trace>" for i in range(4))
    ink = ink_of(defined(context(XY + channel("T"))) + body)
    assert ink.channels == ("x", "y")
    assert ink.notes["times start again at every stroke, counted as missing"] == 1


def test_elevation_and_azimuth_in_degrees_with_resolution():
    properties = resolution("OE", "1000", "1/deg") + resolution("OA", "1000", "1/deg")
    ink = ink_of(
        defined(context(XY + channel("OA") + channel("OE"), properties)) + TRACE + "1 2 90000 45000,3 5 0 90000</trace>"
    )
    assert ink.channels == ("x", "y", "altitude", "azimuth")
    np.testing.assert_allclose(ink.points[:, 2:], [[pi / 4, pi / 2], [pi / 2, 0]], rtol=1e-12)


def test_angles_of_devices_without_any_are_missing():
    ink = ink_of(defined(context(XY + channel("OA") + channel("OE"))) + TRACE + "1 2 0 0,3 5 0 0</trace>")
    assert ink.channels == ("x", "y")
    assert ink.notes["pen angles are zero throughout, counted as missing"] == 1


def test_tilt_becomes_altitude_and_azimuth():
    # The worked cases of Pointer Events Level 3: upright, to the right, towards the writer, both.
    altitude, azimuth = from_tilt(np.radians([0.0, 30, 0, 45, 90, np.nan]), np.radians([0.0, 0, 60, 45, 0, 3]))
    np.testing.assert_allclose(altitude, [pi / 2, pi / 3, pi / 6, np.arctan(1 / np.sqrt(2)), 0, np.nan], atol=1e-12)
    np.testing.assert_allclose(azimuth[1:4], [0, pi / 2, pi / 4], atol=1e-12)


@pytest.mark.parametrize("tilt", [(0.3, 0.2), (-0.4, 0.1), (-0.2, -0.5), (0.6, -0.3)])
def test_tilt_agrees_with_the_geometry_of_a_pen(tilt):
    altitude, azimuth = from_tilt(np.array([tilt[0]]), np.array([tilt[1]]))
    pen = np.array([np.cos(azimuth) * np.cos(altitude), np.sin(azimuth) * np.cos(altitude), np.sin(altitude)])[:, 0]
    np.testing.assert_allclose([np.arctan2(pen[0], pen[2]), np.arctan2(pen[1], pen[2])], tilt, rtol=1e-12)


def test_contexts_with_different_channels_keep_all_with_gaps():
    contexts = defined(context(XY + channel("F", 'max="10"')), context(XY, identity="d"))
    ink = ink_of(contexts + "<trace contextRef='#c'>1 2 5,3 5 6</trace><trace contextRef='#d'>4 4,6 6</trace>")
    np.testing.assert_array_equal(ink.channel("pressure"), [0.5, 0.6, np.nan, np.nan])


def test_time_of_some_strokes_only_is_no_time():
    contexts = defined(context(XY + channel("T")), context(XY, identity="d"))
    ink = ink_of(contexts + "<trace contextRef='#c'>1 2 5,3 5 6</trace><trace contextRef='#d'>4 4,6 6</trace>")
    assert ink.channels == ("x", "y")
    assert ink.notes["some strokes have no time, counted as missing for all"] == 1


def test_strokes_of_two_units_are_brought_to_the_first():
    mm, cm = (channel("X", f'units="{u}"') + channel("Y", f'units="{u}"') for u in ("mm", "cm"))
    contexts = defined(context(mm), context(cm, identity="d"))
    ink = ink_of(contexts + "<trace contextRef='#c'>1 2,3 5</trace><trace contextRef='#d'>4 4,6 6</trace>")
    np.testing.assert_array_equal(ink.xy[2:], [[40, 40], [60, 60]])
    assert ink.mm_per_unit == 1.0


def test_context_is_inherited_from_group_reference_and_stream():
    contexts = defined(context(channel("Y") + channel("X")), '<context xml:id="child" contextRef="#c"/>')
    for body in (
        "<traceGroup contextRef='#child'><traceGroup><trace>1 2,3 5</trace></traceGroup></traceGroup>",
        "<trace contextRef='#child'>1 2,3 5</trace>",
        "<context contextRef='#c'/><trace>1 2,3 5</trace>",
    ):
        np.testing.assert_array_equal(ink_of(contexts + body).xy, [[2, 1], [5, 3]])


def test_references_by_id_to_formats_and_sources():
    parts = f'<traceFormat xml:id="f">{channel("Y") + channel("X")}</traceFormat><inkSource xml:id="s" model="Pen 3"/>'
    body = defined(parts, '<context xml:id="c" traceFormatRef="#f" inkSourceRef="#s"/>') + TRACE + "1 2,3 5</trace>"
    (sample,) = inkml.read(document(body), "x")
    assert sample.device == "Pen 3"
    np.testing.assert_array_equal(sample.ink.xy, [[2, 1], [5, 3]])


def test_default_context_of_the_recommendation_needs_no_definition():
    assert len(ink_of("<trace contextRef='#DefaultContext'>1 2,3 5</trace>")) == 2


def test_intermittent_channels():
    channels = XY + "<intermittentChannels>" + channel("F", 'max="10"') + "</intermittentChannels>"
    ink = ink_of(defined(context(channels)) + TRACE + "1 2 5,3 5,4 4 ?,5 5 6</trace>")
    np.testing.assert_array_equal(ink.channel("pressure"), [0.5, np.nan, np.nan, 0.6])


AFFINE = (
    '<canvasTransform><mapping type="affine"><bind source="X"/><bind target="X"/><bind source="Y"/><bind target="Y"/>'
    "<bind source='T'/><bind target='T'/><matrix>{}</matrix></mapping></canvasTransform>"
)


def test_affine_canvas_transform_is_applied():
    channels = channel("X", 'units="mm"') + channel("Y", 'units="mm"') + channel("T")
    more = AFFINE.format("0 -2 0 7, 2 0 0 8, 0 0 1 0,")
    ink = ink_of(defined(context(channels, more=more)) + TRACE + "1 2 0,3 5 1</trace>")
    np.testing.assert_array_equal(ink.xy, [[3, 10], [-3, 14]])
    assert ink.mm_per_unit == 0.5


def test_unlike_units_of_the_canvas_are_brought_to_that_of_x():
    units = channel("X", 'units="cm"') + channel("Y", 'units="mm"')
    more = f"<canvas><traceFormat>{units}</traceFormat></canvas>" + AFFINE.format("2 0 0 0,0 1 0 0,0 0 1 0,")
    ink = ink_of(defined(context(XY + channel("T"), more=more)) + TRACE + "1 20 0,3 50 10</trace>")
    np.testing.assert_allclose(ink.xy, [[2, 2], [6, 5]])
    assert ink.mm_per_unit == 10


@pytest.mark.parametrize(
    "more",
    [
        AFFINE.format("1 0 1 0,0 1 0 0,0 0 1 0"),
        AFFINE.format("0 0 0 0,0 0 0 0,0 0 1 0"),
        AFFINE.format("1 0 0,0 1 0"),
        '<canvasTransform><mapping type="lookup"/></canvasTransform>',
    ],
    ids=["time in x", "singular", "wrong shape", "not affine"],
)
def test_other_canvas_transforms_are_noted_and_not_applied(more):
    ink = ink_of(defined(context(XY + channel("T"), more=more)) + TRACE + "1 2 0,3 5 1</trace>")
    np.testing.assert_array_equal(ink.xy, [[1, 2], [3, 5]])
    assert ink.notes["canvas transform not understood, not applied"] == 1


def test_continued_traces_are_one_stroke():
    ink = ink_of(
        "<trace xml:id='a' continuation='begin'>1 2,3 5</trace><trace>9 9,8 8</trace>"
        "<trace xml:id='b' continuation='middle' priorRef='#a'>4 4</trace>"
        "<trace continuation='end' priorRef='#b'>6 6</trace>"
    )
    assert ink.stroke_ends.tolist() == [4, 6]
    np.testing.assert_array_equal(ink.xy[:4], [[1, 2], [3, 5], [4, 4], [6, 6]])


def test_oddities_are_counted():
    ink = ink_of("<trace/><trace>1 2,? 5,3 4</trace><trace>1 1</trace><trace type='indeterminate'>1 1,1 1</trace>")
    assert ink.notes == {
        "empty strokes": 1,
        "points without a position, left out": 1,
        "strokes of indeterminate pen state, taken as down": 1,
        "one-point strokes": 1,
        "repeated points": 1,
    }


def test_writer_text_and_time_of_capture():
    annotations = '<annotation type="writer">w1</annotation><annotation type="truth"> two words </annotation>'
    stamp = '<timestamp xml:id="ts" timeString="2024-11-17T14:25:50"/>'
    data = document(annotations + defined(context(XY, more=stamp)) + TRACE + "1 2,3 5</trace>")
    (sample,) = inkml.read(data, "x")
    assert (sample.writer, sample.text, sample.sitting) == ("w1", "two words", "2024-11-17T14:25:50")
    assert sample.origin == "unknown"


def test_annotations_of_groups_count_only_where_there_is_one():
    group = '<traceGroup><annotation type="truth">{}</annotation><trace>1 2,3 5</trace></traceGroup>'
    assert inkml.read(document(group.format("a")), "x")[0].text == "a"
    assert inkml.read(document(group.format("a") + group.format("b")), "x")[0].text is None


def test_views_of_traces_are_no_second_ink():
    ink = ink_of("<trace xml:id='t'>1 2,3 5</trace><traceView><traceView traceDataRef='#t'/></traceView>")
    assert len(ink) == 2


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "no ink"),
        ("<trace/>", "no ink"),
        ("<trace>?</trace>", "1 values, expected 2"),
        ("<trace> T, F</trace>", "channel of numbers"),
        ("<trace>1 2,nan 5</trace>", "no value"),
        ("<trace>1 2,1e999 5</trace>", "not a finite"),
        (f"<traceFormat>{XY + channel('F')}</traceFormat><trace>1 2 3,4 5 1e999</trace>", "not a finite"),
        ("<trace>1 2 3,3 4 5</trace>", "more than 2 values|3 values"),
        ("<trace contextRef='#gone'>1 2,3 5</trace>", "#gone"),
        (f"<traceFormat>{channel('X')}</traceFormat><trace>1,2</trace>", "without X and Y"),
        ("<trace timeOffset='soon'>1 2,3 5</trace>", "timeOffset"),
    ],
)
def test_what_cannot_be_read_says_why(body, message):
    with pytest.raises(UnreadableFileError, match=message) as caught:
        ink_of(body)
    assert str(caught.value).startswith("x.inkml: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        "<trace>1 2,1e10 5</trace>",
        defined('<context xml:id="c" contextRef="#d"/>', '<context xml:id="d" contextRef="#c"/>')
        + TRACE
        + "1 2,3 5</trace>",
        f"<traceFormat>{XY + channel('B') * 100}</traceFormat><trace>1 2,3 5</trace>",
        "<traceGroup>" * 100 + "<trace>1 2,3 5</trace>" + "</traceGroup>" * 100,
    ],
    ids=["far away", "circle", "channels", "deep"],
)
def test_hostile_documents_are_refused(body):
    with pytest.raises(HostileFileError, match=r"^x\.inkml: "):
        ink_of(body)


def test_number_of_points_is_bounded(monkeypatch):
    monkeypatch.setattr(building, "MAX_POINTS", 5)
    with pytest.raises(HostileFileError, match="more than 5 points"):
        ink_of("<trace>1 2,3 5,4 4</trace>" * 2)


def test_number_of_strokes_is_bounded(monkeypatch):
    monkeypatch.setattr(building, "MAX_STROKES", 5)
    with pytest.raises(HostileFileError, match="more than 5 strokes"):
        ink_of("<trace>1 2,3 5</trace>" * 6)


def test_too_many_points_are_refused_before_they_are_taken_apart(monkeypatch):
    monkeypatch.setattr(building, "MAX_POINTS", 5)
    with pytest.raises(HostileFileError, match="more than 5 points"):
        inkml.read(b"<ink><trace>1 2,3 5,4 4,1 2,3 5,4 4,1 2", "x.inkml")


@pytest.mark.parametrize("trace", ["<trace>1 2,3 5,4 4</trace>", "<trace>1 2,'2'3,1 1</trace>"])
def test_number_of_values_is_bounded(trace, monkeypatch):
    monkeypatch.setattr(building, "MAX_VALUES", 10)
    assert len(ink_of(trace)) == 3
    with pytest.raises(HostileFileError, match="more than 10 values"):
        ink_of(trace * 2)


DEFINED = (
    "<definitions><traceGroup xml:id='g'><trace xml:id='a'>1 2,3 5</trace><trace xml:id='b'>4 4,6 6</trace>"
    "</traceGroup><trace xml:id='c'>7 7,8 9</trace></definitions>"
)


@pytest.mark.parametrize(
    ("views", "x", "left"),
    [
        ("<traceView><traceView traceDataRef='#c'/><traceView traceDataRef='#g'/></traceView>", [7, 8, 1, 3, 4, 6], 0),
        ("<traceView traceDataRef='#b'/><traceView traceDataRef='#b'/>", [4, 6], 2),
        ("<traceGroup><traceView traceDataRef='#g'/></traceGroup><trace>0 0,2 2</trace>", [1, 3, 4, 6, 0, 2], 1),
    ],
    ids=["all in their order", "one named twice", "a group beside a trace"],
)
def test_traces_in_definitions_are_ink_where_views_name_them(views, x, left):
    ink = ink_of(DEFINED + views)
    assert ink.xy[:, 0].tolist() == x
    assert ink.notes["traces inside definitions, read where views name them"] == 3 - left
    assert ink.notes.get("traces inside definitions, not read", 0) == left


def test_a_trace_in_definitions_has_the_channels_and_the_brush_of_its_group():
    brush = "<brush xml:id='e'><brushProperty name='eraser' value='true'/></brush>"
    groups = (
        "<traceGroup xml:id='g' contextRef='#c'><trace>1 2 9,3 5 9</trace></traceGroup>"
        "<traceGroup xml:id='h' brushRef='#e'><trace>1 2,3 5</trace></traceGroup>"
    )
    body = defined(context(channel("Y") + channel("X") + channel("Z")), brush, groups)
    ink = ink_of(body + "<traceView traceDataRef='#g'/><traceView traceDataRef='#h'/>")
    np.testing.assert_array_equal(ink.xy, [[2, 1], [5, 3]])
    assert ink.notes["strokes of the eraser, left out"] == 1


def test_a_view_of_a_part_of_a_trace_is_refused():
    with pytest.raises(UnreadableFileError, match="a view shows a part of 'a'"):
        ink_of(DEFINED + "<traceView traceDataRef='#a' from='2'/>")


def test_traces_in_definitions_that_no_view_names_are_told():
    with pytest.raises(UnreadableFileError, match=r"its traces stand in definitions, .* no traceView names them"):
        ink_of(DEFINED)


def origin(body: str) -> str:
    (sample,) = inkml.read(document(body + "<trace>1 2,3 5</trace>"), "x.inkml")
    return sample.origin


@pytest.mark.parametrize("word", ["generated", "Generated", "GENERATED", " generated\n", "generated by a model"])
@pytest.mark.parametrize("kind", ["forgery_kit:origin", "Forgery_Kit:Origin ", "origin"])
def test_generated_ink_is_known_in_any_spelling_of_the_mark(kind, word):
    assert origin(f"<annotation type='{kind}'>{word}</annotation>") == "generated"


@pytest.mark.parametrize(
    "body",
    [
        "<traceGroup><annotation type='forgery_kit:origin'>generated</annotation><trace>1 2,3 5</trace></traceGroup>"
        * 2,
        "<annotation type='origin'>genuine</annotation><annotation type='origin'>generated</annotation>",
        "<annotation type='synthetic'>true</annotation>",
        "<definitions><inkSource description='Generator of handwriting'/></definitions>",
        "<annotation type='device'>generator of handwriting (no device)</annotation>",
    ],
    ids=["in groups", "beside genuine", "synthetic", "device that no trace refers to", "device as annotation"],
)
def test_one_word_that_ink_was_generated_is_enough(body):
    assert origin(body) == "generated"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<annotation type='origin'>Genuine</annotation>", "genuine"),
        ("<annotation type='origin'>a desk in Ghent</annotation>", "unknown"),
        ("<annotation type='truth'>generated</annotation>", "unknown"),
        ("<annotation type='generated'>2012-03-04</annotation>", "unknown"),
        ("<annotation type='synthetic'>no</annotation>", "unknown"),
    ],
)
def test_other_words_do_not_make_ink_generated(body, expected):
    assert origin(body) == expected


@pytest.mark.parametrize("altitude", ["120", "-30", "400"])
def test_an_altitude_beyond_upright_or_below_the_surface_is_none_and_its_azimuth_neither(altitude):
    body = defined(context(XY + channel("OA") + channel("OE"))) + TRACE
    ink = ink_of(body + f"1 2 10 60,3 5 20 {altitude}</trace>")
    assert ink.channels == ("x", "y")
    assert ink.notes["altitude lies outside its range, pen angles counted as missing"] == 1


def test_a_tilt_beyond_the_surface_is_none():
    ink = ink_of(defined(context(XY + channel("OTx") + channel("OTy"))) + TRACE + "1 2 10 120,3 5 20 30</trace>")
    assert ink.channels == ("x", "y")
    assert ink.notes["tilt lies outside its range, counted as missing"] == 1
