"""Weights of datasets/orientation.py, and how often it is right.

    python -m benchmarks.ink.orientation --cache CACHE            prints one JSON object
    python -m benchmarks.ink.orientation --cache CACHE --fit      first fits the weights on training people, writes them

CACHE is what `cli.py data cache` wrote. Exhibits are whole forms or files, single lines (IAM-OnDB), single words and
five words (UNIPEN). Each is looked at as it is, and turned in the eight other ways on purpose. Figures of every set are
printed; the thresholds were chosen on the training and selection people.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from datasets import protocol
from datasets.cache import read_samples
from datasets.errors import MissingResourceError
from datasets.orientation import CERTAIN, DOUBT, FEWEST_STEPS, UNDO, WEIGHTS, amount_factor, weights
from datasets.sample import Sample
from datasets.shape import figures_turned, pen_path, shape_figures

#: Lines or words looked at of each sheet; weight of the ridge, in squares of standardised weights.
PIECES, RIDGE = 6, 1e-4


@dataclass(frozen=True)
class Piece:
    """One exhibit: whose, what kind of exhibit, its steps, and its figures (9, f) as undone in each way."""

    corpus: str
    part: str
    writer: str
    kind: str
    steps: int
    figures: NDArray[np.float64]


def corpus_sheets(cache: Path, corpus: str) -> tuple[dict[str, protocol.Part], list[list[Sample]]]:
    """Who is in which set, and the samples of each form or file with a writer."""
    found = read_samples(cache / f"{corpus}.fkcache")
    if found is None:
        raise MissingResourceError(str(cache), f"there is no cache of {corpus}.", "Make it with `data cache`.")
    samples = [s for s in found[0] if s.writer]
    sheets: dict[tuple[str | None, ...], list[Sample]] = defaultdict(list)
    for sample in samples:
        sheets[sample.writer, sample.device, sample.form].append(sample)
    return protocol.PARTS_OF[corpus](samples), list(sheets.values())


def exhibits(corpus: str, sheet: Sequence[Sample]) -> Iterator[tuple[str, Sequence[Sample]]]:
    """The sheet, and lines or words of it."""
    yield "sheet", sheet
    for index in np.unique(np.linspace(0, len(sheet) - 1, PIECES).round().astype(int)):
        yield ("line" if corpus == "iam-ondb" else "word"), sheet[index : index + 1]
    if corpus == "unipen" and len(sheet) >= 10:
        yield "five words", sheet[5:10]


def pieces(cache: Path, corpus: str) -> list[Piece]:
    """All exhibits with enough ink to be judged."""
    parts, sheets = corpus_sheets(cache, corpus)
    found = []
    for sheet in sheets:
        writer = str(sheet[0].writer)
        for kind, ink in exhibits(corpus, sheet):
            try:
                path = pen_path(ink)
            except ValueError:
                continue
            if len(path.steps) >= FEWEST_STEPS:
                upright = shape_figures(path)
                figures = np.stack([figures_turned(upright, *undo) for undo in UNDO.values()])
                found.append(Piece(corpus, parts.get(writer, "none"), writer, kind, len(path.steps), figures))
    return found


def fit(training: Sequence[Piece]) -> NDArray[np.float64]:
    """Weights (f,) by which upright is likeliest; writers and kinds of exhibits weigh equally."""
    values = np.stack([piece.figures for piece in training])
    spread = values.reshape(-1, values.shape[2]).std(axis=0) + 1e-3
    scaled = values / spread * np.array([amount_factor(p.steps) for p in training])[:, None, None]
    counts = Counter((p.corpus, p.writer, p.kind) for p in training)
    share = np.array([1 / counts[p.corpus, p.writer, p.kind] for p in training])
    share /= share.sum()

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        sums = scaled @ w
        odds = np.exp(sums - sums.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        missed = odds - np.eye(len(UNDO))[0]
        gradient = np.einsum("n,nk,nkf->f", share, missed, scaled) + 2 * RIDGE * w
        return float(-share @ np.log(odds[:, 0] + 1e-300) + RIDGE * w @ w), gradient

    found = minimize(loss, np.zeros(values.shape[2]), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return np.asarray(found.x / spread)


def figures(found: Sequence[Piece], weight: NDArray[np.float64]) -> dict[str, float | int]:
    """Shares of exhibits that are doubted or refused as they are, and turned in the worst and the average other way."""
    sums = np.stack([p.figures @ weight * amount_factor(p.steps) for p in found])
    best = sums.argmax(axis=1)
    ahead = sums.max(axis=1) - sums[:, 0]
    # Ink that stands in way k has upright's figures where k is undone, and those of k's undoing as it is.
    turned = (sums[:, :1] - sums[:, 1:]) * (best == 0)[:, None]
    return {
        "exhibits": len(found),
        "writers": len({p.writer for p in found}),
        "right, doubted": round(float((ahead >= DOUBT).mean()), 5),
        "right, refused": round(float((ahead >= CERTAIN).mean()), 5),
        "right, largest log odds against": round(float(ahead.max()), 1),
        "turned, told": round(float((turned >= DOUBT).mean()), 4),
        "turned, told, hardest way": round(float((turned >= DOUBT).mean(axis=0).min()), 4),
        "turned, refused": round(float((turned >= CERTAIN).mean()), 4),
    }


def main(arguments: list[str] | None = None) -> None:
    """Fit where asked, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args(arguments)
    found = [piece for corpus in ("iam-ondb", "unipen") for piece in pieces(options.cache, corpus)]
    if options.fit:
        weight = [round(float(w), 3) for w in fit([p for p in found if p.part == "training"])]
        made = "python -m benchmarks.ink.orientation --cache CACHE --fit (training people of IAM-OnDB and UNIPEN)"
        WEIGHTS.write_text(json.dumps({"made by": made, "weights": weight}) + "\n", encoding="utf-8")
        weights.cache_clear()
    groups: dict[str, list[Piece]] = defaultdict(list)
    for piece in found:
        groups[f"{piece.corpus}, {piece.part}, {piece.kind}"].append(piece)
    print(json.dumps({name: figures(group, weights()) for name, group in sorted(groups.items())}, indent=1))


if __name__ == "__main__":
    main()
