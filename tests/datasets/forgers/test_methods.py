"""Each way to forge does what its settings say."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import lognorm

from datasets.forgers.ballistic import Lognormal, MinimumJerk, PowerLaw, minimum_jerk, power_law, sigma_lognormal
from datasets.forgers.collage import Pasting, Pieces, Splice, collage_letters, collage_words, exchange, splice
from datasets.forgers.glyphs import Glyph, Setting, choose, glyphs_of, set_line
from datasets.forgers.letter_model import LetterModel, letter_of, model_of
from datasets.forgers.picture import Picture, from_picture
from datasets.forgers.plotter import Font, Plotter, plot_font, plot_path
from datasets.forgers.replay import Replay, replay
from datasets.forgers.settings import drawn
from datasets.forgers.strokes import Array, Line, curve, height_of, ink_of, shifted, timed_strokes, waves
from datasets.forgers.tracing import Tracing, trace_over
from datasets.forgers.walk import Walk, _rows_of, walk
from datasets.ink import Ink
from tests.datasets.forgers.lines import lines_of

STILL = Replay(
    width=1.0, height=1.0, slant=0.0, slope=0.0, elastic=0.0, elastic_length=5.0, wander=0.0, wander_length=5.0,
    tempo=1.0, unevenness=0.0, jitter=0.0,
)  # fmt: skip
PASTED = Pasting(size=0.0, slant=0.0, turn=0.0, baseline=0.0, spread=0.0, tempo=0.0)


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def unit_of(ink: Ink) -> float:
    return height_of(timed_strokes(ink))


def off_path(ink: Ink, original: Ink) -> Array:
    """Distance of each point from the nearest point on the original's strokes, writing heights."""
    unit = unit_of(original)
    dense = np.concatenate([curve(s[:, :2], unit, 0.0) for s in timed_strokes(original)])
    return np.array([np.hypot(*(dense - point).T).min() for point in ink.xy]) / unit


@given(
    seed=st.integers(0, 2**32),
    elastic=st.floats(0, 0.2),
    wander=st.floats(0, 0.12),
    jitter=st.floats(0, 0.01),
)
@settings(max_examples=20)
def test_a_replay_moves_no_point_farther_than_stated(seed: int, elastic: float, wander: float, jitter: float) -> None:
    line = lines_of(1)[0]
    how = replace(STILL, elastic=elastic, wander=wander, jitter=jitter)
    ink = replay(line, how, random(seed))
    moved = np.hypot(*(ink.xy - line.ink.xy).T).max() / unit_of(line.ink)
    assert moved <= elastic + wander + 3 * np.sqrt(2) * jitter + 1e-9


def test_a_replay_stretches_and_hurries_as_stated() -> None:
    line = lines_of(1)[0]
    still = replay(line, STILL, random())
    np.testing.assert_allclose(still.xy, line.ink.xy, atol=1e-6)
    wide = replay(line, replace(STILL, width=1.1, height=0.95), random())
    np.testing.assert_allclose(np.ptp(wide.xy, axis=0), np.ptp(line.ink.xy, axis=0) * [1.1, 0.95], rtol=1e-9)
    fast = replay(line, replace(STILL, tempo=1.5), random())
    assert fast.points[-1, 2] * 1.5 == pytest.approx(still.points[-1, 2])
    leaning = replay(line, replace(STILL, slant=0.1), random())
    top, bottom = line.ink.xy[:, 1].argmin(), line.ink.xy[:, 1].argmax()
    shift = leaning.xy[:, 0] - line.ink.xy[:, 0]
    assert shift[top] > 0 > shift[bottom]


@given(seed=st.integers(0, 2**32), length=st.floats(0.5, 20))
def test_waves_stay_within_one_and_are_smooth(seed: int, length: float) -> None:
    at = np.linspace(0, 50, 5001)
    found = waves(at, length, random(seed))
    assert np.abs(found).max() <= 1
    # The shortest sine is half as long, so nothing is steeper than this.
    assert np.abs(np.diff(found)).max() <= 2 * np.pi / (length / 2) * 0.01 * 1.001


