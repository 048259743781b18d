"""Lines of people and machines, and a training on them: only people who are asked for, and it goes on where it was."""

from __future__ import annotations

import csv
from collections.abc import Callable
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from datasets.cache import read_samples, write_samples
from datasets.errors import MissingResourceError
from datasets.forgers import BY_NAME, FORGERS
from datasets.sample import Sample
from gan import backend

backend.choose()

from gan.judging.authenticity_network import AuthenticityConfig, build_parts  # noqa: E402 - the backend is chosen first
from gan.judging.machine_features import PARTS  # noqa: E402
from gan.training.authenticity import machine_lines  # noqa: E402
from gan.training.authenticity import networks as training  # noqa: E402
from gan.training.authenticity.machine_lines import FAMILIES, PERSON, SYNTHETIC  # noqa: E402
from gan.training.loop import load_checkpoint  # noqa: E402
from tests.datasets.forgers.lines import lines_of  # noqa: E402

TINY = training.Settings(minutes=0.5, crops=((64, 6),), devices=0.5)
TICK = 5.0


def clock() -> Callable[[], float]:
    """A clock that goes on whenever it is looked at, so that no run depends on the machine's speed."""
    ticks = count()
    return lambda: TICK * next(ticks)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both corpora in small: two training and one selection writer of IAM-OnDB, four people of one UNIPEN donor."""
    folder = tmp_path_factory.mktemp("cache")
    corpora: dict[str, list[Sample]] = {"iam-ondb": [], "unipen": []}
    for hand in range(3):
        split = "trainset" if hand < 2 else "testset_t"
        for number, line in enumerate(lines_of(hand)):
            corpora["iam-ondb"].append(
                Sample(line.ink, text=line.text, writer=f"w{hand}", form=f"f{hand}", line=f"{number}", split=split)
            )
    for person in range(4):
        for line in lines_of(10 + person):
            corpora["unipen"].append(Sample(line.ink, text=line.text, writer=f"abc-{person:03}", device="abc"))
    for corpus, samples in corpora.items():
        write_samples(folder / f"{corpus}.fkcache", samples, "k")
    return folder


@pytest.fixture(scope="module")
def made(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lines for training and selection, without the generator, which takes long."""
    folder = tmp_path_factory.mktemp("lines")
    amounts = ["--real", "8", "--each", "2", "--batches", "0", "--chosen", "0"]
    for part in ("training", "selection"):
        parts = ["--parts", "training", *(["selection"] if part == "selection" else [])]
        machine_lines.main(["--cache", str(cache), "--out", str(folder / f"{part}.fkcache"), *parts, *amounts])
    return folder


def test_lines_are_by_every_method_and_of_people_of_the_asked_parts_only(made: Path) -> None:
    loaded = read_samples(made / "training.fkcache")
    assert loaded is not None
    methods = {str(s.device) for s in loaded[0] if s.split != PERSON}
    assert methods == {SYNTHETIC, *(forger.name for forger in FORGERS)}
    assert {s.split for s in loaded[0]} <= set(FAMILIES)
    assert all(s.split == BY_NAME[str(s.device)].family for s in loaded[0] if s.device in BY_NAME)
    assert all((s.origin == "generated") == (s.split != PERSON) for s in loaded[0])
    assert "w2" not in {s.writer for s in loaded[0]}
    assert all("t" in s.ink.channels for s in loaded[0])


def test_the_same_seed_makes_the_same_lines(cache: Path, made: Path, tmp_path: Path) -> None:
    amounts = ["--real", "8", "--each", "2", "--batches", "0", "--chosen", "0"]
    machine_lines.main(["--cache", str(cache), "--out", str(tmp_path / "again"), "--parts", "training", *amounts])
    first, again = read_samples(made / "training.fkcache"), read_samples(tmp_path / "again")
    assert first is not None
    assert again is not None
    assert [s.ink for s in first[0]] == [s.ink for s in again[0]]


def test_no_corpora_are_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(MissingResourceError, match="data cache"):
        machine_lines.people_lines(tmp_path, ["training"])


