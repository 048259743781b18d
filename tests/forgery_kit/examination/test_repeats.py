"""Ink that repeats other ink is found whatever a machine did to it; two writings of one hand are told from copies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.errors import MissingResourceError
from datasets.forgers import BY_NAME
from datasets.forgers.strokes import timed_strokes
from datasets.height import writing_height
from datasets.ink import Ink, ink_from_strokes
from datasets.sample import Sample
from datasets.synthetic import synthetic_sample
from forgery_kit.examination.copies import Files, files_of, repeats_told
from forgery_kit.examination.prints import Print
from forgery_kit.examination.repeats import WINDOWS, Repeat, even, least_of, repeats, table, table_of
from gan.features import Trace, amount, trace
from tests.datasets.forgers.lines import lines_of

COPIES = ("replay", "tracing", "sigma-lognormal", "minimum jerk", "power law", "autopen")


def path_of(ink: Ink) -> Print:
    return even(trace([Sample(ink)]))


def covered(found: list[Repeat]) -> float:
    """Writing heights of the first recording that repeat anything."""
    inside = np.zeros(10_000, bool)
    for one in found:
        inside[int(10 * one.first[0]) : int(10 * one.first[1])] = True
    return float(inside.sum() / 10)


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_of_a_line_is_found_whatever_machine_wrote_it(name: str) -> None:
    shares, deviations = [], []
    for hand in range(4):
        lines = lines_of(hand)
        copy = BY_NAME[name].forge(lines, "", np.random.default_rng(hand))
        found = repeats(path_of(copy), path_of(lines[0].ink))
        shares.append(covered(found) / amount(trace([Sample(copy)])))
        deviations.append(least_of(found)[2])
    assert np.median(shares) > 0.5
    assert np.median(deviations) < 0.04


@given(hand=st.integers(0, 3), scale=st.floats(0.01, 100), slant=st.floats(-0.2, 0.2), turn=st.floats(-0.1, 0.1))
@settings(max_examples=10)
def test_size_place_slant_and_slope_do_not_hide_a_copy(hand: int, scale: float, slant: float, turn: float) -> None:
    ink = lines_of(hand)[0].ink
    warp = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn) - slant, np.cos(turn)]])
    copy = ink_from_strokes([s[:, :2] @ warp * scale + [3e3, -7.0] for s in timed_strokes(ink)])
    found = repeats(path_of(copy), path_of(ink))
    assert covered(found) > 0.7 * amount(trace([Sample(copy)]))
    assert least_of(found)[0] < 0.01


def test_a_word_pasted_twice_is_found_in_one_recording_and_no_ink_repeats_itself() -> None:
    strokes = [stroke[:, :2] for stroke in timed_strokes(lines_of(2)[0].ink)]
    once = path_of(ink_from_strokes(strokes))
    unit = writing_height(strokes)
    wide = float(np.concatenate(strokes)[:, 0].max()) + unit
    # About the first word, once more at the end of the line.
    again = [s + np.array([wide - strokes[0][0, 0], 0.0]) for s in strokes[: len(strokes) // 4]]
    twice = path_of(ink_from_strokes([*strokes, *again]))
    exact = [one for one in repeats(twice, twice) if min(one.deviations) < 0.003]
    assert exact
    assert all(one.second[0] >= one.first[0] for one in exact)
    assert not [one for one in repeats(once, once) if min(one.deviations) < 0.003]


def test_pasted_words_are_found_in_the_lines_that_they_were_cut_from() -> None:
    lines = lines_of(3)
    pasted = path_of(BY_NAME["words"].forge(lines, "", np.random.default_rng(1)))
    assert least_of([one for line in lines for one in repeats(pasted, path_of(line.ink))])[0] < 0.01


def test_dots_and_short_ink_repeat_nothing() -> None:
    ink = lines_of(0)[0].ink
    short = path_of(ink_from_strokes([np.array([[0.0, 0.0], [5.0, 9.0], [10.0, 0.0], [15.0, 9.0]])]))
    assert repeats(short, path_of(ink)) == repeats(path_of(ink), short) == repeats(short, short) == []
    assert np.isinf(least_of([])).all()


def test_the_more_exact_and_the_longer_a_repeat_the_rarer() -> None:
    generator = np.random.default_rng(0)
    people = np.sort(generator.uniform(0.03, 0.1, (200, len(WINDOWS))), axis=1)
    people[generator.random(people.shape) < np.arange(len(WINDOWS)) / len(WINDOWS)] = np.inf
    made = table_of(people)
    nothing = np.full(len(WINDOWS), np.inf)
    assert made.rarity(nothing) == 1.0
    rarities = [made.rarity(np.where(np.arange(len(WINDOWS)) == 0, value, np.inf)) for value in (0.09, 0.05, 0.01)]
    assert rarities == sorted(rarities, reverse=True)
    assert rarities[-1] < 1 / 200
    assert made.rarity(people[0], 1e9) == 1.0
    # Of the comparisons that made it, no more are that rare than it says.
    assert 0.05 < np.mean([made.rarity(row) <= 0.1 for row in people]) <= 0.1


def test_least_is_over_windows_in_a_row() -> None:
    one = Repeat((0.0, 15.0), (0.0, 15.0), (0.05, 0.01, 0.03, 0.04))
    assert one.least()[:3].tolist() == pytest.approx(
        [0.01, np.sqrt(0.0005), np.sqrt((0.01**2 + 0.03**2 + 0.04**2) / 3)]
    )
    assert np.isinf(one.least()[3:]).all()


def test_a_missing_table_says_so(tmp_path: Path) -> None:
    with pytest.raises(MissingResourceError, match="table of repeats"):
        table(tmp_path / "none.npz")


def test_a_comparison_warns_of_a_traced_line_and_not_of_another_line_by_the_hand() -> None:
    lines = lines_of(1)
    traced = BY_NAME["tracing"].forge(lines, "", np.random.default_rng(1))
    known = exhibit_files("known.xml", lines[0].ink)
    told = repeats_told(*exhibit_files("questioned.xml", traced), *known)
    assert len(told) == 1
    assert "questioned.xml" in told[0]
    assert "known.xml" in told[0]
    other = synthetic_sample("the quick brown fox jumps over a lazy dog", 40, 1).ink
    assert repeats_told(*exhibit_files("other.xml", other), *known) == []


def exhibit_files(name: str, ink: Ink) -> tuple[Files, list[Trace]]:
    sample = Sample(ink, file=name)
    traces = [trace([sample])]
    return files_of([sample], traces), traces
