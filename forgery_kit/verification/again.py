"""The comparison made again from its ink, and what of the stated one it does not agree with."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from datasets.sample import Sample
from forgery_kit import __version__
from forgery_kit.verification.recordings import side
from reports.findings import Comparison
from reports.occasions import OCCASIONS, ONE_SITTING

#: Of a number, absolute below 1 and relative above: other processors round otherwise. Two decimals are printed.
TOLERANCE = 1e-3
#: What the ink does not decide: stated by people, or about the machine.
NOT_COMPUTED = ("versions",)


def missing_model(comparison: Comparison, judge: Any = None) -> str:
    """Which weights and calibration a result was made with, where they are not those at hand; else empty.

    Else which version of this program, where it is another: it may see a side of several files otherwise.

    Reads hashes of files and loads no network. ``judge`` : of a laboratory's reference; None for what ships.
    """
    from forgery_kit.likelihood.reference import file_hash
    from gan.judging.style import weights_hash

    stated = comparison.model
    wanted = []
    if stated.sha256 != (weights_hash(judge.weights) if judge else weights_hash()):
        wanted.append(f"weights {stated.sha256[:16]}… ({stated.name})")
    if stated.calibration_sha256 != (judge.reference.sha256 if judge else file_hash()):
        wanted.append(f"calibration {stated.calibration_sha256[:16]}… ({stated.population})")
    made_by = comparison.versions.get("forgery_kit")
    if wanted:
        return " and ".join(wanted) + (f", of forgery_kit {made_by}" if made_by else "")
    return f"forgery_kit {made_by}" if made_by and made_by != __version__ else ""


def compared_again(
    comparison: Comparison, recordings: Mapping[str, Sequence[Sample]], judge: Any = None, progress: Any = None
) -> Comparison:
    """The same comparison from the recordings of its items; only what was told of the case is taken over."""
    from forgery_kit.examination.comparison import compare_exhibits

    return compare_exhibits(
        side(comparison, "questioned", recordings),
        side(comparison, "known", recordings),
        case=comparison.case,
        examiner=comparison.examiner,
        date=comparison.date,
        command=comparison.command,
        notes=comparison.notes,
        mandate=comparison.mandate,
        custody=comparison.custody,
        judge=judge,
        same_sitting=comparison.settings.get(OCCASIONS) == ONE_SITTING,
        simulate=len(comparison.simulation.imitations) if comparison.simulation else 0,
        progress=progress,
    )


@dataclasses.dataclass(frozen=True)
class Difference:
    """``place`` : dotted path of a field. ``stated``, ``again`` : its values."""

    place: str
    stated: Any
    again: Any


def differences(stated: Comparison, again: Comparison) -> tuple[list[Difference], float]:
    """Where the two do not agree, and the largest difference of the numbers that do (absolute or relative)."""
    found: list[Difference] = []
    largest = 0.0
    pair = [{k: v for k, v in dataclasses.asdict(one).items() if k not in NOT_COMPUTED} for one in (stated, again)]
    for place, a, b in _leaves("", *pair):
        if isinstance(a, float) and isinstance(b, float):
            apart = abs(a - b) / max(1.0, abs(a))
            if apart <= TOLERANCE:
                largest = max(largest, apart)
                continue
        if a != b or type(a) is not type(b):
            found.append(Difference(place, a, b))
    return found, largest


def _leaves(place: str, a: Any, b: Any) -> Iterator[tuple[str, Any, Any]]:
    """Pairs of values that stand in the same place of both; a list or object of another shape is one such pair."""
    if isinstance(a, dict) and isinstance(b, dict) and set(a) == set(b):
        for key in a:
            yield from _leaves(f"{place}.{key}" if place else str(key), a[key], b[key])
    elif isinstance(a, list | tuple) and isinstance(b, list | tuple) and len(a) == len(b):
        for index, (one, other) in enumerate(zip(a, b, strict=True)):
            yield from _leaves(f"{place}[{index}]", one, other)
    else:
        yield place, a, b
