"""Times a training step against its peers:  python -m benchmarks.training  writes
benchmarks/results.json.

One thread each, all on one core.  A round runs every contestant once from the same start, for about
as long; a time is the median over rounds of the CPU time (which leaves out what other programs
take), a ratio the median of the ratios within the rounds, so that a busy machine hurts all alike.
"""
import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
os.environ.update(
    OMP_NUM_THREADS="1", XLA_FLAGS="--xla_cpu_multi_thread_eigen=false", JAX_PLATFORMS="cpu"
)

RESULTS = Path(__file__).with_name("results.json")
SIZES = [(1000, 10), (25000, 10), (1000, 200), (25000, 1000)]
REGIMES = {"kernel": -100.0, "adaptive": 100.0}  # delta


def start(m, s, regime):
    """A network that starts at f = 0, square-wave data, and a step at half of what is stable."""
    from lib.engines.cpu import Engine
    from lib.engines.engine import Settings
    from lib.samples import square_wave
    from lib.starts import paired

    network, samples = paired(m, 2.0, REGIMES[regime]), square_wave(s)
    probe = Engine(network, samples, Settings())
    probe.advance(1)
    return network, samples, probe.step.item() / 2


def seconds(run, *arguments, clock=time.process_time):
    began = clock()
    run(*arguments)
    return clock() - began


def epochs_in(contestant, case, target):
    """How many epochs take `target` seconds; a warm-up too."""
    run, epochs = contestant(*case), 1
    while True:
        getattr(run, "prepare", lambda _: None)(epochs)
        run(epochs)
        spent = seconds(run, epochs)
        if spent > target / 4:
            return max(1, round(epochs * target / spent))
        epochs *= 4


def compare(m, s, regime, rounds, target):
    """{contestant: {"us": microseconds per step, "times_ours": over ours in float32}}."""
    from .contestants import CONTESTANTS

    case = start(m, s, regime)
    epochs = {name: epochs_in(contestant, case, target) for name, contestant in CONTESTANTS.items()}
    table = {name: [] for name in CONTESTANTS}
    for _ in range(rounds):
        for name, contestant in CONTESTANTS.items():
            run = contestant(*case)
            getattr(run, "prepare", lambda _: None)(epochs[name])
            table[name].append(1e6 * seconds(run, epochs[name]) / epochs[name])
    ours = table["ours, float32"]
    return {name: {"us": statistics.median(times), "epochs": epochs[name],
                   "times_ours": statistics.median(t / u for t, u in zip(times, ours))}
            for name, times in table.items()}


def batch_scaling(rounds, count=100, m=1000, s=10, epochs=10000):
    """How much faster two threads train `count` networks than one thread does, and two loops that
    share nothing."""
    from concurrent.futures import ThreadPoolExecutor

    from lib.engines.cpu import Engine
    from lib.engines.engine import Settings
    from lib.network import Network
    from lib.samples import square_wave
    from lib.starts import paired

    from .contestants import stream_bound

    one = paired(m, 2.0, 0.0)
    nets = Network(*(t.float().expand(count, m) for t in (one.a, one.b, one.c)), one.alpha.float())
    engines = {
        threads: Engine(nets, square_wave(s), Settings(threads=threads)) for threads in (1, 2)
    }
    loops = [stream_bound(one, square_wave(s), 0.0) for _ in range(2)]
    wall, ratios = time.perf_counter, {"speedup": [], "speedup_of_bare_loops": []}
    with ThreadPoolExecutor(2) as pool:
        for _ in range(rounds):
            times = {
                threads: seconds(engine.advance, epochs, clock=wall)
                for threads, engine in engines.items()
            }
            ratios["speedup"].append(times[1] / times[2])
            alone = seconds(loops[0], 2_000_000, clock=wall)
            both = seconds(lambda: list(pool.map(lambda loop: loop(2_000_000), loops)), clock=wall)
            ratios["speedup_of_bare_loops"].append(2 * alone / both)
    return {"networks": count, "m": m, "s": s} | {
        name: statistics.median(found) for name, found in ratios.items()
    }


