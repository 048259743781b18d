"""A gallery on disk: what goes in and out, what is noted, and that nothing on disk can mislead a search."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import cli
from datasets.errors import (
    ArgumentsError,
    ForgeryKitError,
    MissingResourceError,
    UnreadableFileError,
    VerificationError,
)
from datasets.synthetic import synthetic_sample
from datasets.writers.inkml import write_inkml
from forgery_kit.gallery import changes
from forgery_kit.gallery.changes import append, create, locked
from forgery_kit.gallery.entry import Row, ready_of
from forgery_kit.gallery.layout import ENTRIES, HEADER, LETTERS, ROWS, model_of
from forgery_kit.gallery.people import add_people, build_gallery, gallery_lines, remove_people
from forgery_kit.gallery.stored import Gallery, open_gallery
from forgery_kit.likelihood.judge import default_judge
from forgery_kit.likelihood.sides import prepare

TEXTS = ("the quick brown fox jumps over the lazy dog", "pack my box with five dozen jugs of old cider")
WRITERS = 4


def write(file: Path, style: int, number: int) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(write_inkml(synthetic_sample(TEXTS[number], style, 100 * style + number).ink, origin="genuine"))
    return file


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Writers W0 … with a file each."""
    root = tmp_path_factory.mktemp("people")
    for style in range(WRITERS):
        write(root / f"W{style}" / "0.inkml", style, 0)
    return root


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, people: Path) -> Path:
    folder = tmp_path_factory.mktemp("made") / "gallery"
    done = build_gallery(folder, people)
    assert (done.added, done.wrong, done.notes) == (WRITERS, [], [])
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of the gallery, for a test to change."""
    return Path(shutil.copytree(made, tmp_path / "gallery"))


def opened(folder: Path) -> Gallery:
    return open_gallery(folder, model_of(default_judge()))


def names(folder: Path) -> list[str]:
    return [entry.writer for entry in opened(folder).all_entries()]


def more_rows(gallery: Gallery, count: int) -> list[Row]:
    """Copies of the first row under the names N0, N1, …"""
    first = gallery.row(0)
    return [replace(first, entry=replace(first.entry, writer=f"N{k}")) for k in range(count)]


def test_a_row_holds_what_the_side_was_within_float16(made: Path, people: Path) -> None:
    judge = default_judge()
    from forgery_kit.examination.exhibits import load_exhibit

    row = opened(made).row(0)
    side = prepare([load_exhibit("W0", [people / "W0" / "0.inkml"])], judge, False)[0]
    again = ready_of(row, judge)
    assert (again.steps, again.amount, again.hashes) == (side.steps, side.amount, side.hashes)
    back_end = judge.reference.back_end[False]
    assert back_end.transform(again.vectors[False]) == pytest.approx(back_end.transform(side.vectors[False]), rel=2e-3)
    assert again.typicality == pytest.approx(side.typicality, abs=0.02)


def test_an_older_gallery_object_stays_as_it_was_while_rows_are_added(folder: Path) -> None:
    before = opened(folder)
    vectors = before.rows["vector"].copy()
    append(folder, before.header.model, more_rows(before, 3))
    assert len(opened(folder)) == WRITERS + 3
    assert len(before) == WRITERS
    assert np.array_equal(before.rows["vector"], vectors)
    assert [before.row(n).entry.writer for n in range(WRITERS)] == [f"W{k}" for k in range(WRITERS)]


def test_what_is_being_written_is_not_seen_before_it_is_whole(folder: Path) -> None:
    gallery = opened(folder)
    with (gallery.place / ROWS).open("ab") as stream:
        stream.write(gallery.rows[:1].tobytes()[:-1])
    assert names(folder) == [f"W{k}" for k in range(WRITERS)]


#: Adds copies of the first row, two at a time, until it is killed.
ADDING = """
import sys
from dataclasses import replace
from pathlib import Path
from forgery_kit.gallery.changes import append, locked
from forgery_kit.gallery.layout import Model
from forgery_kit.gallery.stored import open_gallery

folder, model = Path(sys.argv[1]), Model(*[int(v) if v.isdecimal() and len(v) < 9 else v for v in sys.argv[2:]])
first = open_gallery(folder, model).row(0)
for number in range(0, 100_000, 2):
    rows = [replace(first, entry=replace(first.entry, writer=f"N{number + k}")) for k in (0, 1)]
    with locked(folder):
        append(folder, model, rows)
