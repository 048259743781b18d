"""Passwords in the URLs of databases: they go into no result, no record and no message."""

from __future__ import annotations

import re

#: What stands between the user and the host of a URL, and a password among what follows its question mark.
_BEFORE_HOST = re.compile(r"([a-z][\w+.-]*://[^:/@]*:).*@", re.IGNORECASE | re.DOTALL)
_BEHIND = re.compile(r"([?&](?:ssl)?password=)[^&]*", re.IGNORECASE)


def without_password(text: str) -> str:
    """An argument, or a message, with *** in place of the password of a URL in it."""
    return _BEHIND.sub(r"\1***", _BEFORE_HOST.sub(r"\1***@", text)) if "://" in text else text
