"""Single random changes of a signed report are all found; `benchmarks/program/tampering.py` makes many more of them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.program.tampering import CHANGES, found
from forgery_kit.verification.signing import load_signer, signed
from tests.forgery_kit.verification.case import Case, certificate, computes, make_case


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return make_case(tmp_path_factory.mktemp("exhibits"))


@pytest.fixture(scope="module")
def report(case: Case, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("keys") / "examiner.p12"
    path.write_bytes(certificate()[0])
    return signed(case.report(), load_signer(path, "secret"))


@pytest.mark.parametrize("kind", CHANGES)
def test_a_random_change_is_found(
    kind: str, case: Case, report: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computes(case, monkeypatch)
    changed = CHANGES[kind](report, random.Random(kind))
    assert changed != report
    assert found(changed, tmp_path)


def test_the_report_that_the_changes_are_made_of_holds(
    case: Case, report: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computes(case, monkeypatch)
    assert not found(report, tmp_path)