def test_tracing_is_slow_near_the_path_and_trembles_at_its_rate() -> None:
    line = lines_of(1)[0]
    how = Tracing(
        speed=2.0, unevenness=0.1, curve=0.0, tremor=0.02, tremor_rate=8.0, drift=0.05, drift_time=1.5, halts=0.1,
        halt=0.3, lifts=0.0, pause=0.3, smoothing=0.02, rate=100.0,
    )  # fmt: skip
    ink = trace_over(line, how, random())
    assert len(ink.stroke_ends) == len(line.ink.stroke_ends)
    assert off_path(ink, line.ink).max() < 0.05 + 0.1 + 0.06
    assert ink.points[-1, 2] > 3 * line.ink.points[-1, 2]
    calm = trace_over(line, replace(how, tremor=0.0), random())
    assert len(calm) == len(ink)
    trembling = (ink.xy - calm.xy)[:, 0] / unit_of(line.ink)
    assert 0.01 < trembling.std() < 0.03
    # All strokes share one clock; the longest is enough to see the rate.
    longest = max(np.split(trembling, ink.stroke_ends[:-1]), key=len)
    power = np.abs(np.fft.rfft(longest)) ** 2
    at = np.fft.rfftfreq(len(longest), 1 / 100)
    assert 4 <= float((power * at).sum() / power.sum()) <= 12
    lifted = trace_over(line, replace(how, halts=0.3, lifts=0.4), random())
    assert len(lifted.stroke_ends) > len(line.ink.stroke_ends)


def one_stroke(points: list[list[float]]) -> Line:
    """A line of one stroke through these points, 10 ms apart."""
    xy = np.array(points, float)
    return Line(ink_of([np.column_stack([xy, np.arange(len(xy)) / 100])], lines_of(0)[0].ink))


SMOOTH = dict(smoothing=0.01, jitter=0.0, own_pauses=True, rate=200.0)
ALIKE = dict(tempo=1.0, isochrony=0.5, unevenness=0.0, overlap=0.6, grain=0.2, reach=2.5, follow="path", **SMOOTH)


def test_a_single_lognormal_stroke_has_the_speed_of_the_lognormal_density() -> None:
    # Up and level: one stroke shorter than the reach.
    line = one_stroke([[0, y] for y in np.linspace(0, -100, 60)])
    ink = sigma_lognormal(line, Lognormal(**ALIKE, sigma=0.25), random())
    t, y = ink.points[:, 2], ink.points[:, 1]
    took = 0.59
    expected = lognorm.cdf(t / took, 0.25, scale=0.4)
    np.testing.assert_allclose((y - y[0]) / -100, expected - expected[0], atol=0.02)


def test_a_single_stroke_of_least_jerk_has_its_polynomial() -> None:
    line = one_stroke([[0, y] for y in np.linspace(0, -100, 60)])
    for through in (False, True):
        ink = minimum_jerk(line, MinimumJerk(**{**ALIKE, "reach": 9.0}, through=through), random())
        s = np.clip(ink.points[:, 2] / 0.59, 0, 1)
        np.testing.assert_allclose((ink.points[:, 1]) / -100, s**3 * (10 - 15 * s + 6 * s**2), atol=0.03)


def test_the_power_law_slows_in_bends() -> None:
    # A flat ellipse: curved at its ends, straight along.
    angle = np.linspace(0, 2 * np.pi, 300)
    line = one_stroke(np.column_stack([300 * np.cos(angle), 100 * np.sin(angle)]).tolist())
    ink = power_law(line, PowerLaw(tempo=1.0, exponent=1 / 3, floor=0.01, inertia=0.0, **SMOOTH), random())
    xy, t = ink.xy, ink.points[:, 2]
    speed = np.hypot(*np.diff(xy, axis=0).T) / np.diff(t)
    middle = (xy[1:] + xy[:-1]) / 2
    bend, along = speed[np.abs(middle[:, 1]) < 15], speed[np.abs(middle[:, 0]) < 40]
    # Curvatures of an ellipse at its ends: a / b² and b / a²; 27 : 1 here, so the speeds are as 1 : 3.
    assert np.median(along) / np.median(bend) == pytest.approx(3, rel=0.15)


