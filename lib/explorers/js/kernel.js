// Kernel and spline: what a very wide network learns, in closed form at any time, for any law of its random inner weights.
import { box, signed, gaussian, kernel, gram, knotDensity, curvatureWeight, Flow, combine } from "./kernels.js";
import { cubicSpline, linspace, largestGap } from "./splines.js";
import { decode, encode, cleanPoints, samplesOf, freePlace, widestGap, axesFor, PRESETS, MOST } from "./state.js";
import { Plot, theme, onTheme, nice } from "./plot.js";
import { Handles } from "./handles.js";
import { node, button, word, caption, select, stops, readout, sharing, number, still } from "./controls.js";

const TIMES = [0, ...Array.from({ length: 81 }, (_, k) => +(10 ** ((k - 16) / 8)).toPrecision(3)), Infinity];
const SIZES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.6, 2, 3, 5, 10, 20, 50, 100], TILTS = Array.from({ length: 39 }, (_, k) => +(0.05 * (k - 19)).toFixed(2));
const PACE = 14;                                      // steps of the time slider a second
const USUAL = { x: [-1.75, 1.75], y: [-1.6, 1.6] };
const SHAPES = { Box: ["A", "B"], Signed: ["R"], Gaussian: ["sigma_a", "sigma_b", "correlation"] };
// name: label, values, what else is given
const SLIDERS = { A: ["a up to A", SIZES, 1], B: ["b up to B", SIZES, 0.5], R: ["b up to R", SIZES, 0.8], sigma_a: ["σ of a", SIZES, 1], sigma_b: ["σ of b", SIZES, 1],
  correlation: ["correlation", TILTS, 0], c2: ["E c²", [0, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 100], 1] };

