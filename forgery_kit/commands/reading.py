"""What ink says, and its letters: `read`, `letters`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forgery_kit.commands.options import Generated, OwnReference, SameSitting, command_line, judge_of
from forgery_kit.terminal.command import KnownTogether

app = typer.Typer()


@app.command()
def read(
    files: Annotated[list[str], typer.Argument(help="Ink to read: files, or folders of ink files.")],
    text: Annotated[
        str | None, typer.Option(help="What the ink says, where you know it: its letters are looked for.")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write lines and letters as JSON here.")] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Draw the ink and its letters here (SVG).")] = None,
) -> None:
    """What is written, line by line, with how sure it is; doubtful letters are marked."""
    from forgery_kit.outputs import check_outputs, write_file

    check_outputs([json_file, out], [Path(path) for path in files if path])
    from forgery_kit.reading.pictures import reading_svg
    from forgery_kit.reading.read import read as run
    from forgery_kit.reading.read import to_json
    from forgery_kit.terminal.printed import written
    from forgery_kit.terminal.progress import counted
    from forgery_kit.terminal.readings import reading_lines

    with counted("Reading") as progress:
        found = run(files, text, progress)
    if json_file:
        write_file(json_file, to_json(found, command_line()).encode())
    if out:
        write_file(out, reading_svg(found).encode())
    for line in (*reading_lines(found), *written([("letters", out), ("JSON", json_file)])):
        print(line)


@app.command(cls=KnownTogether)
def letters(
    questioned: Annotated[list[str], typer.Argument(help="Questioned ink: files, or folders of ink files.")],
    known: Annotated[list[str], typer.Option("--known", help="Known ink: all files and folders that follow.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Draw the letter chart here (.pdf or .svg).")],
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the chart as JSON here.")] = None,
    same_sitting: SameSitting = False,
    reference: OwnReference = None,
    allow_generated: Generated = False,
) -> None:
    """Letter by letter: questioned above known, what each letter says, and how common its form is."""
    from datasets.errors import ArgumentsError
    from forgery_kit.outputs import check_outputs
    from forgery_kit.terminal.progress import waiting

    if out.suffix.lower() not in (".pdf", ".svg"):
        raise ArgumentsError(str(out), "a chart is a PDF or an SVG.", "Give it a name that ends in .pdf or .svg.")
    check_outputs([out, json_file], [Path(path) for path in (*questioned, *known) if path])
    with waiting("Reading and comparing"):
        from forgery_kit.examination.letters import letters as run

        found = run(questioned, known, allow_generated, command_line(), judge_of(reference), same_sitting)
    from forgery_kit.terminal.letters import write_letters

    write_letters(found, out, json_file)
