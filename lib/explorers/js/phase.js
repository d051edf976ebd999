// The map of regimes: over delta and m, each cell a trained network; the chosen one trains live beside the map.
import { evaluate, knotsAtSamples } from "./network.js";
import { cubicSpline, linearSpline, linspace } from "./splines.js";
import { History, GRID } from "./history.js";
import { Cells, DELTAS, WIDTHS, yardstick } from "./cells.js";
import { decode, encode, even, whole, cleanPoints, samplesOf, freePlace, widestGap, axesFor, PRESETS, MOST } from "./state.js";
import { Plot, theme, onTheme } from "./plot.js";
import { Handles } from "./handles.js";
import { node, button, word, caption, select, stops, readout, sharing, number, grouped, still } from "./controls.js";
import { snippet } from "./snippet.js";

const EPOCHS = [200, 500, 1000, 2000, 5000, 10000, 20000], SCALES = [0.25, 0.5, 1, 2, 4, 8, 16], STARTS = [1, 2, 4, 8, 16];
const NAMED = [-Infinity, -100, -10, 0, 10, Infinity]; // the columns that have a name where there is little room
const BUDGET = 12, RATE = 3.5;                        // ms of training a frame; e-foldings of the epoch a second
const minus = (v) => (v === -Infinity ? "−∞" : v === Infinity ? "+∞" : String(v).replace("-", "−"));
// what a value of the map looks like: its text, and the colour and how much of it
const INDICES = {
  adaptivity: { text: (v) => v.toFixed(2).replace(/^0/, ""), tone: (v) => (v < 0.5 ? ["cubic", 1 - 2 * v] : ["linear", 2 * v - 1]) },
  knots: { text: (v) => v.toFixed(2).replace(/^0/, ""), tone: (v) => ["linear", v] },
  loss: { text: (v) => (v > 0 ? String(Math.round(Math.log10(v))).replace("-", "−") : "–"), tone: (v) => ["residual", Math.min(1, Math.max(0, -Math.log10(Math.max(v, 1e-300)) / 10))] },
};

// The map has a cell for each value, not a scale
class Chart extends Plot {
  axes() {
    const { context: c, colours } = this, columns = DELTAS.length, each = (this.right - this.left) / columns;
    c.font = `${each < 26 ? 10 : 12}px ${colours.font}`;
    c.fillStyle = colours.soft;
    c.textBaseline = "top";
    c.textAlign = "center";
    DELTAS.forEach((d, i) => { if (each >= 34 || NAMED.includes(d)) c.fillText(minus(d), this.px(i + 0.5), this.bottom + 6); });
    c.textAlign = "right";
    c.textBaseline = "middle";
    WIDTHS.forEach((m, j) => c.fillText(String(m), this.left - 6, this.py(j + 0.5)));
    c.font = `italic 13px ${colours.font}`;
    c.textBaseline = "bottom";
    c.fillText("δ", this.right, this.height);
    c.textAlign = "left";
    c.textBaseline = "top";
    c.fillText("m", 2, 0);
  }
}

