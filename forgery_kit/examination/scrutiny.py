"""A look at ink before it is compared: how it stands, how its lines run, what of it is writing and of what kind.

Ink that certainly stands wrong is refused and never turned by us, and so is what is no writing; lines that run aslope
are turned level, and strokes that are drawing are left out; the notes say by how much, and how many.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from datasets.drawn import DRAWINGS, Drawing, drawn_strokes
from datasets.errors import OutOfScopeError
from datasets.height import writing_height
from datasets.kind import KINDS, kind
from datasets.orientation import RIGHT_TO_LEFT, UNDO, standing
from datasets.sample import Exhibit, Sample
from datasets.shape import PenPath, pen_path, size, width_to_height
from datasets.slope import TURNED, line_direction, turn_to_level, turned
from gan.judging.style import sheets

#: Notes that the look leaves in the ink; warnings are made of them.
STANDS = "seems to stand wrong: "
LEVELLED = "degrees by which its lines were turned level"
STRETCHED = "much wider or narrower than nearly all reference writing"
KIND = "seems to be no prose but "
DRAWN = "strokes left out as no writing: "
#: What the drawings are called, one and several.
DRAWN_NAMES: dict[Drawing, tuple[str, str]] = {
    "line": ("line", "lines"),
    "closed shape": ("closed shape", "closed shapes"),
    "arrow": ("stroke of an arrow", "strokes of arrows"),
    "scribble": ("scribble", "scribbles"),
}
#: Kinds in whose ink nothing is left out: flourishes, fraction bars and roots are theirs.
WHOLE = ("signature", "mathematics")
#: Log of the pen's way aside over its way up and down that nearly all training and selection people keep within.
ORDINARY_WIDTHS = (-1.05, 0.5)
#: Steps (of a fifth of a height) from which widths and slopes are judged.
ENOUGH_STEPS = 200
#: Steps and strokes of writing that must stay where any are left out: about a line, more than nearly all signatures.
LEAST_STEPS, LEAST_STROKES = 500, 18


def look_at(exhibit: Exhibit) -> Exhibit:
    """The exhibit with its lines level, without drawings, and notes of what a reader of the result must know.

    Raises OutOfScopeError for ink that certainly lies on its side, upside down or in a mirror (top to bottom), and for
    what is no writing.
    """
    seen: dict[int, Sample] = {}
    for group in sheets(exhibit.samples).values():
        for before, after in zip(group, _looked_at(group), strict=True):
            seen[id(before)] = after
    return replace(exhibit, samples=tuple(seen[id(sample)] for sample in exhibit.samples))


def _looked_at(group: list[Sample]) -> list[Sample]:
    """Samples that share a scale, level and with notes on the first of them."""
    try:
        writing = without_drawings(group)
        height, path = _measured(writing)
    except ValueError:
        # No extent in x or y: refused where amounts are looked at.
        return group
    notes = _standing_notes(group[0].file, path)
    direction = line_direction(writing, height) if not notes and len(path.steps) >= ENOUGH_STEPS else None
    degrees = turn_to_level(direction)
    if degrees:
        writing = without_drawings(turned(group, degrees))
        height, path = _measured(writing)
        notes[LEVELLED] = max(round(abs(degrees)), 1)
    group = writing
    what = kind(group, height)
    if what == "no writing":
        raise OutOfScopeError(
            group[0].file,
            "this is no writing (a track, a drawing), or in no Latin script, by the shape of its strokes.",
            "Give writing, the right way up.",
        )
    if what != "prose":
        notes[KIND + what] = 1
    low, high = ORDINARY_WIDTHS
    notes[STRETCHED] = int(len(path.steps) >= ENOUGH_STEPS and not low <= width_to_height(path) <= high)
    return [replace(group[0], ink=group[0].ink.with_notes(notes)), *group[1:]]


def without_drawings(group: list[Sample]) -> list[Sample]:
    """Samples that share a scale without their strokes that are no writing, with notes of how many there were.

    Signatures and formulas stay as they are, and so do a sample that would be left without a stroke, and samples of
    which little would be left. Raises ValueError where there is no extent in y.
    """
    strokes = [list(sample.ink.strokes()) for sample in group]
    height = writing_height([stroke for mine in strokes for stroke in mine])
    found = [drawn_strokes(mine, height) for mine in strokes]
    if not any(map(any, found)):
        return group
    left = [_without(sample, drawn) for sample, drawn in zip(group, found, strict=True)]
    # The kind is that of what is left: writing with a table around it has the lines of formulas.
    little = sum(int(sample.ink.pen_down.sum()) for sample in left) < LEAST_STROKES
    little = little or len(pen_path(left, height).steps) < LEAST_STEPS
    return group if little or kind(left, height) in WHOLE else left


def _without(sample: Sample, drawn: list[Drawing | None]) -> Sample:
    """A sample without the pen-down strokes that are ``drawn``."""
    keep = np.ones(len(sample.ink.pen_down), bool)
    keep[sample.ink.pen_down] = [one is None for one in drawn]
    if keep.all() or None not in drawn:
        return sample
    counts = Counter(one for one in drawn if one)
    ink = sample.ink.select(keep).with_notes({DRAWN + one: count for one, count in counts.items()})
    return replace(sample, ink=ink, left_out=sample.ink.select(~keep))


def _measured(group: list[Sample]) -> tuple[float, PenPath]:
    """Writing height and path of samples that share a scale. Raises ValueError where there is no extent in x or y."""
    strokes = [stroke for sample in group for stroke in sample.ink.strokes()]
    height = writing_height(strokes)
    return height, pen_path(group, size(strokes, height))


def _standing_notes(file: str, path: PenPath) -> dict[str, int]:
    """A note where the ink seems to stand otherwise than upright. Raises OutOfScopeError where that is certain."""
    way, certain = standing(path)
    if certain:
        raise OutOfScopeError(
            file,
            f"this ink stands {way}, as its letters and lines show.",
            "See how it is drawn, correct x and y or the page's rotation where it was exported, and compare again.",
        )
    return {} if way == "upright" else {STANDS + way: 1}


def is_prose(exhibit: Exhibit) -> bool:
    """Whether no part of an exhibit that was looked at seems to be capitals, digits, a signature or mathematics."""
    return not any(note.startswith(KIND) for sample in exhibit.samples for note in sample.ink.notes)


def warnings_of(name: str, exhibit: Exhibit) -> list[str]:
    """Sentences for a reader of the result. ``name`` of the side: questioned or known."""
    notes: dict[str, int] = {}
    for sample in exhibit.samples:
        for note, count in sample.ink.notes.items():
            notes[note] = max(notes.get(note, 0), count)
    found = []
    for way in UNDO:
        if STANDS + way in notes:
            other = ", or is in a script that runs from right to left" if way in RIGHT_TO_LEFT else ""
            found.append(
                f"The {name} writing seems to stand {way}{other}: the value holds for upright Latin writing only; "
                "see how it is drawn."
            )
    for what in KINDS:
        if KIND + what in notes:
            named = "a signature" if what == "signature" else what
            found.append(
                f"The {name} writing seems to be {named}: the value is calibrated on prose, and in other kinds of "
                "writing strangers look more alike than it says. It goes no further than people on unlike devices "
                "support."
            )
    found += _drawings_told(name, exhibit)
    if notes.get(LEVELLED, 0) >= TURNED:
        found.append(
            f"Lines of the {name} writing run aslope: they were turned level, by {notes[LEVELLED]}° at most, before "
            "anything was measured."
        )
    if STRETCHED in notes:
        found.append(f"The {name} writing is {STRETCHED}: x and y may have unlike units.")
    return found


def _drawings_told(name: str, exhibit: Exhibit) -> list[str]:
    """A sentence that counts the strokes of a side that were left out; none where there are none."""
    counts = {one: sum(sample.ink.notes.get(DRAWN + one, 0) for sample in exhibit.samples) for one in DRAWINGS}
    total = sum(counts.values())
    if not total:
        return []
    named = ", ".join(f"{n} {DRAWN_NAMES[one][n > 1]}" for one, n in counts.items() if n)
    are, they = ("strokes are", "they were") if total > 1 else ("stroke is", "it was")
    return [
        f"{total} {are} no part of the {name} writing by shape ({named}): {they} left out of all that is compared and "
        "measured. See whether that is right."
    ]
