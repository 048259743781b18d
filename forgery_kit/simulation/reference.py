"""What ships of the imitated people: calibrations of *the known writer* against *a machine imitation of that writer*.

``imitated_people`` makes the file. It holds no ink and nothing of single people.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from datasets.errors import MissingResourceError
from forgery_kit.likelihood.amounts import LEVELS, level_of
from forgery_kit.likelihood.calibration import TooFewWritersError
from forgery_kit.likelihood.calibrations import Calibrations, Kind, from_arrays, name_of, to_arrays
from forgery_kit.likelihood.reference import CHUNK_STEPS, file_hash
from gan.judging.style import PRETRAINED, weights_hash
from gan.writing.sampling import WEIGHTS as GENERATOR
from reports.performance import Performance
from reports.saved import build

IMITATIONS = PRETRAINED / "imitations.safetensors"
REBUILD = "Make it again: python -m forgery_kit.simulation.imitated_people."


@dataclass(frozen=True, eq=False)
class Imitations:
    """Calibrations of known writer against imitation; the first amount is the questioned one, the second the known.

    Attributes
    ----------
    calibrations : of the kinds without speed. people : how many were imitated. sha256 : of the file.
    """

    calibrations: Calibrations
    people: int
    sha256: str

    def figures(self, kind: Kind, questioned: float, known: float) -> Performance:
        """Figures at the nearest calibrated amounts (feature steps), or the next smaller ones that have any.

        Raises TooFewWritersError where a kind has none.
        """
        q, k = min(level_of(questioned), CHUNK_STEPS[-1]), level_of(known)
        for high in reversed(LEVELS[: LEVELS.index(k) + 1]):
            for low in reversed(CHUNK_STEPS[: CHUNK_STEPS.index(q) + 1]):
                text = self.calibrations.texts.get(name_of(kind, low, high))
                if text is not None:
                    return build(Performance, json.loads(text), "figures")
        raise TooFewWritersError(f"no figures of imitations for {kind} ink")


def save_imitations(calibrations: Calibrations, people: int, reference_sha256: str, path: Path) -> None:
    """Write the calibrations, with the hashes of what they were made with."""
    from safetensors.numpy import save_file

    card = {"people": people, **_made_with(reference_sha256)}
    save_file(to_arrays(calibrations), path, metadata={"card": json.dumps(card, sort_keys=True)})


def _made_with(reference_sha256: str) -> dict[str, str]:
    return {
        "weights_sha256": weights_hash(),
        "generator_sha256": weights_hash(GENERATOR),
        "reference_sha256": reference_sha256,
    }


@lru_cache(maxsize=1)
def load_imitations(reference_sha256: str, path: Path = IMITATIONS) -> Imitations:
    """The shipped imitations, for a reference with this hash.

    Raises MissingResourceError where they are missing, damaged, or were made with other weights or another reference.
    """
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise MissingResourceError(str(path), "the imitations of reference people are missing.", REBUILD)
    try:
        with safe_open(path, framework="np") as stored:
            arrays: dict[str, Any] = {n: stored.get_tensor(n) for n in stored.keys()}  # noqa: SIM118 - not a mapping
            card = json.loads(stored.metadata()["card"])
        people = int(card["people"])
        calibrations = from_arrays(arrays, people + _MOST_OTHERS)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise MissingResourceError(str(path), "the imitations of reference people are damaged.", REBUILD) from error
    if {name: card.get(name) for name in _made_with("")} != _made_with(reference_sha256):
        raise MissingResourceError(
            str(path), "the imitations were made with other weights or for another reference.", REBUILD
        )
    return Imitations(calibrations, people, file_hash(path))


#: Writers of a calibration that were not imitated themselves, at most: those of the reference.
_MOST_OTHERS = 1000
