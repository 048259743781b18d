"""Times as ratios inside one run:  python -m benchmarks.program.timing --data FOLDER [--out FILE.json]

`compare` as a whole process against importing TensorFlow and Keras; scores of all pairs of 1,000 lines against
embedding them; 10,000 rows with LRs over 1,000 files against embedding the files; seconds for one report's PDF.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from datasets.corpora.iam_ondb import IamOnDb
from datasets.writers.inkml import write_inkml
from forgery_kit.examination.comparison import compare
from forgery_kit.examination.exhibits import load_exhibit
from forgery_kit.likelihood.back_end import score_matrix
from forgery_kit.likelihood.judge import default_judge
from forgery_kit.likelihood.reference import load_reference
from forgery_kit.likelihood.sides import prepare
from forgery_kit.tables.rows import Row, Side, score_rows
from gan.judging.style import has_time, sequence, traces
from reports.comparison import comparison_pdf

LINES, ROWS, REPEATS = 1000, 10_000, 5


def seconds(action: Callable[[], Any]) -> float:
    """Wall time of an action."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def processes(first: list[str], second: list[str]) -> tuple[float, float]:
    """Median seconds of two commands, run in turn, after one of each that is not counted."""
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(REPEATS + 1):
        for command, into in ((first, taken[0]), (second, taken[1])):
            spent = seconds(lambda c=command: subprocess.run(c, check=True, capture_output=True))  # type: ignore[misc]
            if number:
                into.append(spent)
    return float(np.median(taken[0])), float(np.median(taken[1]))


def main(arguments: list[str] | None = None) -> None:
    """Measure and print, or write, one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with IAM-OnDB")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    # Training people: timings need no unseen ones.
    samples = [s for s in IamOnDb(options.data).samples if s.writer and s.split == "trainset"][:LINES]
    found: dict[str, Any] = {"lines": len(samples)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = []
        for index, sample in enumerate(samples):
            files.append(folder / f"{index:04}.inkml")
            files[-1].write_bytes(write_inkml(sample.ink, sample.writer, sample.text or "", sample.device))
        whole = [sys.executable, "cli.py", "compare", str(files[0]), "--known", str(files[9])]
        whole += ["--report", str(folder / "r.pdf")]
        process, imports = processes(whole, [sys.executable, "-c", "import tensorflow, keras"])
        found |= {"compare, s": process, "import tensorflow, keras, s": imports, "compare / import": process / imports}

        features = [sequence(ink, has_time(ink)) for ink in (traces([s]) for s in samples)]
        default_judge().embed(features[:64])
        back_end = load_reference().back_end[True]
        embedding = seconds(lambda: default_judge().embed(features))
        vectors, steps = default_judge().embed(features), [len(f) for f in features]
        all_pairs = embedding + seconds(lambda: score_matrix(back_end, vectors, steps, vectors, steps))
        found |= {"embedding 1,000 lines, s": embedding, "all pairs / embedding": all_pairs / embedding}

        generator = np.random.default_rng(1)
        rows = [Row(Side((files[a],)), Side((files[b],))) for a, b in generator.integers(0, len(files), (ROWS, 2))]
        read_embed = seconds(lambda: prepare([load_exhibit("Q", [f]) for f in files], with_time=False))
        first, again = (seconds(lambda: score_rows(rows)) for _ in range(2))
        found |= {
            "reading and embedding 1,000 files, s": read_embed,
            "10,000 rows, conditions not made yet where XDG_CACHE_HOME is empty, s": first,
            "10,000 rows, conditions made, s": again,
            "10,000 rows / embedding": first / embedding,
            "10,000 rows, conditions made / embedding": again / embedding,
            "10,000 rows / reading and embedding": first / read_embed,
        }
        result = compare([files[0]], [files[9]])
        comparison_pdf(result)
        found["one PDF, s"] = float(np.median([seconds(lambda: comparison_pdf(result)) for _ in range(REPEATS)]))
    text = json.dumps({k: round(v, 3) for k, v in found.items()}, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
