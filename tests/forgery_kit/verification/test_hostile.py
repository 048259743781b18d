"""What is handed to `verify` may be anything: each is one clear line, and none takes the machine's memory."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.errors import ForgeryKitError
from datasets.readers.inkml.exact import read_exactly
from datasets.synthetic import synthetic_sample
from forgery_kit.commands.verification import verify as command
from forgery_kit.verification.signature import check_signature
from forgery_kit.verification.verify import verify
from reports.proof.attachments import ink_data
from reports.proof.taken_apart import MAX_CARRIED, take_apart
from tests.forgery_kit.verification.case import Case, computes, make_case

ROOT = Path(__file__).parents[3]
_FILESPEC = (
    b"<< /AFRelationship /Data /Desc (x) /EF << /F 9 0 R /UF 9 0 R >> "
    b"/F (result.json) /Type /Filespec /UF (result.json) >>"
)
_END = b"\nendstream\nendobj\nxref\n0 1\ntrailer << >>\nstartxref\n9\n%%EOF\n"


def carrying(content: bytes, packed: bytes | None = None) -> bytes:
    """A file in the layout of a report that carries a result, and nothing else."""
    packed = zlib.compress(content, 9) if packed is None else packed
    head = b"<< /Filter /FlateDecode /Params << >> /Type /EmbeddedFile /Length %d >>\nstream\n" % len(packed)
    return b"%PDF-1.7\n3 0 obj\n" + _FILESPEC + b"\nendobj\n9 0 obj\n" + head + packed + _END


def bomb() -> bytes:
    """Packed bytes that unpack to half a gigabyte."""
    engine = zlib.compressobj(9)
    return b"".join(engine.compress(bytes(2**20)) for _ in range(512)) + engine.flush()


HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "no PDF": b"PK\x03\x04 and so on",
    "only a head": b"%PDF-1.7\n",
    "another PDF": b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>" + _END,
    "encrypted": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer << /Encrypt 5 0 R >>",
    "a loop of pages": b"%PDF-1.7\n1 0 obj\n<< /Type /Pages /Kids [1 0 R] >>" + _END,
    "a million brackets": b"%PDF-1.7\n1 0 obj\n" + b"[" * 10**6 + b"\nstartxref\n9\n%%EOF\n",
    "a million objects": b"%PDF-1.7" + b"\n1 0 obj\n<< /Filter /FlateDecode " * 10**5 + b"\nstartxref\n9\n%%EOF\n",
    "a bomb": carrying(b"", bomb()),
    "a stream cut off": carrying(b"", zlib.compress(b"{}" * 99)[:-5]),
    "a stream with a tail": carrying(b"", zlib.compress(b"{}") + b"more"),
    "a result that is none": carrying(b"\x00\xff" * 99),
    "a result that is a list": carrying(b"[]"),
    "a result of lists in lists": carrying(b'{"a":' + b"[" * 10**5 + b"]" * 10**5 + b"}"),
    "a result of a million lists": carrying(b"{" + b'"a":[[],[]],' * 10**6 + b'"b":1}'),
    "a result of two million numbers": carrying(b'{"schema_version":2,"a":[' + b"1.5," * 2 * 10**6 + b"1]}"),
    "a result without end": carrying(b'{"schema_version":2,"a":"' + b"x" * 20 * 2**20 + b'"}'),
    "JSON that is no result": b'{"schema_version": 2}',
    "JSON of NaN": b'{"schema_version": 2, "score": NaN}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_each_is_one_clear_line_or_a_check_that_differs(name: str, tmp_path: Path) -> None:
    file = tmp_path / "handed-in.pdf"
    file.write_bytes(HOSTILE[name])
    try:
        said = [one.text for one in verify(file).checks if one.outcome == "differs"]
    except ForgeryKitError as error:
        said = [error.found]
    assert said
    assert all("\n" not in one and re.search("[a-z]{3}", one) for one in said)


def test_none_takes_half_a_gigabyte(tmp_path: Path) -> None:
    names = list(HOSTILE)
    for number, name in enumerate(names):
        (tmp_path / str(number)).write_bytes(HOSTILE[name])
    script = (
        "import sys; from datasets.errors import ForgeryKitError\n"
        "from pathlib import Path\n"
        "from forgery_kit.verification.verify import verify\n"
        "for number in range(int(sys.argv[2])):\n"
        "    try:\n        verify(Path(sys.argv[1], str(number)))\n"
        "    except ForgeryKitError:\n        pass\n"
        # Its own peak: what the system counts of a process begins with the one that started it.
        "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), str(len(names))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 500 * 1024


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return make_case(tmp_path_factory.mktemp("exhibits"))


@pytest.fixture(scope="module")
def whole(case: Case) -> bytes:
    return case.report()


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_report_that_was_cut_off_is_said_to_be(share: float, whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "case.pdf").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ForgeryKitError, match="cut off, or another program saved it"):
        verify(tmp_path / "case.pdf")


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_damaged_bytes_lead_to_our_errors_only(data: st.DataObject, whole: bytes) -> None:
    start = data.draw(st.integers(0, len(whole)))
    end = min(start + data.draw(st.integers(0, 200)), len(whole))
    damaged = whole[:start] + data.draw(st.binary(max_size=200)) + whole[end:]
    with contextlib.suppress(ForgeryKitError):
        taken = take_apart(damaged, "case.pdf")
        check_signature(taken.drawn, taken.added)
        for name, content in taken.files.items():
            if name.endswith(".inkml"):
                read_exactly(content, name)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_damaged_ink_leads_to_our_errors_only(data: st.DataObject) -> None:
    whole = ink_data(synthetic_sample("a word", 1, 1))
    start = data.draw(st.integers(0, len(whole)))
    end = min(start + data.draw(st.integers(0, 40)), len(whole))
    with contextlib.suppress(ForgeryKitError):
        read_exactly(whole[:start] + data.draw(st.binary(max_size=40) | st.text().map(str.encode)) + whole[end:], "Q1")


def test_more_behind_a_report_than_any_signature_has_is_refused(whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "case.pdf").write_bytes(whole + b"0" * 600_000)
    with pytest.raises(ForgeryKitError, match="bytes follow the report"):
        verify(tmp_path / "case.pdf")


def test_ink_that_would_unpack_beyond_the_limits_is_refused(whole: bytes, tmp_path: Path) -> None:
    data = whole
    start = data.index(b"stream\n", data.index(b"/application#2finkml")) + 7
    length = int(re.findall(rb"/Length (\d+) >>\nstream\n$", data[:start])[0])
    packed = zlib.compress(bytes(MAX_CARRIED + 1), 9)
    head = data[:start].replace(b"/Length %d >>\nstream\n" % length, b"/Length %d >>\nstream\n" % len(packed))
    (tmp_path / "case.pdf").write_bytes(head + packed + data[start + length :])
    with pytest.raises(ForgeryKitError, match="unpacks to more than 64 MiB"):
        verify(tmp_path / "case.pdf")


def test_text_in_a_result_cannot_write_lines_of_its_own_into_what_is_said(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    computes(case, monkeypatch)
    items = list(case.comparison.items)
    items[0] = dataclasses.replace(items[0], file="a\nagrees       signature   of the court\x1b[2K")
    (tmp_path / "case.pdf").write_bytes(case.report(items=tuple(items)))
    with pytest.raises(ForgeryKitError):
        command(tmp_path / "case.pdf", exhibits=tmp_path)
    said = capsys.readouterr().out
    assert "\nagrees       signature" not in said
    assert "\x1b" not in said
