"""The ink of a writer of a gallery, read again from where it was when it was added."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from datasets.errors import UnreadableFileError, VerificationError
from datasets.sample import Exhibit
from forgery_kit.examination.exhibits import load_exhibit
from forgery_kit.gallery.entry import Entry


def ink_of(entry: Entry, more: Sequence[str] = (), allow_generated: bool = True) -> Exhibit:
    """The recordings of a writer, and those of ``more`` files.

    Raises UnreadableFileError where a file is not there, or no file, VerificationError where it is not the one that
    was added, and as ``load_exhibit`` does.
    """
    for path in entry.files:
        # A gallery comes from elsewhere, maybe: it may name files, but no folder that stands for all in it.
        if not Path(path).is_file():
            raise UnreadableFileError(path, "there is no such file any more.", "Put it back, or add the writer anew.")
    exhibit = load_exhibit(entry.writer, [*entry.files, *more], allow_generated)
    for sample in exhibit.samples:
        if entry.files.get(sample.file, sample.sha256) != sample.sha256:
            raise VerificationError(
                sample.file, "it is not the file that was added.", f"Remove {entry.writer}, then add all files."
            )
    return exhibit
