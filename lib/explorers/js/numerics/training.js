// Gradient descent in O(m + s) a step: a neuron sees the samples only through sums over its region,
// and the function sees the neurons only through sums over theirs.  Same rule as
// lib.training.train.  No DOM.
//
// Late in training many neurons sit at a sample line and go over it and back again with every step.
// So the neurons are kept sorted by the line that they are near to, k = 0..s-1 (a > 0) or s+k (a <
// 0) of sample k: of these all activities but one are known.  The loop over the neurons of a line
// has all its sums in registers; a neuron that goes to another line, which is rare, changes places
// with the first or the last of its own.
import { abs, hypot, max } from "./maths.js";
import { spectrum } from "./spectrum.js";

// until: the loss at which it stands still, at the first epoch that comes down to it
export function trainer(net, x, y,
  { train = "abc", safety = 1, refresh = 10, step: fixed, until = -1 } = {}) {
  const { m, alpha } = net;
  const s = x.length;
  const lines = 2 * s;
  const numbers = (n) => new Float64Array(n);
  const inner = train !== "c";
  const outer = train !== "ab"; // which layers are trained
  const a = numbers(m);
  const b = numbers(m);
  const c = numbers(m);
  const neuron = new Int32Array(m);
  const slot = new Int32Array(m);
  const first = new Int32Array(lines + 1);     // line k: slots first[k] to first[k + 1] - 1
  const gone = new Int32Array(2 * m);
  const on = numbers(lines);
  const off = numbers(lines);     // its neighbours: the sample seen by all, and the one by none
  const pull = numbers(lines);
  const push = numbers(lines);  // the sums of rho_j x_j and rho_j over the samples seen by all
  // sums of c a and c b: all neurons of the line, and those that see its own sample
  const allA = numbers(lines);
  const allB = numbers(lines);
  const ownA = numbers(lines);
  const ownB = numbers(lines);
  const rho = numbers(s);
  const lambdaMax = spectrum(x, moments);
  let step = fixed ?? 0;
  let limit = Infinity;
  let stale = false;

  // the line that a neuron is near to: of the two beside it the nearer one
  function near(an, bn) {
    const gap = (j) => abs(an * x[j] - bn) / hypot(1, x[j]);
    const back = an < 0;
    let k = 0;                                         // the first sample after its knot
    while (k < s && an * x[k] - bn > 0 === back) k++;
    if (k === s || (k > 0 && gap(k - 1) < gap(k))) k--;
    return back ? s + k : k;
  }
  function sort() {
    const home = Array.from(net.a, (an, i) => near(an, net.b[i]));
    for (const k of home) first[k + 1]++;
    for (let k = 0; k < lines; k++) first[k + 1] += first[k];
    const next = first.slice();
    home.forEach((k, i) => {
      const at = (slot[i] = next[k]++);
      neuron[at] = i;
      a[at] = net.a[i];
      b[at] = net.b[i];
      c[at] = net.c[i];
    });
    for (let k = 0; k < s; k++) {
      on[k] = off[s + k] = x[k + 1] ?? Infinity;
      off[k] = on[s + k] = x[k - 1] ?? -Infinity;
    }
  }
  function swap(p, q) {
    for (const list of [a, b, c, neuron]) {
      const kept = list[p];
      list[p] = list[q];
      list[q] = kept;
    }
    slot[neuron[p]] = p;
    slot[neuron[q]] = q;
  }
  // from line k to the one where it belongs, over those in between
  function rehome(i, k) {
    const to = near(a[slot[i]], b[slot[i]]);
    for (; k < to; k++) swap(slot[i], --first[k + 1]);
    for (; k > to; k--) swap(slot[i], first[k]++);
    const at = slot[i];
    seen(to, a[at], b[at], c[at]);
  }
  function seen(k, an, bn, cn) {
    allA[k] += cn * an;
    allB[k] += cn * bn;
    if (an * x[k % s] - bn > 0) {
      ownA[k] += cn * an;
      ownB[k] += cn * bn;
    }
  }

  // one step of every neuron, and the sums of c a and c b of the lines they are near then
  function sweep(size) {
    const inside = inner ? size / alpha : 0;
    const outside = outer ? size / alpha : 0;
    let count = 0;
    for (let k = 0; k < lines; k++) {
      const j = k < s ? k : k - s;
      const xk = x[j];
      const last = on[k];
      const next = off[k];
      const end = first[k + 1];
      const off1 = pull[k];
      const off0 = push[k];
      const on1 = off1 + rho[j] * xk;
      const on0 = off0 + rho[j];
      const p0 = inside * off1;
      const q0 = inside * off0;
      const p1 = inside * on1;
      const q1 = inside * on0;
      const u0 = outside * off1;
      const v0 = outside * off0;
      const u1 = outside * on1;
      const v1 = outside * on0;
      let sa = 0;
      let sb = 0;
      let ta = 0;
      let tb = 0;
      for (let i = first[k]; i < end; i++) {
        const ao = a[i];
        const bo = b[i];
        const co = c[i];
        let p = p0;
        let q = q0;
        let u = u0;
        let v = v0;
        if (ao * xk - bo > 0) { p = p1; q = q1; u = u1; v = v1; }
        const an = ao - co * p;
        const bn = bo + co * q;
        const cn = co - ao * u + bo * v;
        const ca = cn * an;
        const cb = cn * bn;
        a[i] = an;
        b[i] = bn;
        c[i] = cn;
        if (an * xk - bn > 0) {
          if (an * next - bn <= 0) { ta += ca; tb += cb; }
          else gone[count++] = neuron[i], gone[count++] = k;
        } else if (an * last - bn > 0) { sa += ca; sb += cb; }
        else gone[count++] = neuron[i], gone[count++] = k;
      }
      allA[k] = sa + ta;
      allB[k] = sb + tb;
      ownA[k] = ta;
      ownB[k] = tb;
    }
    for (let i = 0; i < count; i += 2) rehome(gone[i], gone[i + 1]);
    stale = true;
  }
  function forces() {
    for (let k = s - 1, p = 0, q = 0; k >= 0; k--) {
      pull[k] = p;
      push[k] = q;
      p += rho[k] * x[k];
      q += rho[k];
    }
    for (let k = 0, p = 0, q = 0; k < s; k++) {
      pull[s + k] = p;
      push[s + k] = q;
      p += rho[k] * x[k];
      q += rho[k];
    }
  }
  function residuals() {
    let slope = 0;
    let shift = 0;
    let loss = 0;
    for (let j = 0; j < s; j++) {
      rho[j] = ((slope + ownA[j]) * x[j] - (shift + ownB[j])) / alpha - y[j];
      slope += allA[j];
      shift += allB[j];
    }
    slope = shift = 0;
    for (let j = s - 1; j >= 0; j--) {
      rho[j] += ((slope + ownA[s + j]) * x[j] - (shift + ownB[s + j])) / alpha;
      slope += allA[s + j];
      shift += allB[s + j];
      loss += rho[j] * rho[j];
    }
    self.loss = loss / 2;
    self.diverged = !(self.loss <= limit);             // a NaN is not <= either
    self.reached = self.loss <= until;
  }

  // by region, the sums of activity^2, activity x slope and slope^2 where it begins (see
  // spectrum.js): for c the activity is a x - b, for (a, b) there are two of them, c x and c
  function moments(hh, hd, dd) {
    for (let k = 0; k < lines; k++) {
      const xk = x[k % s];
      const seen = k < s ? k : k + 2;
      for (let i = first[k]; i < first[k + 1]; i++) {
        const own = a[i] * xk - b[i] > 0;
        const to = own ? seen : k + 1;
        const xo = own ? xk : on[k];
        if (to === s || to === s + 1) continue;        // on nowhere
        const h = outer ? a[i] * xo - b[i] : 0;
        const slope = outer ? a[i] : 0;
        const both = inner ? c[i] * c[i] : 0;
        hh[to] += h * h + both * (xo * xo + 1);
        hd[to] += h * slope + both * xo;
        dd[to] += slope * slope + both;
      }
    }
  }
  // a bound on the curvature of the loss (that of lib.training.train): 0 where no sample moves any
  // neuron
  function curvature() {
    const value = lambdaMax() / alpha / alpha;
    let force = 0;
    forces();
    for (let k = 0; k < lines; k++) {
      const j = k % s;
      force = max(force, hypot(pull[k] + rho[j] * x[j], push[k] + rho[j]));
    }
    self.still = value === 0;
    return value > 0 && inner && outer ? value + force / alpha : value;
  }

  // diverged: the loss has left the finite numbers;  reached: it is at `until`;  still: no sample
  // moves any neuron
  const self = { epoch: 0, time: 0, diverged: false, reached: false, still: false,
    get ended() { return self.diverged || self.reached; },
    lambdaMax: () => lambdaMax() / alpha / alpha,
    // the network, with its neurons in the order in which they came
    get net() {
      for (let i = 0; stale && i < m; i++) {
        net.a[neuron[i]] = a[i];
        net.b[neuron[i]] = b[i];
        net.c[neuron[i]] = c[i];
      }
      stale = false;
      return net;
    },
    advance(epochs) {
      for (let k = 0; k < epochs && !self.ended; k++) {
        if (self.epoch % refresh === 0) {
          const value = curvature();
          step = fixed ?? (value > 0 ? safety / value : 0);
        }
        forces();
        sweep(step);
        residuals();
        self.time += step;
        self.epoch++;
      }
    },
  };
  sort();
  sweep(0);
  residuals();
  limit = 1e6 * (self.loss + 1);
  self.diverged = !(self.loss < Infinity);
  if (!self.diverged) curvature();                     // is it still?
  return self;
}
