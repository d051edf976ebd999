// The lines of Python that make the network on screen with lib.
import { regime } from "../numerics/network.js";

export const lines = (...rows) => `${rows.join("\n")}\n`;
const WORDS = new Map([[Infinity, "math.inf"], [-Infinity, "-math.inf"]]);
const float = (v) => WORDS.get(v) ?? (Object.is(v, -0) ? "0.0" : String(v));
export const list = (values) => `[${Array.from(values, float).join(", ")}]`;

export function snippet({ x, y, delta, m, seed, scale, until, initial, problem }, epoch) {
  if (problem) return `# ${problem}\n`;
  const { lift, train } = regime(delta);
  const ends = Number.isFinite(delta) ? ""
    : `  # delta = ${delta > 0 ? "+" : "-"}inf: only ${train === "c" ? "c moves" : "a and b move"}`;
  const own = initial && `Canonical(${list(initial.r)}, ${list(initial.theta)})`;
  const made = initial ? `${own}.lift(${lift}, ${float(initial.alpha)})`
    : `stratified(m=${m}, delta=${float(lift)}, scale=${float(scale)}, seed=${seed})`;
  const goal = until === undefined ? "" : `, until=${until}`;
  return lines(initial ? "from lib.network import Canonical" : "from lib.starts import stratified",
    "from lib.samples import Samples", "from lib.training import train", "",
      `samples = Samples(${list(x)}, ${list(y)})`,
    `network = ${made}${ends}`,
      `run = train(network, samples, epochs=${epoch}${goal}, train="${train}", safety=1.0,`,
    "            refresh=10)",
    "run.network(samples.x)");
}
