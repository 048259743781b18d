"""Leave donors out:  python -m benchmarks.people.leave_out --cache FOLDER --runs FOLDER [--out FILE.json]

Does the discriminator hold on a corpus, a device, a place that it never saw? For each fold a network is trained without
some donors, its back end and its calibration are made without them too, and it is tested inside them, on all of their
people: nobody there has been seen. Folds: IAM-OnDB; three groups of UNIPEN's donors, those of one institution (first
two letters of the name) together; and, to compare with, nothing left out.

The trainings are separate, since they may run on another machine: where a fold has no weights yet, its settings are
written and the command that trains it is printed. Five words against five words and no time for UNIPEN, lines and forms
of ``testset_f`` for IAM-OnDB. Test people are looked at: log every run in ``docs/experiments.md``.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets import protocol
from datasets.cache import read_samples
from datasets.corpora.iam_ondb import DEVICE
from datasets.sample import Sample
from forgery_kit.likelihood import metrics
from forgery_kit.likelihood.amounts import LEVELS, level_of
from forgery_kit.likelihood.back_end import BackEnd, score_matrix, vectors_of
from forgery_kit.likelihood.calibration import Calibrator, TooFewWritersError, fit_calibrator
from forgery_kit.likelihood.metrics import ScorePairs
from forgery_kit.likelihood.pairs import form_pairs
from forgery_kit.likelihood.plda import Plda, fit_plda
from forgery_kit.likelihood.reference import Chunks, Reference
from forgery_kit.likelihood.reference_build import CALIBRATION_CHUNKS, TRAINING_CHUNKS, corpus_people, embed_people
from forgery_kit.validation.iam_ondb import Embedded, embed, few
from forgery_kit.validation.unipen import embed_words
from gan import backend
from gan.judging.style import WINDOW

UNIPEN_FOLDS = 3
#: Redraws of the writers behind an interval.
DRAWS = 200
MINUTES = 13


def folds(unipen: list[Sample]) -> dict[str, tuple[str, ...]]:
    """Name of each fold → donors left out of it; "iam" is IAM-OnDB."""
    donors = sorted({str(s.device) for s in unipen})
    institutions = sorted({donor[:2] for donor in donors})
    groups = {
        f"unipen-{k + 1}": tuple(d for d in donors if institutions.index(d[:2]) % UNIPEN_FOLDS == k)
        for k in range(UNIPEN_FOLDS)
    }
    return {"nothing": (), "iam": ("iam",), **groups}


def reference(cache: Path, without: tuple[str, ...], network: Any) -> Reference:
    """Back end and calibration people of a network, without the people of some donors."""

    def people(part: protocol.Part) -> list[tuple[str, str, list[list[Sample]]]]:
        return [p for p in corpus_people(cache, (part,)) if ("iam" if p[1] == DEVICE else p[1]) not in without]

    embed = embedder(network)
    training = embed_people(people("training"), TRAINING_CHUNKS, embed)
    chunks = embed_people(people("calibration"), CALIBRATION_CHUNKS, embed)
    nobody = chunks.take(np.zeros(len(chunks.steps), bool))
    return Reference({flag: BackEnd(_plda(training, flag)) for flag in (True, False)}, chunks, nobody, {}, {})


def embedder(network: Any) -> Any:
    """Windows of ink → embeddings of this network, without letters."""
    return lambda pieces, length=WINDOW: vectors_of(network, None, pieces, length)


def _plda(training: Chunks, with_time: bool) -> Plda:
    rows = training.with_time == with_time
    return fit_plda(training.vectors[rows], training.writer[rows], training.donor[rows])


def calibrator(made: Reference, steps: NDArray[np.float64], with_time: bool) -> Calibrator:
    """The calibrator at the level nearest to the median amount of ink, or the greatest below it that has the people."""
    nearest = level_of(float(np.median(steps)))
    for level in sorted((level for level in LEVELS if level <= nearest), reverse=True):
        try:
            return fit_calibrator(form_pairs(made, (level, level), with_time))
        except TooFewWritersError:
            continue
    raise TooFewWritersError("no amount of ink has calibration people enough")


def figures(made: Reference, ink: Embedded, with_time: bool) -> dict[str, Any]:
    """EER with its interval over writers, Cllr and its minimum, of all pairs of exhibits from different forms."""
    scores = score_matrix(made.back_end[with_time], ink.vectors, ink.steps, ink.vectors, ink.steps)
    first, second = np.triu_indices(len(scores), 1)
    keep = ink.form[first] != ink.form[second]
    first, second = first[keep], second[keep]
    writers = ink.writer[first], ink.writer[second]
    pairs = ScorePairs(scores[first, second], *writers, np.zeros(len(first), np.int64))
    weights = metrics.pair_weights(pairs)
    fitted = calibrator(made, ink.steps, with_time)
    bounded = np.clip(fitted.unbounded(pairs.score), *fitted.bounds)
    some = pairs.take(few(pairs))
    drawn = metrics.bootstrap_weights(some, metrics.pair_weights(some), DRAWS, 1)
    low, high = np.quantile([metrics.eer(some.score, some.same, w) for w in drawn], [0.025, 0.975])
    return {
        "people": len(np.unique(np.concatenate(writers))),
        "EER %": round(100 * metrics.eer(pairs.score, pairs.same, weights), 2),
        "low": round(100 * float(low), 2),
        "high": round(100 * float(high), 2),
        "Cllr": round(metrics.cllr(bounded, pairs.same, weights), 3),
        "Cllr min": round(metrics.cllr_min(pairs.score, pairs.same, weights), 3),
    }


def by_donor(made: Reference, samples: list[Sample], donors: tuple[str, ...], network: Any) -> dict[str, Any]:
    """Figures of every donor with two people or more who have two exhibits of five words."""
    found = {}
    for donor in donors:
        ink, _ = embed_words([s for s in samples if s.device == donor], embed_piece=embedder(network))
        counts = np.bincount(ink.writer) if len(ink.writer) else np.zeros(1)
        if (counts > 0).sum() >= 2 and counts.max() >= 2:
            found[donor] = figures(made, ink, with_time=False)
    return found


def in_iam(made: Reference, samples: list[Sample], network: Any) -> dict[str, Any]:
    """Figures of lines and of forms, with and without time."""
    forms: dict[str, list[Sample]] = {}
    for sample in samples:
        forms.setdefault(str(sample.form), []).append(sample)
    found = {}
    for with_time, suffix in ((True, ""), (False, ", without time")):
        for name, exhibits in (("lines", [[s] for s in samples]), ("forms", list(forms.values()))):
            ink = embed(exhibits, with_time, embed_piece=embedder(network))
            found[name + suffix] = figures(made, ink, with_time)
    return found


def main(arguments: list[str] | None = None) -> int:
    """Print the trainings that are missing, or test all folds and print, or write, one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder that `cli.py data cache` made")
    parser.add_argument("--runs", type=Path, required=True, help="folder with one training of each fold")
    parser.add_argument("--out", type=Path, help="write JSON here")
    options = parser.parse_args(arguments)
    iam, unipen = (read_samples(options.cache / f"{name}.fkcache") for name in ("iam-ondb", "unipen"))
    if iam is None or unipen is None:
        parser.error(f"no cached corpora in {options.cache}: run `python cli.py data cache`")
    left_out = folds(unipen[0])
    missing = [name for name in left_out if not (options.runs / name / "discriminator.safetensors").is_file()]
    for name in missing:
        settings = options.runs / f"{name}.json"
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(json.dumps({"without": left_out[name]}))
        print(
            f"python -m gan.training.style.discriminator --cache {options.cache} --out {options.runs / name}"
            f" --settings {settings} --minutes {MINUTES}"
        )
    if missing:
        return 1
    backend.choose()
    from gan.judging.discriminator import build_encoder, load_weights

    parts = protocol.unipen_parts(unipen[0])
    # The people on two devices would be most of their donors' people.
    people = [s for s in unipen[0] if parts[str(s.writer)] != "two-device"]
    test = [s for s in iam[0] if s.writer and s.split == "testset_f"]
    result: dict[str, Any] = {}
    for name, donors in left_out.items():
        network = build_encoder()
        load_weights(network, options.runs / name / "discriminator.safetensors")
        made = reference(options.cache, donors, network)
        result[name] = {"left out": donors}
        if donors in ((), ("iam",)):
            result[name]["IAM-OnDB"] = in_iam(made, test, network)
        if not donors:
            unseen = [s for s in people if parts[str(s.writer)] == "test"]
            result[name]["donors"] = by_donor(made, unseen, tuple(d for g in left_out.values() for d in g), network)
        elif donors != ("iam",):
            result[name]["donors"] = by_donor(made, people, donors, network)
            unseen = [s for s in people if parts[str(s.writer)] == "test"]
            result[name]["donors, test people only"] = by_donor(made, unseen, donors, network)
        print(name, json.dumps(result[name], indent=1), file=sys.stderr, flush=True)
    text = json.dumps(result, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