function render({ model, el }) {
  const stop = new AbortController(), { signal } = stop;
  const host = node("div", { class: "ex-body" }), outer = node("div", { class: "ex-host" }, host);
  el.append(outer);
  let points, note = "", problem, fit, made = "", queued = 0, last = 0, marked = null, walked = 0;
  const get = (key) => model.get(key), put = (key, value) => { model.set(key, value); model.save_changes(); };
  const inside = (v, lo, hi, otherwise) => (Number.isFinite(v) ? Math.min(hi, Math.max(lo, v)) : otherwise);
  const value = (key) => inside(get(key), key === "correlation" ? -0.99 : key === "c2" ? 0 : 0.01, key === "correlation" ? 0.99 : 1000, SLIDERS[key][2]);
  const time = () => Math.max(0, decode(get("time")));
  const shape = () => (SHAPES[get("shape")] ? get("shape") : "Box");
  const trained = () => (get("kind") === "ntk" ? "ntk" : "rf");
  const place = () => inside(get("place"), ...kplot.x.range, 0);
  const covariance = () => { const p = value("sigma_a"), q = value("sigma_b"), mixed = value("correlation") * p * q; return [p * p, mixed, q * q]; };
  const law = () => ({ Box: () => box(value("A"), value("B")), Signed: () => signed(value("R")), Gaussian: () => gaussian(...covariance()) })[shape()]();
  outer.explorer = { evaluate: (x) => { update(); return combine(gram(fit.k, x, fit.x), fit.weights(time())); } };

  // ---- panels
  const left = node("div", { class: "ex-panel" }), right = node("div", { class: "ex-panel ex-later" });
  host.append(node("div", { class: "ex-panels" }, left, right));
  left.append(caption(word("", "The wide network"), " at time t, the ", word("kernel", "kernel interpolant"), " where it ends, and the ", word("cubic", "natural cubic spline")));
  right.append(caption(word("kernel", "The kernel"), " k(x, ·). ", word("", "Drag x"), "; thin: at the samples. The curve is a sum of the thin ones"));
  const fplot = new Plot(left, { label: "The function at time t, its limit, the natural cubic spline and the samples. Double-click to add a sample.", aspect: 1.5,
    x: { range: USUAL.x, label: "x" }, y: { range: USUAL.y, label: "f(x)" }, onresize: queue, signal });
  const kplot = new Plot(right, { label: "Slices of the kernel: one at a place that can be dragged, and thin ones at the samples.", aspect: 1, pad: [10, 8, 34, 40],
    x: { range: USUAL.x, label: "x′" }, y: { range: [0, 1] }, onresize: queue, signal });

  const clock = stops("t", { values: TIMES, landmarks: [0, 1, 1000, Infinity], value: time(), format: (v) => (v === 1000 ? "10³" : number(v)),
    spoken: (v) => (v === 0 ? "0, untrained" : v === Infinity ? "infinity, fully trained" : String(v)), oninput: (t) => { setPlaying(false); put("time", encode(t)); describe(); } });
  clock.el.classList.add("ex-hero", "ex-plain");
  host.append(clock.el);

  // ---- controls
  const play = button("", () => { if (!playing() && time() === Infinity) put("time", 0); setPlaying(!playing()); }, { class: "ex-button ex-play" });
  const playing = () => !!get("playing");
  function setPlaying(on) { if (on !== playing()) put("playing", on); }
  const shapes = select("law", [["Box", "a, b uniform in a box"], ["Signed", "a = ±1, b uniform"], ["Gaussian", "Gaussian"]], shape(), (v) => put("shape", v));
  const kinds = select("train", [["rf", "only c"], ["ntk", "a, b and c"]], trained(), (v) => put("kind", v));
  const sliders = Object.fromEntries(Object.entries(SLIDERS).map(([key, [label, values]]) => [key, stops(label, { values, value: value(key), format: number, oninput: (v) => put(key, v) })]));
  host.append(node("div", { class: "ex-bar" }, play, shapes.el, kinds.el), node("div", { class: "ex-bar ex-laws", style: "margin-bottom: 0.6rem" }, ...Object.values(sliders).map((slider) => slider.el)));

  const low = node("div", { class: "ex-panel" }), side = node("div", { class: "ex-panel ex-side" });
  host.append(node("div", { class: "ex-panels" }, low, side));
  const nuWords = node("span");
  low.append(caption(nuWords));
  const nplot = new Plot(low, { label: "The curvature weight nu and the density of the knots n.", aspect: 3.4, pad: [8, 8, 22, 40],
    x: { range: USUAL.x, label: "u" }, y: { range: [0, 1] }, onresize: queue, signal });
  const read = readout([["loss", "loss"], ["norm", "norm |f| of the kernel"], ["half", "directions learned"], ["end", "gap to t = ∞", "kernel"], ["cubic", "gap to cubic", "cubic"]], signal);
  side.append(read.el);

  const data = select("data", [["", "your own"], ...Object.entries(PRESETS).map(([key, [name]]) => [key, name])], "",
    (key) => { if (PRESETS[key]) put("points", PRESETS[key][1].map((p) => [...p])); });
  host.append(node("div", { class: "ex-bar ex-last" }, data.el,
    button("Add point", () => add(widestGap(points, fplot.x.range), 0)),
    button("Remove point", () => remove(points.length - 1))));
  const { els, inform, warn } = sharing(model, { python, state: () => ({ ...Object.fromEntries(Object.keys(SLIDERS).map((key) => [key, value(key)])),
    shape: shape(), kind: trained(), time: encode(time()), points, place: place(), playing: false }) });
  host.append(...els);

  function python() {
    if (problem) return `# ${problem}\n`;
    const [p, mixed, q] = covariance(), list = (v) => `[${v.join(", ")}]`, { x, y } = samplesOf(points);
    const name = { Box: `Box(${value("A")}, ${value("B")})`, Signed: `Signed(${value("R")})`, Gaussian: `Gaussian(((${p}, ${mixed}), (${mixed}, ${q})))` }[shape()];
    const made = trained() === "rf" ? `rf(${name})` : `ntk(${name}, c2=${value("c2")})`, t = time() === Infinity ? "math.inf" : time();
    return ["import math", "", "import torch", `from lib.kernels import Interpolant, ${trained()}`, `from lib.laws import ${shape()}`, "from lib.samples import Samples", "",
      `samples = Samples(${list(x)}, ${list(y)})`, `f = Interpolant(${made}, samples, t=${t})`, "f(torch.linspace(-1, 1, 5)), f.norm2", ""].join("\n");
  }

  // ---- samples, and the place of the slice
  const handles = new Handles(fplot, { signal, get: () => points, remove,
    name: (k) => `sample ${k + 1} of ${points.length}: x ${number(points[k][0])}, y ${number(points[k][1])}`,
    focus: (k) => { marked = k; queue(); },
    move(k, [x, y], done) {
      const [lo, hi] = fplot.x.range, spot = freePlace(x, points.filter((_, j) => j !== k).map((p) => p[0]), 0.012 * (hi - lo), fplot.x.range);
      if (spot !== null) put("points", points.map((p, j) => (j === k ? [spot, y] : p)));
      if (done) describe();
    } });
  const slice = new Handles(kplot, { signal, get: () => [[place(), Math.min(kplot.y.range[1], Math.max(kplot.y.range[0], fit.k(place(), place())))]],
    name: () => `place of the slice: x ${number(place())}`, move: (_, [x]) => put("place", x) });
  function add(x, y) {
    if (points.length >= MOST) return inform(`${MOST} points are the most that fit here.`);
    const [lo, hi] = fplot.x.range, spot = freePlace(x, points.map((p) => p[0]), 0.012 * (hi - lo), fplot.x.range);
    if (spot !== null) put("points", [...points, [spot, y]]);
  }
  function remove(k) { if (points.length) put("points", points.filter((_, j) => j !== k)); }
  fplot.box.addEventListener("dblclick", (event) => add(...fplot.data(event.clientX, event.clientY)), { signal });

  // ---- what follows from the state: once for each law and data, whatever the time
  function update() {
    const key = JSON.stringify([points, shape(), trained(), ...Object.keys(SLIDERS).map(value), fplot.x.range, fplot.width]);
    if (key === made) return;
    made = key;
    const p = samplesOf(points), many = !p.problem && p.x.length > 1;
    problem = p.problem;
    const own = law(), k = kernel(own, trained() === "ntk" ? value("c2") : 0);
    fit = problem ? new Flow(k, [], []) : new Flow(k, p.x, p.y);
    const xs = linspace(...fplot.x.range, Math.max(2, Math.round(fplot.right - fplot.left))), between = many ? linspace(p.x[0], p.x[p.x.length - 1], 401) : [];
    const grids = { xs, us: linspace(...fplot.x.range, 701), between, rows: gram(k, xs, fit.x), inner: gram(k, between, fit.x) };
    Object.assign(fit, grids, { law: own, y: p.y, cubic: many ? Float64Array.from(between, cubicSpline(p.x, p.y)) : [], end: fit.weights(Infinity), rest: fit.loss(Infinity) });
    fit.size = Math.max(1e-300, p.y.reduce((sum, v) => sum + v * v, 0) / 2);
  }
  function queue() { if (!queued && !signal.aborted) queued = requestAnimationFrame(frame); }
  function frame(now) {
    queued = 0;
    if (playing()) {
      walked += last ? (PACE * Math.min(now - last, 100)) / 1000 : 1;
      last = now;
      let next = TIMES.findIndex((t) => t > time());
      for (; walked >= 1 && next > 0; walked--) { put("time", encode(TIMES[next])); next = TIMES.findIndex((t) => t > time()); }
      if (time() === Infinity) { setPlaying(false); describe(); }
      else queue();
    }
    draw();
  }

  // ---- drawing
  function draw() {
    for (const plot of [fplot, kplot, nplot]) plot.fit();
    update();
    const colours = theme(host), t = time(), weights = fit.weights(t), { xs } = fit, p = samplesOf(points);
    play.textContent = playing() ? "❚❚ Pause" : "▶ Train";
    play.setAttribute("aria-pressed", String(playing()));
    fplot.begin(colours);
    fplot.clipped(() => {
      if (fit.cubic.length) fplot.line(fit.between, fit.cubic, colours.cubic, { width: 4, alpha: 0.75 });
      if (!problem) {
        fplot.line(xs, combine(fit.rows, fit.end), colours.kernel, { width: 4, alpha: 0.75 });
        fplot.line(xs, combine(fit.rows, weights), colours.ink, { width: 2.2 });
      }
    });
    for (const [x, y] of points) fplot.cross(x, y, colours.ink);
    handles.place();
    drawSlices(colours, p.x);
    drawDensities(colours, p.x);
    const f = combine(fit.inner, weights), gap = (g) => (g.length ? number(largestGap(f, g), 2) : "–");
    const values = { loss: problem ? "–" : number(fit.loss(t)), norm: problem ? "–" : number(Math.sqrt(fit.norm2(t))), half: problem ? "–" : `${fit.half(t)} of ${fit.x.length}`,
      end: problem ? "–" : gap(combine(fit.inner, fit.end)), cubic: gap(fit.cubic) };
    read.set(values);
    host.dataset.time = encode(t);
    const dead = fit.live.filter((v) => !v).length, stuck = dead && fit.rest > 1e-9 * fit.size;
    warn(problem || (!stuck ? note : shape() === "Signed" ? "No function of this kernel meets all samples: where there are no knots it is straight. This is the best fit."
      : "Some samples are too close or too far apart for 16 digits. This is the best fit."));
  }
  function drawSlices(colours, x) {
    const at = place(), slices = [...x, at].map((z) => Float64Array.from(fit.xs, (u) => fit.k(z, u)));
    const most = slices.reduce((m, row) => row.reduce((n, v) => Math.max(n, v), m), 0), least = slices.reduce((m, row) => row.reduce((n, v) => Math.min(n, v), m), 0);
    const top = most > 0 ? nice(most) : 1;
    kplot.x.range = fplot.x.range;
    kplot.y.range = [least < -1e-9 * top ? -nice(-least) : 0, top];
    kplot.begin(colours);
    kplot.clipped(() => {
      slices.slice(0, -1).forEach((row, j) => {
        const mine = marked !== null && points[marked] && points[marked][0] === x[j];
        kplot.line(fit.xs, row, colours.kernel, { width: mine ? 2.5 : 1, alpha: mine ? 1 : 0.55 });
      });
      kplot.line(fit.xs, slices[slices.length - 1], colours.kernel, { width: 3.2 });
      kplot.line([at, at], kplot.y.range, colours.ink, { width: 1, alpha: 0.35, dash: [3, 4] });
    });
    const [[px, py]] = slice.get();
    kplot.dots([px], [py], colours.ink, { size: 6, ring: colours.paper });
    slice.place();
  }
  function drawDensities(colours, x) {
    const { us, law: own } = fit, nu = Float64Array.from(us, (u) => curvatureWeight(own, u)), n = Float64Array.from(us, (u) => knotDensity(own, u)), most = Math.max(own.nu0, own.n0);
    const both = trained() === "ntk";
    nuWords.replaceChildren(...(both ? ["Bends weigh ", word("kernel", "ν(u)"), "; kinks at samples the density of knots ", word("", "n(u)"), " (dashed)"]
      : ["f″ = ", word("kernel", "ν(u)"), " × straight pieces: it bends where ν is large. Dashed: the density of knots ", word("", "n(u)")]));
    nplot.x.range = fplot.x.range;
    nplot.y.range = [0, nice(1.12 * Math.max(most, 1e-12))];
    const top = nplot.y.range[1];
    nplot.y.ticks = [0, top / 2, top];
    nplot.begin(colours);
    nplot.clipped(() => {
      const c = nplot.context;
      c.beginPath();
      c.moveTo(nplot.px(us[0]), nplot.py(0));
      us.forEach((u, k) => c.lineTo(nplot.px(u), nplot.py(nu[k])));
      c.lineTo(nplot.px(us[us.length - 1]), nplot.py(0));
      c.globalAlpha = 0.25;
      c.fillStyle = colours.kernel;
      c.fill();
      c.globalAlpha = 1;
      nplot.line(us, nu, colours.kernel, { width: 2.4 });
      nplot.line(us, n, both ? colours.ink : colours.soft, { width: 1.5, dash: [5, 4] });
    });
    for (const v of x) nplot.cross(v, 0, colours.ink, { size: 3.5, width: 1.5 });
  }
  function describe() {
    const [loss, norm, half, end, cubic] = [...read.el.querySelectorAll("dd")].map((d) => d.textContent);
    read.say(problem || `time ${number(time())}, loss ${loss}, norm ${norm}, directions learned ${half}, gap to the end ${end}, gap to the cubic spline ${cubic}`);
  }

  // ---- what comes from Python, and from the controls themselves
  function readPoints() {
    ({ points, note } = cleanPoints(get("points")));
    if (!host.querySelector(".ex-held")) {
      const range = axesFor(points, USUAL);
      Object.assign(fplot.x, { range: range.x });
      Object.assign(fplot.y, { range: range.y });
    }
    data.set(Object.keys(PRESETS).find((key) => JSON.stringify(PRESETS[key][1]) === JSON.stringify(points)) || "");
  }
  function readLaw() {
    shapes.set(shape());
    kinds.set(trained());
    const wanted = [...SHAPES[shape()], ...(trained() === "ntk" ? ["c2"] : [])];
    for (const key of Object.keys(SLIDERS)) { sliders[key].set(value(key)); sliders[key].el.style.display = wanted.includes(key) ? "" : "none"; }
    queue();
  }
  const changed = () => { queue(); requestAnimationFrame(describe); };
  model.on("change:points", () => { readPoints(); changed(); });
  for (const key of ["shape", "kind", ...Object.keys(SLIDERS)]) model.on(`change:${key}`, () => { readLaw(); changed(); });
  model.on("change:time", () => { clock.set(time()); queue(); });
  model.on("change:place", queue);
  model.on("change:playing", () => {
    last = walked = 0;
    if (playing() && still()) { put("playing", false); put("time", "inf"); }
    queue();
  });
  readPoints();
  readLaw();
  if (playing() && still()) { put("playing", false); put("time", "inf"); }
  onTheme(queue, signal);
  frame(0);
  describe();
  return () => stop.abort();
}
export default { render };
