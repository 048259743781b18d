"""Rules of PDF/A-3b (ISO 19005-3:2012, level B) that a report can break, checked one by one with pikepdf and fontTools.

Not a validator of every PDF/A: what a report never holds (images, layers, encryption, sound) is refused as a whole.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pikepdf
from fontTools.ttLib import TTFont

#: Operators of content streams (ISO 32000-1, annex A) that a report's pages may use; none of CMYK, shadings, images.
OPERATORS = {
    *("q", "Q", "cm", "w", "J", "j", "M", "d", "ri", "i", "gs", "m", "l", "c", "v", "y", "h", "re"),
    *("S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "n", "W", "W*", "BT", "ET", "Tc", "Tw", "Tz", "TL", "Tf", "Tr"),
    *("Ts", "Td", "TD", "Tm", "T*", "Tj", "TJ", "'", '"', "rg", "RG", "g", "G", "Do", "BMC", "BDC", "EMC", "MP", "DP"),
}
ACTIONS = {"/GoTo", "/URI", "/GoToR", "/Named", "/SubmitForm", "/Thread", "/GoToE"}
NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "x": "adobe:ns:meta/",
}


def broken_rules(data: bytes) -> list[str]:
    """Each broken rule with its clause; empty for a conforming file."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        found = [*_file(data, pdf), *_objects(pdf), *_colour(pdf), *_metadata(pdf), *_embedded(pdf), *_catalog(pdf)]
        for number, page in enumerate(pdf.pages, 1):
            found += [f"page {number}: {rule}" for rule in _page(page)]
        return found


def _file(data: bytes, pdf: pikepdf.Pdf) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.[0-7]\r?\n%[\x80-\xff]{4,}\r?\n", data):
        yield "6.1.2 header: version, then a comment of four bytes above 127"
    if not re.search(rb"%%EOF\r?\n?$", data):
        yield "6.1.3 data follow the last end-of-file marker"
    if "/Encrypt" in pdf.trailer or "/ID" not in pdf.trailer or len(pdf.trailer.ID) != 2:
        yield "6.1.3 trailer: an ID and no encryption"
    if len(pdf.objects) > 8_388_607:
        yield "6.1.13 too many objects"
    if pdf.get_warnings():
        yield f"6.1 the file is not well formed: {pdf.get_warnings()}"


def _objects(pdf: pikepdf.Pdf) -> Iterator[str]:
    for one in pdf.objects:
        yield from _values(one, 0)
        if isinstance(one, pikepdf.Stream):
            if {"/F", "/FFilter", "/FDecodeParms"} & set(one.keys()):
                yield "6.1.7.1 a stream outside the file"
            filters = one.get("/Filter", [])
            filters = [filters] if isinstance(filters, pikepdf.Name) else list(filters)
            if any(str(name) not in ("/FlateDecode", "/ASCII85Decode") for name in filters):
                yield f"6.1.7.2 filters {filters}"
            if one.get("/Subtype") == "/Image":
                yield "6.2.8 an image, which no report has"
            if one.get("/Subtype") == "/Form" and {"/OPI", "/Ref", "/PS", "/Subtype2"} & set(one.keys()):
                yield "6.2.9 a form with OPI, Ref or PostScript"
        if isinstance(one, pikepdf.Dictionary):
            if one.get("/S") is not None and str(one.get("/Type", "")) == "/Action" and str(one.S) not in ACTIONS:
                yield f"6.5.1 action {one.S}"
            if "/AA" in one or "/JS" in one:
                yield "6.5 an action that runs by itself"
            if one.get("/Type") == "/ExtGState" and {"/TR", "/TR2", "/HTP", "/HTO"} & set(one.keys()):
                yield "6.2.5 a transfer function or halftone"


