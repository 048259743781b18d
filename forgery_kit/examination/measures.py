"""The measures of an exhibit that an examiner can check by eye, with their definitions and units.

They describe; they are computed from the same ink as the score and are no additional evidence. No measure uses a
scale that only some devices state (x-height in mm apart): lengths are in *writing heights* (median rise or fall of the
pen, ``datasets.height``) or *x-heights* (small letters, ``datasets.baseline``), so that exhibits and populations from
unlike devices can be set side by side. Where an examiner counts per cm, we count per 10 writing heights of ink.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from datasets.ink import Ink
from datasets.layout import lines
from datasets.sample import Sample
from forgery_kit.examination.line_measures import Line, measure_line, prepare
from reports.findings import MeasureRow

#: Lines with less ink than this (writing heights) are left out, unless the exhibit has no longer one.
SHORTEST_LINE = 8.0
#: The reference population's quantiles that a report shows, in percent.
QUANTILES = tuple(range(1, 100, 2))


@dataclass(frozen=True)
class MeasureDefinition:
    """Name, unit and definition of a measure.

    Attributes
    ----------
    needs : channels and facts without which it cannot be taken: "t", "recorded times", "pressure", "scale".
    otherwise : why it is missing where all needs are met.
    """

    name: str
    unit: str
    definition: str
    needs: tuple[str, ...] = ()
    otherwise: str = "too little ink"


@dataclass(frozen=True)
class MeasureValue:
    """A measure of one exhibit.

    Attributes
    ----------
    value : median over lines, or None where it cannot be taken; then ``missing`` says why.
    spread : half the interquartile range over lines; None with fewer than two.
    n : number of lines (pairs of lines for line spacing) behind it.
    """

    value: float | None
    spread: float | None
    n: int
    missing: str = ""


_MISSING = {
    "t": "time was not recorded",
    "recorded times": "the times of pen lifts were not recorded",
    "pressure": "pressure was not recorded",
    "scale": "the device's scale is not known",
}

MEASURES: tuple[MeasureDefinition, ...] = (
    MeasureDefinition(
        "slant",
        "degrees",
        "Angle of downstrokes from the perpendicular to the baseline, right-leaning positive: mean direction of "
        "the ink that moves down within 55 degrees of it, taken over 0.3 writing heights.",
    ),
    MeasureDefinition(
        "x-height",
        "writing heights",
        "Height of small letters: median distance of their upper turning points from the baseline, over the writing "
        "height (median rise or fall of the pen).",
    ),
    MeasureDefinition(
        "x-height in mm",
        "mm",
        "Height of small letters in millimetres, by the scale that the device states.",
        ("scale",),
    ),
    MeasureDefinition(
        "x-height variation",
        "ratio",
        "Variation of the small letters' heights within a line: interquartile range / 1.349, over the median.",
    ),
    MeasureDefinition(
        "letter width to height",
        "ratio",
        "Width of the words divided by the number of downstrokes in them, over the x-height.",
    ),
    MeasureDefinition(
        "word spacing",
        "x-heights",
        "Median horizontal gap between the boxes of neighbouring words, over the x-height.",
        otherwise="no line has two words",
    ),
    MeasureDefinition(
        "pen lifts",
        "per 10 writing heights of ink",
        "(Strokes of the line - 1) * 10, over the pen-down length in writing heights.",
    ),
    MeasureDefinition(
        "curvature",
        "radians per writing height",
        "Sum of |change of direction| along the path at steps of 0.3 writing heights, over its length.",
    ),
    MeasureDefinition(
        "loops",
        "per 10 writing heights of ink",
        "Times that a stroke crosses its own path within 7 writing heights of ink, enclosing at least 0.02 squared "
        "writing heights, * 10, over the pen-down length in writing heights.",
    ),
    MeasureDefinition(
        "baseline slope",
        "degrees",
        "Angle of the straight line through the letters' feet; rising to the right is positive.",
    ),
    MeasureDefinition(
        "baseline wander",
        "x-heights",
        "Root mean square distance of the letters' feet from the straight baseline, over the x-height.",
    ),
    MeasureDefinition(
        "line spacing",
        "x-heights",
        "Distance between the baselines of neighbouring lines at the middle of their common width, over the x-height.",
        otherwise="no two lines stand below each other",
    ),
    MeasureDefinition(
        "speed", "x-heights per second", "Median speed of the pen on the paper, at steps of 20 ms.", ("t",)
    ),
    MeasureDefinition(
        "speed peaks",
        "per second of writing",
        "Maxima of the speed that stand out by a quarter of the median speed, per second of pen-down time.",
        ("t",),
    ),
    MeasureDefinition(
        "speed peaks on the path",
        "per 10 writing heights of ink",
        "The same maxima * 10, over the pen-down length in writing heights.",
        ("t",),
    ),
    MeasureDefinition(
        "pauses",
        "% of the time",
        "Share of a line's writing time spent in waits longer than 0.25 s: pen lifted, or on the paper slower than "
        "half a writing height per second.",
        ("t", "recorded times"),
    ),
    MeasureDefinition(
        "pressure",
        "share of the device's range",
        "Mean pressure along the ink. Ranges of unlike devices are not comparable.",
        ("pressure",),
    ),
    MeasureDefinition(
        "pressure variation",
        "ratio",
        "Standard deviation of the pressure along the ink, over its mean.",
        ("pressure",),
    ),
)


def measure(samples: Sequence[Sample]) -> dict[str, MeasureValue]:
    """Every measure of ``MEASURES`` on one exhibit, by name; pages are cut into lines first.

    Missing ones are there too, with the reason. Never raises for odd ink.
    """
    taken: dict[str, list[float]] = {definition.name: [] for definition in MEASURES}
    for of_sample in _long_enough([_lines_of(sample.ink) for sample in samples]):
        for line in of_sample:
            for name, value in measure_line(line).items():
                taken[name].append(value)
        taken["line spacing"] += _line_spacings(of_sample)
    inks = [sample.ink for sample in samples]
    return {definition.name: _summary(definition, taken[definition.name], inks) for definition in MEASURES}


def measure_vector(samples: Sequence[Sample]) -> NDArray[np.float64]:
    """The values of ``measure`` in the order of ``MEASURES``, (m,); NaN where missing."""
    values = [value.value for value in measure(samples).values()]
    return np.array([np.nan if value is None else value for value in values])


def measure_rows(
    questioned: Sequence[Sample], known: Sequence[Sample], reference: Mapping[str, Sequence[float]]
) -> tuple[MeasureRow, ...]:
    """The report's table of measures, in the order of ``MEASURES``.

    Parameters
    ----------
    reference : measure name → one value a writer of the reference population, or their ``reference_quantiles``;
        measures that are not named have no reference.
    """
    sides = measure(questioned), measure(known)
    rows = []
    for definition in MEASURES:
        q, k = (side[definition.name] for side in sides)
        missing = [f"{role}: {v.missing}" for role, v in (("questioned", q), ("known", k)) if v.value is None]
        rows.append(
            MeasureRow(
                name=definition.name,
                unit=definition.unit,
                questioned=q.value,
                known=k.value,
                questioned_spread=q.spread,
                known_spread=k.spread,
                reference=reference_quantiles(reference.get(definition.name, ())),
                definition=definition.definition,
                missing=q.missing if q.missing == k.missing else "; ".join(missing),
            )
        )
    return tuple(rows)


def reference_quantiles(values: Sequence[float]) -> tuple[float, ...]:
    """Quantiles 1 %, 3 %, … 99 % of the finite values (Hazen's rule), empty where there are none.

    Applied to its own result it changes nothing, so stored quantiles and raw values can be passed alike.
    """
    finite = np.array([value for value in values if value is not None and np.isfinite(value)])
    if len(finite) == 0:
        return ()
    return tuple(float(q) for q in np.percentile(finite, QUANTILES, method="hazen"))


def _lines_of(ink: Ink) -> list[Line]:
    """The ink's lines, top first; lines without vertical extent are left out."""
    found = []
    for index in lines(ink):
        try:
            found.append(prepare(ink, index))
        except ValueError:
            continue
    return found


def _long_enough(samples: list[list[Line]]) -> list[list[Line]]:
    """Only the lines of at least ``SHORTEST_LINE`` ink; all of them where there is no such line."""
    kept = [[line for line in of_sample if line.amount >= SHORTEST_LINE] for of_sample in samples]
    return kept if any(kept) else samples


def _line_spacings(of_sample: list[Line]) -> list[float]:
    """Distances between neighbouring baselines, in x-heights of the pair, where the lines share some width."""
    spacings = []
    for above, below in pairwise(of_sample):
        spans = [np.concatenate(line.rows)[:, 0] for line in (above, below)]
        left, right = max(x.min() for x in spans), min(x.max() for x in spans)
        if right > left:
            at = (left + right) / 2
            gap = (below.geometry.intercept - above.geometry.intercept) + at * (
                below.geometry.slope - above.geometry.slope
            )
            spacings.append(2 * gap / (above.geometry.x_height + below.geometry.x_height))
    return spacings


def _summary(definition: MeasureDefinition, values: list[float], inks: Sequence[Ink]) -> MeasureValue:
    """Median, half the interquartile range and count of the finite values, or why there are none."""
    finite = np.array([value for value in values if np.isfinite(value)])
    if len(finite) == 0:
        lacking = [need for need in definition.needs if not any(_has(ink, need) for ink in inks)]
        return MeasureValue(None, None, 0, _MISSING[lacking[0]] if lacking else definition.otherwise)
    low, middle, high = np.percentile(finite, [25, 50, 75])
    return MeasureValue(float(middle), float(high - low) / 2 if len(finite) > 1 else None, len(finite))


def _has(ink: Ink, need: str) -> bool:
    """Whether the ink has a channel or fact named in ``MeasureDefinition.needs``."""
    if need == "scale":
        return ink.mm_per_unit is not None
    if need == "recorded times":
        return ink.time_source == "recorded"
    return need in ink.channels
