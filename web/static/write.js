// Write: a text in a named style or in a given hand, samples one by one as they are finished.

import { getJson } from "./api.js";
import { drawInk } from "./canvas.js";
import { debugView } from "./debug.js";
import { $, el } from "./dom.js";
import { picker } from "./exhibits.js";
import { downloads, follow, lacking, numberIn, showProblem, textIn } from "./job.js";
import { forget, onChange, showStyles } from "./styles.js";

const form = $("write-form");
const place = $("write-job");
/** Samples of the run that is shown, by index, and the two that stand side by side. */
let samples = new Map();
let aside = [];

export function setUp() {
  const known = picker($("write-ink"), { label: "known ink" });
  const hand = () => form.elements.hand.value;
  const listStyles = () =>
    showStyles($("write-styles"), form.elements.style?.value || null).catch((error) =>
      showProblem($("write-styles"), error),
    );
  form.addEventListener("change", () => {
    $("write-styles").hidden = hand() !== "style";
    $("write-known").hidden = hand() !== "known";
    $("write-steps-n").disabled = $("write-steps").value === "auto";
  });
  $("write-bias").addEventListener("input", () => ($("write-bias-out").textContent = $("write-bias").value));
  $("write-save").addEventListener("click", () => saveStyle(known));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    write(hand(), known);
  });
  onChange(listStyles);
  // A browser may keep the fields of an earlier visit.
  form.dispatchEvent(new Event("change"));
  return listStyles();
}

/** The hand as the API takes it: [fields, files], or null where ink is missing, which is then said. */
export async function handOf(style, known, knownText, where) {
  if (style) return [{ style }, {}];
  const given = await known.given();
  if (!given.size) {
    lacking(where, "Give known ink first: a file, or ink from Draw.");
    return null;
  }
  return [{ known: given.inks, known_text: knownText.trim() || null }, { known: given.files }];
}

async function write(kind, known) {
  const [text, n, seed] = [textIn("write-text"), numberIn("write-n"), numberIn("write-seed")];
  const steps = $("write-steps").value === "auto" ? "auto" : numberIn("write-steps-n");
  if (text === null) return lacking(place, "There is no text to write.");
  if (n === null) return lacking(place, "Samples: give a number from 1 to 32.");
  if (seed === null || steps === null) return lacking(place, "Seed and steps must be whole numbers in their range.");
  const style = kind === "style" ? form.elements.style?.value : null;
  const hand = await handOf(style, known, $("write-known-text").value, place);
  if (!hand) return;
  samples = new Map();
  aside = [];
  $("write-samples").replaceChildren();
  $("write-empty").hidden = true;
  pairShown();
  const method = kind === "known" ? $("write-method").value : "prime";
  const debug = $("write-debug").checked;
  const body = { ...hand[0], text, method, bias: Number($("write-bias").value), steps, n, seed, debug };
  const done = await follow(place, form, "imitations", body, hand[1], (event, data) => {
    if (event === "sample") addSample(data);
  });
  $("write-empty").hidden = samples.size > 0;
  if (done) showDone(done);
}

/** A sample as it is finished; told again after a broken line, it takes its own place. */
function addSample(sample) {
  samples.get(sample.index)?.node.remove();
  const node = sampleNode(sample);
  samples.set(sample.index, { sample, node });
  const after = [...samples.keys()].filter((index) => index > sample.index).sort((a, b) => a - b)[0];
  $("write-samples").insertBefore(node, after === undefined ? null : samples.get(after).node);
}

function sampleNode(sample) {
  const title = `Sample ${sample.index + 1}`;
  const said = el("div", {});
  const node = el("li", { class: "sample" });
  const best = el("button", { type: "button", "aria-pressed": "false", click: () => choose(sample.index) }, "Best");
  const beside = el(
    "button",
    { type: "button", "aria-pressed": "false", click: () => setBeside(sample.index) },
    "Side by side",
  );
  best.setAttribute("aria-label", `${title} is the best`);
  beside.setAttribute("aria-label", `${title} side by side`);
  const files = sample.files.filter(({ name }) => /\.(svg|png|inkml)$/.test(name) && !name.includes("workings"));
  node.append(
    el("header", {}, el("h2", {}, title), el("span", { class: "quiet" }, `seed ${sample.seed}`)),
    drawInk(sample.polylines, { label: `${title}, drawn` }),
    el("p", { class: "generated" }, "Generated ink"),
    el("div", { class: "row" }, best, beside),
    named(downloads(files, said), title),
    said,
  );
  const debug = sample.files.find(({ name }) => name.endsWith("-debug.json"));
  if (debug)
    getJson(debug.href).then(
      (lines) => node.append(debugView(lines)),
      (error) => showProblem(said, error),
    );
  return node;
}

/** Downloads of a sample, by their kind alone: SVG, PNG, InkML. */
function named(buttons, title) {
  for (const button of buttons.children) {
    const ending = button.firstChild.textContent.trim().split(".").at(-1).toUpperCase();
    button.firstChild.textContent = `${ending.replace("INKML", "InkML")} `;
    // What is seen stands first in what is read.
    button.setAttribute("aria-label", `${button.textContent}, save ${title}`);
  }
  return buttons;
}

function choose(index) {
  for (const [each, { node }] of samples) {
    const chosen = each === index && !node.classList.contains("best");
    node.classList.toggle("best", chosen);
    node.querySelector("[aria-pressed]").setAttribute("aria-pressed", String(chosen));
  }
}

function setBeside(index) {
  aside = aside.includes(index) ? aside.filter((each) => each !== index) : [...aside, index].slice(-2);
  for (const [each, { node }] of samples) {
    node.querySelectorAll("[aria-pressed]")[1].setAttribute("aria-pressed", String(aside.includes(each)));
  }
  pairShown();
}

function pairShown() {
  const pair = $("write-compare");
  pair.hidden = !aside.length;
  const shown = aside.map((index) => {
    const { sample } = samples.get(index);
    const title = `Sample ${index + 1}`;
    return el("div", {}, el("h3", {}, title), drawInk(sample.polylines, { label: `${title}, side by side` }));
  });
  if (aside.length === 1) shown.push(el("p", { class: "quiet" }, "Choose a second sample to stand beside it."));
  pair.replaceChildren(el("div", { class: "two" }, shown));
}

function showDone(job) {
  const sheets = job.files.filter(({ name }) => name.startsWith("contact-sheet"));
  const line = `${samples.size === 1 ? "One sample is" : `${samples.size} samples are`} finished.`;
  place.replaceChildren(el("p", { class: "note", role: "status" }, line), downloads(sheets, place));
}

async function saveStyle(known) {
  const field = $("write-name");
  if (!field.checkValidity() || !field.value) {
    field.setAttribute("aria-invalid", "true");
    field.focus();
    return;
  }
  field.removeAttribute("aria-invalid");
  const hand = await handOf(null, known, $("write-known-text").value, place);
  if (!hand) return;
  const done = await follow(place, form, "styles", { name: field.value, ...hand[0] }, hand[1]);
  if (!done) return;
  place.replaceChildren(el("p", { class: "note", role: "status" }, `The style ${field.value} is saved.`));
  forget();
}
