"""Hands made by code: repeatable by seed, told apart by seed, plausible as pen movement, and marked as generated."""

from __future__ import annotations

import numpy as np
import pytest

from datasets.errors import ArgumentsError
from datasets.letter_skeletons import ALPHABET
from datasets.synthetic import SAMPLES_PER_SECOND, random_style, synthetic_sample, write_text

TEXT = "pack my box with five dozen jugs"


def test_the_same_seeds_write_the_same_ink() -> None:
    first, second = synthetic_sample(TEXT, 4, 9), synthetic_sample(TEXT, 4, 9)
    assert first == second
    assert random_style(4) == random_style(4)


def test_another_occasion_is_other_ink_in_the_same_hand() -> None:
    first, second = write_text(TEXT, random_style(4), 1), write_text(TEXT, random_style(4), 2)
    assert first != second
    assert synthetic_sample(TEXT, 4, 1).writer == synthetic_sample(TEXT, 4, 2).writer


def test_another_seed_is_another_hand() -> None:
    assert random_style(4) != random_style(5)
    assert write_text(TEXT, random_style(4), 1) != write_text(TEXT, random_style(5), 1)
    assert synthetic_sample(TEXT, 4, 1).writer != synthetic_sample(TEXT, 5, 1).writer


def test_the_global_random_state_is_neither_used_nor_changed() -> None:
    np.random.seed(1)  # noqa: NPY002 - the global state is what must not matter
    first, after = write_text(TEXT, random_style(4), 1), np.random.random()  # noqa: NPY002
    np.random.seed(1)  # noqa: NPY002
    assert np.random.random() == after  # noqa: NPY002
    assert write_text(TEXT, random_style(4), 1) == first


@pytest.mark.parametrize("seed", [0, 7, 23])
def test_time_only_goes_forward_and_pressure_stays_in_range(seed: int) -> None:
    ink = write_text(TEXT, random_style(seed), seed)
    t, pressure = ink.channel("t"), ink.channel("pressure")
    assert t is not None
    assert pressure is not None
    assert t[0] == 0
    assert np.diff(t).min() >= 1 / SAMPLES_PER_SECOND - 1e-3
    assert 0 <= pressure.min() < pressure.max() <= 1
    assert ink.mm_per_unit == 0.01
    assert ink.time_source == "recorded"
    assert ink.pen_down.all()


def test_lines_are_broken_at_the_asked_width() -> None:
    wide, narrow = (write_text(TEXT, random_style(7), 1, line_width=width) for width in (1000.0, 40.0))
    assert np.ptp(narrow.xy[:, 0]) * 0.01 < 40 * 1.2 < np.ptp(wide.xy[:, 0]) * 0.01
    assert np.ptp(narrow.xy[:, 1]) > 2 * np.ptp(wide.xy[:, 1])


def test_every_character_of_the_alphabet_can_be_written() -> None:
    for character in ALPHABET.replace(" ", ""):
        assert len(write_text(character, random_style(1), 1)) > 1


def test_samples_say_that_a_program_made_them() -> None:
    sample = synthetic_sample(TEXT, 4, 9)
    assert sample.origin == "generated"
    assert "made by code" in str(sample.device)
    assert sample.text == TEXT


@pytest.mark.parametrize(("text", "message"), [("", "nothing"), ("   ", "nothing"), ("naïve", "'ï' cannot be written")])
def test_what_cannot_be_written_is_refused(text: str, message: str) -> None:
    with pytest.raises(ArgumentsError, match=message):
        write_text(text, random_style(1), 1)
