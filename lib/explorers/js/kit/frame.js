// The frame of every explorer: its state, its loop, its controls, those that come first and those
// behind "More controls", with undo and the copy buttons, and the place for plain messages.
import { node, div, bar, button, word, write, mark } from "./dom.js";
import { theme, onTheme, onDensity, plot } from "./plot.js";
import { choice, checkbox, stops, copier } from "./inputs.js";
import { arrow, handles } from "./handles.js";
import { undoing } from "./undo.js";
import { readers } from "../numerics/options.js";
import { encode } from "../numerics/state.js";
import { max, min } from "../numerics/maths.js";

const SHARE = 12.5;                                   // ms after its time stamp a frame is done
const LEAST = 3;                                      // ms of computing, however late it is
const PAUSE = 3000;                                   // ms between announcements
const SCROLLED = 150;                                 // ms after scrolling until a run goes on
const PASSING = ["playing", "epoch", "time", "chosen"];                  // is not undone

// A host that has no kernel may say by an error that it cannot keep what it is told
function able(act) {
  try {
    act();
  } catch (error) {
    if (!/not implemented/i.test(error.message)) throw error;
  }
}

export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// kind: whose options these are, which links hold;  own: { another key of the model: how to read
// it safely }, in no link.  `build` gets `kit` and returns
//   draw()                the picture, again whenever the state changes; returns the readout
//   step(dt, deadline)    computes until the deadline, dt seconds after the last frame; says
//                         whether more is to come
//   end()                 goes to the end state, where it would start by itself but no motion is
//                         wanted
//   say(numbers)          the readout in words
//   python()              the lines of Python that make what is on screen
//   options()             what it was made with, in a line for print
//   state(), page         what a link has beside the model; what scripts of the page may ask
export const explorer = (kind, own, build) => ({
  render({ model, el }) {
    const shared = readers(kind);
    const stop = new AbortController();
    const { signal } = stop;
    const now = {};
    const look = {};
    const plots = [];
    const controls = [];
    const cells = {};
    const inputs = [];                                // [element, key] of a key of the state
    const body = div("ex-body");
    // a click anywhere in it brings the keys here, and a notebook keeps its own to itself
    const host = node("div", { class: "ex-host", tabindex: -1, "data-lm-suppress-shortcuts": true },
      body);
    const message = node("p", { class: "ex-message", role: "status" });
    const spoken = node("p", { class: "ex-hidden", "aria-live": "polite" });
    const printed = node("p", { class: "ex-caption ex-print" });
    const more = node("details", { class: "ex-more" }, node("summary", {}, "More controls"));
    let queued = 0;
    let last = 0;
    let drawing = 5;
    let cause = "";
    let told = 0;
    let inView = false;                               // until it is known
    let scrolled = -Infinity;
    let quiet = false;
    let timer;
    let numbers;
    let typed;
    el.append(host);

    // ---- the state
    const on = (key, act) => {
      model.on(`change:${key}`, act);
      signal.addEventListener("abort", () => able(() => model.off(`change:${key}`, act)));
    };
    for (const [key, read] of Object.entries({ ...shared, ...own })) {
      Object.defineProperty(now, key, { enumerable: key in shared, get: () => read(model.get(key)),
        set(v) {
          const value = encode(v);
          const other = JSON.stringify(value) !== JSON.stringify(model.get(key));
          if (other && !quiet && !PASSING.includes(key)) steps.note(key, performance.now());
          put(key, value);
        } });
      on(key, queue);
    }
    function put(key, value) {
      model.set(key, value);
      able(() => model.save_changes());
    }

    // ---- undo: a step is over with the next press, click, choice or key but arrows on one thing
    const steps = undoing((key) => JSON.parse(JSON.stringify(encode(state()[key] ?? model.get(key))
      ?? null)), put);
    const undo = button("Undo", () => again("undo"), { title: "Ctrl+Z" });
    const redo = button("Redo", () => again("redo"), { title: "Ctrl+Shift+Z" });
    function again(way) {
      if (!steps[way]()) inform(`There is nothing to ${way}.`);
      queue();
    }
    const watched = (target, type, act) => target.addEventListener(type, act,
      { capture: true, signal });
    watched(host, "pointerdown", () => {
      steps.end();
      steps.held = true;
    });
    for (const type of ["pointerup", "pointercancel"]) {
      watched(window, type, () => { steps.held = false; });
    }
    for (const type of ["click", "focusin"]) watched(host, type, () => steps.end());
    watched(host, "change", ({ target }) => { if (target.type !== "range") steps.end(); });
    watched(host, "keydown", (event) => {
      const { key, target, ctrlKey, metaKey, shiftKey, altKey } = event;
      const along = arrow(event) ? target : null;
      if (!along || along !== typed) steps.end();
      typed = along;
      if (!(ctrlKey || metaKey) || altKey || !/^[zy]$/i.test(key)) return;
      again(shiftKey || /y/i.test(key) ? "redo" : "undo");
      event.preventDefault();
      event.stopPropagation();
    });

    // ---- the loop
    // nothing is computed or drawn where nobody sees it, and what runs stands while the page is
    // scrolled
    function queue() {
      if (!queued && inView && !signal.aborted) queued = requestAnimationFrame(frame);
    }
    const watch = new IntersectionObserver((entries) => {
      inView = entries[entries.length - 1].isIntersecting;
      if (inView) return queue();
      cancelAnimationFrame(queued);
      queued = last = 0;
      host.removeAttribute("data-busy");
    });
    watch.observe(host);
    signal.addEventListener("abort", () => watch.disconnect());
    addEventListener("scroll", () => { scrolled = performance.now(); },
      { capture: true, passive: true, signal });
    // on paper everything is as it is now, in the colours of paper
    function print(on) {
      host.classList.toggle("ex-printed", on);
      drawAll();
    }
    addEventListener("beforeprint", () => print(true), { signal });
    addEventListener("afterprint", () => print(false), { signal });
    const paper = matchMedia("print");
    paper.addEventListener("change", () => print(paper.matches), { signal });

    function frame(time) {
      // the first picture is that of the start
      const since = last ? time - last : time && 1000 / 60;
      cancelAnimationFrame(queued);                   // the first frame may come before its turn
      queued = 0;
      if (last && performance.now() - scrolled < SCROLLED) {
        last = time;
        return queue();
      }
      const busy = step(min(since / 1000, 0.05),
        max(performance.now() + LEAST, time + SHARE - drawing));
      const drawn = performance.now();
      last = busy ? time : 0;
      drawAll();
      host.toggleAttribute("data-busy", busy);
      drawing += 0.1 * (performance.now() - drawn - drawing);
      if (busy) queue();
      else timer ??= setTimeout(tell, max(300, told + PAUSE - Date.now()));
    }
    function drawAll() {
      Object.assign(look, theme(host));
      for (const panel of plots) panel.fit();
      numbers = draw();
      for (const key in cells) write(cells[key], numbers[key]);
      for (const sync of controls) sync();
      mark(undo, "aria-disabled", !steps.past);
      mark(redo, "aria-disabled", !steps.future);
      write(printed, options());
      if (!code.hidden) write(code, python());
    }
    function tell() {
      timer = null;
      told = Date.now();
      write(spoken, say(numbers));
    }

    // ---- what it is made of
    const inform = (text) => { message.textContent = text; };
    const control = ([input, sync]) => { controls.push(sync); return input; };
    const keyed = (key, made) => {
      inputs.push([made[0], key]);
      return control(made);
    };
    const bound = (key) => [() => now[key], (v) => { now[key] = v; }];
    const kit = { now, on, queue, inform, body, control,
      // what happens by itself is not undone
      silently(act) {
        quiet = true;
        act();
        quiet = false;
      },
      // a message that stays while its cause does, so that "Copied." is not wiped by the next frame
      warn(text) { if (text !== cause) inform(cause = text); },
      held: () => host.querySelector(".ex-held"),
      plot(options) {
        const made = plot(look, queue, signal, options);
        plots.push(made);
        return made;
      },
      handles: (panel, options) => controls.push(handles(panel, queue, options)),
      // inputs for a key of the state
      slider: (label, key, values, options) =>
        keyed(key, stops(label, values, ...bound(key), options)),
      select: (label, key, options) => keyed(key, choice(label, options, ...bound(key))),
      toggle: (label, key) => keyed(key, checkbox(label, ...bound(key))),
      // rows of controls that are folded away: all but the first three
      more(...rows) { more.append(...rows); },
      // start(): makes ready, and says true where there is nothing to play
      play(verb, start = () => {}) {
        const toggle = () => { now.playing = !now.playing && !start(); };
        const made = button("", toggle, { class: "ex-button ex-play" });
        return control([made, () => {
          write(made, now.playing ? "❚❚ Pause" : verb);
          mark(made, "aria-pressed", now.playing);
        }]);
      },
      // numbers beside the picture, { key: name, or [name, colour] }
      readout(names, kind = "") {
        const list = node("dl", { class: "ex-readout" });
        for (const key in names) {
          const [label, tone] = [names[key]].flat();
          cells[key] = node("dd");
          list.append(div("", node("dt", {}, tone ? word(label, tone) : label), cells[key]));
        }
        return div(kind, list);
      },
    };
    const explored = build(kit);
    const { draw, say, python, options, step = () => false, end, page } = explored;
    const { state = () => ({}) } = explored;
    const code = node("pre", { class: "ex-code ex-last", hidden: true, tabindex: 0,
      "aria-label": "Python code" });
    // the state for a link, which stands still
    const linked = () => Object.fromEntries(Object.entries({ ...now, ...state() }).map(([key, v]) =>
      [key, key === "playing" ? false : encode(v)]));
    // a state that is not the usual one shows the control that has made it
    const unusual = ([el, key]) => more.contains(el)
      && JSON.stringify(encode(now[key])) !== JSON.stringify(encode(shared[key]?.()));
    more.append(bar(undo, redo,
      model.share ? copier("Copy link", () => model.share(linked()), inform) : "",
      copier("Copy as Python", python, inform, code)));
    more.open = inputs.some(unusual);
    body.append(div("ex-bar ex-last", more, message), code, printed, spoken);
    host.explorer = page;

    if (now.playing && still()) {                     // the first picture comes first
      now.playing = false;
      requestAnimationFrame(() => setTimeout(() => signal.aborted || end()));
    }
    onTheme(queue, signal);
    onDensity(queue, signal);
    signal.addEventListener("abort", () => clearTimeout(timer));
    frame(0);
    if (model.damaged) inform("The link is damaged: this is a fresh start.");
    return () => stop.abort();
  },
});
