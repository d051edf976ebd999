// The map of regimes: over delta and m, each cell a trained network; the chosen one trains live
// beside the map.
import { node, div, bar, word, caption, minus, number, grouped } from "../kit/dom.js";
import { explorer, still } from "../kit/frame.js";
import { nearest } from "../kit/inputs.js";
import { arrow } from "../kit/handles.js";
import { knob, live } from "../kit/live.js";
import { cells, DELTAS, WIDTHS, yardstick } from "../numerics/cells.js";
import { floor, log10, max, min, round, clip } from "../numerics/maths.js";

// the columns that have a name where there is little room
const NAMED = [-Infinity, -100, -10, 0, 10, Infinity];
const RATE = 3.5;                                      // e-foldings of the epoch a second
const short = (v) => v.toFixed(2).replace(/^0/, "");
const ENDLESS_WORDS = new Map([[Infinity, "+∞"], [-Infinity, "−∞"]]);
const spelled = (v) => ENDLESS_WORDS.get(v) ?? minus(v);
const FONTS = [[34, 11.5], [26, 10], [0, 9]];          // of the numbers in cells that are so wide
// what a value of the map looks like: its text, and the colour and how much of it
const INDICES = {
  adaptivity: { text: short,
    tone: (v) => (v < 0.5 ? ["cubic", 1 - 2 * v] : ["linear", 2 * v - 1]),
    scale: ["0", "ex-both", "1"],
    legend: () => ["Adaptivity of trained networks: 0 the ", word("cubic spline", "cubic"), ", 1 ",
      word("straight pieces", "linear"), ". "] },
  knots: { text: short, tone: (v) => ["linear", v], scale: ["0", "ex-linear", "1"],
    legend: () => ["The share of the knots that ", word("sit at samples", "linear"), ". "] },
  loss: { text: (v) => (v > 0 ? minus(round(log10(v))) : "–"),
    tone: (v) => ["residual", -log10(max(v, 1e-300)) / 10], scale: ["1", "ex-residual", "10⁻¹⁰"],
    legend: () => ["The loss, as a power of ten. "] },
};
const scaleOf = ([least, tone, most]) => node("span", { class: "ex-scale" }, least,
  node("span", { class: tone, role: "img", "aria-label": `colours from ${least} to ${most}` }),
  most);

function mapAxes(panel) {  // the map has a cell for each value, not a scale
  const { left, right, bottom, height, px, py, text, look } = panel;
  const each = (right - left) / DELTAS.length;
  const font = each < 26 ? "10px" : "12px";
  DELTAS.forEach((d, i) => {
    if (each < 34 && !NAMED.includes(d)) return;
    text(spelled(d), px(i + 0.5), bottom + 6, "center", "top", look.soft, font);
  });
  WIDTHS.forEach((m, j) => text(m, left - 6, py(j + 0.5), "right", "middle", look.soft, font));
  text("δ", right, height, "right", "bottom", look.soft, "italic 13px");
  text("m", 2, 0, "left", "top", look.soft, "italic 13px");
}

