"""Exhibits → sides ready to be compared: ink as the network sees it, embeddings, what is unusual about them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from datasets.errors import OutOfScopeError
from datasets.sample import Exhibit
from forgery_kit.examination.copies import Files, files_of
from forgery_kit.examination.scrutiny import look_at
from forgery_kit.likelihood.agreement import agreement
from forgery_kit.likelihood.amounts import FLOOR_STEPS
from forgery_kit.likelihood.judge import Judge, default_judge
from forgery_kit.likelihood.stated import with_stated_letters
from forgery_kit.likelihood.typicality import typicality
from gan.features import FEATURES, STEPS_PER_HEIGHT, Trace, far_jumps
from gan.judging.style import WINDOW, has_time, sequence, sheets, total_amount, traces, windows
from reports.findings import LikelihoodRatio

#: Changes with whatever makes the same files give another vector of their side.
SIDES = 2
#: Steps from which a file is embedded by itself: longer ink, too, is cut into windows as short as that.
BY_ITSELF = WINDOW // 2
#: Orders of several shorter files whose embeddings are averaged.
ORDERS = 4


@dataclass(frozen=True)
class Ready:
    """An exhibit ready to be compared.

    Attributes
    ----------
    traces : its ink, one trace a file. amount : writing heights. steps : feature steps.
    timed : whether speed can be used. hashes : SHA-256 of its files.
    vectors : embedding by whether time was used: with it where ``timed``, and without it where ``comparable`` added it.
    faults : far jumps within strokes.
    typicality : share of reference exhibits that lie nearer to the middle of the reference, 0..1.
    agreement : lowest LR of one of several files against the others; None for one file.
    files : its recordings, for those of the other side to be looked up in.
    """

    exhibit: Exhibit
    traces: tuple[Trace, ...]
    amount: float
    steps: int
    timed: bool
    hashes: frozenset[str]
    vectors: dict[bool, NDArray[np.float64]]
    faults: int
    typicality: float
    agreement: LikelihoodRatio | None
    files: Files


def prepare(
    exhibits: Sequence[Exhibit], judge: Judge | None = None, with_time: bool = True, filled: bool = False
) -> list[Ready]:
    """Exhibits with their embeddings, computed together, with time where they have it, or without it at all.

    The exhibits are looked at first (``scrutiny.look_at``), so that lines are level. Without time is enough for sides
    that are not stated to be of one sitting, and saves embedding them twice. ``filled`` : see ``Judge.embed``.

    Raises OutOfScopeError where an exhibit has less ink than ``FLOOR_STEPS``, or stands wrong, and ArgumentsError where
    its text hardly fits (``with_stated_letters``).
    """
    judge = judge or default_judge()
    exhibits = [look_at(exhibit) for exhibit in exhibits]
    inks = [tuple(traces(exhibit.samples)) for exhibit in exhibits]
    for exhibit, ink in zip(exhibits, inks, strict=True):
        if len(ink) < len(sheets(exhibit.samples)):
            _refuse_flat(exhibit)
    timed = [with_time and has_time(ink) for ink in inks]
    features = [
        sequence(ink, flag) if ink else np.zeros((0, FEATURES), np.float32)
        for ink, flag in zip(inks, timed, strict=True)
    ]
    for exhibit, steps in zip(exhibits, features, strict=True):
        refuse_little(exhibit, len(steps))
    inks = [with_stated_letters(*side) for side in zip(exhibits, inks, timed, strict=True)]
    hashes = [frozenset(s.sha256 for s in exhibit.samples) for exhibit in exhibits]
    # Embedded in one order whichever side comes first, so that rounding cannot tell questioned from known.
    order = sorted(range(len(exhibits)), key=lambda i: sorted(hashes[i]))
    parts = [[sequence([one], flag) for one in ink] for ink, flag in zip(inks, timed, strict=True)]
    in_order = [parts[i] for i in order]
    alone = embed_files(in_order, judge, filled)
    vectors = dict(zip(order, embed_parts(in_order, alone, judge, filled), strict=True))
    of_files = dict(zip(order, alone, strict=True))
    return [
        Ready(
            exhibit=exhibit,
            traces=ink,
            amount=total_amount(ink),
            steps=len(steps),
            timed=flag,
            hashes=hashes[i],
            vectors={flag: vectors[i]},
            faults=sum(far_jumps(one) for one in ink),
            typicality=typicality(judge, vectors[i], len(steps), flag),
            agreement=agreement(judge, parts[i], flag, of_files[i]) if len(ink) > 1 else None,
            files=files_of(exhibit.samples, ink),
        )
        for i, (exhibit, ink, flag, steps) in enumerate(zip(exhibits, inks, timed, features, strict=True))
    ]


def refuse_little(exhibit: Exhibit, steps: int) -> None:
    """Raise OutOfScopeError for an exhibit of less ink than ``FLOOR_STEPS``."""
    if steps < FLOOR_STEPS:
        raise OutOfScopeError(
            ", ".join(sorted({s.file for s in exhibit.samples})),
            # Steps are whole, so that their fifths, unrounded, are never shown equal where they differ.
            f"there is too little ink to compare: {steps / STEPS_PER_HEIGHT:g} writing heights, at "
            f"least {FLOOR_STEPS / STEPS_PER_HEIGHT:g} are needed (a word or two).",
            "Give more writing.",
        )


def _refuse_flat(exhibit: Exhibit) -> None:
    """Raise OutOfScopeError for the first file whose ink has no writing height."""
    for group in sheets(exhibit.samples).values():
        if not traces(group):
            raise flat(group[0].file)


def flat(file: str) -> OutOfScopeError:
    """The error for a file whose ink has no writing height."""
    found = "no stroke of the ink has vertical extent, so it has no writing height."
    return OutOfScopeError(file, found, "Leave this file out.")


def embed_parts(
    sides: Sequence[Sequence[NDArray[np.float32]]],
    alone: Sequence[NDArray[np.float64]],
    judge: Judge,
    filled: bool = False,
) -> NDArray[np.float64]:
    """Embeddings (n, d) of sides from the features of their files, whatever the order of these.

    The mean over the embeddings of what ``together`` names, weighted by steps. Where short files are embedded one after
    another, windows of the network reach over their ends, so that another order gives another embedding: of several
    the mean over ``ORDERS`` orders is taken.

    Parameters
    ----------
    alone : of each side the embeddings (k, d) of its files, by ``embed_files``. filled : see ``Judge.embed``.
    """
    groups = [together(parts) for parts in sides]
    joined = [
        np.concatenate([parts[group[k]] for k in order])
        for parts, of_side in zip(sides, groups, strict=True)
        for group in of_side
        if len(group) > 1
        for order in _orders(len(group))
    ]
    rest = iter(judge.embed(joined, filled) if joined else ())
    found = []
    for parts, of_side, own in zip(sides, groups, alone, strict=True):
        steps = np.array([sum(len(parts[k]) for k in group) for group in of_side], float)
        vectors = [
            own[group[0]] if len(group) == 1 else np.mean([next(rest) for _ in _orders(len(group))], axis=0)
            for group in of_side
        ]
        found.append(steps / steps.sum() @ np.stack(vectors))
    return np.stack(found)


def embed_files(
    sides: Sequence[Sequence[NDArray[np.float32]]], judge: Judge, filled: bool = False
) -> list[NDArray[np.float64]]:
    """Of each side the embeddings (k, d) of its files, from their features. ``filled`` : see ``Judge.embed``."""
    pieces = [file_windows(part, len(parts)) for parts in sides for part in parts]
    ends = np.cumsum([len(parts) for parts in sides])
    return np.split(judge.embed_pieces(pieces, filled), ends[:-1])


def file_windows(features: NDArray[np.float32], files: int) -> list[NDArray[np.float32]]:
    """The windows that a file is embedded in, on a side of so many files.

    Windows of several files would be nearly all of ``WINDOW`` steps if they reached over the ends of files. Those that
    do not are full for the same reason: less ink in a window tells people apart less well.
    """
    return windows(features, WINDOW, full=files > 1)


def together(parts: Sequence[NDArray[np.float32]]) -> list[list[int]]:
    """The files of a side that are embedded as one sequence, in their first order; by their features.

    Each by itself that has ``BY_ITSELF`` steps; shorter ones one after another, since little ink alone tells little.
    """
    order = by_content(parts)
    short = [k for k in order if len(parts[k]) < BY_ITSELF]
    return [*([k] for k in order if len(parts[k]) >= BY_ITSELF), *([short] if short else [])]


def by_content(parts: Sequence[NDArray[np.float32]]) -> list[int]:
    """The order in which files' features go in first, whatever order they were given in."""
    # By features alone, so that a stated text does not change the order.
    hashes = [hashlib.sha256(np.ascontiguousarray(part[:, :FEATURES]).tobytes()).digest() for part in parts]
    return sorted(range(len(parts)), key=lambda k: hashes[k])


