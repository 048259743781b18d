"""What follows where one recording is given twice: no value between the sides, counted once within a side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np

from datasets.errors import OutOfScopeError
from datasets.sample import Sample
from forgery_kit.examination.prints import Print, fingerprint
from forgery_kit.examination.repeats import copied_from, even
from forgery_kit.examination.same_recording import Side, between, within
from gan.features import Trace, trace
from gan.judging.style import sheets

#: Beginnings of the notes of a file whose recording, or a long stretch of it, is in another file of its side too.
COPIED, STRETCH = "the same recording is in another file, read once", "a long stretch of its ink is in another file"


@dataclass(frozen=True, eq=False)
class Files:
    """The recordings of a side with the names of their files, for those of another side to be looked up in."""

    names: tuple[str, ...]
    side: Side


def files_of(samples: Sequence[Sample], traces: Sequence[Trace]) -> Files:
    """The files of a side from its samples and their traces, one a sheet."""
    names = tuple(group[0].file for group in sheets(samples).values())
    return Files(names, Side([fingerprint(one) for one in traces]))


def refuse_copies(questioned: Files, known: Files) -> list[str]:
    """Warnings of long stretches of ink that files of both sides have in common.

    Raises OutOfScopeError where a file of one side holds the same recording as one of the other.
    """
    found = []
    for shared in between(questioned.side, known.side):
        mine, other = questioned.names[shared.first], known.names[shared.second]
        if shared.same:
            raise same_recording(mine, other)
        found.append(
            f"{mine} and {other} have {shared.length:.0f} writing heights of ink in common to the last detail: one was "
            "copied from the other in part, and the value says nothing of that ink."
        )
    return found


def same_recording(questioned: str, known: str) -> OutOfScopeError:
    """The error for two sides that hold one recording."""
    return OutOfScopeError(
        questioned,
        f"the same recording is on both sides (known: {known}), so a comparison would say nothing.",
        "Leave it out on one side.",
    )


def repeats_told(questioned: Files, mine: Sequence[Trace], known: Files, theirs: Sequence[Trace]) -> list[str]:
    """Warnings of questioned files that repeat known ones more exactly than people repeat themselves.

    ``mine`` and ``theirs`` are the traces of the files. Warped, traced, pasted or replayed ink is found, where
    ``refuse_copies`` finds what is equal.
    """
    found = []
    others = [even(one) for one in theirs]
    for name, one in zip(questioned.names, mine, strict=True):
        copied = copied_from(even(one), others)
        if copied is not None:
            often = f"1 in {1 / copied.rarity:,.0f}" if copied.rarity > 1e-6 else "1 in 1,000,000 or fewer"
            found.append(
                f"{copied.length:.0f} writing heights of {name} repeat known ink, most of it of "
                f"{known.names[copied.source]}, to {copied.deviation:.3f} writing heights after an affine map. People "
                f"repeat themselves as exactly in {often} such comparisons: the ink may be traced, pasted or replayed, "
                "and then the value says nothing."
            )
    return found


def file_print(samples: Sequence[Sample]) -> Print | None:
    """The print of a file as it was read; None where its ink has no height. Raises HostileFileError as ``trace``."""
    try:
        return fingerprint(trace(samples))
    except ValueError:
        return None


def without_copies(
    samples: tuple[Sample, ...], print_of: Callable[[Sequence[Sample]], Print | None] = file_print
) -> tuple[Sample, ...]:
    """The samples of a side, of each recording those of one file only: the longest, with times where any has them.

    The file that is kept has a note that begins with ``COPIED`` and names the one left out; of two files with a long
    stretch in common, the one named first has a note that begins with ``STRETCH``. Files of dots and level lines stay
    as they are. ``print_of`` : the print of a file's samples.
    """
    files = [list(group) for _, group in groupby(samples, key=lambda sample: sample.file)]
    prints = [print_of(group) for group in files]
    looked_at = [i for i, one in enumerate(prints) if one is not None]
    if len(looked_at) < 2:
        return samples
    side = Side([one for one in prints if one is not None])
    left_out: set[int] = set()
    notes: dict[int, dict[str, int]] = {}
    for shared in within(side):
        pair = [shared.first, shared.second]
        if left_out & set(pair):
            continue
        timed = ["t" in files[looked_at[i]][0].ink.channels for i in pair]
        lengths = [side.prints[i].length for i in pair]
        # Lengths of one recording differ a little with thinning; then times decide, and then the order.
        alike = abs(np.log(lengths[0] / lengths[1])) < 0.1
        keep = int(timed[1] > timed[0]) if alike else int(lengths[1] > lengths[0])
        kept, other = (pair[keep], pair[1 - keep]) if shared.same else (pair[0], pair[1])
        left_out |= {other} if shared.same else set()
        told = f"{COPIED if shared.same else STRETCH}: {Path(files[looked_at[other]][0].file).name}"
        notes.setdefault(looked_at[kept], {})[told] = 1
    gone = {looked_at[i] for i in left_out}
    return tuple(
        replace(sample, ink=sample.ink.with_notes(notes[i])) if i in notes and number == 0 else sample
        for i, group in enumerate(files)
        if i not in gone
        for number, sample in enumerate(group)
    )


def copies_told(samples: Sequence[Sample], name: str) -> list[str]:
    """Warnings from the notes of ``without_copies``; ``name`` is the side's."""
    found = []
    for sample in samples:
        for note in sample.ink.notes:
            kind, _, other = note.partition(": ")
            if kind == COPIED:
                found.append(f"{Path(sample.file).name} and {other} on the {name} side are one recording: read once.")
            if kind == STRETCH:
                found.append(
                    f"{Path(sample.file).name} and {other} on the {name} side have a long stretch of ink in common to "
                    "the last detail: it counts twice."
                )
    return found
