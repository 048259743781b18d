"""A hand's glyphs as an SVG 1.1 font of single lines, the path that the pen went, for plotters.

Alternates have names and no character, so that programs that know no alternates take the first; kerning is given for
these first ones.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray

from forgery_kit.fonts.glyphs import EM, GENERATED, Glyph, HandFont

Array = NDArray[np.float64]


def svg_font(hand: HandFont) -> str:
    """The font as SVG; a path a glyph, a subpath a stroke, cubic curves, y upwards as SVG fonts have it."""
    points = np.concatenate([np.concatenate(stroke) for glyph in hand.glyphs for stroke in glyph.strokes])
    top, bottom = round(float(points[:, 1].max())), round(float(points[:, 1].min()))
    first = {glyph.name for glyph in hand.glyphs if glyph.alternate == 0} | {"space"}
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<svg xmlns="http://www.w3.org/2000/svg" version="1.1">',
            f"<desc>{escape(GENERATED)}</desc>",
            f"<metadata>{escape(json.dumps(dict(hand.made), sort_keys=True))}</metadata>",
            "<defs>",
            f'<font id={quoteattr(hand.family.replace(" ", "-"))} horiz-adv-x="{EM // 2}">',
            f'<font-face font-family={quoteattr(hand.family)} units-per-em="{EM}" ascent="{top}" descent="{bottom}" '
            f'x-height="{hand.x_height}" cap-height="{hand.cap_height}"/>',
            f'<missing-glyph horiz-adv-x="{EM // 2}"/>',
            f'<glyph unicode=" " glyph-name="space" horiz-adv-x="{hand.space}"/>',
            *(_glyph(glyph) for glyph in hand.glyphs),
            *(
                f'<hkern g1="{one}" g2="{two}" k="{-units}"/>'
                for (one, two), units in hand.kerning.items()
                if one in first and two in first
            ),
            "</font>",
            "</defs>",
            "</svg>",
            "",
        ]
    )


def _glyph(glyph: Glyph) -> str:
    character = f"unicode={quoteattr(glyph.character)} " if glyph.alternate == 0 else ""
    path = " ".join(_path(stroke) for stroke in glyph.strokes)
    return f'<glyph {character}glyph-name="{glyph.name}" horiz-adv-x="{glyph.advance}" d="{path}"/>'


def _path(stroke: Sequence[Array]) -> str:
    curves = " ".join("C" + " ".join(f"{x:.1f},{y:.1f}" for x, y in bezier[1:]) for bezier in stroke)
    x, y = stroke[0][0]
    return f"M{x:.1f},{y:.1f} {curves}"
