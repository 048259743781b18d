"""What the server and its workers say to each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

#: What a worker is for: to read uploads under a limit of memory, to write, or to compare.
Lane = Literal["reading", "writing", "judging"]
LANES: tuple[Lane, ...] = ("reading", "writing", "judging")


@dataclass(frozen=True)
class Task:
    """What a worker is asked for: the ``request`` of a job, whose files lie in ``folder`` and go there."""

    id: str
    kind: str
    request: dict[str, Any]
    folder: Path


@dataclass(frozen=True)
class Message:
    """What a worker says of a task: ``progress``, ``sample``, ``done`` or ``failed``; of itself, ``ready``."""

    id: str
    event: str
    data: dict[str, Any]
