"""Canonical JSON against an implementation written from RFC 8785 alone, its examples, and a JavaScript engine."""

from __future__ import annotations

import json
import math
import shutil
import struct
import subprocess
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgery_kit.casebook.canonical import canonical, parsed

texts = st.text(st.characters(exclude_categories=("Cs",)))
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53) + 1, 2**53 - 1)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=20,
)


def number(value: float) -> str:
    """A finite number as ECMAScript writes it (ECMA-262, Number::toString), from its shortest digits."""
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).rstrip("0")
    # The value is 0.text times ten to the power of n.
    n, k = int(exponent) + len(digits), len(text)
    if k <= n <= 21:
        found = text + "0" * (n - k)
    elif 0 < n <= 21:
        found = f"{text[:n]}.{text[n:]}"
    elif -6 < n <= 0:
        found = f"0.{'0' * -n}{text}"
    else:
        found = text[0] + (f".{text[1:]}" if k > 1 else "") + f"e{'+' if n > 0 else '-'}{abs(n - 1)}"
    return "-" * sign + found


def text(value: str) -> str:
    short = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(short.get(c) or (f"\\u{ord(c):04x}" if c < " " else c) for c in value) + '"'


def written_out(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, list):
        return "[" + ",".join(map(written_out, value)) + "]"
    names = sorted(
        value, key=lambda name: list(struct.unpack(f">{len(name.encode('utf-16be')) // 2}H", name.encode("utf-16be")))
    )
    return "{" + ",".join(f"{text(name)}:{written_out(value[name])}" for name in names) + "}"


@given(values)
def test_values_are_written_as_the_rfc_says(value: Any) -> None:
    assert canonical(value) == written_out(value).encode()


@given(values)
def test_a_canonical_text_is_read_and_written_again_unchanged(value: Any) -> None:
    first = canonical(value)
    assert canonical(parsed(first.decode())) == first


#: RFC 8785, appendix B: the bits of a double, and how it is written.
APPENDIX_B = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}


@pytest.mark.parametrize("bits", APPENDIX_B)
def test_the_numbers_of_the_rfc(bits: str) -> None:
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical(value).decode() == number(value) == APPENDIX_B[bits]


def test_the_order_of_keys_of_the_rfc() -> None:
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    found = json.loads(canonical(dict.fromkeys(names, 0)), object_pairs_hook=lambda pairs: [name for name, _ in pairs])
    assert found == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_numbers_are_those_of_a_javascript_engine() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no JavaScript engine (node) on this machine")
    state, found = 12345, []
    for _ in range(4000):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        (value,) = struct.unpack(">d", struct.pack(">Q", state))
        found += [value, float(state >> 40) / 1000] if math.isfinite(value) else []
    script = "process.stdout.write(JSON.stringify(JSON.parse(require('fs').readFileSync(0))))"
    done = subprocess.run([node, "-e", script], input=json.dumps(found).encode(), capture_output=True, check=True)
    assert canonical(found) == done.stdout


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53, -(2**53), "\ud800", {"a": "\udfff"}, {"\ud800": 1}])
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the message is the library's
        canonical(value)


@pytest.mark.parametrize(
    "wrong",
    [
        '{"a": 1}',
        '{"b":1,"a":2}',
        '{"a":1,"a":1}',
        '{"a":1.0}',
        '{"a":NaN}',
        '{"a":1e400}',
        '{"a":"\\u0041"}',
        '{"a":1}\n',
        "",
        "{",
        "[" * 100_000,
        "9" * 5000,
    ],
)
def test_a_text_that_is_not_canonical_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # several causes, all of them ValueError
        parsed(wrong)
