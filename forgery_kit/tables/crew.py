"""Who does the work of a table: this process, processes of its own, or the workers of a Dask scheduler that runs.

Items go out a few at a time and come back in any order, each with its result or with why it has none. Workers compute
and send back; they write nothing, so that one that dies leaves nothing half-done behind.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, Protocol

from datasets.errors import ArgumentsError
from forgery_kit.likelihood.judge import Judge
from forgery_kit.tables.work import Work


class Crew(Protocol):
    """Does work."""

    def do(self, work: Work, items: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        """Items with their results, or ``Lost``, as they are done; of ``items`` no more than are worked on are taken.

        Raises what a task raises: that is what stops the whole run.
        """


class Alone:
    """This process."""

    def __init__(self, judge: Judge | None = None) -> None:
        self._judge = judge

    def do(self, work: Work, items: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        rest = iter(items)
        while some := list(islice(rest, work.together)):
            yield from zip(some, work.task(work.settings, self._judge, some), strict=True)


def check_crew(workers: int, cluster: str | None) -> None:
    """Raise ArgumentsError for workers that cannot be had."""
    cores = len(os.sched_getaffinity(0))
    if not 1 <= workers <= cores:
        # Each computes with one thread.
        raise ArgumentsError(
            "--workers", f"{workers} is not from 1 to {cores}, the cores here.", "Name fewer, or more."
        )
    if cluster is not None and workers > 1:
        raise ArgumentsError("--cluster", "its workers do the work, --workers starts others.", "Leave one out.")
    if cluster is not None and not re.fullmatch(r"tcp://(\[[0-9a-fA-F:.]+\]|[\w.-]+):\d{1,5}", cluster):
        raise ArgumentsError("--cluster", f"{cluster!r:.80} is no address.", "Write it as tcp://HOST:PORT.")


@contextmanager
def crew_of(workers: int, cluster: str | None, judge: Judge | None) -> Iterator[Crew]:
    """Those who do the work, for as long as it takes."""
    if workers == 1 and cluster is None:
        yield Alone(judge)
        return
    # Dask is loaded by those alone who have workers.
    from forgery_kit.tables.dask_crew import dask_crew

    with dask_crew(workers, cluster) as crew:
        yield crew
