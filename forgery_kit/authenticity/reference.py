"""What ships beside the networks: their scores of people set on one scale, curves to likelihood ratios, and figures.

``build`` makes the file, from lines of people and machines that the networks have not seen. It holds no ink.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from datasets.errors import MissingResourceError
from forgery_kit.authenticity.curves import Curve
from forgery_kit.likelihood.reference import file_hash
from gan.judging.authenticity import WEIGHTS
from gan.judging.machine_features import PARTS, Part
from gan.judging.style import PRETRAINED, weights_hash
from reports.authenticity.findings import MachineReference
from reports.saved import build

Array = NDArray[np.float64]
CALIBRATION = PRETRAINED / "authenticity-people.safetensors"
REBUILD = "Make it again: python -m forgery_kit.authenticity.build."
#: What a value rests on: both parts together, or one of them.
Basis = Literal["both", "movement", "shape"]
BASES: tuple[Basis, ...] = ("both", "movement", "shape")


@dataclass(frozen=True, eq=False)
class AuthenticityReference:
    """Tables and curves.

    Attributes
    ----------
    odds : part → (k,) log odds of its network; places : part → (k,) the deviates that they stand for among people.
    fusion : what the deviate of movement counts, and that of shape, where both are seen.
    curves : basis → curve. stated : what a result says of the people, the machines and how well they are told apart.
    """

    odds: dict[Part, Array]
    places: dict[Part, Array]
    fusion: Array
    curves: dict[Basis, Curve]
    stated: MachineReference

    def deviate(self, part: Part, odds: Array) -> Array:
        """Place among people's lines of log odds of a part, as deviates."""
        return np.interp(odds, self.odds[part], self.places[part])


def save_reference(made: AuthenticityReference, path: Path) -> None:
    """Write the file."""
    from safetensors.numpy import save_file

    arrays: dict[str, Any] = {"fusion": made.fusion}
    for part in PARTS:
        arrays |= {f"odds/{part}": made.odds[part], f"places/{part}": made.places[part]}
    for basis, curve in made.curves.items():
        arrays |= {f"at/{basis}": curve.at, f"values/{basis}": curve.values.astype(np.float32)}
    save_file(arrays, path, metadata={"stated": json.dumps(asdict(made.stated), sort_keys=True)})


@lru_cache(maxsize=1)
def load_reference(path: Path = CALIBRATION) -> AuthenticityReference:
    """The shipped reference.

    Raises MissingResourceError where it is missing, damaged, or was made with other weights.
    """
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise MissingResourceError(str(path), "the people behind person or machine are missing.", REBUILD)
    try:
        with safe_open(path, framework="np") as stored:
            arrays = {name: stored.get_tensor(name).astype(np.float64) for name in stored.keys()}  # noqa: SIM118
            stated = build(MachineReference, json.loads(stored.metadata()["stated"]), "stated")
        made = AuthenticityReference(
            {part: arrays[f"odds/{part}"] for part in PARTS},
            {part: arrays[f"places/{part}"] for part in PARTS},
            arrays["fusion"],
            {basis: Curve(arrays[f"at/{basis}"], arrays[f"values/{basis}"]) for basis in BASES},
            stated,
        )
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise MissingResourceError(str(path), "the people behind person or machine are damaged.", REBUILD) from error
    if stated.weights_sha256 != weights_hash(WEIGHTS):
        raise MissingResourceError(str(path), "it was made with other weights.", REBUILD)
    return made


def reference_hash(path: Path = CALIBRATION) -> str:
    """SHA-256 of the file, 64 hex digits."""
    return file_hash(path)
