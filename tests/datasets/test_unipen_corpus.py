"""UNIPEN's own ways: who wrote what, ink that several files name, what the release lacks; no name gets out."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from datasets.corpora import unipen
from datasets.corpora.unipen import ARCHIVE, Unipen, two_device_people
from datasets.errors import UnreadableFileError

HEADER = b".X_POINTS_PER_INCH 254\n.Y_POINTS_PER_INCH 254\n.POINTS_PER_SECOND 100\n.COORD X Y\n"


def strokes(count: int, writer: str = "Doe") -> bytes:
    """Ink of ``count`` pen-downs of three points, an empty pen-up behind each: component i starts at x = 10 i."""
    rows = "".join(f".PEN_DOWN\n{10 * i} 5\n{10 * i + 1} 6\n{10 * i + 2} 9\n.PEN_UP\n" for i in range(count))
    return f".WRITER_ID {writer}\n{rows}".encode()


def segments(*found: str, include: tuple[str, ...] = ("abc/abc.doc", "abc/ink.dat")) -> bytes:
    lines = [f".INCLUDE {target}" for target in include] + [f".SEGMENT {segment}" for segment in found]
    return "\n".join([".VERSION 1.0", *lines, ""]).encode()


def one(ink: bytes, *found: str, header: bytes = HEADER, donor: str = "abc") -> dict[str, bytes]:
    """A donor with one recording and one file of words."""
    targets = (f"{donor}/{donor}.doc", f"{donor}/ink.dat")
    return {
        f"data/6/{donor}/ink.dat": segments(*found, include=targets),
        f"include/{donor}/{donor}.doc": header,
        f"include/{donor}/ink.dat": ink,
    }


def release(root: Path, files: dict[str, bytes]) -> Path:
    """The files as an extracted corpus."""
    (root / "include").mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def pack(root: Path, files: dict[str, bytes]) -> Path:
    """The files as the corpus's archive."""
    root.mkdir(parents=True, exist_ok=True)
    with tarfile.open(root / ARCHIVE, "w:xz") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return root


#: A text and words over the same ink, two donors of the same people, a lexicon, and files of no category.
FILES = {
    **one(strokes(4, "Jane Doe_1"), 'WORD 0 OK "one"', 'WORD 1-2 OK "two"', 'WORD 3 ? "three"', donor="ced"),
    "data/8/ced/ink.dat": segments('TEXT 0-2 OK "one two"', include=("ced/ced.doc", "ced/all.lex", "ced/ink.dat")),
    **one(strokes(2, " JANE DOE "), 'WORD 0-1 OK "say \\"a\\""', donor="cee"),
    **one(strokes(2, "Adam"), 'WORD 0-1 OK "Adam\'s"', 'CHARACTER 0 OK "A"', donor="abc"),
    "data/README": b"words",
    "CDROM-README": b".PEN_DOWN\n1 2\n",
}


@pytest.fixture
def corpus(tmp_path: Path) -> Unipen:
    return Unipen(release(tmp_path / "unipen", FILES).parent)


def test_texts_are_kept_and_words_of_the_same_ink_left_out(corpus: Unipen) -> None:
    assert [(s.writer, s.device, s.line, s.form, s.text) for s in corpus.samples] == [
        ("abc-001", "abc", "word", "file-00001", "Adam's"),
        ("ced-001", "ced", "text", "file-00002", "one two"),
        ("ced-001", "ced", "word", "file-00003", "three"),
        ("ced-001", "cee", "word", "file-00004", 'say "a"'),
    ]
    assert [s.ink.xy[0].tolist() for s in corpus.samples] == [[0, -5], [0, -5], [30, -5], [0, -5]]
    expected = {"ink files": 4, "segments whose ink is in another": 2, "samples": 4, "people": 2, "donors": 3}
    assert {name: corpus.counts[name] for name in expected} == expected
    assert corpus.info()["points"] == 6 + 9 + 3 + 6
    assert corpus.missing == {}


def test_names_of_people_and_their_files_are_nowhere(corpus: Unipen) -> None:
    for sample in corpus.samples:
        fields = [sample.writer, sample.form, sample.file, sample.sitting, sample.device, *sample.ink.notes]
        assert not any("doe" in str(field).lower() or "ink.dat" in str(field) for field in fields)
        assert (sample.origin, sample.format, sample.split) == ("genuine", "unipen", None)


