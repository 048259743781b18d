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
from typing import Annotated, NoReturn

import typer

#: Exit code of an interrupted run.
INTERRUPTED = 130
ROOT = Path(__file__).resolve().parent
# Another package is called `datasets` too; a checkout's own folder comes first.
sys.path.insert(0, str(ROOT))

app = typer.Typer(
    help="Compare handwriting: a calibrated likelihood ratio and a report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
data_app = typer.Typer(help="Corpora: what they hold, and their cache.", no_args_is_help=True)
train_app = typer.Typer(help="Train a network again.", no_args_is_help=True)
app.add_typer(data_app, name="data")
app.add_typer(train_app, name="train")

Generated = Annotated[bool, typer.Option("--allow-generated", help="Accept ink that says it was made by a program.")]


@app.command()
def compare(
    # As text, since an empty path would stand for the current folder.
    questioned: Annotated[list[str], typer.Argument(help="Questioned ink: files, or folders of ink files.")],
    known: Annotated[list[str], typer.Option("--known", help="Known ink: a file or folder; repeat for more.")],
    report: Annotated[Path | None, typer.Option(help="Write the PDF report here.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the result as JSON here.")] = None,
    case: Annotated[str, typer.Option(help="Case number for the report.")] = "",
    examiner: Annotated[str, typer.Option(help="Name of the examiner.")] = "",
    date: Annotated[str | None, typer.Option(help="Date of the report, YYYY-MM-DD; today if left out.")] = None,
    notes: Annotated[str, typer.Option(help="What the examiner was told, who vouches for the known items.")] = "",
    allow_generated: Generated = False,
) -> None:
    """Compare questioned with known handwriting: log10 LR with its interval and words."""
    from forgery_kit.outputs import check_outputs, write_file

    check_outputs([report, json_file], [Path(path) for path in (*questioned, *known) if path])
    from forgery_kit.examination.comparison import compare as run
    from reports.findings import to_json

    finding = run(
        questioned,
        known,
        case=case,
        examiner=examiner,
        date=date,
        allow_generated=allow_generated,
        command=_command(),
        notes=notes,
    )
    files = {}
    if json_file:
        files[json_file] = to_json(finding).encode()
    if report:
        from reports.comparison import comparison_pdf

        files[report] = comparison_pdf(finding)
    for file, data in files.items():
        write_file(file, data)
    _say(finding, report, json_file)


@app.command()
def score(
    pairs: Annotated[Path, typer.Argument(help="CSV with the columns questioned, known.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Write the scores here (CSV).")],
    allow_generated: Generated = False,
) -> None:
    """Score a table of pairs; each file is read and embedded once."""
    from datasets.errors import SomeRowsFailedError
    from forgery_kit.tables.batches import score_table

    with _Progress("Reading and embedding") as progress:
        failed = score_table(pairs, out, allow_generated, progress)
    print(f"Scores: {out}")
    if failed:
        raise SomeRowsFailedError(str(out), _rows_failed(failed), "the column `error` says why.")


@app.command()
def batch(
    manifest: Annotated[Path, typer.Argument(help="CSV with the columns case, questioned, known[, examiner, notes].")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for reports, JSON files and summary.csv.")],
    allow_generated: Generated = False,
) -> None:
    """One report per row of a manifest; started again after an interruption, it goes on."""
    from datasets.errors import SomeRowsFailedError
    from forgery_kit.tables.batches import run_batch

    with _Progress("Reports") as progress:
        failed = run_batch(manifest, out, allow_generated, progress, _command())
    print(f"Summary: {out / 'summary.csv'}")
    if failed:
        raise SomeRowsFailedError(str(out / "summary.csv"), _rows_failed(failed), "the column `error` says why.")


@app.command()
def report(
    result: Annotated[Path, typer.Argument(help="JSON that `compare --json` wrote.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Write the PDF here.")],
) -> None:
    """Draw a saved comparison again, without any model."""
    from datasets.errors import UnreadableFileError
    from datasets.readers import file_bytes
    from forgery_kit.outputs import check_outputs, write_file
    from reports.comparison import comparison_pdf
    from reports.findings import Comparison, from_json

    check_outputs([out], [result])
    try:
        text = file_bytes(str(result)).decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(str(result), "it is not UTF-8 text.", "Give a saved comparison.") from error
    write_file(out, comparison_pdf(from_json(text, Comparison, str(result))))
    print(f"Report: {out}")


@app.command()
def evaluate(
    path: Annotated[Path, typer.Argument(help="Folder of the corpus.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for validation.json, plots and the PDF.")],
    corpus: Annotated[str, typer.Option(help="Name of the corpus: iam-ondb or unipen.")] = "iam-ondb",
) -> None:
    """Run the validation protocol on the test writers of a corpus."""
    from datasets.errors import ArgumentsError
    from forgery_kit.outputs import write_file

    if corpus not in ("iam-ondb", "unipen"):
        raise ArgumentsError("--corpus", f"{corpus!r} is not known.", "Use iam-ondb or unipen.")
    _check_files(out, "validation.json", "validation.pdf")
    from forgery_kit.validation import iam_ondb as evaluation
    from forgery_kit.validation import unipen as evaluation_unipen
    from reports.findings import to_json
    from reports.validation import validation_pdf, write_plots

    protocols = {"iam-ondb": evaluation.evaluate, "unipen": evaluation_unipen.evaluate}
    with _Progress("Embedding") as progress:
        validation = protocols[corpus](path, progress, _command())
    out.mkdir(parents=True, exist_ok=True)
    write_file(out / "validation.json", to_json(validation).encode())
    write_plots(validation, out)
    write_file(out / "validation.pdf", validation_pdf(validation))
    print(f"Validation: {out / 'validation.pdf'}")


@app.command()
def imitate(
    text: Annotated[str, typer.Option(help="What to write; long text becomes several lines.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the samples.")],
    style: Annotated[str | None, typer.Option(help="A named style (`styles` lists them).")] = None,
    known: Annotated[list[str] | None, typer.Option("--known", help="Known ink to imitate; repeat for more.")] = None,
    known_text: Annotated[str | None, typer.Option(help="What the known ink says, where its file does not.")] = None,
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
    from forgery_kit.outputs import check_apart

    if steps != "auto" and not steps.isdecimal():
        raise ArgumentsError("--steps", f"{steps!r} is no number of points.", "Give a whole number, or auto.")
    _check_files(out)
    from forgery_kit.imitation.files import check_leftovers, names, write_imitations
    from forgery_kit.imitation.imitate import LEAST_GAIN, broken
    from forgery_kit.imitation.imitate import imitate as run

    files = names(min(n, 1000), len(broken(text)), debug)
    _check_files(out, *files)
    check_apart([out / name for name in files], [Path(path) for path in known or [] if path])
    check_leftovers(out, files)
    points = None if steps == "auto" else int(steps)
    with _Progress("Writing") as progress:
        samples = run(text, style, known or [], known_text, n, bias, points, seed, debug, _command(), progress)
    out.mkdir(parents=True, exist_ok=True)
    write_imitations(samples, out, not no_visible_mark, debug)
    first = samples[0].record
    if first.prime_gain < LEAST_GAIN:
        print(f"warning   the known ink hardly reads as {first.prime_text!r}: check --known-text; the hand may be lost")
    for made in samples:
        for line in made.record.lines:
            if not line.ended and points is None:
                print(f"warning   sample {made.record.number}: it did not come to the end of {line.text!r}")
    print(f"Samples: {out / files[-1]}")


@app.command()
def styles() -> None:
    """The named styles that `imitate --style` knows."""
    from gan.writing.styles import load_styles

    for name, prime in load_styles().items():
        print(f"{name:12} made by the generator itself; primed with {prime.text!r}")


@app.command()
def demo(
    iam: Annotated[Path | None, typer.Option(help="Folder of IAM-OnDB: compare two real forms instead.")] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the report.")] = Path("out"),
) -> None:
    """Compare the bundled exhibits (made by code), or two forms of IAM-OnDB, and write the report."""
    from forgery_kit.outputs import write_file

    _check_files(out, "demo.json", "demo.pdf")
    from forgery_kit.examination.comparison import compare as run
    from reports.comparison import comparison_pdf
    from reports.findings import to_json

    out.mkdir(parents=True, exist_ok=True)
    if iam is None:
        folder = ROOT / "datasets" / "exhibits"
        sides = [folder / "q1.inkml"], [folder / "k1.inkml", folder / "k2.inkml"]
    else:
        from forgery_kit.examination.demo import real_forms

        sides = real_forms(iam, out)
    finding = run(*sides, case="DEMO", examiner="nobody", allow_generated=iam is None, command=_command())
    write_file(out / "demo.json", to_json(finding).encode())
    write_file(out / "demo.pdf", comparison_pdf(finding))
    _say(finding, out / "demo.pdf", out / "demo.json")


@data_app.command("info")
def data_info(
    corpus: Annotated[str, typer.Argument(help="iam-ondb or unipen.")],
    path: Annotated[Path, typer.Argument(help="Folder of the corpus.")],
) -> None:
    """What a corpus holds and what is wrong with it."""
    for name, count in _corpus(corpus, path, None).info().items():
        print(f"{name}: {count}")


@data_app.command("cache")
def data_cache(
    path: Annotated[Path, typer.Argument(help="Folder that holds iam-ondb/ and unipen/.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the cache.")],
) -> None:
    """Parse both corpora once and pack them for training and evaluation."""
    _check_files(out)
    for corpus in ("iam-ondb", "unipen"):
        print(f"{corpus}: {len(_corpus(corpus, path, out).samples)} samples in {out}")


@train_app.command(
    "generator", context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False
)
def train_generator(context: typer.Context) -> None:
    """Train the generator; options as in `python -m gan.training.generator --help`."""
    from gan.training.generator import main as run

    run(context.args)


@train_app.command(
    "discriminator", context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False
)
def train_discriminator(context: typer.Context) -> None:
    """Train the style head; options as in `python -m gan.training.discriminator --help`."""
    from gan.training.discriminator import main as run

    run(context.args)


def _corpus(name: str, path: Path, cache: Path | None):  # type: ignore[no-untyped-def]  # either corpus class
    from datasets.errors import ArgumentsError

    if name == "iam-ondb":
        from datasets.corpora.iam_ondb import IamOnDb

        return IamOnDb(path, cache)
    if name == "unipen":
        from datasets.corpora.unipen import Unipen

        return Unipen(path, cache)
    raise ArgumentsError("corpus", f"{name!r} is not known.", "Use iam-ondb or unipen.")


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


def _say(finding, pdf: Path | None, json_file: Path | None) -> None:  # type: ignore[no-untyped-def]  # a Comparison
    lr = finding.lr
    print(f"log10 LR  {lr.log10_lr:+.2f}   (95 % {lr.low:+.2f} to {lr.high:+.2f}, over calibration writers only)")
    print(f"          {lr.words}")
    hit = f", hit: {lr.bound_hit}" if lr.bound_hit else ""
    print(f"bounds    {lr.lower_bound:+.2f} to {lr.upper_bound:+.2f}{hit}")
    for warning in finding.warnings:
        print(f"warning   {warning}")
    for name, file in (("report", pdf), ("JSON", json_file)):
        if file:
            print(f"{name:9} {file}")


class _Progress:
    """A progress bar on a terminal, nothing in a pipe."""

    def __init__(self, title: str) -> None:
        self.title = title

    def __enter__(self):  # type: ignore[no-untyped-def]  # a callable (done, total), or None
        if not sys.stderr.isatty():
            self.bar = None
            return None
        from rich.console import Console
        from rich.progress import Progress

        self.bar = Progress(console=Console(stderr=True))
        self.bar.start()
        task = self.bar.add_task(self.title, total=None)
        return lambda done, total: self.bar.update(task, completed=done, total=total)

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.stop()


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
