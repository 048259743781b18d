"""Evidence by leaving out: what a piece contributes is what the score loses without it, whatever is embedded when."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from datasets.synthetic import synthetic_sample
from forgery_kit.examination.evidence import Evidence, evidence
from gan.features import STEPS_PER_HEIGHT, Trace, feature_sequence, features_with_positions, trace

TEXT = "pack my box with five dozen jugs and then some more"
Windows = Sequence[NDArray[np.float32]]


@pytest.fixture(scope="module")
def ink() -> Trace:
    return trace([synthetic_sample(TEXT, 1, 1)])


def embed(pieces: Windows) -> NDArray[np.float64]:
    """A network that takes the mean of a window's directions."""
    return np.array([piece[:, :2].mean(axis=0) for piece in pieces], np.float64)


def score(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return vectors @ [1.0, 2.0]


@pytest.fixture(scope="module")
def found(ink: Trace) -> Evidence:
    return evidence([ink], False, embed, score)


def test_a_stroke_contributes_what_the_mean_over_cuts_loses_without_its_pieces(ink: Trace, found: Evidence) -> None:
    features, place = features_with_positions(ink, False)
    owner = np.concatenate(found.owners)[np.searchsorted(ink.starts, place, "right") - 1]
    values = features[:, :2] @ [1.0, 2.0]
    by_hand = np.array(
        [
            (values.mean() - values[owner != piece].mean()) / ((owner == piece).sum() / STEPS_PER_HEIGHT)
            for piece in range(len(found.pieces))
        ]
    )
    # The density is of eight ways of cutting; that of the first stands out in it.
    assert np.corrcoef(found.density, by_hand)[0, 1] > 0.9
    assert found.strokes[0].shape == ink.starts.shape


def test_pieces_alone_have_the_vectors_of_their_own_ink(ink: Trace, found: Evidence) -> None:
    features, place = features_with_positions(ink, False)
    owner = np.concatenate(found.owners)[np.searchsorted(ink.starts, place, "right") - 1]
    alone = embed([features[owner == piece] for piece in range(len(found.pieces))])
    assert found.vectors == pytest.approx(alone, abs=1e-9)


def test_each_window_is_embedded_once_and_nearly_all_of_them_together(ink: Trace, found: Evidence) -> None:
    asked: list[list[bytes]] = []

    def noted(pieces: Windows) -> NDArray[np.float64]:
        asked.append([piece.tobytes() for piece in pieces])
        return embed(pieces)

    again = evidence([ink], False, noted, score)
    every = [window for call in asked for window in call]
    assert len(every) == len(set(every))
    assert len(asked) == 2
    assert again.density == pytest.approx(found.density, abs=0)
    assert again.faithfulness == found.faithfulness


def test_the_strongest_pieces_move_the_score_more_than_random_ones(ink: Trace, found: Evidence) -> None:
    tested = found.faithfulness
    assert tested is not None
    assert tested.strongest > tested.random_high
    assert 0.1 < tested.share < 0.3


def test_what_is_read_in_all_the_ink_goes_with_the_piece_that_it_is_in(ink: Trace) -> None:
    asked: list[NDArray[np.float32]] = []

    def read(features: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.column_stack([features, np.arange(len(features), dtype=np.float32)])

    def noted(pieces: Windows) -> NDArray[np.float64]:
        asked.extend(pieces)
        return embed(pieces)

    evidence([ink], False, noted, score, read)
    features = feature_sequence(ink, False)
    for window in asked:
        assert np.array_equal(window[:, :2], features[window[:, -1].astype(int), :2])


def test_ink_of_a_single_piece_has_no_evidence(ink: Trace) -> None:
    short = Trace(ink.xy[: ink.starts[1]], ink.t[: ink.starts[1]], ink.starts[:1], ink.fresh[:1])
    assert len(feature_sequence(short)) > 0
    found = evidence([short], False, embed, score)
    assert not found.density.any()
    assert not found.certain.any()
    assert found.faithfulness is None
