"""All forgers alike: ink that a pen could have left, repeatable by seed, with settings from the stated ranges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from datasets.devices import Device, record
from datasets.forgers import FORGERS, Forger
from datasets.forgers.ballistic import Lognormal, MinimumJerk, PowerLaw
from datasets.forgers.collage import Pasting, Pieces, Splice
from datasets.forgers.glyphs import Setting
from datasets.forgers.letter_model import LetterModel
from datasets.forgers.picture import Picture
from datasets.forgers.plotter import Font, Plotter
from datasets.forgers.replay import Replay
from datasets.forgers.settings import drawn
from datasets.forgers.strokes import Line, height_of, timed_strokes
from datasets.forgers.tempo import Tempo
from datasets.forgers.tracing import Tracing
from datasets.forgers.walk import Walk
from datasets.ink import Ink
from tests.datasets.forgers.lines import lines_of
from tests.datasets.ink_strategies import inks

KINDS = (
    Device, Font, LetterModel, Lognormal, MinimumJerk, Pasting, Picture, Pieces, Plotter, PowerLaw, Replay, Setting,
    Splice, Tempo, Tracing, Walk,
)  # fmt: skip
TEXT = "some men jog over the bridge"
forgers = pytest.mark.parametrize("forger", FORGERS, ids=lambda forger: forger.name)


def forged(forger: Forger, lines: Sequence[Line], seed: int, text: str = TEXT) -> Ink:
    return forger.forge(lines[: forger.lines], text, np.random.default_rng(seed))


def check(ink: Ink) -> None:
    """What any ink of a forger must be."""
    assert ink.channels == ("x", "y", "t")
    assert ink.pen_down.all()
    assert np.isfinite(ink.points).all()
    assert ink.points[0, 2] == 0
    assert (np.diff(ink.points[:, 2]) > 0).all()


@forgers
@given(seed=st.integers(0, 2**32), hand=st.integers(0, 3))
@settings(max_examples=12)
def test_forged_ink_is_whole_and_its_time_rises(forger: Forger, seed: int, hand: int) -> None:
    lines = lines_of(hand)
    try:
        ink = forged(forger, lines, seed)
    except ValueError:
        # Lines may have no two pieces that are alike enough; that is rare.
        reject()
    check(ink)
    assert ink.mm_per_unit == lines[0].ink.mm_per_unit
    # It is writing of about the same size.
    ours, theirs = (height_of(timed_strokes(one)) for one in (lines[0].ink, ink))
    assert 1 / 3 < theirs / ours < 3
    if forger.copies and forger.name != "tracing":
        assert len(ink.stroke_ends) == len(lines[0].ink.stroke_ends)


@forgers
def test_the_same_seed_forges_the_same_ink_and_another_one_other_ink(forger: Forger) -> None:
    np.random.seed(1)  # noqa: NPY002 - the global state is what must not matter
    first = forged(forger, lines_of(0), 5)
    np.random.seed(2)  # noqa: NPY002
    assert forged(forger, lines_of(0), 5) == first
    assert forged(forger, lines_of(0), 6) != first


@forgers
@given(first=inks(), second=inks(), seed=st.integers(0, 2**32))
@settings(max_examples=25, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
def test_any_ink_is_forged_or_refused(forger: Forger, first: Ink, second: Ink, seed: int) -> None:
    lines = [Line(ink, (("a", 0, len(ink) // 2), ("b", len(ink) // 2, len(ink)))) for ink in (first, second)]
    if not (first.pen_down.all() and second.pen_down.all()):
        lines = [Line(line.ink) for line in lines]
    try:
        ink = forged(forger, lines, seed, "ab ba")
    except ValueError:
        return
    check(ink)


@forgers
def test_ink_without_time_is_refused(forger: Forger) -> None:
    with_time = lines_of(0)
    lines = [
        Line(replace(line.ink, points=line.ink.points[:, :2], channels=("x", "y"), time_source=None), line.letters)
        for line in with_time
    ]
    with pytest.raises(ValueError, match="with a time"):
        forged(forger, lines, 1)


def test_names_differ_and_every_family_is_there() -> None:
    assert len({forger.name for forger in FORGERS}) == len(FORGERS)
    assert {forger.family for forger in FORGERS} == {
        "replay", "tracing", "tempo", "ballistic", "plotter", "collage", "letter model", "picture",
        "walk",
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_settings_are_drawn_from_the_stated_ranges_and_all_of_them_vary(kind: type) -> None:
    generator = np.random.default_rng(0)
    many = [asdict(drawn(kind, generator)) for _ in range(300)]
    for each in fields(kind):
        found = [one[each.name] for one in many]
        assert len(set(found)) > 1
        if "choices" in each.metadata:
            assert set(found) == set(each.metadata["choices"])
            continue
        low, high = each.metadata["low"], each.metadata["high"]
        inside = [value for value in found if not ("share" in each.metadata and value == 0)]
        assert low <= min(inside) < low + (high - low) / 4
        assert high - (high - low) / 4 < max(inside) <= high
        if "share" in each.metadata:
            assert abs(len(inside) / len(many) - each.metadata["share"]) < 0.15


@given(seed=st.integers(0, 2**32), hand=st.integers(0, 3))
@settings(max_examples=12)
def test_a_device_keeps_strokes_and_moves_no_point_far(seed: int, hand: int) -> None:
    ink = lines_of(hand)[0].ink
    generator = np.random.default_rng(seed)
    device = drawn(Device, generator)
    seen = record(ink, device, generator)
    assert len(seen.stroke_ends) == len(ink.stroke_ends)
    assert (np.diff(seen.points[:, 2]) >= 0).all()
    unit = height_of(timed_strokes(ink))
    for ours, theirs in zip(ink.strokes(), seen.strokes(), strict=True):
        away = np.hypot(*(ours[:, None, :2] - theirs[None, :, :2]).transpose(2, 0, 1)).min(axis=0)
        assert away.max() < 0.5 * unit
