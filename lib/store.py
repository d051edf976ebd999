"""Results on disk that survive: a line for each finished job, written before the next is awaited.

A file is a line of text about the settings, then one for each result.  Each begins with a checksum
of itself and of the line before it, so a line that was altered, lost, moved or cut short is
noticed.
"""

import contextlib
import dataclasses
import functools
import hashlib
import inspect
import json
import math
import os
import reprlib
import warnings
from concurrent.futures import FIRST_COMPLETED, wait
from pathlib import Path

import numpy as np
import torch

VERSION = 1
DIGITS = 16  # of each checksum


class Damaged(ValueError):
    """A store that is not what was written: says which file, which line, and what is wrong."""


class Store:
    """The results of some jobs in a file, {key: result}, for one set of settings; for `with`.

    path: made if it does not exist, else read and checked;  settings: anything described() knows;
    about: remarks that are kept with them and not compared, such as versions: the attribute `about`
    is that of the first run.  A last line that is not complete, as a crash in the middle of writing
    leaves it, is cut off with a warning: its job counts as not done.
    Raises Damaged for a file that was altered, ValueError for one of other settings or one that is
    in use.
    """

    def __init__(self, path, settings: dict, about: dict | None = None):
        self.path, self.settings = Path(path), described(settings)
        self.done: dict[str, object] = {}
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            self._lock()
            self._read(described(about or {}))
        except BaseException:
            self.close()
            raise

    def add(self, key: str, result) -> None:
        """Keep a result (numbers, strings, lists, dicts); it is on disk when this returns."""
        if key in self.done:
            raise ValueError(f"key: {key} has a result already")
        self._write({"key": key, "result": result})
        self.done[key] = result

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def _lock(self):
        try:
            import fcntl
        except ImportError:  # not a POSIX system: nobody looks
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ValueError(f"store: {self.path} is in use by another run") from None

    def _read(self, about):
        self._sum = ""
        text = self.path.read_bytes()
        whole, rest = text[: text.rfind(b"\n") + 1], text[text.rfind(b"\n") + 1 :]
        if rest:
            warnings.warn(
                f"store: {self.path}: the last line was cut short; its job will be done again",
                stacklevel=3,
            )
            os.ftruncate(self._file, len(whole))
        for number, line in enumerate(whole.splitlines(), 1):
            held = self._checked(number, line)
            if number == 1:
                self._compare(held)
                self.about = held["about"]
            elif held["key"] in self.done:
                raise Damaged(
                    f"store: {self.path}, line {number}: a second result for {held['key']}"
                )
            else:
                self.done[held["key"]] = held["result"]
        if not whole:
            self.about = about
            self._write({"store": VERSION, "settings": self.settings, "about": about})

    def _checked(self, number, line):
        sum_, _, text = line.decode("utf8", "replace").partition(" ")
        if sum_ != self._next(text):
            raise Damaged(
                f"store: {self.path}, line {number}: the checksum does not fit; the line, or one "
                "before it, was altered or lost"
            )
        self._sum = sum_
        return json.loads(text)

    def _compare(self, header):
        if header.get("store") != VERSION:
            raise Damaged(f"store: {self.path} is of version {header.get('store')}, want {VERSION}")
        theirs = header["settings"]
        for name in sorted({*theirs, *self.settings}):
            if theirs.get(name) != self.settings.get(name):
                raise ValueError(
                    f"store: {self.path} was made with {name} = {_short(theirs.get(name))}, "
                    f"not {_short(self.settings.get(name))}; give another path"
                )

    def _write(self, entry):
        text = json.dumps(entry, sort_keys=True)
        sum_ = self._next(text)
        line = f"{sum_} {text}\n".encode("utf8")
        size = os.fstat(self._file).st_size
        if os.write(self._file, line) != len(line):
            os.ftruncate(self._file, size)
            raise OSError(f"store: {self.path}: no room for another line")
        os.fsync(self._file)
        self._sum = sum_

    def _next(self, text):
        return hashlib.sha256(f"{self._sum} {text}".encode("utf8")).hexdigest()[:DIGITS]


