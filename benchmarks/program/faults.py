"""A batch that is killed again and again:  python -m benchmarks.program.faults --data FOLDER [--rows 300] [--kills 20]

A batch of rows of one file a side, some of them bad, runs undisturbed in one process. Then it runs through a scheduler
and two workers that were started apart, on loopback, while at random moments the batch, a worker or the scheduler is
killed (SIGKILL) and started again. At the end both folders must hold the same files, bit for bit. Last, on Linux and
as root, into a file system that becomes full.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks.program.scale import pairs
from datasets.corpora.iam_ondb import IamOnDb
from datasets.writers.inkml import write_inkml

#: Seconds between two kills: bounds of a random wait. Exit codes of a batch that came to its end.
WAIT = (4.0, 40.0)
FINISHED = (0, 5)


class Processes:
    """The scheduler, its workers and the batch, each by its name."""

    def __init__(self, manifest: Path, out: Path, log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        address, here = f"tcp://127.0.0.1:{port}", [sys.executable, "-m"]
        place = ["--host", "127.0.0.1", "--no-dashboard"]
        worker = [*here, "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        self.commands = {
            "scheduler": [*here, "distributed.cli.dask_scheduler", "--port", str(port), *place],
            "worker 1": worker,
            "worker 2": worker,
            "batch": [sys.executable, "cli.py", "batch", str(manifest), "-o", str(out), "--cluster", address],
        }
        self.log = log.open("ab")
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start whatever does not run; a batch that is done is not started again."""
        for name, command in self.commands.items():
            ended = self.running[name].poll() if name in self.running else -1
            if ended is not None and not (name == "batch" and ended in FINISHED):
                self.running[name] = subprocess.Popen(command, stdout=self.log, stderr=self.log)
                if name == "scheduler":
                    time.sleep(3)

    def kill(self, name: str) -> None:
        """As the system does where memory runs out."""
        self.running[name].kill()
        self.running[name].wait()

    def finished(self) -> bool:
        """Whether the batch came to its end."""
        return self.running["batch"].poll() in FINISHED

    def end(self) -> None:
        """Leave nothing running."""
        for process in self.running.values():
            process.kill()
            process.wait()
        self.log.close()


def contents(folder: Path) -> dict[str, bytes]:
    """Name → bytes of all files below a folder."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def killed(processes: Processes, kills: int, random: np.random.Generator) -> Counter[str]:
    """Kill so many times, or until the batch is done; then let it come to its end. What was killed, how often."""
    told: Counter[str] = Counter()
    processes.start()
    while not processes.finished():
        if told.total() < kills:
            time.sleep(float(random.uniform(*WAIT)))
            name = str(random.choice(list(processes.commands)))
            if not processes.finished():
                processes.kill(name)
                told[name.split()[0]] += 1
        else:
            time.sleep(1)
        processes.start()
    return told


def full_disk(manifest: Path, out: Path, whole: dict[str, bytes]) -> dict[str, object]:
    """Run into a file system half as large as what is written, then, made larger, to the end."""
    size = sum(map(len, whole.values())) // 1024
    out.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size // 2}k", "none", str(out)], check=False)
    if mounted.returncode:
        return {"not run": "no file system could be mounted"}
    try:
        command = [sys.executable, "cli.py", "batch", str(manifest), "-o", str(out)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        left = contents(out)
        subprocess.run(["mount", "-o", f"remount,size={4 * size}k", str(out)], check=True)
        again = subprocess.run(command, capture_output=True, text=True, check=False)
        # Cut-off files differ from whole ones of the same name.
        cut = sorted(
            name for name, data in left.items() if name.endswith((".pdf", ".json")) and data != whole.get(name)
        )
        return {
            "exit code": done.returncode,
            "said": done.stderr.strip().splitlines()[-1:],
            "half-written": cut,
            "then": again.returncode,
            "files that differ": differing(whole, contents(out)),
        }
    finally:
        subprocess.run(["umount", str(out)], check=False)


def differing(whole: dict[str, bytes], found: dict[str, bytes]) -> list[str]:
    """Names of files that are not the same in both, or only in one."""
    return sorted(name for name in whole.keys() | found.keys() if whole.get(name) != found.get(name))


def main(arguments: list[str] | None = None) -> None:
    """Run, kill, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with IAM-OnDB")
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args(arguments)
    samples = [s for s in IamOnDb(options.data, options.cache).samples if s.writer and s.split == "trainset"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = []
        for index, sample in enumerate(samples[:60]):
            files.append(folder / f"{index:04}.inkml")
            files[-1].write_bytes(write_inkml(sample.ink, sample.writer or "", sample.text or "", sample.device))
        files[3].write_bytes(files[3].read_bytes()[:200])
        manifest, out = pairs(folder / "manifest.csv", files, options.rows, 1, options.seed), folder / "out"
        # One name for the folder in all runs, since a report tells its command.
        done = subprocess.run([sys.executable, "cli.py", "batch", str(manifest), "-o", str(out)], check=False)
        whole = contents(out)
        out.rename(folder / "whole")
        print(json.dumps({"undisturbed": {"exit code": done.returncode, "files": len(whole)}}), flush=True)
        processes = Processes(manifest, out, folder / "log")
        try:
            told = killed(processes, options.kills, np.random.default_rng(options.seed))
        finally:
            processes.end()
        found = contents(out)
        print(
            json.dumps(
                {
                    "kills wanted": options.kills,
                    "killed": told,
                    "files": len(found),
                    "files that differ": differing(whole, found),
                }
            ),
            flush=True,
        )
        out.rename(folder / "killed")
        print(json.dumps({"full disk": full_disk(manifest, out, whole)}, indent=1))


if __name__ == "__main__":
    main()
