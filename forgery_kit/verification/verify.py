"""`verify`: a report or a saved result against itself, line by line."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets.errors import ForgeryKitError, MissingResourceError, UnreadableFileError
from datasets.readers import file_bytes
from datasets.sample import Sample
from forgery_kit.examination.copies import COPIED
from forgery_kit.verification.again import compared_again, differences, missing_model
from forgery_kit.verification.checks import Check
from forgery_kit.verification.recordings import recordings_at, recordings_in
from forgery_kit.verification.signature import check_signature
from reports.comparison import comparison_pdf, report_id
from reports.findings import Comparison
from reports.proof.attachments import RESULT, SETTINGS, InkState, drawing_versions, ink_hashes
from reports.proof.parts import added_to, part_names
from reports.proof.taken_apart import TakenApart, differing, take_apart
from reports.saved import from_json, to_json

#: Bytes of a result that is taken apart; that of a long case has some hundred thousand.
MAX_RESULT = 16 * 2**20
#: Differences that are named one by one.
MOST_NAMED = 8


@dataclass(frozen=True)
class Verified:
    """What was found. ``model_needed`` : weights and calibration that are not at hand; empty where they are."""

    checks: tuple[Check, ...]
    signed: bool
    model_needed: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing that was checked differs."""
        return all(one.outcome != "differs" for one in self.checks)


def verify(path: Path, exhibits: Path | None = None, judge: Any = None, progress: Any = None) -> Verified:
    """Check a report (PDF) or a saved result (JSON).

    Parameters
    ----------
    exhibits : folder in which the files of the items are looked for, by their SHA-256.
    judge : of a laboratory's reference; None for what ships.

    Raises UnreadableFileError or HostileFileError where the file is neither.
    """
    data = file_bytes(str(path))
    if data.lstrip()[:1] == b"{":
        return _verify_result(data, str(path), exhibits, judge, progress)
    taken = take_apart(data, str(path))
    if RESULT not in taken.files:
        raise UnreadableFileError(str(path), "this PDF carries no result of forgery_kit.", "Give its report.")
    checks: list[Check] = []
    comparison = _stated(lambda: _result(taken.files[RESULT], RESULT), "result", checks)
    signature = check_signature(taken.drawn, taken.added)
    if comparison is None:
        return Verified((*checks, *signature), bool(taken.added))
    checks.append(Check("result", "agrees", f"its hash holds: report {report_id(comparison)[:16]}"))
    settings = _stated(lambda: _settings(taken.files.get(SETTINGS, b"")), "settings", checks) or {}
    embedded = _embedded(taken, settings, comparison, checks)
    recordings = _with_files(comparison, embedded, exhibits, checks)
    needed = _value(comparison, recordings, judge, progress, checks)
    pages = _pages(taken.drawn, comparison, embedded, settings)
    if taken.added and pages[0].outcome == "agrees" and (more := added_to(taken.drawn, taken.added)):
        pages.append(Check("pages", "differs", f"what follows the report adds to it: {more}"))
    checks += pages
    return Verified((*checks, *signature), bool(taken.added), needed)


def _verify_result(data: bytes, name: str, exhibits: Path | None, judge: Any, progress: Any) -> Verified:
    checks: list[Check] = []
    comparison = _stated(lambda: _result(data, name), "result", checks)
    if comparison is None:
        return Verified(tuple(checks), False)
    checks.append(Check("result", "agrees", f"its hash holds: report {report_id(comparison)[:16]}"))
    recordings = _with_files(comparison, {}, exhibits, checks)
    needed = _value(comparison, recordings, judge, progress, checks)
    return Verified(tuple(checks), False, needed)


def _stated(read: Callable[[], Any], name: str, checks: list[Check]) -> Any:
    """What is read; None, and a check that differs, where that fails."""
    try:
        return read()
    except MissingResourceError:
        raise
    except ForgeryKitError as error:
        checks.append(Check(name, "differs", str(error)))
    # What a file that contradicts itself makes the program trip over cannot be listed.
    except Exception as error:
        checks.append(Check(name, "differs", f"it cannot be computed or drawn ({' '.join(str(error).split())[:120]})"))
    return None


def _result(data: bytes, name: str) -> Comparison:
    if len(data) > MAX_RESULT:
        raise UnreadableFileError(name, f"it has more than the {MAX_RESULT // 2**20} MiB that are verified.")
    try:
        return from_json(data.decode("utf-8"), Comparison, name)
    except UnicodeDecodeError as error:
        raise UnreadableFileError(name, "it is not UTF-8 text.", "Give a saved comparison.") from error


def _settings(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data[:MAX_RESULT].decode("utf-8"))
        recordings, drawn_with = found["recordings"], found["drawn_with"]
        sane = all(isinstance(one, dict) for one in (recordings, drawn_with, *recordings.values()))
        if not sane or found["ink"] not in ("embedded", "left out", "not at hand"):
            raise ValueError("mistyped")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableFileError(SETTINGS, "it is missing or broken.") from error
    return dict(found)


