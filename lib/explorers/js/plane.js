// The uv plane: one particle a neuron, one line u x_j + v = 0 a sample, and the trails the particles leave.
import { particles } from "./network.js";
import { nice } from "./plot.js";

const TRAILED = 240;                                  // particles that leave a trail

export class Plane {
  constructor(plot) { this.plot = plot; this.limit = 1; }
  // keep the axes at rest: they only grow, and by steps
  frame(net, fresh) {
    const { u, v } = (this.now = particles(net));
    const sizes = Float64Array.from(u, (w, i) => Math.max(Math.abs(w), Math.abs(v[i]))).sort();
    // a few may lie outside
    let far = Math.min(1.05 * sizes[sizes.length - 1], 1.5 * sizes[Math.floor(0.97 * (sizes.length - 1))]);
    if (!(far > 0) || !isFinite(far)) far = 1;
    if (fresh || far > this.limit || far < this.limit / 4) this.limit = nice(far);
    this.plot.x.range = this.plot.y.range = [-this.limit, this.limit];
    const half = +(this.limit / 2).toPrecision(2);
    this.plot.x.ticks = this.plot.y.ticks = [-half, 0, half];
  }
  draw(net, records, x, colours, marked = null) {
    const { plot } = this, { u, v } = this.now, L = 2 * this.limit, positive = (i) => net.c[i] > 0,
      negative = (i) => net.c[i] < 0;
    plot.begin(colours);
    plot.clipped(() => {
      x.forEach((xj, j) => {
        const k = L / Math.hypot(1, xj);
        plot.line([-k, k], [k * xj, -k * xj], colours.ink,
          { width: j === marked ? 2.5 : 1, alpha: j === marked ? 0.9 : 0.28 });
      });
      this.trails(records, net, colours);
      const many = net.m > 1500, size = net.m > 600 ? 1.6 : net.m > 150 ? 2.1 : 3.2;
      plot.dots(u, v, colours.negative, { size, alpha: many ? 0.6 : 0.85, only: negative });
      plot.dots(u, v, colours.positive, { size, alpha: many ? 0.6 : 0.85, only: positive });
    });
  }
  // what is past does not change until the next record: it is drawn once, apart; only the way since then anew
  trails(records, net, colours) {
    const { plot } = this, { u, v } = this.now, kept = records.filter((_, k) => k % 3 === 0);
    if (!kept.length) return;
    const name = [kept.length, this.limit, plot.width, plot.height, plot.ratio, colours.positive, colours.negative].join();
    if (this.name !== name || this.last !== kept[kept.length - 1]) {
      this.name = name;
      this.last = kept[kept.length - 1];
      this.past ??= document.createElement("canvas");
      this.past.width = plot.canvas.width;
      this.past.height = plot.canvas.height;
      const pen = this.past.getContext("2d");
      pen.setTransform(plot.ratio, 0, 0, plot.ratio, 0, 0);
      this.strokes(pen, net, kept, null, colours);
    }
    plot.context.drawImage(this.past, 0, 0, plot.width, plot.height);
    this.strokes(plot.context, net, kept.slice(-1), { u, v }, colours);
  }
  strokes(pen, net, kept, end, colours) {
    const half = net.m >> 1, count = Math.min(half, TRAILED / 2), { plot } = this, scale = net.m / net.alpha;
    for (const sign of [1, -1]) {
      pen.beginPath();
      for (let k = 0; k < 2 * count; k++) {
        const i = k < count ? k : half + k - count;
        if (net.c[i] * sign <= 0) continue;
        for (let j = 0; j < kept.length; j++) {
          const past = kept[j].net, w = scale * Math.abs(past.c[i]), x = plot.px(w * past.a[i]), y = plot.py(-w * past.b[i]);
          if (j) pen.lineTo(x, y); else pen.moveTo(x, y);
        }
        if (end) pen.lineTo(plot.px(end.u[i]), plot.py(end.v[i]));
      }
      pen.strokeStyle = sign > 0 ? colours.positive : colours.negative;
      pen.globalAlpha = 0.3;
      pen.lineWidth = 1;
      pen.stroke();
      pen.globalAlpha = 1;
    }
  }
}
