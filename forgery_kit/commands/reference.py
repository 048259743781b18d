"""A laboratory's own reference people: `reference build`, `info`, `check`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="A laboratory's own reference people.", no_args_is_help=True)


@app.command("build")
def reference_build(
    people: Annotated[Path, typer.Argument(help="Folder with a folder a writer, or CSV: writer, file[, sitting].")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Write the reference here (.safetensors).")],
    name: Annotated[str, typer.Option(help="What reports call it; else the file's name.")] = "",
) -> None:
    """Build a reference of a laboratory's own writers, at least ten, and say what it supports."""
    from forgery_kit.laboratory.commands import build_file
    from forgery_kit.laboratory.people import read_people
    from forgery_kit.outputs import check_outputs
    from forgery_kit.terminal.progress import counted, waiting

    check_outputs([out], [people])
    with counted("Reading") as progress:
        read, wrong = read_people(people, progress)
    for error in wrong:
        print(f"error: {error}", file=sys.stderr)
    with waiting("Embedding and calibrating (minutes)"):
        lines = build_file(people, read, wrong, out, name.strip() or out.stem)
    print("\n".join(lines))


@app.command("info")
def reference_info(file: Annotated[Path, typer.Argument(help="What `reference build` wrote.")]) -> None:
    """What a laboratory's reference holds and supports."""
    from forgery_kit.laboratory.reference import load_laboratory
    from forgery_kit.laboratory.told import reference_lines

    print("\n".join(reference_lines(load_laboratory(file))))


@app.command("check")
def reference_check(file: Annotated[Path, typer.Argument(help="What `reference build` wrote.")]) -> None:
    """Whether a reference is whole and fits this program; ends with an error where it is not, or is doubtful."""
    from datasets.errors import VerificationError
    from forgery_kit.laboratory.reference import load_laboratory

    made = load_laboratory(file)
    for doubt in made.doubts:
        print(f"doubt       {doubt}")
    if made.doubts:
        count = len(made.doubts)
        raise VerificationError(str(file), f"{count} doubt{'s' * (count != 1)} stand in it.", "Mend it, or use it so.")
    print(f"{file}: whole, made with these weights and this reference; SHA-256 {made.reference.sha256}")
