"""What is done to the items of a table, and what every process that does it has to know."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forgery_kit.likelihood.judge import Judge

#: Workers that an item, alone, may take down before it is given up.
LIVES = 3


@dataclass(frozen=True)
class Work:
    """What is done to items, and what each process has to know for it.

    Attributes
    ----------
    task : module-level function of (settings, judge, items), gives a result for each item. settings : picklable.
    together : items that are handed out at once.
    reference : file of a laboratory's reference; None for the one that ships. sha256 : of the reference that is used;
        empty for a task that needs no judge.
    """

    task: Callable[[Any, Judge | None, Sequence[Any]], Sequence[Any]]
    settings: Any
    together: int
    reference: Path | None = None
    sha256: str = ""


@dataclass(frozen=True)
class Lost:
    """In place of a result: why there is none."""

    reason: str


def one_thread(beside: int = 1) -> None:
    """Compute each sum with one thread from here on, so many of them beside one another; before TensorFlow has run.

    How sums are cut up among threads shows in their last bits: with one thread they are the same on every machine, and
    workers side by side do not get into each other's way.
    """
    from threadpoolctl import threadpool_limits

    for name in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = "1"
    os.environ["TF_NUM_INTEROP_THREADS"] = str(beside)
    threadpool_limits(1)
