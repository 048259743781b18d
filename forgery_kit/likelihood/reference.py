"""The reference population that ships with the weights: embeddings of the calibration people's ink.

Ink is cut into chunks of ``CHUNK_STEPS`` feature steps, with and without time, and embedded once; the pairs of a
case are formed from these chunks at the case's amounts (``conditions``). ``reference_build`` makes the file.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import MissingResourceError
from forgery_kit.likelihood.plda import Plda
from gan.judging.style import PRETRAINED, weights_hash

#: Lengths of chunks in feature steps (five a writing height); longer amounts are means of several of the last.
CHUNK_STEPS = (60, 120, 240, 480)
#: Changes with whatever makes the same weights give other vectors or scores: features, windows, PLDA.
BACK_END = 2
CALIBRATION = PRETRAINED / "calibration.safetensors"


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


@dataclass(frozen=True)
class TwoDevices:
    """Exhibits of five words, without time, of people who were recorded on two devices.

    Attributes
    ----------
    vectors : (n, d). steps, writer : (n,). device : (n,), 0 is the one tablet, others are the other.
    """

    vectors: NDArray[np.float64]
    steps: NDArray[np.float64]
    writer: NDArray[np.int64]
    device: NDArray[np.int64]


@dataclass(frozen=True)
class Reference:
    """Back end, calibration chunks, the two-device people, and quantiles of the measures over the reference writers."""

    plda: dict[bool, Plda]
    chunks: Chunks
    two_devices: TwoDevices
    measures: dict[str, tuple[float, ...]]
    card: dict[str, Any]


@lru_cache(maxsize=1)
def calibration_hash() -> str:
    """SHA-256 of the reference file, 64 hex digits."""
    return hashlib.sha256(CALIBRATION.read_bytes()).hexdigest()


@lru_cache(maxsize=1)
def load_reference(path: Path = CALIBRATION) -> Reference:
    """The shipped reference.

    Raises MissingResourceError where it is missing, or was made with other weights or another back end.
    """
    from safetensors import safe_open

    if not path.is_file():
        raise MissingResourceError(str(path), "the calibration data are missing.", "Build or fetch them.")
    with safe_open(path, framework="np") as stored:
        arrays = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 - not a mapping
        names = json.loads(stored.metadata()["names"])
    made_with = names["card"].get("weights_sha256"), names["card"].get("back_end")
    if made_with != (weights_hash(), BACK_END):
        raise MissingResourceError(
            str(path),
            "the calibration data were made with other weights or another back end.",
            "Build them again: python -m forgery_kit.likelihood.reference_build.",
        )
    chunks = Chunks(
        vectors=arrays["vectors"].astype(np.float32),
        steps=arrays["steps"].astype(np.int64),
        with_time=arrays["with_time"].astype(bool),
        writer=arrays["writer"].astype(np.int64),
        source=arrays["source"].astype(np.int64),
        donor=arrays["donor"].astype(np.int64),
        writers=tuple(names["writers"]),
        donors=tuple(names["donors"]),
    )
    plda = {
        flag: Plda(**{k.split("/", 1)[1]: v for k, v in arrays.items() if k.startswith(f"plda_{int(flag)}/")})
        for flag in (True, False)
    }
    two_devices = TwoDevices(
        vectors=arrays["two_devices/vectors"].astype(np.float64),
        steps=arrays["two_devices/steps"].astype(np.float64),
        writer=arrays["two_devices/writer"].astype(np.int64),
        device=arrays["two_devices/device"].astype(np.int64),
    )
    measures = {name: tuple(values) for name, values in names["measures"].items()}
    return Reference(plda, chunks, two_devices, measures, names["card"])
