"""What a reader of a likelihood ratio must know about its two sides."""

from __future__ import annotations

from forgery_kit.examination.copies import copies_told
from forgery_kit.examination.exhibits import REPEATED
from forgery_kit.examination.scrutiny import warnings_of
from forgery_kit.likelihood.agreement import disagrees
from forgery_kit.likelihood.calibrations import Kind
from forgery_kit.likelihood.sides import Ready
from gan.features import FAR_LEG
from reports.findings import Caution

#: Below so many feature steps a side has little ink.
LITTLE = 240
#: A side further from the middle of the reference than this share of its exhibits is strange.
STRANGE = 0.99


def cautions(
    questioned: Ready, known: Ready, kind: Kind, unlike_devices: bool, lowered: bool, writers: int
) -> tuple[Caution, ...]:
    """Warnings about a comparison.

    Parameters
    ----------
    kind : of the calibration, and ``writers``, how many people it rests on.
    unlike_devices : whether the sides seem to come from unlike devices.
    lowered : whether the calibration of a smaller amount of ink was taken.
    """
    found = []
    if kind == "other":
        text = (
            "Not stated to be of one sitting: the value is that of other occasions, without speed, and rests on only "
            f"{writers} people with ink of two."
        )
        found.append(Caution("other occasions", text))
    both = (("questioned", questioned), ("known", known))
    for name, ready in both:
        if ready.steps < LITTLE:
            text = f"Little ink: the {name} writing has {ready.amount:.0f} writing heights, about a few words."
            found.append(Caution("little ink", text))
    if unlike_devices:
        text = (
            "The two sides seem to come from unlike devices: of the people that the value was calibrated on, those "
            "recorded on two tablets show what that does, no others."
            if kind == "other"
            else "The two sides seem to come from unlike devices: the value was calibrated on people recorded on two "
            "tablets, without speed, and goes no further than they support."
        )
        found.append(Caution("unlike devices", text))
    elif kind != "other" and any({s.device for s in r.exhibit.samples} & {None, ""} for r in (questioned, known)):
        text = "Not all files name their device: the calibration is for like devices on both sides."
        found.append(Caution("device not named", text))
    if kind != "other" and questioned.timed != known.timed:
        side = "known" if questioned.timed else "questioned"
        text = f"Only one side has usable times (not the {side} one): speed was left out on both."
        found.append(Caution("time on one side", text))
    if lowered:
        text = "No calibration exists for this much ink: that of the largest supported amount was used."
        found.append(Caution("amount lowered", text))
    for name, ready in both:
        found += _of_side(name, ready)
    return tuple(found)


def strange(ready: Ready) -> bool:
    """Whether a side is unlike nearly all reference writing."""
    return ready.typicality > STRANGE


def _of_side(name: str, ready: Ready) -> list[Caution]:
    found = []
    if ready.faults:
        text = (
            f"The {name} writing holds {ready.faults} jumps of more than {FAR_LEG:.0f} writing heights within "
            "strokes: taken as faults of the recording and left out."
        )
        found.append(Caution("far jumps", text))
    if disagrees(ready.agreement, len(ready.files.names)):
        text = f"The {name} items disagree among themselves: one speaks for another writer than the rest."
        found.append(Caution("items disagree", text))
    if any(REPEATED in s.ink.notes for s in ready.exhibit.samples):
        text = f"A file is given more than once on the {name} side: it was read once."
        found.append(Caution("file repeated", text))
    found += [Caution("copies", text) for text in copies_told(ready.exhibit.samples, name)]
    found += [Caution("how the ink stands", text) for text in warnings_of(name, ready.exhibit)]
    if strange(ready):
        text = (
            f"The {name} writing is unlike nearly all reference writing (device, script or kind of text). On such ink "
            "values lean to H1: strangers look more alike than they are. The value goes no further than people on "
            "unlike devices support."
        )
        found.append(Caution("strange writing", text))
    return found
