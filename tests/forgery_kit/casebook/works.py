"""Work to record in tests, and casebooks that hold some."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from forgery_kit.casebook.store import ENTRIES, open_casebook
from forgery_kit.casebook.work import Input, Work

TABLE = ENTRIES.name


def work(number: int, kind: str = "comparison") -> Work:
    return Work(
        kind=kind,  # type: ignore[arg-type]  # tests name kinds as text
        inputs=(Input("questioned", f"q{number}.inkml", f"{number:064x}"), Input("known", "k.inkml", "1" * 64)),
        result_sha256=f"{number:064x}",
        case=f"Fall {number} – ü",
        outcome={"log10_lr": number / 3, "low": -0.0, "high": 1e21},
        model={"name": "style", "sha256": "2" * 64},
        calibration_sha256="3" * 64,
        versions={"numpy": "2"},
        settings={"occasions": "other occasions"},
        command="python cli.py compare",
        seed=1,
    )


def filled(path: Path, count: int) -> Path:
    open_casebook(str(path)).append([work(number) for number in range(1, count + 1)])
    return path


def changed(path: Path, *statements: str) -> None:
    """Change a casebook behind the program's back."""
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement.replace("TABLE", TABLE))
    connection.close()
