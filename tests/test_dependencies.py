"""What is installed is pinned with hashes, and its licences and bill of materials are those of the same versions."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements.lock"
FOLDER = ROOT / "docs" / "dependencies"
#: Only where the interpreter or the system is another one than that which the lists were made on.
ELSEWHERE = {"colorama"}
#: Made by `make lock dependencies` after a change of requirements.txt.
ADVICE = "run `make lock dependencies`"


def plain(name: str) -> str:
    """A package's name as registries compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(path: Path) -> dict[str, set[str]]:
    """Package → its pinned versions (several where they hang on the interpreter)."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"(?m)^([\w.-]+)(?:\[[\w,-]+\])?==([\w.+!]+)", path.read_text(encoding="utf-8")):
        found.setdefault(plain(name), set()).add(version)
    return found


def test_all_that_is_asked_for_is_locked_at_the_same_version() -> None:
    asked, locked = pins(ROOT / "requirements.txt"), pins(LOCK)
    assert {name: locked.get(name) for name in asked} == asked, ADVICE


def test_every_requirement_is_pinned() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-train.txt"):
        lines = [line for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if line.strip()]
        assert all(line.startswith("#") or re.fullmatch(r"[\w.-]+(\[[\w,]+\])?==[\w.]+", line) for line in lines), name


def test_every_locked_package_has_hashes_and_no_address() -> None:
    text = LOCK.read_text(encoding="utf-8")
    packages = re.split(r"(?m)^(?=[\w.-]+==)", text)[1:]
    assert len(packages) > 50
    for package in packages:
        assert re.fullmatch(r".*( \\\n    --hash=sha256:[0-9a-f]{64})+\n", package), package[:80]
    assert "://" not in text


@pytest.mark.parametrize("name", ["licences.md", "bom.cdx.json"])
def test_the_lists_name_no_address_of_a_registry(name: str) -> None:
    hosts = re.findall(r"\w+://([^/\"\s]*)", (FOLDER / name).read_text(encoding="utf-8"))
    assert set(hosts) <= {"cyclonedx.org", "github.com"}


def test_the_licence_of_every_locked_package_is_listed() -> None:
    rows = (FOLDER / "licences.md").read_text(encoding="utf-8").splitlines()[2:]
    listed = {plain(cells[1].strip()): cells[2].strip() for cells in (row.split("|") for row in rows)}
    locked = pins(LOCK)
    assert set(listed) == set(locked) - ELSEWHERE, ADVICE
    assert all(version in locked[name] for name, version in listed.items()), ADVICE
    assert all(row.split("|")[3].strip() for row in rows)


def test_the_bill_of_materials_is_that_of_the_lock_file() -> None:
    bom = json.loads((FOLDER / "bom.cdx.json").read_text(encoding="utf-8"))
    assert bom["bomFormat"] == "CycloneDX"
    parts = {plain(part["name"]): part["version"] for part in bom["components"]}
    locked = pins(LOCK)
    assert set(parts) == set(locked) - ELSEWHERE, ADVICE
    assert all(version in locked[name] for name, version in parts.items()), ADVICE
