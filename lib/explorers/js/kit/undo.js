// What a hand has changed, step by step, to be undone and done again.  No DOM.
const KEPT = 200;                                     // steps
const REST = 1000;                                    // ms without a change end a step

const alike = (v, w) => JSON.stringify(v) === JSON.stringify(w);

// read(key), write(key, value): the state, one JSON value a key.  A step holds what its keys were
// before: what Python or training has changed in the meantime stays.
export function undoing(read, write) {
  const past = [];
  const future = [];
  let open = false;
  let latest = 0;

  function back(from, to) {
    open = false;
    let step = from.pop();
    while (step && Object.keys(step).every((key) => alike(step[key], read(key)))) step = from.pop();
    if (!step) return false;
    to.push(Object.fromEntries(Object.keys(step).map((key) => [key, read(key)])));
    for (const [key, value] of Object.entries(step)) write(key, value);
    return true;
  }
  const self = {
    held: false,                                      // a pointer is down: its step is not over
    // `key` is about to change at the time `at`: in the step that is open, or in a new one
    note(key, at) {
      if (!open || (!self.held && at - latest > REST)) {
        past.push({});
        if (past.length > KEPT) past.shift();
        future.length = 0;
      }
      open = true;
      latest = at;
      const step = past[past.length - 1];
      if (!(key in step)) step[key] = read(key);
    },
    end() { open = false; },
    undo: () => back(past, future),
    redo: () => back(future, past),
    get past() { return past.length; },
    get future() { return future.length; },
  };
  return self;
}
