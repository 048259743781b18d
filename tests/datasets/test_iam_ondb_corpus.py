"""IAM-OnDB as a corpus, on a few hand-made forms in its real layout: who wrote what, in which split, what is wrong."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from datasets.corpora.iam_ondb import SPLITS, IamOnDb, read_line
from datasets.errors import MissingResourceError, UnreadableFileError

POINTS = ((10, 20, 100.00), (11, 35, 100.01), (13, 22, 100.03))


def line(points: tuple[tuple[float, float, float], ...] = POINTS, more: str = "") -> bytes:
    """A line file as the corpus writes it: one stroke with these points, then ``more``."""
    rows = "".join(f'      <Point x="{x}" y="{y}" time="{t:.2f}"/>\n' for x, y, t in points)
    return (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n<WhiteboardCaptureSession>\n  <WhiteboardDescription>\n'
        '    <SensorLocation corner="top_left"/>\n  </WhiteboardDescription>\n  <StrokeSet>\n'
        f'    <Stroke colour="black" start_time="100.00" end_time="100.03">\n{rows}    </Stroke>\n{more}'
        "  </StrokeSet>\n</WhiteboardCaptureSession>\n\n"
    ).encode("iso-8859-1")


def header(form: str, writer: str, *texts: str) -> bytes:
    """A form file without its ink, as in original-headers.tar.xz."""
    lines = "".join(f'      <TextLine id="{form}-{i:02}" text="{t}"/>\n' for i, t in enumerate(texts, 1))
    return (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n<WhiteboardCaptureSession>\n  <General>\n'
        f'    <Form id="{form}" writerID="{writer}" saveTime="1"/>\n'
        '    <CaptureTime time="15:21:25.624" year="2004" month="10" dayOfMonth="5" dayOfWeek="2"/>\n  </General>\n'
        f"  <Transcription>\n    <Text>no matter</Text>\n{lines}  </Transcription>\n"
        "  <StrokeSet>\n  </StrokeSet>\n</WhiteboardCaptureSession>\n"
    ).encode("iso-8859-1")


LINES = {
    "a01/a01-000/a01-000u-01.xml": line(),
    "a01/a01-000/a01-000u-02.xml": line(more='    <Stroke colour="black">\n    </Stroke>\n'),
    "a01/a01-001/a01-001w-01.xml": line(((0, 0, 5.0), (1, 9, 5.02), (1, 9, 5.02), (2, 3, 5.03))),
    "a02/a02-004/a02-004-01.xml": line(),
    "b01/b01-009/b01-009z-01.xml": line(),
    "b01/b01-009/b01-009z-02.xml": line(),
    "z01/z01-000/z01-000z-07.xml": line(),
    "z01/z01-000/z01-000z-08.xml": line()[:-60],
}
HEADERS = {
    "a01/a01-000/strokesu.xml": header("a01-000u", "10026", "He said &amp;quot;no&amp;quot;", "caf\xe9 at 5 %"),
    # The id inside is of another form, as in nine files of the corpus.
    "a01/a01-001/strokesw.xml": header("a01-000u", "10027", "other words"),
    # One text for two lines.
    "b01/b01-009/strokesz.xml": header("b01-009z", "10026", "both lines in one"),
}
TEXTS = {
    "a01/a01-000/a01-000u.txt": b"OCR:\r\n\r\nwrong\r\n\r\nCSR:\r\n\r\nwrong\r\nwrong\r\n",
    "a02/a02-004/a02-004.txt": b"OCR:\r\n\r\nnot this\r\n\r\nCSR:\r\n\r\nfrom the CSR block\r\n\r\n",
    "z01/z01-000/z01-000z.txt": b"OCR:\n\nx\n\nCSR:\n\nonly one\n",
}
PARTS = {"trainset": " a01-000u\n b01-009z\n", "testset_t": " a01-001w\n", "testset_v": "", "testset_f": " a02-004\n"}
SOURCES = {
    "lineStrokes": ("lineStrokes-all", LINES),
    "original": ("original-headers", HEADERS),
    "ascii": ("ascii-all", TEXTS),
}


def lists(root: Path) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    for split, forms in PARTS.items():
        (root / f"{split}.txt").write_text(forms)
    return root


def pack(path: Path, folder: str, files: dict[str, bytes]) -> None:
    """An archive with its folders as entries of their own, as the corpus has them."""
    with tarfile.open(path, "w:xz") as tar:
        top = tarfile.TarInfo(folder)
        top.type = tarfile.DIRTYPE
        tar.addfile(top)
        for name, data in files.items():
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))


def archives(root: Path, **changed: dict[str, bytes]) -> Path:
    """The corpus as archives; ``changed`` replaces the files of a source."""
    lists(root)
    for folder, (name, files) in SOURCES.items():
        pack(root / f"{name}.tar.xz", folder, changed.get(folder, files))
    return root


def folders(root: Path, **changed: dict[str, bytes]) -> Path:
    """The corpus as extracted folders."""
    lists(root)
    for folder, (_, files) in SOURCES.items():
        for name, data in changed.get(folder, files).items():
            path = root / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return root


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> IamOnDb:
    return IamOnDb(archives(tmp_path_factory.mktemp("data") / "iam-ondb").parent)


def test_a_line_has_the_writer_text_form_and_split_of_its_form(corpus: IamOnDb) -> None:
    found = {f"{s.form}-{s.line}": (s.writer, s.text, s.split) for s in corpus.samples}
    assert found == {
        "a01-000u-01": ("10026", 'He said "no"', "trainset"),
        "a01-000u-02": ("10026", "café at 5 %", "trainset"),
        "a01-001w-01": ("10027", "other words", "testset_t"),
        "a02-004-01": (None, "from the CSR block", "testset_f"),
        "b01-009z-01": ("10026", None, "trainset"),
        "b01-009z-02": ("10026", None, "trainset"),
        "z01-000z-07": (None, None, None),
    }


def test_a_line_has_the_sitting_of_its_form_and_is_genuine(corpus: IamOnDb) -> None:
    first = corpus.samples[0]
    assert first.sitting == "2004-10-05T15:21:25.624"
    assert (first.origin, first.format) == ("genuine", "iam-ondb")
    assert first.file.endswith("a01/a01-000/a01-000u-01.xml")


def test_the_path_of_a_form_file_counts_not_the_id_inside(corpus: IamOnDb) -> None:
    (sample,) = (s for s in corpus.samples if s.form == "a01-001w")
    assert (sample.writer, sample.text) == ("10027", "other words")


def test_ink_has_positions_and_seconds_from_the_first_point(corpus: IamOnDb) -> None:
    ink = corpus.samples[0].ink
    assert ink.channels == ("x", "y", "t")
    assert np.array_equal(ink.points, [[10, 20, 0], [11, 35, 0.01], [13, 22, 0.03]])
    assert (ink.time_source, ink.mm_per_unit) == ("recorded", None)


def test_defects_are_counted_and_broken_files_named(corpus: IamOnDb) -> None:
    expected = {
        "lines": 7,
        "broken files": 1,
        "forms": 5,
        "writers": 2,
        "lines without writer": 3,
        "forms without writer": 2,
        "forms whose texts do not line up": 2,
        "lines without text": 3,
        "trainset lines": 4,
        "trainset writers": 1,
        "testset_f lines with a writer": 0,
    }
    assert {name: corpus.counts[name] for name in expected} == expected
    assert corpus.broken == {"lineStrokes/z01/z01-000/z01-000z-08.xml": "the file is cut off"}
    assert corpus.info()["broken: lineStrokes/z01/z01-000/z01-000z-08.xml"] == "the file is cut off"


def test_oddities_of_a_recording_are_in_its_notes(corpus: IamOnDb) -> None:
    notes = {f"{s.form}-{s.line}": s.ink.notes for s in corpus.samples}
    assert notes["a01-000u-02"]["empty strokes"] == 1
    assert notes["a01-001w-01"]["repeated points"] == 1
    assert "empty strokes" not in notes["a01-000u-01"] or notes["a01-000u-01"]["empty strokes"] == 0


def test_extracted_folders_give_what_the_archives_give(corpus: IamOnDb, tmp_path: Path) -> None:
    found = IamOnDb(folders(tmp_path))
    assert [(s.form, s.line, s.writer, s.text, s.split, s.ink) for s in found.samples] == [
        (s.form, s.line, s.writer, s.text, s.split, s.ink) for s in corpus.samples
    ]
    assert found.counts == corpus.counts


def test_the_cache_gives_the_same_corpus_without_parsing_again(
    corpus: IamOnDb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = archives(tmp_path / "data")
    IamOnDb(root, tmp_path / "cache")
    monkeypatch.setattr(IamOnDb, "_parse", lambda *_: pytest.fail("the cache was not used"))
    found = IamOnDb(root, tmp_path / "cache")
    assert found.samples == corpus.samples
    assert (found.counts, found.broken) == (corpus.counts, corpus.broken)
    assert [dict(s.ink.notes) for s in found.samples] == [dict(s.ink.notes) for s in corpus.samples]


def test_a_changed_archive_is_parsed_again(tmp_path: Path) -> None:
    root = archives(tmp_path / "data")
    assert IamOnDb(root, tmp_path / "cache").samples[0].writer == "10026"
    changed = {**HEADERS, "a01/a01-000/strokesu.xml": header("a01-000u", "10099", "one", "two")}
    archives(root, original=changed)
    assert IamOnDb(root, tmp_path / "cache").samples[0].writer == "10099"


def test_a_changed_split_list_is_read_again(tmp_path: Path) -> None:
    root = archives(tmp_path / "data")
    IamOnDb(root, tmp_path / "cache")
    (root / "trainset.txt").write_text(" b01-009z\n")
    (root / "testset_v.txt").write_text(" a01-000u\n")
    assert IamOnDb(root, tmp_path / "cache").samples[0].split == "testset_v"


@pytest.mark.parametrize("split", SPLITS)
def test_a_missing_split_list_is_named(tmp_path: Path, split: str) -> None:
    root = folders(tmp_path)
    (root / f"{split}.txt").unlink()
    with pytest.raises(MissingResourceError, match=rf"{split}\.txt"):
        IamOnDb(root)


def test_the_texts_may_be_missing_but_lines_and_headers_may_not(tmp_path: Path) -> None:
    root = archives(tmp_path)
    (root / "ascii-all.tar.xz").unlink()
    assert IamOnDb(root).counts["lines without text"] == 4
    (root / "original-headers.tar.xz").unlink()
    with pytest.raises(MissingResourceError, match="no IAM-OnDB"):
        IamOnDb(root)


@pytest.mark.parametrize("name", ["lineStrokes-all", "original-headers", "ascii-all"])
def test_an_archive_that_is_none_is_named(tmp_path: Path, name: str) -> None:
    root = archives(tmp_path)
    (root / f"{name}.tar.xz").write_bytes(b"<html>not found</html>")
    with pytest.raises(UnreadableFileError, match=rf"{name}\.tar\.xz"):
        IamOnDb(root)


def test_an_archive_cut_off_is_no_smaller_corpus(tmp_path: Path) -> None:
    root = archives(tmp_path)
    path = root / "lineStrokes-all.tar.xz"
    path.write_bytes(path.read_bytes()[:400])
    with pytest.raises(UnreadableFileError, match=r"lineStrokes-all\.tar\.xz"):
        IamOnDb(root)


@pytest.mark.parametrize("name", ["a01-000u-03.xml", "a01-000u-xx.xml", "strange.xml"])
def test_a_stray_line_file_ends_in_no_foreign_error(tmp_path: Path, name: str) -> None:
    found = {"a01/a01-000/a01-000u-01.xml": line(), f"a01/a01-000/{name}": line()}
    try:
        corpus = IamOnDb(folders(tmp_path, lineStrokes=found))
    except UnreadableFileError:
        return
    assert corpus.counts["lines"] + corpus.counts["broken files"] == 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "cut off"),
        (line()[:-40], "cut off"),
        (line(()), "no stroke"),
        (line().replace(b'x="11"', b'x="1.1.1"'), "float"),
        (line().replace(b'x="11"', b'x="' + b"9" * 400 + b'"'), "finite"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_line(data)


@pytest.mark.parametrize(
    ("old", "new"), [(b'x="11"', b'x="1e1"'), (b'x="11"', b'x="ten"'), (b'y="35" ', b""), (b"</Stroke>", b"")]
)
def test_damage_inside_a_line_is_refused_or_noted(old: bytes, new: bytes) -> None:
    whole = line(more=line().partition(b"<StrokeSet>\n")[2].partition(b"  </StrokeSet>")[0].decode())
    assert len(read_line(whole)) == 2 * len(POINTS)
    try:
        ink = read_line(whole.replace(old, new, 1))
    except ValueError:
        return
    noted = any(word in note for note in ink.notes for word in ("damage", "dropped", "not read"))
    assert noted or (len(ink), len(ink.stroke_ends)) == (2 * len(POINTS), 2)
