"""UNIPEN: components are numbered as its segments count them, and nothing is guessed or read from elsewhere."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.readers.unipen import document as unipen
from datasets.readers.unipen.components import parse_unipen
from datasets.readers.unipen.segments import Span, parse_segment

HEADER = """.VERSION 1.0
.DATA_SOURCE Somewhere
.DATA_ID abc
.X_POINTS_PER_INCH 254
.Y_POINTS_PER_INCH 254
.POINTS_PER_SECOND 100
.COORD X Y
.HIERARCHY WORD
.WRITER_ID w1
"""

#: Component 0: a masked pen-down; the empty pen-up and pen-down have no number; 1 is ink; 2 is hover; 3 is ink.
INK = """.PEN_DOWN
0 0
.PEN_UP
.PEN_DOWN
.PEN_UP
.PEN_DOWN
10 100
11 101
12 103
.PEN_UP
13 104
14 105
.PEN_DOWN
15 104
16 102
"""


def parse(text: str):
    return parse_unipen(text, "f.dat", lambda target: None)


def read(text: str, folder: Path | None = None):
    return unipen.read(text.encode(), "f.dat", folder)


def test_only_components_with_a_coordinate_have_a_number():
    document = parse(HEADER + INK)
    assert [(c.number, c.pen_down, len(c.points), c.masked) for c in document.components] == [
        (0, True, 1, True),
        (1, True, 3, False),
        (2, False, 2, False),
        (3, True, 2, False),
    ]
    assert document.notes == {"empty pen-downs": 1}


def test_a_segment_gets_its_own_ink_with_y_down_scale_and_counted_time():
    (sample,) = read(HEADER + INK + '.SEGMENT WORD 1-3 OK "a \\"b\\""\n')
    ink = sample.ink
    assert (sample.text, sample.writer, sample.device) == ('a "b"', "w1", "UNIPEN abc")
    assert ink.channels == ("x", "y", "t")
    assert ink.time_source == "constant rate"
    assert ink.mm_per_unit == pytest.approx(0.1)
    assert ink.pen_down.tolist() == [True, False, True]
    np.testing.assert_allclose(ink.channel("y"), [-100, -101, -103, -104, -105, -104, -102])
    np.testing.assert_allclose(ink.channel("t"), np.arange(7) / 100)
    assert "pen lifts of unknown duration, counted as one step" not in ink.notes
    assert ink.notes["whole file: masked pen-downs (held-out ink), left out"] == 1


def test_pen_lifts_without_hover_are_counted_and_stated_pauses_are_used():
    ink = "".join(f"{pause}.PEN_DOWN\n{x} 5\n{x + 1} 6\n.PEN_UP\n" for x, pause in ((1, ""), (5, ""), (9, ".DT 500\n")))
    (sample,) = read(HEADER + ink)
    np.testing.assert_allclose(sample.ink.channel("t"), [0, 0.01, 0.02, 0.03, 0.53, 0.54])
    assert sample.ink.notes["pen lifts of unknown duration, counted as one step"] == 1


def test_a_file_without_segments_is_one_sample_without_the_masked_ink():
    (sample,) = read(HEADER + INK)
    assert len(sample.ink) == 7
    assert sample.text is None


def test_the_highest_level_with_segments_is_read():
    header = HEADER.replace("HIERARCHY WORD", "HIERARCHY PAGE TEXT WORD")
    segments = '.SEGMENT WORD 1 OK "a"\n.SEGMENT WORD 3 OK "b"\n.SEGMENT TEXT 1-3 ? "a b"\n'
    assert [s.text for s in read(header + INK + segments)] == ["a b"]


@pytest.mark.parametrize("level", ["WORD", "PAGE"])
def test_pen_downs_in_no_segment_are_the_last_sample(level):
    header = HEADER.replace("HIERARCHY WORD", "HIERARCHY PAGE WORD")
    segments = f'.SEGMENT {level} 1:0-1:1 OK "a"\n.SEGMENT WORD 1 OK "a"\n' if level == "PAGE" else ""
    first, last = read(header + INK + (segments or '.SEGMENT WORD 1:0-1:1 OK "a"\n'))
    assert first.ink.xy.tolist() == [[10, -100], [11, -101]]
    assert last.ink.xy.tolist() == [[12, -103], [15, -104], [16, -102]]
    assert (last.text, last.line) == (None, None)
    assert first.ink.notes["whole file: pen-downs in no segment, read as the last sample"] == 2


@pytest.mark.parametrize("rate", ["9600", "10", "?", ""])
def test_a_rate_that_no_tablet_has_is_unknown(rate):
    (sample,) = read(HEADER.replace("SECOND 100", f"SECOND {rate}") + INK)
    assert sample.ink.channels == ("x", "y")
    assert sample.ink.time_source is None


def test_different_resolutions_are_brought_to_that_of_x():
    (sample,) = read(HEADER.replace("Y_POINTS_PER_INCH 254", "Y_POINTS_PER_INCH 127") + INK)
    assert sample.ink.channel("y")[0] == pytest.approx(-200)
    assert sample.ink.notes["y brought to the resolution of x"] == 1


@pytest.mark.parametrize(("unit", "note"), [(1, 0), (1000, 1)])
def test_recorded_time_counts_milliseconds_or_by_its_rate_microseconds(unit, note):
    rows = "\n".join(f"{x} {x % 7} {(7000 + 10 * x) * unit}" for x in range(20))
    (sample,) = read(HEADER.replace("COORD X Y", "COORD X Y T") + f".PEN_DOWN\n{rows}\n")
    np.testing.assert_allclose(sample.ink.channel("t"), np.arange(20) / 100)
    assert sample.ink.time_source == "recorded"
    assert sample.ink.notes.get("time is in microseconds", 0) == note


def test_recorded_time_that_contradicts_the_rate_is_not_used():
    rows = "\n".join(f"{x} {x % 7} {300 * x}" for x in range(20))
    (sample,) = read(HEADER.replace("COORD X Y", "COORD X Y T") + f".PEN_DOWN\n{rows}\n")
    assert sample.ink.time_source == "constant rate"
    assert sample.ink.notes["recorded time does not fit the stated rate, not used"] == 1


def test_two_points_without_pressure_end_a_stroke_and_begin_the_next():
    rows = "0 0 5\n1 1 50\n2 1 0\n40 1 0\n41 1 100\n42 1 20\n"
    (sample,) = read(HEADER.replace("COORD X Y", "COORD X Y P") + ".PEN_DOWN\n" + rows)
    assert sample.ink.stroke_ends.tolist() == [3, 6]
    np.testing.assert_allclose(sample.ink.channel("pressure"), [0.05, 0.5, 0, 0, 1, 0.2])


def test_a_line_with_an_odd_number_of_values_is_left_out_and_counted():
    document = parse(HEADER + ".PEN_DOWN\n1 2\n3 4 5\n6 7 8 9\n")
    np.testing.assert_array_equal(document.components[0].points, [[1, 2], [6, 7], [8, 9]])
    assert document.notes["lines with an odd number of values, left out"] == 1


@pytest.mark.parametrize("more", ["7", "7 255", "0 0 3"])
def test_more_values_than_channels_are_refused_and_not_taken_for_points(more):
    rows = "".join(f"{100 + x} {200 + x % 3} {more}\n" for x in range(9))
    with pytest.raises(
        UnreadableFileError, match=r"^f\.dat: 9 lines of points hold . values each, and \.COORD names 2"
    ):
        parse(HEADER + ".PEN_DOWN\n" + rows)


def test_several_points_in_a_line_are_read():
    rows = "".join(f"{x} {x % 3} {x + 1} {(x + 1) % 3}\n" for x in range(0, 20, 2))
    (component,) = parse(HEADER + ".PEN_DOWN\n" + rows).components
    np.testing.assert_array_equal(component.points, [[x, x % 3] for x in range(20)])


@pytest.mark.parametrize(
    ("delineation", "spans"),
    [
        ("4", (Span(4, 4),)),
        ("22-27", (Span(22, 27),)),
        ("3:5-4:7", (Span(3, 4, 5, 7),)),
        ("1-3:2", (Span(1, 3, None, 2),)),
        ("2:4-6", (Span(2, 6, 4, None),)),
        ("1,3-4", (Span(1, 1), Span(3, 4))),
    ],
)
def test_delineations(delineation, spans):
    segment = parse_segment(f' WORD {delineation} OK "x"', "f")
    assert segment.spans == spans


@pytest.mark.parametrize("delineation", ["5-4", "a", "1-", "-", "3:5-3:4", "1,,2", "1-2-3", "9999999999"])
def test_delineations_that_mean_nothing_are_refused(delineation):
    with pytest.raises(UnreadableFileError, match=r"f: \.SEGMENT"):
        parse_segment(f' WORD {delineation} OK "x"', "f")


def test_a_segment_that_names_points_is_cut_there_both_ends_included():
    document = parse(HEADER + INK + '.SEGMENT WORD 1:1-3:0 OK "x"\n')
    pieces = document.pieces(document.segments[0])
    assert [p.points[:, 0].tolist() for p in pieces] == [[11, 12], [13, 14], [15]]


def test_a_segment_beyond_the_ink_is_an_error_and_not_less_ink():
    with pytest.raises(UnreadableFileError, match=r"f\.dat: a \.SEGMENT names ink that is not there"):
        read(HEADER + INK + '.SEGMENT WORD 2-9 OK "x"\n')


def test_ink_that_two_segments_name_is_read_once():
    segments = '.SEGMENT WORD 1-2 OK "a"\n.SEGMENT WORD 1-2 OK "a"\n.SEGMENT WORD 1:2-3 OK "b"\n'
    first, second = read(HEADER + INK + segments)
    assert (first.text, first.ink.xy[:, 0].tolist()) == ("a", [10, 11, 12, 13, 14])
    assert (second.text, second.ink.xy[:, 0].tolist()) == ("b", [15, 16])
    assert first.ink.notes["whole file: segments that name ink of an earlier one, read without it"] == 2
    assert first.ink.notes["whole file: segments without ink, left out"] == 1


def test_a_segment_that_overlaps_within_a_component_keeps_the_rest_of_it():
    segments = '.SEGMENT WORD 1:0-1:1 OK "a"\n.SEGMENT WORD 1-3 OK "b"\n'
    first, second = read(HEADER + INK + segments)
    assert first.ink.xy[:, 0].tolist() == [10, 11]
    assert second.ink.xy[:, 0].tolist() == [12, 13, 14, 15, 16]
    assert second.ink.pen_down.tolist() == [True, False, True]


@pytest.mark.parametrize("again", ["w2", "Anna Muster"])
def test_two_writers_in_one_file_are_refused(again):
    with pytest.raises(UnreadableFileError, match=r"WRITER_ID names 2 writers.*file of its own"):
        read(HEADER + INK + f".WRITER_ID {again}\n" + INK)


def test_a_writer_named_twice_or_anew_before_the_ink_is_one():
    assert len(read(HEADER + ".WRITER_ID  w2 \n" + INK + ".WRITER_ID w2\n" + INK)) == 1


def test_points_of_a_pen_out_of_reach_are_left_out():
    strokes = [[(500 + 9 * s + x, 300 + (7 * x) % 20) for x in range(8)] for s in range(4)]
    ink = "".join(".PEN_DOWN\n" + "".join(f"{x} {y}\n" for x, y in [*stroke, (0, 0)]) for stroke in strokes)
    (sample,) = read(HEADER + ink)
    assert sample.ink.xy.tolist() == [[x, -y] for stroke in strokes for x, y in stroke]
    assert sample.ink.notes["points without a position (the pen out of reach), left out"] == 4


@pytest.mark.parametrize(("start", "source"), [(lambda s: 500 * s, "recorded"), (lambda s: 0, "constant rate")])
def test_times_that_start_again_at_every_component_are_not_used(start, source):
    ink = "".join(
        ".PEN_DOWN\n" + "".join(f"{9 * s + x} {x % 5} {start(s) + 10 * x}\n" for x in range(8)) for s in range(4)
    )
    (sample,) = read(HEADER.replace("COORD X Y", "COORD X Y T") + ink)
    assert sample.ink.time_source == source
    assert ("times start again at every stroke, counted as missing" in sample.ink.notes) == (source != "recorded")


def test_times_that_run_backwards_are_refused():
    rows = "".join(f"{x} {x % 5} {1000 - 10 * x}\n" for x in range(8))
    with pytest.raises(UnreadableFileError, match=r"f\.dat: its times run backwards"):
        read(HEADER.replace("COORD X Y", "COORD X Y T") + ".PEN_DOWN\n" + rows)


def test_segments_cannot_repeat_the_ink_without_end():
    ink = ".PEN_DOWN\n" + "1 2\n" * 100_000
    with pytest.raises(HostileFileError, match="repeat"):
        read(HEADER + ink + '.SEGMENT WORD 0 OK "x"\n' * 60)


def test_more_segments_than_a_recording_has_are_refused():
    with pytest.raises(HostileFileError, match="segments"):
        read(HEADER + INK + '.SEGMENT WORD 3 OK "x"\n' * 20_001)


@pytest.mark.parametrize("row", ["1 x", "nan 2", "1 inf", "1e999 2", "0x10 2", "1,2", "1_0 2"])
def test_values_that_are_no_finite_numbers_are_refused(row):
    with pytest.raises(UnreadableFileError, match=r"f\.dat"):
        read(HEADER + f".PEN_DOWN\n{row}\n3 4\n")


@pytest.mark.parametrize("separator", ["\n", " "])
def test_a_component_of_megabytes_is_read_whole(separator):
    count = 200_000
    document = parse(HEADER + ".PEN_DOWN\n" + separator.join(f"{x} {x + 1}" for x in range(count)) + "\n")
    (component,) = document.components
    np.testing.assert_array_equal(component.points, np.arange(count)[:, None] + [0, 1])


def test_more_points_than_a_recording_has_are_refused_even_on_one_line():
    with pytest.raises(HostileFileError, match="points"):
        parse(HEADER + ".PEN_DOWN\n" + "1 2 " * 5_000_001)


def test_coordinates_beyond_any_tablet_are_refused():
    with pytest.raises(HostileFileError, match=r"f\.dat"):
        read(HEADER + ".PEN_DOWN\n1 2\n3 1e300\n")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A corpus of one ink file and one file of segments; returns the folder of the segments."""
    (tmp_path / "include" / "abc").mkdir(parents=True)
    (tmp_path / "data" / "6").mkdir(parents=True)
    (tmp_path / "include" / "abc" / "abc.doc").write_text(HEADER)
    (tmp_path / "include" / "abc" / "ink.dat").write_text(INK)
    (tmp_path / "secret.dat").write_text(INK)
    return tmp_path / "data" / "6"


