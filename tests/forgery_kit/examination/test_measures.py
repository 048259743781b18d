"""Exhibits: medians over lines, reasons for what is missing, report rows, odd ink."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forgery_kit.examination.measures
from datasets.ink import Ink, ink_from_strokes
from datasets.sample import Sample
from forgery_kit.examination.measures import MEASURES, measure, measure_rows, measure_vector, reference_quantiles

NAMES = [definition.name for definition in MEASURES]


def page(shear: float = 0.0, n_lines: int = 4, gap: float = 50.0, extra: int = 0) -> list[np.ndarray]:
    """Lines of four words of five bars, height 10, leaning by ``shear`` degrees; ``extra`` columns of 0.5 to 1."""
    strokes = []
    along = np.linspace(10, 0, 20)
    for number in range(n_lines):
        for bar in range(20):
            x = 8.0 * bar + 25 * (bar // 5) + np.tan(np.radians(shear)) * along
            columns = [np.linspace(0.5, 1, 20) + 0.01 * k + bar + 20 * number for k in range(extra)]
            strokes.append(np.column_stack([x, gap * number - along, *columns]))
    return strokes


def sample(strokes: list[np.ndarray], **kwargs) -> Sample:
    return Sample(ink_from_strokes(strokes, **kwargs))


def test_every_measure_is_taken_where_everything_is_recorded():
    strokes = page(10, extra=2)
    for stroke in strokes:
        stroke[:, 3] = np.linspace(0.2, 0.9, 20)
    full = sample(strokes, channels=("x", "y", "t", "pressure"), time_source="recorded", mm_per_unit=0.1)
    values = measure([full])
    assert list(values) == NAMES
    assert [name for name, value in values.items() if value.value is None] == []
    assert values["slant"].value == pytest.approx(10, abs=0.5)
    assert values["line spacing"].value == pytest.approx(5, rel=0.02)
    assert values["word spacing"].value == pytest.approx(3.3 - np.tan(np.radians(10)), rel=0.01)
    assert values["x-height in mm"].value == pytest.approx(1, rel=0.02)
    assert values["slant"].n == 4
    assert values["line spacing"].n == 3


def test_medians_and_spread_are_over_the_lines_of_all_samples():
    values = measure([sample(page(shear, n_lines=1)) for shear in (0, 10, 20, 30)])
    assert values["slant"].value == pytest.approx(15, abs=0.5)
    assert values["slant"].spread == pytest.approx(7.5, abs=0.5)
    assert values["line spacing"].value is None
    assert measure([sample(page(n_lines=1))])["slant"].spread is None


def test_what_is_missing_says_why():
    values = measure([sample(page())])
    reasons = {name: value.missing for name, value in values.items() if value.value is None}
    assert reasons == {
        "x-height in mm": "the device's scale is not known",
        "speed": "time was not recorded",
        "speed peaks": "time was not recorded",
        "speed peaks on the path": "time was not recorded",
        "pauses": "time was not recorded",
        "pressure": "pressure was not recorded",
        "pressure variation": "pressure was not recorded",
    }
    constant = sample(page(extra=1), channels=("x", "y", "t"), time_source="constant rate")
    assert measure([constant])["pauses"].missing == "the times of pen lifts were not recorded"


def test_rows_hold_both_sides_and_the_population():
    reference = {"slant": [float(v) for v in range(100)]}
    rows = measure_rows([sample(page(20))], [sample(page(-5), mm_per_unit=0.5)], reference)
    assert [row.name for row in rows] == NAMES
    by_name = {row.name: row for row in rows}
    slant = by_name["slant"]
    assert (slant.questioned, slant.known) == (pytest.approx(20, abs=0.5), pytest.approx(-5, abs=0.5))
    assert len(slant.reference) == 50
    assert slant.missing == ""
    mm = by_name["x-height in mm"]
    assert (mm.questioned, mm.known) == (None, pytest.approx(5, rel=0.02))
    assert mm.missing == "questioned: the device's scale is not known"
    assert by_name["pressure"].missing == "pressure was not recorded"
    assert all(row.definition and row.unit for row in rows)


def test_stored_quantiles_pass_through_unchanged():
    once = reference_quantiles(np.random.default_rng(0).normal(size=333).tolist())
    assert reference_quantiles(once) == pytest.approx(once, rel=1e-12)
    assert list(once) == sorted(once)
    assert reference_quantiles([]) == ()


def test_vector_is_in_the_order_of_the_measures():
    vector = measure_vector([sample(page(20))])
    assert vector.shape == (len(MEASURES),)
    assert vector[NAMES.index("slant")] == pytest.approx(20, abs=0.5)
    assert np.isnan(vector[NAMES.index("pressure")])


def test_hover_strokes_change_nothing():
    strokes = page(10)
    hover = [np.array([[0.0, 900.0], [500.0, -900.0], [0.0, 0.0]])]
    mixed = sample(strokes[:30] + hover + strokes[30:], pen_down=[True] * 30 + [False] + [True] * (len(strokes) - 30))
    np.testing.assert_array_equal(measure_vector([mixed]), measure_vector([sample(strokes)]))


ODD = {
    "one point": [np.zeros((1, 2))],
    "one level stroke": [np.array([[0.0, 0], [5, 0]])],
    "one bar": [np.array([[0.0, 0], [0, 5]])],
    "dots": [np.full((1, 2), float(i)) for i in range(9)],
    "a point repeated": [np.ones((50, 2))],
    "far coordinates": [np.array([[1e12, 1e12], [1e12 + 3, 1e12 + 9], [1e12 + 6, 1e12]])],
}


@pytest.mark.parametrize("strokes", ODD.values(), ids=ODD.keys())
@pytest.mark.filterwarnings("error")
def test_tiny_ink_is_measured_or_missing_but_never_fails(strokes):
    values = measure([sample(strokes)])
    assert all((v.value is None) == (v.missing != "") == (v.n == 0) for v in values.values())
    assert all(v.value is None or np.isfinite(v.value) for v in values.values())


def test_no_sample_and_only_hover_are_all_missing():
    assert np.isnan(measure_vector([])).all()
    assert np.isnan(measure_vector([sample(page(), pen_down=[False] * 80)])).all()


@st.composite
def inks(draw) -> Ink:
    """Small recordings with everything that devices do: NaN times and pressures, repeated points, hover."""
    lengths = draw(st.lists(st.integers(1, 12), min_size=1, max_size=6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    points = rng.integers(-30, 30, (sum(lengths), 4)).astype(float)
    points[:, 2] = rng.choice([np.nan, 0.0, 0.1, 1.0, 5.0], len(points))
    points[:, 3] = rng.choice([np.nan, 0.0, 0.5, 1.0], len(points))
    down = draw(st.lists(st.booleans(), min_size=len(lengths), max_size=len(lengths)))
    return Ink(points, np.cumsum(lengths), np.array(down), ("x", "y", "t", "pressure"), time_source="recorded")


@given(inks())
@settings(max_examples=60, deadline=None)
@pytest.mark.filterwarnings("error")
def test_any_ink_gives_finite_values_or_reasons(ink):
    for value in measure([Sample(ink)]).values():
        assert value.missing if value.value is None else np.isfinite(value.value)


def test_neither_models_nor_calibration_are_imported():
    folder = Path(forgery_kit.examination.measures.__file__).parent
    for name in ("measures.py", "line_measures.py"):
        tree = ast.parse((folder / name).read_text())
        imported = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
        imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert {name.split(".")[0] for name in imported}.isdisjoint({"lir", "keras", "gan", "tensorflow", "jax"})
