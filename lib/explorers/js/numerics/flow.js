// The velocity field that s residuals make, which sample lines attract, particles that flow in it.
// x sorted.  No DOM.
import { lineAngles, sees } from "./regions.js";
import { abs, atan2, cos, hypot, max, min, polar, round, sin, sum, TAU } from "./maths.js";

const STEP = 0.03;  // how far a particle turns or stretches at once

// g(theta) = sum of rho_j (x_j, 1) over the samples that the direction sees
function force(x, rho, u, v) {
  let g1 = 0;
  let g0 = 0;
  for (let j = 0; j < x.length; j++) if (u * x[j] + v > 0) { g1 += rho[j] * x[j]; g0 += rho[j]; }
  return [g1, g0];
}
const turned = (angle) => angle - TAU * round(angle / TAU);
// How far a flow turns compared with how far it stretches: tau of p' = -sign [d d^T + tau t t^T] g.
const TURNING = { canonical: (size) => size * size, plus: () => 1, minus: () => 0 };

export function velocity(x, rho, sign, u, v, flow = "canonical") {
  const size = hypot(u, v) || 1e-12;
  const c = u / size;
  const s = v / size;
  const [g1, g0] = force(x, rho, u, v);
  const along = sign * (g1 * c + g0 * s);
  const across = sign * TURNING[flow](size) * (g0 * c - g1 * s);
  return [-(along * c - across * s), -(along * s + across * c)];
}
// Lemma 2, corrected: attracts = +1 (-1) where neurons with r > 0 (r < 0) are held and the others
// repelled, 0 where they pass; kills: the sign of those that drift over the line into the dead arc.
export function classify(x, rho) {
  const s = x.length;
  return lineAngles(x).map((line) => {
    const { sample: k, side } = line;
    const own = rho[k] * rho[k] * (1 + x[k] * x[k]);
    let beside = 0;
    for (let i = 0; i < s; i++) {
      if (side > 0 ? i > k : i < k) beside += rho[i] * rho[k] * (1 + x[i] * x[k]);
    }
    const edge = side > 0 ? k === s - 1 : k === 0;
    return { ...line, attracts: !edge && beside < 0 && beside > -own ? Math.sign(rho[k]) : 0,
      kills: edge ? Math.sign(rho[k]) : 0 };
  });
}

// Particles { r, theta, held: index of the line they stick to, or -1 } that start at `places`, rows
// (u, v, sign of r).
export function swarm(x, residuals, places, flow = "canonical") {
  const particles = places.map(([u, v, sign]) =>
    ({ r: (sign < 0 ? -1 : 1) * hypot(u, v), theta: atan2(v, u), held: -1 }));
  const lines = lineAngles(x);
  // f(x_j) = (1/m) sum_i r_i <x~_j, d(theta_i)>_+
  const values = () => x.map((xj) => sum(particles, ({ r, theta }) =>
    r * max(0, xj * cos(theta) + sin(theta))) / (particles.length || 1));
  // theta' for a force g
  const spin = (r, theta, [g1, g0]) => {
    const size = max(abs(r), 1e-3);
    return (-Math.sign(r) * TURNING[flow](size) * (g0 * cos(theta) - g1 * sin(theta))) / size;
  };
  // the turning just off and just on a line: it holds where they point at each other
  function beside({ r }, k) {
    const { angle, sample, side } = lines[k];
    const on = sees(x, cos(angle + 1e-9 * side), sin(angle + 1e-9 * side));
    const off = on.filter((j) => j !== sample);
    return [off, [...off, sample]].map((list) =>
      side * spin(r, angle, [sum(list, (j) => self.rho[j] * x[j]), sum(list, (j) => self.rho[j])]));
  }
  function holds(particle, k) {
    const [off, on] = beside(particle, k);
    return off > 0 && on < 0;
  }
  function move(particle, dt) {
    // let go, to the side that it is driven to
    if (particle.held >= 0 && !holds(particle, particle.held)) {
      const { angle, side } = lines[particle.held];
      const [off, on] = beside(particle, particle.held);
      const back = on <= 0 && off < 0;
      particle.theta = angle + 1e-7 * side * (back ? -1 : 1);
      particle.held = -1;
    }
    const c = cos(particle.theta);
    const s = sin(particle.theta);
    const g = force(x, self.rho, c, s);
    if (particle.held < 0) {
      const by = dt * spin(particle.r, particle.theta, g);
      particle.held = lines.findIndex(({ angle }, k) => {
        const gap = turned(angle - particle.theta);
        return gap * by > 0 && abs(gap) <= abs(by) && holds(particle, k);
      });
      particle.theta = particle.held >= 0 ? lines[particle.held].angle
        : turned(particle.theta + by);
    }
    // the sample of the line that holds it does not count: <x~, d> = 0
    particle.r -= dt * (g[0] * c + g[1] * s);
  }
  const self = { x, rho: [...residuals], particles, lines, time: 0,
    // With residuals that follow, all take the steps that the farthest needs; with residuals that
    // are held everyone is alone, and one that sticks to a line goes straight on.
    advance(time, follow) {
      for (let left = time, k = 0; left > 1e-12 && k < 100000; k++) {
        const steepest = max(1e-9, sum(self.rho, (v, j) => abs(v) * hypot(1, x[j])));
        const far = particles.reduce((most, p) => max(most, abs(p.r)), 1);
        const dt = follow ? min(left, STEP / (steepest * far)) : left;
        for (const particle of particles) {
          for (let own = dt, n = 0; own > 1e-12 && n < 10000; n++) {
            const size = abs(particle.r);
            const free = particle.held >= 0 ? max(STEP, size)
              : STEP / (flow === "canonical" ? max(1, size) : 1);
            const by = min(own, follow ? dt : free / steepest);
            move(particle, by);
            own -= by;
          }
        }
        if (follow) self.rho = values().map((f, j) => f - self.targets[j]);
        self.time += dt;
        left -= dt;
      }
    },
    // (u, v, sign) of all
    places: () => particles.map(({ r, theta }) => [...polar(abs(r), theta), r < 0 ? -1 : 1]),
    get loss() { return sum(self.rho, (v) => v * v) / 2; },
  };
  self.targets = values().map((f, j) => f - residuals[j]);
  return self;
}
