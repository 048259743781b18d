"""Whether the signature of a report holds, whose it is, and that it adds nothing to the pages.

The appended bytes are read without a PDF library: a signature has to cover the whole file but for its own place.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

from forgery_kit.verification.checks import Check

_RANGE = re.compile(rb"/ByteRange ?\[ ?0 (\d{1,10}) (\d{1,10}) (\d{1,10}) {0,40}\]")
_DAY = re.compile(rb"/M \(D(?::|\\072)(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z")
_HEX = re.compile(rb"<(?:(?:[0-9a-f]{2})+|(?:[0-9A-F]{2})+)>")
#: AlgorithmIdentifier of SHA-256, the digest that reports are signed with.
_SHA256 = bytes.fromhex("300d06096086480165030402010500")


def check_signature(drawn: bytes, added: bytes) -> list[Check]:
    """Checks of what was appended to a report as drawn; one that is not checked where nothing was."""
    if not added:
        return [Check("signature", "not checked", "there is none")]
    data = drawn + added
    ranges = _RANGE.findall(added)
    if len(ranges) != 1:
        return [Check("signature", "differs", f"{len(ranges)} signatures follow the report, one is expected")]
    before, after, length = map(int, ranges[0])
    if not len(drawn) <= before < after or after + length != len(data) or not _HEX.fullmatch(data[before:after]):
        return [Check("signature", "differs", "it does not cover the whole file")]
    try:
        status = _status(bytes.fromhex(data[before + 1 : after - 1].decode()), data[:before] + data[after:])
        return _told(status, _DAY.search(added))
    # What a damaged signature makes the libraries raise cannot be listed.
    except Exception as error:
        return [Check("signature", "differs", f"it is broken ({' '.join(str(error).split())[:120]})")]


def _status(signature: bytes, covered: bytes) -> Any:
    """pyHanko's findings on a detached CMS signature; no certificate is fetched or trusted."""
    from pyhanko.sign.validation.generic_cms import async_validate_detached_cms
    from pyhanko_certvalidator import ValidationContext

    # It would print that nothing is trusted, which is said below.
    logging.getLogger("pyhanko.sign.validation").setLevel(logging.CRITICAL + 1)
    context = ValidationContext(trust_roots=[], allow_fetching=False)
    content = _as_written(signature)
    return asyncio.run(async_validate_detached_cms(covered, content, context, context))


def _as_written(signature: bytes) -> Any:
    """The SignedData (RFC 5652) of a padded signature, whose parts that are not signed say nothing but what must be.

    Raises ValueError where one of them was changed: no value would change with it, but no byte shall pass unseen.
    """
    from asn1crypto import cms

    size = 4 + int.from_bytes(signature[2:4], "big")
    if signature[:2] != b"\x30\x82" or any(signature[size:]):
        raise ValueError("its length or padding was changed")
    signed = cms.ContentInfo.load(signature[:size], strict=True)["content"]
    for one in (signed, *_stamps(signed)):
        (signer,) = one["signer_infos"]
        version = "v1" if one["encap_content_info"]["content_type"].native == "data" else "v3"
        (certificate,) = [
            found.chosen
            for found in one["certificates"]
            if found.chosen.issuer.dump() == signer["sid"].chosen["issuer"].dump()
            and found.chosen.serial_number == signer["sid"].chosen["serial_number"].native
        ]
        algorithms = one["digest_algorithms"].dump(), signer["digest_algorithm"].dump()
        versions = one["version"].native, signer["version"].native
        if versions != (version, "v1") or algorithms != (b"\x31\x0f" + _SHA256, _SHA256) or certificate is None:
            raise ValueError("its unsigned parts were changed")
    return signed


def _stamps(signed: Any) -> list[Any]:
    """The SignedData of the time stamp in a signature, where there is one."""
    (signer,) = signed["signer_infos"]
    found = [one for one in signer["unsigned_attrs"] or [] if one["type"].native == "signature_time_stamp_token"]
    if len(found) != len(signer["unsigned_attrs"] or []) or len(found) > 1:
        raise ValueError("its unsigned parts were changed")
    return [found[0]["values"][0]["content"]] if found else []


def _told(status: Any, day: re.Match[bytes] | None) -> list[Check]:
    certificate = status.signing_cert
    if not (status.intact and status.valid):
        what = "the file was changed after it was signed" if not status.intact else "it is not of its certificate's key"
        return [Check("signature", "differs", what)]
    whose = f"{certificate.subject.human_friendly}, SHA-256 {certificate.sha256_fingerprint.replace(' ', '').lower()}"
    checks = [Check("signature", "agrees", f"it covers every byte; certificate of {whose}")]
    own = certificate.self_issued
    text = "issued to itself" if own else f"issued by {certificate.issuer.human_friendly}"
    checks.append(Check("certificate", "not checked", f"{text}; compare its SHA-256 with the signer's"))
    stamp = status.timestamp_validity
    if stamp is None:
        parts = [part.decode() for part in day.groups()] if day else []
        when = (
            f"the signer's clock said {'-'.join(parts[:3])} {':'.join(parts[3:])} UTC" if parts else "it is not stated"
        )
        checks.append(Check("time", "not checked", f"{when}; there is no time stamp"))
    elif stamp.intact and stamp.valid:
        by = stamp.signing_cert.subject.human_friendly
        checks.append(Check("time", "agrees", f"stamped {stamp.timestamp:%F %T %Z} by {by}"))
    else:
        checks.append(Check("time", "differs", "the time stamp is not of this signature"))
    return checks
