"""Every kind of tampering with a casebook is found: altered, removed, moved, put in, cut off at the end."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from datasets.errors import CasebookError, ForgeryKitError, UnreadableFileError
from forgery_kit.casebook.canonical import canonical, sha256
from forgery_kit.casebook.chain import EMPTY, Check, Entry, Head, linked
from forgery_kit.casebook.export import Export, export
from forgery_kit.casebook.head import SignedHead, head_bytes, read_head, sign
from forgery_kit.casebook.store import read_casebook
from forgery_kit.casebook.verify import verify
from tests.forgery_kit.casebook.works import changed, filled, work

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def chain(count: int, salt: str = "") -> list[Entry]:
    found: list[Entry] = []
    head = EMPTY
    for number in range(1, count + 1):
        fields = {**work(number).fields(), "case": f"{salt}{number}"}
        found.append(linked(head, fields, "2026-11-28T10:00:00.000Z", "user", "host"))
        head = Head(number, found[-1].sha256)
    return found


def faults(entries: list[Entry]) -> list[str]:
    return list(Check().faults(entries))


CHAIN = chain(12)


def test_an_untouched_chain_has_no_fault() -> None:
    check = Check(5)
    assert list(check.faults(CHAIN)) == []
    assert check.head == Head(12, CHAIN[-1].sha256)
    assert check.hash_of_wanted == CHAIN[4].sha256


@given(st.integers(0, 11), st.data())
def test_any_changed_byte_of_an_entry_is_found(index: int, data: st.DataObject) -> None:
    text = CHAIN[index].text
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(exclude_categories=("Cs",)).filter(lambda c: c != text[place]))
    altered = Entry(index + 1, CHAIN[index].sha256, text[:place] + other + text[place + 1 :])
    assert faults([*CHAIN[:index], altered, *CHAIN[index + 1 :]])


@given(st.integers(0, 10), st.sampled_from(["case", "command", "time", "user", "host", "kind"]), st.text(max_size=5))
def test_an_entry_that_was_altered_with_its_hash_no_longer_fits_the_next(index: int, name: str, value: str) -> None:
    fields = json.loads(CHAIN[index].text)
    text = canonical({**fields, name: f"{fields[name]}x{value.encode('utf-8', 'ignore').decode()}"})
    altered = Entry(index + 1, sha256(text), text.decode())
    assert any(f"entry {index + 2}" in fault for fault in faults([*CHAIN[:index], altered, *CHAIN[index + 1 :]]))


@given(st.sets(st.integers(0, 10), min_size=1))
def test_entries_that_were_removed_before_the_last_are_found(gone: set[int]) -> None:
    assert faults([entry for index, entry in enumerate(CHAIN) if index not in gone])


@given(st.sets(st.integers(0, 10), min_size=1))
def test_removed_entries_are_found_though_the_rest_are_numbered_anew(gone: set[int]) -> None:
    left = [entry for index, entry in enumerate(CHAIN) if index not in gone]
    assert faults([Entry(number, entry.sha256, entry.text) for number, entry in enumerate(left, 1)])


@given(st.permutations(range(12)).filter(lambda order: order != list(range(12))), st.booleans())
def test_entries_in_another_order_are_found(order: list[int], numbered_anew: bool) -> None:
    moved = [CHAIN[index] for index in order]
    if numbered_anew:
        moved = [Entry(number, entry.sha256, entry.text) for number, entry in enumerate(moved, 1)]
    assert faults(moved)


@given(st.integers(0, 11), st.integers(0, 11))
def test_an_entry_of_another_casebook_is_found(place: int, index: int) -> None:
    other = chain(12, "other ")[index]
    put_in = [*CHAIN[:place], Entry(place + 1, other.sha256, other.text), *CHAIN[place:]]
    assert faults([Entry(number, entry.sha256, entry.text) for number, entry in enumerate(put_in, 1)])


@given(st.integers(0, 11), st.integers(1, 12))
def test_entries_cut_off_at_the_end_are_found_by_a_signed_head_and_by_nothing_else(left: int, signed_at: int) -> None:
    signed = sign(Head(signed_at, CHAIN[signed_at - 1].sha256), KEY)
    assert faults(CHAIN[:left]) == []
    found = verify(Kept(CHAIN[:left]), signed)  # type: ignore[arg-type]  # what is like a casebook
    assert bool(found.n_faults) == (left < signed_at)


@given(st.integers(1, 12))
def test_a_chain_made_anew_from_the_start_is_found_by_a_signed_head(signed_at: int) -> None:
    signed = sign(Head(signed_at, CHAIN[signed_at - 1].sha256), KEY)
    forged = chain(12, "forged ")
    assert faults(forged) == []
    assert verify(Kept(forged), signed).n_faults  # type: ignore[arg-type]  # what is like a casebook
    assert not verify(Kept(CHAIN), signed).n_faults  # type: ignore[arg-type]


class Kept:
    """Entries in place of a casebook."""

    where = "kept"

    def __init__(self, entries: list[Entry]) -> None:
        self.kept = entries

    def entries(self) -> list[Entry]:
        return self.kept


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["UPDATE TABLE SET entry = replace(entry, 'Fall 3', 'Fall 4') WHERE number = 3"], "entry 3: it was altered"),
        (["UPDATE TABLE SET sha256 = sha256 || '0' WHERE number = 5"], "entry 5: it was altered"),
        (["UPDATE TABLE SET sha256 = upper(sha256) WHERE number = 5"], "entry 5: it was altered"),
        (["UPDATE TABLE SET entry = '' WHERE number = 2"], "entry 2: it was altered"),
        (["UPDATE TABLE SET entry = '7' WHERE number = 2"], "entry 2: it was altered"),
        (["UPDATE TABLE SET entry = x'ff00ff' WHERE number = 2"], "entry 2: it was altered"),
        (["DELETE FROM TABLE WHERE number = 4"], "entry 4 is missing"),
        (["DELETE FROM TABLE WHERE number IN (1, 2)"], "entries 1 to 2 are missing"),
        (["DELETE FROM TABLE WHERE number = 4", "UPDATE TABLE SET number = number - 1 WHERE number > 4"], "was moved"),
        (
            [
                "UPDATE TABLE SET number = 99 WHERE number = 3",
                "UPDATE TABLE SET number = 3 WHERE number = 4",
                "UPDATE TABLE SET number = 4 WHERE number = 99",
            ],
            "entry 3: it was moved",
        ),
        (["INSERT INTO TABLE SELECT 0, sha256, result_sha256, entry FROM TABLE WHERE number = 1"], "entry 0"),
        (["INSERT INTO TABLE SELECT 9, sha256, result_sha256, entry FROM TABLE WHERE number = 8"], "entry 9"),
    ],
)
def test_what_is_done_to_the_file_is_found_and_named(tmp_path: Path, statements: list[str], said: str) -> None:
    path = filled(tmp_path / "c.sqlite", 8)
    assert verify(read_casebook(str(path))).n_faults == 0
    changed(path, *statements)
    assert said in " ".join(verify(read_casebook(str(path))).faults)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of four entries and the head."""
    folder = tmp_path_factory.mktemp("export")
    export(read_casebook(str(filled(folder / "c.sqlite", 4))), folder / "e.jsonl")
    assert verify(Export(folder / "e.jsonl")).n_faults == 0
    return folder / "e.jsonl"