def compute(work, jobs: dict, *, store: Store | None = None, executor=None, window: int = 256):
    """Yield (key, work(job)) for every job of {key: job}, in the order in which they are done.

    What the store has is not computed again; what is finished is in the store before it is yielded.
    executor: any concurrent.futures.Executor, given `window` jobs at a time.  If a job fails, or
    the caller stops, what was finished by then is kept and the rest is cancelled.
    """
    held = {} if store is None else store.done
    yield from ((key, held[key]) for key in jobs if key in held)
    todo = iter([key for key in jobs if key not in held])

    def kept(key, result):
        if store is not None:
            store.add(key, result)
        return key, result

    if executor is None:
        for key in todo:
            yield kept(key, work(jobs[key]))
        return
    running = {}
    try:
        while True:
            for key in todo:
                running[executor.submit(work, jobs[key])] = key
                if len(running) >= window:
                    break
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                result = future.result()
                yield kept(running.pop(future), result)
    finally:
        for future, key in running.items():
            future.cancel()
            finished = future.done() and not future.cancelled() and future.exception() is None
            if finished and store is not None and key not in store.done:
                store.add(key, future.result())


def described(value):
    """`value` in the words of JSON: tensors and arrays as lists, dataclasses by their fields.

    Functions by name, text and what they hold: defaults, closed-over values, the object of a
    method.  Not by what is global; other objects that can be called by their class alone.
    """
    if isinstance(value, dict):
        return {str(key): described(v) for key, v in value.items()}
    if isinstance(value, (torch.Tensor, np.ndarray)):
        return described(value.tolist())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return {"": type(value).__qualname__} | described(fields)
    if isinstance(value, (list, tuple, range)):
        return [described(v) for v in value]
    if isinstance(value, functools.partial):
        return [described(value.func), described(value.args), described(value.keywords)]
    if callable(value):
        return _named(value)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    number = float(value)
    return number if math.isfinite(number) else str(number)


@reprlib.recursive_repr("itself")
def _named(function) -> str:
    """The name of a function and a digest of its text and what it holds, to see changes."""
    name = f"{function.__module__}.{getattr(function, '__qualname__', type(function).__qualname__)}"
    try:
        text = inspect.getsource(function)
    except (OSError, TypeError):
        text = ""
    held = [_held(value) for value in _holds(function)]
    text += json.dumps(held, sort_keys=True) if held else ""
    return f"{name} {hashlib.sha256(text.encode('utf8')).hexdigest()[:8]}" if text else name


def _holds(function):
    """The values that a function brings along."""
    if inspect.ismethod(function):
        yield function.__self__
    yield from getattr(function, "__defaults__", None) or ()
    yield from (getattr(function, "__kwdefaults__", None) or {}).values()
    for cell in getattr(function, "__closure__", None) or ():
        with contextlib.suppress(ValueError):  # not filled yet
            yield cell.cell_contents


def _held(value):
    """The value in words, where it has any; else its class."""
    try:
        return described(value)
    except (TypeError, ValueError, RecursionError):
        return type(value).__qualname__


def versions() -> dict:
    """With what, where and since when: remarks for a store about its results."""
    import platform
    import subprocess
    import time

    try:
        from numba import __version__ as numba
    except ImportError:
        numba = "none"
    try:
        code = subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
        ).stdout.strip()
    except OSError:
        code = ""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf8").splitlines()
        processor = next(
            line.split(":")[1].strip() for line in lines if line.startswith("model name")
        )
    except (OSError, StopIteration):
        processor = platform.processor()
    return {
        "code": code or "unknown",
        "device": f"cpu, {processor}",
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numba": numba,
        "numpy": np.__version__,
        "started": time.strftime("%Y-%m-%d %H:%M:%S %z"),
    }


def _short(value) -> str:
    text = json.dumps(value)
    return text if len(text) < 60 else text[:57] + "..."
