"""The ink behind the items of a result: from files, found by their SHA-256, or out of a report."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from datasets.errors import ForgeryKitError, UnreadableFileError, VerificationError
from datasets.limits import MAX_FILE_BYTES
from datasets.readers import read_file
from datasets.readers.inkml.exact import read_exactly
from datasets.readers.origin import origin_of
from datasets.sample import Exhibit, Sample
from forgery_kit.examination.copies import COPIED, without_copies
from forgery_kit.examination.exhibits import REPEATED
from reports.findings import Comparison, Item, Role
from reports.proof.attachments import RESULT, SETTINGS, ink_data, label_of


def recordings_at(comparison: Comparison, paths: Iterable[str | Path]) -> tuple[dict[str, list[Sample]], list[Item]]:
    """Label → recordings of each item whose file lies at or below one of ``paths``, and the items that were not found.

    A file is the item's by its bytes, whatever it is called. Raises like ``read_file``.
    """
    wanted = {item.sha256 for item in comparison.items}
    places: dict[str, Path] = {}
    for path in _files(paths):
        sha256 = _sha256(path)
        if sha256 in wanted:
            places.setdefault(sha256, path)
    found, missing = {}, []
    for item in comparison.items:
        samples = read_file(places[item.sha256]) if item.sha256 in places else ()
        if samples and samples[0].sha256 == item.sha256:
            found[item.label] = [replace(sample, file=item.file) for sample in samples]
        else:
            missing.append(item)
    return found, missing


def _files(paths: Iterable[str | Path]) -> Iterator[Path]:
    for path in map(Path, paths):
        yield from sorted(part for part in path.rglob("*") if part.is_file()) if path.is_dir() else [path]


def _sha256(path: Path) -> str:
    """Of a file as small as exhibits are; others are none, and what cannot be read is not found."""
    try:
        if not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
            return ""
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""


def recordings_in(
    files: Mapping[str, bytes], settings: Mapping[str, Any], comparison: Comparison
) -> dict[str, list[Sample]]:
    """Label → recordings of each item, out of the files that a report carries.

    Raises VerificationError where they are not those that the result and the settings state, UnreadableFileError or
    HostileFileError where one is no ink.
    """
    items = {item.label: item for item in comparison.items}
    stated = settings.get("recordings", {})
    names = [name for name in files if name not in (RESULT, SETTINGS)]
    if set(names) != set(comparison.ink) or set(names) != set(stated):
        odd = sorted((set(names) ^ set(comparison.ink)) | (set(names) ^ set(stated)))[0]
        raise VerificationError(odd, "this recording is not in the report, or is not stated by its result.")
    found: dict[str, list[Sample]] = {item.label: [] for item in comparison.items}
    # In the order in which they were numbered: Q1-2 before Q1-10.
    for name in sorted(names, key=lambda one: (len(one), one)):
        if hashlib.sha256(files[name]).hexdigest() != comparison.ink[name]:
            raise VerificationError(name, "the ink was changed: its SHA-256 is not the one that the result states.")
        item = items.get(label_of(name))
        if item is None:
            raise VerificationError(name, "this ink belongs to no item of the result.")
        found[item.label].append(_sample(files[name], name, stated[name], item))
    return found


def _sample(data: bytes, name: str, stated: Mapping[str, Any], item: Item) -> Sample:
    try:
        ink = read_exactly(data, name).with_notes({str(note): int(count) for note, count in stated["notes"].items()})
        sample = Sample(
            ink=ink,
            file=item.file,
            sha256=item.sha256,
            format=item.format,
            form=stated["form"],
            device=stated["device"],
            origin=origin_of(stated["origin"]),
        )
        if ink_data(sample) != data:
            raise VerificationError(name, "the ink is not as forgery_kit writes it.")
    except ForgeryKitError:
        raise
    except Exception as error:
        raise UnreadableFileError(name, "the ink or what the settings say of it is broken.") from error
    return sample


def side(comparison: Comparison, role: Role, recordings: Mapping[str, Sequence[Sample]]) -> Exhibit:
    """One side as ``load_exhibit`` gave it, from the recordings of its items as their files were read.

    Notes of files that were left out as copies are taken from the result: those files are not among the items.
    """
    items = [item for item in comparison.items if item.role == role]
    samples = []
    for item in items:
        again = {REPEATED: 1} if REPEATED in item.notes else {}
        samples += [replace(one, ink=one.ink.with_notes(again)) for one in recordings[item.label]]
    whole = without_copies(tuple(samples))
    told = {item.file: {k: v for k, v in item.notes.items() if k.startswith(f"{COPIED}: ")} for item in items}
    noted = tuple(replace(one, ink=one.ink.with_notes(told.pop(one.file, {}))) for one in whole)
    return Exhibit(
        role[0].upper(), noted, comparison.questioned_text if role == "questioned" else comparison.known_text
    )