@pytest.mark.parametrize("follow", ["path", "pieces", "arcs"])
def test_ballistic_ink_keeps_near_the_path(follow: str) -> None:
    line = lines_of(1)[0]
    how = Lognormal(**{**ALIKE, "follow": follow}, sigma=0.25)
    away = off_path(sigma_lognormal(line, how, random()), line.ink)
    assert np.quantile(away, 0.9) < (0.05 if follow == "path" else 0.3)


STEADY = Plotter(
    speed=8.0, acceleration=300.0, ramps=True, tolerance=0.0, steps=0.0, smoothing=0.01, ripple=0.0, jitter=0.0,
    lift=0.2, air=2.0, rate=200.0,
)  # fmt: skip


def test_a_plotter_obeys_its_limits() -> None:
    line = lines_of(1)[0]
    unit = unit_of(line.ink)
    constant = plot_path(line, replace(STEADY, ramps=False), random())
    for ink in (plot_path(line, STEADY, random()), constant):
        speed = np.concatenate([np.hypot(*np.diff(s[:, :2], axis=0).T) / np.diff(s[:, 2]) for s in ink.strokes()])
        assert speed.max() / unit <= 8.0 * 1.01
        assert off_path(ink, line.ink).max() < 0.1
    usual = np.concatenate([np.hypot(*np.diff(s[1:-1, :2], axis=0).T) * 200 for s in constant.strokes()]) / unit
    assert np.quantile(usual, 0.1) > 7.0
    stepped = plot_path(line, replace(STEADY, steps=0.02), random())
    whole = stepped.xy / (0.02 * unit)
    assert np.abs(whole - np.rint(whole)).max() < 1e-6


def test_a_straightened_path_stays_within_its_tolerance() -> None:
    line = lines_of(1)[0]
    rough = plot_path(line, replace(STEADY, tolerance=0.05), random())
    assert 0.02 < off_path(rough, line.ink).max() < 0.12


def test_a_font_repeats_its_letters_and_leaves_out_what_it_lacks() -> None:
    font = Font(
        size=1.0, width=1.0, slant=0.0, letter_space=0.2, word_space=0.8, form=0.05, variation=0.0, baseline=0.0,
        rounded=True,
    )  # fmt: skip
    line = lines_of(1)[0]
    ink = plot_font(line, "ll§l", font, STEADY, random())
    assert len(ink.stroke_ends) == 3
    first, second, third = (s - [*s[:, :2].min(axis=0), s[0, 2]] for s in ink.strokes())
    np.testing.assert_allclose(first, second, atol=1e-6)
    np.testing.assert_allclose(second, third, atol=1e-6)
    with pytest.raises(ValueError, match="none of the text's letters"):
        plot_font(line, "§§", font, STEADY, random())


def shapes(ink: Ink) -> list[Array]:
    """Strokes with the left upper corner at the origin, in writing heights."""
    return [s[:, :2] - s[:, :2].min(axis=0) for s in ink.strokes()]


def found_in(shape: Array, others: list[Array], within: float) -> bool:
    return any(len(o) == len(shape) and np.abs(o - shape).max() <= within for o in others)


def test_a_collage_of_words_is_made_of_the_writers_own_strokes() -> None:
    lines = lines_of(2)
    ink = collage_words(lines, PASTED, random())
    own = [shape for line in lines for shape in shapes(line.ink)]
    # Lines are levelled before they are cut, so strokes can be turned by a little.
    assert all(found_in(shape, own, 0.25 * unit_of(ink)) for shape in shapes(ink))
    assert ink != lines[0].ink


