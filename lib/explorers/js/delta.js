// The explorer of the front page: one start, one training rule, and delta decides between a cubic and a linear spline.
import { evaluate, knotsAtSamples } from "./network.js";
import { cubicSpline, linearSpline, linspace, largestGap } from "./splines.js";
import { History, GRID, LAST } from "./history.js";
import { decode, encode, even, whole, cleanPoints, samplesOf } from "./state.js";
import { freePlace, widestGap, axesFor, PRESETS, MOST } from "./state.js";
import { Plot, theme, onTheme } from "./plot.js";
import { Plane } from "./plane.js";
import { Handles } from "./handles.js";
import { node, button, word, caption, select, stops, readout, sharing, number, grouped, still } from "./controls.js";
import { snippet } from "./snippet.js";

const SIZES = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, Infinity];
const DELTAS = [...SIZES.map((v) => -v).reverse(), 0, ...SIZES];
const WIDTHS = [10, 20, 50, 100, 200, 400, 1000, 2000, 4000];
const SPEEDS = { slow: 0.6, normal: 1.8, fast: 6, most: Infinity };    // e-foldings of the epoch a second
const BUDGET = [4, 11], LATE = 17.5;                 // ms of training a frame, fewer where frames come later than that
const PATIENCE = 120;                                // ms until an unfinished change is shown

