"""Errors as ``application/problem+json`` (RFC 9457), in the words of the command line."""

from __future__ import annotations

from typing import Any

from datasets.errors import (
    ArgumentsError,
    ForgeryKitError,
    GeneratedInkError,
    HostileFileError,
    MissingResourceError,
    OutOfScopeError,
    UnreadableFileError,
)

MEDIA_TYPE = "application/problem+json"
#: HTTP status of each kind of error, the more particular first.
_STATUS: tuple[tuple[type[ForgeryKitError], int, str], ...] = (
    (HostileFileError, 422, "Hostile file"),
    (UnreadableFileError, 422, "Unreadable file"),
    (OutOfScopeError, 422, "Out of scope"),
    (GeneratedInkError, 422, "Generated ink"),
    (ArgumentsError, 400, "Wrong request"),
    (MissingResourceError, 507, "Missing resource"),
)
TITLES = {
    400: "Wrong request",
    401: "No token",
    403: "Not allowed",
    404: "Not found",
    405: "Not allowed",
    408: "Too slow",
    409: "Conflict",
    413: "Too large",
    415: "Wrong type",
    421: "Wrong host",
    422: "Unprocessable",
    500: "A fault of ours",
    503: "Busy",
    504: "Took too long",
    507: "Missing resource",
}
#: Seconds to come back after, where there is no place.
RETRY_AFTER = 5
#: What a spelling of the command line is called in a request.
_SPELT = {
    "--text": "text",
    "--to": "to",
    "--style": "style",
    "--known": "known",
    "--known-text": "known_text",
    "--questioned-text": "questioned_text",
    "--bias": "bias",
    "--seed": "seed",
    "--steps": "steps",
    "--simulate": "simulate",
    "--save-style": "name",
    "--margin": "margin_mm",
    "--page": "page",
    "--date": "date",
    "--method": "method",
    "-n": "n",
}


class ProblemError(Exception):
    """A request that is refused: HTTP ``status`` and one line; ``exit_code`` is the command line's for it."""

    def __init__(
        self, status: int, detail: str, headers: dict[str, str] | None = None, exit_code: int | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers, self.exit_code = status, detail, headers or {}, exit_code


def problem(status: int, detail: str, title: str | None = None, exit_code: int | None = None) -> dict[str, Any]:
    """The members of a problem; ``detail`` becomes one line that every encoding of text can hold."""
    detail = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in detail)
    found: dict[str, Any] = {
        "type": "about:blank",
        "title": title or TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
    }
    return found | ({} if exit_code is None else {"exit_code": exit_code})


def of_error(error: BaseException) -> dict[str, Any]:
    """The problem that an error is; what was not foreseen is a fault of ours, and says no more than its kind."""
    if isinstance(error, ProblemError):
        return problem(error.status, error.detail, exit_code=error.exit_code)
    for kind, status, title in _STATUS:
        if isinstance(error, kind):
            where = _SPELT.get(error.where, error.where)
            line = str(error).replace(error.where, where, 1) if error.where in _SPELT else str(error)
            return problem(status, line, title, error.exit_code)
    if isinstance(error, MemoryError):
        return problem(413, "it asks for more memory than a recording of handwriting needs.", "Hostile file", 3)
    return problem(500, f"a fault of ours ({type(error).__name__}).", exit_code=1)
