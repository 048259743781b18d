#!/usr/bin/env python3
"""The command line of forgery_kit:  python cli.py --help

Nothing heavy is imported before a command needs it. This is the one place that turns errors into exit codes.
"""

from __future__ import annotations

import io
import os
import shlex
import signal
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer

#: Exit code of an interrupted run.
INTERRUPTED = 130
ROOT = Path(__file__).resolve().parent
# Another package is called `datasets` too; a checkout's own folder comes first.
sys.path.insert(0, str(ROOT))

from forgery_kit.terminal.command import KnownTogether  # noqa: E402

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
data_app = typer.Typer(help="Corpora: what they hold, and their cache.", no_args_is_help=True)
reference_app = typer.Typer(help="A laboratory's own reference people.", no_args_is_help=True)
train_app = typer.Typer(help="Train a network again.", no_args_is_help=True)
app.add_typer(data_app, name="data")
app.add_typer(reference_app, name="reference")
app.add_typer(train_app, name="train")
#: A command that leaves its options to the module that it runs.
PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}

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


def _version(asked: bool) -> None:
    if asked:
        from forgery_kit.identity import version_lines

        print("\n".join(version_lines()))
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Version, and hashes of the shipped files."),
    ] = False,
) -> None:
    """Compare handwriting: a calibrated likelihood ratio and a report."""


@app.command(cls=KnownTogether)
def compare(
    # As text, since an empty path would stand for the current folder.
    questioned: Annotated[list[str], typer.Argument(help="Questioned ink: files, or folders of ink files.")],
    known: Annotated[list[str], typer.Option("--known", help="Known ink: all files and folders that follow.")],
    report: Annotated[Path | None, typer.Option(help="Write the PDF report here.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the result as JSON here.")] = None,
    case: Annotated[str, typer.Option(help="Case number for the report.")] = "",
    examiner: Annotated[str, typer.Option(help="Name of the examiner.")] = "",
    date: Annotated[str | None, typer.Option(help="Date of the report, YYYY-MM-DD; today if left out.")] = None,
    notes: Annotated[str, typer.Option(help="What the examiner was told, who vouches for the known items.")] = "",
    mandate: Annotated[str, typer.Option(help="Who asked for the comparison, what was asked, and when.")] = "",
    custody: Annotated[str, typer.Option(help="How and when the items were received, and who has held them.")] = "",
    questioned_text: Annotated[
        str | None, typer.Option(help="What the questioned ink says, where you know it, in the order of the files.")
    ] = None,
    known_text: Annotated[str | None, typer.Option(help="What the known ink says, where you know it.")] = None,
    simulate: Simulate = 0,
    same_sitting: SameSitting = False,
    reference: OwnReference = None,
    allow_generated: Generated = False,
) -> None:
    """Compare questioned with known handwriting: log10 LR with its interval and words.

    Questioned files come first, then --known and all known files: compare Q1 Q2 --known K1 K2. Or with -- between:
    compare --known K*.inkml -- Q1.
    """
    from forgery_kit.outputs import check_outputs, check_report
    from forgery_kit.terminal.progress import at_work

    check_report(report)
    check_outputs([report, json_file], [Path(path) for path in (*questioned, *known) if path])
    with at_work("Comparing", "Imitating" if simulate else "") as progress:
        from forgery_kit.examination.comparison import compare as run

        finding = run(
            questioned,
            known,
            case=case,
            examiner=examiner,
            date=date,
            allow_generated=allow_generated,
            command=_command(),
            notes=notes,
            mandate=mandate,
            custody=custody,
            questioned_text=questioned_text,
            known_text=known_text,
            same_sitting=same_sitting,
            simulate=simulate,
            progress=progress,
            judge=_judge(reference),
        )
    _write_and_say(finding, report, json_file)


