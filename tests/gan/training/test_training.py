"""A training of a few steps on hands made by code: it learns, writes its files, and goes on after an interruption."""

from __future__ import annotations

import csv
import json
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from datasets import protocol
from datasets.cache import write_samples
from datasets.errors import MissingResourceError
from datasets.sample import Sample
from datasets.synthetic import synthetic_sample
from gan import backend

backend.choose()
from gan.features import FEATURES, Trace  # noqa: E402
from gan.judging.discriminator import build_encoder, load_weights  # noqa: E402
from gan.training.augmentation import dulled  # noqa: E402
from gan.training.loop import Log, load_checkpoint, rate, save_checkpoint  # noqa: E402
from gan.training.style import discriminator as training  # noqa: E402

SHARES = (("iam-ondb", 0.5), ("unipen", 0.5))
TINY = training.Settings(minutes=0.5, crops=((120, 4),), shares=SHARES)
#: Seconds that the clock of a test goes on by whenever it is looked at, so that no run depends on the machine's speed.
TICK = 5.0


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both corpora in small: four training and two selection writers of IAM-OnDB, six people of one UNIPEN donor."""
    folder = tmp_path_factory.mktemp("cache")
    text = "the quick brown fox jumps over it"
    lines = []
    for writer in range(6):
        for form in range(2):
            for line in ("01", "04"):
                made = synthetic_sample(text, writer, 10 * form + int(line))
                split = "trainset" if writer < 4 else "testset_t"
                lines.append(
                    Sample(
                        made.ink, writer=f"{writer}", form=f"a{writer}-{form}", line=line, device="board", split=split
                    )
                )
    words = [
        Sample(synthetic_sample(text, 20 + p, 1).ink, writer=f"abc-{p:03}", form=f"file-{p}", device="abc")
        for p in range(6)
    ]
    write_samples(folder / "iam-ondb.fkcache", lines, "k")
    write_samples(folder / "unipen.fkcache", words, "k")
    return folder


def training_trace(xy: np.ndarray, starts: list[int]) -> Trace:
    return Trace(xy, np.arange(len(xy)) / 100, np.array(starts), np.zeros(len(starts), bool))


def load(
    cache: Path, parts: tuple[str, ...] = ("training",), without: tuple[str, ...] = (), known: Path | None = None
) -> list[training.TrainingWriter]:
    return training.load_writers(cache, [corpus for corpus, _ in SHARES], parts, without, known)


def test_only_people_of_the_asked_parts_are_loaded(cache: Path) -> None:
    found = load(cache)
    assert sum(w.donor == "iam" for w in found) == 4
    with_selection = load(cache, ("training", "selection"))
    assert sum(w.donor == "iam" for w in with_selection) == 6


def test_donors_that_are_left_out_are_not_loaded(cache: Path) -> None:
    assert {w.donor for w in load(cache, without=("iam",))} == {"abc"}
    assert {w.donor for w in load(cache, without=("abc", "xyz"))} == {"iam"}


def test_crops_have_the_asked_length_and_repeat_by_seed(cache: Path) -> None:
    writer = load(cache)[0]
    crops = [training.random_crop(writer, 3, 120, TINY, np.random.default_rng(seed))[0] for seed in (1, 1, 2)]
    assert crops[0].shape == (120, FEATURES)
    assert np.array_equal(crops[0], crops[1])
    assert not np.array_equal(crops[0], crops[2])


def test_an_interrupted_run_goes_on(cache: Path, tmp_path: Path) -> None:
    training.run(TINY, cache, tmp_path, None, count(0, TICK).__next__)
    assert (tmp_path / "discriminator.safetensors").is_file()
    found = load_checkpoint(tmp_path / "checkpoint")
    assert found is not None
    first = found[1]
    longer = training.Settings(minutes=1.5, crops=((120, 4),), shares=SHARES)
    training.run(longer, cache, tmp_path, None, count(0, TICK).__next__)
    again = load_checkpoint(tmp_path / "checkpoint")
    assert again is not None
    assert again[1]["step"] > first["step"] > 0
    assert again[1]["seconds"] > first["seconds"]
    with (tmp_path / "log.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert 0 <= float(rows[-1]["selection_eer"]) <= 1
    assert list(rows[0]) == ["minutes", "step", "loss", "letter_loss", "selection_eer"]
    assert [int(r["step"]) for r in rows] == [first["step"], again[1]["step"]]
    encoder = build_encoder()
    load_weights(encoder, tmp_path / "discriminator.safetensors")
    assert all(np.isfinite(w).all() for w in encoder.get_weights())
    with safe_open(tmp_path / "discriminator.safetensors", "np") as stored:
        card = json.loads(stored.metadata()["card"])
    assert card["step"] == again[1]["step"]
    assert card["settings"]["minutes"] == longer.minutes


def test_a_checkpoint_cut_off_half_way_leaves_the_one_before_in_force(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, {"a": np.arange(3)}, {"step": 1})
    (tmp_path / "checkpoint-2.npz").write_bytes(b"half")
    (tmp_path / "manifest.partial").write_text("{")
    found = load_checkpoint(tmp_path)
    assert found is not None
    assert found[1] == {"step": 1}
    assert json.loads((tmp_path / "manifest.json").read_text())["number"] == 1


def test_the_rate_rises_then_falls_to_zero() -> None:
    rates = [rate(p, TINY.peak_rate, TINY.warm_up) for p in np.linspace(0, 1, 101)]
    assert max(rates) == pytest.approx(TINY.peak_rate, rel=1e-3)
    assert rates[-1] == pytest.approx(0, abs=1e-9)
    assert int(np.argmax(rates)) <= 5


def test_the_splits_of_the_training_are_the_protocols(cache: Path) -> None:
    assert protocol.IAM_PARTS["testset_f"] == "test"
    assert not any("test" in part for part in training.Settings().training_parts)


def test_a_checkpoint_comes_back_as_it_was_and_replaces_the_one_before(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path / "none") is None
    for step in (1, 2, 3):
        save_checkpoint(tmp_path, {"v0": np.full((2, 3), step, np.float32), "a0": np.arange(step)}, {"step": step})
    found = load_checkpoint(tmp_path)
    assert found is not None
    assert found[1] == {"step": 3}
    assert np.array_equal(found[0]["v0"], np.full((2, 3), 3, np.float32))
    assert found[0]["v0"].dtype == np.float32
    assert sorted(p.name for p in tmp_path.iterdir()) == ["checkpoint-3.npz", "manifest.json"]


def test_the_log_goes_on_where_it_was(tmp_path: Path) -> None:
    for step in (1, 2):
        Log(tmp_path / "log.csv").write(step=step, loss=0.5)
    assert (tmp_path / "log.csv").read_text().split() == ["step,loss", "1,0.5", "2,0.5"]


def test_a_missing_cache_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(MissingResourceError, match="data cache"):
        load(tmp_path)


def test_crops_without_time_have_no_speed(cache: Path) -> None:
    writer = load(cache)[0]
    for share, expected in ((0.0, True), (1.0, False)):
        asked = training.Settings(without_time=share)
        crop = training.random_crop(writer, 0, 120, asked, np.random.default_rng(1))[0]
        assert crop[:, 6:].any() == expected


def test_crops_are_finite_with_unit_directions_for_every_warp(cache: Path) -> None:
    writers = load(cache)
    for which in range(training.VIRTUAL):
        generator = np.random.default_rng(which)
        crop, _ = training.random_crop(writers[which % len(writers)], which, 120, TINY, generator)
        assert np.isfinite(crop).all()
        assert np.hypot(crop[:, 0], crop[:, 1]).max() <= 1 + 1e-5


def test_letters_are_found_once_and_stay_with_their_points(cache: Path, tmp_path: Path) -> None:
    found = load(cache, known=tmp_path / "letters.npz")
    again = load(cache, known=tmp_path / "letters.npz")
    for one, other in zip(found, again, strict=True):
        for ink, letters, same in zip(one.traces, one.letters, other.letters, strict=True):
            assert len(letters) == len(ink.xy)
            assert np.array_equal(letters, same)
    assert any(letters.any() for one in found for letters in one.letters)


def test_a_crop_has_a_letter_or_none_at_each_step_and_mirrored_ink_has_none(cache: Path, tmp_path: Path) -> None:
    writer = load(cache, known=tmp_path / "letters.npz")[0]
    asked = training.Settings(dulled=1.0, coarse=1.0)
    crop, letters = training.random_crop(writer, 1, 160, asked, np.random.default_rng(1))
    assert len(letters) == len(crop)
    assert 0 < np.count_nonzero(letters) < len(letters)
    _, mirrored = training.random_crop(writer, training.VIRTUAL - 1, 160, asked, np.random.default_rng(1))
    assert not mirrored.any()


def test_each_letter_of_a_crop_is_in_one_group_of_its_batch(cache: Path, tmp_path: Path) -> None:
    writers = load(cache, known=tmp_path / "letters.npz")
    x, mask, donor, letters, label = next(training.batches(writers, TINY, 1))
    assert letters.shape == (len(x), TINY.letter_groups, x.shape[1] // 4)
    assert ((letters > 0).sum(axis=1) <= 1).all()
    assert len(mask) == len(donor) == len(label) == len(x)
    for crop in letters:
        owners = [set(group[group > 0]) for group in crop]
        assert sum(map(len, owners)) == len(set.union(*owners))


def test_a_dulled_stroke_is_shorter_at_both_ends_and_never_gone() -> None:
    xy = np.column_stack([np.arange(12.0) / 4, np.zeros(12)])
    ink = training_trace(np.vstack([xy, [[9.0, 9.0], [9.1, 9.0]]]), [0, 12])
    found, letters = dulled(ink, np.arange(14), 1, 0.3)
    assert len(found.starts) == 2
    assert found.starts[0] == 0
    assert 12 - np.count_nonzero(letters < 12) >= 2
    assert found.xy[:, 0].min() >= 0.25
    assert np.all(np.diff(letters) > 0)
