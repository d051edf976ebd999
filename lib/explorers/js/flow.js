// The velocity field that s residuals make, which sample lines attract, particles that flow in it.  x sorted.  No DOM.
import { lineAngles, sees } from "./regions.js";

// g(theta) = sum of rho_j (x_j, 1) over the samples that the direction sees
export function force(x, rho, u, v) {
  let g1 = 0, g0 = 0;
  for (let j = 0; j < x.length; j++) if (u * x[j] + v > 0) { g1 += rho[j] * x[j]; g0 += rho[j]; }
  return [g1, g0];
}
// How far a flow turns compared with how far it stretches: tau of p' = -sign [d d^T + tau t t^T] g.
export const TURNING = { canonical: (size) => size * size, plus: () => 1, minus: () => 0 };

export function velocity(x, rho, sign, u, v, flow = "canonical") {
  const size = Math.hypot(u, v) || 1e-12, c = u / size, s = v / size, [g1, g0] = force(x, rho, u, v);
  const along = sign * (g1 * c + g0 * s), across = sign * TURNING[flow](size) * (g0 * c - g1 * s);
  return [-(along * c - across * s), -(along * s + across * c)];
}
// Lemma 2, corrected: attracts = +1 (-1) where neurons with r > 0 (r < 0) are held and the others repelled, 0 where they
// pass; kills: the sign of those that drift over the line into the dead arc.
export function classify(x, rho) {
  const s = x.length;
  return lineAngles(x).map((line) => {
    const { sample: k, side } = line, own = rho[k] * rho[k] * (1 + x[k] * x[k]);
    let beside = 0;
    for (let i = 0; i < s; i++) if (side > 0 ? i > k : i < k) beside += rho[i] * rho[k] * (1 + x[i] * x[k]);
    const edge = side > 0 ? k === s - 1 : k === 0;
    return { ...line, attracts: !edge && beside < 0 && beside > -own ? Math.sign(rho[k]) : 0,
      kills: edge ? Math.sign(rho[k]) : 0 };
  });
}
const turn = (angle) => angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));

// Particles { r, theta, held: index of the line they stick to, or -1 }.
export class Swarm {
  constructor(x, rho, particles, flow = "canonical") {
    Object.assign(this, { x, rho: [...rho], flow,
      particles: particles.map(([u, v, sign]) =>
      ({ r: sign * Math.hypot(u, v), theta: Math.atan2(v, u), held: -1 })) });
    this.lines = lineAngles(x);
    this.time = 0;
    this.targets = this.values().map((f, j) => f - rho[j]);
  }
  // f(x_j) = (1/m) sum_i r_i <x~_j, d(theta_i)>_+
  values() {
    const m = this.particles.length || 1;
    return this.x.map((x) => this.particles.reduce((sum, { r, theta }) => sum
      + r * Math.max(0, x * Math.cos(theta) + Math.sin(theta)), 0) / m);
  }
  // theta' for a force g
  spin(r, theta, [g1, g0]) {
    const size = Math.max(Math.abs(r), 1e-3);
    return (-Math.sign(r) * TURNING[this.flow](size) * (g0 * Math.cos(theta) - g1 * Math.sin(theta))) / size;
  }
  // the turning just off and just on a line: it holds where they point at each other
  beside(particle, k) {
    const { angle, sample, side } = this.lines[k],
      on = sees(this.x, Math.cos(angle + 1e-9 * side), Math.sin(angle + 1e-9 * side));
    const pull = (list) => list.reduce(([p, q], j) => [p + this.rho[j] * this.x[j], q + this.rho[j]], [0, 0]);
    return [on.filter((j) => j !== sample), [...new Set([...on, sample])]].map((list) => side * this.spin(particle.r,
      angle, pull(list)));
  }
  holds(particle, k) { const [off, on] = this.beside(particle, k); return off > 0 && on < 0; }

  advance(time, follow) {
    const steepest = () => Math.max(1e-9, this.rho.reduce((sum, v, j) => sum + Math.abs(v) * Math.hypot(1, this.x[j]),
      0));
    for (let left = time, k = 0; left > 1e-12 && k < 100000; k++) {
      const far = this.particles.reduce((most, p) => Math.max(most, Math.abs(p.r)), 1);
      const dt = Math.min(left, 0.03 / (steepest() * far));
      for (const particle of this.particles) this.move(particle, dt);
      if (follow) this.rho = this.values().map((f, j) => f - this.targets[j]);
      this.time += dt;
      left -= dt;
    }
  }
  move(particle, dt) {
    if (particle.held >= 0 && !this.holds(particle, particle.held)) {       // let go, to the side that it is driven to
      const { angle, side } = this.lines[particle.held], [off, on] = this.beside(particle, particle.held);
      particle.theta = angle + 1e-7 * side * (on > 0 ? 1 : off < 0 ? -1 : 1);
      particle.held = -1;
    }
    const c = Math.cos(particle.theta), s = Math.sin(particle.theta), [g1, g0] = force(this.x, this.rho, c, s);
    if (particle.held < 0) {
      const by = dt * this.spin(particle.r, particle.theta, [g1, g0]);
      for (let k = 0; k < this.lines.length && particle.held < 0; k++) {
        const gap = turn(this.lines[k].angle - particle.theta);
        if (gap * by > 0 && Math.abs(gap) <= Math.abs(by) && this.holds(particle, k)) particle.held = k;
      }
      particle.theta = particle.held >= 0 ? this.lines[particle.held].angle : turn(particle.theta + by);
    }
    // the sample of the line that holds it does not count: <x~, d> = 0
    particle.r -= dt * (g1 * c + g0 * s);
  }
  // (u, v, sign) of all
  places() { return this.particles.map(({ r, theta }) => [Math.abs(r) * Math.cos(theta), Math.abs(r) * Math.sin(theta),
    r < 0 ? -1 : 1]); }
  get loss() { return this.rho.reduce((sum, v) => sum + v * v, 0) / 2; }
}