"""


def test_a_gallery_is_whole_while_another_process_adds_to_it_and_after_that_is_killed(folder: Path) -> None:
    model = [str(value) for value in vars(model_of(default_judge())).values()]
    command = [sys.executable, "-c", ADDING, str(folder), *model]
    with subprocess.Popen(command, cwd=cli.ROOT) as adding:
        counts = [WRITERS]
        while counts[-1] < WRITERS + 20:
            assert adding.poll() is None
            found = names(folder)
            assert found[WRITERS:] == [f"N{k}" for k in range(len(found) - WRITERS)]
            counts.append(len(found))
            time.sleep(0.01)
        adding.kill()
    assert counts == sorted(counts)
    left = names(folder)
    assert left[WRITERS:] == [f"N{k}" for k in range(len(left) - WRITERS)]
    gallery = opened(folder)
    with locked(folder):
        append(folder, gallery.header.model, more_rows(gallery, 1))
    assert len(names(folder)) == len(left) + 1


@pytest.mark.parametrize("cut", range(4))
def test_adding_that_is_cut_off_leaves_a_whole_gallery_that_can_be_added_to(
    folder: Path, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    """Cut off before the letters, the entries, the records, and within the records."""
    gallery = opened(folder)
    rows, write_data, calls = more_rows(gallery, 2), changes._write, []

    def stopped(file: Path, end: int, data: bytes) -> None:
        calls.append(file)
        if len(calls) > cut:
            raise KeyboardInterrupt
        if cut == 3 and file.name == ROWS:
            write_data(file, end, data[:-7])
            raise KeyboardInterrupt
        write_data(file, end, data)

    monkeypatch.setattr(changes, "_write", stopped)
    with pytest.raises(KeyboardInterrupt):
        append(folder, gallery.header.model, rows)
    monkeypatch.setattr(changes, "_write", write_data)
    # Of two records of which the last seven bytes are lacking, one is whole.
    there = int(cut == 3)
    assert names(folder)[WRITERS:] == ["N0", "N1"][:there]
    append(folder, gallery.header.model, rows[there:])
    assert names(folder)[WRITERS:] == ["N0", "N1"]


def test_a_full_disk_is_said_and_costs_nothing_that_was_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gallery = opened(folder)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(changes.os, "fsync", full)
    with pytest.raises(MissingResourceError, match="no room"):
        append(folder, gallery.header.model, more_rows(gallery, 1))
    monkeypatch.undo()
    assert len(names(folder)) == WRITERS


def test_two_commands_cannot_change_a_gallery_at_once(folder: Path, people: Path) -> None:
    with locked(folder), pytest.raises(ArgumentsError, match="another command is changing it"):
        add_people(folder, people)
    assert add_people(folder, people).already == WRITERS


def test_more_ink_of_a_writer_replaces_the_row_and_the_same_ink_changes_nothing(
    folder: Path, people: Path, tmp_path: Path
) -> None:
    write(tmp_path / "more_W1.inkml", 1, 1)
    listed = tmp_path / "people.csv"
    listed.write_text(f"writer,file\nW1,more_W1.inkml\nW1,{people}/W1/0.inkml\n")
    before = opened(folder)
    done = add_people(folder, listed)
    assert (done.added, done.extended, done.wrong) == (0, 1, [])
    after = opened(folder)
    assert names(folder) == [f"W{k}" for k in range(WRITERS)]
    assert len(after.row(1).entry.files) == 2
    assert after.rows["steps"][1] > before.rows["steps"][1]
    assert np.array_equal(after.rows["vector"][[0, 2, 3]], before.rows["vector"][[0, 2, 3]])
    assert add_people(folder, listed).already == 1
    # Who opened it before still reads what was there.
    assert before.row(1).entry.writer == "W1"


def test_the_same_file_twice_is_noted(folder: Path, people: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin.inkml"
    twin.write_bytes((people / "W2" / "0.inkml").read_bytes())
    new = write(tmp_path / "new.inkml", 7, 0)
    (tmp_path / "again.inkml").write_bytes(new.read_bytes())
    listed = tmp_path / "people.csv"
    listed.write_text("writer,file\nX,twin.inkml\nY,new.inkml\nY,again.inkml\n")
    done = add_people(folder, listed)
    assert done.added == 2
    assert any("stands under W2 and X" in note for note in done.notes)
    assert any("given more than once for Y" in note for note in done.notes)
    assert len(opened(folder).row(WRITERS + 1).entry.files) == 1


def test_a_writer_with_a_bad_file_is_left_out_and_named_and_the_others_are_added(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "good.inkml", 8, 0)
    write(tmp_path / "half.inkml", 9, 0)
    (tmp_path / "bad.inkml").write_bytes(b"no ink at all")
    (tmp_path / "people.csv").write_text("writer,file\ngood,good.inkml\nhalf,half.inkml\nhalf,bad.inkml\n")
    monkeypatch.setattr("sys.argv", ["cli.py", "gallery", "add", str(folder), str(tmp_path / "people.csv")])
    assert cli.main() == 5
    told = capsys.readouterr()
    assert "bad.inkml" in told.err
    assert "1 writer was left out" in told.err
    assert "1 added" in told.out
    assert names(folder)[WRITERS:] == ["good"]


def test_a_removed_writer_is_nowhere_in_the_gallery(folder: Path) -> None:
    before = opened(folder)
    vector = before.rows["vector"][1].tobytes()
    remove_people(folder, ["W1"])
    assert names(folder) == ["W0", "W2", "W3"]
    left = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    assert vector not in left
    assert b'"W1"' not in left
    assert len([entry for entry in folder.iterdir() if entry.is_dir()]) == 1
    with pytest.raises(ArgumentsError, match="no writer"):
        remove_people(folder, ["W1"])


def test_removing_that_is_cut_off_leaves_the_gallery_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(changes, "write_header", stopped)
    with pytest.raises(KeyboardInterrupt):
        remove_people(folder, ["W1"])
    assert names(folder) == [f"W{k}" for k in range(WRITERS)]
    assert len([entry for entry in folder.iterdir() if entry.is_dir()]) == 1


def test_a_gallery_of_another_model_is_refused_with_what_to_do(folder: Path) -> None:
    model = model_of(default_judge())
    for other in (replace(model, weights_sha256="0" * 64), replace(model, back_end_sha256="0" * 64)):
        with pytest.raises(MissingResourceError, match=r"other weights or another back end.*gallery build"):
            open_gallery(folder, other)


@pytest.mark.parametrize("file", [ROWS, LETTERS, ENTRIES])
@pytest.mark.parametrize("place", [0.0, 0.3, 0.7])
def test_any_changed_byte_of_a_row_is_found(folder: Path, file: str, place: float) -> None:
    path = opened(folder).place / file
    data = bytearray(path.read_bytes())
    data[int(place * len(data))] ^= 4
    path.write_bytes(bytes(data))
    with pytest.raises(ForgeryKitError) as found:
        list(opened(folder).all_entries())
    assert isinstance(found.value, VerificationError | UnreadableFileError)


def test_rows_that_were_swapped_are_found(folder: Path) -> None:
    path = opened(folder).place / ROWS
    rows = opened(folder).rows.copy()
    rows[[1, 2]] = rows[[2, 1]]
    path.write_bytes(rows.tobytes())
    with pytest.raises(VerificationError, match="row 1 is not what was written"):
        list(opened(folder).all_entries())


@pytest.mark.parametrize("file", [ROWS, LETTERS, ENTRIES])
def test_a_file_that_was_cut_is_refused_or_holds_fewer_whole_rows(folder: Path, file: str) -> None:
    path = opened(folder).place / file
    whole = path.read_bytes()
    for share in (0.0, 0.5, 0.99):
        path.write_bytes(whole[: int(share * len(whole))])
        try:
            found = names(folder)
        except (UnreadableFileError, VerificationError):
            continue
        assert file == ROWS
        assert found == [f"W{k}" for k in range(len(found))]


@pytest.mark.parametrize(
    "generation", ["../../../etc", "/etc", "..", "", "0123456789abcde", "0123456789abcdeg", "0123456789ABCDEF", 7, None]
)
def test_a_header_that_leads_out_of_the_folder_is_refused(folder: Path, generation: object) -> None:
    header = json.loads((folder / HEADER).read_text())
    (folder / HEADER).write_text(json.dumps({**header, "generation": generation}))
    with pytest.raises(UnreadableFileError, match="names no folder of rows"):
        opened(folder)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "[" * 50_000, "\x00\xff", '{"format": "forgery_kit gallery"}', "1" * 70_000]
)
def test_a_header_that_is_none_is_refused(folder: Path, text: str) -> None:
    (folder / HEADER).write_text(text)
    with pytest.raises(UnreadableFileError, match="no gallery of this version"):
        opened(folder)


def test_files_of_rows_that_are_links_or_missing_are_refused(folder: Path, tmp_path: Path) -> None:
    path = opened(folder).place / ROWS
    path.rename(tmp_path / "elsewhere")
    with pytest.raises(UnreadableFileError, match="missing"):
        opened(folder)
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnreadableFileError, match="no regular file"):
        opened(folder)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(UnreadableFileError, match="no regular file"):
        opened(folder)


def test_a_folder_that_holds_something_is_not_built_in(tmp_path: Path, people: Path, made: Path) -> None:
    (tmp_path / "x.txt").write_text("x")
    for folder, what in ((tmp_path, "not empty"), (made, "a gallery already")):
        with pytest.raises(ArgumentsError, match=what):
            create(folder, model_of(default_judge()))
    with pytest.raises(UnreadableFileError, match="no gallery here"):
        opened(people)


def test_info_counts_and_says_which_files_are_gone(folder: Path, people: Path, tmp_path: Path) -> None:
    write(tmp_path / "gone.inkml", 6, 0)
    (tmp_path / "people.csv").write_text("writer,file\nZ,gone.inkml\n")
    add_people(folder, tmp_path / "people.csv")
    (tmp_path / "gone.inkml").unlink()
    told = "\n".join(gallery_lines(folder, writers=True))
    assert f"writers     {WRITERS + 1}, {WRITERS + 1} files" in told
    assert "1 files are not where they were" in told
    assert "Z: 1 file" in told
