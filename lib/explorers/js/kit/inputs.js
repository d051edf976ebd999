// Native inputs with labels, units and current values: each an element and a way to bring it up to
// date.
import { node, button, write, mark } from "./dom.js";
import { abs } from "../numerics/maths.js";

export function choice(label, options, get, set) {
  const input = node("select", { onchange: () => set(input.value) },
    ...Object.entries(options).map(([value, text]) => node("option", { value }, text)));
  return [node("label", { class: "ex-field" }, node("span", {}, label), input),
    () => { if (input.value !== get()) input.value = get(); }];
}
export function checkbox(label, get, set) {
  const input = node("input", { type: "checkbox", onchange: () => set(input.checked) });
  return [node("label", { class: "ex-field" }, input, node("span", {}, label)),
    () => { input.checked = get(); }];
}
// A slider over a list of values: every one of them, landmarks included, is reachable exactly.
// format, spoken: a value on screen and in words;  get, set: if they are not the usual ones
export function stops(label, values, usualGet, usualSet,
  { format = String, spoken = format, landmarks = [], ends, kind = "", get = usualGet,
    set = usualSet } = {}) {
  const id = `ex-${Math.random().toString(36).slice(2)}`;                // two views share a page
  const choose = (v) => { set(v); sync(); };
  const input = node("input", { type: "range", id, min: 0, max: values.length - 1,
    oninput: () => choose(values[input.value]) });
  const output = node("output", { for: id });
  const marks = landmarks.map((v) => button(format(v), () => choose(v),
    { class: "ex-mark", "aria-label": `${label} = ${spoken(v)}`,
    style: `--at: ${values.indexOf(v) / (values.length - 1)}` }));  // over its place on the track
  function sync() {
    const at = get();
    const k = nearest(values, at);
    const v = abs(values[k] - at) < 1e-9 ? values[k] : at;     // but for rounding
    input.value = k;
    mark(input, "aria-valuetext", spoken(v));
    write(output, format(v));
    marks.forEach((el, j) => mark(el, "aria-pressed", landmarks[j] === v));
  }
  const end = (k) => (ends ? node("span", { class: "ex-end" }, ends[k]) : "");
  return [node("div", { class: `ex-stops ${kind}` }, node("label", { for: id }, label, " ", output),
    end(0),
    node("span", { class: "ex-track" }, input, ...marks), end(1)), sync];
}
export function nearest(values, v) {                 // the place in the list
  return values.reduce((best, w, k) => (w === v || abs(w - v) < abs(values[best] - v) ? k
    : best), 0);
}
// A button that copies what `make` returns; where the clipboard is closed to us the text is still
// there to select.
export function copier(label, make, inform, shown) {
  return button(label, async () => {
    const text = make();
    let done = true;
    if (shown) {
      shown.textContent = text;
      shown.hidden = false;
    }
    try {
      await navigator.clipboard.writeText(text);
    } catch (error) {
      const area = node("textarea", { class: "ex-hidden", "aria-hidden": true }, text);
      document.body.append(area);
      area.select();
      try {
        done = document.execCommand("copy");
      } catch (closed) {
        done = false;
      }
      area.remove();
    }
    const otherwise = shown ? "Select the text below and copy it." : `Copy this: ${text}`;
    inform(done ? "Copied." : otherwise);
  });
}
