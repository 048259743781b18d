"""Images of characters: `widen`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def widen(
    data: Annotated[Path, typer.Option(help="Folder of the set: IDX images, or Chars74K's trajectories.")],
    character: Annotated[str, typer.Option("--class", help="The character whose images are wanted.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the images.")],
    n: Annotated[int, typer.Option("-n", help="How many images.")] = 500,
    weights: Annotated[
        Path | None, typer.Option(help="Your own generator (`train image-gan`); else the one that ships for the set.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same images.")] = 7,
) -> None:
    """Widen a set of images of characters by generated ones, as IDX files; every file says that it is generated."""
    from forgery_kit.terminal.progress import waiting
    from forgery_kit.widening.widen import checked_set, write_widened
    from forgery_kit.widening.widen import widen as run

    found = checked_set(data, character, n, seed, out)
    with waiting("Drawing"):
        files = write_widened(run(found, character, n, seed, weights), out)
    for file in files:
        print(file)
