// The two extremes that a network is compared with.  Samples sorted, distinct.  No DOM.
import { abs, max } from "./maths.js";

// natural: second derivative 0 at both ends; linear beyond them
export function cubicSpline(x, y) {
  const s = x.length;
  const second = new Float64Array(s);
  const ratio = new Float64Array(s);
  const right = new Float64Array(s);
  for (let j = 1; j < s - 1; j++) {
    const h = x[j] - x[j - 1];
    const k = x[j + 1] - x[j];
    const pivot = 2 * (h + k) - h * ratio[j - 1];
    ratio[j] = k / pivot;
    right[j] = (6 * ((y[j + 1] - y[j]) / k - (y[j] - y[j - 1]) / h) - h * right[j - 1]) / pivot;
  }
  for (let j = s - 2; j > 0; j--) second[j] = right[j] - ratio[j] * second[j + 1];
  return (t) => {
    if (s === 0) return NaN;
    if (s === 1) return y[0];
    const j = piece(x, t);
    const h = x[j + 1] - x[j];
    if (t < x[0] || t > x[s - 1]) {
      const chord = (y[j + 1] - y[j]) / h;
      return t < x[0] ? y[0] + (t - x[0]) * (chord - (h / 6) * second[1])
                      : y[s - 1] + (t - x[s - 1]) * (chord + (h / 6) * second[s - 2]);
    }
    const p = (x[j + 1] - t) / h;
    const q = 1 - p;
    const bend = (p * p * p - p) * second[j] + (q * q * q - q) * second[j + 1];
    return p * y[j] + q * y[j + 1] + ((h * h) / 6) * bend;
  };
}
export function linearSpline(x, y) {                 // connect the dots; the end pieces go on
  const s = x.length;
  return (t) => {
    if (s < 2) return s ? y[0] : NaN;
    const j = piece(x, t);
    const q = (t - x[j]) / (x[j + 1] - x[j]);
    return (1 - q) * y[j] + q * y[j + 1];
  };
}
function piece(x, t) {  // the j with x_j <= t < x_{j+1}, or the end piece
  let lo = 0;
  let hi = x.length - 1;
  while (hi - lo > 1) {
    const mid = (lo + hi) >> 1;
    if (x[mid] <= t) lo = mid;
    else hi = mid;
  }
  return lo;
}
export function largestGap(f, g) {                   // two functions on the same points
  let gap = 0;
  for (let k = 0; k < f.length; k++) gap = max(gap, abs(f[k] - g[k]));
  return gap;
}
