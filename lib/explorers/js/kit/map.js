// What the explorers with a map of trained networks share: a cell for each pair of two options, of
// which one is chosen by click, finger or arrow keys and trains beside the map, which is made anew,
// in the background, where one of its numbers is another.
import { node, div, bar, word, caption, grouped } from "./dom.js";
import { still } from "./frame.js";
import { arrow } from "./handles.js";
import { nearest } from "./inputs.js";
import { live } from "./live.js";
import { yardstick } from "../numerics/cells.js";
import { clip, floor } from "../numerics/maths.js";

const FONTS = [[34, 11.5], [26, 10], [0, 9]];          // of the numbers in cells that are so wide
const RATE = 3.5;                                      // e-foldings of the epoch a second
export const fraction = (v) => v.toFixed(2).replace(/^0/, "");
// what a value looks like: its text, the colour and how much of it, the scale, and words for it
export const INDICES = {
  adaptivity: { text: fraction,
    tone: (v) => (v < 0.5 ? ["cubic", 1 - 2 * v] : ["linear", 2 * v - 1]),
    scale: ["0", "ex-both", "1"],
    legend: () => ["Adaptivity of trained networks: 0 the ", word("cubic spline", "cubic"), ", 1 ",
      word("straight pieces", "linear"), ". "] },
  knots: { name: "knots at samples", text: fraction, tone: (v) => ["linear", v],
    scale: ["0", "ex-linear", "1"],
    legend: () => ["The share of the knots that ", word("sit at samples", "linear"), ". "] },
};
const inside = (list, k) => list[clip(k, 0, list.length - 1)];

