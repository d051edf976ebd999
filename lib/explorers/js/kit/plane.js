// The uv plane: one particle a neuron, one line u x_j + v = 0 a sample, and the trails the
// particles leave.
import { particles } from "../numerics/network.js";
import { nice } from "./plot.js";
import { abs, floor, hypot, max, min } from "../numerics/maths.js";

const DOTS = [[600, 1.6], [150, 2.1],
  [0, 3.2]];     // of the dots, where there are more than so many
const TRAILED = 240;                                  // particles that leave a trail

export const SQUARE = { aspect: 1, pad: [20, 8, 34, 38], x: { range: [-1, 1], label: "u" },
  y: { range: [-1, 1], label: "v" } };

// Both axes from -limit to limit
export function square({ x, y }, limit) {
  const half = +(limit / 2).toPrecision(2);
  x.range = y.range = [-limit, limit];
  x.ticks = y.ticks = [-half, 0, half];
}
export const signOf = (v) => (v < 0 ? -1 : 1);
export const toneOf = (v) => (v < 0 ? "negative" : "positive");
export const marked = (on) => ({ width: on ? 2.5 : 1, alpha: on ? 0.9 : 0.3 });

export function sampleLines(panel, xs, pointed) {
  const far = 2 * panel.x.range[1];
  for (const x of xs) {
    const k = far / hypot(1, x);
    panel.line([-k, k], [k * x, -k * x], "ink", marked(pointed(x)));
  }
}

// Arrows, rows (u, v, u', v') at most `cell` pixels long: what is slower than most is shorter
export function quiver(panel, rows, cell, stroke) {
  const all = rows.map(([u, v, p, q]) => [panel.px(u), panel.py(v), p, -q, hypot(p, q)]);
  const sizes = all.map((a) => a[4]).sort((p, q) => p - q);
  const typical = sizes[floor(0.7 * all.length)];
  panel.paint({ stroke, alpha: 0.45, width: 1.2 }, (pen) => {
    for (const [x, y, p, q, size] of all) {
      if (!(size > 1e-9)) continue;
      const reach = (0.85 * cell * size) / (size + 0.4 * typical);
      const head = min(4.5, 0.45 * reach);
      const ux = p / size;
      const uy = q / size;
      const x1 = x + (reach / 2) * ux;
      const y1 = y + (reach / 2) * uy;
      pen.moveTo(x - (reach / 2) * ux, y - (reach / 2) * uy);
      pen.lineTo(x1, y1);
      pen.moveTo(x1 - head * (ux - 0.6 * uy), y1 - head * (uy + 0.6 * ux));
      pen.lineTo(x1, y1);
      pen.lineTo(x1 - head * (ux + 0.6 * uy), y1 - head * (uy - 0.6 * ux));
    }
  });
}

export function plane(panel) {
  let limit = 1;

  function trails(net, kept, end) {
    const half = net.m >> 1;
    const count = min(half, TRAILED / 2);
    const scale = net.m / net.alpha;
    const { px, py } = panel;
    for (const [sign, stroke] of [[1, "positive"], [-1, "negative"]]) {
      panel.paint({ stroke, width: 1, alpha: 0.3 }, (pen) => {
        for (let k = 0; k < 2 * count; k++) {
          const i = k < count ? k : half + k - count;
          if (net.c[i] * sign <= 0) continue;
          kept.forEach(({ net: { a, b, c } }, j) => {
            const w = scale * abs(c[i]);
            const x = px(w * a[i]);
            const y = py(-w * b[i]);
            if (j) pen.lineTo(x, y); else pen.moveTo(x, y);
          });
          if (end) pen.lineTo(px(end.u[i]), py(end.v[i]));
        }
      });
    }
  }
  return {
    // fresh: another network, with axes of its own; they only grow from there, and by steps
    draw(net, records, xs, pointed, fresh) {
      const { m, c } = net;
      const { u, v } = particles(net);
      const kept = records.filter((_, k) => k % 3 === 0);
      const sizes = Float64Array.from(u, (w, i) => max(abs(w), abs(v[i]))).sort();
      // a few may lie outside
      const far = min(1.05 * sizes[m - 1], 1.5 * sizes[floor(0.97 * (m - 1))]);
      if (far > 0 && isFinite(far) && (fresh || far > limit || far < limit / 4)) limit = nice(far);
      square(panel, limit);
      panel.begin();
      panel.clipped(() => {
        sampleLines(panel, xs, pointed);
        // what is past does not change until the next record: it is drawn once, apart; only the way
        // since then anew
        panel.once("trails", [limit, m, kept.map((r) => r.net.a[0])], () => trails(net, kept));
        trails(net, kept.slice(-1), { u, v });
        const size = DOTS.find(([many]) => m > many)[1];
        panel.cloud(u, v, (i) => c[i] && toneOf(c[i]), size, m > 1500 ? 0.6 : 0.85);
      });
    },
  };
}
