"""A folder with images of characters → what to train on and what to test on.

Three layouts are known: IDX files as MNIST names them, with `mapping.txt` (class, code point a line) where the classes
are not the digits; and `char74k.json.xz`, whose trajectories are drawn here, the last people of it for testing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.errors import MissingResourceError, UnreadableFileError
from datasets.idx import read_idx
from datasets.images.trajectories import SIDE, draw, read_trajectories, varied

#: People of Chars74K, the last ones, who are for testing.
TEST_PEOPLE = 15
#: Number whose random numbers vary the trajectories.
SEED = 74


@dataclass(frozen=True)
class Images:
    """Images (n, 28, 28), 8-bit, ink 255 on 0, and their classes (n,)."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def some(self, rows: NDArray[np.int64]) -> Images:
        """Those rows."""
        return Images(self.images[rows], self.labels[rows])

    def per_class(self, count: int, generator: np.random.Generator) -> Images:
        """At most ``count`` of each class, drawn at random."""
        order = generator.permutation(len(self))
        chosen = [order[self.labels[order] == label][:count] for label in np.unique(self.labels)]
        return self.some(np.concatenate(chosen))


@dataclass(frozen=True)
class CharacterSet:
    """Images of characters; class k shows ``characters[k]``."""

    characters: str
    train: Images
    test: Images


def load_images(folder: Path, variants: int = 0) -> CharacterSet:
    """What the folder holds.

    Parameters
    ----------
    variants : of pen trajectories, how many varied drawings are made of each one to train on, beside itself.

    Raises MissingResourceError where the folder holds no set, UnreadableFileError where a file is not what it is
    called, or images and labels do not belong together.
    """
    if (path := folder / "char74k.json.xz").exists():
        return _drawn(path, variants)
    train = _images(folder, ("train",))
    test = _images(folder, ("t10k", "test"))
    mapping = folder / "mapping.txt"
    characters = _characters(mapping) if mapping.exists() else "0123456789"
    for images in (train, test):
        if len(images) and not 0 <= images.labels.min() <= images.labels.max() < len(characters):
            raise UnreadableFileError(str(folder), f"it has labels beyond its {len(characters)} classes.")
    return CharacterSet(characters, train, test)


def _images(folder: Path, names: tuple[str, ...]) -> Images:
    images, where = _array(folder, names, "images-idx3-ubyte")
    labels, _ = _array(folder, names, "labels-idx1-ubyte")
    if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (SIDE, SIDE):
        raise UnreadableFileError(where, f"it does not hold 8-bit images of {SIDE} by {SIDE} pixels.")
    if labels.ndim != 1 or labels.dtype != np.uint8 or len(labels) != len(images):
        raise UnreadableFileError(where, f"there is not one label for each of its {len(images)} images.")
    return Images(images.astype(np.uint8), labels.astype(np.int64))


def _array(folder: Path, names: tuple[str, ...], kind: str) -> tuple[NDArray[np.generic], str]:
    for path in (folder / f"{name}-{kind}{end}" for name in names for end in (".gz", "")):
        if path.exists():
            return read_idx(path), str(path)
    raise MissingResourceError(str(folder), f"there is no {names[0]}-{kind}.gz.", "Give a folder of IDX images.")


def _characters(path: Path) -> str:
    try:
        rows = [line.split() for line in path.read_text(encoding="ascii")[:65_536].splitlines()]
        codes = {int(number): chr(int(code)) for number, code in rows}
        return "".join(codes[number] for number in range(len(codes)))
    except (OSError, ValueError, KeyError, OverflowError) as error:
        raise UnreadableFileError(str(path), "a line is a class, from 0 on, and its code point.") from error


def _drawn(path: Path, variants: int) -> CharacterSet:
    drawings = read_trajectories(path)
    if (people := min(len(found) for found in drawings.values())) <= TEST_PEOPLE:
        raise UnreadableFileError(
            str(path), f"it holds {people} drawings of each; {TEST_PEOPLE} are for testing alone."
        )
    generator = np.random.default_rng(SEED)
    characters = "".join(sorted(drawings))
    rows: dict[bool, list[tuple[NDArray[np.uint8], int]]] = {False: [], True: []}
    for label, character in enumerate(characters):
        for person, strokes in enumerate(drawings[character]):
            tested = person >= people - TEST_PEOPLE
            rows[tested].append((draw(strokes), label))
            if not tested:
                rows[tested] += [(draw(varied(strokes, generator)), label) for _ in range(variants)]
    train, test = (
        Images(np.stack([image for image, _ in part]), np.array([label for _, label in part], np.int64))
        for part in (rows[False], rows[True])
    )
    return CharacterSet(characters, train, test)
