// The plane of starts of lib/diagram.py: networks at its places, the map of them, and their limits
// at its four edges.  No DOM.
import { OPTIONS, TARGET, FAR, NEAR } from "../facts.js";
import { copy, evaluate, knotsAtSamples, rotation, stratified } from "./network.js";
import { cells, reach, yardstick } from "./cells.js";
import { ending, lazyEnd } from "./lazy.js";
import { trainer } from "./training.js";
import { max, sqrt, sum } from "./maths.js";

export const ROWS = OPTIONS.diagram.R.values;
export const COLUMNS = OPTIONS.diagram.ratio.values;

// |y|, the root mean square
export const unit = (y) => sqrt(sum(y, (v) => v * v) / max(1, y.length)) || 1;
// (R, d) in units of |y| as the options of lib.starts.stratified, and the loss at the target
export function place(y, m, R, d) {
  const size = unit(y) / sqrt(m);
  return { scale: R * size, delta: d * size, until: (TARGET * sum(y, (v) => v * v)) / 2 };
}
// The trainer of the network at (R, d), with its start `first`
export function trained({ x, y, m, seed }, R, d) {
  const { until, ...where } = place(y, m, R, d);
  const net = stratified({ m, seed, ...where });
  return Object.assign(trainer(net, x, y, { until }), { first: copy(net) });
}

// The map over d/R and R
export function diagramCells({ x, y, m, seed, epochs }) {
  const index = yardstick(x, y);
  const size = max(1e-300, sum(y, (v) => v * v) / 2);
  return cells({ columns: COLUMNS.length, rows: ROWS.length, epochs,
    names: ["rotation", "knots", "adaptivity", "loss", "ended"],
    begin: (i, j) => trained({ x, y, m, seed }, ROWS[j], ROWS[j] * COLUMNS[i]),
    measure(run) {
      const { net, first, loss } = run;
      return { rotation: rotation(first, net), knots: knotsAtSamples(net, x),
        adaptivity: index(net), loss: loss / size, ended: ending(run, first, x, y) };
    } });
}

// Where the network at (R, ratio) goes towards each edge, with the same random numbers: left and
// above with the kernel of a start, which stays; right and below by descent, in slices of time.
// { edge: { evaluate(xs), ended: a place in ENDINGS or undefined } }
export function limits({ x, y, m, seed, R, ratio, epochs }) {
  const at = (...spot) => trained({ x, y, m, seed }, ...spot);
  const still = (spot) => {
    const { evaluate: f, unreachable } = lazyEnd(spot.first, x, y);
    return { evaluate: f, ended: unreachable > TARGET ? 2 : 0 };
  };
  const moving = (run) => ({ run, evaluate: (xs) => evaluate(run.net, xs) });
  const edges = { left: still(at(R, -FAR * R)), top: still(at(R, ratio * R)),
    bottom: moving(at(NEAR, ratio * R)), right: moving(at(R, FAR * R)) };
  return { edges,
    // says whether all is done
    advance: (deadline, clock) => [edges.right, edges.bottom].every((edge) => {
      const over = reach(edge.run, epochs, deadline, clock);
      if (over) edge.ended ??= ending(edge.run, edge.run.first, x, y);
      return over;
    }) };
}
