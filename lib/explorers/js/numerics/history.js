// A run of gradient descent that remembers: states at epochs that are even on a logarithmic scale.
// No DOM.
import { start, lift, regime, copy } from "./network.js";
import { trainer } from "./training.js";
import { min, round, series, sqrt } from "./maths.js";

export const GRID = [...new Set([0, ...series(121, (k) => round(10 ** (k / 24)))])];

export function history({ m, scale, seed, delta, initial, x, y, safety = 1, until }) {
  const alpha = initial ? initial.alpha : sqrt(m);
  const how = regime(delta);
  const { r, theta } = initial || start(m, scale, seed);
  const run = trainer(lift(r, theta, how.lift, alpha), x, y, { train: how.train, safety, until });
  const records = [];
  let next = 0;                                       // the first epoch of GRID that is not kept

  function keep() {
    const { net, epoch, loss, time } = run;
    while (GRID[next] <= epoch) next++;
    records.push({ epoch, loss, time, net: copy(net) });
  }
  keep();
  return { records, run,
    get epoch() { return run.epoch; },
    get diverged() { return run.diverged; },
    get ended() { return run.ended; },
    // train up to `epoch`, but not past the moment `deadline` of `clock`; says whether it got there
    // or needs to go no further
    reach(epoch, deadline = Infinity, clock = Date.now) {
      while (run.epoch < epoch && !run.ended) {
        run.advance(min(epoch, GRID[next] ?? epoch, run.epoch + 50) - run.epoch);
        if (run.epoch === GRID[next] && !run.diverged) keep();
        if (run.epoch < epoch && clock() > deadline) return run.ended;
      }
      return true;
    },
    // the state to show for `epoch`: the live one where it is that, else the last record not after
    // it
    at(epoch) {
      if (run.epoch <= epoch && !run.diverged) return run;
      return records.findLast((record) => record.epoch <= epoch);
    },
  };
}
