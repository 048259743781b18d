"""Nothing of ours opens a network connection but the web server, Dask, a casebook's database and the time stamp."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reports.saved import to_json
from tests.reports.example import small
from tests.test_layers import FILES, ROOT

#: What can open a connection, of the standard library and of the packages that are installed with this program.
CONNECTING = {
    *("socket", "socketserver", "ssl", "http", "urllib.request", "ftplib", "smtplib", "poplib", "imaplib", "xmlrpc"),
    *(
        "telnetlib",
        "nntplib",
        "asyncio",
        "wsgiref",
        "webbrowser",
        "multiprocessing.connection",
        "multiprocessing.managers",
    ),
    *("requests", "httpx", "urllib3", "aiohttp", "websockets", "grpc", "huggingface_hub", "boto3", "fsspec"),
    *(
        "dask",
        "distributed",
        "torch.distributed",
        "sqlalchemy",
        "psycopg",
        "pyhanko",
        "fastapi",
        "uvicorn",
        "starlette",
        "sse_starlette",
    ),
}
#: Beginning of a file's path, what it may import of these, and why.
ALLOWED = (
    ("web/", {"asyncio", "fastapi", "uvicorn", "starlette", "sse_starlette"}, "the page and the API"),
    ("web/worker.py", {"multiprocessing.connection"}, "the type of the pipe between the server and its workers"),
    ("gan/training/processes.py", {"torch.distributed"}, "a training shared by processes of this machine"),
    ("forgery_kit/tables/dask_crew.py", {"asyncio", "dask", "distributed"}, "workers that the user asks for"),
    (
        "forgery_kit/verification/sign",
        {"asyncio", "pyhanko"},
        "a signature's time stamp, where it is asked for",
    ),
    ("forgery_kit/casebook/store.py", {"sqlalchemy"}, "a casebook in a database that the user names"),
    ("forgery_kit/casebook/stamp.py", {"urllib.request", "http"}, "a time stamp from an authority that the user names"),
)


def imported(path: Path) -> set[str]:
    """Dotted names of what a file imports, inside functions too, by statement or name, and what it takes of them."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Attribute):
            found.add(ast.unparse(node))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("__import__", "importlib.import_module"):
            found |= {str(one.value) for one in node.args if isinstance(one, ast.Constant)}
    return found


def connecting(names: set[str]) -> set[str]:
    """Those of ``CONNECTING`` that stand among the names, or above them."""
    return {one for one in CONNECTING for name in names if name == one or name.startswith(f"{one}.")}


def test_what_imports_something_that_connects_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from urllib import request\ndef f():\n    import http.client, socket as s\n")
    assert connecting(imported(tmp_path / "a.py")) == {"urllib.request", "http", "socket"}
    (tmp_path / "b.py").write_text("import importlib, urllib.parse\nimportlib.import_module('requests')\n")
    assert connecting(imported(tmp_path / "b.py")) == {"requests"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_module_imports_nothing_that_connects_unless_it_is_named_here(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    allowed = {one for start, names, _ in ALLOWED if name.startswith(start) for one in names}
    assert connecting(imported(path)) <= allowed


def test_each_exception_is_needed() -> None:
    for start, names, why in ALLOWED:
        used = {
            one
            for path in FILES
            if path.relative_to(ROOT).as_posix().startswith(start)
            for one in connecting(imported(path))
        }
        assert names <= used, why


#: Refuses every connection, name look-up, datagram and open port from here on, in a process that then runs commands.
#: What is refused is printed, too, for what catches the error.
FORBID = """
import sys

def forbid(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
                 "socket.gethostbyname", "socket.gethostbyaddr", "urllib.Request", "http.client.connect"):
        # Processes of this machine may talk over sockets that have a file's name. And a library binds one to no port,
        # to see whether there is IPv6; nobody can connect to that.
        local = event in ("socket.connect", "socket.bind") and isinstance(arguments[1], (str, bytes))
        if not local and not (event == "socket.bind" and arguments[1][:2] == ("::1", 0)):
            print("CONNECTION", event, arguments, flush=True)
            raise PermissionError("no connections in this test")

sys.addaudithook(forbid)
import cli

def run(*arguments):
    sys.argv = ["cli.py", *arguments]
    print("CODE", cli.main(), flush=True)
"""


def forbidden(code: str, folder: Path) -> str:
    """What commands print that run in a process where connections are forbidden."""
    script = f"{FORBID}\nFOLDER = {str(folder)!r}\n{code}"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_a_connection_would_be_seen(tmp_path: Path) -> None:
    code = "import urllib.request\ntry:\n    urllib.request.urlopen('http://127.0.0.1:9/')\nexcept OSError: pass"
    assert "CONNECTION urllib.Request" in forbidden(code, tmp_path)
    code = "import socket\ntry:\n    socket.create_connection(('127.0.0.1', 9))\nexcept OSError: pass"
    assert "CONNECTION socket" in forbidden(code, tmp_path)


@pytest.mark.slow
def test_commands_run_where_connections_are_forbidden(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(to_json(small()), encoding="utf-8")
    for name in ("q1", "k1"):
        shutil.copy(ROOT / "datasets" / "exhibits" / f"{name}.inkml", tmp_path)
    (tmp_path / "pairs.csv").write_text("questioned,known\nq1.inkml,k1.inkml\n")
    code = """
book = ["--casebook", f"{FOLDER}/c.sqlite"]
run("score", f"{FOLDER}/pairs.csv", "-o", f"{FOLDER}/scores.csv", "--allow-generated", *book)
run("imitate", "--text", "No", "--style", "alder", "-n", "1", "-o", f"{FOLDER}/made", *book)
run("report", f"{FOLDER}/r.json", "-o", f"{FOLDER}/r.pdf")
run("replay", f"{FOLDER}/r.json", "-o", f"{FOLDER}/r.html")
run("casebook", "verify", *book)
run("casebook", "list", *book)
"""
    said = forbidden(code, tmp_path)
    assert "CONNECTION" not in said
    assert [line for line in said.splitlines() if line.startswith("CODE")] == ["CODE 0"] * 6, said
    kinds = [line.split()[2] for line in said.splitlines() if line.strip()[:1].isdigit() and "Z " in line]
    assert kinds == ["score", "imitation"]
    assert ",error" in (tmp_path / "scores.csv").read_text().splitlines()[0]
