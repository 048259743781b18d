"""Corpora: `data info`, `data cache`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forgery_kit.commands.options import check_files

app = typer.Typer(help="Corpora: what they hold, and their cache.", no_args_is_help=True)


@app.command("info")
def data_info(
    corpus: Annotated[str, typer.Argument(help="Name of the corpus, e.g. iam-ondb.")],
    path: Annotated[Path, typer.Argument(help="Folder of the corpus.")],
) -> None:
    """What a corpus holds and what is wrong with it."""
    from datasets.corpora.catalogue import open_corpus

    for name, count in open_corpus(corpus, path).info().items():
        print(f"{name}: {count}")


@app.command("cache")
def data_cache(
    path: Annotated[Path, typer.Argument(help="Folder that holds iam-ondb/, unipen/ and, where there, more-writers/.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the cache.")],
) -> None:
    """Parse the corpora once and pack them for training and evaluation."""
    from datasets.corpora.catalogue import pack

    check_files(out)
    for corpus, count in pack(path, out):
        print(f"{corpus}: " + ("not here" if count is None else f"{count} samples in {out}"), flush=True)
