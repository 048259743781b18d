"""The file of a laboratory's reference, and the judge that it makes."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from datasets.errors import MissingResourceError, UnreadableFileError
from forgery_kit.likelihood.calibrations import Calibrations, Kind, from_arrays, to_arrays
from forgery_kit.likelihood.judge import Judge, Laboratory, default_judge
from forgery_kit.likelihood.reference import (
    BACK_END,
    NOBODY,
    Reference,
    chunk_arrays,
    chunks_from,
    file_hash,
)
from forgery_kit.outputs import write_file
from gan.judging.style import weights_hash

OCCASIONS = "occasions/"
REBUILD = "Build it again: python cli.py reference build."


@dataclass(frozen=True, eq=False)
class LaboratoryReference:
    """What a laboratory's file holds.

    Attributes
    ----------
    name : of the reference, as stated when it was built. reference : its people; ``two_devices`` are those with two
        sittings. calibrations : those of ``kinds`` are of these people, the others are the shipped ones.
    doubts : what was doubtful when it was built, a sentence each. built_on : SHA-256 of the shipped reference.
    """

    name: str
    reference: Reference
    calibrations: Calibrations
    kinds: tuple[Kind, ...]
    doubts: tuple[str, ...]
    built_on: str


def save_laboratory(made: LaboratoryReference, path: Path) -> None:
    """Write the file, in one step. It holds embeddings and quantiles, no ink and no names."""
    from safetensors.numpy import save

    people, occasions = made.reference.chunks, made.reference.two_devices
    back_end = made.reference.back_end[True]
    names = {
        "writers": people.writers,
        "donors": people.donors,
        "occasion_writers": occasions.writers,
        "occasion_donors": occasions.donors,
        "measures": made.reference.measures,
        "card": made.reference.card | {"weights_sha256": weights_hash(), "back_end": BACK_END},
        "laboratory": {"name": made.name, "kinds": made.kinds, "doubts": made.doubts, "built_on": made.built_on},
    }
    arrays = chunk_arrays(people, back_end) | to_arrays(made.calibrations)
    if len(occasions.writers):
        arrays |= chunk_arrays(occasions, back_end, OCCASIONS)
    write_file(path, save(arrays, metadata={"names": json.dumps(names, sort_keys=True)}))


def load_laboratory(path: Path, shipped: Judge | None = None) -> LaboratoryReference:
    """A laboratory's reference from its file.

    Raises UnreadableFileError where it is missing, damaged, or no such file, and MissingResourceError where it was made
    with other weights, another back end or another shipped reference.
    """
    from safetensors import SafetensorError, safe_open

    shipped = shipped or default_judge()
    if not path.is_file():
        raise UnreadableFileError(str(path), "there is no such file.", REBUILD)
    try:
        with safe_open(path, framework="np") as stored:
            arrays: dict[str, Any] = {n: stored.get_tensor(n) for n in stored.keys()}  # noqa: SIM118 - no mapping
            names = json.loads(stored.metadata()["names"])
        own, card = names["laboratory"], names["card"]
        made_with = card["weights_sha256"], card["back_end"], own["built_on"]
        if made_with != (weights_hash(), BACK_END, shipped.reference.sha256):
            raise MissingResourceError(str(path), "it was built with other weights or another reference.", REBUILD)
        back_end = shipped.reference.back_end
        people = chunks_from(arrays, "", names["writers"], names["donors"], back_end[True])
        occasions = NOBODY
        if names["occasion_writers"]:
            occasions = chunks_from(
                arrays, OCCASIONS, names["occasion_writers"], names["occasion_donors"], back_end[True]
            )
        measures = {name: tuple(values) for name, values in names["measures"].items()}
        most = max(len(people.writers), len(shipped.reference.chunks.writers))
        return LaboratoryReference(
            name=str(own["name"]),
            reference=Reference(back_end, people, occasions, measures, card, file_hash(path)),
            calibrations=from_arrays(arrays, most),
            kinds=tuple(own["kinds"]),
            doubts=tuple(map(str, own["doubts"])),
            built_on=str(own["built_on"]),
        )
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise UnreadableFileError(str(path), "it is no reference of a laboratory, or damaged.", REBUILD) from error


def laboratory_judge(path: Path, shipped: Judge | None = None) -> Judge:
    """The judge that compares with a laboratory's people. Raises as ``load_laboratory`` does."""
    shipped = shipped or default_judge()
    made = load_laboratory(path, shipped)
    reference = made.reference
    if "other" not in made.kinds:
        reference = replace(reference, two_devices=shipped.reference.two_devices, apart=shipped.reference.apart)
    return Judge(reference, made.calibrations, shipped.weights, laboratory=Laboratory(made.name, made.kinds, shipped))
