"""What commands record: the same hashes as their results, before anything is lost, and nothing twice."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cli
from datasets.errors import CasebookError, OutOfScopeError
from forgery_kit.casebook.store import Casebook, open_casebook, read_casebook
from forgery_kit.casebook.tables import RowRecorder, score_inputs
from forgery_kit.casebook.verify import verify
from forgery_kit.casebook.work import work_of
from forgery_kit.commands.options import command_line
from forgery_kit.examination import comparison
from forgery_kit.likelihood import reference
from forgery_kit.tables import scores
from forgery_kit.tables.batches import run_batch
from reports import comparison as report
from reports.findings import Comparison
from reports.saved import to_json
from tests.reports.example import small


def entries(where: str | Path) -> list[dict[str, Any]]:
    book = read_casebook(str(where))
    assert verify(book).n_faults == 0
    return [json.loads(entry.text) for entry in book.entries()]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Turns on and off that nothing can be appended to any casebook."""
    append = Casebook.append

    def turn(on: bool) -> None:
        def fails(self: Casebook, *_: object, **__: object) -> list[int]:
            raise CasebookError(self.where, "the casebook cannot be used (disk is full).")

        monkeypatch.setattr(Casebook, "append", fails if on else append)

    return turn


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Comparisons without a network; says which commands they were given."""
    commands: list[str] = []

    def compare(questioned: Any, known: Any, **rest: Any) -> Comparison:
        if any("bad" in str(path) for path in (*questioned, *known)):
            raise OutOfScopeError(str(questioned[0]), "there is too little ink.")
        commands.append(rest["command"])
        return small(case=rest["case"], command=rest["command"])

    monkeypatch.setattr(comparison, "compare", compare)
    monkeypatch.setattr(report, "comparison_pdf", lambda finding: f"PDF of {finding.case}".encode())
    monkeypatch.setattr(reference, "file_hash", lambda: "calibration")
    monkeypatch.delenv("FORGERY_KIT_CASEBOOK", raising=False)
    return commands


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["cli.py", *map(str, arguments)])
    return cli.main()


def test_a_comparison_is_recorded_with_the_hashes_of_its_result(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, out = tmp_path / "c.sqlite", tmp_path / "r.json"
    assert run(monkeypatch, "compare", "q", "--known", "k", "--case", "A 1", "--json", out, "--casebook", book) == 0
    assert "entry 1 of" in capsys.readouterr().out
    (entry,) = entries(book)
    result = json.loads(out.read_text())
    assert entry["kind"] == "comparison"
    assert entry["result"]["sha256"] == result["content_sha256"]
    assert entry["result"]["log10_lr"] == result["lr"]["log10_lr"]
    given = [(one["file"], one["sha256"], one["role"]) for one in result["items"]]
    assert [(one["file"], one["sha256"], one["role"]) for one in entry["inputs"]] == given
    assert (entry["model"]["sha256"], entry["calibration"]["sha256"]) == (
        result["model"]["sha256"],
        result["model"]["calibration_sha256"],
    )
    for name in ("case", "versions", "settings", "command", "seed"):
        assert entry[name] == result[name]


def test_the_environment_names_a_casebook_for_every_comparison(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FORGERY_KIT_CASEBOOK", str(tmp_path / "c.sqlite"))
    assert run(monkeypatch, "compare", "q", "--known", "k") == 0
    assert len(entries(tmp_path / "c.sqlite")) == 1


def test_a_casebook_that_cannot_be_written_ends_the_command_before_the_work(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, quick: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "no casebook").write_text("x")
    (tmp_path / "m.csv").write_text("case,questioned,known\none,a,b\n")
    for where in (tmp_path / "no casebook", tmp_path / "no" / "folder", "mysql://h/d"):
        given = ["--casebook", where]
        for command in (
            ["compare", "q", "--known", "k"],
            ["batch", tmp_path / "m.csv", "-o", tmp_path / "out"],
            ["score", tmp_path / "m.csv", "-o", tmp_path / "out.csv"],
            ["imitate", "--text", "Text", "--style", "a", "-o", tmp_path / "out"],
            ["edit", tmp_path / "m.csv", "--text", "a", "--to", "b", "-o", tmp_path / "out"],
            ["document", tmp_path / "m.csv", "-o", tmp_path / "out"],
        ):
            assert run(monkeypatch, *command, *given) == 9
            assert capsys.readouterr().err.count("\n") == 1
    assert quick == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.csv", "no casebook"]


def test_a_casebook_that_fails_after_the_work_costs_no_result(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    broken: Callable[[bool], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    broken(True)
    book, out, pdf = (tmp_path / name for name in ("c.sqlite", "r.json", "r.pdf"))
    files = ["--json", out, "--report", pdf]
    assert run(monkeypatch, "compare", "q", "--known", "k", *files, "--casebook", book) == 9
    said, error = capsys.readouterr()
    assert "log10 LR" in said
    assert error.count("\n") == 1
    assert "the result is there, but not in the casebook" in error
    assert json.loads(out.read_text())["content_sha256"]
    assert pdf.exists()
    assert entries(book) == []


def test_a_casebook_is_no_exhibit_and_no_output(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "exhibits"
    folder.mkdir()
    (folder / "q.inkml").write_text("<ink/>")
    compare = ["compare", folder, "--known", "k"]
    assert run(monkeypatch, *compare, "--casebook", folder / "c.sqlite") == 2
    assert run(monkeypatch, "compare", folder / "q.inkml", "--known", "k", "--casebook", folder / "q.inkml") == 2
    book = tmp_path / "c.sqlite"
    open_casebook(str(book))
    before = book.read_bytes()
    assert run(monkeypatch, *compare, "--casebook", book, "--json", book) == 2
    assert book.read_bytes() == before
    assert [path.name for path in folder.iterdir()] == ["q.inkml"]


def test_the_password_of_a_database_is_in_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["cli.py", "compare", "q", "--casebook", "postgresql://u:secret@h/d"])
    assert command_line() == "python cli.py compare q --casebook 'postgresql://u:***@h/d'"


ROWS = "case,questioned,known\none,a.ink,b.ink\ntwo,bad.ink,b.ink\nthree,a.ink,c.ink\n"


def batch(folder: Path) -> tuple[int, RowRecorder]:
    (folder / "m.csv").write_text(ROWS)
    recorder = RowRecorder(open_casebook(str(folder / "c.sqlite")))
    return run_batch(folder / "m.csv", folder / "out", command="batch m.csv", recorder=recorder), recorder


def test_each_row_of_a_batch_is_recorded_once_and_a_failed_one_with_its_reason(tmp_path: Path) -> None:
    failed, recorder = batch(tmp_path)
    recorder.finish()
    assert failed == 1
    one, two, three = entries(tmp_path / "c.sqlite")
    assert [entry["kind"] for entry in (one, two, three)] == ["batch row"] * 3
    for entry in (one, three):
        result = json.loads((tmp_path / "out" / f"{entry['case']}.json").read_text())
        assert entry["result"]["sha256"] == result["content_sha256"]
    assert two["result"]["sha256"] is None
    assert "too little ink" in two["error"]
    files = [(one["role"], one["file"]) for one in two["inputs"]]
    assert files == [("questioned", str(tmp_path / "bad.ink")), ("known", str(tmp_path / "b.ink"))]
    batch(tmp_path)[1].finish()
    # What failed was tried again; what was done was left alone.
    assert [entry["case"] for entry in entries(tmp_path / "c.sqlite")] == ["one", "two", "three", "two"]


def test_the_command_batch_records_its_rows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, broken: Callable[[bool], None], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.csv").write_text(ROWS)
    command = ["batch", tmp_path / "m.csv", "-o", tmp_path / "out", "--casebook", tmp_path / "c.sqlite"]
    assert run(monkeypatch, *command) == 5
    assert len(entries(tmp_path / "c.sqlite")) == 3
    broken(True)
    capsys.readouterr()
    assert run(monkeypatch, *command) == 9
    assert capsys.readouterr().err.count("\n") == 1
    assert (tmp_path / "out" / "one.pdf").exists()


def test_rows_that_could_not_be_recorded_are_told_and_added_when_the_batch_is_started_again(
    tmp_path: Path, broken: Callable[[bool], None]
) -> None:
    broken(True)
    failed, recorder = batch(tmp_path)
    assert failed == 1
    with pytest.raises(CasebookError, match="3 rows are done and not in it"):
        recorder.finish()
    assert (tmp_path / "out" / "three.pdf").exists()
    broken(False)
    batch(tmp_path)[1].finish()
    assert [entry["case"] for entry in entries(tmp_path / "c.sqlite")] == ["one", "two", "three"]


def test_a_casebook_that_fails_for_a_while_has_the_rows_at_the_end(
    tmp_path: Path, broken: Callable[[bool], None]
) -> None:
    _, recorder = batch(tmp_path)
    broken(True)
    for case in ("four", "five"):
        file = tmp_path / f"{case}.json"
        file.write_text(to_json(small(case=case)))
        recorder.done(file)
    broken(False)
    recorder.finish()
    assert [entry["case"] for entry in entries(tmp_path / "c.sqlite")][-2:] == ["four", "five"]


def test_a_table_of_scores_is_one_entry_with_every_file_of_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.ink").write_text(name)
    pairs, out, book = tmp_path / "pairs.csv", tmp_path / "scores.csv", tmp_path / "c.sqlite"
    pairs.write_text("questioned,known\na.ink,b.ink;c.ink\na.ink;gone.ink,b.ink\n")

    def score_table(pairs: Path, out: Path, *_: object, **__: object) -> int:
        out.write_text("scores")
        return 1

    monkeypatch.setattr(scores, "score_table", score_table)
    assert run(monkeypatch, "score", pairs, "-o", out, "--casebook", book) == 5
    (entry,) = entries(book)
    assert entry["kind"] == "score"
    assert entry["result"]["sha256"] == hashlib.sha256(b"scores").hexdigest()
    hashes = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("a", "b", "c")}
    given = [(one["role"], Path(one["file"]).name, one["sha256"]) for one in entry["inputs"]]
    assert given == [
        ("pairs", "pairs.csv", hashlib.sha256(pairs.read_bytes()).hexdigest()),
        ("questioned", "a.ink", hashes["a"]),
        ("questioned", "gone.ink", None),
        ("known", "b.ink", hashes["b"]),
        ("known", "c.ink", hashes["c"]),
    ]
    assert entry["settings"]["rows_failed"] == 1
    assert len(entry["model"]["sha256"]) == 64


def test_a_table_of_more_files_than_an_entry_holds_is_refused_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(CasebookError, match="more files than"):
        score_inputs(tmp_path / "pairs.csv", {"questioned": [tmp_path / "x"] * 300_000})


def test_generated_ink_is_recorded_by_its_record() -> None:
    record = {
        "known": [{"file": "k.inkml", "sha256": "1" * 64, "device": None}],
        "content_sha256": "2" * 64,
        "model": "generator",
        "model_sha256": "3" * 64,
        "versions": {},
        "command": "imitate",
        "seed": 7,
        "bias": 0.5,
        "number": 2,
        "style": "",
        "text": "not repeated here",
    }
    fields = work_of("imitation", record).fields()
    assert fields["inputs"] == [{"role": "known", "file": "k.inkml", "sha256": "1" * 64}]
    assert fields["result"] == {"sha256": "2" * 64}
    assert fields["settings"] == {"bias": 0.5, "number": 2, "style": ""}
    edited = {**record, "known": [], "file": "e.inkml", "sha256": "4" * 64}
    assert work_of("edit", edited).fields()["inputs"] == [{"role": "edited", "file": "e.inkml", "sha256": "4" * 64}]


def test_a_search_in_a_gallery_is_recorded_with_the_gallery_and_the_writers_found() -> None:
    hit = {"writer": "W 7", "lr": {"log10_lr": 1.5, "low": 1.0, "high": 2.0}, "files": []}
    record = {
        "items": [{"role": "questioned", "file": "q.inkml", "sha256": "1" * 64}],
        "content_sha256": "2" * 64,
        "case": "A 1",
        "gallery": {"folder": "g", "writers": 2, "state": "3" * 32},
        "hits": [hit, {"writer": "W 8", "lr": None, "files": []}],
        "model": {"name": "style", "sha256": "4" * 64, "calibration_sha256": "5" * 64},
        "versions": {},
        "settings": {},
        "command": "identify",
    }
    result = work_of("identification", record).fields()["result"]
    assert result["gallery"] == record["gallery"]
    assert result["hits"] == [{"writer": "W 7", "log10_lr": 1.5, "low": 1.0, "high": 2.0}, {"writer": "W 8"}]
