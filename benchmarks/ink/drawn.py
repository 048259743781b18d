"""Strokes that are no writing (datasets/drawn.py): how much writing is left out, how much drawing is found.

    python -m benchmarks.ink.drawn --cache CACHE --signatures FOLDER [--parts selection calibration]

Prints one JSON object. CACHE is what `cli.py data cache` wrote; FOLDER holds susig.tar.xz and svc2004-task2.tar.xz.
Writing is IAM-OnDB, UNIPEN and IBM-UB-1, each form or file as it is compared (`scrutiny.without_drawings`); what is
left out there is counted by stroke and by file. Lines of IAM-OnDB with a struck-out word (# in their text) are listed
apart: in them something should be found. Drawings are made by code (`drawings.py` here) around words of IAM-OnDB,
one on each form and maker; one is found where nine tenths of its ink are. Intervals are of 95 %, over people.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.ink.drawings import MAKERS, Place
from benchmarks.ink.kinds import signed
from benchmarks.ink.orientation import corpus_sheets
from datasets.drawn import DRAWINGS, drawn_strokes
from datasets.height import writing_height
from datasets.layout import lines, words
from datasets.sample import Sample
from forgery_kit.examination.scrutiny import DRAWN, without_drawings

CORPORA = ("iam-ondb", "unipen", "ibm-ub-1")
#: Narrowest words (writing heights) that drawings are put around; share of a drawing's ink that counts as found.
NARROWEST, FOUND, DRAWS = 4.0, 0.9, 1000

Counts = dict[str, list[tuple[float, float]]]


def share(by_person: Counts) -> dict[str, Any]:
    """Share of (part, whole) summed over people, with its interval over people drawn again."""
    sums = np.array([np.sum(pairs, axis=0) for pairs in by_person.values()])
    random = np.random.default_rng(1)
    drawn = sums[random.integers(len(sums), size=(DRAWS, len(sums)))].sum(axis=1)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
    part, whole = sums.sum(axis=0)
    return {"people": len(sums), "of": int(whole), "share": part / whole, "interval": [low, high]}


def left_out(cache: Path, corpus: str, parts: Sequence[str]) -> dict[str, Any]:
    """What is left out of a corpus as if it were drawing."""
    assigned, sheets = corpus_sheets(cache, corpus)
    strokes: Counts = defaultdict(list)
    files: Counts = defaultdict(list)
    struck: Counts = defaultdict(list)
    drawings = dict.fromkeys(DRAWINGS, 0)
    for sheet in sheets:
        writer = str(sheet[0].writer)
        if assigned.get(writer) not in parts:
            continue
        try:
            left = without_drawings(sheet)
        except ValueError:
            continue
        gone = [int(a.ink.pen_down.sum()) - int(b.ink.pen_down.sum()) for a, b in zip(sheet, left, strict=True)]
        marked = ["#" in (sample.text or "") and corpus == "iam-ondb" for sample in sheet]
        for sample, count, is_marked in zip(sheet, gone, marked, strict=True):
            (struck if is_marked else strokes)[writer].append((count, float(sample.ink.pen_down.sum())))
        files[writer].append((float(any(c for c, m in zip(gone, marked, strict=True) if not m)), 1.0))
        for sample in left:
            for one in DRAWINGS:
                drawings[one] += sample.ink.notes.get(DRAWN + one, 0)
    lines_struck = {writer: [(float(a > 0), 1.0) for a, _ in pairs] for writer, pairs in struck.items()}
    found = {"strokes": share(strokes), "files touched": share(files), "taken for": drawings}
    return found | ({"lines with a struck-out word, any stroke found": share(lines_struck)} if struck else {})


def places(sheet: Sequence[Sample], height: float) -> list[Place]:
    """Where the words of a form stand that are wide enough."""
    found = []
    for sample in sheet:
        ends = sample.ink.stroke_ends
        strokes = np.split(sample.ink.xy / height, ends[:-1])
        for line in lines(sample.ink):
            for word in words(sample.ink, line):
                points = np.concatenate([strokes[i] for i in word])
                (left, _), (right, _) = points.min(axis=0), points.max(axis=0)
                if right - left >= NARROWEST:
                    top, middle, bottom = np.quantile(points[:, 1], [0.08, 0.5, 0.95])
                    found.append((left, top, right, bottom, middle))
    return found


def drawn_on(cache: Path, parts: Sequence[str]) -> Iterator[tuple[str, str, float, float, float, float]]:
    """(maker, writer, ink found, ink drawn, strokes of writing lost, strokes of writing) of drawings on forms."""
    assigned, sheets = corpus_sheets(cache, "iam-ondb")
    for number, sheet in enumerate(sheets):
        writer = str(sheet[0].writer)
        if assigned.get(writer) not in parts:
            continue
        page = [stroke[:, :2] for sample in sheet for stroke in sample.ink.strokes()]
        height = writing_height(page)
        around = places(sheet, height)
        for kind, make in enumerate(MAKERS if around else ()):
            random = np.random.default_rng([number, kind])
            drawing = make(random, around[random.integers(len(around))])
            every = [*page, *(height * stroke for stroke in drawing)]
            found = drawn_strokes(every, writing_height(every))
            lengths = np.array([_length(stroke) for stroke in drawing])
            hit = np.array([one is not None for one in found[len(page) :]])
            lost = sum(one is not None for one in found[: len(page)])
            yield make.__name__, writer, float(lengths[hit].sum()), float(lengths.sum()), float(lost), float(len(page))


def _length(stroke: NDArray[np.float64]) -> float:
    return float(np.hypot(*np.diff(stroke, axis=0).T).sum())


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--signatures", type=Path, required=True)
    parser.add_argument("--parts", nargs="+", default=["calibration"])
    options = parser.parse_args(arguments)
    result: dict[str, Any] = {f"writing: {name}": left_out(options.cache, name, options.parts) for name in CORPORA}
    signatures: Counts = defaultdict(list)
    for signer, samples in signed(options.signatures):
        try:
            left = without_drawings(samples)
        except ValueError:
            continue
        before, after = (sum(int(s.ink.pen_down.sum()) for s in some) for some in (samples, left))
        signatures[signer].append((float(after < before), 1.0))
    result["signatures touched"] = share(signatures)
    by_maker: dict[str, Counts] = defaultdict(lambda: defaultdict(list))
    lost: Counts = defaultdict(list)
    for maker, writer, found, drawn, gone, strokes in drawn_on(options.cache, options.parts):
        whole = float(found >= FOUND * drawn)
        for name in (maker, "all"):
            by_maker[name][writer].append((whole, 1.0))
        lost[writer].append((gone, strokes))
    result |= {f"drawings found: {maker}": share(counts) for maker, counts in by_maker.items()}
    result["writing left out beside drawings"] = share(lost)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
