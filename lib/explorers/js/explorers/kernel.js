// Kernel and spline: what a very wide network learns, in closed form at any time, for any law of
// its inner weights.
import { node, div, bar, word, caption, number } from "../kit/dom.js";
import { explorer } from "../kit/frame.js";
import { board } from "../kit/board.js";
import { SHAPES } from "../facts.js";
import { LAWS, kernel, gram, knotDensity, curvatureWeight, flow, combine } from
  "../numerics/kernels.js";
import { largestGap } from "../numerics/splines.js";
import { encode } from "../numerics/state.js";
import { nice } from "../kit/plot.js";
import { lines, list } from "../kit/snippet.js";
import { max, min, sqrt, clip, sum, series, linspace } from "../numerics/maths.js";

const TIMES = [0, ...series(81, (k) => +(10 ** ((k - 16) / 8)).toPrecision(3)), Infinity];
const STRIDE = 14;                                    // steps of the time slider a second
const WIDE = { x: [-1.75, 1.75], y: [-1.6, 1.6] };
const SPREADS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.6, 2, 3, 5, 10, 20, 50, 100];
const WIDTH = ["B", "R", "sigma_b"];                  // how far the knots of a law are spread
// the labels of the sliders, and their values where they are not the usual ones
const LABELS = { ...Object.assign({}, ...Object.values(SHAPES).map((shape) => shape.options)),
  c2: "E c²" };
const CHOICES = { correlation: series(39, (k) => +(0.05 * (k - 19)).toFixed(2)),
  c2: [0, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 100] };
const SPOKEN = new Map([[0, "0, untrained"], [Infinity, "infinity, fully trained"]]);
const LABEL = Object.fromEntries(Object.entries(SHAPES).map(([name, { label }]) => [name, label]));