def _orders(count: int) -> list[NDArray[np.int64]]:
    """Up to ``ORDERS`` orders of so many parts, always the same ones."""
    generator = np.random.default_rng(count)
    found = [np.arange(count)]
    for _ in range(ORDERS - 1 if count > 1 else 0):
        order = generator.permutation(count)
        if not any((order == other).all() for other in found):
            found.append(order)
    return found


def comparable(sides: Sequence[Ready], judge: Judge | None = None, same_sitting: bool = False) -> list[Ready]:
    """The sides with the embedding without time too, where speed cannot be used; else as they are.

    It is used where all are stated to be of one sitting, have time, and none has another device than the rest.
    """
    if same_sitting and all(side.timed for side in sides) and not any(unlike(a, b) for a, b in combinations(sides, 2)):
        return list(sides)
    return untimed(sides, judge or default_judge())


def untimed(sides: Sequence[Ready], judge: Judge) -> list[Ready]:
    """The sides with the embedding without time too."""
    rows = [i for i, side in enumerate(sides) if False not in side.vectors]
    rows.sort(key=lambda i: sorted(sides[i].hashes))
    result = list(sides)
    if not rows:
        return result
    parts = [[sequence([one], False) for one in sides[i].traces] for i in rows]
    vectors = embed_parts(parts, embed_files(parts, judge), judge)
    for i, vector in zip(rows, vectors, strict=True):
        result[i] = replace(sides[i], vectors={**sides[i].vectors, False: vector})
    return result


def unlike(questioned: Ready, known: Ready) -> bool:
    """Whether the sides name no device in common, or are files of unlike formats."""
    sides = [r.exhibit.samples for r in (questioned, known)]
    devices, formats = ([{getattr(s, field) for s in side} for side in sides] for field in ("device", "format"))
    named = [found - {None, ""} for found in devices]
    if all(named):
        return not named[0] & named[1]
    return not formats[0] & formats[1]
