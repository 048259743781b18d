// Replay: a comparison made here, or a saved result, written again in its own time.

import { isGuarded } from "./api.js";
import { made } from "./compare.js";
import { $, el } from "./dom.js";
import { downloads, follow, lacking } from "./job.js";

const form = $("replay-form");
const place = $("replay-job");
const select = $("replay-jobs");

export function setUp() {
  made.changed.addEventListener("change", list);
  list();
  select.addEventListener("change", () => select.value !== "" && show(made.jobs[Number(select.value)]));
  $("replay-file").addEventListener("change", () => $("replay-file").files.length && load($("replay-file").files[0]));
  form.addEventListener("submit", (event) => event.preventDefault());
}

function list() {
  const options = made.jobs.map((job, number) => {
    const value = job.result.lr.log10_lr.toFixed(2).replace("-", "−");
    return el("option", { value: number }, `${job.result.case || `Comparison ${number + 1}`}: log10 LR ${value}`);
  });
  select.disabled = !options.length;
  select.replaceChildren(el("option", { value: "" }, options.length ? "choose" : "none yet"), ...options);
}

async function load(file) {
  const text = await file.text();
  let result;
  try {
    result = JSON.parse(text);
  } catch {
    return lacking(place, `${file.name}: this is not JSON. Choose the case.json of a comparison.`);
  }
  if (result === null || typeof result !== "object" || Array.isArray(result))
    return lacking(place, `${file.name}: this is no result. Choose the case.json of a comparison.`);
  $("replay-frame").replaceChildren();
  $("replay-empty").hidden = true;
  // The text itself: written by JavaScript, 1.0 would be 1, and the hash of the result would not hold.
  const job = await follow(place, form, "replays", `{"result":${text}}`);
  if (job) show(job);
  else $("replay-empty").hidden = false;
}

function show(job) {
  const file = job.files.find(({ name }) => name === "replay.html");
  $("replay-empty").hidden = true;
  // A frame cannot send a token, and one made from a blob has this page's policy, which forbids its script.
  const seen = isGuarded()
    ? el("p", { class: "note" }, "On a server with a token the replay opens from a file: save replay.html and open it.")
    : el("iframe", { src: file.href, title: "Replay of the comparison", sandbox: "allow-scripts" });
  $("replay-frame").replaceChildren(downloads([file], place), seen);
}
