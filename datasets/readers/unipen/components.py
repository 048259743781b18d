"""UNIPEN 1.0 text as a document: headers, numbered components, segments. No ink is made here.

A UNIPEN file is a list of statements: a keyword at the beginning of a line (`.PEN_DOWN`) and everything up to the
next one. Guyon et al. 1994, "UNIPEN project of on-line data exchange and recognizer benchmarks". What the release
train_r01_v07 does differently from the specification was found by checking its segments against its ink:

* **A component counts, and so has a number, only if it holds at least one coordinate.** Many `.PEN_UP` are empty
  and a few `.PEN_DOWN`; counting them too mislabels most donors in silence.
* Held-out ink is a `.PEN_DOWN` with zeros for its only point. It keeps its number and is flagged ``masked``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, islice, tee

import numpy as np
from numpy.typing import NDArray

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.limits import MAX_CHANNELS, MAX_FILE_BYTES, MAX_POINTS, MAX_STROKES
from datasets.readers.unipen.segments import Segment, parse_segment

#: Includes within includes; the release nests them two deep.
MAX_INCLUDE_DEPTH = 8
#: Segments of one file; the release has 1,040 in one at most. Each becomes a sample of its own.
MAX_SEGMENTS = 20_000
#: Files that one file may include. The release needs at most a few; the limit bounds work, not use.
MAX_INCLUDES = 256

_STATEMENT = re.compile(r"^[ \t]*\.([A-Z][A-Z_0-9]*)", re.MULTILINE)
#: Up to a megabyte and the rest of its last word: split whole, a hostile component of 60 MB takes gigabytes.
_PART = re.compile(r".{1,1048576}\S*", re.DOTALL)

#: Text of an included file by the name in the `.INCLUDE`, or None where there is no such file.
Include = Callable[[str], str | None]


@dataclass(frozen=True)
class Component:
    """One `.PEN_DOWN` or `.PEN_UP` with at least one coordinate.

    Attributes
    ----------
    number : position among the components of the document, from 0.
    pen_down : False for hover.
    points : (n, c) values as the file has them, columns as in ``UnipenDocument.columns``.
    masked : held-out ink, a single point of zeros.
    pause_ms : `.DT` before the component, milliseconds since the previous one, or None.
    included : it stands in an included file, whose ink other files may share.
    """

    number: int
    pen_down: bool
    points: NDArray[np.float64]
    masked: bool
    pause_ms: float | None = None
    included: bool = False


@dataclass(frozen=True)
class UnipenDocument:
    """A file and all that it includes, in reading order.

    Attributes
    ----------
    headers : keyword without its point → text of its last statement, for all statements but ink and segments.
    columns : channels of `.COORD`, upper case: X, Y, and some of T, P, …
    components, segments : in the order of the file.
    missing_includes : names of included files that are not there.
    writers : those that are stated before ink, each once.
    notes : what was odd → how many times.
    """

    headers: dict[str, str]
    columns: tuple[str, ...]
    components: tuple[Component, ...]
    segments: tuple[Segment, ...]
    missing_includes: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
    notes: dict[str, int] = field(default_factory=dict)

    def number(self, keyword: str) -> float | None:
        """The header as a positive finite number, or None where it is missing or not one."""
        words = self.headers.get(keyword, "").split()
        try:
            value = float(words[0]) if words else 0.0
        except ValueError:
            return None
        return value if 0 < value < float("inf") else None

    @property
    def points_per_mm(self) -> tuple[float, float] | None:
        """Resolution in x and in y, or None where either is not stated."""
        values = []
        for axis in "XY":
            per_inch, per_mm = self.number(f"{axis}_POINTS_PER_INCH"), self.number(f"{axis}_POINTS_PER_MM")
            if per_mm is None and per_inch is None:
                return None
            values.append(per_mm if per_mm is not None else (per_inch or 0.0) / 25.4)
        return values[0], values[1]

    @cached_property
    def time_step(self) -> float | None:
        """Median step of `T` within components, in the unit of the file, or None where there is no step."""
        if "T" not in self.columns:
            return None
        column = self.columns.index("T")
        steps = [np.diff(c.points[:, column]) for c in self.components if not c.masked and len(c.points) > 1]
        return float(np.median(np.concatenate(steps))) if steps else None

    @cached_property
    def largest_pressure(self) -> float:
        """Largest `P` of all components, 0 where there is none."""
        column = self.columns.index("P")
        return max((float(c.points[:, column].max()) for c in self.components), default=0.0)

    @property
    def hierarchy(self) -> tuple[str, ...]:
        """Levels of segments, the largest first."""
        return tuple(self.headers.get("HIERARCHY", "").upper().split())

    def pieces(self, segment: Segment) -> list[Component]:
        """Components of a segment, cut where it names points; held-out ink is left out.

        Raises ValueError where the segment names a component or a point that does not exist.
        """
        return [
            component
            if end - start == len(component.points)
            else replace(component, points=component.points[start:end])
            for component, start, end in self.ranges(segment)
            if not component.masked
        ]

    def outside(self, segments: Sequence[Segment]) -> list[Component]:
        """Pen-downs, or parts of them, that none of the segments names; held-out ink is left out."""
        named = [np.zeros(len(component.points), bool) for component in self.components]
        for segment in segments:
            for component, start, end in self.ranges(segment):
                named[component.number][start:end] = True
        found = []
        for component, inside in zip(self.components, named, strict=True):
            if component.pen_down and not component.masked:
                cuts = np.flatnonzero(inside[1:] != inside[:-1]) + 1
                parts = zip(np.split(component.points, cuts), np.split(inside, cuts), strict=True)
                found += [replace(component, points=points) for points, part in parts if not part[0]]
        return found

    def ranges(self, segment: Segment) -> Iterator[tuple[Component, int, int]]:
        """Components of a segment with the points from and up to which it names them."""
        for span in segment.spans:
            if span.last >= len(self.components):
                raise ValueError(f"component {span.last} of {len(self.components)} (counted from 0)")
            for number in range(span.first, span.last + 1):
                component = self.components[number]
                start = (span.first_point or 0) if number == span.first else 0
                end = len(component.points)
                if number == span.last and span.last_point is not None:
                    if span.last_point >= end:
                        raise ValueError(f"point {span.last_point} of {end} in component {number} (from 0)")
                    end = span.last_point + 1
                if start >= end:
                    raise ValueError(f"points {start} to {end - 1} of component {number}")
                yield component, start, end


def parse_unipen(text: str, name: str, include: Include) -> UnipenDocument:
    """The document in ``text``, with what it includes.

    Parameters
    ----------
    name : of the file, for errors.
    include : returns the text of an included file, None where it is missing; may raise HostileFileError.

    Raises
    ------
    UnreadableFileError : coordinates that are not numbers, a `.COORD` without X and Y, a `.SEGMENT` or a range
        that cannot be understood, two channel lists in one document.
    HostileFileError : includes that loop or nest too deep, too many points.
    """
    parser = _Parser(name)
    for keyword, body in _statements(text, name, include, (), parser):
        parser.take(keyword, body)
    parser.check_widths()
    return UnipenDocument(
        headers=parser.headers,
        columns=parser.columns,
        components=tuple(parser.components),
        segments=tuple(parser.segments),
        missing_includes=tuple(parser.missing),
        writers=tuple(parser.writers),
        notes=dict(parser.notes),
    )


class _Parser:
    """State of one reading; one method per kind of statement."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.headers: dict[str, str] = {}
        self.columns: tuple[str, ...] = ("X", "Y")
        self.components: list[Component] = []
        self.segments: list[Segment] = []
        self.missing: list[str] = []
        self.writers: dict[str, None] = {}
        self.notes: Counter[str] = Counter()
        self.pause_ms: float | None = None
        self.points = 0
        self.bytes = 0
        self.includes = 0
        self.opened = 0
        self.lines: Counter[int] = Counter()

    def take(self, keyword: str, body: str) -> None:
        if keyword in ("PEN_DOWN", "PEN_UP"):
            self.component(keyword == "PEN_DOWN", body)
        elif keyword == "SEGMENT":
            if len(self.segments) >= MAX_SEGMENTS:
                raise HostileFileError(self.name, f"more than {MAX_SEGMENTS} segments.", "Split it.")
            self.segments.append(parse_segment(body, self.name))
        elif keyword == "DT":
            self.pause(body)
        elif keyword == "COORD":
            self.coord(body)
        else:
            self.headers[keyword] = body.strip()

    def coord(self, body: str) -> None:
        columns = tuple(body.upper().split())
        if not {"X", "Y"} <= set(columns) or len(set(columns)) != len(columns) or len(columns) > MAX_CHANNELS:
            raise UnreadableFileError(self.name, f".COORD {body.strip()[:40]!r} does not list X and Y once each.")
        if self.components and columns != self.columns:
            raise UnreadableFileError(
                self.name, "the list of channels (.COORD) changes within the ink.", "Split it into one file per list."
            )
        self.columns = columns

    def pause(self, body: str) -> None:
        try:
            pause = float(body)
        except ValueError:
            pause = -1.0
        if 0 <= pause < float("inf"):
            self.pause_ms = (self.pause_ms or 0.0) + pause
        else:
            self.notes["pauses (.DT) that are no number"] += 1

    def component(self, pen_down: bool, body: str) -> None:
        if not body.strip():
            self.notes["empty pen-downs"] += pen_down
            return
        # Lines are counted before they are made: a hostile component is one of 60 MB.
        points = self.coordinates(body) if body.count("\n") <= 2 * MAX_POINTS else None
        self.points += 0 if points is None else len(points)
        if points is None or self.points > MAX_POINTS or len(self.components) >= MAX_STROKES:
            raise HostileFileError(self.name, f"more than {MAX_POINTS} points or {MAX_STROKES} strokes.", "Split it.")
        if not len(points):
            return
        masked = pen_down and len(points) == 1 and not points.any()
        number = len(self.components)
        writer = " ".join(self.headers.get("WRITER_ID", "").split())
        if writer:
            self.writers[writer] = None
        self.components.append(Component(number, pen_down, points, masked, self.pause_ms, self.opened > 0))
        self.pause_ms = None

    def coordinates(self, body: str) -> NDArray[np.float64]:
        """Values of a component, (n, c). A line with the wrong number of values is left out and counted."""
        width = len(self.columns)
        values = self.numbers(body)
        if len(values) > width * MAX_POINTS:
            # For the caller to refuse, before its lines are split.
            return values[: len(values) // width * width].reshape(-1, width)
        lines = [line for line in body.splitlines() if line and not line.isspace()]
        if len(values) != width * len(lines):
            counts = [len(line.split()) for line in lines]
            self.lines.update(counts)
            fitting = [line for line, count in zip(lines, counts, strict=True) if count % width == 0]
            self.notes["lines with an odd number of values, left out"] += len(lines) - len(fitting)
            values = self.numbers(" ".join(fitting)) if fitting else np.empty(0)
        else:
            self.lines[width] += len(lines)
        return values.reshape(-1, width)

    def check_widths(self) -> None:
        """Refuse a document most of whose lines do not hold the values that `.COORD` names, but others.

        Some donors write several points in a line, hence multiples pass where all channels then are positions that
        follow one another; time or pressure beside them jumps to and fro.
        """
        count, lines = max(self.lines.items(), key=lambda item: item[1], default=(0, 0))
        width = len(self.columns)
        if lines < 2 or count == width or (count % width == 0 and not self.jumps(count // width)):
            return
        named = f"{width} ({' '.join(self.columns)[:40]})"
        raise UnreadableFileError(
            self.name,
            f"{lines} lines of points hold {count} values each, and .COORD names {named}.",
            "Name all channels in .COORD.",
        )

    def jumps(self, per_line: int) -> bool:
        """Whether points of one line lie further apart than the first points of successive lines, typically."""
        within, between = [np.empty(0)], [np.empty(0)]
        axes = [self.columns.index(axis) for axis in "XY"]
        for component in self.components:
            if len(component.points) % per_line == 0:
                xy = component.points[:, axes].reshape(-1, per_line, 2)
                within.append(np.hypot(*(xy[:, 1] - xy[:, 0]).T))
                between.append(np.hypot(*np.diff(xy[:, 0], axis=0).T))
        both = np.concatenate(within), np.concatenate(between)
        return all(len(part) for part in both) and bool(np.median(both[0]) > 4 * np.median(both[1]))

    def numbers(self, text: str) -> NDArray[np.float64]:
        try:
            if "_" in text:
                raise ValueError("Python would read 1_0 as 10")
            parts = [np.array(part[0].split(), dtype=np.float64) for part in _PART.finditer(text)]
        except ValueError as error:
            raise UnreadableFileError(
                self.name, f"component {len(self.components)} holds text that is no number."
            ) from error
        values = parts[0] if len(parts) == 1 else np.concatenate([np.empty(0), *parts])
        if not np.isfinite(values).all():
            raise UnreadableFileError(self.name, f"component {len(self.components)} holds values that are not finite.")
        return values


def _statements(
    text: str, name: str, include: Include, opened: tuple[str, ...], parser: _Parser
) -> Iterator[tuple[str, str]]:
    """(keyword, body) of all statements, those of included files in the place of their `.INCLUDE`."""
    parser.bytes += len(text)
    if parser.bytes > MAX_FILE_BYTES:
        raise HostileFileError(name, f"more than {MAX_FILE_BYTES // 2**20} MB with what it includes.", "Split it.")
    here, after = tee(_STATEMENT.finditer(text))
    ends = chain((match.start() for match in islice(after, 1, None)), (len(text),))
    for match, end in zip(here, ends, strict=False):
        keyword, body = match[1], text[match.end() : end]
        if keyword != "INCLUDE":
            yield keyword, body
            continue
        target = body.strip()
        parser.includes += 1
        if target in opened:
            raise HostileFileError(name, f"its includes form a loop at {target[:80]!r}.", "Remove the .INCLUDE.")
        if len(opened) >= MAX_INCLUDE_DEPTH or parser.includes > MAX_INCLUDES:
            raise HostileFileError(name, "its includes nest too deep or are too many.", "Put the ink into one file.")
        included = include(target)
        if included is None:
            parser.missing.append(target)
        else:
            parser.opened += 1
            yield from _statements(included, name, include, (*opened, target), parser)
            parser.opened -= 1
