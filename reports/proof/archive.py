"""A report as PDF/A-3b (ISO 19005-3, level B): drawn pages in, the archival file with its embedded files out.

The pages are reportlab's and stay as they are. What it leaves open is added here: the colour space, metadata as XMP
that says the same as the document information, embedded files that are associated with the document, flags of links.
The same pages and files give the same bytes; nothing else of the machine or the time goes in.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String

from reports.proof.attachments import Attachment
from reports.proof.colours import NAME, srgb_profile

#: How a report's file is written: one layout, which `verify` knows, and the same bytes each time.
WRITTEN: dict[str, Any] = {
    "min_version": "1.7",
    "deterministic_id": True,
    "compress_streams": False,
    "stream_decode_level": pikepdf.StreamDecodeLevel.none,
    "object_stream_mode": pikepdf.ObjectStreamMode.disable,
}
#: Links are printed and never hidden (ISO 19005-3, 6.3.2): bit 3 of the flags alone.
_PRINTED = 4


def archival(pages: bytes, files: Sequence[Attachment]) -> bytes:
    """The PDF/A-3b file of a PDF that ``reports.page.build`` made, with ``files`` in it."""
    with pikepdf.open(io.BytesIO(pages)) as pdf:
        information = pdf.docinfo
        # Empty is as good as absent, but then XMP has to say it, too.
        for name in [name for name, value in information.items() if str(value) == ""]:
            del information[name]
        root = pdf.Root
        root.Metadata = pdf.make_indirect(_metadata({name: str(value) for name, value in information.items()}, pdf))
        profile = _packed(pdf, srgb_profile(), N=3, Alternate=Name.DeviceRGB)
        root.OutputIntents = Array(
            [
                Dictionary(
                    Type=Name.OutputIntent,
                    S=Name.GTS_PDFA1,
                    OutputConditionIdentifier=String(NAME),
                    Info=String(NAME),
                    DestOutputProfile=profile,
                )
            ]
        )
        _embed(pdf, files, str(information.ModDate))
        for page in pdf.pages:
            _finish(page.obj)
        out = io.BytesIO()
        pdf.save(out, **WRITTEN)
    return out.getvalue()


def _packed(pdf: pikepdf.Pdf, data: bytes, **keys: object) -> Stream:
    """A stream that is packed here, so that the library's own packing plays no part."""
    stream = Stream(pdf, zlib.compress(data, 9), Filter=Name.FlateDecode)
    for key, value in keys.items():
        stream[f"/{key}"] = value
    return pdf.make_indirect(stream)


def _embed(pdf: pikepdf.Pdf, files: Sequence[Attachment], day: str) -> None:
    """Embed files by name, each associated with the document as a whole (ISO 19005-3, 6.8)."""
    specifications = []
    for file in sorted(files, key=lambda one: one.name):
        parameters = Dictionary(Size=len(file.data), ModDate=String(day))
        stream = _packed(pdf, file.data, Type=Name.EmbeddedFile, Subtype=Name(f"/{file.mime}"), Params=parameters)
        specifications.append(
            pdf.make_indirect(
                Dictionary(
                    Type=Name.Filespec,
                    F=String(file.name),
                    UF=String(file.name),
                    Desc=String(file.description),
                    AFRelationship=Name(f"/{file.relationship}"),
                    EF=Dictionary(F=stream, UF=stream),
                )
            )
        )
    names = [part for one in specifications for part in (one.F, one)]
    pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array(names)))
    pdf.Root.AF = Array(specifications)


def _finish(page: pikepdf.Object) -> None:
    """What a page lacks, the flags of its links, and what it has for nothing, a transition."""
    for link in page.get("/Annots", []):
        link.F = _PRINTED
    if "/Trans" in page:
        del page["/Trans"]


_DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)")


def _metadata(information: dict[str, str], pdf: pikepdf.Pdf) -> Stream:
    """XMP (ISO 16684-1) that says what the document information says, and that this is PDF/A-3b."""

    def one(name: str, key: str, before: str = "", after: str = "") -> str:
        value = information.get(key)
        return f"<{name}>{before}{escape(value)}{after}</{name}>" if value else ""

    def day(name: str, key: str) -> str:
        found = _DATE.match(information.get(key, ""))
        return f"<{name}>{'-'.join(found.groups()[:3])}T{':'.join(found.groups()[3:])}+00:00</{name}>" if found else ""

    spaces = {
        "dc": "http://purl.org/dc/elements/1.1/",
        "pdf": "http://ns.adobe.com/pdf/1.3/",
        "xmp": "http://ns.adobe.com/xap/1.0/",
        "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    }
    alternative = '<rdf:Alt><rdf:li xml:lang="x-default">', "</rdf:li></rdf:Alt>"
    parts = [
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>',
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">',
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
        f'<rdf:Description rdf:about="" {" ".join(f"""xmlns:{k}="{v}" """.strip() for k, v in spaces.items())}>',
        "<pdfaid:part>3</pdfaid:part>",
        "<pdfaid:conformance>B</pdfaid:conformance>",
        "<dc:format>application/pdf</dc:format>",
        one("dc:title", "/Title", *alternative),
        one("dc:creator", "/Author", "<rdf:Seq><rdf:li>", "</rdf:li></rdf:Seq>"),
        one("dc:description", "/Subject", *alternative),
        one("xmp:CreatorTool", "/Creator"),
        one("pdf:Producer", "/Producer"),
        day("xmp:CreateDate", "/CreationDate"),
        day("xmp:ModifyDate", "/ModDate"),
        "</rdf:Description>",
        "</rdf:RDF>",
        "</x:xmpmeta>",
        '<?xpacket end="r"?>',
    ]
    data = "\n".join(part for part in parts if part).encode()
    return Stream(pdf, data, Type=Name.Metadata, Subtype=Name.XML)
