"""Pages → lines → words, by geometry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.height import writing_height
from datasets.ink import Ink

# All lengths are in writing heights. The values were chosen on 160 forms of IAM-OnDB's trainset; each can be
# moved by a quarter without losing 0.1 % of the strokes.
#: A stroke continues a chunk when it lies no farther from its last strokes than this, aside and up or down,
CHUNK_GAP_X, CHUNK_GAP_Y, CHUNK_TAIL = 1.5, 0.7, 3
#: when its middle is no farther than this from theirs, and while the chunk is narrower than this.
CHUNK_APART, CHUNK_WIDTH = 2.2, 10.0
#: Chunks with less ink than this (dots, crosses, a comma) do not start a line.
SHORT = 4.0
#: A chunk nearer than this to the middle of a line is on it: at least, and at most, and as a share of the spacing.
SAME_LINE, SAME_LINE_MOST, SAME_LINE_SHARE = 1.6, 3.0, 0.45
#: What is added to the distance of lines other than the one written on just before.
SWITCH = 0.5
#: How far along a line its chunks still tell where its middle is; how far it takes to bend it off the page's slope.
REACH, STIFFNESS = 12.0, 10.0
#: The page's slope is taken over pairs of chunks this many apart at most, and at least this far apart.
SLOPE_AHEAD, SLOPE_STEP = 4, 3.0
#: A line with less ink than this, nearer to another than this share of the spacing, belongs to that one.
SCRAP, SCRAP_DISTANCE = 14.0, 0.65

#: Strokes lower than this neither close nor open a gap between words.
LOW = 0.2
#: Word gaps: usual threshold, share of the line's own best split in it, and the bounds of the result.
GAP, OWN_SHARE, GAP_BOUNDS = 1.2, 0.6, (0.5, 2.5)


#: Between two lines the pen goes back by this share of what was written so far, and by so many writing heights back and
#: down at least. So in 98 of 100 pairs of lines of ``testset_t`` and ``testset_v``, and in 1 of 150 single lines.
BACK, LEAST_BACK, LEAST_DOWN = 0.3, 3.0, 1.5


@dataclass(frozen=True)
class _Chunks:
    """Strokes written one after another and close together: mostly words. All lengths in writing heights.

    Attributes
    ----------
    members : stroke indices of each chunk, in recorded order.
    x, y : (m,) middle of each chunk: centre of its box in x, length-weighted median of its ink in y.
    ink : (m,) pen-down length.
    """

    members: list[list[int]]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    ink: NDArray[np.float64]


def lines(ink: Ink) -> list[NDArray[np.int64]]:
    """Indices (into all strokes of the ink) of the pen-down strokes of each line, top line first.

    Strokes are first chained into chunks: recorded one after another and close together, about a word. Chunks
    are then laid on lines in recorded order: on the line whose middle, carried over to the chunk's place along
    the page's slope, lies nearest in y, or on a new one where none is near. What is too short to have a line of
    its own (dots, crosses, late strokes) follows afterwards, and all chunks are looked at once more when all
    lines are known. Every pen-down stroke is on exactly one line; the strokes of a line keep their recorded order.
    """
    down = np.flatnonzero(ink.pen_down)
    strokes = [ink.xy[a:b] for a, b in _ranges(ink)]
    try:
        height = writing_height([strokes[i] for i in down])
    except ValueError:
        return [down] if len(down) else []
    chunks = _chunks([strokes[i] / height for i in down], down)
    slope = _page_slope(chunks)
    label = _lay_down(chunks, slope, SAME_LINE)
    spacing = _spacing(chunks, label, slope)
    label = _lay_down(chunks, slope, float(np.clip(SAME_LINE_SHARE * spacing, SAME_LINE, SAME_LINE_MOST)))
    label = _merge_scraps(chunks, label, slope, SCRAP_DISTANCE * spacing)
    level = chunks.y - slope * chunks.x
    found = [np.flatnonzero(label == k) for k in range(label.max() + 1)]
    found.sort(key=lambda members: float(np.average(level[members], weights=chunks.ink[members] + 1e-9)))
    return [np.array(sorted(i for c in members for i in chunks.members[c]), dtype=np.int64) for members in found]


def written_lines(ink: Ink) -> list[NDArray[np.int64]]:
    """As ``lines``, but one line where the pen never went back: one that rises, falls or wanders can look like two."""
    found = lines(ink)
    return found if len(found) < 2 or pen_returns(ink) else [np.flatnonzero(ink.pen_down)]


def pen_returns(ink: Ink) -> bool:
    """Whether the pen ever went back to begin another line."""
    strokes = [stroke[:, :2] for stroke in ink.strokes()]
    left, right = (np.array([f(stroke[:, 0]) for stroke in strokes]) for f in (np.min, np.max))
    width = np.maximum.accumulate(right) - np.minimum.accumulate(left)
    # From the farthest point, since the line's last stroke may be a late dot.
    back = np.maximum.accumulate(right)[:-1] - [stroke[0, 0] for stroke in strokes[1:]]
    down = np.diff([np.median(stroke[:, 1]) for stroke in strokes])
    height = writing_height(strokes)
    return bool(((back > np.maximum(BACK * width[:-1], LEAST_BACK * height)) & (down > LEAST_DOWN * height)).any())


def _ranges(ink: Ink) -> list[tuple[int, int]]:
    """First and one-past-last point of each stroke."""
    ends = ink.stroke_ends.tolist()
    return list(zip([0, *ends[:-1]], ends, strict=True))


def _chunks(strokes: list[NDArray[np.float64]], index: NDArray[np.int64]) -> _Chunks:
    """Chain strokes (in writing heights) that follow each other closely; ``index`` are their numbers in the ink."""
    boxes = np.array([[*s.min(axis=0), *s.max(axis=0)] for s in strokes])
    groups: list[list[int]] = []
    for i, box in enumerate(boxes):
        if groups:
            last = boxes[groups[-1][-CHUNK_TAIL:]]
            left, top = last[:, 0].min(), last[:, 1].min()
            right, bottom = last[:, 2].max(), last[:, 3].max()
            gap_x = max(box[0] - right, left - box[2])
            gap_y = max(box[1] - bottom, top - box[3])
            apart = abs((box[1] + box[3]) / 2 - np.median((last[:, 1] + last[:, 3]) / 2))
            if (
                box[2] - boxes[groups[-1], 0].min() < CHUNK_WIDTH
                and gap_x < CHUNK_GAP_X
                and gap_y < CHUNK_GAP_Y
                and apart < CHUNK_APART
            ):
                groups[-1].append(i)
                continue
        groups.append([i])
    x, y, length = [], [], []
    for group in groups:
        steps = [np.hypot(*np.diff(strokes[i], axis=0).T) for i in group]
        where = np.concatenate([strokes[i][1:, 1] for i in group] + [strokes[group[0]][:1, 1]])
        weight = np.concatenate([*steps, [1e-9]])
        x.append((boxes[group, 0].min() + boxes[group, 2].max()) / 2)
        y.append(_weighted_median(where, weight))
        length.append(float(weight.sum()))
    return _Chunks([[int(index[i]) for i in g] for g in groups], np.array(x), np.array(y), np.array(length))


def _weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """The value at which half of the weight is reached; weights are >= 0 and not all zero."""
    order = np.argsort(values)
    shares = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(shares, shares[-1] / 2)])


def _page_slope(chunks: _Chunks) -> float:
    """Typical dy/dx from a chunk to one of the next few to its right, weighted by ink and distance; 0 for none."""
    slopes, weights = [np.zeros(1)], [np.full(1, 1e-9)]
    for ahead in range(1, 1 + SLOPE_AHEAD):
        dx, dy = chunks.x[ahead:] - chunks.x[:-ahead], chunks.y[ahead:] - chunks.y[:-ahead]
        near = (dx > SLOPE_STEP) & (np.abs(dy) < 0.5 * dx)
        slopes.append(dy[near] / dx[near])
        weights.append((dx * np.minimum(chunks.ink[ahead:], chunks.ink[:-ahead]))[near])
    return _weighted_median(np.concatenate(slopes), np.concatenate(weights))


def _spacing(chunks: _Chunks, label: NDArray[np.int64], slope: float) -> float:
    """Typical distance in y between neighbouring lines, by ink, so that scraps count little; 0 for a single line."""
    ink = np.bincount(label, chunks.ink)
    middle = np.bincount(label, chunks.ink * (chunks.y - slope * chunks.x)) / ink
    order = np.argsort(middle)
    shared = np.minimum(ink[order][1:], ink[order][:-1])
    return _weighted_median(np.diff(middle[order]), shared) if len(shared) else 0.0


def _lay_down(chunks: _Chunks, slope: float, same_line: float) -> NDArray[np.int64]:
    """Line number of each chunk, (m,), numbers 0.. without gaps in no particular order."""
    count = len(chunks.ink)
    label = np.full(count, -1)
    long_enough = chunks.ink >= SHORT
    if not long_enough.any():
        return np.zeros(count, dtype=np.int64)

    def distances(c: np.intp | int) -> NDArray[np.float64]:
        """Distance in y of a chunk from each line; infinite for a line without other chunks."""
        others = np.flatnonzero((label >= 0) & (np.arange(count) != c))
        away = np.abs(_offsets(chunks, label, others, chunks.x[c], slope) - chunks.y[c])
        before = label[:c][label[:c] >= 0]
        if len(before):
            away[np.arange(len(away)) != before[-1]] += SWITCH
        return np.where(np.isnan(away), np.inf, away)

    for c in np.flatnonzero(long_enough):
        away = distances(c) if label.max() >= 0 else np.array([np.inf])
        label[c] = away.argmin() if away.min() < same_line else label.max() + 1
    for c in np.flatnonzero(~long_enough):
        label[c] = distances(c).argmin()
    for chunk in [*range(count), *range(count)]:
        away = distances(chunk)
        alone = not np.isfinite(away[label[chunk]])
        if not alone or not long_enough[chunk] or away.min() < same_line:
            label[chunk] = away.argmin()
    return np.unique(label, return_inverse=True)[1]


def _merge_scraps(chunks: _Chunks, label: NDArray[np.int64], slope: float, reach: float) -> NDArray[np.int64]:
    """Labels with lines of less than ``SCRAP`` ink put on the nearest line where one is nearer than ``reach``.

    The bar of a capital T or a late hyphen can lie far enough off to have started a line of its own.
    """
    label = label.copy()
    ink = np.bincount(label, chunks.ink)
    for scrap in np.flatnonzero(ink < SCRAP):
        inside = label == scrap
        others = np.flatnonzero(~inside)
        if len(others) == 0:
            break
        x, y = (float(np.average(values[inside], weights=chunks.ink[inside])) for values in (chunks.x, chunks.y))
        away = np.abs(_offsets(chunks, label, others, x, slope) - y)
        if np.nanmin(away) < reach:
            label[inside] = int(np.nanargmin(away))
    return np.unique(label, return_inverse=True)[1]


def _offsets(
    chunks: _Chunks, label: NDArray[np.int64], others: NDArray[np.int64], x: float, slope: float
) -> NDArray[np.float64]:
    """y of the middle of each line at ``x``, from its chunks among ``others``; NaN for a line that has none.

    A straight line through the line's chunks, near ones weighing more, its slope held to the page's slope.
    """
    k = int(label.max()) + 1
    of = label[others]
    dx, y = chunks.x[others] - x, chunks.y[others]
    weight = chunks.ink[others] * np.exp(-np.abs(dx) / REACH) + 1e-12
    total = np.bincount(of, weight, k).astype(np.float64)  # integers where ``others`` is empty
    total[total == 0] = np.nan
    mean_x, mean_y = np.bincount(of, weight * dx, k) / total, np.bincount(of, weight * y, k) / total
    var_x = np.bincount(of, weight * dx * dx, k) / total - mean_x**2
    cov = np.bincount(of, weight * dx * y, k) / total - mean_x * mean_y
    own = (cov + STIFFNESS**2 * slope) / (var_x + STIFFNESS**2)
    return mean_y - own * mean_x


def words(ink: Ink, line: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Indices of the strokes of each word of a line, left to right; together they are all strokes of ``line``.

    Strokes that overlap in x are one piece. A gap between neighbouring pieces is a word gap when it is wider than
    a threshold between the usual word gap and the split that best divides this line's gaps into narrow and wide
    ones (Otsu 1979). Low strokes (hyphens, level crosses, dots) join the nearest piece afterwards.

    Parameters
    ----------
    line : indices of pen-down strokes, from ``lines``.
    """
    line = np.asarray(line, dtype=np.int64)
    ranges = _ranges(ink)
    strokes = [ink.xy[slice(*ranges[i])] for i in line]
    if not strokes:
        return []
    try:
        height = writing_height(strokes)
    except ValueError:
        return [line]
    left, right, tall = np.array([[s[:, 0].min(), s[:, 0].max(), np.ptp(s[:, 1])] for s in strokes]).T / height
    solid = np.flatnonzero(tall >= LOW)
    solid = solid[np.argsort(left[solid], kind="stable")]
    reached = np.maximum.accumulate(right[solid])
    gaps = left[solid][1:] - reached[:-1]
    number = np.concatenate([[0], np.cumsum(gaps > _gap_threshold(gaps))])
    first = np.array([left[solid][number == k].min() for k in range(number[-1] + 1)])
    last = np.array([right[solid][number == k].max() for k in range(number[-1] + 1)])
    word = np.zeros(len(line), dtype=np.int64)
    word[solid] = number
    for i in np.flatnonzero(tall < LOW):
        middle = (left[i] + right[i]) / 2
        word[i] = np.argmin(np.maximum(first - middle, middle - last))
    return [line[word == k] for k in range(number[-1] + 1)]


def _gap_threshold(gaps: NDArray[np.float64]) -> float:
    """Width in writing heights above which a gap parts words."""
    if len(gaps) < 3:
        return GAP
    ordered = np.sort(np.clip(gaps, -0.5, 4))
    below = np.arange(1, len(ordered))
    total = np.cumsum(ordered)
    means = total[:-1] / below - (total[-1] - total[:-1]) / (len(ordered) - below)
    split = int(np.argmax(below * (len(ordered) - below) * means**2))
    own = (ordered[split] + ordered[split + 1]) / 2
    return float(np.clip(OWN_SHARE * own + (1 - OWN_SHARE) * GAP, *GAP_BOUNDS))
