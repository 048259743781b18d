// Draw: every pointer event as the device gives it, coalesced ones too. Nothing that is saved is smoothed.

import { save } from "./api.js";
import { $, count, el, svg } from "./dom.js";
import { drawn } from "./exhibits.js";
import { inkml } from "./inkml.js";

/** What is kept of an event; the rest says nothing of the pen. */
const KEPT = [
  "pressure",
  "tiltX",
  "tiltY",
  "altitudeAngle",
  "azimuthAngle",
  "twist",
  "tangentialPressure",
  "width",
  "height",
  "timeStamp",
];
/** The pen rests no longer than this between two strokes of a replay, in ms. */
const LONGEST_REST = 800;
const pad = $("draw-pad");
/** Strokes as {points: [POINT], end: POINT | null, path}; the one being drawn has no end yet. */
let strokes = [];
let active = null;
let penSeen = false;
let playing = 0;

export function setUp() {
  pad.addEventListener("pointerdown", down);
  pad.addEventListener("pointermove", move);
  for (const kind of ["pointerup", "pointercancel"]) pad.addEventListener(kind, up);
  $("draw-undo").addEventListener("click", undo);
  $("draw-clear").addEventListener("click", clear);
  $("draw-replay").addEventListener("click", replay);
  $("draw-json").addEventListener("click", () =>
    save(`${fileName()}.json`, new Blob([JSON.stringify(events())], { type: "application/json" })),
  );
  $("draw-inkml").addEventListener("click", () =>
    save(`${fileName()}.inkml`, new Blob([asInkml()], { type: "application/inkml+xml" })),
  );
  for (const side of ["questioned", "known"]) $(`draw-${side}`).addEventListener("click", () => use(side));
  addEventListener("keydown", (event) => {
    const here = !$("view-draw").hidden && !event.target.matches("input, textarea");
    if (here && event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) undo();
  });
  if (!("getCoalescedEvents" in PointerEvent.prototype)) {
    const lost = "Over plain HTTP from another machine, or in an old browser, points between two frames are not given.";
    pad.before(el("p", { class: "warning" }, lost));
  }
  show();
}

function kept(event) {
  const box = pad.getBoundingClientRect();
  const point = { type: event.type, pointerType: event.pointerType, pointerId: event.pointerId };
  point.x = event.clientX - box.left - pad.clientLeft;
  point.y = event.clientY - box.top - pad.clientTop;
  for (const key of KEPT) if (event[key] !== undefined) point[key] = event[key];
  return point;
}

function down(event) {
  // Once there is a pen, a finger is a palm.
  penSeen ||= event.pointerType === "pen";
  if (active !== null || event.button !== 0 || (penSeen && event.pointerType === "touch")) return;
  event.preventDefault();
  stopReplay();
  pad.setPointerCapture(event.pointerId);
  active = event.pointerId;
  const stroke = { points: [kept(event)], end: null, path: svg("path") };
  strokes.push(stroke);
  pad.append(stroke.path);
  trace(stroke);
}

function move(event) {
  if (event.pointerId !== active) return;
  const stroke = strokes.at(-1);
  const coalesced = event.getCoalescedEvents?.() ?? [];
  for (const each of coalesced.length ? coalesced : [event]) stroke.points.push(kept(each));
  trace(stroke);
}

function up(event) {
  if (event.pointerId !== active) return;
  active = null;
  strokes.at(-1).end = { ...kept(event), type: "pointerup" };
  show();
}

/** The path of a stroke, or of its first ``many`` points. */
function trace(stroke, many = stroke.points.length) {
  const points = stroke.points.slice(0, many).map(({ x, y }) => `${x} ${y}`);
  if (!points.length) stroke.path.removeAttribute("d");
  else stroke.path.setAttribute("d", `M${points.join("L")}${points.length === 1 ? "h.01" : ""}`);
}

function undo() {
  if (active !== null || !strokes.length) return;
  stopReplay();
  strokes.pop().path.remove();
  show();
}

function clear() {
  stopReplay();
  strokes = [];
  penSeen = false;
  pad.replaceChildren();
  $("draw-name").value = $("draw-name").value.replace(/\d+$/, (number) => String(Number(number) + 1));
  $("draw-said").textContent = "";
  show();
}