function render({ model, el }) {
  const stop = new AbortController(), { signal } = stop;
  const host = node("div", { class: "ex-body" }), outer = node("div", { class: "ex-host ex-delta" }, host);
  // for scripts of the page: the function on screen
  outer.explorer = { evaluate: (x) => evaluate(shown().net, x) };
  el.append(outer);
  let points, note = "", run, racing = null, began = 0, dirty = true, target, playing, last = 0, marked = null,
    queued = 0;
  let fresh = true, sent = 0, budget = BUDGET[1], colours;

  // ---- the state
  const get = (key) => model.get(key);
  const put = (key, value) => { model.set(key, value); model.save_changes(); };
  const delta = () => decode(get("delta"));
  const width = () => even(get("m"));
  function readPoints() { ({ points, note } = cleanPoints(get("points"))); }
  function params() {
    const { x, y, problem } = samplesOf(points), initial = get("initial");
    const own = initial && initial.r && initial.r.length ? { r: initial.r, theta: initial.theta,
      alpha: initial.alpha } : null;
    return { x, y, problem, delta: delta(), m: own ? own.r.length : width(), seed: whole(get("seed"), 0, 4294967295, 0),
      scale: whole(get("scale") * 1000, 1, 1e6, 2000) / 1000, initial: own };
  }
  const restart = () => { dirty = true; queue(); };

  // ---- panels
  const left = node("div", { class: "ex-panel" }), right = node("div", { class: "ex-panel ex-later" });
  host.append(node("div", { class: "ex-panels" }, left, right));
  left.append(caption(word("", "The network"), " and its ", word("", "samples ×"), ", against the ",
    word("cubic", "natural cubic spline"), " and the ", word("linear", "straight pieces")));
  right.append(caption("Every neuron a particle: ", word("positive", "r > 0"), " or ", word("negative", "r < 0"),
    ", a line for every sample"));
  const fplot = new Plot(left,
    { label: "The network's function, its samples and the two splines. Double-click to add a sample.", aspect: 1.5,
    x: { range: [-1.25, 1.25], label: "x" }, y: { range: [-1.8, 1.8], label: "f(x)" }, onresize: queue, signal });
  const uplot = new Plot(right, { label: "The neurons in the uv plane.", aspect: 1, pad: [10, 8, 34, 38],
    x: { range: [-1, 1], label: "u" }, y: { range: [-1, 1], label: "v" }, onresize: queue, signal });
  const plane = new Plane(uplot);

  const knob = stops("δ", { values: DELTAS, landmarks: [-Infinity, 0, Infinity], value: delta(),
    ends: ["kernel", "adaptive"],
    format: (v) => (v > 0 && v < Infinity ? "+" : v === Infinity ? "+" : "") + number(v),
    spoken: (v) => (v === -Infinity ? "minus infinity, only c is trained" : v === Infinity
      ? "plus infinity, only a and b are trained" : String(v)),
    oninput: (v) => put("delta", encode(v)) });
  knob.el.classList.add("ex-hero");
  host.append(knob.el);

  const low = node("div", { class: "ex-panel" }), side = node("div", { class: "ex-panel ex-side" });
  host.append(node("div", { class: "ex-panels" }, low, side));
  const lplot = new Plot(low, { label: "The loss over the epochs, both on logarithmic scales.", aspect: 3.6,
    pad: [8, 8, 22, 40],
    x: { range: [1, LAST], log: true }, y: { range: [1e-6, 10], log: true, label: "loss" }, onresize: queue, signal });
  const seek = node("input", { type: "range", min: 0, max: GRID.length - 1, step: 1, class: "ex-seek",
    "aria-label": "epoch",
    oninput: () => { setPlaying(false); aim(GRID[seek.value]); } });
  low.append(seek);
  const read = readout([["epoch", "epoch"], ["loss", "loss"], ["knots", "knots at samples"],
    ["cubic", "gap to cubic", "cubic"],
    ["linear", "gap to linear", "linear"]], signal);
  side.append(read.el);

  // ---- controls
  const play = button("", () => { if (target >= LAST && !playing) aim(0); setPlaying(!playing); },
    { class: "ex-button ex-play" });
  const speed = select("speed", [["slow", "slow"], ["normal", "normal"], ["fast", "fast"], ["most", "fastest"]],
    SPEEDS[get("speed")] ? get("speed") : "normal", (v) => put("speed", v));
  low.append(node("div", { class: "ex-bar" }, play,
    button("Step", () => { setPlaying(false); aim(Math.min(LAST, shown().epoch + 1)); },
      { title: "One epoch further" }),
    button("Reset", () => { setPlaying(false); aim(0); }, { title: "Back to the start of training" }), speed.el));
  const data = select("data", [["", "your own"], ...Object.entries(PRESETS).map(([key, [name]]) => [key, name])], "",
    (key) => { if (PRESETS[key]) put("points", PRESETS[key][1].map((p) => [...p])); });
  const neurons = stops("neurons m", { values: WIDTHS, value: width(), format: (v) => String(v),
    oninput: (v) => put("m", v) });
  const bar = node("div", { class: "ex-bar ex-last" }, data.el,
    button("Add point", () => add(widestGap(points, fplot.x.range), 0)),
    button("Remove point", () => remove(points.length - 1)),
    button("New start", () => put("seed", (whole(get("seed"), 0, 4294967295, 0) + 1) % 4294967296),
      { title: "Another random network" }),
    neurons.el);
  const { els, inform, warn } = sharing(model, { python: () => snippet(params(), shown().epoch),
    state: () => ({ delta: get("delta"), points, m: width(), seed: get("seed"), scale: get("scale"), epoch: target,
      speed: get("speed"), playing: false }) });
  host.append(bar, ...els);

  // ---- samples by hand
  const handles = new Handles(fplot, { signal, get: () => points, remove: (k) => remove(k),
    name: (k) => `sample ${k + 1} of ${points.length}: x ${number(points[k][0])}, y ${number(points[k][1])}`,
    focus: (k) => { marked = k; queue(); },
    move(k, [x, y], done) {
      const others = points.filter((_, j) => j !== k).map((p) => p[0]), [lo, hi] = fplot.x.range;
      const place = freePlace(x, others, 0.012 * (hi - lo), fplot.x.range);
      if (place === null) return;
      points = points.map((p, j) => (j === k ? [place, y] : p));
      note = "";
      model.set("points", points);
      model.save_changes();
      if (done) describe();
    } });
  function add(x, y) {
    if (points.length >= MOST) return inform(`${MOST} points are the most that fit here.`);
    const [lo, hi] = fplot.x.range, place = freePlace(x, points.map((p) => p[0]), 0.012 * (hi - lo), fplot.x.range);
    if (place !== null) put("points", [...points, [place, y]]);
  }
  function remove(k) {
    if (points.length) put("points", points.filter((_, j) => j !== k));
  }
  fplot.box.addEventListener("dblclick", (event) => add(...fplot.data(event.clientX, event.clientY)), { signal });

  // ---- time
  const shown = () => run.at(target);
  function aim(epoch) { target = epoch; queue(); sync(true); }
  function setPlaying(on) { if (on !== playing) { playing = on; label(); put("playing", on); last = 0; queue();
    if (!on) { sync(true); describe(); } } }
  function label() { play.textContent = playing ? "❚❚ Pause" : "▶ Train";
    play.setAttribute("aria-pressed", String(playing)); }
  function sync(now) {
    const time = Date.now();
    if (now || time - sent > 400) { sent = time; if (get("epoch") !== target) put("epoch", target); }
  }
  function queue() { if (!queued && !signal.aborted) queued = requestAnimationFrame(frame); }

  function frame(time) {
    queued = 0;
    const deadline = performance.now() + budget, clock = () => performance.now();
    if (dirty && !racing) {
      const p = params();
      dirty = false;
      racing = p.problem ? null : Object.assign(new History(p), { p });
      began = clock();
      if (p.problem) { run = Object.assign(new History({ ...p, x: [0], y: [0] }), { p, idle: true }); fresh = true; }
    }
    if (racing) {
      const ready = racing.reach(target, deadline, clock);
      if (ready || clock() - began > PATIENCE || !run) { run = racing; racing = null; fresh = true; }
    } else if (!run.idle) {
      if (playing) {
        const dt = last ? Math.min((time - last) / 1000, 0.05) : 1 / 60, rate = SPEEDS[get("speed")] || SPEEDS.normal;
        const want = rate === Infinity ? LAST : Math.max(target + 1, target * Math.exp(rate * dt));
        if (last) budget = Math.min(BUDGET[1], Math.max(BUDGET[0], budget + (time - last > LATE ? -0.5 : 0.05)));
        last = time;
        const reached = run.reach(Math.min(LAST, Math.floor(want)), deadline, clock);
        target = reached ? Math.min(LAST, Math.floor(want)) : Math.max(target, run.epoch);
        if (rate === Infinity && !run.diverged) target = Math.max(target, run.epoch);
        sync(false);
        if (target >= LAST || run.diverged) setPlaying(false);
      } else run.reach(target, deadline, clock);
    }
    draw();
    const behind = !run.idle && !run.diverged && run.epoch < target;
    const busy = racing || dirty || behind || (playing && !run.idle);
    outer.toggleAttribute("data-busy", !!busy);
    if (busy) queue();
    else describe();
  }

  // ---- drawing
  function draw() {
    if (!fplot.width || !uplot.width || !lplot.width) { fplot.fit(); uplot.fit(); lplot.fit(); }
    colours = theme(host);
    const state = shown(), { net } = state, { x, y } = run.p, p = samplesOf(points),
      many = p.x.length > 1 && !p.problem;
    const grid = linspace(...fplot.x.range, Math.max(2, Math.round(1.5 * (fplot.right - fplot.left))));
    fplot.begin(colours);
    const values = { epoch: grouped(state.epoch), loss: run.idle ? "–" : number(state.loss), knots: "–",
      cubic: "–",
      linear: "–" };
    if (many) {
      const inside = linspace(p.x[0], p.x[p.x.length - 1], 401), cubic = inside.map(cubicSpline(p.x, p.y)),
        linear = inside.map(linearSpline(p.x, p.y));
      fplot.clipped(() => {
        fplot.line(inside, cubic, colours.cubic, { width: 4, alpha: 0.75 });
        fplot.line(inside, linear, colours.linear, { width: 4, alpha: 0.75 });
      });
      const f = evaluate(net, inside), share = knotsAtSamples(net, x);
      values.cubic = number(largestGap(f, cubic), 2);
      values.linear = number(largestGap(f, linear), 2);
      values.knots = Number.isNaN(share) ? "–" : `${Math.round(100 * share)} %`;
    }
    fplot.clipped(() => fplot.line(grid, evaluate(net, grid), colours.ink, { width: 2.2 }));
    for (const [px, py] of points) fplot.cross(px, py, colours.ink);
    handles.place();
    plane.frame(net, fresh);
    const records = run.records.filter((r) => r.epoch <= state.epoch);
    const order = marked === null || !points[marked] ? null : p.x.indexOf(points[marked][0]);
    plane.draw(net, records, p.problem ? [] : p.x, colours, order);
    drawLoss(state, records);
    read.set(values);
    const near = GRID.findIndex((e) => e >= state.epoch);
    if (document.activeElement !== seek || playing) seek.value = near < 0 ? GRID.length - 1 : near;
    seek.setAttribute("aria-valuetext", `epoch ${state.epoch}`);
    host.dataset.epoch = state.epoch;
    fresh = false;
    const text = run.p.problem
      || (run.diverged ? "Training diverged: these values are too far apart for one step size. Move the samples." : note);
    warn(text);
  }
  function drawLoss(state, records) {
    const all = run.records, least = Math.min(...all.map((r) => r.loss).filter((v) => v > 0), 1),
      most = Math.max(all[0].loss, 1e-12);
    const decade = (v, up) => 10 ** (up ? Math.ceil(Math.log10(v)) : Math.floor(Math.log10(v)));
    lplot.y.range = [Math.min(decade(Math.max(least, 1e-14), false), decade(most, true) / 1e4),
      decade(most * 1.01, true)];
    lplot.begin(colours);
    if (run.idle) return;
    const at = (r) => Math.max(r.epoch, 1), past = all.slice(records.length - 1);
    lplot.clipped(() => {
      const curve = (list, style) => lplot.line(list.map(at), list.map((r) => Math.max(r.loss, 1e-16)), colours.ink,
        style);
      curve(past, { width: 1.5, alpha: 0.3 });
      curve([...records, state], { width: 2 });
      lplot.dots([at(state)], [Math.max(state.loss, 1e-16)], colours.ink, { size: 4 });
    });
  }
  function describe() {
    const cell = (key) => read.el.querySelectorAll("dd")[["epoch", "loss", "knots", "cubic",
      "linear"].indexOf(key)].textContent;
    read.say(run.p.problem || `delta ${number(delta())}, epoch ${cell("epoch")}, loss ${cell("loss")}, ` +
      `knots at samples ${cell("knots")}, ` +
      `gap to the cubic spline ${cell("cubic")}, to the linear spline ${cell("linear")}`);
  }
  function preset() {
    const same = Object.keys(PRESETS).find((key) => JSON.stringify(PRESETS[key][1]) === JSON.stringify(points));
    data.set(same || "");
  }

  // ---- what comes from Python, and from the controls themselves
  model.on("change:delta", () => { knob.set(delta()); restart(); });
  model.on("change:m", () => { neurons.set(width()); restart(); });
  for (const key of ["seed", "scale", "initial"]) model.on(`change:${key}`, restart);
  model.on("change:points", () => {
    if (get("points") !== points) {
      readPoints();
      const held = host.querySelector(".ex-held");
      if (!held) Object.assign(fplot, mergeAxes(axesFor(points)));
    }
    preset();
    restart();
  });
  model.on("change:epoch", () => { const e = whole(get("epoch"), 0, LAST, 0);
    if (e !== target && !playing) { target = e; queue(); } });
  model.on("change:playing",
    () => { if (!!get("playing") !== playing) { playing = !!get("playing"); label(); last = 0; queue(); } });
  model.on("change:speed", () => speed.set(get("speed")));
  const mergeAxes = (range) => ({ x: { ...fplot.x, range: range.x }, y: { ...fplot.y, range: range.y } });

  readPoints();
  Object.assign(fplot, mergeAxes(axesFor(points)));
  preset();
  target = whole(get("epoch"), 0, LAST, 0);
  playing = !!get("playing") && !still();
  if (get("playing") && still()) target = Math.max(target, 20000);   // no motion wanted: the trained state at once
  label();
  onTheme(queue, signal);
  const seen = new IntersectionObserver(([entry]) => { if (entry.isIntersecting) queue(); });
  seen.observe(host);
  signal.addEventListener("abort", () => seen.disconnect());
  frame(0);
  return () => stop.abort();
}
export default { render };
