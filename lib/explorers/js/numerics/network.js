// f(x) = (1/alpha) sum_i c_i [a_i x - b_i]_+ in flat Float64Arrays; r, theta are its canonical
// parameters. No DOM.
import { ENDS } from "../facts.js";
import { uniforms, normal } from "./random.js";
import { encode } from "./state.js";
import { abs, atan2, cos, hypot, min, sin, sqrt, TAU } from "./maths.js";

// Where the explorers start: m/2 neurons r = scale sqrt(m) N(0,1), theta uniform in one of m/2
// equal arcs each, and their mirror images -r, so that f = 0.
export function start(m, scale, seed) {
  const next = uniforms(seed);
  const half = m >> 1;
  const r = new Float64Array(m);
  const theta = new Float64Array(m);
  for (let i = 0; i < half; i++) {
    r[i] = scale * sqrt(m) * normal(next);
    theta[i] = (TAU * (i + next())) / half;
    r[half + i] = -r[i];
    theta[half + i] = theta[i];
  }
  return { r, theta };
}

// The network with these (r, theta) and the invariants c^2 - a^2 - b^2 = delta.  Eq. (45),
// corrected.
export function lift(r, theta, delta, alpha) {
  const m = r.length;
  const a = new Float64Array(m);
  const b = new Float64Array(m);
  const c = new Float64Array(m);
  for (let i = 0; i < m; i++) {
    const kappa = (alpha * r[i]) / m;
    // delta + root cancels for delta < 0; (root + delta)(root - delta) = 4 kappa^2 does not
    const large = (hypot(delta, 2 * kappa) + abs(delta)) / 2;
    const small = large > 0 ? kappa * (kappa / large) : 0;
    const rho = sqrt(delta >= 0 ? small : large);
    a[i] = rho * cos(theta[i]);
    b[i] = -rho * sin(theta[i]);
    c[i] = (r[i] < 0 ? -1 : 1) * sqrt(delta >= 0 ? large : small);
  }
  return { m, alpha, a, b, c };
}

export const copy = ({ a, b, c, ...rest }) =>
  ({ ...rest, a: a.slice(), b: b.slice(), c: c.slice() });

// How the explorers reach every delta: the two ends train a part of the parameters.
export function regime(delta) {
  const [value, train] = ENDS[encode(delta)] ?? [delta, "abc"];
  return { lift: value, train };
}

// The start of lib.starts.stratified
export function stratified({ m, scale, seed, delta }) {
  const { r, theta } = start(m, scale, seed);
  return lift(r, theta, regime(delta).lift, sqrt(m));
}

// pi(z): r = (m/alpha) c rho, theta = atan2(-b, a).  Eq. (5), corrected.
export function canonical({ m, alpha, a, b, c }) {
  const r = new Float64Array(m);
  const theta = new Float64Array(m);
  for (let i = 0; i < m; i++) {
    r[i] = (m / alpha) * c[i] * hypot(a[i], b[i]);
    theta[i] = atan2(-b[i], a[i]);
  }
  return { r, theta };
}

// The particles (u, v) = |r| (cos theta, sin theta) = (m/alpha) |c| (a, -b), without any angle.
// Eq. (6).
export function particles({ m, alpha, a, b, c }, u = new Float64Array(m), v = new Float64Array(m)) {
  for (let i = 0; i < m; i++) {
    const k = (m / alpha) * abs(c[i]);
    u[i] = k * a[i];
    v[i] = -k * b[i];
  }
  return { u, v };
}

// f at sorted points
export const evaluate = (net, xs) => gather(net, Float64Array.from(net.c, (c, i) => c * net.a[i]),
  Float64Array.from(net.c, (c, i) => c * net.b[i]), xs);

// (1/alpha) sum of p_i x - q_i over the neurons that are on, at sorted points: every neuron adds
// (p, q) to the stretch between points where it switches on; O(m log n + n).
export function gather({ m, alpha, a, b }, p, q, xs) {
  const n = xs.length;
  const out = new Float64Array(n);
  const da = new Float64Array(n + 1);
  const db = new Float64Array(n + 1);
  for (let i = 0; i < m; i++) {
    let lo = 0;
    let hi = n;                              // the first point past the knot, on either side
    const rising = a[i] > 0;
    const ai = a[i];
    const bi = b[i];
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if ((ai * xs[mid] - bi > 0) === rising) hi = mid; else lo = mid + 1;
    }
    if (rising) { da[lo] += p[i]; db[lo] += q[i]; }
    else { da[0] += p[i]; db[0] += q[i]; da[lo] -= p[i]; db[lo] -= q[i]; }
  }
  let slope = 0;
  let shift = 0;
  for (let j = 0; j < n; j++) {
    slope += da[j];
    shift += db[j];
    out[j] = (slope * xs[j] - shift) / alpha;
  }
  return out;
}

// The mean angle by which directions (a, -b) have turned, weighted by |r| after.
export function rotation(before, { m, a, b, c }) {
  let turned = 0;
  let all = 0;
  for (let i = 0; i < m; i++) {
    const p = before.a[i];
    const q = before.b[i];
    const mass = abs(c[i]) * hypot(a[i], b[i]);
    all += mass;
    turned += mass * abs(atan2(p * b[i] - q * a[i], p * a[i] + q * b[i]));
  }
  return turned / all;
}

// How much of sum |r_i| sits within `near` (a part of the hull) of a sample, among the knots inside
// the hull.
export function knotsAtSamples({ m, a, b, c }, x, near = 0.01) {
  const s = x.length;
  if (s < 2) return NaN;
  const tolerance = near * (x[s - 1] - x[0]);
  let at = 0;
  let all = 0;
  for (let i = 0; i < m; i++) {
    const e = b[i] / a[i];
    if (!(e >= x[0] - tolerance && e <= x[s - 1] + tolerance)) continue;
    const mass = abs(c[i]) * hypot(a[i], b[i]);
    let gap = Infinity;
    for (let j = 0; j < s; j++) gap = min(gap, abs(e - x[j]));
    all += mass;
    if (gap <= tolerance) at += mass;
  }
  return all > 0 ? at / all : NaN;
}
