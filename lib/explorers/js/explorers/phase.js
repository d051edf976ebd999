// The map of regimes: over delta and m, each cell a trained network; the chosen one trains live
// beside the map.
import { div, bar, word, minus, number, grouped } from "../kit/dom.js";
import { explorer } from "../kit/frame.js";
import { knob } from "../kit/live.js";
import { mapped, INDICES } from "../kit/map.js";
import { regimes, DELTAS, WIDTHS } from "../numerics/cells.js";
import { log10, max, min, round } from "../numerics/maths.js";

// the columns that have a name where there is little room
const NAMED = [-Infinity, -100, -10, 0, 10, Infinity];
const ENDLESS_WORDS = new Map([[Infinity, "+∞"], [-Infinity, "−∞"]]);
const spelled = (v) => ENDLESS_WORDS.get(v) ?? minus(v);
const LOOKS = { ...INDICES,
  loss: { text: (v) => (v > 0 ? minus(round(log10(v))) : "–"),
    tone: (v) => ["residual", -log10(max(v, 1e-300)) / 10], scale: ["1", "ex-residual", "10⁻¹⁰"],
    legend: () => ["The loss, as a power of ten. "] },
};

export default explorer("phase", { table: (v) => v }, (kit) => {
  const { now } = kit;
  const map = mapped(kit, { pad: [16, 4, 36, 34], indices: LOOKS,
    label: "A map of trained networks over delta and the number of neurons.",
    columns: { key: "delta", title: "δ", values: DELTAS, named: NAMED, spelled },
    rows: { key: "m", title: "m", values: WIDTHS },
    needs: ["scale", "seed", "starts", "epochs"], make: regimes, readout: { loss: "loss" },
    epochs: [200, 500, 1000, 2000, 5000, 10000, 20000],
    words: [word("Corner", "residual"), ": does not fit. "],
    mark(chart, { loss }, x, y, w, h, { size }) {
      const corner = 0.4 * min(w, h);
      if (loss > 0.01 * size) chart.paint({ fill: "residual" }, (c) => {
        c.moveTo(x + w - 1, y + h - 1);
        c.lineTo(x + w - 1, y + h - 1 - corner);
        c.lineTo(x + w - 1 - corner, y + h - 1);
      });
    } });
  const { run } = map;

  kit.body.append(map.panels,
    knob(kit, DELTAS, (d) => map.choose(d, now.m)),
    div("ex-panels ex-even",
      div("ex-panel ex-side", map.steer, map.look),
      div("ex-panel ex-side", map.numbers)));
  kit.more(
    bar(kit.slider("neurons m", "m", WIDTHS, { set: (m) => map.choose(now.delta, m) }),
      map.another),
    bar(kit.slider("size of r", "scale", [0.25, 0.5, 1, 2, 4, 8, 16],
      { format: (v) => number(v) }), map.epochs,
      kit.slider("mean over", "starts", [1, 2, 4, 8, 16],
        { format: (v) => `${v} start${v > 1 ? "s" : ""}` })),
    map.foot);

  return { ...map.hooks,
    draw: () => ({ ...map.draw(run.shown().net), cell: `δ = ${spelled(now.delta)}, m = ${now.m}` }),
    options: () =>
      `${run.options()}; the map: ${grouped(now.epochs)} epochs, mean over ${now.starts}`,
  };
});
