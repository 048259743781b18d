"""A casebook in SQLite and PostgreSQL: one chain whoever writes or is killed; what cannot be used is told."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from datasets.errors import CasebookError
from forgery_kit.casebook.passwords import without_password
from forgery_kit.casebook.store import open_casebook, read_casebook
from forgery_kit.casebook.verify import verify
from tests.forgery_kit.casebook.databases import server  # noqa: F401  # a fixture
from tests.forgery_kit.casebook.works import TABLE, changed, filled, work

ROOT = Path(__file__).parents[3]
#: Appends without end, or so often, and says which number it got, once it is on disk.
WRITER = """
import sys
sys.path.insert(0, '.')
from forgery_kit.casebook.store import open_casebook
from tests.forgery_kit.casebook.works import work
book, first, count = open_casebook(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
for number in range(first, first + count):
    print(number, book.append([work(number)])[0], flush=True)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A place for a casebook of its own in each kind of database."""
    if request.param == "sqlite":
        yield str(tmp_path / "c.sqlite")
        return
    url = request.getfixturevalue("server")
    yield url
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.begin() as connection:
        connection.execute(text(f"DROP TABLE IF EXISTS {TABLE}"))
    engine.dispose()


def writer(where: str, first: int, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, where, str(first), str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def recorded(where: str) -> dict[int, int]:
    """Number of an entry → that of the work in it."""
    found = {entry.number: json.loads(entry.text) for entry in read_casebook(where).entries()}
    return {number: int(fields["result"]["sha256"], 16) for number, fields in found.items()}


def test_eight_writers_at_once_make_one_chain_and_lose_nothing(where: str) -> None:
    writers = [writer(where, 100 * i, 8) for i in range(8)]
    said = {}
    for one in writers:
        out, _ = one.communicate(timeout=300)
        assert one.returncode == 0
        said.update({int(line.split()[1]): int(line.split()[0]) for line in out.splitlines()})
    assert recorded(where) == said
    assert sorted(said) == list(range(1, 65))
    assert verify(read_casebook(where)).n_faults == 0


def test_writers_that_are_killed_leave_whole_entries_and_all_that_they_said(where: str) -> None:
    draw, said = random.Random(7), {}
    for turn in range(2):
        writers = [writer(where, 10_000 * (2 * turn + i + 1), 9_000) for i in range(2)]
        for one in writers:
            assert one.stdout is not None
            lines = [one.stdout.readline() for _ in range(draw.randrange(3, 12))]
            os.kill(one.pid, signal.SIGKILL)
            lines += one.stdout.readlines()
            one.wait(timeout=60)
            whole = [line.split() for line in lines if line.endswith("\n")]
            said.update({int(number): int(what) for what, number in whole})
    there = recorded(where)
    assert said.items() <= there.items()
    # At most one more of each: on disk, and killed before it said so.
    assert len(there) <= len(said) + 4
    assert verify(read_casebook(where)).n_faults == 0
    assert open_casebook(where).append([work(1)]) == [len(there) + 1]


def test_several_pieces_of_work_are_recorded_all_or_none(where: str) -> None:
    book = open_casebook(where)
    assert book.append([work(1), work(2)]) == [1, 2]
    with pytest.raises(CasebookError, match="cannot be recorded"):
        book.append([work(3), replace(work(4), outcome={"log10_lr": float("nan")})])
    assert recorded(where) == {1: 1, 2: 2}


def test_a_result_that_is_there_is_not_added_again_where_that_is_asked(where: str) -> None:
    book = open_casebook(where)
    assert book.append([work(1), work(2)]) == [1, 2]
    assert book.append([work(2), work(3)], once=True) == [2, 3]
    assert book.append([work(2)]) == [4]


def test_text_of_every_kind_comes_back_as_it_was_given(where: str) -> None:
    odd = "Fall \x00 \u2028 \U0001f600 '\"; DROP TABLE \udcff"
    open_casebook(where).append([replace(work(1), case=odd)])
    (entry,) = read_casebook(where).entries()
    assert json.loads(entry.text)["case"] == odd.replace("\udcff", "\\xff")
    assert verify(read_casebook(where)).n_faults == 0


def test_tampering_in_postgresql_is_found(server: str) -> None:  # noqa: F811  # the fixture
    book = open_casebook(server)
    first = book.append([work(1), work(2), work(3)])
    with book.engine.begin() as connection:
        connection.execute(text(f"DELETE FROM {TABLE} WHERE number = {first[1]}"))
    assert "missing" in verify(book).faults[0]
    with book.engine.begin() as connection:
        connection.execute(text(f"DROP TABLE {TABLE}"))


def test_entries_are_read_in_turns_and_none_twice(tmp_path: Path) -> None:
    path = filled(tmp_path / "c.sqlite", 450)
    assert [entry.number for entry in read_casebook(str(path)).entries()] == list(range(1, 451))


def test_a_reader_does_not_hold_up_a_writer(tmp_path: Path) -> None:
    path = filled(tmp_path / "c.sqlite", 3)
    entries = read_casebook(str(path)).entries()
    next(entries)
    assert open_casebook(str(path)).append([work(4)]) == [4]
    assert [entry.number for entry in entries] == [2, 3, 4]


def refused(where: str | Path, said: str, writes: bool = True) -> None:
    with pytest.raises(CasebookError, match=said) as caught:
        (open_casebook if writes else read_casebook)(str(where))
    assert caught.value.exit_code == 9
    assert "\n" not in str(caught.value)


def test_what_is_no_casebook_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    ink = tmp_path / "q.inkml"
    ink.write_bytes(b"<ink></ink>")
    refused(ink, "this is no casebook")
    assert ink.read_bytes() == b"<ink></ink>"
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE people (name TEXT)")
    connection.close()
    before = other.read_bytes()
    refused(other, "a database of something else")
    refused(other, "there is no casebook in this database", writes=False)
    assert other.read_bytes() == before
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    refused(broken, "cannot be used")
    refused(broken, "cannot be used", writes=False)
    link = tmp_path / "link.sqlite"
    link.symlink_to(tmp_path / "elsewhere.sqlite")
    refused(link, "a link")
    assert not (tmp_path / "elsewhere.sqlite").exists()
    refused(tmp_path, "a folder")
    refused(tmp_path / "no" / "c.sqlite", "folder does not exist")
    refused(tmp_path / "absent.sqlite", "there is no such casebook", writes=False)
    assert not (tmp_path / "absent.sqlite").exists()


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("", "empty"),
        ("mysql://u:secret@h/d", "SQLite file or a PostgreSQL"),
        ("sqlite://", "SQLite file or a PostgreSQL"),
        ("nonsense://u:secret@h/d", "SQLite file or a PostgreSQL|no URL"),
        ("postgresql://u:secret@:x/d", "no URL"),
        ("postgresql://u:secret@127.0.0.1:1/d", "cannot be used"),
        ("postgresql://u@127.0.0.1:1/d?password=secret", "cannot be used"),
    ],
)
def test_a_url_that_cannot_be_used_is_told_without_its_password(where: str, said: str) -> None:
    with pytest.raises(CasebookError, match=said) as caught:
        open_casebook(where)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("postgresql://u:p@h/d", "postgresql://u:***@h/d"),
        ("postgresql+psycopg://u:a b@c/d@h:5/d", "postgresql+psycopg://u:***@h:5/d"),
        (
            "--casebook=postgresql://u:p@h/d?x=1&password=s&y=2",
            "--casebook=postgresql://u:***@h/d?x=1&password=***&y=2",
        ),
        ("sqlite:///a.sqlite", "sqlite:///a.sqlite"),
        ("a:b@c", "a:b@c"),
    ],
)
def test_passwords_are_not_shown(given: str, shown: str) -> None:
    assert without_password(given) == shown


def test_a_casebook_that_others_hold_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forgery_kit.casebook.store.PATIENCE", 0.2)
    path = filled(tmp_path / "c.sqlite", 1)
    book = open_casebook(str(path))
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(CasebookError, match="locked"):
        book.append([work(2)])
    holder.execute("COMMIT")
    assert book.append([work(2)]) == [2]
    holder.close()


def test_the_entry_holds_what_was_given_and_the_user_and_nothing_else(tmp_path: Path) -> None:
    path = filled(tmp_path / "c.sqlite", 1)
    (entry,) = read_casebook(str(path)).entries()
    place = {"schema_version", "number", "previous", "time", "user", "host"}
    assert set(json.loads(entry.text)) == {*work(1).fields(), *place}
    assert str(tmp_path) not in entry.text
    changed(path, "DELETE FROM TABLE")
    assert open_casebook(str(path)).append([work(1)]) == [1]
