"""InkML contexts: which channels a trace has, in what units, on what canvas (Recommendation, sections 3.1 and 4).

Contexts, trace formats, ink sources, canvases and timestamps may stand inside one another or be referred to by id,
and a context inherits what it does not say itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal, DecimalException, localcontext
from math import isfinite, pi
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.limits import MAX_CHANNELS, MAX_XML_DEPTH
from datasets.readers.inkml.pen import is_tip_switch, tells_lifts

#: Millimetres, seconds and radians per named unit (Recommendation, section 3.1.4; himetric as Office uses it).
LENGTHS = {"m": "1000", "cm": "10", "mm": "1", "in": "25.4", "pt": "0.3527777777777777777777777777777778"}
LENGTHS |= {"pc": "4.233333333333333333333333333333333", "himetric": "0.01", "um": "0.001"}
TIMES = {"s": "1", "sec": "1", "ms": "0.001", "us": "0.000001", "ns": "0.000000001"}
ANGLES = {"deg": str(Decimal(pi) / 180), "rad": "1"}

_XML_ID = ("xml:id", "id")
#: Longest number that an attribute may hold; guards the decimal arithmetic.
_MAX_NUMBER_CHARACTERS = 60


@dataclass(frozen=True)
class Channel:
    """One column of a trace: ``resolution`` is (values per unit, unit) where the source states it."""

    name: str
    state: bool = False
    integer: bool = False
    low: float | None = None
    high: float | None = None
    units: str = ""
    reverse: bool = False
    respect_to: str = ""
    resolution: tuple[str, str] | None = None

    def scale(self, units: dict[str, str], default: str = "") -> float | None:
        """Base units per value of this channel, or None where the file does not say.

        The resolution goes first: exporters write units such as "in" beside values that are in counts. Decimal
        arithmetic brings back exactly what ``writers.inkml`` wrote.
        """
        if self.resolution and self.resolution[1] in units:
            counts = _decimal(self.resolution[0])
            if counts is not None and counts > 0:
                with localcontext() as context:
                    context.prec = 50
                    factor = float(Decimal(units[self.resolution[1]]) / counts)
                if factor > 0 and isfinite(factor):
                    return factor
        unit = units.get(self.units or default)
        return float(unit) if unit else None


@dataclass(frozen=True)
class Context:
    """What holds for a trace.

    ``channels`` in the order of the values, the first ``regular`` of them in every point; ``transform`` (2, 3) takes
    x and y to the canvas, or None; ``canvas`` has the canvas's own channels; ``notes`` what was not understood.
    """

    channels: tuple[Channel, ...] = (Channel("X"), Channel("Y"))
    regular: int = 2
    canvas: tuple[Channel, ...] = ()
    transform: NDArray[np.float64] | None = None
    device: str | None = None
    timestamp: str = ""
    time: str | None = None
    notes: dict[str, int] = field(default_factory=dict)


#: What holds where a file says nothing: X and Y, no unit.
DEFAULT_CONTEXT = Context()


class Definitions:
    """Elements of one ``<ink>`` by id, and the contexts that they make."""

    def __init__(self, ink: Element, name: str) -> None:
        self.name = name
        self.by_id: dict[str, Element] = {}
        self._contexts: dict[tuple[int, int], tuple[Context, Context]] = {}
        for element in ink.iter():
            for key in _XML_ID:
                if key in element.attrib:
                    self.by_id.setdefault(element.attrib[key], element)

    def find(self, reference: str) -> Element | None:
        """The element that ``#id`` names, None for the default ones that the Recommendation predefines."""
        key = reference.strip().removeprefix("#")
        if key not in self.by_id and key.startswith("Default"):
            return None
        if key not in self.by_id:
            raise UnreadableFileError(
                self.name, f"it refers to {reference!r}, which is not in it.", "Export the recording as one file."
            )
        return self.by_id[key]

    def referred(self, reference: str, depth: int = 0) -> Context:
        """The context that a ``contextRef`` names."""
        if depth > MAX_XML_DEPTH:
            raise HostileFileError(self.name, "contexts refer to one another in a circle.", "Refused.")
        target = self.find(reference)
        return self.context(target, DEFAULT_CONTEXT, depth + 1) if target is not None else DEFAULT_CONTEXT

    def context(self, element: Element, inherited: Context, depth: int = 0) -> Context:
        """The context that a ``<context>`` describes, on top of what it inherits; the same object every time."""
        key = (id(element), id(inherited))
        if key not in self._contexts:
            # What was inherited is kept too, so that its id stays its own.
            self._contexts[key] = (self._described(element, inherited, depth), inherited)
        return self._contexts[key][0]

    def _described(self, element: Element, inherited: Context, depth: int) -> Context:
        reference = element.get("contextRef")
        context = self.referred(reference, depth) if reference else inherited
        source = self._part(element, "inkSource")
        if source is not None:
            words = [source.get(key, "") for key in ("manufacturer", "model", "description")]
            context = replace(context, device=" ".join(w for w in words if w) or context.device)
            trace_format = self._part(source, "traceFormat")
            if trace_format is not None:
                context = self.with_format(context, trace_format, source)
        trace_format = self._part(element, "traceFormat")
        if trace_format is not None:
            context = self.with_format(context, trace_format, source)
        canvas = self._part(element, "canvas")
        if canvas is not None:
            canvas_format = self._part(canvas, "traceFormat")
            context = replace(
                context, canvas=self._channels(canvas_format, None)[0] if canvas_format is not None else ()
            )
        transform = self._part(element, "canvasTransform")
        if transform is not None:
            matrix, notes = _affine(transform, self.name)
            context = replace(context, transform=matrix, notes={**context.notes, **notes})
        stamp = self._part(element, "timestamp")
        if stamp is not None:
            context = replace(
                context,
                timestamp=next((stamp.attrib[k] for k in _XML_ID if k in stamp.attrib), "timestamp"),
                time=stamp.get("timeString") or stamp.get("time"),
            )
        return context

    def with_format(self, context: Context, trace_format: Element, source: Element | None = None) -> Context:
        """The context with the channels of a ``<traceFormat>``; ``source`` states their resolutions."""
        channels, regular = self._channels(trace_format, source)
        names = [channel.name for channel in channels[:regular]]
        if "X" not in names or "Y" not in names:
            raise UnreadableFileError(
                self.name, f"its traceFormat declares {names}, without X and Y.", "Export positions too."
            )
        lifts = next((channel.name for channel in channels if tells_lifts(channel.name)), None)
        if lifts is not None:
            found = f"its channel {lifts!r:.40} seems to tell where the pen was lifted, in a way that is not known."
            raise UnreadableFileError(self.name, found, "Export strokes as traces, hover as penUp.")
        return replace(context, channels=channels, regular=regular)

    def _part(self, element: Element, tag: str) -> Element | None:
        """A child, or what ``tagRef`` names."""
        child = element.find(tag)
        if child is not None:
            return child
        reference = element.get(tag + "Ref")
        return self.find(reference) if reference else None

    def _channels(self, trace_format: Element, source: Element | None) -> tuple[tuple[Channel, ...], int]:
        resolutions = {}
        for item in source.iter("channelProperty") if source is not None else ():
            if item.get("name") == "resolution":
                unit = item.get("units", "").strip().removeprefix("1/").strip()
                resolutions[item.get("channel", "")] = (item.get("value", ""), unit)
        regular = [_channel(c, resolutions) for c in trace_format.findall("channel")]
        extra = [_channel(c, resolutions) for c in trace_format.findall("intermittentChannels/channel")]
        if len(regular) + len(extra) > MAX_CHANNELS:
            raise HostileFileError(self.name, f"a traceFormat has more than {MAX_CHANNELS} channels.", "Refused.")
        return (*regular, *extra), len(regular)


