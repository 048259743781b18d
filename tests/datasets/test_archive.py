"""Archives from strangers: what leaves them, lies about itself or is cut off ends in our own errors, nothing else."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest

from datasets.corpora import archive
from datasets.corpora.archive import find_source, members
from datasets.errors import HostileFileError, UnreadableFileError

COMPRESSIONS = ("", "gz", "bz2", "xz")
#: Noise, so that compression leaves something to cut.
FILES = {f"c/{i:02}.xml": np.random.default_rng(i).bytes(700) for i in range(20)}


def packed(files: dict[str, bytes], compression: str = "") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=f"w:{compression}") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def packed_entry(**attributes: object) -> bytes:
    """A tar of one empty entry with these attributes of ``TarInfo``."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        entry = tarfile.TarInfo("a.xml")
        for name, value in attributes.items():
            setattr(entry, name, value)
        tar.addfile(entry)
    return buffer.getvalue()


def read(path: Path, data: bytes) -> dict[str, bytes]:
    path.write_bytes(data)
    return dict(members(path, (".xml",)))


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_every_compression_gives_the_same_members(tmp_path: Path, compression: str) -> None:
    assert read(tmp_path / "a.tar", packed(FILES, compression)) == FILES


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("name", ["../a.xml", "b/../../a.xml", "/a.xml", "//a.xml", "b/../a.xml"])
def test_paths_that_leave_the_archive_are_hostile(tmp_path: Path, name: str, compression: str) -> None:
    with pytest.raises(HostileFileError, match="leaves the archive"):
        read(tmp_path / "a.tar", packed({name: b"x"}, compression))


def test_a_path_hidden_in_an_extended_header_is_hostile_too(tmp_path: Path) -> None:
    with pytest.raises(HostileFileError, match="leaves the archive"):
        read(tmp_path / "a.tar", packed_entry(pax_headers={"path": "../out.xml"}))


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE]
)
def test_links_devices_and_folders_are_no_members(tmp_path: Path, kind: bytes) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    assert read(tmp_path / "a.tar", packed_entry(type=kind, linkname=str(secret))) == {}


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.xml").write_text("secret")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.xml").write_text("own")
    (folder / "b.xml").symlink_to(tmp_path / "secret.xml")
    (folder / "c.xml").mkdir()
    assert list(members(folder, (".xml",))) == [("a.xml", b"own")]


def test_a_member_is_refused_by_its_declared_size_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBER_BYTES", 699)
    with pytest.raises(HostileFileError, match="has 700 bytes"):
        read(tmp_path / "a.tar", packed(FILES))


def test_a_size_that_the_archive_does_not_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HostileFileError, match="99999999999999 bytes"):
        read(tmp_path / "a.tar", packed_entry(pax_headers={"size": "99999999999999"}))
    with pytest.raises(UnreadableFileError):
        read(tmp_path / "a.tar", packed_entry(pax_headers={"size": "50000"}))


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_archives_cut_off_or_damaged_anywhere_end_in_no_foreign_error(tmp_path: Path, compression: str) -> None:
    whole = packed(FILES, compression)
    generator = np.random.default_rng(0)
    broken = [whole[:cut] for cut in range(0, len(whole), len(whole) // 40)]
    for _ in range(60):
        damaged = bytearray(whole)
        damaged[int(generator.integers(min(len(whole), 1500)))] ^= 1 << int(generator.integers(8))
        broken.append(bytes(damaged))
    refused = []
    for data in broken:
        try:
            read(tmp_path / "a.tar", data)
        except UnreadableFileError as error:
            refused.append(str(error))
    assert refused
    assert all("a.tar" in message for message in refused)


@pytest.mark.parametrize("compression", ["gz", "bz2", "xz"])
def test_archives_cut_off_in_the_middle_are_unreadable(tmp_path: Path, compression: str) -> None:
    whole = packed(FILES, compression)
    for share in (0.25, 0.5, 0.75):
        with pytest.raises(UnreadableFileError, match="cannot be read"):
            read(tmp_path / "a.tar", whole[: int(share * len(whole))])


@pytest.mark.parametrize("compression", ["", "gz", "xz"])
def test_archives_cut_off_are_never_read_as_shorter_ones(tmp_path: Path, compression: str) -> None:
    whole = packed(FILES, compression)
    for cut in range(1, len(whole), max(len(whole) // 400, 1)):
        try:
            found = read(tmp_path / "a.tar", whole[:cut])
        except UnreadableFileError:
            continue
        assert len(found) == len(FILES)


@pytest.mark.parametrize(
    "headers",
    [
        {"GNU.sparse.map": "a,b", "GNU.sparse.size": "5"},
        {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "q"},
    ],
)
def test_broken_sparse_headers_are_unreadable(tmp_path: Path, headers: dict[str, str]) -> None:
    with pytest.raises(UnreadableFileError):
        read(tmp_path / "a.tar", packed_entry(pax_headers=headers))


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"<xml/>", b"\x1f\x8b\x08\x00", b"\xfd7zXZ\x00", b"BZh9"])
def test_what_is_no_archive_is_unreadable(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UnreadableFileError):
        read(tmp_path / "a.tar", data)


def test_an_archive_that_is_missing_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError):
        list(members(tmp_path / "none.tar.xz", (".xml",)))


def test_reading_writes_nothing(tmp_path: Path) -> None:
    read(tmp_path / "a.tar", packed(FILES))
    assert os.listdir(tmp_path) == ["a.tar"]


def test_an_extracted_folder_is_preferred_to_the_archive(tmp_path: Path) -> None:
    assert find_source(tmp_path, "a.tar", "a") is None
    (tmp_path / "a.tar").write_bytes(packed(FILES))
    assert find_source(tmp_path, "a.tar", "a") == tmp_path / "a.tar"
    (tmp_path / "a").mkdir()
    assert find_source(tmp_path, "a.tar", "a") == tmp_path / "a"
