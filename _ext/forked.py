"""Kernels that start at once: each is forked from a process that has imported lib already.

Every notebook has a kernel of its own all the same.  This is for Linux: after imports such as
these a fork is not safe everywhere, and elsewhere a kernel starts as Jupyter starts it.
"""

import os
import pkgutil
import sys
import threading
from contextlib import suppress
from importlib.metadata import EntryPoint
from importlib.util import find_spec
from multiprocessing import get_context, parent_process
from pathlib import Path

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

ROOT = Path(__file__).resolve().parents[1]
LAUNCH = "ipykernel_launcher"
IMPORTED = [
    "jupyter_client.provisioning", "ipykernel.kernelapp", "matplotlib.pyplot",
    *(f"lib.{module.name}" for module in pkgutil.iter_modules([str(ROOT / "lib")])),
]
PICTURES = "module://matplotlib_inline.backend_inline"
LINUX = sys.platform == "linux"


def prepare():
    """Begin to import; the first kernel would else wait for it."""
    if LINUX:
        from multiprocessing import forkserver  # not on every system

        forkserver.set_forkserver_preload(IMPORTED)
        forkserver.ensure_running()


class Forked:
    """A forked kernel as its provisioner sees it, which expects a subprocess.Popen."""

    stdin = stdout = stderr = None

    def __init__(self, process):
        self.process, self.pid = process, process.pid

    def poll(self):
        return self.process.exitcode

    def wait(self, timeout=None):
        self.process.join(timeout)
        return self.process.exitcode

    def send_signal(self, number):
        with suppress(ProcessLookupError):  # it may have ended in the meantime
            os.kill(self.pid, number)

    def terminate(self):
        self.process.terminate()

    def kill(self):
        self.process.kill()


def end_with(process):
    process.join()
    os._exit(1)


def kernel(words, folder, variables):
    """The life of a forked kernel; `words` are the arguments of its application."""
    import matplotlib
    from ipykernel.kernelapp import IPKernelApp

    os.setsid()  # an interrupt is for the kernel and what it starts, not for the build
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(folder)
    # a kernel says in the environment where pictures go, which matplotlib has read already
    matplotlib.rcParams["backend"] = variables.get("MPLBACKEND", PICTURES)
    own = str(Path(__file__).parent)  # modules of the build, which the book does not have
    sys.path[:] = [folder for folder in sys.path if folder != own]
    sys.argv = [find_spec(LAUNCH).origin, *words]
    # a kernel ends itself when the process that it was forked from is gone, or the build
    threading.Thread(target=end_with, args=(parent_process(),), daemon=True).start()
    IPKernelApp.launch_instance([*words, f"--IPKernelApp.parent_handle={os.getppid()}"])


class ForkingProvisioner(LocalProvisioner):
    """Starts Python's own kernel by a fork, any other as it wants to be started."""

    async def launch_kernel(self, cmd, **kwargs):
        if not LINUX or cmd[0] != sys.executable or LAUNCH not in cmd:
            return await super().launch_kernel(cmd, **kwargs)
        words = cmd[cmd.index(LAUNCH) + 1:]
        prepare()
        process = get_context("forkserver").Process(
            target=kernel, args=(words, kwargs["cwd"], kwargs["env"]), daemon=True
        )
        process.start()
        self.process, self.pid, self.cwd = Forked(process), process.pid, kwargs["cwd"]
        return self.connection_info


def setup(app):
    factory = KernelProvisionerFactory.instance()
    factory.provisioners["forking"] = EntryPoint("forking", f"{__name__}:ForkingProvisioner", "")
    factory.default_provisioner_name = "forking"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
