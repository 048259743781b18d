"""A search: the values are those of a comparison with the same files, and nothing that is missing is passed over."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import cli
from datasets.errors import ArgumentsError, UnreadableFileError, VerificationError
from datasets.synthetic import synthetic_sample
from datasets.writers.inkml import write_inkml
from forgery_kit.examination.demo import EXHIBITS
from forgery_kit.examination.exhibits import load_exhibit
from forgery_kit.gallery.changes import append, create
from forgery_kit.gallery.entry import StoredSample
from forgery_kit.gallery.identify import identify
from forgery_kit.gallery.layout import model_of
from forgery_kit.gallery.people import build_gallery
from forgery_kit.gallery.stored import open_gallery
from forgery_kit.likelihood.judge import default_judge
from forgery_kit.likelihood.scoring import score
from forgery_kit.likelihood.sides import prepare
from reports.identification.checks import check_identification
from reports.identification.document import identification_pdf
from reports.identification.findings import Identification
from reports.saved import from_json, to_json

QUESTIONED = EXHIBITS / "q1.inkml"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled known writer, the other one, and one more, a folder each."""
    root = tmp_path_factory.mktemp("files")
    for writer, names in {"known": ("k1.inkml", "k2.inkml"), "other": ("other.inkml",)}.items():
        (root / writer).mkdir()
        for name in names:
            shutil.copy(EXHIBITS / name, root / writer)
    (root / "third").mkdir()
    ink = synthetic_sample("pack my box with five dozen jugs of cider", 5, 5).ink
    (root / "third" / "0.inkml").write_bytes(write_inkml(ink, origin="generated"))
    return root


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, files: Path) -> Path:
    folder = tmp_path_factory.mktemp("gallery") / "gallery"
    assert build_gallery(folder, files, allow_generated=True).added == 3
    return folder


def search(gallery: Path, questioned: Path = QUESTIONED, wanted: int = 10) -> Identification:
    return identify([questioned], gallery, wanted, case="7/26", date="2026-11-28", allow_generated=True)


@pytest.fixture(scope="module")
def found(gallery: Path) -> Identification:
    return search(gallery)


def test_every_value_is_that_of_a_comparison_with_the_same_files(found: Identification, files: Path) -> None:
    assert {hit.writer for hit in found.hits} == {"known", "other", "third"}
    for hit in found.hits:
        exhibits = (
            load_exhibit("Q", [QUESTIONED], True),
            load_exhibit("K", sorted((files / hit.writer).iterdir()), True),
        )
        stated = score(*prepare(exhibits, with_time=False))
        assert hit.score == pytest.approx(stated.score, rel=2e-3, abs=0.05)
        assert hit.lr is not None
        for name in ("log10_lr", "low", "high", "unbounded", "lower_bound", "upper_bound", "bound_share"):
            assert getattr(hit.lr, name) == pytest.approx(getattr(stated.lr, name), abs=0.02)
        assert (hit.lr.words, hit.lr.bound_hit) == (stated.lr.words, stated.lr.bound_hit)
        assert hit.calibration is not None
        assert replace(hit.calibration, limited_by="") == replace(stated.calibration, limited_by="")
        assert sorted(map(str, (*found.warnings, *hit.warnings))) == sorted(map(str, stated.warnings))


def test_chance_is_never_said_to_be_nothing(found: Identification) -> None:
    for hit in found.hits:
        assert hit.by_chance is not None
        assert hit.by_chance.high > 0
        if hit.by_chance.share == 0:
            # Of none of n: the exact limit in closed form.
            assert hit.by_chance.high == pytest.approx(1 - 0.025 ** (1 / hit.by_chance.people))


def test_the_writer_comes_first_and_the_first_three_are_drawn(found: Identification) -> None:
    assert found.hits[0].writer == "known"
    assert [hit.rank for hit in found.hits] == [1, 2, 3]
    assert [item.label for item in found.items] == ["Q1", "1.1", "1.2", "2.1", "3.1"]
    assert all(item.lines for item in found.items)
    assert len(found.scores) == found.gallery.writers == 3


def test_a_search_can_be_saved_and_read_back(found: Identification) -> None:
    text = to_json(found)
    assert from_json(text, Identification) == found
    with pytest.raises(VerificationError, match="changed after it was written"):
        from_json(text.replace('"writer": "known"', '"writer": "other"'), Identification)
    with pytest.raises(UnreadableFileError, match="unknown fields"):
        from_json(json.dumps({**json.loads(text), "more": 1}), Identification)


