"""Signing the head of a casebook: only of one that is whole, and that goes on from what was signed before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from datasets.errors import ArgumentsError, VerificationError
from forgery_kit.casebook.chain import Check
from forgery_kit.casebook.head import SignedHead, read_head, sign
from forgery_kit.casebook.store import Casebook
from forgery_kit.casebook.verify import against


def signed_head(book: Casebook, key: Ed25519PrivateKey, before: Path | None, timestamp: str | None) -> SignedHead:
    """The head of ``book``, signed, and stamped by the authority at the URL ``timestamp`` where one is given.

    ``before`` : the signed head that the new one replaces.

    Raises VerificationError where the chain or the head before does not hold, ArgumentsError where there is no entry,
    and as ``time_stamp`` does.
    """
    earlier = None if before is None else read_head(before)
    check = Check(earlier.head.number if earlier else 0)
    faults = list(check.faults(book.entries()))
    faults += [] if earlier is None else against(earlier, check)
    if faults:
        raise VerificationError(book.where, faults[0], "It is not signed; run `casebook verify`.")
    if not check.head.number:
        raise ArgumentsError(book.where, "it holds no entry yet.", "Sign it when something is in it.")
    made = sign(check.head, key)
    if timestamp is None:
        return made
    from forgery_kit.casebook.stamp import time_stamp

    return replace(made, timestamp=time_stamp(made.stamped, timestamp))
