#!/usr/bin/env python3
"""The command line of forgery_kit:  python cli.py --help

Nothing heavy is imported before a command needs it. This is the one place that turns errors into exit codes.
"""

from __future__ import annotations

import io
import os
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

from forgery_kit.commands import (  # noqa: E402
    casebook,
    cases,
    data,
    fonts,
    gallery,
    images,
    reading,
    reference,
    scribbling,
    train,
    verification,
    writing,
)

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
server = typer.Typer()
for verbs in (cases, verification, writing, fonts, scribbling, images, reading):
    app.add_typer(verbs.app)
app.add_typer(gallery.search)
app.add_typer(server)
for name, group in (
    ("casebook", casebook),
    ("data", data),
    ("gallery", gallery),
    ("reference", reference),
    ("train", train),
):
    app.add_typer(group.app, name=name)


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


@server.command()
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


def _terminated(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _interrupted() -> int:
    """What is said of an interruption: only these commands keep what they have done so far."""
    goes_on = sys.argv[1:2] in (["batch"], ["score"], ["train"])
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
