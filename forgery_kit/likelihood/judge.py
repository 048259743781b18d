"""The judge: weights, reference people and the calibrations made of them, in one object that is handed through.

What a likelihood ratio depends on besides the ink is in here and nowhere else, so that a laboratory can bring people of
its own. ``default_judge`` is the shipped one, loaded once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import MissingResourceError
from forgery_kit.likelihood.back_end import vectors_of
from forgery_kit.likelihood.calibrations import Calibrations, Kind, from_arrays
from forgery_kit.likelihood.reference import CALIBRATION, REBUILD, Reference, load_arrays, load_reference
from gan.features import FEATURES
from gan.judging.style import WEIGHTS, WINDOW, card, embed_pieces, encoder, windows


@dataclass(frozen=True, eq=False)
class Laboratory:
    """A laboratory's reference: its name, the kinds that are calibrated on its own people, and the judge that ships,
    whose calibrations the other kinds have."""

    name: str
    kinds: tuple[Kind, ...]
    shipped: Judge


@dataclass(frozen=True, eq=False)
class Judge:
    """Weights, reference people and what has been made of them.

    Attributes
    ----------
    reference : the people, the back end, and the hash of the file that holds them.
    calibrations : made of these people, from the same file.
    weights : file of the network's weights; it is loaded when something is first embedded.
    made : what was computed once and holds for this judge, by name.
    laboratory : whose people these are; None for those that ship.
    """

    reference: Reference
    calibrations: Calibrations
    weights: Path = WEIGHTS
    made: dict[str, Any] = field(default_factory=dict, repr=False)
    laboratory: Laboratory | None = None

    @cached_property
    def network(self) -> Any:
        """The Keras encoder. Raises MissingResourceError where its weights are missing."""
        return encoder(self.weights)

    def embed(self, sequences: Sequence[NDArray[np.float32]], filled: bool = False) -> NDArray[np.float64]:
        """Vectors (n, d + letters) of feature sequences: mean over their windows, weighted by steps.

        ``filled`` : each the same to the last bit whatever it is embedded beside, see ``gan.batches``.
        """
        return self.embed_pieces([windows(one, WINDOW) for one in sequences], filled)

    def embed_pieces(
        self, pieces: Sequence[Sequence[NDArray[np.float32]]], filled: bool = False
    ) -> NDArray[np.float64]:
        """The same of sequences that are cut into windows already."""
        return embed_pieces(pieces, lambda some: self.embed_windows(some, filled))

    def embed_windows(self, pieces: Sequence[NDArray[np.float32]], filled: bool = False) -> NDArray[np.float64]:
        """Vectors (n, d + letters) of windows of ink, see ``back_end``."""
        return vectors_of(self.network, self.reference.back_end[True].letters, pieces, filled=filled)

    def with_letters(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """A feature sequence with the letters that are read in it as if they were stated; as it is where they are."""
        if self.reference.back_end[True].letters is None or features.shape[1] > FEATURES:
            return features
        # Keras is loaded by whoever has a network.
        from gan.judging.letters import with_letters

        return np.concatenate(with_letters(windows(features, WINDOW), WINDOW))

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """What ``make`` returns, made when first asked for by this name."""
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]

    def population(self, kind: Kind) -> str:
        """Who the different-writer pairs of a kind of calibration are of: the writers that H2 speaks of."""
        if self.laboratory is not None:
            if kind not in self.laboratory.kinds:
                return self.laboratory.shipped.population(kind)
            count = len(self.reference.two_devices.writers if kind == "other" else self.reference.chunks.writers)
            return f"{count} writers of the laboratory's reference “{self.laboratory.name}”"
        people, far = len(self.reference.two_devices.writers), len(self.reference.apart.writers)
        if kind == "unlike":
            return f"{people} writers of English who were recorded on two digitising tablets (UNIPEN, 1990s)"
        if kind == "other":
            return (
                f"{people + far} writers of English: {people} recorded on two digitising tablets, two years apart "
                f"(UNIPEN, 1992 and 1994), and {far} with pages far apart in their order, on one tablet (IBM-UB-1)"
            )
        return str(card()["population"])

    def people(self, kind: Kind) -> int:
        """How many people the calibrations of a kind are made of, at most."""
        if self.laboratory is not None and kind not in self.laboratory.kinds:
            return self.laboratory.shipped.people(kind)
        return int(self.reference.card["calibration_people"])


def load_judge(path: Path = CALIBRATION) -> Judge:
    """The shipped weights with the people of a reference file.

    Raises MissingResourceError where a file is missing, damaged, or they do not fit one another.
    """
    reference = load_reference(path)
    try:
        calibrations = from_arrays(load_arrays(path)[0], len(reference.chunks.writers))
    except ValueError as error:
        raise MissingResourceError(str(path), f"the calibrations do not hold: {error}.", REBUILD) from error
    return Judge(reference, calibrations)


@lru_cache(maxsize=1)
def default_judge() -> Judge:
    """The shipped weights and reference, loaded once."""
    return load_judge()
