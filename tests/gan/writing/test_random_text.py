"""Text that nobody chose: the same for a seed, however many lines, all of it writable; what cannot be is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from datasets.errors import ArgumentsError, MissingResourceError
from gan.writing import random_text
from gan.writing.alphabet import encode
from gan.writing.random_text import LONGEST, SHORTEST, SYMBOLS, TextNetwork, random_lines
from tests.gan.unlearnt import unlearnt


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> TextNetwork:
    """One that has learnt nothing."""
    made = unlearnt(np.random.default_rng(1))
    monkeypatch.setattr(random_text, "load_text_network", lambda: made)
    return made


@pytest.mark.usefixtures("network")
def test_a_line_is_the_same_for_a_seed_however_many_are_drawn() -> None:
    four = random_lines(4, 11)
    assert random_lines(2, 11) == four[:2]
    assert len(set(four + random_lines(4, 12))) == 8


@pytest.mark.usefixtures("network")
def test_every_line_can_be_written_and_fits_a_line() -> None:
    for line in random_lines(20, 3):
        encode(line)
        assert SHORTEST <= len(line) <= LONGEST
        assert line == " ".join(line.split())


def test_a_line_that_never_ends_is_cut_and_another_begun(monkeypatch: pytest.MonkeyPatch, network: TextNetwork) -> None:
    never = network.weights["output/bias"].copy()
    never[SYMBOLS.index("\n")] = -1e9
    monkeypatch.setattr(
        random_text, "load_text_network", lambda: TextNetwork({**network.weights, "output/bias": never}, 1)
    )
    lines = random_text._written(random_text.load_text_network(), np.random.default_rng(1))
    assert all(LONGEST < len(next(lines)) <= 2 * LONGEST + 1 for _ in range(3))


@pytest.mark.parametrize(("count", "seed"), [(0, 1), (-3, 1), (101, 1), (1, -1)])
def test_a_count_or_seed_out_of_range_is_refused_in_one_line(count: int, seed: int) -> None:
    with pytest.raises(ArgumentsError, match="Give") as raised:
        random_lines(count, seed)
    assert "\n" not in str(raised.value)


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingResourceError, match=r"none\.safetensors"):
        random_text.card(tmp_path / "none.safetensors")


def test_the_shipped_network_writes_lines_mostly_of_letters() -> None:
    text = "".join(random_lines(3, 1))
    assert sum(c.isalpha() or c == " " for c in text) > 0.8 * len(text)
