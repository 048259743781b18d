"""SVC2004 and SUSIG: strokes, directions and scales as their tablets meant them."""

from __future__ import annotations

import io
import os
import re
import tarfile
from pathlib import Path

import numpy as np
import pytest

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.readers import signatures

#: Two components: the first sample of each has button 0 and presses. The last two points hover, barrel button held.
SVC = """9
100 200 1000 0 1310 600 300
101 210 1010 1 1310 600 400
102 220 1020 1 1310 600 500
150 230 1100 0 1310 600 350
151 240 1110 1 1310 600 1023
152 250 1120 3 1310 600 300
153 250 1130 2 1310 600 120
154 255 1140 2 1310 600 0
156 260 1150 2 1310 600 0
"""

SUSIG = """X, Y, TStamp, Pres., EndPts
DataSize: 5
16135 18913 0 43 0
16284 18910 15 46 0
16433 18672 25 255 1
17476 10601 93 66 0
17575 9637 103 57 1
"""


def read(text: str | bytes):
    (sample,) = signatures.read(text if isinstance(text, bytes) else text.encode(), "U1S1")
    return sample


def array(rows: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, rows)
    return stream.getvalue()


def test_svc2004_task_2():
    ink = read(SVC).ink
    assert ink.channels == ("x", "y", "t", "pressure", "altitude", "azimuth")
    assert ink.stroke_ends.tolist() == [3, 7, 9]
    assert ink.pen_down.tolist() == [True, True, False]
    np.testing.assert_allclose(ink.channel("y")[:2], [-200, -210])
    np.testing.assert_allclose(ink.channel("t")[:4], [0, 0.01, 0.02, 0.1])
    np.testing.assert_allclose(ink.channel("pressure")[[0, 4]], [300 / 1023, 1])
    np.testing.assert_allclose(ink.points[0, 4:], np.radians([60, 131]))
    assert ink.mm_per_unit is None
    assert ink.notes["points with a barrel button pressed"] == 4


def test_svc2004_task_1_as_text_and_as_array_are_the_same():
    rows = [line.split()[:4] for line in SVC.splitlines()[1:6]]
    text = "5\r\n" + "".join(" ".join(row) + "\r\n" for row in rows)
    as_text, as_array = read(text).ink, read(array(np.array(rows, dtype=float).T)).ink
    assert as_text == as_array
    assert as_text.channels == ("x", "y", "t")
    assert as_text.stroke_ends.tolist() == [3, 5]


def air(widths: slice, pressure: int = 0) -> str:
    """Two strokes of four points in the layout of SVC2004, with five points in the air between them."""
    rows = [[x, 2 * x, 10 * x, int(not 4 <= x < 9), 1310, 600, pressure if 4 <= x < 9 else 400] for x in range(13)]
    return f"{len(rows)}\n" + "".join(" ".join(map(str, row[widths])) + "\n" for row in rows)


def test_a_path_in_the_air_is_hover_and_no_dots():
    ink = read(air(slice(7))).ink
    assert ink.stroke_ends.tolist() == [4, 9, 13]
    assert ink.pen_down.tolist() == [True, False, True]
    assert ink.notes["points in a row without tip and pressure, read as hover"] == 5
    assert read(air(slice(7), pressure=300)).ink.notes["one-point strokes"] == 4


def test_a_path_in_the_air_that_cannot_be_told_from_dots_is_refused():
    with pytest.raises(UnreadableFileError, match=r"^U1S1: button 0 stands in runs.*pen_down"):
        read(air(slice(4)))


@pytest.mark.parametrize("text", [SVC, SUSIG])
def test_times_in_seconds_are_missing_not_a_thousand_times_too_fast(text):
    seconds = re.sub(r"^(\d+ \d+) (\d+)", lambda m: f"{m[1]} {int(m[2]) / 1000}", text, flags=re.MULTILINE)
    assert seconds != text
    ink = read(seconds).ink
    assert "t" not in ink.channels
    assert any(note.startswith("time fits no unit") for note in ink.notes)


