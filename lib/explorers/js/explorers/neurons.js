// Neurons and knots: every neuron is a knot of the function and a particle of the plane; drag
// either.
import { node, div, bar, button, word, caption, number, write } from "../kit/dom.js";
import { explorer } from "../kit/frame.js";
import { board } from "../kit/board.js";
import { evaluate } from "../numerics/network.js";
import { arcs, sees, naming } from "../numerics/regions.js";
import { axesFor } from "../numerics/state.js";
import { OPTIONS } from "../facts.js";
import { nice } from "../kit/plot.js";
import { SQUARE, square, sampleLines, signOf, toneOf } from "../kit/plane.js";
import { lines, list } from "../kit/snippet.js";
import { abs, atan2, hypot, max, min, PI, sqrt, TAU, series, polar,
  linspace } from "../numerics/maths.js";

const MANY = OPTIONS.neurons.neurons.most;
const SCALES = series(17, (j) => 2 ** ((j - 8) / 4));
const balance = ([a, b, c]) => {
  const k = sqrt(hypot(a, b) / abs(c));
  return k > 0 && isFinite(k) ? k : 1;
};
const particle = ([a, b, c]) => [abs(c) * a, -abs(c) * b];     // (u, v), for alpha = m
// the neuron at (u, v) with the given sign and balance: |c| rho = |(u, v)|, rho / |c| = k^2
function neuronAt([u, v], sign, k) {
  const root = sqrt(hypot(u, v));
  return [(k * u) / root, (-k * v) / root, (sign * root) / k];
}

