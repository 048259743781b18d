"""Build the reference that ships with the weights:  python -m forgery_kit.likelihood.reference_build --cache FOLDER

Embeds chunks of the training people (the back end is fitted on them) and of the calibration people and those with ink
of two occasions (they ship), and makes every calibration of them.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets import protocol
from datasets.cache import read_samples
from datasets.errors import MissingResourceError
from datasets.sample import Sample
from forgery_kit.examination.measures import MEASURES, measure
from forgery_kit.likelihood.back_end import vectors_of
from forgery_kit.likelihood.calibrations import to_arrays
from forgery_kit.likelihood.calibrations_build import make_calibrations
from forgery_kit.likelihood.fusion import fused
from forgery_kit.likelihood.letters import LetterModel, fit_letters
from forgery_kit.likelihood.occasions import far_pages
from forgery_kit.likelihood.plda import UNIT_STEPS, fit_plda
from forgery_kit.likelihood.reference import (
    APART,
    BACK_END,
    CALIBRATION,
    CHUNK_STEPS,
    TWO_DEVICES,
    Chunks,
    Reference,
    back_end_arrays,
    chunk_arrays,
)
from gan.features import FEATURES, Trace, feature_sequence
from gan.judging.seen import NOTHING, SeenLetters
from gan.judging.style import WEIGHTS, encoder, has_time, traces, weights_hash

#: Parts of the people that the shipped network and its back end were fitted on, and of those that calibrate.
TRAINING_PARTS, CALIBRATION_PARTS = ("training",), ("calibration",)
#: Parts of the people that the weight of letters is chosen on. The selection people do not calibrate: some of them in
#: UNIPEN score as if one person had two names, and with them values lean to two writers.
WEIGHT_PARTS = ("calibration", "selection")
#: Corpora of long texts that are read well: letters of single words, more often misread, made a worse back end.
LETTER_CORPORA = ("iam-ondb",)
#: Length of a chunk → (chunks of a sheet, chunks of a person with one heap of files), calibration people: enough for
#: a form against a form of IAM-OnDB.
CALIBRATION_CHUNKS = {60: (1, 8), 120: (1, 8), 240: (1, 8), 480: (8, 32)}
#: The same for pages far apart, each of which is a sheet.
FAR_CHUNKS = {60: (1, 8), 120: (1, 8), 240: (1, 8), 480: (4, 8)}
#: The same for training people, on whom the back end is fitted.
TRAINING_CHUNKS = {UNIT_STEPS: (2, 10)}


#: Corpora with the function that says who of them is in which part.
CORPORA = {"iam-ondb": protocol.iam_parts, "unipen": protocol.unipen_parts}


def corpus_people(
    cache: Path, parts: tuple[str, ...], corpora: tuple[str, ...] = tuple(CORPORA)
) -> Iterator[tuple[str, str, list[list[Sample]]]]:
    """(writer, donor, sheets) of the people of these parts; a sheet is a form, or all files of a UNIPEN person.

    Raises MissingResourceError where a corpus has not been cached.
    """
    for corpus in corpora:
        cached = cached_samples(cache, corpus)
        assigned = CORPORA[corpus](cached)
        for writer, samples in sorted(protocol.by_writer(cached).items()):
            if assigned.get(writer) not in parts:
                continue
            sheets: dict[tuple[str, str], list[Sample]] = defaultdict(list)
            for sample in samples:
                sheet = str(sample.form) if corpus == "iam-ondb" else ""
                sheets[str(sample.device), sheet].append(sample)
            for donor in sorted({d for d, _ in sheets}):
                yield writer, donor, [s for (d, _), s in sorted(sheets.items()) if d == donor]


def cached_samples(cache: Path, corpus: str) -> list[Sample]:
    """All samples of a corpus. Raises MissingResourceError where it has not been cached."""
    loaded = read_samples(cache / f"{corpus}.fkcache")
    if loaded is None:
        raise MissingResourceError(str(cache), f"{corpus} is not cached here.", "Run `python cli.py data cache`.")
    return loaded[0]


def chunk_features(sheet: list[Sample], with_time: bool) -> NDArray[np.float32]:
    """Features of a sheet's ink in its order; each of its files has its own writing height."""
    parts = [feature_sequence(t, with_time) for t in sheet_traces(sheet)]
    return np.concatenate(parts or [np.zeros((0, FEATURES), np.float32)])


