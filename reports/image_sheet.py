"""A contact sheet of generated images of characters, as PNG that says what it shows, visibly and in its metadata."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.fonts import BOLD, FONT
from reports.imitation import GREY, MARK, RULE, WHITE, fitting, font, provenance_text, text_chunks

#: Images side by side, how many times they are enlarged, and white between them, in pixels.
COLUMNS, ENLARGED, GAP = 20, 2, 4
MARGIN, TITLE_SIZE, CAPTION_SIZE = 32, 22, 14


def image_sheet(images: NDArray[np.uint8], title: str, provenance: Mapping[str, Any]) -> bytes:
    """PNG of images (n, rows, columns), ink 255 on 0, drawn dark on white.

    Parameters
    ----------
    provenance : how the images were made; goes into the text chunk `Description`.

    Raises ValueError where there is no image.
    """
    from PIL import Image, ImageDraw

    if not len(images):
        raise ValueError("there is no image to show")
    height, width = (side * ENLARGED + GAP for side in images.shape[1:])
    columns = min(COLUMNS, len(images))
    inner, body = max(columns * width, 14 * TITLE_SIZE), -(-len(images) // columns) * height
    top = MARGIN + TITLE_SIZE + 2 * GAP
    sheet = Image.new("L", (inner + 2 * MARGIN, top + body + 2 * CAPTION_SIZE + MARGIN), WHITE)
    draw = ImageDraw.Draw(sheet)
    titles, small = font(BOLD, TITLE_SIZE), font(FONT, CAPTION_SIZE)
    draw.text((MARGIN, MARGIN + TITLE_SIZE), fitting(title, titles, inner), 0, titles, anchor="ls")
    for number, image in enumerate(images):
        picture = Image.fromarray(WHITE - image).resize((width - GAP, height - GAP))
        sheet.paste(picture, (MARGIN + number % columns * width, top + GAP + number // columns * height))
    foot = sheet.height - MARGIN
    draw.line((MARGIN, foot - 2 * CAPTION_SIZE + GAP, MARGIN + inner, foot - 2 * CAPTION_SIZE + GAP), RULE)
    draw.text((MARGIN, foot), MARK, GREY, small, anchor="ls")
    buffer = io.BytesIO()
    chunks = text_chunks(f"{MARK}\n{provenance_text(provenance)}")
    sheet.save(buffer, "PNG", pnginfo=chunks, optimize=True)
    return buffer.getvalue()
