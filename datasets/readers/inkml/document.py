"""InkML (W3C Recommendation 20 September 2011), as tablets, Office, Wacom, IAMonDo and CROHME write it.

Channels X, Y, T, F (pressure), S (tip switch), OE and OA (altitude, azimuth) or OTx and OTy (tilt) are read; others
are noted. Traces on the surface and above it (``penUp``) are kept, in document order, and cut where S changes;
``traceView`` only repeats them, but where it names traces that stand in definitions. What a brush of an eraser or a
highlighter drew is left out and counted.
Where contexts have different channels, the ink has all of them, with NaN where a stroke lacks one; time is kept
only where every stroke has it. A canvas transform that is affine is applied.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from datasets.errors import UnreadableFileError
from datasets.ink import Ink, TimeSource
from datasets.readers.building import build_ink, check_amounts, check_values
from datasets.readers.inkml.channels import columns_of, touching
from datasets.readers.inkml.context import DEFAULT_CONTEXT, Context, Definitions
from datasets.readers.inkml.pen import pen_state, tool_of, tool_of_brush
from datasets.readers.inkml.trace import decode, decode_plain
from datasets.readers.inkml.views import DefinedTraces
from datasets.readers.origin import is_generator, origin_of, strongest
from datasets.readers.safe_xml import root_of, tree
from datasets.sample import Origin, Sample

NAME = "inkml"
SUMMARY = "InkML of the W3C: Office, OneNote, Wacom, CROHME, IAMonDo and many others"

#: Of any channel: larger ones overflow in the arithmetic that follows.
_LARGEST_VALUE = 1e100

_WRITER = ("writer", "writerid", "author", "authorid")
_MAKER = ("device", "source", "creator", "software", "program")
_TEXT = ("truth", "transcription", "text")
#: Written by ``writers.inkml`` for what InkML has no place for.
ORIGIN, TIME_SOURCE = "forgery_kit:origin", "forgery_kit:time_source"


@dataclass
class _Trace:
    """One stroke as it stands in the file: ``values`` (k, channels of its context), ``offset`` in seconds."""

    values: NDArray[np.float64]
    context: Context
    pen_down: bool
    offset: float | None


def looks_like(head: bytes) -> bool:
    """True for a root ``<ink>``, or any other root that declares an InkML namespace (Wacom's ``<paper>``)."""
    root = root_of(head)
    if root is None:
        return False
    declared = any(
        key.startswith("xmlns") and value.lower().endswith("/inkml") for key, value in root.attributes.items()
    )
    return root.name == "ink" or declared


def read(data: bytes, name: str, folder: Path | None = None) -> tuple[Sample, ...]:
    """One Sample for each ``<ink>`` of a file, nearly always one.

    Raises
    ------
    UnreadableFileError : not well-formed, no ink, a value that is none, a reference to nothing.
    HostileFileError : document types and entities, or more than ``limits`` allow.
    """
    # Commas stand between points and hardly anywhere else: what is too much is refused before it is taken apart.
    check_amounts(name, 0, data.count(b","))
    root = tree(data, name, skip=("annotationXML",), text_of=("trace", "annotation", "matrix"))
    inks = [root] if root.tag == "ink" else root.findall(".//ink")
    if not inks:
        raise UnreadableFileError(name, "the XML holds no <ink>.", "Export the recording as InkML.")
    return tuple(_sample(ink, name) for ink in inks)


def _sample(element: Element, name: str) -> Sample:
    reader = _Reader(element, name)
    reader.walk(element, DEFAULT_CONTEXT)
    reader.note("traces inside definitions, not read", reader.defined.count_unread())
    annotations = _annotations(element)
    ink = _ink(reader, annotations)
    first = reader.traces[0].context
    return Sample(
        ink=ink,
        writer=next((annotations[key] for key in _WRITER if key in annotations), None),
        text=next((annotations[key] for key in _TEXT if key in annotations), None),
        sitting=first.time,
        device=first.device,
        origin=_origin(element),
    )


class _Reader:
    """Walks one ``<ink>`` in document order and collects its traces."""

    def __init__(self, ink: Element, name: str) -> None:
        self.name = name
        self.definitions = Definitions(ink, name)
        self.traces: list[_Trace] = []
        self.notes: dict[str, int] = {}
        self.left_out = 0
        self.defined = DefinedTraces(ink, self.definitions)
        self._by_id: dict[str, int] = {}
        self._points = self._held = 0

    def walk(self, parent: Element, context: Context, tool: str | None = None) -> None:
        """Read the children of an ``<ink>`` or ``<traceGroup>``; a bare context or format holds for what follows.

        ``tool`` is what drew where no trace says otherwise, None for a pen.
        """
        current = context
        for child in parent:
            if child.tag == "trace":
                self._drawn(child, self._referred(child, current), self._tool(child, tool))
            elif child.tag == "traceGroup":
                self.walk(child, self._referred(child, current), self._tool(child, tool))
            elif child.tag == "context":
                current = self.definitions.context(child, current)
                tool = self._tool_of_context(child, tool)
            elif child.tag == "traceFormat":
                current = self.definitions.with_format(current, child)
            elif child.tag == "traceView":
                for trace, groups in self.defined.named_by(child, self.name):
                    self.note("traces inside definitions, read where views name them", 1)
                    self._from_definitions(trace, groups)

    def _referred(self, element: Element, current: Context) -> Context:
        reference = element.get("contextRef")
        return self.definitions.referred(reference) if reference else current

    def _from_definitions(self, trace: Element, groups: Sequence[Element]) -> None:
        """Keep a trace that stands in definitions, in ``groups`` from the outermost to its own."""
        context, tool = DEFAULT_CONTEXT, None
        for element in (*groups, trace):
            context, tool = self._referred(element, context), self._tool(element, tool)
        self._drawn(trace, context, tool)

    def _tool(self, element: Element, tool: str | None) -> str | None:
        """What drew: the brush of the trace or group itself, else that of the context it refers to, else ``tool``."""
        brush = element.get("brushRef")
        if brush:
            return tool_of(brush, self.definitions.by_id)
        context = self.definitions.find(element.get("contextRef", "#Default"))
        return tool if context is None else self._tool_of_context(context, tool)

    def _tool_of_context(self, context: Element, tool: str | None) -> str | None:
        brush, reference = context.find("brush"), context.get("brushRef")
        if brush is not None:
            return tool_of_brush(brush, self.definitions.by_id)
        # That contexts do not refer to one another in a circle has been checked with their channels.
        return tool_of(reference, self.definitions.by_id) if reference else self._tool(context, tool)

    def _drawn(self, element: Element, context: Context, tool: str | None) -> None:
        """Keep a trace, unless something else than a pen drew it."""
        if tool is not None:
            self.left_out += 1
            self.note(f"strokes of the {tool}, left out", 1)
        else:
            self._trace(element, context)

    def _trace(self, element: Element, context: Context) -> None:
        values = self._values(element, context)
        columns = [channel.name for channel in context.channels]
        placed = ~np.isnan(values[:, [columns.index("X"), columns.index("Y")]]).any(axis=1)
        self.note("points without a position, left out", int((~placed).sum()))
        state = self._pen_state(element)
        self.note("strokes of indeterminate pen state, taken as down", int(state == "indeterminate"))
        trace = _Trace(values[placed], context, state != "up", self._offset(element))
        identity = element.get("xml:id") or element.get("id")
        before = self._by_id.get(element.get("priorRef", "").removeprefix("#"))
        if element.get("continuation") in ("middle", "end") and before is not None:
            earlier = self.traces[before]
            if earlier.context is context:
                earlier.values = np.concatenate([earlier.values, trace.values])
                if identity:
                    self._by_id[identity] = before
                return
        if element.get("continuation") in ("middle", "end"):
            self.note("strokes that continue one that is not known, kept apart", 1)
        if identity:
            self._by_id.setdefault(identity, len(self.traces))
        self.traces.append(trace)
        check_amounts(self.name, len(self.traces), 0)

    def _pen_state(self, element: Element) -> str:
        word = element.get("type")
        state = pen_state(word)
        if state is None:
            raise UnreadableFileError(
                self.name,
                f"a trace has the type {word!r:.40}, which says neither pen down nor pen up.",
                "Export it with penDown and penUp.",
            )
        return state

    def _values(self, element: Element, context: Context) -> NDArray[np.float64]:
        """The points of a trace, (k, channels); held as bare numbers while they come in, to bound memory."""
        values = array("d")
        plain = decode_plain(element.text or "", len(context.channels))
        if plain is not None:
            values.extend(plain)
            self._count(len(plain) // len(context.channels), len(plain))
            return self._checked(values, context)
        try:
            for row in decode(element.text or "", context.regular, [c.state for c in context.channels]):
                values.extend(row)
                self._count(1, len(row))
        except (ValueError, OverflowError) as error:
            raise UnreadableFileError(
                self.name,
                f"trace {len(self.traces) + 1} does not hold the channels "
                f"{' '.join(c.name for c in context.channels)}: {error}.",
                "Export the recording again, with its traceFormat.",
            ) from error
        return self._checked(values, context)

    def _count(self, points: int, values: int) -> None:
        self._points += points
        self._held += values
        check_amounts(self.name, 0, self._points)
        check_values(self.name, self._held)

    def _checked(self, values: array[float], context: Context) -> NDArray[np.float64]:
        points = np.array(values).reshape(-1, len(context.channels))
        if (np.abs(points) > _LARGEST_VALUE).any():
            raise UnreadableFileError(
                self.name,
                f"trace {len(self.traces) + 1} holds a value that is not a finite number.",
                "Export it again.",
            )
        return points

    def _offset(self, element: Element) -> float | None:
        """``timeOffset`` in seconds (the Recommendation gives it in milliseconds)."""
        text = element.get("timeOffset")
        if text is None:
            return None
        try:
            offset = float(text) / 1000
        except ValueError:
            offset = float("nan")
        if not np.isfinite(offset):
            raise UnreadableFileError(self.name, f"timeOffset {text[:20]!r} is not a number.", "Export again.")
        return offset

    def no_ink(self) -> UnreadableFileError:
        """Why there is none."""
        if self.left_out:
            return UnreadableFileError(
                self.name, "no pen drew any of it: its brushes are erasers or highlighters.", "Give handwriting."
            )
        if self.defined.count_unread():
            return UnreadableFileError(
                self.name,
                "its traces stand in definitions, where they are no ink, and no traceView names them.",
                "Export the strokes themselves.",
            )
        return UnreadableFileError(self.name, "there is no ink in this file.", "Check that the export holds strokes.")

    def note(self, text: str, count: int) -> None:
        if count:
            self.notes[text] = self.notes.get(text, 0) + count


def _ink(reader: _Reader, annotations: dict[str, str]) -> Ink:
    if not any(len(trace.values) and trace.pen_down for trace in reader.traces):
        raise reader.no_ink()
    columns, mm_per_unit, notes = columns_of(
        [trace.values for trace in reader.traces],
        [trace.context for trace in reader.traces],
        [trace.offset for trace in reader.traces],
    )
    for text, count in notes.items():
        reader.notes[text] = reader.notes.get(text, 0) + count
    channels = tuple(columns)
    points = np.stack([columns[channel] for channel in channels], axis=1)
    ends = np.cumsum([len(trace.values) for trace in reader.traces])
    source: TimeSource | None = None
    if "t" in channels:
        source = "constant rate" if annotations.get(TIME_SOURCE) == "constant rate" else "recorded"
    strokes: list[NDArray[np.float64]] = []
    pen_down: list[bool] = []
    for trace, rows in zip(reader.traces, np.split(points, ends[:-1]), strict=True):
        down = touching(trace.values, trace.context) & trace.pen_down
        cuts = np.flatnonzero(down[1:] != down[:-1]) + 1
        strokes += np.split(rows, cuts)
        pen_down += [bool(part.all()) for part in np.split(down, cuts)]
        reader.note("points of traces whose tip switch (S) is off, read as hover", int((~down).sum()) * trace.pen_down)
    return build_ink(reader.name, strokes, channels, pen_down, mm_per_unit, source, reader.notes)


def _origin(ink: Element) -> Origin:
    """What any annotation of the recording, of its groups, views and traces says of where the ink comes from.

    Also a source that no trace refers to tells that our own generator wrote the file.
    """
    sources = (" ".join(source.attrib.values()) for source in ink.iter("inkSource"))
    said: list[Origin] = ["generated"] if any(map(is_generator, sources)) else []
    for annotation in ink.iter("annotation"):
        kind, text = annotation.get("type", "").strip().lower(), annotation.text or ""
        if kind in (ORIGIN, "origin", "provenance"):
            said.append(origin_of(text))
        elif text.strip().lower() in ("yes", "true"):
            said.append(origin_of(kind))
        elif kind in _MAKER and is_generator(text):
            said.append("generated")
    return strongest(said)


def _annotations(ink: Element) -> dict[str, str]:
    """Annotations of the recording by lower-case type: its own, and those in its groups where the file has one."""
    own = {a.get("type", "").strip().lower(): (a.text or "").strip() for a in reversed(ink.findall("annotation"))}
    nested: dict[str, list[str]] = {}
    for group in ink.iter("traceGroup"):
        for item in group.findall("annotation"):
            nested.setdefault(item.get("type", "").strip().lower(), []).append((item.text or "").strip())
    single = {key: values[0] for key, values in nested.items() if len(values) == 1}
    return {key: value for key, value in {**single, **own}.items() if value}
