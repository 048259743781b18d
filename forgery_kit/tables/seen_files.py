"""Files of a table, each read and looked at once: what its sides are put together from, without their ink."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.ink import Ink
from datasets.readers import read_file
from datasets.sample import Exhibit, Sample
from forgery_kit.authenticity.examine import part_scores
from forgery_kit.authenticity.lines import seen_lines
from forgery_kit.examination.copies import COPIED, STRETCH, file_print
from forgery_kit.examination.exhibits import REPEATED, load_exhibit
from forgery_kit.examination.prints import Print, fingerprint
from forgery_kit.examination.scrutiny import look_at
from forgery_kit.likelihood.judge import Judge
from forgery_kit.likelihood.sides import file_windows
from forgery_kit.tables.kept import Kept
from gan.features import SPEED, amount, far_jumps, feature_sequence, trace
from gan.judging.machine_features import Part
from gan.judging.style import sheets

Floats = NDArray[np.float32]
Odds = tuple[list[dict[Part, float]], ...]


@dataclass(frozen=True, eq=False)
class Sheet:
    """What a comparison needs of a sheet (a file, or lines of one form) after the look at it, but its ink.

    Attributes
    ----------
    files : its files, by which it is known. samples : without ink, with their notes.
    features : (steps, FEATURES), with speed where there is any; None where the ink has no writing height.
    points, timed : points, and those with a time. amount : writing heights. faults : far jumps.
    """

    files: tuple[str, ...]
    samples: tuple[Sample, ...]
    features: Floats | None = None
    points: int = 0
    timed: int = 0
    amount: float = 0.0
    faults: int = 0
    print: Print | None = None

    def sequence(self, with_time: bool) -> Floats:
        """Features (steps, FEATURES), of a sheet that has a writing height."""
        assert self.features is not None
        if with_time:
            return self.features
        found = self.features.copy()
        found[:, SPEED] = 0
        return found


@dataclass(frozen=True, eq=False)
class _File:
    """A file as it was read: its samples without ink, and its print or the error that it met."""

    samples: tuple[Sample, ...]
    print: Print | Exception | None


@dataclass(frozen=True, eq=False)
class _Refused:
    """A sheet that cannot be used; ``at_look`` : refused by the look at it, else by its measure."""

    error: Exception
    at_look: bool


class SeenFiles:
    """Files read once each, and what was made of them; ``kept`` holds it."""

    def __init__(self, judge: Judge, kept: Kept) -> None:
        self._judge, self._kept = judge, kept

    def exhibit(self, paths: Sequence[Path], allow_generated: bool) -> Exhibit:
        """A side from its files and folders, as ``load_exhibit`` gives it, without ink. Raises as that does."""
        return load_exhibit(str(paths[0]), paths, allow_generated, self._read, self._print)

    def whole_exhibit(self, paths: Sequence[Path], allow_generated: bool) -> Exhibit:
        """A side with its ink."""
        return load_exhibit(str(paths[0]), paths, allow_generated, self._ink, self._print)

    def sheets(self, exhibit: Exhibit) -> list[Sheet]:
        """The sheets of a side. Raises what the look at them, or their measure, raises."""
        groups = list(sheets(exhibit.samples).values())
        found = [self._sheet(tuple(dict.fromkeys(sample.file for sample in group))) for group in groups]
        refused = sorted((one for one in found if isinstance(one, _Refused)), key=lambda one: not one.at_look)
        if refused:
            raise refused[0].error
        return [one for one in found if isinstance(one, Sheet)]

    def vectors(self, wanted: Sequence[tuple[Sequence[Sheet], bool]]) -> list[NDArray[np.float64]]:
        """Of each side, with time or without, the vectors (k, d) of its sheets, as ``embed_files`` has them, embedded
        once however many sides have a sheet."""
        keys = [[("vector", one.files, flag, len(of_side) > 1) for one in of_side] for of_side, flag in wanted]
        known = {key: self._kept.get(key) for of_side in keys for key in of_side}
        new = {
            key: file_windows(one.sequence(flag), len(of_side))
            for (of_side, flag), mine in zip(wanted, keys, strict=True)
            for one, key in zip(of_side, mine, strict=True)
            if known[key] is None
        }
        made = self._judge.embed_pieces(list(new.values()), filled=True) if new else ()
        for key, vector in zip(new, made, strict=True):
            known[key] = vector
            self._kept.put(key, vector)
        return [np.stack([known[key] for key in of_side]) for of_side in keys]

    def odds(self, wanted: Sequence[Sheet]) -> list[Odds]:
        """Of each sheet the log odds of person against machine of the lines of each sample, looked at once."""
        keys = [("odds", sheet.files) for sheet in wanted]
        known = dict(zip(keys, map(self._kept.get, keys), strict=True))
        new = [key for key in known if known[key] is None]
        seen = [[seen_lines(sample) for sample in self._looked(files)] for _, files in new]
        scored = iter(part_scores([line for samples in seen for lines in samples for line in lines], filled=True))
        for key, samples in zip(new, seen, strict=True):
            known[key] = tuple([next(scored) for _ in lines] for lines in samples)
            self._kept.put(key, known[key])
            self._kept.drop(("looked", key[1]))
        return [known[key] for key in keys]

    def _once(self, key: tuple[str, Any], make: Callable[[], Any]) -> Any:
        found = self._kept.get(key)
        if found is None:
            found = make()
            self._kept.put(key, found)
        return found

    def _file(self, path: Path) -> _File | Exception:
        """A file; the error that it met where it cannot be read."""
        return self._once(("file", str(path)), lambda: self._read_first(path))

    def _read_first(self, path: Path) -> _File | Exception:
        try:
            samples = read_file(path)
        except Exception as error:
            return error
        self._kept.put(("ink", str(path)), samples)
        try:
            found: Print | Exception | None = file_print(samples)
        except Exception as error:
            found = error
        return _File(tuple(map(without_ink, samples)), found)

    def _read(self, path: Path) -> tuple[Sample, ...]:
        found = self._file(path)
        if isinstance(found, Exception):
            raise found
        return found.samples

    def _ink(self, path: Path) -> tuple[Sample, ...]:
        self._read(path)
        return self._once(("ink", str(path)), lambda: read_file(path))

    def _print(self, samples: Sequence[Sample]) -> Print | None:
        found = self._file(Path(samples[0].file))
        of_file = found if isinstance(found, Exception) else found.print
        if isinstance(of_file, Exception):
            raise of_file
        return of_file

    def _sheet(self, files: tuple[str, ...]) -> Sheet | _Refused:
        return self._once(("sheet", files), lambda: self._look(files))

    def _look(self, files: tuple[str, ...]) -> Sheet | _Refused:
        try:
            samples = self._looked(files)
        except Exception as error:
            return _Refused(error, at_look=True)
        bare = Sheet(files, tuple(map(without_ink, samples)))
        try:
            ink = trace(samples)
        except ValueError:
            return bare
        except Exception as error:
            return _Refused(error, at_look=False)
        if len(files) == 1 and samples[0].format != "iam-ondb":
            # Lines of one form may be asked for with others of it; other files stand alone.
            self._kept.drop(("ink", files[0]))
        return replace(
            bare,
            features=feature_sequence(ink),
            points=len(ink.t),
            timed=int(np.isfinite(ink.t).sum()),
            amount=amount(ink),
            faults=far_jumps(ink),
            print=fingerprint(ink),
        )

    def _looked(self, files: tuple[str, ...]) -> tuple[Sample, ...]:
        """The samples of a sheet after the look at them, with their ink."""

        def look() -> tuple[Sample, ...]:
            samples = tuple(sample for file in files for sample in self._ink(Path(file)))
            return look_at(Exhibit("", samples)).samples

        return self._once(("looked", files), look)


def without_ink(sample: Sample) -> Sample:
    """A sample with one point in place of its ink: what else is known of it stays, notes and channels too."""
    ink = sample.ink
    point = Ink(
        np.zeros((1, len(ink.channels))),
        np.ones(1, np.int64),
        np.ones(1, bool),
        ink.channels,
        ink.mm_per_unit,
        ink.time_source,
        ink.notes,
    )
    return replace(sample, ink=point, left_out=None)


def with_notes_of_side(sheet: Sheet, group: Sequence[Sample]) -> list[Sample]:
    """The samples of a sheet with what the side's samples (``group``, the same ones) are noted to be copies of."""
    return [
        replace(sample, ink=sample.ink.with_notes({n: k for n, k in own.ink.notes.items() if _of_side(n)}))
        for sample, own in zip(sheet.samples, group, strict=True)
    ]


def _of_side(note: str) -> bool:
    return note == REPEATED or note.partition(": ")[0] in (COPIED, STRETCH)