def test_exchanged_strokes_are_the_writers_own_and_some_are_exchanged() -> None:
    lines = lines_of(2)
    ink = exchange(lines, Pieces(share=1.0, longest=2, choices=1, unlike=0.5), PASTED, random())
    own = [shape for line in lines for shape in shapes(line.ink)]
    assert all(found_in(shape, own, 0.25 * unit_of(ink)) for shape in shapes(ink))
    first = shapes(lines[0].ink)
    assert not all(found_in(shape, first, 0.05 * unit_of(ink)) for shape in shapes(ink))


@given(seed=st.integers(0, 2**32))
@settings(max_examples=12)
def test_a_splice_has_no_gap_inside_a_stroke(seed: int) -> None:
    lines = lines_of(2)[:3]
    ink = splice(lines, Splice(cuts=3, choices=5, blend=0.5, gap=0.3), random(seed))
    unit = unit_of(lines[0].ink)
    farthest = max(np.hypot(*np.diff(s[:, :2], axis=0).T).max() for line in lines for s in line.ink.strokes())
    steps = np.concatenate([np.hypot(*np.diff(s[:, :2], axis=0).T) for s in ink.strokes() if len(s) > 1])
    assert steps.max() <= 1.5 * farthest + 0.1 * unit
    assert ink != lines[0].ink


def letter(x: float, entered: bool = False, left: bool = False) -> Glyph:
    """A slanting bar, ``x`` wide and one high."""
    t = np.linspace(0, 0.2, 11)
    return Glyph((np.column_stack([x * t / 0.2, -1 + t / 0.2, t]),), entered, left, 0.2)


ASIDE = Setting(
    size=0.0, slant=0.0, turn=0.0, baseline=0.0, spread=0.0, word_space=1.0, join="apart", tempo=1.0, pause=0.1
)


def test_letters_are_set_with_their_gaps_and_joined_where_they_were_cut_from_ink() -> None:
    row = [letter(0.5, left=True), letter(0.7, entered=True), None, letter(0.5)]
    apart = set_line("ab c", row, 10.0, ASIDE, random())
    assert [round(float(s[:, 0].min()), 6) for s in apart] == [0.0, 7.0, 24.0]
    for way in ("bridge", "meet"):
        joined = set_line("ab c", row, 10.0, replace(ASIDE, join=way), random())
        assert len(joined) == 2
        assert (np.diff(np.concatenate(joined)[:, 2]) > 0).all()
    met = set_line("ab c", row, 10.0, replace(ASIDE, join="meet"), random())
    assert np.hypot(*np.diff(met[0][:, :2], axis=0).T).max() < 3.0


def test_the_same_copy_is_taken_throughout_where_asked() -> None:
    pool = {"a": [letter(0.1 * k) for k in range(1, 6)], "B": [letter(1.0)]}
    same = choose("aa ab", pool, True, random())
    assert same[0] is same[1] is same[3]
    assert same[2] is None
    assert same[4] is pool["B"][0]
    other = choose("aaaa", pool, False, random())
    assert all(a is not b for a, b in pairwise(other))


def test_a_letter_is_cut_where_it_is_and_gets_its_late_dot_back() -> None:
    t = np.linspace(0, 0.3, 31)
    bar = np.column_stack([0 * t, -100 + t / 0.3 * 100, t])
    dot = np.column_stack([np.full(3, 1.0), np.full(3, -130.0), 1.0 + np.arange(3) / 100])
    ink = ink_of([bar, shifted(bar, x=100, t=0.4), shifted(bar, x=200, t=0.8), shifted(dot, t=0.4)], lines_of(0)[0].ink)
    # The reader gave the dot, written last, to the last letter, and the borders are a few points off.
    glyphs = glyphs_of([Line(ink, (("i", 0, 33), ("l", 33, 60), ("l", 60, len(ink))))])
    assert [len(glyph.strokes) for glyph in glyphs["i"]] == [2]
    assert [len(glyph.strokes) for glyph in glyphs["l"]] == [1, 1]
    assert [len(s) for glyph in [*glyphs["i"], *glyphs["l"]] for s in glyph.strokes] == [31, 3, 31, 31]
    assert not any(glyph.entered or glyph.left for found in glyphs.values() for glyph in found)


