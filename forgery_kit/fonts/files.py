"""The files of a font: the suffix of each says which kind it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from datasets.errors import ArgumentsError
from forgery_kit.fonts.glyphs import HandFont
from forgery_kit.fonts.opentype import font_bytes
from forgery_kit.fonts.svg_font import svg_font
from forgery_kit.outputs import check_outputs, write_file

#: Suffixes of the files that a font can be: cubic and quadratic outlines, and single lines.
KINDS = (".otf", ".ttf", ".svg")


def check_font_files(files: Sequence[Path], known: Sequence[str]) -> None:
    """Raise ArgumentsError where a file has another suffix, cannot be written, or would replace known ink."""
    for path in files:
        if path.suffix.lower() not in KINDS:
            raise ArgumentsError(
                f"{path!s:.200}", "it is no kind of font.", f"Give a name that ends in {', '.join(KINDS)}."
            )
    check_outputs(files, [Path(path) for path in known if path])


def write_font(hand: HandFont, files: Sequence[Path]) -> None:
    """Write the font in the kind of each file; all are made before the first is written.

    Raises ArgumentsError where a file cannot be written, MissingResourceError where the disk is full.
    """
    kinds = [path.suffix.lower() for path in files]
    made = {kind: svg_font(hand).encode() if kind == ".svg" else font_bytes(hand, kind[1:]) for kind in set(kinds)}
    for path, kind in zip(files, kinds, strict=True):
        write_file(path, made[kind])
