"""IDX files: what goes in comes out; whatever is not as it states is refused in one line, without being made."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.idx import TYPES, pack_idx, read_idx
from datasets.limits import MAX_IDX_BYTES

ARRAYS = st.sampled_from([np.dtype(name) for name in TYPES.values()]).flatmap(
    lambda kind: npst.arrays(kind, npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5))
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("idx") / "file"


@given(array=ARRAYS, comment=st.none() | st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=20))
@settings(deadline=None)
def test_an_array_comes_back_as_it_was_packed_or_not(file: Path, array: np.ndarray, comment: str | None) -> None:
    file.write_bytes(pack_idx(array, comment))
    found = read_idx(file)
    assert found.dtype == array.dtype.newbyteorder("=")
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, array)


def test_the_bytes_are_those_of_the_description_of_mnist(file: Path) -> None:
    assert pack_idx(np.array([[1, 2, 3]], np.int16)) == bytes.fromhex("00000b02 00000001 00000003 0001 0002 0003")


def test_another_program_unpacks_a_file_with_a_comment() -> None:
    array = np.arange(300, dtype=np.float32).reshape(3, 100)
    data = pack_idx(array, "GENERATED")
    assert b"GENERATED" in data[:40]
    assert gzip.decompress(data) == pack_idx(array)


@given(array=ARRAYS, data=st.data(), packed=st.booleans())
@settings(deadline=None)
def test_a_file_that_is_cut_off_or_goes_on_is_refused(
    file: Path, array: np.ndarray, data: st.DataObject, packed: bool
) -> None:
    whole = pack_idx(array, "" if packed else None)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    # What follows a member of gzip is another one, or fill of zeros, which gzip passes over.
    longer = whole + (pack_idx(np.zeros(1, np.uint8), "") if packed else b"\0")
    for broken in (cut, longer):
        file.write_bytes(broken)
        with pytest.raises(UnreadableFileError) as raised:
            read_idx(file)
        assert "\n" not in str(raised.value)


@given(st.binary(max_size=60) | st.binary(max_size=60).map(lambda rest: b"\0\0\x08\x03" + rest))
@settings(deadline=None)
def test_random_bytes_lead_to_our_errors_only(file: Path, data: bytes) -> None:
    for content in (data, gzip.compress(data)):
        file.write_bytes(content)
        message, size = "", 0
        try:
            size = read_idx(file).nbytes
        except UnreadableFileError as error:
            message = str(error)
        assert "\n" not in message
        assert size <= len(data)


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (struct.pack(">HBB3I", 0, 8, 3, 60_000, 2**31, 2**31), "60,000 × 2,147,483,648 × 2,147,483,648 numbers"),
        (struct.pack(">HBB2I", 0, 14, 2, MAX_IDX_BYTES // 8, 2), "numbers, more than"),
        (struct.pack(">HBB3I", 0, 8, 3, 0, 2**32 - 1, 2**32 - 1), "numbers, more than"),
        (struct.pack(">HBB", 0, 8, 255), "255 axes"),
    ],
    ids=["huge", "just too large", "empty, but huge", "axes"],
)
def test_a_file_that_states_too_much_is_refused_by_its_head_alone(file: Path, head: bytes, found: str) -> None:
    for content in (head, gzip.compress(head)):
        file.write_bytes(content + b"\0" * 100)
        with pytest.raises(UnreadableFileError, match=found if content == head else "."):
            read_idx(file)
    file.write_bytes(gzip.compress(head))
    with pytest.raises(HostileFileError, match=found):
        read_idx(file)


def test_a_bomb_is_read_no_further_than_it_states(file: Path) -> None:
    # A thousand times what it is packed in; only its first 16 bytes and one more are unpacked.
    file.write_bytes(gzip.compress(struct.pack(">HBB1I", 0, 8, 1, 8) + b"\0" * 50_000_000))
    with pytest.raises(UnreadableFileError, match="goes on after the 8 bytes"):
        read_idx(file)


def test_folders_missing_files_and_broken_packing_are_named(file: Path, tmp_path: Path) -> None:
    whole = bytearray(pack_idx(np.zeros((10, 10), np.uint8), ""))
    whole[-6] ^= 1
    (tmp_path / "checksum.gz").write_bytes(whole)
    for path in (tmp_path, tmp_path / "missing", tmp_path / "checksum.gz"):
        with pytest.raises(UnreadableFileError, match=str(path)):
            read_idx(path)


@pytest.mark.parametrize("array", [np.zeros(3, np.int64), np.zeros(3, np.uint16), np.zeros((1,) * 9, np.uint8)])
def test_what_idx_has_no_type_or_no_room_for_is_not_written(array: np.ndarray) -> None:
    with pytest.raises(ValueError, match="is not of IDX"):
        pack_idx(array)
