"""IAM-OnDB files: what a line and a form hold, and what damage is told rather than repaired."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import numpy as np
import pytest

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.readers import building, iam_ondb

LINE = b"""<?xml version="1.0" encoding="ISO-8859-1"?>
<WhiteboardCaptureSession>
  <WhiteboardDescription><SensorLocation corner="top_left"/></WhiteboardDescription>
  <StrokeSet>
    <Stroke colour="black" start_time="769.05" end_time="769.08">
      <Point x="1073" y="1058" time="769.05"/>
      <Point x="1072" y="1085" time="769.07"/>
      <Point x="1066" y="1117" time="769.08"/>
    </Stroke>
    <Stroke colour="black" start_time="770.00" end_time="770.00"/>
    <Stroke colour="black" start_time="771.10" end_time="771.10">
      <Point x="1200" y="1060" time="771.10"/>
    </Stroke>
  </StrokeSet>
</WhiteboardCaptureSession>
"""

HEADER = b"""<General><Form id="a01-000x" writerID="10026" saveTime="1"/>
<CaptureTime time="15:21:25.624" year="2004" month="10" dayOfMonth="5" dayOfWeek="2"/></General>
<Transcription><TextLine id="1" text="He said &amp;quot;no&amp;quot;"/><TextLine id="2" text="twice."/></Transcription>
"""


def test_line_has_positions_and_seconds_from_the_first_point():
    (sample,) = iam_ondb.read(LINE, "line.xml")
    assert sample.ink.channels == ("x", "y", "t")
    np.testing.assert_array_equal(
        sample.ink.points, [[1073, 1058, 0], [1072, 1085, 0.02], [1066, 1117, 0.03], [1200, 1060, 2.05]]
    )
    assert sample.ink.stroke_ends.tolist() == [3, 4]
    assert sample.ink.pen_down.all()
    assert sample.ink.time_source == "recorded"
    assert sample.ink.mm_per_unit is None
    assert sample.ink.notes == {"empty strokes": 1, "one-point strokes": 1}
    assert sample.writer is None


def test_form_states_writer_text_form_and_time_of_capture():
    (sample,) = iam_ondb.read(LINE.replace(b"<StrokeSet>", HEADER + b"<StrokeSet>"), "form.xml")
    assert (sample.writer, sample.form, sample.sitting) == ("10026", "a01-000x", "2004-10-05T15:21:25.624")
    assert sample.text == 'He said "no"\ntwice.'


def test_points_without_time_are_ink_without_time():
    stroke = b"<Stroke><Point x='1' y='2'/><Point x='2' y='3'/></Stroke>"
    (sample,) = iam_ondb.read(b"<WhiteboardCaptureSession>" + stroke + b"</WhiteboardCaptureSession>", "x.xml")
    assert sample.ink.channels == ("x", "y")


def test_a_file_cut_off_anywhere_is_unreadable():
    for end in range(200, len(LINE) - 5, 37):
        with pytest.raises(UnreadableFileError, match=r"^cut\.xml: "):
            iam_ondb.read(LINE[:end], "cut.xml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b'x="1072"', b'x="ten"', "missing or not a number"),
        (b'x="1072"', b"", "missing or not a number"),
        (b'x="1072"', b'x="nan"', "not a finite number"),
        (b'y="1085"', b'y="inf"', "not a finite number"),
        (b'time="769.07"', b'time="1e999"', "not a finite number"),
        (b"<StrokeSet>", b'<StrokeSet><Point x="1" y="1" time="1"/>', "outside any stroke"),
    ],
)
def test_values_that_are_none_are_told(old, new, message):
    with pytest.raises(UnreadableFileError, match=message):
        iam_ondb.read(LINE.replace(old, new), "x.xml")


def test_far_away_coordinates_are_refused():
    with pytest.raises(HostileFileError, match="larger than"):
        iam_ondb.read(LINE.replace(b'x="1072"', b'x="1e12"'), "x.xml")


def test_form_whose_ink_was_left_out_says_so():
    with pytest.raises(UnreadableFileError, match="no ink"):
        iam_ondb.read(b"<WhiteboardCaptureSession><StrokeSet></StrokeSet></WhiteboardCaptureSession>", "x.xml")


def test_number_of_points_is_bounded(monkeypatch):
    monkeypatch.setattr(building, "MAX_POINTS", 3)
    with pytest.raises(HostileFileError, match="more than 3 points"):
        iam_ondb.read(LINE, "x.xml")


def _members(archive: str, count: int):
    root = os.environ.get("FORGERY_KIT_DATA")
    path = Path(root or "") / "iam-ondb" / archive
    if not root or not path.is_file():
        pytest.skip("FORGERY_KIT_DATA does not lead to IAM-OnDB")
    with tarfile.open(path, "r|xz") as stream:
        files = (m for m in stream if m.isfile())
        for _, member in zip(range(count), files, strict=False):
            yield member.name, stream.extractfile(member).read()


def test_real_lines_have_the_points_that_the_file_writes():
    for name, data in _members("lineStrokes-all.tar.xz", 30):
        assert iam_ondb.looks_like(data)
        (sample,) = iam_ondb.read(data, name)
        assert len(sample.ink) == data.count(b"<Point ")
        assert len(sample.ink.stroke_ends) == data.count(b"<Stroke ")


def test_real_forms_have_their_writer_where_the_header_has_one():
    for name, data in _members("original-examples.tar.xz", 10):
        (sample,) = iam_ondb.read(data, name)
        assert (sample.writer is not None) == (b"writerID" in data)
        assert len(sample.ink) == data.count(b"<Point ")
