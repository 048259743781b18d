"""Findings as JSON text, and back: every field checked, nothing that contradicts itself.

A saved result carries the hash of its content, so that a change after it was written is seen; it is no signature.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
import typing
from typing import Any, Literal

from datasets.errors import HostileFileError, UnreadableFileError, VerificationError
from datasets.limits import MAX_JSON_LISTS
from reports.checks import check
from reports.findings import Caution, Comparison
from reports.identification.checks import check_identification
from reports.identification.findings import Identification
from reports.performance import Validation
from reports.schema import SCHEMA_VERSION, displayable

#: Field of the JSON, beside those of the finding, that holds the SHA-256 of all others.
HASH = "content_sha256"
#: Fields that results saved before them lack, left out while empty: such a result keeps the id it was printed with.
LEFT_OUT = (
    *("mandate", "custody", "questioned_text", "known_text"),
    *("letters", "simulation", "left_out", "authenticity", "ink"),
)
#: No number of a finding comes near it; larger ones would break arithmetic on the page.
MAX_NUMBER = 1e15


def content_hash(finding: Any) -> str:
    """SHA-256 (hex) of the finding's JSON: names the content, not the file it is in."""
    return _hash(_fields(finding))


def _fields(finding: Any) -> dict[str, Any]:
    """The finding's fields; those of ``LEFT_OUT`` only where something stands in them, so that ids stay the same."""
    return {name: value for name, value in dataclasses.asdict(finding).items() if value or name not in LEFT_OUT}


def _hash(fields: dict[str, Any]) -> str:
    return hashlib.sha256(_text(fields).encode()).hexdigest()


def _text(fields: dict[str, Any]) -> str:
    return json.dumps(fields, sort_keys=True, allow_nan=False, ensure_ascii=False, indent=1) + "\n"


def to_json(finding: Any) -> str:
    """A finding, a dataclass of ours, and its hash as JSON text: sorted keys, finite numbers only, a trailing newline.

    Raises ValueError where a number is NaN or infinite: such a finding must not be stated.
    """
    fields = _fields(finding)
    return _text({**fields, HASH: _hash(fields)})


def from_json(
    text: str, kind: type[Comparison] | type[Identification] | type[Validation], where: str = "result"
) -> Any:
    """A finding from its JSON text; every field is checked, unknown ones are refused.

    Raises
    ------
    HostileFileError (naming ``where``) : more drawn ink than ``compare`` keeps.
    UnreadableFileError : broken JSON, another schema version, missing, unknown or mistyped fields,
        or a finding that contradicts itself.
    VerificationError : the content is not what was hashed when it was written.
    """
    advice = "Use a file that `compare`, `identify` or `evaluate` wrote."
    lists = text.count("[")
    if lists > MAX_JSON_LISTS:
        raise HostileFileError(
            where, f"it holds {lists:,} lists, more than the {MAX_JSON_LISTS:,} of any report.", advice
        )
    try:
        raw = json.loads(text, object_pairs_hook=_without_repeats)
    except _RepeatedFieldError as error:
        raise UnreadableFileError(where, f"{error}.", advice) from error
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError(where, "this is not JSON.", advice) from error
    if not isinstance(raw, dict) or raw.get("schema_version") != SCHEMA_VERSION:
        found = raw.get("schema_version") if isinstance(raw, dict) else None
        raise UnreadableFileError(
            where, f"schema_version is {found!r:.40}, this program reads {SCHEMA_VERSION}.", advice
        )
    try:
        stated = build(str, raw.pop(HASH, None), HASH)
        finding = build(kind, _brought_up(raw), kind.__name__)
        changed = _hash(raw) != stated
        if not changed:
            check_identification(finding) if isinstance(finding, Identification) else check(finding)
    except UnicodeEncodeError as error:
        raise UnreadableFileError(where, "a text in it holds half of a character.", advice) from error
    except (TypeError, ValueError) as error:
        raise UnreadableFileError(where, f"{displayable(str(error)):.300}.", advice) from error
    if changed:
        raise VerificationError(where, "it was changed after it was written: its hash does not hold.", advice)
    return finding


def kind_of(text: str) -> type[Comparison] | type[Identification]:
    """Which of the two a JSON text seems to be, to be checked by ``from_json``."""
    # Written with sorted keys, each on a line of its own, one blank deep.
    return Identification if '\n "hits": [' in text else Comparison


class _RepeatedFieldError(ValueError):
    """One field twice: readers would differ in which they take."""


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise _RepeatedFieldError(f"the field {name!r:.40} stands twice")
        fields[name] = value
    return fields


def _brought_up(raw: dict[str, Any]) -> dict[str, Any]:
    """The fields of a result as they are called today: its occlusion test was another one before."""
    test = raw.get("faithfulness")
    if isinstance(test, dict) and "other" in test:
        return {**raw, "faithfulness": None, "earlier_faithfulness": test}
    return raw


def build(kind: Any, value: Any, path: str) -> Any:
    """Parsed JSON as ``kind``, a frozen dataclass of ours or a field's type, every field checked.

    Raises TypeError that names the dotted path of the bad field.
    """
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Caution and isinstance(value, str):
        return Caution("", value)
    if dataclasses.is_dataclass(kind):
        if not isinstance(value, dict):
            raise TypeError(f"{path} is not an object")
        hints = typing.get_type_hints(kind)
        # What has a default came later than some saved results.
        needed = {f.name for f in dataclasses.fields(kind) if f.default is f.default_factory is dataclasses.MISSING}
        unknown, missing = sorted(set(value) - set(hints)), sorted(needed - set(value))
        if unknown or missing:
            raise TypeError(f"{path} has unknown fields {unknown} and lacks {missing}")
        fields = {k: build(hints[k], v, f"{path}.{k}") for k, v in value.items()}
        return kind(**fields)  # type: ignore[operator]  # a class, as is_dataclass also accepts instances
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        (inner,) = [a for a in arguments if a is not type(None)]
        return build(inner, value, path)
    if origin is Literal:
        if value not in arguments:
            raise TypeError(f"{path} is {value!r}, expected one of {arguments}")
        return value
    if origin is tuple:
        if not isinstance(value, list) or (arguments[-1] is not Ellipsis and len(value) != len(arguments)):
            raise TypeError(f"{path} is not a list of the right length")
        kinds = [arguments[0]] * len(value) if arguments[-1] is Ellipsis else arguments
        if kinds and kinds[0] is float:
            return tuple(_number(v, path) for v in value)
        return tuple(build(k, v, f"{path}[{i}]") for i, (k, v) in enumerate(zip(kinds, value, strict=True)))
    if origin is dict:
        if not isinstance(value, dict):
            raise TypeError(f"{path} is not an object")
        return {str(k): build(arguments[1], v, f"{path}.{k}") for k, v in value.items()}
    if kind is float:
        return _number(value, path)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{path} is {value!r:.40}, expected {kind.__name__}")
    if kind is int:
        _number(value, path)
    return value


def _number(value: Any, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < MAX_NUMBER:
        raise TypeError(f"{path} is {value!r:.40}, expected a finite number of sane size")
    return float(value)