def test_susig_counts_y_downwards_and_ends_strokes_at_endpoints():
    sample = read(SUSIG)
    assert sample.device == "SUSIG visual"
    assert sample.ink.stroke_ends.tolist() == [3, 5]
    np.testing.assert_allclose(sample.ink.channel("y")[:2], [18913, 18910])
    np.testing.assert_allclose(sample.ink.channel("pressure")[:3], [43 / 255, 46 / 255, 1])


def test_a_small_susig_tablet_counts_pressure_to_1023():
    small = re.sub(r"^1(\d\d)\d\d 1?(\d{3,4})", r"\1 \2", SUSIG, flags=re.MULTILINE).replace(" 9637 ", " 963 ")
    small = small.replace(" 8910", " 891").replace(" 8913", " 893").replace(" 8672", " 867")
    sample = read(small.replace(" 255 1", " 1023 1"))
    assert sample.device == "SUSIG blind"
    assert sample.ink.channel("pressure").max() == 1


def test_a_clock_that_jumps_by_an_hour_makes_time_missing():
    ink = read(SUSIG.replace(" 93 ", " 4294967 ").replace(" 103 ", " 4294977 ")).ink
    assert ink.channels == ("x", "y", "pressure")
    assert ink.time_source is None
    assert ink.notes["time jumps by more than 1000 s, counted as missing"] == 1


def test_more_levels_than_the_tablet_of_svc2004_are_relative_to_the_largest():
    ink = read(SVC.replace("1023", "32000")).ink
    np.testing.assert_allclose(ink.channel("pressure")[[0, 4]], [300 / 32000, 1])
    assert ink.notes["pressure is relative to the largest of the file"] == 1


def with_pressure(share) -> str:
    lines = SVC.splitlines()
    return "\n".join([lines[0], *(f"{line.rsplit(' ', 1)[0]} {share(i)}" for i, line in enumerate(lines[1:]))]) + "\n"


def test_pressure_in_fractions_is_not_divided_again():
    ink = read(with_pressure(lambda row: 0 if row > 6 else 0.25 + row / 10)).ink
    np.testing.assert_allclose(ink.channel("pressure")[:3], [0.25, 0.35, 0.45])
    assert ink.notes["pressure in fractions up to 1, taken as it is"] == 1


def test_a_mere_contact_is_no_pressure():
    ink = read(with_pressure(lambda row: int(row < 7))).ink
    assert ink.channels == ("x", "y", "t", "altitude", "azimuth")
    assert ink.notes["pressure says only whether the pen is down, counted as missing"] == 1


def test_an_altitude_beyond_upright_shows_that_the_columns_are_others():
    lines = SVC.splitlines()
    swapped = [" ".join([c[1], c[0], *c[2:4], c[5], c[4], c[6]]) for c in (line.split() for line in lines[1:])]
    with pytest.raises(UnreadableFileError, match=r"^U1S1: an altitude of 131 degrees: its columns are not x, y, t"):
        read("\n".join([lines[0], *swapped]))


def test_angles_that_no_hand_has_are_missing():
    ink = read(SVC.replace(" 1310 600 ", " 131 60 ")).ink
    assert ink.channels == ("x", "y", "t", "pressure")
    assert ink.notes["angles are not in tenths of degrees, counted as missing"] == 1


@pytest.mark.parametrize("text", [SVC.replace(" 3 1310", " 1 1310").replace(" 2 1310", " 1 1310"), SUSIG])
def test_rows_newest_first_are_put_in_the_order_of_their_clock(text):
    head, rows = text.splitlines()[: 1 + text.startswith("X")], text.splitlines()[1 + text.startswith("X") :]
    forwards, backwards = read(text).ink, read("\n".join([*head, *rows[::-1]])).ink
    assert backwards == forwards
    assert backwards.notes["points listed newest first, put in the order of their clock"] == len(rows)