def growth(rounds, m=25000, few=10, many=1000, epochs=50000, part=2500):
    """How much longer a run takes with a hundred times as many samples, and its first tenth; the
    runs take turns."""
    import torch

    from lib.engines.cpu import Engine
    from lib.engines.engine import Settings

    found = []
    for regime in REGIMES:
        ratios = []
        for _ in range(rounds):
            engines = []
            for s in few, many:
                network, samples, step = start(m, s, regime)
                engines.append(Engine(network.to(torch.float32), samples, Settings(step=step)))
            times = [
                [seconds(engine.advance, part) for engine in engines] for _ in range(epochs // part)
            ]
            ratios.append(
                [
                    sum(t[1] for t in some) / sum(t[0] for t in some)
                    for some in (times, times[: len(times) // 10])
                ]
            )
        whole, early = map(statistics.median, zip(*ratios))
        found.append({"m": m, "few": few, "many": many, "epochs": epochs, "regime": regime,
                      "times_as_long": whole, "first_tenth": early})
    return found


def snapshot_cost(rounds, snapshots=64):
    """How much longer a run takes that records so many states rather than its first and its
    last."""
    import torch

    from lib.samples import square_wave
    from lib.starts import paired
    from lib.training import train

    costs = []
    for m, epochs in (1000, 100000), (25000, 50000):
        net, samples, ratios = paired(m, 2.0, 0.0).to(torch.float32), square_wave(10), []
        for _ in range(rounds):
            few, many = (
                seconds(lambda: train(net, samples, epochs, snapshots=n, progress=False))
                for n in (2, snapshots)
            )
            ratios.append(many / few)
        costs.append(
            {
                "m": m,
                "epochs": epochs,
                "snapshots": snapshots,
                "times_without": statistics.median(ratios),
            }
        )
    return costs


def fresh_process(rounds):
    """Seconds in new processes: importing lib beyond torch, and the first training with a cold and
    a warm cache."""
    first = (
        "import time, torch; from lib.starts import paired; from lib.samples import square_wave; "
        "began = time.perf_counter()\n"
        "from lib.engines.cpu import Engine; from lib.engines.engine import Settings\n"
        "e = Engine(paired(1000, 2.0), square_wave(10), Settings()); e.advance(100); e.network\n"
        "print(time.perf_counter() - began)"
    )
    imported = ("import time, torch; began = time.perf_counter(); import lib, lib.training; "
                "print(time.perf_counter() - began)")
    with tempfile.TemporaryDirectory() as cache:
        def timed(code):
            answer = subprocess.run(
                [sys.executable, "-c", code], env={**os.environ, "NUMBA_CACHE_DIR": cache},
                capture_output=True, text=True, check=True,
            )
            return float(answer.stdout)

        cold = timed(first)
        return {
            "first_training_cold_cache": cold,
            "first_training_warm_cache": statistics.median(timed(first) for _ in range(rounds)),
            "import_lib_beyond_torch": statistics.median(timed(imported) for _ in range(rounds)),
        }


def machine():
    import jax
    import numba
    import torch

    model = platform.processor()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(
            (line.split(":")[1].strip() for line in lines if line.startswith("model name")), model
        )
    return {
        "cpu": model,
        "cores": len(CORES) or os.cpu_count(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "jax": jax.__version__,
        "numba": numba.__version__,
    }


def markdown(results):
    """The comparison as a Markdown table: microseconds per step, and how many times ours in float32
    that is."""
    names = list(results["cases"][0]["contestants"])
    rows = ["| m | s | regime | " + " | ".join(names) + " |", "|" + "---|" * (len(names) + 3)]
    for case in results["cases"]:
        cells = [f"{c['us']:.3g} ({c['times_ours']:.3g}x)" for c in case["contestants"].values()]
        rows.append(f"| {case['m']} | {case['s']} | {case['regime']} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.2, help="per contestant and round")
    options = parser.parse_args()
    fresh = fresh_process(7)
    if CORES:
        os.sched_setaffinity(0, CORES[-1:])  # before the peers start their threads
    import torch

    torch.set_num_threads(1)
    cases = []
    for m, s in SIZES:
        for regime in REGIMES:
            contestants = compare(m, s, regime, options.rounds, options.seconds)
            cases.append({"m": m, "s": s, "regime": regime, "contestants": contestants})
            print(markdown({"cases": cases[-1:]}), flush=True)
    more_samples = growth(3)
    if CORES:
        os.sched_setaffinity(0, CORES)
    results = {
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "cases": cases,
        "more_samples": more_samples,
        "batch": batch_scaling(options.rounds),
        "snapshots": snapshot_cost(options.rounds),
        "fresh_process_seconds": fresh,
    }
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    print("\n" + markdown(results))
    print(
        json.dumps(
            {
                k: results[k]
                for k in ("machine", "more_samples", "batch", "snapshots", "fresh_process_seconds")
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
