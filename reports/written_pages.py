"""Pages of generated writing as SVG and PDF, in millimetres; each says that its ink is generated."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from datasets.ink import Ink
from reports.fonts import FONT, use_fonts
from reports.imitation import MARK
from reports.page import GREY

#: Width of the pen, size of the mark and its distance from the page's lower edge, mm.
PEN, MARK_SIZE, MARK_FOOT = 0.35, 2.6, 6.0


def page_svg(ink: Ink, size: tuple[float, float], margin: float, provenance: Mapping[str, Any]) -> str:
    """A page of ink in mm as SVG, a path a stroke; the provenance stands in its metadata as JSON."""
    width, height = size
    paths = [f'<path d="M{" L".join(f"{x:.2f},{y:.2f}" for x, y in stroke)}"/>' for stroke in _strokes(ink)]
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="{width:g}mm" height="{height:g}mm" '
            f'viewBox="0 0 {width:g} {height:g}">',
            f"<desc>{MARK}. How it was made: see the metadata.</desc>",
            f"<metadata>{escape(json.dumps(dict(provenance), sort_keys=True))}</metadata>",
            f'<g fill="none" stroke="black" stroke-linecap="round" stroke-linejoin="round" stroke-width="{PEN}">',
            *paths,
            "</g>",
            f'<text x="{margin:g}" y="{height - MARK_FOOT + MARK_SIZE / 2:g}" font-size="{MARK_SIZE}" '
            f'font-family="DejaVu Sans, Arial, sans-serif" fill="#666666">{MARK}</text>',
            "</svg>",
            "",
        ]
    )


def pages_pdf(
    inks: Sequence[Ink], size: tuple[float, float], margin: float, provenance: Mapping[str, Any], title: str
) -> bytes:
    """The pages as one PDF, the same bytes for the same pages; the provenance stands in its keywords as JSON."""
    use_fonts()
    width, height = size
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(width * mm, height * mm), invariant=True)
    canvas.setTitle(title)
    canvas.setSubject(MARK)
    canvas.setCreator("forgery_kit:origin generated")
    canvas.setKeywords(json.dumps(dict(provenance), sort_keys=True))
    for number, ink in enumerate(inks, 1):
        canvas.setLineCap(1)
        canvas.setLineJoin(1)
        canvas.setLineWidth(PEN * mm)
        for stroke in _strokes(ink):
            path = canvas.beginPath()
            (x, y), *others = stroke
            path.moveTo(x * mm, (height - y) * mm)
            for x, y in others:
                path.lineTo(x * mm, (height - y) * mm)
            canvas.drawPath(path)
        canvas.setFont(FONT, MARK_SIZE * mm)
        canvas.setFillColor(GREY)
        canvas.drawString(margin * mm, (MARK_FOOT - MARK_SIZE / 2) * mm, MARK)
        if len(inks) > 1:
            canvas.drawRightString((width - margin) * mm, (MARK_FOOT - MARK_SIZE / 2) * mm, f"{number} of {len(inks)}")
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _strokes(ink: Ink) -> Iterator[list[tuple[float, float]]]:
    """Points of each stroke; a lone one twice, so that it is drawn as a dot."""
    for stroke in ink.strokes():
        xy: NDArray[np.float64] = stroke[:, :2]
        yield [tuple(point) for point in (xy if len(xy) > 1 else np.repeat(xy, 2, axis=0)).tolist()]