def _channel(element: Element, resolutions: dict[str, tuple[str, str]]) -> Channel:
    name = element.get("name", "").strip()
    return Channel(
        name="S" if is_tip_switch(name) else name,
        state=element.get("type") == "boolean",
        integer=element.get("type") == "integer",
        low=_number(element.get("min")),
        high=_number(element.get("max")),
        units=element.get("units", "").strip().lower(),
        reverse=element.get("orientation", "").strip() == "-ve",
        respect_to=element.get("respectTo", "").strip(),
        resolution=resolutions.get(name),
    )


def _affine(transform: Element, name: str) -> tuple[NDArray[np.float64] | None, dict[str, int]]:
    """The part of a canvas transform that takes (x, y, 1) to (x, y) as a (2, 3) matrix; None for the identity.

    Section 4.5: the first mapping leads from the trace to the canvas. A mapping that is not affine, or that mixes
    other channels into x and y, is not applied, and the notes say so.
    """
    ignored = {"canvas transform not understood, not applied": 1}
    mapping = transform.find("mapping")
    if mapping is None or mapping.get("type", "identity") == "identity":
        return None, {}
    matrix = mapping.find("matrix")
    if mapping.get("type") != "affine" or matrix is None:
        return None, ignored
    sources = [b.get("source") for b in mapping.findall("bind") if b.get("source")] or ["X", "Y"]
    targets = [b.get("target") for b in mapping.findall("bind") if b.get("target")] or ["X", "Y"]
    try:
        rows = [[float(v) for v in row.split()] for row in (matrix.text or "").split(",") if row.strip()]
    except ValueError as error:
        raise UnreadableFileError(name, f"its canvas transform is not a matrix ({error}).", "Export again.") from error
    if "X" not in sources or "Y" not in sources or "X" not in targets or "Y" not in targets:
        return None, ignored
    if len(rows) != len(targets) or any(len(row) != len(sources) + 1 for row in rows):
        return None, ignored
    columns = [sources.index("X"), sources.index("Y"), len(sources)]
    picked = np.array([rows[targets.index(axis)] for axis in ("X", "Y")])
    result = picked[:, columns]
    others = np.delete(picked, columns, axis=1)
    if not np.isfinite(picked).all() or others.any() or abs(np.linalg.det(result[:, :2])) < 1e-12:
        return None, ignored
    return result, {}


def _number(text: str | None) -> float | None:
    value = _decimal(text or "")
    return float(value) if value is not None and isfinite(float(value)) else None


def _decimal(text: str) -> Decimal | None:
    if len(text) > _MAX_NUMBER_CHARACTERS:
        return None
    try:
        value = Decimal(text.strip())
    except DecimalException:
        return None
    return value if value.is_finite() and abs(value.adjusted()) < 300 else None
