"""Scores to likelihood ratios of person against machine: no higher than people and families support, never falling."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from forgery_kit.authenticity.build import area, as_strangers, even_weights
from forgery_kit.authenticity.curves import REACH, Curve
from forgery_kit.authenticity.fit import Lines, deviates, fit_curve
from gan.judging.machine_features import PARTS


def lines(shift: float, people: int = 40, families: int = 6, each: int = 8, seed: int = 0) -> Lines:
    """People's lines of deviation 1 about 0, machines' about ``-shift``; two donors."""
    random = np.random.default_rng(seed)
    person = np.repeat([f"p{k}" for k in range(people)], each)
    family = np.repeat([f"f{k}" for k in range(families)], 3 * each)
    score = np.concatenate([random.normal(0, 1, len(person)), random.normal(-shift, 1, len(family))])
    donor = np.repeat([f"d{k % 2}" for k in range(people)], each)
    return Lines(
        score.clip(-REACH, REACH),
        np.concatenate([person, np.full(len(family), "p0")]),
        np.concatenate([donor, family]),
        np.repeat([False, True], [len(person), len(family)]),
    )


@pytest.mark.parametrize("shift", [0.0, 1.0, 2.0])
def test_a_curve_follows_the_true_likelihood_ratio_where_there_are_lines(shift: float) -> None:
    curve = fit_curve(lines(shift, people=400, families=40))
    for score in (-0.5 * shift - 0.7, -0.5 * shift, -0.5 * shift + 0.7):
        true = (norm.logpdf(score) - norm.logpdf(score, -shift)) / np.log(10)
        assert curve.of(score)[0] == pytest.approx(true, abs=0.15)


@given(seed=st.integers(0, 2**20), shift=st.floats(0, 8), people=st.integers(3, 30), families=st.integers(2, 8))
@settings(max_examples=8)
def test_no_value_goes_beyond_people_and_families_and_none_falls(
    seed: int, shift: float, people: int, families: int
) -> None:
    curve = fit_curve(lines(shift, people, families, 4, seed))
    assert (np.diff(curve.values, axis=1) >= -1e-9).all()
    low, high = curve.bounds
    assert -np.log10(people + 1) - 1e-9 <= low <= 1e-9
    assert -1e-9 <= high <= np.log10(families + 1) + 1e-9


def test_machines_that_nobody_can_tell_leave_the_value_near_one() -> None:
    curve = fit_curve(lines(0.0, people=200, families=20))
    assert abs(curve.of(0.0)[0]) < 0.1


def test_one_family_in_two_that_cannot_be_told_bounds_what_speaks_for_a_person() -> None:
    told, hidden = lines(6.0, seed=1), lines(0.0, seed=2)
    machines = hidden.machine
    both = Lines(
        np.concatenate([told.score, hidden.score[machines]]),
        np.concatenate([told.person, hidden.person[machines]]),
        np.concatenate([told.group, np.char.add("hidden ", hidden.group[machines])]),
        np.concatenate([told.machine, machines[machines]]),
    )
    # Half of the machines look like people, so ink that does speaks for a person by about two.
    assert fit_curve(both).of(0.0)[0] == pytest.approx(np.log10(2), abs=0.12)


def test_the_interval_holds_the_value() -> None:
    low, value, high = (fit_curve(lines(1.0)).of(-0.4)[i] for i in (1, 0, 2))
    assert low <= value <= high


def test_beyond_its_ends_a_curve_is_level() -> None:
    curve = Curve(np.array([-1.0, 1.0]), np.array([[-0.5, 0.5], [-0.6, 0.4]]))
    assert curve.of(-9.0)[0] == -0.5
    assert curve.of(9.0)[0] == 0.5


def test_deviates_put_people_of_any_network_on_one_scale() -> None:
    random = np.random.default_rng(0)
    own = random.gamma(2.0, 3.0, 4000)
    odds, places = deviates(own, np.full(4000, 1 / 4000))
    found = np.interp(own, odds, places)
    assert found.mean() == pytest.approx(0, abs=0.03)
    assert found.std() == pytest.approx(1, abs=0.03)
    assert (np.diff(odds) > 0).all()
    # Another unit changes nothing.
    again, _ = deviates(3 * own + 7, np.full(4000, 1 / 4000))
    assert np.interp(3 * own + 7, again, places) == pytest.approx(found, abs=1e-6)


def test_weights_share_evenly_among_donors_people_and_lines() -> None:
    person = np.array(["a", "a", "b", "c", "c", "c", "c"])
    donor = np.array(["1", "1", "1", "2", "2", "2", "2"])
    assert even_weights(person, donor) == pytest.approx([1 / 8, 1 / 8, 1 / 4, 1 / 8, 1 / 8, 1 / 8, 1 / 8])


def test_the_area_is_one_where_all_are_told_and_half_by_chance() -> None:
    random = np.random.default_rng(0)
    own, people = random.normal(size=600), np.repeat([f"p{k}" for k in range(60)], 10)
    assert area(own, people, own - 50).value == 1
    chance = area(own, people, random.normal(size=600))
    assert chance.low < 0.5 < chance.high


def test_a_donor_is_placed_among_the_others_as_if_never_seen() -> None:
    random = np.random.default_rng(1)
    person = np.array([f"{d}{p}" for d in "abc" for p in range(10) for _ in range(20)])
    donor = np.array([name[0] for name in person])
    odds = {part: random.normal(size=len(person)) - 3.0 * (donor == "c") for part in PARTS}
    places = as_strangers(odds, person, donor)
    # Nobody else has such odds, so all of this donor's lines lie at the others' end.
    assert np.median(places[donor == "c"]) < -2
    moved = as_strangers({part: one - 5.0 * (donor == "c") for part, one in odds.items()}, person, donor)
    assert (moved[donor == "c"] <= places[donor == "c"]).all()
    assert (moved[donor != "c"] >= places[donor != "c"]).all()
