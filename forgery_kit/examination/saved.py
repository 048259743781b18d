"""A comparison that ``compare --json`` wrote, read back."""

from __future__ import annotations

from pathlib import Path

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.readers import file_bytes
from reports.findings import Comparison
from reports.saved import from_json


def load_comparison(path: Path) -> Comparison:
    """The saved comparison, checked as a whole (``reports.saved.from_json``).

    Raises UnreadableFileError where it is no such file, VerificationError where it was changed.
    """
    try:
        text = file_bytes(str(path)).decode("utf-8")
    except HostileFileError as error:
        raise HostileFileError(error.where, error.found, "Give a saved comparison.") from error
    except UnicodeDecodeError as error:
        raise UnreadableFileError(str(path), "it is not UTF-8 text.", "Give a saved comparison.") from error
    return from_json(text, Comparison, str(path))
