"""What kind of ink it is: which of the two models decides what."""

from __future__ import annotations

import numpy as np
import pytest

from datasets.kind import HINGED, KINDS, MATHEMATICS, NO_PROSE, OTHER_KINDS, KindModel, models, told

FIGURES = 30


def sure_of(kinds: tuple[str, ...], kind: str, chance: float) -> KindModel:
    """A model that gives one kind a chance and the others the rest, whatever the figures."""
    chances = np.full(len(kinds), (1 - chance) / (len(kinds) - 1))
    chances[kinds.index(kind)] = chance
    return KindModel(np.zeros((len(kinds), FIGURES + HINGED)), np.log(chances), np.zeros(FIGURES), np.ones(FIGURES))


@pytest.mark.parametrize(
    ("mathematics", "other", "chance", "said"),
    [
        (MATHEMATICS + 0.01, "prose", 0.9, "mathematics"),
        (MATHEMATICS + 0.01, "digits", 0.99, "mathematics"),
        (MATHEMATICS + 0.01, "no writing", 0.96, "no writing"),
        (MATHEMATICS - 0.01, "digits", 0.9, "digits"),
        (MATHEMATICS - 0.01, "signature", 0.99, "signature"),
        (MATHEMATICS - 0.01, "prose", 1 - NO_PROSE + 0.01, "prose"),
    ],
)
def test_no_writing_comes_first_then_mathematics_then_the_other_kinds(
    mathematics: float, other: str, chance: float, said: str
) -> None:
    of = sure_of(KINDS, "mathematics", mathematics), sure_of(OTHER_KINDS, other, chance)
    assert told(np.zeros(FIGURES), *of) == said


def test_the_models_that_ship_know_all_kinds_and_all_but_mathematics() -> None:
    for model, kinds in zip(models(), (KINDS, OTHER_KINDS), strict=True):
        assert model.coefficients.shape == (len(kinds), len(model.middle) + HINGED)
        assert model.intercepts.shape == (len(kinds),)
        assert (model.spread > 0).all()
