"""The signed head of a casebook: who keeps it elsewhere finds entries that are taken away from the end.

A file of JSON: ``signed`` (schema_version, number and sha256 of the last entry, time), ``signature`` (Ed25519 by
RFC 8032, over the canonical form of ``signed``, base64), ``public_key`` (32 bytes, base64), and where it was asked for
``timestamp`` (an RFC 3161 response, DER, base64, over the canonical form of ``signed``, ``signature`` and
``public_key`` together).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from datasets.errors import UnreadableFileError, VerificationError
from datasets.readers import file_bytes
from forgery_kit.casebook.canonical import canonical, sha256
from forgery_kit.casebook.chain import Head

SCHEMA_VERSION = 1
#: Bytes of a head at most; one with a time stamp has about 10 kB.
MOST_BYTES = 2**20
_FIELDS = {"signed": dict, "signature": str, "public_key": str}
_SIGNED = {"schema_version": int, "number": int, "sha256": str, "time": str}


@dataclass(frozen=True)
class SignedHead:
    """A head as it was signed; the signature has been checked when it was read.

    Attributes
    ----------
    time : when it was signed, by the signer's clock, UTC.
    fields : those of the file without the time stamp. timestamp : the RFC 3161 response, DER; None without.
    """

    head: Head
    time: str
    fields: dict[str, Any]
    timestamp: bytes | None = None

    @property
    def public_key(self) -> bytes:
        """The signer's key, 32 bytes."""
        return base64.b64decode(self.fields["public_key"])

    @property
    def stamped(self) -> bytes:
        """What a time stamp is over."""
        return canonical(self.fields)


def sign(head: Head, key: Ed25519PrivateKey) -> SignedHead:
    """The head, signed now."""
    time = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    signed = {"schema_version": SCHEMA_VERSION, "number": head.number, "sha256": head.sha256, "time": time}
    fields = {
        "signed": signed,
        "signature": base64.b64encode(key.sign(canonical(signed))).decode(),
        "public_key": base64.b64encode(key.public_key().public_bytes_raw()).decode(),
    }
    return SignedHead(head, time, fields)


def head_bytes(signed: SignedHead) -> bytes:
    """The file of a signed head."""
    stamp = {} if signed.timestamp is None else {"timestamp": base64.b64encode(signed.timestamp).decode()}
    return (json.dumps({**signed.fields, **stamp}, indent=1, sort_keys=True) + "\n").encode()


def read_head(path: Path) -> SignedHead:
    """A signed head from its file, its signature checked with the key that stands in it.

    Raises UnreadableFileError where it is none, VerificationError where the signature does not hold.
    """
    advice = "Give a file that `casebook sign` wrote."
    try:
        data = file_bytes(str(path))
        if len(data) > MOST_BYTES:
            raise ValueError("it is too large")
        fields = json.loads(data.decode())
        _check(fields, _FIELDS, {"timestamp": str})
        _check(fields["signed"], _SIGNED, {})
        stamp = fields.pop("timestamp", None)
        stamp = None if stamp is None else base64.b64decode(stamp, validate=True)
        signature = base64.b64decode(fields["signature"], validate=True)
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(fields["public_key"], validate=True))
        signed = fields["signed"]
        text = canonical(signed)
    except (ValueError, binascii.Error, RecursionError) as error:
        raise UnreadableFileError(str(path), f"this is no signed head ({error!s:.200}).", advice) from error
    if signed["schema_version"] != SCHEMA_VERSION:
        raise UnreadableFileError(str(path), f"its schema_version is {signed['schema_version']!r:.20}.", advice)
    try:
        key.verify(signature, text)
    except InvalidSignature as error:
        raise VerificationError(str(path), "its signature does not hold: it was altered.", advice) from error
    return SignedHead(Head(signed["number"], signed["sha256"]), signed["time"], fields, stamp)


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """An Ed25519 key from a PEM file without a password. Raises UnreadableFileError where it is none."""
    key = _key(path, lambda data: load_pem_private_key(data, None))
    if not isinstance(key, Ed25519PrivateKey):
        raise UnreadableFileError(str(path), "this is no Ed25519 private key.", _MAKE)
    return key


def read_public_key(path: Path) -> bytes:
    """The 32 bytes of an Ed25519 public key from a PEM file. Raises UnreadableFileError where it is none."""
    key = _key(path, load_pem_public_key)
    if not isinstance(key, Ed25519PublicKey):
        raise UnreadableFileError(str(path), "this is no Ed25519 public key.", _MAKE)
    return key.public_bytes_raw()


def fingerprint(public_key: bytes) -> str:
    """What a public key is called: SHA-256 of its 32 bytes, hex."""
    return sha256(public_key)


_MAKE = (
    "Make one with: openssl genpkey -algorithm ed25519 -out KEY.pem; openssl pkey -in KEY.pem -pubout -out PUBLIC.pem."
)


def _key(path: Path, load: Any) -> Any:
    try:
        return load(file_bytes(str(path)))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # TypeError: the key has a password.
        raise UnreadableFileError(str(path), f"it cannot be read as a key ({error!s:.200}).", _MAKE) from error


def _check(fields: Any, needed: Mapping[str, type], optional: Mapping[str, type]) -> None:
    """Raise ValueError where an object has not exactly the fields that it should, each of its type."""
    if not isinstance(fields, dict) or not set(needed) <= set(fields) <= {*needed, *optional}:
        raise ValueError("its fields are others")
    for name, value in fields.items():
        if type(value) is not {**needed, **optional}[name]:
            raise ValueError(f"its {name} is of another type")
