"""How fast a gallery is searched, and what the index misses.

Galleries of strangers are drawn from the back end's own population: hands from the variances between writers, ink of
100 to 8,000 feature steps from those within, letters as often as the reference people write them. A question is other
ink of a writer of the gallery. The index is compared with a full NumPy scan of the same file, both followed by the
same exact scores of the shortlist; and with the full score, letters included, of all rows.

    python -m benchmarks.program.gallery --out FOLDER [1000 100000 1000000]
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forgery_kit.gallery.changes import create
from forgery_kit.gallery.entry import Entry, StoredSample, lifted, to_line
from forgery_kit.gallery.index import Index, load_index, make_index, save_index
from forgery_kit.gallery.inner_product import scan
from forgery_kit.gallery.layout import ENTRIES, INDEX, LETTERS, ROWS, model_of, read_header, row_type
from forgery_kit.gallery.search import near_scores, ranked
from forgery_kit.gallery.stored import Gallery, open_gallery
from forgery_kit.likelihood.judge import Judge, default_judge
from forgery_kit.likelihood.letters import within_variance as letter_variance
from forgery_kit.likelihood.plda import within_variance
from gan.features import STEPS_PER_HEIGHT

CHUNK = 65_536
#: Feature steps of the questions: a short line, a few lines, a page.
QUESTIONS = (200, 600, 2000)
TIMES = 5


def make(folder: Path, count: int, judge: Judge, seed: int = 1) -> Gallery:
    """A gallery of so many strangers; its entries are one and the same, and nobody is to be looked up in it."""
    random = np.random.default_rng(seed)
    model, back_end = model_of(judge), judge.reference.back_end[False]
    create(folder, model)
    place = folder / read_header(folder, model).generation
    line = to_line(
        Entry("stranger", (StoredSample("-", "0" * 64, "", None, None, "unknown", (), {}),), ("-",), 0, None)
    )
    (place / ENTRIES).write_bytes(line)
    with (place / ROWS).open("wb") as rows, (place / LETTERS).open("wb") as letters:
        for start in range(0, count, CHUNK):
            records = np.zeros(min(CHUNK, count - start), row_type(model))
            records["steps"] = np.exp(random.uniform(np.log(100), np.log(8000), len(records)))
            records["amount"], records["length"] = records["steps"] / STEPS_PER_HEIGHT, len(line)
            spread = np.sqrt(back_end.plda.between + within_variance(records["steps"])[:, None])
            records["vector"] = random.standard_normal(spread.shape, np.float32) * spread
            records["check"] = random.integers(0, 256, records["check"].shape)
            letters.write(_letters(judge, records["steps"], random).tobytes())
            rows.write(records.tobytes())
    gallery = open_gallery(folder, model)
    save_index(gallery, make_index(gallery, back_end.plda.between))
    return gallery


def _letters(
    judge: Judge, steps: NDArray[np.uint32], random: np.random.Generator, like: NDArray[np.float16] | None = None
) -> NDArray[np.float16]:
    """Letters (n, width) of strangers with so much ink, or of the writer whose letters are ``like`` (width,)."""
    back_end = judge.reference.back_end[False]
    model = back_end.letters
    assert model is not None
    held = back_end.split(judge.reference.chunks.vectors)[1]
    rate = held.reshape(len(held), len(model.classes), -1)[..., 0].mean(axis=0)
    counts = random.poisson(rate * steps[:, None].astype(float))
    mean, between = np.zeros(model.between.shape), model.between
    if like is not None:
        count, own = (part[0] for part in model.counts_and_means(like[None].astype(float), 1.0))
        # Of a letter that the writer is not known to write nothing is known.
        seen = (count > 0)[:, None]
        times = letter_variance(np.maximum(count[:, None] * 1e4, 1))
        mean = np.where(seen, between / (between + times) * own, 0)
        between = np.where(seen, between * times / (between + times), between)
    spread = np.sqrt(between + letter_variance(np.maximum(counts, 1))[..., None])
    table = np.zeros((*counts.shape, 1 + between.shape[1]), np.float32)
    table[..., 0] = counts / steps[:, None]
    table[..., 1:] = (mean + random.standard_normal(spread.shape, np.float32) * spread) * table[..., :1]
    return table.reshape(len(steps), -1).astype(np.float16)


def question(gallery: Gallery, judge: Judge, steps: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Vector of other ink of a writer of the gallery, so many feature steps of it."""
    plda = judge.reference.back_end[False].plda
    row = int(random.integers(len(gallery)))
    within = float(within_variance(int(gallery.rows["steps"][row])))
    mean = plda.between / (plda.between + within) * gallery.rows["vector"][row]
    spread = np.sqrt(plda.between * within / (plda.between + within) + within_variance(steps))
    embedding = (mean + random.standard_normal(len(mean)) * spread)[None].astype(np.float16)
    letters = _letters(judge, np.array([steps], np.uint32), random, gallery.letters[row])
    return lifted(embedding, letters, judge)[0]


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of wall clock and of the processor, the least of some runs."""
    found = []
    for _ in range(TIMES):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        found.append((time.perf_counter() - wall, time.process_time() - cpu))
    return min(w for w, _ in found) * 1e3, min(c for _, c in found) * 1e3


def measure(folder: Path, count: int, judge: Judge, questions: int) -> None:
    """Print what one size of gallery gives."""
    gallery, random = make(folder, count, judge), np.random.default_rng(2)
    between = judge.reference.back_end[False].plda.between
    wall, cpu = timed(lambda: load_index(gallery, between))
    index = load_index(gallery, between)
    assert index is not None
    size = (gallery.place / INDEX).stat().st_size / 2**20
    print(f"{count:,} rows; index {size:.1f} MB, loaded in {wall:.0f} ms ({cpu:.0f} ms of processor)", flush=True)
    for steps in QUESTIONS:
        vectors = [question(gallery, judge, steps, random) for _ in range(questions)]
        same = [_recall(gallery, judge, vector, steps, index) for vector in vectors]
        print(f"  question of {steps} steps: {_speed(gallery, judge, vectors[0], steps, index)}", flush=True)
        print(
            f"    first 10 of {questions} questions: as the scan {np.mean([s for s, _ in same]):.4f}, as the full "
            f"score of all rows {np.mean([a for _, a in same]):.4f}",
            flush=True,
        )


def _recall(
    gallery: Gallery, judge: Judge, vector: NDArray[np.float64], steps: int, index: Index
) -> tuple[float, float]:
    """Share of the first ten by the scan, and by the full score of all rows, that are among those by the index."""
    by_index, by_scan = (ranked(gallery, judge, vector, steps, 10, one).rows for one in (index, None))
    every = [
        near_scores(gallery, judge, vector, steps, np.arange(start, min(start + CHUNK, len(gallery))))
        for start in range(0, len(gallery), CHUNK)
    ]
    best = np.argsort(-np.concatenate(every), kind="stable")[:10]
    return len(set(by_index) & set(by_scan)) / len(by_scan), len(set(by_index) & set(best)) / len(best)


def _speed(gallery: Gallery, judge: Judge, vector: NDArray[np.float64], steps: int, index: Index) -> str:
    """Milliseconds of wall clock (of the processor) by either way, and their ratio."""
    back_end = judge.reference.back_end[False]
    asked, within = back_end.transform(vector)[0], float(within_variance(steps))
    rows = gallery.rows
    alone = timed(lambda: scan(back_end.plda.between, asked, within, rows["vector"], rows["steps"]))
    by_scan = timed(lambda: ranked(gallery, judge, vector, steps, 10, None))
    by_index = timed(lambda: ranked(gallery, judge, vector, steps, 10, index))
    return (
        f"scan alone {alone[0]:.1f} ms ({alone[1]:.1f}), scan and scores {by_scan[0]:.1f} ({by_scan[1]:.1f}), index "
        f"and scores {by_index[0]:.1f} ({by_index[1]:.1f}); {by_scan[0] / by_index[0]:.1f} x by the clock, "
        f"{by_scan[1] / by_index[1]:.1f} x of processor"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", type=int, nargs="*", default=[1000, 100_000, 1_000_000])
    parser.add_argument("--out", type=Path, required=True, help="folder for galleries; 1.8 GB for a million rows")
    parser.add_argument("--questions", type=int, default=10, help="of each amount of ink")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    judge = default_judge()
    for count in given.sizes:
        folder = given.out / str(count)
        shutil.rmtree(folder, ignore_errors=True)
        measure(folder, count, judge, given.questions)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
