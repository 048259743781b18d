"""What each object of a report is, for people, and what was added to it: of files that begin as one drawn here does.

Nothing here is for a file that was handed in and is not known to begin so (``taken_apart``).
"""

from __future__ import annotations

import io
import re

import pikepdf


def part_names(drawn: bytes) -> dict[int, str]:
    """Number of the object → "page 3", "result.json", …"""
    names: dict[int, str] = {}
    with pikepdf.open(io.BytesIO(drawn)) as pdf:
        for number, page in enumerate(pdf.pages, 1):
            for one in (page.obj, page.obj.Contents, *page.obj.get("/Annots", [])):
                names[one.objgen[0]] = f"page {number}"
        for name, specification in pdf.attachments.items():
            names[specification.obj.objgen[0]] = names[specification.obj.EF.F.objgen[0]] = name
        names[pdf.Root.Metadata.objgen[0]] = names[pdf.docinfo.objgen[0]] = "title, author and dates"
        names[pdf.Root.objgen[0]] = "list of contents"
        for one in pdf.objects:
            if isinstance(one, pikepdf.Stream) and "/Length1" in one:
                names[one.objgen[0]] = "fonts"
            if isinstance(one, pikepdf.Dictionary) and one.get("/Type") in ("/Font", "/FontDescriptor"):
                names[one.objgen[0]] = "fonts"
            if isinstance(one, pikepdf.Dictionary) and "/Dest" in one and "/Title" in one:
                names[one.objgen[0]] = "outline"
    return names


#: Keys of what a signature without an appearance brings (ISO 32000-1, 12.7.2, 12.7.4.5, 12.8.1).
_FORM = {"/Fields", "/SigFlags"}
_FIELD = {"/FT", "/T", "/Type", "/Subtype", "/Rect", "/P", "/F", "/V"}
_SIGNATURE = {"/Type", "/Filter", "/SubFilter", "/Contents", "/ByteRange", "/M", "/Name", "/Prop_Build"}
#: Streams that hold objects, and names in which letters are spelled as numbers.
_HIDING = re.compile(rb"/ObjStm|/XRef|/[^\s/<>\[\]()]*#")


def added_to(drawn: bytes, added: bytes) -> str:
    """What the bytes that follow a report add to it besides one signature that nobody sees; empty for nothing.

    ``drawn`` must be a report that was drawn here, and ``added`` small, since a PDF library opens both together.
    """
    if _HIDING.search(added):
        return "objects that are packed or spelled otherwise than a signature's"
    try:
        with pikepdf.open(io.BytesIO(drawn)) as before, pikepdf.open(io.BytesIO(drawn + added)) as after:
            return _added(before, after)
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return "objects that are broken"


def _added(before: pikepdf.Pdf, after: pikepdf.Pdf) -> str:
    if after.get_warnings():
        return "objects that are broken"
    if "/AcroForm" not in after.Root:
        return "no signature"
    form = after.Root.AcroForm
    if set(form.keys()) != _FORM or len(form.Fields) != 1:
        return "a form that is no signature's"
    field = form.Fields[0]
    flat = [float(value) for value in field.Rect] == [0, 0, 0, 0]
    signature = field.V
    if set(field.keys()) - _FIELD or field.FT != "/Sig" or not flat or set(signature.keys()) - _SIGNATURE:
        return "a field that is no signature without an appearance"
    known = {one.objgen[0] for one in before.objects if one.is_indirect}
    new = {one.objgen[0] for one in after.objects if one.is_indirect and one.objgen[0] not in known}
    if new - {field.objgen[0], signature.objgen[0], form.objgen[0]}:
        return "objects besides the signature"
    pages = {page.obj.objgen for page in before.pages}
    for number in sorted(known):
        one, other = before.get_object(number, 0), after.get_object(number, 0)
        if number == before.Root.objgen[0]:
            del other["/AcroForm"]
        elif one.objgen in pages and _same_object(field.get("/P"), other):
            marks = list(other.Annots)
            if not marks or marks[-1].objgen != field.objgen:
                return "marks on a page"
            if "/Annots" in one:
                other.Annots = pikepdf.Array(marks[:-1])
            else:
                del other["/Annots"]
        if _whole(one) != _whole(other):
            return "other pages, or what pages are made of"
    keys = {"/Root", "/Info"}
    if any(before.trailer[key].objgen != after.trailer[key].objgen for key in keys):
        return "another list of contents"
    return ""


def _same_object(one: pikepdf.Object | None, other: pikepdf.Object) -> bool:
    return one is not None and one.objgen == other.objgen


def _whole(one: pikepdf.Object) -> bytes:
    """An object with references as references, and the packed bytes of a stream."""
    if isinstance(one, pikepdf.Stream):
        return bytes(one.stream_dict.unparse(resolved=True)) + one.read_raw_bytes()
    return bytes(one.unparse(resolved=True))
