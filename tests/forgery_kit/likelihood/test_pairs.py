"""Pairs of reference people: no sheet on both sides, one donor, or one device against the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgery_kit.likelihood import pairs as forming
from forgery_kit.likelihood import reference_build
from forgery_kit.likelihood.back_end import BackEnd
from forgery_kit.likelihood.metrics import ScorePairs
from forgery_kit.likelihood.pairs import cross_device_pairs, form_pairs
from forgery_kit.likelihood.plda import Plda
from forgery_kit.likelihood.reference import CHUNK_STEPS, Chunks, Reference, load_reference


def test_pairs_lie_within_one_donor_and_same_writer_pairs_are_of_one_person() -> None:
    reference = load_reference()
    pairs = form_pairs(reference, (120, 480), False)
    chunks = reference.chunks
    donors_of = {w: set(chunks.donor[chunks.writer == w]) for w in np.unique(chunks.writer)}
    for a, b, donor in zip(pairs.a, pairs.b, pairs.donor, strict=True):
        assert donor in donors_of[a]
        assert donor in donors_of[b]
    assert pairs.same.any()
    assert not pairs.same.all()


def test_two_exhibits_of_a_writer_never_share_a_sheet() -> None:
    generator = np.random.default_rng(0)
    source = np.array([1, 1, 2, 2, 3, 3, 4])
    for _ in range(50):
        found = forming._two_exhibits(source, [np.arange(7), np.arange(7)], [2, 3], generator)
        if found:
            first, second = found
            assert not set(source[first]) & set(source[second])
            assert (len(first), len(second)) == (2, 3)
    assert forming._two_exhibits(source[:2], [np.arange(2)] * 2, [1, 1], generator) is None


#: Chunks as (writer, donor, sheet of that writer there, index into CHUNK_STEPS, with time).
Layout = list[tuple[int, int, int, int, bool]]
SHEETS = 4


def labelled_reference(layout: Layout) -> Reference:
    """A reference whose vectors say what they are: one place a sheet, then writer, donor and with_time."""
    sheet_of = {key: i for i, key in enumerate(sorted({row[:3] for row in layout}))}
    writer, donor, _, size, timed = (np.array(column) for column in zip(*layout, strict=True))
    source = np.array([sheet_of[row[:3]] for row in layout])
    labels = np.stack([writer, donor, timed], axis=1)
    vectors = np.hstack([np.eye(len(sheet_of))[source], labels]).astype(np.float32)
    chunks = Chunks(vectors, np.array(CHUNK_STEPS)[size], timed, writer, source, donor, (), ())
    return Reference({True: None, False: None}, chunks, None, {}, {})  # type: ignore[dict-item]


def scored_reference(layout: Layout) -> Reference:
    """The same with a back end in which everybody is the average person."""
    made = labelled_reference(layout)
    width = made.chunks.vectors.shape[1]
    back_end = BackEnd(Plda(np.zeros(width), np.eye(width), np.ones(width)))
    return Reference({True: back_end, False: back_end}, made.chunks, made.two_devices, {}, {})


def pairs_of_labels(layout: Layout, levels: tuple[int, int], with_time: bool) -> tuple[ScorePairs, list[np.ndarray]]:
    """The pairs, and for each what its two exhibits hold: (2, sheets + 3) means of the labels."""
    held: list[np.ndarray] = []

    def note(_: None, a: np.ndarray, steps_a: int, b: np.ndarray, steps_b: int) -> np.ndarray:
        assert (steps_a, steps_b) == levels
        held.extend(np.stack([x, y]) for x in a for y in b)
        return np.arange(len(held) - len(a) * len(b), len(held)).reshape(len(a), len(b))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forming, "score_matrix", note)
        pairs = form_pairs(labelled_reference(layout), levels, with_time)
    return pairs, [held[int(i)] for i in pairs.score]


def check_pairs(pairs: ScorePairs, held: list[np.ndarray], with_time: bool) -> None:
    """No sheet on both sides, both sides of one donor, writers and donor as labelled, time only where asked for."""
    for a, b, donor, (left, right) in zip(pairs.a, pairs.b, pairs.donor, held, strict=True):
        assert not (left[:-3] * right[:-3]).any(), "a sheet is on both sides"
        # Different-writer pairs are formed both ways round.
        assert sorted((left[-3], right[-3])) == [a, b]
        assert left[-2] == right[-2] == donor
        assert left[-1] == right[-1] == with_time


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 3), st.integers(0, 1), st.integers(0, SHEETS - 1), st.sampled_from([0, 3]), st.booleans()
        ),
        min_size=1,
        max_size=80,
    ),
    st.tuples(st.sampled_from([60, 480, 960]), st.sampled_from([60, 480, 960])),
    st.booleans(),
)
def test_no_pair_shares_a_sheet_or_crosses_donors_however_the_ink_lies(
    layout: Layout, levels: tuple[int, int], with_time: bool
) -> None:
    pairs, held = pairs_of_labels(layout, levels, with_time)
    check_pairs(pairs, held, with_time)


@pytest.mark.parametrize("levels", [(60, 60), (60, 480), (960, 480)])
def test_pairs_are_formed_of_every_writer_with_two_sheets_and_every_couple_of_a_donor(
    levels: tuple[int, int],
) -> None:
    layout = [
        (writer, donor, sheet, size, True)
        for writer, donor, sheets in ((0, 0, 3), (1, 0, 3), (2, 0, 3), (3, 1, 3), (4, 1, 1), (5, 1, 3))
        for sheet in range(sheets)
        for size in (0, 3, 3)
    ]
    pairs, held = pairs_of_labels(layout, levels, True)
    check_pairs(pairs, held, True)
    # Writer 4 has one sheet only: no two exhibits of it.
    assert set(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True)) == {
        (0, 0), (1, 1), (2, 2), (3, 3), (5, 5), (0, 1), (0, 2), (1, 2), (3, 5),
    }  # fmt: skip
    assert len(form_pairs(labelled_reference(layout), levels, False).score) == 0


def test_long_exhibits_are_means_of_as_many_chunks_as_they_need() -> None:
    vectors = 2.0 ** np.arange(12)[:, None]
    chunks = Chunks(
        vectors.astype(np.float32), np.full(12, 480), np.ones(12, bool), np.zeros(12, int),
        np.repeat(np.arange(6), 2), np.zeros(12, int), (), (),
    )  # fmt: skip
    (sides,) = forming.exhibits_of(chunks, (1920, 960), True, seed=3).values()
    for side, count in zip(sides, (4, 2), strict=True):
        assert len(side) == forming.EXHIBITS
        assert {int(total).bit_count() for total in side[:, 0] * count} == {count}


def test_chunks_of_unlike_sources_never_hold_the_same_ink(monkeypatch: pytest.MonkeyPatch) -> None:
    heap = np.arange(1200.0)[:, None]
    monkeypatch.setattr(reference_build, "has_time", lambda _: False)
    monkeypatch.setattr(reference_build, "sheet_traces", lambda sheet: sheet)
    monkeypatch.setattr(reference_build, "chunk_features", lambda sheet, with_time: heap)
    # The "network" says where each piece begins and ends.

    def embed(pieces: list[np.ndarray], steps: int) -> np.ndarray:
        return np.array([[p[0, 0], p[-1, 0]] for p in pieces])

    chunks = reference_build.embed_people([("w", "d", [[]])], reference_build.CALIBRATION_CHUNKS, embed)
    assert len(chunks.steps) >= 8
    for i, (first, last) in enumerate(chunks.vectors):
        unlike = chunks.source != chunks.source[i]
        assert not (unlike & (chunks.vectors[:, 0] <= last) & (first <= chunks.vectors[:, 1])).any()


def test_two_device_pairs_are_of_one_device_against_the_other_with_each_amount_on_either() -> None:
    layout = [(w, d, sheet, size, False) for w in range(4) for d in (0, 1) for sheet in range(3) for size in (0, 3)]
    layout += [(4, 0, sheet, 3, False) for sheet in range(3)]
    made = labelled_reference(layout)
    seen: list[tuple[int, int, float, float]] = []

    def note(_: None, a: np.ndarray, steps_a: int, b: np.ndarray, steps_b: int) -> np.ndarray:
        seen.extend((steps_a, steps_b, x[-2], y[-2]) for x in a for y in b)
        return np.zeros((len(a), len(b)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forming, "score_matrix", note)
        found = cross_device_pairs(Reference({False: None}, None, made.chunks, {}, {}), (60, 480))  # type: ignore
    assert {row[2:] for row in seen} == {(0.0, 1.0)}
    assert {row[:2] for row in seen} == {(60, 480), (480, 60)}
    # Writer 4 was recorded on one device only, and has no ink of the lesser amount.
    assert set(zip(found.a.tolist(), found.b.tolist(), strict=True)) >= {(i, j) for i in range(4) for j in range(4)}
    assert set(found.donor.tolist()) == {1}


def test_more_draws_of_exhibits_give_more_pairs_of_the_same_people() -> None:
    layout = [(w, 0, sheet, 3, True) for w in range(3) for sheet in range(6)]
    one, three = (form_pairs(scored_reference(layout), (480, 480), True, seeds) for seeds in ((1,), (1, 2, 3)))
    assert len(three.score) == 3 * len(one.score)
    assert set(three.a.tolist()) == set(one.a.tolist())
