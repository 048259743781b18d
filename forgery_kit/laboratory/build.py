"""A laboratory's people → embeddings, calibrations, and what is doubtful about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError
from datasets.sample import Sample
from forgery_kit.examination.copies import files_of
from forgery_kit.examination.prints import Print
from forgery_kit.examination.same_recording import Side, within
from forgery_kit.laboratory.people import LEAST_WRITERS, Writer, renamed
from forgery_kit.laboratory.reference import LaboratoryReference
from forgery_kit.likelihood.back_end import score_matrix, vectors_of
from forgery_kit.likelihood.calibrations import KINDS, Calibrations, Kind
from forgery_kit.likelihood.calibrations_build import make_calibrations
from forgery_kit.likelihood.judge import Judge
from forgery_kit.likelihood.reference import CHUNK_STEPS, NOBODY, Chunks, Reference
from forgery_kit.likelihood.reference_build import (
    CALIBRATION_CHUNKS,
    FAR_CHUNKS,
    embed_people,
    measure_quantiles,
)
from gan.features import STEPS_PER_HEIGHT
from gan.judging.style import sheets, total_amount, traces

#: The two occasions of a writer: the first sitting against all later ones.
FIRST, LATER = "first sitting", "later sittings"
#: log10 LR from which two writers look like one, by the shipped calibration.
ALIKE = 1.0
Sheets = list[list[Sample]]


def build_reference(
    people: Sequence[Writer], judge: Judge, name: str, progress: Callable[[str], None] | None = None
) -> LaboratoryReference:
    """The reference of a laboratory's people.

    Raises ArgumentsError where one recording stands under two writers, or fewer than ``LEAST_WRITERS`` have ink that
    can be calibrated with.
    """
    _refuse_shared(people)
    people = renamed(list(people))
    letters = judge.reference.back_end[True].letters

    def embed(pieces: list[NDArray[np.float32]], steps: int) -> NDArray[np.float64]:
        return vectors_of(judge.network, letters, pieces, steps)

    listed = [(w.name, donor, own) for w in people for donor, own in _by_donor(w.samples).items()]
    chunks = embed_people(listed, CALIBRATION_CHUNKS, embed)
    if len(np.unique(chunks.writer)) < LEAST_WRITERS:
        raise ArgumentsError(name, "too few of its writers have ink enough.", "Give more ink of each writer.")
    occasions = _occasions(people, embed)
    card = {
        **judge.reference.card,
        "calibration_people": len(chunks.writers),
        "occasion_people": len(np.unique(occasions.writer)),
    }
    reference = Reference(judge.reference.back_end, chunks, occasions, measure_quantiles(listed), card)
    wanted: tuple[Kind, ...] = ("timed", "untimed", *(("other",) if len(occasions.writers) else ()))
    made = make_calibrations(reference, progress, wanted)
    kinds = tuple(kind for kind in wanted if made.n_writers[KINDS.index(kind)].any())
    if "untimed" not in kinds:
        raise ArgumentsError(
            name, "its writers have too little ink, or too few files, for pairs by one writer.", "Give more of each."
        )
    return LaboratoryReference(
        name=name,
        reference=reference,
        calibrations=merged(judge.calibrations, made, kinds),
        kinds=kinds,
        doubts=(*_alone(people), *_alike(people, chunks, judge)),
        built_on=judge.reference.sha256,
    )


def merged(shipped: Calibrations, made: Calibrations, kinds: Sequence[Kind]) -> Calibrations:
    """The shipped calibrations with these kinds in their places."""
    fields = {}
    for field in ("lines", "elub", "n_writers", "own"):
        values = getattr(shipped, field).copy()
        for kind in kinds:
            values[KINDS.index(kind)] = getattr(made, field)[KINDS.index(kind)]
        fields[field] = values
    own = tuple(f"{what}-{kind}-" for what in ("figures", "growth") for kind in kinds)
    texts = {key: text for key, text in shipped.texts.items() if not key.startswith(own)}
    return Calibrations(**fields, texts=texts | {k: t for k, t in made.texts.items() if k.startswith(own)})


def _by_donor(samples: Sequence[Sample]) -> dict[str, Sheets]:
    """Sheets by device (by format where none is stated), so that devices cannot stand in for writers.

    A file is a sheet; many short ones of a device are one heap, in their order, as for the shipped people.
    """
    found: dict[str, Sheets] = {}
    for file in sheets(samples).values():
        found.setdefault(file[0].device or file[0].format, []).append(file)
    for donor, files in found.items():
        amounts = [total_amount(traces(file)) for file in files]
        if float(np.median(amounts)) * STEPS_PER_HEIGHT < CHUNK_STEPS[-1] / 2:
            found[donor] = [[sample for file in files for sample in file]]
    return found


def _occasions(people: Sequence[Writer], embed: Callable[..., NDArray[np.float64]]) -> Chunks:
    """Chunks without time of writers with two sittings or more; the least donor is the first sitting."""
    listed = []
    for writer in people:
        sittings = sorted(writer.sittings)
        if len(sittings) < 2:
            continue
        later = [sample for sitting in sittings[1:] for sample in writer.sittings[sitting]]
        for occasion, samples in ((FIRST, writer.sittings[sittings[0]]), (LATER, later)):
            listed.append((writer.name, occasion, [s for own in _by_donor(samples).values() for s in own]))
    if not listed:
        return NOBODY
    chunks = embed_people(listed, FAR_CHUNKS, embed)
    return chunks.take(~chunks.with_time)


def _refuse_shared(people: Sequence[Writer]) -> None:
    """Raise ArgumentsError for a recording that stands under two writers."""
    owners: list[str] = []
    names: list[str] = []
    prints: list[Print] = []
    for writer in people:
        groups = [group for group in sheets(writer.samples).values() if traces(group)]
        samples = [sample for group in groups for sample in group]
        files = files_of(samples, traces(samples))
        owners += [writer.name] * len(files.names)
        names += files.names
        prints += files.side.prints
    for shared in within(Side(prints)):
        if shared.same and owners[shared.first] != owners[shared.second]:
            raise ArgumentsError(
                names[shared.first],
                f"the same recording stands under two writers ({names[shared.second]}).",
                "Leave one of them out.",
            )


def _alone(people: Sequence[Writer]) -> list[str]:
    """Writers of one file, whose pairs are pieces of it."""
    names = [w.name for w in people if len(sheets(w.samples)) == 1]
    if not names:
        return []
    return [f"{len(names)} writers have one file only, so their same-writer pairs are pieces of it: {_few(names)}."]


def _alike(people: Sequence[Writer], chunks: Chunks, judge: Judge) -> list[str]:
    """Couples that the shipped calibration takes for one writer by LR 10 or more, all their ink together."""
    vectors, steps = [], []
    for number in range(len(chunks.writers)):
        own = (chunks.writer == number) & ~chunks.with_time
        longest = chunks.steps[own].max()
        rows = own & (chunks.steps == longest)
        vectors.append(chunks.vectors[rows].mean(axis=0, dtype=np.float64))
        steps.append(float(longest * rows.sum()))
    amounts = np.array(steps)
    scores = score_matrix(judge.reference.back_end[False], np.array(vectors), amounts, np.array(vectors), amounts)
    found = []
    for a, b in combinations(range(len(vectors)), 2):
        calibrator, _ = judge.calibrations.at("untimed", steps[a], steps[b])
        value = float(np.clip(calibrator.unbounded(scores[a, b]), *calibrator.bounds))
        if value >= ALIKE:
            found.append(f"{chunks.writers[a]} and {chunks.writers[b]} look like one writer (log10 LR {value:.1f}).")
    return found


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
