"""Tables of comparisons: what is done stays done, a bad row spoils no other, and nothing is left half-written."""

from __future__ import annotations

import csv
import errno
import json
import os
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.errors import ArgumentsError, MissingResourceError, OutOfScopeError, UnreadableFileError
from forgery_kit.examination import comparison
from forgery_kit.likelihood import reference
from forgery_kit.tables import batches, row_files, scores
from forgery_kit.tables.batches import SUMMARY_COLUMNS, run_batch
from forgery_kit.tables.csv_table import cell_paths, read_table, write_table
from forgery_kit.tables.rows import Row, RowResult
from forgery_kit.tables.scores import SCORE_COLUMNS, score_table
from forgery_kit.verification import report
from reports.findings import Comparison
from reports.saved import from_json
from tests.reports.example import likelihood_ratio, small


class Desk:
    """A folder with ink files, a manifest, and an examiner who notes which cases were compared.

    A file holding "bad" is refused, one holding "stop" interrupts the run, as Ctrl-C does, one holding "fault" meets
    an error that nobody foresaw, one holding "full" a full disk.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.out = folder, folder / "out"
        self.compared: list[str] = []
        for name in "abcd":
            self.ink(name, f"ink of {name}")

    def ink(self, name: str, text: str) -> None:
        (self.folder / f"{name}.ink").write_text(text)

    def manifest(self, *rows: str, header: str = "case,questioned,known") -> Path:
        path = self.folder / "manifest.csv"
        path.write_text("\n".join([header, *rows]) + "\n")
        return path

    def compare(self, questioned: Sequence[Path], known: Sequence[Path], case: str, **rest: object) -> Comparison:
        self.compared.append(case)
        contents = [path.read_text() for path in (*questioned, *known)]
        if "stop" in contents:
            raise KeyboardInterrupt
        if "fault" in contents:
            raise IndexError("list index out of range")
        if "full" in contents:
            raise OSError(errno.ENOSPC, "No space left on device")
        if "bad" in contents:
            raise OutOfScopeError(case, "there is too little ink.", "Give more writing.")
        texts = {name: str(rest.get(name, "")) for name in ("notes", "mandate", "custody")}
        return small(case=case, lr=likelihood_ratio(len(self.compared) / 10), **texts)

    def summary(self) -> dict[str, dict[str, str]]:
        with (self.out / "summary.csv").open(newline="") as file:
            return {row["case"]: row for row in csv.DictReader(file)}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    found = Desk(tmp_path)
    monkeypatch.setattr(comparison, "compare", found.compare)
    monkeypatch.setattr(report, "report_of", lambda finding, *_: (f"PDF of {finding.case}".encode(), ""))
    monkeypatch.setattr(reference, "file_hash", lambda: "calibration")
    judge = Mock(reference=SimpleNamespace(sha256="calibration"))
    monkeypatch.setattr(scores, "default_judge", lambda: judge)
    return found


ROWS = ("one,a.ink,b.ink", "two,b.ink,c.ink", "three,c.ink,d.ink")


def test_each_row_has_its_report_its_json_and_its_line(desk: Desk) -> None:
    assert run_batch(desk.manifest(*ROWS), desk.out) == 0
    assert list(desk.summary()) == ["one", "two", "three"]
    for case, line in desk.summary().items():
        assert tuple(line) == SUMMARY_COLUMNS
        assert (desk.out / line["report"]).read_text() == f"PDF of {case}"
        finding = from_json((desk.out / line["json"]).read_text(), Comparison)
        assert isinstance(finding, Comparison)
        assert float(line["log10_lr"]) == pytest.approx(finding.lr.log10_lr)
        assert (line["words"], line["error"]) == (finding.lr.words, "")


def test_a_manifest_may_state_mandate_and_custody(desk: Desk) -> None:
    header = "case,questioned,known,mandate,custody"
    assert run_batch(desk.manifest("one,a.ink,b.ink,the court,by courier", header=header), desk.out) == 0
    finding = from_json((desk.out / "one.json").read_text(), Comparison)
    assert (finding.mandate, finding.custody) == ("the court", "by courier")
    assert run_batch(desk.manifest("one,a.ink,b.ink,the court,by hand", header=header), desk.out) == 0
    assert desk.compared == ["one", "one"]


def test_tables_and_manifests_may_state_what_the_ink_says(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    stated: list[object] = []
    monkeypatch.setattr(comparison, "compare", lambda q, k, **rest: stated.append(rest) or desk.compare(q, k, **rest))
    header, row = "case,questioned,known,questioned_text,known_text", 'one,a.ink,b.ink,"two\nlines", '
    assert run_batch(desk.manifest(row, header=header), desk.out) == 0
    (given,) = stated
    assert (given["questioned_text"], given["known_text"]) == ("two\nlines", None)
    assert run_batch(desk.manifest(row.replace("two", "three"), header=header), desk.out) == 0
    assert desk.compared == ["one", "one"]
    scored_by(monkeypatch, lambda rows: stated.extend(rows) or scored(rows))
    assert score_table(desk.manifest(row, header=header), desk.folder / "scores.csv") == 0
    assert [side.text for side in stated[-1].sides] == ["two\nlines", ""]


def test_tables_and_manifests_say_row_by_row_what_is_of_one_sitting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    stated: list[bool] = []

    def noted(q: Sequence[Path], k: Sequence[Path], **rest: Any) -> Comparison:
        stated.append(rest["same_sitting"])
        return desk.compare(q, k, **rest)

    monkeypatch.setattr(comparison, "compare", noted)
    rows = "one,a.ink,b.ink,yes", "two,a.ink,b.ink,No", "three,a.ink,b.ink, ", "four,a.ink,b.ink,perhaps"
    manifest = desk.manifest(*rows, header="case,questioned,known,same_sitting")
    assert run_batch(manifest, desk.out) == 1
    assert stated == [True, False, False]
    assert "neither yes nor no" in desk.summary()["four"]["error"]
    assert run_batch(manifest, desk.out, same_sitting=True) == 1
    # Only the row that says nothing has changed.
    assert stated[3:] == [True]
    given: list[Row] = []
    scored_by(monkeypatch, lambda rows: given.extend(rows) or scored(rows))
    assert score_table(manifest, desk.folder / "scores.csv", same_sitting=True) == 1
    assert [row.same_sitting for row in given] == [True, False, True]


def test_an_interrupted_run_started_again_does_not_redo_finished_rows(desk: Desk) -> None:
    desk.ink("c", "stop")
    with pytest.raises(KeyboardInterrupt):
        run_batch(desk.manifest("one,a.ink,b.ink", "two,b.ink,c.ink", "three,d.ink,a.ink"), desk.out)
    assert desk.compared == ["one", "two"]
    assert list(desk.summary()) == ["one"]
    before = {p.name: p.read_bytes() for p in desk.out.glob("one.*")}
    assert set(before) == {"one.pdf", "one.json", "one.done"}
    desk.ink("c", "whole again")
    desk.compared.clear()
    assert run_batch(desk.folder / "manifest.csv", desk.out) == 0
    assert desk.compared == ["two", "three"]
    assert {p.name: p.read_bytes() for p in desk.out.glob("one.*")} == before
    assert list(desk.summary()) == ["one", "two", "three"]


def test_a_finished_batch_started_again_writes_the_same_summary_and_compares_nothing(desk: Desk) -> None:
    run_batch(desk.manifest(*ROWS), desk.out)
    before = (desk.out / "summary.csv").read_bytes()
    desk.compared.clear()
    assert run_batch(desk.manifest(*ROWS), desk.out) == 0
    assert desk.compared == []
    assert (desk.out / "summary.csv").read_bytes() == before


def changed_ink(desk: Desk, patch: pytest.MonkeyPatch) -> None:
    desk.ink("a", "other ink")


def changed_row(desk: Desk, patch: pytest.MonkeyPatch) -> None:
    desk.manifest("one,a.ink;d.ink,b.ink", *ROWS[1:])


def changed_calibration(desk: Desk, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reference, "file_hash", lambda: "other calibration")


def lost_report(desk: Desk, patch: pytest.MonkeyPatch) -> None:
    (desk.out / "one.pdf").unlink()


def lost_json(desk: Desk, patch: pytest.MonkeyPatch) -> None:
    (desk.out / "one.json").unlink()


@pytest.mark.parametrize(
    ("change", "redone"),
    [
        (changed_ink, ["one"]),
        (changed_row, ["one"]),
        (changed_calibration, ["one", "two", "three"]),
        (lost_report, ["one"]),
        (lost_json, ["one"]),
    ],
)
def test_a_row_is_done_again_where_what_it_rests_on_changed_or_is_gone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, change: Callable[[Desk, pytest.MonkeyPatch], None], redone: list[str]
) -> None:
    run_batch(desk.manifest(*ROWS), desk.out)
    desk.compared.clear()
    change(desk, monkeypatch)
    assert run_batch(desk.folder / "manifest.csv", desk.out) == 0
    assert desk.compared == redone
    assert all((desk.out / f"one.{kind}").is_file() for kind in ("pdf", "json", "done"))


def test_a_new_file_in_a_folder_of_exhibits_changes_the_key_of_its_row(desk: Desk) -> None:
    folder = desk.folder / "known"
    folder.mkdir()
    key = batches._row_key({"case": "one"}, (folder,), "w", False)
    (folder / "new.ink").write_text("more")
    assert batches._row_key({"case": "one"}, (folder,), "w", False) != key


def test_files_of_a_cell_lie_beside_the_table_unless_their_paths_are_whole(tmp_path: Path) -> None:
    found = cell_paths({"known": " a.ink;/b/c.ink ; "}, "known", tmp_path)
    assert found == (tmp_path / "a.ink", Path("/b/c.ink"))


def test_a_row_interrupted_before_its_mark_was_written_is_done_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = batches.write_file

    def stop_at_the_mark(path: Path, data: bytes) -> None:
        if path.suffix == ".done" and b"key" in data:
            raise KeyboardInterrupt
        whole(path, data)

    monkeypatch.setattr(batches, "write_file", stop_at_the_mark)
    with pytest.raises(KeyboardInterrupt):
        run_batch(desk.manifest(ROWS[0]), desk.out)
    assert (desk.out / "one.pdf").is_file()
    assert (desk.out / "one.json").is_file()
    monkeypatch.setattr(batches, "write_file", whole)
    assert run_batch(desk.manifest(ROWS[0]), desk.out) == 0
    assert desk.compared == ["one", "one"]


@pytest.mark.parametrize("cell", ["c.ink", "", " ; "])
def test_a_bad_row_has_its_error_in_the_summary_and_the_others_are_done(desk: Desk, cell: str) -> None:
    desk.ink("c", "bad")
    manifest = desk.manifest("one,a.ink,b.ink", f"two,{cell},a.ink", "three,d.ink,a.ink")
    assert run_batch(manifest, desk.out) == 1
    found = desk.summary()
    assert ("too little ink" if cell == "c.ink" else "names no file") in found["two"]["error"]
    assert found["two"]["report"] == found["two"]["json"] == found["two"]["log10_lr"] == ""
    assert not list(desk.out.glob("two.*"))
    for case in ("one", "three"):
        assert found[case]["error"] == ""
        assert float(found[case]["log10_lr"]) > 0
    assert [case for case in desk.compared if case != "two"] == ["one", "three"]


def test_a_bad_row_is_tried_again_and_the_others_are_not(desk: Desk) -> None:
    desk.ink("c", "bad")
    manifest = desk.manifest("one,a.ink,b.ink", "two,c.ink,a.ink")
    assert run_batch(manifest, desk.out) == 1
    desk.compared.clear()
    assert run_batch(manifest, desk.out) == 1
    assert desk.compared == ["two"]


def test_what_the_manifest_says_of_a_row_reaches_the_comparison(desk: Desk) -> None:
    manifest = desk.manifest("one,a.ink,b.ink,found in a drawer", header="case,questioned,known,notes")
    run_batch(manifest, desk.out)
    assert json.loads((desk.out / "one.json").read_text())["notes"] == "found in a drawer"


def test_progress_is_told_after_every_row_bad_ones_too(desk: Desk) -> None:
    desk.ink("c", "bad")
    told: list[tuple[int, int]] = []
    run_batch(desk.manifest(*ROWS), desk.out, progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_case_named_twice_is_refused_before_any_work(desk: Desk) -> None:
    with pytest.raises(UnreadableFileError, match="'one' stands twice"):
        run_batch(desk.manifest(ROWS[0], ROWS[0]), desk.out)
    assert desk.compared == []
    assert not desk.out.exists()


def test_names_of_cases_cannot_leave_the_folder_or_meet_in_one_file(desk: Desk) -> None:
    cases = ("../../x", "/etc/y", "A b", "a_b", "..", "über 1")
    assert run_batch(desk.manifest(*(f"{case},a.ink,b.ink" for case in cases)), desk.out) == 0
    reports = [desk.summary()[case]["report"] for case in cases]
    assert len({name.lower() for name in reports}) == len(cases)
    assert sorted(p.name for p in desk.out.glob("*.pdf")) == sorted([*reports, "index.pdf"])
    assert set(desk.folder.rglob("*.pdf")) == set(desk.out.glob("*.pdf"))


@pytest.mark.parametrize("cases", [("a b", "a_b", "a_b-2"), ("A", "a", "a-2"), ("a-2", "A", "a")])
def test_no_two_cases_have_one_file(cases: tuple[str, ...]) -> None:
    names = batches._file_names(cases, Path("manifest.csv"))
    assert len({name.lower() for name in names}) == len(cases)


def test_a_cell_too_long_to_be_a_path_is_a_bad_row(desk: Desk) -> None:
    assert run_batch(desk.manifest(f"one,{'x' * 300},a.ink", "two,a.ink,b.ink"), desk.out) == 1
    assert desk.summary()["two"]["error"] == ""


@pytest.mark.parametrize("damage", ["", "{", "{}", "[]"])
def test_a_row_whose_mark_is_damaged_is_done_again(desk: Desk, damage: str) -> None:
    run_batch(desk.manifest(*ROWS), desk.out)
    (desk.out / "one.done").write_text(damage)
    assert run_batch(desk.manifest(*ROWS), desk.out) == 0
    assert desk.compared == ["one", "two", "three", "one"]


def scored_by(monkeypatch: pytest.MonkeyPatch, score: Callable[[Sequence[Row]], list[RowResult]]) -> None:
    """Let rows be scored by a function in place of the networks."""
    monkeypatch.setattr(scores, "_scorer", lru_cache(lambda judge, settings: SimpleNamespace(score=score)))


def scored(rows: Sequence[Row]) -> list[RowResult]:
    """Scores in place of the expensive ones: refuses what holds "bad"."""
    return [
        RowResult(error="bad ink")
        if any(path.read_text() == "bad" for side in row.sides for path in side.paths)
        else RowResult(2.5, 0.123456789, -0.5, 1.0, "", "a warning")
        for row in rows
    ]


def test_a_scored_table_keeps_its_rows_and_columns_and_says_which_failed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored_by(monkeypatch, scored)
    desk.ink("c", "bad")
    rows = ("a.ink,1,b.ink", "c.ink,2,a.ink", ",3,a.ink", '"a.ink; d.ink",4,b.ink')
    pairs, out = desk.manifest(*rows, header="questioned,own,known"), desk.folder / "scores.csv"
    assert score_table(pairs, out) == 2
    table = read_table(out, SCORE_COLUMNS)
    assert table.columns == ("questioned", "own", "known", *SCORE_COLUMNS)
    assert [row["own"] for row in table.rows] == ["1", "2", "3", "4"]
    assert [bool(row["error"]) for row in table.rows] == [False, True, True, False]
    assert [row["log10_lr"] for row in table.rows] == ["0.123457", "", "", "0.123457"]
    assert "names no file" in table.rows[2]["error"]


def test_scores_are_never_written_over_columns_that_are_there(desk: Desk) -> None:
    pairs = desk.manifest("a.ink,b.ink,1", header="questioned,known,score")
    with pytest.raises(UnreadableFileError, match="'score'"):
        score_table(pairs, desk.folder / "scores.csv")


def test_an_output_without_a_folder_is_refused_before_any_scoring(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    scored_by(monkeypatch, lambda rows: pytest.fail("it scored first"))
    with pytest.raises(ArgumentsError, match="folder does not exist"):
        score_table(desk.manifest("a.ink,b.ink", header="questioned,known"), desk.folder / "none" / "scores.csv")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"questioned\na\n", "'known' is missing"),
        (b"questioned,known,known\na,b,c\n", "named twice"),
        (b"questioned,known\na\n", "line 2 has 1 cells"),
        (b"questioned,known\na,b,c\n", "line 2 has 3 cells"),
        (b'\nquestioned,known\n\n"a\n",b\n\na\n', "line 7 has 1 cells"),
        (b'questioned,known\n"a,b\n', "not a CSV"),
        (b"questioned,known\n\xff,b\n", "not UTF-8"),
    ],
)
def test_a_table_that_is_none_is_refused_and_says_why(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "pairs.csv"
    path.write_bytes(data)
    with pytest.raises(UnreadableFileError, match=said):
        read_table(path, ("questioned", "known"))


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="no such file"):
        read_table(tmp_path / "none.csv", ("questioned",))


def test_a_table_that_never_ends_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for endless in (Path("/dev/zero"), tmp_path / "pipe.csv"):
        with pytest.raises(UnreadableFileError, match="not a regular file"):
            read_table(endless, ("questioned",))


#: A lone carriage return is left out: Python 3.11 writes it without quotes.
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), max_size=5))
def test_what_is_written_as_a_table_is_read_back(tmp_path_factory: pytest.TempPathFactory, rows: list) -> None:
    path = tmp_path_factory.getbasetemp() / "table.csv"
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    found = [dict(zip(("questioned", "known"), row, strict=True)) for row in filled]
    write_table(path, ("questioned", "known"), found)
    read = read_table(path, ("known",)).rows
    assert [{name: cell.replace("'", "") for name, cell in row.items()} for row in read] == [
        {name: cell.replace("'", "") for name, cell in row.items()} for row in found
    ]


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|x", "-2+3", "@SUM(A1)", "\t1"])
def test_no_cell_is_a_formula_to_a_spreadsheet_and_numbers_stay_numbers(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "table.csv"
    write_table(path, ("case", "log10_lr"), [{"case": cell, "log10_lr": "-1.25"}])
    assert list(read_table(path, ("case",)).rows) == [{"case": f"'{cell}", "log10_lr": "-1.25"}]


def test_a_table_from_a_spreadsheet_with_a_mark_at_its_start_is_read(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_bytes(b"\xef\xbb\xbfquestioned, known\r\na,b\r\n")
    assert list(read_table(path, ("questioned", "known")).rows) == [{"questioned": "a", "known": "b"}]


def test_reports_that_no_batch_wrote_are_not_overwritten(desk: Desk) -> None:
    desk.out.mkdir()
    (desk.out / "two.json").write_text("someone's work")
    with pytest.raises(ArgumentsError, match=r"not written by a batch"):
        run_batch(desk.manifest(*ROWS), desk.out)
    assert [(p.name, p.read_text()) for p in desk.out.iterdir()] == [("two.json", "someone's work")]
    assert desk.compared == []


def test_a_summary_that_no_batch_wrote_is_not_overwritten(desk: Desk) -> None:
    desk.out.mkdir()
    (desk.out / "summary.csv").write_text("my,own,table\n")
    with pytest.raises(ArgumentsError, match="no summary of a batch"):
        run_batch(desk.manifest(*ROWS), desk.out)


def test_an_exhibit_is_not_overwritten_though_its_case_has_its_name(desk: Desk) -> None:
    for name in ("one.json", "one.done"):
        (desk.folder / name).write_text("ink")
    with pytest.raises(ArgumentsError, match=r"one\.json: it is an input"):
        run_batch(desk.manifest("one,one.json,a.ink"), desk.folder)
    assert (desk.folder / "one.json").read_text() == "ink"


def test_a_batch_does_not_write_into_a_folder_of_exhibits(desk: Desk) -> None:
    (desk.folder / "known").mkdir()
    desk.ink("known/k", "ink")
    for out in (desk.folder / "known", desk.folder / "known" / "new"):
        with pytest.raises(ArgumentsError, match="folder of exhibits"):
            run_batch(desk.manifest("one,a.ink,known"), out)
    assert [p.name for p in (desk.folder / "known").iterdir()] == ["k.ink"]


def test_a_fault_in_one_row_is_its_error_and_the_others_are_done(desk: Desk) -> None:
    desk.ink("b", "fault")
    assert run_batch(desk.manifest("one,b.ink,a.ink", "two,c.ink,a.ink"), desk.out) == 1
    assert desk.summary()["one"]["error"].startswith("a fault of ours (IndexError: list index out of range)")
    assert desk.summary()["two"]["report"] == "two.pdf"


def test_a_full_disk_ends_the_batch(desk: Desk) -> None:
    desk.ink("b", "full")
    with pytest.raises(MissingResourceError, match="No space left"):
        run_batch(desk.manifest("one,b.ink,a.ink", "two,c.ink,a.ink"), desk.out)
    assert desk.compared == ["one"]


@pytest.mark.parametrize("text", ["bad", "fault"])
def test_a_row_that_fails_later_leaves_no_report_of_before(desk: Desk, text: str) -> None:
    manifest = desk.manifest(*ROWS)
    run_batch(manifest, desk.out)
    desk.ink("d", text)
    assert run_batch(manifest, desk.out) == 1
    assert not list(desk.out.glob("three.*"))
    assert (desk.out / "two.pdf").is_file()


def test_long_cases_in_any_script_have_files_and_stay_apart(desk: Desk) -> None:
    cases = ["证" * 100, "证" * 101, "x" * 500]
    assert run_batch(desk.manifest(*(f"{case},a.ink,b.ink" for case in cases)), desk.out) == 0
    reports = {desk.summary()[case]["report"] for case in cases}
    assert len(reports) == 3
    assert all(len(name.encode()) < 140 for name in reports)


def test_names_of_files_need_not_be_text(desk: Desk) -> None:
    folder = os.fsencode(desk.folder / "known")
    os.mkdir(folder)
    with open(folder + b"/m\xfcller.ink", "w") as file:
        file.write("ink")
    key = batches._row_key({"case": "one"}, (desk.folder / "known",), "w", False)
    os.rename(folder + b"/m\xfcller.ink", folder + b"/m\xe4ller.ink")
    assert batches._row_key({"case": "one"}, (desk.folder / "known",), "w", False) != key
    path = desk.folder / "table.csv"
    write_table(path, ("error",), [{"error": os.fsdecode(b"m\xfcller.ink is broken")}])
    assert path.read_text() == "error\nm\\xfcller.ink is broken\n"


def test_of_a_file_too_large_to_be_read_only_the_beginning_is_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_files, "MAX_FILE_BYTES", 2**20)
    file = tmp_path / "a.ink"
    with file.open("wb") as stream:
        stream.truncate(2**32)
    first = row_files.file_hash(file)
    with file.open("r+b") as stream:
        stream.write(b"x")
    assert row_files.file_hash(file) != first


def test_a_fault_in_one_row_of_a_table_of_scores_leaves_the_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(rows: Sequence[Row]) -> list[RowResult]:
        if any(path.read_text() == "fault" for row in rows for side in row.sides for path in side.paths):
            raise IndexError("list index out of range")
        return scored(rows)

    scored_by(monkeypatch, faulty)
    desk.ink("c", "fault")
    pairs = desk.manifest(*("a.ink,b.ink",) * 3, "c.ink,a.ink", "b.ink,d.ink", header="questioned,known")
    assert score_table(pairs, desk.folder / "scores.csv") == 1
    errors = [row["error"] for row in read_table(desk.folder / "scores.csv", SCORE_COLUMNS).rows]
    assert [bool(error) for error in errors] == [False, False, False, True, False]
    assert "a fault of ours" in errors[3]


def test_scores_do_not_overwrite_an_exhibit(desk: Desk) -> None:
    with pytest.raises(ArgumentsError, match="an input"):
        score_table(desk.manifest("a.ink,b.ink", header="questioned,known"), desk.folder / "b.ink")
