"""Options that several commands share, and what they all do before and after."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forgery_kit.casebook.passwords import without_password
from forgery_kit.commands.recording import finding_works, recorded

if TYPE_CHECKING:
    from forgery_kit.casebook.store import Casebook

Generated = Annotated[bool, typer.Option("--allow-generated", help="Accept ink that says it was made by a program.")]
OwnReference = Annotated[
    Path | None,
    typer.Option("--reference", envvar="FORGERY_KIT_REFERENCE", help="A laboratory's own (`reference build`)."),
]
Simulate = Annotated[
    int,
    typer.Option("--simulate", help="Imitate the known writer so many times: what could a forger do, H1 against H3."),
]
WithoutInk = Annotated[
    bool, typer.Option("--without-ink", help="Leave the exhibits' ink out of the report, for confidentiality.")
]
Sign = Annotated[
    Path | None,
    typer.Option(
        "--sign", help="Sign the report with this PKCS#12 file; FORGERY_KIT_PASSPHRASE opens it, or you are asked."
    ),
]
Timestamp = Annotated[str, typer.Option("--timestamp", help="Address of a time stamp authority (RFC 3161).")]
SameSitting = Annotated[
    bool,
    typer.Option("--same-sitting", help="Both sides are known to come from one sitting; else other occasions hold."),
]
Workers = Annotated[int, typer.Option("--workers", help="Processes that share the work; each takes one core.")]
Cluster = Annotated[
    str | None,
    typer.Option("--cluster", help="tcp://HOST:PORT of a Dask scheduler whose workers run this program."),
]


def judge_of(reference: Path | None) -> Any:
    """The judge of a laboratory's reference; None for the one that ships."""
    if reference is None:
        return None
    from forgery_kit.laboratory.reference import laboratory_judge

    return laboratory_judge(reference)


def signer_of(certificate: Path | None, timestamp: str) -> Any:
    """What signs a report, loaded before any work is done; None where nothing does."""
    from datasets.errors import ArgumentsError

    if certificate is None:
        if timestamp:
            raise ArgumentsError("--timestamp", "a time stamp is of a signature.", "Give --sign with it.")
        return None
    from forgery_kit.verification.signing import PASSPHRASE, load_signer

    passphrase = os.environ.get(PASSPHRASE)
    if passphrase is None:
        if not sys.stdin.isatty():
            raise ArgumentsError("--sign", "there is no terminal to ask for the passphrase.", f"Set {PASSPHRASE}.")
        passphrase = typer.prompt(f"Passphrase of {certificate.name}", hide_input=True, default="", show_default=False)
    return load_signer(certificate, passphrase, timestamp)


def maybe_signed(pdf: bytes, signer: Any) -> bytes:
    """The report, signed where ``signer`` is one."""
    if signer is None:
        return pdf
    from forgery_kit.verification.signing import signed

    return signed(pdf, signer)


#: Options that say who does the work.
WHO = ("--workers", "--cluster")


def check_files(folder: Path, *names: str) -> None:
    """Refuse a folder for outputs, or files in it, that cannot be written, before any work is done."""
    from forgery_kit.outputs import check_folder, check_outputs

    check_folder(folder)
    if folder.is_dir():
        check_outputs([folder / name for name in names])


def rows_failed(count: int) -> str:
    return f"{count} row{'s' * (count != 1)} failed;"


def command_line() -> str:
    """The command as it was given, without passwords of databases: results and records show it."""
    return "python cli.py " + shlex.join(map(without_password, sys.argv[1:]))


def command_line_of_batch() -> str:
    """The command without who did the work, which changes nothing in what is made."""
    words, told = iter(sys.argv[1:]), []
    for word in words:
        if word in WHO:
            next(words, None)
        elif word.partition("=")[0] not in WHO:
            told.append(without_password(word))
    return "python cli.py " + shlex.join(told)


def write_and_say(
    finding: Any,
    pdf: Path | None,
    json_file: Path | None,
    exhibits: Sequence[str],
    without_ink: bool = False,
    signer: Any = None,
    book: Casebook | None = None,
) -> None:
    """Record a comparison, write the files that were asked for, and print it. ``exhibits`` : files of both sides."""
    from forgery_kit.outputs import write_file
    from forgery_kit.terminal.printed import comparison_lines, written
    from reports.saved import to_json

    # All is made before anything is written.
    files = {json_file: to_json(finding).encode()} if json_file else {}
    no_ink = ""
    if pdf:
        from forgery_kit.verification.report import report_of

        drawn, no_ink = report_of(finding, exhibits, without_ink)
        files[pdf] = maybe_signed(drawn, signer)
    with recorded(book, finding_works(book, "comparison", finding)):
        for file, data in files.items():
            write_file(file, data)
        for line in (*comparison_lines(finding), *written([("report", pdf), ("JSON", json_file)])):
            print(line)
        say_no_ink(no_ink)


def say_no_ink(reason: str) -> None:
    """Print why a report does not carry its ink; nothing where it does."""
    if reason:
        from forgery_kit.terminal.printed import printable

        print(printable(f"{'ink':11} not in the report: {reason}"))
