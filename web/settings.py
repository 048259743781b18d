"""What a server is told when it starts, and how much it may be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from datasets.errors import ArgumentsError

MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """How much may be asked for; what is beyond is refused before any work.

    ``body`` bytes of a request, ``files`` and characters of ``text`` in it, ``samples`` of an imitation, ``simulate``
    imitations of a comparison. ``field`` bytes of a form's field, and of a request that is parsed in the server's own
    process. ``asked`` requests at a time (streams of events among them), ``connections`` at a time. ``waiting`` jobs at
    a time, ``kept`` jobs that are done, and seconds that they are kept. Seconds of a ``body``, of a ``reading`` and of
    a ``job``; bytes of memory of the process that reads uploads.
    """

    body: int = 64 * MEBIBYTE
    files: int = 64
    text: int = 4000
    field: int = 256 << 10
    asked: int = 256
    connections: int = 1024
    samples: int = 32
    simulate: int = 40
    waiting: int = 64
    kept: int = 200
    kept_seconds: float = 3600.0
    body_seconds: float = 30.0
    reading_seconds: float = 20.0
    job_seconds: float = 900.0
    reading_memory: int = 3 << 30


@dataclass(frozen=True)
class Settings:
    """``data`` is the folder of what users save, None where nothing is kept; ``token`` is None where none is asked."""

    host: str = "127.0.0.1"
    port: int = 8000
    data: Path | None = None
    token: str | None = None
    limits: Limits = Limits()


def checked(host: str, port: int, data: Path | None, token: str | None) -> Settings:
    """Settings, once it is sure that they are safe. Raises ArgumentsError where they are not."""
    if not 0 < port < 65536:
        raise ArgumentsError("--port", f"{port} is no port.", "Give 1 to 65535.")
    if token is not None and len(token) < 16:
        raise ArgumentsError("--token", "it is too short to be secret.", "Give 16 characters or more.")
    if token is not None and not (token.isascii() and token.isprintable() and " " not in token):
        raise ArgumentsError("--token", "a header cannot hold it.", "Give letters, digits and signs of ASCII.")
    if not is_loopback(host) and token is None:
        raise ArgumentsError("--host", f"{host} can be reached from other machines.", "Give a --token, too.")
    if data is not None and data.exists() and not data.is_dir():
        raise ArgumentsError("--data", f"{data} is no folder.", "Name a folder.")
    return Settings(host, port, data, token)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine, seen from itself alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
