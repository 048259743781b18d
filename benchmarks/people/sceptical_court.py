"""What would convince a sceptical court:  python -m benchmarks.people.sceptical_court --data FOLDER [--out FILE.json]

Looks at the test writers of IAM-OnDB (``testset_f``) and the test people of UNIPEN: log every run in
``docs/experiments.md``. Asked here: can the donor be told from the embeddings of unseen people, and what would a
verifier reach that knows the donor only; do pairs recorded on one day score higher than others; do the same words;
does calibration hold for typical and for unusual hands; which pairs are the strangest.
"""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets import protocol
from datasets.corpora.iam_ondb import IamOnDb
from datasets.corpora.unipen import Unipen
from datasets.sample import Sample
from forgery_kit.likelihood import metrics
from forgery_kit.likelihood.judge import default_judge
from forgery_kit.likelihood.metrics import ScorePairs
from forgery_kit.likelihood.plda import score_matrix, within_variance
from forgery_kit.validation.iam_ondb import Embedded, embed
from forgery_kit.validation.unipen import embed_words, five_words

STRANGEST = 20


def donors(ink: Embedded, donor: NDArray[np.int64]) -> dict[str, Any]:
    """How well the donor of unseen people can be told, and the EER of knowing the donor only."""
    back_end = default_judge().reference.back_end[False]
    z = back_end.transform(ink.vectors)
    people = np.unique(ink.writer)
    centre = np.stack([z[ink.writer == p].mean(axis=0) for p in people])
    home = np.array([donor[ink.writer == p][0] for p in people])
    several = np.isin(home, np.flatnonzero(np.bincount(home) > 1))
    distance = np.linalg.norm(centre[:, None] - centre[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    nearest = home[distance.argmin(axis=1)]
    found = metrics.clopper_pearson(int((nearest == home)[several].sum()), int(several.sum()))
    sizes = np.bincount(home[several])
    chance = float(np.sum(sizes * (sizes - 1)) / (several.sum() * (several.sum() - 1)))
    first, second = np.triu_indices(len(donor), 1)
    same = ink.writer[first] == ink.writer[second]
    knows = (donor[first] == donor[second]).astype(float)
    everything = score_matrix(back_end, ink.vectors, ink.steps, ink.vectors, ink.steps)[first, second]
    return {
        "nearest other person is of the same donor": f"{found.count} of {found.of} [{found.low:.2f}, {found.high:.2f}]",
        "by chance": round(chance, 3),
        "EER of knowing the donor only, pairs across donors included": round(
            protocol.equal_error_rate(knows[same], knows[~same]), 4
        ),
        "EER of the score on the same pairs": round(protocol.equal_error_rate(everything[same], everything[~same]), 4),
    }


def days(samples: list[Sample], forms: Embedded) -> dict[str, Any]:
    """Different-writer form pairs of one day against other days; same-writer scores by minutes apart."""
    names = sorted({str(s.form) for s in samples})
    when = {str(s.form): datetime.fromisoformat(s.sitting) for s in samples if s.sitting}
    scores = score_matrix(
        default_judge().reference.back_end[True], forms.vectors, forms.steps, forms.vectors, forms.steps
    )
    first, second = np.triu_indices(len(scores), 1)
    known = np.array([names[a] in when and names[b] in when for a, b in zip(first, second, strict=True)])
    first, second = first[known], second[known]
    value = scores[first, second]
    same = forms.writer[first] == forms.writer[second]
    gap = np.array(
        [abs((when[names[a]] - when[names[b]]).total_seconds()) / 60 for a, b in zip(first, second, strict=True)]
    )
    day = np.array([when[names[a]].date() == when[names[b]].date() for a, b in zip(first, second, strict=True)])
    threshold = float(np.quantile(value[same], 0.02))
    result: dict[str, Any] = {}
    for name, rows in (("same day", ~same & day), ("other days", ~same & ~day)):
        result[f"different writers, {name}"] = _summary(value[rows], threshold)
    edges = (0, 5, 15, 60, np.inf)
    for low, high in pairwise(edges):
        rows = same & (gap >= low) & (gap < high)
        result[f"same writer, {low} to {high} minutes apart"] = _summary(value[rows], threshold)
    return result


def _summary(values: NDArray[np.float64], threshold: float) -> dict[str, Any]:
    if not len(values):
        return {"pairs": 0}
    return {
        "pairs": len(values),
        "median score": round(float(np.median(values)), 3),
        "share above the score that 2 % of same-writer pairs miss": round(float((values > threshold).mean()), 4),
    }


def words(samples: list[Sample], ink: Embedded, donor: NDArray[np.int64]) -> dict[str, Any]:
    """UNIPEN within a donor: exhibits that share most of their words against exhibits that share none."""
    texts = []
    groups: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        groups.setdefault((str(sample.writer), str(sample.device)), []).append(sample)
    for _, mine in sorted(groups.items()):
        texts += [frozenset(" ".join(s.text or "" for s in run).lower().split()) for run in five_words(mine)]
    if len(texts) != len(ink.writer):
        return {"skipped": "some exhibits had too little ink to be embedded"}
    scores = score_matrix(default_judge().reference.back_end[False], ink.vectors, ink.steps, ink.vectors, ink.steps)
    first, second = np.triu_indices(len(scores), 1)
    keep = donor[first] == donor[second]
    first, second = first[keep], second[keep]
    shared = np.array(
        [
            len(texts[a] & texts[b]) / max(min(len(texts[a]), len(texts[b])), 1)
            for a, b in zip(first, second, strict=True)
        ]
    )
    value, same = scores[first, second], ink.writer[first] == ink.writer[second]
    result: dict[str, Any] = {}
    for name, rows in (("same words", shared >= 0.6), ("other words", shared == 0)):
        if (rows & same).any() and (rows & ~same).any():
            result[name] = {
                "same-writer pairs": int((rows & same).sum()),
                "different-writer pairs": int((rows & ~same).sum()),
                "EER": round(protocol.equal_error_rate(value[rows & same], value[rows & ~same]), 4),
                "median score, different writers": round(float(np.median(value[rows & ~same])), 3),
            }
    return result


def thirds(lines: Embedded) -> dict[str, Any]:
    """Cllr of line pairs by thirds of typicality: the distance of the less typical side from the average hand."""
    back_end = default_judge().reference.back_end[True]
    spread = within_variance(lines.steps)[:, None] + back_end.plda.between
    unusual = np.sum(back_end.transform(lines.vectors) ** 2 / spread, axis=1)
    scores = score_matrix(back_end, lines.vectors, lines.steps, lines.vectors, lines.steps)
    first, second = np.triu_indices(len(scores), 1)
    keep = lines.form[first] != lines.form[second]
    first, second = first[keep], second[keep]
    pairs = ScorePairs(scores[first, second], lines.writer[first], lines.writer[second], np.zeros(len(first), np.int64))
    amounts, none = (lines.steps[first], lines.steps[second]), np.zeros(len(first), bool)
    bounded = default_judge().calibrations.of_pairs("timed", pairs.score, *amounts, none).bounded
    level = np.maximum(unusual[first], unusual[second])
    edges = np.quantile(level, [0, 1 / 3, 2 / 3, 1])
    result = {}
    for name, low, high in zip(("typical", "middle", "unusual"), edges[:-1], edges[1:], strict=True):
        rows = (level >= low) & (level <= high)
        own = pairs.take(rows)
        weights = metrics.pair_weights(own)
        result[name] = {
            "pairs": int(rows.sum()),
            "Cllr": round(metrics.cllr(bounded[rows], own.same, weights), 4),
            "EER": round(metrics.eer(own.score, own.same, weights), 4),
        }
    return result


def strangest(samples: list[Sample], forms: Embedded) -> list[str]:
    """The form pairs that speak most against what is on record, for a look at their labels; none is left out."""
    names = sorted({str(s.form) for s in samples})
    writers = sorted({str(s.writer) for s in samples})
    scores = score_matrix(
        default_judge().reference.back_end[True], forms.vectors, forms.steps, forms.vectors, forms.steps
    )
    first, second = np.triu_indices(len(scores), 1)
    same = forms.writer[first] == forms.writer[second]
    wrong = np.where(same, -scores[first, second], scores[first, second])
    # Each kind against its own spread, so that both kinds are seen.
    for kind in (same, ~same):
        wrong[kind] = (wrong[kind] - np.median(wrong[kind])) / np.std(wrong[kind])
    found = []
    for index in np.argsort(-wrong)[:STRANGEST]:
        a, b = first[index], second[index]
        who = f"{writers[forms.writer[a]]} and {writers[forms.writer[b]]}"
        found.append(f"{names[a]} against {names[b]} (writers {who}): score {scores[a, b]:.2f}")
    return found


def main(arguments: list[str] | None = None) -> None:
    """Run all of it and print, or write, one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with both corpora")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    iam = [s for s in IamOnDb(options.data).samples if s.split == "testset_f" and s.writer]
    unipen = Unipen(options.data).samples
    parts = protocol.unipen_parts(unipen)
    mine = [s for s in unipen if parts[str(s.writer)] == "test"]
    by_form: dict[str, list[Sample]] = {}
    for sample in iam:
        by_form.setdefault(str(sample.form), []).append(sample)
    lines, forms = embed([[s] for s in iam]), embed(list(by_form.values()))
    ink, donor = embed_words(mine)
    result = {
        "donor": donors(ink, donor),
        "days": days(iam, forms),
        "words": words(mine, ink, donor),
        "typicality": thirds(lines),
        "strangest": strangest(iam, forms),
    }
    text = json.dumps(result, indent=1, ensure_ascii=False)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
