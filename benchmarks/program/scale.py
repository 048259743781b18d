"""Tables at scale, as ratios inside one run:  python -m benchmarks.program.scale --data FOLDER [--rows N] [--batch N]

`score` of ``--rows`` rows of five files a side over 1,400 files (fewer with fewer rows) against reading and embedding
these files once, and its peak memory; memory of many rows against few over the same files; `batch` by two workers
against one, with the same bytes; CPU of a row against drawing one PDF and embedding its files once. Every command is a
process of its own, so that its time has its start in it. The load on the machine is told beside them.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from datasets.corpora.iam_ondb import IamOnDb
from datasets.writers.inkml import write_inkml

FILES, ROWS, SIDE = 1400, 1600, 5

#: Reading and embedding files once, as a process that prints its seconds, start left out.
ONCE = """
import sys, time
from pathlib import Path
from forgery_kit.tables.work import one_thread
one_thread()
from forgery_kit.examination.exhibits import load_exhibit
from forgery_kit.likelihood.sides import prepare
files = sorted(Path(sys.argv[1]).glob("*.inkml"))[: int(sys.argv[2])]
def embed(some):
    return prepare([load_exhibit("Q", [file]) for file in some], with_time=False, filled=True)
embed(files[:2])
wall, cpu = time.perf_counter(), time.process_time()
for start in range(0, len(files), 64):
    embed(files[start : start + 64])
print(time.perf_counter() - wall, time.process_time() - cpu)
"""
#: One PDF drawn and its two files embedded, each done once before.
ONE_ROW = """
import sys, time
from forgery_kit.tables.work import one_thread
one_thread()
from forgery_kit.examination.comparison import compare
from forgery_kit.examination.exhibits import load_exhibit
from forgery_kit.likelihood.sides import prepare
from reports.comparison import comparison_pdf
found = compare(sys.argv[1:2], sys.argv[2:3])
def once():
    prepare([load_exhibit("Q", sys.argv[1:2]), load_exhibit("K", sys.argv[2:3])], with_time=False)
    comparison_pdf(found)
once()
cpu = time.process_time()
for _ in range(3):
    once()
print((time.process_time() - cpu) / 3)
"""


def run(*arguments: object) -> dict[str, Any]:
    """A command of the program: wall seconds, CPU seconds of it and its children, peak MB of the greatest process."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "cli.py", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    told = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 5):
        raise SystemExit(f"{' '.join(command)}: {told}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": time.perf_counter() - start, "cpu": cpu, "peak": usage.ru_maxrss / 1024}


def printed(code: str, *arguments: object) -> list[float]:
    """Numbers that a process prints."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


def pairs(path: Path, files: list[Path], rows: int, side: int, seed: int) -> Path:
    """A table of rows with so many files a side, drawn at random, none on both sides."""
    draw = np.random.default_rng(seed)
    lines = ["case,questioned,known"]
    for number in range(rows):
        chosen = [files[k].name for k in draw.choice(len(files), 2 * side, replace=False)]
        lines.append(f"case {number},{';'.join(chosen[:side])},{';'.join(chosen[side:])}")
    path.write_text("\n".join(lines) + "\n")
    return path


def of_scores(folder: Path, files: list[Path], rows: int) -> dict[str, Any]:
    """`score` against its files read and embedded once."""
    once_wall, once_cpu = printed(ONCE, folder, len(files))
    one = run("score", pairs(folder / "one.csv", files, 1, SIDE, 1), "-o", folder / "one-scores.csv")
    many = run("score", pairs(folder / "pairs.csv", files, rows, SIDE, 2), "-o", folder / "scores.csv")
    return {
        "files": len(files),
        "rows of five files a side": rows,
        "reading and embedding the files once, CPU s": once_cpu,
        "score / once, wall": (many["wall"] - one["wall"]) / once_wall,
        "score / once, CPU": (many["cpu"] - one["cpu"]) / once_cpu,
        "peak MB": many["peak"],
        "peak MB of one row": one["peak"],
    }


def of_memory(folder: Path, files: list[Path], few: int) -> dict[str, Any]:
    """Peak memory of a hundred times as many rows over the same files."""
    small, large = (
        run("score", pairs(folder / f"m{rows}.csv", files, rows, 1, 3), "-o", folder / f"m{rows}-scores.csv")["peak"]
        for rows in (few, 100 * few)
    )
    return {"rows": [few, 100 * few], "peak MB": [small, large], "many / few": large / small}


def of_batch(folder: Path, files: list[Path], rows: int) -> dict[str, Any]:
    """`batch` by two workers against one."""
    manifest = pairs(folder / "manifest.csv", files, rows, 1, 4)
    done = {}
    for workers in (1, 2):
        # The same words in both commands but for the workers, since a report tells its command.
        out = folder / "out"
        done[workers] = run("batch", manifest, "-o", out, "--workers", workers)
        out.rename(folder / f"out-{workers}")
    (folder / "none.csv").write_text("case,questioned,known\n")
    start = run("batch", folder / "none.csv", "-o", folder / "none")
    one = folder / "out-1"
    names = [file.name for file in one.iterdir()]
    _, other, missing = filecmp.cmpfiles(one, folder / "out-2", names, shallow=False)
    (row_cpu,) = printed(ONE_ROW, files[0], files[1])
    return {
        "rows": rows,
        "one worker / two, wall": done[1]["wall"] / done[2]["wall"],
        "CPU s of a row": (done[1]["cpu"] - start["cpu"]) / rows,
        "CPU of a row / one PDF and its files embedded": (done[1]["cpu"] - start["cpu"]) / rows / row_cpu,
        "files": len(names),
        "files that differ": sorted(other + missing),
        "peak MB, one worker": done[1]["peak"],
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print each part as it is done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with IAM-OnDB")
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the table of scores; 0 leaves it out")
    parser.add_argument(
        "--few", type=int, default=1000, help="rows whose memory a hundred times as many is compared with"
    )
    parser.add_argument("--batch", type=int, default=1000, help="rows of the batch; 0 leaves it out")
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args(arguments)
    # Training people: timings need no unseen ones.
    samples = [s for s in IamOnDb(options.data, options.cache).samples if s.writer and s.split == "trainset"]
    print(json.dumps({"cores": len(os.sched_getaffinity(0)), "load before": os.getloadavg()}), flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = []
        for index, sample in enumerate(samples[:FILES]):
            files.append(folder / f"{index:04}.inkml")
            files[-1].write_bytes(write_inkml(sample.ink, sample.writer or "", sample.text or "", sample.device))
        if options.rows:
            # As many rows a file as in the whole table.
            used = files[: max(FILES * options.rows // ROWS, 2 * SIDE)]
            print(json.dumps({"score": of_scores(folder, used, options.rows)}, indent=1), flush=True)
        if options.few:
            print(json.dumps({"memory": of_memory(folder, files[:30], options.few)}, indent=1), flush=True)
        if options.batch:
            print(json.dumps({"batch": of_batch(folder, files, options.batch)}, indent=1), flush=True)
    print(json.dumps({"load after": os.getloadavg()}))


if __name__ == "__main__":
    main()
