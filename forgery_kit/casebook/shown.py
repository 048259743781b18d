"""Entries in lines of text, for a terminal."""

from __future__ import annotations

import json
from typing import Any

from datasets.errors import VerificationError
from forgery_kit.casebook.canonical import parsed
from forgery_kit.casebook.chain import Entry


def entry_line(entry: Entry) -> str:
    """An entry in a line: number, time, kind, case, files, outcome."""
    fields = _fields(entry)
    try:
        files = ", ".join(one["file"] for one in fields["inputs"][:2])
        more = len(fields["inputs"]) - 2
        log10_lr = fields["result"].get("log10_lr")
        parts = [
            fields["case"],
            files + (f" and {more} more" if more > 0 else ""),
            "" if log10_lr is None else f"log10 LR {log10_lr:+.2f}",
            f"failed: {fields['error']}" if fields["error"] else "",
        ]
        return "  ".join([f"{entry.number:6} {fields['time']} {fields['kind']:14}", *filter(None, parts)])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _altered(entry) from error


def entry_text(entry: Entry) -> str:
    """All of an entry, its hash first."""
    fields = _fields(entry)
    return f"SHA-256 {entry.sha256}\n" + json.dumps(fields, indent=1, ensure_ascii=True)


def _fields(entry: Entry) -> dict[str, Any]:
    try:
        fields = parsed(entry.text)
    except ValueError as error:
        raise _altered(entry) from error
    if not isinstance(fields, dict):
        raise _altered(entry)
    return fields


def _altered(entry: Entry) -> VerificationError:
    return VerificationError(f"entry {entry.number}", "its text is no entry: it was altered.", "Run `casebook verify`.")
