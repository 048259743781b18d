// Document: words of a recording changed in its own hand, or a long text as a letter.

import { pictureOf } from "./api.js";
import { drawInk } from "./canvas.js";
import { $, count, el } from "./dom.js";
import { picker } from "./exhibits.js";
import { downloads, follow, lacking, numberIn, showProblem, textIn } from "./job.js";
import { onChange, styles } from "./styles.js";
import { handOf } from "./write.js";

const place = $("document-job");
const result = $("document-result");

export function setUp() {
  const ink = picker($("edit-ink"), { one: true, label: "a recording", chosen: fillText });
  const known = picker($("letter-ink"), { label: "known ink" });
  const select = $("letter-style");
  const listStyles = async () => {
    try {
      const chosen = select.value;
      const options = (await styles()).styles.map(({ name }) => el("option", { value: name }, name));
      select.replaceChildren(...options, el("option", { value: "" }, "Ink that I give"));
      if (options.some(({ value }) => value === chosen)) select.value = chosen;
    } catch (error) {
      showProblem(place, error);
    }
    $("letter-known").hidden = select.value !== "";
  };
  select.addEventListener("change", () => ($("letter-known").hidden = select.value !== ""));
  submits($("edit-form"), () => edit(ink));
  submits($("letter-form"), () => letter(known));
  onChange(listStyles);
  return listStyles();
}

function submits(form, act) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act();
  });
}

/** A recording that says what it says saves typing it. */
function fillText(read) {
  if (!read.text || $("edit-text").value) return;
  $("edit-text").value = read.text;
  $("edit-to").value ||= read.text;
}

async function edit(ink) {
  const given = await ink.given();
  if (!given.size) return lacking(place, "Give a recording first: a file, or ink from Draw.");
  const [text, to, bias, seed] = [textIn("edit-text"), textIn("edit-to"), numberIn("edit-bias"), numberIn("edit-seed")];
  if (text === null || to === null)
    return lacking(place, "Both texts are needed: what it says, and what it shall say.");
  if (bias === null || seed === null) return lacking(place, "Bias and seed must be numbers in their range.");
  if (text.trim() === to.trim()) return lacking(place, "Both texts are the same: there is nothing to change.");
  const body = { text, to, bias, seed, ...(given.inks.length ? { ink: given.inks[0] } : {}) };
  const job = await run($("edit-form"), "edits", body, { ink: given.files });
  if (!job) return;
  const made = new Set(job.result.generated);
  const classes = job.result.polylines.map((_, number) => (made.has(number) ? "is-generated" : null));
  const words = job.result.new_words.map((word) => (typeof word === "string" ? word : word.word)).join(", ");
  showResult(
    job,
    "The edited recording",
    el("p", { class: "generated" }, `Red ink is generated: ${words}. It is marked so in the files.`),
    el(
      "div",
      { class: "panel" },
      drawInk(job.result.polylines, { label: "The edited recording; generated words in red", classes }),
    ),
  );
}

async function letter(known) {
  const [text, bias, seed, margin] = [
    textIn("letter-text"),
    numberIn("letter-bias"),
    numberIn("letter-seed"),
    numberIn("letter-margin"),
  ];
  if (text === null) return lacking(place, "There is no text to write.");
  if (bias === null || seed === null || margin === null)
    return lacking(place, "Margin, bias and seed must be numbers in their range.");
  const hand = await handOf($("letter-style").value, known, $("letter-known-text").value, place);
  if (!hand) return;
  const body = { text, ...hand[0], page: $("letter-page").value, margin_mm: margin, bias, seed };
  const job = await run($("letter-form"), "documents", body, hand[1]);
  if (!job) return;
  const { missing, pages } = job.result;
  const lost = missing?.length
    ? el("p", { class: "warning" }, `Not written, since the hand has no such signs: ${missing.join(" ")}`)
    : "";
  const sheets = job.files
    .filter(({ name }) => name.endsWith(".svg"))
    .map((file, number) => sheet(file, `Page ${number + 1} of ${pages}`));
  showResult(
    job,
    count(pages, "page"),
    el("p", { class: "generated" }, "Generated ink, marked so in the files."),
    lost,
    ...sheets,
  );
}

function sheet(file, label) {
  const picture = el("img", { class: "sheet", alt: label });
  pictureOf(file.href).then(
    (address) => (picture.src = address),
    (error) => picture.replaceWith(el("p", { class: "problem" }, error.message)),
  );
  return picture;
}

async function run(form, kind, body, files) {
  $("document-empty").hidden = true;
  result.replaceChildren();
  const job = await follow(place, form, kind, body, files);
  $("document-empty").hidden = job !== null;
  return job;
}

function showResult(job, title, ...shown) {
  result.replaceChildren(el("h2", {}, title), downloads(job.files, place), ...shown);
  result.focus();
}
