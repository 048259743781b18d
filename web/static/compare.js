// Compare: questioned against known writing, then the first page of the report as a page.

import { getJson } from "./api.js";
import { $ } from "./dom.js";
import { drawn, picker } from "./exhibits.js";
import { follow, lacking, numberIn, showProblem } from "./job.js";
import { showReport } from "./report.js";

const form = $("compare-form");
const place = $("compare-job");
/** Comparisons made since the page was opened, newest last: their JOBs. */
export const made = { jobs: [], changed: new EventTarget() };
const sides = {};

export function setUp() {
  for (const side of ["questioned", "known"]) sides[side] = picker($(`compare-${side}`), { label: `${side} ink` });
  for (const { side, ink } of drawn.sent.splice(0)) sides[side].add(ink);
  drawn.changed.addEventListener("sent", () => {
    for (const { side, ink } of drawn.sent.splice(0)) sides[side].add(ink);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    compare();
  });
}

async function compare() {
  const simulate = numberIn("compare-simulate");
  if (simulate === null) return lacking(place, "Imitations to simulate: give a number from 0 to 40.");
  const questioned = await sides.questioned.given();
  const known = await sides.known.given();
  if (!questioned.size) return lacking(place, "Give questioned ink first: a file, or ink from Draw.");
  if (!known.size) return lacking(place, "Give known ink first: a file, or ink from Draw.");
  if (questioned.bad || known.bad) return lacking(place, "Remove the files that cannot be read first.");
  const field = (name) => $(`compare-${name}`).value.trim();
  const body = {
    questioned: questioned.inks,
    known: known.inks,
    questioned_text: field("questioned-text") || null,
    known_text: field("known-text") || null,
    same_sitting: $("compare-sitting").checked,
    simulate,
    case: field("case"),
    examiner: field("examiner"),
    date: field("date") || null,
    notes: field("notes"),
    mandate: field("mandate"),
    custody: field("custody"),
    allow_generated: $("compare-generated").checked,
  };
  const report = $("compare-result");
  report.hidden = true;
  const files = { questioned: questioned.files, known: known.files };
  const job = await follow(place, form, "comparisons", body, files);
  if (!job) return;
  made.jobs.push(job);
  made.changed.dispatchEvent(new Event("change"));
  try {
    showReport(report, job, await getJson(job.files.find(({ name }) => name === "wording.json").href));
  } catch (error) {
    return showProblem(place, error);
  }
  report.hidden = false;
  report.focus();
}
