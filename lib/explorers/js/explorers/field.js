// The field the residuals make: s numbers drive every neuron; lines attract and repel, each sign
// its own.
import { node, div, bar, button, word, caption, number, mark, write } from "../kit/dom.js";
import { explorer } from "../kit/frame.js";
import { board, USUAL } from "../kit/board.js";
import { classify, velocity, swarm } from "../numerics/flow.js";
import { uniforms } from "../numerics/random.js";
import { OPTIONS } from "../facts.js";
import { nice } from "../kit/plot.js";
import { SQUARE, square, marked, quiver, toneOf } from "../kit/plane.js";
import { lines, list } from "../kit/snippet.js";
import { abs, clip, floor, hypot, max, min, polar, series, TAU } from "../numerics/maths.js";

const CROWD = OPTIONS.field.particles.most;
const PACE = 1.5;  // time a second at first; it goes faster and faster
const TRAIL = 240;  // places kept of every particle, fewer and fewer of the old ones
const REACH = 5;                                      // how far the picture follows the particles
const VISIBLE = 0.01;  // parts of the picture: who moves less than that stands
const CALM = 40;                                      // frames in which all stand before it is over
const FLOWS = { canonical: "mean-field (11)", plus: "δ = +∞", minus: "δ = −∞" };
// of lib.attractors.field_uv
const TANGENTIAL = { canonical: "(p**2).sum(-1)", plus: "1.0", minus: "0.0" };
const SIGNS = [[1, "positive", "r > 0"], [-1, "negative", "r < 0"]];
// lines that attract the sign that is drawn, and that repel it
const LINES = new Map([[1, { width: 3 }], [-1, { width: 2.2, dash: [7, 6] }]]);
const largest = ([u, v]) => max(abs(u), abs(v));

