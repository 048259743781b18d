"""Three baselines under the discriminator's own protocol:  python -m benchmarks.baselines --data FOLDER [--split …]

The same writers, exhibits and pairs for all: of each writer four forms, and one line of each of these forms; all pairs
from different forms, writers weighing equally. DTW distance of pen directions; GMM–UBM on the point features of
Schlapbach, Liwicki & Bunke (2008); the report's measures with logistic regression; and the style head.
Whatever learns does so on ``trainset``. Looking at ``testset_f`` is logged in ``docs/experiments.md``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler

from datasets import protocol
from datasets.corpora.iam_ondb import IamOnDb
from datasets.sample import Sample
from forgery_kit import metrics
from forgery_kit.measures import measure
from forgery_kit.metrics import ScorePairs
from forgery_kit.plda import score_matrix
from forgery_kit.reference import load_reference
from gan.features import Trace, trace
from gan.style import embed_sequences, sequence, traces

Array = NDArray[np.float64]
Scorer = Callable[[list[list[Sample]]], Array]
FORMS = 4
#: Steps a line is brought to for DTW, and the width of the band around the diagonal.
DTW_STEPS, DTW_BAND = 120, 30
#: Lines of a form that DTW compares.
DTW_LINES = 3
COMPONENTS, RELEVANCE = 64, 16.0
#: Points of an exhibit that the mixture sees.
POINTS = 800


def exhibits(samples: list[Sample], whole: bool) -> tuple[list[list[Sample]], NDArray[np.int64]]:
    """Four exhibits of each writer, from different forms (a line of each, or all of it), and the writers' numbers."""
    found, who = [], []
    for number, (_, mine) in enumerate(sorted(protocol.by_writer(samples).items())):
        by_form: dict[str, list[Sample]] = {}
        for sample in mine:
            by_form.setdefault(str(sample.form), []).append(sample)
        for form in sorted(by_form)[:FORMS]:
            lines = by_form[form]
            found.append(lines if whole else [lines[len(lines) // 2]])
            who.append(number)
    return found, np.array(who)


def style_head(ink: list[list[Sample]]) -> Array:
    """Scores (n, n) of the discriminator."""
    features = [sequence(traces(e), True) for e in ink]
    vectors, steps = embed_sequences(features), [len(f) for f in features]
    return score_matrix(load_reference().plda[True], vectors, steps, vectors, steps)


def dtw(ink: list[list[Sample]]) -> Array:
    """Minus the banded DTW distance (Sakoe & Chiba 1978) of pen directions; forms by their nearest lines."""
    owner, rows = [], []
    for index, exhibit in enumerate(ink):
        for sample in exhibit[:DTW_LINES]:
            owner.append(index)
            rows.append(_directions(trace([sample])))
    tracks, owners = np.stack(rows), np.array(owner)
    scores = np.full((len(ink), len(ink)), -np.inf)
    first, second = np.triu_indices(len(tracks), 1)
    for start in range(0, len(first), 4000):
        a, b = first[start : start + 4000], second[start : start + 4000]
        np.maximum.at(scores, (owners[a], owners[b]), -_dtw(tracks[a], tracks[b]))
    return np.maximum(scores, scores.T)


def _directions(ink: Trace) -> Array:
    """Direction cosines (DTW_STEPS, 2) of a line, at equal parts of its length."""
    legs = np.diff(ink.xy, axis=0)
    along = np.concatenate([[0], np.cumsum(np.hypot(*legs.T))])
    places = np.linspace(0, along[-1], DTW_STEPS + 1)
    at = np.column_stack([np.interp(places, along, ink.xy[:, c]) for c in (0, 1)])
    step = np.diff(at, axis=0)
    return step / np.maximum(np.hypot(*step.T), 1e-9)[:, None]


def _dtw(a: Array, b: Array) -> Array:
    """Distances (k,) of pairs of tracks (k, n, 2), all pairs at once, one cell after another."""
    cost = np.linalg.norm(a[:, :, None] - b[:, None], axis=3)
    n = a.shape[1]
    before = np.full((len(a), n + 1), np.inf)
    before[:, 0] = 0
    for i in range(n):
        row = np.full((len(a), n + 1), np.inf)
        for j in range(max(0, i - DTW_BAND), min(n, i + DTW_BAND + 1)):
            row[:, j + 1] = cost[:, i, j] + np.minimum(np.minimum(before[:, j], before[:, j + 1]), row[:, j])
        before = row
    return before[:, -1] / (2 * n)


def gmm_ubm(training: list[Sample]) -> Scorer:
    """Log-likelihood ratio of a mixture adapted to one side against the universal one, both ways (MAP of the means)."""
    points = np.concatenate([_point_features([s])[::4] for s in training[::6]])
    scaler = StandardScaler().fit(points)
    universal = GaussianMixture(COMPONENTS, covariance_type="diag", reg_covar=1e-2, max_iter=60, random_state=1)
    universal.fit(scaler.transform(points))

    def scores(ink: list[list[Sample]]) -> Array:
        sides = [scaler.transform(_point_features(e)) for e in ink]
        sides = [s[:: max(len(s) // POINTS, 1)] for s in sides]
        shares = [universal.predict_proba(s) for s in sides]
        base = [universal.score_samples(s).mean() for s in sides]
        adapted = []
        for side, share in zip(sides, shares, strict=True):
            count = share.sum(axis=0)
            mean = share.T @ side / np.maximum(count, 1e-9)[:, None]
            weight = (count / (count + RELEVANCE))[:, None]
            adapted.append(weight * mean + (1 - weight) * universal.means_)
        result = np.zeros((len(ink), len(ink)))
        variance, log_weights = universal.covariances_, np.log(universal.weights_)
        constant = log_weights - 0.5 * np.sum(np.log(2 * np.pi * variance), axis=1)
        for j, means in enumerate(adapted):
            inverse = 1 / variance
            for i, side in enumerate(sides):
                distance = side**2 @ inverse.T - 2 * side @ (means * inverse).T + np.sum(means**2 * inverse, axis=1)
                result[i, j] = np.logaddexp.reduce(constant - 0.5 * distance, axis=1).mean() - base[i]
        return (result + result.T) / 2

    return scores


def _point_features(exhibit: list[Sample]) -> Array:
    """Point features (n, 8): log speed and its change, direction and its change, aspect and curl nearby, pen lifts."""
    rows = []
    for sample in exhibit:
        ink = trace([sample])
        step = np.diff(ink.xy, axis=0)
        time = np.maximum(np.diff(ink.t), 1e-3)
        length = np.hypot(*step.T)
        speed = np.log(np.maximum(length / time, 1e-2))
        angle = np.arctan2(step[:, 1], step[:, 0])
        turn = np.angle(np.exp(1j * np.diff(angle, prepend=angle[0])))
        near = np.lib.stride_tricks.sliding_window_view(np.pad(ink.xy, ((3, 3), (0, 0)), mode="edge"), 7, axis=0)
        size = np.ptp(near, axis=2)[:-1]
        path = np.convolve(length, np.ones(7), "same")
        lifted = np.isin(np.arange(len(step)), ink.starts[1:] - 1)
        rows.append(
            np.column_stack(
                [
                    speed,
                    np.diff(speed, prepend=speed[0]),
                    np.cos(angle),
                    np.sin(angle),
                    turn,
                    np.arctan2(size[:, 1], size[:, 0]),
                    np.log(path / np.maximum(size.max(axis=1), 1e-3) + 1e-3),
                    lifted,
                ]
            )
        )
    return np.nan_to_num(np.concatenate(rows))


def measures(training: list[Sample], whole: bool) -> Scorer:
    """Logistic regression on the absolute differences of the report's measures."""
    ink, who = exhibits(training, whole)
    scaler = StandardScaler()
    table = scaler.fit_transform(_measure_table(ink))
    first, second = np.triu_indices(len(who), 1)
    model = LogisticRegression(class_weight="balanced", max_iter=1000)
    model.fit(np.abs(table[first] - table[second]), who[first] == who[second])

    def scores(test: list[list[Sample]]) -> Array:
        rows = scaler.transform(_measure_table(test))
        return np.stack([model.decision_function(np.abs(rows - row)) for row in rows])

    return scores


def _measure_table(ink: list[list[Sample]]) -> Array:
    found = [measure(e) for e in ink]
    names = sorted(found[0])
    table = np.array([[np.nan if f[n].value is None else f[n].value for n in names] for f in found], float)
    # What could not be measured counts as usual.
    usual = np.ma.median(np.ma.masked_invalid(table), axis=0).filled(0.0)
    return np.where(np.isfinite(table), table, usual)


def figures(scores: Array, who: NDArray[np.int64]) -> str:
    """EER in % with its 95 % interval over writers."""
    first, second = np.triu_indices(len(who), 1)
    pairs = ScorePairs(scores[first, second], who[first], who[second], np.zeros(len(first), np.int64))
    weights = metrics.pair_weights(pairs)
    drawn = metrics.bootstrap_weights(pairs, weights, 200, 1)
    low, high = np.quantile([metrics.eer(pairs.score, pairs.same, w) for w in drawn], [0.025, 0.975])
    return f"{100 * metrics.eer(pairs.score, pairs.same, weights):.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def main(arguments: list[str] | None = None) -> None:
    """Run all four on lines and forms; print, or write, one JSON object of EERs in %."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with IAM-OnDB")
    parser.add_argument("--split", default="testset_t", choices=("testset_t", "testset_v", "testset_f"))
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    corpus = [s for s in IamOnDb(options.data).samples if s.writer]
    training = [s for s in corpus if s.split == "trainset"]
    test = [s for s in corpus if s.split == options.split]
    result: dict[str, str] = {"split": options.split, "writers": str(len({s.writer for s in test}))}
    mixture = gmm_ubm(training)
    for name, whole in (("lines", False), ("forms", True)):
        ink, who = exhibits(test, whole)
        scorers: dict[str, Scorer] = {
            "style head": style_head,
            "GMM-UBM": mixture,
            "measures": measures(training, whole),
            "DTW": dtw,
        }
        for scorer, scores in scorers.items():
            result[f"{name}, {scorer}, EER %"] = figures(scores(ink), who)
            print(name, scorer, result[f"{name}, {scorer}, EER %"], flush=True)
    if options.out:
        options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
