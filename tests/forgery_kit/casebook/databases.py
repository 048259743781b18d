"""A PostgreSQL server of its own for a test, on a socket in a folder, where this machine has the programs for one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _program(name: str) -> str:
    found = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))]
    where = shutil.which(name) or next(iter(reversed(found)), None)
    if where is None:
        pytest.skip(f"no PostgreSQL on this machine: {name} is missing")
    return where


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of a database on a server that runs while it is used; skips where none can be started."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    # The server refuses to be run by root; its user has to get into the folder, and a socket's path is short.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="fk-pg-"))
    try:
        if user:
            try:
                shutil.chown(folder, user)
            except LookupError:
                pytest.skip("this is root, and there is no user postgres to run the server as")

        def run(*command: str) -> None:
            subprocess.run(command, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=120)

        data = str(folder / "data")
        run(initdb, "-D", data, "-U", "examiner", "-A", "trust", "-N", "-E", "UTF8", "--no-locale")
        options = f"-c listen_addresses='' -k {folder} -c fsync=off"
        run(pg_ctl, "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "-t", "100", "start")
        try:
            yield f"postgresql://examiner@/postgres?host={folder}"
        finally:
            run(pg_ctl, "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with postgresql() as url:
        yield url
