"""One self-contained HTML file in which both sides of a comparison are written again, stroke by stroke.

Nothing is fetched: the script and the style stand in the file, and its content security policy allows these two, by
their hashes, and nothing else. Data stand in a script element that no browser runs.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from reports import wording
from reports.drawing import DIVERGING, Line, evidence_limit, extent, stroke_colour
from reports.findings import Comparison, DrawnStroke, Item
from reports.scale import scale_from_setting

_HERE = Path(__file__).parent
#: Writing heights per second of ink whose result holds no speed: about that of the people of IAM-OnDB.
CONSTANT_SPEED = 10.0
#: Seconds between two strokes, which no result holds; and the longest that the pen rests between two drawn points.
LIFT, LONGEST_LEG = 0.15, 1.0
TITLE = "Replay of a comparison of handwriting"
LEAD = (
    "Both sides start together, each stroke in the order in which it was recorded on its line, line after line. Pale: "
    "not yet written."
)
IN_TIME = "in their own speed; the time between strokes is not in the result, {lift:g} s stand for each pen lift"
NOT_IN_TIME = "at one pen speed of {speed:g} writing heights per second, since the result holds no speed for them"
EVIDENCE = (
    "Each stroke has the colour of its bar in the report's evidence strip: what the ink around it contributes to the "
    "score, which log10 LR rises with. Grey: next to nothing, or not certain."
)


def replay_html(comparison: Comparison) -> str:
    """The page. It holds ink, names and the finding of the case, as the JSON does."""
    style, script = ((_HERE / name).read_text("utf-8") for name in ("replay.css", "replay.js"))
    policy = (
        f"default-src 'none'; script-src {_source(script)}; style-src {_source(style)}; base-uri 'none'; "
        "form-action 'none'"
    )
    limit = evidence_limit(comparison.items)
    sides = {role: [i for i in comparison.items if i.role == role] for role in ("questioned", "known")}
    data = {
        "colours": [_css(colour) for colour in DIVERGING],
        "sides": {role: side_data(items, limit) for role, items in sides.items()},
    }
    filled = {
        "policy": policy,
        "title": escape(f"{TITLE}: {comparison.case or 'case not stated'}"),
        "style": style,
        "script": script,
        "data": script_safe(data),
        "head": _head(comparison),
        "notes": _notes(comparison, limit),
        "legend": _legend(limit),
        "questioned": _items(sides["questioned"]),
        "known": _items(sides["known"]),
    }
    page = (_HERE / "replay.html").read_text("utf-8")
    # One pass, so that nothing of a case is taken for a place to fill.
    pieces = page.split("@@")
    return "".join(filled[piece] if number % 2 else piece for number, piece in enumerate(pieces))


def side_data(items: Sequence[Item], limit: float | None) -> list[dict[str, Any]]:
    """The lines of a side in order: item, number, box (x, y, width, height in writing heights) and strokes.

    A stroke is its colour (index, or null for none), its contribution (score units per writing height, or null) and
    its points: x and y in hundredths of a writing height, and milliseconds since it began.
    """
    found = []
    for item in items:
        for number, line in enumerate(item.lines, 1):
            (left, right), (top, bottom) = extent(line)
            box = [left, top, right - left, bottom - top]
            strokes = [_stroke(stroke, limit) for stroke in line if stroke.x]
            found.append({"item": item.label, "line": number, "box": _rounded(box), "strokes": strokes})
    return found


def _stroke(stroke: DrawnStroke, limit: float | None) -> dict[str, Any]:
    flat = np.column_stack([np.multiply(stroke.x, 100), np.multiply(stroke.y, 100), 1000 * times(stroke)])
    return {
        "colour": stroke_colour(stroke, limit),
        "evidence": round(float(np.mean(stroke.evidence)), 4) if stroke.evidence else None,
        "certain": stroke.certain,
        "points": np.round(flat).astype(int).ravel().tolist(),
    }


def times(stroke: DrawnStroke) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Seconds (n,) since the stroke began: from the speed of each leg, or at ``CONSTANT_SPEED``."""
    legs = np.hypot(np.diff(stroke.x), np.diff(stroke.y))
    speed = np.full(len(legs), CONSTANT_SPEED) if stroke.speed is None else np.asarray(stroke.speed[:-1])
    waits = np.minimum(legs / np.maximum(speed, 1e-9), LONGEST_LEG)
    return np.concatenate([[0.0], np.cumsum(waits)])


