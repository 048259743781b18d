"""Pictures of generated handwriting: line, image, sheet of samples, and what the network did while it wrote.

All say that they show generated ink: in their metadata always, visibly unless that is switched off. Coordinates are
device units, y down. matplotlib and Pillow are loaded where they are used: they take half a second.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from reportlab.pdfbase import pdfmetrics

from datasets.height import writing_height
from datasets.ink import Ink, ink_from_strokes
from datasets.writers.frame import MARGIN, Frame, frame_of
from datasets.writers.png import MAX_SIDE, write_png
from datasets.writers.svg import write_svg
from reports.fonts import BOLD, FONT, printable, use_fonts

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont
    from PIL.PngImagePlugin import PngInfo

Array = NDArray[np.float64]
MARK = "GENERATED – not written by a person"
#: Text chunk that says in every PNG where its ink comes from; the same name as in our InkML.
ORIGIN = "forgery_kit:origin"
#: Greys of 8-bit pictures: of the mark and of captions, and of a rule.
GREY, RULE, WHITE = 96, 208, 255

#: Size of the mark's letters as a share of the picture's height, and their least size in pixels.
MARK_SHARE, LEAST_MARK = 0.1, 12

#: Pixels of a contact sheet: the margin on all sides, the least and the greatest width between the margins, the
#: writing height that the ink gets where it fits, and the sizes of letters.
SHEET_MARGIN, LEAST_WIDTH, MOST_WIDTH = 64, 880, 2400
LETTERS, TITLE_SIZE, CAPTION_SIZE = 22.0, 26, 15
#: White below the title, below a caption, below a sample, and on either side of the rule above the mark.
BELOW_TITLE, BELOW_CAPTION, BELOW_SAMPLE, BESIDE_RULE = 32, 12, 40, 18


def svg(ink: Ink, provenance: Mapping[str, Any], visible_mark: bool) -> str:
    """The ink as an SVG document with a path a stroke, which a pen plotter can follow.

    Parameters
    ----------
    provenance : how the ink was made, goes into `<metadata>` as JSON.
    visible_mark : put ``MARK`` below the ink.

    Raises ValueError where there is no stroke to draw.
    """
    return write_svg(
        ink,
        description=f"{MARK}. How it was made: see the metadata.",
        metadata=provenance_text(provenance),
        mark=MARK if visible_mark else "",
    )


def png(ink: Ink, provenance: Mapping[str, Any], visible_mark: bool, height: int = 240) -> bytes:
    """The ink as a PNG, ``height`` pixels high; ``MARK`` comes below that.

    Parameters
    ----------
    provenance, visible_mark : as for ``svg``; the provenance goes into the text chunk `Description`.

    Raises ArgumentsError for a height that cannot be drawn, ValueError where there is no stroke to draw.
    """
    from PIL import Image, ImageDraw

    drawn = Image.open(io.BytesIO(write_png(ink, height)))
    picture: Image.Image = drawn
    if visible_mark:
        frame = frame_of(ink)
        size = max(LEAST_MARK, round(MARK_SHARE * height))
        letters = font(FONT, size)
        left = round(MARGIN * frame.line_width * drawn.height / frame.height)
        width = max(drawn.width, math.ceil(letters.getlength(MARK)) + 2 * left)
        picture = Image.new("L", (width, drawn.height + 2 * size), WHITE)
        picture.paste(drawn)
        ImageDraw.Draw(picture).text((left, drawn.height + size), MARK, GREY, letters, anchor="ls")
    return _encoded(picture, provenance, drawn.info.get("dpi"))


def contact_sheet(
    inks: Sequence[Ink], captions: Sequence[str], title: str, provenance: Mapping[str, Any], visible_mark: bool
) -> bytes:
    """One PNG of all samples below one another, at the same number of pixels per device unit.

    Parameters
    ----------
    captions : one for each of the ``inks``. Captions and title are cut with an ellipsis where they are too long.
    provenance, visible_mark : as for ``png``; ``MARK`` stands at the foot.

    Raises ValueError where there is no ink, or a sample without a stroke to draw.
    """
    from PIL import Image, ImageDraw

    samples = _drawn_at_one_scale(inks)
    inner = max(LEAST_WIDTH, *(sample.width for sample in samples))
    titles, small = font(BOLD, TITLE_SIZE), font(FONT, CAPTION_SIZE)
    head = TITLE_SIZE + BELOW_TITLE
    body = sum(CAPTION_SIZE + BELOW_CAPTION + sample.height + BELOW_SAMPLE for sample in samples) - BELOW_SAMPLE
    foot = 2 * BESIDE_RULE + CAPTION_SIZE if visible_mark else 0
    sheet = Image.new("L", (inner + 2 * SHEET_MARGIN, head + body + foot + 2 * SHEET_MARGIN), WHITE)
    draw = ImageDraw.Draw(sheet)
    y = SHEET_MARGIN
    draw.text((SHEET_MARGIN, y + TITLE_SIZE), fitting(title, titles, inner), 0, titles, anchor="ls")
    y += head
    for sample, caption in zip(samples, captions, strict=True):
        draw.text((SHEET_MARGIN, y + CAPTION_SIZE), fitting(caption, small, inner), GREY, small, anchor="ls")
        y += CAPTION_SIZE + BELOW_CAPTION
        sheet.paste(sample, (SHEET_MARGIN, y))
        y += sample.height + BELOW_SAMPLE
    if visible_mark:
        foot_line = sheet.height - SHEET_MARGIN
        rule = foot_line - CAPTION_SIZE - BESIDE_RULE
        draw.line((SHEET_MARGIN, rule, SHEET_MARGIN + inner, rule), RULE)
        draw.text((SHEET_MARGIN, foot_line), MARK, GREY, small, anchor="ls")
    return _encoded(sheet, provenance)


def _drawn_at_one_scale(inks: Sequence[Ink]) -> list[Image]:
    """A picture of each ink, cropped to its frame, all with the same pixels per device unit and the same pen.

    All are stacked into one recording and drawn in one go, so that the scale is exactly the same. Raises ValueError as
    ``contact_sheet`` does.
    """
    from PIL import Image

    if not inks:
        raise ValueError("there is no sample to draw")
    frames = [frame_of(ink) for ink in inks]
    # The pen of the whole is at most as wide as the widest of the parts.
    gap = 4 * max(frame.line_width for frame in frames)
    strokes, boxes, y = [], [], 0.0
    for ink, frame in zip(inks, frames, strict=True):
        margin = MARGIN * frame.line_width
        width, height = frame.width - 2 * margin, frame.height - 2 * margin
        corner = frame.left + margin, frame.top + margin - y
        strokes += [stroke[:, :2] - corner for stroke in ink.strokes()]
        boxes.append(np.array([0, y, width, y + height]))
        y += height + gap
    stacked = ink_from_strokes(strokes, mm_per_unit=inks[0].mm_per_unit)
    whole = frame_of(stacked)
    letters = float(np.median([_letter_height(ink, frame) for ink, frame in zip(inks, frames, strict=True)]))
    scale = min(LETTERS / letters, MOST_WIDTH / whole.width, MAX_SIDE / whole.height)
    drawn = Image.open(io.BytesIO(write_png(stacked, max(8, math.floor(scale * whole.height)))))
    scale = drawn.height / whole.height
    pen = whole.line_width * np.array([-1, -1, 1, 1])
    origin, limits = np.array([whole.left, whole.top] * 2), [*drawn.size] * 2
    pictures = []
    for box in boxes:
        left, upper, right, lower = np.clip(np.round((box + pen - origin) * scale), 0, limits).astype(int).tolist()
        pictures.append(drawn.crop((left, upper, max(right, left + 1), max(lower, upper + 1))))
    return pictures


def _letter_height(ink: Ink, frame: Frame) -> float:
    """The writing height, or that of the frame where there are only dots and level lines."""
    try:
        return writing_height(list(ink.strokes()))
    except ValueError:
        return frame.height


def font(name: str, size: int) -> FreeTypeFont:
    """One of the report's fonts, ``size`` pixels high; set by Pillow alone, so that every machine draws the same."""
    from PIL import ImageFont

    use_fonts()
    return ImageFont.truetype(pdfmetrics.getFont(name).face.filename, size, layout_engine=ImageFont.Layout.BASIC)


