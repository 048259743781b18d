"""Build the reference that ships with the weights:  python -m forgery_kit.likelihood.reference_build --cache FOLDER

Embeds chunks of the training people (the back end is fitted on them) and of the calibration people and those who were
recorded on two devices (they ship), and makes every calibration of them.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets import protocol
from datasets.cache import read_samples
from datasets.errors import MissingResourceError
from datasets.sample import Sample
from forgery_kit.examination.measures import MEASURES, measure
from forgery_kit.likelihood.calibrations import to_arrays
from forgery_kit.likelihood.calibrations_build import make_calibrations
from forgery_kit.likelihood.plda import UNIT_STEPS, fit_plda, plda_arrays
from forgery_kit.likelihood.reference import (
    BACK_END,
    CALIBRATION,
    CHUNK_STEPS,
    TWO_DEVICES,
    Chunks,
    Reference,
    chunk_arrays,
)
from gan.features import feature_sequence
from gan.judging.style import WEIGHTS, encoder, has_time, traces, weights_hash

#: Parts of the people that the shipped network and its back end were fitted on.
TRAINING_PARTS = ("training", "selection")
#: Length of a chunk → (chunks of a sheet, chunks of a person with one heap of files), calibration people: enough for
#: a form against a form of IAM-OnDB.
CALIBRATION_CHUNKS = {60: (1, 8), 120: (1, 8), 240: (1, 8), 480: (8, 32)}
#: The same for training people, on whom the back end is fitted.
TRAINING_CHUNKS = {UNIT_STEPS: (2, 10)}


def corpus_people(cache: Path, parts: tuple[str, ...]) -> Iterator[tuple[str, str, list[list[Sample]]]]:
    """(writer, donor, sheets) of the people of these parts; a sheet is a form, or all files of a UNIPEN person.

    Raises MissingResourceError where a corpus has not been cached.
    """
    for corpus, parts_of in (("iam-ondb", protocol.iam_parts), ("unipen", protocol.unipen_parts)):
        loaded = read_samples(cache / f"{corpus}.fkcache")
        if loaded is None:
            raise MissingResourceError(str(cache), f"{corpus} is not cached here.", "Run `python cli.py data cache`.")
        assigned = parts_of(loaded[0])
        for writer, samples in sorted(protocol.by_writer(loaded[0]).items()):
            if assigned.get(writer) not in parts:
                continue
            sheets: dict[tuple[str, str], list[Sample]] = defaultdict(list)
            for sample in samples:
                sheet = str(sample.form) if corpus == "iam-ondb" else ""
                sheets[str(sample.device), sheet].append(sample)
            for donor in sorted({d for d, _ in sheets}):
                yield writer, donor, [s for (d, _), s in sorted(sheets.items()) if d == donor]


def chunk_features(sheet: list[Sample], with_time: bool) -> NDArray[np.float32]:
    """Features of a sheet's ink in its order; each of its files has its own writing height."""
    return np.concatenate([feature_sequence(t, with_time) for t in traces(sheet)] or [np.zeros((0, 8), np.float32)])


def embed_people(
    people: list[tuple[str, str, list[list[Sample]]]], kept: dict[int, tuple[int, int]], network: Any
) -> Chunks:
    """Chunks of these people's ink, with time where it exists and without; ``kept`` says how many of each length."""
    from gan.judging.discriminator import embed_windows

    pieces, rows = [], []
    writers = sorted({w for w, _, _ in people})
    donors = sorted({d for _, d, _ in people})
    source = 0
    for writer, donor, sheets in people:
        for sheet in sheets:
            source += 1
            for with_time in (True, False):
                if with_time and not has_time(traces(sheet)):
                    continue
                features = chunk_features(sheet, with_time)
                for steps, (of_sheet, of_heap) in kept.items():
                    for start, part in chunk_starts(len(features), steps, of_sheet, of_heap, len(sheets) == 1):
                        pieces.append(features[start : start + steps])
                        key = source * 1000 + part
                        rows.append((steps, with_time, writers.index(writer), key, donors.index(donor)))
    table = np.array(rows, np.int64)
    vectors = np.zeros((len(pieces), network.output_shape[-1]), np.float32)
    for steps in kept:
        chosen = np.flatnonzero(table[:, 0] == steps)
        vectors[chosen] = embed_windows(network, [pieces[i] for i in chosen], steps)
    return Chunks(
        vectors=vectors,
        steps=table[:, 0],
        with_time=table[:, 1] == 1,
        writer=table[:, 2],
        source=table[:, 3],
        donor=table[:, 4],
        writers=tuple(writers),
        donors=tuple(donors),
    )


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


def main(arguments: list[str] | None = None) -> None:
    """Build ``gan/pretrained/calibration.safetensors`` from the cached corpora and the shipped weights."""
    from safetensors.numpy import save_file

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    options = parser.parse_args(arguments)
    network = encoder()
    training = embed_people(list(corpus_people(options.cache, TRAINING_PARTS)), TRAINING_CHUNKS, network)
    people = list(corpus_people(options.cache, ("calibration",)))
    chunks = embed_people(people, CALIBRATION_CHUNKS, network)
    on_two = embed_people(list(corpus_people(options.cache, ("two-device",))), CALIBRATION_CHUNKS, network)
    on_two = on_two.take(~on_two.with_time)
    arrays = chunk_arrays(chunks) | chunk_arrays(on_two, TWO_DEVICES)
    plda = {}
    for flag in (True, False):
        rows = training.with_time == flag
        plda[flag] = fit_plda(training.vectors[rows], training.writer[rows], training.donor[rows])
        arrays |= {f"plda_{int(flag)}/{name}": a for name, a in plda_arrays(plda[flag]).items()}
    card = {
        "weights_sha256": weights_hash(WEIGHTS),
        "back_end": BACK_END,
        "training_people": len(training.writers),
        "calibration_people": len(chunks.writers),
        "two_device_people": len(on_two.writers),
    }
    measures = measure_quantiles(people)
    made = make_calibrations(Reference(plda, chunks, on_two, measures, card), lambda text: print(text, flush=True))
    names = {
        "writers": chunks.writers,
        "donors": chunks.donors,
        "two_device_writers": on_two.writers,
        "two_device_donors": on_two.donors,
        "measures": measures,
        "card": card,
    }
    save_file(arrays | to_arrays(made), CALIBRATION, metadata={"names": json.dumps(names, sort_keys=True)})
    print(json.dumps(card, indent=1), f"{len(chunks.vectors)} chunks")


if __name__ == "__main__":
    main()
