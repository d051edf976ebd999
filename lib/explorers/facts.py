"""What the explorers know in Python and in JavaScript, written once.

`module` writes it as js/facts.js for the bundle: the options of every explorer with their bounds
and defaults, and the tables below.  The style sheet has its colours from here too.
"""
import json
import math

from .. import figures
from ..starts import ENDS

# words for colours, as figures, scripts and style sheets use them; negative is lighter on dark
COLOURS = {name: getattr(figures, name.upper())
           for name in ("positive", "negative", "cubic", "linear", "kernel", "residual")}
DARK = {"negative": "#3d9be0"}
INK, SOFT, PAPER = figures.INK, "#5a6370", "#ffffff"

MOST, HUGE = 40, 1e6                # points that can be dragged, and how far
LAST = 100_000                      # the last epoch of a run
SEEDS = 2**32
GAPS = 401                          # points on which functions are compared
CELLS = {"delta": (-math.inf, -300.0, -100.0, -30.0, -10.0, -3.0, -1.0, 0.0, 1.0, 10.0, 100.0,
                   math.inf),
         "m": (10, 20, 50, 100, 200, 500, 1000, 2000)}


def _evenly(s, f):
    places = [-1 + 2 * k / (s - 1) for k in range(s)]
    return [[round(x, 6), round(f(x), 6)] for x in places]


PRESETS = {
    "sine": ("sine", _evenly(8, lambda x: math.sin(2 * math.pi * x + 0.4))),
    "square": ("square wave",
               _evenly(10, lambda x: math.copysign(1, math.sin(2 * math.pi * (0.75 * x + 0.1))))),
    "zigzag": ("zigzag", [[-0.9, 0.8], [-0.5, -0.6], [-0.1, 0.7], [0.25, -0.5], [0.6, 0.6],
                          [0.95, -0.7]]),
    "tent": ("convex: |x|", [[-1.1, 1.1], [-0.7, 0.7], [-0.3, 0.3], [0.3, 0.3], [0.7, 0.7],
                             [1.1, 1.1]]),
    "bump": ("one bump", [[-1, 0], [-0.6, 0], [-0.2, 0], [0, 1], [0.2, 0], [0.6, 0], [1, 0]]),
    "step": ("step", [[-1, -0.8], [-0.6, -0.8], [-0.2, -0.8], [0.2, 0.8], [0.6, 0.8], [1, 0.8]]),
}


def encoded(value):
    """A number as JSON has it: "inf" and "-inf" for what it lacks; lists of them too."""
    if isinstance(value, (list, tuple)):
        return [encoded(v) for v in value]
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def module(options: dict[str, dict], more: dict) -> str:
    """The text of js/facts.js.

    options: {explorer: {option: how it is read}};  more: {NAME: table} of single explorers.
    """
    ends = {encoded(delta): end for delta, end in ENDS.items()}
    tables = {"OPTIONS": options, "INKS": COLOURS, "PRESETS": PRESETS, "MOST": MOST, "HUGE": HUGE,
              "LAST": LAST, "SEEDS": SEEDS, "GAPS": GAPS, "ENDS": ends,
              "CELLS": {name: encoded(values) for name, values in CELLS.items()}, **more}
    text = {name: json.dumps(table, separators=(",", ":"), ensure_ascii=False)
            for name, table in tables.items()}
    rows = (f"export const {name} = {json};\n" for name, json in text.items())
    return "// Written by lib/explorers/facts.py.\n" + "".join(rows)


def _pale(colour: str, part: int) -> str:
    red, green, blue = (int(colour[k:k + 2], 16) for k in (1, 3, 5))
    return f"rgb({red} {green} {blue} / {part}%)"


def css() -> str:
    """The colours as custom properties, for the style sheet of all explorers."""
    rules = [f"--ex-{name}: {colour};" for name, colour in COLOURS.items()]
    rules += [f"--ex-{name}-pale: {_pale(COLOURS[name], 40)};" for name in ("cubic", "linear")]
    dark = " ".join(f"--ex-{name}: {colour};" for name, colour in DARK.items())
    paper = f"--ex-ink: {INK}; --ex-soft: {SOFT}; --ex-paper: {PAPER};"
    return (f".explorer, .ex-host {{ {' '.join(rules)} }}\n.ex-host.ex-dark {{ {dark} }}\n"
            f".ex-host.ex-printed {{ {paper} }}\n"
            f"@media print {{ .explorer, .ex-host {{ {paper} }} }}\n")
