"""A saved comparison as a page in which both sides are written again."""

from __future__ import annotations

from pathlib import Path

from forgery_kit.examination.saved import load_comparison
from reports.replay.page import replay_html


def replay(result: str | Path) -> str:
    """The HTML of the JSON that ``compare --json`` wrote; one file, nothing is fetched.

    Raises UnreadableFileError where it is no such file, VerificationError where it was changed.
    """
    return replay_html(load_comparison(Path(result)))
