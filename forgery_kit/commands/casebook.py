"""The record of what was done: `casebook list`, `show`, `verify`, `export`, `sign`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from forgery_kit.casebook.store import Casebook

app = typer.Typer(help="The record of what was done.", no_args_is_help=True)

Book = Annotated[
    str | None,
    typer.Option("--casebook", envvar="FORGERY_KIT_CASEBOOK", help="A SQLite file, or the URL of a database."),
]


@app.command("list")
def casebook_list(casebook: Book = None) -> None:
    """All entries, a line each."""
    from forgery_kit.casebook.shown import entry_line
    from forgery_kit.terminal.printed import printable

    for entry in _book(casebook).entries():
        print(printable(entry_line(entry)))


@app.command("show")
def casebook_show(
    number: Annotated[int, typer.Argument(help="Number of the entry.")],
    casebook: Book = None,
) -> None:
    """One entry, all of it."""
    from datasets.errors import ArgumentsError
    from forgery_kit.casebook.shown import entry_text

    book = _book(casebook)
    found = next(book.entries(number), None)
    if found is None or found.number != number:
        raise ArgumentsError(book.where, f"there is no entry {number}.", "`casebook list` shows them.")
    print(entry_text(found))


@app.command("verify")
def casebook_verify(
    exported: Annotated[Path | None, typer.Argument(help="A file that `casebook export` wrote, instead.")] = None,
    casebook: Book = None,
    head: Annotated[
        Path | None, typer.Option(help="A signed head that was kept; else the one beside the casebook's file.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Public key (PEM) of who must have signed the head.")] = None,
    authority: Annotated[
        Path | None, typer.Option(help="Certificates (PEM) that the head's time stamp has to lead to.")
    ] = None,
) -> None:
    """Whether every entry is as it was written; ends with exit code 8 where one was altered, removed or moved."""
    from datasets.errors import ArgumentsError, VerificationError
    from forgery_kit.casebook.export import Export
    from forgery_kit.casebook.head import read_head, read_public_key
    from forgery_kit.casebook.verify import verify

    book = Export(exported) if exported is not None else _book(casebook)
    beside = None if exported is not None else _beside(casebook)
    if head is None and beside is not None and beside.exists():
        head = beside
    if head is None and (key or authority):
        raise ArgumentsError("--head", "there is no signed head to look at.", "Name the file that was kept.")
    signed = None if head is None else read_head(head)
    found = verify(book, signed, None if key is None else read_public_key(key), authority)
    for line in found.lines:
        print(line)
    for fault in found.faults:
        print(f"fault       {fault}")
    if found.n_faults:
        count = f"{found.n_faults} fault{'s' * (found.n_faults != 1)}"
        raise VerificationError(book.where, f"{count} found: it is not as it was written.", "Keep it as it is.")


@app.command("export")
def casebook_export(
    out: Annotated[Path, typer.Option("-o", "--out", help="Write the entries here (JSON Lines).")],
    casebook: Book = None,
) -> None:
    """All entries as a file that others can check, with this program or without."""
    from forgery_kit.casebook.export import export

    head = export(_book(casebook, out), out)
    print(f"Entries: {head.number}, {out}")


@app.command("sign")
def casebook_sign(
    key: Annotated[Path, typer.Option(help="Ed25519 private key (PEM, without a password).")],
    casebook: Book = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Write the signed head here; else beside the casebook's file.")
    ] = None,
    timestamp: Annotated[
        str | None, typer.Option(help="Have the head time-stamped by the RFC 3161 authority at this URL.")
    ] = None,
) -> None:
    """Sign the last entry, and with it all before it; keep the file where nobody can change it."""
    from datasets.errors import ArgumentsError
    from forgery_kit.casebook.head import fingerprint, head_bytes, read_private_key
    from forgery_kit.casebook.signing import signed_head
    from forgery_kit.outputs import check_outputs, write_file

    book, beside = _book(casebook, out), _beside(casebook)
    out = out or beside
    if out is None:
        raise ArgumentsError("-o", "a database has no place beside it.", "Name a file for the signed head.")
    check_outputs([out], [key])
    made = signed_head(book, read_private_key(key), out if out.exists() else None, timestamp)
    write_file(out, head_bytes(made))
    print(f"signed      entries 1 to {made.head.number}, key {fingerprint(made.public_key)}")
    print(f"head        {out}")


def _book(casebook: str | None, out: Path | None = None) -> Casebook:
    """The casebook to read. Raises ArgumentsError where an output would replace it."""
    from datasets.errors import ArgumentsError
    from forgery_kit.casebook.store import casebook_file, read_casebook
    from forgery_kit.outputs import check_apart

    if casebook is None:
        raise ArgumentsError("--casebook", "no casebook is named.", "Name one here or in FORGERY_KIT_CASEBOOK.")
    file = casebook_file(casebook)
    if file is not None and out is not None:
        check_apart([out], [file])
    return read_casebook(casebook)


def _beside(casebook: str | None) -> Path | None:
    """Where the signed head of a casebook lies unless a place is named; None for a database."""
    from forgery_kit.casebook.store import casebook_file

    file: Any = None if casebook is None else casebook_file(casebook)
    return None if file is None else file.with_name(f"{file.name}.head.json")
