"""What is written in files of ink, line by line, with how sure each letter is and where it stands."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets.errors import ArgumentsError, OutOfScopeError
from datasets.readers import read_paths
from datasets.sample import Sample
from forgery_kit.reading.lines import InkLine, ReadLine, ink_lines, read_lines, set_lines
from gan.judging.style import has_time, traces, weights_hash
from gan.reading.reader import WEIGHTS, card

#: Form of the saved reading; it grows with every change of its fields.
SCHEMA_VERSION = 1
#: Letters surer than this are not marked as doubtful.
SURE = 0.5
#: Lines that are read at a time, between two calls of ``progress``.
GROUP = 64


@dataclass(frozen=True)
class PlacedLetter:
    """A letter, how sure it is (0..1), and the points of the line's ink nearer to it than to its neighbours."""

    character: str
    confidence: float
    first_point: int
    end_point: int


@dataclass(frozen=True, eq=False)
class ReadInk:
    """A line of a file.

    Attributes
    ----------
    file, number : the file as given, and the line's number in it, from 1. text : what is written.
    confidence : mean over its letters, 0..1. legible : whether it is sure enough to be taken for writing that was read;
        what is not (a drawing, another script) has its letters all the same, and they mean nothing.
    stated : whether the text was given, and only the places of its letters found.
    strokes : its strokes, indices into all strokes of the recording. letters : spaces too, in order.
    """

    file: str
    number: int
    text: str
    confidence: float
    legible: bool
    stated: bool
    strokes: tuple[int, ...]
    letters: tuple[PlacedLetter, ...]
    line: ReadLine


def read(
    paths: Sequence[str | Path], text: str | None = None, progress: Callable[[int, int], None] | None = None
) -> list[ReadInk]:
    """The lines of files and folders of ink, top line first in each file.

    Parameters
    ----------
    text : what the ink says, all of it in order; then its letters are looked for instead of read.
    progress : called with (lines read, lines in all).

    Raises
    ------
    UnreadableFileError, HostileFileError : from the readers. ArgumentsError : a text with characters that cannot be
        written, or longer than the ink can hold. OutOfScopeError : no ink with any height. MissingResourceError : no
        weights.
    """
    if text is not None and not text.split():
        raise ArgumentsError("--text", "it is empty.", "Give what the ink says, or leave it out.")
    samples = read_paths(paths)
    found = _lines(samples)
    if not found:
        raise OutOfScopeError(
            samples[0].file, "no stroke of the ink has vertical extent, so it has no lines.", "Give writing."
        )
    if text is not None:
        lines = set_lines(found, text)
        if progress:
            progress(len(found), len(found))
    else:
        lines = []
        for start in range(0, len(found), GROUP):
            lines += read_lines(found[start : start + GROUP])
            if progress:
                progress(len(lines), len(found))
    least = float(card()["least_confidence"])
    result: list[ReadInk] = []
    for line in lines:
        file = line.line.sample.file
        result.append(
            ReadInk(
                file=file,
                number=1 + sum(one.file == file for one in result),
                text=line.text,
                confidence=round(line.confidence, 3),
                legible=line.confidence >= least,
                stated=text is not None,
                strokes=tuple(int(row) for row in line.line.rows),
                letters=tuple(PlacedLetter(x.character, round(x.confidence, 3), *x.points) for x in line.letters),
                line=line,
            )
        )
    return result


def _lines(samples: Sequence[Sample]) -> list[InkLine]:
    """Lines of the samples of each file, with time where most of the file has it."""
    of_file: dict[str, list[Sample]] = {}
    for sample in samples:
        of_file.setdefault(sample.file, []).append(sample)
    return [line for group in of_file.values() for line in ink_lines(group, has_time(traces(group)))]


def to_json(found: Sequence[ReadInk], command: str = "") -> str:
    """The reading as JSON text: lines with letters, the hash of each file and of the weights."""
    lines = []
    for one in found:
        fields = {f.name: getattr(one, f.name) for f in dataclasses.fields(one) if f.name not in ("line", "letters")}
        letters = [dataclasses.asdict(letter) for letter in one.letters]
        lines.append({**fields, "sha256": one.line.line.sample.sha256, "letters": letters})
    content = {
        "schema_version": SCHEMA_VERSION,
        "command": command,
        "model_sha256": weights_hash(WEIGHTS),
        "lines": lines,
    }
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
