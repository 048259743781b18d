"""The contract of every reader, the detector matrix, and what files that are no ink are told.

A new format needs an entry in ``EXAMPLES``; everything else here then holds for it too.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets import readers
from datasets.errors import HostileFileError, UnreadableFileError
from datasets.ink import ink_from_strokes
from datasets.readers import FORMATS, detect, read_file, read_paths
from datasets.sample import Sample
from datasets.writers.inkml import write_inkml
from datasets.writers.json_ink import write_json

_STROKES = [np.array([[10.0 * i, 5.0 * (i % 3)] for i in range(k, k + 6)]) for k in (0, 10)]
_ROWS = [(x, y, 10 * i, int(i % 6 == 0)) for i, (x, y) in enumerate(np.concatenate(_STROKES).astype(int).tolist())]


XOURNAL = (
    b'<?xml version="1.0" standalone="no"?>\n<xournal creator="xournalpp 1.1.3" fileversion="4">\n'
    b'<page width="595.2" height="841.8"><layer>\n'
    + b"\n".join(
        b'<stroke tool="pen" color="#000000ff" width="1.41 0.5 0.6 0.7 0.6 0.5">'
        + b" ".join(b"%d %d" % (x, y) for x, y in stroke)
        + b"</stroke>"
        for stroke in _STROKES
    )
    + b"\n</layer></page></xournal>"
)


def _numpy_file() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([(x, y, t, 1) for x, y, t, _ in _ROWS], dtype=float).T)
    return buffer.getvalue()


#: Small files of every format, each with two strokes of six points or as near as the format comes.
EXAMPLES: dict[str, list[bytes]] = {
    "iam-ondb": [
        b'<?xml version="1.0" encoding="ISO-8859-1"?><WhiteboardCaptureSession><StrokeSet>'
        + b"".join(
            b"<Stroke>" + b"".join(b'<Point x="%d" y="%d" time="%d"/>' % (x, y, x) for x, y in stroke) + b"</Stroke>"
            for stroke in _STROKES
        )
        + b"</StrokeSet></WhiteboardCaptureSession>"
    ],
    "inkml": [write_inkml(ink_from_strokes(_STROKES)), b"<ink><trace>1 2,3 4</trace></ink>"],
    "xopp": [XOURNAL, gzip.compress(XOURNAL)],
    "unipen": [
        b'.VERSION 1.0\n.COORD X Y\n.SEGMENT WORD 0-1 OK "a"\n.PEN_DOWN\n'
        + b"\n".join(b"%d %d" % (x, y) for x, y in _STROKES[0])
        + b"\n.PEN_UP\n.PEN_DOWN\n"
        + b"\n".join(b"%d %d" % (x, y) for x, y in _STROKES[1])
        + b"\n.PEN_UP\n"
    ],
    "signatures": [
        b"%d\n" % len(_ROWS) + b"".join(b"%d %d %d %d\n" % (x, y, t, 1 - new) for x, y, t, new in _ROWS),
        b"%d\n" % len(_ROWS)
        + b"".join(b"%d %d %d %d 900 500 %d\n" % (x, y, t, 1 - new, 100 + x) for x, y, t, new in _ROWS),
        b"ePad\r\nDataSize: %d\r\n" % len(_ROWS)
        + b"".join(b"%d %d %d %d %d\r\n" % (x + 15000, y, t, x, i in (5, 11)) for i, (x, y, t, _) in enumerate(_ROWS)),
        _numpy_file(),
    ],
    "json": [
        b'[{"points":[{"x":1,"y":2,"time":5,"pressure":0.5},{"x":3,"y":4,"time":15,"pressure":0.6}]}]',
        b'[{"X":[1,2,3],"Y":[4,5,6],"T":[10,20,30],"P":[0.1,0.2,0.3]}]',
        b'{"strokes":[{"pointers":[{"x":1,"y":2,"t":5,"p":0.5},{"x":3,"y":4,"t":15,"p":0.6}]}]}',
        b'[{"type":"pointerdown","clientX":1,"clientY":2,"timeStamp":1,"pressure":0.5},'
        b'{"type":"pointermove","clientX":2,"clientY":3,"timeStamp":9,"pressure":0.6}]',
    ],
    "csv": [
        b"x,y\n1,2\n3,4\n5,7\n",
        b"x,y,t,pressure,stroke\r\n1,2,0,0.5,0\r\n3,4,0.01,0.6,0\r\n9,4,0.5,0.6,1\r\n8,4,0.6,0.5,1\r\n",
    ],
}

CASES = [(name, data) for name, files in EXAMPLES.items() for data in files]
IDS = [f"{name}-{i}" for name, files in EXAMPLES.items() for i in range(len(files))]
#: Examples by id that have lines, being no binary form; of these, the ones that do not say their encoding, as XML does.
LINED = {i: data for i, (_, data) in zip(IDS, CASES, strict=True) if not data.startswith((b"\x93NUMPY", b"\x1f\x8b"))}
PLAIN = {i: data for i, data in LINED.items() if not data.startswith(b"<")}


def test_every_format_has_an_example():
    assert set(EXAMPLES) == set(FORMATS)
    assert list(FORMATS)[:2] == ["iam-ondb", "inkml"]


@pytest.mark.parametrize("name", FORMATS)
def test_reader_keeps_the_contract(name):
    reader = FORMATS[name]
    assert reader.NAME.islower()
    assert FORMATS[reader.NAME] is reader
    assert reader.SUMMARY.strip()
    assert "\n" not in reader.SUMMARY


@pytest.mark.parametrize(("name", "data"), CASES, ids=IDS)
def test_only_its_own_detector_knows_a_file(name, data):
    assert [other for other, reader in FORMATS.items() if reader.looks_like(data[: 64 * 1024])] == [name]
    assert detect(data) == name


@pytest.mark.parametrize(("name", "data"), CASES, ids=IDS)
def test_examples_read_with_hash_format_and_file_whatever_their_name(name, data, tmp_path):
    path = tmp_path / "exhibit.bin"
    path.write_bytes(data)
    samples = read_file(path)
    assert samples
    for sample in samples:
        assert isinstance(sample, Sample)
        assert (sample.file, sample.format, sample.sha256) == (str(path), name, hashlib.sha256(data).hexdigest())
        assert len(sample.ink) >= 2


@pytest.mark.parametrize("data", LINED.values(), ids=LINED)
def test_line_ends_and_bom_do_not_change_the_ink(data, tmp_path):
    plain, crlf = tmp_path / "a", tmp_path / "b"
    plain.write_bytes(data.replace(b"\r\n", b"\n"))
    crlf.write_bytes(data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    assert [s.ink for s in read_file(plain)] == [s.ink for s in read_file(crlf)]


@pytest.mark.parametrize(("name", "data"), CASES, ids=IDS)
@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_is_read_or_told_and_nothing_else(name, data, tmp_path, draw):
    """Cut, overwritten or inserted bytes never lead to another exception than ours."""
    start = draw.draw(st.integers(0, len(data)))
    end = draw.draw(st.integers(start, min(len(data), start + 40)))
    noise = draw.draw(st.binary(max_size=12) | st.sampled_from([b"nan", b"1e999", b"-", b"999999999999", b"\0", b'"']))
    path = tmp_path / "damaged"
    path.write_bytes(data[:start] + noise + data[end:])
    try:
        samples = read_file(path)
    except UnreadableFileError as error:
        told, samples = str(error), ()
    else:
        told = f"{path}: "
    assert told.startswith(f"{path}: ")
    assert "\n" not in told
    assert all(np.isfinite(sample.ink.xy).all() for sample in samples)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("data", PLAIN.values(), ids=PLAIN)
def test_text_that_marks_its_encoding_is_read_as_it_is_in_utf8(data, encoding, tmp_path):
    plain, marked = tmp_path / "a", tmp_path / "b"
    plain.write_bytes(data)
    marked.write_bytes(("\ufeff" + data.decode()).encode(encoding))
    assert [s.ink for s in read_file(plain)] == [s.ink for s in read_file(marked)]
    assert read_file(marked)[0].sha256 == hashlib.sha256(marked.read_bytes()).hexdigest()
    marked.write_bytes(data.replace(b"\r", b"").replace(b"\n", b"\r"))
    assert [s.ink for s in read_file(plain)] == [s.ink for s in read_file(marked)]


@pytest.mark.parametrize(
    ("device", "origin"),
    [("Generator of handwriting", "generated"), ("made by code (x.py)", "generated"), ("tablet A", "unknown")],
)
def test_ink_that_states_our_generator_as_its_device_is_generated_in_any_format(device, origin, tmp_path):
    ink = ink_from_strokes(_STROKES)
    for written in (write_inkml(ink, device=device), write_json(ink, device=device).encode()):
        path = tmp_path / "ink"
        path.write_bytes(written)
        assert [sample.origin for sample in read_file(path)] == [origin]


def test_ink_too_small_to_compute_with_is_refused(tmp_path):
    path = tmp_path / "small.csv"
    for rows in ("1e-200,0\n2e-200,3e-200\n", "0,0\n5,1e-300\n"):
        path.write_text("x,y\n" + rows)
        with pytest.raises(UnreadableFileError, match="too small to compute with"):
            read_file(path)


def test_an_error_is_one_line_whatever_the_file_is_called(tmp_path):
    path = tmp_path / "two\nlines\r\x1b[2J.csv"
    path.write_text("x,y\n")
    for wrong in (path, tmp_path / "no\nfile"):
        with pytest.raises(UnreadableFileError) as caught:
            read_file(wrong)
        assert str(caught.value).isprintable()
        assert "\\n" in str(caught.value)


def _archive(kind: str) -> bytes:
    buffer = io.BytesIO()
    if kind == "tar":
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            tar.addfile(tarfile.TarInfo("a.inkml"))
    else:
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("[Content_Types].xml" if kind == "office" else "a.inkml", "<ink/>")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", ["empty"]),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", ["picture (PNG)", "online ink"]),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", ["picture (JPEG)"]),
        (b"II*\0\x08\0\0\0", ["scan (TIFF)"]),
        (b"%PDF-1.7\n%\xe2\xe3", ["PDF"]),
        (_archive("zip"), ["zip archive", "Unpack"]),
        (_archive("office"), ["Office", "ppt/ink"]),
        (_archive("tar"), ["tar archive", "Unpack"]),
        (b"\x1f\x8b\x08\0" + bytes(20), ["gzip"]),
        (gzip.compress(b"<ink><trace>1 2,3 4</trace></ink>", mtime=0), ["gzip archive", "Unpack"]),
        (b"RIFF\0\0\0\0UINKHEAD", ["UIM", "InkML"]),
        (b"RIFF\0\0\0\0WILLHEAD", ["WILL", "InkML"]),
        (b"<!DOCTYPE html><html><body>x</body></html>", ["web page"]),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ["SVG"]),
        (b"<note/>", ["<note>"]),
        ("x,y\n1,2\n3,4\n".encode("utf-16-le"), ["UTF-16 without", "UTF-8"]),
        ("﻿<ink/>".encode("utf-32-le"), ["XML in UTF-32", "UTF-8"]),
        (b"<?xml version='1.0' encoding='shift_jis'?><ink><a>\x93\xfa</a></ink>", ["shift_jis", "UTF-8"]),
        (b"\xff\xfex\0,\0\0\xd8y\0", ["UTF-16", "damaged"]),
        (
            b"--b1\r\nContent-Type: text/html\r\n\r\n<p/>\r\n--b1\r\nContent-Type: application/inkml+xml\r\n\r\n"
            b"<?xml version='1.0'?><inkml:ink><inkml:trace>1 2,3 4</inkml:trace></inkml:ink>\r\n--b1--\r\n",
            ["a multipart answer", "Save the part that begins with <inkml:ink> as a file"],
        ),
        (
            b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html\n\n<p/>",
            ["a multipart answer", "Save the part that holds the ink"],
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/inkml+xml\r\n\r\n<ink><trace>1 2,3 4</trace></ink>",
            ["an answer of a server with its headers", "begins with <ink>"],
        ),
        (b"Dear Sir or Madam,\n", ["no format of ink", "inkml"]),
        (bytes(range(256)) * 4, ["no format of ink"]),
    ],
)
def test_what_is_no_ink_is_named_with_advice(data, words, tmp_path):
    path = tmp_path / "exhibit.inkml"
    path.write_bytes(data)
    with pytest.raises(UnreadableFileError) as caught:
        read_file(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert caught.value.exit_code == 3
    for word in words:
        assert word in str(caught.value)


LAUGHS = (
    "<!DOCTYPE {0} [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 12))
    + "]><{0}>&a11;</{0}>"
)


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS.format("ink"),
        LAUGHS.format("WhiteboardCaptureSession"),
        LAUGHS.format("lolz"),
        '<!DOCTYPE ink [<!ENTITY x SYSTEM "file:///etc/passwd">]><ink><trace>&x;</trace></ink>',
        '<!DOCTYPE ink SYSTEM "http://example.org/ink.dtd"><ink><trace>1 2,3 4</trace></ink>',
        "<ink>" + "<traceGroup>" * 5000 + "</traceGroup>" * 5000 + "</ink>",
    ],
    ids=["laughs in InkML", "laughs in IAM-OnDB", "laughs anywhere", "external entity", "external type", "depth"],
)
def test_hostile_xml_is_refused_at_once(text, tmp_path):
    path = tmp_path / "bomb.xml"
    path.write_text(text)
    with pytest.raises(HostileFileError, match=r"bomb\.xml: "):
        read_file(path)


def test_size_is_checked_before_reading(tmp_path, monkeypatch):
    path = tmp_path / "large.csv"
    with open(path, "wb") as file:
        file.truncate(3 * 2**30)
    with pytest.raises(HostileFileError, match="3072 MB"):
        read_file(path)


def test_one_point_in_all_is_no_ink(tmp_path):
    path = tmp_path / "dot.inkml"
    path.write_bytes(b"<ink><trace>1 2</trace></ink>")
    with pytest.raises(UnreadableFileError, match="one point"):
        read_file(path)


def test_what_is_no_file_is_told(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, words in ((tmp_path, "folder"), (tmp_path / "pipe", "regular"), (tmp_path / "none", "no such file")):
        with pytest.raises(UnreadableFileError, match=words):
            read_file(path)
    with pytest.raises(UnreadableFileError, match="cannot be opened"):
        read_file("a\0b")


def test_faults_of_a_reader_while_parsing_name_the_file(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(EXAMPLES["inkml"][0])

    def fail(*_):
        raise ValueError("column 7\nhas no end")

    monkeypatch.setattr(readers.inkml, "read", fail)
    with pytest.raises(UnreadableFileError, match=r"looks like inkml, but is broken \(column 7 has no end\)"):
        read_file(path)


def test_folder_stands_for_its_files_in_order(tmp_path):
    for name in ("b.xml", "a.xml", ".hidden", "sub/c.xml", ".git/d.xml", "Thumbs.db"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(EXAMPLES["inkml"][1] if name.endswith("xml") else b"not ink")
    found = [Path(sample.file).relative_to(tmp_path).as_posix() for sample in read_paths([tmp_path])]
    assert found == ["a.xml", "b.xml", "sub/c.xml"]


def test_folder_with_a_file_that_is_no_ink_is_not_read_in_part(tmp_path):
    (tmp_path / "a.xml").write_bytes(EXAMPLES["inkml"][1])
    (tmp_path / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(UnreadableFileError, match=r"b\.png: this is a picture"):
        read_paths([tmp_path])


def test_folder_in_a_folder_is_never_passed_over_in_silence(tmp_path, monkeypatch):
    (tmp_path / "a.xml").write_bytes(EXAMPLES["inkml"][1])
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.xml").write_bytes(EXAMPLES["inkml"][1])
    exhibit = tmp_path / "exhibit"
    (exhibit / "sub").mkdir(parents=True)
    (exhibit / "sub" / "c.xml").write_bytes(EXAMPLES["inkml"][1])
    (exhibit / ".hidden").symlink_to(tmp_path / "elsewhere")
    assert len(read_paths([exhibit])) == 1
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("sub"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    # Rights alone do not stop the superuser, whom tests in a container run as.
    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(UnreadableFileError, match=r"sub: the folder cannot be opened \(Permission denied\)"):
        read_paths([exhibit])
    monkeypatch.undo()
    (exhibit / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnreadableFileError, match=r"link: this is a link to a folder"):
        read_paths([exhibit])


def test_an_empty_path_is_not_the_current_folder():
    with pytest.raises(UnreadableFileError, match="this path is empty"):
        read_paths([""])


def test_folder_without_files_is_told(tmp_path):
    with pytest.raises(UnreadableFileError, match="holds no file"):
        read_paths([tmp_path])


def test_readers_load_without_heavy_libraries():
    code = (
        "import sys, datasets.readers; "
        "print([m for m in ('tensorflow', 'keras', 'pandas', 'scipy', 'matplotlib') if m in sys.modules])"
    )
    root = Path(readers.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
