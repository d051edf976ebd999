// What a network would come to if its tangent kernel stayed that of its start, and how a run has
// ended; as in lib/lazy.py and lib/order.py.  No DOM.
import { TARGET } from "../facts.js";
import { eigen } from "./kernels.js";
import { evaluate, gather } from "./network.js";
import { max, min, sqrt, sum } from "./maths.js";

// K at the samples, (s, s), times alpha^2
export const tangentKernel = ({ a, b, c }, x) => x.map((u) => x.map((v) => sum(a, (p, i) => {
  const h = p * u - b[i];
  const g = p * v - b[i];
  return h > 0 && g > 0 ? h * g + c[i] ** 2 * (u * v + 1) : 0;
})));

// When sum modes^2 exp(-2 rates t) is `until` of its first value; Infinity where never
export function settling(rates, modes, until) {
  const left = (t) => sum(rates, (rate, k) => modes[k] ** 2 * Math.exp(-2 * rate * t));
  const goal = until * left(0);
  let lo = 0;
  let hi = 400 / min(...rates.filter((rate) => rate > 0));
  if (!(left(hi) <= goal) || !goal) return Infinity;
  for (let k = 0; k < 100; k++) {
    const middle = lo > 0 ? sqrt(lo * hi) : hi * 1e-12;
    if (left(middle) > goal) lo = middle; else hi = middle;
  }
  return hi;
}

const energy = (list) => sum(list, (v) => v * v);

// Of a network with f = 0, the flow of its own kernel until the loss is TARGET of the first:
// evaluate(xs), at sorted points;  unreachable: the part of the loss that this kernel leaves
export function lazyEnd(net, x, y) {
  const { a, b, c, alpha } = net;
  const { values, vectors } = eigen(tangentKernel(net, x));
  const least = x.length * 2 ** -52 * max(0, ...values);
  const rates = values.map((rate) => (rate > least ? rate : 0));
  const modes = rates.map((_, k) => sum(y, (v, j) => v * vectors[j][k]));
  const t = settling(rates, modes, TARGET);
  // alpha int rho
  const weights = vectors.map((row) => alpha * sum(row, (v, k) =>
    (rates[k] ? (-Math.expm1(-rates[k] * t) / rates[k]) * modes[k] * v : 0)));
  // of what neuron i sees, weighted: its slopes are a linear map of how its parameters would move
  const seen = (i, term) => sum(x, (v, j) => (a[i] * v > b[i] ? weights[j] * term(v) : 0));
  const moved = (own, term) => Float64Array.from(c, (w, i) =>
    w * w * seen(i, term) + own[i] * seen(i, (v) => a[i] * v - b[i]));
  const p = moved(a, (v) => v);
  const q = moved(b, () => -1);
  return { evaluate: (xs) => gather(net, p, q, xs),
    unreachable: energy(modes.filter((_, k) => !rates[k])) / energy(modes) };
}

// The place in ENDINGS of how a run from the start `first` has ended: at the target, with too few
// neurons, stuck where d log L / d log t is small, or unfinished
export function ending({ net, time, reached }, first, x, y) {
  if (reached) return 0;
  const f = evaluate(net, x);
  const rho = y.map((v, j) => f[j] - v);
  const K = tangentKernel(net, x);
  const pull = sum(rho, (v, j) => v * sum(rho, (w, k) => w * K[j][k])) / net.alpha ** 2;
  if (lazyEnd(first, x, y).unreachable > TARGET) return 2;
  return 2 * time * pull < 1e-3 * energy(rho) ? 1 : 3;
}
