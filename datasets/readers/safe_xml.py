"""XML from strangers: no document types, no entities, nothing from outside, bounded depth and size.

Built on expat itself rather than on an element tree, because a tree of millions of empty elements is an attack
that refusing entities does not stop. Names come without their namespace prefix: real recordings carry the right
namespace, a wrong one or none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element
from xml.parsers import expat

from datasets.errors import HostileFileError, UnreadableFileError
from datasets.limits import MAX_XML_ATTRIBUTES, MAX_XML_DEPTH, MAX_XML_TREE_ATTRIBUTES, MAX_XML_TREE_ELEMENTS

StartHandler = Callable[[str, dict[str, str]], Any]
EndHandler = Callable[[str], Any]
TextHandler = Callable[[str], Any]


@dataclass(frozen=True)
class Root:
    """The outermost element: ``name`` without prefix, its ``attributes``, ``doctype`` the name of a declared type."""

    name: str
    attributes: dict[str, str]
    doctype: str | None = None


class _FoundRootError(Exception):
    """Ends the look at a file's beginning; never leaves this module."""

    def __init__(self, root: Root) -> None:
        self.root = root


def local(name: str) -> str:
    """``inkml:trace`` → ``trace``."""
    return name.rpartition(":")[2]


def root_of(head: bytes) -> Root | None:
    """The root element of what may be the beginning of an XML file, or None where it is none.

    A file that declares a document type is judged by the type's name, without reading the declaration.
    """
    if not head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"<"):
        return None

    def start(name: str, attributes: dict[str, str]) -> None:
        raise _FoundRootError(Root(local(name), attributes))

    def doctype(name: str, *_: Any) -> None:
        raise _FoundRootError(Root(local(name), {}, doctype=name))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(head, False)
    except _FoundRootError as found:
        return found.root
    except (expat.ExpatError, LookupError, ValueError):
        return None
    return None


def scan(
    data: bytes, name: str, start: StartHandler, end: EndHandler, text: TextHandler | None, max_elements: int
) -> None:
    """Call the handlers for every element of an XML file, in order, holding none of it in memory.

    Parameters
    ----------
    data, name : the file's bytes, and its name for errors.
    start, end, text : called with (name, attributes), (name) and (characters); names without prefix.
    max_elements : how many elements the file may have.

    Raises
    ------
    HostileFileError : a document type, an entity, or more depth, elements or attributes than ``limits`` allow.
    UnreadableFileError : not well-formed: cut off, damaged, or in another encoding than it says.
    """
    depth = count = 0

    def on_start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth += 1
        count += 1
        if depth > MAX_XML_DEPTH:
            raise _too_much(name, f"XML elements nest deeper than {MAX_XML_DEPTH}.")
        if count > max_elements:
            raise _too_much(name, f"there are more than {max_elements} XML elements.")
        if len(attributes) > MAX_XML_ATTRIBUTES:
            raise _too_much(name, f"an XML element has more than {MAX_XML_ATTRIBUTES} attributes.")
        start(local(tag) if ":" in tag else tag, attributes)

    def on_end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        end(local(tag) if ":" in tag else tag)

    def refuse(*_: Any) -> int:
        raise _too_much(name, "it declares an XML document type or entities, which no recording of ink needs.")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = on_start
    parser.EndElementHandler = on_end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise UnreadableFileError(
            name,
            f"the XML is cut off or damaged at line {error.lineno} ({expat.ErrorString(error.code)}).",
            "Export or copy the file again.",
        ) from error
    except LookupError as error:
        raise UnreadableFileError(
            name, f"the XML declares an encoding that is not known ({error}).", "Save it as UTF-8."
        ) from error


def tree(data: bytes, name: str, skip: Collection[str] = (), text_of: Collection[str] = ()) -> Element:
    """The whole file as elements, named without prefix, in document order.

    Parameters
    ----------
    skip : elements that are left out with all that they hold.
    text_of : elements whose characters are kept (in ``text``, also where comments interrupt them).

    Raises like ``scan``; limits are ``MAX_XML_TREE_ELEMENTS`` and, on attributes, ``MAX_XML_TREE_ATTRIBUTES``.
    """
    top = Element("")
    path = [top]
    pieces: list[str] = []
    skipping = held = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal skipping, held
        if skipping or tag in skip:
            skipping += 1
            return
        held += len(attributes)
        if held > MAX_XML_TREE_ATTRIBUTES:
            raise _too_much(name, f"there are more than {MAX_XML_TREE_ATTRIBUTES} XML attributes.")
        element = Element(tag, attributes)
        path[-1].append(element)
        path.append(element)
        pieces.clear()

    def end(tag: str) -> None:
        nonlocal skipping
        if skipping:
            skipping -= 1
            return
        element = path.pop()
        if tag in text_of:
            element.text = "".join(pieces)

    def text(characters: str) -> None:
        if not skipping and path[-1].tag in text_of:
            pieces.append(characters)

    scan(data, name, start, end, text, MAX_XML_TREE_ELEMENTS)
    if len(top) == 0:
        raise UnreadableFileError(name, "the XML holds no ink.")
    return top[0]


def _too_much(name: str, found: str) -> HostileFileError:
    return HostileFileError(name, found, "Refused; look at where the file comes from.")
