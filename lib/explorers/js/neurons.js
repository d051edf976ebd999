// Neurons and knots: every neuron is a knot of the function and a particle of the plane; drag either.
import { evaluate } from "./network.js";
import { arcs, sees, naming } from "./regions.js";
import { linspace } from "./splines.js";
import { cleanPoints, freePlace, widestGap, MOST } from "./state.js";
import { Plot, theme, onTheme, nice } from "./plot.js";
import { Handles } from "./handles.js";
import { node, button, word, caption, stops, readout, sharing, number } from "./controls.js";

const MANY = 24, SCALES = Array.from({ length: 17 }, (_, j) => 2 ** ((j - 8) / 4));

function clean(value) {
  const ok = (n) => Array.isArray(n) && n.length >= 3
    && n.slice(0, 3).every((v) => Number.isFinite(v) && Math.abs(v) <= 1e3);
  const list = (Array.isArray(value) ? value : []).filter(ok).slice(0, MANY).map((n) => n.slice(0, 3));
  return list.length ? list : [[1, 0, 1]];
}
const balance = ([a, b, c]) => { const k = Math.sqrt(Math.hypot(a, b) / Math.abs(c));
  return k > 0 && isFinite(k) ? k : 1; };
const place = ([a, b, c]) => [Math.abs(c) * a, -Math.abs(c) * b];     // (u, v), for alpha = m
// the neuron at (u, v) with the given sign and balance: |c| rho = |(u, v)|, rho / |c| = k^2
function neuronAt(u, v, sign, k) {
  const size = Math.hypot(u, v), root = Math.sqrt(size);
  return [(k * u) / root, (-k * v) / root, (sign * root) / k];
}

