// A canvas with axes that follows its box, the pixel ratio and the theme.
const TAU = 2 * Math.PI;

export const INKS = { positive: "#D55E00", negative: "#0072B2", cubic: "#009E73", linear: "#E69F00", kernel: "#CC79A7",
  residual: "#56B4E9" };

export function theme(el) {
  const css = getComputedStyle(el), pick = (name) => css.getPropertyValue(name).trim();
  return { ...INKS, ink: pick("--ex-ink"), soft: pick("--ex-soft"), faint: pick("--ex-faint"),
    paper: pick("--ex-paper"),
    negative: pick("--ex-negative") || INKS.negative, font: css.fontFamily };
}

export function onTheme(redraw, signal) {
  const watch = new MutationObserver(redraw);
  watch.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "class"] });
  watch.observe(document.body,
    { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw, { signal });
  signal.addEventListener("abort", () => watch.disconnect());
}

// 1, 2 or 5 times a power of ten, about `count` of them
export function ticks(lo, hi, count) {
  const raw = (hi - lo) / Math.max(count, 1), size = 10 ** Math.floor(Math.log10(raw));
  const step = size * ([1, 2, 5, 10].find((k) => k * size >= raw * 0.999) || 10), out = [];
  for (let k = Math.ceil(lo / step - 1e-9); k * step <= hi + 1e-9 * step; k++) out.push(k * step);
  return out;
}
export function tickLabel(v) {
  if (v === 0) return "0";
  if (Math.abs(v) >= 1e5 || Math.abs(v) < 1e-3) return power(v);
  return String(+v.toPrecision(6)).replace("-", "−");
}
export function power(v) {
  const [mantissa, exponent] = v.toExponential(0).split("e");
  const up = String(+exponent).replace(/./g, (d) => ({ "-": "⁻" }[d] || "⁰¹²³⁴⁵⁶⁷⁸⁹"[+d]));
  return (mantissa === "1" ? "" : mantissa === "-1" ? "−" : mantissa.replace("-", "−") + "·") + "10" + up;
}

// the next round number, for axes that grow by steps
export function nice(v) {
  const unit = 10 ** Math.floor(Math.log10(v));
  return unit * [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].find((k) => k * unit >= v * 0.999);
}

