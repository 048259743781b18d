// What was drawn, as InkML: every point as it came, channels that the device has.

const escaped = (text) =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);

/** Our names of channels to InkML's, with unit. Lengths have no unit: a browser does not know the size of a pixel. */
const CHANNELS = [
  { key: "x", name: "X" },
  { key: "y", name: "Y" },
  { key: "timeStamp", name: "T", more: ' units="ms"' },
  { key: "pressure", name: "F", more: ' min="0" max="1" units="dev"' },
  { key: "tiltX", name: "OTx", more: ' units="deg"' },
  { key: "tiltY", name: "OTy", more: ' units="deg"' },
];

/**
 * InkML of strokes [[POINT, …], …], POINT as ``draw.js`` keeps it; ``measured`` names the keys that the device measures.
 * Times count from the first point, as plain decimals.
 */
export function inkml(strokes, measured, device) {
  const channels = CHANNELS.filter(({ key }) => ["x", "y", "timeStamp"].includes(key) || measured.includes(key));
  const begin = strokes[0]?.[0].timeStamp ?? 0;
  const value = (point, key) => {
    // A lifted pen has no pressure to measure; "?" is InkML's sign for what was not reported.
    if (key === "pressure" && point.type === "pointerup") return "?";
    return plain(key === "timeStamp" ? point.timeStamp - begin : point[key]);
  };
  const trace = (points) => points.map((point) => channels.map(({ key }) => value(point, key)).join(" ")).join(",");
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<ink xmlns="http://www.w3.org/2003/InkML">',
    "<definitions>",
    '<context xml:id="context">',
    `<inkSource xml:id="source" description="${escaped(device)}">`,
    "<traceFormat>",
    ...channels.map(({ name, more }) => `<channel name="${name}" type="decimal"${more ?? ""}/>`),
    "</traceFormat>",
    "</inkSource>",
    "</context>",
    "</definitions>",
    ...strokes.map((points) => `<trace contextRef="#context">${trace(points)}</trace>`),
    "</ink>",
    "",
  ].join("\n");
}

/** A number without an exponent, which InkML does not know. */
function plain(number) {
  const text = String(number);
  return text.includes("e") ? number.toFixed(20).replace(/0+$/, "").replace(/\.$/, "") : text;
}
