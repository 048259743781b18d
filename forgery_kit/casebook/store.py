"""Where a casebook is kept: a SQLite file, or a PostgreSQL database, by SQLAlchemy. One table, a row an entry.

Rows are added and never changed. Writers wait for one another: an entry is linked to the last one under a lock that the
database holds until the entry is on disk, so that a writer that is killed leaves a whole entry or none.
"""

from __future__ import annotations

import contextlib
import os
import platform
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from datasets.errors import ArgumentsError, CasebookError
from forgery_kit.casebook.chain import EMPTY, Entry, Head, linked
from forgery_kit.casebook.passwords import without_password
from forgery_kit.casebook.work import Work
from forgery_kit.outputs import check_outputs

ENTRIES = Table(
    "forgery_kit_casebook",
    MetaData(),
    Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column("sha256", String(64), nullable=False),
    # Taken from the entry, for a result to be found again.
    Column("result_sha256", String(64), index=True),
    Column("entry", Text, nullable=False),
)
#: Bytes of an entry at most, and entries that are read together. A table of scores over 200,000 files has 32 MiB.
MOST_BYTES, TOGETHER = 32 * 2**20, 10
#: Seconds that a writer waits for the others.
PATIENCE = 60
#: What a writer to PostgreSQL holds while it makes the table or adds an entry: a number that stands for casebooks.
LOCK = 0x666B6362
#: How a SQLite file begins.
MAGIC = b"SQLite format 3\0"


class Casebook:
    """A casebook that is open. Made by ``open_casebook`` and ``read_casebook``.

    Attributes
    ----------
    where : the file or the URL, without its password.
    """

    def __init__(self, engine: Engine, where: str) -> None:
        self.engine, self.where = engine, where

    def append(self, works: Sequence[Work], once: bool = False) -> list[int]:
        """Add an entry for each piece of work, all or none, and return their numbers.

        ``once`` : where an entry with the same result is there already, its number is returned and nothing is added.

        Raises CasebookError where they cannot be written; then nothing is added.
        """
        numbers = []
        with self._used() as connection:
            head, user, host = _head(connection), _user(), platform.node()
            for work in works:
                there = _number_of(connection, work.result_sha256) if once else None
                if there is not None:
                    numbers.append(there)
                    continue
                try:
                    entry = linked(head, work.fields(), _now(), user, host)
                except ValueError as error:
                    raise CasebookError(self.where, f"this cannot be recorded ({error}).", "Report it.") from error
                row = {"number": entry.number, "sha256": entry.sha256, "entry": entry.text}
                connection.execute(insert(ENTRIES).values(**row, result_sha256=work.result_sha256))
                head = Head(entry.number, entry.sha256)
                numbers.append(entry.number)
        return numbers

    def entries(self, first: int | None = None) -> Iterator[Entry]:
        """Entries in the order of their numbers, from number ``first`` on, read as they are asked for.

        Raises CasebookError where they cannot be read.
        """
        # A few at a time, so that nobody who writes has to wait until all are read.
        query = select(ENTRIES.c.number, ENTRIES.c.sha256, ENTRIES.c.entry).order_by(ENTRIES.c.number).limit(TOGETHER)
        while True:
            with self._used(writes=False) as connection:
                rows = connection.execute(query if first is None else query.where(ENTRIES.c.number >= first)).all()
            if not rows:
                return
            yield from (Entry(int(number), str(stated), str(text)) for number, stated, text in rows)
            first = int(rows[-1][0]) + 1

    @contextlib.contextmanager
    def _used(self, writes: bool = True) -> Iterator[Connection]:
        """A connection in a transaction of its own, kept where nothing is raised."""
        try:
            with self.engine.connect().execution_options(writes=writes) as connection, connection.begin():
                yield connection
        except SQLAlchemyError as error:
            raise _unusable(self.where, error) from error


def casebook_file(where: str) -> Path | None:
    """The file of a casebook; None for a database that is none. Raises CasebookError where it is neither."""
    url, _ = _url(where)
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def open_casebook(where: str) -> Casebook:
    """A casebook to write to; its table is made where it is not there yet.

    ``where`` : a SQLite file, or the URL of a SQLite or PostgreSQL database.

    Raises CasebookError where it is neither, is something else, or cannot be written to.
    """
    url, shown = _url(where)
    if url.get_backend_name() == "sqlite":
        _check_file(Path(str(url.database)), shown)
    book = Casebook(_engine(url), shown)
    with book._used() as connection:
        tables = inspect(connection).get_table_names()
        if ENTRIES.name not in tables:
            if tables and connection.dialect.name == "sqlite":
                raise CasebookError(shown, "this is a database of something else.", "Name another file.")
            ENTRIES.create(connection)
        _head(connection)
    return book


