"""A gallery of writers, and the search in it: `gallery build`, `add`, `info`, `remove`; `identify`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from forgery_kit.commands.options import Generated, OwnReference, command_line, judge_of

app = typer.Typer(help="A gallery of writers to search in.", no_args_is_help=True)
#: `identify` stands beside the verbs of a case.
search = typer.Typer()

Folder = Annotated[Path, typer.Argument(help="Folder of the gallery.")]
People = Annotated[Path, typer.Argument(help="Folder with a folder a writer, or CSV: writer, file.")]


@app.command("build")
def gallery_build(folder: Folder, people: People, allow_generated: Generated = False) -> None:
    """Make a gallery of writers; interrupted, `gallery add` goes on."""
    from forgery_kit.outputs import check_apart, check_folder
    from forgery_kit.terminal.progress import counted

    check_folder(folder)
    check_apart([folder], [people])
    with counted("Reading and embedding") as progress:
        from forgery_kit.gallery.people import build_gallery

        done = build_gallery(folder, people, allow_generated, progress)
    _say(done, folder)


@app.command("add")
def gallery_add(folder: Folder, people: People, allow_generated: Generated = False) -> None:
    """Add writers, or more ink of writers that are there; searches may go on meanwhile."""
    from forgery_kit.terminal.progress import counted

    with counted("Reading and embedding") as progress:
        from forgery_kit.gallery.people import add_people

        done = add_people(folder, people, allow_generated, progress)
    _say(done, folder)


@app.command("info")
def gallery_info(
    folder: Folder, writers: Annotated[bool, typer.Option("--writers", help="Name all writers.")] = False
) -> None:
    """What a gallery holds; every row is checked."""
    from forgery_kit.gallery.people import gallery_lines
    from forgery_kit.terminal.printed import printable

    for line in gallery_lines(folder, writers):
        print(printable(line))


@app.command("remove")
def gallery_remove(
    folder: Folder, writers: Annotated[list[str], typer.Argument(help="Names of writers, as they were added.")]
) -> None:
    """Take writers out; nothing of them is left in the gallery."""
    from forgery_kit.gallery.people import remove_people

    remove_people(folder, writers)
    print(f"removed     {len(set(writers))} from {folder}")


@search.command()
def identify(
    questioned: Annotated[list[str], typer.Argument(help="Questioned ink: files, or folders of ink files.")],
    gallery: Annotated[Path, typer.Option(help="Folder of the gallery (`gallery build`).")],
    k: Annotated[int, typer.Option("-k", help="How many writers to show.")] = 10,
    report: Annotated[Path | None, typer.Option(help="Write the PDF report here.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the result as JSON here.")] = None,
    case: Annotated[str, typer.Option(help="Case number for the report.")] = "",
    examiner: Annotated[str, typer.Option(help="Name of the examiner.")] = "",
    date: Annotated[str | None, typer.Option(help="Date of the report, YYYY-MM-DD; today if left out.")] = None,
    reference: OwnReference = None,
    allow_generated: Generated = False,
) -> None:
    """The writers of a gallery whose hands are most like the questioned one. A search is not a comparison."""
    from forgery_kit.outputs import check_outputs, check_report, write_file
    from forgery_kit.terminal.progress import waiting

    check_report(report)
    check_outputs([report, json_file], [*(Path(path) for path in questioned if path), gallery])
    with waiting("Searching"):
        from forgery_kit.gallery.identify import identify as run

        found = run(questioned, gallery, k, case, examiner, date, allow_generated, command_line(), judge_of(reference))
    from forgery_kit.terminal.identified import identification_lines
    from forgery_kit.terminal.printed import written
    from reports.saved import to_json

    # All is made before anything is written.
    files = {json_file: to_json(found).encode()} if json_file else {}
    if report:
        from reports.identification.document import identification_pdf

        files[report] = identification_pdf(found)
    for file, data in files.items():
        write_file(file, data)
    for line in (*identification_lines(found), *written([("report", report), ("JSON", json_file)])):
        print(line)


def _say(done: Any, folder: Path) -> None:
    """What was added, and an error where any writer was left out."""
    from datasets.errors import SomeRowsFailedError

    for error in done.wrong:
        print(f"error: {error}", file=sys.stderr)
    for note in done.notes:
        print(f"note        {note}")
    print(f"gallery     {folder}: {done.added} added, {done.extended} with more ink, {done.already} there already")
    if done.wrong:
        count = len(done.wrong)
        raise SomeRowsFailedError(
            str(folder),
            f"{count} writer{'s were' if count != 1 else ' was'} left out (above).",
            "Mend, then `gallery add`.",
        )