def test_includes_are_found_in_the_corpus_and_missing_ones_are_counted(corpus):
    text = '.INCLUDE abc/abc.doc\n.INCLUDE abc/none.lex\n.INCLUDE abc/ink.dat\n.SEGMENT WORD 3 OK "x"\n'
    (sample,) = read(text, corpus)
    assert sample.ink.xy.tolist() == [[15, -104], [16, -102]]
    assert sample.ink.notes["whole file: included files that are missing or not read"] == 1
    assert sample.ink.notes["whole file: pen-downs of included files in no segment, not read"] == 1


def test_without_its_folder_the_error_says_what_is_missing():
    with pytest.raises(UnreadableFileError, match=r"abc/ink\.dat"):
        read(".INCLUDE abc/ink.dat\n.COORD X Y\n")


@pytest.mark.parametrize(
    "target", ["../secret.dat", "/etc/passwd", "abc/../../secret.dat", "C:\\x", "..\\secret.dat", ""]
)
def test_includes_cannot_leave_the_corpus(corpus, target):
    with pytest.raises(HostileFileError, match=r"f\.dat: \.INCLUDE"):
        read(f".INCLUDE {target}\n", corpus)


def test_includes_cannot_follow_links(corpus):
    (corpus.parents[1] / "include" / "abc" / "link.dat").symlink_to(corpus.parents[1] / "secret.dat")
    (corpus.parents[1] / "include" / "out").symlink_to(corpus.parents[1])
    for target in ("abc/link.dat", "out/secret.dat"):
        with pytest.raises(HostileFileError, match="link"):
            read(f".INCLUDE {target}\n", corpus)


