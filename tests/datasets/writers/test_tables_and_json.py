"""CSV and JSON: what is written reads back as the same ink, and a program can read it without us."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings

from datasets.ink import Ink, ink_from_strokes
from datasets.readers import detect
from datasets.readers.json_ink import document as json_ink
from datasets.readers.tables import csv_table
from datasets.writers.csv_table import write_csv
from datasets.writers.json_ink import write_json
from tests.datasets.ink_strategies import inks


@pytest.fixture
def hovering() -> Ink:
    """Two strokes and hover between them, one value missing."""
    strokes = [[[0, 0, 0, 0.5], [1.5, 2, 0.01, np.nan]], [[3, 3, 0.02, 0.0]], [[4, 4, 0.03, 0.25], [5, 6, 0.04, 1]]]
    return ink_from_strokes(
        [np.array(s, dtype=float) for s in strokes],
        ("x", "y", "t", "pressure"),
        [True, False, True],
        mm_per_unit=0.1,
        time_source="constant rate",
    )


def plain(ink: Ink) -> bool:
    """Whether nothing in it looks like a pen out of reach, or like strokes each counted from its own beginning."""
    beginnings = {tuple(stroke[0, :2]) for stroke in ink.strokes(hover=True)}
    corner = (ink.xy == 0).all(axis=1) | (ink.xy == -1).all(axis=1)
    return not corner.any() and len(beginnings) == len(ink.stroke_ends)


@settings(deadline=None)
@given(inks().filter(plain))
def test_csv_reads_back_as_the_same_ink(ink):
    data = write_csv(ink).encode()
    assert detect(data) == "csv"
    (sample,) = csv_table.read(data, "f.csv")
    assert sample.ink == ink


@settings(deadline=None)
@given(inks().filter(plain))
def test_json_reads_back_as_the_same_ink(ink):
    data = write_json(ink).encode()
    assert detect(data) == "json"
    (sample,) = json_ink.read(data, "f.json")
    assert sample.ink == ink


def test_generated_ink_is_known_again_as_generated(hovering):
    (from_csv,) = csv_table.read(write_csv(hovering, origin="generated").encode(), "f")
    (from_json,) = json_ink.read(write_json(hovering, text="né", origin="generated").encode(), "f")
    assert from_csv.origin == from_json.origin == "generated"
    assert from_json.text == "né"


def test_csv_holds_what_its_header_says(hovering):
    lines = [line for line in write_csv(hovering).splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(io.StringIO("\n".join(lines))))
    assert rows[1] == {"x": "1.5", "y": "2", "t": "0.01", "pressure": "", "stroke": "0", "pen_down": "1"}
    assert [row["stroke"] for row in rows] == ["0", "0", "1", "2", "2"]
    assert [row["pen_down"] for row in rows] == ["1", "1", "0", "1", "1"]


def test_json_is_strict_json_with_null_for_missing_values(hovering):
    document = json.loads(write_json(hovering), parse_constant=pytest.fail)
    assert document["strokes"][0] == {"pen_down": True, "points": [[0, 0, 0, 0.5], [1.5, 2, 0.01, None]]}
    assert document["schema_version"] == 1
