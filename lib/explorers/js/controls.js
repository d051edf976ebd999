// Native inputs with labels, units and current values; the readout; copying.
let count = 0;

export function node(tag, attributes = {}, ...children) {
  const el = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
    else if (value === true) el.setAttribute(key, "");
    else if (value !== false && value != null) el.setAttribute(key, value);
  }
  el.append(...children);
  return el;
}
// A word in the colour of the thing that it names.
export function word(tone, text) { return node("b", { class: tone ? `ex-tone ex-${tone}` : "" }, text); }
export const caption = (...parts) => node("p", { class: "ex-caption" }, ...parts);
export function button(label, onclick, attributes = {}) {
  return node("button", { type: "button", class: "ex-button", onclick, ...attributes }, label);
}
export function select(label, options, value, onchange) {
  const input = node("select", { onchange: () => onchange(input.value) },
    ...options.map(([key, text]) => node("option", { value: key }, text)));
  input.value = value;
  return { el: node("label", { class: "ex-field" }, node("span", {}, label), input), input,
    set(v) { input.value = v; } };
}
// A slider over a list of values: every one of them, landmarks included, is reachable exactly.
export function stops(label, { values, format, spoken = format, value, oninput, landmarks = [], ends = null }) {
  const id = `ex-${++count}`;
  const input = node("input", { type: "range", id, min: 0, max: values.length - 1, step: 1,
    oninput: () => choose(values[input.value]) });
  const output = node("output", { for: id });
  const marks = landmarks.map((v) => button(format(v), () => choose(v),
    { class: "ex-mark", "aria-label": `${label} = ${spoken(v)}` }));
  function show(v) {
    let near = 0;
    values.forEach((w, k) => { if (w === v || Math.abs(w - v) < Math.abs(values[near] - v)) near = k; });
    input.value = near;
    input.setAttribute("aria-valuetext", spoken(v));
    output.textContent = format(v);
    marks.forEach((mark, k) => mark.setAttribute("aria-pressed", String(landmarks[k] === v)));
  }
  function choose(v) { show(v); oninput(v); }
  const track = node("span", { class: "ex-track" }, input);
  marks.forEach((mark, k) => {                       // over the place of the value on the track
    mark.style.setProperty("--at", values.indexOf(landmarks[k]) / (values.length - 1));
    track.append(mark);
  });
  const el = node("div", { class: "ex-stops" + (marks.length ? " ex-landmarks" : "") },
    node("label", { for: id }, label, " ", output), ends ? node("span", { class: "ex-end" }, ends[0]) : "", track,
    ends ? node("span", { class: "ex-end" }, ends[1]) : "");
  show(value);
  return { el, input, set: show };
}
// Named numbers beside the picture, and the same in words for screen readers, not more often than every 3 seconds.
export function readout(entries, signal) {
  const cells = {}, list = node("dl", { class: "ex-readout" }),
    spoken = node("p", { class: "ex-hidden", "aria-live": "polite" });
  for (const [key, label, tone] of entries) {
    cells[key] = node("dd", {});
    list.append(node("div", {}, node("dt", {}, tone ? word(tone, label) : label), cells[key]));
  }
  let timer = null, last = 0, pending = "";
  signal.addEventListener("abort", () => clearTimeout(timer));
  return {
    el: node("div", {}, list, spoken),
    set(values) {
      for (const key in values) if (cells[key].textContent !== values[key]) cells[key].textContent = values[key];
    },
    say(text) {
      pending = text;
      if (timer) return;
      timer = setTimeout(() => { timer = null; last = Date.now(); spoken.textContent = pending; },
        Math.max(300, last + 3000 - Date.now()));
    },
  };
}
// A button that copies what `make` returns; where the clipboard is closed to us the text is still there to select.
export function copier(label, make, note, shown = null) {
  return button(label, async () => {
    const text = make();
    if (shown) { shown.textContent = text; shown.hidden = false; }
    let done = false;
    try { await navigator.clipboard.writeText(text); done = true; } catch (error) {
      const area = node("textarea", { class: "ex-hidden", "aria-hidden": "true" });
      area.value = text;
      document.body.append(area);
      area.select();
      try { done = document.execCommand("copy"); } catch (closed) { done = false; }
      area.remove();
    }
    note(done ? "Copied." : shown ? "Select the text below and copy it." : `Copy this: ${text}`);
  });
}
// The last row of every explorer: copy link (where there is an address), copy as Python, the place for plain messages.
export function sharing(model, { state, python }) {
  const code = node("pre", { class: "ex-code ex-last", hidden: true, tabindex: 0, "aria-label": "Python code" });
  const message = node("p", { class: "ex-message", role: "status" });
  const inform = (text) => { message.textContent = text; };
  const bar = node("div", { class: "ex-bar ex-last" });
  if (model.share) bar.append(copier("Copy link", () => model.share.link(state()), inform));
  bar.append(copier("Copy as Python", python, inform, code), message);
  let cause = "";
  // `warn` replaces a message only when its cause changes, so that "Copied." is not wiped by the next frame
  return { els: [bar, code], inform, warn(text) { if (text !== cause) { cause = text; inform(text); } } };
}
export function number(v, digits = 3) {
  if (v === Infinity) return "∞";
  if (v === -Infinity) return "−∞";
  if (Number.isNaN(v) || v == null) return "–";
  const size = Math.abs(v);
  if (v === 0) return "0";
  if (size >= 1e5 || size < 1e-3) {
    const [mantissa, exponent] = v.toExponential(digits - 2).split("e");
    return `${mantissa}e${+exponent}`.replace(/-/g, "−");
  }
  return String(size >= 100 ? +v.toFixed(1) : +v.toPrecision(digits)).replace("-", "−");
}
export function grouped(v) { return String(Math.round(v)).replace(/\B(?=(\d{3})+$)/g, " "); }
export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
