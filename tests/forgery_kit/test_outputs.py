"""Files that a command writes: never over an input, a link or a device, and never half of one."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from datasets.errors import ArgumentsError, ForgeryKitError, MissingResourceError
from forgery_kit.outputs import check_apart, check_folder, check_outputs, write_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file, a link to it, a hard link, a broken link, a pipe, and a folder of exhibits."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "broken").symlink_to("nowhere")
    os.link(tmp_path / "file", tmp_path / "same")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "exhibits").mkdir()
    (tmp_path / "exhibits" / "k.ink").write_text("ink")
    (tmp_path / "to_exhibits").symlink_to("exhibits")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "folder"),
        ("exhibits", "folder"),
        ("link", "link or a device"),
        ("broken", "link or a device"),
        ("pipe", "link or a device"),
        ("none/r.pdf", "folder does not exist"),
        ("file/r.pdf", "folder does not exist"),
        ("x" * 300, "cannot be written"),
        ("a\0b", "cannot be written"),
    ],
)
def test_an_output_is_absent_or_a_regular_file_in_a_folder(folder: Path, name: str, said: str) -> None:
    with pytest.raises(ArgumentsError, match=said):
        check_outputs([folder / name])


def test_devices_are_no_outputs() -> None:
    with pytest.raises(ArgumentsError, match="device"):
        check_outputs([Path("/dev/null")])


@pytest.mark.parametrize("name", ["file", "same", "exhibits/../file", "to_exhibits/k.ink", "to_exhibits/new.pdf"])
def test_an_output_is_no_input_whatever_it_is_called(folder: Path, name: str) -> None:
    with pytest.raises(ArgumentsError, match=r"an input|folder of exhibits"):
        check_outputs([folder / name], [folder / "file", folder / "exhibits", folder / "missing", folder / "a\0b"])


def test_a_folder_that_is_not_yet_there_is_seen_to_lie_among_exhibits(folder: Path) -> None:
    with pytest.raises(ArgumentsError, match="folder of exhibits"):
        check_apart([folder / "to_exhibits" / "new" / "r.pdf"], [folder / "exhibits"])


def test_two_outputs_are_two_files(folder: Path) -> None:
    check_outputs([folder / "a", None, folder / "b"])
    with pytest.raises(ArgumentsError, match="twice"):
        check_outputs([folder / "a", folder / "exhibits" / ".." / "a"])


def test_a_file_of_ours_may_be_replaced(folder: Path) -> None:
    check_outputs([folder / "file"], [folder / "exhibits"])


def test_a_folder_for_outputs_is_one_or_can_be_made(folder: Path) -> None:
    for usable in ("exhibits", "to_exhibits", "new/and/deeper"):
        check_folder(folder / usable)
    for name in ("file", "file/in", "pipe", "broken"):
        with pytest.raises(ArgumentsError):
            check_folder(folder / name)


@pytest.mark.parametrize(
    ("code", "kind"),
    [(errno.ENOSPC, MissingResourceError), (errno.EDQUOT, MissingResourceError), (errno.EACCES, ArgumentsError)],
)
def test_a_file_that_cannot_be_replaced_stays_and_the_error_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[ForgeryKitError]
) -> None:
    path = tmp_path / "summary.csv"
    path.write_text("old")

    def refuse(self: Path, target: Path) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(kind, match=os.strerror(code)):
        write_file(path, b"new")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("summary.csv", "old")]


def test_an_error_is_not_hidden_by_its_partial_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(errno.EPERM, "not this one either")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(ArgumentsError, match="cannot be written"):
        write_file(tmp_path / "a", b"new")


def test_a_name_as_long_as_a_name_may_be_is_written(tmp_path: Path) -> None:
    write_file(tmp_path / ("x" * 255), b"new")
    assert (tmp_path / ("x" * 255)).read_bytes() == b"new"