def test_a_search_that_contradicts_itself_is_refused(found: Identification) -> None:
    check_identification(found)
    first, *rest = found.hits
    assert first.lr is not None
    wrong = {
        "rank": replace(found, hits=(replace(first, rank=2), *rest)),
        "do not fall": replace(found, hits=tuple(replace(h, rank=k) for k, h in enumerate(found.hits[::-1], 1))),
        "what calibration makes of score": replace(found, hits=(replace(first, score=first.score + 1), *rest)),
        "words": replace(found, hits=(replace(first, lr=replace(first.lr, words="certainty")), *rest)),
        "LR without": replace(found, hits=(replace(first, lr=None), *rest)),
        "hits are none": replace(found, hits=()),
        "scores do not rise": replace(found, scores=found.scores[::-1]),
        "no hash": replace(found, gallery=replace(found.gallery, state="x")),
        "says all rows": replace(found, gallery=replace(found.gallery, shortlist=1)),
        "of no writer": replace(found, items=(*found.items[:-1], replace(found.items[-1], label="9.1"))),
    }
    for text, one in wrong.items():
        with pytest.raises(ValueError, match=text):
            check_identification(one)


def test_a_questioned_file_that_is_in_the_gallery_has_no_value_there(gallery: Path, files: Path) -> None:
    found = search(gallery, files / "known" / "k1.inkml")
    first = found.hits[0]
    assert first.writer == "known"
    assert first.lr is None
    assert "the same recording is on both sides" in first.refused
    check_identification(found)
    assert identification_pdf(found)


def test_ink_that_is_gone_or_was_changed_is_said_and_the_value_stands(
    found: Identification, gallery: Path, files: Path
) -> None:
    gone, changed = files / "known" / "k2.inkml", files / "other" / "other.inkml"
    kept = {file: file.read_bytes() for file in (gone, changed)}
    try:
        gone.unlink()
        changed.write_bytes((EXHIBITS / "q1.inkml").read_bytes())
        after = search(gallery)
    finally:
        for file, data in kept.items():
            file.write_bytes(data)
    told = {hit.writer: hit for hit in after.hits}
    assert "no such file any more" in told["known"].not_drawn
    assert "not the file that was added" in told["other"].not_drawn
    assert told["third"].not_drawn == ""
    assert [hit.lr for hit in after.hits] == [hit.lr for hit in found.hits]
    assert any(w.code == "ink not looked at" for w in told["known"].warnings)
    assert identification_pdf(after)


@pytest.mark.parametrize("path", ["/dev/zero", "/", "/etc", "no\0file", "/proc/self/mem", "../" * 20 + "etc/passwd"])
def test_a_gallery_that_names_what_is_no_file_of_ink_reads_none_of_it(gallery: Path, tmp_path: Path, path: str) -> None:
    judge = default_judge()
    row = open_gallery(gallery, model_of(judge)).row(0)
    sample = StoredSample(path, "0" * 64, "inkml", None, None, "unknown", ("x", "y"), {})
    create(tmp_path / "hostile", model_of(judge))
    entry = replace(row.entry, samples=(sample,), sheets=(path,))
    append(tmp_path / "hostile", model_of(judge), [replace(row, entry=entry)])
    found = search(tmp_path / "hostile")
    assert found.hits[0].not_drawn
    assert [item.role for item in found.items] == ["questioned"]
    assert identification_pdf(from_json(to_json(found), Identification))


def test_an_empty_gallery_and_a_number_that_is_none_are_refused(gallery: Path, tmp_path: Path) -> None:
    create(tmp_path / "empty", model_of(default_judge()))
    with pytest.raises(ArgumentsError, match="no writer in this gallery"):
        search(tmp_path / "empty")
    for wanted in (0, -1, 101):
        with pytest.raises(ArgumentsError, match="no number of writers"):
            search(gallery, wanted=wanted)


def test_the_command_writes_report_and_json_and_says_that_a_search_is_no_comparison(
    gallery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pdf, saved = tmp_path / "r.pdf", tmp_path / "r.json"
    command = ["cli.py", "identify", str(QUESTIONED), "--gallery", str(gallery), "-k", "2", "--allow-generated"]
    monkeypatch.setattr("sys.argv", [*command, "--report", str(pdf), "--json", str(saved)])
    assert cli.main() == 0
    told = capsys.readouterr().out
    assert "A search is not a comparison" in told
    assert "Balding & Donnelly 1996" in told
    found = from_json(saved.read_text(), Identification)
    assert len(found.hits) == 2
    assert pdf.read_bytes() == identification_pdf(found)
    again = tmp_path / "again.pdf"
    monkeypatch.setattr("sys.argv", ["cli.py", "report", str(saved), "-o", str(again)])
    assert cli.main() == 0
    assert again.read_bytes() == pdf.read_bytes()
    monkeypatch.setattr("sys.argv", [*command, "--json", str(gallery / "gallery.json")])
    assert cli.main() == 2
