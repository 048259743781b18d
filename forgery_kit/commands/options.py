"""Options that several commands share, and what they all do before and after."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

Generated = Annotated[bool, typer.Option("--allow-generated", help="Accept ink that says it was made by a program.")]
OwnReference = Annotated[
    Path | None,
    typer.Option("--reference", envvar="FORGERY_KIT_REFERENCE", help="A laboratory's own (`reference build`)."),
]
Simulate = Annotated[
    int,
    typer.Option("--simulate", help="Imitate the known writer so many times: what could a forger do, H1 against H3."),
]
SameSitting = Annotated[
    bool,
    typer.Option("--same-sitting", help="Both sides are known to come from one sitting; else other occasions hold."),
]


def judge_of(reference: Path | None) -> Any:
    """The judge of a laboratory's reference; None for the one that ships."""
    if reference is None:
        return None
    from forgery_kit.laboratory.reference import laboratory_judge

    return laboratory_judge(reference)


def check_files(folder: Path, *names: str) -> None:
    """Refuse a folder for outputs, or files in it, that cannot be written, before any work is done."""
    from forgery_kit.outputs import check_folder, check_outputs

    check_folder(folder)
    if folder.is_dir():
        check_outputs([folder / name for name in names])


def rows_failed(count: int) -> str:
    return f"{count} row{'s' * (count != 1)} failed;"


def command_line() -> str:
    return "python cli.py " + shlex.join(sys.argv[1:])


def write_and_say(finding: Any, pdf: Path | None, json_file: Path | None) -> None:
    """Write the files of a comparison that were asked for, and print it."""
    from forgery_kit.outputs import write_file
    from forgery_kit.terminal.printed import comparison_lines, written
    from reports.saved import to_json

    # All is made before anything is written.
    files = {json_file: to_json(finding).encode()} if json_file else {}
    if pdf:
        from reports.comparison import comparison_pdf

        files[pdf] = comparison_pdf(finding)
    for file, data in files.items():
        write_file(file, data)
    for line in (*comparison_lines(finding), *written([("report", pdf), ("JSON", json_file)])):
        print(line)
