"""What a file that is not readable as ink seems to be, and what to do about it."""

from __future__ import annotations

import codecs
import re

from datasets.readers.safe_xml import root_of

_PICTURE = "forgery_kit reads online ink (the path of the pen), not pictures; give the recording itself."
_UNPACK = "Unpack it first and give the files in it."
_OFFICE = "Unpack it as a zip and give the InkML in it (ppt/ink/ink1.xml, word/ink/…), or export the ink as InkML."
_WACOM = "This Wacom format is not supported; export the ink as InkML."

#: (offset, bytes there, what it is, what to do); the first that fits.
_SIGNATURES = (
    (0, b"\x89PNG\r\n\x1a\n", "a picture (PNG)", _PICTURE),
    (0, b"\xff\xd8\xff", "a picture (JPEG)", _PICTURE),
    (0, b"GIF8", "a picture (GIF)", _PICTURE),
    (0, b"BM", "a picture (BMP)", _PICTURE),
    (0, b"II*\0", "a picture or scan (TIFF)", _PICTURE),
    (0, b"MM\0*", "a picture or scan (TIFF)", _PICTURE),
    (8, b"WEBP", "a picture (WebP)", _PICTURE),
    (4, b"ftyp", "a picture or film (HEIC, MP4)", _PICTURE),
    (0, b"%PDF", "a PDF document", "A PDF holds no recording of the pen; give the file that the tablet wrote."),
    (8, b"UINK", "Wacom ink (UIM)", _WACOM),
    (8, b"WILL", "Wacom ink (WILL)", _WACOM),
    (0, b"\xd0\xcf\x11\xe0", "an old Office document", "Save it as .docx or .pptx, or export the ink as InkML."),
    (0, b"\x1f\x8b", "a gzip archive", _UNPACK),
    (0, b"BZh", "a bzip2 archive", _UNPACK),
    (0, b"\xfd7zXZ\0", "an xz archive", _UNPACK),
    (0, b"7z\xbc\xaf", "a 7-Zip archive", _UNPACK),
    (0, b"Rar!", "a RAR archive", _UNPACK),
    (257, b"ustar", "a tar archive", _UNPACK),
    (0, b"SQLite format 3\0", "a database (SQLite)", "Export the ink from the program that wrote it."),
)
_UTF8 = "Save it as UTF-8."
_ENCODING = re.compile(rb"\s*<\?xml[^>]{0,200}\bencoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
#: Encodings of text with more than one byte a character. The long marks go first: that of UTF-32 begins like UTF-16.
_WIDE = (
    ("UTF-32", (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE), rb"(?:[\t\n\r -~]\0\0\0){4}|(?:\0\0\0[\t\n\r -~]){4}"),
    ("UTF-16", (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE), rb"(?:[\t\n\r -~]\0){8}|(?:\0[\t\n\r -~]){8}"),
)


#: The beginning of an answer of a server, kept with its headers: its status, headers of MIME, or a line that parts it.
_ANSWER = re.compile(
    rb"\s*(?:HTTP/\d[\d.]* \d{3}|MIME-Version:|Content-[A-Za-z-]+:|--[^\s<>]{1,70}\r?\n[A-Za-z-]+:)", re.I
)
_INK_ELEMENT = re.compile(rb"<((?:[A-Za-z][\w.-]{0,30}:)?ink)[\s>]")


def describe(head: bytes) -> tuple[str, str] | None:
    """What the beginning of a file says that it is, and advice; None where it says nothing that we know."""
    if head.startswith(b"PK\x03\x04"):
        if b"[Content_Types].xml" in head or b"word/" in head or b"ppt/" in head:
            return "an Office document (zip)", _OFFICE
        return "a zip archive", _UNPACK
    for offset, signature, what, advice in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return what, advice
    root = root_of(head)
    if root is None:
        return _described_text(head)
    if root.name.lower() == "html":
        return "a web page (HTML)", "Give the recording itself."
    if root.name == "svg":
        return "a drawing (SVG)", _PICTURE
    return f"XML with the root <{root.name[:40]}>, which is not a format of ink that is known", "Export it as InkML."


def _described_text(head: bytes) -> tuple[str, str] | None:
    """A server's answer, or text in an encoding that is not read, as its mark, its zeros or XML declaration say."""
    if _ANSWER.match(head):
        ink = _INK_ELEMENT.search(head)
        begins = f"begins with <{ink[1].decode()}>" if ink else "holds the ink (InkML begins with <ink>)"
        parted = re.search(rb"^--[^\s<>]{1,70}\r?$", head, re.M)
        what = "a multipart answer" if parted else "an answer of a server with its headers"
        return what, f"Save the part that {begins} as a file of its own."
    for encoding, marks, pattern in _WIDE:
        if head.startswith(marks) or re.match(pattern, head):
            text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
            if text.startswith(b"<"):
                return f"XML in {encoding}", _UTF8
            if head.startswith(marks):
                # With a mark it has been decoded, so what it holds is the matter.
                return f"text in {encoding}, which is damaged", "Export or copy it again, as UTF-8."
            return f"text in {encoding} without a byte order mark", _UTF8
    declared = _ENCODING.match(head)
    if declared is not None:
        return f"XML that is damaged or in an encoding that is not read ({declared[1].decode()})", _UTF8
    return None
