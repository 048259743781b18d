"""Three baselines under the discriminator's own protocol:

    python -m benchmarks.people.baselines --data FOLDER [--split …]

The exhibits of ``forgery_kit.validation.iam_ondb`` (every line, every form; pairs always from different forms; writers
weigh
equally), thinned to pairs that all methods share: at random at most ``SAME`` same-writer pairs a writer, and about
``DIFFERENT`` different-writer pairs, as many of every couple. EER with its 95 % interval over writers of

- DTW: banded distance of pen directions; forms by the mean of their lines' nearest lines;
- GMM-UBM: MAP-adapted means on point features in the manner of Schlapbach, Liwicki & Bunke (2008);
- measures: logistic regression on the absolute differences of the report's measures;
- style head: the shipped discriminator, on the same pairs.

What learns does so on ``trainset``. The shipped weights may have been trained on ``testset_t`` too: there, the style
head's row is no test. Looking at ``testset_f`` is logged in ``docs/experiments.md``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler

from datasets.corpora.iam_ondb import IamOnDb
from datasets.sample import Sample
from forgery_kit.examination.measures import measure_vector
from forgery_kit.likelihood import metrics
from forgery_kit.likelihood.back_end import score_pairs
from forgery_kit.likelihood.judge import default_judge
from forgery_kit.likelihood.metrics import ScorePairs
from forgery_kit.likelihood.reference import load_reference
from gan.features import trace
from gan.judging.style import sequence, traces

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Ink = list[list[Sample]]
#: Exhibits, first and second of each pair → scores (n,).
Scorer = Callable[[Ink, Indices, Indices], Array]
SAME, DIFFERENT = 100, 10_000
#: Steps a line is brought to for DTW, the width of the band either side of the diagonal, lines of a form compared.
DTW_STEPS, DTW_BAND, DTW_LINES = 300, 30, 3
COMPONENTS, RELEVANCE = 64, 16.0
#: Points either side of a point that its vicinity features look at.
VICINITY = 3


def exhibits(samples: list[Sample], whole: bool) -> tuple[Ink, Indices, Indices]:
    """Exhibits (lines, or forms with all their lines), with the numbers of their writers and forms."""
    writers = sorted({str(s.writer) for s in samples})
    by_form: dict[str, list[Sample]] = {}
    for sample in samples:
        by_form.setdefault(str(sample.form), []).append(sample)
    ink = list(by_form.values()) if whole else [[s] for lines in by_form.values() for s in lines]
    forms = list(by_form)
    form = np.array([forms.index(str(e[0].form)) for e in ink])
    return ink, np.array([writers.index(str(e[0].writer)) for e in ink]), form


def draw_pairs(writer: Indices, form: Indices, seed: int = 1) -> tuple[Indices, Indices]:
    """The shared pairs: indices of their first and second exhibits, never of one form."""
    generator = np.random.default_rng(seed)
    rows = {int(w): np.flatnonzero(writer == w) for w in np.unique(writer)}
    couples = list(combinations(rows, 2))
    share = -(-DIFFERENT // max(len(couples), 1))
    kept = []
    for (a, b), most in [((w, w), SAME) for w in rows] + [(couple, share) for couple in couples]:
        first, second = (g.ravel() for g in np.meshgrid(rows[a], rows[b], indexing="ij"))
        usable = np.flatnonzero((form[first] != form[second]) & ((a != b) | (first < second)))
        some = generator.permutation(usable)[:most]
        kept.append(np.stack([first[some], second[some]]))
    first, second = np.concatenate(kept, axis=1)
    return first, second


def style_head(ink: Ink, first: Indices, second: Indices) -> Array:
    """Scores of the discriminator."""
    features = [sequence(traces(e), True) for e in ink]
    vectors, steps = default_judge().embed(features), np.array([len(f) for f in features])
    return score_pairs(load_reference().back_end[True], vectors[first], steps[first], vectors[second], steps[second])


def dtw(ink: Ink, first: Indices, second: Indices) -> Array:
    """Minus the banded DTW distance (Sakoe & Chiba 1978); forms: each line's nearest, averaged over both sides."""
    tracks = [np.stack([_directions(s) for s in e[:DTW_LINES]]) for e in ink]
    result = np.zeros(len(first))
    for start in range(0, len(first), 1000):
        rows = range(start, min(start + 1000, len(first)))
        shapes = [(len(tracks[first[r]]), len(tracks[second[r]])) for r in rows]
        a = np.concatenate([np.repeat(tracks[first[r]], n, axis=0) for r, (_, n) in zip(rows, shapes, strict=True)])
        b = np.concatenate([np.tile(tracks[second[r]], (m, 1, 1)) for r, (m, _) in zip(rows, shapes, strict=True)])
        pieces = np.split(dtw_distances(a, b), np.cumsum([m * n for m, n in shapes])[:-1])
        for row, shape, piece in zip(rows, shapes, pieces, strict=True):
            block = piece.reshape(shape)
            result[row] = -(block.min(axis=0).mean() + block.min(axis=1).mean()) / 2
    return result


