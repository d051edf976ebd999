// Random numbers from a seed, the same ones as in lib/starts.py: a counter, mixed by a 32-bit
// finaliser.
import { SEEDS } from "../facts.js";
import { cos, sqrt, TAU } from "./maths.js";

export function uniforms(seed) {
  let state = seed >>> 0;
  return () => {                                     // in (0, 1), never 0: its logarithm is finite
    state = (state + 0x9e3779b9) >>> 0;
    let h = state;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (((h ^ (h >>> 16)) >>> 0) + 0.5) / SEEDS;
  };
}
export function normal(next) {                       // Box-Muller; two uniforms each
  const radius = sqrt(-2 * Math.log(next()));
  return radius * cos(TAU * next());
}
