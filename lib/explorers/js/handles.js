// Points that can be dragged by mouse, finger and keyboard: real buttons over a plot, so that Tab, focus rings and
// screen readers work, and only a finger that starts on one keeps the page from scrolling.
export class Handles {
  // get(): [[x, y], ...];  move(k, [x, y], done);  name(k): for screen readers;  remove(k), focus(k or null): optional
  constructor(plot, { get, move, name, remove, focus, signal }) {
    Object.assign(this, { plot, get, move, name, remove, focus, signal, buttons: [] });
  }
  place() {
    const points = this.get(), { plot } = this;
    while (this.buttons.length > points.length) this.buttons.pop().remove();
    while (this.buttons.length < points.length) this.buttons.push(this.make(this.buttons.length));
    points.forEach(([x, y], k) => {
      const button = this.buttons[k], label = this.name(k);
      button.style.transform = `translate(${plot.px(x)}px, ${plot.py(y)}px)`;
      if (button.getAttribute("aria-label") !== label) button.setAttribute("aria-label", label);
    });
  }
  make(k) {
    const { plot, signal } = this, button = document.createElement("button");
    let grip = null;
    button.type = "button";
    button.className = "ex-handle";
    button.setAttribute("aria-roledescription", "draggable point");
    const listen = (event, act) => button.addEventListener(event, act, { signal });
    listen("pointerdown", (event) => {
      if (event.button || k >= this.get().length) return;   // removed, but not yet from the page
      const [x, y] = this.get()[k], box = plot.canvas.getBoundingClientRect();
      grip = [event.clientX - box.left - plot.px(x), event.clientY - box.top - plot.py(y)];
      button.setPointerCapture(event.pointerId);
      button.classList.add("ex-held");
      button.focus({ preventScroll: true });
      event.preventDefault();
    });
    listen("pointermove", (event) => {
      if (grip && k < this.get().length) this.move(k, plot.data(event.clientX - grip[0], event.clientY - grip[1]),
        false);
    });
    const drop = () => {
      if (!grip) return;
      grip = null;
      button.classList.remove("ex-held");
      if (k < this.get().length) this.move(k, this.get()[k], true);
    };
    listen("pointerup", drop);
    listen("pointercancel", drop);
    listen("lostpointercapture", drop);
    listen("dblclick", (event) => event.stopPropagation());
    listen("focus", () => this.focus && this.focus(k));
    listen("blur", () => this.focus && this.focus(null));
    listen("mouseenter", () => this.focus && this.focus(k));
    listen("mouseleave", () => this.focus && this.focus(document.activeElement === button ? k : null));
    listen("keydown", (event) => {
      if (k >= this.get().length) return;
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (way) {
        const by = event.shiftKey ? 0.1 : 0.01, [x, y] = this.get()[k];
        const inside = (v, [lo, hi]) => Math.min(hi, Math.max(lo, v));
        this.move(k, [inside(x + way[0] * by * (plot.x.range[1] - plot.x.range[0]), plot.x.range),
                      inside(y + way[1] * by * (plot.y.range[1] - plot.y.range[0]), plot.y.range)], true);
      } else if (this.remove && (event.key === "Delete" || event.key === "Backspace")) {
        this.remove(k);
        const next = this.buttons[Math.min(k, this.get().length - 1)];
        if (next) next.focus();
      } else return;
      event.preventDefault();
    });
    plot.box.append(button);
    return button;
  }
}
