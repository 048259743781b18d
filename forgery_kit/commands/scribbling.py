"""Ink without a text: `scribble`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forgery_kit.commands.options import command_line

app = typer.Typer()


@app.command()
def scribble(
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the samples.")],
    n: Annotated[int, typer.Option("-n", help="How many samples.")] = 4,
    points: Annotated[int, typer.Option(help="Points of each; a line of writing has some 600.")] = 700,
    bias: Annotated[float, typer.Option(help="0 writes freely; more is neater and more alike.")] = 0.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same samples, however many.")] = 7,
    no_visible_mark: Annotated[
        bool, typer.Option("--no-visible-mark", help="Leave out the line that says that the ink is generated.")
    ] = False,
) -> None:
    """What the network writes that knows no text: shapes like letters; every file says that it is generated."""
    from forgery_kit.imitation.scribble import check, checked_names, write_scribbles
    from forgery_kit.imitation.scribble import scribble as run
    from forgery_kit.terminal.progress import counted

    check(n, points, bias, seed)
    files = checked_names(out, n)
    with counted("Writing") as progress:
        samples = run(n, points, bias, seed, command_line(), progress)
    out.mkdir(parents=True, exist_ok=True)
    write_scribbles(samples, out, not no_visible_mark)
    print(f"Samples: {out / files[-1]}")
