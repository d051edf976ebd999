// Points that can be dragged by mouse, finger and keyboard: real buttons over a plot, so that Tab,
// focus rings and screen readers work, and only a finger that starts on one keeps the page from
// scrolling.
import { node, div, mark } from "./dom.js";
import { hypot, min } from "../numerics/maths.js";

const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const LONG = 600;                                     // ms until a finger that rests has chosen
const SLACK = 8;                                      // px that it may move meanwhile

export const arrow = (event) => WAYS[event.key];

// Handles are as large as a finger and may lie over each other: the one meant is the nearest.
function meant(plot, { clientX, clientY }, above) {
  const away = (handle) => {
    const { x, y, width, height } = handle.getBoundingClientRect();
    return hypot(clientX - x - width / 2, clientY - y - height / 2);
  };
  return [...plot.querySelectorAll(".ex-handle")].reduce(
    (best, handle) => (away(handle) < away(best) ? handle : best), above);
}

// get(): [[x, y], ...];  move(k, [x, y]);  name(k): for screen readers;  and if wanted
// focus(k or null);  chosen(): the one that is marked;  remove(k): by Delete, a double click or a
// finger that rests.  Returns a function that puts them in their places.
export function handles(plot, queue, { get, move, name, remove, chosen, focus = () => {} }) {
  const buttons = [];
  const group = div("");                              // its own, so that Tab keeps their order

  function make(k) {
    let grip = null;
    let resting;
    // a handle may be removed, but not yet from the page
    const alive = (act) => (event) => { if (k < get().length) act(event); };
    function drop() {
      grip = null;
      clearTimeout(resting);
      el.classList.remove("ex-held");
      queue();
    }
    function takeAway() {
      drop();
      remove(k);
    }
    function wait({ pointerType, clientX, clientY }) {
      if (!remove || pointerType !== "touch") return;
      grip.from = [clientX, clientY];
      resting = setTimeout(alive(takeAway), LONG);
    }
    function follow(event) {
      if (!grip) return;
      const [x, y] = grip.from ?? [Infinity, 0];
      if (hypot(event.clientX - x, event.clientY - y) > SLACK) clearTimeout(resting);
      move(k, plot.data(event, grip));
    }
    const el = node("button", { type: "button", class: "ex-handle",
      "aria-roledescription": "draggable point",
      onpointerdown: alive((event) => {
        const other = meant(plot.el, event, el);
        if (other !== el) {
          event.preventDefault();
          other.dispatchEvent(new PointerEvent(event.type, event));
          return;
        }
        const [x, y] = get()[k];
        const box = plot.canvas.getBoundingClientRect();
        if (event.button) return;
        grip = [event.clientX - box.left - plot.px(x), event.clientY - box.top - plot.py(y)];
        wait(event);
        el.setPointerCapture(event.pointerId);
        el.classList.add("ex-held");
        el.focus({ preventScroll: true });
        event.preventDefault();
      }),
      onpointermove: alive(follow),
      onpointerup: drop, onpointercancel: drop, onlostpointercapture: drop,
      oncontextmenu: (event) => { if (grip) event.preventDefault(); },
      ondblclick: alive((event) => {
        event.stopPropagation();
        if (remove) takeAway();
      }),
      onfocus: () => focus(k), onblur: () => focus(null), onmouseenter: () => focus(k, true),
      onmouseleave: () => focus(document.activeElement === el ? k : null),
      onkeydown: alive((event) => {
        const way = arrow(event);
        const by = event.shiftKey ? 0.1 : 0.01;
        if (way) {
          const step = (i, { range: [lo, hi] }) => get()[k][i] + way[i] * by * (hi - lo);
          move(k, plot.inside([step(0, plot.x), step(1, plot.y)]));
        } else if (remove && /^(Delete|Backspace)$/.test(event.key)) {
          remove(k);
          buttons[min(k, get().length - 1)]?.focus();
        } else return;
        event.preventDefault();
      }),
    });
    group.append(el);
    return el;
  }
  plot.el.append(group);
  return () => {
    const points = get();
    while (buttons.length > points.length) buttons.pop().remove();
    while (buttons.length < points.length) buttons.push(make(buttons.length));
    points.forEach(([x, y], k) => {
      buttons[k].style.transform = `translate(${plot.px(x)}px, ${plot.py(y)}px)`;
      buttons[k].classList.toggle("ex-chosen", chosen?.() === k);
      mark(buttons[k], "aria-label", name(k));
    });
  };
}
