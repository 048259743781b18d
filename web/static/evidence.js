// Ink coloured by what it contributes to the score, as in the report: the same seven colours and classes.

import { boundsOf, drawInk } from "./canvas.js";
import { svg } from "./dom.js";

const CLASSES = 7;
const NEITHER = 3;
/** Height of the strip of bars below a line, in writing heights. */
const STRIP = 1.2;
/** What a piece shows at least, in writing heights from the baseline, y down. */
const [HIGHEST, LOWEST] = [-1.8, 0.9];

/** The 98 % quantile of |evidence| over all drawn points of the items, or null where there is none. */
export function evidenceLimit(items) {
  const sizes = items
    .flatMap((item) => item.lines.flat())
    .flatMap((stroke) => stroke.evidence ?? [])
    .map(Math.abs)
    .sort((a, b) => a - b);
  if (!sizes.length) return null;
  const place = 0.98 * (sizes.length - 1);
  const low = Math.floor(place);
  return sizes[low] + (place - low) * ((sizes[low + 1] ?? sizes[low]) - sizes[low]) || null;
}

/** The mean evidence of a stroke as a share of ``limit``, held within ±1; null where there is none. */
function shareOf(stroke, limit) {
  if (limit === null || !stroke.evidence?.length) return null;
  const mean = stroke.evidence.reduce((sum, value) => sum + value, 0) / stroke.evidence.length;
  return Math.min(Math.max(mean / limit, -1), 1);
}

function classOf(stroke, limit) {
  const share = shareOf(stroke, limit);
  if (share === null) return null;
  if (!stroke.certain) return `e${NEITHER}`;
  return `e${Math.min(Math.floor((1 + share) * (CLASSES / 2)), CLASSES - 1)}`;
}

/** A bar a stroke below a line whose ink ends at ``bottom``: up for H1, down for H2, since not everybody sees colour. */
function bars(line, limit, bottom) {
  const middle = bottom + STRIP / 2;
  return line
    .filter((stroke) => shareOf(stroke, limit) !== null)
    .map((stroke) => {
      const [low, high] = [Math.min(...stroke.x), Math.max(...stroke.x)];
      const size = shareOf(stroke, limit) * (STRIP / 2 - 0.1);
      const place = {
        x: low,
        width: Math.max(high - low, 0.05),
        y: size > 0 ? middle - size : middle,
        height: Math.abs(size),
      };
      return svg("rect", { class: classOf(stroke, limit), ...place });
    });
}

/** The lines of an item, coloured, all at one scale and from one left edge. */
export function drawLines(item, limit) {
  const boxes = item.lines.map((line) => boundsOf(polylinesOf(line)));
  const left = Math.min(...boxes.map((box) => box?.left ?? 0));
  const width = Math.max(...boxes.map((box) => (box ? box.left + box.width : 0))) - left;
  return item.lines.map((line, number) => {
    const box = boxes[number] && { ...boxes[number], left, width, height: boxes[number].height + STRIP };
    const ink = drawn(
      line,
      limit,
      `${item.label}, line ${number + 1}`,
      polylinesOf(line).map((points) => [points]),
      box,
    );
    if (box) ink.append(...bars(line, limit, box.top + box.height - STRIP));
    return ink;
  });
}

/** The piece of a line whose x lies in ``range`` [low, high], as high as small letters with their strokes up and down. */
export function drawPiece(line, limit, label, [low, high]) {
  const runs = polylinesOf(line).map((points) => runsWithin(points, [low, high]));
  const found = boundsOf(runs.flat());
  const top = Math.min(HIGHEST, found?.top ?? 0);
  const bottom = Math.max(LOWEST, found ? found.top + found.height : 0);
  return drawn(line, limit, label, runs, { left: low, top, width: high - low, height: bottom - top });
}

const polylinesOf = (line) => line.map((stroke) => stroke.x.map((x, place) => [x, stroke.y[place]]));

/** ``runs`` are the polylines that each stroke is drawn as. */
function drawn(line, limit, label, runs, box) {
  const classes = runs.flatMap((each, place) => each.map(() => classOf(line[place], limit)));
  return drawInk(runs.flat(), { label, classes, pen: 1.8, box });
}

function runsWithin(points, [low, high]) {
  const runs = [[]];
  for (const point of points) {
    if (point[0] >= low && point[0] <= high) runs.at(-1).push(point);
    else if (runs.at(-1).length) runs.push([]);
  }
  return runs.filter((run) => run.length);
}
