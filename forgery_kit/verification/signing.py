"""A report signed: PAdES B-B (ETSI EN 319 142-1) with a PKCS#12 certificate, B-T with a time stamp (RFC 3161).

The signature is appended, so that the report as drawn stays the beginning of the file, byte for byte. Nothing is
fetched but the time stamp, and that only where its authority was named.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import TimestampRequestError
from pyhanko.sign.timestamps.aiohttp_client import HTTPTimeStamper

from datasets.errors import ArgumentsError, MissingResourceError
from datasets.readers import file_bytes

#: Name of the signature's field. It has no appearance: the pages stay as they were drawn.
FIELD = "Signature"
#: Environment variable with the passphrase; it is never taken from the command line, which others can see.
PASSPHRASE = "FORGERY_KIT_PASSPHRASE"
#: Seconds that a time stamp may take.
TIMEOUT = 20


class _Appending(IncrementalPdfFileWriter):
    """Appends to a report, whose title and dates stay those that were drawn, and which stays PDF 1.7, as PDF/A-3 is."""

    def _update_meta(self) -> None:
        pass

    def ensure_output_version(self, version: Any) -> None:
        pass

    def register_extension(self, ext: Any) -> None:
        pass


@dataclass(frozen=True)
class Signer:
    """``key`` : pyHanko's, with its certificates. ``timestamp`` : address of a time stamp authority; empty for none."""

    key: Any
    timestamp: str = ""


def load_signer(path: Path, passphrase: str, timestamp: str = "") -> Signer:
    """The key and certificates of a PKCS#12 file.

    Raises UnreadableFileError where there is no such file, ArgumentsError where it cannot be opened, holds no key, or
    is not valid today, and for an address that is none.
    """
    if timestamp and not timestamp.startswith(("http://", "https://")):
        raise ArgumentsError("--timestamp", f"{timestamp!r:.80} is no address.", "Give one that begins with https://.")
    try:
        key = signers.SimpleSigner.load_pkcs12_data(file_bytes(str(path)), [], passphrase.encode() or None)
    except (ValueError, TypeError, AttributeError) as error:
        found = "it is no PKCS#12 file with a key, or the passphrase does not open it."
        raise ArgumentsError(str(path), found, f"Set {PASSPHRASE}, or leave it unset to be asked.") from error
    validity = key.signing_cert["tbs_certificate"]["validity"]
    if not validity["not_before"].native <= datetime.now(UTC) <= validity["not_after"].native:
        found = (
            f"its certificate is valid from {validity['not_before'].native:%F} to {validity['not_after'].native:%F}."
        )
        raise ArgumentsError(str(path), found, "Sign with one that is valid today.")
    return Signer(key, timestamp)


def signed(pdf: bytes, signer: Signer) -> bytes:
    """The report with a signature appended to it.

    Raises MissingResourceError where the time stamp authority gives none.
    """
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
    )
    stamper = HTTPTimeStamper(signer.timestamp, timeout=TIMEOUT) if signer.timestamp else None
    try:
        out = signers.sign_pdf(_Appending(io.BytesIO(pdf)), meta, signer=signer.key, timestamper=stamper)
    except (TimestampRequestError, SigningError, ValueError) as error:
        reason = " ".join(str(error.__cause__ or error).split())[:200]
        found = f"no signature could be made ({reason})."
        if signer.timestamp:
            raise MissingResourceError(signer.timestamp, found, "Try again, or sign without --timestamp.") from error
        raise ArgumentsError("--sign", found, "Use another certificate.") from error
    return bytes(out.getvalue())
