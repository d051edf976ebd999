// The 2s arcs of directions that the sample lines cut out, and what the residuals do on them.  No
// DOM.
import { atan, cos, PI, sin, TAU } from "./maths.js";

// The angles of the lines: -arctan x_j (a > 0, turns on at x_j) and pi - arctan x_j (a < 0).  Sec.
// 3.1, corrected.
export function lineAngles(x) {
  return x.flatMap((v, j) => [{ angle: -atan(v), sample: j, side: 1 },
    { angle: PI - atan(v), sample: j, side: -1 }]);
}
// Arcs, counter-clockwise: from, to, and the samples that a neuron in between sees.
export function arcs(x) {
  const lines = lineAngles(x).map((l) => l.angle).sort((p, q) => p - q);
  return lines.map((from, k) => {
    const to = k + 1 < lines.length ? lines[k + 1] : lines[0] + TAU;
    const middle = (from + to) / 2;
    return { from, to, sees: sees(x, cos(middle), sin(middle)) };
  });
}
export function sees(x, u, v) {                       // the samples with <x~_j, (u, v)> > 0
  return x.map((_, j) => j).filter((j) => u * x[j] + v > 0);
}
// "3 to 6", "none", "all": the samples a neuron sees are neighbours
export function naming(list, s) {
  if (!list.length) return "none: it is dead";
  if (list.length === s) return s === 1 ? "the sample" : `all ${s}`;
  return list.length === 1 ? `sample ${list[0] + 1}`
    : `samples ${list[0] + 1} to ${list[list.length - 1] + 1}`;
}
