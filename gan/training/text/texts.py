"""The texts of forms that the text network learns from, is chosen by and is measured on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from datasets.cache import read_samples
from datasets.errors import MissingResourceError
from gan.writing.random_text import SYMBOLS

Part = Literal["training", "selection", "test"]
#: Use of each split; and the letters in a row that two texts must share to count as the same.
PARTS: dict[str, Part] = {
    "trainset": "training",
    "testset_t": "selection",
    "testset_v": "selection",
    "testset_f": "test",
}
RUN = 20


def load_texts(cache: Path) -> tuple[dict[Part, list[str]], dict[Part, int]]:
    """Texts of forms of each part, each line with its end; and how many forms of it were left out.

    Left out: forms of training that share ``RUN`` letters in a row with one of the test part, and forms of selection
    that share them with one of training or test. Raises MissingResourceError where the cache is missing.
    """
    loaded = read_samples(cache / "iam-ondb.fkcache")
    if loaded is None:
        raise MissingResourceError(f"{cache}/iam-ondb.fkcache", "it is missing.", "Run `python cli.py data cache`.")
    forms: dict[Part, dict[str, str]] = {part: {} for part in PARTS.values()}
    for sample in loaded[0]:
        line = " ".join((sample.text or "").split())
        if line and sample.split in PARTS:
            mine = forms[PARTS[sample.split]]
            mine[str(sample.form)] = mine.get(str(sample.form), "") + line + "\n"
    texts = {part: list(mine.values()) for part, mine in forms.items()}
    before = {part: len(mine) for part, mine in texts.items()}
    texts["training"] = without_shared(texts["training"], texts["test"])
    texts["selection"] = without_shared(texts["selection"], texts["training"] + texts["test"])
    return texts, {part: before[part] - len(mine) for part, mine in texts.items()}


def without_shared(texts: Sequence[str], others: Sequence[str]) -> list[str]:
    """The texts that share no ``RUN`` letters in a row with any of the others; case and all but a to z aside."""
    known = set().union(*map(_runs, others)) if others else set()
    return [text for text in texts if not _runs(text) & known]


def _runs(text: str) -> set[str]:
    letters = re.sub("[^a-z]", "", text.lower())
    return {letters[i : i + RUN] for i in range(len(letters) - RUN + 1)}


def numbers(text: str) -> NDArray[np.int64]:
    """Numbers (n,) of the symbols of a text."""
    return np.array([SYMBOLS.index(c) for c in text])
