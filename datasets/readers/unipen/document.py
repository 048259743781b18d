"""Reader for UNIPEN 1.0 (see ``unipen_document`` for the text): documents → samples, one a word or text.

Words are read segment by segment, since in many recordings each word was written in a box of its own and its
coordinates start at the same place: drawn as one page, the words lie on top of one another.

What becomes of the values: y is flipped (UNIPEN counts upwards in every donor that we know, ink counts downwards);
where x and y have different resolutions, y is brought to that of x; time is the recorded `T`, else it is counted
at the stated rate, else it is missing. Rates outside ``PLAUSIBLE_RATES`` are wrong (9600 and 10 are found) and count
as unknown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.ink import Ink
from datasets.limits import MAX_FILE_BYTES, MAX_POINTS, MIN_POINTS
from datasets.readers.building import build_ink
from datasets.readers.lifts import AWAY_NOTE, away_points
from datasets.readers.order import runs_backwards
from datasets.readers.tables.columns import is_common_clock
from datasets.readers.unipen.components import Component, Include, UnipenDocument, parse_unipen
from datasets.readers.unipen.segments import Segment
from datasets.sample import Sample

NAME = "unipen"
SUMMARY = "UNIPEN 1.0 text (.PEN_DOWN, .PEN_UP, .SEGMENT), with its includes"

#: Points per second of tablets, from the slowest digitisers of the nineties to today's.
PLAUSIBLE_RATES = (25.0, 1000.0)

#: Levels of segments, the largest first, for files that do not state a `.HIERARCHY`.
LEVELS = ("PAGE", "FORM", "TEXT", "PARAGRAPH", "SENTENCE", "LINE", "PHRASE", "WORD", "CHARACTER", "CHAR", "DIGIT")

REPEATED_NOTE = "segments that name ink of an earlier one, read without it"

_FIRST_STATEMENT = re.compile(rb"(?:\xef\xbb\xbf)?\s*\.[A-Z][A-Z_0-9]*\b")
_OWN_STATEMENT = re.compile(
    rb"^[ \t]*\.(?:PEN_DOWN|PEN_UP|COORD|SEGMENT|HIERARCHY|DATA_SOURCE|WRITER_ID|INCLUDE[ \t]+\S+/\S+)\s", re.MULTILINE
)


def looks_like(head: bytes) -> bool:
    """Whether the first bytes are UNIPEN: a statement first, and one that no other dotted format has."""
    return _FIRST_STATEMENT.match(head) is not None and _OWN_STATEMENT.search(head) is not None


def read(data: bytes, name: str, folder: Path | None = None) -> tuple[Sample, ...]:
    """One sample a segment of the highest level that has segments; the whole file where there is none.

    Ink that several segments name is read with the first of them, so that no stroke counts twice.
    Pen-downs of the file that are in no such segment are a last sample without text. Those of included files are
    counted only: a corpus divides the segments of one recording among several files.

    Parameters
    ----------
    folder : where the file lies; includes are looked for there and in the `include` folder of its corpus.
        None: no include is read, and the notes say so.

    Raises
    ------
    UnreadableFileError : not UNIPEN, segments that do not fit the ink, no ink, several writers, times that run
        backwards.
    HostileFileError : includes that leave the corpus, are links, or loop; more than the limits allow.
    """
    document = parse_unipen(decode(data), name, _includer(folder, name))
    _check_whole(document, name)
    notes = dict(document.notes)
    notes["included files that are missing or not read"] = len(document.missing_includes)
    notes["masked pen-downs (held-out ink), left out"] = sum(c.masked for c in document.components)
    segments = top_segments(document)
    samples: list[Sample] = []
    points = 0
    taken = [np.zeros(len(component.points), bool) for component in document.components]
    for index, segment in enumerate(segments or [None]):
        pieces, repeated = _pieces(document, segment, taken, name)
        points += repeated + sum(len(piece.points) for piece in pieces)
        if points > MAX_POINTS:
            raise HostileFileError(name, f"its segments repeat ink to more than {MAX_POINTS} points.", "Split it.")
        if repeated:
            notes[REPEATED_NOTE] = notes.get(REPEATED_NOTE, 0) + 1
        if sum(len(piece.points) for piece in pieces if piece.pen_down) < MIN_POINTS:
            notes["segments without ink, left out"] = notes.get("segments without ink, left out", 0) + 1
            continue
        samples.append(_sample(document, components_ink(document, pieces, name), segment, index))
    outside = document.outside(segments) if segments else []
    rest = [piece for piece in outside if not piece.included]
    notes["pen-downs of included files in no segment, not read"] = len(outside) - len(rest)
    if rest:
        notes["pen-downs in no segment, read as the last sample"] = len(rest)
        samples.append(_sample(document, components_ink(document, rest, name), None, None))
    if not samples:
        missing = ", ".join(document.missing_includes[:3])[:120]
        advice = f"Missing: {missing}. Read it from the folder of its corpus." if missing else ""
        raise UnreadableFileError(name, "there is no pen-down ink in it.", advice)
    whole_file = {f"whole file: {note}": count for note, count in notes.items()}
    samples[0] = replace(samples[0], ink=samples[0].ink.with_notes(whole_file))
    return tuple(samples)


def _check_whole(document: UnipenDocument, name: str) -> None:
    """Raise UnreadableFileError where a document is not the ink of one writer in the order of writing."""
    if len(document.writers) > 1:
        raise UnreadableFileError(
            name,
            f".WRITER_ID names {len(document.writers)} writers.",
            "Give the ink of each as a file of its own.",
        )
    if "T" in document.columns and document.components:
        column = document.columns.index("T")
        if runs_backwards(np.concatenate([component.points[:, column] for component in document.components])):
            raise UnreadableFileError(name, "its times run backwards: the newest is first.", "Turn the order round.")


def _pieces(
    document: UnipenDocument, segment: Segment | None, taken: list[NDArray[np.bool_]], name: str
) -> tuple[list[Component], int]:
    """Components of a segment, or of the whole document, without masked ones and ink that another segment has taken.

    ``taken`` holds an array (n,) for each component of the document, and is filled in. Also returns how many points are
    left out since they were taken.
    """
    if segment is None:
        return [component for component in document.components if not component.masked], 0
    pieces, repeated = [], 0
    try:
        for component, start, end in document.ranges(segment):
            before = taken[component.number][start:end].copy()
            taken[component.number][start:end] = True
            repeated += int(before.sum())
            if component.masked:
                continue
            if not before.any() and end - start == len(component.points):
                pieces.append(component)
                continue
            cuts = np.flatnonzero(before[1:] != before[:-1]) + 1
            parts = zip(np.split(component.points[start:end], cuts), np.split(before, cuts), strict=True)
            pieces += [replace(component, points=points) for points, was_taken in parts if not was_taken[0]]
    except ValueError as error:
        advice = "Read it from the folder of its corpus, with its includes." if document.missing_includes else ""
        raise UnreadableFileError(name, f"a .SEGMENT names ink that is not there: {error}.", advice) from error
    return pieces, repeated


def decode(data: bytes) -> str:
    """Text of a UNIPEN file: UTF-8 where it is, else Latin-1, in which the release was written."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def top_segments(document: UnipenDocument) -> list[Segment]:
    """Segments of the highest level that has any, in the order of `.HIERARCHY`, else of ``LEVELS``."""
    present = {segment.level for segment in document.segments}
    order = [level for level in (*document.hierarchy, *LEVELS, *sorted(present)) if level in present]
    return [segment for segment in document.segments if segment.level == order[0]] if order else []


