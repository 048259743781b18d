"""What lies where in a gallery's folder, and which network and back end its rows are of.

``gallery.json`` names the folder of one generation; that holds ``rows.bin``, ``letters.bin`` and ``entries.jsonl``,
which only grow, and ``index.bin``. Whatever takes rows away writes another generation and then names that one.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from datasets.errors import MissingResourceError, UnreadableFileError
from forgery_kit.likelihood.judge import Judge
from forgery_kit.likelihood.reference import BACK_END, back_end_arrays
from forgery_kit.likelihood.sides import SIDES
from forgery_kit.outputs import write_file
from gan.judging.style import weights_hash

HEADER, ROWS, LETTERS, ENTRIES, INDEX, LOCK = (
    *("gallery.json", "rows.bin", "letters.bin"),
    *("entries.jsonl", "index.bin", "lock"),
)
FORMAT, SCHEMA_VERSION = "forgery_kit gallery", 1
#: Bytes of a row's check, the beginning of a SHA-256.
CHECK = 16
#: Bytes of ``gallery.json``, and of the entry of one writer: some ten thousand files.
MAX_HEADER, MAX_ENTRY = 65_536, 8 * 2**20
_GENERATION = re.compile(r"[0-9a-f]{16}")
REBUILD = "Build it again from its files: python cli.py gallery build."
DAMAGED = f"It is damaged. {REBUILD}"


@dataclass(frozen=True)
class Model:
    """What the rows of a gallery are of: they can be compared with rows of the same model and no others.

    Attributes
    ----------
    weights_sha256 : of the network's file. back_end : number of the code that makes embeddings and scores of ink.
    back_end_sha256 : of its arrays, without time.
    dimensions : of an embedding along the directions of the PLDA. letters : entries that a row's letters take.
    """

    weights_sha256: str
    back_end: int
    back_end_sha256: str
    dimensions: int
    letters: int


@dataclass(frozen=True)
class Header:
    """The content of ``gallery.json``: the model, and the folder of the rows that count."""

    model: Model
    generation: str


def model_of(judge: Judge) -> Model:
    """The model that a judge compares with between occasions, which is without time."""
    back_end = judge.reference.back_end[False]
    digest = hashlib.sha256()
    for name, array in sorted(back_end_arrays({False: back_end}).items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode() + np.ascontiguousarray(array).tobytes())
    letters = 0 if back_end.letters is None else back_end.letters.width
    return Model(
        weights_hash(judge.weights), 100 * SIDES + BACK_END, digest.hexdigest(), len(back_end.plda.between), letters
    )


def row_type(model: Model) -> np.dtype[Any]:
    """One row of ``rows.bin``, little-endian.

    ``vector`` : embedding along the directions of the PLDA. ``steps`` : feature steps, and ``amount`` in writing
    heights. ``entry``, ``length`` : where its line is in ``entries.jsonl``. ``check`` : see ``stored.check_of``.
    """
    return np.dtype(
        [
            ("vector", "<f2", (model.dimensions,)),
            ("steps", "<u4"),
            ("amount", "<f8"),
            ("entry", "<u8"),
            ("length", "<u4"),
            ("check", "u1", (CHECK,)),
        ]
    )


def write_header(folder: Path, header: Header) -> None:
    """Name a generation as the one that counts, in one step."""
    fields = {"format": FORMAT, "schema_version": SCHEMA_VERSION, "generation": header.generation}
    text = json.dumps({**fields, "model": vars(header.model)}, indent=1, sort_keys=True) + "\n"
    write_file(folder / HEADER, text.encode())


def read_header(folder: Path, model: Model) -> Header:
    """What ``write_header`` wrote, if it is of this model.

    Raises UnreadableFileError where there is no gallery, or a damaged one, and MissingResourceError for one of another
    model.
    """
    file = folder / HEADER
    if not file.is_file():
        raise UnreadableFileError(str(folder), "there is no gallery here.", "Build one: python cli.py gallery build.")
    try:
        with file.open("rb") as stream:
            raw = json.loads(stream.read(MAX_HEADER).decode("utf-8"))
        if (raw["format"], raw["schema_version"]) != (FORMAT, SCHEMA_VERSION):
            raise ValueError("another format or version")
        found, generation = Model(**raw["model"]), str(raw["generation"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableFileError(str(file), "this is no gallery of this version.", DAMAGED) from error
    if found != model:
        raise MissingResourceError(
            str(folder), "it was built with other weights or another back end, so its rows mean nothing here.", REBUILD
        )
    if not _GENERATION.fullmatch(generation):
        raise UnreadableFileError(str(file), "it names no folder of rows.", DAMAGED)
    return Header(found, generation)
