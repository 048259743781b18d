"""A text that nobody chose, for `imitate --text-random`."""

from __future__ import annotations

from datasets.errors import ArgumentsError
from gan.judging.style import weights_hash
from gan.writing.random_text import TEMPERATURE, WEIGHTS, random_lines
from reports.imitated import RandomText


def text_or_random(text: str | None, lines: int | None, seed: int) -> tuple[str, RandomText | None]:
    """The text that was given, or so many drawn lines and how they were drawn.

    Raises ArgumentsError for neither or both, and as ``random_lines`` does.
    """
    if (text is None) == (lines is None):
        found = "there is nothing to write." if text is None else "there is a text already, by --text."
        raise ArgumentsError("--text-random", found, "Give either --text TEXT, or --text-random LINES.")
    if lines is None:
        return str(text), None
    drawn = "\n".join(random_lines(lines, seed))
    return drawn, RandomText(lines, seed, TEMPERATURE, "text network (Graves 2013)", weights_hash(WEIGHTS))