function render({ model, el }) {
  const stop = new AbortController(), { signal } = stop;
  const host = node("div", { class: "ex-body" }), outer = node("div", { class: "ex-host" }, host);
  el.append(outer);
  let neurons, points, note = "", queued = 0, limit = 1, pointed = null;
  const get = (key) => model.get(key), put = (key, value) => { model.set(key, value); model.save_changes(); };
  const chosen = () => Math.min(Math.max(0, Math.round(get("chosen")) || 0), neurons.length - 1);
  const net = () => ({ m: neurons.length, alpha: neurons.length,
    ...Object.fromEntries(["a", "b", "c"].map((key, i) => [key, Float64Array.from(neurons, (n) => n[i])])) });
  outer.explorer = { evaluate: (x) => evaluate(net(), x) };
  const change = (k, neuron) => put("neurons", neurons.map((n, i) => (i === k ? neuron : n)));

  const left = node("div", { class: "ex-panel" }), right = node("div", { class: "ex-panel ex-later" });
  host.append(node("div", { class: "ex-panels" }, left, right));
  left.append(caption(word("", "The function"), " bends at its knots. ", word("", "Drag a knot"), " along x, or a ",
    word("", "sample ×")));
  right.append(caption("The same neurons: ", word("positive", "r > 0"), ", ", word("negative", "r < 0"), ". ",
    word("", "Drag a particle"), ". Darker: sees more samples"));
  const fplot = new Plot(left, { label: "The network's function with the knots of its neurons, and the samples.",
    aspect: 1.5,
    x: { range: [-1.5, 1.5], label: "x" }, y: { range: [-1.5, 1.5], label: "f(x)" }, onresize: queue, signal });
  const uplot = new Plot(right,
    { label: "The uv plane: one particle a neuron, one line a sample, shaded by how many samples are seen.", aspect: 1,
    pad: [10, 8, 34, 38], x: { range: [-1, 1], label: "u" }, y: { range: [-1, 1], label: "v" }, onresize: queue,
      signal });

  const scale = stops("rescale: k",
    { values: SCALES, landmarks: [SCALES[0], 1, SCALES[16]],
    format: (v) => (v < 1 && Number.isInteger(1 / v) ? `1/${1 / v}` : number(v)), value: 1,
    oninput: (k) => { const n = neurons[chosen()], [u, v] = place(n);
      if (Math.hypot(u, v) > 0) change(chosen(), neuronAt(u, v, n[2] < 0 ? -1 : 1, k)); } });
  scale.el.classList.add("ex-hero", "ex-plain");
  const gauge = node("span", { class: "ex-end ex-gauge" });
  scale.el.append(gauge);
  host.append(scale.el);
  host.append(node("p", { class: "ex-caption" },
    "(a, b, c) → (ka, kb, c/k) moves δ, and neither the function nor the particle."));
  const read = readout([["neuron", "neuron"], ["abc", "a, b, c"], ["polar", "r, θ"], ["knot", "knot b/a"],
    ["delta", "δ = c² − a² − b²"], ["sees", "sees"], ["regions", "regions of the plane"]], signal);
  read.el.classList.add("ex-columns", "ex-later");
  host.append(read.el);

  host.append(node("div", { class: "ex-bar ex-last" },
    button("Next neuron", () => put("chosen", (chosen() + 1) % neurons.length)),
    button("Flip its sign", () => { const [a, b, c] = neurons[chosen()]; change(chosen(), [a, b, -c]); }),
    button("Add neuron", addNeuron),
    button("Remove neuron", () =>
      { if (neurons.length > 1) { const k = chosen(); put("neurons", neurons.filter((_, i) => i !== k)); } }),
    button("Add point", () => add(widestGap(points, fplot.x.range), 0)),
    button("Remove point", () => { if (points.length) put("points", points.slice(0, -1)); })));
  const { els, inform, warn } = sharing(model, { state: () => ({ neurons, points, chosen: chosen() }), python });
  host.append(...els);

  function python() {
    const column = (i) => `[${neurons.map((n) => String(n[i])).join(", ")}]`;
    return ["from lib.network import Network", "",
      `network = Network(${[0, 1, 2].map(column).join(",\n                  ")}, alpha=${neurons.length})`,
      "network.knots, network.delta, network.canonical().uv", ""].join("\n");
  }
  function addNeuron() {                              // every third of a turn and a bit, at half the way out
    if (neurons.length >= MANY) return inform(`${MANY} neurons are the most that fit here.`);
    const turn = 2.4 * neurons.length;
    const grown = neurons.map(([a, b, c]) =>
      neuronAt(...place([a, b, c]).map((w) => (w * (neurons.length + 1)) / neurons.length), c < 0 ? -1 : 1,
      balance([a, b, c])));
    put("neurons", [...grown, neuronAt(0.5 * limit * Math.cos(turn), 0.5 * limit * Math.sin(turn),
      neurons.length % 2 ? -1 : 1, 1)]);
    put("chosen", neurons.length - 1);
  }
  function add(x, y) {
    if (points.length >= MOST) return inform(`${MOST} points are the most that fit here.`);
    const spot = freePlace(x, points.map((p) => p[0]), 0.03, fplot.x.range);
    if (spot !== null) put("points", [...points, [spot, y]]);
  }

  // ---- handles: particles, knots in view, samples
  const choose = (k) => { if (k !== null && k !== chosen()) put("chosen", k); };
  const describeNeuron = (k) => { const [u, v] = place(neurons[k]);
    return `neuron ${k + 1} of ${neurons.length}: u ${number(u)}, v ${number(v)}, ${neurons[k][2] < 0 ? "negative"
    : "positive"}`; };
  const particles = new Handles(uplot, { signal, get: () => neurons.map(place), name: describeNeuron, focus: choose,
    move(k, [u, v]) {
      const least = 0.02 * limit, size = Math.hypot(u, v), grow = size < least ? least / (size || 1) : 1;
      change(k, neuronAt(size ? u * grow : least, v * grow, neurons[k][2] < 0 ? -1 : 1, balance(neurons[k])));
    } });
  const inView = () => neurons.map((n, k) => [k, n[1] / n[0]]).filter(([, e]) => e >= fplot.x.range[0]
    && e <= fplot.x.range[1]);
  const knots = new Handles(fplot, { signal, focus: (j) => { if (j !== null && inView()[j]) choose(inView()[j][0]); },
    get: () => { const list = inView(), order = list.map((_, i) => i).sort((p, q) => list[p][1] - list[q][1]),
      f = evaluate(net(), order.map((i) => list[i][1])), out = [];
      order.forEach((i, j) => { out[i] = [list[i][1], Math.max(fplot.y.range[0], Math.min(fplot.y.range[1], f[j]))];
        }); return out; },
    name: (j) => `knot of neuron ${inView()[j][0] + 1} at x ${number(inView()[j][1])}`,
    move(j, [e]) {                                    // turn the particle: same size, same side
      const k = inView()[j][0], [u, v] = place(neurons[k]), size = Math.hypot(u, v), side = u < 0 ? -1 : 1,
        norm = Math.hypot(1, e);
      change(k, neuronAt((side * size) / norm, (-side * size * e) / norm, neurons[k][2] < 0 ? -1 : 1,
        balance(neurons[k])));
    } });
  const samples = new Handles(fplot, { signal, get: () => points, focus: (k) => { pointed = k; queue(); },
    name: (k) => `sample ${k + 1} of ${points.length}: x ${number(points[k][0])}, y ${number(points[k][1])}`,
    remove: (k) => put("points", points.filter((_, j) => j !== k)),
    move(k, [x, y]) {
      const spot = freePlace(x, points.filter((_, j) => j !== k).map((p) => p[0]), 0.03, fplot.x.range);
      if (spot !== null) put("points", points.map((p, j) => (j === k ? [spot, y] : p)));
    } });
  fplot.box.addEventListener("dblclick", (event) => add(...fplot.data(event.clientX, event.clientY)), { signal });

  // ---- drawing
  function queue() { if (!queued && !signal.aborted) queued = requestAnimationFrame(draw); }
  function draw() {
    queued = 0;
    fplot.fit();
    uplot.fit();
    const colours = theme(host), k = chosen(), z = net(), x = points.map((p) => p[0]).sort((p, q) => p - q),
      [u, v] = place(neurons[k]);
    const tone = (n) => (n[2] < 0 ? colours.negative : colours.positive), seen = sees(x, u, v);
    const grid = [...linspace(...fplot.x.range, 400), ...inView().map(([, e]) => e)].sort((p, q) => p - q);
    fplot.begin(colours);
    fplot.clipped(() => {
      fplot.line(grid, grid.map((t) => (Math.sign(neurons[k][2]) * Math.max(0, u * t + v)) / z.m), tone(neurons[k]),
        { width: 1.5, dash: [5, 4] });
      fplot.line(grid, evaluate(z, grid), colours.ink, { width: 2.4 });
    });
    for (const [px, py] of points) {
      if (u * px + v > 0) fplot.dots([px], [py], tone(neurons[k]), { size: 10, alpha: 0.22 });
      fplot.cross(px, py, colours.ink);
    }
    inView().forEach(([i], j) => fplot.dots([knots.get()[j][0]], [knots.get()[j][1]], tone(neurons[i]),
      { size: i === k ? 7 : 5, ring: i === k ? colours.ink : colours.paper }));
    if (!host.querySelector(".ex-held")) limit = nice(1.25 * Math.max(1e-3,
      ...neurons.flatMap((n) => place(n).map(Math.abs))));
    uplot.x.range = uplot.y.range = [-limit, limit];
    uplot.x.ticks = uplot.y.ticks = [-limit / 2, 0, limit / 2];
    uplot.begin(colours);
    uplot.clipped(() => {
      const own = Math.atan2(v, u);
      for (const arc of x.length ? arcs(x) : []) {
        const inside = (own - arc.from + 4 * Math.PI) % (2 * Math.PI) < arc.to - arc.from;
        uplot.wedge(arc.from, arc.to, inside ? tone(neurons[k]) : colours.ink,
          inside ? 0.28 : 0.015 + (0.16 * arc.sees.length) / x.length);
      }
      x.forEach((xj) => {
        const far = (2 * limit) / Math.hypot(1, xj), mine = pointed !== null && points[pointed]
          && points[pointed][0] === xj;
        uplot.line([-far, far], [far * xj, -far * xj], colours.ink,
          { width: mine ? 2.5 : 1, alpha: mine ? 0.9 : 0.35 });
      });
      uplot.line([0, u], [0, v], tone(neurons[k]), { width: 1.5 });
      neurons.forEach((n, i) => { const [p, q] = place(n);
        uplot.dots([p], [q], tone(n), { size: i === k ? 8 : 6, ring: i === k ? colours.ink : colours.paper }); });
    });
    for (const layer of [samples, knots, particles]) layer.place();
    const [a, b, c] = neurons[k], delta = c * c - a * a - b * b;
    scale.set(balance(neurons[k]));
    const values = { neuron: `${k + 1} of ${neurons.length}`, abc: [a, b, c].map((w) => number(w)).join(", "),
      polar: `${number(c * Math.hypot(a, b))}, ${number((Math.atan2(-b, a) * 180) / Math.PI)}°`,
      knot: a === 0 ? "at infinity" : number(b / a), delta: number(Math.abs(delta) < 1e-9 ? 0 : delta),
        sees: x.length ? naming(seen, x.length) : "–", regions: x.length ? `2s = ${2 * x.length}` : "1" };
    gauge.textContent = `δ = ${values.delta}`;
    read.set(values);
    read.say(`neuron ${values.neuron}, knot ${values.knot}, delta ${values.delta}, sees ${values.sees}`);
    warn(note);
  }

  function readState() { neurons = clean(get("neurons")); ({ points, note } = cleanPoints(get("points")));
    points = points.filter((p, j) => points.findIndex((q) => q[0] === p[0]) === j); queue(); }
  for (const key of ["neurons", "points", "chosen"]) model.on(`change:${key}`, readState);
  readState();
  onTheme(queue, signal);
  draw();
  return () => stop.abort();
}
export default { render };
