"""What the generator has seldom seen."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from datasets.cache import write_samples
from datasets.ink import ink_from_strokes
from datasets.sample import Sample
from gan.training import characters
from gan.writing.alphabet import CHARACTERS
from gan.writing.rarity import COUNTS, SELDOM, rare_characters, seen_in_training


def test_every_character_is_counted() -> None:
    seen = seen_in_training()
    assert list(seen) == list(CHARACTERS)
    counts = json.loads(COUNTS.read_text(encoding="utf-8"))
    assert counts["lines"] == 6625
    assert sum(seen.values()) == sum(counts["characters"].values()) == 194_170


def test_the_rarest_come_first_and_frequent_ones_not_at_all() -> None:
    rare = rare_characters("Zzze e8")
    assert list(rare) == ["Z", "8", "z"]
    assert all(count == seen_in_training()[c] < SELDOM for c, count in rare.items())
    assert rare_characters("") == {}


def test_only_lines_that_are_trained_on_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)

    def line(text: str | None, split: str) -> Sample:
        points = np.column_stack([np.cumsum(random.random((40, 2)), axis=0) * 10, np.arange(40) / 50])
        ink = ink_from_strokes([points], ("x", "y", "t"), time_source="recorded")
        return Sample(ink, text=text, split=split, writer="1")

    lines = [line("ab&", "trainset"), line("b", "testset_t"), line("c", "testset_v"), line("d", "testset_f")]
    write_samples(tmp_path / "iam-ondb.fkcache", [*lines, line(None, "trainset")], "key")
    characters.main(["--cache", str(tmp_path), "--out", str(tmp_path / "counts.json")])
    found = json.loads((tmp_path / "counts.json").read_text(encoding="utf-8"))
    assert found["lines"] == 2
    assert {c: n for c, n in found["characters"].items() if n} == {"a": 1, "b": 2, "&": 1}
