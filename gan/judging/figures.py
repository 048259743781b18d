"""Figures of a line of milled ink: what the trees of the authenticity head see, beside what its networks see.

Few numbers of the whole line, from the same features: how speed, acceleration and turning are distributed, how far a
linear prediction goes wrong, spectra, how alike neighbours are, what comes between two halts of the pen, the lifted
pen's jumps, and how even the strokes' feet and heads are. A network learns the machines that it is shown; of these
figures fewer turns are possible, and more of them hold for a machine that was never seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from datasets.mill import RATE
from gan.judging.machine_features import STEP, Floats, Part

#: Points or steps that a stroke has at least for its inner figures.
FEWEST = 6
#: Points of a spectrum, and the bands that it is summed in.
SPECTRUM, BANDS = 64, (0, 2, 4, 6, 8, 10, 13, 17, 22, 33)
#: What varies less does not vary.
LEAST = 1e-6
FIVE, THREE = (0.05, 0.25, 0.5, 0.75, 0.95), (0.1, 0.5, 0.9)
Array = NDArray[np.float64]


def figures(features: Floats, part: Part) -> NDArray[np.float32]:
    """(k,) figures of what a part sees of a line (steps, FEATURES); zeros where the line is too short for one."""
    whole = np.asarray(features, np.float64)
    strokes = np.split(whole, np.flatnonzero(whole[1:, 2] > 0.5) + 1)
    # The first step of a stroke has no direction yet in movement.
    moves = [stroke[1:, :2] if part == "movement" else stroke[:, :2] * STEP for stroke in strokes]
    if part == "movement":
        usual = float(np.exp(whole[0, 6] + 2))
        path = [move * usual / RATE for move in moves]
        found = [np.log(usual), *_movement([move for move in moves if len(move) >= FEWEST])]
    else:
        path = moves
        found = _turning([move for move in moves if len(move) >= FEWEST])
    found += _layout(path, np.array([stroke[0, 3:5] for stroke in strokes[1:]]).reshape(-1, 2))
    return np.nan_to_num(np.array(found, np.float32), nan=0.0, posinf=9.0, neginf=-9.0)


def _movement(velocities: Sequence[Array]) -> list[float]:
    """Of velocities (n, 2) of the longer strokes, over the line's median speed."""
    speeds = [np.hypot(*v.T) for v in velocities]
    changes = [np.diff(v, axis=0) * RATE for v in velocities]
    found = _spread(_log(_joined(speeds), 1e-2), FIVE)
    found += _spread(_log(_size(changes), 1e-2), FIVE)
    found += _spread(_log(_size([np.diff(c, axis=0) * RATE for c in changes]), 1e-1), FIVE)
    columns = [v[:, axis] for v in velocities for axis in range(2)]
    found += [*_innovations(columns, 2), *_innovations(columns, 4), *_spectrum(columns)]
    found += _power_law(velocities, speeds)
    found += _between_halts(speeds)
    for end in (0, -1):
        found += _spread(_log(np.array([s[end] for s in speeds]), 1e-2), THREE)
    mean = _log(np.array([s.mean() for s in speeds]), 1e-3)
    length = _log(np.array([s.sum() for s in speeds]), 1e-3)
    return [*found, float(mean.std()) if len(mean) else 0.0, _related(mean, length)]


def _turning(moves: Sequence[Array]) -> list[float]:
    """Of the longer strokes' steps (n, 2) of equal length, which have no speed."""
    turns = [_turns(move) for move in moves]
    joined = _joined(turns)
    found = _spread(_log(np.abs(joined), 1e-3), FIVE)
    found += _spread(_log(np.abs(_joined([np.diff(t) for t in turns])), 1e-3), FIVE)
    found += _spread(_log(np.abs(_joined([np.diff(t, 2) for t in turns])), 1e-3), FIVE)
    found += [
        float((joined > 0).mean()) if len(joined) else 0.0,
        float((np.abs(joined) > 1).mean() if len(joined) else 0),
    ]
    columns = [move[:, axis] / STEP for move in moves for axis in range(2)]
    found += [*_innovations(columns, 2), *_innovations(columns, 4), *_spectrum(turns), *_spectrum(columns)]
    found += _alike(joined, (1, 2, 3, 4, 6, 8, 12))
    found += _alike(np.abs(joined), (1, 2, 3, 4, 6, 8, 12))
    # Corners: where the path turns most, how sharply, and how far apart.
    sharp = [np.abs(t) for t in turns]
    found += _between_halts([-s for s in sharp])
    headings = _joined([np.arctan2(move[:, 1], move[:, 0]) for move in moves])
    shares = np.histogram(headings, 12, (-np.pi, np.pi))[0] / max(len(headings), 1)
    return [*found, *shares.tolist()]


def _layout(path: Sequence[Array], jumps: Array) -> list[float]:
    """Of strokes' steps (n, 2), writing heights, and the jumps between them: lengths, feet and heads, jumps."""
    begin = np.zeros(2)
    feet, heads, middles, lengths = [], [], [], []
    for number, steps in enumerate(path):
        begin = begin + (jumps[number - 1] if number else 0)
        points = begin + np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
        begin = points[-1]
        lengths.append(float(np.hypot(*steps.T).sum()) if len(steps) else 0.0)
        if len(steps) >= FEWEST:
            feet.append(points[:, 1].min())
            heads.append(points[:, 1].max())
            middles.append(points[:, 0].mean())
    log_lengths = _log(np.array(lengths), 1e-2)
    found = [*_spread(log_lengths, FIVE), float(len(path) / max(sum(lengths), 1e-3))]
    found += [*_spread(jumps[:, 0], FIVE), *_spread(jumps[:, 1], FIVE)]
    for edge in (np.array(feet), np.array(heads)):
        found += _line_through(np.array(middles), edge)
    return [*found, _related(np.array(feet), np.array(heads))]


