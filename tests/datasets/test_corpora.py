"""Corpora from archives and folders, defects counted; hostile archives refused."""

from __future__ import annotations

import io
import lzma
import tarfile
from pathlib import Path

import pytest

from datasets.corpora.archive import members
from datasets.corpora.iam_ondb import IamOnDb
from datasets.corpora.unipen import Unipen
from datasets.errors import HostileFileError, MissingResourceError, UnreadableFileError


def archive(path: Path, files: dict[str, bytes], mode: str = "w:xz") -> Path:
    with tarfile.open(path, mode) as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return path


def test_a_folder_and_an_archive_give_the_same_members(tmp_path: Path) -> None:
    files = {"b/2.xml": b"two", "a/1.xml": b"one", "a/skip.gif": b"no"}
    for name, data in files.items():
        (tmp_path / "f" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "f" / name).write_bytes(data)
    found = sorted(members(archive(tmp_path / "f.tar.xz", files), (".xml",)))
    assert found == sorted(members(tmp_path / "f", (".xml",))) == [("a/1.xml", b"one"), ("b/2.xml", b"two")]


@pytest.mark.parametrize("name", ["../out.xml", "/etc/out.xml", "a/../../out.xml"])
def test_members_that_leave_the_archive_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(HostileFileError, match="leaves"):
        list(members(archive(tmp_path / "x.tar.xz", {name: b""}), (".xml",)))


def test_links_in_archives_are_not_followed(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar.xz", "w:xz") as tar:
        link = tarfile.TarInfo("a.xml")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    assert list(members(tmp_path / "x.tar.xz", (".xml",))) == []


def test_archives_cut_off_are_named(tmp_path: Path) -> None:
    whole = archive(tmp_path / "x.tar.xz", {f"{i}.xml": bytes(range(256)) * 40 for i in range(30)}).read_bytes()
    for data in (whole[: len(whole) // 2], b"not an archive", lzma.compress(b"neither")):
        (tmp_path / "y.tar.xz").write_bytes(data)
        with pytest.raises(UnreadableFileError, match=r"y\.tar\.xz"):
            list(members(tmp_path / "y.tar.xz", (".xml",)))


def test_a_missing_corpus_says_what_to_do(tmp_path: Path) -> None:
    for corpus in (IamOnDb, Unipen):
        with pytest.raises(MissingResourceError):
            corpus(tmp_path)


@pytest.mark.slow
def test_the_real_corpus_has_the_documented_counts(iam_ondb: IamOnDb) -> None:
    counts = iam_ondb.info()
    expected = {"lines": 12194, "broken files": 1, "testset_f writers": 63, "trainset writers": 93}
    assert {name: counts[name] for name in expected} == expected
