"""What a file that is not readable as ink seems to be, and what to do about it."""

from __future__ import annotations

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
        return None
    if root.name.lower() == "html":
        return "a web page (HTML)", "Give the recording itself."
    if root.name == "svg":
        return "a drawing (SVG)", _PICTURE
    return f"XML with the root <{root.name[:40]}>, which is not a format of ink that is known", "Export it as InkML."
