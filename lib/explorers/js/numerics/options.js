// The options of the explorers, read so that whatever Python, a link or a hand has put there is
// safe: bounds and defaults are those of the traits in Python.  No DOM.
import { OPTIONS } from "../facts.js";
import { abs, clip, max, round } from "./maths.js";
import { decode } from "./state.js";

const READ = {
  number({ least = -Infinity, most, ends, step, otherwise }) {
    const usual = decode(otherwise);
    const inside = ends
      ? (v) => max(least, decode(v, usual))
      : (v) => clip(v, least, most, usual);
    return step ? (v) => step * round(inside(v) / step) : inside;
  },
  choice: ({ values, otherwise }) => (v) => (values.includes(v) ? v : otherwise),
  flag: () => Boolean,
  points: ({ otherwise }) => (v) => v ?? otherwise,   // the board says what is wrong with them
  rows({ width, least, most, bound, otherwise }) {
    const fits = (v) => Number.isFinite(v) && abs(v) <= bound;
    const ok = (row) => Array.isArray(row) && row.length >= width
      && row.slice(0, width).every(fits);
    return (value) => {
      const rows = (Array.isArray(value) ? value : []).filter(ok).slice(0, most);
      return rows.length < least ? otherwise : rows.map((row) => row.slice(0, width));
    };
  },
};

// { option: how to read it } of one kind of explorer
export const readers = (kind) => Object.fromEntries(Object.entries(OPTIONS[kind])
  .map(([name, how]) => [name, READ[how.kind ?? "number"](how)]));
