// The first page of a report as a page. Sentences about the LR are the report's own; none is made up here.

import { downloads } from "./job.js";
import { el, shown, svg } from "./dom.js";
import { drawLines, drawPiece, evidenceLimit } from "./evidence.js";

/** Show a comparison's JOB in ``place``; ``said`` is its wording.json. */
export function showReport(place, job, said) {
  const found = job.result;
  const limit = evidenceLimit(found.items);
  const trouble = el("div", {});
  place.replaceChildren(
    ...[
      verdict(found, said),
      scaleOf(found.lr, said),
      limits(said),
      propositions(said),
      el(
        "section",
        {},
        el("h2", {}, "What was received and told"),
        said.told.map((text) => el("p", {}, text)),
      ),
      el(
        "section",
        {},
        el("h2", {}, "Report"),
        downloads(
          job.files.filter(({ name }) => name !== "wording.json"),
          trouble,
        ),
        trouble,
      ),
      evidence(found, limit, said),
      fragments(found, limit, said),
      measures(found, said),
    ].filter(Boolean),
  );
}

function log10(value) {
  const text = value.toFixed(2);
  return text === "-0.00" ? "0.00" : text.replace("-", "−");
}

function verdict(found, said) {
  const facts = [
    `Case: ${found.case || "not stated"}`,
    `Examiner: ${found.examiner || "not stated"}`,
    `Date: ${found.date}`,
  ];
  return el(
    "div",
    {},
    el("p", { class: "quiet" }, facts.join(" · ")),
    said.generated ? el("p", { class: "problem" }, said.generated) : null,
    el(
      "div",
      { class: "verdict" },
      el("p", { class: "lr" }, said.lr),
      el(
        "div",
        {},
        el("p", { class: "verbal" }, el("strong", {}, said.finding)),
        el("p", {}, said.log10),
        said.interval_label ? el("p", { class: "quiet" }, `Interval: ${said.interval_label}.`) : null,
        said.bound ? el("p", {}, said.bound) : null,
        said.forger ? el("p", {}, said.forger) : null,
      ),
    ),
  );
}

/** The scale of log10 LR with its limits, the interval and the value; elements, so that its text keeps its size. */
function scaleOf(lr, said) {
  const least = Math.min(-2, Math.floor(lr.low) - 1, Math.floor(lr.lower_bound));
  const most = Math.max(2, Math.ceil(lr.high) + 1, Math.ceil(lr.upper_bound));
  const share = (value) => (100 * (value - least)) / (most - least);
  const mark = (kind, value, text = "") => {
    const node = el("span", { class: kind }, text);
    node.style.left = `${share(value)}%`;
    return node;
  };
  const marks = [mark("bound", lr.lower_bound), mark("bound", lr.upper_bound)];
  if (said.interval_label) {
    const span = mark("span", lr.low);
    span.style.width = `${share(lr.high) - share(lr.low)}%`;
    marks.push(span);
  }
  // At most nine numbers, so that they stay apart on a small screen.
  const step = Math.ceil((most - least) / 8);
  for (let value = least; value <= most; value += 1) {
    marks.push(mark("tick", value, value % step === 0 ? String(value).replace("-", "−") : ""));
  }
  const label = `Scale of log10 LR: value ${log10(lr.log10_lr)}, limits ${log10(lr.lower_bound)} to ${log10(lr.upper_bound)}`;
  return el(
    "div",
    {},
    el("div", { class: "scale", role: "img", "aria-label": label }, marks, mark("value", lr.log10_lr)),
    el("p", { class: "ends" }, el("span", {}, "← two writers (H2)"), el("span", {}, "one writer (H1) →")),
    el(
      "p",
      { class: "quiet" },
      `log10 LR. Dashed: the limits of what this reference supports, ${log10(lr.lower_bound)} to ${log10(lr.upper_bound)}.`,
    ),
  );
}

function limits(said) {
  if (!said.limits.length) return null;
  return el(
    "section",
    {},
    el("h2", {}, "What limits this result"),
    said.limits.map((text) => el("p", { class: "warning" }, text)),
  );
}

function propositions(said) {
  return el(
    "section",
    {},
    el("h2", {}, "Propositions"),
    el("p", {}, el("strong", {}, "H1: "), said.h1),
    el("p", {}, el("strong", {}, "H2: "), said.h2),
    el("p", { class: "quiet" }, said.taken),
  );
}

function legend() {
  return el(
    "p",
    { class: "legend" },
    el("span", {}, el("span", { class: "key for" }), "speaks for one writer (H1)"),
    el("span", {}, el("span", { class: "key against" }), "speaks for two writers (H2)"),
    el("span", {}, el("span", { class: "key neither" }), "next to nothing, or not certain"),
  );
}

