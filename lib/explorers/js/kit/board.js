// A function plot with samples that are dragged, added and removed, and the splines through them.
import { button, number, write } from "./dom.js";
import { choice } from "./inputs.js";
import { cleanPoints, samplesOf, freePlace, widestGap, axesFor } from "../numerics/state.js";
import { GAPS, MOST, PRESETS } from "../facts.js";
import { cubicSpline, linearSpline } from "../numerics/splines.js";
import { max, min, round, linspace } from "../numerics/maths.js";

export const USUAL = { x: [-1.25, 1.25], y: [-1.8, 1.8] };

const same = (points) => Object.keys(PRESETS).find((key) =>
  JSON.stringify(PRESETS[key][1]) === JSON.stringify(points)) || "";

// axes(points): the ranges;  noun, value: what a point is and its second number;  height: of a new
// one;  distinct: of points that share x the first is taken
export function board({ now, on, queue, inform, held, plot, handles, control },
  { label, aspect, usual = USUAL, axes = (points) => axesFor(points, usual), noun = "sample",
    value = "y", title = "f(x)", height = 0, distinct }) {
  const panel = plot({ label: `${label} Double-click to add a ${noun}.`, aspect,
    x: { range: usual.x, label: "x" }, y: { range: usual.y, label: title },
    attributes: { ondblclick: (event) => self.add(panel.data(event)) } });
  let pointed = null;                                 // under the pointer or in focus
  let chosen = null;                                  // the last that was in focus
  let own = null;                                     // the reader's own points, whatever is shown

  // points: as given;  samples: sorted, or the problem with them;  t, cubic, linear: the splines
  // between the outer ones
  const self = { panel,
    read() {
      Object.assign(self, cleanPoints(now.points));
      if (distinct) {
        self.points = self.points.filter((p, j, all) => all.findIndex((q) => q[0] === p[0]) === j);
      }
      if (self.points.length && !same(self.points)) own = self.points;
      const { x, y, problem } = (self.samples = samplesOf(self.points));
      self.t = problem || x.length < 2 ? [] : linspace(x[0], x[x.length - 1], GAPS);
      self.cubic = self.t.map(cubicSpline(x, y));
      self.linear = self.t.map(linearSpline(x, y));
    },
    pointed: (x) => self.points[pointed]?.[0] === x,
    grid: (density = 1.5) => linspace(...panel.x.range,
      max(2, round(density * (panel.right - panel.left)))),
    fit() {                                           // axes stay as they are under a hand
      if (held()) return;
      const { x, y } = axes(self.points);
      panel.x.range = x;
      panel.y.range = y;
    },
    // the splines of these names, what `act` draws over them, and the samples
    draw(names, act) {
      self.fit();
      panel.begin(self.points, () => {
        for (const name of names) panel.line(self.t, self[name], name, { width: 4, alpha: 0.75 });
      });
      panel.clipped(() => act(panel));
      for (const [x, y] of self.points) panel.cross(x, y);
    },
    add(place) {
      if (self.points.length >= MOST) return inform(`${MOST} points are the most that fit here.`);
      const k = self.points.length;
      move(k, place);
      if (self.points.length > k) chosen = k;
    },
    remove(k) {
      if (k < self.points.length) now.points = self.points.filter((_, j) => j !== k);
    },
  };
  const marked = () => min(chosen ?? Infinity, self.points.length - 1);
  // its number from left to right, as in all that is said of samples
  const rank = (k) => 1 + self.points.filter((p, j) => p[0] < self.points[k][0]
    || (p[0] === self.points[k][0] && j < k)).length;
  // the point goes to the nearest free place; one after the last is new
  function move(k, [x, y]) {
    const { points } = self;
    const { range } = panel.x;
    const others = points.filter((_, j) => j !== k).map((p) => p[0]);
    const place = freePlace(x, others, 0.012 * (range[1] - range[0]), range);
    if (place !== null) now.points = [...points.slice(0, k), [place, y], ...points.slice(k + 1)];
  }
  handles(panel, { get: () => self.points, move, remove: self.remove,
    chosen: () => (chosen === null ? null : marked()),
    focus(k, passing) {
      pointed = k;
      if (k !== null && !passing) chosen = k;
      queue();
    },
    name(k) {
      const [x, y] = self.points[k];
      return `${noun} ${rank(k)} of ${self.points.length}: x ${number(x)}, ${value} ${number(y)}`;
    } });
  const remove = button("", () => {
    if (self.points.length) self.remove(marked());
    else inform("There is no point left.");
  });
  self.buttons = [
    button("Add point", () => self.add([widestGap(self.points, panel.x.range), height])),
    control([remove, () => {
      write(remove, self.points.length ? `Remove ${noun} ${rank(marked())}` : `Remove ${noun}`);
    }])];
  self.presets = () => {
    const options = { "": "your own" };
    for (const [key, [name]] of Object.entries(PRESETS)) options[key] = name;
    const made = choice("data", options, () => same(self.points),
      (key) => { now.points = key ? PRESETS[key][1] : own; });
    const yours = made[0].querySelector("option");
    return control([made[0], () => {
      yours.disabled = !own;
      made[1]();
    }]);
  };
  self.read();
  on("points", self.read);
  return self;
}
