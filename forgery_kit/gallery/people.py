"""Writers into a gallery and out of it: `gallery build`, `add`, `remove`, `info`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

from datasets.errors import ArgumentsError, ForgeryKitError, OutOfScopeError, UnreadableFileError
from datasets.sample import Exhibit
from forgery_kit.examination.exhibits import REPEATED, load_exhibit
from forgery_kit.gallery.changes import append, create, locked, rewrite
from forgery_kit.gallery.entry import Entry, Row, row_of
from forgery_kit.gallery.index import LEAST_ROWS, MOST_BEHIND, load_index, make_index, save_index
from forgery_kit.gallery.ink import ink_of
from forgery_kit.gallery.layout import Model, model_of
from forgery_kit.gallery.stored import open_gallery
from forgery_kit.laboratory.people import files_by_writer
from forgery_kit.likelihood.judge import Judge, default_judge
from forgery_kit.likelihood.sides import prepare
from gan.features import STEPS_PER_HEIGHT

#: Writers that are embedded, and then written, together: what an interruption costs.
TOGETHER = 16
Progress = Callable[[int, int], None]


@dataclass
class Added:
    """Writers added, with more ink, and there already, counted; what is odd; why writers were left out."""

    added: int = 0
    extended: int = 0
    already: int = 0
    notes: list[str] = field(default_factory=list)
    wrong: list[ForgeryKitError] = field(default_factory=list)


def build_gallery(
    folder: Path,
    source: Path,
    allow_generated: bool = False,
    progress: Progress | None = None,
    judge: Judge | None = None,
) -> Added:
    """A new gallery of the writers of a folder (a subfolder each) or of a CSV (columns writer, file).

    Raises as ``create`` and ``add_people`` do; nothing is made where the source is none.
    """
    judge = judge or default_judge()
    files_by_writer(source)
    create(folder, model_of(judge))
    return add_people(folder, source, allow_generated, progress, judge)


def add_people(
    folder: Path,
    source: Path,
    allow_generated: bool = False,
    progress: Progress | None = None,
    judge: Judge | None = None,
) -> Added:
    """Add writers, or files of writers that are there, as ``build_gallery`` takes them.

    A writer any of whose files cannot be used is left out, and so is new ink of one whose earlier files are not there
    any more; the others are added. Interrupted, the writers so far are in, and the same command goes on.

    Raises UnreadableFileError for a source or gallery that is none, MissingResourceError for a gallery of another model
    or a full disk, ArgumentsError where another command changes the gallery.
    """
    judge = judge or default_judge()
    model = model_of(judge)
    people = [(name, [f for _, own in sorted(s.items()) for f in own]) for name, s in files_by_writer(source).items()]
    done = Added()
    with locked(folder):
        there: dict[str, tuple[int, Entry]] = {}
        owners: dict[str, str] = {}
        for number, entry in enumerate(open_gallery(folder, model).all_entries()):
            there[entry.writer] = number, entry
            owners.update(dict.fromkeys(entry.hashes, entry.writer))
        instead: dict[int, Row] = {}
        waiting = iter(sorted(people))
        count = 0
        while batch := list(islice(waiting, TOGETHER)):
            exhibits = list(_exhibits(batch, there, owners, allow_generated, done))
            rows = list(_rows(exhibits, judge, done))
            new = [row for row in rows if row.entry.writer not in there]
            append(folder, model, new)
            done.added += len(new)
            instead.update({there[row.entry.writer][0]: row for row in rows if row.entry.writer in there})
            count += len(batch)
            if progress:
                progress(count, len(people))
        if instead:
            rewrite(open_gallery(folder, model), (), instead)
            done.extended = len(instead)
        refresh_index(folder, model, judge)
    return done


def remove_people(folder: Path, writers: Sequence[str], judge: Judge | None = None) -> None:
    """Take writers out; nothing of them is left on disk.

    Raises ArgumentsError for a name that is not there, and as ``add_people`` does.
    """
    judge = judge or default_judge()
    model = model_of(judge)
    with locked(folder):
        gallery = open_gallery(folder, model)
        numbers = {entry.writer: number for number, entry in enumerate(gallery.all_entries())}
        for writer in writers:
            if writer not in numbers:
                raise ArgumentsError(writer, f"no writer of {folder} has this name.", "See `gallery info --writers`.")
        rewrite(gallery, {numbers[writer] for writer in writers}, {})
        refresh_index(folder, model, judge)


def refresh_index(folder: Path, model: Model, judge: Judge) -> None:
    """Make the index where there are rows enough for one, and there is none or too many rows are behind it."""
    gallery, between = open_gallery(folder, model), judge.reference.back_end[False].plda.between
    if len(gallery) < LEAST_ROWS:
        return
    index = load_index(gallery, between)
    if index is None or len(gallery) - index.count > MOST_BEHIND * index.count:
        save_index(gallery, make_index(gallery, between))


def gallery_lines(folder: Path, writers: bool = False, judge: Judge | None = None) -> Iterator[str]:
    """What a gallery holds, a line each; every row is looked at. ``writers`` : name all of them.

    Raises VerificationError where a row was changed, and as ``open_gallery`` does.
    """
    judge = judge or default_judge()
    gallery = open_gallery(folder, model_of(judge))
    index = load_index(gallery, judge.reference.back_end[False].plda.between) if len(gallery) >= LEAST_ROWS else None
    files: set[str] = set()
    named, missing = [], 0
    for entry in gallery.all_entries():
        files |= entry.hashes
        missing += sum(not os.path.exists(path) for path in entry.files)
        named.append(f"{entry.writer}: {len(entry.files)} file{'s' * (len(entry.files) != 1)}")
    yield f"gallery     {folder}"
    yield f"writers     {len(gallery)}, {len(files)} files"
    if len(gallery):
        heights = np.quantile(gallery.rows["steps"], [0, 0.5, 1]) / STEPS_PER_HEIGHT
        yield f"ink         {heights[0]:.0f} to {heights[2]:.0f} writing heights a writer, middle {heights[1]:.0f}"
    yield f"model       weights {gallery.header.model.weights_sha256}"
    yield f"state       {gallery.check(len(gallery)).hex()}, every row as it was written"
    if index is None:
        yield f"search      row by row (an index from {LEAST_ROWS:,} writers on)"
    else:
        yield f"search      by an index of {index.count:,} rows, {len(gallery) - index.count:,} behind it row by row"
    if missing:
        yield f"missing     {missing} files are not where they were: found writers of theirs cannot be drawn"
    if writers:
        yield from (f"            {line}" for line in sorted(named))


def _exhibits(
    people: Sequence[tuple[str, list[Path]]],
    there: dict[str, tuple[int, Entry]],
    owners: dict[str, str],
    allow_generated: bool,
    done: Added,
) -> Iterator[Exhibit]:
    """The exhibits of writers that are new or have new ink; what is odd or wrong of the others goes into ``done``."""
    for name, files in people:
        before = there[name][1] if name in there else None
        try:
            if not files:
                raise UnreadableFileError(name, "this writer has no file.", "Add one, or remove the writer's folder.")
            exhibit = load_exhibit(name, [os.path.abspath(file) for file in files], allow_generated)
            hashes = {sample.sha256 for sample in exhibit.samples}
            if before is not None and not hashes <= before.hashes:
                added = dict.fromkeys(s.file for s in exhibit.samples if s.sha256 not in before.hashes)
                exhibit = ink_of(before, list(added), allow_generated)
                hashes = {sample.sha256 for sample in exhibit.samples}
        except ForgeryKitError as error:
            done.wrong.append(error)
            continue
        if before is not None and hashes <= before.hashes:
            done.already += 1
            continue
        for sample in exhibit.samples:
            if any(REPEATED in note for note in sample.ink.notes):
                done.notes.append(f"{sample.file}: given more than once for {name}, read once.")
            other = owners.setdefault(sample.sha256, name)
            if other != name:
                done.notes.append(f"{sample.file}: the same file stands under {other} and {name}.")
        yield exhibit


def _rows(exhibits: list[Exhibit], judge: Judge, done: Added) -> Iterator[Row]:
    """Rows of exhibits, embedded together; where one is out of scope, one by one, so that the others stay."""
    try:
        sides = prepare(exhibits, judge, False) if exhibits else []
    except ForgeryKitError as error:
        if len(exhibits) == 1:
            done.wrong.append(error)
            return
        for one in exhibits:
            yield from _rows([one], judge, done)
        return
    for side in sides:
        try:
            yield row_of(side.exhibit.label, side, judge)
        except ValueError as error:
            done.wrong.append(OutOfScopeError(side.exhibit.label, f"{error}.", "Report its files."))
