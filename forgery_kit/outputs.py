"""Files that a command writes: looked at before any work is done, and replaced in one step.

What an examiner names as an output may be his evidence by a slip of the hand; such an output is refused, not written.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from datasets.errors import ArgumentsError, MissingResourceError

#: Errors that mean that there is no room: the disk is full, or the user's share of it.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def check_outputs(outputs: Iterable[Path | None], inputs: Iterable[Path] = ()) -> None:
    """Raise ArgumentsError where an output cannot be written or would destroy something; None is passed over.

    Each output has to be absent or a regular file, no link, in a folder that is there and can be written to, and may
    be neither another output nor one of the inputs (``check_apart``).
    """
    wanted = [path for path in outputs if path is not None]
    for path in wanted:
        _check_place(path)
    places = [_place(path) for path in wanted]
    if len(set(places)) < len(places):
        twice = next(path for path, place in zip(wanted, places, strict=True) if places.count(place) > 1)
        raise ArgumentsError(str(twice), "it is named as an output twice.", "Name another file.")
    check_apart(wanted, inputs)


def check_report(path: Path | None) -> None:
    """Raise ArgumentsError where a report would not be a file whose name ends in .pdf; None is passed over."""
    if path is None:
        return
    if _is_folder(path):
        raise ArgumentsError(f"{path!s:.200}", "this is a folder.", f"Name a file in it, e.g. {path / 'report.pdf'}.")
    if path.suffix.lower() != ".pdf":
        raise ArgumentsError(f"{path!s:.200}", "a report is a PDF.", "Give it a name that ends in .pdf.")


def check_apart(outputs: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Raise ArgumentsError where an output is an input, by whatever name, or lies in a folder that is one.

    A folder stands for every file in it, so what is written there would be read as an exhibit the next time.
    """
    given = list(inputs)
    folders = {path.resolve() for path in given if _is_folder(path)}
    taken = {key for path in given for file in _files(path) if (key := _identity(file))}
    for path in outputs:
        if _identity(path) in taken:
            raise ArgumentsError(str(path), "it is an input, which must not be overwritten.", "Name another file.")
        if folders.intersection(_place(path).parents):
            raise ArgumentsError(str(path), "it would lie in a folder of exhibits.", "Write it to another folder.")


def check_folder(folder: Path) -> None:
    """Raise ArgumentsError where a folder for outputs neither is there nor can be made, or cannot be written to."""
    try:
        there = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
        usable = there.is_dir()
    except (OSError, ValueError) as error:
        raise ArgumentsError(f"{folder!s:.80}", f"it cannot be a folder ({error}).", "Name another one.") from error
    if not usable:
        raise ArgumentsError(str(folder), f"{there} is no folder.", "Name another one.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise ArgumentsError(str(folder), "it cannot be written to.", "Name another one, or change its permissions.")


def write_file(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Bytes, whole or piece by piece, to a file that is replaced in one step: an interrupted run leaves no half of it.

    Raises MissingResourceError where the disk is full, ArgumentsError where it cannot be written.
    """
    # A short name of its own: beside a long name there would be no room for more.
    partial = path.with_name(f".{os.getpid()}.partial")
    try:
        partial.unlink(missing_ok=True)
        with partial.open("xb") as file:
            file.writelines((data,) if isinstance(data, bytes) else data)
        partial.replace(path)
    except OSError as error:
        raise unwritten(str(path), error) from error
    finally:
        # The error that is on its way says more than that its partial file cannot be removed either.
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def unwritten(where: str, error: OSError) -> ArgumentsError | MissingResourceError:
    """The error for a file that the system would not write."""
    if error.errno in NO_ROOM:
        return MissingResourceError(where, f"there is no room for it ({error.strerror}).", "Make room, start again.")
    return ArgumentsError(f"{where:.200}", f"it cannot be written ({error.strerror}).", "Name another file.")


def _check_place(path: Path) -> None:
    folder, named = path.absolute().parent, f"{path!s:.200}"
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        status = None
    except (OSError, ValueError) as error:
        raise ArgumentsError(named, f"it cannot be written ({error!s:.200}).", "Name another file.") from error
    if not folder.is_dir():
        raise ArgumentsError(named, "its folder does not exist.", "Make the folder first.")
    if status and stat.S_ISDIR(status.st_mode):
        raise ArgumentsError(named, "this is a folder.", "Name a file.")
    if status and not stat.S_ISREG(status.st_mode):
        raise ArgumentsError(named, "this is a link or a device, not a regular file.", "Name another file.")
    if not os.access(folder, os.W_OK | os.X_OK) or (status and not os.access(path, os.W_OK)):
        raise ArgumentsError(named, "it cannot be written to.", "Name another file, or change its permissions.")


def _place(path: Path) -> Path:
    """Where an output will stand: links to its folder are followed."""
    return path.parent.resolve() / path.name


def _is_folder(path: Path) -> bool:
    # A path that is none is left to the reader, which says so.
    with contextlib.suppress(OSError, ValueError):
        return path.is_dir()
    return False


def _files(path: Path) -> Iterator[Path]:
    """The file itself, or all that is in the folder."""
    if not _is_folder(path):
        yield path
        return
    with contextlib.suppress(OSError):
        yield from path.rglob("*")


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from all others whatever it is called; None where there is none."""
    with contextlib.suppress(OSError, ValueError):
        status = path.stat()
        return status.st_dev, status.st_ino
    return None
