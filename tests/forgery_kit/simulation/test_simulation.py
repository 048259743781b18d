"""Imitations of the known writer: who stands for H1 and H3, what is scored, and that nothing else of a case changes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from datasets.errors import ArgumentsError, MissingResourceError
from datasets.sample import Exhibit
from datasets.synthetic import synthetic_sample
from forgery_kit.examination.comparison import compare_exhibits
from forgery_kit.likelihood.amounts import LEVELS
from forgery_kit.likelihood.calibrations import KINDS
from forgery_kit.likelihood.judge import default_judge
from forgery_kit.likelihood.pairs import form_pairs
from forgery_kit.likelihood.reference import CHUNK_STEPS, Chunks
from forgery_kit.likelihood.sides import prepare
from forgery_kit.simulation import simulate as simulation
from forgery_kit.simulation.calibrate import WITHOUT_TIME, h1_h3_pairs, imitation_pairs
from forgery_kit.simulation.reference import load_imitations
from reports.findings import Comparison

KNOWN_TEXT = "the quick brown fox jumps over it"
QUESTIONED_TEXT = "five boxing wizards jump"


def exhibit(text: str, style: int, number: int, label: str) -> Exhibit:
    sample = synthetic_sample(text, style, number)
    return Exhibit(label, (dataclasses.replace(sample, file=f"{label}.inkml", sha256=f"{number:064x}"),), text)


@pytest.fixture(scope="module")
def compared() -> tuple[Comparison, Comparison]:
    """A case without imitations and with three."""
    sides = exhibit(QUESTIONED_TEXT, 3, 1, "Q"), exhibit(KNOWN_TEXT, 3, 2, "K")
    return compare_exhibits(*sides, date="2026-11-27"), compare_exhibits(*sides, date="2026-11-27", simulate=3)


@pytest.mark.slow
def test_imitations_change_nothing_else_of_a_result(compared: tuple[Comparison, Comparison]) -> None:
    without, with_three = compared
    assert without.simulation is None
    assert dataclasses.replace(with_three, simulation=None) == without


@pytest.mark.slow
def test_the_questioned_text_is_imitated_from_the_known_ink(compared: tuple[Comparison, Comparison]) -> None:
    found = compared[1].simulation
    assert found is not None
    assert (found.text, found.prime_text) == (QUESTIONED_TEXT, KNOWN_TEXT)
    assert len({one.lines for one in found.imitations}) == 3
    assert found.lr.words.endswith(("H1 over H3", "H3 over H1"))


@pytest.mark.slow
def test_the_score_is_that_of_the_case_where_the_case_has_no_time_either(
    compared: tuple[Comparison, Comparison],
) -> None:
    found = compared[1]
    assert found.simulation is not None
    assert found.settings["channels used"] == "x, y"
    assert found.simulation.score == pytest.approx(found.score, abs=1e-6)


@pytest.mark.parametrize(("as_near", "most"), [(0, 21.0), (1, 10.5), (20, 1.0)])
def test_the_value_goes_no_further_than_the_imitations_of_the_case_let_it(as_near: int, most: float) -> None:
    scores = np.array([1.0] * as_near + [-1.0] * (20 - as_near))
    assert 10 ** simulation._most(scores, 0.5) == pytest.approx(most)


@pytest.mark.slow
def test_three_imitations_support_no_more_than_four_to_one(compared: tuple[Comparison, Comparison]) -> None:
    found = compared[1].simulation
    assert found is not None
    as_near = sum(one.score >= found.score for one in found.imitations)
    assert 10**found.lr.upper_bound <= 4 / (1 + as_near) + 1e-9
    assert bool(found.calibration.limited_by) == (10**found.lr.upper_bound == pytest.approx(4 / (1 + as_near)))


@pytest.mark.parametrize("count", [-1, 101])
def test_a_number_of_imitations_that_is_none_is_refused(count: int) -> None:
    with pytest.raises(ArgumentsError, match="cannot be drawn"):
        simulation.check_simulate(count)


def test_ink_that_reads_as_nothing_needs_its_text_stated() -> None:
    scribble = synthetic_sample("nothing", 3, 1)
    random = np.random.default_rng(1)
    points = scribble.ink.points.copy()
    points[:, :2] = np.cumsum(random.normal(size=(len(points), 2)), axis=0) * 30
    sample = dataclasses.replace(scribble, ink=dataclasses.replace(scribble.ink, points=points), file="s", sha256="1")
    (side,) = prepare([exhibit(QUESTIONED_TEXT, 3, 1, "Q")])
    doubtful = dataclasses.replace(side, exhibit=Exhibit("Q", (sample,)))
    with pytest.raises(ArgumentsError, match="--questioned-text"):
        simulation._text(doubtful)


def test_long_ink_is_scored_in_stretches_of_the_length_of_reference_imitations() -> None:
    (side,) = prepare([exhibit(" ".join([KNOWN_TEXT] * 12), 3, 1, "Q")])
    pieces, steps = simulation._stretches(side)
    assert side.steps > 2 * CHUNK_STEPS[-1]
    assert steps == CHUNK_STEPS[-1]
    assert {len(piece) for piece in pieces} == {steps}
    assert len(pieces) == side.steps // steps


def toy_imitations(people: int, steps: int) -> tuple[Chunks, Chunks]:
    """Two windows of the shipped reference's people of IAM-OnDB as if they were imitations, and that reference."""
    known = default_judge().reference.chunks
    board = int(np.bincount(known.donor).argmax())
    writers = np.unique(known.writer[known.donor == board])[:people]
    rows = np.concatenate([np.flatnonzero(_of(known, w, board, steps))[-2:] for w in writers])
    names = tuple(known.writers[w] for w in writers)
    number = np.searchsorted(writers, known.writer[rows])
    made = dataclasses.replace(
        known.take(np.isin(np.arange(len(known.steps)), rows)),
        vectors=known.vectors[rows],
        writer=number,
        donor=np.zeros(len(rows), np.int64),
        writers=names,
        donors=(known.donors[board],),
    )
    return made, known


