"""No cell of any table that we write is a formula to a spreadsheet, however that parts cells."""

from __future__ import annotations

import ast
import csv
import io
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from datasets.ink import Ink
from datasets.writers.csv_table import write_csv
from forgery_kit.tables.csv_table import read_table, write_table
from tests.datasets.ink_strategies import inks

ROOT = Path(__file__).parents[3]
STARTS = tuple("=+-@＝＋－＠")
cells = st.text(st.sampled_from("=+-@＝;,\t\r\n \"'a1") | st.characters(codec="utf-8"), max_size=12)


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def runs(cell: str) -> bool:
    """Whether a spreadsheet may run a cell: by the signs of OWASP's list, white space and quotes before dropped."""
    bare, before = cell, ""
    while bare != before:
        bare, before = bare.lstrip().lstrip('"'), bare
    # Parted otherwise, a line may begin with a number and go on with its comma.
    return bare.startswith(STARTS) and not is_number(bare.split(",")[0])


def cells_of(data: str, mark: str) -> list[str]:
    """The cells of a table as a program sees them that parts them by ``mark``."""
    return [cell for row in csv.reader(io.StringIO(data, newline=""), delimiter=mark) for cell in row]


@example(["=1+1", "x;=1+1"])
@example(["a;=HYPERLINK(1)", 'b;"=1'])
@example(["a.inkml; +cmd|' /C calc'!A0", "x\n@SUM(1)"])
@given(st.lists(cells, min_size=2, max_size=2))
def test_no_cell_runs_however_a_program_parts_them(tmp_path_factory: pytest.TempPathFactory, row: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "formulas.csv"
    write_table(path, ("first", "second"), [dict(zip(("first", "second"), row, strict=True))])
    data = path.read_bytes().decode()
    for mark in ",;\t":
        assert not [cell for cell in cells_of(data, mark) if runs(cell)]


@pytest.mark.parametrize("mark", ["\n", ";", " ", '"', ";\n", "=", "a\n"])
def test_a_cell_of_many_marks_takes_no_longer_than_others(tmp_path: Path, mark: str) -> None:
    # Tried again from each of them, this would take days.
    write_table(tmp_path / "t.csv", ("a", "b"), [{"a": mark * 1_000_000, "b": "x"}])
    assert (tmp_path / "t.csv").stat().st_size > 1_000_000


@pytest.mark.parametrize("number", ["-1.25", "+3", "1e-9", "-inf", "nan"])
def test_numbers_stay_numbers(tmp_path: Path, number: str) -> None:
    write_table(tmp_path / "t.csv", ("a", "b"), [{"a": number, "b": f"x;{number}"}])
    assert list(read_table(tmp_path / "t.csv", ("a",)).rows) == [{"a": number, "b": f"x;{number}"}]


@pytest.mark.parametrize("text", ["'=1", "a=b", "q.inkml;k-2.inkml", "2 - 1", 'a "= b', "https://x/?a=b"])
def test_other_text_stays_as_it_is(tmp_path: Path, text: str) -> None:
    write_table(tmp_path / "t.csv", ("a", "b"), [{"a": text, "b": "x"}])
    assert read_table(tmp_path / "t.csv", ("a",)).rows[0]["a"] == text


@given(inks())
def test_ink_as_a_table_holds_numbers_and_names_of_ours_only(ink: Ink) -> None:
    for cell in cells_of(write_csv(ink, "generated"), ","):
        assert not runs(cell)


def test_tables_are_written_in_two_places_only() -> None:
    # Ink by numbers alone (above); logs of training, by numbers and words of ours.
    writing = {"forgery_kit/tables/csv_table.py", "gan/training/loop.py"}
    layers = ("datasets", "gan", "reports", "forgery_kit", "web")
    found = set()
    for path in (path for layer in layers for path in (ROOT / layer).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Attribute):
                continue
            of_csv = isinstance(node.value, ast.Name) and node.value.id == "csv" and "riter" in node.attr
            if of_csv or node.attr == "to_csv":
                found.add(path.relative_to(ROOT).as_posix())
    assert found == writing
