"""Small networks that write: trained on offsets, kept and loaded, and as free as they are asked to be."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan import backend

backend.choose()

from gan.training.authenticity import rivals  # noqa: E402 - the backend is chosen first
from gan.training.loop import Log  # noqa: E402

TINY = rivals.Settings(minutes=1.0, units=16, channels=16, codes=(24, 8), rows=8, steps=48, seed=3)
NAMES = (rivals.RECURRENT, rivals.CONVOLUTIONAL)


def lines(number: int = 12) -> list[np.ndarray]:
    """Waves, cut into strokes of 15 points."""
    found = []
    for row in range(number):
        t = np.arange(90)
        points = np.column_stack([0.4 + 0.2 * np.cos(0.7 * t + row), np.sin(0.7 * t + row), t % 15 == 14])
        points[15::15, 0] += 2
        found.append(points.astype(np.float32))
    return found


def clock() -> Callable[[], float]:
    """A clock that goes on whenever it is looked at: a minute is some 40 steps."""
    ticks = count()
    return lambda: 1.4 * next(ticks)


@pytest.fixture(scope="module", params=NAMES)
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[rivals.Rival, Path]:
    """A network after some 40 steps, by a clock of its own, and its log."""
    log = tmp_path_factory.mktemp("rivals") / "rivals.csv"
    return rivals.train(request.param, lines(), TINY, Log(log), clock()), log


def test_a_rival_learns(trained: tuple[rivals.Rival, Path]) -> None:
    rival, _ = trained
    untrained = rivals.build(rival.name, TINY)
    untrained.compile(loss=rival.network.loss)
    targets = [(p, p) for p in lines()]
    if rival.codes is not None:
        targets = [(rival.codes[n], n) for n in (rivals.coded(p, rival.codes, TINY.codes) for p in lines())]
    x, y, mask = next(rivals.crops(targets, TINY, np.random.default_rng(1)))
    after, before = (one.evaluate(x, y, sample_weight=mask, verbose=0) for one in (rival.network, untrained))
    assert after < before


@pytest.mark.slow
def test_what_it_writes_is_finite_ends_strokes_and_repeats_by_seed(trained: tuple[rivals.Rival, Path]) -> None:
    rival, _ = trained
    made, again, other = (rivals.write(rival, 3, 60, 1.0, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert [line.shape for line in made] == [(60, 3)] * 3
    assert all(np.isfinite(line).all() for line in made)
    assert set(np.unique(np.concatenate(made)[:, 2])) == {0.0, 1.0}
    assert all(np.array_equal(a, b) for a, b in zip(made, again, strict=True))
    assert not np.array_equal(made[0], other[0])


def test_a_stroke_is_begun_by_offsets_of_beginnings_alone(trained: tuple[rivals.Rival, Path]) -> None:
    rival, _ = trained
    if rival.codes is None:
        pytest.skip("it has no list of offsets")
    begins = {tuple(code) for code in rival.codes[rival.inside :]}
    for line in rivals.write(rival, 4, 80, 1.0, np.random.default_rng(0)):
        after = np.concatenate([[False], line[:-1, 2] > 0.5])
        assert all((tuple(point) in begins) == begun for point, begun in zip(line, after, strict=True))


def test_what_is_kept_writes_the_same_again(trained: tuple[rivals.Rival, Path], tmp_path: Path) -> None:
    rival, _ = trained
    for name in NAMES:
        one = rival if name == rival.name else rivals.Rival(
            name, rivals.build(name, TINY), rival.codes if name == rivals.CONVOLUTIONAL else None, TINY.codes[0]
        )  # fmt: skip
        if name == rivals.CONVOLUTIONAL and one.codes is None:
            one = rivals.Rival(name, one.network, np.zeros((32, 3), np.float32), 24)
        rivals.save(one, TINY, tmp_path)
    found = {one.name: one for one in rivals.load(tmp_path)}[rival.name]
    assert (found.inside, found.codes is None) == (rival.inside, rival.codes is None)
    x = np.stack([line[:20] for line in lines(4)])
    # Kept as float16.
    assert np.allclose(rival.network(x), found.network(x), atol=2e-2)


@given(st.integers(0, 2**32))
def test_each_point_is_coded_by_the_nearest_that_may_stand_there(seed: int) -> None:
    random = np.random.default_rng(seed)
    codes = random.normal(size=(12, 3)).astype(np.float32)
    codes[:, 2] = codes[:, 2] > 0
    points = random.normal(size=(30, 3)).astype(np.float32)
    points[:, 2] = points[:, 2] > 1
    found = rivals.coded(points, codes, (8, 4))
    for row, (point, number) in enumerate(zip(points, found, strict=True)):
        allowed = range(8, 12) if row and points[row - 1, 2] else range(8)
        assert number in allowed
        far = [float((((point - codes[k]) * [1, 1, 10]) ** 2).sum()) for k in allowed]
        assert far[list(allowed).index(int(number))] == pytest.approx(min(far))


def test_crops_go_on_where_the_line_does_and_mask_what_lies_behind_it() -> None:
    some = lines(3)
    stream = rivals.crops([(p, p) for p in some], TINY, np.random.default_rng(0))
    for _ in range(5):
        x, y, mask = next(stream)
        kept = mask > 0
        assert (y[~kept] == 0).all()
        for row in range(TINY.rows):
            count_kept = int(kept[row].sum())
            assert count_kept >= TINY.steps // 2
            # What comes next is what is given one step later.
            assert np.array_equal(x[row, 1:count_kept], y[row, : count_kept - 1])


@pytest.mark.slow
def test_their_lines_are_a_family_of_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gan.training.authenticity import machine_lines

    for name in NAMES:
        rivals.save(rivals.train(name, lines(), TINY, Log(tmp_path / "log"), clock()), TINY, tmp_path)
    monkeypatch.setattr(machine_lines, "POINTS", (90, 100))
    made = list(machine_lines.rival_lines(tmp_path, 1, np.random.default_rng(2)))
    assert made
    assert {(sample.split, sample.origin) for sample in made} == {(machine_lines.RIVAL, "generated")}
    assert all("t" in sample.ink.channels and sample.ink.pen_down.all() for sample in made)
