"""Where pieces of ink are drawn, and the few of them that a report shows beside their nearest counterparts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.layout import lines
from datasets.sample import Exhibit
from forgery_kit.examination.evidence import Evidence
from forgery_kit.examination.exhibits import by_file
from gan.judging.style import sheets
from reports.findings import Fragment, Item

#: Where a piece of ink is drawn: item label, line, x range.
Place = tuple[str, int, tuple[float, float]]
#: Fragments shown for H1 and as many for H2.
FRAGMENTS = 3


def by_sample(exhibit: Exhibit, by_trace: Sequence[NDArray[Any]]) -> dict[str, list[NDArray[Any]]]:
    """Values of the pen-down strokes of each trace → file → those of each of its samples, in the file's order."""
    found: dict[int, NDArray[Any]] = {}
    for group, values in zip(sheets(exhibit.samples).values(), by_trace, strict=True):
        ends = np.cumsum([int(sample.ink.pen_down.sum()) for sample in group])
        found |= {id(s): part for s, part in zip(group, np.split(values, ends[:-1]), strict=True)}
    return {file: [found[id(s)] for s in samples] for file, samples in by_file(exhibit).items()}


def fragments(questioned: Evidence, known: Evidence, where: list[list[Place | None]]) -> tuple[Fragment, ...]:
    """The pieces of questioned ink that speak most for H1 and most for H2, with their nearest known pieces.

    Only what is certain (``Evidence``) is shown. ``where`` the pieces of both sides are drawn, see ``places``; the
    nearest piece is that of the most like embedding: the cosine, as seen from the middle of the questioned pieces.
    """
    density = questioned.density
    order = [index for index in np.argsort(-density, kind="stable") if questioned.certain[index]]
    for_h1, for_h2 = ([i for i in order if density[i] * sign > 0] for sign in (1, -1))
    a = questioned.vectors - questioned.vectors.mean(axis=0)
    b = known.vectors - questioned.vectors.mean(axis=0)
    likeness = (a @ b.T) / np.maximum(np.linalg.norm(a, axis=1)[:, None] * np.linalg.norm(b, axis=1)[None], 1e-9)
    found = []
    for index in [*for_h1[:FRAGMENTS], *for_h2[-FRAGMENTS:]]:
        here, there = where[0][index], where[1][int(np.argmax(likeness[index]))]
        if here and there:
            found.append(
                Fragment(
                    evidence=float(np.round(density[index], 4)),
                    questioned_item=here[0],
                    questioned_line=here[1],
                    questioned_x=here[2],
                    known_item=there[0],
                    known_line=there[1],
                    known_x=there[2],
                )
            )
    return tuple(found)


def places(exhibit: Exhibit, mark: Evidence, side: tuple[Item, ...]) -> list[Place | None]:
    """Where each piece is drawn: item label, line, x range; the line that holds most of it. None where not drawn."""
    best: list[tuple[int, str, int, float, float] | None] = [None] * len(mark.pieces)
    for item, (file, owners) in zip(side, by_sample(exhibit, mark.owners).items(), strict=True):
        on_lines = [
            owner[(np.cumsum(sample.ink.pen_down) - 1)[line]]
            for sample, owner in zip(by_file(exhibit)[file], owners, strict=True)
            for line in lines(sample.ink)
        ]
        # Fewer lines may be drawn than there are.
        for number, (line, owner) in enumerate(zip(item.lines, on_lines, strict=False)):
            for piece in np.unique(owner):
                mine = [s for s, o in zip(line, owner, strict=True) if o == piece]
                ink = sum(len(s.x) for s in mine)
                known = best[piece]
                if known is None or ink > known[0]:
                    best[piece] = (ink, item.label, number, min(min(s.x) for s in mine), max(max(s.x) for s in mine))
    return [None if found is None else (found[1], found[2], (found[3], found[4])) for found in best]