@app.command()
def score(
    pairs: Annotated[
        Path,
        typer.Argument(help="CSV with the columns questioned, known[, questioned_text, known_text, same_sitting]."),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Write the scores here (CSV).")],
    same_sitting: SameSitting = False,
    reference: OwnReference = None,
    allow_generated: Generated = False,
) -> None:
    """Score a table of pairs; each file is read and embedded once."""
    from datasets.errors import SomeRowsFailedError
    from forgery_kit.tables.batches import score_table
    from forgery_kit.terminal.progress import counted

    with counted("Reading and embedding") as progress:
        failed = score_table(pairs, out, allow_generated, progress, same_sitting, _judge(reference))
    print(f"Scores: {out}")
    if failed:
        raise SomeRowsFailedError(str(out), _rows_failed(failed), "the column `error` says why.")


@app.command()
def batch(
    manifest: Annotated[
        Path,
        typer.Argument(
            help="CSV with the columns case, questioned, known[, examiner, notes, mandate, custody, questioned_text, "
            "known_text, same_sitting]."
        ),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for reports, JSON files and summary.csv.")],
    simulate: Simulate = 0,
    same_sitting: SameSitting = False,
    reference: OwnReference = None,
    allow_generated: Generated = False,
) -> None:
    """One report per row of a manifest; started again after an interruption, it goes on."""
    from datasets.errors import SomeRowsFailedError
    from forgery_kit.tables.batches import run_batch
    from forgery_kit.terminal.progress import counted

    with counted("Reports") as progress:
        failed = run_batch(
            manifest, out, allow_generated, progress, _command(), same_sitting, simulate, _judge(reference)
        )
    print(f"Summary: {out / 'summary.csv'}")
    if failed:
        raise SomeRowsFailedError(str(out / "summary.csv"), _rows_failed(failed), "the column `error` says why.")


@app.command()
def report(
    result: Annotated[Path, typer.Argument(help="JSON that `compare --json` wrote.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Write the PDF here.")],
) -> None:
    """Draw a saved comparison again, without any model."""
    from forgery_kit.examination.saved import load_comparison
    from forgery_kit.outputs import check_outputs, check_report, write_file
    from reports.comparison import comparison_pdf

    check_report(out)
    check_outputs([out], [result])
    write_file(out, comparison_pdf(load_comparison(result)))
    print(f"Report: {out}")


@app.command()
def replay(
    result: Annotated[Path, typer.Argument(help="JSON that `compare --json` wrote.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Write the page here (.html).")],
) -> None:
    """Both sides written again, stroke by stroke, as a page that opens from disk; no model is needed."""
    from datasets.errors import ArgumentsError
    from forgery_kit.outputs import check_outputs, write_file

    if out.suffix.lower() != ".html":
        raise ArgumentsError(str(out), "a replay is a page of HTML.", "Give it a name that ends in .html.")
    check_outputs([out], [result])
    from forgery_kit.examination.replay import replay as run

    write_file(out, run(result).encode())
    print(f"Replay: {out}")


@app.command()
def evaluate(
    path: Annotated[Path, typer.Argument(help="Folder of the corpus.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for validation.json, plots and the PDF.")],
    corpus: Annotated[str, typer.Option(help="Name of the corpus: iam-ondb or unipen.")] = "iam-ondb",
) -> None:
    """Run the validation protocol on the test writers of a corpus."""
    from datasets.errors import ArgumentsError
    from forgery_kit.terminal.progress import counted

    if corpus not in ("iam-ondb", "unipen"):
        raise ArgumentsError("--corpus", f"{corpus!r} is not known.", "Use iam-ondb or unipen.")
    _check_files(out, "validation.json", "validation.pdf")
    from forgery_kit.validation.protocols import PROTOCOLS, write_validation

    with counted("Embedding") as progress:
        validation = PROTOCOLS[corpus](path, progress, _command())
    write_validation(validation, out)
    print(f"Validation: {out / 'validation.pdf'}")


@app.command(cls=KnownTogether)
def imitate(
    text: Annotated[str, typer.Option(help="What to write; long text becomes several lines.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the samples.")],
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
) -> None:
    """Write a text in a given hand, to see what a forger could do; every file says that it is generated."""
    from datasets.errors import ArgumentsError

    if steps != "auto" and not steps.isdecimal():
        raise ArgumentsError("--steps", f"{steps!r} is no number of points.", "Give a whole number, or auto.")
    _check_files(out)
    from forgery_kit.imitation.files import checked_names, write_imitations
    from forgery_kit.imitation.imitate import imitate as run
    from forgery_kit.imitation.known_hand import LEAST_GAIN
    from forgery_kit.terminal.printed import imitation_lines, seldom_lines
    from forgery_kit.terminal.progress import counted

    files = checked_names(out, text, n, debug, known or [])
    points = None if steps == "auto" else int(steps)
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
            command=_command(),
            progress=progress,
            method=method,
            save_as=save_style,
        )
    out.mkdir(parents=True, exist_ok=True)
    write_imitations(samples, out, not no_visible_mark, debug)
    for line in imitation_lines([made.record for made in samples], LEAST_GAIN, points is None):
        print(line)
    if save_style:
        print(f"Style:   {save_style} (`imitate --style {save_style}`)")
    print(f"Samples: {out / files[-1]}")


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
) -> None:
    """Write a long text on pages in a given hand, as PDF, SVG and InkML; every file says that it is generated."""
    from forgery_kit.imitation.document import document as run
    from forgery_kit.imitation.document import margin_mm, page_size, paragraphs
    from forgery_kit.imitation.document_files import PDF, RECORD, text_of, write_document
    from forgery_kit.outputs import check_apart
    from forgery_kit.terminal.progress import counted

    _check_files(out, PDF, RECORD)
    check_apart([out / PDF, out / RECORD], [text, *(Path(path) for path in known or [] if path)])
    said = text_of(text)
    paragraphs(said)
    wide = margin_mm(margin)
    page_size(page, wide)
    with counted("Writing") as progress:
        made = run(said, style, known or [], known_text, page, wide, bias, seed, _command(), progress)
    out.mkdir(parents=True, exist_ok=True)
    write_document(made, out)
    if made.record.missing:
        print(f"warning: not written: {' '.join(made.record.missing)}; try another --seed")
    print(f"Pages: {len(made.pages)}, {out / PDF}")


