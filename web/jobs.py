"""Jobs: what was asked for, where it stands, and which worker does it."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from web.messages import LANES, Lane, Message, Task
from web.problems import RETRY_AFTER, ProblemError, problem
from web.settings import Limits
from web.worker import Worker

State = Literal["waiting", "running", "done", "failed", "cancelled"]
ENDED = ("done", "failed", "cancelled")
#: Kinds of jobs that are a part of another's request: they lie in its folder, and nobody asks for them by id.
INNER = ("requests", "checks", "readings")
#: Jobs of one kind that are done together, which cost little more than one.
TOGETHER = {"imitations": 32}
#: Seconds until a worker that did not even load is started again, and until it is for the third time and after.
PATIENCE = (1.0, 5.0, 30.0)


@dataclass(frozen=True)
class Event:
    """What is told of a job: JSON of ``data``, with the members of an object that lies in the file ``more``."""

    name: str
    data: dict[str, Any]
    more: Path | None = None

    def text(self) -> str:
        """The JSON."""
        said = json.dumps(self.data)
        return said if self.more is None else f"{said[:-1]}, {self.more.read_text(encoding='utf-8')[1:]}"


@dataclass(eq=False)
class Job:
    """What was asked for. ``changed`` wakes those who wait for the next of its ``events``.

    What is large lies in ``folder``: there, ``result`` is the name of a file of JSON.
    """

    id: str
    kind: str
    lane: Lane
    request: dict[str, Any]
    folder: Path
    state: State = "waiting"
    stage: str = "waiting"
    progress: float | None = None
    started: float | None = None
    ended: float | None = None
    problem: dict[str, Any] | None = None
    result: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def shown(self) -> dict[str, Any]:
        """The job as the API shows it, but for a result, which ``text`` has."""
        return {
            "id": self.id,
            "kind": self.kind,
            "state": self.state,
            "stage": self.stage,
            "progress": self.progress,
            "seconds_left": self._seconds_left(),
            "problem": self.problem,
            "result": None,
            "files": [
                {
                    "name": name,
                    "media_type": kind,
                    "href": f"/api/v1/jobs/{self.id}/files/{name}",
                    "bytes": (self.folder / name).stat().st_size,
                }
                for name, kind in self.files.items()
                if (self.folder / name).is_file()
            ],
            "links": {"self": f"/api/v1/jobs/{self.id}", "events": f"/api/v1/jobs/{self.id}/events"},
        }

    def text(self) -> str:
        """The job as the API shows it, as JSON."""
        shown = self.shown()
        if self.result is None:
            return json.dumps(shown)
        del shown["result"]
        result = (self.folder / self.result).read_text(encoding="utf-8")
        return f'{json.dumps(shown)[:-1]}, "result": {result}}}'

    def _seconds_left(self) -> float | None:
        """By how long the part that is done took; None where nothing can be said."""
        if self.state != "running" or self.started is None or not self.progress:
            return None
        return round((time.monotonic() - self.started) * (1 - self.progress) / self.progress, 1)

    def tell(self, event: Event) -> None:
        """Add an event; of several in a row that say how far it is, the last stays."""
        if event.name == "progress" and self.events and self.events[-1].name == "progress":
            self.events[-1] = event
        else:
            self.events.append(event)
        self.changed.set()
        self.changed = asyncio.Event()


class Board:
    """All jobs, with a worker for each lane. Everything but ``_said`` runs in the server's loop."""

    def __init__(self, limits: Limits, folder: Path, start: Callable[..., Worker] = Worker) -> None:
        self.limits, self.folder, self._start = limits, folder, start
        self.jobs: dict[str, Job] = {}
        self.ready: dict[Lane, bool] = dict.fromkeys(LANES, False)
        self._waiting: dict[Lane, list[Job]] = {lane: [] for lane in LANES}
        self._running: dict[Lane, list[Job]] = {lane: [] for lane in LANES}
        self._workers: dict[Lane, Worker] = {}
        #: How often in a row a lane's worker ended before it was ready.
        self._failed: dict[Lane, int] = dict.fromkeys(LANES, 0)

    def open(self) -> None:
        """Start the workers; they load in the background."""
        self._loop = asyncio.get_running_loop()
        for lane in LANES:
            self._hire(lane)
        self._watch = asyncio.create_task(self._watched())

    def close(self) -> None:
        """End all work."""
        self._watch.cancel()
        workers, self._workers = list(self._workers.values()), {}
        for worker in workers:
            worker.kill()

    def place(self) -> tuple[str, Path]:
        """The name of a job to come, which nobody can guess, and an empty folder for its files.

        Raises ProblemError where too many wait.
        """
        self._check_room()
        name = self.new_id()
        folder = self.folder / name
        folder.mkdir(mode=0o700)
        return name, folder

    def submit(self, id: str, kind: str, lane: Lane, request: dict[str, Any], folder: Path) -> Job:
        """A new job, which begins when its turn comes. Raises ProblemError where too many wait."""
        if kind not in INNER:
            self._check_room()
        job = Job(id, kind, lane, request, folder)
        self.jobs[id] = job
        self._waiting[lane].append(job)
        self._next(lane)
        return job

    def new_id(self) -> str:
        """A name that nobody can guess."""
        return secrets.token_urlsafe(24)

    def _check_room(self) -> None:
        waiting = sum(job.kind not in INNER for lane in self._waiting.values() for job in lane)
        if waiting >= self.limits.waiting:
            raise ProblemError(503, "too many jobs wait.", {"retry-after": str(RETRY_AFTER)})

    def drop(self, folder: Path) -> None:
        """Forget files."""
        shutil.rmtree(folder, ignore_errors=True)

    def cancel(self, job: Job) -> None:
        """End a job, with the worker that does it; what that did beside it begins again."""
        if job.state in ENDED:
            return
        beside = [one for one in self._running[job.lane] if one is not job and one.state == "running"]
        was_running = job.state == "running"
        self._end(job, "cancelled")
        if was_running:
            self._fire(job.lane, beside)
        else:
            self._waiting[job.lane].remove(job)

    async def ended(self, job: Job) -> Job:
        """The job once it is done, has failed or was cancelled."""
        while job.state not in ENDED:
            await job.changed.wait()
        return job

    def _hire(self, lane: Lane) -> None:
        self.ready[lane] = False
        try:
            self._workers[lane] = self._start(lane, self.limits.reading_memory, self._said)
        except OSError:
            # The system has no place for it at the moment.
            self._loop.call_later(PATIENCE[-1], self._hire_again, lane, self._workers.get(lane))

    def _hire_again(self, lane: Lane, lost: Worker | None) -> None:
        """Replace a worker that did not load, unless that was done or all is over."""
        if self._workers.get(lane) is lost:
            self._hire(lane)

    def _fire(self, lane: Lane, again: list[Job]) -> None:
        """Replace the worker of a lane; these jobs begin again before all others."""
        for job in again:
            job.state, job.stage, job.progress, job.started = "waiting", "waiting", None, None
            job.events = [event for event in job.events if event.name != "sample"]
        self._waiting[lane][:0] = again
        self._running[lane] = []
        worker = self._workers[lane]
        self._hire(lane)
        worker.kill()

    def _next(self, lane: Lane) -> None:
        """Give a worker that is free what comes next, with all that can be done together with it."""
        if self._running[lane] or not self.ready[lane] or not self._waiting[lane]:
            return
        first = self._waiting[lane][0]
        some = [job for job in self._waiting[lane] if job.kind == first.kind][: TOGETHER.get(first.kind, 1)]
        for job in some:
            self._waiting[lane].remove(job)
            job.state, job.stage, job.started = "running", "running", time.monotonic()
            job.tell(Event("progress", job.shown()))
        self._running[lane] = some
        self._workers[lane].send([Task(job.id, job.kind, job.request, job.folder) for job in some])

    def _said(self, worker: Worker, message: Message | None) -> None:
        """What a worker says, in its thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._heard, worker, message)

    def _heard(self, worker: Worker, message: Message | None) -> None:
        lane = worker.lane
        if self._workers.get(lane) is not worker:
            return
        if message is None:
            # It died: of too much memory, or killed from outside.
            for lost in self._running[lane]:
                if lost.state == "running":
                    lost.problem = problem(500, "the process that did this ended: it asked for too much.", exit_code=1)
                    self._end(lost, "failed")
            self._running[lane] = []
            if self.ready[lane]:
                self._hire(lane)
            else:
                again = PATIENCE[min(self._failed[lane], len(PATIENCE) - 1)]
                self._failed[lane] += 1
                self._loop.call_later(again, self._hire_again, lane, worker)
            return
        if message.event == "ready":
            self.ready[lane], self._failed[lane] = True, 0
            self._next(lane)
            return
        job = self.jobs.get(message.id)
        if job is None or job.state != "running":
            return
        if message.event == "progress":
            job.stage, job.progress = message.data["stage"], message.data["progress"]
            job.tell(Event("progress", job.shown()))
        elif message.event == "sample":
            job.files |= message.data["kept"]
            files = [one for one in job.shown()["files"] if one["name"] in message.data["kept"]]
            job.tell(Event("sample", {"files": files}, job.folder / message.data["more"]))
        else:
            job.files |= message.data.get("kept", {})
            job.result, job.problem = message.data.get("result"), message.data.get("problem")
            self._end(job, "done" if message.event == "done" else "failed")
        if all(one.state in ENDED for one in self._running[lane]):
            self._running[lane] = []
            self._next(lane)

    def _end(self, job: Job, state: State) -> None:
        job.state, job.stage, job.ended = state, state, time.monotonic()
        job.progress = 1.0 if state == "done" else job.progress
        job.request = {}
        if job.kind not in INNER:
            # What was sent is not kept longer than it is needed.
            for entry in job.folder.iterdir():
                if entry.is_dir():
                    self.drop(entry)
        job.tell(Event(state, {}))

    async def _watched(self) -> None:
        """End what takes too long, and forget what nobody fetched."""
        while True:
            await asyncio.sleep(1)
            now = time.monotonic()
            for lane, running in self._running.items():
                limit = self.limits.reading_seconds if lane == "reading" else self.limits.job_seconds
                late = [j for j in running if j.state == "running" and j.started and now - j.started > limit]
                if late:
                    for job in late:
                        job.problem = problem(504, f"it took longer than {limit:g} seconds.", exit_code=3)
                        self._end(job, "failed")
                    self._fire(lane, [job for job in running if job.state == "running"])
            done = [job for job in self.jobs.values() if job.ended and job.kind not in INNER]
            done.sort(key=lambda job: job.ended or 0.0)
            old = [job for job in done if now - (job.ended or now) > self.limits.kept_seconds]
            for job in {*done[: max(len(done) - self.limits.kept, 0)], *old}:
                del self.jobs[job.id]
                self.drop(job.folder)