def timed(lines: Sequence[Line]) -> bool:
    """Whether the strokes of an item hold speed; dots and strokes of one leg never do."""
    return any(stroke.speed for line in lines for stroke in line)


def script_safe(data: object) -> str:
    """JSON that cannot end the script element that it stands in, nor begin a comment or another element."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _head(comparison: Comparison) -> str:
    lr, scale = comparison.lr, scale_from_setting(comparison.settings)
    interval = comparison.settings.get("interval", "shown") != "hidden"
    limited_by = comparison.calibration.limited_by if comparison.calibration is not None else ""
    h1, h2, taken = wording.propositions(comparison)
    made = [item.label for item in comparison.items if item.origin == "generated"]
    named = (("Case", comparison.case), ("Examiner", comparison.examiner), ("Date", comparison.date))
    bounds = f"Limits of log10 LR: {wording.log10_number(lr.lower_bound)} to {wording.log10_number(lr.upper_bound)}."
    rows = [
        '<p class="case">' + " · ".join(f"{name}: {escape(said.strip() or 'not stated')}" for name, said in named),
        *([f'<p class="warning">{escape(wording.GENERATED_LINE.format(labels=", ".join(made)))}'] if made else []),
        f'<p class="value"><strong>{escape(wording.lr_line(lr.log10_lr, scale))}</strong> '
        f"<span>{escape(wording.log10_line(lr, interval))}</span>",
        f"<p><strong>{escape(wording.finding_sentence(lr.log10_lr, scale))}</strong>",
        *([f"<p>{escape(wording.bound_sentence(lr, limited_by, interval))}"] if lr.bound_hit else []),
        f"<p>{escape(bounds)}",
        f'<p class="small"><b>H1:</b> {escape(h1)}</p><p class="small"><b>H2:</b> {escape(h2)}',
        f'<p class="small">{escape(taken)}',
    ]
    return "\n".join(f"{row}</p>" for row in rows)


def _notes(comparison: Comparison, limit: float | None) -> str:
    """How the ink is played, and how far its colours can be relied on."""
    has_time = {item.label: timed(item.lines) for item in comparison.items}
    said = []
    for with_time, how in ((True, IN_TIME.format(lift=LIFT)), (False, NOT_IN_TIME.format(speed=CONSTANT_SPEED))):
        labels = [label for label, one in has_time.items() if one == with_time]
        if labels:
            said.append(f"{', '.join(labels)}: {how}.")
    lines = [LEAD, *said]
    left = [i for i in comparison.items if i.n_lines > len(i.lines)]
    lines += [f"{i.label}: {len(i.lines)} of {i.n_lines} lines, as in the report." for i in left]
    lines.append(EVIDENCE if limit is not None else wording.NO_EVIDENCE)
    if limit is not None:
        lines.append(
            wording.faithfulness_sentence(comparison.faithfulness)
            if comparison.faithfulness is not None
            else wording.earlier_faithfulness_sentence(comparison.earlier_faithfulness)
            if comparison.earlier_faithfulness is not None
            else wording.NO_FAITHFULNESS
        )
    return "\n".join(f'<p class="small">{escape(line)}</p>' for line in lines)


def _legend(limit: float | None) -> str:
    if limit is None:
        return ""
    swatch = '<rect x="{x}" width="31" height="14" fill="{colour}"/>'
    swatches = "".join(swatch.format(x=32 * k, colour=_css(colour)) for k, colour in enumerate(DIVERGING))
    low, high = (f"{value:+.2g}".replace("-", "−") for value in (-limit, limit))
    label = f"Seven colours from {low}, orange, speaks for H2, over grey to {high}, blue, speaks for H1"
    return (
        '<figure class="legend"><span>speaks for H2</span>'
        '<svg role="img" viewBox="0 0 223 14" width="223" height="14">'
        f"<title>{escape(label)}</title>{swatches}</svg><span>speaks for H1</span>"
        f"<figcaption>{escape(low)} to {escape(high)} score units per writing height of ink</figcaption></figure>"
    )


def _items(items: Sequence[Item]) -> str:
    return "; ".join(f"{escape(item.label)} {escape(Path(item.file).name)}" for item in items)


def _css(colour: Any) -> str:
    return f"#{colour.hexval()[2:]}"


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(value, 2) for value in values]
