"""Measures of a line on hand-made geometry with known answers."""

from __future__ import annotations

import numpy as np
import pytest

from datasets.ink import ink_from_strokes
from forgery_kit.examination.line_measures import count_loops, measure_line, prepare, speed_series


def measured(strokes, **kwargs) -> dict[str, float]:
    ink = ink_from_strokes(strokes, **kwargs)
    return measure_line(prepare(ink, np.flatnonzero(ink.pen_down)))


def bars(shear: float = 0.0, count: int = 12, rise: float = 0.0) -> list[np.ndarray]:
    """Bars of height 10, 8 apart, drawn downwards, leaning right by ``shear`` degrees, on a line that rises."""
    along = np.linspace(10, 0, 30)
    lean = np.tan(np.radians(shear))
    return [np.column_stack([8 * i + lean * along, -along - rise * 8 * i]) for i in range(count)]


def wave(waves: int = 12, points: int = 2000) -> np.ndarray:
    """Sine of height 10 and wavelength 12, from a foot to a foot."""
    phase = np.linspace(0, 2 * np.pi * waves, points)
    return np.column_stack([12 * phase / (2 * np.pi), 5 * np.cos(phase)])


def circle(x: float, turns: float = 1.1, radius: float = 5.0) -> np.ndarray:
    phase = np.linspace(0, 2 * np.pi * turns, 80)
    return np.column_stack([x + radius * np.sin(phase), radius * np.cos(phase)])


@pytest.mark.parametrize("shear", [-20.0, 0.0, 20.0, 40.0])
def test_slant_of_sheared_bars(shear):
    assert measured(bars(shear))["slant"] == pytest.approx(shear, abs=0.5)


def test_slant_is_taken_from_the_baseline_when_the_page_is_turned():
    angle = np.radians(12)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    values = measured([stroke @ turn for stroke in bars(20)])
    assert values["slant"] == pytest.approx(20, abs=1)
    assert values["baseline slope"] == pytest.approx(-12, abs=0.5)


def test_baseline_slope_of_a_rising_row_is_positive():
    assert measured(bars(rise=0.1))["baseline slope"] == pytest.approx(np.degrees(np.arctan(0.1)), abs=0.1)


def test_baseline_wander_of_feet_up_and_down():
    strokes = [np.add(stroke, (0, 1 if i % 2 else -1)) for i, stroke in enumerate(bars(count=40))]
    assert measured(strokes)["baseline wander"] == pytest.approx(1 / 10, rel=0.2)
    assert measured(bars())["baseline wander"] == pytest.approx(0, abs=1e-9)


def test_pen_lifts_per_ten_heights():
    assert measured(bars(count=12))["pen lifts"] == pytest.approx(10 * 11 / 12, rel=0.01)
    assert measured([wave()])["pen lifts"] == 0


def test_x_height_equals_the_writing_height_of_equal_letters():
    values = measured([wave()], mm_per_unit=0.2)
    assert values["x-height"] == pytest.approx(1, rel=0.01)
    assert values["x-height in mm"] == pytest.approx(2, rel=0.01)
    assert values["x-height variation"] == pytest.approx(0, abs=0.01)


def test_x_height_variation_of_letters_of_two_heights():
    strokes = [stroke * [1, 1.0 if i % 2 else 0.8] for i, stroke in enumerate(bars(count=40))]
    assert measured(strokes)["x-height variation"] == pytest.approx(2 / 1.349 / 9, rel=0.05)


def test_letter_width_is_the_wavelength_over_the_height():
    assert measured([wave()])["letter width to height"] == pytest.approx(1.2, rel=0.02)


def test_word_spacing_in_x_heights():
    words = [np.add(stroke, (200 * k, 0)) for k in range(3) for stroke in bars(count=6)]
    for i, stroke in enumerate(words):
        stroke[:, 0] -= 140 * (i // 6)  # bars end 40 after a word's start: a gap of 20
    assert measured(words)["word spacing"] == pytest.approx(2, rel=0.01)
    assert np.isnan(measured(bars())["word spacing"])


def test_curvature_of_a_circle_is_one_over_its_radius():
    values = measured([circle(x) for x in range(0, 120, 15)])
    assert values["curvature"] == pytest.approx(2, rel=0.02)  # radius 5 is half a writing height


def test_curvature_of_a_sine_wave():
    steepest = 5 * 2 * np.pi / 12  # each wave turns four times from level to its steepest slope
    x = np.linspace(0, 12, 100001)
    length = np.trapezoid(np.hypot(1, steepest * np.sin(2 * np.pi * x / 12)), x)
    true = 4 * np.arctan(steepest) / (length / 10)
    assert measured([wave()])["curvature"] == pytest.approx(true, rel=0.03)


def test_circles_are_loops_and_arches_are_not():
    circles = [circle(x) for x in range(0, 120, 15)]
    assert measured(circles)["loops"] == pytest.approx(10 / (np.pi * 1.1), rel=0.02)
    assert measured([wave()])["loops"] == 0
    assert measured([circle(x, turns=0.9) for x in range(0, 120, 15)])["loops"] == 0


@pytest.mark.parametrize("loops", [1, 4, 9])
def test_loops_of_a_coil_are_counted_once_each(loops):
    phase = np.linspace(0, 2 * np.pi * loops, 4000)
    coil = np.column_stack([0.08 * phase + 0.5 * np.sin(phase), 0.5 * np.cos(phase)])
    steps = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(coil, axis=0).T))])
    at = np.arange(0, steps[-1], 0.1)
    assert count_loops(np.column_stack([np.interp(at, steps, c) for c in coil.T])) == loops


