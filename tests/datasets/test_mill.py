"""The mill: what tells devices and programs apart is gone after it, what is written is still there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict

from datasets.devices import Device, record
from datasets.forgers.collage import Pasting, collage_words
from datasets.forgers.replay import Replay, replay
from datasets.forgers.settings import drawn
from datasets.forgers.strokes import Line
from datasets.height import writing_height
from datasets.ink import Ink
from datasets.mill import GRID, LIFT, RATE, mill
from tests.datasets.forgers.lines import lines_of
from tests.datasets.ink_strategies import inks

Forge = Callable[[Sequence[Line], np.random.Generator], Ink]


def milled(ink: Ink, seed: int = 0, with_time: bool = True) -> Ink:
    return mill(ink, np.random.default_rng(seed), with_time)


@given(ink=inks(), seed=st.integers(0, 2**32), with_time=st.booleans())
def test_any_ink_comes_out_whole_or_is_refused(ink: Ink, seed: int, with_time: bool) -> None:
    try:
        found = milled(ink, seed, with_time)
    except ValueError:
        return
    assert len(found.stroke_ends) == ink.pen_down.sum()
    assert np.isfinite(found.points).all()
    assert (found.xy == np.rint(found.xy)).all()
    assert (found.xy.min(axis=0) == 0).all()
    assert found.channels[2:] in ((), ("t",))
    if found.channels == ("x", "y", "t"):
        assert with_time
        steps = np.diff(found.points[:, 2]) * RATE
        first = np.zeros(len(found), bool)
        first[found.stroke_ends[:-1]] = True
        np.testing.assert_allclose(steps, np.where(first[1:], LIFT, 1), atol=1e-6)
    assert found == milled(ink, seed, with_time)


@pytest.mark.parametrize("with_time", [True, False])
def test_size_place_clock_and_other_channels_do_not_matter(with_time: bool) -> None:
    ink = lines_of(1)[0].ink
    # Powers of two, so that nothing but the mill rounds.
    points = np.column_stack([ink.xy / 64 - [2048, 512], ink.points[:, 2] + 1024, np.linspace(0, 1, len(ink))])
    other = Ink(points, ink.stroke_ends, ink.pen_down, ("x", "y", "t", "pressure"), 1.5, "recorded")
    np.testing.assert_allclose(milled(other, 3, with_time).points, milled(ink, 3, with_time).points, atol=1.01)


@pytest.mark.parametrize("with_time", [True, False])
def test_what_is_written_stays(with_time: bool) -> None:
    ink = lines_of(1)[0].ink
    found = milled(ink, 3, with_time)
    # Single strokes lose their ends, so that they are a little lower.
    assert writing_height(list(found.strokes())) == pytest.approx(GRID, rel=0.2)
    unit = writing_height(list(ink.strokes()))
    before, after = (np.array([np.median(s[:, :2], axis=0) for s in one.strokes()]) for one in (ink, found))
    original = ink.xy / unit + np.median(after / GRID - before / unit, axis=0)
    away = [np.hypot(*(original - point / GRID).T).min() for point in found.xy]
    assert np.quantile(away, 0.95) < 0.15


def test_time_is_left_out_where_a_tenth_is_missing_or_nobody_wants_it() -> None:
    ink = lines_of(1)[0].ink
    points = ink.points.copy()
    points[: len(points) // 8, 2] = np.nan
    assert milled(replace(ink, points=points)).channels == ("x", "y")
    assert milled(ink, with_time=False).channels == ("x", "y")
    assert milled(ink).channels == ("x", "y", "t")


def test_ink_without_height_and_endless_ink_are_refused() -> None:
    level = Ink(np.array([[0.0, 0.0], [9.0, 0.0]]), np.array([2]), np.array([True]))
    with pytest.raises(ValueError, match="writing height"):
        milled(level)
    scribble = np.column_stack([np.zeros(100_000), np.arange(100_000) % 2 * 10.0])
    with pytest.raises(ValueError, match="longer"):
        milled(Ink(scribble, np.array([100_000]), np.array([True])))


def giveaways(ink: Ink) -> list[float]:
    """What tells devices and programs: stamps, grid, repeats, gaps, ends, pauses, corner, size."""
    strokes = [s for s in ink.strokes() if len(s) > 3]
    xy, t = np.concatenate(strokes)[:, :2], np.concatenate(strokes)[:, 2]
    dt = np.concatenate([np.diff(s[:, 2]) for s in strokes])
    step = np.concatenate([np.hypot(*np.diff(s[:, :2], axis=0).T) for s in strokes])
    usual = np.median(step[step > 0])
    pause = np.array([b[0, 2] - a[-1, 2] for a, b in pairwise(ink.strokes())])
    return [
        *(dt.mean(), dt.std(), dt.min(), dt.max(), np.mean(dt > 2.5 * np.median(dt))),
        float(np.abs(t * 100 - np.rint(t * 100)).mean()),
        float(np.abs(xy - np.rint(xy)).mean()),
        float(np.mean(np.rint(xy) % 2)),
        float(np.mean(step == 0)),
        float(np.mean(np.diff(xy[:, 0]) == 0)),
        *xy[0],
        *xy.min(axis=0),
        writing_height(strokes),
        float(np.median([np.hypot(*(s[1] - s[0])[:2]) for s in strokes]) / usual),
        float(np.median([np.hypot(*(s[-1] - s[-2])[:2]) for s in strokes]) / usual),
        *(pause.min(), pause.max()),
    ]


def told_apart(real: list[Ink], forged: list[Ink], hands: list[int]) -> float:
    """AUC of a classifier on giveaways, on hands that it was not trained on."""
    features = np.array([giveaways(ink) for ink in [*real, *forged]])
    labels = np.repeat([0, 1], [len(real), len(forged)])
    forest = RandomForestClassifier(100, min_samples_leaf=4, random_state=0)
    found = cross_val_predict(
        forest, features, labels, groups=[*hands, *hands], cv=GroupKFold(5), method="predict_proba"
    )
    return float(roc_auc_score(labels, found[:, 1]))


def warped(lines: Sequence[Line], generator: np.random.Generator) -> Ink:
    """The first line replayed at its own tempo: how fast a hand moves is no giveaway of a device."""
    return replay(lines[0], replace(drawn(Replay, generator), tempo=1.0, unevenness=0.0), generator)


def rewritten(lines: Sequence[Line], generator: np.random.Generator) -> Ink:
    """The first line as it is, by other devices."""
    return record(lines[0].ink, drawn(Device, generator), generator)


def collage(lines: Sequence[Line], generator: np.random.Generator) -> Ink:
    """Words of all lines."""
    return collage_words(lines, drawn(Pasting, generator), generator)


@pytest.mark.parametrize("forge", [warped, rewritten, collage])
def test_a_classifier_on_giveaways_alone_is_near_chance_after_the_mill_and_not_before(forge: Forge) -> None:
    real, forged, hands = [], [], []
    for hand in range(30):
        lines = lines_of(hand)
        for first in range(5):
            own = [*lines[first:], *lines[:first]]
            real.append(own[0].ink)
            forged.append(forge(own, np.random.default_rng([hand, first])))
            hands.append(hand)
    assert told_apart(real, forged, hands) > 0.95
    real, forged = ([milled(ink, side + k) for k, ink in enumerate(one)] for side, one in ((0, real), (1000, forged)))
    assert 0.35 < told_apart(real, forged, hands) < 0.65
