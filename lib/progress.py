"""One progress bar for everything that takes more than a second."""
import os


def bar(total: int, unit: str, wanted: bool = True):
    """A tqdm bar that appears after a second and goes when it is done.

    None if not wanted or if TQDM_DISABLE is set: tqdm's bar for notebooks does not look at that by
    itself, and pages want no half-finished bars.
    """
    from tqdm.auto import tqdm

    quiet = not wanted or os.environ.get("TQDM_DISABLE", "") not in ("", "0")
    return tqdm(total=total, unit=unit, delay=1.0, leave=False, disable=quiet)
