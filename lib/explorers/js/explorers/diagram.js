// The diagram of regimes: a map over the two coordinates of a start, whose colour says whether
// knots have moved or what the fit looks like; the chosen network trains beside it, and below are
// its limits at the four edges.
import { node, div, bar, word, caption, write, minus, number, grouped } from "../kit/dom.js";
import { explorer } from "../kit/frame.js";
import { fraction, mapped, INDICES } from "../kit/map.js";
import { ENDINGS, NEAR, TURNED } from "../facts.js";
import { evaluate, rotation } from "../numerics/network.js";
import { apart } from "../numerics/cells.js";
import { diagramCells, limits, place, unit, COLUMNS, ROWS } from "../numerics/edges.js";
import { ending } from "../numerics/lazy.js";

const COLOURS = {
  rotation: { text: (v) => (v < 0.0095 ? number(v, 1).replace(/^0\./, ".") : fraction(v)),
    tone: (v) => ["linear", v * v / (v * v + TURNED ** 2)],
    scale: ["10⁻³", "ex-linear", "1 rad"],
    legend: () => ["By how much neurons have ", word("turned", "linear"), ". "] },
  ...INDICES,
  loss: { text: fraction, tone: (v) => ["residual", v], scale: ["0", "ex-residual", "1"],
    legend: () => ["The part of the ", word("loss", "residual"), " that is left. "] },
};
const EDGES = {
  left: ["← only c learns", "kernel"], top: ["↑ kernel of the start", "kernel"],
  bottom: [`↓ R = ${NEAR} |y|`, "linear"], right: ["→ only a, b learn", "linear"],
};

export default explorer("diagram", { table: (v) => v }, (kit) => {
  const { now } = kit;
  const map = mapped(kit, { pad: [18, 4, 36, 38], indices: COLOURS, first,
    label: "A map of trained networks over the ratio of delta to R, and R over the size of y.",
    columns: { key: "ratio", title: "δ̂/R", values: COLUMNS,
      named: [-1000, -100, -10, 0, 10, 100], spelled: minus },
    rows: { key: "R", title: "R/|y|", values: ROWS },
    needs: ["m", "seed", "epochs"], make: diagramCells,
    own: (y) => place(y, now.m, now.R, now.R * now.ratio),
    epochs: [1000, 2000, 5000, 10000, 20000, 50000, 100000],
    readout: { loss: "part of the loss", ended: "how it ends", rotation: "turned by (rad)" },
    words: [word("Dot"), ": stuck; ", word("ring"), ": unfinished, or too few neurons. "],
    mark: (chart, { ended }, x, y, w) => ended && chart.paint({ stroke: "ink", width: 1.2,
      fill: ended === 1 && "ink" }, (c) => c.arc(x + w - 5, y + 5, 2, 0, 7)) });
  const { run } = map;
  const f = run.board;
  const panels = Object.entries(EDGES).map(([name, [title, tone]]) => {
    const gap = node("span");
    const panel = kit.plot({ aspect: 1.3, pad: [2, 2, 2, 2], axes() {}, x: f.panel.x, y: f.panel.y,
      label: `The chosen network and its limit at the ${name} edge of the map.` });
    return { name, tone, gap, panel,
      el: div("ex-panel", panel.el, caption(word(title, tone), gap)) };
  });
  let known = [];
  let found;

  kit.body.append(map.panels,
    div("ex-panels ex-even",
      node("div", { class: "ex-panel ex-side", role: "group", "aria-label": "place in the plane" },
        kit.slider("δ̂/R", "ratio", COLUMNS, { format: minus, set: (v) => map.choose(v, now.R) }),
        kit.slider("R/|y|", "R", ROWS, { set: (v) => map.choose(now.ratio, v) })),
      div("ex-panel ex-side", map.look, map.steer)),
    div("ex-four ex-later", ...panels.map(({ el }) => el)),
    div("ex-later ex-columns", map.numbers));
  kit.more(
    bar(kit.slider("neurons m", "m", [16, 32, 64, 128, 256, 512, 1024]), map.epochs, map.another),
    map.foot);

  // the limits of the chosen network
  function first(deadline) {
    const what = [f.points, now.m, now.seed, now.R, now.ratio, now.epochs];
    if (!what.every((v, k) => v === known[k])) {
      known = what;
      found = f.samples.problem ? null : limits({ ...now, ...f.samples });
    }
    return !found || found.advance(deadline, () => performance.now());
  }
  function drawEdge({ name, tone, gap, panel }, net, inside) {
    const edge = found?.edges[name];
    const ready = edge && "ended" in edge;
    const grid = f.grid(0.5);
    panel.begin([ready, ...known], () => {
      if (ready) panel.line(grid, edge.evaluate(grid), tone, { width: 4, alpha: 0.75 });
      for (const [x, y] of f.points) panel.cross(x, y, "ink", 3, 1.4);
    });
    panel.clipped(() => panel.line(grid, evaluate(net, grid), "ink", { width: 1.6 }));
    if (ready) edge.inside ??= edge.evaluate(f.t);
    write(gap, ready ? ` ${number(apart(inside, edge.inside) / unit(f.samples.y), 2)}`
      + (edge.ended ? `, ${ENDINGS[edge.ended]}` : "") : "");
  }
  return { ...map.hooks,
    draw() {
      const state = run.shown();
      const { net, epoch, loss, reached } = state;
      const { p: { x, y, problem }, records: [begin] } = run;
      const shown = map.draw(net);
      const over = !problem && (reached || epoch >= now.epochs);
      const inside = evaluate(net, f.t);
      for (const panel of panels) drawEdge(panel, net, inside);
      return { ...shown, cell: `δ̂ = ${minus(now.ratio)} R, R = ${now.R} |y|`,
        loss: problem ? "–" : number(loss / begin.loss),
        ended: over ? ENDINGS[ending(state, begin.net, x, y)] : "–",
        rotation: problem ? "–" : number(rotation(begin.net, net)) };
    },
    options: () => `δ̂/R = ${minus(now.ratio)}, R = ${now.R} |y|, m = ${now.m}, seed ${now.seed}, `
      + `epoch ${grouped(run.shown().epoch)}; the map: ${grouped(now.epochs)} epochs at most`,
    page: { ...map.hooks.page, edges: () => found?.edges },
  };
});
