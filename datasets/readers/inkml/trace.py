"""The points of one InkML trace (W3C Recommendation 20 September 2011, section 3.2).

A point is a list of values, one a channel, separated by space or by nothing where that is unambiguous (``-.25'4``);
points are separated by commas. A value is explicit (``!`` or no prefix yet), a difference (``'``) or a difference of
differences (``"``), and a prefix holds for its channel until the next one. ``*`` repeats the last value, ``?`` is
a value that was not reported, ``T`` and ``F`` are states, ``#`` starts a hexadecimal number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import nan

from datasets.limits import MAX_CHANNELS

_PLAIN = re.compile(r"[-+\d.,eE\s]*", re.ASCII)
_VALUE = re.compile(
    r"""\s*([!'"]?)\s*(-?\#[0-9A-Fa-f]+|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[TF*?])""",
    re.ASCII,
)
_POINT = re.compile(r"[^,]+")
#: A number written out in full has at most 330 characters; real values have a dozen.
_MAX_POINT_CHARACTERS = 400 * MAX_CHANNELS
#: Longer traces are decoded point by point, to bound memory.
_MAX_PLAIN_CHARACTERS = 1_000_000


def decode(text: str, regular: int, states: Sequence[bool]) -> Iterator[list[float]]:
    """Yield the points of a trace, one list of len(states) values each, NaN where a value was not reported.

    Parameters
    ----------
    text : the characters of a ``<trace>``.
    regular : how many channels, from the first, every point must hold; the rest are intermittent.
    states : one a channel, true where it holds ``T`` and ``F``, read as 1 and 0.

    Raises
    ------
    ValueError : a value that is none, too few or too many values, a difference with nothing before it.
    """
    plain = _PLAIN.fullmatch(text) is not None
    state = _Differences(states)
    for number, match in enumerate(_POINT.finditer(text), 1):
        if match.end() - match.start() > _MAX_POINT_CHARACTERS:
            raise ValueError(f"point {number} is {match.end() - match.start()} characters long")
        if match.group().isspace():
            continue  # a comma after the last point, as some exporters write it
        row = _plain_point(match.group()) if plain else None
        if row is None:
            row = state.point(match.group(), number)
        else:
            state.restart(row)
        if not regular <= len(row) <= len(states):
            expected = str(regular) if regular == len(states) else f"{regular} to {len(states)}"
            raise ValueError(f"point {number} has {len(row)} values, expected {expected}")
        yield row + [nan] * (len(states) - len(row))


def decode_plain(text: str, channels: int) -> list[float] | None:
    """All values of a trace whose every point holds ``channels`` explicit numbers with space between; else None.

    What most devices write, and many times faster than ``decode``, with the same result.
    """
    if len(text) > _MAX_PLAIN_CHARACTERS or _PLAIN.fullmatch(text) is None:
        return None
    points = [point.split() for point in text.split(",")]
    if not points[-1]:
        del points[-1]
    if any(len(point) != channels for point in points):
        return None
    try:
        return [float(value) for point in points for value in point]
    except ValueError:
        return None


def _plain_point(text: str) -> list[float] | None:
    """Values that space separates, or None where that is not enough to tell them apart."""
    try:
        return [float(value) for value in text.split()]
    except ValueError:
        return None


class _Differences:
    """What each channel's next difference starts from: prefix in force, last value, last difference."""

    def __init__(self, states: Sequence[bool]) -> None:
        self.states = states
        self.prefix = ["!"] * len(states)
        self.value: list[float | None] = [None] * len(states)
        self.step: list[float | None] = [None] * len(states)

    def restart(self, row: Sequence[float]) -> None:
        """Take a point of explicit values."""
        for channel, value in enumerate(row[: len(self.value)]):
            self.value[channel], self.step[channel] = value, None

    def point(self, text: str, number: int) -> list[float]:
        row: list[float] = []
        position = 0
        while match := _VALUE.match(text, position):
            position = match.end()
            if len(row) == len(self.states):
                raise ValueError(f"point {number} has more than {len(self.states)} values")
            row.append(self._value(len(row), match.group(1), match.group(2), number))
        if text[position:].strip():
            raise ValueError(f"point {number} holds {text[position:].strip()[:20]!r}, which is no value")
        return row

    def _value(self, channel: int, prefix: str, token: str, number: int) -> float:
        if prefix:
            self.prefix[channel] = prefix
        if token == "?":
            return nan
        if token == "*":
            last = self.value[channel]
            if last is None:
                raise ValueError(f"point {number} repeats a value with * before there is one")
            self.step[channel] = 0.0
            return last
        if token in "TF":
            if not self.states[channel]:
                raise ValueError(f"point {number} holds {token} in a channel of numbers")
            return float(token == "T")
        self._advance(channel, _number(token), number)
        value = self.value[channel]
        assert value is not None  # _advance has just set it
        return value

    def _advance(self, channel: int, amount: float, number: int) -> None:
        value, step = self.value[channel], self.step[channel]
        if self.prefix[channel] == "!":
            self.value[channel], self.step[channel] = amount, None
        elif value is None or (self.prefix[channel] == '"' and step is None):
            raise ValueError(f"point {number} holds a difference with nothing before it")
        else:
            step = amount if self.prefix[channel] == "'" else (step or 0.0) + amount
            self.value[channel], self.step[channel] = value + step, step


def _number(token: str) -> float:
    if "#" in token:
        magnitude = int(token.lstrip("-#"), 16)
        return float(-magnitude if token.startswith("-") else magnitude)
    return float(token)