def fitting(text: str, letters: FreeTypeFont, width: float) -> str:
    """The text as the font can show it, cut with an ellipsis where it is wider than ``width`` pixels."""
    shown = printable(text, 400)
    if letters.getlength(shown) <= width:
        return shown
    while shown and letters.getlength(shown + "…") > width:
        shown = shown[:-1]
    return shown.rstrip() + "…"


def provenance_text(provenance: Mapping[str, Any]) -> str:
    """One line in ASCII: control and unpaired characters are escapes, which neither XML nor PNG can stumble over."""
    return json.dumps(dict(provenance), sort_keys=True)


def _encoded(picture: Image, provenance: Mapping[str, Any], dpi: tuple[float, float] | None = None) -> bytes:
    """PNG bytes with what says that the ink is generated, and how."""
    buffer = io.BytesIO()
    chunks = text_chunks(f"{MARK}\n{provenance_text(provenance)}")
    picture.save(buffer, "PNG", pnginfo=chunks, dpi=dpi, optimize=True)
    return buffer.getvalue()


def text_chunks(description: str) -> PngInfo:
    from PIL.PngImagePlugin import PngInfo

    chunks = PngInfo()
    chunks.add_itxt("Description", description)
    chunks.add_text(ORIGIN, "generated")
    return chunks
