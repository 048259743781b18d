"""Traces that stand in definitions, and the views that name them (Recommendation, sections 3.2 and 5).

A trace in ``<definitions>`` is no ink by itself; a ``<traceView>`` outside makes it so. Views of traces that stand
elsewhere only repeat them.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from datasets.errors import UnreadableFileError
from datasets.readers.inkml.context import Definitions


class DefinedTraces:
    """The traces in the definitions of one ``<ink>``, each given out once."""

    def __init__(self, ink: Element, definitions: Definitions) -> None:
        self._definitions = definitions
        self._groups: dict[int, tuple[Element, ...]] = {}
        self._unread: dict[int, Element] = {}
        for part in ink.iter("definitions"):
            self._collect(part, ())

    def _collect(self, parent: Element, groups: tuple[Element, ...]) -> None:
        for child in parent:
            if child.tag == "trace":
                self._groups[id(child)] = groups
                self._unread[id(child)] = child
            elif child.tag == "traceGroup":
                self._groups[id(child)] = groups
                self._collect(child, (*groups, child))

    def count_unread(self) -> int:
        """How many no view has named."""
        return len(self._unread)

    def named_by(self, view: Element, name: str) -> Iterator[tuple[Element, tuple[Element, ...]]]:
        """The traces that a view and those in it name for the first time, each with the groups that it stands in.

        Raises UnreadableFileError where a view shows a part of such a trace.
        """
        if not self._unread:
            return
        for part in view.iter("traceView"):
            reference = part.get("traceDataRef", "").strip().removeprefix("#")
            target = self._definitions.by_id.get(reference)
            if target is None or id(target) not in self._groups:
                continue
            if part.get("from") or part.get("to"):
                raise UnreadableFileError(
                    name, f"a view shows a part of {reference[:40]!r}, which is not supported.", "Export whole strokes."
                )
            for trace in target.iter("trace"):
                if self._unread.pop(id(trace), None) is not None:
                    yield trace, self._groups[id(trace)]