@app.command()
def edit(
    ink: Annotated[Path, typer.Argument(help="Ink to change: a file with one recording.")],
    text: Annotated[str, typer.Option(help="What it says, all of it.")],
    to: Annotated[str, typer.Option(help="What it shall say.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the edited ink.")],
    bias: Annotated[float, typer.Option(help="0 writes freely; more is neater and more alike.")] = 0.5,
    seed: Annotated[int, typer.Option(help="The same seed gives the same ink.")] = 7,
    colour: Annotated[bool, typer.Option("--colour", help="Show what is new in orange in the picture.")] = False,
) -> None:
    """Change words of a recording, drawn anew in its own hand; the new strokes say that they are generated."""
    from forgery_kit.imitation.edit import edit as run
    from forgery_kit.imitation.edit_files import INKML, RECORD, SVG, write_edit
    from forgery_kit.outputs import check_apart
    from forgery_kit.terminal.progress import waiting

    _check_files(out, INKML, SVG, RECORD)
    check_apart([out / name for name in (INKML, SVG, RECORD)], [ink])
    with waiting("Reading and writing"):
        made = run(ink, text, to, bias, seed, _command())
    out.mkdir(parents=True, exist_ok=True)
    write_edit(made, out, colour)
    print(f"new: {' '.join(made.record.new_words) or 'nothing'}")
    print(f"Edited: {out / INKML}")


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
        write_file(json_file, to_json(found, _command()).encode())
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

        found = run(questioned, known, allow_generated, _command(), _judge(reference), same_sitting)
    from forgery_kit.terminal.letters import write_letters

    write_letters(found, out, json_file)


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


@app.command()
def demo(
    iam: Annotated[Path | None, typer.Option(help="Folder of IAM-OnDB: compare two real forms instead.")] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the report.")] = Path("out"),
) -> None:
    """Compare the bundled exhibits (made by code), or two forms of IAM-OnDB, and write the report."""
    _check_files(out, "demo.json", "demo.pdf")
    from forgery_kit.examination.comparison import compare as run
    from forgery_kit.examination.demo import bundled, real_forms

    out.mkdir(parents=True, exist_ok=True)
    sides = bundled() if iam is None else real_forms(iam, out)
    finding = run(*sides, case="DEMO", examiner="nobody", allow_generated=iam is None, command=_command())
    _write_and_say(finding, out / "demo.pdf", out / "demo.json")


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen at; any but this machine's own needs --token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen at.")] = 8000,
    data: Annotated[Path | None, typer.Option(help="Folder for what users save; without it nothing is kept.")] = None,
    token: Annotated[
        str | None,
        typer.Option(envvar="FORGERY_KIT_TOKEN", help="What every request must know, 16 characters or more."),
    ] = None,
) -> None:
    """The page and the API, in front of the same verbs."""
    from web.settings import checked

    settings = checked(host, port, data, token)
    from web.app import serve as run

    print(f"http://{'[' + host + ']' if ':' in host else host}:{port}/  (Ctrl-C ends it)", flush=True)
    run(settings)


@data_app.command("info")
def data_info(
    corpus: Annotated[str, typer.Argument(help="Name of the corpus, e.g. iam-ondb.")],
    path: Annotated[Path, typer.Argument(help="Folder of the corpus.")],
) -> None:
    """What a corpus holds and what is wrong with it."""
    from datasets.corpora.catalogue import open_corpus

    for name, count in open_corpus(corpus, path).info().items():
        print(f"{name}: {count}")


@data_app.command("cache")
def data_cache(
    path: Annotated[Path, typer.Argument(help="Folder that holds iam-ondb/, unipen/ and, where there, more-writers/.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the cache.")],
) -> None:
    """Parse the corpora once and pack them for training and evaluation."""
    from datasets.corpora.catalogue import pack

    _check_files(out)
    for corpus, count in pack(path, out):
        print(f"{corpus}: " + ("not here" if count is None else f"{count} samples in {out}"), flush=True)


