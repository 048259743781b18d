"""The server under load:  python -m benchmarks.program.serving {together,first,busy,users} [--minutes 10] [--users 20]

A server of its own on loopback, asked once its models are loaded.

``together``  32 imitations asked at once against the same one after the other
``first``     seconds from the request to the first sample that a page can draw, 20 characters, 1 and 5 samples
``busy``      how long ``/health`` and a static file take while a comparison and 32 imitations run
``users``     users who look, write, compare and read files by turns; errors, and growth of memory from minute 2
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np

ROOT = Path(__file__).parents[2]
EXHIBITS = ROOT / "datasets" / "exhibits"
PORT = 8765
TEXT = "a quiet noon at home"
TOGETHER = 32


@asynccontextmanager
async def served() -> AsyncIterator[tuple[httpx.AsyncClient, int]]:
    """A client of a server that is ready, and the server's process."""
    with subprocess.Popen(
        [sys.executable, "cli.py", "serve", "--port", str(PORT)], cwd=ROOT, stdout=subprocess.DEVNULL
    ) as process:
        try:
            limits = httpx.Limits(max_connections=200)
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{PORT}", timeout=900, limits=limits) as client:
                await _ready(client)
                yield client, process.pid
        finally:
            process.terminate()


async def _ready(client: httpx.AsyncClient) -> None:
    while True:
        try:
            if (await client.get("/ready")).status_code == 200:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.5)


async def imitated(client: httpx.AsyncClient, seed: int, n: int = 1) -> tuple[float, float]:
    """Seconds until the first sample is told, and until all are."""
    begin = time.perf_counter()
    wish = {"text": TEXT, "style": "cedar", "n": n, "seed": seed}
    job = (await client.post("/api/v1/imitations", json=wish)).raise_for_status().json()
    first = 0.0
    async with client.stream("GET", job["links"]["events"]) as events:
        async for line in events.aiter_lines():
            if line == "event: sample" and not first:
                first = time.perf_counter() - begin
            if line.startswith("event: ") and line[7:] in ("done", "failed", "cancelled"):
                if line != "event: done":
                    raise RuntimeError(line)
                break
    return first, time.perf_counter() - begin


async def compared(client: httpx.AsyncClient) -> None:
    """A comparison of two bundled exhibits, to its end."""
    body = {"request": json.dumps({"allow_generated": True})}
    files = [
        (side, (f"{name}.inkml", (EXHIBITS / f"{name}.inkml").read_bytes()))
        for side, name in (("questioned", "q1"), ("known", "k1"))
    ]
    answer = await client.post("/api/v1/comparisons", data=body, files=files)
    answer.raise_for_status()
    link = answer.json()["links"]["self"]
    while (state := (await client.get(link)).json())["state"] not in ("done", "failed", "cancelled"):
        await asyncio.sleep(0.5)
    if state["state"] != "done":
        raise RuntimeError(str(state["problem"]))


async def together(client: httpx.AsyncClient) -> None:
    """32 at once against one after the other."""
    begin = time.perf_counter()
    await asyncio.gather(*(imitated(client, seed) for seed in range(TOGETHER)))
    at_once = time.perf_counter() - begin
    begin = time.perf_counter()
    for seed in range(TOGETHER):
        await imitated(client, seed)
    one_by_one = time.perf_counter() - begin
    print(
        f"{TOGETHER} at once {at_once:.1f} s, one after the other {one_by_one:.1f} s: {one_by_one / at_once:.1f} times"
    )


async def first(client: httpx.AsyncClient) -> None:
    """Seconds until something can be drawn."""
    for n in (1, 5):
        took = np.array([await imitated(client, 100 + seed, n) for seed in range(5)])
        median, worst = np.median(took, axis=0), took.max(axis=0)
        print(
            f"{n} of {len(TEXT)} characters: first sample {median[0]:.2f} s (worst {worst[0]:.2f}), all {median[1]:.2f}"
        )