const points = () => strokes.flatMap((stroke) => stroke.points);
/** The points of each stroke with that where the pen was lifted, which the reader of JSON ink takes as a point, too. */
const whole = () => strokes.map(({ points: each, end }) => (end ? [...each, end] : each));
/** PointerEvents in their order, which is what that reader reads. */
const events = () => whole().flat();

/** What the device measures beside place and time: a browser fills in the rest with constants. */
function measured() {
  const all = points();
  const varies = (key) => all.some((point) => point[key] !== all[0][key]);
  return [
    ...(varies("pressure") ? ["pressure"] : []),
    ...(all.some(({ tiltX, tiltY }) => tiltX || tiltY) ? ["tiltX", "tiltY"] : []),
  ];
}

function device() {
  const kinds = [
    ...new Set(
      points().map(({ pointerType }) => ({ pen: "pen", touch: "finger", mouse: "mouse" })[pointerType] ?? "pointer"),
    ),
  ];
  return kinds.join(" and ");
}

const asInkml = () => inkml(whole(), measured(), `${device()} in a browser`);
const fileName = () =>
  $("draw-name")
    .value.trim()
    .replace(/[^\p{L}\p{N} ._-]/gu, "_") || "ink";

/** Middle of the points' rates in Hz, within strokes. */
function rate() {
  const steps = strokes
    .flatMap(({ points: each }) => each.slice(1).map((point, place) => point.timeStamp - each[place].timeStamp))
    .filter((step) => step > 0)
    .sort((a, b) => a - b);
  return steps.length ? 1000 / steps[Math.floor(steps.length / 2)] : null;
}

function show() {
  const all = points();
  const empty = !all.length;
  for (const name of ["undo", "clear", "replay", "inkml", "json", "questioned", "known"])
    $(`draw-${name}`).disabled = empty;
  const hertz = rate();
  const channels = [
    "x, y, time",
    ...measured()
      .map((key) => ({ pressure: "pressure", tiltX: "tilt" })[key])
      .filter(Boolean),
  ];
  const facts = empty
    ? [
        ["Device", "write to see it"],
        ["Rate", "–"],
        ["Channels", "–"],
        ["Ink", "none yet"],
      ]
    : [
        ["Device", device()],
        ["Rate", hertz ? `${Math.round(hertz)} points a second` : "–"],
        ["Channels", channels.join(", ")],
        ["Ink", `${count(strokes.length, "stroke")}, ${count(all.length, "point")}`],
      ];
  $("draw-facts").replaceChildren(
    ...facts.map(([name, said]) => el("div", {}, el("dt", {}, name), el("dd", {}, said))),
  );
}

function use(side) {
  const ink = { name: $("draw-name").value.trim() || "ink", ink: events() };
  if (!drawn.inks.some((each) => each.name === ink.name && each.ink.length === ink.ink.length)) drawn.inks.push(ink);
  drawn.sent.push({ side, ink });
  drawn.changed.dispatchEvent(new Event("change"));
  drawn.changed.dispatchEvent(new Event("sent"));
  $("draw-said").replaceChildren(`“${ink.name}” is now ${side} ink in `, el("a", { href: "#compare" }, "Compare"), ".");
}

function stopReplay() {
  cancelAnimationFrame(playing);
  for (const stroke of strokes) trace(stroke);
  $("draw-replay").textContent = "Replay";
  playing = 0;
}

/** Write the strokes again in their own time. */
function replay() {
  if (playing) return stopReplay();
  let at = 0;
  const starts = strokes.map(({ points: each }, number) => {
    const rest = number ? each[0].timeStamp - strokes[number - 1].points.at(-1).timeStamp : 0;
    const start = at + Math.min(Math.max(rest, 0), LONGEST_REST);
    at = start + each.at(-1).timeStamp - each[0].timeStamp;
    return start;
  });
  const begin = performance.now();
  $("draw-replay").textContent = "Stop";
  const step = () => {
    const now = performance.now() - begin;
    strokes.forEach((stroke, number) => {
      const first = stroke.points[0].timeStamp;
      trace(stroke, stroke.points.filter(({ timeStamp }) => starts[number] + timeStamp - first <= now).length);
    });
    if (now > at) stopReplay();
    else playing = requestAnimationFrame(step);
  };
  playing = requestAnimationFrame(step);
}
