"""Training of the text network: whose text it sees, how it is cut, and that it learns and goes on."""

from __future__ import annotations

import csv
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from datasets.cache import write_samples
from datasets.sample import Sample
from datasets.synthetic import synthetic_sample
from gan import backend

backend.choose()
from gan.training import text_network as training  # noqa: E402
from gan.training.generator import Settings as GeneratorSettings  # noqa: E402
from gan.training.presets import PRESETS  # noqa: E402

LONG = "it was the best of times, it was the worst of times"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forms of two lines; one of training has a line of the test part in it, one of selection a line of training."""
    folder = tmp_path_factory.mktemp("cache")
    ink = synthetic_sample("a", 1, 1).ink
    lines = {
        ("trainset", "t1"): ["a cat sat on the mat", "and so  did the dog"],
        ("trainset", "t2"): ["something else was said", f"but {LONG}"],
        ("trainset", "t3"): ["a man came in at the front door", "and sat down at once"],
        ("testset_v", "v1"): ["the dog ate the food", "and the cat did not"],
        ("testset_t", "v2"): ["A man came in at the front door!", "who was he"],
        ("testset_f", "f1"): [LONG.upper(), "we had everything before us"],
    }
    samples = [
        Sample(ink, text=text, form=form, line=f"{i + 1:02}", split=split)
        for (split, form), texts in lines.items()
        for i, text in enumerate(texts)
    ]
    write_samples(folder / "iam-ondb.fkcache", samples, "k")
    return folder


def test_text_of_the_test_part_is_left_out_of_training_and_both_out_of_selection(cache: Path) -> None:
    texts, left_out = training.load_texts(cache)
    assert texts["training"] == [
        "a cat sat on the mat\nand so did the dog\n",
        "a man came in at the front door\nand sat down at once\n",
    ]
    assert texts["selection"] == ["the dog ate the food\nand the cat did not\n"]
    assert left_out == {"training": 1, "selection": 1, "test": 0}


def test_pieces_are_all_of_a_text_in_lines_that_follow_one_another() -> None:
    text = "".join(f"line {i}\n" for i in range(8))
    random = np.random.default_rng(1)
    for _ in range(20):
        pieces = training._pieces(text, 3, random)
        assert "".join(pieces) == text
        assert all(1 <= piece.count("\n") <= 3 for piece in pieces)
    assert training._pieces(text, 0, random) == [text]


def test_it_learns_and_goes_on_from_its_checkpoint(cache: Path, tmp_path: Path) -> None:
    settings = training.Settings(minutes=0.3, batch=2, units=12, dropout=0.1, peak_rate=0.02, past=0.8, warm_up=0)
    training.run(settings, cache, tmp_path, clock=count(0.0).__next__)
    longer = training.Settings(minutes=0.6, batch=2, units=12, dropout=0.1, peak_rate=0.02, past=0.8, warm_up=0)
    training.run(longer, cache, tmp_path, clock=count(0.0).__next__)
    with (tmp_path / "log.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    steps, bits = ([float(row[name]) for row in rows] for name in ("step", "selection"))
    assert steps[0] > 5
    assert steps[-1] > steps[0]
    assert bits[-1] < bits[0] < np.log2(83) + 0.1
    assert (tmp_path / "text-network.safetensors").stat().st_size < 2_000_000


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_preset_changes_settings_that_there_are(name: str) -> None:
    settings = GeneratorSettings(**PRESETS[name])
    assert (settings.head == "point") == (name == "point")
