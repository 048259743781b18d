"""Signatures: PAdES that holds, also with a time stamp from an authority on this machine, and every way in which one
may not."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from datasets.errors import ArgumentsError, MissingResourceError, UnreadableFileError
from forgery_kit.commands.options import signer_of
from forgery_kit.verification import signing
from forgery_kit.verification.checks import Check
from forgery_kit.verification.signature import check_signature
from forgery_kit.verification.signing import load_signer, signed
from forgery_kit.verification.verify import verify
from reports.proof.parts import added_to
from reports.proof.taken_apart import take_apart
from tests.forgery_kit.verification.case import Case, certificate, computes, make_case
from tests.reports.proof.pdfa import broken_rules


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return make_case(tmp_path_factory.mktemp("exhibits"))


@pytest.fixture(scope="module")
def pdf(case: Case) -> bytes:
    return case.report()


@pytest.fixture(scope="module")
def p12(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "examiner.p12"
    path.write_bytes(certificate()[0])
    return path


@pytest.fixture(scope="module")
def signed_pdf(pdf: bytes, p12: Path) -> bytes:
    return signed(pdf, load_signer(p12, "secret"))


@pytest.fixture(scope="module")
def authority() -> Iterator[str]:
    """Address of a time stamp authority on loopback."""
    _, made, key = certificate(stamping=True)
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    stamper = DummyTimeStamper(
        asn1_x509.Certificate.load(made.public_bytes(serialization.Encoding.DER)),
        asn1_keys.PrivateKeyInfo.load(private),
        fixed_dt=datetime.now(UTC).replace(microsecond=0),
    )

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            body = stamper.request_tsa_response(request).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def checks_of(data: bytes) -> list[Check]:
    taken = take_apart(data, "case.pdf")
    return check_signature(taken.drawn, taken.added)


def test_a_signed_report_begins_with_the_report_as_drawn_stays_pdf_a_and_holds(
    pdf: bytes, signed_pdf: bytes, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert signed_pdf.startswith(pdf)
    assert broken_rules(signed_pdf) == []
    computes(case, monkeypatch)
    (tmp_path / "case.pdf").write_bytes(signed_pdf)
    found = verify(tmp_path / "case.pdf")
    assert found.holds
    assert found.signed
    (signature,) = [one for one in found.checks if one.name == "signature"]
    assert signature.outcome == "agrees"
    assert "Common Name: A. Examiner, SHA-256 " in signature.text


def test_the_signature_is_pades_to_a_validator_that_trusts_its_certificate(signed_pdf: bytes, p12: Path) -> None:
    (embedded,) = PdfFileReader(io.BytesIO(signed_pdf)).embedded_signatures
    assert embedded.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    root = load_signer(p12, "secret").key.signing_cert
    status = validate_pdf_signature(embedded, ValidationContext(trust_roots=[root]))
    assert status.bottom_line


def test_a_time_stamp_is_stated_with_its_authority(pdf: bytes, p12: Path, authority: str) -> None:
    stamped = signed(pdf, load_signer(p12, "secret", authority))
    checks = checks_of(stamped)
    assert [one.outcome for one in checks] == ["agrees", "not checked", "agrees"]
    assert "by Common Name: An authority" in checks[-1].text
    assert broken_rules(stamped) == []
    assert added_to(pdf, stamped[len(pdf) :]) == ""


def test_an_authority_that_does_not_answer_leaves_no_report_half_signed(pdf: bytes, p12: Path) -> None:
    with pytest.raises(MissingResourceError, match="no signature could be made"):
        signed(pdf, load_signer(p12, "secret", "http://127.0.0.1:9/"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data[:3000] + bytes([data[3000] ^ 1]) + data[3001:], "the file was changed after it was signed"),
        (lambda data: data + b"\n", "it does not cover the whole file"),
        (lambda data: data.replace(b"/SigFlags 3", b"/SigFlags 1"), "the file was changed after it was signed"),
        (lambda data: data.replace(b"/ByteRange [0 ", b"/ByteRange [1 "), "0 signatures follow"),
    ],
)
def test_a_change_after_signing_is_found(signed_pdf: bytes, change, said: str) -> None:
    changed = change(signed_pdf)
    assert changed != signed_pdf
    assert said in checks_of(changed)[0].text
    assert checks_of(changed)[0].outcome == "differs"


def test_no_digit_of_the_signature_can_be_changed_unseen(signed_pdf: bytes) -> None:
    start = signed_pdf.rindex(b"/Contents <") + len(b"/Contents <")
    size = 2 * (4 + int(signed_pdf[start + 4 : start + 8], 16))
    for place in (*range(start, start + size, 7), start + size + 3):
        other = b"1" if signed_pdf[place : place + 1] == b"0" else b"0"
        changed = signed_pdf[:place] + other + signed_pdf[place + 1 :]
        assert any(one.outcome == "differs" for one in checks_of(changed)), place - start


def edited_and_signed(pdf: bytes, p12: Path, edit) -> bytes:
    """What was appended by someone who edits a page in the revision that he signs himself."""
    writer = signing._Appending(io.BytesIO(pdf))
    edit(writer)
    meta = signers.PdfSignatureMetadata(
        field_name="Signature", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
    )
    return bytes(signers.sign_pdf(writer, meta, signer=load_signer(p12, "secret").key).getvalue())


def over_the_page(writer) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    content = generic.StreamObject(stream_data=b"BT /F1+0 40 Tf 100 500 Td (extremely strong) Tj ET")
    page["/Contents"] = generic.ArrayObject([page.raw_get("/Contents"), writer.add_object(content)])
    writer.update_container(page)


def another_file(writer) -> None:
    writer.add_object(generic.StreamObject(stream_data=b"more"))


def a_title(writer) -> None:
    information = writer.trailer["/Info"]
    information["/Title"] = generic.pdf_string("Another")
    writer.update_container(information)


@pytest.mark.parametrize("edit", [over_the_page, another_file, a_title])
def test_what_a_signer_adds_beside_his_signature_is_found(
    pdf: bytes, p12: Path, edit, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = edited_and_signed(pdf, p12, edit)
    assert data.startswith(pdf)
    assert checks_of(data)[0].outcome == "agrees"
    computes(case, monkeypatch)
    (tmp_path / "case.pdf").write_bytes(data)
    found = verify(tmp_path / "case.pdf")
    assert any("adds to it" in one.text for one in found.checks if one.outcome == "differs")


def test_a_certificate_that_cannot_sign_is_refused_before_any_work(tmp_path: Path, p12: Path) -> None:
    with pytest.raises(ArgumentsError, match="the passphrase does not open it"):
        load_signer(p12, "wrong")
    with pytest.raises(UnreadableFileError, match="no such file"):
        load_signer(tmp_path / "none.p12", "")
    (tmp_path / "old.p12").write_bytes(certificate(days=-1)[0])
    with pytest.raises(ArgumentsError, match="its certificate is valid from"):
        load_signer(tmp_path / "old.p12", "secret")
    with pytest.raises(ArgumentsError, match="is no address"):
        load_signer(p12, "secret", "file:///etc/passwd")
    (tmp_path / "open.p12").write_bytes(certificate(passphrase=b"")[0])
    assert load_signer(tmp_path / "open.p12", "").key is not None


def test_the_passphrase_is_taken_from_the_environment_or_asked_for(p12: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORGERY_KIT_PASSPHRASE", "secret")
    assert signer_of(p12, "").timestamp == ""
    monkeypatch.delenv("FORGERY_KIT_PASSPHRASE")
    with pytest.raises(ArgumentsError, match="no terminal to ask"):
        signer_of(p12, "")
    with pytest.raises(ArgumentsError, match="a time stamp is of a signature"):
        signer_of(None, "http://127.0.0.1/")


def test_the_pages_of_a_signed_report_look_as_before(pdf: bytes, signed_pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(pdf)) as one, pikepdf.open(io.BytesIO(signed_pdf)) as other:
        assert [page.Contents.read_raw_bytes() for page in one.pages] == [
            page.Contents.read_raw_bytes() for page in other.pages
        ]
