"""What a casebook says of one piece of work: from which files, with what, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from reports.saved import HASH
from reports.schema import displayable

Kind = Literal["comparison", "batch row", "score", "imitation", "document", "edit", "identification"]
#: Fields of a record of generated ink that say how it was asked for.
_ASKED = ("style", "method", "bias", "steps", "number", "candidates", "page", "margin_mm", "prime_sha256")


@dataclass(frozen=True)
class Input:
    """A file that went in: its role, its path as given, SHA-256 (hex); None where it could not be read."""

    role: str
    file: str
    sha256: str | None


@dataclass(frozen=True)
class Work:
    """One piece of work, before it is given its place in a casebook.

    Attributes
    ----------
    result_sha256 : SHA-256 (hex) of the result, its ``content_sha256`` where it is one of our JSON files; None where
        the work failed, and ``error`` says why.
    outcome : what is worth seeing in a list, e.g. ``log10_lr``. model : name and ``sha256`` of the weights.
    calibration_sha256 : of the reference people and calibrations; None where none were used.
    settings : as the result states them. command : the command line, without passwords.
    """

    kind: Kind
    inputs: tuple[Input, ...]
    result_sha256: str | None
    case: str = ""
    outcome: Mapping[str, Any] = field(default_factory=dict)
    model: Mapping[str, str] = field(default_factory=dict)
    calibration_sha256: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    command: str = ""
    seed: int | None = None
    error: str = ""

    def fields(self) -> dict[str, Any]:
        """The fields of its entry in a casebook, as JSON values; text in a form that UTF-8 can hold."""
        found: dict[str, Any] = _written(
            {
                "kind": self.kind,
                "case": self.case,
                "inputs": [{"role": one.role, "file": one.file, "sha256": one.sha256} for one in self.inputs],
                "result": {"sha256": self.result_sha256, **self.outcome},
                "model": self.model,
                "calibration": {"sha256": self.calibration_sha256},
                "versions": self.versions,
                "settings": self.settings,
                "command": self.command,
                "seed": self.seed,
                "error": self.error,
            }
        )
        return found


def work_of(kind: Kind, record: Mapping[str, Any]) -> Work:
    """The work behind a JSON file of ours (a comparison, a search in a gallery, or the record beside generated ink),
    given as its fields."""
    if "items" in record:
        model = record["model"]
        return Work(
            kind=kind,
            inputs=tuple(Input(one["role"], one["file"], one["sha256"]) for one in record["items"]),
            result_sha256=record[HASH],
            case=record["case"],
            outcome=_searched(record) if kind == "identification" else _stated(record["lr"]),
            model={"name": model["name"], "sha256": model["sha256"]},
            calibration_sha256=model["calibration_sha256"],
            versions=record["versions"],
            settings=record["settings"],
            command=record["command"],
            seed=record.get("seed"),
        )
    known = [Input("known", one["file"], one["sha256"]) for one in record.get("known", ())]
    edited = [Input("edited", record["file"], record["sha256"])] if kind == "edit" else []
    return Work(
        kind=kind,
        inputs=(*edited, *known),
        result_sha256=record[HASH],
        model={"name": record["model"], "sha256": record["model_sha256"]},
        versions=record["versions"],
        settings={name: record[name] for name in _ASKED if name in record},
        command=record["command"],
        seed=record["seed"],
    )


def _stated(lr: Mapping[str, Any] | None) -> dict[str, Any]:
    """A likelihood ratio in short; empty where there is none."""
    return {} if lr is None else {"log10_lr": lr["log10_lr"], "low": lr["low"], "high": lr["high"]}


def _searched(record: Mapping[str, Any]) -> dict[str, Any]:
    """The gallery that was searched, and the writers that were found."""
    hits = [{"writer": hit["writer"], **_stated(hit["lr"])} for hit in record["hits"]]
    return {"gallery": record["gallery"], "hits": hits}


def _written(value: Any) -> Any:
    """The value with every text in a form that can be written; bytes of names that are no text are shown."""
    if isinstance(value, str):
        return displayable(value)
    if isinstance(value, Mapping):
        return {displayable(str(name)): _written(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_written(one) for one in value]
    return value
