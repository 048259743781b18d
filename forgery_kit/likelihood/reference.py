"""The reference population that ships with the weights: embeddings of the calibration people's ink.

Ink is cut into chunks of ``CHUNK_STEPS`` feature steps, with and without time, and embedded once; pairs are formed from
these chunks at many amounts (``pairs``), and calibrations made of them (``calibrations``), when ``reference_build``
makes the file.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import MissingResourceError
from forgery_kit.likelihood.back_end import BackEnd
from forgery_kit.likelihood.letters import letter_arrays, letters_from
from forgery_kit.likelihood.plda import Plda, plda_arrays
from gan.judging.style import PRETRAINED, weights_hash

#: Lengths of chunks in feature steps (five a writing height); longer amounts are means of several of the last.
CHUNK_STEPS = (60, 120, 240, 480)
#: Changes with whatever makes the same weights give other vectors or scores of a sequence: features, windows, PLDA,
#: letters. (How files become a side: ``sides.SIDES``.)
BACK_END = 5
CALIBRATION = PRETRAINED / "calibration.safetensors"
TWO_DEVICES, APART = "two_devices/", "apart/"
REBUILD = "Build them again: python -m forgery_kit.likelihood.reference_build."


@dataclass(frozen=True)
class Chunks:
    """Embedded chunks of ink of the people of one set.

    Attributes
    ----------
    vectors : float32 (n, d). steps : int (n,), one of ``CHUNK_STEPS``. with_time : bool (n,).
    writer, source, donor : int (n,), indices of the person, of the sheet or file, and of the donor (one device).
    writers, donors : their names (UNIPEN's are pseudonyms).
    """

    vectors: NDArray[np.float32]
    steps: NDArray[np.int64]
    with_time: NDArray[np.bool_]
    writer: NDArray[np.int64]
    source: NDArray[np.int64]
    donor: NDArray[np.int64]
    writers: tuple[str, ...]
    donors: tuple[str, ...]

    def take(self, rows: NDArray[np.bool_]) -> Chunks:
        """Some of the chunks; the names stay."""
        kept = {n: getattr(self, n)[rows] for n in ("vectors", "steps", "with_time", "writer", "source", "donor")}
        return Chunks(**kept, writers=self.writers, donors=self.donors)


_NONE = np.zeros(0, np.int64)
NOBODY = Chunks(np.zeros((0, 1), np.float32), _NONE, _NONE > 0, _NONE, _NONE, _NONE, (), ())


@dataclass(frozen=True)
class Reference:
    """Back end, calibration chunks, people with two occasions, quantiles of the measures over the reference writers.

    Attributes
    ----------
    two_devices : chunks without time of people who were recorded on two devices; the least donor is the one tablet.
    apart : chunks without time of people with pages far apart in their order; the donors are the first and last pages.
    measures : measure → sorted quantiles. card : facts of the file. sha256 : of the file, 64 hex digits.
    """

    back_end: dict[bool, BackEnd]
    chunks: Chunks
    two_devices: Chunks
    measures: dict[str, tuple[float, ...]]
    card: dict[str, Any]
    sha256: str = ""
    apart: Chunks = NOBODY


def load_arrays(path: Path = CALIBRATION) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The arrays of a reference file, and its names and facts.

    Raises MissingResourceError where it is missing, damaged, or was made with other weights or another back end.
    """
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise MissingResourceError(str(path), "the calibration data are missing.", "Build or fetch them.")
    try:
        with safe_open(path, framework="np") as stored:
            arrays = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 - not a mapping
            names = json.loads(stored.metadata()["names"])
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise MissingResourceError(str(path), "the calibration data are damaged.", REBUILD) from error
    made_with = names["card"].get("weights_sha256"), names["card"].get("back_end")
    if made_with != (weights_hash(), BACK_END):
        raise MissingResourceError(
            str(path), "the calibration data were made with other weights or another back end.", REBUILD
        )
    return arrays, names


def load_reference(path: Path = CALIBRATION) -> Reference:
    """The reference in a file. Raises MissingResourceError as ``load_arrays`` does."""
    arrays, names = load_arrays(path)
    back_end = {flag: _back_end(arrays, flag) for flag in (True, False)}
    return Reference(
        back_end=back_end,
        chunks=chunks_from(arrays, "", names["writers"], names["donors"], back_end[True]),
        two_devices=chunks_from(
            arrays, TWO_DEVICES, names["two_device_writers"], names["two_device_donors"], back_end[True]
        ),
        measures={name: tuple(values) for name, values in names["measures"].items()},
        card=names["card"],
        sha256=file_hash(path),
        apart=chunks_from(arrays, APART, names["apart_writers"], names["apart_donors"], back_end[True]),
    )


def back_end_arrays(made: dict[bool, BackEnd]) -> dict[str, NDArray[Any]]:
    """Back ends with and without time as arrays for safetensors; they share their letters."""
    arrays: dict[str, NDArray[Any]] = {}
    for flag, one in made.items():
        arrays |= {f"plda_{int(flag)}/{name}": a for name, a in plda_arrays(one.plda).items()}
        arrays |= {f"fusion_{int(flag)}/levels": one.levels, f"fusion_{int(flag)}/weights": one.weights}
        if one.letters is not None:
            arrays |= {f"letters/{name}": a for name, a in letter_arrays(one.letters).items()}
    return arrays


def _back_end(arrays: dict[str, NDArray[Any]], flag: bool) -> BackEnd:
    plda, fusion, letters = (
        {name.split("/", 1)[1]: a for name, a in arrays.items() if name.startswith(prefix)}
        for prefix in (f"plda_{int(flag)}/", f"fusion_{int(flag)}/", "letters/")
    )
    return BackEnd(Plda(**plda), letters_from(letters) if letters else None, fusion["levels"], fusion["weights"])


def chunk_arrays(chunks: Chunks, back_end: BackEnd, prefix: str = "") -> dict[str, NDArray[Any]]:
    """Chunks, whose vectors are those of a back end, as arrays for safetensors."""
    kinds = {"steps": np.int16, "with_time": np.uint8, "writer": np.int16, "source": np.int32, "donor": np.int16}
    arrays = {prefix + n: getattr(chunks, n).astype(kind) for n, kind in kinds.items()}
    # Most letters are not in a short chunk: those that are, and a bit for each letter that says which those are.
    embeddings, held = back_end.split(chunks.vectors.astype(np.float64))
    there = np.zeros((len(held), 0), bool)
    if back_end.letters is not None:
        held = held.reshape(len(held), len(back_end.letters.classes), -1)
        there = held[..., 0] > 0
        arrays[prefix + "letters"] = held[there].astype(np.float16)
    return arrays | {
        prefix + "vectors": embeddings.astype(np.float16),
        prefix + "there": np.packbits(there, axis=1),
    }


def chunks_from(
    arrays: dict[str, NDArray[Any]], prefix: str, writers: list[str], donors: list[str], back_end: BackEnd
) -> Chunks:
    """Chunks from what ``chunk_arrays`` made of them."""
    kinds = {"steps": np.int64, "with_time": bool, "writer": np.int64, "source": np.int64, "donor": np.int64}
    fields = {n: arrays[prefix + n].astype(kind) for n, kind in kinds.items()}
    vectors = arrays[prefix + "vectors"].astype(np.float32)
    if back_end.letters is not None:
        count = len(back_end.letters.classes)
        there = np.unpackbits(arrays[prefix + "there"], axis=1, count=count).astype(bool)
        held = np.zeros((*there.shape, back_end.letters.width // count), np.float32)
        held[there] = arrays[prefix + "letters"]
        vectors = np.hstack([vectors, held.reshape(len(held), -1)])
    return Chunks(vectors=vectors, **fields, writers=tuple(writers), donors=tuple(donors))


def file_hash(path: Path = CALIBRATION) -> str:
    """SHA-256 of a reference file, 64 hex digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
