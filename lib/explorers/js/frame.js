// The frame of every explorer: its state, its loop, its controls, and the last row, with the copy buttons and the place
// for plain messages.
import { node, div, button, word, write, mark } from "./dom.js";
import { theme, onTheme, plot } from "./plot.js";
import { choice, checkbox, stops, copier } from "./inputs.js";
import { handles } from "./handles.js";
import { encode } from "./state.js";
import { max, min } from "./maths.js";

const SHARE = 12.5;                                   // ms after its time stamp when a frame has computed and drawn
const LEAST = 3;                                      // ms of computing, however late it is
const PAUSE = 3000;                                   // ms between two announcements to screen readers

export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// `shared`, `own`: { key of the model: how to read it safely }, in links and not.  `build` gets `kit` and returns
//   draw()                the picture, again whenever the state changes; returns the numbers of the readout
//   step(dt, deadline)    computes until the deadline, dt seconds after the last frame; says whether more is to come
//   end()                 goes to the end state, where no motion is wanted and the explorer would start by itself
//   say(numbers)          the readout in words
//   python()              the lines of Python that make what is on screen
//   state(), page         what a link has beside the model; what scripts of the page may ask
export const explorer = (shared, own, build) => ({
  render({ model, el }) {
    const stop = new AbortController(), { signal } = stop, now = {}, look = {}, plots = [], controls = [], cells = {};
    const body = div("ex-body"), host = div("ex-host", body);
    const message = node("p", { class: "ex-message", role: "status" });
    const spoken = node("p", { class: "ex-hidden", "aria-live": "polite" });
    let queued = 0, last = 0, drawing = 5, cause = "", timer, told = 0, numbers;
    el.append(host);

    // ---- the state
    const on = (key, act) => {
      model.on(`change:${key}`, act);
      signal.addEventListener("abort", () => model.off(`change:${key}`, act));
    };
    for (const [key, read] of Object.entries({ ...shared, ...own })) {
      Object.defineProperty(now, key, { enumerable: key in shared, get: () => read(model.get(key)),
        set(v) { model.set(key, encode(v)); model.save_changes(); } });
      on(key, queue);
    }

    // ---- the loop
    function queue() { if (!queued && !signal.aborted) queued = requestAnimationFrame(frame); }
    function frame(time) {
      const since = last ? time - last : 1000 / 60;
      queued = 0;
      const busy = step(min(since / 1000, 0.05), max(performance.now() + LEAST, time + SHARE - drawing));
      const drawn = performance.now();
      last = busy ? time : 0;
      Object.assign(look, theme(host));
      for (const panel of plots) panel.fit();
      numbers = draw();
      for (const key in cells) write(cells[key], numbers[key]);
      for (const sync of controls) sync();
      host.toggleAttribute("data-busy", busy);
      drawing += 0.1 * (performance.now() - drawn - drawing);
      if (busy) queue();
      else timer ??= setTimeout(tell, max(300, told + PAUSE - Date.now()));
    }
    function tell() {
      timer = null;
      told = Date.now();
      write(spoken, say(numbers));
    }

    // ---- what it is made of
    const inform = (text) => { message.textContent = text; };
    const control = ([input, sync]) => { controls.push(sync); return input; };
    const bound = (key) => [() => now[key], (v) => { now[key] = v; }];
    const kit = { now, on, queue, inform, body, control,
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
      slider: (label, key, values, options) => control(stops(label, values, ...bound(key), options)),
      select: (label, key, options) => control(choice(label, options, ...bound(key))),
      toggle: (label, key) => control(checkbox(label, ...bound(key))),
      play(verb, start = () => {}) {
        const made = button("", () => { if (!now.playing) start(); now.playing = !now.playing; },
          { class: "ex-button ex-play" });
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
    const { draw, say, python, step = () => false, end, state = () => ({}), page } = build(kit);
    const code = node("pre", { class: "ex-code ex-last", hidden: true, tabindex: 0, "aria-label": "Python code" });
    // the state for a link, which stands still
    const linked = () => Object.fromEntries(Object.entries({ ...now, ...state() }).map(([key, v]) =>
      [key, key === "playing" ? false : encode(v)]));
    body.append(div("ex-bar ex-last",
      model.share ? copier("Copy link", () => model.share(linked()), inform) : "",
      copier("Copy as Python", python, inform, code), message), code, spoken);
    host.explorer = page;

    if (now.playing && still()) {                     // the first picture comes first
      now.playing = false;
      requestAnimationFrame(() => setTimeout(() => signal.aborted || end()));
    }
    onTheme(queue, signal);
    signal.addEventListener("abort", () => clearTimeout(timer));
    frame(0);
    return () => stop.abort();
  },
});