def rate(document: UnipenDocument) -> float | None:
    """Points per second as stated, or None where missing or not plausible."""
    stated = document.number("POINTS_PER_SECOND")
    return stated if stated is not None and PLAUSIBLE_RATES[0] <= stated <= PLAUSIBLE_RATES[1] else None


def components_ink(document: UnipenDocument, pieces: Sequence[Component], name: str) -> Ink:
    """Ink of some components (at least one, none masked), a stroke each.

    Raises UnreadableFileError and HostileFileError as ``build_ink`` does.
    """
    notes: Counter[str] = Counter()
    pieces = _without_away_points(document, pieces, name, notes)
    points = np.concatenate([piece.points for piece in pieces])
    x, y = (points[:, document.columns.index(axis)] for axis in "XY")
    resolution = document.points_per_mm
    if resolution is not None and resolution[0] != resolution[1]:
        y = y * (resolution[0] / resolution[1])
        notes["y brought to the resolution of x"] = 1
    columns = {"x": x, "y": 0.0 - y}
    time_source: Literal["recorded", "constant rate"] | None = None
    ends = np.cumsum([len(piece.points) for piece in pieces])
    recorded = _recorded_time(document, points, np.append(0, ends[:-1]), notes)
    if recorded is not None:
        columns["t"], time_source = recorded, "recorded"
    elif (stated := rate(document)) is not None:
        columns["t"], time_source = _counted_time(pieces, stated, notes), "constant rate"
    elif document.number("POINTS_PER_SECOND") is not None:
        notes["stated rate is not plausible, counted as unknown"] = 1
    down = np.repeat([piece.pen_down for piece in pieces], np.diff(ends, prepend=0))
    if "P" in document.columns:
        pressure = _pressure(document, points[:, document.columns.index("P")], notes)
        columns["pressure"] = pressure
        # One donor (atu) wrote whole texts as one component in which each stroke ends, and the next begins, at 0.
        lifts = np.flatnonzero((pressure[:-1] == 0) & (pressure[1:] == 0) & down[:-1] & down[1:]) + 1
        lifts = np.setdiff1d(lifts, ends) if pressure.any() else lifts[:0]
        notes["pen lifts told by two points without pressure"] = len(lifts)
        ends = np.union1d(ends, lifts)
    return build_ink(
        name,
        np.split(np.stack(list(columns.values()), axis=1), ends[:-1]),
        channels=tuple(columns),
        pen_down=list(down[ends - 1]),
        mm_per_unit=None if resolution is None else 1.0 / resolution[0],
        time_source=time_source,
        notes=notes,
    )


