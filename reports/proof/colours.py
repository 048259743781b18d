"""The colour space of the report's pages, sRGB (IEC 61966-2-1), as an ICC profile of version 2 (ICC.1:2001-04).

Written here and not taken from a library, so that the same report has the same bytes whatever is installed.
"""

from __future__ import annotations

import functools
import struct

NAME = "sRGB IEC61966-2.1"
#: D50, and the primaries of sRGB adapted to it by the Bradford transform: X, Y, Z.
_WHITE = (0.9642, 1.0, 0.8249)
_PRIMARIES = {
    "rXYZ": (0.43607, 0.22249, 0.01392),
    "gXYZ": (0.38515, 0.71687, 0.09708),
    "bXYZ": (0.14307, 0.06061, 0.7141),
}
#: Points of the curve from values to light.
_POINTS = 1024


@functools.cache
def srgb_profile() -> bytes:
    """The profile's bytes, always the same: a display's, RGB to XYZ by a curve and a matrix."""
    curve = b"curv" + struct.pack(f">II{_POINTS}H", 0, _POINTS, *(round(65535 * _light(i)) for i in range(_POINTS)))
    tags = {
        "desc": _description(NAME),
        "cprt": b"text" + bytes(4) + b"No copyright, use freely\0",
        "wtpt": _xyz(_WHITE),
        **{name: _xyz(value) for name, value in _PRIMARIES.items()},
        **dict.fromkeys(("rTRC", "gTRC", "bTRC"), curve),
    }
    start = 128 + 4 + 12 * len(tags)
    places: dict[bytes, int] = {}
    body = b""
    for data in tags.values():
        if data not in places:
            places[data] = start + len(body)
            body += data + bytes(-len(data) % 4)
    table = b"".join(name.encode() + struct.pack(">II", places[data], len(data)) for name, data in tags.items())
    header = struct.pack(">I4sI4s4s4s", start + len(body), b"", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s4sI4s4sQI", 2000, 1, 1, 0, 0, 0, b"acsp", b"", 0, b"", b"", 0, 0)
    header += b"".join(_fixed(value) for value in _WHITE)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def _light(index: int) -> float:
    """Light (0..1) of a value of the curve's table (IEC 61966-2-1, equations 5 and 6)."""
    value = index / (_POINTS - 1)
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(map(_fixed, values))


def _description(text: str) -> bytes:
    ascii_text = text.encode() + b"\0"
    return b"desc" + bytes(4) + struct.pack(">I", len(ascii_text)) + ascii_text + bytes(4 + 4 + 2 + 1 + 67)
