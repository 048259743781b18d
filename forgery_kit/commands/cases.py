"""Comparisons: `compare`, `score`, `batch`, `report`, `replay`, `evaluate`, `demo`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from forgery_kit.commands.options import (
    Cluster,
    Generated,
    OwnReference,
    SameSitting,
    Sign,
    Simulate,
    Timestamp,
    WithoutInk,
    Workers,
    check_files,
    command_line,
    command_line_of_batch,
    judge_of,
    maybe_signed,
    rows_failed,
    say_no_ink,
    signer_of,
    write_and_say,
)
from forgery_kit.commands.recording import OwnCasebook, casebook_of, recorded, row_recorder, table_casebook, table_works
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
    without_ink: WithoutInk = False,
    sign: Sign = None,
    timestamp: Timestamp = "",
    allow_generated: Generated = False,
    casebook: OwnCasebook = None,
) -> None:
    """Compare questioned with known handwriting: log10 LR with its interval and words.

    Questioned files come first, then --known and all known files: compare Q1 Q2 --known K1 K2. Or with -- between:
    compare --known K*.inkml -- Q1.
    """
    from datasets.errors import ArgumentsError
    from forgery_kit.outputs import check_outputs, check_report
    from forgery_kit.terminal.progress import at_work

    check_report(report)
    if sign and report is None:
        raise ArgumentsError("--sign", "there is no report to sign.", "Give --report with it.")
    certificate = [sign] if sign else []
    check_outputs([report, json_file], [*certificate, *(Path(path) for path in (*questioned, *known) if path)])
    signer = signer_of(sign, timestamp)
    book = casebook_of(casebook, [report, json_file], [*questioned, *known])
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
    write_and_say(finding, report, json_file, [*questioned, *known], without_ink, signer, book)


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
    workers: Workers = 1,
    cluster: Cluster = None,
    casebook: OwnCasebook = None,
) -> None:
    """Score a table of pairs; each file is read and embedded once. Started again after an interruption, it goes on."""
    from datasets.errors import SomeRowsFailedError
    from forgery_kit.tables.work import one_thread

    one_thread()
    from forgery_kit.tables.scores import score_table
    from forgery_kit.terminal.progress import counted

    book, inputs = table_casebook(casebook, pairs, out)
    judge = judge_of(reference)
    with counted("Scores", rate=True) as progress:
        failed = score_table(
            pairs,
            out,
            allow_generated,
            progress,
            same_sitting,
            judge,
            reference,
            workers,
            cluster,
            told=lambda text: print(text, file=sys.stderr),
        )
    settings = {"same_sitting": same_sitting, "allow_generated": allow_generated, "rows_failed": failed}
    with recorded(book, table_works(book, inputs, out, judge, settings, command_line())):
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
    without_ink: WithoutInk = False,
    allow_generated: Generated = False,
    workers: Workers = 1,
    cluster: Cluster = None,
    casebook: OwnCasebook = None,
) -> None:
    """One report per row of a manifest, and an index; started again after an interruption, it goes on."""
    from datasets.errors import SomeRowsFailedError
    from forgery_kit.tables.work import one_thread

    one_thread()
    from forgery_kit.tables.batches import run_batch
    from forgery_kit.terminal.progress import counted

    rows = row_recorder(casebook, manifest)
    with counted("Reports", rate=True) as progress:
        failed = run_batch(
            manifest,
            out,
            allow_generated,
            progress,
            command_line_of_batch(),
            same_sitting,
            simulate,
            judge_of(reference),
            reference,
            workers,
            cluster,
            rows,
            without_ink,
        )
    print(f"Summary: {out / 'summary.csv'}")
    if rows is not None:
        rows.finish()
    if failed:
        raise SomeRowsFailedError(str(out / "summary.csv"), rows_failed(failed), "the column `error` says why.")


@app.command()
def report(
    result: Annotated[Path, typer.Argument(help="JSON that `compare --json` or `identify --json` wrote.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Write the PDF here.")],
    exhibits: Annotated[
        Path | None, typer.Option(help="Folder of the exhibits' files; else they are looked for where the result says.")
    ] = None,
    without_ink: WithoutInk = False,
    sign: Sign = None,
    timestamp: Timestamp = "",
) -> None:
    """Draw a saved comparison again, without any model; it carries the ink where the exhibits' files are in reach.

    A saved search is drawn again as well.
    """
    from datasets.errors import ArgumentsError
    from forgery_kit.examination.saved import load_saved
    from forgery_kit.outputs import check_outputs, check_report, write_file
    from forgery_kit.verification.report import report_of
    from reports.identification.document import identification_pdf
    from reports.identification.findings import Identification

    check_report(out)
    check_outputs([out], [path for path in (result, exhibits, sign) if path])
    signer = signer_of(sign, timestamp)
    finding = load_saved(result)
    no_ink = ""
    if isinstance(finding, Identification):
        if exhibits or without_ink or sign:
            raise ArgumentsError(
                str(result), "the report of a search carries no ink and no signature.", "Leave those options out."
            )
        pdf = identification_pdf(finding)
    else:
        places = [exhibits] if exhibits else [Path(item.file) for item in finding.items]
        pdf, no_ink = report_of(finding, places, without_ink)
    write_file(out, maybe_signed(pdf, signer))
    print(f"Report: {out}")
    say_no_ink(no_ink)


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
    write_and_say(finding, out / "demo.pdf", out / "demo.json", [str(path) for side in sides for path in side])
