"""The people that the style head is trained on: their ink as traces, and which letter each point is part of."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets import protocol
from datasets.cache import read_samples
from datasets.errors import MissingResourceError
from datasets.height import writing_height
from datasets.sample import Sample
from gan.features import STEPS_PER_HEIGHT, Trace, amount, features_with_positions, trace
from gan.reading import decoding
from gan.reading.decoding import RATE
from gan.reading.reader import posteriors
from gan.writing.alphabet import CHARACTERS

#: Sheets of a person that are used, most of all: IBM-UB-1 has many times the ink of others.
MOST_SHEETS = 24
#: Letters read with less are no letters; longer texts than this are read, since they may be out of order.
SURE, LONGEST_TEXT = 0.6, 120


@dataclass(frozen=True)
class TrainingWriter:
    """One person's ink as traces in writing heights, with the donor whose classes it competes with.

    ``letters`` : for each trace (n,) uint8, the recogniser's class of the letter that each point is part of, else 0.
    """

    corpus: str
    donor: str
    traces: tuple[Trace, ...]
    #: Steps of features that each trace gives, about.
    steps: tuple[float, ...]
    letters: tuple[NDArray[np.uint8], ...]


def load_writers(
    cache: Path,
    corpora: Iterable[str],
    parts: tuple[str, ...],
    without: tuple[str, ...],
    known: Path | None,
    only: Callable[[str], bool] = lambda person: True,
) -> list[TrainingWriter]:
    """The people of these parts in these corpora, but for some donors', and only those that ``only`` says.

    ``known`` : file of letters found before, made where it is missing; without it no letters are looked for.
    Raises MissingResourceError without a cache.
    """
    found = []
    for corpus in corpora:
        loaded = read_samples(cache / f"{corpus}.fkcache")
        if loaded is None:
            raise MissingResourceError(f"{cache}/{corpus}.fkcache", "it is missing.", "Run `python cli.py data cache`.")
        assigned = protocol.PARTS_OF[corpus](loaded[0])
        for writer, samples in protocol.by_writer(loaded[0]).items():
            if assigned.get(writer) not in parts or not only(writer):
                continue
            # A person recorded on two tablets is two classes' worth of ink, each within its own donor.
            for device, mine in _by(samples, "device").items():
                donor = "iam" if corpus == "iam-ondb" else device if corpus == "unipen" else f"{corpus} {device}"
                if donor not in without:
                    sheets = list(_by(mine, "form").values())[:MOST_SHEETS]
                    found.append((corpus, donor, [one for one in sheets if _trace(one) is not None]))
    letters = _letters([sheet for _, _, sheets in found for sheet in sheets], known)
    writers, place = [], 0
    for corpus, donor, sheets in found:
        traces = tuple(t for sheet in sheets if (t := _trace(sheet)))
        of_sheets, place = tuple(letters[place : place + len(sheets)]), place + len(sheets)
        if sum(len(t.xy) for t in traces) >= 500:
            steps = tuple(max(amount(t) * STEPS_PER_HEIGHT, 1.0) for t in traces)
            writers.append(TrainingWriter(corpus, donor, traces, steps, of_sheets))
    return writers


def _by(samples: list[Sample], field: str) -> dict[str, list[Sample]]:
    groups: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        groups[str(getattr(sample, field))].append(sample)
    return dict(groups)


def _trace(samples: list[Sample]) -> Trace | None:
    try:
        found = trace(samples)
    except ValueError:
        return None
    return found if len(found.xy) > 20 else None


def _letters(sheets: list[list[Sample]], known: Path | None) -> list[NDArray[np.uint8]]:
    """Letters of each sheet's points, from the file where it holds those of just these sheets."""
    sizes = [sum(int(np.sum(_down(s))) for s in sheet) for sheet in sheets]
    if known is None:
        return [np.zeros(size, np.uint8) for size in sizes]
    edges = np.cumsum([0, *sizes])
    name = hashlib.sha256(edges.tobytes()).hexdigest()
    if known.is_file():
        with np.load(known, allow_pickle=False) as stored:
            if str(stored["name"]) == name:
                whole = stored["letters"]
                return [whole[a:b] for a, b in pairwise(edges)]
    letters = [letters_of(sheet) for sheet in sheets]
    known.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(known, name=name, letters=np.concatenate(letters))
    return letters


def _down(sample: Sample) -> NDArray[np.int64]:
    """Points of each stroke of the sample's pen-down ink."""
    return np.array([len(stroke) for stroke in sample.ink.strokes()], np.int64)


def letters_of(sheet: list[Sample]) -> NDArray[np.uint8]:
    """(n,) class of the letter that each point of a sheet's trace is part of, 0 where none is known.

    By alignment with the sample's text, and by reading where it has none, or a long one.
    """
    height = writing_height([stroke for s in sheet for stroke in s.ink.strokes()])
    marks = [np.zeros(int(_down(s).sum()), np.uint8) for s in sheet]
    found = [features_with_positions(trace([s], height)) if len(m) else None for s, m in zip(sheet, marks, strict=True)]
    rows = [k for k, one in enumerate(found) if one is not None]
    log_ps = posteriors([found[k][0] for k in rows])  # type: ignore[index]  # rows are those that are not None
    for k, log_p in zip(rows, log_ps, strict=True):
        place = found[k][1]  # type: ignore[index]
        for letter, first, end in _spans(log_p, " ".join((sheet[k].text or "").split())):
            low = int(np.ceil(place[min(first * RATE, len(place) - 1)]))
            high = int(place[min(end * RATE, len(place)) - 1]) + 1
            marks[k][low:high] = letter
    return np.concatenate(marks)


def _spans(log_p: NDArray[np.float32], text: str) -> list[tuple[int, int, int]]:
    """(class, first frame, one past the last) of the letters but spaces."""
    classes = np.array([CHARACTERS.find(c) + 1 for c in text], np.int64)
    if len(classes) and len(classes) <= LONGEST_TEXT and classes.min() > 0:
        try:
            spans = decoding.align(log_p, classes)
        except ValueError:
            return []
        return [(int(c), int(a), int(b)) for c, (a, b) in zip(classes, spans, strict=True) if CHARACTERS[c - 1] != " "]
    return [(c, a, b) for c, a, b, sure in decoding.runs(log_p) if sure >= SURE and CHARACTERS[c - 1] != " "]
