"""Limits that a process sets itself before it starts: for preexec_fn, where a system has them."""
import os
import resource


def one_core():
    if hasattr(os, "sched_setaffinity"):                                 # a Mac has none
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def little_memory():
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
