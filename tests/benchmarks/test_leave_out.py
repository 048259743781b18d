"""Folds that leave donors out: institutions stay together, and missing trainings are named, not guessed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.people import leave_out
from datasets.cache import write_samples
from datasets.sample import Sample
from datasets.synthetic import synthetic_sample
from forgery_kit.likelihood.back_end import BackEnd
from forgery_kit.likelihood.plda import Plda
from forgery_kit.likelihood.reference import Chunks, Reference
from forgery_kit.validation.iam_ondb import Embedded


def words(donor: str) -> Sample:
    return Sample(synthetic_sample("five boxing wizards", 1, 1).ink, writer=f"{donor}-001", device=donor)


def test_every_donor_is_left_out_once_and_institutions_stay_together() -> None:
    donors = ["apa", "apb", "cea", "cec", "nic", "sta", "hpp", "hpb"]
    found = leave_out.folds([words(d) for d in donors])
    assert found["nothing"] == ()
    assert found["iam"] == ("iam",)
    groups = [group for name, group in found.items() if name.startswith("unipen")]
    assert sorted(d for group in groups for d in group) == sorted(donors)
    assert all(
        {d[:2] for d in one}.isdisjoint(d[:2] for d in other) for one in groups for other in groups if one != other
    )


def test_missing_trainings_are_printed_with_their_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_samples(tmp_path / "iam-ondb.fkcache", [words("board")], "k")
    write_samples(tmp_path / "unipen.fkcache", [words("apa"), words("nic"), words("sta")], "k")
    assert leave_out.main(["--cache", str(tmp_path), "--runs", str(tmp_path / "runs")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert all("gan.training.style.discriminator" in line for line in lines)
    assert json.loads((tmp_path / "runs" / "unipen-1.json").read_text()) == {"without": ["apa"]}


def test_figures_are_of_the_reference_that_is_given() -> None:
    """Writers well apart in six directions: few errors, and LRs within what thirty calibration writers support."""
    random = np.random.default_rng(1)
    writer = np.repeat(np.arange(30), 8)
    vectors = 3 * random.normal(size=(30, 6))[writer] + random.normal(size=(240, 6))
    chunks = Chunks(
        vectors=vectors.astype(np.float32),
        steps=np.full(240, 480),
        with_time=np.zeros(240, bool),
        writer=writer,
        source=np.arange(240),
        donor=np.zeros(240, np.int64),
        writers=tuple(map(str, range(30))),
        donors=("a",),
    )
    back_end = BackEnd(Plda(np.zeros(6), np.eye(6), np.full(6, 9.0)))
    made = Reference({False: back_end}, chunks, chunks.take(np.zeros(240, bool)), {}, {})
    ink = Embedded(vectors, writer, np.arange(240), np.full(240, 480.0))
    found = leave_out.figures(made, ink, with_time=False)
    assert found["people"] == 30
    assert 0 < found["EER %"] < 5
    assert found["low"] <= found["EER %"] <= found["high"]
    assert 0 < found["Cllr min"] < found["Cllr"] < 0.3
