// The named styles of the server: those that ship and those that were saved.

import { getJson, pictureOf, request } from "./api.js";
import { el } from "./dom.js";

let asked = null;
const changed = new EventTarget();

/** {styles: [{name, saved, thumbnail}], can_save}, asked once until something changes. */
export function styles() {
  asked ??= getJson("styles").catch((error) => {
    asked = null;
    throw error;
  });
  return asked;
}

/** Hear of saved and deleted styles. */
export const onChange = (hear) => changed.addEventListener("change", hear);

/** Ask anew, after one was saved or deleted. */
export function forget() {
  asked = null;
  changed.dispatchEvent(new Event("change"));
}

/** Fill a radiogroup with the styles, ``chosen`` or the first one checked. */
export async function showStyles(place, chosen = null) {
  const { styles: all } = await styles();
  const first = chosen ?? all[0]?.name;
  place.replaceChildren(
    ...all.map(({ name, saved, thumbnail }) => {
      const picture = el("img", { alt: "" });
      pictureOf(thumbnail).then(
        (address) => (picture.src = address),
        () => picture.remove(),
      );
      return el(
        "label",
        { class: "style" },
        el("input", { type: "radio", name: "style", value: name, checked: name === first }),
        picture,
        el("span", {}, name),
        saved ? away(name) : null,
      );
    }),
  );
}

function away(name) {
  const button = el("button", { type: "button", class: "link" }, "Delete");
  button.setAttribute("aria-label", `Delete the style ${name}`);
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    if (button.textContent === "Delete") {
      button.textContent = "Really?";
      return;
    }
    try {
      await request(`styles/${encodeURIComponent(name)}`, { method: "DELETE" });
      forget();
    } catch (error) {
      button.textContent = error.message;
    }
  });
  return button;
}
