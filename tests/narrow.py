"""What a process sets itself before it starts: for preexec_fn, where a system has it."""
import os
import signal

try:
    import resource
except ImportError:                                                      # Windows has none
    resource = None


def one_core():
    if hasattr(os, "sched_setaffinity"):                                 # a Mac has none
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def little_memory():
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))


def listening():
    """Hear Ctrl-C, also where the shell that began the tests has it ignored, as nohup does."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
