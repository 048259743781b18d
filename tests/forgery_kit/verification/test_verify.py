"""`verify`: what agrees is said to, what was changed is found, and what cannot be checked is named."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from datasets.errors import MissingResourceError, UnreadableFileError, VerificationError
from forgery_kit.commands.verification import verify as command
from forgery_kit.verification import report
from forgery_kit.verification import verify as verification
from forgery_kit.verification.report import report_of
from forgery_kit.verification.verify import Verified, verify
from reports.findings import Comparison
from reports.saved import from_json, to_json
from tests.forgery_kit.verification.case import Case, computes, drawn, make_case


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return make_case(tmp_path_factory.mktemp("exhibits"))


@pytest.fixture(autouse=True)
def computed(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    computes(case, monkeypatch)
    monkeypatch.setattr(report, "comparison_pdf", drawn)


def checked(data: bytes, folder: Path, exhibits: Path | None = None, name: str = "case.pdf") -> Verified:
    file = folder / name
    file.write_bytes(data)
    return verify(file, exhibits)


def outcomes(found: Verified, name: str) -> list[str]:
    return [one.outcome for one in found.checks if one.name == name]


def differing(found: Verified) -> str:
    return " ".join(one.text for one in found.checks if one.outcome == "differs")


def test_a_report_as_it_was_written_agrees_and_says_what_no_report_can_prove(case: Case, tmp_path: Path) -> None:
    found = checked(case.report(), tmp_path)
    assert found.holds
    assert not found.signed
    for name in ("result", "ink", "value", "pages"):
        assert outcomes(found, name) == ["agrees"]
    assert outcomes(found, "files") == outcomes(found, "signature") == ["not checked"]


def test_a_value_that_does_not_follow_from_the_ink_is_found_though_every_hash_and_page_was_made_anew(
    case: Case, tmp_path: Path
) -> None:
    lr = dataclasses.replace(case.comparison.lr, log10_lr=case.comparison.lr.log10_lr + 0.1)
    found = checked(case.report(lr=lr), tmp_path)
    assert [outcomes(found, name) for name in ("result", "pages")] == [["agrees"], ["agrees"]]
    assert not found.holds
    assert "lr.log10_lr: stated 1.25, computed again 1.15" in differing(found)


def test_a_page_that_was_changed_is_named(case: Case, tmp_path: Path) -> None:
    # An object of the second page: the hash of the result holds, the page does not.
    data = case.report()
    place = data.index(b"/Rotate 0", data.index(b"/Rotate 0") + 1)
    found = checked(data[:place] + b"/Rotate 9" + data[place + 9 :], tmp_path)
    assert differing(found) == "page 2 is not as drawn again"


def test_ink_of_another_hand_under_the_same_result_is_found(case: Case, tmp_path: Path) -> None:
    swapped = {"Q1": case.recordings["K1"], "K1": case.recordings["Q1"]}
    found = checked(drawn(case.comparison, swapped), tmp_path)
    assert "the ink was changed: its SHA-256 is not the one that the result states" in differing(found)


def test_a_report_without_ink_says_what_it_could_not_check_and_takes_the_files(case: Case, tmp_path: Path) -> None:
    data, reason = report_of(case.comparison, [case.exhibits], without_ink=True)
    assert "--without-ink" in reason
    alone = checked(data, tmp_path)
    assert alone.holds
    assert outcomes(alone, "ink") == outcomes(alone, "value") == outcomes(alone, "files") == ["not checked"]
    beside = checked(data, tmp_path, case.exhibits)
    assert outcomes(beside, "files") == outcomes(beside, "value") == ["agrees"]


def test_files_are_found_by_what_they_hold_and_one_that_is_not_there_is_named(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / "moved"
    (folder / "deep").mkdir(parents=True)
    shutil.copy(case.exhibits / "Q1.inkml", folder / "deep" / "any name")
    (folder / "K1.inkml").write_text("something else")
    found = checked(case.report(), tmp_path, folder)
    assert outcomes(found, "files") == ["not checked", "agrees"]
    assert any("evidence/K1.inkml" in one.text for one in found.checks)
    assert found.holds


def test_a_saved_result_is_verified_likewise(case: Case, tmp_path: Path) -> None:
    alone = checked(to_json(case.comparison).encode(), tmp_path)
    assert (outcomes(alone, "result"), outcomes(alone, "value")) == (["agrees"], ["not checked"])
    lr = dataclasses.replace(case.comparison.lr, words="extremely strong support for H1 over H2")
    forged = to_json(dataclasses.replace(case.comparison, lr=lr)).encode()
    assert "lr.words" in differing(checked(forged, tmp_path, case.exhibits))
    assert "its hash does not hold" in differing(checked(forged.replace(b"extremely", b"hardly"), tmp_path))


def test_a_result_of_other_weights_names_the_model_that_is_needed(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()
    (tmp_path / "case.pdf").write_bytes(case.report())
    with pytest.raises(MissingResourceError, match=f"weights {case.comparison.model.sha256[:16]}"):
        command(tmp_path / "case.pdf")
    assert "agrees       pages" in capsys.readouterr().out


def test_the_command_ends_with_code_8_and_says_line_by_line_what_differs(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = case.report()
    (tmp_path / "case.pdf").write_bytes(data[:-2] + b"G\n" if data.endswith(b"F\n") else data)
    with pytest.raises(UnreadableFileError):
        command(tmp_path / "case.pdf")
    (tmp_path / "case.pdf").write_bytes(case.report().replace(b"DisplayDocTitle true", b"DisplayDocTitle null"))
    with pytest.raises(VerificationError, match="1 of 6 checks differ") as raised:
        command(tmp_path / "case.pdf")
    assert raised.value.exit_code == 8
    lines = capsys.readouterr().out.splitlines()
    assert "agrees       value       log10 LR +1.15 and all else follow from the ink, to the last digit" in lines
    assert "differs      pages       what holds its parts together is not as drawn again" in lines
    assert lines[-1].startswith("Without a signature this shows")


def test_numbers_may_differ_as_other_processors_round_and_no_more(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for apart, holds in ((1e-6, True), (0.01, False)):
        again = dataclasses.replace(case.comparison, score=case.comparison.score + apart)
        monkeypatch.setattr(verification, "compared_again", lambda *_, again=again: again)
        assert checked(case.report(), tmp_path).holds == holds


@pytest.mark.parametrize("state", ["embedded", "left out", "not at hand"])
def test_settings_that_were_rewritten_are_found(case: Case, tmp_path: Path, state: str) -> None:
    data = case.report() if state == "embedded" else drawn(case.comparison, ink=state)
    found = checked(data.replace(b"/Desc (How it was made)", b"/Desc (How it was mode)"), tmp_path)
    assert differing(found) == "settings.json is not as drawn again"


def test_the_report_of_a_result_whose_files_are_gone_or_changed_has_no_ink_and_says_so(
    case: Case, tmp_path: Path
) -> None:
    data, reason = report_of(case.comparison, [case.exhibits / "Q1.inkml"])
    assert reason == "evidence/K1.inkml: not there, or changed since it was compared"
    assert outcomes(checked(data, tmp_path), "ink") == ["not checked"]
    whole, none = report_of(case.comparison, [case.exhibits])
    assert (whole, none) == (case.report(), "")


def test_a_result_from_before_ink_was_stated_still_draws_and_verifies(case: Case, tmp_path: Path) -> None:
    fields = json.loads(to_json(dataclasses.replace(case.comparison, ink={})))
    assert "ink" not in fields
    old = from_json(json.dumps(fields), Comparison)
    data, reason = report_of(old, [case.exhibits])
    assert "a version that did not state it" in reason
    assert checked(data, tmp_path, case.exhibits).holds
