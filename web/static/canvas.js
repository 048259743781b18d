// The one ink canvas of all views: polylines scaled to fit, as SVG.

import { svg } from "./dom.js";

/** Least and greatest x and y of polylines [[[x, y], …], …]; null where there is no point. */
export function boundsOf(polylines) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const line of polylines) {
    for (const [x, y] of line) {
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  return left <= right ? { left, top, width: right - left, height: bottom - top } : null;
}

/** The ``points`` attribute; one point is a dot, which needs some length to be seen. */
function pointsOf(line, digits) {
  const points = line.map(([x, y]) => `${x.toFixed(digits)},${y.toFixed(digits)}`);
  return (points.length === 1 ? [points[0], points[0]] : points).join(" ");
}

/**
 * An <svg class="ink"> of polylines, y down, units those of the recording. ``label`` is read aloud. ``classes`` gives a
 * class name a polyline, or null. ``pen`` is the width of the stroke in pixels of the screen. ``box`` is what is shown,
 * {left, top, width, height}; all of the ink where it is left out.
 */
export function drawInk(polylines, { label, classes = null, pen = 1.6, box = boundsOf(polylines) }) {
  box ??= { left: 0, top: 0, width: 1, height: 1 };
  const size = Math.max(box.width, box.height) || 1;
  const edge = size * 0.03;
  const width = Math.max(box.width, size * 0.05) + 2 * edge;
  const height = Math.max(box.height, size * 0.05) + 2 * edge;
  // Enough digits for a four-thousandth of the whole.
  const digits = Math.min(12, Math.max(0, 4 - Math.floor(Math.log10(size))));
  return svg(
    "svg",
    {
      class: "ink",
      viewBox: [box.left - edge, box.top - edge, width, height].map((v) => v.toFixed(digits)).join(" "),
      preserveAspectRatio: "xMidYMid meet",
      role: "img",
      "aria-label": label,
    },
    polylines.map((line, number) =>
      svg("polyline", {
        points: pointsOf(line, digits),
        class: classes?.[number] ?? null,
        "stroke-width": pen,
        "vector-effect": "non-scaling-stroke",
      }),
    ),
  );
}
