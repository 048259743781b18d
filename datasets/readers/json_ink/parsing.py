"""From bytes to a document of JSON: how much it may hold is known before the parser sees it."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NoReturn

import numpy as np

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.limits import MAX_JSON_BYTES, MAX_JSON_DEPTH, MAX_JSON_LISTS, MAX_JSON_VALUES


def parse(data: bytes, name: str) -> Any:
    """The document.

    Raises
    ------
    HostileFileError : more bytes, lists, values or depth than the limits allow (checked first: parsed, they would cost
        gigabytes, and the parser recurses).
    UnreadableFileError : not JSON, several documents in one file, NaN or Infinity, a key given twice in an object.
    """
    _check_amounts(data, name)
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and error.doc[error.pos : error.pos + 1] in ("{", "["):
            raise UnreadableFileError(
                name, "it holds several JSON documents, one after the other.", "Save each (each line) as its own file."
            ) from error
        raise _broken(name, error) from error
    except (ValueError, RecursionError) as error:
        raise _broken(name, error) from error


def _broken(name: str, error: Exception) -> UnreadableFileError:
    return UnreadableFileError(name, f"this is not valid JSON ({error}).", "Export or copy it again.")


def _check_amounts(data: bytes, name: str) -> None:
    if len(data) > MAX_JSON_BYTES:
        raise HostileFileError(
            name,
            f"it is JSON of {len(data) / 2**20:.0f} MB, more than the {MAX_JSON_BYTES // 2**20} MB that are read.",
            "Split the recording.",
        )
    # Without what is escaped, each quote begins or ends a string; a pattern would search an unclosed one again and
    # again.
    plain = np.frombuffer(data.replace(rb"\\", b"").replace(rb"\"", b""), dtype=np.uint8)
    outside = np.bitwise_xor.accumulate(plain == ord('"')) == 0
    opening = ((plain == ord("[")) | (plain == ord("{"))) & outside
    closing = ((plain == ord("]")) | (plain == ord("}"))) & outside
    values = int(((plain == ord(",")) & outside).sum()) + 1
    for count, limit, what in (
        (int(opening.sum()), MAX_JSON_LISTS, "lists and objects"),
        (values, MAX_JSON_VALUES, "values"),
    ):
        if count > limit:
            raise HostileFileError(name, f"its JSON holds {count} {what}, more than {limit}.", "Split the recording.")
    depth = np.cumsum(opening.astype(np.int8) - closing.astype(np.int8), dtype=np.int32).max(initial=0)
    if depth > MAX_JSON_DEPTH:
        raise HostileFileError(name, f"its JSON is nested more than {MAX_JSON_DEPTH} deep.", "Refused.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON. Of a key given twice the parser would keep the last value and lose the ink in the first."""
    found = dict(pairs)
    if len(found) < len(pairs):
        key = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"an object has {key!a:.40} twice")
    return found


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")
