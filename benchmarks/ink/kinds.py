"""Coefficients of datasets/kind.py, and how often it is right.

    python -m benchmarks.ink.kinds --cache CACHE --signatures FOLDER           prints one JSON object
    python -m benchmarks.ink.kinds --cache CACHE --signatures FOLDER --fit     first fits and writes the coefficients

CACHE is what `cli.py data cache` wrote; FOLDER holds susig.tar.xz and svc2004-task2.tar.xz. Prose is IAM-OnDB (forms,
lines) and UNIPEN words in lower case; capitals and digits are UNIPEN words by their text; signatures are both sets,
genuine and forged; mathematics is CROHME; no writing is made by code (`no_writing.py` here). The fit uses training
people, signers by even numbers, and even seeds; pages of IBM-UB-1 are looked at only; one line a maker says what is
told where that maker was left out of the fit.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.ink.no_writing import MAKERS
from benchmarks.ink.orientation import corpus_sheets
from datasets.corpora.archive import members
from datasets.errors import ForgeryKitError
from datasets.height import writing_height
from datasets.ink import ink_from_strokes
from datasets.kind import (
    COEFFICIENTS,
    FEWEST_STEPS,
    KINDS,
    MODELS,
    OTHER_KINDS,
    KindModel,
    design,
    kind_figures,
    models,
    told,
)
from datasets.readers import signatures
from datasets.sample import Sample
from datasets.shape import pen_path

#: Exhibits of one word, of a few words, and of as many as `many` words taken of each person and kind.
WORDS, RUNS, FEW, MANY = 3, 4, 5, 20
#: Ink made by each maker; inverse ridge of the fit.
MADE, INVERSE_RIDGE = 150, 0.05


@dataclass(frozen=True)
class Piece:
    """One exhibit: its kind, where it is from, who or what made it, whether the fit may see it, its figures."""

    kind: str
    source: str
    maker: str
    fitted: bool
    figures: NDArray[np.float64]


def kind_of_text(text: str) -> str | None:
    """Kind of a word by what was written; None where it is between."""
    signs = re.sub("[^A-Za-z0-9]", "", text)
    if not signs:
        return None
    capitals, digits = (sum(map(test, signs)) / len(signs) for test in (str.isupper, str.isdigit))
    if digits > 0.5:
        return "digits"
    if capitals > 0.9:
        return "capitals" if len(signs) > 1 else None
    return "prose" if capitals < 0.3 else None


def exhibits(cache: Path, corpus: str) -> Iterator[tuple[str, str, str, str, Sequence[Sample]]]:
    """(kind, source, writer, part, ink) of the people of a corpus who are in no test."""
    parts, sheets = corpus_sheets(cache, corpus)
    people: dict[tuple[str, str], dict[str, list[Sample]]] = defaultdict(lambda: defaultdict(list))
    for sheet in sheets:
        writer = str(sheet[0].writer)
        part = parts.get(writer, "none")
        if part not in ("training", "selection", "calibration"):
            continue
        if corpus == "iam-ondb":
            yield "prose", "IAM-OnDB, form", writer, part, sheet
            for place in (1, -1):
                yield "prose", "IAM-OnDB, line", writer, part, [sheet[place % len(sheet)]]
            continue
        if corpus == "ibm-ub-1":
            yield "prose", "IBM-UB-1, page", writer, part, sheet
            continue
        for sample in sheet:
            of_text = kind_of_text(sample.text or "") if corpus == "unipen" else "mathematics"
            if of_text:
                people[writer, str(sample.device)][of_text].append(sample)
    source, of = ("UNIPEN", "word") if corpus == "unipen" else ("CROHME", "formula")
    for (writer, _), by_kind in people.items():
        for found, ink in by_kind.items():
            for place in np.unique(np.linspace(0, len(ink) - 1, WORDS).astype(int)):
                yield found, f"{source}, one {of}", writer, parts[writer], [ink[place]]
            for run in range(min(RUNS, len(ink) // FEW)):
                yield found, f"{source}, five {of}s", writer, parts[writer], ink[run * FEW : (run + 1) * FEW]
            if len(ink) >= MANY:
                yield found, f"{source}, twenty {of}s", writer, parts[writer], ink[:MANY]


def signed(folder: Path) -> Iterator[tuple[str, list[Sample]]]:
    """(set and signer, ink) of every second signature."""
    for archive, suffix in (("susig", ".sig"), ("svc2004-task2", ".TXT")):
        for number, (name, data) in enumerate(members(folder / f"{archive}.tar.xz", (suffix,))):
            if number % 2 == 0:
                signer = re.sub(r"\D.*", "", Path(name).stem.lstrip("U"))
                try:
                    yield f"{archive} {signer}", list(signatures.read(data, name))
                except ForgeryKitError:
                    continue


def pieces(cache: Path, folder: Path) -> list[Piece]:
    """All exhibits with enough ink to be judged."""
    found: list[Piece] = []

    def add(kind: str, source: str, maker: str, fitted: bool, ink: Sequence[Sample]) -> None:
        try:
            height = writing_height([stroke for sample in ink for stroke in sample.ink.strokes()])
        except ValueError:
            return
        path = pen_path(ink, height)
        if len(path.steps) >= FEWEST_STEPS:
            found.append(Piece(kind, source, maker, fitted, kind_figures(ink, path, height)))

    for corpus in ("iam-ondb", "unipen", "crohme-2016", "ibm-ub-1"):
        for kind, source, writer, part, ink in exhibits(cache, corpus):
            add(kind, source, writer, part == "training" and corpus != "ibm-ub-1", ink)
    for who, samples in signed(folder):
        add("signature", who.split()[0], who, int(who.split()[1]) % 2 == 0, samples)
    for number, make in enumerate(MAKERS):
        for seed in range(MADE):
            strokes = make(np.random.default_rng([number, seed]))
            sample = Sample(ink_from_strokes([s for s in strokes if len(s)]))
            add("no writing", "made by code", make.__name__, seed % 2 == 0, [sample])
    return found


def fit(training: Sequence[Piece], kinds: Sequence[str]) -> KindModel:
    """Coefficients by which some kinds are told apart; kinds weigh equally, and the sources of a kind."""
    some = [p for p in training if p.kind in kinds]
    figures = np.stack([p.figures for p in some])
    middle, spread = np.median(figures, axis=0), figures.std(axis=0) + 1e-6
    sources = Counter((p.kind, p.source) for p in some)
    counts = Counter(kind for kind, _ in sources)
    weight = np.array([2000 / (sources[p.kind, p.source] * counts[p.kind]) for p in some])
    labels = np.array([kinds.index(p.kind) for p in some])
    found = LogisticRegression(C=INVERSE_RIDGE, max_iter=500).fit(design(figures, middle, spread), labels, weight)
    return KindModel(found.coef_, found.intercept_, middle, spread)


def shares(found: Sequence[Piece], of: tuple[KindModel, KindModel]) -> dict[str, float | int]:
    """How many exhibits there are, and what they are said to be."""
    said = Counter(told(p.figures, *of) for p in found)
    return {"exhibits": len(found), **{kind: round(said[kind] / len(found), 4) for kind in KINDS[1:]}}


def main(arguments: list[str] | None = None) -> None:
    """Fit where asked, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--signatures", type=Path, required=True)
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args(arguments)
    found = pieces(options.cache, options.signatures)
    training = [p for p in found if p.fitted]
    if options.fit:
        stored = {
            of: {name: np.round(value, 4).tolist() for name, value in vars(fit(training, kinds)).items()}
            for of, kinds in zip(MODELS, (KINDS, OTHER_KINDS), strict=True)
        }
        made = "python -m benchmarks.ink.kinds --cache CACHE --signatures FOLDER --fit"
        COEFFICIENTS.write_text(json.dumps({"made by": made, **stored}) + "\n", encoding="utf-8")
        models.cache_clear()
    groups: dict[str, list[Piece]] = defaultdict(list)
    for piece in found:
        if not piece.fitted:
            made_by = f", {piece.maker}" if piece.kind == "no writing" else ""
            groups[f"{piece.kind}: {piece.source}{made_by}"].append(piece)
    result = {name: shares(group, models()) for name, group in sorted(groups.items())}
    for maker in (make.__name__ for make in MAKERS):
        rest = [p for p in training if p.maker != maker]
        without = fit(rest, KINDS), fit(rest, OTHER_KINDS)
        result[f"no writing: {maker}, left out of the fit"] = shares([p for p in found if p.maker == maker], without)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
