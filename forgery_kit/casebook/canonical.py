"""One way to write a JSON value as bytes (RFC 8785), so that a hash over it can be made again by anybody."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import rfc8785

from datasets.limits import MAX_JSON_LISTS


def canonical(value: Any) -> bytes:
    """The value as UTF-8 by RFC 8785: keys sorted by UTF-16 units, no white space, numbers as ECMAScript writes them.

    Raises ValueError for what JSON cannot hold: NaN, infinity, whole numbers beyond 2**53, half a character.
    """
    return rfc8785.dumps(value)


def sha256(data: bytes) -> str:
    """SHA-256 of the bytes, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def parsed(text: str) -> Any:
    """The value of a text that is canonical. Raises ValueError where it is no JSON, or not its canonical form."""
    value = loaded(text)
    if canonical(value) != text.encode():
        raise ValueError("it is not in canonical form")
    return value


def loaded(text: str) -> Any:
    """The value of a text. Raises ValueError where it is no JSON, or would take more memory than any of ours."""
    if text.count("[") + text.count("{") > MAX_JSON_LISTS:
        raise ValueError("it holds too many lists and objects")
    try:
        return json.loads(text, parse_int=_whole)
    except (RecursionError, OverflowError) as error:
        raise ValueError("it is nested too deeply, or holds too large a number") from error


def _whole(digits: str) -> int | float:
    """A number without a point or exponent; JSON's are doubles, so beyond 2**53 it is one."""
    value = int(digits)
    return value if abs(value) < 2**53 else float(value)
