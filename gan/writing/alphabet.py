"""The characters that the generator writes: those of the transcriptions of IAM-OnDB."""

from __future__ import annotations

import unicodedata

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError

CHARACTERS = " !\"#%&'()*+,-./0123456789:;?ABCDEFGHIJKLMNOPQRSTUVWXYZ[]abcdefghijklmnopqrstuvwxyz"
#: Characters that stand for others in typed text.
_LIKE = {"‘": "'", "’": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "…": "...", "ß": "ss", "\u00a0": " "}
_INDEX = {character: index for index, character in enumerate(CHARACTERS)}


def encode(text: str) -> NDArray[np.int64]:
    """Numbers (n,) of the characters. Raises ArgumentsError that names those it cannot write, and the nearest text."""
    unknown = sorted({c for c in text if c not in _INDEX})
    if unknown or not text:
        found = f"it holds {', '.join(map(repr, unknown))}, which cannot be written." if unknown else "it is empty."
        advice = f"Nearest that can be: {nearest(text)!r}." if nearest(text) else "Write it in English letters."
        raise ArgumentsError("the text", found, advice)
    return np.array([_INDEX[c] for c in text])


def nearest(text: str) -> str:
    """The text with each character that cannot be written replaced by its like, without its accent, or left out."""
    plain = "".join(_LIKE.get(c, c) for c in text)
    return "".join(c for c in unicodedata.normalize("NFKD", plain) if c in _INDEX)