export class Plot {
  // aspect: width / height;  x, y: { range: [lo, hi], log, label };  pad: [top, right, bottom, left] in pixels
  constructor(el, { label, aspect = 1.5, x, y, pad = [10, 8, 34, 40], onresize, signal }) {
    Object.assign(this, { aspect, x, y, pad, width: 0, height: 0 });
    this.box = document.createElement("div");
    this.box.className = "ex-plot";
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", label);
    this.box.append(this.canvas);
    el.append(this.box);
    this.context = this.canvas.getContext("2d");
    const watch = new ResizeObserver(() => { if (this.fit()) onresize(); });
    watch.observe(this.box);
    signal.addEventListener("abort", () => watch.disconnect());
    this.fit();
  }
  fit() {
    const width = Math.round(this.box.clientWidth), ratio = window.devicePixelRatio || 1;
    if (!width || (width === this.width && ratio === this.ratio)) return false;
    this.width = width;
    this.height = Math.round(width / this.aspect);
    this.ratio = ratio;
    this.canvas.width = width * ratio;
    this.canvas.height = this.height * ratio;
    this.canvas.style.height = `${this.height}px`;
    return true;
  }
  get left() { return this.pad[3]; }
  get right() { return this.width - this.pad[1]; }
  get top() { return this.pad[0]; }
  get bottom() { return this.height - this.pad[2]; }
  px(v) {
    const [lo, hi] = this.x.range, t = this.x.log ? Math.log(v / lo) / Math.log(hi / lo) : (v - lo) / (hi - lo);
    return this.left + t * (this.right - this.left);
  }
  py(v) {
    const [lo, hi] = this.y.range, t = this.y.log ? Math.log(v / lo) / Math.log(hi / lo) : (v - lo) / (hi - lo);
    return this.bottom - t * (this.bottom - this.top);
  }
  // from client coordinates to data, kept inside the axes
  data(clientX, clientY) {
    const box = this.canvas.getBoundingClientRect(), clamp = (t) => Math.min(1, Math.max(0, t));
    const tx = clamp((clientX - box.left - this.left) / (this.right - this.left));
    const ty = clamp((box.top + this.bottom - clientY) / (this.bottom - this.top));
    return [this.x.range[0] + tx * (this.x.range[1] - this.x.range[0]),
      this.y.range[0] + ty * (this.y.range[1] - this.y.range[0])];
  }
  begin(colours) {
    const { context: c, ratio, width, height } = this;
    this.colours = colours;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, height);
    c.lineCap = c.lineJoin = "round";
    this.axes();
  }
  // everything drawn by `paint` stays inside the axes
  clipped(paint) {
    const c = this.context;
    c.save();
    c.beginPath();
    c.rect(this.left, this.top, this.right - this.left, this.bottom - this.top);
    c.clip();
    paint();
    c.restore();
  }
  axes() {
    const { context: c, x, y, colours } = this;
    c.font = `12px ${colours.font}`;
    c.lineWidth = 1;
    const decades = (range) => {
      const lo = Math.ceil(Math.log10(range[0]) - 1e-9), hi = Math.floor(Math.log10(range[1]) + 1e-9);
      const by = Math.max(1, Math.ceil((hi - lo) / 4));
      return Array.from({ length: Math.max(0, Math.floor((hi - lo) / by) + 1) }, (_, k) => 10 ** (lo + k * by));
    };
    const xs = x.ticks || (x.log ? decades(x.range) : ticks(...x.range, (this.right - this.left) / 70));
    const ys = y.ticks || (y.log ? decades(y.range) : ticks(...y.range, (this.bottom - this.top) / 45));
    c.strokeStyle = colours.faint;
    c.beginPath();
    for (const v of xs) { const p = Math.round(this.px(v)) + 0.5; c.moveTo(p, this.top); c.lineTo(p, this.bottom); }
    for (const v of ys) { const p = Math.round(this.py(v)) + 0.5; c.moveTo(this.left, p); c.lineTo(this.right, p); }
    c.stroke();
    c.fillStyle = colours.soft;
    c.textAlign = "center";
    c.textBaseline = "top";
    const text = (axis, v) => (axis.log ? power(v) : tickLabel(v));
    for (const v of xs) c.fillText(text(x, v), this.px(v), this.bottom + 6);
    c.textAlign = "right";
    c.textBaseline = "middle";
    for (const v of ys) c.fillText(text(y, v), this.left - 6, this.py(v));
    c.font = `italic 13px ${colours.font}`;
    if (x.label) { c.textBaseline = "bottom"; c.fillText(x.label, this.right, this.height); }
    if (y.label) { c.textAlign = "left"; c.textBaseline = "top"; c.fillText(y.label, this.left + 5, this.top + 1); }
  }
  line(xs, ys, colour, { width = 2, dash = [], alpha = 1 } = {}) {
    const c = this.context;
    c.beginPath();
    for (let k = 0; k < xs.length; k++) c.lineTo(this.px(xs[k]), Math.max(-1e5, Math.min(1e5, this.py(ys[k]))));
    c.strokeStyle = colour;
    c.lineWidth = width;
    c.globalAlpha = alpha;
    c.setLineDash(dash);
    c.stroke();
    c.setLineDash([]);
    c.globalAlpha = 1;
  }
  dots(xs, ys, colour, { size = 2, alpha = 1, only = null, ring = null } = {}) {
    const c = this.context;
    if (xs.length > 100 && !ring) return this.stamp(xs, ys, colour, size, alpha, only);
    c.beginPath();
    for (let k = 0; k < xs.length; k++) {
      if (only && !only(k)) continue;
      const p = this.px(xs[k]), q = this.py(ys[k]);
      c.moveTo(p + size, q);
      c.arc(p, q, size, 0, TAU);
    }
    c.globalAlpha = alpha;
    c.fillStyle = colour;
    c.fill();
    if (ring) { c.strokeStyle = ring; c.lineWidth = 1.5; c.stroke(); }
    c.globalAlpha = 1;
  }
  // many dots: pixels set one by one and laid over the picture, several times as fast as a path of circles
  stamp(xs, ys, colour, size, alpha, only) {
    const { context: c, canvas: { width, height }, ratio } = this, radius = size * ratio, reach = Math.ceil(radius);
    if (!this.layer || this.layer.width !== width || this.layer.height !== height) {
      this.layer = Object.assign(document.createElement("canvas"), { width, height });
      this.pen = this.layer.getContext("2d", { willReadFrequently: true });
      this.image = this.pen.createImageData(width, height);
    }
    this.pen.fillStyle = colour;
    this.pen.fillRect(0, 0, 1, 1);
    const [red, green, blue] = this.pen.getImageData(0, 0, 1, 1).data, words = new Uint32Array(this.image.data.buffer);
    const ink = (blue << 16) | (green << 8) | red, { left, right, top, bottom } = this;
    words.fill(0);
    for (let k = 0; k < xs.length; k++) {
      if (only && !only(k)) continue;
      const p = this.px(xs[k]) * ratio, q = this.py(ys[k]) * ratio;
      if (!(p > left * ratio && p < right * ratio && q > top * ratio && q < bottom * ratio)) continue;
      for (let row = Math.floor(q) - reach; row <= q + reach; row++) {
        for (let column = Math.floor(p) - reach; column <= p + reach; column++) {
          const cover = radius + 0.5 - Math.hypot(column + 0.5 - p, row + 0.5 - q), at = row * width + column;
          if (cover <= 0) continue;
          const shade = cover < 1 ? (255 * cover) | 0 : 255;
          if (shade > words[at] >>> 24) words[at] = (shade << 24) | ink;
        }
      }
    }
    this.pen.putImageData(this.image, 0, 0);
    c.globalAlpha = alpha;
    c.drawImage(this.layer, 0, 0, this.width, this.height);
    c.globalAlpha = 1;
  }
  cross(x, y, colour, { size = 5, width = 2 } = {}) {
    const c = this.context, p = this.px(x), q = this.py(y);
    c.beginPath();
    c.moveTo(p - size, q - size); c.lineTo(p + size, q + size);
    c.moveTo(p - size, q + size); c.lineTo(p + size, q - size);
    c.strokeStyle = colour;
    c.lineWidth = width;
    c.stroke();
  }
  // the directions from one angle to another, filled to the edge; equal scales on both axes
  wedge(from, to, colour, alpha) {
    const c = this.context, p = this.px(0), q = this.py(0), far = 2 * this.width;
    c.beginPath();
    c.moveTo(p, q);
    c.arc(p, q, far, -from, -to, true);
    c.closePath();
    c.globalAlpha = alpha;
    c.fillStyle = colour;
    c.fill();
    c.globalAlpha = 1;
  }
}