export default explorer("kernel", {}, (kit) => {
  const { now, plot } = kit;
  const f = board(kit, { usual: WIDE,
    label: "The function at time t, its limit, the natural cubic spline and the samples." });
  const kplot = plot({ aspect: 1, x: { range: WIDE.x, label: "x′" },
    y: { range: [0, 1], label: "k(x, x′)" },
    label: "Slices of the kernel: one at a place that can be dragged, and thin ones at the "
      + "samples." });
  const nplot = plot({ aspect: 2.8, pad: [8, 8, 34, 40], x: { range: WIDE.x, label: "u" },
    label: "The curvature weight nu and the density of the knots n." });
  const numbers = kit.readout({ loss: "loss", norm: "norm |f| of the kernel",
    half: "directions learned", end: ["gap to t = ∞", "kernel"],
    cubic: ["gap to cubic", "cubic"] });
  const nuWords = node("span");
  let fit;
  let known = [];
  let walked = 0;

  // the options that count
  const wanted = () => [...Object.keys(SHAPES[now.shape].options),
    ...(now.kind === "ntk" ? ["c2"] : [])];
  const place = () => clip(now.place, ...f.panel.x.range);
  const sliders = Object.entries(LABELS).map(([key, label]) =>
    [key, kit.slider(label, key, CHOICES[key] ?? SPREADS, { format: (v) => number(v) })]);
  const of = (wants) => sliders.filter(([key]) => wants(key)).map(([, el]) => el);

  kit.body.append(
    div("ex-panels",
      div("ex-panel", caption(word("The wide network"), " at time t, the ",
        word("kernel interpolant", "kernel"),
        " where it ends, and the ", word("natural cubic spline", "cubic")), f.panel.el),
      div("ex-panel ex-later", caption(word("The kernel", "kernel"), " k(x, ·). ", word("Drag x"),
        "; thin: at the samples. The curve is a sum of the thin ones"), kplot.el)),
    kit.slider("t", "time", TIMES, { kind: "ex-hero ex-plain", landmarks: [0, 1, 1000, Infinity],
      format: (v) => (v === 1000 ? "10³" : number(v)),
      spoken: (v) => SPOKEN.get(v) ?? String(v),
      set(t) { now.playing = false; now.time = t; } }),
    bar(kit.play("▶ Train", () => { if (now.time === Infinity) now.time = 0; }),
      kit.select("law", "shape", LABEL), ...of((key) => WIDTH.includes(key))),
    div("ex-panels ex-gap", div("ex-panel", caption(nuWords), nplot.el),
      div("ex-panel ex-side ex-later", numbers)));
  kit.more(
    bar(kit.select("train", "kind", { rf: "only c", ntk: "a, b and c" }),
      ...of((key) => !WIDTH.includes(key))),
    bar(f.presets(), ...f.buttons));

  kit.handles(kplot, { get: () => [kplot.inside([place(), fit.k(place(), place())])],
    name: () => `place of the slice: x ${number(place())}`, move(_, [x]) { now.place = x; } });
  kit.on("playing", () => { walked = 0; });

  // ---- what follows from the state: once for each law and data, whatever the time
  function update() {
    const { width, x: { range } } = f.panel;
    const numbers = Object.keys(LABELS).map((key) => now[key]);
    const what = [f.points, now.shape, now.kind, ...numbers, ...range, width];
    if (what.every((v, k) => v === known[k])) return;
    const { x, y, problem } = f.samples;
    const own = LAWS[now.shape].make(now);
    const k = kernel(own, now.kind === "ntk" ? now.c2 : 0);
    const xs = f.grid(1);
    known = what;
    fit = flow(k, problem ? [] : x, problem ? [] : y);
    Object.assign(fit, { law: own, xs, us: linspace(...range, 701), rows: gram(k, xs, fit.x),
      inner: gram(k, f.t, fit.x), end: fit.weights(Infinity) });
  }
  function drawSlices() {
    const at = place();
    const slices = [...f.samples.x, at].map((z) => Float64Array.from(fit.xs, (u) => fit.k(z, u)));
    const extreme = (pick) => pick(...slices.map((row) => row.reduce((p, q) => pick(p, q))));
    const most = extreme(max);
    const least = extreme(min);
    const top = most > 0 ? nice(most) : 1;
    const slice = slices.pop();
    kplot.x.range = f.panel.x.range;
    kplot.y.range = [least < -1e-9 * top ? -nice(-least) : 0, top];
    kplot.begin();
    kplot.clipped(() => {
      slices.forEach((row, j) => {
        const on = f.pointed(f.samples.x[j]);
        kplot.line(fit.xs, row, "kernel", { width: on ? 2.5 : 1, alpha: on ? 1 : 0.55 });
      });
      kplot.line(fit.xs, slice, "kernel", { width: 3.2 });
      kplot.line([at, at], kplot.y.range, "ink", { width: 1, alpha: 0.35, dash: [3, 4] });
    });
    const [u, v] = kplot.inside([at, fit.k(at, at)]);
    kplot.dots([u], [v], "ink", { size: 6, ring: "paper" });
  }
  function drawDensities() {
    const { us, law: own } = fit;
    const nu = us.map((u) => curvatureWeight(own, u));
    const n = us.map((u) => knotDensity(own, u));
    const both = now.kind === "ntk";
    const top = nice(1.12 * max(own.nu0, own.n0, 1e-12));
    const ends = [us[0], us[us.length - 1]];
    const weight = word("ν(u)", "kernel");
    const density = word("n(u)");
    nuWords.replaceChildren(...(both
      ? ["Bends weigh ", weight, "; kinks at samples the density of knots ", density, " (dashed)"]
      : ["f″ = ", weight,
        " × straight pieces: it bends where ν is large. Dashed: the density of knots ", density]));
    nplot.x.range = f.panel.x.range;
    nplot.y.range = [0, top];
    nplot.y.ticks = [0, top / 2, top];
    nplot.begin();
    nplot.clipped(() => {
      nplot.line([ends[0], ...us, ends[1]], [0, ...nu, 0], null, { fill: "kernel", alpha: 0.25 });
      nplot.line(us, nu, "kernel", { width: 2.4 });
      nplot.line(us, n, both ? "ink" : "soft", { width: 1.5, dash: [5, 4] });
    });
    for (const x of f.samples.x) nplot.cross(x, 0, "ink", 3.5, 1.5);
  }
  return {
    step(dt) {
      if (!now.playing) return false;
      walked += STRIDE * dt;
      for (; walked >= 1 && now.time < Infinity; walked--) {
        now.time = TIMES.find((t) => t > now.time);
      }
      if (now.time === Infinity) now.playing = false;
      return now.playing;
    },
    draw() {
      const t = now.time;
      const { problem, y } = f.samples;
      const shown = wanted();
      for (const [key, el] of sliders) el.style.display = shown.includes(key) ? "" : "none";
      f.fit();
      update();
      const weights = fit.weights(t);
      const inside = combine(fit.inner, weights);
      f.draw(["cubic"], (panel) => {
        if (problem) return;
        panel.line(fit.xs, combine(fit.rows, fit.end), "kernel", { width: 4, alpha: 0.75 });
        panel.line(fit.xs, combine(fit.rows, weights), "ink", { width: 2.2 });
      });
      drawSlices();
      drawDensities();
      const gap = (g) => (g.length && !problem ? number(largestGap(inside, g), 2) : "–");
      const fitted = (text) => (problem ? "–" : text);
      kit.body.dataset.time = encode(t);
      const size = max(1e-300, sum(y, (v) => v * v));
      const stuck = fit.live.includes(false) && fit.loss(Infinity) > 0.5e-9 * size;
      const why = now.shape === "Signed"
        ? "No function of this kernel meets all samples: where there are no knots it is straight."
        : "Some samples are too close or too far apart for 16 digits.";
      kit.warn(problem || (stuck ? `${why} This is the best fit.` : f.note));
      return { loss: fitted(number(fit.loss(t))), norm: fitted(number(sqrt(fit.norm2(t)))),
        half: fitted(`${fit.half(t)} of ${fit.x.length}`), end: gap(combine(fit.inner, fit.end)),
        cubic: gap(f.cubic) };
    },
    end() { now.time = Infinity; },
    options() {
      const values = wanted().map((key) => `${LABELS[key]} = ${number(now[key])}`);
      const trained = now.kind === "ntk" ? "a, b and c are" : "only c is";
      return `${now.shape}: ${values.join(", ")}; ${trained} trained; t = ${number(now.time)}`;
    },
    say: ({ loss, norm, half, end, cubic }) => f.samples.problem
      || `time ${number(now.time)}, loss ${loss}, norm ${norm}, ` +
      `directions learned ${half}, gap to the end ${end}, gap to the cubic spline ${cubic}`,
    python() {
      if (f.samples.problem) return `# ${f.samples.problem}\n`;
      const t = now.time === Infinity ? "math.inf" : now.time;
      const name = LAWS[now.shape].python(now);
      const made = now.kind === "rf" ? `rf(${name})` : `ntk(${name}, c2=${now.c2})`;
      return lines("import math", "", "import torch",
        `from lib.kernels import Interpolant, ${now.kind}`,
        `from lib.laws import ${now.shape}`, "from lib.samples import Samples", "",
        `samples = Samples(${list(f.samples.x)}, ${list(f.samples.y)})`,
        `f = Interpolant(${made}, samples, t=${t})`,
        "f(torch.linspace(-1, 1, 5)), f.norm2");
    },
    state: () => ({ points: f.points, place: place() }),
    page: {
      evaluate(x) {
        update();
        return combine(gram(fit.k, x, fit.x), fit.weights(now.time));
      },
    },
  };
});
