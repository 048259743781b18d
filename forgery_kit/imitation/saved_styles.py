"""Hands that a user keeps as named styles: a file each, with the prime, what was learnt, and where it came from.

They lie in the folder that the environment variable ``FORGERY_KIT_STYLES`` names, else below the user's own data.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from datasets.errors import ArgumentsError, ForgeryKitError, UnreadableFileError
from forgery_kit.identity import versions
from forgery_kit.imitation.known_hand import LONGEST_PRIME, Hand
from forgery_kit.imitation.retrain import weights_sha256
from forgery_kit.outputs import check_folder, check_outputs, unwritten, write_file
from gan.judging.style import weights_hash
from gan.writing.alphabet import encode
from gan.writing.sampling import WEIGHTS, Prime
from gan.writing.styles import load_styles
from reports.imitated import KnownItem, Retraining

FOLDER = "FORGERY_KIT_STYLES"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
#: Of the file, bytes at most; what is learnt takes about three million.
MOST_BYTES = 32 << 20
#: Names of the tensors: the points of the prime, and before the path of a variable that learnt.
POINTS, LEARNT = "prime", "learnt/"


def styles_folder() -> Path:
    """Where saved styles lie."""
    if named := os.environ.get(FOLDER):
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "forgery_kit" / "styles"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "forgery_kit" / "styles"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "forgery_kit" / "styles"


def saved_names() -> list[str]:
    """Names of the saved styles, in alphabetical order."""
    folder = styles_folder()
    names = (path.stem for path in folder.glob("*.safetensors")) if folder.is_dir() else iter(())
    return sorted(name for name in names if NAME.fullmatch(name))


def check_new_name(name: str) -> None:
    """Raise ArgumentsError where no style can be saved by this name."""
    if not NAME.fullmatch(name):
        advice = "Take up to 40 of a-z, 0-9, - and _, beginning with a letter or digit."
        raise ArgumentsError("--save-style", f"{name[:60]!r} is no name for a style.", advice)
    if name in load_styles():
        raise ArgumentsError("--save-style", f"{name!r} is a style that ships.", "Give another name.")
    path = _path(name)
    if path.exists():
        raise ArgumentsError("--save-style", f"{name!r} is saved already.", f"Give another name, or delete {path}.")
    check_folder(path.parent)
    if path.parent.is_dir():
        check_outputs([path])


def save_style(hand: Hand, name: str) -> None:
    """Keep a hand as a style; ``check_new_name`` comes before."""
    from safetensors.numpy import save

    tensors = {LEARNT + path: np.ascontiguousarray(value) for path, value in hand.weights.items()}
    card = {
        "prime_text": hand.prime.text,
        "known": [asdict(item) for item in hand.known],
        "factor": hand.factor,
        "mm_per_unit": hand.mm_per_unit,
        "read": hand.read,
        "retraining": None if hand.retraining is None else asdict(hand.retraining),
        "generator_sha256": weights_hash(WEIGHTS),
        "versions": versions(),
    }
    path = _path(name)
    try:
        # It is the hand of a person: nobody else's business.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise unwritten(str(path.parent), error) from error
    write_file(path, save({POINTS: np.ascontiguousarray(hand.prime.points)} | tensors, {"card": json.dumps(card)}))


def saved_style(name: str) -> Hand | None:
    """A saved style; None where there is none of this name.

    Raises UnreadableFileError where its file is none, ArgumentsError where it was made with other weights.
    """
    if name not in saved_names():
        return None
    path = _path(name)
    card, tensors = _stored(path)
    if card.get("generator_sha256") != weights_hash(WEIGHTS):
        other = f"{name!r} was made with other weights of the generator."
        raise ArgumentsError("--style", other, "Save it again from the known ink.")
    try:
        retraining = None if card["retraining"] is None else Retraining(**card["retraining"])
        hand = Hand(
            prime=Prime(tensors.pop(POINTS), card["prime_text"]),
            style=name,
            known=tuple(KnownItem(**item) for item in card["known"]),
            factor=float(card["factor"]),
            mm_per_unit=_number(card["mm_per_unit"]),
            read=_number(card["read"]),
            weights={path.removeprefix(LEARNT): value for path, value in tensors.items()},
            retraining=retraining,
        )
        _check(hand)
    except (KeyError, TypeError, ValueError, AttributeError, ForgeryKitError) as error:
        raise _broken(path) from error
    return hand


def described() -> Iterator[tuple[str, str]]:
    """Name and description of each saved style."""
    for name in saved_names():
        try:
            hand = saved_style(name)
        except ForgeryKitError as error:
            yield name, f"cannot be used: {error.found}"
            continue
        if hand:
            files = ", ".join(dict.fromkeys(Path(item.file).name for item in hand.known))
            method = "retrained on" if hand.retraining else "primed with"
            yield name, f"saved; {method} {files}; its prime says {hand.prime.text!r}"


def _path(name: str) -> Path:
    return styles_folder() / f"{name}.safetensors"


def _broken(path: Path) -> UnreadableFileError:
    return UnreadableFileError(str(path), "this is no saved style, or a damaged one.", "Delete it, and save it again.")


def _stored(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    from safetensors import SafetensorError, safe_open

    try:
        if path.stat().st_size > MOST_BYTES:
            raise _broken(path)
        with safe_open(path, framework="np") as stored:
            # The metadata of a file may be missing.
            card = json.loads((stored.metadata() or {})["card"])
            if not isinstance(card, dict):
                raise _broken(path)
            return card, {key: stored.get_tensor(key) for key in stored.keys()}  # noqa: SIM118  # it is no dictionary
    except (OSError, KeyError, ValueError, SafetensorError) as error:
        raise _broken(path) from error


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _check(hand: Hand) -> None:
    """Raise ValueError where a style cannot be what was saved."""
    encode(hand.prime.text)
    points = hand.prime.points
    if points.dtype != np.float64 or points.ndim != 2 or points.shape[1] != 3 or not 0 < len(points) <= LONGEST_PRIME:
        raise ValueError("the prime has another form")
    finite = all(np.isfinite(value).all() for value in hand.weights.values())
    if not finite or not np.isfinite(points).all() or not 0 < hand.factor < np.inf:
        raise ValueError("not all values are numbers")
    learnt = hand.retraining.weights_sha256 if hand.retraining else weights_sha256({})
    if weights_sha256(hand.weights) != learnt:
        raise ValueError("what was learnt is not what the style says")
