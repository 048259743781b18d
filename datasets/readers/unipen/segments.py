"""Segments of a UNIPEN document: what a range of its components says."""

from __future__ import annotations

import re
from dataclasses import dataclass

from datasets.errors import UnreadableFileError

_SEGMENT = re.compile(r'\s*(\S+)\s+(\S+)(?:\s+([^"\s]\S*))?(?:\s+"((?:[^"\\]|\\.)*)")?', re.DOTALL)
_SPAN = re.compile(r"(\d{1,9})(?::(\d{1,9}))?(?:-(\d{1,9})(?::(\d{1,9}))?)?")


@dataclass(frozen=True)
class Span:
    """Components ``first`` to ``last``, both included; with points, from and to these points, both included."""

    first: int
    last: int
    first_point: int | None = None
    last_point: int | None = None


@dataclass(frozen=True)
class Segment:
    """A `.SEGMENT`: what a range of components says. ``quality`` is OK, GOOD, BAD, ? …; ``label`` may be None."""

    level: str
    spans: tuple[Span, ...]
    quality: str | None
    label: str | None


def parse_segment(body: str, name: str) -> Segment:
    """A `.SEGMENT` statement: level, delineation, quality, label in quotes.

    Delineations: ``4``, ``22-27``, ``3:5-4:7`` (component 3 from point 5 to component 4 point 7), lists of them with
    commas. Raises UnreadableFileError for anything else.
    """
    match = _SEGMENT.match(body)
    if match is None:
        raise UnreadableFileError(name, f".SEGMENT {body.strip()[:60]!r} cannot be understood.")
    level, delineation, quality, label = match.groups()
    spans = []
    for part in delineation.split(","):
        numbers = _SPAN.fullmatch(part)
        if numbers is None:
            raise UnreadableFileError(name, f".SEGMENT delineation {delineation[:60]!r} cannot be understood.")
        first, first_point, last, last_point = (None if n is None else int(n) for n in numbers.groups())
        assert first is not None
        if last is None:
            last, last_point = first, first_point
        if last < first or (last == first and last_point is not None and last_point < (first_point or 0)):
            raise UnreadableFileError(name, f".SEGMENT delineation {delineation[:60]!r} runs backwards.")
        spans.append(Span(first, last, first_point, last_point))
    return Segment(level.upper(), tuple(spans), quality, None if label is None else re.sub(r"\\(.)", r"\1", label))
