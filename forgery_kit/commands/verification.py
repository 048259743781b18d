"""Whether results hold: `verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forgery_kit.commands.options import OwnReference, judge_of

app = typer.Typer()


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A report (PDF), or the JSON that `compare --json` wrote.")],
    exhibits: Annotated[
        Path | None, typer.Option(help="Folder of the exhibits' files: they are found by their SHA-256.")
    ] = None,
    reference: OwnReference = None,
) -> None:
    """Compute and draw a report again from what it carries, check its hashes and signature, and say what agrees."""
    from datasets.errors import ArgumentsError, MissingResourceError, VerificationError
    from forgery_kit.terminal.printed import printable
    from forgery_kit.terminal.progress import waiting
    from forgery_kit.verification.checks import SIGNED, UNSIGNED, check_lines
    from forgery_kit.verification.verify import verify as run

    if exhibits is not None and not exhibits.is_dir():
        raise ArgumentsError("--exhibits", f"{exhibits} is no folder.", "Name the folder of the exhibits' files.")
    with waiting("Verifying"):
        found = run(file, exhibits, judge_of(reference))
    for line in check_lines(found.checks):
        print(printable(line))
    print(SIGNED if found.signed else UNSIGNED)
    if not found.holds:
        count = sum(one.outcome == "differs" for one in found.checks)
        raise VerificationError(str(file), f"{count} of {len(found.checks)} checks differ.", "Do not rely on it.")
    if found.model_needed:
        raise MissingResourceError(str(file), f"the value was not computed again: it needs {found.model_needed}.")