def _embedded(
    taken: TakenApart, settings: Mapping[str, Any], comparison: Comparison, checks: list[Check]
) -> dict[str, list[Sample]]:
    """The recordings that the report carries, of every item or none."""
    state = settings.get("ink")
    if state != "embedded" and set(taken.files) <= {RESULT, SETTINGS}:
        why = "as --without-ink says" if state == "left out" else "its files were not at hand when it was drawn"
        checks.append(Check("ink", "not checked", f"it is not in the report, {why}; give --exhibits FOLDER"))
        return {}
    found = _stated(lambda: recordings_in(taken.files, settings, comparison), "ink", checks)
    if found is None or not all(found.values()):
        checks += [Check("ink", "differs", "an item has none")] if found is not None else []
        return {}
    count = sum(map(len, found.values()))
    checks.append(Check("ink", "agrees", f"{count} recordings have the SHA-256 that the result states"))
    return dict(found)


def _with_files(
    comparison: Comparison, embedded: dict[str, list[Sample]], exhibits: Path | None, checks: list[Check]
) -> dict[str, list[Sample]]:
    """The recordings to compute from: those of the report, else those of the files, which are looked at in any case."""
    if exhibits is None:
        hint = "" if embedded else " and nothing can be computed again"
        checks.append(
            Check("files", "not checked", f"the exhibits themselves are not here{hint}; give --exhibits FOLDER")
        )
        return embedded
    read = _stated(lambda: recordings_at(comparison, [exhibits]), "files", checks)
    if read is None:
        return embedded
    found, missing = read
    for item in missing:
        text = f"{item.label}: no file in {exhibits} has the SHA-256 {item.sha256[:16]}… of {item.file}"
        checks.append(Check("files", "not checked", text))
    stated = {
        name: value for name, value in comparison.ink.items() if name.partition(".")[0].partition("-")[0] in found
    }
    if comparison.ink and ink_hashes(found) != stated:
        checks.append(Check("files", "differs", "the ink read from them is not the one that the result states"))
    elif found:
        checks.append(Check("files", "agrees", f"{len(found)} of {len(comparison.items)} have their SHA-256 and ink"))
    return embedded or ({} if missing else found)


def _value(
    comparison: Comparison, recordings: Mapping[str, Sequence[Sample]], judge: Any, progress: Any, checks: list[Check]
) -> str:
    """Compute everything again from the ink; returns which model is needed for that where it is not at hand."""
    copies = sorted({note for item in comparison.items for note in item.notes if note.startswith(COPIED)})
    checks += [Check("copies", "not checked", f"{note}; it is not in the report") for note in copies]
    if not recordings:
        checks.append(Check("value", "not checked", "there is no ink to compute it from"))
        return ""
    needed = missing_model(comparison, judge)
    if needed:
        checks.append(Check("value", "not checked", f"it needs {needed}"))
        return needed
    again = _stated(lambda: compared_again(comparison, recordings, judge, progress), "value", checks)
    if again is None:
        return ""
    found, largest = differences(comparison, from_json(to_json(again), Comparison))
    if found:
        # The value first, whatever else does not agree.
        for one in sorted(found, key=lambda one: not one.place.startswith(("lr.", "score")))[:MOST_NAMED]:
            text = f"{one.place}: stated {one.stated!r:.60}, computed again {one.again!r:.60}"
            checks.append(Check("value", "differs", text))
        if len(found) > MOST_NAMED:
            checks.append(Check("value", "differs", f"and {len(found) - MOST_NAMED} more"))
        other = {k: v for k, v in again.versions.items() if comparison.versions.get(k) != v}
        if other:
            told = ", ".join(f"{name} {comparison.versions.get(name, 'none')}, here {v}" for name, v in other.items())
            checks.append(Check("versions", "not checked", f"other ones may compute otherwise: {told}"))
    else:
        exact = "to the last digit" if largest == 0 else f"to {largest:.1g} (other processors round otherwise)"
        text = f"log10 LR {again.lr.log10_lr:+.2f} and all else follow from the ink, {exact}"
        checks.append(Check("value", "agrees", text))
    return ""


def _pages(
    drawn: bytes, comparison: Comparison, recordings: Mapping[str, Sequence[Sample]], settings: Mapping[str, Any]
) -> list[Check]:
    """Draw the report again and compare every byte."""
    stated = {str(name): str(value)[:40] for name, value in settings.get("drawn_with", {}).items()}
    why: InkState = "left out" if settings.get("ink") == "left out" else "not at hand"
    checks: list[Check] = []
    again = _stated(lambda: comparison_pdf(comparison, recordings or None, why, stated), "pages", checks)
    if again is None:
        return checks
    if again == drawn:
        return [Check("pages", "agrees", "drawn again, with all that the file carries: the same bytes")]
    parts = differing(drawn, again, part_names(again))
    checks += [Check("pages", "differs", f"{part} is not as drawn again") for part in parts[:MOST_NAMED]]
    if len(parts) > MOST_NAMED:
        checks.append(Check("pages", "differs", f"and {len(parts) - MOST_NAMED} more"))
    ours = drawing_versions()
    if stated != ours:
        told = ", ".join(f"{name} {stated.get(name, 'none')}, here {value}" for name, value in ours.items())
        checks.append(Check("versions", "not checked", f"other ones draw otherwise: {told}"))
    return checks or [Check("pages", "differs", "the bytes are not those drawn again")]
