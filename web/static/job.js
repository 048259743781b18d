// How a job stands, while it waits, runs, ends or fails: the same in every view.

import { runJob, save } from "./api.js";
import { $, el } from "./dom.js";

/**
 * Run a job and show it in ``place``; the form's main button waits meanwhile. ``told(event, data)`` hears its events.
 * Resolves to the JOB, or to null where it failed or was cancelled, which is then shown.
 */
export async function follow(place, form, kind, body, files, told = () => {}) {
  const button = form.querySelector("button[type=submit]") ?? {};
  const stage = el("p", { role: "status" }, "Sending …");
  const left = el("p", { class: "quiet" });
  const bar = el("progress", { "aria-label": "Progress", max: 1 });
  const stop = el("button", { type: "button", disabled: true }, "Cancel");
  place.replaceChildren(el("div", { class: "running" }, el("div", { class: "row" }, stage, stop), bar, left));
  place.scrollIntoView({ block: "nearest" });
  button.disabled = true;
  const show = (job) => {
    const said = job.state === "waiting" ? "Waiting for a free worker …" : `${capital(job.stage || "working")} …`;
    // A status that is set again would be read again.
    if (stage.textContent !== said) stage.textContent = said;
    if (job.progress === null || job.progress === undefined) bar.removeAttribute("value");
    else bar.value = job.progress;
    left.textContent = job.seconds_left ? `about ${duration(job.seconds_left)} left` : "";
  };
  try {
    const done = await runJob(kind, body, files, {
      begun: (job, cancel) => {
        show(job);
        stop.disabled = false;
        stop.addEventListener("click", () => {
          stop.disabled = true;
          stage.textContent = "Cancelling …";
          cancel().catch((error) => (stage.textContent = error.message));
        });
      },
      told: (event, data) => {
        if (event === "progress" && !(stop.disabled && stage.textContent.startsWith("Cancelling"))) show(data);
        if (event !== "progress") told(event, data);
      },
    });
    place.replaceChildren(done ? "" : el("p", { class: "note", role: "status" }, "Cancelled."));
    return done;
  } catch (error) {
    showProblem(place, error);
    return null;
  } finally {
    button.disabled = false;
  }
}

/** The one line of what went wrong. */
export function showProblem(place, error) {
  place.replaceChildren(el("p", { class: "problem", role: "alert" }, capital(error.message)));
  place.scrollIntoView({ block: "nearest" });
}

/** Buttons that save the files of a job. */
export function downloads(files, place) {
  return el(
    "div",
    { class: "downloads" },
    files.map(({ name, href, bytes }) =>
      el(
        "button",
        { type: "button", class: "button", click: () => save(name, href).catch((error) => showProblem(place, error)) },
        `${name} `,
        bytes ? el("span", { class: "quiet" }, sizeOf(bytes)) : null,
      ),
    ),
  );
}

/** A number from a field, or null with the field marked and focused where it is out of its range. */
export function numberIn(id) {
  const field = $(id);
  const good = field.value !== "" && field.checkValidity();
  mark(field, good);
  return good ? Number(field.value) : null;
}

/** Text from a field that must not be empty, or null with the field marked and focused. */
export function textIn(id) {
  const field = $(id);
  mark(field, field.value.trim() !== "");
  return field.value.trim() === "" ? null : field.value;
}

function mark(field, good) {
  if (good) field.removeAttribute("aria-invalid");
  else {
    field.setAttribute("aria-invalid", "true");
    field.focus();
  }
}

/** Say what a form still lacks. */
export function lacking(place, text) {
  showProblem(place, new Error(text));
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const duration = (seconds) => (seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`);
const sizeOf = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