def _directions(sample: Sample) -> Array:
    """Direction cosines (DTW_STEPS, 2) of a line at equal parts of its path, lifted pen included."""
    xy = trace([sample]).xy
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    places = np.linspace(0, along[-1], DTW_STEPS + 1)
    step = np.diff(np.column_stack([np.interp(places, along, xy[:, c]) for c in (0, 1)]), axis=0)
    return step / np.maximum(np.hypot(*step.T), 1e-9)[:, None]


def dtw_distances(a: Array, b: Array, band: int = DTW_BAND) -> Array:
    """Distances (k,) of pairs of unit tracks a, b (k, n, 2), cost 1 − cosine; one anti-diagonal after another."""
    k, n, _ = a.shape
    before, last = np.full((k, n + 1), np.inf), np.full((k, n + 1), np.inf)
    # Place i + 1 of a diagonal holds row i; the start stands before row 0, two diagonals back.
    before[:, 0] = 0
    for d in range(2 * n - 1):
        low, high = max(0, d - n + 1, -(-(d - band) // 2)), min(n - 1, d, (d + band) // 2)
        opposite = b[:, d - high : d - low + 1][:, ::-1]
        cost = 1 - np.einsum("kij,kij->ki", a[:, low : high + 1], opposite)
        now = np.full((k, n + 1), np.inf)
        ways = np.minimum(last[:, low : high + 1], last[:, low + 1 : high + 2])
        now[:, low + 1 : high + 2] = cost + np.minimum(ways, before[:, low : high + 1])
        before, last = last, now
    return last[:, n] / (2 * n)


def gmm_ubm(training: list[Sample]) -> Scorer:
    """Mean log-likelihood ratio a point of the mixture adapted to one side against the universal one, both ways."""
    points = np.concatenate([_point_features([s])[::4] for s in training[::6]])
    scaler = StandardScaler().fit(points)
    universal = GaussianMixture(COMPONENTS, covariance_type="diag", reg_covar=1e-2, max_iter=60, random_state=1)
    universal.fit(scaler.transform(points))
    inverse = 1 / universal.covariances_
    constant = np.log(universal.weights_) - 0.5 * np.sum(np.log(2 * np.pi * universal.covariances_), axis=1)

    def likelihood(side: Array, squares: Array, means: Array) -> float:
        distance = squares - 2 * side @ (means * inverse).T + np.sum(means**2 * inverse, axis=1)
        logs = constant - 0.5 * distance
        top = logs.max(axis=1)
        return float(np.mean(top + np.log(np.exp(logs - top[:, None]).sum(axis=1))))

    def scores(ink: Ink, first: Indices, second: Indices) -> Array:
        sides = [scaler.transform(_point_features(e)) for e in ink]
        squares = [side**2 @ inverse.T for side in sides]
        adapted = [_adapted(universal, side) for side in sides]
        base = [likelihood(s, q, universal.means_) for s, q in zip(sides, squares, strict=True)]
        both = [
            likelihood(sides[one], squares[one], adapted[other]) - base[one]
            for i, j in zip(first, second, strict=True)
            for one, other in ((i, j), (j, i))
        ]
        return np.array(both).reshape(-1, 2).mean(axis=1)

    return scores


def _adapted(universal: GaussianMixture, side: Array) -> Array:
    """Means of the universal mixture, MAP-adapted to one side (Reynolds et al. 2000)."""
    share = universal.predict_proba(side)
    count = share.sum(axis=0)[:, None]
    mean = share.T @ side / np.maximum(count, 1e-9)
    weight = count / (count + RELEVANCE)
    return weight * mean + (1 - weight) * universal.means_


def _point_features(exhibit: list[Sample]) -> Array:
    """Point features (n, 10): log speed and its change, direction, curvature; the vicinity's aspect, slope, curl."""
    rows = []
    for sample in exhibit:
        ink = trace([sample])
        step = np.diff(ink.xy, axis=0)
        length = np.hypot(*step.T)
        speed = np.log(np.maximum(length / np.maximum(np.diff(ink.t), 1e-3), 1e-2))
        angle = np.arctan2(step[:, 1], step[:, 0])
        turn = np.diff(angle, prepend=angle[:1])
        size = 2 * VICINITY + 1
        padded = np.pad(ink.xy, ((VICINITY, VICINITY), (0, 0)), mode="edge")
        near = np.lib.stride_tricks.sliding_window_view(padded, size, axis=0)[:-1]
        box = np.maximum(np.ptp(near, axis=2), 1e-3)
        chord = near[:, :, -1] - near[:, :, 0]
        slope = np.arctan2(chord[:, 1], chord[:, 0])
        path = np.convolve(length, np.ones(size - 1), "same")
        columns = (
            speed,
            np.diff(speed, prepend=speed[:1]),
            np.cos(angle),
            np.sin(angle),
            np.cos(turn),
            np.sin(turn),
            (box[:, 1] - box[:, 0]) / (box[:, 1] + box[:, 0]),
            np.cos(slope),
            np.sin(slope),
            np.log(path / box.max(axis=1) + 1e-2),
        )
        # Jumps of the lifted pen are no writing.
        written = ~np.isin(np.arange(len(step)), ink.starts[1:] - 1)
        rows.append(np.column_stack(columns)[written])
    return np.nan_to_num(np.concatenate(rows))


def measures(training: list[Sample], whole: bool) -> Scorer:
    """Logistic regression on the absolute differences of the report's measures."""
    ink, writer, form = exhibits(training, whole)
    first, second = draw_pairs(writer, form)
    table = np.stack([measure_vector(e) for e in ink])
    # What could not be measured counts as usual in training.
    usual = np.ma.median(np.ma.masked_invalid(table), axis=0).filled(0.0)
    scaler = StandardScaler().fit(np.where(np.isfinite(table), table, usual))

    def differences(table: Array, first: Indices, second: Indices) -> Array:
        rows = scaler.transform(np.where(np.isfinite(table), table, usual))
        return np.abs(rows[first] - rows[second])

    model = LogisticRegression(class_weight="balanced", max_iter=1000)
    model.fit(differences(table, first, second), writer[first] == writer[second])

    def scores(test: Ink, first: Indices, second: Indices) -> Array:
        return model.decision_function(differences(np.stack([measure_vector(e) for e in test]), first, second))

    return scores


def figures(scores: Array, first: Indices, second: Indices) -> dict[str, float]:
    """EER in % with its 95 % interval over writers, of pairs of writers."""
    pairs = ScorePairs(scores, first, second, np.zeros(len(first), np.int64))
    weights = metrics.pair_weights(pairs)
    drawn = metrics.bootstrap_weights(pairs, weights, 200, 1)
    low, high = np.quantile([metrics.eer(pairs.score, pairs.same, w) for w in drawn], [0.025, 0.975])
    value = metrics.eer(pairs.score, pairs.same, weights)
    return {key: round(100 * float(v), 2) for key, v in (("EER %", value), ("low", low), ("high", high))}


def run(training: list[Sample], test: list[Sample]) -> list[dict[str, Any]]:
    """One row for each method and amount, printed as it comes."""
    mixture = gmm_ubm(training)
    result: list[dict[str, Any]] = []
    print(f"{'amount':7} {'method':11} {'EER %':>6}  95 % interval    pairs same / different")
    for name, whole in (("lines", False), ("forms", True)):
        ink, writer, form = exhibits(test, whole)
        first, second = draw_pairs(writer, form)
        same = int((writer[first] == writer[second]).sum())
        scorers = {"style head": style_head, "GMM-UBM": mixture, "measures": measures(training, whole), "DTW": dtw}
        for method, scorer in scorers.items():
            found = figures(scorer(ink, first, second), writer[first], writer[second])
            print(f"{name:7} {method:11} {found['EER %']:6.2f}  [{found['low']:5.2f}, {found['high']:5.2f}]", end="")
            print(f"   {same} / {len(first) - same}", flush=True)
            counts = {"same-writer pairs": same, "different-writer pairs": len(first) - same}
            result.append({"amount": name, "method": method, **found, **counts})
    return result


def main(arguments: list[str] | None = None) -> None:
    """Run all methods on lines and forms; print a table, and write JSON with ``--out``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with IAM-OnDB")
    parser.add_argument("--split", default="testset_t", choices=("testset_t", "testset_v", "testset_f"))
    parser.add_argument("--out", type=Path, help="write JSON here")
    options = parser.parse_args(arguments)
    corpus = [s for s in IamOnDb(options.data).samples if s.writer]
    training, test = ([s for s in corpus if s.split == split] for split in ("trainset", options.split))
    rows = run(training, test)
    if options.out:
        writers = len({s.writer for s in test})
        result = {"split": options.split, "writers": writers, "seed": 1, "rows": rows}
        options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
