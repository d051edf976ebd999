// Points that can be dragged by mouse, finger and keyboard: real buttons over a plot, so that Tab, focus rings and
// screen readers work, and only a finger that starts on one keeps the page from scrolling.
import { node, mark } from "./dom.js";
import { min } from "./maths.js";

const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export const arrow = (event) => WAYS[event.key];

// get(): [[x, y], ...];  move(k, [x, y]);  name(k): for screen readers;  remove(k), focus(k or null): optional.
// Returns a function that puts them in their places.
export function handles(plot, queue, { get, move, name, remove, focus = () => {} }) {
  const buttons = [];

  function make(k) {
    let grip = null;
    // a handle may be removed, but not yet from the page
    const alive = (act) => (event) => { if (k < get().length) act(event); };
    const drop = () => {
      grip = null;
      el.classList.remove("ex-held");
      queue();
    };
    const el = node("button", { type: "button", class: "ex-handle", "aria-roledescription": "draggable point",
      onpointerdown: alive((event) => {
        const [x, y] = get()[k], box = plot.canvas.getBoundingClientRect();
        if (event.button) return;
        grip = [event.clientX - box.left - plot.px(x), event.clientY - box.top - plot.py(y)];
        el.setPointerCapture(event.pointerId);
        el.classList.add("ex-held");
        el.focus({ preventScroll: true });
        event.preventDefault();
      }),
      onpointermove: alive((event) => { if (grip) move(k, plot.data(event, grip)); }),
      onpointerup: drop, onpointercancel: drop, onlostpointercapture: drop,
      ondblclick: (event) => event.stopPropagation(),
      onfocus: () => focus(k), onblur: () => focus(null), onmouseenter: () => focus(k),
      onmouseleave: () => focus(document.activeElement === el ? k : null),
      onkeydown: alive((event) => {
        const way = arrow(event), by = event.shiftKey ? 0.1 : 0.01;
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
    plot.el.append(el);
    return el;
  }
  return () => {
    const points = get();
    while (buttons.length > points.length) buttons.pop().remove();
    while (buttons.length < points.length) buttons.push(make(buttons.length));
    points.forEach(([x, y], k) => {
      buttons[k].style.transform = `translate(${plot.px(x)}px, ${plot.py(y)}px)`;
      mark(buttons[k], "aria-label", name(k));
    });
  };
}