// columns, rows: { key: of the option, title, values, spelled: a value as text;  named: the values
// that have a name where there is little room }
// indices: { name: as INDICES };  needs: the options that the map depends on, besides points;
// make(options, with the samples x and y): it, of numerics/cells.js;  mark(chart, cell, x, y, w,
// h, map): over a cell with its own value;  words: what that means;  own: of live.js;  epochs,
// readout: values and names of more numbers;  first(deadline): what is computed before the map, and
// says whether it is done
export function mapped(kit, { columns, rows, pad, label, indices, needs, make, mark, words, own,
  epochs, readout, first = () => true }) {
  const { now } = kit;
  const last = () => now.epochs;
  const run = live(kit, { title: "the chosen network", aspect: 1.2, last, rate: () => RATE, own });
  const f = run.board;
  const legend = node("span");
  const chart = kit.plot({ aspect: 1.2, pad, x: { range: [0, columns.values.length] },
    y: { range: [0, rows.values.length] }, axes, label: `${label} `
      + "The arrow keys and the sliders choose a cell.",
    attributes: { tabindex: 0, role: "group", "aria-label": "map; the arrow keys choose a cell",
      style: "cursor: pointer",
      onclick: (event) => pick(...chart.data(event).map(floor)),
      onkeydown: (event) => walk(event) } });
  const names = { cell: "cell", epoch: "epoch", ...readout, adaptivity: "adaptivity",
    knots: "knots at samples", cells: "networks in the map" };
  let map = null;
  let old = null;
  let known = [];
  let changes = 0;
  let described;
  let problem;
  let index;

  // the network of another cell trains from the start
  function choose(column, row) {
    if (column === now[columns.key] && row === now[rows.key]) return;
    now[columns.key] = column;
    now[rows.key] = row;
    run.aim(still() ? last() : 0);
    now.playing = !still();
  }
  const pick = (i, j) => choose(inside(columns.values, i), inside(rows.values, j));
  function walk(event) {
    const way = arrow(event);
    if (!way) return;
    pick(nearest(columns.values, now[columns.key]) + way[0],
      nearest(rows.values, now[rows.key]) + way[1]);
    event.preventDefault();
  }
  function axes({ left, right, bottom, height, px, py, text, look }) {  // a cell for each value
    const each = (right - left) / columns.values.length;
    const font = each < 26 ? "10px" : "12px";
    columns.values.forEach((v, i) => {
      if (each < 34 && !columns.named.includes(v)) return;
      text(columns.spelled(v), px(i + 0.5), bottom + 6, "center", "top", look.soft, font);
    });
    rows.values.forEach((v, j) =>
      text(v, left - 6, py(j + 0.5), "right", "middle", look.soft, font));
    text(columns.title, right, height, "right", "bottom", look.soft, "italic 13px");
    text(rows.title, 2, 0, "left", "top", look.soft, "italic 13px");
  }
  function drawCell(i, j, w, h) {
    const ready = map?.at(i, j);
    const value = ready || (map && (map.near(i, j) || old?.near(i, j)));
    const v = value?.[now.index];
    const x = chart.px(i);
    const y = chart.py(j + 1);
    const { text, tone } = indices[now.index];
    const tile = (fill, alpha) => chart.paint({ fill, alpha },
      (c) => c.rect(x + 0.5, y + 0.5, w - 1, h - 1));
    if (!(v >= 0)) return tile("faint");
    const [name, strength] = tone(v);
    const part = clip(strength, 0, 1) * (ready ? 1 : 0.55);
    tile("paper");
    tile(name, 0.06 + 0.94 * part);
    if (!ready) return;
    chart.text(text(v), x + w / 2, y + h / 2 + 0.5, "center", "middle",
      part > 0.65 ? "#101418" : chart.look.ink,
      `${FONTS.find(([wide]) => w >= wide)[1]}px`);
    mark(chart, ready, x, y, w, h, map);
  }
  // made anew where one of its numbers is another, from the table of Python where that has them
  function renew() {
    const { points, samples: { x, y, problem: trouble } } = f;
    const key = [points, ...needs.map((name) => now[name])];
    const what = [...key, now.table];
    if (what.every((v, k) => v === known[k])) return;
    known = what;
    changes++;
    if (map?.done || !old) old = map;                 // a map that is whole stays in sight
    problem = trouble || (x.length > 2 ? ""
      : "A cubic and a linear spline differ from three points on: add one for a map.");
    index = problem ? () => NaN : yardstick(x, y);
    map = problem ? null : make({ ...now, x, y });
    if (map && JSON.stringify(now.table?.key) === JSON.stringify(key)) map.fill(now.table);
  }
  kit.on("epochs", () => { if (now.epoch > last()) run.aim(last()); });

  return { run, names, choose,
    get problem() { return problem; },
    panels: div("ex-panels ex-even", div("ex-panel", caption(legend), chart.el),
      div("ex-panel", run.caption(), f.panel.el)),
    steer: node("div", { class: "ex-bar", style: "flex-wrap: nowrap" }, run.play, run.seek),
    look: bar(kit.select("map of", "index", Object.fromEntries(Object.entries(indices)
      .map(([key, { name = key }]) => [key, name])))),
    another: run.another("Other random networks"),
    numbers: kit.readout(names),
    epochs: kit.slider("epochs", "epochs", epochs, { format: grouped }),
    foot: bar(f.presets(), ...f.buttons),
    // net: the one on screen.  Returns its part of the readout.
    draw(net) {
      const w = (chart.right - chart.left) / columns.values.length;
      const h = (chart.bottom - chart.top) / rows.values.length;
      const i = columns.values.indexOf(now[columns.key]);
      const j = rows.values.indexOf(now[rows.key]);
      const adaptivity = index(net);
      if (described !== now.index) {
        const { legend: meaning, scale: [least, tone, most] } = indices[(described = now.index)];
        legend.replaceChildren(...meaning(), word("Choose a cell"), ". ", ...words,
          node("span", { class: "ex-scale" }, least, node("span", { class: tone, role: "img",
            "aria-label": `colours from ${least} to ${most}` }), most));
      }
      chart.begin([changes, map?.next, now.index], () => {
        rows.values.forEach((_, b) => columns.values.forEach((__, a) => drawCell(a, b, w, h)));
      });
      kit.body.dataset.cells = map ? map.next : "";
      if (i >= 0 && j >= 0) for (const [stroke, width] of [["paper", 5], ["ink", 3]]) {
        chart.paint({ stroke, width }, (c) => c.rect(chart.px(i), chart.py(j + 1), w, h));
      }
      kit.warn(problem || run.warning());
      return { ...run.draw(), cells: map ? `${map.next} of ${map.total}` : "–",
        adaptivity: Number.isNaN(adaptivity) ? "–" : adaptivity.toFixed(2) };
    },
    hooks: { ...run.hooks,
      step(dt, deadline) {
        const busy = run.hooks.step(dt, deadline);
        const ready = first(deadline);
        renew();
        if (ready && map && !map.done) {
          map.advance(deadline + 6, () => performance.now());
          kit.queue();
        }
        return busy || !ready;
      },
      end: () => run.aim(last()),
      say: (values) => problem || Object.entries(names).map(([key, name]) =>
        `${name} ${values[key]}`).join(", ").replace("−∞", "minus infinity")
        .replace("+∞", "plus infinity"),
      page: { ...run.hooks.page, cells: () => map } },
  };
}