def test_a_text_of_letters_that_the_writer_did_not_leave_is_refused() -> None:
    with pytest.raises(ValueError, match="none of the text's letters"):
        collage_letters(lines_of(0), "§ §", False, ASIDE, random())


def test_the_letter_model_has_the_mean_and_the_spread_of_its_letters() -> None:
    widths = np.array([0.4, 0.5, 0.6, 0.7, 0.8])
    model = model_of([letter(w) for w in widths], 12)
    how = LetterModel(points=12, variation=1.0, bend=0.0)
    mean = letter_of(model, replace(how, variation=0.0), random())
    assert mean.width == pytest.approx(0.6, abs=1e-6)
    assert mean.strokes[0][-1, 2] == pytest.approx(0.2, rel=0.02)
    many = [letter_of(model, how, random(seed)).width for seed in range(400)]
    assert np.mean(many) == pytest.approx(0.6, abs=0.03)
    # A width cannot be negative, but far from zero it has the deviation of those it was learnt from.
    assert np.std(many) == pytest.approx(widths.std(ddof=1), rel=0.15)


def test_settings_of_one_kind_are_drawn_alike_from_one_seed() -> None:
    assert drawn(Replay, random(3)) == drawn(Replay, random(3)) != drawn(Replay, random(4))


def test_a_picture_keeps_the_path_and_loses_its_order_and_direction() -> None:
    line = lines_of(1)[0]
    how = Picture(grain=0.3, reach=2.0, cut=0.5, turned=0.5, untidy=0.05, smoothing=0.03, lift=0.1)
    ink = from_picture(line, how, random(2))
    assert np.quantile(off_path(ink, line.ink), 0.99) < 0.15
    made, own = (timed_strokes(one) for one in (ink, line.ink))
    assert len(made) > 1.5 * len(own)
    lefts = np.array([stroke[:, 0].min() for stroke in made]) / unit_of(line.ink)
    assert (np.diff(lefts) > -0.5).mean() > 0.95
    # Some strokes begin where the writer's own end, some do not.
    begins = np.array([stroke[0, :2] for stroke in made])
    nearest = [np.hypot(*(begins - stroke[-1, :2]).T).min() / unit_of(line.ink) < 0.1 for stroke in own]
    assert 0 < sum(nearest) < len(nearest)


def test_a_walk_is_made_of_the_writers_own_movement_and_follows_no_line() -> None:
    lines = lines_of(2)
    how = Walk(rate=80.0, memory=6, choices=3, run=8.0)
    ink = walk(lines, how, random(3))
    unit = unit_of(lines[0].ink)

    def moves(of: Ink, scale: float) -> Array:
        inside = [np.diff(stroke[:, :2], axis=0) / scale for stroke in timed_strokes(of)]
        return np.concatenate(inside)

    own = np.concatenate([_rows_of(line, how.rate)[0] for line in lines])
    walked = moves(ink, unit)
    nearest = np.array([np.abs(own - move).max(axis=1).min() for move in walked])
    assert nearest.max() < 1e-9
    path = [float(np.hypot(*moves(one, unit).T).sum()) for one in (ink, lines[0].ink)]
    assert 0.8 < path[0] / path[1] < 1.2
    # Followed for so many points on average: where one move was written after another, it mostly comes after it here.
    rows = np.array([np.abs(own - move).max(axis=1).argmin() for move in walked])
    assert 0.6 < (np.diff(rows) == 1).mean() < 0.98