function render({ model, el }) {
  const stop = new AbortController(), { signal } = stop;
  const host = node("div", { class: "ex-body" }), outer = node("div", { class: "ex-host" }, host);
  el.append(outer);
  let points, note = "", cells = null, old = null, run = null, racing = null, began = 0, target = 0, last = 0, queued = 0, measure = null, problem = "", sent = 0;
  const get = (key) => model.get(key), put = (key, value) => { model.set(key, value); model.save_changes(); };
  const delta = () => decode(get("delta")), width = () => even(get("m"), 200), epochs = () => whole(get("epochs"), 10, 20000, 5000);
  const seed = () => whole(get("seed"), 0, 4294967295, 0), starts = () => whole(get("starts"), 1, 64, 1), playing = () => !!get("playing");
  const scale = () => whole(get("scale") * 1000, 1, 1e6, 2000) / 1000, index = () => (INDICES[get("index")] ? get("index") : "adaptivity");
  const shown = () => run.at(target);
  outer.explorer = { evaluate: (x) => evaluate(shown().net, x), cells: () => cells };

  // ---- panels
  const left = node("div", { class: "ex-panel" }), right = node("div", { class: "ex-panel" });
  host.append(node("div", { class: "ex-panels ex-even" }, left, right));
  const legend = node("span");
  left.append(caption(legend));
  right.append(caption(word("", "The chosen network"), " and its ", word("", "samples ×"), ", against the ", word("cubic", "natural cubic spline"), " and the ", word("linear", "straight pieces")));
  const chart = new Chart(left, { label: "A map of trained networks over delta and the number of neurons. The arrow keys and the sliders choose a cell.", aspect: 1.2, pad: [16, 4, 36, 34],
    x: { range: [0, DELTAS.length] }, y: { range: [0, WIDTHS.length] }, onresize: queue, signal });
  const fplot = new Plot(right, { label: "The function of the chosen network, its samples and the two splines. Double-click to add a sample.", aspect: 1.2,
    x: { range: [-1.25, 1.25], label: "x" }, y: { range: [-1.8, 1.8], label: "f(x)" }, onresize: queue, signal });
  chart.box.tabIndex = 0;
  chart.box.setAttribute("role", "group");
  chart.box.setAttribute("aria-label", "map; the arrow keys choose a cell");
  chart.box.style.cursor = "pointer";

  const knob = stops("δ", { values: DELTAS, landmarks: [-Infinity, 0, Infinity], value: delta(), ends: ["kernel", "adaptive"],
    format: (v) => (v > 0 && v < Infinity ? "+" : v === Infinity ? "+" : "") + number(v),
    spoken: (v) => (v === -Infinity ? "minus infinity, only c is trained" : v === Infinity ? "plus infinity, only a and b are trained" : String(v)), oninput: (v) => choose(v, width()) });
  knob.el.classList.add("ex-hero");
  host.append(knob.el);
  const low = node("div", { class: "ex-panel ex-side" }), side = node("div", { class: "ex-panel ex-side" });
  host.append(node("div", { class: "ex-panels ex-even" }, low, side));
  const read = readout([["cell", "cell"], ["epoch", "epoch"], ["loss", "loss"], ["adaptivity", "adaptivity"], ["knots", "knots at samples"], ["cells", "networks in the map"]], signal);
  side.append(read.el);

  // ---- controls
  const neurons = stops("neurons m", { values: WIDTHS, value: width(), format: String, oninput: (m) => choose(delta(), m) });
  const play = button("", () => { if (!playing() && target >= epochs()) aim(0); put("playing", !playing()); }, { class: "ex-button ex-play" });
  const seek = node("input", { type: "range", min: 0, max: GRID.length - 1, step: 1, "aria-label": "epoch", oninput: () => { put("playing", false); aim(Math.min(GRID[seek.value], epochs())); } });
  const shows = select("map of", [["adaptivity", "adaptivity"], ["knots", "knots at samples"], ["loss", "loss"]], index(), (v) => put("index", v));
  const scales = stops("size of r", { values: SCALES, value: scale(), format: number, oninput: (v) => put("scale", v) });
  const lasts = stops("epochs", { values: EPOCHS, value: epochs(), format: grouped, oninput: (v) => put("epochs", v) });
  const means = stops("mean over", { values: STARTS, value: starts(), format: (v) => `${v} start${v > 1 ? "s" : ""}`, oninput: (v) => put("starts", v) });
  const data = select("data", [["", "your own"], ...Object.entries(PRESETS).map(([key, [name]]) => [key, name])], "", (key) => { if (PRESETS[key]) put("points", PRESETS[key][1].map((p) => [...p])); });
  low.append(neurons.el, node("div", { class: "ex-bar", style: "flex-wrap: nowrap" }, play, seek), node("div", { class: "ex-bar" }, shows.el, button("New start", () => put("seed", (seed() + 1) % 4294967296), { title: "Other random networks" })));
  host.append(node("div", { class: "ex-bar ex-last" }, scales.el, lasts.el, means.el), node("div", { class: "ex-bar ex-last" }, data.el,
    button("Add point", () => add(widestGap(points, fplot.x.range), 0)), button("Remove point", () => remove(points.length - 1))));
  const { els, inform, warn } = sharing(model, { python: () => snippet({ ...samplesOf(points), delta: delta(), m: width(), seed: seed(), scale: scale(), initial: null }, shown().epoch),
    state: () => ({ delta: get("delta"), m: width(), points, epochs: epochs(), scale: scale(), seed: seed(), starts: starts(), index: index(), epoch: target, playing: false }) });
  host.append(...els);

  // ---- choosing a cell
  function choose(d, m) {
    if (d === delta() && m === width()) return;
    put("delta", encode(d));
    put("m", m);
    aim(still() ? epochs() : 0);
    put("playing", !still());
    queue();
  }
  const inside = (v, n) => Math.min(n - 1, Math.max(0, v)), near = (list, v) => list.reduce((best, w, k) => (w === v || Math.abs(w - v) < Math.abs(list[best] - v) ? k : best), 0);
  function pick(event) {
    const [i, j] = chart.data(event.clientX, event.clientY).map(Math.floor);
    choose(DELTAS[inside(i, DELTAS.length)], WIDTHS[inside(j, WIDTHS.length)]);
  }
  chart.canvas.addEventListener("click", pick, { signal });
  chart.box.addEventListener("keydown", (event) => {
    const [di, dj] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] || [0, 0];
    if (!di && !dj) return;
    choose(DELTAS[inside(near(DELTAS, delta()) + di, DELTAS.length)], WIDTHS[inside(near(WIDTHS, width()) + dj, WIDTHS.length)]);
    event.preventDefault();
  }, { signal });

  // ---- samples by hand
  const handles = new Handles(fplot, { signal, get: () => points, remove, name: (k) => `sample ${k + 1} of ${points.length}: x ${number(points[k][0])}, y ${number(points[k][1])}`,
    move(k, [x, y]) {
      const [lo, hi] = fplot.x.range, spot = freePlace(x, points.filter((_, j) => j !== k).map((p) => p[0]), 0.012 * (hi - lo), fplot.x.range);
      if (spot !== null) put("points", points.map((p, j) => (j === k ? [spot, y] : p)));
    } });
  function add(x, y) {
    if (points.length >= MOST) return inform(`${MOST} points are the most that fit here.`);
    const [lo, hi] = fplot.x.range, spot = freePlace(x, points.map((p) => p[0]), 0.012 * (hi - lo), fplot.x.range);
    if (spot !== null) put("points", [...points, [spot, y]]);
  }
  function remove(k) { if (points.length) put("points", points.filter((_, j) => j !== k)); }
  fplot.box.addEventListener("dblclick", (event) => add(...fplot.data(event.clientX, event.clientY)), { signal });

  // ---- time
  function aim(epoch) { target = epoch; put("epoch", epoch); queue(); }
  function queue() { if (!queued && !signal.aborted) queued = requestAnimationFrame(frame); }
  // the chosen network anew: the old one is shown until this one is where it was, or for a moment
  function restart() {
    const p = samplesOf(points), fit = p.problem ? { x: [0], y: [0] } : p;
    racing = Object.assign(new History({ m: width(), scale: scale(), seed: seed(), delta: delta(), x: fit.x, y: fit.y }), { idle: !!p.problem });
    began = performance.now();
    if (!run || run.idle || racing.idle) { run = racing; racing = null; }
    queue();
  }
  function remake() {
    const p = samplesOf(points);
    problem = p.problem || (p.x.length < 3 ? "A cubic and a linear spline differ from three points on: add one for a map." : "");
    if (cells) old = cells;
    measure = p.problem || p.x.length < 3 ? null : yardstick(p.x, p.y);
    cells = problem ? null : new Cells({ x: p.x, y: p.y, scale: scale(), seed: seed(), starts: starts(), epochs: epochs() });
    const table = get("table");
    if (cells && table && table.key && JSON.stringify(table.key) === JSON.stringify([points, scale(), seed(), starts(), epochs()])) {
      try { cells.fill(table); } catch (error) { cells.next = 0; }
    }
    queue();
  }
  function frame(now) {
    queued = 0;
    const begun = performance.now(), clock = () => performance.now();
    if (racing) {
      if (racing.reach(target, begun + BUDGET, clock) || clock() - began > 120) { run = racing; racing = null; }
    } else if (!run.idle) {
      if (playing()) {
        const dt = last ? Math.min((now - last) / 1000, 0.05) : 1 / 60;
        last = now;
        target = Math.min(epochs(), Math.floor(Math.max(target + 1, target * Math.exp(RATE * dt))));
        if (!run.reach(target, begun + BUDGET, clock)) target = Math.max(1, run.epoch);
        if (Date.now() - sent > 400) { sent = Date.now(); put("epoch", target); }
        if (target >= epochs() || run.diverged) { put("epoch", target); put("playing", false); }
      } else run.reach(target, begun + BUDGET, clock);
    }
    if (cells && !cells.done) cells.advance(begun + 1.5 * BUDGET, clock);
    draw();
    if (racing || (cells && !cells.done) || (!run.idle && !run.diverged && (playing() || run.epoch < target))) queue();
    else describe();
  }

  // ---- drawing
  function draw() {
    chart.fit();
    fplot.fit();
    const colours = theme(host), state = shown(), p = samplesOf(points), many = p.x.length > 1 && !p.problem;
    drawMap(colours);
    fplot.begin(colours);
    fplot.clipped(() => {
      if (many) {
        const between = linspace(p.x[0], p.x[p.x.length - 1], 401);
        fplot.line(between, between.map(cubicSpline(p.x, p.y)), colours.cubic, { width: 4, alpha: 0.75 });
        fplot.line(between, between.map(linearSpline(p.x, p.y)), colours.linear, { width: 4, alpha: 0.75 });
      }
      const grid = linspace(...fplot.x.range, Math.max(2, Math.round(1.5 * (fplot.right - fplot.left))));
      fplot.line(grid, evaluate(state.net, grid), colours.ink, { width: 2.2 });
    });
    for (const [x, y] of points) fplot.cross(x, y, colours.ink);
    handles.place();
    play.textContent = playing() ? "❚❚ Pause" : "▶ Train";
    play.setAttribute("aria-pressed", String(playing()));
    const on = GRID.findIndex((e) => e >= state.epoch);
    seek.max = GRID.findLastIndex((e) => e <= epochs());
    if (document.activeElement !== seek || playing()) seek.value = on < 0 ? GRID.length - 1 : on;
    seek.setAttribute("aria-valuetext", `epoch ${state.epoch}`);
    const share = knotsAtSamples(state.net, p.x), index_ = measure && !run.idle ? measure(state.net) : NaN;
    read.set({ cell: `δ = ${minus(delta())}, m = ${width()}`, epoch: grouped(state.epoch), loss: run.idle ? "–" : number(state.loss), adaptivity: Number.isNaN(index_) ? "–" : index_.toFixed(2),
      knots: Number.isNaN(share) || run.idle ? "–" : `${Math.round(100 * share)} %`, cells: cells ? `${cells.next} of ${cells.total}` : "–" });
    host.dataset.epoch = state.epoch;
    host.dataset.cells = cells ? cells.next : "";
    warn(problem || (run.diverged ? "Training diverged: these values are too far apart for one step size. Move the samples." : note));
  }
  function drawMap(colours) {
    const kind = INDICES[index()], c = chart.context;
    chart.begin(colours);
    const w = (chart.right - chart.left) / DELTAS.length, h = (chart.bottom - chart.top) / WIDTHS.length;
    c.textAlign = "center";
    c.textBaseline = "middle";
    c.font = `${w < 26 ? 9 : w < 34 ? 10 : 11.5}px ${colours.font}`;
    DELTAS.forEach((_, i) => WIDTHS.forEach((__, j) => {
      const own = cells && cells.values[i][j], value = own || (cells && cells.near(i, j)) || (cells && old && old.near(i, j)), x = chart.px(i), y = chart.py(j + 1);
      c.fillStyle = colours.faint;
      c.fillRect(x + 0.5, y + 0.5, w - 1, h - 1);
      const v = value ? value[index()] : NaN;
      if (Number.isNaN(v)) return;
      const [tone, strength] = kind.tone(v), alpha = Math.min(1, Math.max(0, strength)) * (own ? 1 : 0.55);
      c.fillStyle = colours.paper;
      c.fillRect(x + 0.5, y + 0.5, w - 1, h - 1);
      c.globalAlpha = 0.06 + 0.94 * alpha;
      c.fillStyle = colours[tone];
      c.fillRect(x + 0.5, y + 0.5, w - 1, h - 1);
      c.globalAlpha = 1;
      if (!own) return;
      c.fillStyle = alpha > 0.65 ? "#101418" : colours.ink;
      c.fillText(kind.text(v), x + w / 2, y + h / 2 + 0.5);
      if (own.loss > 0.01 * cells.size) {                     // this one does not fit its samples
        c.beginPath();
        c.moveTo(x + w - 1, y + h - 1);
        c.lineTo(x + w - 1, y + h - 1 - 0.4 * Math.min(w, h));
        c.lineTo(x + w - 1 - 0.4 * Math.min(w, h), y + h - 1);
        c.closePath();
        c.fillStyle = colours.residual;
        c.fill();
      }
    }));
    const i = DELTAS.indexOf(delta()), j = WIDTHS.indexOf(width());
    if (i >= 0 && j >= 0) {
      c.lineWidth = 5;
      c.strokeStyle = colours.paper;
      c.strokeRect(chart.px(i), chart.py(j + 1), w, h);
      c.lineWidth = 3;
      c.strokeStyle = colours.ink;
      c.strokeRect(chart.px(i), chart.py(j + 1), w, h);
    }
  }
  function words() {
    legend.replaceChildren(...{ adaptivity: ["Adaptivity of trained networks: 0 the ", word("cubic", "cubic spline"), ", 1 ", word("linear", "straight pieces"), ". "],
      knots: ["The share of the knots that ", word("linear", "sit at samples"), ". "], loss: ["The loss, as a power of ten. "] }[index()],
      word("", "Choose a cell"), ". ", word("residual", "Corner"), ": does not fit");
  }
  function describe() {
    const [cell, epoch, loss, adaptivity, knots] = [...read.el.querySelectorAll("dd")].map((d) => d.textContent);
    read.say(problem || `${cell.replace("−∞", "minus infinity").replace("+∞", "plus infinity")}: epoch ${epoch}, loss ${loss}, adaptivity ${adaptivity}, knots at samples ${knots}`);
  }

  // ---- what comes from Python, and from the controls themselves
  function readPoints() {
    ({ points, note } = cleanPoints(get("points")));
    if (!host.querySelector(".ex-held")) {
      const range = axesFor(points);
      Object.assign(fplot.x, { range: range.x });
      Object.assign(fplot.y, { range: range.y });
    }
    data.set(Object.keys(PRESETS).find((key) => JSON.stringify(PRESETS[key][1]) === JSON.stringify(points)) || "");
  }
  model.on("change:points", () => { readPoints(); remake(); restart(); });
  for (const key of ["scale", "seed"]) model.on(`change:${key}`, () => { scales.set(scale()); remake(); restart(); });
  model.on("change:starts", () => { means.set(starts()); remake(); });
  model.on("change:epochs", () => { lasts.set(epochs()); if (target > epochs()) aim(epochs()); remake(); });
  model.on("change:delta", () => { knob.set(delta()); restart(); });
  model.on("change:m", () => { neurons.set(width()); restart(); });
  model.on("change:index", () => { shows.set(index()); words(); queue(); });
  model.on("change:table", remake);
  model.on("change:playing", () => { last = 0; if (playing() && still()) { put("playing", false); aim(epochs()); } queue(); });
  model.on("change:epoch", () => { const e = whole(get("epoch"), 0, epochs(), 0); if (!playing() && e !== target) { target = e; queue(); } });
  target = whole(get("epoch"), 0, epochs(), 0);
  if (playing() && still()) { put("playing", false); target = epochs(); }
  readPoints();
  words();
  remake();
  restart();
  onTheme(queue, signal);
  frame(0);
  return () => stop.abort();
}
export default { render };
