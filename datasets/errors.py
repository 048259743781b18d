"""Every error that forgery_kit raises on purpose, each with the exit code that ``cli.py`` ends with.

This module imports nothing of ours, so that any layer can raise and catch without loading anything.
A message is one line: where, what was found, what to do.
"""

from __future__ import annotations

import re

#: Characters that end or overwrite a line; names of files may hold them.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class ForgeryKitError(Exception):
    """Root of all deliberate errors.

    Parameters
    ----------
    where : what the error is about: a file, a row, an option.
    found : what is wrong.
    advice : what the reader can do about it; may be empty.
    """

    exit_code = 1

    def __init__(self, where: str, found: str, advice: str = "") -> None:
        self.where = str(where)
        self.found = found
        self.advice = advice
        message = f"{self.where}: {found}" + (f" {advice}" if advice else "")
        super().__init__(_CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), message))

    def __reduce__(self) -> tuple[type[ForgeryKitError], tuple[str, str, str]]:
        """What a process that met the error hands to the one that tells of it."""
        return type(self), (self.where, self.found, self.advice)


class ArgumentsError(ForgeryKitError):
    """An option or argument has a value that cannot be used."""

    exit_code = 2


class UnreadableFileError(ForgeryKitError):
    """A file cannot be read as ink: missing, broken, not ink."""

    exit_code = 3


class HostileFileError(UnreadableFileError):
    """A file that asks for more than a recording of handwriting ever needs (entities, bombs, escapes)."""


class OutOfScopeError(ForgeryKitError):
    """The comparison cannot be supported: too little ink, or unlike anything known."""

    exit_code = 4


class SomeRowsFailedError(ForgeryKitError):
    """Some rows of a table failed; the others are done."""

    exit_code = 5


class GeneratedInkError(ForgeryKitError):
    """Ink that a program made was offered as an exhibit without ``--allow-generated``."""

    exit_code = 6


class MissingResourceError(ForgeryKitError):
    """Weights, data or disk space are missing."""

    exit_code = 7


class VerificationError(ForgeryKitError):
    """A stored result does not agree with its hashes."""

    exit_code = 8


class CasebookError(ForgeryKitError):
    """A casebook cannot be opened, read or written to; what was to be recorded is done all the same."""

    exit_code = 9