def sheet_traces(sheet: list[Sample]) -> list[Trace]:
    """One trace for each file of a sheet, which a corpus names as its form."""
    files: dict[str, list[Sample]] = defaultdict(list)
    for sample in sheet:
        files[str(sample.form)].append(sample)
    return [one for samples in files.values() for one in traces(samples)]


@dataclass(frozen=True, eq=False)
class Pieces:
    """Chunks of ink of people, not yet embedded: features, and what ``Chunks`` has of each."""

    features: list[NDArray[np.float32]]
    table: NDArray[np.int64]
    writers: tuple[str, ...]
    donors: tuple[str, ...]

    def chunks(self, vectors: NDArray[np.float32]) -> Chunks:
        """With their vectors (n, d)."""
        return Chunks(
            vectors=vectors,
            steps=self.table[:, 0],
            with_time=self.table[:, 1] == 1,
            writer=self.table[:, 2],
            source=self.table[:, 3],
            donor=self.table[:, 4],
            writers=self.writers,
            donors=self.donors,
        )

    def of_lengths(self) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """Each length of a chunk with the rows of those that have it."""
        for steps in np.unique(self.table[:, 0]):
            yield int(steps), np.flatnonzero(self.table[:, 0] == steps)


def embed_people(
    people: list[tuple[str, str, list[list[Sample]]]],
    kept: dict[int, tuple[int, int]],
    embed: Callable[[list[NDArray[np.float32]], int], NDArray[np.float64]],
) -> Chunks:
    """Chunks of these people's ink, embedded by ``embed`` (windows, their length → vectors); see ``cut_people``."""
    pieces = cut_people(people, kept)
    vectors: NDArray[np.float32] | None = None
    for steps, rows in pieces.of_lengths():
        found = embed([pieces.features[i] for i in rows], steps)
        if vectors is None:
            vectors = np.zeros((len(pieces.features), found.shape[1]), np.float32)
        vectors[rows] = found
    return pieces.chunks(np.zeros((0, 1), np.float32) if vectors is None else vectors)


def cut_people(people: list[tuple[str, str, list[list[Sample]]]], kept: dict[int, tuple[int, int]]) -> Pieces:
    """Chunks of these people's ink, with time where it exists and without; ``kept`` says how many of each length."""
    pieces, rows = [], []
    writers = sorted({w for w, _, _ in people})
    donors = sorted({d for _, d, _ in people})
    source = 0
    for writer, donor, sheets in people:
        for sheet in sheets:
            source += 1
            for with_time in (True, False):
                if with_time and not has_time(sheet_traces(sheet)):
                    continue
                features = chunk_features(sheet, with_time)
                for steps, (of_sheet, of_heap) in kept.items():
                    for start, part in chunk_starts(len(features), steps, of_sheet, of_heap, len(sheets) == 1):
                        pieces.append(features[start : start + steps])
                        key = source * 1000 + part
                        rows.append((steps, with_time, writers.index(writer), key, donors.index(donor)))
    return Pieces(pieces, np.array(rows, np.int64).reshape(-1, 5), tuple(writers), tuple(donors))


