// The explorer of the front page: one start, one training rule, and delta decides between a cubic
// and a linear spline.
import { div, bar, button, word, caption, number } from "../kit/dom.js";
import { explorer } from "../kit/frame.js";
import { knob, live } from "../kit/live.js";
import { plane, SQUARE } from "../kit/plane.js";
import { LAST } from "../facts.js";
import { evaluate } from "../numerics/network.js";
import { largestGap } from "../numerics/splines.js";
import { ceil, floor, log10, max, min } from "../numerics/maths.js";

const SIZES = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, Infinity];
const RANGE = [...SIZES.map((v) => -v).reverse(), 0, ...SIZES];
const NEURONS = [10, 20, 50, 100, 200, 400, 1000, 2000, 4000];
// e-foldings of the epoch a second
const SPEEDS = { slow: 0.6, normal: 1.8, fast: 6, most: Infinity };
const STILL = 20000;                                  // the epoch to show where no motion is wanted

export default explorer("delta", { initial: (v) => (v?.r?.length ? v : null) }, (kit) => {
  const { now, plot } = kit;
  const run = live(kit, { title: "the network", last: () => LAST, rate: () => SPEEDS[now.speed] });
  const f = run.board;
  const panel = plot({ label: "The neurons in the uv plane.", ...SQUARE });
  const particles = plane(panel);
  const curve = plot({ label: "The loss over the epochs, both on logarithmic scales.", aspect: 3,
    x: { range: [1, LAST], log: true, label: "epoch" },
    y: { range: [1e-6, 10], log: true, label: "loss" } });
  const numbers = kit.readout({ epoch: "epoch", loss: "loss", knots: "knots at samples",
    cubic: ["gap to cubic", "cubic"], linear: ["gap to linear", "linear"] });

  kit.body.append(
    div("ex-panels",
      div("ex-panel", run.caption(), f.panel.el),
      div("ex-panel ex-later", caption("Every neuron a particle: ", word("r > 0", "positive"),
        " or ",
        word("r < 0", "negative"), ", a line for every sample"), panel.el)),
    knob(kit, RANGE),
    div("ex-panels",
      div("ex-panel", curve.el, run.seek, bar(run.play, f.presets())),
      div("ex-panel ex-side ex-later", numbers)));
  kit.more(
    bar(button("Step", () => run.seekTo(run.shown().epoch + 1), { title: "One epoch further" }),
      button("Reset", () => run.seekTo(0), { title: "Back to the start of training" }),
      kit.select("speed", "speed", { slow: "slow", normal: "normal", fast: "fast",
        most: "fastest" })),
    bar(...f.buttons, run.another("Another random network"), kit.slider("neurons m", "m", NEURONS)));

  function drawLoss(state) {
    const all = run.records;
    const past = all.filter((r) => r.epoch <= state.epoch);
    const decade = (v, to) => 10 ** to(log10(v));
    const least = min(...all.map((r) => r.loss).filter((v) => v > 0), 1);
    const most = decade(1.01 * max(all[0].loss, 1e-12), ceil);
    curve.y.range = [min(decade(max(least, 1e-14), floor), most / 1e4), most];
    curve.begin();
    if (run.p.problem) return;
    const at = (r) => max(r.epoch, 1);
    const loss = (r) => max(r.loss, 1e-16);
    curve.clipped(() => {
      const trace = (list, style) => curve.line(list.map(at), list.map(loss), "ink", style);
      trace(all.slice(past.length - 1), { width: 1.5, alpha: 0.3 });
      trace([...past, state]);
      curve.dots([at(state)], [loss(state)], "ink", { size: 4 });
    });
  }
  return { ...run.hooks,
    options: run.options,
    draw() {
      const state = run.shown();
      const inside = evaluate(state.net, f.t);
      const gap = (curve) => (f.t.length ? number(largestGap(inside, curve), 2) : "–");
      const values = { ...run.draw(), cubic: gap(f.cubic), linear: gap(f.linear) };
      particles.draw(state.net, run.records.filter((r) => r.epoch <= state.epoch),
        f.samples.problem ? [] : f.samples.x,
        f.pointed, run.takeFresh());
      drawLoss(state);
      kit.warn(run.warning());
      return values;
    },
    end: () => run.aim(max(now.epoch, STILL)),
    say: ({ epoch, loss, knots, cubic, linear }) => run.p.problem
      || `delta ${number(now.delta)}, epoch ${epoch}, loss ${loss}, knots at samples ${knots}, `
      + `gap to the cubic spline ${cubic}, to the linear spline ${linear}`,
  };
});
