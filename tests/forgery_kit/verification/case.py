"""A case made by code, with its files and its report: quick, since its value is stated and not computed."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from datasets.readers import read_file
from datasets.sample import Sample
from datasets.synthetic import synthetic_sample
from datasets.writers.inkml import write_inkml
from forgery_kit.verification import verify as verification
from reports.comparison import comparison_pdf, report_id
from reports.findings import Comparison
from reports.proof.attachments import InkState, drawing_versions, ink_hashes
from tests.reports.example import item, small


@dataclass(frozen=True)
class Case:
    """``exhibits`` : folder of the two files. ``recordings`` : their ink, by label."""

    exhibits: Path
    recordings: dict[str, list[Sample]]
    comparison: Comparison

    def report(self, **changes: Any) -> bytes:
        """The report of the case, or of one that states something else."""
        return drawn(dataclasses.replace(self.comparison, **changes), self.recordings)


_DRAWN: dict[Any, bytes] = {}


def drawn(
    comparison: Comparison,
    recordings: Mapping[str, Sequence[Sample]] | None = None,
    ink: InkState = "not at hand",
    drawn_with: Mapping[str, str] | None = None,
) -> bytes:
    """``comparison_pdf``, each report drawn once: that the same is drawn again is tested beside the drawing."""
    versions = tuple(sorted((drawn_with or drawing_versions()).items()))
    key = report_id(comparison), tuple(ink_hashes(recordings or {}).items()), recordings is None and ink, versions
    if key not in _DRAWN:
        _DRAWN[key] = comparison_pdf(comparison, recordings, ink, drawn_with)
    return _DRAWN[key]


def make_case(folder: Path) -> Case:
    """Two files of ink, and a comparison that speaks of them."""
    recordings, items = {}, []
    for number, label in enumerate(("Q1", "K1"), 1):
        path = folder / f"{label}.inkml"
        path.write_bytes(write_inkml(synthetic_sample("five boxing wizards", number, number).ink, device="tablet"))
        recordings[label] = [*read_file(path)]
        sha256 = recordings[label][0].sha256
        items.append(item(label, number, lines=1, file=f"evidence/{label}.inkml", sha256=sha256, notes={}))
    return Case(folder, recordings, small(items=tuple(items), ink=ink_hashes(recordings)))


def computes(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the ink of the case give its comparison, and any other ink another value, without a network; draw once."""

    def again(stated: Comparison, recordings: Mapping[str, Sequence[Sample]], *_: Any) -> Comparison:
        told = {name: getattr(stated, name) for name in ("case", "examiner", "date", "notes", "command", "ink")}
        lr = case.comparison.lr
        if ink_hashes(recordings) != case.comparison.ink:
            lr = dataclasses.replace(lr, log10_lr=lr.log10_lr - 0.1, unbounded=lr.unbounded - 0.1)
        return dataclasses.replace(case.comparison, lr=lr, **told)

    monkeypatch.setattr(verification, "compared_again", again)
    monkeypatch.setattr(verification, "comparison_pdf", drawn)
    monkeypatch.setattr(verification, "missing_model", lambda *_: "")


def certificate(
    days: int = 9, stamping: bool = False, passphrase: bytes = b"secret"
) -> tuple[bytes, x509.Certificate, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey]:
    """PKCS#12 with a key and a certificate issued to itself, valid for so many days; ``stamping`` for time stamps."""
    key = rsa.generate_private_key(65537, 2048) if stamping else ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority" if stamping else "A. Examiner")])
    now = datetime.datetime.now(datetime.UTC)
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only"), False
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - datetime.timedelta(days=20))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(
            x509.KeyUsage(digital_signature=True, content_commitment=True, decipher_only=False, **usage), critical=True
        )
    )
    if stamping:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    signed = made.sign(key, hashes.SHA256())
    lock = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return pkcs12.serialize_key_and_certificates(b"key", key, signed, None, lock), signed, key