def chunk_starts(length: int, steps: int, of_sheet: int, of_heap: int, heap: bool) -> list[tuple[int, int]]:
    """(first step, part of the ink it lies in) of the chunks of ``steps`` steps that are kept of a sheet or a heap.

    A sheet is one part. A heap (all files of a person, in their order) is cut into parts as long as the longest chunk
    that fits twice; a chunk lies within one part, so chunks of different parts share no ink, whatever their lengths.
    """
    if not heap:
        count = min(of_sheet, length // steps)
        return [(int(start), 0) for start in np.linspace(0, length - steps, count)]
    size = max((s for s in CHUNK_STEPS if length >= 2 * s), default=CHUNK_STEPS[0])
    if steps > size:
        return []
    parts = length // size
    chosen = np.linspace(0, parts - 1, min(of_heap, parts)).astype(int)
    return [(int(part) * size, int(part)) for part in np.unique(chosen)]


def measure_quantiles(people: list[tuple[str, str, list[list[Sample]]]]) -> dict[str, tuple[float, ...]]:
    """Quantiles (1 %, 3 %, … 99 %) over people of each measure, from two sheets or forty words of each."""
    values: dict[str, list[float]] = {m.name: [] for m in MEASURES}
    for _, _, sheets in people:
        ink = [s for sheet in sheets[:2] for s in sheet][:40]
        for name, found in measure(ink).items():
            if found.value is not None:
                values[name].append(found.value)
    return {
        name: tuple(float(v) for v in np.round(np.quantile(found, np.arange(0.01, 1, 0.02)), 4)) if found else ()
        for name, found in values.items()
    }


def fit_people(
    people: list[tuple[str, str, list[list[Sample]]]], in_letters: set[str], network: Any
) -> tuple[Chunks, LetterModel]:
    """Embeddings of the chunks of the people that the back end is fitted on, and that of letters, on some of them."""
    from gan.judging.letters import see_windows

    pieces = cut_people(people, TRAINING_CHUNKS)
    vectors = np.zeros((len(pieces.features), network.output_shape[-1]), np.float32)
    seen: list[SeenLetters] = [NOTHING] * len(vectors)
    for steps, rows in pieces.of_lengths():
        vectors[rows], found = see_windows(network, [pieces.features[i] for i in rows], steps)
        for row, one in zip(rows, found, strict=True):
            seen[row] = one
    chunks = pieces.chunks(vectors)
    rows = np.flatnonzero(np.isin(chunks.writer, [k for k, name in enumerate(chunks.writers) if name in in_letters]))
    return chunks, fit_letters([seen[row] for row in rows], chunks.writer[rows], chunks.donor[rows])


def main(arguments: list[str] | None = None) -> None:
    """Build ``gan/pretrained/calibration.safetensors`` from the cached corpora and the shipped weights."""
    from safetensors.numpy import save_file

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    options = parser.parse_args(arguments)
    network = encoder()
    in_letters = {writer for writer, _, _ in corpus_people(options.cache, TRAINING_PARTS, LETTER_CORPORA)}
    training, letters = fit_people(list(corpus_people(options.cache, TRAINING_PARTS)), in_letters, network)
    people = list(corpus_people(options.cache, CALIBRATION_PARTS))

    def embed(pieces: list[NDArray[np.float32]], steps: int) -> NDArray[np.float64]:
        return vectors_of(network, letters, pieces, steps)

    chunks = embed_people(people, CALIBRATION_CHUNKS, embed)
    weighing = embed_people(list(corpus_people(options.cache, WEIGHT_PARTS)), CALIBRATION_CHUNKS, embed)
    on_two = embed_people(list(corpus_people(options.cache, ("two-device",))), CALIBRATION_CHUNKS, embed)
    on_two = on_two.take(~on_two.with_time)
    apart = embed_people(far_pages(cached_samples(options.cache, "ibm-ub-1"), "calibration"), FAR_CHUNKS, embed)
    apart = apart.take(~apart.with_time)
    back_end = {}
    for flag in (True, False):
        rows = training.with_time == flag
        plda = fit_plda(training.vectors[rows], training.writer[rows], training.donor[rows])
        back_end[flag] = fused(plda, letters, weighing, flag)
        print(back_end[flag].weights.round(2), flush=True)
    arrays = (
        chunk_arrays(chunks, back_end[True])
        | chunk_arrays(on_two, back_end[True], TWO_DEVICES)
        | chunk_arrays(apart, back_end[True], APART)
        | back_end_arrays(back_end)
    )
    card = {
        "weights_sha256": weights_hash(WEIGHTS),
        "back_end": BACK_END,
        "training_people": len(training.writers),
        "calibration_people": len(chunks.writers),
        "two_device_people": len(on_two.writers),
        "far_pages_people": len(apart.writers),
    }
    measures = measure_quantiles(people)
    reference = Reference(back_end, chunks, on_two, measures, card, apart=apart)
    made = make_calibrations(reference, lambda text: print(text, flush=True))
    names = {
        "writers": chunks.writers,
        "donors": chunks.donors,
        "two_device_writers": on_two.writers,
        "two_device_donors": on_two.donors,
        "apart_writers": apart.writers,
        "apart_donors": apart.donors,
        "measures": measures,
        "card": card,
    }
    save_file(arrays | to_arrays(made), CALIBRATION, metadata={"names": json.dumps(names, sort_keys=True)})
    print(json.dumps(card, indent=1), f"{len(chunks.vectors)} chunks")


if __name__ == "__main__":
    main()