@given(st.data())
def test_any_changed_byte_of_an_export_is_found(exported: Path, data: st.DataObject) -> None:
    whole = exported.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != whole[place]))
    other = exported.with_name("other.jsonl")
    other.write_bytes(whole[:place] + bytes([byte]) + whole[place + 1 :])
    assert refused_or_faulty(other)


@given(st.data())
def test_an_export_with_lines_removed_repeated_or_moved_is_found(exported: Path, data: st.DataObject) -> None:
    lines = exported.read_bytes().splitlines(keepends=True)
    order = data.draw(st.lists(st.integers(0, 4), max_size=7).filter(lambda found: found != [0, 1, 2, 3, 4]))
    other = exported.with_name("other.jsonl")
    other.write_bytes(b"".join(lines[index] for index in order))
    assert refused_or_faulty(other)


def refused_or_faulty(path: Path) -> bool:
    try:
        return verify(Export(path)).n_faults > 0
    except UnreadableFileError:
        return True


def test_an_export_is_the_text_that_the_hashes_are_over(tmp_path: Path) -> None:
    export(read_casebook(str(filled(tmp_path / "c.sqlite", 3))), tmp_path / "e.jsonl")
    *lines, last = (tmp_path / "e.jsonl").read_bytes().splitlines()
    hashes = ["0" * 64, *(hashlib.sha256(line).hexdigest() for line in lines)]
    assert [json.loads(line)["previous"] for line in lines] == hashes[:-1]
    assert json.loads(last) == {"head": {"number": 3, "sha256": hashes[-1]}}


@given(st.data())
def test_any_changed_value_of_a_signed_head_is_found(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("head") / "head.json"
    made = sign(Head(7, "ab" * 32), KEY)
    path.write_bytes(head_bytes(made))
    assert read_head(path) == made
    fields = json.loads(path.read_text())
    where = data.draw(st.sampled_from(["number", "sha256", "time", "schema_version", "signature", "public_key"]))
    part = fields["signed"] if where in fields["signed"] else fields
    before = part[where]
    other = st.text(max_size=60) if isinstance(before, str) else st.integers(-10, 2**60)
    part[where] = data.draw(other.filter(lambda value: value != before))
    path.write_text(json.dumps(fields))
    with pytest.raises(ForgeryKitError):
        read_head(path)


def test_a_head_of_another_key_is_found(tmp_path: Path) -> None:
    path = filled(tmp_path / "c.sqlite", 2)
    book = read_casebook(str(path))
    check = Check()
    assert list(check.faults(book.entries())) == []
    other = Ed25519PrivateKey.generate()
    signed: SignedHead = sign(check.head, other)
    assert verify(book, signed, other.public_key().public_bytes_raw()).n_faults == 0
    assert "another key" in verify(book, signed, KEY.public_key().public_bytes_raw()).faults[0]


def test_a_file_with_broken_pages_does_not_pass(tmp_path: Path) -> None:
    path = filled(tmp_path / "c.sqlite", 60)
    data = bytearray(path.read_bytes())
    data[4096 : 4096 * 4] = b"\xa5" * (4096 * 3)
    path.write_bytes(data)
    try:
        assert verify(read_casebook(str(path))).n_faults
    except CasebookError as error:
        assert "\n" not in str(error)  # noqa: PT017  # either outcome is right
    with pytest.raises(sqlite3.DatabaseError):
        changed(path, "UPDATE TABLE SET entry = entry")


def test_an_entry_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    path = filled(tmp_path / "c.sqlite", 3)
    changed(
        path, "UPDATE TABLE SET entry = '[' || replace(hex(zeroblob(3000000)), '00', '[],') || '0]' WHERE number = 2"
    )
    assert "too many lists" in " ".join(verify(read_casebook(str(path))).faults)
    changed(path, "UPDATE TABLE SET entry = hex(zeroblob(20000000)) WHERE number = 2")
    assert "too big" in " ".join(verify(read_casebook(str(path))).faults)
    head = tmp_path / "head.json"
    head.write_text("[" + "[]," * 5_000_000 + "0]")
    with pytest.raises(UnreadableFileError, match="too large"):
        read_head(head)
