// The server by its API: a token in a header and never in an address, problems as one line, jobs followed to their end.

import { $ } from "./dom.js";

const BASE = "/api/v1";
const ENDED = ["done", "failed", "cancelled"];
const KEPT = "forgery_kit token";

/** What a server refused: its one line. */
export class Problem extends Error {
  constructor(problem, retryAfter = null) {
    super(problem.detail || problem.title || "the server gave no reason.");
    this.exitCode = problem.exit_code ?? null;
    this.retryAfter = retryAfter;
  }
}

/** fetch() with the token; asks for it once where the server wants one. Raises Problem for what is not 2xx. */
export async function request(path, options = {}) {
  const address = path.startsWith("/") ? path : `${BASE}/${path}`;
  for (;;) {
    const token = sessionStorage.getItem(KEPT);
    const headers = { ...options.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
    let response;
    try {
      response = await fetch(address, { ...options, headers, cache: "no-store" });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Problem({ detail: "the server does not answer: is it still running?" });
    }
    if (response.status === 401) {
      await askToken(token);
      continue;
    }
    if (!response.ok) throw await problemOf(response);
    return response;
  }
}

async function problemOf(response) {
  const after = response.headers.get("retry-after");
  const said = await response.json().catch(() => ({ detail: `the server answered ${response.status}.` }));
  if (response.status === 503 && after) said.detail = `${said.detail} Try again in ${after} s.`;
  return new Problem(said, after === null ? null : Number(after));
}

let asking = null;

/** Resolves once another token than ``wrong`` was given; many requests ask together. */
function askToken(wrong) {
  if (sessionStorage.getItem(KEPT) !== wrong) return Promise.resolve();
  asking ??= new Promise((resolve) => {
    const dialog = $("token-dialog");
    $("token-problem").hidden = !wrong;
    $("token-problem").textContent = "That was not the token of this server.";
    $("token").value = "";
    const given = (event) => {
      event.preventDefault();
      const value = $("token").value.trim();
      // A header takes Latin letters only; anything else cannot be the token.
      if (!/^[\x21-\x7e]+$/.test(value)) return;
      sessionStorage.setItem(KEPT, value);
      $("token-form").removeEventListener("submit", given);
      dialog.removeEventListener("cancel", stay);
      dialog.close();
      asking = null;
      resolve();
    };
    const stay = (event) => event.preventDefault();
    $("token-form").addEventListener("submit", given);
    dialog.addEventListener("cancel", stay);
    dialog.showModal();
  });
  return asking;
}

export const isGuarded = () => sessionStorage.getItem(KEPT) !== null;
export const getJson = async (path) => (await request(path)).json();

/** POST of a request, or of its JSON text; as a form where it has files: ``files`` is {part: [File, …]}. */
export function post(path, body, files = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const parts = Object.entries(files).flatMap(([part, list]) => list.map((file) => [part, file]));
  if (!parts.length) {
    return request(path, { method: "POST", body: text, headers: { "Content-Type": "application/json" } });
  }
  const form = new FormData();
  form.append("request", text);
  for (const [part, file] of parts) form.append(part, file, file.name);
  return request(path, { method: "POST", body: form });
}

/**
 * Start a job and follow it. ``told(event, data)`` hears progress and sample; resolves to the JOB when it is done,
 * or to null when it was cancelled. ``begun(job, cancel)`` is called with its first state. Raises Problem.
 */
export async function runJob(kind, body, files, { begun, told }) {
  const job = await (await post(kind, body, files)).json();
  begun(job, () => request(job.links.self, { method: "DELETE" }));
  for (let tries = 0; ; tries++) {
    let last = null;
    try {
      for await (const [event, data] of events(job.links.events)) {
        tries = 0;
        if (ENDED.includes(event)) last = data;
        else told(event, data);
      }
    } catch {
      // The line broke: the job itself says below whether it went on.
    }
    last ??= await getJson(job.links.self);
    if (last.state === "failed") throw new Problem(last.problem ?? {});
    if (last.state === "cancelled") return null;
    if (last.state === "done") return last;
    if (tries >= 5) throw new Problem({ detail: "the server stopped telling of the job." });
    await new Promise((resolve) => setTimeout(resolve, 500 * (tries + 1)));
  }
}

/** Server-sent events by streaming, since EventSource cannot send a token. Yields [event, data]. */
async function* events(address) {
  const response = await request(address, { headers: { Accept: "text/event-stream" } });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest = (rest + value).replaceAll("\r\n", "\n");
    for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
      const block = rest.slice(0, end);
      rest = rest.slice(end + 2);
      const read = parsed(block);
      if (read) yield read;
    }
  }
}

function parsed(block) {
  let event = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) event = line.slice(6).trim();
    if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  return data.length ? [event, JSON.parse(data.join("\n"))] : null;
}

/** Save a file that a job made, or text made here. */
export async function save(name, source) {
  const blob = typeof source === "string" ? await (await request(source)).blob() : source;
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** An address that <img> can show although it cannot send a token. */
export async function pictureOf(href) {
  return URL.createObjectURL(await (await request(href)).blob());
}
