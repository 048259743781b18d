// Where ink is given: files dropped or chosen, and what was drawn; each shown as it is read, before any run.

import { post } from "./api.js";
import { drawInk } from "./canvas.js";
import { count, el } from "./dom.js";

/**
 * Inks drawn in the Draw view: {name, ink}, newest last; ``changed`` tells of them by "change". ``sent`` holds {side, ink}
 * that Compare has not taken yet, told by "sent".
 */
export const drawn = { inks: [], sent: [], changed: new EventTarget() };

let pickers = 0;

/**
 * Make ``place`` a place to give ink. ``one`` keeps only the last. Returns {add, given}: ``add(ink)`` adds drawn ink, ``given()``
 * resolves, once all is read, to {inks: [INK], files: [File], size, bad}; ``chosen(reading)`` hears of each.
 */
export function picker(place, { one = false, label = "ink", chosen = () => {} } = {}) {
  const items = [];
  const list = el("ul", { class: "exhibits", hidden: true });
  const id = `picker-${++pickers}`;
  const input = el("input", { type: "file", id, multiple: !one, change: take });
  const useDrawn = el("button", { type: "button", class: "link", click: takeDrawn, hidden: true });
  const drop = el(
    "div",
    { class: "drop" },
    el("p", { class: "quiet" }, `Drop ${one ? "a file" : "files"} here: InkML, JSON ink, UNIPEN and others, or`),
    el("div", { class: "row" }, el("label", { class: "button file" }, `Choose ${label}`, input), useDrawn),
  );
  place.replaceChildren(drop, list);
  for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (event) => over(event, true));
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, (event) => over(event, false));
  drop.addEventListener("drop", (event) => [...event.dataTransfer.files].forEach(addFile));
  drawn.changed.addEventListener("change", offer);
  offer();

  function over(event, inside) {
    event.preventDefault();
    drop.classList.toggle("over", inside);
  }
  function take() {
    [...input.files].forEach(addFile);
    input.value = "";
  }
  function offer() {
    useDrawn.hidden = !drawn.inks.length;
    useDrawn.textContent = `Use the drawn “${drawn.inks.at(-1)?.name ?? ""}”`;
  }
  function takeDrawn() {
    add(drawn.inks.at(-1));
  }
  function addFile(file) {
    keep({ name: file.name, file, ink: null });
  }
  function add(ink) {
    keep({ name: ink.name, file: null, ink });
  }
  function keep(item) {
    if (one) [...items].forEach(remove);
    items.push(item);
    list.hidden = false;
    item.node = el("li", {}, head(item), el("p", { class: "quiet", role: "status" }, "Reading …"));
    list.append(item.node);
    item.reading = read(item);
  }
  function head(item) {
    const away = el("button", { type: "button", class: "link", click: () => remove(item) }, "Remove");
    away.setAttribute("aria-label", `Remove ${item.name}`);
    return el("header", {}, el("h2", {}, item.name), away);
  }
  function remove(item) {
    items.splice(items.indexOf(item), 1);
    item.node.remove();
    list.hidden = !items.length;
    input.focus();
  }
  async function read(item) {
    try {
      const [body, files] = item.file ? [{}, { files: [item.file] }] : [{ inks: [item.ink] }, {}];
      item.read = (await (await post("readings", body, files)).json()).exhibits[0];
      item.node.replaceChildren(head(item), ...shownAs(item.read));
      chosen(item.read);
    } catch (error) {
      item.node.replaceChildren(head(item), el("p", { class: "problem", role: "alert" }, error.message));
    }
  }
  return {
    add,
    given: async () => {
      await Promise.all(items.map((item) => item.reading));
      const good = items.filter((item) => item.read && !item.read.problem);
      return {
        inks: good.filter((item) => item.ink).map((item) => item.ink),
        files: good.filter((item) => item.file).map((item) => item.file),
        size: good.length,
        bad: items.length - good.length,
      };
    },
  };
}

function shownAs(read) {
  if (read.problem) return [el("p", { class: "problem", role: "alert" }, read.problem.detail)];
  const facts = [
    read.format,
    count(read.strokes, "stroke"),
    count(read.points, "point"),
    read.writing_heights ? `${read.writing_heights} writing heights` : null,
    read.channels?.length ? read.channels.join(", ") : null,
    read.device || null,
  ];
  return [
    drawInk(read.polylines, { label: `${read.name}, as it is read` }),
    el("p", { class: "quiet" }, facts.filter(Boolean).join(" · ")),
    read.generated ? el("p", { class: "generated" }, "Marked as generated ink.") : null,
    ...(read.warnings ?? []).map((text) => el("p", { class: "warning" }, text)),
    ...(read.notes ?? []).map((text) => el("p", { class: "quiet" }, text)),
  ].filter(Boolean);
}
