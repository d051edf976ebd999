// A map of trained networks over delta and m, made in small slices of time: a coarse grid of cells
// first.  No DOM.
import { CELLS, GAPS, SEEDS } from "../facts.js";
import { start, lift, regime, evaluate, knotsAtSamples } from "./network.js";
import { cubicSpline, linearSpline } from "./splines.js";
import { trainer } from "./training.js";
import { decode } from "./state.js";
import { floor, max, min, sqrt, sum, linspace } from "./maths.js";

export const DELTAS = CELLS.delta.map((v) => decode(v));
export const WIDTHS = CELLS.m;

// d_cubic / (d_cubic + d_linear) in L2 between the outer samples, as in lib/explorers/phase.py; at
// least three samples
export function yardstick(x, y, n = GAPS) {
  const t = linspace(x[0], x[x.length - 1], n);
  const cubic = t.map(cubicSpline(x, y));
  const linear = t.map(linearSpline(x, y));
  const distance = (f, g) => sqrt(sum(f, (v, k) => (k && k < n - 1 ? 1 : 0.5) * (v - g[k]) ** 2));
  return (net) => {
    const f = evaluate(net, t);
    const d = distance(f, cubic);
    const e = distance(f, linear);
    return d + e > 0 ? d / (d + e) : NaN;
  };
}

// Cells in the order in which they are made: every fourth in both directions, every second, all;
// narrow networks first.
export function order(columns, rows) {
  const level = (i, j) => [4, 2, 1].findIndex((by) => i % by === 0 && j % by === 0);
  const out = [];
  for (let j = 0; j < rows; j++) for (let i = 0; i < columns; i++) out.push([level(i, j), i, j]);
  return out.sort((p, q) => p[0] - q[0] || p[2] - q[2] || p[1] - q[1]).map(([, i, j]) => [i, j]);
}

export function cells({ x, y, scale, seed, starts, epochs }) {
  const places = order(DELTAS.length, WIDTHS.length);
  const measure = yardstick(x, y);
  // [column][row]: means over the starts so far
  const values = DELTAS.map(() => WIDTHS.map(() => null));
  let next = 0;
  let run = null;

  const spot = () => places[next % places.length];
  function begin() {
    const [i, j] = spot();
    const turn = floor(next / places.length);
    const how = regime(DELTAS[i]);
    const m = WIDTHS[j];
    const { r, theta } = start(m, scale, (seed + turn) % SEEDS);
    run = trainer(lift(r, theta, how.lift, sqrt(m)), x, y, { train: how.train });
  }
  function finish() {
    const [i, j] = spot();
    const { net, loss, diverged } = run;
    const old = values[i][j];
    const n = old ? old.count : 0;
    const found = diverged ? {} : { adaptivity: measure(net), knots: knotsAtSamples(net, x), loss };
    const mean = (key) => {
      const was = old?.[key] ?? NaN;
      const is = found[key] ?? NaN;
      if (Number.isNaN(was)) return is;
      return Number.isNaN(is) ? was : was + (is - was) / (n + 1);
    };
    values[i][j] = { adaptivity: mean("adaptivity"), knots: mean("knots"), loss: mean("loss"),
      count: n + 1 };
    run = null;
    next++;
  }
  const self = { values, total: places.length * starts,
    size: max(1e-300, sum(y, (v) => v * v) / 2),    // the loss of f = 0
    get next() { return next; },
    get done() { return next >= self.total; },
    // numbers made elsewhere: { adaptivity, knot_mass, loss }, each [column][row]; all or none
    fill({ adaptivity, knot_mass, loss }) {
      try {
        const made = values.map((column, i) => column
          .map((_, j) => ({ adaptivity: adaptivity[i][j] ?? NaN,
          knots: knot_mass[i][j] ?? NaN, loss: loss[i][j] ?? NaN, count: starts })));
        made.forEach((column, i) => { values[i] = column; });
        next = self.total;
      } catch (error) { /* a table of another shape: the page makes its own */ }
    },
    // go on until the moment `deadline` of `clock`
    advance(deadline = Infinity, clock = Date.now) {
      while (!self.done) {
        if (!run) begin();
        while (run.epoch < epochs && !run.diverged) {
          run.advance(min(50, epochs - run.epoch));
          if (clock() > deadline && run.epoch < epochs) return;
        }
        finish();
        if (clock() > deadline) return;
      }
    },
    at: (i, j) => values[i][j],
    // the cell's own value, or that of the coarse cell beside it
    near: (i, j) => [1, 2, 4].map((by) => values[i - (i % by)][j - (j % by)]).find(Boolean),
  };
  return self;
}
