"""Processes that do the work: started anew, no copies of the server, their models loaded before the first job.

A worker is sent batches of tasks, does them in order, and sends back what happens. It can be killed at any time. What
is said is JSON, since a process that reads hostile files is not believed; what is large lies in the job's folder.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from web import tasks
from web.messages import Lane, Message, Task

#: Bytes of what a worker says at once.
LONGEST = 4 << 20


class Worker:
    """A process with a thread that hands on what it says.

    ``said`` is called in that thread with every message, and with None when the process has ended.
    """

    def __init__(self, lane: Lane, memory: int, said: Callable[[Worker, Message | None], None]) -> None:
        context = multiprocessing.get_context("spawn")
        self.lane, self._said = lane, said
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, lane, memory), daemon=True)
        self._process.start()
        theirs.close()
        threading.Thread(target=self._listen, daemon=True).start()

    def send(self, tasks: list[Task]) -> None:
        """Give it the next batch."""
        said = [[task.id, task.kind, task.request, str(task.folder)] for task in tasks]
        # One that has just died is told of by the thread that listens.
        with contextlib.suppress(OSError):
            self._connection.send_bytes(json.dumps(said).encode())

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def _listen(self) -> None:
        while True:
            try:
                message = Message(*json.loads(self._connection.recv_bytes(LONGEST)))
            except (EOFError, OSError, ValueError, TypeError):
                self._process.kill()
                self._process.join()
                self._said(self, None)
                return
            self._said(self, message)


def _work(connection: Connection, lane: Lane, memory: int) -> None:
    """The process: load, then do what comes."""
    # Ctrl-C is the server's, which ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if lane == "reading":
        _limit(memory)
    if lane == "writing":
        # As the verbs that write do: the same bytes.
        from forgery_kit.tables.work import one_thread

        one_thread(os.cpu_count() or 1)

    def say(id: str, event: str, data: dict[str, Any]) -> None:
        connection.send_bytes(json.dumps([id, event, data]).encode())

    tasks.warm(lane)
    say("", "ready", {})
    while True:
        try:
            batch = json.loads(connection.recv_bytes())
        except EOFError:
            return
        tasks.run([Task(id, kind, request, Path(folder)) for id, kind, request, folder in batch], say)


def _limit(memory: int) -> None:
    """At most so many bytes of memory, where the system can hold a process to that."""
    if os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