def test_points_of_a_pen_out_of_reach_are_no_ink():
    rows = [(x, 2 * x % 40, 10 * x, int(x % 10 > 0), 1310, 600, 400) for x in range(500, 540)]
    for at in (30, 20, 10):
        rows.insert(at, (0, 0, rows[at - 1][2] + 1, 0, 1310, 600, 0))
    ink = read(f"{len(rows)}\n" + "".join(" ".join(map(str, row)) + "\n" for row in rows)).ink
    assert ink.stroke_ends.tolist() == [10, 20, 30, 40]
    assert ink.channel("x").min() == 500
    assert ink.notes["points without a position (the pen out of reach), left out"] == 3


@pytest.mark.parametrize(
    "broken",
    [
        SVC.replace("9\n", "10\n", 1),
        SVC.replace("9\n", "8\n", 1),
        SVC[:-20],
        SVC.replace("1310 600 300", "1310 600", 1),
        SVC.replace(" 1010 ", " x ", 1),
        SVC.replace(" 1010 ", " nan ", 1),
        SVC.replace("1023", "65536"),
        SVC.replace("1023", "-1"),
        SVC.replace(" 600 ", " 901 ", 1),
        SVC.replace(" 600 ", " -10 ", 1),
        SVC.replace(" 1310 ", " 3601 ", 1),
        SVC.replace(" 1 1310", " 1.5 1310", 1),
        SUSIG.replace("DataSize: 5", "DataSize: 6"),
        SUSIG.replace(" 43 0", " 43"),
        SUSIG.replace(" 255 1", " 256 1"),
        SUSIG.replace("16135", "inf"),
        "0\n1 2 3 1\n",
    ],
)
def test_broken_files_are_refused_by_name(broken):
    with pytest.raises(UnreadableFileError, match=r"^U1S1: "):
        read(broken)


def test_a_count_beyond_the_limits_is_refused_before_the_rows_are_read():
    with pytest.raises(HostileFileError, match=r"^U1S1: "):
        read(SVC.replace("9\n", "999999999\n", 1))


def test_arrays_that_are_no_signature_are_refused_and_pickles_never_loaded():
    good = array(np.ones((4, 5)))
    objects = io.BytesIO()
    np.save(objects, np.array([[{}] * 5] * 4, dtype=object), allow_pickle=True)
    huge = good.replace(b"(4, 5)", b"(4, 5000000)").replace(b" " * 6, b"", 1)
    for broken in (array(np.ones((3, 5))), array(np.ones(4)), good[:-8], good[:40], objects.getvalue(), huge):
        with pytest.raises(UnreadableFileError, match=r"^U1S1: "):
            read(broken)


@pytest.mark.parametrize("text", ["", "5\n", "5\n1 2 3\n", "1 2 3 4\n5 6 7 8\n", "x,y\n1,2\n", "12\nLines of prose\n"])
def test_other_texts_are_not_taken_for_signatures(text):
    assert not signatures.looks_like(text.encode())


def test_real_signatures_of_each_form_are_read():
    data = os.environ.get("FORGERY_KIT_DATA")
    archives = sorted((Path(data or "") / "signatures").glob("*.tar.xz"))
    if not data or not archives:
        pytest.skip("FORGERY_KIT_DATA does not hold the signatures")
    devices = set()
    for archive in archives:
        with tarfile.open(archive, "r|xz") as stream:
            files = (member for member in stream if member.isfile() and not member.name.endswith((".txt", ".m")))
            for _, member in zip(range(60), files, strict=False):
                content = stream.extractfile(member).read()
                assert signatures.looks_like(content[:65536]), member.name
                (sample,) = signatures.read(content, member.name)
                devices.add((sample.device, len(sample.ink.channels)))
                assert 20 < len(sample.ink) < 3000
    assert {("SVC2004", 3), ("SVC2004", 6)} < devices
    assert any(device.startswith("SUSIG") for device, _ in devices)
