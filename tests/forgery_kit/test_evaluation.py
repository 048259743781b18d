"""The protocol itself, on hands made by code: who is paired with whom, and what is counted."""

from __future__ import annotations

import numpy as np
import pytest

from datasets.sample import Sample
from datasets.synthetic import synthetic_sample
from forgery_kit.evaluation import COARSE_GRID, Embedded, _coarse, identification, pool_forms, section, thinned
from forgery_kit.evaluation_unipen import by_donor, five_words
from forgery_kit.metrics import ScorePairs
from forgery_kit.reference import load_reference
from gan.features import trace


@pytest.fixture
def lines() -> Embedded:
    """Embeddings of six writers with three forms of four lines, far apart along the back end's directions."""
    random = np.random.default_rng(1)
    plda = load_reference().plda[True]
    back = np.linalg.pinv(plda.project)
    hands = random.normal(0, np.sqrt(plda.between) * 2, (6, len(plda.between)))
    writer = np.repeat(np.arange(6), 12)
    vectors = plda.mean + (hands[writer] + random.normal(0, 0.3, (72, len(plda.between)))) @ back
    return Embedded(vectors, writer, np.repeat(np.arange(18), 4), np.full(72, 500.0))


def test_forms_are_the_means_of_their_lines_by_ink(lines: Embedded) -> None:
    heavy = Embedded(lines.vectors, lines.writer, lines.form, np.where(np.arange(72) % 4 == 0, 3.0, 1.0))
    forms = pool_forms(heavy)
    assert np.allclose(forms.vectors[0], np.average(lines.vectors[:4], axis=0, weights=[3, 1, 1, 1]))
    assert list(forms.writer) == list(np.repeat(np.arange(6), 3))
    assert forms.steps[0] == 6


def test_lines_of_one_form_are_never_paired(lines: Embedded) -> None:
    found = section("x", lines, lines, pool_forms(lines), True)
    same_of_one_writer = 12 * 11 // 2 - 3 * (4 * 3 // 2)
    assert found.performance.n_same == 6 * same_of_one_writer
    assert found.performance.n_different == 72 * 71 // 2 - 6 * (12 * 11 // 2)


def test_far_hands_are_told_apart_and_identified(lines: Embedded) -> None:
    forms = pool_forms(lines)
    found = section("x", lines, lines, forms, True)
    assert found.performance.eer.value == 0
    assert found.performance.eer.high > 0
    assert found.identification is not None
    assert (found.identification.count, found.identification.of) == (72, 72)


def test_a_writer_with_one_form_cannot_be_found_by_it(lines: Embedded) -> None:
    rows = (lines.writer != 0) | (lines.form == 0)
    some = Embedded(lines.vectors[rows], lines.writer[rows], lines.form[rows], lines.steps[rows])
    found = identification(some, pool_forms(some), True)
    assert found.of - found.count == 4


def test_thinning_keeps_every_same_writer_pair() -> None:
    a = np.repeat(np.arange(10), 100)
    pairs = ScorePairs(np.arange(1000.0), a, np.where(np.arange(1000) % 10, a + 1, a), np.zeros(1000, int))
    found = thinned(pairs, 90)
    assert found.same.sum() == pairs.same.sum()
    assert 90 <= (~found.same).sum() <= 180


def test_a_coarse_tablet_has_fewer_points_on_a_grid_and_the_same_strokes() -> None:
    ink = trace([synthetic_sample("several words of ink", 2, 1)])
    coarse = _coarse(ink)
    assert len(coarse.starts) == len(ink.starts)
    assert len(coarse.xy) < len(ink.xy)
    assert np.allclose(coarse.xy / COARSE_GRID, np.rint(coarse.xy / COARSE_GRID))
    within = np.ones(len(coarse.t) - 1, bool)
    within[coarse.starts[1:] - 1] = False
    assert np.median(np.diff(coarse.t)[within]) >= 1 / 60 * 0.9


def test_runs_of_five_words_leave_out_an_unfinished_rest() -> None:
    ink = synthetic_sample("a", 1, 1).ink
    samples = [Sample(ink, text=t) for t in ("one two", "three", "four five six", "seven", "eight nine")]
    runs = list(five_words(samples))
    assert [[s.text for s in run] for run in runs] == [["one two", "three", "four five six"]]


def test_donors_with_one_person_have_no_rate() -> None:
    pairs = ScorePairs(
        np.array([3.0, 2.0, -1.0, 4.0]), np.array([0, 1, 0, 2]), np.array([0, 1, 1, 2]), np.array([0, 0, 0, 1])
    )
    table = by_donor(pairs, ["abc", "def"])
    assert table["donor abc"] == "EER 0.0 %, 2 people"
    assert "donor def" not in table
    assert table["worst donor"] == "EER 0.0 %"
