// The laws of the first layer, their kernels, and training with a fixed kernel in closed form, as
// in lib/laws.py and lib/kernels.py.  No DOM.
import { abs, atan, hypot, max, min, PI, sqrt, sum } from "./maths.js";

const { sign } = Math;

// Each shape in v = (u - centre) / width:  n and nu even,  N odd with N' = n,  and of what lies to
// the left of v L1 = int (v - w) nu(w) dw,  L2 = int (v - w)^2 nu(w) dw:  positive, without
// cancellation.
const BOX = {
  n: (v) => max(abs(v), 1) ** -2,
  N: (v) => (abs(v) <= 1 ? v : sign(v) * (2 - 1 / abs(v))),
  nu: (v) => max(abs(v), 1) ** -4,
  tail(v) {
    if (v <= -1) return -1 / v;
    return v < 1 ? 2 + v : 4 - 1 / v;
  },
  L1(v) {
    if (abs(v) < 1) return (v * v) / 2 + (4 * v) / 3 + 1;
    return (v > 0 ? (8 * v) / 3 : 0) + 1 / (6 * v * v);
  },
  L2(v) {
    if (abs(v) < 1) return ((v / 3 + 4 / 3) * v + 2) * v + 4 / 3;
    return (v > 0 ? (8 * (v * v + 1)) / 3 : 0) - 1 / (3 * v);
  },
};
const SIGNED = {
  n: (v) => (abs(v) <= 1 ? 1 : 0),
  N: (v) => max(-1, min(1, v)),
  nu: (v) => (abs(v) <= 1 ? 1 : 0),
  tail: (v) => max(0, min(2, v + 1)),
  L1: (v) => (v < 1 ? max(0, v + 1) ** 2 / 2 : 2 * v),
  L2: (v) => (v < 1 ? max(0, v + 1) ** 3 / 3 : 2 * v * v + 2 / 3),
};
const GAUSSIAN = {
  n: (v) => 1 / (1 + v * v),
  N: atan,
  nu: (v) => (1 + v * v) ** -2,
  tail: (v) => Math.atan2(1, -v),
  L1(v) {
    if (v < -2) return -alternating(v, (k) => (k ? 1 / (4 * k + 2) : 0));
    return (1 + v * Math.atan2(1, -v)) / 2;
  },
  L2(v) {
    if (v < -2) return alternating(v, (k) => 1 / ((2 * k + 1) * (2 * k + 3))) / -v;
    return ((1 + v * v) * Math.atan2(1, -v) + v) / 2;
  },
};
function alternating(v, term) {                           // sum_k (-1)^k term(k) / v^2k
  let total = 0;
  for (let k = 27; k >= 0; k--) total = term(k) - total / (v * v);
  return total;
}

// moments [E a^2, E ab, E b^2];  n0, nu0: the heights of n and nu;  support: where nu > 0
export function box(A, B) {
  return { ...BOX, moments: [A ** 2 / 3, 0, B ** 2 / 3], centre: 0, width: B / A, n0: A / (4 * B),
    nu0: A ** 3 / (8 * B), breaks: [-B / A, B / A], support: [-Infinity, Infinity] };
}
export function signed(R) {
  return { ...SIGNED, moments: [1, 0, R ** 2 / 3], centre: 0, width: R, n0: 1 / (2 * R),
    nu0: 1 / (2 * R), breaks: [-R, R], support: [-R, R] };
}
export function gaussian(aa, ab, bb) {
  const root = sqrt(aa * bb - ab * ab);
  return { ...GAUSSIAN, moments: [aa, ab, bb], centre: ab / aa, width: root / aa,
    n0: aa / (PI * root), nu0: (2 * aa * aa) / (PI * root), breaks: [],
    support: [-Infinity, Infinity] };
}

// The laws of the explorer, from its options: the law here, and the Python that makes it
const covariance = ({ sigma_a: p, sigma_b: q, correlation }) => [p * p, correlation * p * q, q * q];
export const LAWS = {
  Box: { make: ({ A, B }) => box(A, B), python: ({ A, B }) => `Box(${A}, ${B})` },
  Signed: { make: ({ R }) => signed(R), python: ({ R }) => `Signed(${R})` },
  Gaussian: {
    make: (options) => gaussian(...covariance(options)),
    python(options) {
      const [aa, ab, bb] = covariance(options);
      return `Gaussian(((${aa}, ${ab}), (${ab}, ${bb})))`;
    },
  },
};

export const knotDensity = (law, u) => law.n0 * law.n((u - law.centre) / law.width);
export const curvatureWeight = (law, u) => law.nu0 * law.nu((u - law.centre) / law.width);

