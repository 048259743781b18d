"""What all findings have in common: the version of their JSON, and text that can be written."""

from __future__ import annotations

import dataclasses
from typing import Any

#: Of a finding's JSON; another one is not read.
SCHEMA_VERSION = 2


def displayable(text: str) -> str:
    """The text in a form that UTF-8 can hold: a byte of a file's name that is no character becomes ``\\xfc``."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()


def make_displayable(finding: Any) -> None:
    """Names of files and arguments may hold what cannot be written; they are shown, never opened, from here on."""
    for one in dataclasses.fields(finding):
        value = getattr(finding, one.name)
        if isinstance(value, str):
            object.__setattr__(finding, one.name, displayable(value))