def _values(value: Any, depth: int) -> Iterator[str]:
    """Limits of the parts of an object (6.1.13); indirect ones are looked at by themselves."""
    if isinstance(value, pikepdf.String) and len(bytes(value)) > 32_767:
        yield "6.1.13 a string is too long"
    if isinstance(value, pikepdf.Name) and len(str(value).encode()) > 128:
        yield "6.1.13 a name is too long"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2_147_483_647:
        yield "6.1.13 an integer is too large"
    if depth and getattr(value, "is_indirect", False):
        return
    if isinstance(value, pikepdf.Dictionary):
        for key, part in value.items():
            yield from _values(pikepdf.Name(key), depth + 1)
            yield from _values(part, depth + 1)
    elif isinstance(value, pikepdf.Array):
        for part in value:
            yield from _values(part, depth + 1)


def _colour(pdf: pikepdf.Pdf) -> Iterator[str]:
    intents = [one for one in pdf.Root.get("/OutputIntents", []) if one.S == "/GTS_PDFA1"]
    if len(intents) != 1:
        yield "6.2.3 one output intent of PDF/A"
        return
    profile = intents[0].DestOutputProfile
    data = profile.read_bytes()
    if profile.N != 3 or data[12:20] != b"mntrRGB " or data[36:40] != b"acsp" or data[8] >= 5:
        yield "6.2.3 the profile is none of RGB"
    if "/OutputConditionIdentifier" not in intents[0]:
        yield "6.2.3 the output intent names no condition"


def _page(page: pikepdf.Page) -> Iterator[str]:
    if "/PresSteps" in page.obj or "/AA" in page.obj:
        yield "6.10 presentation steps or actions"
    resources = page.obj.get("/Resources")
    if resources is None:
        yield "6.2.2 resources are inherited"
        return
    yield from _content(page, resources)
    for form in resources.get("/XObject", {}).values():
        yield from _content(form, form.Resources)
    for annotation in page.obj.get("/Annots", []):
        kind, flags = str(annotation.Subtype), int(annotation.get("/F", -1))
        if kind not in ("/Link", "/Widget"):
            yield f"6.3.1 annotation {kind}"
        # Printed (4) yes; invisible (1), hidden (2), never viewed (32), toggled (256) no.
        if flags < 0 or not flags & 4 or flags & (1 | 2 | 32 | 256):
            yield f"6.3.2 flags {flags} of a {kind}"
        flat = (
            kind == "/Widget" and annotation.Rect[0] == annotation.Rect[2] and annotation.Rect[1] == annotation.Rect[3]
        )
        if kind == "/Widget" and not flat and "/AP" not in annotation:
            yield "6.3.3 a field without an appearance"


def _content(content: Any, resources: Any) -> Iterator[str]:
    depth, font = 0, None
    shown: dict[str, bytes] = {}
    for operands, operator in pikepdf.parse_content_stream(content):
        name = str(operator)
        if name not in OPERATORS:
            yield f"6.2.2 operator {name}"
        depth += (name == "q") - (name == "Q")
        if depth > 28:
            yield "6.1.13 graphics states too deep"
        if name == "Tf":
            font = str(operands[0])
            shown.setdefault(font, b"")
        if name in ("Tj", "'", '"', "TJ") and font:
            parts = operands[-1] if name == "TJ" else [operands[-1]]
            shown[font] += b"".join(bytes(part) for part in parts if isinstance(part, pikepdf.String))
    for name, codes in shown.items():
        yield from (f"{name}: {rule}" for rule in _font(resources.Font[name], set(codes)))


