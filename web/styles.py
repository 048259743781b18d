"""Named styles as the page shows them: those that ship, and those that were saved."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from datasets.errors import UnreadableFileError
from datasets.writers.svg import write_svg
from forgery_kit.imitation.saved_styles import NAME, saved_names, saved_style, styles_folder
from gan.writing.priming import strokes_of
from gan.writing.sampling import Prime, learnt_from
from gan.writing.styles import load_styles
from web.problems import ProblemError


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


@lru_cache(maxsize=64)
def _drawn(prime: Prime) -> str:
    from datasets.ink import ink_from_strokes

    ink = ink_from_strokes(strokes_of(prime.points, learnt_from().scale))
    return write_svg(ink, description="A style of the generator.", metadata="", mark="")
