"use strict";
// Plays the strokes of both sides. Times are milliseconds of ink, as the page's data holds them.
(() => {
  const LIFT = 150;
  const NS = "http://www.w3.org/2000/svg";
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const [play, slider, speed, clock] = ["play", "slider", "speed", "clock"].map(byId);
  const player = document.querySelector(".controls");

  const pathOf = (points, until) => {
    // A point of no length is a dot, by the round cap.
    let d = "";
    for (let i = 0; i < points.length && points[i + 2] <= until; i += 3) {
      d += `${i ? "L" : "M"}${points[i] / 100},${points[i + 1] / 100}`;
    }
    return d && !d.includes("L") ? `${d}l0,0` : d;
  };
  const element = (parent, name, attributes) => {
    const made = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return parent.appendChild(made);
  };

  // All lines of both sides are drawn at one scale: the widest sets how much each view shows.
  const all = [...data.sides.questioned, ...data.sides.known];
  const widest = Math.max(1, ...all.map((line) => line.box[2]));
  const sides = ["questioned", "known"].map((role) => {
    const into = byId(role).querySelector(".ink");
    const strokes = [];
    let start = 0;
    for (const line of data.sides[role]) {
      const label = `${line.item}, line ${line.line}`;
      into.appendChild(document.createElement("p")).textContent = label;
      const [x, y, , height] = line.box;
      const view = `${x - 0.3} ${y - 0.3} ${widest + 0.6} ${height + 0.6}`;
      const svg = element(into, "svg", { viewBox: view, role: "img", "aria-label": `Ink of ${label}` });
      const pale = line.strokes.map((s) => pathOf(s.points, Infinity));
      element(svg, "path", { class: "pale", d: pale.join("") });
      for (const stroke of line.strokes) {
        const path = element(svg, "path", stroke.colour === null
          ? { class: "plain" } : { stroke: data.colours[stroke.colour] });
        const end = start + stroke.points[stroke.points.length - 1];
        strokes.push({ ...stroke, path, svg, start, end, label });
        start = end + LIFT;
      }
    }
    return { now: byId(`${role}-now`), strokes, at: 0, partial: false };
  });
  const ends = [...new Set(sides.flatMap((side) => side.strokes.map((s) => s.end)))].sort((a, b) => a - b);
  const length = Math.ceil(ends.length ? ends[ends.length - 1] : 0);
  let time = 0, playing = false, before = 0, followed = null;

  const said = (stroke) => {
    if (stroke.evidence === null) return "contribution not computed";
    const value = `${stroke.evidence < 0 ? "−" : "+"}${Math.abs(stroke.evidence).toFixed(4)} per writing height`;
    return stroke.certain ? `speaks for ${stroke.evidence < 0 ? "H2" : "H1"}, ${value}` : `not certain, ${value}`;
  };
  const show = (side) => {
    const { strokes } = side;
    // From the strokes that were finished before to those that are finished now.
    while (side.at < strokes.length && strokes[side.at].end <= time) {
      strokes[side.at].path.setAttribute("d", pathOf(strokes[side.at].points, Infinity));
      side.at += 1;
    }
    while (side.at > 0 && strokes[side.at - 1].end > time) {
      if (side.at < strokes.length) strokes[side.at].path.removeAttribute("d");
      side.at -= 1;
    }
    const running = strokes[side.at];
    if (running) {
      const drawn = pathOf(running.points, time - running.start);
      if (drawn) running.path.setAttribute("d", drawn); else running.path.removeAttribute("d");
    }
    const last = running && running.start <= time ? side.at : side.at - 1;
    if (side.last !== last) {
      if (strokes[side.last]) strokes[side.last].path.classList.remove("last");
      if (strokes[last]) strokes[last].path.classList.add("last");
      side.last = last;
      const stroke = strokes[last];
      side.now.textContent = stroke
        ? `Stroke ${last + 1} of ${strokes.length}, ${stroke.label}: ${said(stroke)}` : `${strokes.length} strokes`;
    }
  };
  const go = (to) => {
    time = Math.min(Math.max(to, 0), length);
    slider.value = String(Math.round(time));
    clock.textContent = `${(time / 1000).toFixed(1)} of ${(length / 1000).toFixed(1)} s`;
    slider.setAttribute("aria-valuetext", clock.textContent);
    sides.forEach(show);
  };
  // The line that is written is brought into view when it begins; within a line the reader may look elsewhere.
  const follow = (side) => {
    const svg = side && side.strokes[side.last]?.svg;
    if (!svg || svg === followed) return;
    followed = svg;
    const { top, bottom } = svg.getBoundingClientRect();
    const room = player.getBoundingClientRect().bottom;
    if (top < room || bottom > innerHeight) svg.scrollIntoView({ block: "nearest" });
  };
  const set = (on) => {
    playing = on && length > 0;
    play.textContent = playing ? "Pause" : "Play";
    // What is said of a stroke is read out when it is stepped to, not thirty times a second.
    sides.forEach((side) => side.now.setAttribute("aria-live", playing ? "off" : "polite"));
    if (playing) {
      if (time >= length) go(0);
      before = performance.now();
      requestAnimationFrame(tick);
    }
  };
  const tick = (now) => {
    if (!playing) return;
    go(time + Math.max(now - before, 0) * Number(speed.value));
    before = now;
    follow(sides.find((side) => side.at < side.strokes.length));
    if (time >= length) set(false); else requestAnimationFrame(tick);
  };
  const step = (way) => {
    set(false);
    const next = way > 0 ? ends.find((end) => end > time) : ends.filter((end) => end < time).pop();
    go(next ?? (way > 0 ? length : 0));
    follow(sides.find((side) => side.strokes[side.last]?.end === time));
  };
  const faster = (way) => {
    speed.selectedIndex = Math.min(Math.max(speed.selectedIndex + way, 0), speed.options.length - 1);
  };
  const keys = {
    " ": () => set(!playing), ArrowLeft: () => step(-1), ArrowRight: () => step(1),
    ArrowUp: () => faster(1), ArrowDown: () => faster(-1),
    Home: () => { set(false); go(0); }, End: () => { set(false); go(length); },
  };

  slider.max = String(length);
  play.addEventListener("click", () => set(!playing));
  byId("back").addEventListener("click", () => step(-1));
  byId("on").addEventListener("click", () => step(1));
  slider.addEventListener("input", () => { set(false); go(Number(slider.value)); });
  document.addEventListener("keydown", (event) => {
    const own = event.target.closest("button, select, input");
    if (event.ctrlKey || event.altKey || event.metaKey || !(event.key in keys)) return;
    // A control keeps the keys that it has a use for itself.
    if (own && (own.tagName === "SELECT" || own.tagName === "INPUT" ? event.key !== " " || own === speed
      : event.key === " ")) return;
    event.preventDefault();
    keys[event.key]();
  });
  set(false);
  go(0);
})();