def test_an_archive_and_a_cache_give_what_the_folder_gives(
    corpus: Unipen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = pack(tmp_path / "packed", FILES)
    packed = Unipen(root, tmp_path / "cache")
    assert (packed.samples, packed.counts) == (corpus.samples, corpus.counts)
    monkeypatch.setattr(Unipen, "_parse", lambda *_: pytest.fail("the cache was not used"))
    cached = Unipen(root, tmp_path / "cache")
    assert (cached.samples, cached.info()) == (corpus.samples, corpus.info())


def test_the_cache_keeps_what_was_parsed_where_values_are_no_round_numbers(tmp_path: Path) -> None:
    header = HEADER.replace(b"Y_POINTS_PER_INCH 254", b"Y_POINTS_PER_INCH 300").replace(b"COORD X Y", b"COORD X Y P")
    ink = b".PEN_DOWN\n0 1 7\n1.25 2 8\n3 3 9\n.PEN_DOWN\n5 5 5\n"
    root = pack(tmp_path, one(ink, 'WORD 0-1 OK "x"', header=header.replace(b"SECOND 100", b"SECOND 97")))
    parsed, cached = (Unipen(root, tmp_path / "cache").samples[0].ink for _ in range(2))
    assert parsed.channels == cached.channels == ("x", "y", "t")
    np.testing.assert_allclose(parsed.points, cached.points, rtol=0, atol=1e-12)
    np.testing.assert_allclose(parsed.xy[:, 1], [-0.85, -1.69, -2.54, -4.23])
    assert dict(parsed.notes) == dict(cached.notes)


def test_people_on_two_devices_are_found_over_their_donors(tmp_path: Path) -> None:
    files: dict[str, bytes] = {}
    for donor, writer in (("apb", "Eve_2"), ("apd", "eve"), ("ape", "Max")):
        files |= one(strokes(1, writer), 'WORD 0 OK "x"', donor=donor)
    corpus = Unipen(release(tmp_path, files))
    assert {(s.writer, s.device) for s in corpus.samples} == {
        ("apb-001", "apb"),
        ("apb-001", "apd"),
        ("apb-002", "ape"),
    }
    assert two_device_people(corpus.samples) == {"apb-001"}


def test_masked_and_empty_pen_downs_are_numbered_as_the_reader_numbers_them(tmp_path: Path) -> None:
    ink = b".PEN_DOWN\n0 0\n.PEN_DOWN\n.PEN_UP\n" + strokes(1) + b".PEN_DOWN\n7 7\n"
    words = ('WORD 0 OK "held out"', 'WORD 1 OK "here"', 'WORD 2 OK "dot"', 'WORD 2-9 OK "none"')
    corpus = Unipen(release(tmp_path, one(ink, *words)))
    assert [s.text for s in corpus.samples] == ["here"]
    assert corpus.counts["segments masked or empty"] == 2
    assert corpus.counts["segments beyond the ink"] == 1


def test_time_is_read_as_the_reader_reads_it(tmp_path: Path) -> None:
    rows = "".join(f"{i} {i % 5} {10_000 * i}\n" for i in range(1, 9)).encode()
    micro = one(b".PEN_DOWN\n" + rows, 'WORD 0 OK "x"', header=HEADER.replace(b"COORD X Y", b"COORD X Y T"))
    paused = one(strokes(1) + b".DT 500\n" + strokes(1), 'WORD 0-1 OK "x"', donor="def")
    wrong = one(strokes(1), 'WORD 0 OK "x"', header=HEADER.replace(b"SECOND 100", b"SECOND 9600"), donor="ghi")
    inks = {s.device: s.ink for s in Unipen(release(tmp_path, {**micro, **paused, **wrong})).samples}
    np.testing.assert_allclose(inks["abc"].points[:, 2], np.arange(8) / 100)
    np.testing.assert_allclose(inks["def"].points[:, 2], [0, 0.01, 0.02, 0.52, 0.53, 0.54])
    assert [inks[donor].time_source for donor in ("abc", "def", "ghi")] == ["recorded", "constant rate", None]


def test_a_sign_for_ligatures_is_no_letter(tmp_path: Path) -> None:
    files = {d: one(strokes(1), 'WORD 0 OK "a\\@t@"', donor=d) for d in ("kai", "abc")}
    corpus = Unipen(release(tmp_path, {**files["kai"], **files["abc"]}))
    assert {s.device: s.text for s in corpus.samples} == {"kai": "at", "abc": "a@t@"}


def test_files_whose_ink_has_a_gap_are_left_out_and_what_is_missing_is_named(tmp_path: Path) -> None:
    gap = segments('WORD 0 OK "wrong"', include=("abc/abc.doc", "abc/none.dat", "abc/ink.dat"))
    corpus = Unipen(release(tmp_path, {**one(strokes(2), 'WORD 1 OK "x"'), "data/7/abc/gap.dat": gap}))
    assert [s.text for s in corpus.samples] == ["x"]
    assert (corpus.counts["included files missing"], corpus.counts["files without ink"]) == (1, 1)
    assert corpus.info()["missing: file 1"] == "abc/none.dat"


def test_ink_without_its_header_has_neither_scale_nor_time(tmp_path: Path) -> None:
    files = one(b".INCLUDE abc/lost.doc\n" + strokes(1), 'WORD 0 OK "x"', header=b"")
    corpus = Unipen(release(tmp_path, files))
    (sample,) = corpus.samples
    assert (sample.ink.channels, sample.ink.mm_per_unit) == (("x", "y"), None)
    assert (corpus.counts["files without header"], corpus.missing) == (1, {"file 1": "abc/lost.doc"})


def test_the_same_ink_is_one_recording_wherever_its_header_stands(tmp_path: Path) -> None:
    behind = segments('WORD 0-1 OK "whole"', include=("abc/ink.dat", "abc/abc.doc"))
    corpus = Unipen(release(tmp_path, {**one(strokes(2), 'WORD 1 OK "x"'), "data/7/abc/other.dat": behind}))
    assert [s.text for s in corpus.samples] == ["whole"]
    assert corpus.counts["segments whose ink is in another"] == 1


def test_ink_beside_the_segments_is_read_too(tmp_path: Path) -> None:
    own = {f"data/6/abc/{i}.dat": segments('WORD 0 OK "x"', include=()) + strokes(i, f"w{i}") for i in (1, 2)}
    corpus = Unipen(release(tmp_path, own))
    assert [(s.writer, len(s.ink)) for s in corpus.samples] == [("abc-001", 3), ("abc-002", 3)]


@pytest.mark.parametrize(
    "files",
    [
        {"data/6/bad/a.dat": segments('WORD 5-1 OK "backwards"')},
        {
            "data/6/bad/a.dat": segments('WORD 0 OK "x"', include=("bad/ink.dat",)),
            "include/bad/ink.dat": b".PEN_DOWN\nx\n",
        },
        {"data/6/bad/a.dat": segments(include=("bad/a",)), "include/bad/a": b".INCLUDE bad/a\n"},
    ],
)
def test_a_file_that_cannot_be_read_costs_only_itself(tmp_path: Path, files: dict[str, bytes]) -> None:
    corpus = Unipen(release(tmp_path, {**one(strokes(1), 'WORD 0 OK "x"'), **files}))
    assert [s.text for s in corpus.samples] == ["x"]
    assert corpus.counts["files that cannot be read"] == 1


def test_includes_are_looked_up_in_the_corpus_only(tmp_path: Path) -> None:
    (tmp_path / "secret.dat").write_bytes(strokes(1))
    files = {"data/6/abc/a.dat": segments('WORD 0 OK "x"', include=("../../secret.dat", "/etc/passwd"))}
    corpus = Unipen(release(tmp_path / "unipen", {**one(strokes(1), 'WORD 0 OK "x"', donor="def"), **files}))
    assert {s.device for s in corpus.samples} == {"def"}
    assert corpus.counts["included files missing"] == 2


def test_a_segment_that_cannot_be_read_is_counted(tmp_path: Path) -> None:
    corpus = Unipen(release(tmp_path, one(strokes(1) + b".PEN_DOWN\n1 1\n3e9 1\n", 'WORD 0 OK "a"', 'WORD 1 OK "b"')))
    assert [s.text for s in corpus.samples] == ["a"]
    assert corpus.counts["segments that cannot be read"] == 1


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    pack(tmp_path, FILES)
    (tmp_path / ARCHIVE).write_bytes((tmp_path / ARCHIVE).read_bytes()[:200])
    with pytest.raises(UnreadableFileError, match=ARCHIVE):
        Unipen(tmp_path)


def test_every_donor_with_a_partner_is_merged_into_it() -> None:
    assert set(unipen.SAME_PEOPLE.values()).isdisjoint(unipen.SAME_PEOPLE)
