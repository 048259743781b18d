// Views by fragment, and whether the server is ready; each view sets itself up when it is first seen.

import { $ } from "./dom.js";

const VIEWS = ["write", "draw", "compare", "document", "replay"];
const made = {};

/** The module of a view, set up once. */
export function view(name) {
  const section = $(`view-${name}`);
  if (!made[name]) {
    // Nothing can be pressed before there is something that hears it.
    section.inert = true;
    made[name] = import(`./${name}.js`).then((module) => {
      const done = module.setUp();
      section.inert = false;
      return done;
    });
  }
  return made[name];
}

async function show() {
  const asked = location.hash.slice(1);
  const name = VIEWS.includes(asked) ? asked : VIEWS[0];
  for (const each of VIEWS) $(`view-${each}`).hidden = each !== name;
  for (const link of document.querySelectorAll(".views a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${$(`title-${name}`).textContent} · forgery_kit`;
  await view(name);
}

async function tellReady() {
  const place = $("ready");
  for (let wait = 1000; ; wait = Math.min(wait * 1.5, 10_000)) {
    try {
      const { ready, loading } = await (await fetch("/ready", { cache: "no-store" })).json();
      const said = ready ? "" : `Loading ${loading.join(", ") || "models"} …`;
      if (place.textContent !== said) place.textContent = said;
      if (ready) return;
    } catch {
      place.textContent = "The server does not answer.";
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

addEventListener("hashchange", () => {
  // Another skip target than a view leaves the view as it is.
  if (location.hash === "#main") return;
  show();
  $("main").focus({ preventScroll: true });
  scrollTo(0, 0);
});
show();
tellReady();
