"""Two sides → symmetric score → likelihood ratio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from datasets.errors import OutOfScopeError
from forgery_kit.examination.copies import refuse_copies, same_recording
from forgery_kit.examination.scrutiny import is_prose
from forgery_kit.likelihood.amounts import level_of
from forgery_kit.likelihood.back_end import score_pairs
from forgery_kit.likelihood.calibration import Calibrator, TooFewWritersError, likelihood_ratio
from forgery_kit.likelihood.calibrations import Kind
from forgery_kit.likelihood.cautions import cautions, strange
from forgery_kit.likelihood.judge import Judge, default_judge
from forgery_kit.likelihood.sides import Ready, comparable, unlike
from gan.features import STEPS_PER_HEIGHT
from reports.findings import Calibration, Caution, LikelihoodRatio

STRANGE_LIMIT = "writing unlike nearly all of the reference: as far as people on unlike devices support"
KIND_LIMIT = "writing that is no prose: as far as people on unlike devices support"
LABORATORY_LIMIT = "the laboratory's own people, in one sitting, support no more"
SMALLER_POOL = "the number of people in the smaller of the two groups with other occasions"
#: Devices on the two sides of the pairs of a kind, where they are not like ones.
DEVICES: dict[Kind, Literal["unlike", "like and unlike"]] = {"unlike": "unlike", "other": "like and unlike"}


@dataclass(frozen=True)
class Scored:
    """Score (natural-log PLDA LR, not yet calibrated) of a pair, its LR and what it was calibrated with.

    Attributes
    ----------
    kind : occasions, channels, devices. levels : nearest calibrated amounts (feature steps), lesser first.
    """

    score: float
    lr: LikelihoodRatio
    calibration: Calibration
    kind: Kind
    levels: tuple[int, int]
    warnings: tuple[Caution, ...]

    @property
    def with_time(self) -> bool:
        """Whether the score used speed."""
        return self.kind == "timed"


def score(questioned: Ready, known: Ready, judge: Judge | None = None, same_sitting: bool = False) -> Scored:
    """Score and likelihood ratio of two exhibits; swapping them changes nothing.

    ``same_sitting`` : both sides are known to come from one sitting. Otherwise the value is that of other occasions,
    on like and on unlike devices, without speed.

    Raises OutOfScopeError where the reference cannot support any statement at these amounts, and where one recording
    is on both sides.
    """
    judge = judge or default_judge()
    for sample in questioned.exhibit.samples:
        if sample.sha256 in known.hashes:
            twin = next(other for other in known.exhibit.samples if other.sha256 == sample.sha256)
            raise same_recording(sample.file, twin.file)
    copied = [Caution("copies", text) for text in refuse_copies(questioned.files, known.files)]
    questioned, known = comparable((questioned, known), judge, same_sitting)
    apart = unlike(questioned, known)
    kind = _kind(questioned, known, apart, same_sitting)
    with_time = kind == "timed"
    # Always in one order, so that rounding cannot tell questioned from known.
    first, second = sorted((questioned, known), key=lambda r: (r.steps, sorted(r.hashes)))
    back_end = judge.reference.back_end[with_time]
    value = float(
        score_pairs(back_end, first.vectors[with_time], first.steps, second.vectors[with_time], second.steps)[0]
    )
    if not np.isfinite(value):
        raise OutOfScopeError(questioned.exhibit.label, "the score is not a number.", "Report this file.")
    try:
        calibrator, lowered = judge.calibrations.at(kind, first.steps, second.steps)
        limits, limited_by = _limits(judge, first, second, kind)
        limits, limited_by = _within_laboratory(judge, (first, second), kind, value, limits, limited_by)
    except TooFewWritersError as error:
        raise OutOfScopeError(questioned.exhibit.label, f"{error}.", "Give more writing.") from error
    lr = likelihood_ratio(calibrator, value, limits)
    return Scored(
        value,
        lr,
        _calibration(judge, calibrator, lr, kind, (first, second), limited_by),
        kind,
        (level_of(first.steps), level_of(second.steps)),
        (*copied, *cautions(questioned, known, kind, apart, lowered, calibrator.n_writers)),
    )


def _kind(questioned: Ready, known: Ready, apart: bool, same_sitting: bool) -> Kind:
    if not same_sitting:
        return "other"
    if apart:
        return "unlike"
    return "timed" if questioned.timed and known.timed else "untimed"


def _limits(judge: Judge, first: Ready, second: Ready, kind: Kind) -> tuple[tuple[float, float], str]:
    """Limits (log10) besides those of the calibration's own writers, and what for.

    Strange ink is as if from a device that nobody in the reference used, and so are kinds of writing that it does not
    hold: people on unlike devices are the only ones that show what that does.
    """
    is_strange = strange(first) or strange(second)
    if kind == "unlike" or not (is_strange or not (is_prose(first.exhibit) and is_prose(second.exhibit))):
        return (-np.inf, np.inf), ""
    calibrator, _ = judge.calibrations.at("unlike", first.steps, second.steps)
    return calibrator.bounds, STRANGE_LIMIT if is_strange else KIND_LIMIT


def _within_laboratory(
    judge: Judge,
    sides: tuple[Ready, Ready],
    kind: Kind,
    value: float,
    limits: tuple[float, float],
    limited_by: str,
) -> tuple[tuple[float, float], str]:
    """The limits, narrowed to what a laboratory's people of one sitting support of this score.

    That is so where the value is of other occasions and the laboratory has none: then the shipped calibration holds,
    but claims no more than the laboratory's own would.
    """
    if judge.laboratory is None or kind in judge.laboratory.kinds or kind != "other":
        return limits, limited_by
    own, _ = judge.calibrations.at("untimed", sides[0].steps, sides[1].steps)
    most = likelihood_ratio(own, value).log10_lr
    narrowed = max(limits[0], min(most, 0.0)), min(limits[1], max(most, 0.0))
    used, _ = judge.calibrations.at(kind, sides[0].steps, sides[1].steps)
    shipped = likelihood_ratio(used, value, limits).log10_lr
    held = not narrowed[0] <= shipped <= narrowed[1]
    return narrowed, LABORATORY_LIMIT if held else limited_by


def _calibration(
    judge: Judge, used: Calibrator, lr: LikelihoodRatio, kind: Kind, sides: tuple[Ready, Ready], limited_by: str
) -> Calibration:
    people = judge.reference
    smaller = min(len(pool.writers) for pool in (people.two_devices, people.apart) if len(pool.writers))
    if kind == "other" and not limited_by and lr.lower_bound <= 1e-6 - np.log10(smaller):
        limited_by = SMALLER_POOL if lr.bound_hit.startswith("lower") else ""
    return Calibration(
        intercept=float(used.lines[0, 0]),
        slope=float(used.lines[0, 1]),
        lower_bound=lr.lower_bound,
        upper_bound=lr.upper_bound,
        writers=used.n_writers,
        amounts=(sides[0].steps / STEPS_PER_HEIGHT, sides[1].steps / STEPS_PER_HEIGHT),
        channels=("x", "y", "t") if kind == "timed" else ("x", "y"),
        devices=DEVICES.get(kind, "like"),
        population=judge.population(kind),
        limited_by=limited_by,
    )
