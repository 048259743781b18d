"""Text as every reader takes it: UTF-8 without a byte order mark, lines that end in LF or CR LF."""

from __future__ import annotations

import codecs

#: Marks of encodings; that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)


def plain_text(data: bytes) -> bytes:
    """The bytes of a text that says its encoding by a mark, as UTF-8; of one with line ends of old Macs, with ours.

    Anything else comes back as it is: XML, which says its encoding itself, and what is no text. Nothing is guessed.
    """
    encoding = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), None)
    text = data
    if encoding is not None:
        try:
            text = data[len(encoding[0]) :].decode(encoding[1]).encode()
        except UnicodeError:
            return data
    if text.lstrip()[:1] == b"<":
        return data
    if b"\r" in text and b"\n" not in text and b"\0" not in text:
        text = text.replace(b"\r", b"\n")
    return text