def _without_away_points(
    document: UnipenDocument, pieces: Sequence[Component], name: str, notes: Counter[str]
) -> list[Component]:
    """The components without points that are no positions, cut where one lay."""
    points = np.concatenate([piece.points for piece in pieces])
    xy = points[:, [document.columns.index(axis) for axis in "XY"]]
    pressure = points[:, document.columns.index("P")] if "P" in document.columns else None
    starts = np.cumsum([0, *(len(piece.points) for piece in pieces[:-1])])
    away = away_points(xy, pressure, starts, name)
    if not away.any():
        return list(pieces)
    notes[AWAY_NOTE] = int(away.sum())
    kept = []
    for piece, gone in zip(pieces, np.split(away, starts[1:]), strict=True):
        cuts = np.flatnonzero(gone[1:] != gone[:-1]) + 1
        parts = zip(np.split(piece.points, cuts), np.split(gone, cuts), strict=True)
        kept += [replace(piece, points=part) for part, is_gone in parts if not is_gone[0]]
    return kept


def _recorded_time(
    document: UnipenDocument, points: NDArray[np.float64], starts: NDArray[np.int64], notes: Counter[str]
) -> NDArray[np.float64] | None:
    """`T` in seconds from the first point, (n,), or None; components begin at ``starts`` (s,).

    The specification counts milliseconds; one donor (atu) counts microseconds. Where a rate is stated, the median
    step within components tells which of the two; if it fits neither, the time is not used.
    """
    if "T" not in document.columns:
        return None
    t = points[:, document.columns.index("T")]
    per_second = 1e3
    stated = rate(document)
    if stated is not None and document.time_step is not None:
        ratio = document.time_step * stated
        fitting = [unit for unit in (1e3, 1e6) if 0.5 < ratio / unit < 2]
        if not fitting:
            notes["recorded time does not fit the stated rate, not used"] = 1
            return None
        per_second = fitting[0]
        notes["time is in microseconds"] = int(per_second == 1e6)
    seconds = (t - t[0]) / per_second
    return seconds if is_common_clock(seconds, starts, notes) else None


