"""A laboratory's own reference: who is in it, what is refused, and that values then are those of its people."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import cli
from datasets.errors import ArgumentsError, MissingResourceError, UnreadableFileError
from datasets.synthetic import synthetic_sample
from datasets.writers.inkml import write_inkml
from forgery_kit.examination.comparison import compare
from forgery_kit.laboratory import reference as laboratory
from forgery_kit.laboratory.commands import build_file
from forgery_kit.laboratory.people import read_people
from forgery_kit.laboratory.reference import laboratory_judge, load_laboratory
from forgery_kit.likelihood.calibrations import KINDS
from forgery_kit.likelihood.judge import default_judge
from forgery_kit.likelihood.scoring import LABORATORY_LIMIT
from reports.checks import check
from reports.findings import Comparison
from reports.occasions import OCCASIONS

TEXTS = (
    "the quick brown fox jumps over the lazy dog by the river",
    "pack my box with five dozen jugs of the best old cider",
    "how vexingly quick daft zebras jump over my small garden",
    "sphinx of black quartz judge my vow and write it down here",
)
WRITERS = 11
#: Its reference takes minutes to be built.
pytestmark = pytest.mark.slow


def write(folder: Path, style: int, number: int) -> Path:
    file = folder / f"{style}-{number}.inkml"
    sample = synthetic_sample(TEXTS[number], style, 100 * style + number)
    file.write_bytes(write_inkml(sample.ink, origin="genuine"))
    return file


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Writers W0 … of four files each; the last writer is not in the reference."""
    root = tmp_path_factory.mktemp("laboratory")
    (root / "people").mkdir()
    for style in range(WRITERS):
        folder = root / "people" / f"W{style}" if style < WRITERS - 1 else root / "case"
        folder.mkdir()
        for number in range(len(TEXTS)):
            write(folder, style, number)
    return root


def table(files: Path, with_sittings: bool) -> Path:
    """The people as a CSV, in two sittings of two files each, or without sittings."""
    out = files / f"people-{with_sittings}.csv"
    with out.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["writer", "file", *(["sitting"] if with_sittings else [])])
        for file in sorted((files / "people").rglob("*.inkml")):
            number = int(file.stem.split("-")[1])
            sitting = [f"2026-0{1 + number // 2}-01"] if with_sittings else []
            writer.writerow([file.parent.name, file.relative_to(files), *sitting])
    return out


@pytest.fixture(scope="module")
def built(files: Path) -> dict[bool, Path]:
    """References with and without sittings."""
    made = {}
    for with_sittings in (True, False):
        people, wrong = read_people(table(files, with_sittings))
        made[with_sittings] = files / f"lab-{with_sittings}.safetensors"
        build_file(files, people, wrong, made[with_sittings], "tablet room")
    return made


def test_a_folder_of_writers_and_a_table_give_the_same_people(files: Path) -> None:
    from_folder, wrong = read_people(files / "people")
    from_table, _ = read_people(table(files, False))
    assert not wrong
    assert [w.name for w in from_folder] == [w.name for w in from_table]
    assert [{s.sha256 for s in w.samples} for w in from_folder] == [{s.sha256 for s in w.samples} for w in from_table]


def test_sittings_are_calibrated_apart_and_the_rest_is_what_ships(built: dict[bool, Path]) -> None:
    shipped = default_judge().calibrations
    for with_sittings, path in built.items():
        made = load_laboratory(path)
        assert made.kinds == (("timed", "untimed", "other") if with_sittings else ("timed", "untimed"))
        for kind in KINDS:
            place = KINDS.index(kind)
            same = np.allclose(made.calibrations.lines[place], shipped.lines[place], atol=1e-5)
            assert same == (kind not in made.kinds)
            if kind in made.kinds:
                assert made.calibrations.n_writers[place].max() <= WRITERS - 1


def test_a_file_holds_no_names_and_no_ink(built: dict[bool, Path]) -> None:
    made = load_laboratory(built[True])
    assert sorted(made.reference.chunks.writers) == sorted(f"W{k}" for k in range(1, WRITERS))
    # A device is named where its file names it, and else the format.
    assert made.reference.chunks.donors == ("inkml",)
    raw = built[True].read_bytes()
    assert b".inkml" not in raw
    assert b"2026-0" not in raw


