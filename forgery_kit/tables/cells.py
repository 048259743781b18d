"""Cells of a row: what they mean, and how results are written into them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from datasets.errors import ForgeryKitError, MissingResourceError, UnreadableFileError
from forgery_kit.outputs import NO_ROOM, unwritten
from forgery_kit.tables.csv_table import cell_paths
from forgery_kit.tables.rows import Side

Progress = Callable[[int, int], None]
#: What a value would be without its limit, and how often the limit holds it when the writers are drawn again.
LIMIT_COLUMNS = ("log10_lr_unbounded", "log10_lr_unbounded_low", "log10_lr_unbounded_high", "bound_share")
#: Person against machine, of the questioned side.
MACHINE_COLUMNS = ("authenticity_log10_lr", "authenticity_movement", "authenticity_shape")
#: The column that says of a row whether its two sides come from one sitting, and what it may hold besides nothing.
SAME_SITTING, ANSWERS = "same_sitting", {"yes": True, "no": False}


def side_of(row: dict[str, str], name: str, folder: Path) -> Side:
    """A side of a row: its files, and what they say where the table has a column for it."""
    return Side(cell_paths(row, name, folder), row.get(f"{name}_text", "").strip())


def one_sitting(row: dict[str, str], of_all: bool) -> bool:
    """Whether the sides of a row come from one sitting: what its cell says, what holds for all where that is empty.

    Raises UnreadableFileError where the cell says neither yes nor no.
    """
    stated = row.get(SAME_SITTING, "").strip()
    if stated.lower() not in ("", *ANSWERS):
        raise UnreadableFileError(SAME_SITTING, f"{stated!r:.40} is neither yes nor no.", "Write yes, no or nothing.")
    return ANSWERS.get(stated.lower(), of_all)


def shown(value: object) -> str:
    """A value as its cell has it: six digits of a number, nothing for None."""
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def error_text(error: Exception) -> str:
    """What a row says of its error, also of one that we did not foresee, so that the other rows go on.

    Raises MissingResourceError where weights or room are missing: no row can be done then.
    """
    if isinstance(error, MissingResourceError):
        raise error
    if isinstance(error, ForgeryKitError):
        return str(error)
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        raise unwritten(str(error.filename or "a file"), error) from error
    if os.environ.get("FORGERY_KIT_DEBUG"):
        raise error
    reason = " ".join(str(error).split())[:200]
    return f"a fault of ours ({type(error).__name__}: {reason}). Please report it with this row's files."
