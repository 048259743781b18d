"""Calibration at the conditions of a case, from the shipped reference; the cache of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgery_kit.likelihood import conditions, reference_build
from forgery_kit.likelihood.calibration import Calibrator, TooFewWritersError
from forgery_kit.likelihood.conditions import (
    LEVELS,
    Condition,
    form_pairs,
    growth,
    level_of,
    supported_condition,
    validation,
)
from forgery_kit.likelihood.metrics import ScorePairs
from forgery_kit.likelihood.reference import CHUNK_STEPS, Chunks, Reference, load_reference
from gan.judging.style import weights_hash


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, and nothing left in memory."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    conditions.condition.cache_clear()
    conditions.growth.cache_clear()
    conditions._supported.cache_clear()
    return tmp_path


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, bool]]:
    """What had to be computed: conditions are made at once here, with numbers that depend on what was asked for."""
    asked: list[tuple[int, int, bool]] = []

    def make(low: int, high: int, with_time: bool) -> Condition:
        asked.append((low, high, with_time))
        calibrator = Calibrator(0.1, 1 / 3, ((low / 7, high / 7), (0.1, 0.2)), 50, (-1.5, 1.25))
        return Condition((low, high), with_time, calibrator)

    monkeypatch.setattr(conditions, "_condition", make)
    return asked


def test_the_shipped_reference_was_made_with_the_shipped_weights() -> None:
    assert load_reference().card["weights_sha256"] == weights_hash()


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
        found = conditions._two_exhibits(source, [np.arange(7), np.arange(7)], [2, 3], generator)
        if found:
            first, second = found
            assert not set(source[first]) & set(source[second])
            assert (len(first), len(second)) == (2, 3)
    assert conditions._two_exhibits(source[:2], [np.arange(2)] * 2, [1, 1], generator) is None


def test_amounts_go_to_the_nearest_level_by_ratio() -> None:
    assert [level_of(s) for s in (1, 60, 80, 90, 700, 1e9)] == [60, 60, 60, 120, 960, LEVELS[-1]]


def test_amounts_beyond_the_reference_are_lowered_and_say_so() -> None:
    found, lowered = supported_condition(1e9, 1e9, True)
    assert lowered
    assert found.levels[1] <= LEVELS[-1]
    assert not supported_condition(480, 480, True)[1]


def test_which_side_has_more_ink_does_not_matter(made: list[tuple[int, int, bool]]) -> None:
    assert supported_condition(120, 480, False) == supported_condition(480, 120, False)
    assert set(made) == {(120, 480, False)}


def test_more_ink_separates_better() -> None:
    little, much = (validation(supported_condition(s, s, False)[0]) for s in (60, 480))
    assert much.cllr.value < little.cllr.value


def test_a_condition_comes_back_from_the_cache_as_it_was(own_cache: Path, made: list[tuple[int, int, bool]]) -> None:
    first = conditions.condition(120, 240, False)
    files = list(own_cache.rglob("condition-*.json"))
    assert len(files) == 1
    conditions.condition.cache_clear()
    assert conditions.condition(240, 120, False) == first
    assert made == [(120, 240, False)]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"levels": [1, 2]}'])
def test_a_damaged_cache_is_made_again(own_cache: Path, made: list[tuple[int, int, bool]], damage: str) -> None:
    first = conditions.condition(120, 240, False)
    (file,) = own_cache.rglob("condition-*.json")
    file.write_text(damage)
    conditions.condition.cache_clear()
    assert conditions.condition(120, 240, False) == first
    assert json.loads(file.read_text())["levels"] == [120, 240]
    assert len(made) == 2


def test_a_cache_that_cannot_be_written_only_costs_time(
    monkeypatch: pytest.MonkeyPatch, made: list[tuple[int, int, bool]]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/nowhere")
    assert conditions.condition(120, 120, False).levels == (120, 120)


def test_more_known_writing_gives_more_under_h1_and_less_under_h2() -> None:
    found = growth(240, False)
    assert found is not None
    assert list(found.amounts) == sorted(found.amounts)
    assert found.h1[-1] > found.h1[0] > 0 > found.h2[0]


def test_each_amount_and_time_has_a_cache_entry_of_its_own(made: list[tuple[int, int, bool]]) -> None:
    for with_time in (False, True):
        for levels in ((60, 120), (120, 240)):
            found = conditions.condition(*levels, with_time)
            assert (found.levels, found.with_time) == (levels, with_time)
    assert len(made) == 4


@pytest.mark.parametrize(
    ("steps", "levels", "lowered"),
    [((240, 7680), (240, 480), True), ((7680, 7680), (480, 480), True), ((480, 60), (60, 480), False)],
)
def test_the_larger_amount_is_lowered_until_the_reference_has_it(
    monkeypatch: pytest.MonkeyPatch, steps: tuple[float, float], levels: tuple[int, int], lowered: bool
) -> None:
    def scarce(low: int, high: int, with_time: bool) -> Condition:
        if high > 480:
            raise TooFewWritersError("only 2 calibration writers have this much ink")
        return Condition((low, high), with_time, Calibrator(0.0, 1.0, ((0.0, 1.0),), 30, (-1.0, 1.0)))

    monkeypatch.setattr(conditions, "condition", scarce)
    found, told = supported_condition(*steps, False)
    assert (found.levels, told) == (levels, lowered)


def test_a_little_more_ink_never_makes_the_value_jump(made: list[tuple[int, int, bool]]) -> None:
    steps = np.geomspace(50, 9000, 400)
    slopes = np.array([(c := supported_condition(300, s, False)[0].calibrator).slope + c.intercept for s in steps])
    lines = np.array([supported_condition(300, s, False)[0].calibrator.lines[0] for s in steps])
    assert np.abs(np.diff(lines[:, 1])).max() < 0.1 * np.ptp(lines[:, 1])
    assert np.isfinite(slopes).all()


def test_at_a_calibrated_amount_the_calibrator_is_its_own_and_half_way_it_is_half_of_both(
    made: list[tuple[int, int, bool]],
) -> None:
    low, high = (conditions.condition(240, level, False).calibrator for level in (240, 480))
    assert supported_condition(240, 480, False)[0].calibrator == high
    between = supported_condition(240, 240 * 2**0.5, False)[0].calibrator
    assert between.lines == pytest.approx((low.lines + high.lines) / 2)


def test_where_no_amount_is_supported_the_reason_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(low: int, high: int, with_time: bool) -> Condition:
        raise TooFewWritersError("only 2 calibration writers have this much ink")

    monkeypatch.setattr(conditions, "condition", nothing)
    with pytest.raises(TooFewWritersError, match="only 2 calibration writers"):
        supported_condition(480, 480, True)


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


def pairs_of_labels(layout: Layout, levels: tuple[int, int], with_time: bool) -> tuple[ScorePairs, list[np.ndarray]]:
    """The pairs, and for each what its two exhibits hold: (2, sheets + 3) means of the labels."""
    held: list[np.ndarray] = []

    def note(_: None, a: np.ndarray, steps_a: int, b: np.ndarray, steps_b: int) -> np.ndarray:
        assert (steps_a, steps_b) == levels
        held.extend(np.stack([x, y]) for x in a for y in b)
        return np.arange(len(held) - len(a) * len(b), len(held)).reshape(len(a), len(b))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conditions, "score_matrix", note)
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
    (sides,) = conditions.exhibits_of(chunks, (1920, 960), True, seed=3).values()
    for side, count in zip(sides, (4, 2), strict=True):
        assert len(side) == conditions.EXHIBITS
        assert {int(total).bit_count() for total in side[:, 0] * count} == {count}


def test_chunks_of_unlike_sources_never_hold_the_same_ink(monkeypatch: pytest.MonkeyPatch) -> None:
    heap = np.arange(1200.0)[:, None]
    monkeypatch.setattr(reference_build, "has_time", lambda _: False)
    monkeypatch.setattr(reference_build, "traces", lambda sheet: sheet)
    monkeypatch.setattr(reference_build, "chunk_features", lambda sheet, with_time: heap)
    # The "network" says where each piece begins and ends.
    embed = SimpleNamespace(embed_windows=lambda _, pieces, steps: np.array([[p[0, 0], p[-1, 0]] for p in pieces]))
    monkeypatch.setitem(sys.modules, "gan.judging.discriminator", embed)
    network = SimpleNamespace(output_shape=(None, 2))
    chunks = reference_build.embed_people([("w", "d", [[]])], reference_build.CALIBRATION_CHUNKS, network)
    assert len(chunks.steps) >= 8
    for i, (first, last) in enumerate(chunks.vectors):
        unlike = chunks.source != chunks.source[i]
        assert not (unlike & (chunks.vectors[:, 0] <= last) & (first <= chunks.vectors[:, 1])).any()
