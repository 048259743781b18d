// What the generator saw and expected at each point of a sample, moving with the pointer or with the slider's keys.

import { boundsOf } from "./canvas.js";
import { el, svg } from "./dom.js";

/** A view of the workings of a sample: [{text, steps: [{point, ends, window, …}]}], one panel a line. */
export function debugView(lines) {
  return el("div", { class: "debug" }, lines.map(lineView));
}

function lineView({ text, steps }) {
  const points = steps.map((step) => step.point);
  const box = boundsOf([points]);
  const edge = 0.06 * Math.max(box.width, box.height);
  const cloud = svg("g", { class: "cloud" });
  const dot = svg("circle", { r: edge / 6, class: "here" });
  const picture = svg(
    "svg",
    {
      class: "ink workings",
      viewBox: [box.left - edge, box.top - edge, box.width + 2 * edge, box.height + 2 * edge].join(" "),
      role: "img",
      "aria-label": `Ink of “${text}” with the predicted density at the chosen point`,
    },
    strokesOf(steps).map((line) =>
      svg("polyline", { points: line.join(" "), "vector-effect": "non-scaling-stroke", "stroke-width": 1.4 }),
    ),
    cloud,
    dot,
  );
  const letters = [...text].map((letter) => el("span", {}, letter === " " ? "\u00a0" : letter));
  const slider = el("input", {
    type: "range",
    min: 0,
    max: steps.length - 1,
    value: 0,
    "aria-label": "Point of the line",
  });
  const words = el("p", { class: "quiet" });
  const bars = svg("svg", { class: "bars", viewBox: "0 0 200 40", role: "img" });

  function show(number) {
    const step = steps[number];
    slider.value = number;
    const peak = Math.max(...step.window, 1e-9);
    letters.forEach((letter, place) => {
      const share = (step.window[place] ?? 0) / peak;
      letter.className = `w${Math.round(share * 10)}`;
    });
    dot.setAttribute("cx", step.point[0]);
    dot.setAttribute("cy", step.point[1]);
    cloud.replaceChildren(
      ...step.means.map((mean, place) => ellipse(mean, step.covariances[place], step.weights[place])),
    );
    bars.replaceChildren(
      ...step.weights.map((weight, place) =>
        svg("rect", { x: place * 10, y: 40 - 40 * weight, width: 8, height: Math.max(0.5, 40 * weight) }),
      ),
    );
    bars.setAttribute("aria-label", `Mixture weights: ${step.weights.join(", ")}`);
    const end = (100 * step.end_of_stroke).toFixed(1);
    words.textContent =
      `Point ${number + 1} of ${steps.length} · end of stroke ${end} %${step.ends ? " (it ended here)" : ""} · ` +
      `${step.weights.length} components above 1 %, largest ${Math.max(0, ...step.weights).toFixed(2)}`;
  }
  slider.addEventListener("input", () => show(Number(slider.value)));
  picture.addEventListener("pointermove", (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
    let [best, nearest] = [Infinity, 0];
    points.forEach(([x, y], number) => {
      const far = (x - at.x) ** 2 + (y - at.y) ** 2;
      if (far < best) [best, nearest] = [far, number];
    });
    show(nearest);
  });
  show(0);
  return el(
    "div",
    { class: "line" },
    picture,
    slider,
    el("p", { class: "legend" }, "Window over the text"),
    el("div", { class: "window" }, letters),
    el("p", { class: "legend" }, "Mixture weights"),
    bars,
    words,
  );
}

function strokesOf(steps) {
  const lines = [[]];
  for (const { point, ends } of steps) {
    lines.at(-1).push(point.join(","));
    if (ends) lines.push([]);
  }
  return lines.filter((line) => line.length);
}

/** One component as the ellipse of two standard deviations, as dark as its weight. */
function ellipse([x, y], [[a, b], [, d]], weight) {
  const middle = (a + d) / 2;
  const spread = Math.hypot((a - d) / 2, b);
  const turn = (Math.atan2(2 * b, a - d) * 90) / Math.PI;
  return svg("ellipse", {
    rx: 2 * Math.sqrt(Math.max(middle + spread, 0)),
    ry: 2 * Math.sqrt(Math.max(middle - spread, 0)),
    transform: `translate(${x} ${y}) rotate(${turn})`,
    "fill-opacity": (0.15 + 0.6 * weight).toFixed(3),
  });
}
