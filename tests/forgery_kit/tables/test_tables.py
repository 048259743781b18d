"""Tables of pairs and cases as spreadsheets leave them: separators, empty rows and columns, formulas."""

from __future__ import annotations

from pathlib import Path

import pytest

from datasets.errors import UnreadableFileError
from forgery_kit.tables.csv_table import cell_paths, read_table, write_table

PAIR = {"questioned": "a.csv", "known": "b.csv"}


def read(folder: Path, data: str | bytes, needed: tuple[str, ...] = ("questioned", "known")):
    path = folder / "table.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return read_table(path, needed)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("first", ["", "sep={}\r\n", '"sep={}"\n', "SEP={}\n", "\r\n"])
def test_commas_semicolons_and_tabs_separate_cells(tmp_path: Path, mark: str, first: str) -> None:
    text = first.format(mark) + f"questioned{mark}known\r\na.csv{mark}b.csv\r\n"
    assert list(read(tmp_path, text).rows) == [PAIR]


@pytest.mark.parametrize("text", ["sep=;\nquestioned,known\na.csv,b.csv\n", "sep=|\nquestioned|known\na.csv|b.csv\n"])
def test_the_stated_separator_goes_first_and_the_header_decides(tmp_path: Path, text: str) -> None:
    assert list(read(tmp_path, text).rows) == [PAIR]


def test_several_files_in_a_cell_stay_together_in_every_separator(tmp_path: Path) -> None:
    for text in ("questioned,known\na;c,b\n", 'questioned;known\n"a;c";b\n', "questioned\tknown\na;c\tb\n"):
        (row,) = read(tmp_path, text).rows
        assert cell_paths(row, "questioned", tmp_path) == (tmp_path / "a", tmp_path / "c")


@pytest.mark.parametrize("empty", [",,,\r\n", " , ,\t, \n", "\n", ",,,,,,,\n"])
def test_rows_without_text_are_passed_over(tmp_path: Path, empty: str) -> None:
    table = read(tmp_path, f"{empty}case,questioned,known,notes\n{empty}A 1,a,b,x\n{empty}{empty}", ("case", "known"))
    assert list(table.rows) == [{"case": "A 1", "questioned": "a", "known": "b", "notes": "x"}]


def test_columns_with_neither_name_nor_text_are_passed_over_and_others_are_not(tmp_path: Path) -> None:
    assert list(read(tmp_path, "questioned,,known,,\na.csv,,b.csv,,\na.csv,,b.csv,,,,\n").rows) == [PAIR, PAIR]
    with pytest.raises(UnreadableFileError, match="line 3 has 3 cells, the header has 2"):
        read(tmp_path, "questioned,known\na,b,\nc,d,e\n")
    assert read(tmp_path, ",questioned,known\n0,a.csv,b.csv\n").columns == ("", "questioned", "known")


def test_lines_are_counted_from_the_first_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="line 5 has 1 cells"):
        read(tmp_path, "sep=;\nquestioned;known\na;b\n;\nc\n")


def test_a_table_without_the_columns_says_which_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="'known' is missing"):
        read(tmp_path, "questioned;other\na;b\n")
    with pytest.raises(UnreadableFileError, match="empty"):
        read(tmp_path, "sep=;\n")


def test_unicode_text_of_a_spreadsheet_is_read_and_windows_1252_is_told(tmp_path: Path) -> None:
    text = "questioned\tknown\r\nMüller.csv\tb.csv\r\n"
    assert read(tmp_path, b"\xff\xfe" + text.encode("utf-16-le")).rows[0]["questioned"] == "Müller.csv"
    with pytest.raises(UnreadableFileError, match="not UTF-8 text"):
        read(tmp_path, text.encode("cp1252"))


@pytest.mark.parametrize("text", ["=1+1", "+cmd|x", "-2+3", "@SUM(A1)", "\n=1", "＝1", "－1"])
def test_neither_cells_nor_names_of_columns_are_formulas(tmp_path: Path, text: str) -> None:
    path = tmp_path / "out.csv"
    write_table(path, ("case", text), [{"case": text, text: "-1.25"}])
    table = read_table(path, ("case",))
    shown = table.rows[0]["case"]
    assert shown.startswith("'")
    assert table.columns == ("case", shown)
    assert table.rows[0][shown] == "-1.25"
