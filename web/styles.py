"""Named styles as the page shows them: those that ship, and those that were saved."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import UnreadableFileError
from datasets.writers.svg import write_svg
from forgery_kit.imitation.saved_styles import NAME, saved_names, saved_style, styles_folder
from gan.writing.priming import strokes_of
from gan.writing.sampling import Prime, learnt_from
from gan.writing.styles import load_styles
from web.problems import ProblemError

#: Where a style's picture ends, as shares of its line.
SHOWN = (0.4, 0.7)


def styles_shown() -> list[dict[str, Any]]:
    """All styles with where their picture is."""
    names = [(name, False) for name in load_styles()] + [(name, True) for name in saved_names()]
    return [{"name": name, "saved": saved, "thumbnail": f"/api/v1/styles/{name}.svg"} for name, saved in names]


def style_svg(name: str) -> str:
    """A style's own line as SVG. Raises ProblemError where there is no such style."""
    shipped = load_styles()
    if name in shipped:
        return _drawn(shipped[name])
    if not NAME.fullmatch(name) or name not in saved_names():
        raise ProblemError(404, f"{name[:40]}: there is no such style.")
    try:
        hand = saved_style(name)
    except UnreadableFileError as error:
        raise ProblemError(422, str(error)) from error
    assert hand is not None
    return _drawn(hand.prime)


def delete_style(name: str) -> None:
    """Delete a saved style. Raises ProblemError where there is none."""
    if not NAME.fullmatch(name) or name not in saved_names():
        raise ProblemError(404, f"{name[:40]}: there is no such saved style.")
    (styles_folder() / f"{name}.safetensors").unlink(missing_ok=True)


def _first_words(strokes: Sequence[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Strokes (k, 2) of about half a line, up to its widest gap there: a whole one is a hair as small as a picture."""
    left, right = (np.array([end(stroke[:, 0]) for stroke in strokes]) for end in (np.min, np.max))
    low, high = left.min() + np.array(SHOWN) * (right.max() - left.min())
    ends = np.unique(right[(right > low) & (right < high)])
    if len(ends) == 0:
        return list(strokes)
    # How far the next stroke begins behind each place where one ends, of those that none crosses.
    gaps = [np.min(left[right > end]) - end for end in ends]
    end = ends[int(np.argmax(gaps))]
    return [stroke for stroke, last in zip(strokes, right, strict=True) if last <= end]


@lru_cache(maxsize=64)
def _drawn(prime: Prime) -> str:
    from datasets.ink import ink_from_strokes

    ink = ink_from_strokes(_first_words(strokes_of(prime.points, learnt_from().scale)))
    return write_svg(ink, description="A style of the generator.", metadata="", mark="")
