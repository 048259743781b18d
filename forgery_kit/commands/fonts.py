"""Fonts that are made of a hand: `font`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forgery_kit.terminal.command import KnownTogether

app = typer.Typer()


@app.command(cls=KnownTogether)
def font(
    out: Annotated[
        list[Path],
        typer.Option("-o", "--out", help="The font: .otf, .ttf, or .svg of single lines; several -o, several kinds."),
    ],
    style: Annotated[str | None, typer.Option(help="A named style (`styles` lists them).")] = None,
    known: Annotated[
        list[str] | None, typer.Option("--known", help="Known ink whose hand it is: all files that follow.")
    ] = None,
    known_text: Annotated[
        str | None, typer.Option(help="What the known ink says; else what its file says, or what is read in it.")
    ] = None,
    bias: Annotated[float, typer.Option(help="0 writes freely; more is neater and more alike.")] = 0.5,
    seed: Annotated[int, typer.Option(help="The same seed gives the same font.")] = 7,
) -> None:
    """A font of a given hand, its letters cut out of generated words; it says of itself that it is generated."""
    from forgery_kit.fonts.files import check_font_files, write_font
    from forgery_kit.terminal.progress import counted

    check_font_files(out, known or [])
    with counted("Writing letters") as progress:
        from forgery_kit.fonts.hand_font import hand_font

        made = hand_font(style, known or [], known_text, bias, seed, progress)
    write_font(made, out)
    if made.stand_ins:
        print(f"warning: plain shapes, since the hand has none that is legible: {' '.join(made.stand_ins)}")
    characters = sum(glyph.alternate == 0 for glyph in made.glyphs)
    print(f"Font: {', '.join(map(str, out))} ({characters} characters, {len(made.glyphs)} glyphs)")