def _font(font: Any, codes: set[int]) -> Iterator[str]:
    if font.Subtype != "/TrueType" or "/FontFile2" not in font.get("/FontDescriptor", {}):
        yield f"6.2.11.4 {font.BaseFont} is not embedded"
        return
    if not int(font.FontDescriptor.Flags) & 4 or "/Encoding" in font:
        yield "6.2.11.6 a symbolic TrueType font has no encoding"
    program = TTFont(io.BytesIO(font.FontDescriptor.FontFile2.read_bytes()))
    tables = program["cmap"].tables
    if len(tables) != 1 and not any((one.platformID, one.platEncID) == (3, 0) for one in tables):
        yield "6.2.11.6 the font program has several encodings, none of them for symbols"
    scale = 1000 / program["head"].unitsPerEm
    for code in codes:
        glyph = tables[0].cmap.get(code, ".notdef")
        if glyph == ".notdef":
            yield f"6.2.11.8 character {code} has no glyph"
        width = float(font.Widths[code - int(font.FirstChar)])
        if abs(width - program["hmtx"][glyph][0] * scale) > 1:
            yield f"6.2.11.5 the width of character {code}"


def _metadata(pdf: pikepdf.Pdf) -> Iterator[str]:
    stream = pdf.Root.get("/Metadata")
    if stream is None or "/Filter" in stream:
        yield "6.6.2.1 metadata, as they are"
        return
    tree = ElementTree.fromstring(stream.read_bytes())
    said = {part.tag: "".join(part.itertext()) for part in tree.iter()}

    def value(name: str) -> str | None:
        space, _, local = name.partition(":")
        return said.get(f"{{{NAMESPACES[space]}}}{local}")

    if (value("pdfaid:part"), value("pdfaid:conformance")) != ("3", "B"):
        yield "6.6.4 part 3, conformance B"
    unknown = {tag for tag in said if not any(tag.startswith(f"{{{space}}}") for space in NAMESPACES.values())}
    if unknown:
        yield f"6.6.2.3 schemas that are not predefined: {unknown}"
    pairs = {
        "/Title": "dc:title",
        "/Author": "dc:creator",
        "/Subject": "dc:description",
        "/Creator": "xmp:CreatorTool",
        "/Producer": "pdf:Producer",
        "/Keywords": "pdf:Keywords",
    }
    for key, name in pairs.items():
        if (str(pdf.docinfo[key]) if key in pdf.docinfo else None) != value(name):
            yield f"6.6.2.1 {key} and {name} differ"
    for key, name in (("/CreationDate", "xmp:CreateDate"), ("/ModDate", "xmp:ModifyDate")):
        stated = re.sub(r"\D", "", str(pdf.docinfo[key]))
        if stated != re.sub(r"\D", "", str(value(name))):
            yield f"6.6.2.1 {key} and {name} differ"


def _embedded(pdf: pikepdf.Pdf) -> Iterator[str]:
    associated = {one.objgen for one in pdf.Root.get("/AF", [])}
    names = pdf.Root.get("/Names", {}).get("/EmbeddedFiles", {}).get("/Names", [])
    for one in list(names)[1::2]:
        if one.objgen not in associated:
            yield "6.8 an embedded file that nothing is associated with"
        if not {"/F", "/UF", "/AFRelationship", "/EF", "/Type"} <= set(one.keys()):
            yield "6.8 a file specification lacks a name or its relationship"
        stream = one.EF.F
        if "/" not in str(stream.get("/Subtype", "/"))[1:] or "/ModDate" not in stream.Params:
            yield "6.8 an embedded file without a type or a date"
    if [str(name) for name in list(names)[::2]] != sorted(str(name) for name in list(names)[::2]):
        yield "ISO 32000-1, 7.9.6: names out of order"


def _catalog(pdf: pikepdf.Pdf) -> Iterator[str]:
    root = pdf.Root
    for key in ("/OCProperties", "/Perms", "/Requirements", "/Collection", "/OpenAction", "/AA"):
        if key in root:
            yield f"6.1.12, 6.9, 6.11: {key} in the catalog"
    if "/AlternatePresentations" in root.get("/Names", {}) or "/JavaScript" in root.get("/Names", {}):
        yield "6.5, 6.10: scripts or alternate presentations"
    form = root.get("/AcroForm", {})
    if form.get("/NeedAppearances", False) or "/XFA" in form:
        yield "6.4.1 a form that a viewer would draw anew"
