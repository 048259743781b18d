"""Xournal++ (.xopp) and Xournal (.xoj): XML, packed with gzip or not; positions in points of 1/72 inch, y down.

A stroke is a row of x and y in turn. Its width is followed by one for each leg where the pen's pressure made it thick
and thin: in Xournal++ the width times the pressure. Times are not kept. One sample a page; what other tools than the
pen drew, texts and pictures are left out and counted.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.ink import Ink
from datasets.limits import HEAD_BYTES, MAX_FILE_BYTES, MAX_XML_TREE_ELEMENTS
from datasets.readers.building import build_ink, check_amounts, check_values
from datasets.readers.safe_xml import root_of, scan
from datasets.sample import Sample

NAME = "xopp"
SUMMARY = "Xournal++ and Xournal (.xopp, .xoj), packed or not"

MM_PER_POINT = 25.4 / 72
_GZIP = b"\x1f\x8b"
_OTHER_TOOLS = ("highlighter", "eraser")
_NO_STROKES = {"text": "texts", "image": "pictures", "teximage": "formulas", "link": "links"}

Array = NDArray[np.float64]


@dataclass
class _Page:
    """Strokes of the pen, each (k, 2) with its shares (k,) of the full width or None; layers; counts of the rest."""

    strokes: list[tuple[Array, Array | None]] = field(default_factory=list)
    layers: set[int] = field(default_factory=set)
    notes: dict[str, int] = field(default_factory=dict)

    def note(self, text: str) -> None:
        self.notes[text] = self.notes.get(text, 0) + 1


def looks_like(head: bytes) -> bool:
    """True for a root ``<xournal>``, also behind gzip."""
    if head.startswith(_GZIP):
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, HEAD_BYTES)
        except zlib.error:
            return False
    root = root_of(head)
    return root is not None and root.name == "xournal"


def read(data: bytes, name: str, folder: Path | None = None) -> tuple[Sample, ...]:
    """One Sample for each page with strokes of the pen.

    Raises
    ------
    UnreadableFileError : cut off, not well-formed, no ink, a value that is none, a tool that is not known.
    HostileFileError : document types and entities, or more than ``limits`` allow, packed or unpacked.
    """
    reader = _Reader(name)
    scan(_unpacked(data, name), name, reader.start, reader.end, reader.text, MAX_XML_TREE_ELEMENTS)
    full = [page for page in reader.pages if page.strokes]
    if not full:
        left_out = sorted({note for page in reader.pages for note in page.notes})
        found = f"no pen drew any of it ({'; '.join(left_out)})." if left_out else "there is no ink in this file."
        raise UnreadableFileError(name, found, "Give a file with strokes of the pen.")
    if len(full) < len(reader.pages):
        full[0].notes["pages without strokes of the pen, left out"] = len(reader.pages) - len(full)
    shares = [share for page in full for _, share in page.strokes if share is not None]
    widest = max((float(np.nanmax(share, initial=0.0)) for share in shares), default=0.0)
    return tuple(Sample(ink=_ink(page, widest, name)) for page in full)


def _unpacked(data: bytes, name: str) -> bytes:
    """The XML; never more than ``MAX_FILE_BYTES`` of it, however small it was packed."""
    if not data.startswith(_GZIP):
        return data
    unpacking = zlib.decompressobj(wbits=31)
    try:
        text = unpacking.decompress(data, MAX_FILE_BYTES + 1)
    except zlib.error as error:
        raise UnreadableFileError(name, f"its gzip is damaged ({error}).", "Copy the file again.") from error
    if len(text) > MAX_FILE_BYTES:
        found = f"unpacked it has more than the {MAX_FILE_BYTES // 2**20} MB that are read."
        raise HostileFileError(name, found, "Split the recording.")
    if not unpacking.eof or unpacking.unused_data:
        found = "there is more behind its gzip." if unpacking.eof else "its gzip is cut off."
        raise UnreadableFileError(name, found, "Copy the file again.")
    return text


class _Reader:
    """Takes the elements of a file as they stream by and collects its pages."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.pages: list[_Page] = []
        self._layer = self._strokes = self._points = self._values = 0
        self._stroke: dict[str, str] | None = None
        self._pieces: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "page":
            self.pages.append(_Page())
        elif tag == "layer":
            self._layer += 1
        elif tag in _NO_STROKES and self.pages:
            self.pages[-1].note(f"{_NO_STROKES[tag]}, left out")
        elif tag == "stroke":
            self._stroke = attributes
            self._pieces.clear()

    def text(self, characters: str) -> None:
        if self._stroke is not None:
            self._pieces.append(characters)

    def end(self, tag: str) -> None:
        if tag != "stroke" or self._stroke is None:
            return
        attributes, self._stroke = self._stroke, None
        if not self.pages:
            raise UnreadableFileError(self.name, "a stroke stands outside every page.", "Export it again.")
        page = self.pages[-1]
        tool = attributes.get("tool", "pen").strip().lower()
        if tool in _OTHER_TOOLS:
            page.note(f"strokes of the {tool}, left out")
            return
        if tool != "pen":
            found = f"a stroke is of the tool {tool!r:.40}, which is not known."
            raise UnreadableFileError(self.name, found, "Keep the strokes of the pen only.")
        xy = self._numbers("".join(self._pieces))
        widths = self._numbers(attributes.get("width", ""))
        if len(xy) == 0:
            page.note("empty strokes")
            return
        if len(xy) % 2:
            raise UnreadableFileError(self.name, "a stroke has an x without its y.", "Export it again.")
        self._strokes += 1
        self._points += len(xy) // 2
        self._values += len(xy) + len(widths)
        check_amounts(self.name, self._strokes, self._points)
        check_values(self.name, self._values)
        if attributes.get("fill", "-1").strip() != "-1":
            page.note("filled strokes, read as writing")
        if "pressures" in attributes:
            page.note("pressures beside the points, not used")
        page.strokes.append((xy.reshape(-1, 2), _shares(widths, len(xy) // 2, page)))
        page.layers.add(self._layer)

    def _numbers(self, text: str) -> Array:
        # Counted before they are taken apart: as many words would take a hundred times the memory of the numbers.
        check_amounts(self.name, 0, sum(text.count(space) for space in " \n\t\r") // 2)
        try:
            numbers = np.array([float(word) for word in text.split()], dtype=float)
        except ValueError:
            numbers = np.array([np.nan])
        if "_" in text or not np.isfinite(numbers).all():
            wrong = next((w for w in text.split() if not re.fullmatch(r"[-+.\deE]+", w, re.ASCII)), "too large a value")
            found = f"a stroke holds {wrong[:20]!r}, which is no finite number."
            raise UnreadableFileError(self.name, found, "Export it again.")
        return numbers


def _shares(widths: Array, count: int, page: _Page) -> Array | None:
    """Width at each of ``count`` points as a share of the pen's, NaN where a leg has none; None without any.

    There is one for each leg, so none for the last point; Xournal++ before 1.1 writes a negative one there.
    """
    legs = widths[1:]
    if len(legs) == 0:
        return None
    if len(legs) not in (count - 1, count) or widths[0] <= 0:
        page.note("strokes whose widths do not fit their points, pressure counted as missing")
        return None
    shares = np.full(count, np.nan)
    shares[: len(legs)] = np.where(legs < 0, np.nan, legs / widths[0])
    return shares


def _ink(page: _Page, widest: float, name: str) -> Ink:
    """Ink of a page; ``widest`` is the largest share of the file."""
    notes = dict(page.notes)
    if len(page.layers) > 1:
        notes["layers, read one after another"] = len(page.layers)
    channels: tuple[str, ...] = ("x", "y")
    strokes = [xy for xy, _ in page.strokes]
    without = sum(shares is None for _, shares in page.strokes)
    if without < len(page.strokes):
        channels = ("x", "y", "pressure")
        notes["pressure is told by the width of strokes"] = 1
        if widest > 1:
            notes["pressure is relative to the largest of the file"] = 1
        if without:
            notes["strokes of one width, without pressure (shapes are kept so, too)"] = without
        strokes = [
            np.column_stack([xy, np.full(len(xy), np.nan) if shares is None else shares / max(widest, 1.0)])
            for xy, shares in page.strokes
        ]
    return build_ink(name, strokes, channels, [True] * len(strokes), MM_PER_POINT, None, notes)
