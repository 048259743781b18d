"""Work by Dask's workers: processes that are started here, or those of a scheduler that runs already.

Each worker has one item, or a few, at a time, so that it is known which one takes a worker down. What is handed back
by a worker that lives counts, everything else is done again. Nothing is opened but the scheduler's and the workers' own
connections: no dashboard, no HTTP.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import dask
from distributed import Client, Future, KilledWorker, Nanny, Scheduler, SpecCluster, Worker, wait
from distributed.security import Security
from distributed.system import MEMORY_LIMIT

from datasets.errors import ArgumentsError, MissingResourceError
from forgery_kit.identity import version_lines, versions
from forgery_kit.likelihood.judge import Judge, default_judge
from forgery_kit.tables.work import LIVES, Lost, Work, one_thread

#: Seconds that a scheduler has to answer, and that a cluster may be without a worker.
PATIENCE = 20
LONGEST_WITHOUT = 120
#: Seconds between two looks at our own workers.
LOOK = 4.0
#: One thread a process, also in what is not TensorFlow.
ENVIRONMENT = dict.fromkeys(
    ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
    "1",
)
#: Memory is left to the system up to the limit; a worker beyond it is ended and replaced.
SETTINGS = {
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
    "distributed.worker.multiprocessing-method": "spawn",
    # What Dask would set there makes a worker give memory back with nearly every array, and fetch it again.
    "distributed.nanny.pre-spawn-environ": {},
    "distributed.comm.timeouts.connect": f"{PATIENCE}s",
    # On a busy machine a worker takes longer to start anew than Dask would wait for it.
    "distributed.deploy.lost-worker-timeout": "1 hour",
}
#: One thing at a time in a worker, whatever threads it was given.
_BUSY = threading.Lock()


class _Scheduler(Scheduler):  # type: ignore[misc]
    def start_http_server(self, *_: Any, **__: Any) -> None:
        """None."""


class _Worker(Worker):  # type: ignore[misc]
    def start_http_server(self, *_: Any, **__: Any) -> None:
        """None."""


@dataclass
class _Job:
    """Items that are worked on together, and how many workers ended on the way."""

    items: list[Any]
    deaths: int = 0


class OtherVersionError(Exception):
    """A worker runs another program than the one that asks."""


@contextmanager
def dask_crew(workers: int, cluster: str | None) -> Iterator[DaskCrew]:
    """Workers of our own, ended at the end, or those at an address.

    Raises MissingResourceError where nobody answers there or it has no workers, ArgumentsError where they run another
    program.
    """
    # What matters of what they say is said by us, in a line.
    for name in ("distributed", "tornado", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with dask.config.set(SETTINGS):
        if cluster is None:
            with _own_cluster(workers) as own, Client(own) as client:
                yield DaskCrew(client, _Mender(own, workers))
            return
        try:
            client = Client(cluster, timeout=PATIENCE)
        except (OSError, TimeoutError, ValueError) as error:
            raise MissingResourceError(
                cluster, "no scheduler answers there.", "Start one: dask scheduler --no-dashboard."
            ) from error
        with client:
            _check_versions(client, cluster)
            yield DaskCrew(client)


@contextmanager
def _own_cluster(workers: int) -> Iterator[SpecCluster]:
    # Encrypted by keys that live in memory, so that no other user of this machine can give it work.
    security = Security.temporary()
    place = {"host": "127.0.0.1", "protocol": "tls://", "security": security}
    nanny = {
        "cls": Nanny,
        "options": {
            **place,
            "nthreads": 1,
            "worker_class": _Worker,
            "memory_limit": MEMORY_LIMIT // workers,
            "env": ENVIRONMENT,
            "silence_logs": logging.CRITICAL,
            "dashboard": False,
        },
    }
    scheduler = {
        "cls": _Scheduler,
        "options": {**place, "port": 0, "dashboard": False, "allowed_failures": 0},
    }
    cluster = SpecCluster(
        scheduler=scheduler,
        workers=dict.fromkeys(range(workers), nanny),
        worker=nanny,
        security=security,
        silence_logs=logging.CRITICAL,
    )
    with cluster:
        yield cluster


class _Mender:
    """Replaces workers whose nanny has given them up, as it does where one ends while it starts."""

    def __init__(self, cluster: SpecCluster, workers: int) -> None:
        self._cluster, self._workers = cluster, workers
        self._gone: set[Any] = set()
        self._looked = time.monotonic()

    def __call__(self) -> None:
        if time.monotonic() - self._looked < LOOK:
            return
        self._looked = time.monotonic()
        gone = {name for name, nanny in list(self._cluster.workers.items()) if not nanny.is_alive()}
        # Seen without a process twice: one that is being replaced has its new process at once.
        for name in gone & self._gone:
            self._cluster.worker_spec.pop(name, None)
        if gone & self._gone or set(self._cluster.worker_spec) != set(self._cluster.workers):
            self._cluster.scale(self._workers)
        self._gone = gone


class DaskCrew:
    """The workers that a client sees; ``mend`` : looks after them."""

    def __init__(self, client: Client, mend: Callable[[], None] = lambda: None) -> None:
        self._client, self._mend = client, mend

    def do(self, work: Work, items: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        """As ``Crew.do``. A few items that took a worker down are tried again one by one."""
        rest, again = iter(items), deque[_Job]()
        flying: dict[Future, _Job] = {}
        expected, folder = program(), Path.cwd()
        waited = 0
        try:
            while True:
                self._mend()
                while len(flying) < max(self._threads(), 1):
                    job = again.popleft() if again else _Job(list(islice(rest, work.together)))
                    if not job.items:
                        break
                    with _told_if_gone():
                        future = self._client.submit(
                            on_worker, work, job.items, expected, folder, pure=False, retries=0
                        )
                    flying[future] = job
                if not flying:
                    return
                try:
                    with _told_if_gone():
                        ready = wait(list(flying), timeout=5, return_when="FIRST_COMPLETED").done
                    waited = 0
                except TimeoutError:
                    waited = self._still_there(waited)
                    continue
                for future in ready:
                    yield from self._landed(future, flying.pop(future), again)
        finally:
            if self._client.status == "running":
                self._client.cancel(list(flying))

    def _threads(self) -> int:
        with _told_if_gone():
            return sum(self._client.nthreads().values())

    def _still_there(self, waited: int) -> int:
        """Seconds that there has been no worker. Raises MissingResourceError where that is too long."""
        if self._client.status != "running":
            raise _gone()
        waited = 0 if self._threads() else waited + 5
        if waited > LONGEST_WITHOUT:
            raise MissingResourceError(
                "--cluster", "it has no workers any more.", "Start some; started again, it goes on."
            )
        return waited

    def _landed(self, future: Future, job: _Job, again: deque[_Job]) -> Iterator[tuple[Any, Any]]:
        """Items of a job with their results; those of one whose worker ended are put into ``again``."""
        if future.status in ("cancelled", "lost"):
            raise _gone()
        try:
            results = future.result()
        except KilledWorker as error:
            deaths = job.deaths + error.allowed_failures + 1
            if len(job.items) > 1:
                # Whose fault it was is not known: each is tried by itself.
                again.extend(_Job([item], min(deaths, LIVES - 1)) for item in job.items)
            elif deaths < LIVES:
                again.append(_Job(job.items, deaths))
            else:
                yield job.items[0], Lost(f"{deaths} workers ended, one after another, while they had this row.")
            return
        except OtherVersionError as error:
            raise ArgumentsError("--cluster", f"{error}.", "Start its workers from this program.") from error
        yield from zip(job.items, results, strict=True)


def on_worker(work: Work, items: Sequence[Any], expected: str, folder: Path) -> Sequence[Any]:
    """What a worker does with items: the task, with this program's own judge, in the folder of the one who asks.

    Raises OtherVersionError where that runs another program, and what the task raises.
    """
    with _BUSY:
        if program() != expected:
            raise OtherVersionError(f"a worker runs another program: {_differing(expected, program())}")
        one_thread()
        os.chdir(folder)
        judge = _judge(work.reference) if work.sha256 else None
        if judge and judge.reference.sha256 != work.sha256:
            raise OtherVersionError("a worker finds another reference at the same path")
        return work.task(work.settings, judge, items)


@lru_cache(maxsize=1)
def _judge(reference: Path | None) -> Judge:
    if reference is None:
        return default_judge()
    from forgery_kit.laboratory.reference import laboratory_judge

    return laboratory_judge(reference)


@lru_cache(maxsize=1)
def program() -> str:
    """The program as results depend on it: its version, shipped files, and the packages that compute, a line each."""
    return "\n".join((*version_lines(), *(f"{name} {version}" for name, version in versions().items())))


def _differing(mine: str, theirs: str) -> str:
    """The first line that two programs do not share."""
    ours = set(mine.splitlines())
    return next((line for line in theirs.splitlines() if line not in ours), "it lacks a file")


def _check_versions(client: Client, cluster: str) -> None:
    """Raise ArgumentsError where a worker runs another program, MissingResourceError where there is none."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        advice = f"Start some in this checkout: PYTHONPATH=. dask worker {cluster} --nthreads 1 --no-dashboard."
        raise MissingResourceError(cluster, "this scheduler has no workers.", advice) from error
    found = client.run(program, on_error="return")
    for address, one in found.items():
        if isinstance(one, Exception):
            reason = " ".join(str(one).split())[:200]
            advice = f"Start its workers in this checkout: PYTHONPATH=. dask worker {cluster}."
            raise ArgumentsError("--cluster", f"the worker {address} cannot run this program ({reason}).", advice)
        if one != program():
            found_there = _differing(program(), one)
            raise ArgumentsError(
                "--cluster", f"the worker {address} runs another program: {found_there}.", "Start it from this one."
            )


@contextmanager
def _told_if_gone() -> Iterator[None]:
    """Raise MissingResourceError for what Dask raises where the scheduler ended."""
    try:
        yield
    except TimeoutError:
        raise
    except (CancelledError, asyncio.CancelledError, OSError) as error:
        raise _gone() from error


def _gone() -> MissingResourceError:
    return MissingResourceError("the scheduler", "it is gone.", "Start it, and this command: it goes on.")
