// The field the residuals make: s numbers drive every neuron; lines attract and repel, each sign its own.
import { classify, velocity, Swarm } from "./flow.js";
import { uniforms } from "./random.js";
import { cleanPoints, samplesOf, freePlace, widestGap, MOST } from "./state.js";
import { Plot, theme, onTheme, nice } from "./plot.js";
import { Handles } from "./handles.js";
import { node, button, word, caption, select, readout, sharing, number, still } from "./controls.js";

const CROWD = 400, PACE = 1.5, BUDGET = 11;            // particles at most; time a second at first; ms of work a frame
const FLOWS = [["canonical", "mean-field (11)"], ["plus", "δ = +∞"], ["minus", "δ = −∞"]];

function render({ model, el }) {
  const stop = new AbortController(), { signal } = stop;
  const host = node("div", { class: "ex-body" }), outer = node("div", { class: "ex-host ex-field-host" }, host);
  el.append(outer);
  let points, particles, swarm, order, problem = "", note = "", trails = [], queued = 0, last = 0, limit = 1,
    pointed = null, writing = false;
  const get = (key) => model.get(key);
  const put = (key, value) => { model.set(key, value); model.save_changes(); };
  const sign = () => (get("sign") < 0 ? -1 : 1),
    flow = () => (FLOWS.some(([key]) => key === get("flow")) ? get("flow") : "canonical");
  const follow = () => !!get("follow"), playing = () => !!get("playing");
  outer.explorer = { velocity: (u, v) => velocity(swarm.x, swarm.rho, sign(), u, v, flow()),
    lines: () => classify(swarm.x, swarm.rho), places: () => swarm.places() };

  const left = node("div", { class: "ex-panel" }), right = node("div", { class: "ex-panel" });
  host.append(node("div", { class: "ex-panels ex-even" }, left, right));
  left.append(caption(word("residual", "The residuals"), ": drag their tips, up, down and sideways"));
  const lineWords = caption("");
  right.append(lineWords);
  const rplot = new Plot(left,
    { label: "The residual of every sample.", aspect: 1, x: { range: [-1.25, 1.25], label: "x" },
    y: { range: [-1.2, 1.2], label: "residual" }, onresize: queue, signal });
  const uplot = new Plot(right,
    { label: "The uv plane: the velocity of neurons, sample lines, particles that flow. Click to drop a particle.",
    aspect: 1, pad: [10, 8, 34, 38], x: { range: [-1, 1], label: "u" }, y: { range: [-1, 1], label: "v" },
      onresize: queue, signal });

  const play = button("", () => put("playing", !playing()), { class: "ex-button ex-play" });
  const signs = [1, -1].map((s) => button("", () => put("sign", s), { class: "ex-button ex-sign" }));
  signs[0].append(word("positive", "r > 0"));
  signs[1].append(word("negative", "r < 0"));
  const flows = select("flow", FLOWS, flow(), (v) => put("flow", v));
  const box = node("input", { type: "checkbox", onchange: () => put("follow", box.checked) });
  host.append(node("div", { class: "ex-bar" }, play, button("Reset", () => { put("playing", false); restart(); },
    { title: "Particles and residuals as they were" }),
    node("span", { class: "ex-field", role: "group", "aria-label": "field shown for" }, "field for", ...signs),
      flows.el,
    node("label", { class: "ex-field" }, box, node("span", {}, "residuals follow the particles"))));
  host.append(node("div", { class: "ex-bar" },
    button("Drop 40", () => drop(40)), button("Clear particles", () => put("particles", [])),
    button("Add point", () => add(widestGap(points, rplot.x.range), 0.6)),
      button("Remove point", () => { if (points.length) put("points", points.slice(0, -1)); })));
  const read = readout([["attract", "attract"], ["repel", "repel"], ["held", "particles held"],
    ["loss", "loss ½ Σ ϱ²"], ["time", "time"]], signal);
  read.el.classList.add("ex-columns");
  host.append(read.el);
  const { els, inform, warn } = sharing(model,
    { python, state: () => ({ points, particles: swarm.places(), sign: sign(), flow: flow(), follow: follow(),
    playing: false }) });
  host.append(...els);

  function python() {
    const list = (values) => `[${values.map(String).join(", ")}]`;
    return ["import torch", "from lib.attractors import attractors, field_uv", "from lib.samples import Samples", "",
      `samples = Samples(${list(swarm.x)}, ${list(swarm.x.map(() => "0.0"))})`,
        `rho = torch.tensor(${list(swarm.rho)}, dtype=torch.float64)`,
      "lines = attractors(samples, rho)      # lines.attracts[j, 0]: the line of sample j, half a > 0; [j, 1]: a < 0",
      `p = torch.tensor([[0.5, 0.5], [-0.5, 0.5]], dtype=torch.float64)`,
      `field_uv(p, sign=${sign()}, samples=samples, rho=rho, tangential=${{ canonical: "(p**2).sum(-1)", plus: "1.0",
        minus: "0.0" }[flow()]})`, ""].join("\n");
  }
  function drop(count) {
    if (swarm.particles.length + count > CROWD) return inform(`${CROWD} particles are the most that flow here.`);
    const next = uniforms(swarm.particles.length + 1), more = [];
    for (let k = 0; k < count; k++) { const size = limit * (0.1 + 0.5 * next()), angle = 2 * Math.PI * next();
      more.push([size * Math.cos(angle), size * Math.sin(angle), sign()]); }
    put("particles", [...swarm.places(), ...more]);
  }
  function add(x, rho) {
    if (points.length >= MOST) return inform(`${MOST} points are the most that fit here.`);
    const spot = freePlace(x, points.map((p) => p[0]), 0.03, rplot.x.range);
    if (spot !== null) put("points", [...points, [spot, rho]]);
  }
  const tips = new Handles(rplot, { signal, get: () => points, focus: (k) => { pointed = k; queue(); },
    name: (k) => `residual ${k + 1} of ${points.length}: x ${number(points[k][0])}, residual ${number(points[k][1])}`,
    remove: (k) => put("points", points.filter((_, j) => j !== k)),
    move(k, [x, rho]) {
      const spot = freePlace(x, points.filter((_, j) => j !== k).map((p) => p[0]), 0.03, rplot.x.range);
      if (spot !== null) put("points", points.map((p, j) => (j === k ? [spot, rho] : p)));
    } });
  rplot.box.addEventListener("dblclick", (event) => add(...rplot.data(event.clientX, event.clientY)), { signal });
  uplot.canvas.addEventListener("click", (event) => {
    if (swarm.particles.length < CROWD) put("particles",
      [...swarm.places(), [...uplot.data(event.clientX, event.clientY), sign()]]);
  }, { signal });

  // ---- state
  function readPoints() {
    ({ points, note } = cleanPoints(get("points")));
    points = points.filter((p, j) => points.findIndex((q) => q[0] === p[0]) === j).map(([x, v]) =>
      [x, Math.max(-100, Math.min(100, v))]);
  }
  function readParticles() {
    const ok = (p) => Array.isArray(p) && p.length >= 3
      && p.slice(0, 3).every((v) => Number.isFinite(v) && Math.abs(v) <= 1e3);
    particles = (Array.isArray(get("particles")) ? get("particles") : []).filter(ok).slice(0,
      CROWD).map(([u, v, s]) => [u, v, s < 0 ? -1 : 1]);
  }
  // a swarm with the residuals of `points`; held particles find their line again
  function build(places) {
    const { x, problem: trouble } = samplesOf(points), old = swarm;
    problem = x.length ? trouble : "Without samples nothing pulls: add a point.";
    order = x.map((v) => points.findIndex((p) => p[0] === v));
    swarm = new Swarm(x, order.map((j) => points[j][1]), places, flow());
    if (old) swarm.time = old.time;
    queue();
  }
  function restart() { trails = []; limit = 0; swarm = null; readPoints(); readParticles(); build(particles); }
  const publish = () => { writing = true; put("points", points.map((p) => [...p])); put("particles", swarm.places());
    writing = false; };
  model.on("change:points", () => { if (!writing) { const places = swarm.places(); readPoints(); build(places); } });
  model.on("change:particles", () => { if (!writing) { readParticles(); trails = []; build(particles); } });
  model.on("change:flow", () => { flows.set(flow()); trails = []; build(swarm.places()); });
  for (const key of ["sign", "follow"]) model.on(`change:${key}`, queue);
  model.on("change:playing", () => { last = 0; if (!playing()) say(); queue(); });

  // ---- time and drawing
  function queue() { if (!queued && !signal.aborted) queued = requestAnimationFrame(frame); }
  function frame(time) {
    queued = 0;
    if (playing() && swarm.particles.length && swarm.x.length) {
      const until = performance.now() + BUDGET, dt = last ? Math.min((time - last) / 1000, 0.05) : 1 / 60;
      for (let k = 0; k < 8 && performance.now() < until; k++) swarm.advance((PACE * dt * (1 + swarm.time / 3)) / 8, follow());
      last = time;
      if (follow()) order.forEach((j, i) => { points[j] = [points[j][0], swarm.rho[i]]; });
      trails.push(swarm.places());
      if (trails.length > 240) trails = trails.filter((_, k) => k % 2);
      const far = swarm.particles.reduce((most, p) => Math.max(most, Math.abs(p.r)), 0);
      if ((follow() && swarm.loss < 1e-7) || far > 50 || swarm.time > 2000) { put("playing", false);
        inform(far > 50 ? "The particles have left the picture." : "At rest."); }
    }
    draw();
    outer.toggleAttribute("data-busy", playing());
    if (playing()) queue();
  }
  const lineNames = (list) =>
    (list.length ? [...list].sort((p, q) => q.side - p.side || p.sample - q.sample).map((l) =>
    `${l.sample + 1}${l.side > 0 ? "→" : "←"}`).join(" ") : "none");
  function draw() {
    rplot.fit();
    uplot.fit();
    const colours = theme(host), { x, rho } = swarm, e = sign(), tone = e > 0 ? colours.positive : colours.negative,
      places = swarm.places();
    play.textContent = playing() ? "❚❚ Pause" : "▶ Flow";
    box.checked = follow();
    signs.forEach((b, k) => b.setAttribute("aria-pressed", String((k ? -1 : 1) === e)));
    if (!host.querySelector(".ex-held")) {
      const xs = x.length ? [Math.min(-1.25, 1.2 * x[0]), Math.max(1.25, 1.2 * x[x.length - 1])] : [-1.25, 1.25];
      rplot.x.range = xs;
      const most = nice(Math.max(1.15, 1.15 * Math.max(0, ...rho.map(Math.abs))));
      rplot.y.range = [-most, most];
    }
    rplot.begin(colours);
    rplot.line(rplot.x.range, [0, 0], colours.ink, { width: 1, alpha: 0.5 });
    x.forEach((xj, j) => {
      rplot.line([xj, xj], [0, rho[j]], colours.residual, { width: order[j] === pointed ? 7 : 5 });
      rplot.dots([xj], [rho[j]], colours.residual, { size: 7, ring: colours.paper });
      rplot.cross(xj, 0, colours.ink, { size: 4, width: 1.6 });
    });
    const far = places.map((p) => Math.max(Math.abs(p[0]), Math.abs(p[1]))).sort((p, q) => p - q),
      wide = nice(Math.max(1.2, 1.15 * (far[Math.floor(0.95 * (far.length - 1))] || 0)));
    if (wide > limit || wide < limit / 3) limit = wide;
    uplot.x.range = uplot.y.range = [-limit, limit];
    uplot.x.ticks = uplot.y.ticks = [-limit / 2, 0, limit / 2];
    const lines = classify(x, rho);
    uplot.begin(colours);
    uplot.clipped(() => {
      arrows(tone);
      for (const { angle, sample, attracts } of lines) {
        const c = 2 * limit * Math.cos(angle), s = 2 * limit * Math.sin(angle), mine = order[sample] === pointed;
        const how = attracts === e ? { width: 3 } : attracts === -e ? { width: 2.2, dash: [7, 6] }
          : { width: mine ? 2.5 : 1, alpha: mine ? 0.9 : 0.3 };
        uplot.line([0, c], [0, s], attracts ? tone : colours.ink, how);
      }
      trail(colours);
      for (const s of [-1, 1]) {
        const list = places.filter((p) => p[2] === s);
        uplot.dots(list.map((p) => p[0]), list.map((p) => p[1]), s > 0 ? colours.positive : colours.negative,
          { size: 4, ring: colours.paper });
      }
    });
    tips.place();
    lineWords.replaceChildren("Velocity of neurons with ",
      word(e > 0 ? "positive" : "negative", e > 0 ? "r > 0" : "r < 0"),
      ": lines that attract are solid, that repel dashed");
    read.set({ attract: lineNames(lines.filter((l) => l.attracts === e)),
      repel: lineNames(lines.filter((l) => l.attracts === -e)),
      held: `${swarm.particles.filter((p) => p.held >= 0).length} of ${swarm.particles.length}`,
        loss: number(swarm.loss), time: number(swarm.time) });
    host.dataset.time = swarm.time;
    warn(problem || note);
  }
  function say() {
    const [attract, , held, loss] = [...read.el.querySelectorAll("dd")].map((d) => d.textContent);
    read.say(`lines that attract: ${attract}; held: ${held}; loss ${loss}`);
    publish();
  }
  function arrows(tone) {
    const c = uplot.context, n = 15, cell = (uplot.right - uplot.left) / n, list = [];
    if (!swarm.x.length) return;
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) {
      const u = limit * (-1 + (2 * i + 1) / n), v = limit * (-1 + (2 * j + 1) / n),
        [p, q] = velocity(swarm.x, swarm.rho, sign(), u, v, flow());
      list.push([uplot.px(u), uplot.py(v), p, -q, Math.hypot(p, q)]);
    }
    const typical = list.map((a) => a[4]).sort((p, q) => p - q)[Math.floor(0.7 * list.length)];
    c.beginPath();
    for (const [x, y, p, q, size] of list) {
      if (!(size > 1e-9)) continue;
      const reach = (0.85 * cell * size) / (size + 0.4 * typical), ux = p / size, uy = q / size,
        x1 = x + (reach / 2) * ux, y1 = y + (reach / 2) * uy, head = Math.min(4.5, 0.45 * reach);
      c.moveTo(x - (reach / 2) * ux, y - (reach / 2) * uy);
      c.lineTo(x1, y1);
      c.moveTo(x1 - head * (ux - 0.6 * uy), y1 - head * (uy + 0.6 * ux));
      c.lineTo(x1, y1);
      c.lineTo(x1 - head * (ux + 0.6 * uy), y1 - head * (uy - 0.6 * ux));
    }
    c.strokeStyle = tone;
    c.globalAlpha = 0.45;
    c.lineWidth = 1.2;
    c.stroke();
    c.globalAlpha = 1;
  }
  function trail(colours) {
    const c = uplot.context, count = swarm.particles.length;
    for (const s of [-1, 1]) {
      c.beginPath();
      for (let i = 0; i < count; i++) {
        for (let k = 1; k < trails.length; k++) {
          const from = trails[k - 1][i], to = trails[k][i];
          if (from && to && to[2] === s) { c.moveTo(uplot.px(from[0]), uplot.py(from[1]));
            c.lineTo(uplot.px(to[0]), uplot.py(to[1])); }
        }
      }
      c.strokeStyle = s > 0 ? colours.positive : colours.negative;
      c.globalAlpha = 0.5;
      c.lineWidth = 1.3;
      c.stroke();
      c.globalAlpha = 1;
    }
  }

  readPoints();
  readParticles();
  build(particles);
  const motion = playing() && !still();
  if (playing() && !motion) { for (let k = 0; k < 60; k++) { swarm.advance(0.2, follow()); trails.push(swarm.places());
    } if (follow()) order.forEach((j, i) => { points[j] = [points[j][0], swarm.rho[i]]; }); put("playing", false); }
  onTheme(queue, signal);
  draw();
  queue();
  return () => stop.abort();
}
export default { render };