def read_casebook(where: str) -> Casebook:
    """A casebook to read; nothing is made. Raises CasebookError where there is none."""
    url, shown = _url(where)
    if url.get_backend_name() == "sqlite":
        path = Path(str(url.database))
        if not path.is_file():
            raise CasebookError(shown, "there is no such casebook.", "Check the path.")
        _check_file(path, shown, writes=False)
    book = Casebook(_engine(url, writes=False), shown)
    with book._used(writes=False) as connection:
        if not inspect(connection).has_table(ENTRIES.name):
            raise CasebookError(shown, "there is no casebook in this database.", "Check the name.")
    return book


def _url(where: str) -> tuple[URL, str]:
    """The URL of a casebook, and how it is called in what we print."""
    if "://" not in where:
        if not where:
            raise CasebookError("--casebook", "it is empty.", "Name a file, or the URL of a database.")
        return URL.create("sqlite", database=where), where
    shown = without_password(where)
    try:
        url = make_url(where)
    except (ArgumentError, ValueError) as error:
        raise CasebookError(
            shown, "this is no URL of a database.", "Write e.g. postgresql://USER@HOST/NAME."
        ) from error
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg"), shown
    if url.get_backend_name() != "sqlite" or not url.database or url.query:
        raise CasebookError(shown, "a casebook is a SQLite file or a PostgreSQL database.", "Name one of these.")
    return url.set(drivername="sqlite"), shown


def _check_file(path: Path, shown: str, writes: bool = True) -> None:
    """Raise CasebookError where a file is no SQLite file, or one that cannot be written to."""
    try:
        if writes:
            check_outputs([path])
        if path.exists():
            with path.open("rb") as file:
                head = file.read(len(MAGIC))
            if head not in (b"", MAGIC):
                raise CasebookError(shown, "this is no casebook.", "Name a casebook, or a file that is not there yet.")
    except ArgumentsError as error:
        raise CasebookError(shown, error.found, error.advice) from error
    except (OSError, ValueError) as error:
        raise CasebookError(shown, f"it cannot be read ({error!s:.200}).", "Check the file.") from error


def _engine(url: URL, writes: bool = True) -> Engine:
    if url.get_backend_name() == "sqlite":
        path = Path(str(url.database)).absolute()
        # A reader, too, may have to take back what a killed writer left half done.
        mode = "rwc" if writes else "rw" if os.access(path, os.W_OK) else "ro"
        file = f"{path.as_uri()}?mode={mode}"
        url = URL.create("sqlite", database=file, query={"uri": "true"})
        engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": PATIENCE})
    else:
        settings = f"-c lock_timeout={PATIENCE}s -c application_name=forgery_kit"
        arguments = {"connect_timeout": 10, "options": settings}
        # Under the lock each statement has to see what the writer before has added.
        engine = create_engine(url, poolclass=NullPool, connect_args=arguments, isolation_level="READ COMMITTED")

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        if url.get_backend_name() == "sqlite":
            # Transactions begin where `begin` below says, not where the driver thinks that they should.
            connection.isolation_level = None
            connection.execute("PRAGMA synchronous = FULL")
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writing = connection.get_execution_options().get("writes", True)
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
        elif writing:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")

    return engine


def _head(connection: Connection) -> Head:
    found = connection.execute(
        select(ENTRIES.c.number, ENTRIES.c.sha256).order_by(ENTRIES.c.number.desc()).limit(1)
    ).first()
    return EMPTY if found is None else Head(int(found[0]), str(found[1]))


def _number_of(connection: Connection, result_sha256: str | None) -> int | None:
    """The entry with this result; None where there is none."""
    if result_sha256 is None:
        return None
    found = select(ENTRIES.c.number).where(ENTRIES.c.result_sha256 == result_sha256).limit(1)
    return connection.scalar(found)


def _unusable(where: str, error: SQLAlchemyError) -> CasebookError:
    """The error of the database in one line; what SQLAlchemy adds to it (the statement, a link) is left out."""
    reason = without_password(" ".join(str(getattr(error, "orig", None) or error).split()))
    return CasebookError(where, f"the casebook cannot be used ({reason:.300}).", "Check it, or name another.")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _user() -> str:
    """The user as the system knows it."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        import getpass

        return getpass.getuser()
