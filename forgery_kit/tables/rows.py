"""Scores of the rows of a table: each file is read, and each side embedded, once, however many rows name it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ForgeryKitError
from datasets.sample import Exhibit
from forgery_kit.authenticity.examine import Value, value_of
from forgery_kit.authenticity.reference import load_reference
from forgery_kit.examination.copies import Files
from forgery_kit.examination.same_recording import Side as Recordings
from forgery_kit.likelihood.agreement import agreement
from forgery_kit.likelihood.judge import Judge, default_judge
from forgery_kit.likelihood.scoring import score
from forgery_kit.likelihood.sides import Ready, embed_parts, flat, prepare, refuse_little, unlike
from forgery_kit.likelihood.typicality import typicality
from forgery_kit.tables.kept import Kept
from forgery_kit.tables.seen_files import SeenFiles, Sheet, with_notes_of_side, without_ink
from gan.judging.style import sheets

#: Rows that are scored together.
TOGETHER = 64
#: In place of a side's recordings, which its sheets hold.
NO_RECORDINGS = Files((), Recordings([]))


@dataclass(frozen=True, order=True)
class Side:
    """Files of one side of a row, and what all of their ink says, in their order; empty where nobody stated it.

    ``with_time`` : whether any row of the table states it to be of one sitting with another: then speed is looked at.
    """

    paths: tuple[Path, ...]
    text: str = ""
    with_time: bool = False


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
    """Scores of some rows; ``progress`` is called with (rows scored, rows in all)."""
    scorer = RowScorer(judge or default_judge(), allow_generated)
    timed = in_one_sitting(rows)
    rows = [with_time(row, timed) for row in rows]
    found: list[RowResult] = []
    for start in range(0, len(rows), TOGETHER):
        found += scorer.score(rows[start : start + TOGETHER])
        if progress:
            progress(len(found), len(rows))
    return found


def in_one_sitting(rows: Iterable[Row]) -> frozenset[bytes]:
    """The sides, by ``key_of``, that any row states to be of one sitting."""
    return frozenset(key_of(side) for row in rows if row.same_sitting for side in row.sides)


def with_time(row: Row, timed: frozenset[bytes]) -> Row:
    """A row whose sides say whether they are among ``timed``, which do not say so yet."""
    q, k = (replace(side, with_time=key_of(side) in timed) for side in row.sides)
    return Row(q, k, row.same_sitting)


def key_of(side: Side) -> bytes:
    """What a side is known by: short, since there may be a hundred thousand."""
    told = repr((list(map(str, side.paths)), side.text, side.with_time))
    return hashlib.blake2b(told.encode(errors="backslashreplace"), digest_size=16).digest()


@dataclass(frozen=True)
class _Seen:
    """A side as it was read: its exhibit and sheets, without ink, and whether speed is used."""

    exhibit: Exhibit
    sheets: tuple[Sheet, ...]
    timed: bool

    def parts(self, with_time: bool) -> list[NDArray[np.float32]]:
        return [sheet.sequence(with_time) for sheet in self.sheets]


class RowScorer:
    """Scores rows, some at a time. What it has read and embedded is kept for the rows that come.

    A row's values hang on its own files alone, to the last bit: not on the rows beside it, nor on their order.
    """

    def __init__(self, judge: Judge, allow_generated: bool) -> None:
        self._judge, self._allow_generated = judge, allow_generated
        self._kept = Kept()
        self._files = SeenFiles(judge, self._kept)

    def score(self, rows: Sequence[Row]) -> list[RowResult]:
        """Scores of rows, of one error each where something is wrong with a side."""
        sides = sorted({side for row in rows for side in row.sides})
        seen = {side: self._seen(side) for side in sides}
        usable = {side: one for side, one in seen.items() if isinstance(one, _Seen)}
        ready: dict[Side, Ready | ForgeryKitError] = {s: one for s, one in seen.items() if not isinstance(one, _Seen)}
        ready |= self._ready(usable)
        ready |= self._comparable(rows, ready, usable)
        made = self._person_or_machine(sorted({row.questioned for row in rows}), ready, usable)
        found = {row: self._row(row, ready, made) for row in set(rows)}
        return [found[row] for row in rows]

    def _seen(self, side: Side) -> _Seen | ForgeryKitError:
        known = self._kept.get(("side", key_of(side)))
        if isinstance(known, ForgeryKitError):
            return known
        if known is not None:
            return _Seen(known.exhibit, tuple(self._files.sheets(known.exhibit)), known.timed)
        try:
            exhibit = replace(self._files.exhibit(side.paths, self._allow_generated), text=side.text)
            found = self._files.sheets(exhibit)
            groups = sheets(exhibit.samples)
            for sheet, group in zip(found, groups.values(), strict=True):
                if sheet.features is None:
                    raise flat(group[0].file)
            noted = {
                id(before): after
                for sheet, group in zip(found, groups.values(), strict=True)
                for before, after in zip(group, with_notes_of_side(sheet, group), strict=True)
            }
            exhibit = replace(exhibit, samples=tuple(noted[id(sample)] for sample in exhibit.samples))
            refuse_little(exhibit, sum(len(sheet.sequence(True)) for sheet in found))
            share = sum(sheet.timed for sheet in found) / sum(sheet.points for sheet in found)
            return _Seen(exhibit, tuple(found), side.with_time and share >= 0.9)
        except Exception as error:
            return _told(side, error)

    def _ready(self, seen: dict[Side, _Seen]) -> dict[Side, Ready | ForgeryKitError]:
        """Sides with their embeddings, those that are not known yet embedded together."""
        found: dict[Side, Ready | ForgeryKitError] = {side: self._kept.get(("side", key_of(side))) for side in seen}
        new = {side: seen[side] for side, one in found.items() if one is None}
        found |= {side: self._stated(side) for side in new if side.text}
        plain = {side: one for side, one in new.items() if not side.text}
        vectors = self._embedded(plain, {side: one.timed for side, one in plain.items()})
        found |= {side: self._side(one, vectors[side]) for side, one in plain.items()}
        for side in new:
            self._kept.put(("side", key_of(side)), found[side])
        return {
            side: replace(one, files=_recordings(seen[side])) if isinstance(one, Ready) else one
            for side, one in found.items()
        }

    def _embedded(self, seen: dict[Side, _Seen], with_time: dict[Side, bool]) -> dict[Side, NDArray[np.float64]]:
        """Vectors of sides, from those of their files."""
        if not seen:
            return {}
        alone = self._files.vectors([(one.sheets, with_time[side]) for side, one in seen.items()])
        parts = [one.parts(with_time[side]) for side, one in seen.items()]
        return dict(zip(seen, embed_parts(parts, alone, self._judge, filled=True), strict=True))

    def _side(self, seen: _Seen, vector: NDArray[np.float64]) -> Ready:
        flag, parts = seen.timed, seen.parts(seen.timed)
        steps = sum(map(len, parts))
        several = self._files.vectors([(seen.sheets, flag)]) if len(parts) > 1 else []
        return Ready(
            exhibit=seen.exhibit,
            traces=(),
            amount=sum(sheet.amount for sheet in seen.sheets),
            steps=steps,
            timed=flag,
            hashes=frozenset(sample.sha256 for sample in seen.exhibit.samples),
            vectors={flag: vector},
            faults=sum(sheet.faults for sheet in seen.sheets),
            typicality=typicality(self._judge, vector, steps, flag),
            agreement=agreement(self._judge, parts, flag, several[0]) if several else None,
            files=NO_RECORDINGS,
        )

    def _stated(self, side: Side) -> Ready | ForgeryKitError:
        """A side whose text is stated, with both embeddings: its letters are looked for in its ink."""
        try:
            exhibit = replace(self._files.whole_exhibit(side.paths, self._allow_generated), text=side.text)
            (found,) = prepare([exhibit], self._judge, side.with_time, filled=True)
            if found.timed:
                (other,) = prepare([exhibit], self._judge, False, filled=True)
                found = replace(found, vectors=found.vectors | other.vectors)
            bare = replace(found.exhibit, samples=tuple(map(without_ink, found.exhibit.samples)))
            return replace(found, exhibit=bare, traces=(), files=NO_RECORDINGS)
        except Exception as error:
            return _told(side, error)

    def _comparable(
        self, rows: Sequence[Row], ready: dict[Side, Ready | ForgeryKitError], seen: dict[Side, _Seen]
    ) -> dict[Side, Ready]:
        """The sides that any row compares without time, with their embeddings without time."""
        wanted: set[Side] = set()
        for row in rows:
            q, k = (ready[side] for side in row.sides)
            if not isinstance(q, Ready) or not isinstance(k, Ready):
                continue
            if not (row.same_sitting and q.timed and k.timed) or unlike(q, k):
                wanted |= set(row.sides)
        found = {s: one for s in sorted(wanted) if isinstance(one := ready[s], Ready) and False not in one.vectors}
        vectors = self._embedded({side: seen[side] for side in found}, dict.fromkeys(found, False))
        complete = {side: replace(one, vectors=one.vectors | {False: vectors[side]}) for side, one in found.items()}
        for side, one in complete.items():
            self._kept.put(("side", key_of(side)), replace(one, files=NO_RECORDINGS))
        return complete

    def _person_or_machine(
        self, sides: Sequence[Side], ready: dict[Side, Ready | ForgeryKitError], seen: dict[Side, _Seen]
    ) -> dict[Side, Value | ForgeryKitError | None]:
        """Person against machine of each questioned side; None where no line is long enough."""
        found: dict[Side, Value | ForgeryKitError | None] = {}
        usable = [side for side in sides if isinstance(ready[side], Ready)]
        try:
            # All together, so that lines that nobody has looked at yet go through the networks together.
            self._files.odds([sheet for side in usable for sheet in seen[side].sheets])
        except Exception:
            # Told below, where they are looked at side by side.
            found.clear()
        for side in usable:
            try:
                found[side] = self._value(seen[side])
            except Exception as error:
                found[side] = _told(side, error)
        return found

    def _value(self, seen: _Seen) -> Value | None:
        by_sample = {
            id(sample): odds
            for group, of_sheet in zip(
                sheets(seen.exhibit.samples).values(), self._files.odds(seen.sheets), strict=True
            )
            for sample, odds in zip(group, of_sheet, strict=True)
        }
        lines = [odds for sample in seen.exhibit.samples for odds in by_sample[id(sample)]]
        return value_of(load_reference(), lines) if lines else None

    def _row(
        self,
        row: Row,
        ready: dict[Side, Ready | ForgeryKitError],
        made: dict[Side, Value | ForgeryKitError | None],
    ) -> RowResult:
        sides = [ready[side] for side in row.sides]
        errors = [side for side in sides if isinstance(side, ForgeryKitError)]
        try:
            if errors:
                raise errors[0]
            q, k = (side for side in sides if isinstance(side, Ready))
            machine = made[row.questioned]
            if isinstance(machine, ForgeryKitError):
                raise machine
            found = score(q, k, self._judge, row.same_sitting)
            lr = found.lr
            return RowResult(
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
            return RowResult(error=str(_told(row.questioned, error)))


def _recordings(seen: _Seen) -> Files:
    """The recordings of a side, for those of the other side to be looked up in."""
    names = tuple(group[0].file for group in sheets(seen.exhibit.samples).values())
    return Files(names, Recordings([sheet.print for sheet in seen.sheets if sheet.print is not None]))


def _told(side: Side, error: Exception) -> ForgeryKitError:
    """The error as its row tells it: one file that trips us must not cost the other rows."""
    if isinstance(error, ForgeryKitError):
        return error
    return ForgeryKitError(
        str(side.paths[0]), f"a fault of ours ({type(error).__name__}: {error!s:.200}).", "Report it."
    )
