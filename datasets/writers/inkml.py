"""Ink as InkML (W3C Recommendation 20 September 2011), so that ``readers.inkml`` brings back the same Ink.

Numbers are written with the fewest digits that give back the same float64. A channel with missing values is
intermittent, ``?`` where a value is missing. Notes are not written: they count what was odd in another file.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal, localcontext
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from datasets.ink import Ink
from datasets.readers.inkml.document import ORIGIN, TIME_SOURCE
from datasets.sample import Origin

#: Our channel → name, attributes.
_CHANNELS = {
    "t": ("T", 'type="decimal" units="s"'),
    "pressure": ("F", 'type="decimal" min="0" max="1" units="dev"'),
    "altitude": ("OE", 'type="decimal" units="rad"'),
    "azimuth": ("OA", 'type="decimal" units="rad"'),
}


def write_inkml(
    ink: Ink,
    writer: str | None = None,
    text: str | None = None,
    device: str | None = None,
    origin: Origin = "unknown",
    generated: Collection[int] = (),
) -> bytes:
    """UTF-8 InkML of one recording.

    Parameters
    ----------
    writer, text, device, origin : as in ``Sample``; ``generated`` is kept, so that the ink is known again as such.
    generated : strokes, as indices into all of the ink's, that say so of themselves, each in a group of its own.
    """
    gappy = [c for c in ink.channels if np.isnan(ink.points[:, ink.channels.index(c)]).any()]
    order = [c for c in ink.channels if c not in gappy] + gappy
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<ink xmlns="http://www.w3.org/2003/InkML">']
    notes = {"writer": writer, "truth": text, ORIGIN: None if origin == "unknown" else origin}
    notes[TIME_SOURCE] = ink.time_source
    lines += [
        f"<annotation type={quoteattr(key)}>{_characters(value)}</annotation>" for key, value in notes.items() if value
    ]
    described = f" description={quoteattr(_characters(device, markup=False))}" if device else ""
    lines += ["<definitions>", '<context xml:id="context">', f'<inkSource xml:id="source"{described}>', "<traceFormat>"]
    lines += [_channel(c, ink) for c in order if c not in gappy]
    if gappy:
        lines += ["<intermittentChannels>", *(_channel(c, ink) for c in gappy), "</intermittentChannels>"]
    lines.append("</traceFormat>")
    if ink.mm_per_unit is not None:
        lines += ["<channelProperties>", *(_resolution(axis, ink.mm_per_unit) for axis in "XY"), "</channelProperties>"]
    lines += ["</inkSource>", "</context>", "</definitions>"]
    # Without a timestamp to count from, T counts from the start of its trace: an offset of 0 gives all one clock.
    offset = ' timeOffset="0"' if "t" in ink.channels else ""
    columns = [ink.channels.index(c) for c in order]
    group = f"<traceGroup><annotation type={quoteattr(ORIGIN)}>generated</annotation>", "</traceGroup>"
    for number, (stroke, down) in enumerate(zip(ink.strokes(hover=True), ink.pen_down, strict=True)):
        state = "" if down else ' type="penUp"'
        points = ",".join(" ".join(_number(value) for value in row) for row in stroke[:, columns].tolist())
        before, after = group if number in generated else ("", "")
        lines.append(f'{before}<trace contextRef="#context"{state}{offset}>{points}</trace>{after}')
    lines += ["</ink>", ""]
    return "\n".join(lines).encode("utf-8")


def _channel(channel: str, ink: Ink) -> str:
    units = "dev" if ink.mm_per_unit is None else "mm"
    name, attributes = _CHANNELS.get(channel) or (channel.upper(), f'type="decimal" units="{units}"')
    return f'<channel name="{name}" {attributes}/>'


def _resolution(axis: str, mm_per_unit: float) -> str:
    """Values per millimetre, in enough digits that its inverse is the same float64 again."""
    with localcontext() as context:
        context.prec = 30
        value = 1 / Decimal(mm_per_unit)
    return f'<channelProperty channel="{axis}" name="resolution" value="{value}" units="1/mm"/>'


def _number(value: float) -> str:
    if value != value:
        return "?"
    text = repr(value)
    return np.format_float_positional(value, trim="-") if "e" in text else text.removesuffix(".0")


def _characters(text: str, markup: bool = True) -> str:
    """Text that XML can hold: control characters that it forbids become U+FFFD."""
    allowed = "".join(
        c if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff") else "\ufffd"
        for c in text
    )
    return escape(allowed) if markup else allowed