// E [a x - b]_+ [a x' - b]_+: from neurons that look right, with knots left of both, and from the
// others. Eq. (23), (26), corrected.
export function randomFeature(law, x, z) {
  const { centre, width, nu0 } = law;
  const left = (min(x, z) - centre) / width;
  const right = (centre - max(x, z)) / width;
  const gap = abs(x - z) / width;
  const parts = law.L2(left) + gap * law.L1(left) + law.L2(right) + gap * law.L1(right);
  return (nu0 * width ** 3 * parts) / 2;
}
// P(a x > b and a x' > b).  In Eq. (27).
export function bothActive(law, x, z) {
  const { centre, width, n0 } = law;
  const left = (min(x, z) - centre) / width;
  const right = (max(x, z) - centre) / width;
  const between = n0 * width * abs(law.N(right) - law.N(left));
  return (between < 0.5 ? 1 - between : n0 * width * (law.tail(left) + law.tail(-right))) / 2;
}
// c2 = 0: only c is trained.  c2 = E c^2: everything is.  Eq. (27) for alpha = sqrt(m).
export function kernel(law, c2) {
  if (!c2) return (x, z) => randomFeature(law, x, z);
  return (x, z) => randomFeature(law, x, z) + c2 * (x * z + 1) * bothActive(law, x, z);
}
export function gram(k, xs, zs) {
  return Array.from(xs, (x) => Float64Array.from(zs, (z) => k(x, z)));
}

// Eigenvalues and the columns of V of a symmetric matrix (rows of arrays), by cyclic Jacobi
// rotations.
export function eigen(matrix) {
  const s = matrix.length;
  const K = matrix.map((row) => Float64Array.from(row));
  const V = K.map((_, i) => Float64Array.from(K, (_, j) => (i === j ? 1 : 0)));
  for (let round = 0; round < 60; round++) {
    let turned = false;
    for (let p = 0; p < s; p++) for (let q = p + 1; q < s; q++) {
      const off = K[p][q];
      if (abs(off) <= 1e-17 * sqrt(abs(K[p][p] * K[q][q])) || off === 0) continue;
      turned = true;
      const tau = (K[q][q] - K[p][p]) / (2 * off);
      const t = (tau < 0 ? -1 : 1) / (abs(tau) + hypot(1, tau));
      const c = 1 / hypot(1, t);
      const d = t * c;
      for (let i = 0; i < s; i++) {
        const kp = K[i][p];
        const kq = K[i][q];
        const vp = V[i][p];
        const vq = V[i][q];
        K[i][p] = c * kp - d * kq;
        K[i][q] = d * kp + c * kq;
        V[i][p] = c * vp - d * vq;
        V[i][q] = d * vp + c * vq;
      }
      for (let i = 0; i < s; i++) {
        const kp = K[p][i];
        const kq = K[q][i];
        K[p][i] = c * kp - d * kq;
        K[q][i] = d * kp + c * kq;
      }
      K[p][q] = K[q][p] = 0;
    }
    if (!turned) break;
  }
  return { values: K.map((row, i) => row[i]), vectors: V };
}

// The gradient flow from f = 0, f_t = sum_j w_j(t) k(., x_j) with w(t) = (1 - exp(-t K)) K^-1 y, at
// any t from 0 to Infinity.  Directions in which K is zero up to rounding keep weight 0.
export function flow(k, x, y) {
  const { values, vectors } = eigen(gram(k, x, x));
  const cut = min(x.length, 16) * 2 ** -52 * max(0, ...values);
  const live = values.map((v) => v > cut);
  const coordinates = values.map((_, j) => sum(y, (v, i) => vectors[i][j] * v));
  // how much of each direction
  const learned = (t) => values.map((v, j) => (live[j] ? -Math.expm1(-t * v) : 0));
  const total = (t, term) => sum(learned(t), (g, j) => term(g, coordinates[j], values[j], live[j]));
  return { k, x, live,
    weights(t) {
      const part = learned(t).map((g, j) => (live[j] ? (g * coordinates[j]) / values[j] : 0));
      return vectors.map((row) => sum(row, (v, j) => v * part[j]));
    },
    loss: (t) => total(t, (g, y_) => ((1 - g) * y_) ** 2) / 2,
    // |f_t|^2 = w^T K w in the kernel's space
    norm2: (t) => total(t, (g, y_, v, alive) => (alive ? (g * y_) ** 2 / v : 0)),
    half: (t) => learned(t).filter((g) => g > 0.5).length,  // directions more than half learned
  };
}
export function combine(rows, weights) {
  return Float64Array.from(rows, (row) => sum(row, (v, j) => v * weights[j]));
}
