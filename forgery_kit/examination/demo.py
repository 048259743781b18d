"""Two sides to compare in the demo: the bundled exhibits, or two real forms of one writer, written out as files.

So the demo runs the same path as an examiner's case.
"""

from __future__ import annotations

from pathlib import Path

from datasets.corpora.iam_ondb import IamOnDb
from datasets.writers.inkml import write_inkml

EXHIBITS = Path(__file__).resolve().parents[2] / "datasets" / "exhibits"


def bundled() -> tuple[list[Path], list[Path]]:
    """Files (questioned, known) of one writer made by code."""
    return [EXHIBITS / "q1.inkml"], [EXHIBITS / "k1.inkml", EXHIBITS / "k2.inkml"]


def real_forms(root: Path, out: Path) -> tuple[list[Path], list[Path]]:
    """Files (questioned, known) of the first two forms of a test writer of IAM-OnDB, written under ``out``.

    Raises MissingResourceError where the corpus is not under ``root``.
    """
    samples = [s for s in IamOnDb(root).samples if s.split == "testset_f" and s.writer]
    writer = min(s.writer for s in samples if s.writer)
    forms = sorted({str(s.form) for s in samples if s.writer == writer})[:2]
    sides: list[list[Path]] = []
    for form in forms:
        folder = out / form
        folder.mkdir(parents=True, exist_ok=True)
        files = []
        for sample in (s for s in samples if s.form == form):
            files.append(folder / f"{Path(sample.file).stem}.inkml")
            files[-1].write_bytes(write_inkml(sample.ink, text=sample.text, device=sample.device, origin="genuine"))
        sides.append(files)
    return sides[0], sides[1]
