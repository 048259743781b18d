"""Files → exhibits, and what the report shows of them: items with their ink drawn in writing heights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.errors import GeneratedInkError, OutOfScopeError
from datasets.height import writing_height
from datasets.ink import Ink
from datasets.layout import lines
from datasets.readers import ink_files, read_file
from datasets.sample import Exhibit, Sample
from forgery_kit.examination.copies import file_print, without_copies
from forgery_kit.examination.prints import Print
from reports.findings import DrawnStroke, Item, LeftOut, Role

#: Lines of one item that a report draws; the rest is counted, not drawn.
MAX_DRAWN_LINES = 40
#: Strokes of one side that are drawn, of some thirty dense pages: a report of many more takes minutes.
MAX_DRAWN_STROKES = 50_000
#: Strokes of one item that are drawn as left out.
MAX_LEFT_OUT = 1000
#: Note of a file whose bytes were given more than once on one side.
REPEATED = "the same file given again, read once"
#: Points closer than this (writing heights) along a stroke are not drawn: finer than print.
DRAWN_STEP = 0.08


def load_exhibit(
    label: str,
    paths: Sequence[str | Path],
    allow_generated: bool = False,
    read: Callable[[Path], tuple[Sample, ...]] = read_file,
    print_of: Callable[[Sequence[Sample]], Print | None] = file_print,
) -> Exhibit:
    """One side of a comparison from its files and folders.

    ``read`` and ``print_of`` are for those who have read the files before.

    Raises
    ------
    UnreadableFileError, HostileFileError : from the readers.
    GeneratedInkError : a file says that a program made it, and ``allow_generated`` is false.
    """
    samples = _read_once(paths, read)
    for sample in samples:
        if sample.origin == "generated" and not allow_generated:
            raise GeneratedInkError(
                sample.file, "this ink was made by a program.", "Give --allow-generated to compare it all the same."
            )
    return Exhibit(label, without_copies(samples, print_of))


def _read_once(paths: Sequence[str | Path], read: Callable[[Path], tuple[Sample, ...]]) -> tuple[Sample, ...]:
    """The samples of all files; a file whose very bytes came before is left out, and the first has a note of it."""
    first: dict[str, list[Sample]] = {}
    repeated = set()
    for path in paths:
        for samples in [list(read(file)) for file in ink_files([path])]:
            if first.setdefault(samples[0].sha256, samples) is not samples:
                repeated.add(samples[0].sha256)
    return tuple(
        replace(sample, ink=sample.ink.with_notes({REPEATED: 1})) if sha in repeated else sample
        for sha, samples in first.items()
        for sample in samples
    )


def by_file(exhibit: Exhibit) -> dict[str, list[Sample]]:
    """Samples of each file of an exhibit, in order."""
    groups: dict[str, list[Sample]] = {}
    for sample in exhibit.samples:
        groups.setdefault(sample.file, []).append(sample)
    return groups


def labelled(exhibit: Exhibit) -> dict[str, list[Sample]]:
    """Label of the item (Q1, Q2, …) → the samples of its file."""
    return {f"{exhibit.label}{number}": samples for number, samples in enumerate(by_file(exhibit).values(), 1)}


def items(
    exhibit: Exhibit, role: Role, evidence: dict[str, NDArray[np.float64]], certain: dict[str, NDArray[np.bool_]]
) -> tuple[Item, ...]:
    """One item a file. ``evidence`` maps a file to the contribution of each of its pen-down strokes, in order, and
    ``certain`` to whether each is certain.

    Raises OutOfScopeError where a file has no ink with any vertical extent.
    """
    found, room = [], MAX_DRAWN_STROKES
    for number, (file, samples) in enumerate(by_file(exhibit).items(), 1):
        strokes = [s for sample in samples for s in sample.ink.strokes()]
        try:
            height = writing_height(strokes)
        except ValueError as error:
            raise OutOfScopeError(file, f"{error}.", "Leave this file out.") from error
        length = float(sum(np.hypot(*np.diff(s[:, :2], axis=0).T).sum() for s in strokes if len(s) > 1))
        contributions, sure = evidence.get(file), certain.get(file)
        drawn, start, n_lines = [], 0, 0
        for sample in samples:
            count = int(sample.ink.pen_down.sum())
            mine = contributions[start : start + count] if contributions is not None else None
            mine_sure = sure[start : start + count] if sure is not None else None
            of_sample = lines(sample.ink)
            n_lines += len(of_sample)
            drawn += [drawn_line(sample.ink, line, height, mine, mine_sure) for line in of_sample]
            start += count
        ends = np.cumsum([len(line) for line in drawn[:MAX_DRAWN_LINES]])
        drawn = drawn[: int(np.searchsorted(ends, room, "right"))]
        room -= sum(len(line) for line in drawn)
        inks = [s.ink for s in samples]
        scales = {ink.mm_per_unit for ink in inks}
        scale = scales.pop() if len(scales) == 1 else None
        notes: dict[str, int] = {}
        for ink in inks:
            for note, count in ink.notes.items():
                notes[note] = notes.get(note, 0) + count
        found.append(
            Item(
                label=f"{exhibit.label}{number}",
                role=role,
                file=file,
                sha256=samples[0].sha256,
                format=samples[0].format,
                device=samples[0].device,
                origin=samples[0].origin,
                channels=tuple(c for c in inks[0].channels if all(c in ink.channels for ink in inks)),
                time_source=inks[0].time_source,
                n_strokes=len(strokes),
                n_points=sum(len(ink) for ink in inks),
                n_lines=n_lines,
                amount=round(length / height, 2),
                writing_height=round(height, 4),
                mm_per_unit=scale,
                length_mm=round(length * scale, 1) if scale else None,
                notes=notes,
                lines=tuple(drawn),
            )
        )
    return tuple(found)


def drawn_line(
    ink: Ink,
    line: NDArray[np.int64],
    height: float,
    evidence: NDArray[np.float64] | None,
    certain: NDArray[np.bool_] | None,
) -> tuple[DrawnStroke, ...]:
    """Strokes of a line, its left end at x = 0 and its middle near y = 0, thinned to what print can show."""
    ends = ink.stroke_ends
    starts = np.concatenate([[0], ends[:-1]])
    pieces = [ink.points[starts[i] : ends[i]] for i in line]
    together = np.concatenate(pieces)
    left, middle = together[:, 0].min(), np.median(together[:, 1])
    order = np.cumsum(ink.pen_down) - 1
    drawn = []
    for index, piece in zip(line, pieces, strict=True):
        xy = (piece[:, :2] - (left, middle)) / height
        keep = drawn_points(piece[:, :2], height)
        speed = None
        if "t" in ink.channels and len(piece) > 2 and len(keep) > 1:
            legs = np.hypot(*np.diff(xy[keep], axis=0).T)
            times = np.diff(piece[keep, 2])
            if np.isfinite(times).all():
                rate = legs / np.maximum(times, 1e-3)
                speed = tuple(float(v) for v in np.round(np.append(rate, rate[-1]), 1))
        drawn.append(
            DrawnStroke(
                x=tuple(float(v) for v in np.round(xy[keep, 0], 2)),
                y=tuple(float(v) for v in np.round(xy[keep, 1], 2)),
                speed=speed,
                evidence=None if evidence is None else (float(np.round(evidence[order[index]], 4)),) * len(keep),
                certain=certain is None or bool(certain[order[index]]),
            )
        )
    return tuple(drawn)


def left_out(exhibit: Exhibit, side: Sequence[Item]) -> list[LeftOut]:
    """What was taken out of the files of a side as no writing; none of files that are whole."""
    found = []
    for item, samples in zip(side, by_file(exhibit).values(), strict=True):
        inks = [sample.left_out for sample in samples if sample.left_out]
        strokes = [stroke[:, :2] / item.writing_height for ink in inks for stroke in ink.strokes()]
        if not strokes:
            continue
        corner = np.min([stroke.min(axis=0) for stroke in strokes], axis=0)
        drawn = []
        for stroke in strokes[:MAX_LEFT_OUT]:
            xy = np.round(stroke[drawn_points(stroke, 1.0)] - corner, 2)
            drawn.append(DrawnStroke(x=tuple(map(float, xy[:, 0])), y=tuple(map(float, xy[:, 1]))))
        found.append(LeftOut(item.label, len(strokes), tuple(drawn)))
    return found


def drawn_points(xy: NDArray[np.float64], height: float) -> NDArray[np.int64]:
    """Which points (n, 2) of a stroke are drawn: those ``DRAWN_STEP`` apart along it, the first and the last.

    ``height`` : writing height of the file, device units.
    """
    if len(xy) < 3:
        return np.arange(len(xy))
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))]) / height
    keep = np.concatenate([[True], np.diff(np.floor(along / DRAWN_STEP)) > 0])
    keep[-1] = True
    return np.flatnonzero(keep)