export default explorer("phase", { table: (v) => v }, (kit) => {
  const { now, queue } = kit;
  const last = () => now.epochs;
  const run = live(kit, { title: "the chosen network", aspect: 1.2, last, rate: () => RATE });
  const f = run.board;
  const chart = kit.plot({ aspect: 1.2, pad: [16, 4, 36, 34], x: { range: [0, DELTAS.length] },
    y: { range: [0, WIDTHS.length] }, axes: mapAxes,
    label: "A map of trained networks over delta and the number of neurons. "
      + "The arrow keys and the sliders choose a cell.",
    attributes: { tabindex: 0, role: "group", "aria-label": "map; the arrow keys choose a cell",
      style: "cursor: pointer",
      onclick: (event) => pick(...chart.data(event).map(floor)),
      onkeydown: (event) => walk(event) } });
  const numbers = kit.readout({ cell: "cell", epoch: "epoch", loss: "loss",
    adaptivity: "adaptivity",
    knots: "knots at samples", cells: "networks in the map" });
  const legend = node("span");
  let map = null;
  let old = null;
  let known = [];
  let changes = 0;
  let measure;
  let problem;
  let described;

  kit.body.append(
    div("ex-panels ex-even", div("ex-panel", caption(legend), chart.el),
      div("ex-panel", run.caption(), f.panel.el)),
    knob(kit, DELTAS, (d) => choose(d, now.m)),
    div("ex-panels ex-even",
      div("ex-panel ex-side",
        node("div", { class: "ex-bar", style: "flex-wrap: nowrap" }, run.play, run.seek),
        bar(kit.select("map of", "index", { adaptivity: "adaptivity", knots: "knots at samples",
          loss: "loss" }))),
      div("ex-panel ex-side", numbers)));
  kit.more(
    bar(kit.slider("neurons m", "m", WIDTHS, { set: (m) => choose(now.delta, m) }),
      run.another("Other random networks")),
    bar(kit.slider("size of r", "scale", [0.25, 0.5, 1, 2, 4, 8, 16],
      { format: (v) => number(v) }),
      kit.slider("epochs", "epochs", [200, 500, 1000, 2000, 5000, 10000, 20000],
        { format: grouped }),
      kit.slider("mean over", "starts", [1, 2, 4, 8, 16],
        { format: (v) => `${v} start${v > 1 ? "s" : ""}` })),
    bar(f.presets(), ...f.buttons));

  kit.on("epochs", () => { if (now.epoch > last()) run.aim(last()); });

  // ---- choosing a cell: its network trains from the start
  function choose(d, m) {
    if (d === now.delta && m === now.m) return;
    now.delta = d;
    now.m = m;
    run.aim(still() ? last() : 0);
    now.playing = !still();
  }
  const inside = (list, k) => list[clip(k, 0, list.length - 1)];
  const pick = (i, j) => choose(inside(DELTAS, i), inside(WIDTHS, j));
  function walk(event) {
    const way = arrow(event);
    if (!way) return;
    pick(nearest(DELTAS, now.delta) + way[0], nearest(WIDTHS, now.m) + way[1]);
    event.preventDefault();
  }

  // ---- the map: made anew where one of its numbers is another, from the table where that has them
  function remake() {
    const key = [f.points, now.scale, now.seed, now.starts, now.epochs];
    const what = [...key, now.table];
    if (what.every((v, k) => v === known[k])) return;
    const { x, y, problem: trouble } = f.samples;
    const few = x.length < 3;
    known = what;
    changes++;
    problem = trouble
      || (few ? "A cubic and a linear spline differ from three points on: add one for a map." : "");
    old = map || old;
    map = measure = null;
    if (problem) return;
    measure = yardstick(x, y);
    map = cells({ x, y, scale: now.scale, seed: now.seed, starts: now.starts, epochs: now.epochs });
    if (JSON.stringify(now.table?.key) === JSON.stringify(key)) map.fill(now.table);
  }
  function drawCell(i, j, w, h) {
    const own = map?.at(i, j);
    const value = own || (map && (map.near(i, j) || old?.near(i, j)));
    const v = value?.[now.index];
    const x = chart.px(i);
    const y = chart.py(j + 1);
    const { text, tone } = INDICES[now.index];
    const corner = 0.4 * min(w, h);
    const tile = (fill, alpha) => chart.paint({ fill, alpha },
      (c) => c.rect(x + 0.5, y + 0.5, w - 1, h - 1));
    if (!(v >= 0)) return tile("faint");
    const [name, strength] = tone(v);
    const part = clip(strength, 0, 1) * (own ? 1 : 0.55);
    tile("paper");
    tile(name, 0.06 + 0.94 * part);
    if (!own) return;
    chart.text(text(v), x + w / 2, y + h / 2 + 0.5, "center", "middle",
      part > 0.65 ? "#101418" : chart.look.ink,
      `${FONTS.find(([wide]) => w >= wide)[1]}px`);
    // it does not fit its samples
    if (own.loss > 0.01 * map.size) chart.paint({ fill: "residual" }, (c) => {
      c.moveTo(x + w - 1, y + h - 1);
      c.lineTo(x + w - 1, y + h - 1 - corner);
      c.lineTo(x + w - 1 - corner, y + h - 1);
    });
  }
  function drawMap() {
    const w = (chart.right - chart.left) / DELTAS.length;
    const h = (chart.bottom - chart.top) / WIDTHS.length;
    const i = DELTAS.indexOf(now.delta);
    const j = WIDTHS.indexOf(now.m);
    chart.begin([changes, map?.next, now.index], () => {
      for (let k = 0; k < DELTAS.length * WIDTHS.length; k++) {
        drawCell(k % DELTAS.length, floor(k / DELTAS.length), w, h);
      }
    });
    if (i < 0 || j < 0) return;
    for (const [stroke, width] of [["paper", 5], ["ink", 3]]) {
      chart.paint({ stroke, width }, (c) => c.rect(chart.px(i), chart.py(j + 1), w, h));
    }
  }
  return { ...run.hooks,
    step(dt, deadline) {
      const busy = run.hooks.step(dt, deadline);
      remake();
      if (map && !map.done) {                         // in the background, as long as it takes
        map.advance(deadline + 6, () => performance.now());
        queue();
      }
      return busy;
    },
    draw() {
      const index = measure ? measure(run.shown().net) : NaN;
      const { knots, ...rest } = run.draw();
      if (described !== now.index) {
        const { legend: words, scale } = INDICES[(described = now.index)];
        legend.replaceChildren(...words(), word("Choose a cell"), ". ", word("Corner", "residual"),
          ": does not fit. ", scaleOf(scale));
      }
      drawMap();
      kit.body.dataset.cells = map ? map.next : "";
      kit.warn(problem || run.warning());
      return { ...rest, knots, cell: `δ = ${spelled(now.delta)}, m = ${now.m}`,
        adaptivity: Number.isNaN(index) ? "–" : index.toFixed(2),
        cells: map ? `${map.next} of ${map.total}` : "–" };
    },
    end: () => run.aim(last()),
    options: () =>
      `${run.options()}; the map: ${grouped(now.epochs)} epochs, mean over ${now.starts}`,
    say: ({ cell, epoch, loss, adaptivity, knots }) => problem
      || `${cell.replace("−∞", "minus infinity").replace("+∞", "plus infinity")}: `
      + `epoch ${epoch}, loss ${loss}, adaptivity ${adaptivity}, knots at samples ${knots}`,
    page: { ...run.hooks.page, cells: () => map },
  };
});