def timed(stroke: np.ndarray, seconds: float, start: float = 0.0) -> np.ndarray:
    return np.column_stack([stroke, start + np.linspace(0, seconds, len(stroke))])


TIMED = {"channels": ("x", "y", "t"), "time_source": "recorded"}


def test_speed_of_an_even_pen():
    strokes = [timed(stroke, 0.5, i * 0.6) for i, stroke in enumerate(bars())]
    values = measured(strokes, **TIMED)
    assert values["speed"] == pytest.approx(2, rel=0.01)  # 1 x-height in half a second
    assert values["speed peaks"] == pytest.approx(1 / 0.5, rel=0.05)  # one per bar: up from rest and down to rest
    assert values["speed peaks on the path"] == pytest.approx(10, rel=0.01)
    assert values["pauses"] == 0


def test_speed_peaks_of_a_pulsing_pen():
    t = np.linspace(0, 4, 2001)
    x = 30 * t - 30 / (2 * np.pi * 5) * np.sin(2 * np.pi * 5 * t)  # five pulses a second
    stroke = np.column_stack([x, 5 * np.cos(2 * np.pi * x / 12) * 0.999, t])
    assert measured([stroke], **TIMED)["speed peaks"] == pytest.approx(5, rel=0.15)


def test_pauses_in_the_air_and_on_the_paper():
    strokes, start = [], 0.0
    for stroke in bars(count=10):
        strokes.append(timed(stroke, 0.5, start))
        start += 1.0  # half a second in the air after each
    assert measured(strokes, **TIMED)["pauses"] == pytest.approx(100 * 9 * 0.5 / 9.5, rel=0.05)
    waiting = np.concatenate([strokes[0], np.add(strokes[0][-1:], (0, 0, 0.5))])
    assert measured([waiting], **TIMED)["pauses"] == pytest.approx(50, abs=5)


def test_pauses_need_recorded_times_of_lifts():
    strokes = [timed(stroke, 0.5, i) for i, stroke in enumerate(bars())]
    assert np.isnan(measured(strokes, channels=("x", "y", "t"), time_source="constant rate")["pauses"])


def test_times_that_step_back_or_are_unknown_are_left_out():
    position = np.column_stack([np.zeros(101), np.linspace(0, 10, 101)])
    t = np.linspace(0, 1, 101)
    even = speed_series(t, position)
    t[[20, 50, 70]] = [0.05, np.nan, 0.2]
    np.testing.assert_allclose(speed_series(t, position), even, rtol=1e-6)


def test_pressure_mean_and_variation_along_the_ink():
    strokes = [
        np.column_stack([stroke, np.full(len(stroke), 0.4 if i % 2 else 0.6)]) for i, stroke in enumerate(bars())
    ]
    strokes[0][5, 2] = np.nan
    values = measured(strokes, channels=("x", "y", "pressure"))
    assert values["pressure"] == pytest.approx(0.5, rel=0.01)
    assert values["pressure variation"] == pytest.approx(0.2, rel=0.02)


@pytest.mark.parametrize("points", [300, 1000, 20000])
def test_sampling_rate_does_not_show(points):
    reference = measured([timed(wave(), 8)], **TIMED)
    other = measured([timed(wave(points=points), 8)], **TIMED)
    for name in ("slant", "x-height", "letter width to height", "curvature", "loops", "pen lifts", "baseline slope"):
        assert other[name] == pytest.approx(reference[name], rel=0.06, abs=0.5), name
    assert other["speed"] == pytest.approx(reference["speed"], rel=0.03)


@pytest.mark.parametrize("scale", [0.02, 50.0])
def test_scale_does_not_show(scale):
    strokes = [*bars(15), np.add(wave(), (110, -5))]
    reference, other = measured(strokes), measured([stroke * scale + 1e4 for stroke in strokes])
    assert {k: v for k, v in other.items() if v == v} == pytest.approx(
        {k: v for k, v in reference.items() if v == v}, rel=1e-3, abs=1e-3
    )


def test_coarse_quantisation_does_not_show():
    strokes = [*bars(15), np.add(wave(), (110, -5))]
    reference, other = measured(strokes), measured([np.round(stroke * 3) / 3 for stroke in strokes])
    coarse = measured([np.round(stroke * 1.07) for stroke in bars(15)])
    assert coarse["slant"] == pytest.approx(15, abs=3)
    for name in ("x-height", "letter width to height", "pen lifts", "loops"):
        assert other[name] == pytest.approx(reference[name], rel=0.08, abs=0.05), name
