// A canvas with axes that follows its box, the pixel ratio and the theme.
import { INKS } from "../facts.js";
import { node } from "./dom.js";
import { abs, ceil, clip, floor, log10, max, round, sqrt } from "../numerics/maths.js";

const shades = {};
let faces = 0;                                        // how often a face has come
// The red, green and blue of a colour, however it is written
function rgb(colour) {
  const pen = node("canvas", { width: 1, height: 1 }).getContext("2d");
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  return pen.getImageData(0, 0, 1, 1).data;
}
const shade = (colour) => (shades[colour] ??= rgb(colour));
const isLight = (colour) => shade(colour)[1] > 140;

// A page that has no theme of ours has ink and paper all the same
function adopt(host) {
  const clear = /^(|transparent|.*, 0\))$/;
  const css = getComputedStyle(host.parentElement ?? document.body);
  let paper = isLight(css.color) ? "#101418" : "#fff";
  for (let at = host.parentElement; at; at = at.parentElement) {
    const { backgroundColor } = getComputedStyle(at);
    if (!clear.test(backgroundColor)) {
      paper = backgroundColor;
      break;
    }
  }
  for (const name of ["ink", "soft"]) host.style.setProperty(`--ex-${name}`, css.color);
  host.style.setProperty("--ex-paper", paper);
}

// The colours by the names that all drawing uses.
export function theme(host) {
  const css = getComputedStyle(host);
  const themed = css.getPropertyValue("--pst-color-text-base")
    || css.getPropertyValue("--jp-ui-font-color1") || host.classList.contains("ex-printed")
    || matchMedia("(forced-colors: active)").matches;
  if (themed) host.removeAttribute("style");
  else adopt(host);
  host.classList.toggle("ex-dark", isLight(css.color));
  const look = { ...INKS, ink: css.color, font: css.fontFamily, faces };
  for (const name of ["soft", "paper", "negative"]) {
    look[name] = css.getPropertyValue(`--ex-${name}`).trim() || look[name];
  }
  // not as color-mix(): a canvas may not know that
  look.faint = `rgba(${[...shade(look.ink)].slice(0, 3)}, 0.1)`;
  return look;
}
export function onTheme(redraw, signal) {
  const watch = new MutationObserver(redraw);
  for (const el of [document.documentElement, document.body]) {
    watch.observe(el, { attributes: true, attributeFilter: ["data-theme", "class", "style",
      "data-jp-theme-light", "data-jp-theme-name"] });
  }
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
    matchMedia(query).addEventListener("change", redraw, { signal });
  }
  document.fonts?.addEventListener("loadingdone", () => {
    faces++;
    redraw();
  }, { signal });
  signal.addEventListener("abort", () => watch.disconnect());
}
// Another screen or another zoom: a query holds for one density only
export function onDensity(redraw, signal) {
  matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", () => {
    if (signal.aborted) return;
    redraw();
    onDensity(redraw, signal);
  }, { once: true, signal });
}

const pixel = ([red, green, blue]) => (blue << 16) | (green << 8) | red;     // without its alpha

// The next of some round numbers, for axes that grow by steps
export function nice(v, steps = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10]) {
  const unit = 10 ** floor(log10(v));
  return unit * steps.find((k) => k * unit >= v * 0.999);
}
// 1, 2 or 5 times a power of ten, about `count` of them
function ticks([lo, hi], count) {
  const step = nice((hi - lo) / max(count, 1), [1, 2, 5, 10]);
  const out = [];
  for (let k = ceil(lo / step - 1e-9); k * step <= hi + 1e-9 * step; k++) out.push(k * step);
  return out;
}
function decades([lo, hi]) {
  const first = ceil(log10(lo) - 1e-9);
  const last = floor(log10(hi) + 1e-9);
  const out = [];
  for (let k = first; k <= last; k += max(1, ceil((last - first) / 4))) out.push(10 ** k);
  return out;
}
function power(v) {
  const [mantissa, exponent] = (+v.toPrecision(6)).toExponential().split("e");
  const up = String(+exponent).replace(/./g, (d) => ({ "-": "⁻" }[d] || "⁰¹²³⁴⁵⁶⁷⁸⁹"[+d]));
  return `${mantissa}·10${up}`.replace("-", "−").replace(/^(−?)1·/, "$1");
}
export function tickLabel(v, log) {
  if (log || (v && (abs(v) >= 1e5 || abs(v) < 1e-3))) return power(v);
  return String(+v.toPrecision(6)).replace("-", "−");
}