export default explorer("neurons", {}, (kit) => {
  const { now } = kit;
  const usual = { x: [-1.5, 1.5], y: [-1.5, 1.5] };
  const f = board(kit, { usual, axes, distinct: true,
    label: "The network's function with the knots of its neurons, and the samples." });
  const { panel } = f;
  const uplot = kit.plot({ ...SQUARE, label: "The uv plane: one particle a neuron, one line a "
    + "sample, shaded by how many samples are seen." });
  const numbers = kit.readout({ neuron: "neuron", abc: "a, b, c", polar: "r, θ", knot: "knot b/a",
    delta: "δ = c² − a² − b²", sees: "sees", regions: "regions of the plane" },
  "ex-columns ex-later");
  let neurons;
  let limit = 1;

  function read() { neurons = now.neurons; }
  kit.on("neurons", read);
  read();
  const chosen = () => min(now.chosen, neurons.length - 1);
  const net = () => {
    const [a, b, c] = [0, 1, 2].map((i) => Float64Array.from(neurons, (n) => n[i]));
    return { m: neurons.length, alpha: neurons.length, a, b, c };
  };
  // the usual axes, or as much more as the samples and the function need
  function axes(points) {
    const { x, y: [low, high] } = axesFor(points, usual);
    const heights = evaluate(net(), linspace(...x, 200));
    const least = min(...heights);
    const most = max(...heights);
    const down = least < 0 ? -nice(-1.04 * least) : 0;
    const up = most > 0 ? nice(1.04 * most) : 0;
    return { x, y: [least < low ? down : low, most > high ? up : high] };
  }
  const change = (k, neuron) => { now.neurons = neurons.map((n, i) => (i === k ? neuron : n)); };
  const moved = (k, uv, by = balance(neurons[k])) =>
    change(k, neuronAt(uv, signOf(neurons[k][2]), by));
  // every third of a turn and a bit, not so far out that it would change all
  function addNeuron() {
    const m = neurons.length;
    if (m >= MANY) return kit.inform(`${MANY} neurons are the most that fit here.`);
    const far = (n) => particle(n).map((w) => (w * (m + 1)) / m);
    const grown = neurons.map((n) => neuronAt(far(n), signOf(n[2]), balance(n)));
    const place = polar(min(0.5 * limit, 0.4 * (m + 1)), 2.4 * m);
    now.neurons = [...grown, neuronAt(place, m % 2 ? -1 : 1, 1)];
    now.chosen = m;
  }
  function removeNeuron(k) {
    if (neurons.length < 2) return kit.inform("One neuron has to stay.");
    now.neurons = neurons.filter((_, i) => i !== k);
    now.chosen = min(k, neurons.length - 1);
  }
  function flip() {
    const [a, b, c] = neurons[chosen()];
    change(chosen(), [a, b, -c]);
  }
  const remover = button("", () => removeNeuron(chosen()));

  const gauge = node("span", { class: "ex-end ex-gauge" });
  const scale = kit.slider("rescale: k", "", SCALES,
    { kind: "ex-hero ex-plain", landmarks: [SCALES[0], 1, SCALES[16]],
    format: (v) => (v < 1 && Number.isInteger(1 / v) ? `1/${1 / v}` : number(v)),
    get: () => balance(neurons[chosen()]),
    set(k) {
      const uv = particle(neurons[chosen()]);
      if (hypot(...uv) > 0) moved(chosen(), uv, k);
    } });
  scale.append(gauge);
  kit.body.append(
    div("ex-panels", div("ex-panel", caption(word("The function"), " bends at its knots. ",
      word("Drag a knot"),
      " along x, or a ", word("sample ×")), panel.el),
      div("ex-panel ex-later", caption("The same neurons: ", word("r > 0", "positive"), ", ",
        word("r < 0", "negative"),
        ". ", word("Drag a particle"), ". More shaded: sees more samples"), uplot.el)),
    scale,
    caption("(a, b, c) → (ka, kb, c/k) moves δ, and neither the function nor the particle."),
    div("ex-bar ex-later", button("Flip its sign", flip), button("Add neuron", addNeuron)),
    numbers);
  kit.more(
    bar(button("Next neuron", () => { now.chosen = (chosen() + 1) % neurons.length; }),
      kit.control([remover, () => write(remover, `Remove neuron ${chosen() + 1}`)]),
      ...f.buttons));

  // ---- handles: particles, and knots in view
  const choose = (k) => { if (k != null && k !== chosen()) now.chosen = k; };
  kit.handles(uplot, { get: () => neurons.map(particle), focus: choose, remove: removeNeuron,
    name(k) {
      const [u, v] = particle(neurons[k]);
      const place = `u ${number(u)}, v ${number(v)}`;
      return `neuron ${k + 1} of ${neurons.length}: ${place}, ${toneOf(neurons[k][2])}`;
    },
    move(k, [u, v]) {
      const least = 0.02 * limit;
      const size = hypot(u, v);
      const grow = size < least ? least / (size || 1) : 1;
      moved(k, [size ? u * grow : least, v * grow]);
    } });
  // { k: the neuron, place: [x, f(x)], out: f is not in the picture } of every knot in view
  function knots() {
    const [lo, hi] = panel.x.range;
    const found = neurons.map(([a, b], k) => ({ k, e: b / a }))
      .filter(({ e }) => e >= lo && e <= hi).sort((p, q) => p.e - q.e);
    const heights = evaluate(net(), found.map(({ e }) => e));
    return found.map(({ k, e }, j) => {
      const place = panel.inside([e, heights[j]]);
      return { k, place, out: place[1] !== heights[j] };
    }).sort((p, q) => p.k - q.k);
  }
  kit.handles(panel, { get: () => knots().map(({ place }) => place),
    focus: (j) => choose(knots()[j]?.k), remove: (j) => removeNeuron(knots()[j].k),
    name(j) {
      const { k, place } = knots()[j];
      return `knot of neuron ${k + 1} at x ${number(place[0])}`;
    },
    move(j, [e]) {                                    // turn the particle: same size, same side
      const { k } = knots()[j];
      const [u, v] = particle(neurons[k]);
      const by = ((u < 0 ? -1 : 1) * hypot(u, v)) / hypot(1, e);
      moved(k, [by, -by * e]);
    } });

  function drawFunction(k, uv) {
    f.fit();
    const z = net();
    const tone = toneOf(neurons[k][2]);
    const all = knots();
    const [u, v] = uv;
    const places = all.map(({ place }) => place[0]);
    const grid = [...linspace(...panel.x.range, 400), ...places].sort((p, q) => p - q);
    f.draw([], () => {
      panel.line(grid, grid.map((t) => (signOf(neurons[k][2]) * max(0, u * t + v)) / z.m), tone,
        { width: 1.5, dash: [5, 4] });
      panel.line(grid, evaluate(z, grid), "ink", { width: 2.4 });
      const seen = f.points.filter(([x]) => u * x + v > 0);
      for (const [x, y] of seen) panel.dots([x], [y], tone, { size: 10, alpha: 0.22 });
    });
    for (const knot of all) {
      if (knot.out) continue;
      panel.dots([knot.place[0]], [knot.place[1]], toneOf(neurons[knot.k][2]),
        knot.k === k ? { size: 7, ring: "ink" } : { size: 5, ring: "paper" });
    }
  }
  function drawPlane(k, [u, v]) {
    const { x } = f.samples;
    const own = atan2(v, u);
    const far = max(1e-3, ...neurons.flatMap((n) => particle(n).map(abs)));
    if (!kit.held()) limit = nice(1.25 * far);
    square(uplot, limit);
    uplot.begin();
    uplot.clipped(() => {
      for (const arc of x.length ? arcs(x) : []) {
        const inside = (own - arc.from + 2 * TAU) % TAU < arc.to - arc.from;
        const { px, py, width } = uplot;
        uplot.paint({ fill: inside ? toneOf(neurons[k][2]) : "ink",
            alpha: inside ? 0.28 : 0.015 + (0.16 * arc.sees.length) / x.length }, (c) => {
          c.moveTo(px(0), py(0));
          c.arc(px(0), py(0), 2 * width, -arc.from, -arc.to, true);
        });
      }
      sampleLines(uplot, x, f.pointed);
      uplot.line([0, u], [0, v], toneOf(neurons[k][2]), { width: 1.5 });
      neurons.forEach((n, i) => {
        const [p, q] = particle(n);
        uplot.dots([p], [q], toneOf(n[2]), i === k ? { size: 8, ring: "ink" }
          : { size: 6, ring: "paper" });
      });
    });
  }
  return {
    draw() {
      const k = chosen();
      const [a, b, c] = neurons[k];
      const uv = particle(neurons[k]);
      const { x } = f.samples;
      const delta = c * c - a * a - b * b;
      drawFunction(k, uv);
      drawPlane(k, uv);
      const values = { neuron: `${k + 1} of ${neurons.length}`,
        abc: [a, b, c].map((w) => number(w)).join(", "),
        polar: `${number(c * hypot(a, b))}, ${number((atan2(-b, a) * 180) / PI)}°`,
        knot: a === 0 ? "at infinity" : number(b / a), delta: number(abs(delta) < 1e-9 ? 0 : delta),
        sees: x.length ? naming(sees(x, ...uv), x.length) : "–",
        regions: x.length ? `2s = ${2 * x.length}` : "1" };
      write(gauge, `δ = ${values.delta}`);
      kit.warn(f.note);
      return values;
    },
    say: ({ neuron, knot, delta, sees }) =>
      `neuron ${neuron}, knot ${knot}, delta ${delta}, sees ${sees}`,
    options: () => `m = ${neurons.length}, alpha = m; neuron ${chosen() + 1} is chosen`,
    python() {
      const rows = [0, 1, 2].map((i) => list(neurons.map((n) => n[i])));
      return lines("from lib.network import Network", "",
        `network = Network(${rows.join(`,\n${" ".repeat(18)}`)}, alpha=${neurons.length})`,
        "network.knots, network.delta, network.canonical().uv");
    },
    state: () => ({ neurons, points: f.points, chosen: chosen() }),
    page: { evaluate: (x) => evaluate(net(), x) },
  };
});
