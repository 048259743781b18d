"""Ink that is made: `imitate`, `document`, `edit`, `styles`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from forgery_kit.commands.options import check_files, command_line
from forgery_kit.commands.recording import OwnCasebook, casebook_of, record_files
from forgery_kit.terminal.command import KnownTogether

app = typer.Typer()


@app.command(cls=KnownTogether)
def imitate(
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the samples.")],
    text: Annotated[str | None, typer.Option(help="What to write; long text becomes several lines.")] = None,
    text_random: Annotated[
        int | None, typer.Option(help="So many lines of text that nobody chose, instead of --text.")
    ] = None,
    style: Annotated[str | None, typer.Option(help="A named style (`styles` lists them).")] = None,
    known: Annotated[
        list[str] | None, typer.Option("--known", help="Known ink to imitate: all files that follow.")
    ] = None,
    known_text: Annotated[
        str | None, typer.Option(help="What the known ink says; else what its file says, or what is read in it.")
    ] = None,
    method: Annotated[
        Literal["prime", "retrain"],
        typer.Option(help="prime: show the generator known ink; retrain: let its top layer learn it before that."),
    ] = "prime",
    save_style: Annotated[
        str | None, typer.Option(help="Keep the hand of the known ink under this name, for `--style`.")
    ] = None,
    n: Annotated[int, typer.Option("-n", help="How many samples.")] = 5,
    bias: Annotated[float, typer.Option(help="0 writes freely; more is neater and more alike.")] = 0.5,
    steps: Annotated[str, typer.Option(help="Points of a line at most, or auto: as many as its text takes.")] = "auto",
    seed: Annotated[int, typer.Option(help="The same seed gives the same samples.")] = 7,
    debug: Annotated[bool, typer.Option("--debug", help="Draw what the generator saw and expected, too.")] = False,
    no_visible_mark: Annotated[
        bool, typer.Option("--no-visible-mark", help="Leave out the line that says that the ink is generated.")
    ] = False,
    casebook: OwnCasebook = None,
) -> None:
    """Write a text in a given hand, to see what a forger could do; every file says that it is generated."""
    from datasets.errors import ArgumentsError

    if steps != "auto" and not steps.isdecimal():
        raise ArgumentsError("--steps", f"{steps!r} is no number of points.", "Give a whole number, or auto.")
    check_files(out)
    from forgery_kit.imitation.files import checked_names, write_imitations
    from forgery_kit.imitation.imitate import imitate as run
    from forgery_kit.imitation.known_hand import LEAST_GAIN
    from forgery_kit.imitation.random_text import text_or_random
    from forgery_kit.tables.work import one_thread
    from forgery_kit.terminal.printed import imitation_lines, seldom_lines
    from forgery_kit.terminal.progress import counted

    one_thread(os.cpu_count() or 1)
    text, drawn = text_or_random(text, text_random, seed)
    files = checked_names(out, text, n, debug, known or [])
    points = None if steps == "auto" else int(steps)
    book = casebook_of(casebook, [out / name for name in files], known or [])
    if drawn:
        print("\n".join(f"{'' if i else 'text':9} {line}" for i, line in enumerate(text.splitlines())), flush=True)
    for line in seldom_lines(text):
        print(line, flush=True)
    with counted("Learning, writing" if method == "retrain" else "Writing") as progress:
        samples = run(
            text,
            style,
            known or [],
            known_text,
            n,
            bias,
            points,
            seed,
            debug,
            command=command_line(),
            progress=progress,
            method=method,
            save_as=save_style,
            random_text=drawn,
        )
    out.mkdir(parents=True, exist_ok=True)
    write_imitations(samples, out, not no_visible_mark, debug)
    for line in imitation_lines([made.record for made in samples], LEAST_GAIN, points is None):
        print(line)
    if save_style:
        print(f"Style:   {save_style} (`imitate --style {save_style}`)")
    print(f"Samples: {out / files[-1]}")
    record_files(book, "imitation", [out / f"sample-{made.record.number}.json" for made in samples])


@app.command(cls=KnownTogether)
def document(
    text: Annotated[Path, typer.Argument(help="UTF-8 text to write; an empty line parts paragraphs.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the pages.")],
    style: Annotated[str | None, typer.Option(help="A named style (`styles` lists them).")] = None,
    known: Annotated[
        list[str] | None, typer.Option("--known", help="Known ink to imitate: all files that follow.")
    ] = None,
    known_text: Annotated[
        str | None, typer.Option(help="What the known ink says; else what its file says, or what is read in it.")
    ] = None,
    page: Annotated[str, typer.Option(help="A4, A5 or Letter.")] = "A4",
    margin: Annotated[str, typer.Option(help="White on all four sides, e.g. 20mm.")] = "20mm",
    bias: Annotated[float, typer.Option(help="0 writes freely; more is neater and more alike.")] = 0.5,
    seed: Annotated[int, typer.Option(help="The same seed gives the same pages.")] = 7,
    casebook: OwnCasebook = None,
) -> None:
    """Write a long text on pages in a given hand, as PDF, SVG and InkML; every file says that it is generated."""
    from forgery_kit.imitation.document import document as run
    from forgery_kit.imitation.document import margin_mm, page_size, paragraphs
    from forgery_kit.imitation.document_files import PDF, RECORD, text_of, write_document
    from forgery_kit.outputs import check_apart
    from forgery_kit.tables.work import one_thread
    from forgery_kit.terminal.progress import counted

    check_files(out, PDF, RECORD)
    check_apart([out / PDF, out / RECORD], [text, *(Path(path) for path in known or [] if path)])
    said = text_of(text)
    paragraphs(said)
    wide = margin_mm(margin)
    page_size(page, wide)
    book = casebook_of(casebook, [out / PDF, out / RECORD], [text, *(known or [])])
    one_thread(os.cpu_count() or 1)
    with counted("Writing") as progress:
        made = run(said, style, known or [], known_text, page, wide, bias, seed, command_line(), progress)
    out.mkdir(parents=True, exist_ok=True)
    write_document(made, out)
    if made.record.missing:
        print(f"warning: not written: {' '.join(made.record.missing)}; try another --seed")
    print(f"Pages: {len(made.pages)}, {out / PDF}")
    record_files(book, "document", [out / RECORD])


@app.command()
def edit(
    ink: Annotated[Path, typer.Argument(help="Ink to change: a file with one recording.")],
    text: Annotated[str, typer.Option(help="What it says, all of it.")],
    to: Annotated[str, typer.Option(help="What it shall say.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the edited ink.")],
    bias: Annotated[float, typer.Option(help="0 writes freely; more is neater and more alike.")] = 0.5,
    seed: Annotated[int, typer.Option(help="The same seed gives the same ink.")] = 7,
    colour: Annotated[bool, typer.Option("--colour", help="Show what is new in orange in the picture.")] = False,
    casebook: OwnCasebook = None,
) -> None:
    """Change words of a recording, drawn anew in its own hand; the new strokes say that they are generated."""
    from forgery_kit.imitation.edit import edit as run
    from forgery_kit.imitation.edit_files import INKML, RECORD, SVG, write_edit
    from forgery_kit.outputs import check_apart
    from forgery_kit.tables.work import one_thread
    from forgery_kit.terminal.progress import waiting

    check_files(out, INKML, SVG, RECORD)
    check_apart([out / name for name in (INKML, SVG, RECORD)], [ink])
    book = casebook_of(casebook, [out / name for name in (INKML, SVG, RECORD)], [ink])
    one_thread(os.cpu_count() or 1)
    with waiting("Reading and writing"):
        made = run(ink, text, to, bias, seed, command_line())
    out.mkdir(parents=True, exist_ok=True)
    write_edit(made, out, colour)
    print(f"new: {' '.join(made.record.new_words) or 'nothing'}")
    print(f"Edited: {out / INKML}")
    record_files(book, "edit", [out / RECORD])


@app.command()
def styles() -> None:
    """The named styles that `imitate --style` knows."""
    from forgery_kit.imitation.saved_styles import described
    from forgery_kit.terminal.printed import printable
    from gan.writing.styles import load_styles

    for name, prime in load_styles().items():
        print(f"{name:12} made by the generator itself; primed with {prime.text!r}")
    for name, found in described():
        print(printable(f"{name:12} {found}"))