def _line_through(x: Array, y: Array) -> list[float]:
    """Deviation of y from a straight line over x, and how alike neighbours' deviations are."""
    if len(x) < 3 or np.ptp(x) < LEAST:
        return [0.0, 0.0]
    rest = y - np.polyval(np.polyfit(x, y, 1), x)
    return [float(rest.std()), *_alike(rest, (1,))]


def _turns(move: Array) -> Array:
    """(n - 1,) angles between steps."""
    return np.asarray(np.diff(np.unwrap(np.arctan2(move[:, 1], move[:, 0]))))


def _innovations(series: Sequence[Array], order: int) -> list[float]:
    """Weights of the best linear prediction of these series from so many values before, and what is left."""
    before = [np.lib.stride_tricks.sliding_window_view(s[:-1], order) for s in series if len(s) > order]
    if not before:
        return [0.0] * (order + 5)
    x = np.concatenate(before)
    y = np.concatenate([s[order:] for s in series if len(s) > order])
    weights = np.linalg.solve(x.T @ x + 1e-3 * np.eye(order), x.T @ y)
    left = y - x @ weights
    deviation = float(left.std()) + 1e-4
    shape = [np.log(deviation), np.log(np.abs(left).mean() / deviation + 1e-4)]
    return [*weights.tolist(), *shape, *_alike(left, (1, 2, 3))]


def _spectrum(series: Sequence[Array]) -> list[float]:
    """Logarithms of the shares of power in bands."""
    powers = [
        np.abs(np.fft.rfft((s - s.mean()) * np.hanning(len(s)), SPECTRUM)) ** 2 * len(s) for s in series if len(s) >= 16
    ]
    total = np.sum(powers, axis=0) if powers else np.ones(SPECTRUM // 2 + 1)
    shares = np.add.reduceat(total, BANDS[:-1]) / max(float(total.sum()), 1e-12)
    return np.log(shares + 1e-5).tolist()  # type: ignore[no-any-return]


def _power_law(velocities: Sequence[Array], speeds: Sequence[Array]) -> list[float]:
    """Log speed over log curvature (Lacquaniti et al. 1983), turning, and how alike neighbours are in both."""
    turns = _joined([_turns(v) for v in velocities])
    speed = _joined([(s[1:] + s[:-1]) / 2 for s in speeds])
    if len(turns) < FEWEST:
        return [0.0] * 19
    curved, log_speed = _log(np.abs(turns) * RATE / np.maximum(speed, 0.05), 1e-2), _log(speed, 0.05)
    line = np.polyfit(curved, log_speed, 1) if np.ptp(curved) >= LEAST else np.zeros(2)
    rest = float((log_speed - np.polyval(line, curved)).std())
    found = [*line.tolist(), _related(curved, log_speed), rest, *_spread(_log(np.abs(turns), 1e-3), FIVE)]
    return [*found, *_alike(turns, (1, 2, 3, 5)), *_alike(log_speed, (1, 2, 3, 4, 6, 8))]


def _between_halts(series: Sequence[Array]) -> list[float]:
    """Of the least values of series: how many, how low; of what lies between two: how long, how much, how regular."""
    lowest, highest, steps, sums = [], [], [], []
    for s in series:
        inner = s[1:-1]
        low = np.flatnonzero((inner < s[:-2]) & (inner <= s[2:])) + 1
        lowest.append(s[low])
        highest.append(inner[(inner > s[:-2]) & (inner >= s[2:])])
        steps.append(np.diff(low).astype(float))
        sums.append(np.diff(np.concatenate([[0.0], np.cumsum(np.abs(s))])[low]))
    between, amount = _joined(steps), _log(_joined(sums), 1e-3)
    count = sum(map(len, lowest)) / max(sum(map(len, series)), 1)
    found = [count, *_spread(_log(np.abs(_joined(lowest)), 1e-2), THREE)]
    found += [*_spread(_log(np.abs(_joined(highest)), 1e-2), THREE), *_spread(between, THREE), *_spread(amount, THREE)]
    uneven = float(between.std() / between.mean()) if len(between) > 1 else 0.0
    return [*found, uneven, _related(between, amount), *_alike(between, (1, 2)), *_alike(amount, (1, 2))]


def _alike(series: Array, lags: Sequence[int]) -> list[float]:
    """Autocorrelations at these lags; 0 where the series is too short or does not vary."""
    if len(series) <= max(lags) + 2:
        return [0.0] * len(lags)
    rest = series - series.mean()
    power = float(rest @ rest) + 1e-9
    return [float(rest[:-lag] @ rest[lag:]) / power for lag in lags]


def _related(a: Array, b: Array) -> float:
    """Correlation; 0 where either does not vary."""
    if len(a) < 3 or np.ptp(a) < LEAST or np.ptp(b) < LEAST:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def _spread(values: Array, levels: Sequence[float]) -> list[float]:
    return np.quantile(values, levels).tolist() if len(values) else [0.0] * len(levels)  # type: ignore[no-any-return]


def _size(vectors: Sequence[Array]) -> Array:
    return np.asarray(np.hypot(*_joined(vectors).reshape(-1, 2).T))


def _joined(parts: Sequence[Array]) -> Array:
    return np.concatenate(parts) if parts else np.zeros(0)


def _log(values: Array, least: float) -> Array:
    return np.asarray(np.log(np.maximum(values, least)))
