// Maps of trained networks, made in small slices of time: a coarse grid of cells first.  No DOM.
import { CELLS, GAPS, SEEDS } from "../facts.js";
import { stratified, regime, evaluate, knotsAtSamples } from "./network.js";
import { cubicSpline, linearSpline } from "./splines.js";
import { trainer } from "./training.js";
import { decode } from "./state.js";
import { floor, max, min, sqrt, sum, linspace } from "./maths.js";

export const DELTAS = CELLS.delta.map((v) => decode(v));
export const WIDTHS = CELLS.m;

// The root mean square of the difference of two functions on equally spaced points, as in
// lib.order.apart
export const apart = (f, g) => sqrt(sum(f, (v, k) =>
  (k && k < f.length - 1 ? 1 : 0.5) * (v - g[k]) ** 2) / (f.length - 1));

// d_cubic / (d_cubic + d_linear) in L2 between the outer samples, as in lib.measures.adaptivity; at
// least three samples
export function yardstick(x, y, n = GAPS) {
  const t = linspace(x[0], x[x.length - 1], n);
  const cubic = t.map(cubicSpline(x, y));
  const linear = t.map(linearSpline(x, y));
  return (net) => {
    const f = evaluate(net, t);
    const d = apart(f, cubic);
    const e = apart(f, linear);
    return d + e > 0 ? d / (d + e) : NaN;
  };
}

// Cells in the order in which they are made: every fourth in both directions, every second, all;
// the first rows first.
export function order(columns, rows) {
  const level = (i, j) => [4, 2, 1].findIndex((by) => i % by === 0 && j % by === 0);
  const out = [];
  for (let j = 0; j < rows; j++) for (let i = 0; i < columns; i++) out.push([level(i, j), i, j]);
  return out.sort((p, q) => p[0] - q[0] || p[2] - q[2] || p[1] - q[1]).map(([, i, j]) => [i, j]);
}

// Train up to `epochs`, but not past the moment `deadline` of `clock`; says whether it got there
export function reach(run, epochs, deadline = Infinity, clock = Date.now) {
  while (run.epoch < epochs && !run.ended) {
    run.advance(min(50, epochs - run.epoch));
    if (clock() > deadline && run.epoch < epochs) return false;
  }
  return true;
}

// columns, rows: how many;  begin(i, j, turn): the trainer of a cell's turn-th start;
// measure(run): what it came to, by its `names`
export function cells({ columns, rows, starts = 1, epochs, names, begin, measure }) {
  const places = order(columns, rows);
  // [column][row]: means over the starts so far
  const values = Array.from({ length: columns }, () => Array(rows).fill(null));
  let next = 0;
  let run = null;

  function finish() {
    const [i, j] = places[next % places.length];
    const old = values[i][j];
    const n = old ? old.count : 0;
    const found = run.diverged ? {} : measure(run);
    const mean = (key) => {
      const was = old?.[key] ?? NaN;
      const is = found[key] ?? NaN;
      if (Number.isNaN(was)) return is;
      return Number.isNaN(is) ? was : was + (is - was) / (n + 1);
    };
    values[i][j] = { count: n + 1, ...Object.fromEntries(names.map((key) => [key, mean(key)])) };
    run = null;
    next++;
  }
  const self = { values, total: places.length * starts,
    get next() { return next; },
    get done() { return next >= self.total; },
    // numbers made elsewhere: { name: [column][row] }; all or none
    fill(table) {
      try {
        const made = values.map((column, i) => column.map((_, j) => ({ count: starts,
          ...Object.fromEntries(names.map((key) => [key, table[key][i][j] ?? NaN])) })));
        made.forEach((column, i) => { values[i] = column; });
        next = self.total;
      } catch (error) { /* a table of another shape: the page makes its own */ }
    },
    // go on until the moment `deadline` of `clock`
    advance(deadline = Infinity, clock = Date.now) {
      while (!self.done) {
        run ??= begin(...places[next % places.length], floor(next / places.length));
        if (!reach(run, epochs, deadline, clock)) return;
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

// The map over delta and m
export function regimes({ x, y, scale, seed, starts, epochs }) {
  const index = yardstick(x, y);
  const size = max(1e-300, sum(y, (v) => v * v) / 2);           // the loss of f = 0
  return Object.assign(cells({ columns: DELTAS.length, rows: WIDTHS.length, starts, epochs,
    names: ["adaptivity", "knots", "loss"],
    begin(i, j, turn) {
      const start = { m: WIDTHS[j], delta: DELTAS[i], scale, seed: (seed + turn) % SEEDS };
      return trainer(stratified(start), x, y, { train: regime(DELTAS[i]).train });
    },
    measure: ({ net, loss }) =>
      ({ adaptivity: index(net), knots: knotsAtSamples(net, x), loss }) }), { size });
}