async def busy(client: httpx.AsyncClient) -> None:
    """Answers beside work."""
    work = asyncio.gather(compared(client), *(imitated(client, seed) for seed in range(TOGETHER)))
    took = []
    while not work.done():
        for path in ("/health", "/static/main.js"):
            begin = time.perf_counter()
            (await client.get(path)).raise_for_status()
            took.append(time.perf_counter() - begin)
        await asyncio.sleep(0.05)
    await work
    low, high = 1e3 * np.quantile(took, [0.5, 0.99])
    print(f"{len(took)} answers beside work: median {low:.0f} ms, 99th percentile {high:.0f} ms")


async def users(client: httpx.AsyncClient, pid: int, count: int, minutes: float) -> None:
    """So many users by turns for so long."""
    end = time.perf_counter() + 60 * minutes
    told: Counter[str] = Counter()

    async def read() -> None:
        file = ("files", ("k1.inkml", (EXHIBITS / "k1.inkml").read_bytes()))
        (await client.post("/api/v1/readings", data={"request": "{}"}, files=[file])).raise_for_status()

    async def look() -> None:
        for path in ("/", "/static/main.js", "/api/v1/styles"):
            (await client.get(path)).raise_for_status()

    async def user(number: int) -> None:
        random = np.random.default_rng(number)
        doing: list[Callable[[], Awaitable[Any]]] = [
            look, read, lambda: compared(client), lambda: imitated(client, int(random.integers(10**6)), 2),
        ]  # fmt: skip
        while time.perf_counter() < end:
            try:
                await doing[int(random.choice(4, p=[0.4, 0.3, 0.1, 0.2]))]()
                told["done"] += 1
            except httpx.HTTPStatusError as error:
                later = error.response.status_code == 503 and "retry-after" in error.response.headers
                told["503 with Retry-After" if later else f"error {error.response.status_code}"] += 1
                await asyncio.sleep(2)
            except (httpx.TransportError, RuntimeError) as error:
                told[f"error {error!r}"] += 1
            await asyncio.sleep(float(random.uniform(0.5, 2)))

    async def weigh() -> list[tuple[float, float]]:
        begin, found = time.perf_counter(), []
        while time.perf_counter() < end:
            found.append((time.perf_counter() - begin, _memory(pid)))
            await asyncio.sleep(5)
        return found

    weighing = asyncio.create_task(weigh())
    await asyncio.gather(*(user(number) for number in range(count)))
    weighed = await weighing
    late = np.array([(at, memory) for at, memory in weighed if at > 120])
    print(dict(told))
    if len(late) > 24:
        before, after = np.median(late[:12, 1]), np.median(late[-12:, 1])
        print(f"memory: {before:.0f} MiB after minute 2, {after:.0f} at the end, {100 * (after / before - 1):+.1f} %")


def _memory(pid: int) -> float:
    """MiB of the process and its children, shared pages counted once a process."""
    rows = [(int(p.parent.name), p.read_text().rsplit(") ", 1)[1].split()) for p in Path("/proc").glob("[0-9]*/stat")]
    parents = {number: int(fields[1]) for number, fields in rows}
    pages = {number: int(fields[21]) for number, fields in rows}
    kept = {pid}
    while more := {child for child, parent in parents.items() if parent in kept} - kept:
        kept |= more
    return sum(pages.get(one, 0) for one in kept) * 4096 / 2**20


async def measure(options: argparse.Namespace) -> None:
    """One of the measurements, with a server of its own."""
    async with served() as (client, pid):
        await imitated(client, 1)
        await compared(client)
        if options.what == "users":
            await users(client, pid, options.users, options.minutes)
        else:
            await {"together": together, "first": first, "busy": busy}[options.what](client)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("together", "first", "busy", "users"))
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--users", type=int, default=20)
    asyncio.run(measure(parser.parse_args()))
