// A network that trains on screen, on the samples of a board: play, seek, and a start that may
// change at any time.
import { node, button, word, caption, mark, number, withSign, percent, grouped } from "./dom.js";
import { evaluate, knotsAtSamples } from "../numerics/network.js";
import { history, GRID } from "../numerics/history.js";
import { SEEDS } from "../facts.js";
import { board } from "./board.js";
import { snippet } from "./snippet.js";
import { floor, max, min } from "../numerics/maths.js";

const PATIENCE = 120;                                 // ms until an unfinished change is shown

export const knob = ({ slider }, values, set) => slider("δ", "delta", values,
  { kind: "ex-hero", set,
  landmarks: [-Infinity, 0, Infinity], ends: ["kernel", "adaptive"], format: withSign,
  spoken: (v) => (v === -Infinity ? "minus infinity, only c is trained"
    : v === Infinity ? "plus infinity, only a and b are trained" : String(v)) });

// title: what the network is called;  last(): the epoch of its end;  rate(): e-foldings of the
// epoch a second;  own(y): what its start has instead of options, { delta, scale, until }
export function live(kit, { title, aspect, last, rate, own = () => ({}) }) {
  const { now, on, queue, control } = kit;
  const f = board(kit,
    { aspect, label: `The function of ${title}, its samples and the two splines.` });
  let run;
  let racing = null;
  let began;
  let target = now.epoch;
  let sent = 0;
  let old = [];
  let fresh;

  const shown = () => run.at(target);
  const clock = () => performance.now();
  // nothing will ever move: there are no samples to fit, or none of them moves any neuron
  const dead = () => Boolean(run.run.still && run.run.loss > 1e-20);
  const over = () => run.ended && target >= run.epoch;       // what is shown goes no further
  const stuck = () => Boolean(run.p.problem) || dead();
  const parameters = () => ({ ...f.samples, delta: now.delta, m: now.initial?.r.length || now.m,
    seed: now.seed,
    scale: now.scale, initial: now.initial, ...own(f.samples.y) });
  function aim(epoch) {
    target = epoch;
    now.epoch = epoch;
    queue();
  }
  const seekTo = (epoch) => { now.playing = false; aim(min(epoch, last())); };
  // a new network; the old one is shown until this one is where that was, or for a moment
  function restart() {
    const p = parameters();
    const next = history(p.problem ? { ...p, x: [0], y: [0] } : p);
    next.p = p;
    began = clock();
    if (!run || p.problem || run.p.problem) show(next);
    else racing = next;
  }
  function show(next) {
    run = next;
    racing = null;
    fresh = true;
  }
  function step(dt, deadline) {
    const what = Object.values(parameters());
    if (!racing && what.some((v, k) => v !== old[k])) { old = what; restart(); }
    if (racing) {
      if (racing.reach(target, deadline, clock) || clock() - began > PATIENCE) show(racing);
      return true;
    }
    if (stuck() && now.playing) now.playing = false;
    if (run.p.problem) return false;
    if (now.playing && dt) {
      const further = max(target + 1, max(target, 1) * Math.exp(rate() * dt));
      const want = min(last(), floor(further));
      target = run.reach(want, deadline, clock) ? want : max(target, run.epoch);
      if (clock() - sent > 400) { sent = clock(); now.epoch = target; }
      if (run.ended) target = min(target, run.epoch);
      if (target >= last() || over()) now.playing = false;
    } else run.reach(target, deadline, clock);
    return now.playing || (!run.ended && run.epoch < target);
  }
  on("epoch", () => { if (!now.playing) target = now.epoch; });
  on("playing", () => { now.epoch = target; });

  const seek = node("input", { type: "range", min: 0, "aria-label": "epoch",
    oninput: () => seekTo(GRID[seek.value]) });
  return { board: f, shown, aim, seekTo,
    get p() { return run.p; },
    get records() { return run.records; },
    play: kit.play("▶ Train", () => {
      if (target >= last() || over()) aim(0);
      return stuck();
    }),
    seek: control([node("label", { class: "ex-seek" }, node("span", {}, "epoch"), seek), () => {
      const { epoch } = shown();
      seek.max = GRID.findLastIndex((e) => e <= last());
      if (document.activeElement !== seek || now.playing) {
        seek.value = GRID.findIndex((e) => e >= epoch);
      }
      mark(seek, "aria-valuetext", `epoch ${epoch}`);
    }]),
    caption: () => caption(word(title[0].toUpperCase() + title.slice(1)), " and its ",
      word("samples ×"),
      ", against the ", word("natural cubic spline", "cubic"), " and the ",
      word("straight pieces", "linear")),
    // the function and its splines, and what the readout says of it
    draw() {
      const { net, epoch, loss } = shown();
      const grid = f.grid();
      f.draw(["cubic", "linear"], (panel) => panel.line(grid, evaluate(net, grid), "ink",
        { width: 2.2 }));
      kit.body.dataset.epoch = epoch;
      const none = run.p.problem || dead();
      return { epoch: grouped(epoch), loss: run.p.problem ? "–" : number(loss),
        knots: none ? "–" : percent(knotsAtSamples(net, run.p.x)) };
    },
    takeFresh() {  // says once whether it is another network than before
      const was = fresh;
      fresh = false;
      return was;
    },
    another: (title) => button("New start", () => { now.seed = (now.seed + 1) % SEEDS; },
      { title }),
    warning() {
      if (run.p.problem) return run.p.problem;
      if (dead()) {
        return "No sample moves any neuron: this network stays as it is. Take another start.";
      }
      if (!run.diverged) return f.note;
      return "Training diverged: the step was too long for this network on these samples. "
        + "Take another δ or start, or move the samples.";
    },
    // what it was made with, for print
    options() {
      const origin = now.initial ? "a start of its own"
        : `seed ${now.seed}, size of r ${number(now.scale)}`;
      const made = `δ = ${withSign(now.delta)}, m = ${parameters().m}, ${origin}`;
      return `${made}, epoch ${grouped(shown().epoch)}`;
    },
    hooks: { step, python: () => snippet(parameters(), shown().epoch),
      state: () => ({ points: f.points, epoch: target }),
      page: { evaluate: (x) => evaluate(shown().net, x) } },
  };
}
