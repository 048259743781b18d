"""Scores of a table of thousands: each side is read and embedded once, however many rows name it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from datasets.errors import ForgeryKitError
from datasets.sample import Exhibit
from forgery_kit.authenticity.examine import Value, side_values
from forgery_kit.examination.exhibits import load_exhibit
from forgery_kit.likelihood.judge import Judge, default_judge
from forgery_kit.likelihood.scoring import score
from forgery_kit.likelihood.sides import Ready, prepare, unlike, untimed

#: Sides that are embedded, or looked at, together.
TOGETHER = 64


@dataclass(frozen=True, order=True)
class Side:
    """Files of one side of a row, and what all of their ink says, in their order; empty where nobody stated it."""

    paths: tuple[Path, ...]
    text: str = ""


@dataclass(frozen=True)
class Row:
    """Two sides, and whether they are stated to be of one sitting."""

    questioned: Side
    known: Side
    same_sitting: bool = False

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.questioned, self.known


@dataclass(frozen=True)
class RowResult:
    """One row of a score table; numbers are None where ``error`` says why.

    The last three are person against machine of the questioned side; None where no line is long enough, and movement
    where there is no time.
    """

    score: float | None = None
    log10_lr: float | None = None
    log10_lr_low: float | None = None
    log10_lr_high: float | None = None
    bound_hit: str = ""
    warning: str = ""
    error: str = ""
    log10_lr_unbounded: float | None = None
    log10_lr_unbounded_low: float | None = None
    log10_lr_unbounded_high: float | None = None
    bound_share: float | None = None
    authenticity_log10_lr: float | None = None
    authenticity_movement: float | None = None
    authenticity_shape: float | None = None


def score_rows(
    rows: Sequence[Row],
    allow_generated: bool = False,
    progress: Callable[[int, int], None] | None = None,
    judge: Judge | None = None,
) -> list[RowResult]:
    """Scores of a table. Each side is read and embedded once, however many rows name it.

    Parameters
    ----------
    progress : called with (sides read so far, sides in all).
    """
    judge = judge or default_judge()
    sides = sorted({side for row in rows for side in row.sides})
    # Speed plays no part between occasions: sides of such rows only are embedded once, without it.
    in_one_sitting = {side for row in rows if row.same_sitting for side in row.sides}
    ready: dict[Side, Ready | ForgeryKitError] = {}

    def load(side: Side) -> tuple[Side, Exhibit | ForgeryKitError]:
        try:
            return side, replace(load_exhibit(str(side.paths[0]), side.paths, allow_generated), text=side.text)
        except Exception as error:
            return side, _told(side, error)

    # Sides are read while those before them are embedded.
    with ThreadPoolExecutor(1) as pool:
        loaded = pool.map(load, sides)
        while batch := list(islice(loaded, TOGETHER)):
            ready.update({side: found for side, found in batch if isinstance(found, ForgeryKitError)})
            for flag in (True, False):
                own = [(s, e) for s, e in batch if isinstance(e, Exhibit) and (s in in_one_sitting) == flag]
                ready.update(_prepared(own, judge, flag) if own else {})
            if progress:
                progress(len(ready), len(sides))
    ready.update(_comparable(rows, ready, judge))
    made = _person_or_machine(rows, ready)
    cache: dict[Row, RowResult] = {}
    return [_row(row, ready, made, cache, judge) for row in rows]


def _person_or_machine(
    rows: Sequence[Row], ready: dict[Side, Ready | ForgeryKitError]
) -> dict[Side, Value | ForgeryKitError | None]:
    """Person against machine of each questioned side, looked at once, ``TOGETHER`` sides at a time."""
    usable = [(s, one) for s in sorted({row.questioned for row in rows}) if isinstance(one := ready[s], Ready)]
    found: dict[Side, Value | ForgeryKitError | None] = {}
    for start in range(0, len(usable), TOGETHER):
        found.update(_looked_at(usable[start : start + TOGETHER]))
    return found


def _looked_at(batch: list[tuple[Side, Ready]]) -> dict[Side, Value | ForgeryKitError | None]:
    """Values of sides together; where one trips us, one by one, so that it does not spoil the others."""
    try:
        return dict(zip([side for side, _ in batch], side_values([one.exhibit for _, one in batch]), strict=True))
    except Exception as error:
        if len(batch) == 1:
            return {batch[0][0]: _told(batch[0][0], error)}
        return {side: value for one in batch for side, value in _looked_at([one]).items()}


def _prepared(batch: list[tuple[Side, Exhibit]], judge: Judge, with_time: bool) -> dict[Side, Ready | ForgeryKitError]:
    """Prepared together; where one is out of scope, one by one, so that it does not spoil the others."""
    try:
        return dict(zip([side for side, _ in batch], prepare([e for _, e in batch], judge, with_time), strict=True))
    except Exception as error:
        if len(batch) == 1:
            return {batch[0][0]: _told(batch[0][0], error)}
        found: dict[Side, Ready | ForgeryKitError] = {}
        for one in batch:
            found.update(_prepared([one], judge, with_time))
        return found


def _comparable(rows: Sequence[Row], ready: dict[Side, Ready | ForgeryKitError], judge: Judge) -> dict[Side, Ready]:
    """The sides that any row compares without time, with their embeddings without time."""
    wanted: set[Side] = set()
    for row in rows:
        q, k = (ready[side] for side in row.sides)
        if not isinstance(q, Ready) or not isinstance(k, Ready):
            continue
        if not (row.same_sitting and q.timed and k.timed) or unlike(q, k):
            wanted |= set(row.sides)
    found = {side: one for side in sorted(wanted) if isinstance(one := ready[side], Ready)}
    return dict(zip(found, untimed(list(found.values()), judge), strict=True))


def _row(
    row: Row,
    ready: dict[Side, Ready | ForgeryKitError],
    made: dict[Side, Value | ForgeryKitError | None],
    cache: dict[Row, RowResult],
    judge: Judge,
) -> RowResult:
    if row not in cache:
        sides = [ready[side] for side in row.sides]
        errors = [side for side in sides if isinstance(side, ForgeryKitError)]
        try:
            if errors:
                raise errors[0]
            q, k = (side for side in sides if isinstance(side, Ready))
            machine = made[row.questioned]
            if isinstance(machine, ForgeryKitError):
                raise machine
            found = score(q, k, judge, row.same_sitting)
            lr = found.lr
            cache[row] = RowResult(
                score=found.score,
                log10_lr=lr.log10_lr,
                log10_lr_low=lr.low,
                log10_lr_high=lr.high,
                bound_hit=lr.bound_hit,
                warning=" ".join(map(str, found.warnings)),
                log10_lr_unbounded=lr.unbounded,
                log10_lr_unbounded_low=lr.unbounded_low,
                log10_lr_unbounded_high=lr.unbounded_high,
                bound_share=lr.bound_share,
                authenticity_log10_lr=machine.log10_lr if machine else None,
                authenticity_movement=machine.movement if machine else None,
                authenticity_shape=machine.shape if machine else None,
            )
        except Exception as error:
            cache[row] = RowResult(error=str(_told(row.questioned, error)))
    return cache[row]


def _told(side: Side, error: Exception) -> ForgeryKitError:
    """The error as its row tells it: one file that trips us must not cost the other rows."""
    if isinstance(error, ForgeryKitError):
        return error
    return ForgeryKitError(
        str(side.paths[0]), f"a fault of ours ({type(error).__name__}: {error!s:.200}).", "Report it."
    )