export default explorer("field", {}, (kit) => {
  const { now, queue } = kit;
  const f = board(kit, { label: "The residual of every sample.", aspect: 1,
    usual: { ...USUAL, y: [-1.2, 1.2] },
    title: "residual", noun: "residual", value: "residual", height: 0.6, distinct: true,
    axes(points) {
      const xs = points.map((p) => 1.2 * p[0]);
      const most = nice(max(1.15, ...points.map((p) => 1.15 * abs(p[1]))));
      return { x: [min(USUAL.x[0], ...xs), max(USUAL.x[1], ...xs)], y: [-most, most] };
    } });
  const panel = kit.plot({ ...SQUARE,
    label: "The uv plane: the velocity of neurons, sample lines, particles that flow. "
      + "Click to drop a particle.",
    attributes: { onclick: (event) => dropAt([...panel.data(event), now.sign]) } });
  const numbers = kit.readout({ attract: "attract", repel: "repel", held: "particles held",
    loss: "loss ½ Σ ϱ²", time: "time" }, "ex-columns");
  const follows = node("span");
  const lineWords = node("span");
  // as a hand or Python put them, for Reset; the particles also where they have been cleared
  const origin = { points: now.points, particles: now.particles };
  let flowing;
  let order;
  let trails = [];
  let walked = 0;                                     // how many places the trails have had
  let limit = 0;
  let calm = [];
  let quiet = 0;
  let writing = false;

  // ---- particles and their swarm, with the residuals of the board; held particles find their line
  // again
  function build(places, time = flowing?.time) {
    const { points } = f;
    points.forEach((p) => { p[1] = clip(p[1], -100, 100); });
    order = f.samples.x.map((x) => points.findIndex((p) => p[0] === x));
    flowing = swarm(f.samples.x, order.map((j) => points[j][1]), places, now.flow);
    flowing.time = time || 0;
    queue();
  }
  function store(points, places) {                   // what the flow has made of them
    writing = true;
    now.points = points;
    now.particles = places;
    writing = false;
  }
  const publish = () => kit.silently(() =>
    store(f.points.map((p) => [...p]), flowing.places()));
  function forget() {
    trails = [];
    walked = 0;
  }
  function keep(places) {
    trails.push(places);
    walked++;
    if (trails.length > TRAIL) trails = trails.filter((_, k) => k % 2 === 0);
  }
  function reset() {
    now.playing = false;
    store(origin.points, origin.particles);
    forget();
    limit = 0;
    build(now.particles, 0);
  }
  for (const key of ["points", "particles"]) kit.on(key, () => {
    if (writing) return;
    if (key === "points" || now.particles.length) origin[key] = now[key];
    if (key === "particles") forget();
    build(key === "particles" ? now.particles : flowing.places());
  });
  kit.on("flow", () => { forget(); build(flowing.places()); });
  kit.on("playing", () => {
    calm = [];
    if (!now.playing) publish();
  });
  function dropAt(place) {
    if (flowing.particles.length >= CROWD) tooMany();
    else now.particles = [...flowing.places(), place];
  }
  const tooMany = () => kit.inform(`${CROWD} particles are the most that flow here.`);
  function drop(count) {
    const have = flowing.particles.length;
    const next = uniforms(have + 1);
    const place = () => [...polar(limit * (0.1 + 0.5 * next()), TAU * next()), now.sign];
    if (have + count > CROWD) tooMany();
    else now.particles = [...flowing.places(), ...series(count, place)];
  }
  // what is missing for a flow
  function missing() {
    if (!flowing.x.length) return "Without samples nothing pulls: add a point.";
    return flowing.particles.length ? "" : "There is nothing to flow: drop particles, or Reset.";
  }

  function signButton([sign, tone, text]) {
    const press = button(word(text, tone), () => { now.sign = sign; },
      { class: "ex-button ex-sign" });
    return kit.control([press, () => mark(press, "aria-pressed", now.sign === sign)]);
  }
  kit.body.append(
    div("ex-panels ex-even",
      div("ex-panel", caption(word("The residuals", "residual"),
        ": drag their tips, up, down and sideways; they ",
        follows),
        f.panel.el),
      div("ex-panel", caption("Velocity of neurons with ", lineWords,
        ": lines that attract are solid, that repel dashed"),
        panel.el)),
    bar(kit.play("▶ Flow", missing),
      button("Reset", reset, { title: "Particles and residuals as they were" }),
      node("span", { class: "ex-field", role: "group", "aria-label": "field shown for" },
        "field for",
        ...SIGNS.map(signButton)),
      kit.toggle("residuals follow the particles", "follow")),
    numbers);
  kit.more(
    bar(kit.select("flow", "flow", FLOWS), button("Drop 40", () => drop(40)),
      button("Clear particles", () => { now.particles = []; })),
    bar(...f.buttons));

  // ---- drawing
  function arrows(stroke) {
    const n = 15;
    const all = [];
    for (let i = 0; i < n && flowing.x.length; i++) {
      for (let j = 0; j < n; j++) {
        const u = limit * (-1 + (2 * i + 1) / n);
        const v = limit * (-1 + (2 * j + 1) / n);
        all.push([u, v, ...velocity(flowing.x, flowing.rho, now.sign, u, v, now.flow)]);
      }
    }
    quiver(panel, all, (panel.right - panel.left) / n, stroke);
  }
  // the way from the places before to the last ones, for the particles of one sign
  function trace(pen, sign, from, to) {
    for (let i = 0; i < to.length; i++) {
      if (to[i][2] !== sign) continue;
      pen.moveTo(panel.px(from[i][0]), panel.py(from[i][1]));
      pen.lineTo(panel.px(to[i][0]), panel.py(to[i][1]));
    }
  }
  // the trails only grow: what is past is drawn once, as long as the axes stay
  function drawTrails(old) {
    const first = old ? max(1, trails.length - (walked - old)) : 1;
    for (const sign of [-1, 1]) {
      panel.paint({ stroke: toneOf(sign), width: 1.3 }, (pen) => {
        for (let k = first; k < trails.length; k++) trace(pen, sign, trails[k - 1], trails[k]);
      });
    }
  }
  function drawParticles(places) {
    panel.once("trails", [limit, flowing.particles.length], drawTrails,
      { count: walked, alpha: 0.5 });
    for (const sign of [-1, 1]) {
      const mine = places.filter((p) => p[2] === sign);
      panel.dots(mine.map((p) => p[0]), mine.map((p) => p[1]), toneOf(sign),
        { size: 4, ring: "paper" });
    }
  }
  function drawPlane(found) {
    const places = flowing.places();
    const far = places.map(largest).sort((p, q) => p - q);
    const { sign } = now;
    const tone = toneOf(sign);
    // a few may lie outside
    const most = nice(max(1.2, 1.15 * (far[floor(0.95 * (far.length - 1))] || 0)));
    const wide = trails.length ? min(most, max(REACH, limit)) : most;
    if (wide > limit || wide < limit / 3) limit = wide;
    square(panel, limit);
    panel.begin();
    panel.clipped(() => {
      arrows(tone);
      for (const { angle, sample, attracts } of found) {
        const [u, v] = polar(2 * limit, angle);
        const how = LINES.get(attracts * sign) ?? marked(f.pointed(flowing.x[sample]));
        panel.line([0, u], [0, v], attracts ? tone : "ink", how);
      }
      drawParticles(places);
    });
  }
  const named = (found) => found.sort((p, q) => q.side - p.side || p.sample - q.sample)
    .map((l) => `${l.sample + 1}${l.side > 0 ? "→" : "←"}`).join(" ") || "none";

  // the residuals go with the particles, if they are to
  function advance(time) {
    flowing.advance(time, now.follow);
    if (now.follow) order.forEach((j, i) => { f.points[j] = [f.points[j][0], flowing.rho[i]]; });
  }
  // it is over when nothing has moved visibly for a while, or has left the picture
  function rests(places) {
    const way = ([u, v], i) => hypot(u - (calm[i]?.[0] ?? Infinity), v - calm[i]?.[1]);
    const stands = (place, i) => way(place, i) < VISIBLE * limit
      || (limit >= REACH && largest(place) > limit);
    if (!places.every(stands)) {
      calm = places;
      quiet = 0;
    }
    return ++quiet > CALM || (now.follow && flowing.loss < 1e-7);
  }

  build(now.particles, 0);
  return {
    step(dt, deadline) {
      if (now.playing && missing()) now.playing = false;
      if (!now.playing) return false;
      for (let k = 0; k < 8 && performance.now() < deadline; k++) {
        advance((PACE * dt * (1 + flowing.time / 3)) / 8);
      }
      const places = flowing.places();
      const left = now.follow && places.some(([u, v]) => hypot(u, v) > 50);
      const rest = rests(places);
      keep(places);
      if (left || rest || flowing.time > 2000) {
        now.playing = false;
        kit.inform(left && !rest ? "The particles have left the picture." : "At rest.");
      }
      return now.playing;
    },
    draw() {
      const { panel: r } = f;
      const { x, rho, particles } = flowing;
      const found = classify(x, rho);
      const of = (way) => named(found.filter((l) => l.attracts === way));
      f.fit();
      r.begin();
      r.line(r.x.range, [0, 0], "ink", { width: 1, alpha: 0.5 });
      x.forEach((xj, j) => {
        r.line([xj, xj], [0, rho[j]], "residual", { width: f.pointed(xj) ? 7 : 5 });
        r.dots([xj], [rho[j]], "residual", { size: 7, ring: "paper" });
        r.cross(xj, 0, "ink", 4, 1.6);
      });
      drawPlane(found);
      write(follows, now.follow ? "follow the particles" : "stay where you put them");
      lineWords.replaceChildren(word(now.sign > 0 ? "r > 0" : "r < 0", toneOf(now.sign)));
      kit.body.dataset.time = flowing.time;
      kit.warn(f.samples.problem || f.note || missing());
      return { attract: of(now.sign), repel: of(-now.sign), loss: number(flowing.loss),
        time: number(flowing.time),
        held: `${particles.filter((p) => p.held >= 0).length} of ${particles.length}` };
    },
    end() {
      for (let k = 0; k < 60; k++) { advance(0.2); keep(flowing.places()); }
      publish();
    },
    say: ({ attract, held, loss }) => `lines that attract: ${attract}; held: ${held}; loss ${loss}`,
    options() {
      const follow = now.follow ? "follow the particles" : "are held";
      return `${FLOWS[now.flow]}, field for r ${now.sign > 0 ? ">" : "<"} 0, ${flowing.x.length} `
        + `residuals that ${follow}, time ${number(flowing.time)}`;
    },
    python() {
      if (!flowing.x.length) return `# ${missing()}\n`;
      return lines("import torch", "from lib.attractors import attractors, field_uv",
        "from lib.samples import Samples", "",
        `samples = Samples(${list(flowing.x)}, ${list(flowing.x.map(() => 0))})`,
        `rho = torch.tensor(${list(flowing.rho)}, dtype=torch.float64)`,
        "# lines.attracts[j, 0]: the line of sample j, half a > 0; [j, 1]: half a < 0",
        "lines = attractors(samples, rho)",
        "p = torch.tensor([[0.5, 0.5], [-0.5, 0.5]], dtype=torch.float64)",
        `field_uv(p, sign=${now.sign}, samples=samples, rho=rho, `
          + `tangential=${TANGENTIAL[now.flow]})`);
    },
    state: () => ({ points: f.points, particles: flowing.places() }),
    page: { velocity: (u, v) => velocity(flowing.x, flowing.rho, now.sign, u, v, now.flow),
      lines: () => classify(flowing.x, flowing.rho), places: () => flowing.places() },
  };
});