@train_app.command("generator", context_settings=PASSED_ON, add_help_option=False)
def train_generator(context: typer.Context) -> None:
    """Train the generator; options as in `python -m gan.training.generator --help`."""
    from gan.training.generator import main as run

    run(context.args)


@train_app.command("discriminator", context_settings=PASSED_ON, add_help_option=False)
def train_discriminator(context: typer.Context) -> None:
    """Train the style head; options as in `python -m gan.training.discriminator --help`."""
    from gan.training.discriminator import main as run

    run(context.args)


@reference_app.command("build")
def reference_build(
    people: Annotated[Path, typer.Argument(help="Folder with a folder a writer, or CSV: writer, file[, sitting].")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Write the reference here (.safetensors).")],
    name: Annotated[str, typer.Option(help="What reports call it; else the file's name.")] = "",
) -> None:
    """Build a reference of a laboratory's own writers, at least ten, and say what it supports."""
    from forgery_kit.laboratory.commands import build_file
    from forgery_kit.outputs import check_outputs
    from forgery_kit.terminal.progress import counted, waiting

    check_outputs([out], [people])
    with counted("Reading") as progress:
        read, wrong = _people(people, progress)
    for error in wrong:
        print(f"error: {error}", file=sys.stderr)
    with waiting("Embedding and calibrating (minutes)"):
        lines = build_file(people, read, wrong, out, name.strip() or out.stem)
    print("\n".join(lines))


@reference_app.command("info")
def reference_info(file: Annotated[Path, typer.Argument(help="What `reference build` wrote.")]) -> None:
    """What a laboratory's reference holds and supports."""
    from forgery_kit.laboratory.reference import load_laboratory
    from forgery_kit.laboratory.told import reference_lines

    print("\n".join(reference_lines(load_laboratory(file))))


@reference_app.command("check")
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


def _people(people: Path, progress: Any) -> Any:
    from forgery_kit.laboratory.people import read_people

    return read_people(people, progress)


def _judge(reference: Path | None) -> Any:
    """The judge of a laboratory's reference; None for the one that ships."""
    if reference is None:
        return None
    from forgery_kit.laboratory.reference import laboratory_judge

    return laboratory_judge(reference)


def _check_files(folder: Path, *names: str) -> None:
    """Refuse a folder for outputs, or files in it, that cannot be written, before any work is done."""
    from forgery_kit.outputs import check_folder, check_outputs

    check_folder(folder)
    if folder.is_dir():
        check_outputs([folder / name for name in names])


def _rows_failed(count: int) -> str:
    return f"{count} row{'s' * (count != 1)} failed;"


def _command() -> str:
    return "python cli.py " + shlex.join(sys.argv[1:])


def _write_and_say(finding: Any, pdf: Path | None, json_file: Path | None) -> None:
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


def _terminated(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _interrupted() -> int:
    """What is said of an interruption: only these commands keep what they have done so far."""
    goes_on = sys.argv[1:2] in (["batch"], ["train"])
    print("interrupted" + ("; started again, it goes on" if goes_on else ""), file=sys.stderr)
    return INTERRUPTED


def main() -> int:
    """Run a command; returns the exit code (DESIGN: exit codes)."""
    from datasets.errors import ForgeryKitError

    # A path may hold bytes that are no text: it is named all the same.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        # Typer turns Ctrl-C, and `--help`, into a code that it returns; our commands return none.
        code = app(standalone_mode=False) or 0
        return _interrupted() if code == INTERRUPTED else int(code)
    except typer.Exit as stop:
        return stop.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except ForgeryKitError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except Exception as error:
        # click's usage errors know how to show themselves and carry exit code 2.
        if hasattr(error, "show") and hasattr(error, "exit_code"):
            error.show()
            return int(error.exit_code)
        return _unforeseen(error)


def _unforeseen(error: Exception) -> int:
    """A full disk is the machine's; anything else that comes this far is a fault of ours."""
    from datasets.errors import MissingResourceError
    from forgery_kit.outputs import NO_ROOM

    if isinstance(error, OSError) and error.errno in NO_ROOM:
        print(f"error: {error.filename or 'output'}: there is no room for it ({error.strerror}).", file=sys.stderr)
        return MissingResourceError.exit_code
    if os.environ.get("FORGERY_KIT_DEBUG"):
        raise error
    reason = " ".join(str(error).split())[:300]
    print(
        f"error: a fault of ours ({type(error).__name__}: {reason}). Please report it with the output of the same "
        "command under FORGERY_KIT_DEBUG=1.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    # Ended by another program, a command cleans up as after Ctrl-C.
    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(main())
