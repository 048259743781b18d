"""The protocol itself, on hands made by code: who is paired with whom, and what is counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from datasets.height import writing_height
from datasets.ink import ink_from_strokes
from datasets.sample import Exhibit, Sample
from datasets.synthetic import synthetic_sample
from forgery_kit.likelihood.judge import default_judge
from forgery_kit.likelihood.metrics import ScorePairs
from forgery_kit.likelihood.sides import prepare
from forgery_kit.validation.iam_ondb import COARSE_GRID, Embedded, _coarse, embed, few, identification, section
from forgery_kit.validation.unipen import by_donor, five_words
from gan.features import trace


@pytest.fixture
def lines() -> Embedded:
    """Embeddings of six writers with three forms of four lines, far apart along the back end's directions."""
    random = np.random.default_rng(1)
    back_end = default_judge().reference.back_end[True]
    plda, letters = back_end.plda, back_end.letters
    assert letters is not None
    back = np.linalg.pinv(plda.project)
    hands = random.normal(0, np.sqrt(plda.between) * 2, (6, len(plda.between)))
    writer = np.repeat(np.arange(6), 12)
    vectors = plda.mean + (hands[writer] + random.normal(0, 0.3, (72, len(plda.between)))) @ back
    vectors = np.hstack([vectors, np.zeros((72, letters.width))])
    return Embedded(vectors, writer, np.repeat(np.arange(18), 4), np.full(72, 500.0))


@pytest.fixture
def forms(lines: Embedded) -> Embedded:
    """The same ink by forms."""
    rows = np.arange(0, 72, 4)
    means = lines.vectors.reshape(18, 4, -1).mean(axis=1)
    return Embedded(means, lines.writer[rows], lines.form[rows], np.full(18, 2000.0))


def test_forms_are_embedded_as_a_case_embeds_them_and_scraps_are_left_out() -> None:
    texts = ("five boxing wizards", "pack my box with jugs", "quick")
    sheet = [
        replace(synthetic_sample(t, 3, i), writer="w", form="f", format="iam-ondb") for i, t in enumerate(texts, 1)
    ]
    dash = replace(
        sheet[0],
        ink=ink_from_strokes([np.array([[0.0, 0, 0], [4, 3, 1], [8, 0, 2]])], ("x", "y", "t"), time_source="recorded"),
    )
    found = embed([sheet, [dash]])
    (ready,) = prepare([Exhibit("Q", tuple(sheet))])
    assert len(found.vectors) == 1
    assert found.vectors[0] == pytest.approx(ready.vectors[True], abs=1e-5)
    assert found.steps[0] == ready.steps


def test_lines_of_one_form_are_never_paired(lines: Embedded, forms: Embedded) -> None:
    found = section("x", lines, forms, True)
    same_of_one_writer = 12 * 11 // 2 - 3 * (4 * 3 // 2)
    assert found.performance.n_same == 6 * same_of_one_writer
    assert found.performance.n_different == 72 * 71 // 2 - 6 * (12 * 11 // 2)


def test_far_hands_are_told_apart_and_identified(lines: Embedded, forms: Embedded) -> None:
    found = section("x", lines, forms, True)
    assert found.performance.eer.value == 0
    assert found.performance.eer.high > 0
    assert found.identification is not None
    assert (found.identification.count, found.identification.of) == (72, 72)


def without_forms_of_one_writer_but_one(ink: Embedded) -> Embedded:
    rows = (ink.writer != 0) | (ink.form == 0)
    return Embedded(ink.vectors[rows], ink.writer[rows], ink.form[rows], ink.steps[rows])


def test_a_writer_with_one_form_cannot_be_found_by_it(lines: Embedded, forms: Embedded) -> None:
    some, few_forms = (without_forms_of_one_writer_but_one(ink) for ink in (lines, forms))
    found = identification(some, few_forms, True)
    assert found.of - found.count == 4


def test_thinning_keeps_an_even_share_of_either_kind() -> None:
    a = np.repeat(np.arange(10), 100)
    pairs = ScorePairs(np.arange(1000.0), a, np.where(np.arange(1000) % 10, a + 1, a), np.zeros(1000, int))
    rows = few(pairs, 90)
    for kind in (pairs.same, ~pairs.same):
        assert 90 <= (rows & kind).sum() <= 180
    assert few(pairs).all()


def test_a_coarse_tablet_has_fewer_points_on_a_grid_and_the_same_strokes() -> None:
    ink = trace([synthetic_sample("several words of ink", 2, 1)])
    coarse = _coarse(ink)
    assert len(coarse.starts) == len(ink.starts)
    assert len(coarse.xy) < len(ink.xy)
    grid = np.unique(np.diff(np.unique(np.round(coarse.xy, 6)), prepend=0).round(6))
    assert np.isclose(grid[grid > 0], COARSE_GRID, rtol=0.2).any()
    assert writing_height(np.split(coarse.xy, coarse.starts[1:])) == pytest.approx(1)
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
