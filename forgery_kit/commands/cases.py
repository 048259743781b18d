"""Comparisons: `compare`, `score`, `batch`, `report`, `replay`, `evaluate`, `demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forgery_kit.commands.options import (
    Generated,
    OwnReference,
    SameSitting,
    Simulate,
    check_files,
    command_line,
    judge_of,
    rows_failed,
    write_and_say,
)
from forgery_kit.terminal.command import KnownTogether

app = typer.Typer()


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
            command=command_line(),
            notes=notes,
            mandate=mandate,
            custody=custody,
            questioned_text=questioned_text,
            known_text=known_text,
            same_sitting=same_sitting,
            simulate=simulate,
            progress=progress,
            judge=judge_of(reference),
        )
    write_and_say(finding, report, json_file)


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
        failed = score_table(pairs, out, allow_generated, progress, same_sitting, judge_of(reference))
    print(f"Scores: {out}")
    if failed:
        raise SomeRowsFailedError(str(out), rows_failed(failed), "the column `error` says why.")


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
            manifest, out, allow_generated, progress, command_line(), same_sitting, simulate, judge_of(reference)
        )
    print(f"Summary: {out / 'summary.csv'}")
    if failed:
        raise SomeRowsFailedError(str(out / "summary.csv"), rows_failed(failed), "the column `error` says why.")


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
    check_files(out, "validation.json", "validation.pdf")
    from forgery_kit.validation.protocols import PROTOCOLS, write_validation

    with counted("Embedding") as progress:
        validation = PROTOCOLS[corpus](path, progress, command_line())
    write_validation(validation, out)
    print(f"Validation: {out / 'validation.pdf'}")


@app.command()
def demo(
    iam: Annotated[Path | None, typer.Option(help="Folder of IAM-OnDB: compare two real forms instead.")] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the report.")] = Path("out"),
) -> None:
    """Compare the bundled exhibits (made by code), or two forms of IAM-OnDB, and write the report."""
    check_files(out, "demo.json", "demo.pdf")
    from forgery_kit.examination.comparison import compare as run
    from forgery_kit.examination.demo import bundled, real_forms

    out.mkdir(parents=True, exist_ok=True)
    sides = bundled() if iam is None else real_forms(iam, out)
    finding = run(*sides, case="DEMO", examiner="nobody", allow_generated=iam is None, command=command_line())
    write_and_say(finding, out / "demo.pdf", out / "demo.json")
