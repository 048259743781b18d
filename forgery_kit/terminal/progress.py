"""What a waiting user sees on standard error: a bar, or what is being done. Nothing of it in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Task

#: Seconds after which a command without countable parts says that it is at work.
PATIENCE = 2.0


@contextmanager
def counted(title: str, rate: bool = False) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on a terminal, moved by calling what is given with (done, total); None in a pipe.

    ``rate`` : with the count, rows a minute and the time left; what was done at the first call is not in the rate.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text("" if task.speed is None else f"{60 * task.speed:.1f} rows/min")

    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with Progress(*(shown if rate else ()), console=Console(stderr=True), speed_estimate_period=300) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def waiting(title: str, patience: float = PATIENCE) -> Iterator[None]:
    """After ``patience`` seconds, on a terminal, what is being done and for how long."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    bar.add_task(title, total=None)
    timer = Timer(patience, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        bar.stop()


@contextmanager
def at_work(title: str, counted_title: str = "") -> Iterator[Callable[[int, int], None] | None]:
    """As ``waiting``, or, where something of it will be counted under a title, as ``counted``."""
    if counted_title:
        with counted(counted_title) as progress:
            yield progress
        return
    with waiting(title):
        yield None
