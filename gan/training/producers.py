"""Batches made beside a training, in a thread or in processes of their own."""

from __future__ import annotations

import multiprocessing
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

#: Batches that wait for the training, of each maker.
WAITING = 4


def beside(produce: Callable[[np.random.Generator], Any], seed: int, workers: int) -> Iterator[Any]:
    """Endless results of ``produce``, in an order that depends on the seed and the number of workers only.

    ``workers`` : processes, for a training on an accelerator, which one core cannot feed; 0 makes them in a thread.
    Call it before the backend has started: a process is a copy of this one.
    """
    makers: list[Any] = []
    if workers == 0:
        makers.append(queue.Queue(WAITING))
        random = np.random.default_rng(seed)
        threading.Thread(target=_make, args=(produce, random, makers[0]), daemon=True).start()
    else:
        copies = multiprocessing.get_context("fork")
        for number in range(workers):
            makers.append(copies.Queue(WAITING))
            random = np.random.default_rng((seed, number))
            copies.Process(target=_make, args=(produce, random, makers[-1]), daemon=True).start()
    return _in_turn(makers)


def _in_turn(makers: list[Any]) -> Iterator[Any]:
    while True:
        for maker in makers:
            yield maker.get()


def _make(produce: Callable[[np.random.Generator], Any], random: np.random.Generator, ready: Any) -> None:
    while True:
        ready.put(produce(random))