def test_includes_cannot_loop_or_multiply(corpus):
    include = corpus.parents[1] / "include"
    (include / "a").write_text(".INCLUDE b\n")
    (include / "b").write_text(".INCLUDE a\n")
    with pytest.raises(HostileFileError, match="loop"):
        read(".INCLUDE a\n", corpus)
    for level in range(7):
        (include / f"m{level}").write_text(f".INCLUDE m{level + 1}\n" * 20)
    (include / "m7").write_text(INK)
    with pytest.raises(HostileFileError, match="too many"):
        read(".INCLUDE m0\n", corpus)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "prose about .PEN_DOWN and .COORD\n",
        ".PP\nA manual page.\n",
        "5\n1 2 3 1\n",
        "x,y\n1,2\n",
        ".text\n.globl f\n",
    ],
)
def test_other_texts_are_not_taken_for_unipen(text):
    assert not unipen.looks_like(text.encode())


@given(st.text(alphabet='.PEN_DOWNUSGMTICL 0123456789:-,"\\\n', max_size=200))
def test_any_text_is_read_or_refused_by_name(text):
    try:
        samples = read(HEADER + text)
    except UnreadableFileError as error:
        samples, where = (), error.where
    else:
        where = "f.dat"
    assert where == "f.dat"
    assert all(np.isfinite(sample.ink.xy).all() for sample in samples)


