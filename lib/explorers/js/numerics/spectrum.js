// The largest eigenvalue of the tangent kernel K at the samples, certain, in O(s) a trial.
// Same rule as lib.engines._spectrum, which tells the idea: for i <= j
//   K_ij = A_i + (x_j - x_i) A'_i + B_j + (x_j - x_i) B'_j,
// so elimination in t I - K takes O(s): t is above every eigenvalue if all pivots are positive; if
// not, the first that is not yields a vector whose Rayleigh quotient is a better bound.  No DOM.
import { max, sqrt } from "./maths.js";

const TIGHT = 1e-11; // relative distance of the bounds in the end

// moments(hh, hd, dd) fills in, by region, the sums of activity^2, activity x slope and slope^2
// where it begins (slopes are d/dx).  k = 0..s-1: the region that sees x_k, ..., x_{s-1};
// s+2+k: the one that sees x_0, ..., x_k.
export function spectrum(x, moments) {
  const s = x.length;
  const [hh, hd, dd] = [0, 1, 2].map(() => new Float64Array(2 * s + 2));
  const [e0, e1, e2, e3, d, v] = [0, 1, 2, 3, 4, 5].map(() => new Float64Array(s));
  v.fill(1);                               // the top eigenvector, kept from one time to the next

  // the moments to A, A' and B, B' over their trace, which is returned
  function walk(begin, end, by, sign) {
    let trace = 0;
    for (let p = begin; p !== end; p += by) {
      hd[p] *= sign;
      if (p !== begin) {
        const o = p - by;
        const gap = (x[p % (s + 2)] - x[o % (s + 2)]) * by;
        hh[p] += hh[o] + gap * (2 * hd[o] + gap * dd[o]);
        hd[p] += hd[o] + gap * dd[o];
        dd[p] += dd[o];
      }
      trace += hh[p];
    }
    return trace;
  }
  function rayleigh() {
    let w0 = 0;
    let w1 = 0;
    let w2 = 0;
    let w3 = 0;
    let form = 0;
    let square = 0;
    for (let j = 0; j < s; j++) {
      const a = hh[j];
      const b = hh[s + 2 + j];
      const db = hd[s + 2 + j];
      const gap = j ? x[j] - x[j - 1] : 0;
      w0 += gap * w1;
      w3 += gap * w2;
      form += v[j] * (2 * (w0 + b * w2 + db * w3) + (a + b) * v[j]);
      square += v[j] * v[j];
      w0 += a * v[j];
      w1 += hd[j] * v[j];
      w2 += v[j];
    }
    return form / square;
  }
  // 0 where t is above every eigenvalue, else a Rayleigh quotient >= t, that of v then
  function eliminate(t) {
    let p00 = 0;
    let p01 = 0;
    let p02 = 0;
    let p03 = 0;
    let p11 = 0;
    let p12 = 0;
    let p13 = 0;
    let p22 = 0;
    let p23 = 0;
    let p33 = 0;
    let pivot;
    let j = 0;
    for (;; j++) {
      if (j === s) return 0;
      if (j) {                             // what has been eliminated, seen from the next sample
        const gap = x[j] - x[j - 1];
        p00 += gap * (2 * p01 + gap * p11);
        p01 += gap * p11;
        p02 += gap * p12;
        p33 += gap * (2 * p23 + gap * p22);
        p03 += gap * (p13 + p02);
        p13 += gap * p12;
        p23 += gap * p22;
      }
      const b = hh[s + 2 + j];
      const db = hd[s + 2 + j];
      const q0 = hh[j] + p00 + b * p02 + db * p03;
      const q1 = hd[j] + p01 + b * p12 + db * p13;
      const q2 = 1 + p02 + b * p22 + db * p23;
      const q3 = p03 + b * p23 + db * p33;
      pivot = t - (q0 + b * q2 + db * q3);
      if (!(pivot > 0)) break;
      e0[j] = q0;
      e1[j] = q1;
      e2[j] = q2;
      e3[j] = q3;
      const over = (d[j] = 1 / pivot);
      p00 += q0 * q0 * over;
      p01 += q0 * q1 * over;
      p02 += q0 * q2 * over;
      p03 += q0 * q3 * over;
      p11 += q1 * q1 * over;
      p12 += q1 * q2 * over;
      p13 += q1 * q3 * over;
      p22 += q2 * q2 * over;
      p23 += q2 * q3 * over;
      p33 += q3 * q3 * over;
    }
    let g0 = 0;
    let g1 = 0;
    let g2 = 0;
    let g3 = 0;
    let square = 1;
    v.fill(0, j);
    v[j] = 1;
    for (let k = j - 1; k >= 0; k--) {
      g0 += v[k + 1];
      g2 += hh[s + 3 + k] * v[k + 1];
      g3 += hd[s + 3 + k] * v[k + 1];
      g1 += (x[k + 1] - x[k]) * g0;
      g2 += (x[k + 1] - x[k]) * g3;
      v[k] = (e0[k] * g0 + e1[k] * g1 + e2[k] * g2 + e3[k] * g3) * d[k];
      square += v[k] * v[k];
    }
    return t - pivot / square;
  }
  return () => {
    for (const list of [hh, hd, dd]) list.fill(0);
    moments(hh, hd, dd);
    const trace = walk(0, s, 1, 1) + walk(2 * s + 1, s + 1, -1, -1);
    if (!(trace > 0 && trace < Infinity)) return trace;
    for (const list of [hh, hd]) for (let p = 0; p < 2 * s + 2; p++) list[p] /= trace;
    let lower = max(rayleigh(), 1 / s);
    let upper = 1;     // the trace is 1 now
    for (let trial = 1; trial < 300 && lower * (1 + TIGHT) < upper; trial++) {
      const t = trial % 4 ? lower * (1 + TIGHT) : sqrt(lower * upper);
      const value = eliminate(t);
      if (value) lower = max(t, value);
      else upper = t;
    }
    return lower * trace;
  };
}