function evidence(found, limit, said) {
  return el(
    "section",
    {},
    el("h2", {}, "Evidence on the ink"),
    el("p", {}, said.evidence_lead),
    limit === null ? null : legend(),
    found.items.map((item) => {
      const lines = drawLines(item, limit);
      const head = el("h3", {}, `${item.label} – ${item.role}`);
      const facts = el(
        "p",
        { class: "quiet" },
        `${item.file} · ${shown(item.amount)} writing heights · ${item.channels.join(", ")}`,
      );
      return el("div", { class: "exhibit" }, head, facts, lines.slice(0, 3), moreOf(lines.slice(3)));
    }),
  );
}

function moreOf(lines) {
  if (!lines.length) return null;
  return el("details", {}, el("summary", {}, `${lines.length} more line${lines.length === 1 ? "" : "s"}`), lines);
}

function fragments(found, limit, said) {
  const cut = (label, line, range) => {
    const item = found.items.find((each) => each.label === label);
    const ink = item?.lines[line] ?? [];
    return el(
      "figure",
      {},
      drawPiece(ink, limit, `${label}, line ${line + 1}, cut out`, range),
      el("figcaption", { class: "quiet" }, `${label}, line ${line + 1}`),
    );
  };
  return el(
    "section",
    {},
    el("h2", {}, "Strongest fragments"),
    el("p", {}, said.fragments_lead),
    el(
      "ol",
      { class: "fragments" },
      found.fragments.map((one) =>
        el(
          "li",
          {},
          cut(one.questioned_item, one.questioned_line, one.questioned_x),
          cut(one.known_item, one.known_line, one.known_x),
          el(
            "p",
            { class: "quiet" },
            `${one.evidence > 0 ? "For H1" : "For H2"}: ${shown(one.evidence).replace("-", "−")} per writing height`,
          ),
        ),
      ),
    ),
  );
}

function measures(found, said) {
  const rows = found.measures.map((row) => {
    const place = row.missing ? row.missing : placeOf(row);
    return el(
      "tr",
      {},
      el("th", { scope: "row", title: row.definition }, row.name, el("span", { class: "quiet unit" }, row.unit)),
      el("td", { class: "number" }, spread(row.questioned, row.questioned_spread)),
      el("td", { class: "number" }, spread(row.known, row.known_spread)),
      el("td", {}, place),
    );
  });
  const head = ["Measure", "Questioned", "Known", "Place in the population"];
  return el(
    "section",
    {},
    el("h2", {}, "Measures"),
    el("p", {}, said.measures_lead),
    el(
      "p",
      { class: "legend" },
      "Filled dot: questioned. Ring: known. Bar: middle half of the population; axis: its 1 % to 99 %.",
    ),
    el(
      "div",
      { class: "tablewrap", tabindex: 0, role: "region", "aria-label": "Measures" },
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            head.map((text, column) =>
              el("th", { scope: "col", class: column === 1 || column === 2 ? "number" : null }, text),
            ),
          ),
        ),
        el("tbody", {}, rows),
      ),
    ),
  );
}

const spread = (value, around) =>
  value === null ? "–" : `${shown(value).replace("-", "−")}${around === null ? "" : ` ± ${shown(around)}`}`;

/** Where both sides lie among the writers of the reference: quantiles 1 %, 3 %, … 99 %. */
function placeOf({ name, questioned, known, reference }) {
  if (!reference.length) return "no reference";
  const share = (value) => {
    const above = reference.findIndex((edge) => edge > value);
    if (above === 0) return 0;
    if (above < 0) return 1;
    const step = reference[above] - reference[above - 1] || 1;
    return (above - 1 + (value - reference[above - 1]) / step) / (reference.length - 1);
  };
  const at = (value) => 8 + 184 * share(value);
  const marks = [
    svg("line", { class: "axis", x1: 8, x2: 192, y1: 10, y2: 10 }),
    svg("line", { class: "range", x1: 54, x2: 146, y1: 10, y2: 10 }),
  ];
  const words = [];
  if (known !== null) marks.push(svg("circle", { class: "k", cx: at(known), cy: 10, r: 6 }));
  if (questioned !== null) marks.push(svg("circle", { class: "q", cx: at(questioned), cy: 10, r: 4 }));
  const said = (value) => `${Math.round(1 + 98 * share(value))} %`;
  if (questioned !== null) words.push(`questioned at ${said(questioned)}`);
  if (known !== null) words.push(`known at ${said(known)}`);
  return svg(
    "svg",
    {
      class: "place",
      viewBox: "0 0 200 20",
      role: "img",
      "aria-label": `${name}: ${words.join(", ")} of the population`,
    },
    marks,
  );
}
