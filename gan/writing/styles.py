"""Named styles that ship with the generator: hands of its own making, each kept as the ink that it is primed with."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np

from datasets.errors import ArgumentsError, MissingResourceError
from gan.writing.sampling import PRETRAINED, Prime

STYLES = PRETRAINED / "styles.safetensors"


@lru_cache(maxsize=1)
def load_styles(path: Path = STYLES) -> dict[str, Prime]:
    """Name of each style → its prime, in alphabetical order. Raises MissingResourceError where there are none."""
    from safetensors import safe_open

    if not path.is_file():
        raise MissingResourceError(str(path), "the named styles are missing.", "Get them from the repository.")
    with safe_open(path, framework="np") as stored:
        texts = json.loads(stored.metadata()["texts"])
        return {name: Prime(stored.get_tensor(name).astype(np.float64), texts[name]) for name in sorted(texts)}


def save_styles(styles: dict[str, Prime], path: Path = STYLES) -> None:
    """Write named primes; points in float16, a thousandth of the deviation of an offset."""
    from safetensors.numpy import save_file

    arrays = {name: np.ascontiguousarray(prime.points.astype(np.float16)) for name, prime in styles.items()}
    save_file(arrays, path, metadata={"texts": json.dumps({name: prime.text for name, prime in styles.items()})})


def style_named(name: str, others: Iterable[str] = ()) -> Prime:
    """The prime of a named style. Raises ArgumentsError, naming those there are and ``others``, for any other name."""
    styles = load_styles()
    if name not in styles:
        raise ArgumentsError("--style", f"{name!r} is no style.", f"Styles: {', '.join([*styles, *others])}.")
    return styles[name]