def test_a_value_is_that_of_the_laboratorys_people_and_says_so(files: Path, built: dict[bool, Path]) -> None:
    judge = laboratory_judge(built[True])
    case = sorted((files / "case").iterdir())
    found = compare(case[:1], case[1:], judge=judge, date="2026-11-27")
    check(found)
    assert found.calibration is not None
    assert "laboratory's reference “tablet room”" in found.calibration.population
    assert found.calibration.writers <= WRITERS - 1
    assert abs(found.lr.log10_lr) <= np.log10(WRITERS - 1)
    assert found.model.calibration_sha256 == judge.reference.sha256
    assert default_judge().reference.sha256 in found.settings["reference"]
    assert any(w.code == "laboratory" for w in found.warnings)


def test_without_sittings_a_value_of_other_occasions_claims_no_more_than_either(
    files: Path, built: dict[bool, Path]
) -> None:
    judge = laboratory_judge(built[False])
    case = sorted((files / "case").iterdir())

    def value(own: bool, same_sitting: bool) -> Comparison:
        return compare(case[:1], case[1:], judge=judge if own else None, date="2026-11-27", same_sitting=same_sitting)

    mine, shipped = value(True, False), value(False, False)
    check(mine)
    assert mine.settings[OCCASIONS] == shipped.settings[OCCASIONS]
    assert abs(mine.lr.log10_lr) <= abs(shipped.lr.log10_lr) + 1e-9
    assert mine.calibration is not None
    assert shipped.calibration is not None
    assert mine.calibration.population == shipped.calibration.population
    held = abs(mine.lr.log10_lr) < abs(shipped.lr.log10_lr) - 1e-9
    assert (mine.calibration.limited_by == LABORATORY_LIMIT) == held


def test_one_recording_under_two_writers_is_refused(files: Path, tmp_path: Path) -> None:
    people, _ = read_people(files / "people")
    twin = tmp_path / "twin.inkml"
    twin.write_bytes(next((files / "people" / "W3").iterdir()).read_bytes())
    listed = tmp_path / "people.csv"
    rows = [(f.parent.name, str(f)) for f in sorted((files / "people").rglob("*.inkml"))]
    listed.write_text("writer,file\n" + "".join(f"{w},{f}\n" for w, f in [*rows, ("W9", str(twin))]))
    people, wrong = read_people(listed)
    with pytest.raises(ArgumentsError, match="the same recording stands under two writers"):
        build_file(listed, people, wrong, tmp_path / "lab.safetensors", "x")
    assert not (tmp_path / "lab.safetensors").exists()


def test_fewer_than_ten_writers_are_refused(files: Path, tmp_path: Path) -> None:
    for style in range(3):
        (tmp_path / f"W{style}").symlink_to(files / "people" / f"W{style}")
    with pytest.raises(ArgumentsError, match="it has 3 writers, at least 10"):
        read_people(tmp_path)


def test_every_bad_file_is_named_and_nothing_is_written(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"{f.parent.name},{f}" for f in sorted((files / "people").rglob("*.inkml"))]
    (tmp_path / "one.inkml").write_bytes(b"no ink at all")
    (tmp_path / "people.csv").write_text("\n".join(["writer,file", *rows, "W1,one.inkml", "W2,two.inkml"]) + "\n")
    out = tmp_path / "lab.safetensors"
    monkeypatch.setattr("sys.argv", ["cli.py", "reference", "build", str(tmp_path / "people.csv"), "-o", str(out)])
    assert cli.main() == 3
    told = capsys.readouterr().err
    assert "one.inkml" in told
    assert "two.inkml" in told
    assert "2 files of its writers cannot be used" in told
    assert not out.exists()


def test_a_stray_file_beside_the_writers_folders_is_refused(files: Path, tmp_path: Path) -> None:
    (tmp_path / "W1").mkdir()
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(UnreadableFileError, match="beside the writers' folders"):
        read_people(tmp_path)


def test_a_damaged_file_and_one_of_other_weights_are_refused(
    built: dict[bool, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "lab.safetensors"
    broken.write_bytes(built[True].read_bytes()[:-1000])
    with pytest.raises(UnreadableFileError, match="damaged"):
        load_laboratory(broken)
    monkeypatch.setattr(laboratory, "weights_hash", lambda: "0" * 64)
    with pytest.raises(MissingResourceError, match="other weights"):
        load_laboratory(built[True])


def test_info_and_check_tell_what_it_supports(
    built: dict[bool, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["cli.py", "reference", "info", str(built[True])])
    assert cli.main() == 0
    told = capsys.readouterr().out
    assert "writers     10 on 1 device" in told
    assert "sittings    10 writers with two or more" in told
    assert "EER" in told
    made = load_laboratory(built[True])
    monkeypatch.setattr("sys.argv", ["cli.py", "reference", "check", str(built[True])])
    assert cli.main() == (8 if made.doubts else 0)
