"""What every study does on the command line: run, go on, say what is left, pack."""
import argparse
import contextlib
import math
import random
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import torch

from ..cost import Left, clock
from ..store import Store, compute, described, versions
from .results import write


def run(study, path, parts, executor=None, code: str | None = None) -> None:
    """Compute what the store at `path` lacks, and print each minute how long the rest will take."""
    wanted = study.jobs(parts)
    order = list(wanted)
    random.Random(0).shuffle(order)                                      # any part is a sample
    about = versions() | ({"code": code} if code else {})
    with Store(path, study.settings(), about) as store:
        had = store.done.keys() & wanted.keys()
        jobs = {key: wanted[key] for key in order if key not in had}
        left = Left({key: study.expected(job) for key, job in jobs.items()})
        began = shown = time.perf_counter()
        found = compute(study.row, jobs, store=store, executor=executor)
        for count, (key, _) in enumerate(found, len(had) + 1):
            left.add(key)
            now = time.perf_counter()
            if now > shown + 60 or count == len(order):
                shown = now
                rest = clock(left.seconds(now - began))
                print(f"{count} of {len(order)} rows, {rest} left", flush=True)


def add(study, path, others) -> None:
    """Take over into the store at `path` what other stores have, made elsewhere, and it lacks."""
    with Store(path, study.settings(), about=versions()) as store:
        for other in others:
            with Store(other, study.settings()) as source:
                for key in source.done.keys() - store.done.keys():
                    store.add(key, source.done[key])


def pack(study, path, file) -> None:
    """Write what the store has to a small file; nan for what is not done, or diverged."""
    wanted = study.jobs()
    shape = len(wanted), len(study.RATIOS), len(study.MEASURES)
    numbers = torch.full(shape, math.nan, dtype=torch.float64)
    with Store(path, study.settings()) as store:
        about, done = store.about, store.done
    for k, key in enumerate(wanted):
        if key in done:
            numbers[k] = torch.tensor(done[key], dtype=torch.float64)
    rows = numbers.flatten(0, 1)
    lost = sum(int(numbers[k].isnan().all(-1).sum()) for k, key in enumerate(wanted) if key in done)
    changed = time.localtime(Path(path).stat().st_mtime)
    write(file, study.MEASURES, numbers, described(about | {
        "networks": int((~rows.isnan().all(-1)).sum()), "planned": len(rows), "diverged": lost,
        "core_seconds": round(float(rows[:, study.MEASURES.index("seconds")].nansum()), 1),
        "finished": time.strftime("%Y-%m-%d %H:%M:%S %z", changed), "settings": study.settings(),
        "parts": {name: list(part) for name, part in study.PARTS.items()},
    }))


def main(study) -> None:
    """The command of a study.

    Options: `--store`, `--part`, `--processes`, `--dask`, `--code`, `--add`, `--pack`, `--file`.
    """
    parser = argparse.ArgumentParser(description=study.__doc__.splitlines()[0])
    name = study.__name__.split(".")[-1]
    parser.add_argument("--store", default=f"_build/{name}.store", help="where results are kept")
    parser.add_argument("--part", nargs="*", choices=list(study.PARTS), help="only these parts")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--dask", help="the address of a Dask scheduler")
    parser.add_argument("--code", help="the version, where git does not know it")
    parser.add_argument("--add", nargs="+", default=[], help="take over what other stores have")
    parser.add_argument("--pack", action="store_true", help=f"write {study.FILE.name}, or --file")
    parser.add_argument("--file", default=study.FILE, help="what --pack writes")
    given = parser.parse_args()
    Path(given.store).parent.mkdir(parents=True, exist_ok=True)
    if given.add:
        add(study, given.store, given.add)
    if given.pack:
        pack(study, given.store, given.file)
    if given.add or given.pack:
        return
    torch.set_num_threads(1)
    with contextlib.ExitStack() as open_things:
        executor = None
        if given.dask:
            from distributed import Client

            executor = open_things.enter_context(Client(given.dask)).get_executor()
        elif given.processes > 1:
            spawn = get_context("spawn")
            pool = ProcessPoolExecutor(given.processes, spawn, torch.set_num_threads, (1,))
            executor = open_things.enter_context(pool)
        run(study, given.store, given.part or study.parts(), executor, given.code)