def test_what_was_milled_is_kept_and_made_again_for_other_lines(made: Path, tmp_path: Path) -> None:
    known = tmp_path / "seen.npz"
    first = training.load_seen(made / "training.fkcache", known, 0.5, 1)
    stored = known.read_bytes()
    again = training.load_seen(made / "training.fkcache", known, 0.5, 1)
    assert known.read_bytes() == stored
    assert [(one.family, one.method, one.person) for one in first] == [
        (one.family, one.method, one.person) for one in again
    ]
    for one, other in zip(first, again, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one.features, other.features, strict=True))
    assert len(training.load_seen(made / "training.fkcache", known, 0.5, 2)) == 2 * len(first)


def test_families_that_are_left_out_are_never_shown(made: Path, tmp_path: Path) -> None:
    seen = training.load_seen(made / "training.fkcache", tmp_path / "seen.npz", 0.0, 1)
    left_out = training.Settings(crops=((64, 32),), without=("collage", "plotter"))
    stream = training.batches(seen, left_out, 0)
    shown = np.concatenate([labels for _ in range(20) for labels in next(stream)[1]])
    assert not {FAMILIES.index(family) for family in left_out.without} & set(shown.tolist())
    assert np.mean(shown == 0) == pytest.approx(0.5, abs=0.06)


def test_a_training_moves_both_parts_and_goes_on_after_an_interruption(made: Path) -> None:
    before = [w.shape for w in build_parts(AuthenticityConfig(classes=len(FAMILIES))).get_weights()]
    training.run(TINY, made, clock=clock())
    assert (made / "authenticity.safetensors").stat().st_size < 2_000_000
    with (made / "log.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert 0 <= float(rows[-1]["movement_auc"]) <= 1
    checkpoint = load_checkpoint(made / "checkpoint")
    assert checkpoint is not None
    arrays, state = checkpoint
    assert state["step"] >= 1
    assert [arrays[f"a{i}"].shape for i in range(len(before))] == before
    longer = training.Settings(**{**vars(TINY), "minutes": 1.5})
    training.run(longer, made, clock=clock())
    after = load_checkpoint(made / "checkpoint")
    assert after is not None
    assert after[1]["step"] > state["step"]
    network = build_parts(AuthenticityConfig(classes=len(FAMILIES)))
    names = [v.path for v in network.trainable_variables]
    for part in PARTS:
        numbers = [i for i, name in enumerate(names) if name.startswith(part)]
        assert any(not np.array_equal(after[0][f"v{i}"], arrays[f"v{i}"]) for i in numbers)


def test_trees_are_grown_beside_the_weights_on_the_families_that_the_training_saw(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sklearn.ensemble import GradientBoostingClassifier

    from gan.judging.authenticity import load_heads, scores
    from gan.training.authenticity import trees as authenticity_trees

    saw: list[int] = []

    class Watched(GradientBoostingClassifier):
        def fit(self, x: np.ndarray, y: np.ndarray, sample_weight: np.ndarray) -> Watched:
            saw.append(len(x))
            # A person's lines weigh together what all machines' do.
            assert sample_weight[y].sum() == pytest.approx(sample_weight[~y].sum())
            return super().fit(x, y, sample_weight=sample_weight)

    monkeypatch.setattr("sklearn.ensemble.GradientBoostingClassifier", Watched)
    left_out = training.Settings(**{**vars(TINY), "without": ("collage", "plotter")})
    training.run(left_out, made, clock=clock())
    settings = training.Settings()
    lines = training.load_seen(made / "training.fkcache", made / "training.npz", settings.devices, settings.versions)
    authenticity_trees.grow(made, authenticity_trees.Growth(n_estimators=5, min_samples_leaf=2))
    assert saw == [sum(one.family not in left_out.without for one in lines)] * 2
    for number, (part, head) in enumerate(load_heads(made / "authenticity.safetensors").items()):
        sequences = [one.features[number].astype(np.float32) for one in lines[:3]]
        of_network = scores(head.network, sequences)
        assert head.part == part
        assert not np.allclose(head.scores(sequences), of_network)
        assert head.scores(sequences) == pytest.approx([head.scores([one])[0] for one in sequences], abs=1e-3)
