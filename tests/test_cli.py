"""The commands as a user runs them: exit codes, one line for bad input, the same numbers from every door."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import cli
from datasets.synthetic import write_exhibits
from forgery_kit import __version__ as version
from forgery_kit.commands.options import rows_failed
from forgery_kit.verification.recordings import recordings_in
from reports.comparison import comparison_pdf
from reports.findings import Comparison
from reports.proof.attachments import ink_hashes
from reports.proof.taken_apart import take_apart
from reports.saved import from_json

EXHIBITS = Path(cli.ROOT) / "datasets" / "exhibits"
Q, K, OTHER = (str(EXHIBITS / f"{name}.inkml") for name in ("q1", "k1", "other"))


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Conditions are cached for all tests together, not in the user's home."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["cli.py", *map(str, arguments)])
    return cli.main()


def compared(monkeypatch: pytest.MonkeyPatch, out: Path, questioned: str, known: str) -> dict:
    code = run(monkeypatch, "compare", questioned, "--known", known, "--json", out, "--allow-generated")
    assert code == 0
    return json.loads(out.read_text(encoding="utf-8"))


@pytest.mark.slow
def test_compare_is_symmetric_and_repeatable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    there = compared(monkeypatch, tmp_path / "a.json", Q, K)
    back = compared(monkeypatch, tmp_path / "b.json", K, Q)
    again = compared(monkeypatch, tmp_path / "c.json", Q, K)
    assert there["score"] == back["score"]
    assert there["lr"] == back["lr"]
    for result in (there, again):
        # The command names the output, and the hash is over the command too.
        del result["command"], result["content_sha256"]
    assert there == again


@pytest.mark.slow
def test_score_gives_the_numbers_of_compare_and_fills_error_where_a_file_is_bad(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("q1", "k1", "k2", "other"):
        shutil.copy(EXHIBITS / f"{name}.inkml", tmp_path)
    (tmp_path / "bad.inkml").write_text("<ink", encoding="utf-8")
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(
        "id,questioned,known\n1,q1.inkml,k1.inkml\n2,k1.inkml,q1.inkml\n3,q1.inkml,bad.inkml\n4,q1.inkml,k1.inkml;k2.inkml\n"
    )
    code = run(monkeypatch, "score", pairs, "-o", tmp_path / "scores.csv", "--allow-generated")
    assert code == 5
    with (tmp_path / "scores.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [r["id"] for r in rows] == ["1", "2", "3", "4"]
    assert rows[0]["score"] == rows[1]["score"]
    assert "bad.inkml" in rows[2]["error"]
    assert not rows[2]["log10_lr"]
    assert not rows[3]["error"]
    assert rows[3]["score"] != rows[0]["score"]
    one = compared(monkeypatch, tmp_path / "one.json", Q, K)
    assert float(rows[0]["log10_lr"]) == pytest.approx(one["lr"]["log10_lr"], abs=1e-4)


@pytest.mark.slow
def test_unlike_hands_score_below_like_ones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = compared(monkeypatch, tmp_path / "own.json", Q, K)
    other = compared(monkeypatch, tmp_path / "other.json", OTHER, K)
    assert own["score"] > other["score"] + 5
    assert own["lr"]["log10_lr"] > other["lr"]["log10_lr"] + 0.5


@pytest.mark.slow
def test_a_saved_result_draws_the_same_pdf_without_the_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    result, first, second = (tmp_path / n for n in ("r.json", "first.pdf", "second.pdf"))
    code = run(
        monkeypatch, "compare", Q, "--known", K, "--allow-generated", "--json", result, "--report", first, "--date",
        "2026-01-02", "--case", "<b>A&B</b>", "--mandate", "the court", "--custody", "by courier",
    )  # fmt: skip
    assert code == 0
    assert {"mandate": "the court", "custody": "by courier"}.items() <= json.loads(result.read_text()).items()
    assert run(monkeypatch, "report", result, "-o", second) == 0
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.slow
def test_a_report_is_computed_again_from_its_own_ink_and_so_is_one_with_other_ink_and_every_hash_made_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "case.pdf"
    assert run(monkeypatch, "compare", Q, "--known", K, "--allow-generated", "--report", report) == 0
    capsys.readouterr()
    assert run(monkeypatch, "verify", report, "--exhibits", Path(Q).parent) == 0
    said = capsys.readouterr().out
    assert "all else follow from the ink, to the last digit" in said
    assert [line.split()[2] for line in said.splitlines() if line.startswith("not checked")] == ["signature"]
    taken = take_apart(report.read_bytes(), "case.pdf").files
    stated = from_json(taken["result.json"].decode(), Comparison)
    recordings = recordings_in(taken, json.loads(taken["settings.json"]), stated)
    ink = recordings["K1"][0].ink
    points = ink.points.copy()
    points[:, 0] += 0.3 * points[:, 1]
    moved = {**recordings, "K1": [replace(recordings["K1"][0], ink=replace(ink, points=points))]}
    report.write_bytes(comparison_pdf(replace(stated, ink=ink_hashes(moved)), moved))
    assert run(monkeypatch, "verify", report) == 8
    said = capsys.readouterr().out
    assert "agrees       pages" in said
    assert "differs      value       score: stated" in said


@pytest.mark.slow
@pytest.mark.parametrize("name", ["chart.pdf", "chart.SVG"])
def test_letters_draws_and_saves_the_chart_of_compare(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    picture, saved = tmp_path / name, tmp_path / "chart.json"
    code = run(monkeypatch, "letters", Q, "--known", K, "-o", picture, "--json", saved, "--allow-generated")
    assert code == 0
    assert picture.read_bytes().startswith(b"%PDF" if name.endswith("pdf") else b"<?xml")
    chart = json.loads(saved.read_text(encoding="utf-8"))["chart"]
    assert chart == compared(monkeypatch, tmp_path / "whole.json", Q, K)["letters"]
    said = capsys.readouterr().out
    assert all(f"\n{letter['text']}  " in said for letter in chart["letters"] if letter["text"] != " ")


@pytest.mark.slow
def test_a_batch_started_again_leaves_finished_rows_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text(f"case,questioned,known,examiner\nC-1,{Q},{K},Ann\nC/2,{Q},missing.inkml,Ann\n")
    out = tmp_path / "out"
    assert run(monkeypatch, "batch", manifest, "-o", out, "--allow-generated") == 5
    with (out / "summary.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows[0]["report"] == "C-1.pdf"
    assert not rows[0]["error"]
    assert "missing.inkml" in rows[1]["error"]
    assert {"Q1.inkml", "K1.inkml"} <= set(take_apart((out / "C-1.pdf").read_bytes(), "C-1.pdf").files)
    before = (out / "C-1.pdf").stat().st_mtime_ns
    assert run(monkeypatch, "batch", manifest, "-o", out, "--allow-generated") == 5
    assert (out / "C-1.pdf").stat().st_mtime_ns == before
    (out / "C-1.pdf").unlink()
    assert run(monkeypatch, "batch", manifest, "-o", out, "--allow-generated") == 5
    assert (out / "C-1.pdf").is_file()
    assert not list(out.glob("*.partial"))


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["compare", Q, "--known", K], 6, "--allow-generated"),
        (["compare", "no-such-file.inkml", "--known", K], 3, "no-such-file.inkml"),
        (["compare", Q, "--known", K, "--allow-generated", "--date", "2 May"], 2, "YYYY-MM-DD"),
        (["compare", Q, "--known", K, "--report", "no/such/folder/r.pdf"], 2, "folder"),
        (["compare", Q], 2, "--known"),
        (["compare", Q, "--known", K, "--allow-generated", OTHER], 2, "other.inkml: it stands behind --known"),
        (["compare", "--known", K, OTHER], 2, "none is questioned"),
        (["imitate", "--text", "a", "-o", "o", "--known", K, "--seed", "1", OTHER], 2, "other.inkml"),
        (["compare", Q, "--known", K, "--report", "r"], 2, "r: a report is a PDF"),
        (["compare", Q, "--known", K, "--report", "r.json"], 2, "ends in .pdf"),
        (["compare", Q, "--known", K, "--report", "."], 2, "report.pdf"),
        (["letters", Q, "--known", K, "-o", "chart.png"], 2, "a chart is a PDF or an SVG"),
        (["letters", Q, "--known", K, "-o", "chart.svg", "--json", "chart.svg"], 2, "twice"),
        (["letters", Q, "--known", K, "-o", "chart.svg"], 6, "--allow-generated"),
        (["report", Q, "-o", "r"], 2, "a report is a PDF"),
        (["report", Q, "-o", "r.pdf"], 3, "not JSON"),
        (["report", "/dev/zero", "-o", "r.pdf"], 3, "not a regular file"),
        (["report", Q, "-o", ""], 2, "this is a folder"),
        (["report", "r.pdf", "-o", "./r.pdf"], 3, "no such file"),
        (["score", "/dev/zero", "-o", "s.csv"], 3, "not a regular file"),
        (["compare", Q, "--known", K, "--json", Q], 2, "is an input"),
        (["compare", Q, "--known", K, "--json", "a.pdf", "--report", "./a.pdf"], 2, "twice"),
        (["compare", Q, "--known", K, "--json", "/dev/null"], 2, "device"),
        (["compare", "missing", "--known", K, "--json", "a", "--report", "."], 2, "this is a folder"),
        (["evaluate", ".", "-o", Q], 2, "no folder"),
        (["demo", "-o", Q], 2, "no folder"),
        (["evaluate", "--corpus", "nist", ".", "-o", "out"], 2, "nist"),
        (["evaluate", ".", "-o", "out"], 7, "IAM-OnDB"),
        (["train", "discriminator", "--cache", ".", "--out", "out", "--backend", "tensorflow"], 7, "data cache"),
    ],
)
def test_bad_input_gets_one_clear_line_and_its_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, *arguments) == code
    shown = capsys.readouterr().err
    assert says in shown
    assert "Traceback" not in shown
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("wanted", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_command_says_so_in_one_line_and_ends_with_130(tmp_path: Path, wanted: signal.Signals) -> None:
    # It waits for a signal, however long that takes; were the signal passed over, it would go on and end with 0.
    script = "import sys, signal, cli; from forgery_kit.commands import cases; "
    script += "cases.check_files = lambda *_: print('ready', flush=True) or signal.pause()"
    script += "; signal.signal(signal.SIGTERM, cli._terminated); sys.exit(cli.main())"
    with subprocess.Popen(
        [sys.executable, "-c", script, "demo", "-o", str(tmp_path / "out")],
        cwd=cli.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(wanted)
        _, said = process.communicate()
    assert (process.returncode, said) == (130, "interrupted\n")


@pytest.mark.parametrize(
    ("command", "goes_on"), [("batch", True), ("score", True), ("train", True), ("compare", False)]
)
def test_only_what_goes_on_is_said_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, goes_on: bool
) -> None:
    # What Typer makes of Ctrl-C: a code that it returns.
    monkeypatch.setattr(cli, "app", lambda **_: 130)
    assert run(monkeypatch, command) == 130
    assert ("it goes on" in capsys.readouterr().err) == goes_on


def test_a_full_disk_is_told_from_a_fault_of_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "plots/a.svg")

    monkeypatch.setattr(cli, "app", full)
    assert run(monkeypatch, "evaluate") == 7
    assert "plots/a.svg: there is no room for it" in capsys.readouterr().err


def test_one_row_and_two_rows_are_counted_in_words() -> None:
    assert (rows_failed(1), rows_failed(2)) == ("1 row failed;", "2 rows failed;")


def test_too_little_ink_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = tmp_path / "small.csv"
    small.write_text("x,y,stroke\n" + "\n".join(f"{x},{(x % 3) * 5},1" for x in range(12)))
    assert run(monkeypatch, "compare", small, "--known", K, "--allow-generated") == 4
    assert "too little ink" in capsys.readouterr().err


def test_the_exhibits_in_the_repository_are_those_that_the_code_makes(tmp_path: Path) -> None:
    write_exhibits(tmp_path)
    made = sorted(p.name for p in tmp_path.iterdir())
    assert made == sorted(p.name for p in EXHIBITS.iterdir())
    for name in made:
        assert (tmp_path / name).read_bytes() == (EXHIBITS / name).read_bytes()


@pytest.mark.slow
def test_all_files_behind_known_are_known_and_both_sides_stand_before_the_result(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    k2 = str(EXHIBITS / "k2.inkml")
    lines = {}
    for name, sides in {
        "together": [Q, "--known", K, k2],
        "apart": [Q, "--known", K, "--known", k2],
        "before": ["--known", K, k2, "--", Q],
    }.items():
        out = tmp_path / f"{name}.json"
        assert run(monkeypatch, "compare", "--allow-generated", "--json", out, *sides) == 0
        assert [item["role"] for item in json.loads(out.read_text())["items"]] == ["questioned", "known", "known"]
        lines[name] = capsys.readouterr().out.splitlines()[:-1]
    assert lines["together"] == lines["apart"] == lines["before"]
    assert lines["together"][:3] == [f"questioned  Q1   {Q}", f"known       K1   {K}", f"            K2   {k2}"]
    assert lines["together"][3].startswith("occasions")
    assert lines["together"][4].startswith("log10 LR")


def test_version_names_the_program_and_every_shipped_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--version") == 0
    first, *files = capsys.readouterr().out.splitlines()
    assert first.startswith(f"forgery_kit {version}, Python ")
    shipped = sorted((Path(cli.ROOT) / "gan" / "pretrained").glob("*.safetensors"))
    assert files == [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}" for file in shipped]


def test_a_shell_completes_commands_and_options() -> None:
    for words, expected in (("./cli.py comp", "compare\n"), ("./cli.py compare --known-", "--known-text\n")):
        asked = {"_CLI.PY_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        done = subprocess.run(
            [sys.executable, "./cli.py"],
            cwd=cli.ROOT,
            env=os.environ | asked,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == expected


def test_an_empty_path_is_not_the_current_folder(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "compare", "", "--known", K) == 3
    assert "empty" in capsys.readouterr().err