// aspect: width / height;  x, y: { range: [lo, hi], log, label };  pad: [top, right, bottom, left]
// in pixels; look: the colours;  axes(plot): draws other ones;  attributes: of the box
export function plot(look, redraw, signal,
  { label, aspect = 1.5, x = { range: [-1, 1] }, y = { range: [-1, 1] }, pad = [20, 8, 34, 40],
    axes, attributes }) {
  const canvas = node("canvas", { role: "img", "aria-label": label });
  const el = node("div", { class: "ex-plot", ...attributes }, canvas);
  const screen = canvas.getContext("2d");
  const kept = {};
  let c = screen;
  let ratio;
  let layer;                       // c: where everything is drawn
  const watch = new ResizeObserver(redraw);
  watch.observe(el);
  signal.addEventListener("abort", () => watch.disconnect());

  const part = ({ range, log }, v) =>
    (log ? Math.log(v / range[0]) / Math.log(range[1] / range[0])
      : (v - range[0]) / (range[1] - range[0]));
  const px = (v) => self.left + part(x, v) * (self.right - self.left);
  const py = (v) => self.bottom - part(y, v) * (self.bottom - self.top);

  // a path, filled or stroked or both; colours by name
  function paint({ fill, stroke, width = 2, dash = [], alpha = 1 }, trace) {
    c.save();
    c.beginPath();
    trace(c);
    c.globalAlpha = alpha;
    if (fill) {
      c.fillStyle = look[fill];
      c.fill();
    }
    if (stroke) {
      Object.assign(c, { strokeStyle: look[stroke], lineWidth: width, lineCap: "round",
        lineJoin: "round" });
      c.setLineDash(dash);
      c.stroke();
    }
    c.restore();
  }
  function text(words, at, down, textAlign, textBaseline, fillStyle = look.soft, font = "12px") {
    Object.assign(c, { textAlign, textBaseline, fillStyle, font: `${font} ${look.font}` });
    c.fillText(words, at, down);
  }
  function grid() {
    const { left, right, top, bottom } = self;
    const xs = x.ticks || (x.log ? decades(x.range) : ticks(x.range, (right - left) / 70));
    const ys = y.ticks || (y.log ? decades(y.range) : ticks(y.range, (bottom - top) / 45));
    paint({ stroke: "faint", width: 1 }, () => {
      for (const p of Array.from(xs, (v) => round(px(v)) + 0.5)) {
        c.moveTo(p, top);
        c.lineTo(p, bottom);
      }
      for (const p of Array.from(ys, (v) => round(py(v)) + 0.5)) {
        c.moveTo(left, p);
        c.lineTo(right, p);
      }
    });
    for (const v of xs) text(tickLabel(v, x.log), px(v), bottom + 6, "center", "top");
    for (const v of ys) text(tickLabel(v, y.log), left - 6, py(v), "right", "middle");
    if (x.label) text(x.label, right, self.height, "right", "bottom", look.soft, "italic 13px");
    if (y.label) text(y.label, 2, 0, "left", "top", look.soft, "italic 13px");
  }

  const self = { el, canvas, x, y, px, py, paint, text, look, left: pad[3], top: pad[0], right: 0,
    bottom: 0, width: 0,
    height: 0,
    // lay the canvas out anew where its box or the pixel ratio has changed
    fit() {
      const width = round(el.clientWidth);
      const now = devicePixelRatio || 1;
      if (!width || (width === self.width && now === ratio)) return;
      ratio = now;
      const height = round(width / aspect);
      Object.assign(self, { width, height, right: width - pad[1], bottom: height - pad[2] });
      Object.assign(canvas, { width: width * ratio, height: height * ratio });
      canvas.style.height = `${height}px`;
      layer = null;
    },
    // from client coordinates to data, kept inside the axes
    data({ clientX, clientY }, [dx, dy] = [0, 0]) {
      const { left, top } = canvas.getBoundingClientRect();
      const [xl, xh] = x.range;
      const [yl, yh] = y.range;
      return self
        .inside([xl + ((xh - xl) * (clientX - left - dx - self.left)) / (self.right - self.left),
        yl + ((yh - yl) * (top + dy + self.bottom - clientY)) / (self.bottom - self.top)]);
    },
    inside: ([u, v]) => [clip(u, ...x.range), clip(v, ...y.range)],
    // an empty picture with its axes, and what `under` draws over them as long as `names` stay the
    // same
    begin(names = [], under = () => {}) {
      c.setTransform(ratio, 0, 0, ratio, 0, 0);
      c.clearRect(0, 0, self.width, self.height);
      self.once("ground", [names, x.range, y.range], () => {
        (axes ?? grid)(self);
        self.clipped(under);
      });
    },
    // what `act(from)` draws, kept until one of `names` changes; with a `count` it grows, and `act`
    // draws only what is new from there on
    once(slot, names, act, { count = 1, alpha = 1 } = {}) {
      const key = [names, self.width, ratio, Object.values(look)].join();
      const have = kept[slot]?.key === key ? kept[slot].count : Infinity;
      if (have !== count) {
        const fresh = have > count;
        c = (kept[slot]?.pen ?? node("canvas").getContext("2d"));
        kept[slot] = { key, pen: c, count };
        if (fresh) {
          Object.assign(c.canvas, { width: canvas.width, height: canvas.height });
          c.setTransform(ratio, 0, 0, ratio, 0, 0);
        }
        act(fresh ? 0 : have);
        c = screen;
      }
      c.globalAlpha = alpha;
      c.drawImage(kept[slot].pen.canvas, 0, 0, self.width, self.height);
      c.globalAlpha = 1;
    },
    // everything drawn by `act` stays inside the axes
    clipped(act) {
      c.save();
      c.beginPath();
      c.rect(self.left, self.top, self.right - self.left, self.bottom - self.top);
      c.clip();
      act();
      c.restore();
    },
    line(xs, ys, stroke, style) {
      paint({ stroke, ...style }, () => {
        for (let k = 0; k < xs.length; k++) c.lineTo(px(xs[k]), clip(py(ys[k]), -1e5, 1e5));
      });
    },
    dots(xs, ys, fill, { size, alpha, ring }) {
      paint({ fill, stroke: ring, width: 1.5, alpha }, () => {
        for (let k = 0; k < xs.length; k++) {
          const p = px(xs[k]);
          const q = py(ys[k]);
          c.moveTo(p + size, q);
          c.arc(p, q, size, 0, 7);
        }
      });
    },
    cross(u, v, stroke = "ink", size = 5, width = 2) {
      const p = px(u);
      const q = py(v);
      paint({ stroke, width }, () => {
        for (const way of [size, -size]) {
          c.moveTo(p - size, q - way);
          c.lineTo(p + size, q + way);
        }
      });
    },
    // many dots, by their colours or none: pixels set one by one and laid over the picture, several
    // times as fast as a path of circles
    cloud(xs, ys, colours, size, alpha) {
      const { width, height } = canvas;
      const radius = size * ratio;
      const reach = ceil(radius);
      const { left, right, top, bottom } = self;
      const inks = {};
      if (!layer) {
        layer = node("canvas", { width, height }).getContext("2d", { willReadFrequently: true });
        layer.image = layer.createImageData(width, height);
      }
      const words = new Uint32Array(layer.image.data.buffer).fill(0);
      for (let k = 0; k < xs.length; k++) {
        const x0 = px(xs[k]);
        const y0 = py(ys[k]);
        const p = x0 * ratio - 0.5;
        const q = y0 * ratio - 0.5;
        const colour = colours(k);
        if (!colour || !(x0 > left && x0 < right && y0 > top && y0 < bottom)) continue;
        const ink = (inks[colour] ??= pixel(shade(look[colour])));
        for (let row = floor(q) - reach; row <= q + reach + 1; row++) {
          for (let column = floor(p) - reach; column <= p + reach + 1; column++) {
            const dx = column - p;
            const dy = row - q;
            const cover = radius + 0.5 - sqrt(dx * dx + dy * dy);
            const at = row * width + column;
            if (cover <= 0) continue;
            const shade = cover < 1 ? (255 * cover) | 0 : 255;
            if (shade >= words[at] >>> 24) words[at] = (shade << 24) | ink;
          }
        }
      }
      layer.putImageData(layer.image, 0, 0);
      c.globalAlpha = alpha;
      c.drawImage(layer.canvas, 0, 0, self.width, self.height);
      c.globalAlpha = 1;
    },
  };
  return self;
}
