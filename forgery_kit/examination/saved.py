"""A result that ``compare --json`` or ``identify --json`` wrote, read back."""

from __future__ import annotations

from pathlib import Path

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.readers import file_bytes
from reports.findings import Comparison
from reports.identification.findings import Identification
from reports.saved import from_json, kind_of


def load_comparison(path: Path) -> Comparison:
    """The saved comparison, checked as a whole (``reports.saved.from_json``).

    Raises UnreadableFileError where it is no such file, VerificationError where it was changed.
    """
    found: Comparison = from_json(_text(path), Comparison, str(path))
    return found


def load_saved(path: Path) -> Comparison | Identification:
    """The saved comparison or search, checked as a whole. Raises as ``load_comparison`` does."""
    text = _text(path)
    found: Comparison | Identification = from_json(text, kind_of(text), str(path))
    return found


def _text(path: Path) -> str:
    try:
        return file_bytes(str(path)).decode("utf-8")
    except HostileFileError as error:
        raise HostileFileError(error.where, error.found, "Give a saved comparison.") from error
    except UnicodeDecodeError as error:
        raise UnreadableFileError(str(path), "it is not UTF-8 text.", "Give a saved comparison.") from error
