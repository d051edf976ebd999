// A map of trained networks over delta and m, made in small slices of time: a coarse grid of cells first.  No DOM.
import { start, lift, regime, evaluate, knotsAtSamples } from "./network.js";
import { cubicSpline, linearSpline, linspace } from "./splines.js";
import { Trainer } from "./training.js";

export const DELTAS = [-Infinity, -300, -100, -30, -10, -3, -1, 0, 1, 10, 100, Infinity];
export const WIDTHS = [10, 20, 50, 100, 200, 500, 1000, 2000];

// d_cubic / (d_cubic + d_linear) in L2 between the outer samples, as in lib/explorers/phase.py; at least three samples
export function yardstick(x, y, n = 401) {
  const t = linspace(x[0], x[x.length - 1], n), cubic = Float64Array.from(t, cubicSpline(x, y)), linear = Float64Array.from(t, linearSpline(x, y));
  const distance = (f, g) => Math.sqrt(f.reduce((sum, v, k) => sum + (k && k < n - 1 ? 1 : 0.5) * (v - g[k]) ** 2, 0));
  return (net) => {
    const f = evaluate(net, t), d = distance(f, cubic), e = distance(f, linear);
    return d + e > 0 ? d / (d + e) : NaN;
  };
}

// Cells in the order in which they are made: every fourth in both directions, every second, all; narrow networks first.
export function order(columns, rows) {
  const level = (i, j) => (i % 4 === 0 && j % 4 === 0 ? 0 : i % 2 === 0 && j % 2 === 0 ? 1 : 2), cells = [];
  for (let j = 0; j < rows; j++) for (let i = 0; i < columns; i++) cells.push([level(i, j), i, j]);
  return cells.sort((p, q) => p[0] - q[0] || p[2] - q[2] || p[1] - q[1]).map(([, i, j]) => [i, j]);
}

export class Cells {
  constructor({ x, y, scale, seed, starts, epochs }) {
    Object.assign(this, { x, y, scale, seed, starts, epochs, trainer: null, next: 0 });
    this.order = order(DELTAS.length, WIDTHS.length);
    this.values = DELTAS.map(() => WIDTHS.map(() => null));                // [column][row]: means over the starts so far
    this.measure = yardstick(x, y);
    this.size = Math.max(1e-300, y.reduce((sum, v) => sum + v * v, 0) / 2);
  }
  get total() { return this.order.length * this.starts; }
  get done() { return this.next >= this.total; }
  // numbers made elsewhere: { adaptivity, knot_mass, loss }, each [column][row]
  fill(table) {
    const known = (v) => (Number.isFinite(v) ? v : NaN);
    this.values = DELTAS.map((_, i) => WIDTHS.map((__, j) => ({ adaptivity: known(table.adaptivity[i][j]), knots: known(table.knot_mass[i][j]), loss: known(table.loss[i][j]), count: this.starts })));
    this.next = this.total;
  }
  begin() {
    const [i, j] = this.order[this.next % this.order.length], turn = Math.floor(this.next / this.order.length), { lift: delta, train } = regime(DELTAS[i]), m = WIDTHS[j];
    const { r, theta } = start(m, this.scale, (this.seed + turn) % 4294967296);
    this.trainer = new Trainer(lift(r, theta, delta, Math.sqrt(m)), this.x, this.y, { train });
  }
  // go on until the moment `deadline` of `clock`; says how many cells it finished
  advance(deadline = Infinity, clock = Date.now) {
    const before = this.next;
    while (!this.done) {
      if (!this.trainer) this.begin();
      const { trainer } = this;
      while (trainer.epoch < this.epochs && !trainer.diverged) {
        trainer.advance(Math.min(50, this.epochs - trainer.epoch));
        if (clock() > deadline && trainer.epoch < this.epochs) return this.next - before;
      }
      this.finish(trainer);
      if (clock() > deadline) break;
    }
    return this.next - before;
  }
  finish({ net, loss, diverged }) {
    const [i, j] = this.order[this.next % this.order.length], old = this.values[i][j] || { count: 0 }, n = old.count;
    const now = diverged ? { adaptivity: NaN, knots: NaN, loss: NaN } : { adaptivity: this.measure(net), knots: knotsAtSamples(net, this.x), loss };
    const mean = (key) => (n === 0 || Number.isNaN(old[key]) ? now[key] : Number.isNaN(now[key]) ? old[key] : old[key] + (now[key] - old[key]) / (n + 1));
    this.values[i][j] = { adaptivity: mean("adaptivity"), knots: mean("knots"), loss: mean("loss"), count: n + 1 };
    this.trainer = null;
    this.next++;
  }
  // the cell's own value, or that of the coarse cell beside it
  near(i, j) {
    for (const by of [1, 2, 4]) { const value = this.values[i - (i % by)][j - (j % by)]; if (value) return { ...value, own: by === 1 }; }
    return null;
  }
}