@pytest.fixture(scope="module")
def release(tmp_path_factory) -> Path:
    """Two donors of the release; their ink lies at the beginning of the archive."""
    data = os.environ.get("FORGERY_KIT_DATA")
    archive = Path(data or "") / "unipen" / "train_r01_v07-words-and-text.tar.xz"
    if not data or not archive.is_file():
        pytest.skip("FORGERY_KIT_DATA does not hold the UNIPEN archive")
    root = tmp_path_factory.mktemp("unipen")
    wanted = ("data/6/anj/", "data/6/abm/", "include/anj/", "include/abm/")
    with tarfile.open(archive, "r|xz") as stream:
        for member in stream:
            name = member.name.removeprefix("./")
            if name.startswith(wanted) and member.isfile():
                content = stream.extractfile(member)
                assert content is not None
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_bytes(content.read())
            elif name.startswith("include/apa"):
                break
    return root


def test_every_segment_of_two_real_donors_resolves_to_ink(release):
    """abm has empty pen-downs and hover, anj recorded time: with any other numbering the segments go wrong."""
    letters, widths, sources = [], [], set()
    for path in sorted((release / "data").rglob("*.dat")):
        head = path.read_bytes()
        assert unipen.looks_like(head)
        for sample in unipen.read(head, path.name, path.parent):
            assert sample.text
            sources.add(sample.ink.time_source)
            letters.append(len(sample.text))
            widths.append(np.ptp(sample.ink.xy[:, 0]) * sample.ink.mm_per_unit)
    assert len(letters) > 1000
    assert sources == {"recorded", "constant rate"}
    # Longer words are wider: only where labels and ink belong together.
    assert np.corrcoef(letters, widths)[0, 1] > 0.6
