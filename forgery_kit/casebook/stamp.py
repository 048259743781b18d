"""Time stamps by RFC 3161: somebody else says that the head of a casebook was there at a time.

The one module of the casebook that talks to a server over HTTP, and only where `casebook sign --timestamp` names one.
"""

from __future__ import annotations

import hashlib
import http.client
import urllib.request
from datetime import datetime
from pathlib import Path

from cryptography import x509
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, VerifierBuilder, decode_timestamp_response
from rfc3161_client import VerificationError as StampError

from datasets.errors import ArgumentsError, MissingResourceError, UnreadableFileError, VerificationError
from datasets.readers import file_bytes

#: Seconds that an authority may take, and bytes that it may answer with; a response is about 6 kB.
PATIENCE, MOST_BYTES = 30, 2**20
_HASHES = {"2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}


def time_stamp(data: bytes, url: str) -> bytes:
    """The response (DER) of the authority at ``url`` for the SHA-256 of ``data``; the data itself is not sent.

    Raises ArgumentsError where the URL is not one of HTTP, MissingResourceError where the authority does not answer, or
    answers with anything but a time stamp of this data.
    """
    if not url.lower().startswith(("http://", "https://")):
        raise ArgumentsError("--timestamp", f"{url!r:.200} is no address of HTTP.", "Give that of an authority.")
    asked = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
    head = {"Content-Type": "application/timestamp-query"}
    try:
        request = urllib.request.Request(url, asked.as_bytes(), head)
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            answer: bytes = response.read(MOST_BYTES)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise MissingResourceError(url, f"the authority does not answer ({error!s:.200}).", "Try again.") from error
    try:
        found = decode_timestamp_response(answer)
        granted, info = found.status == 0, found.tst_info
    except ValueError as error:
        raise MissingResourceError(url, f"it sent no time stamp ({error!s:.200}).", "Try another one.") from error
    if not granted or info.nonce != asked.nonce or info.message_imprint.message != asked.message_imprint.message:
        raise MissingResourceError(url, "it sent the time stamp of something else.", "Try another one.")
    return answer


def stamped_time(stamp: bytes, data: bytes, authority: Path | None, where: str) -> datetime:
    """The time that a stamp states for ``data``.

    ``authority`` : PEM file with the certificates that are trusted to lead to the authority's; where it is None, only
    that the stamp is over this data is checked, not who made it.

    Raises VerificationError (naming ``where``) where it does not hold, UnreadableFileError where the certificates
    cannot be read.
    """
    roots = [] if authority is None else _certificates(authority)
    try:
        found = decode_timestamp_response(stamp)
        info = found.tst_info
        name = _HASHES.get(info.message_imprint.hash_algorithm.dotted_string)
        if name is None or hashlib.new(name, data).digest() != info.message_imprint.message:
            raise VerificationError(where, "its time stamp is that of something else.", "Do not rely on it.")
        if roots:
            builder = VerifierBuilder()
            for root in roots:
                builder = builder.add_root_certificate(root)
            builder.build().verify_message(found, data)
    except (ValueError, StampError) as error:
        raise VerificationError(
            where, f"its time stamp does not hold ({error!s:.200}).", "Do not rely on it."
        ) from error
    return info.gen_time


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(file_bytes(str(path)))
    except ValueError as error:
        raise UnreadableFileError(str(path), f"it holds no certificates ({error!s:.200}).", "Give PEM.") from error