def _of(known: Chunks, writer: int, donor: int, steps: int) -> np.ndarray:
    return (known.writer == writer) & (known.donor == donor) & (known.steps == steps) & ~known.with_time


def test_imitations_stand_beside_the_first_ink_of_the_person_imitated() -> None:
    made, known = toy_imitations(3, 240)
    reference = default_judge().reference
    pairs = imitation_pairs(reference, made, (240, 480))
    assert sorted({known.writers[a] for a in pairs.a}) == sorted(made.writers)
    assert not pairs.same.any()
    assert (pairs.b == pairs.a + len(known.writers)).all()
    writer = known.writers.index(made.writers[0])
    first = np.flatnonzero(_of(known, writer, int(pairs.donor[0]), 480))
    first = first[np.argsort(known.source[first], kind="stable")][0]
    from forgery_kit.likelihood.back_end import score_pairs

    expected = score_pairs(
        reference.back_end[False], made.vectors[0].astype(float), 240, known.vectors[first].astype(float), 480
    )[0]
    assert pairs.score[pairs.a == writer][0] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("kind", WITHOUT_TIME)
def test_h1_is_shown_by_one_persons_pairs_and_no_two_people_share_a_number(kind: str) -> None:
    made, _ = toy_imitations(3, 240)
    same, forged = h1_h3_pairs(default_judge().reference, made, kind, (240, 480), (1,))  # type: ignore[arg-type]
    assert same.same.all()
    assert not forged.same.any()
    if kind == "untimed":
        assert np.isin(forged.a, form_pairs(default_judge().reference, (240, 480), False).a).all()
    else:
        assert not np.isin(forged.a, same.a).any()
    assert not np.isin(forged.b, [same.a, same.b]).any()


def test_the_shipped_imitations_belong_to_the_shipped_reference() -> None:
    shipped = load_imitations(default_judge().reference.sha256)
    made = shipped.calibrations
    assert shipped.people >= 60
    for kind in WITHOUT_TIME:
        place = KINDS.index(kind)
        assert (made.n_writers[place] >= 5).all()
        assert made.own[place][: len(CHUNK_STEPS)].any(axis=1).all()
        # A greater score speaks more for the writer.
        assert (made.lines[place, ..., 0, 1] > 0).all()
        figures = shipped.figures(kind, 240, 960)
        assert figures.n_writers_different is not None
        assert figures.n_writers_different <= shipped.people
    assert not made.n_writers[KINDS.index("timed")].any()
    assert made.lines.shape[1:3] == (len(LEVELS), len(LEVELS))


def test_another_reference_has_no_imitations() -> None:
    with pytest.raises(MissingResourceError, match="for another reference"):
        load_imitations("0" * 64)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(MissingResourceError, match="are missing"):
        load_imitations("0" * 64, tmp_path / "imitations.safetensors")
    (tmp_path / "imitations.safetensors").write_bytes(b"no safetensors")
    with pytest.raises(MissingResourceError, match="are damaged"):
        load_imitations("0" * 64, tmp_path / "imitations.safetensors")
