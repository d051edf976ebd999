// The state of an explorer as it comes from Python, from a link or from a hand, made safe.  No DOM.
import { HUGE, MOST } from "../facts.js";
import { abs, clip, max, min } from "./maths.js";

// JSON knows no infinity
const ENDLESS = new Map([["inf", Infinity], ["-inf", -Infinity]]);
export function decode(v, otherwise = 0) {
  return ENDLESS.get(v) ?? (Number.isFinite(v) ? v : otherwise);
}
export function encode(v) {
  if (v === Infinity) return "inf";
  return v === -Infinity ? "-inf" : v;
}

export function cleanPoints(value) {
  const list = Array.isArray(value) ? value : [];
  const points = [];
  let note = "";
  for (const point of list) {
    if (!Array.isArray(point) || point.length < 2
      || !point.slice(0, 2).every(Number.isFinite))
        note = "Points that are not two finite numbers were left out.";
    else if (points.length === MOST) note = `Only the first ${MOST} points are used.`;
    else {
      const kept = point.slice(0, 2).map((v) => clip(v, -HUGE, HUGE));
      if (kept[0] !== point[0] || kept[1] !== point[1])
        note = "Values beyond ±10⁶ were moved to ±10⁶.";
      points.push(kept);
    }
  }
  return { points, note };
}

// Sorted samples, or a plain message why there is nothing to fit.
export function samplesOf(points) {
  const sorted = [...points].sort((p, q) => p[0] - q[0]);
  const x = sorted.map((p) => p[0]);
  const y = sorted.map((p) => p[1]);
  if (!x.length) {
    return { x, y,
      problem: "There is nothing to fit yet: add a point (double-click in the picture)." };
  }
  const span = max(x[x.length - 1] - x[0], 1e-12);
  for (let j = 1; j < x.length; j++) {
    if (x[j] === x[j - 1]) return { x, y,
      problem: `Two points share x = ${+x[j].toPrecision(4)}: `
        + "no function passes through both. Move or remove one." };
    if (x[j] - x[j - 1] < 1e-6 * span) return { x, y,
      problem: `Two points almost share x = ${+x[j].toPrecision(4)}: move them apart.` };
  }
  return { x, y, problem: "" };
}

// The place nearest to x that keeps `gap` to every other point and stays in the range.
export function freePlace(x, others, gap, [lo, hi]) {
  const ok = (t) => t >= lo && t <= hi && others.every((o) => abs(t - o) >= gap * 0.999);
  const places = [x, ...others.flatMap((o) => [o - gap, o + gap])].filter(ok);
  return places.length ? places.reduce((best, t) => (abs(t - x) < abs(best - x) ? t : best)) : null;
}
export function widestGap(points, [lo, hi]) {  // the middle of the widest stretch without a point
  const xs = [lo, ...points.map((p) => p[0]).filter((v) => v > lo && v < hi).sort((p, q) => p - q),
    hi];
  let k = 0;
  for (let j = 1; j + 1 < xs.length; j++) if (xs[j + 1] - xs[j] > xs[k + 1] - xs[k]) k = j;
  return (xs[k] + xs[k + 1]) / 2;
}
// Axes that hold the points: the usual ones where they do.
export function axesFor(points, usual = { x: [-1.25, 1.25], y: [-1.8, 1.8] }) {
  const fit = (k, [lo, hi], margin) => {
    const values = points.map((p) => p[k]);
    const least = min(...values);
    const most = max(...values);
    if (!values.length || (least >= lo && most <= hi && most - least > (hi - lo) / 50))
      return [lo, hi];
    const middle = (least + most) / 2;
    const half = max((most - least) / 2, 1e-3 * max(1, abs(middle)));
    if (least >= lo && most <= hi && points.length < 3) return [lo, hi];
    return [middle - half * margin, middle + half * margin];
  };
  return { x: fit(0, usual.x, 1.25), y: fit(1, usual.y, 1.7) };
}
