"""What a result and a terminal say of a laboratory's reference."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from forgery_kit.laboratory.reference import LaboratoryReference
from forgery_kit.likelihood.amounts import LEVELS
from forgery_kit.likelihood.calibrations import KINDS, Kind
from forgery_kit.likelihood.judge import Judge
from gan.features import STEPS_PER_HEIGHT
from reports.findings import Caution

#: What each kind of calibration is for.
NAMES: dict[Kind, str] = {
    "timed": "one sitting, with time",
    "untimed": "one sitting, without time",
    "unlike": "one sitting, unlike devices",
    "other": "other occasions",
}
#: Amounts of ink, feature steps, that are told of: a line or so, a few lines, a page.
TOLD = (240, 480, 1920)


def laboratory_setting(judge: Judge) -> dict[str, str]:
    """The setting of a result that names the laboratory's reference; none for the one that ships."""
    if judge.laboratory is None:
        return {}
    lab = judge.laboratory
    kinds = ", ".join(NAMES[kind] for kind in lab.kinds)
    return {
        "reference": f"the laboratory's own, “{lab.name}”, for {kinds}; built on the shipped reference with SHA-256 "
        f"{lab.shipped.reference.sha256}"
    }


def laboratory_told(judge: Judge, kind: Kind) -> list[Caution]:
    """A warning of what a laboratory's reference supports in this case."""
    if judge.laboratory is None:
        return []
    lab, count = judge.laboratory, judge.people(kind)
    if kind in lab.kinds:
        text = (
            f"The value rests on {count} writers of the laboratory's reference “{lab.name}”: it goes no further than 1 "
            f"in {count} either way, and more writers would let it go further."
        )
    elif kind == "other":
        text = (
            f"The laboratory's reference “{lab.name}” has no writers with two sittings: the value is that of the "
            "shipped reference for other occasions, and no more than the laboratory's own of one sitting supports."
        )
    else:
        text = (
            f"The laboratory's reference “{lab.name}” has no writers for this case ({NAMES[kind]}): the shipped ones "
            "hold."
        )
    return [Caution("laboratory", text)]


def reference_lines(made: LaboratoryReference) -> Iterator[str]:
    """What a reference is and what its people support, a line each."""
    people = made.reference.chunks
    yield f"name        {made.name}"
    yield f"SHA-256     {made.reference.sha256 or 'not written yet'}"
    yield f"writers     {len(people.writers)} on {len(people.donors)} device{'s' * (len(people.donors) != 1)}"
    yield f"sittings    {len(made.reference.two_devices.writers)} writers with two or more"
    for kind in KINDS:
        if kind not in made.kinds:
            yield f"{NAMES[kind]:28} the shipped reference holds"
            continue
        for level in TOLD:
            place = KINDS.index(kind), LEVELS.index(level), LEVELS.index(level)
            low, high = made.calibrations.node(kind, *place[1:]).bounds
            note = "" if made.calibrations.own[place] else " (of less ink: too few have so much)"
            yield (
                f"{NAMES[kind]:28} {level / STEPS_PER_HEIGHT:4.0f} writing heights a side: "
                f"{made.calibrations.n_writers[place]} writers, log10 LR {low:+.2f} to {high:+.2f}{note}"
            )
        figures = made.calibrations.figures(kind, TOLD[0], TOLD[0])
        yield (
            f"{'':28} each pair's writers left out, {figures.amount_questioned:.0f} writing heights a side: EER "
            f"{100 * figures.eer.value:.1f} % [{100 * figures.eer.low:.1f}, {100 * figures.eer.high:.1f}], Cllr "
            f"{figures.cllr.value:.3f} (least possible {figures.cllr_min.value:.3f}), misleading for "
            f"{figures.misleading_same.count} of {figures.misleading_same.of} writers (same) and "
            f"{figures.misleading_different.count} of {figures.misleading_different.of} (different)"
        )
    for doubt in made.doubts:
        yield f"doubt       {doubt}"
    limit = np.log10(len(people.writers))
    yield (
        f"more        N writers bound log10 LR by log10 N: {len(people.writers)} give {limit:.2f}, twice as many "
        f"{limit + 0.3:.2f}"
    )
