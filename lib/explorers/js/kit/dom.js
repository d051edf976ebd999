// Elements, words in the colour of what they name, and numbers as text.
import { abs, round } from "../numerics/maths.js";

export function node(tag, attributes = {}, ...children) {
  const el = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
    else if (value !== false && value != null) el.setAttribute(key, value === true ? "" : value);
  }
  el.append(...children);
  return el;
}
export const div = (kind, ...children) => node("div", { class: kind }, ...children);
export const bar = (...children) => div("ex-bar", ...children);
export const word = (text, tone) => node("b", { class: tone ? `ex-tone ex-${tone}` : "" }, text);
export const caption = (...parts) => node("p", { class: "ex-caption" }, ...parts);
export const button = (label, onclick, attributes) =>
  node("button", { type: "button", class: "ex-button", onclick, ...attributes }, label);

// Text and attributes are written only where they change: pages that are listened to stay quiet.
export function write(el, text) { if (el.textContent !== text) el.textContent = text; }
export function mark(el, key, value) {
  if (el.getAttribute(key) !== String(value)) el.setAttribute(key, value);
}

export const minus = (text) => String(text).replace(/-/g, "−");
export function number(v, digits = 3) {
  const size = abs(v);
  if (v == null || Number.isNaN(v)) return "–";
  if (size === Infinity) return v > 0 ? "∞" : "−∞";
  if (v !== 0 && (size >= 1e5 || size < 1e-3)) {
    const [mantissa, exponent] = v.toExponential(digits - 1).split("e");
    return minus(`${+mantissa}e${+exponent}`);
  }
  return minus(size >= 100 ? +v.toFixed(1) : +v.toPrecision(digits));
}
export const withSign = (v) => (v > 0 ? "+" : "") + number(v);
export const percent = (v) => (Number.isNaN(v) ? "–" : `${round(100 * v)} %`);
export const grouped = (v) => String(round(v)).replace(/\B(?=(\d{3})+$)/g, " ");
