"""`widen`: generated images of one class of a set, as IDX files, a contact sheet and a record.

All say that they are generated: in their names, in the comment of the packed IDX files, on the sheet and in its
metadata, in the record.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError
from datasets.idx import pack_idx
from datasets.images.sets import CharacterSet, load_images
from forgery_kit.outputs import check_apart, check_folder, check_outputs, write_file
from gan.images.drawing import ImageGenerator, load_generator, shipped_path
from gan.images.likeness import nearest
from reports.image_sheet import image_sheet
from reports.imitation import MARK

#: Most images of one run, and of a contact sheet.
MOST_IMAGES, ON_THE_SHEET = 20_000, 200
#: An image is a copy of a real one where its pixels are nearer to it than this share of what most real images of the
#: class are from the nearest other one.
COPY = 0.1


@dataclass(frozen=True)
class Widened:
    """Images (n, 28, 28) of one class, 8-bit, ink 255 on 0, and how they were made."""

    images: NDArray[np.uint8]
    label: int
    record: Mapping[str, Any]


def names(character: str) -> list[str]:
    """Names of the files of a class: images, labels, contact sheet, record. Upper and lower case must not meet."""
    stem = f"generated-U+{ord(character):04X}"
    return [f"{stem}{end}" for end in ("-images-idx3-ubyte.gz", "-labels-idx1-ubyte.gz", ".png", ".json")]


def checked_set(data: Path, character: str, n: int, seed: int, folder: Path) -> CharacterSet:
    """The set to widen, once it is sure that the class is one of its own and that the files can be written.

    Raises ArgumentsError where they cannot, or an argument is out of its range, and as ``load_images`` does.
    """
    if not 1 <= n <= MOST_IMAGES:
        raise ArgumentsError("-n", f"{n} images cannot be drawn.", f"Give 1 to {MOST_IMAGES:,}.")
    if not 0 <= seed < 2**63:
        raise ArgumentsError("--seed", f"{seed} is no seed.", "Give a whole number from 0 on.")
    characters = load_images(data)
    if len(character) != 1 or character not in characters.characters:
        raise ArgumentsError(
            "--class", f"{character[:20]!r} is no class of {data}.", f"Its classes are {characters.characters}."
        )
    check_folder(folder)
    outputs = [folder / name for name in names(character)]
    if folder.is_dir():
        check_outputs(outputs)
    check_apart(outputs, [data])
    return characters


def widen(data: CharacterSet, character: str, n: int, seed: int, weights: Path | None = None) -> Widened:
    """``n`` images of a class, drawn by the generator in ``weights``, or by the one that ships for such a set.

    Raises ArgumentsError where the generator knows no such class or is told of none, or none ships for the set,
    MissingResourceError where the weights cannot be read.
    """
    generator = load_generator(weights or shipped_path(data.characters))
    if generator.config.kind == "plain" or character not in generator.config.characters:
        raise ArgumentsError("--weights", f"this generator cannot be asked for {character!r}.", "Give other weights.")
    label = data.characters.index(character)
    theirs = np.full(n, generator.config.characters.index(character))
    images = generator.draw(theirs, (seed, label))
    real = data.train.images[data.train.labels == label]
    return Widened(images, label, _record(images, real, generator, character, seed))


def _record(
    images: NDArray[np.uint8], real: NDArray[np.uint8], generator: ImageGenerator, character: str, seed: int
) -> dict[str, Any]:
    record = {
        "origin": "generated",
        "mark": MARK,
        "class": character,
        "images": len(images),
        "seed": seed,
        "weights": generator.name,
        "weights_sha256": generator.sha256,
    }
    if len(real) > 1:
        flat, known = (part.reshape(len(part), -1) / 255.0 for part in (images, real))
        usual = float(np.median(nearest(known, known, 2)[1][:, 1]))
        away = nearest(flat, known, 1)[1][:, 0]
        record["nearest_real"] = {
            "median_distance": round(float(np.median(away)), 4),
            "least_distance": round(float(away.min()), 4),
            "median_among_real": round(usual, 4),
            "copies": int((away < COPY * usual).sum()),
        }
    return record


def write_widened(widened: Widened, folder: Path) -> list[Path]:
    """Write the files of a class, the record last, with the hashes of the others; returns their paths.

    Raises MissingResourceError where the disk is full, ArgumentsError where a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    images, labels, sheet, record = names(str(widened.record["class"]))
    # A packed IDX file has room for a comment in Latin-1.
    comment = "GENERATED - not written by a person " + json.dumps(dict(widened.record, mark=""), sort_keys=True)
    title = f"{widened.record['class']} – {len(widened.images)} generated images, seed {widened.record['seed']}"
    files = {
        images: pack_idx(widened.images, comment),
        labels: pack_idx(np.full(len(widened.images), widened.label, np.uint8), comment),
        sheet: image_sheet(widened.images[:ON_THE_SHEET], title, widened.record),
    }
    (folder / record).unlink(missing_ok=True)
    for name, content in files.items():
        write_file(folder / name, content)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    text = json.dumps({**widened.record, "files": hashes}, indent=2, ensure_ascii=False)
    write_file(folder / record, f"{text}\n".encode())
    return [folder / name for name in (*files, record)]
