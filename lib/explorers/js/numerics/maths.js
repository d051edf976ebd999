// The mathematics that the modules share.  No DOM.
export const { abs, atan, atan2, ceil, cos, floor, hypot, log10, max, min, PI, round, sin,
  sqrt } = Math;
export const TAU = 2 * PI;

export const clip = (v, lo, hi, otherwise) => (Number.isFinite(v) ? min(hi, max(lo, v))
  : otherwise);
export const sum = (list, term) => list.reduce((total, v, k) => total + term(v, k), 0);
export const series = (n, term) => Array.from({ length: n }, (_, k) => term(k));
export const linspace = (lo, hi, n) => Float64Array
  .from(series(n, (k) => lo + ((hi - lo) * k) / max(n - 1, 1)));
export const polar = (size, angle) => [size * cos(angle), size * sin(angle)];
