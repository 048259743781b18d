"""The board of jobs, with workers that do nothing but record what they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from web.jobs import Board, Job
from web.messages import Lane, Message, Task
from web.problems import ProblemError
from web.settings import Limits

LIMITS = Limits()


class FakeWorker:
    def __init__(self, lane: Lane, memory: int, said: Callable[..., None]) -> None:
        self.lane, self.said = lane, said
        self.batches: list[list[Task]] = []
        self.killed = False
        said(self, Message("", "ready", {}))

    def send(self, tasks: list[Task]) -> None:
        self.batches.append(tasks)

    def kill(self) -> None:
        self.killed = True


class Case:
    """A board with its workers as they were hired."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.hired: list[FakeWorker] = []
        self.board = Board(limits, folder, self._hire)  # type: ignore[arg-type]  # what a board needs of a worker

    def _hire(self, *given: Any) -> FakeWorker:
        self.hired.append(FakeWorker(*given))
        return self.hired[-1]

    def worker(self, lane: Lane) -> FakeWorker:
        return [one for one in self.hired if one.lane == lane][-1]

    def submit(self, kind: str, lane: Lane = "writing") -> Job:
        id, folder = self.board.place()
        return self.board.submit(id, kind, lane, {}, folder)

    async def say(self, job: Job, event: str, **data: Any) -> None:
        worker = self.worker(job.lane)
        worker.said(worker, Message(job.id, event, data))
        await asyncio.sleep(0)


def run(folder: Path, played: Callable[[Case], Coroutine[Any, Any, None]], limits: Limits = LIMITS) -> None:
    async def whole() -> None:
        case = Case(folder, limits)
        case.board.open()
        await asyncio.sleep(0)
        try:
            await played(case)
        finally:
            case.board.close()

    asyncio.run(whole())


def test_imitations_that_wait_are_done_together_and_comparisons_one_by_one(tmp_path: Path) -> None:
    async def played(case: Case) -> None:
        first = case.submit("imitations")
        others = [case.submit("imitations") for _ in range(3)]
        await case.say(first, "done")
        assert [len(batch) for batch in case.worker("writing").batches] == [1, 3]
        assert [job.state for job in (first, *others)] == ["done", "running", "running", "running"]
        for _ in range(2):
            case.submit("comparisons", "judging")
        assert [len(batch) for batch in case.worker("judging").batches] == [1]

    run(tmp_path, played)


def test_a_cancelled_job_costs_those_beside_it_a_new_start_only(tmp_path: Path) -> None:
    async def played(case: Case) -> None:
        case.submit("imitations")
        await case.say(next(iter(case.board.jobs.values())), "done")
        together = [case.submit("imitations") for _ in range(2)]
        case.board.cancel(together[0])
        # The first of the two ran alone; the second waited, and now runs in a new process.
        killed = [one.killed for one in case.hired if one.lane == "writing"]
        await asyncio.sleep(0)
        assert killed == [True, False]
        assert together[0].state == "cancelled"
        assert together[1].state == "running"
        waiting = case.submit("imitations")
        case.board.cancel(waiting)
        assert waiting.state == "cancelled"
        assert not case.worker("writing").killed

    run(tmp_path, played)


def test_a_process_that_dies_fails_its_job_and_is_replaced(tmp_path: Path) -> None:
    async def played(case: Case) -> None:
        job, next_one = case.submit("comparisons", "judging"), case.submit("comparisons", "judging")
        worker = case.worker("judging")
        worker.said(worker, None)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert job.state == "failed"
        assert job.problem is not None
        assert next_one.state == "running"
        # What a dead process said late counts no more.
        worker.said(worker, Message(next_one.id, "done", {}))
        await asyncio.sleep(0)
        assert next_one.state == "running"

    run(tmp_path, played)


def test_a_full_queue_says_when_to_come_back(tmp_path: Path) -> None:
    async def played(case: Case) -> None:
        for _ in range(3):
            case.submit("comparisons", "judging")
        with pytest.raises(ProblemError) as refused:
            case.submit("comparisons", "judging")
        assert refused.value.status == 503
        assert int(refused.value.headers["retry-after"]) > 0

    run(tmp_path, played, Limits(waiting=2))


def test_a_job_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    async def played(case: Case) -> None:
        job = case.submit("comparisons", "judging")
        await asyncio.wait_for(case.board.ended(job), 30)
        assert job.state == "failed"
        assert job.problem is not None
        assert job.problem["status"] == 504

    run(tmp_path, played, Limits(job_seconds=0.5))


def test_what_nobody_fetches_is_forgotten_with_its_files(tmp_path: Path) -> None:
    async def played(case: Case) -> None:
        job = case.submit("comparisons", "judging")
        (job.folder / "case.json").write_text("{}")
        await case.say(job, "done")
        for _ in range(100):
            if job.id not in case.board.jobs:
                break
            await asyncio.sleep(0.1)
        assert job.id not in case.board.jobs
        assert not job.folder.exists()

    run(tmp_path, played, Limits(kept_seconds=0.1))


def test_ids_cannot_be_guessed(tmp_path: Path) -> None:
    async def played(case: Case) -> None:
        ids = {case.board.place()[0] for _ in range(20)}
        assert len(ids) == 20
        assert all(len(id) >= 32 for id in ids)

    run(tmp_path, played)