def _counted_time(pieces: Sequence[Component], stated: float, notes: Counter[str]) -> NDArray[np.float64]:
    """Time at a constant rate, (n,) seconds.

    Between components it goes on by the pause that the file states (`.DT`), else by one step: right where the pen
    was followed through the air, too short where it was not, so those pen lifts are counted.
    """
    step = 1.0 / stated
    parts, clock, before = [], -step, None
    for piece in pieces:
        follows = before is not None and piece.number == before.number + 1
        if before is not None:
            if follows and piece.pause_ms is not None:
                clock += piece.pause_ms / 1e3 - step
            elif not follows or (piece.pen_down and before.pen_down):
                notes["pen lifts of unknown duration, counted as one step"] += 1
        parts.append(clock + step * np.arange(1, len(piece.points) + 1))
        clock, before = max(float(parts[-1][-1]), 0.0), piece
    return np.concatenate(parts)


def _pressure(document: UnipenDocument, values: NDArray[np.float64], notes: Counter[str]) -> NDArray[np.float64]:
    """`P` as a share of the largest in the document, 0..1: UNIPEN states no maximum of the device."""
    largest = document.largest_pressure
    notes["pressure is relative to the largest of the file"] = 1
    return np.clip(values / largest, 0.0, 1.0) if largest > 0 else np.zeros_like(values)


def _sample(document: UnipenDocument, ink: Ink, segment: Segment | None, index: int | None) -> Sample:
    header = {key: " ".join(document.headers.get(key, "").split()) or None for key in ("WRITER_ID", "DATE", "DATA_ID")}
    return Sample(
        ink=ink,
        writer=header["WRITER_ID"],
        text=None if segment is None else segment.label,
        line=None if segment is None else str(index),
        sitting=header["DATE"],
        device=None if header["DATA_ID"] is None else f"UNIPEN {header['DATA_ID']}",
    )


def _includer(folder: Path | None, name: str) -> Include:
    """Reads included files below ``folder`` or the `include` folder of the corpus that it lies in."""
    if folder is None:
        return lambda target: None
    root = corpus_root(folder)

    def include(target: str) -> str | None:
        parts = target.replace("\\", "/").split("/")
        if not target or "\0" in target or parts[0] == "" or ".." in parts or ":" in parts[0]:
            raise HostileFileError(name, f".INCLUDE {target[:80]!r} leaves the folder of the corpus.", "Remove it.")
        for base in (root / "include", folder):
            path = base
            for part in parts:
                path = path / part
                if path.is_symlink():
                    raise HostileFileError(name, f".INCLUDE {target[:80]!r} goes through a link.", "Copy the file.")
            if path.is_file():
                if path.stat().st_size > MAX_FILE_BYTES:
                    raise HostileFileError(name, f".INCLUDE {target[:80]!r} is too large.", "Split it.")
                return decode(path.read_bytes())
        return None

    return include


def corpus_root(folder: Path) -> Path:
    """The nearest folder at or above that holds both `include` and `data`, as the release does; else the folder."""
    for candidate in (folder, *list(folder.absolute().parents)[:6]):
        if (candidate / "include").is_dir() and (candidate / "data").is_dir():
            return candidate
    return folder
