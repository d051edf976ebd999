// A run of gradient descent that remembers: states at epochs that are even on a logarithmic scale.  No DOM.
import { start, lift, regime } from "./network.js";
import { Trainer } from "./training.js";

export const LAST = 100000;
export const GRID = [...new Set([0, ...Array.from({ length: 121 }, (_, k) => Math.round(10 ** (k / 24)))])];

export class History {
  constructor({ m, scale, seed, delta, initial, x, y, safety = 1 }) {
    const alpha = initial ? initial.alpha : Math.sqrt(m), how = regime(delta);
    const { r, theta } = initial || start(m, scale, seed);
    this.delta = delta;
    this.trainer = new Trainer(lift(r, theta, how.lift, alpha), x, y, { train: how.train, safety });
    this.records = [];
    this.save();
  }
  get epoch() { return this.trainer.epoch; }
  get diverged() { return this.trainer.diverged; }
  save() {
    const { net, epoch, loss, time } = this.trainer;
    this.records.push({ epoch, loss, time, net: { ...net, a: net.a.slice(), b: net.b.slice(), c: net.c.slice() } });
  }
  // train up to `epoch`, but not past the moment `deadline` of `clock`; says whether it got there
  reach(epoch, deadline = Infinity, clock = Date.now) {
    const { trainer } = this;
    while (trainer.epoch < epoch && !trainer.diverged) {
      const stop = Math.min(epoch, GRID.find((e) => e > trainer.epoch) || epoch, trainer.epoch + 100);
      trainer.advance(stop - trainer.epoch);
      if (trainer.diverged) break;
      if (GRID.includes(trainer.epoch)) this.save();
      if (trainer.epoch < epoch && clock() > deadline) return false;
    }
    return true;
  }
  // the state to show for `epoch`: the live one where it is that, else the last record not after it
  at(epoch) {
    const { trainer, records } = this;
    if (trainer.epoch <= epoch && !trainer.diverged) return trainer;
    let k = records.length - 1;
    while (k > 0 && records[k].epoch > epoch) k--;
    return records[k];
  }
}
