"""Pages of a document: each is a recording of its own, since their strokes lie on one another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datasets.readers.json_ink.marks import plain

#: Keys under which pages lie, and those by which an object or a point says its page; ``plain``.
_BELOW = {"pages", "slides", "sheets", "canvases"}
_PAGE = {"page", "pageid", "pageindex", "pageno", "pagenumber", "pagenum", "slide", "slideid", "sheet", "sheetid"}


def page_below(key: str) -> bool:
    """Whether each thing under a key is a page."""
    return plain(key) in _BELOW


def page_of(node: Mapping[str, Any], page: tuple[str, ...]) -> tuple[str, ...]:
    """The page of an object that lies on ``page``: what that says, and what the object says itself."""
    told = [str(value) for key, value in node.items() if is_page_key(key) and _is_name(value)]
    parent = node.get("parentId")
    if isinstance(parent, str) and parent.lower().startswith("page"):
        told.append(parent)
    return (*page, *told)


def is_page_key(key: str) -> bool:
    """Whether an object or a point says by a key on which page it is."""
    return plain(key) in _PAGE


def _is_name(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)
