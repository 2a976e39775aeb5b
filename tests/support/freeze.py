"""A server that hangs, as on a machine without memory or with a dead disk."""
import contextlib
import os
import signal
from pathlib import Path

from support.wait import until


def postmaster(server):
    return int(Path(server.data, "postmaster.pid").read_text().split()[0])


def children(pid):
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def stop(pid):
    """Returns when it has stopped: until then it may still make children, or answer."""
    os.kill(pid, signal.SIGSTOP)
    stat = Path("/proc", str(pid), "stat")
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        until(lambda: stat.read_text().rpartition(")")[2].split()[0] in "TtZ", what="its stop")


@contextlib.contextmanager
def freeze(server):
    """Stops all its processes for the time of the block: first the one that makes others."""
    pids = [postmaster(server)]
    try:
        stop(pids[0])
        for pid in children(pids[0]):
            with contextlib.suppress(ProcessLookupError):
                stop(pid)
                pids.append(pid)
        yield
    finally:
        for pid in reversed(pids):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
