"""Ways in which a database goes away, and how long it is gone for certain.

Each takes a private server (support/server.py), waits for what it brings about, and gives back
monotonic times. `meanwhile` is called while the server is gone.
"""
import contextlib
import os
import selectors
import signal
import socket
import threading
import time
from collections import namedtuple

import psycopg2

from support.freeze import children, postmaster
from support.freeze import freeze as frozen
from support.wait import until

# Nothing can be answered between `gone` and `back`; `accepts`: a new session could be had.
Outage = namedtuple("Outage", "gone back accepts")


def state(pid):
    """The letter that ps shows; Z, of one that nobody has waited for, also if there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as stat:
            return stat.read().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def is_gone(pid):
    return state(pid) == "Z"


def is_stopped(pid):
    return state(pid) in "TZ"


def accepts(server):
    """Waits until a session can be had; gives the time."""
    def asked():
        try:
            server.admin("select 1")
        except psycopg2.OperationalError:
            return False
        return True

    until(asked, what="the server")
    return time.monotonic()


def start(server):
    """Starts it and gives the time when it accepts, to 10 ms."""
    server.start(wait=False)
    return accepts(server)


def kill_postmaster(server, meanwhile):
    parent = postmaster(server)
    family = [parent, *children(parent)]
    os.kill(parent, signal.SIGKILL)
    until(lambda: all(map(is_gone, family)), what="the end of its processes")
    # Where nobody waits for orphans, a dead one still counts as running for whoever starts anew.
    for path in ("data/postmaster.pid", ".s.PGSQL.5432.lock"):
        os.unlink(os.path.join(server.folder, path))
    gone = time.monotonic()
    meanwhile()
    back = time.monotonic()
    return Outage(gone, back, start(server))


def stop(server, mode, meanwhile):
    server.stop(mode)
    gone = time.monotonic()
    meanwhile()
    back = time.monotonic()
    return Outage(gone, back, start(server))


def checkpointer(server):
    try:
        return server.admin("select pid from pg_stat_activity"
                            " where backend_type = 'checkpointer'")[0][0]
    except (psycopg2.Error, IndexError):
        return None


def kill_backend(server, pid):
    """The server then ends all sessions and recovers; it is a new one when its processes are."""
    before = checkpointer(server)
    os.kill(pid, signal.SIGKILL)
    until(lambda: checkpointer(server) not in (None, before), what="the recovered server")
    now = time.monotonic()
    return Outage(now, now, now)


def freeze(server, meanwhile):
    """Stops all its processes as a hanging machine would; the kernel still takes packets."""
    with frozen(server):
        gone = time.monotonic()
        meanwhile()
        back = time.monotonic()
    return Outage(gone, back, accepts(server))


def waits_for_client(server, pid):
    rows = server.admin(f"select wait_event from pg_stat_activity where pid = {pid}")
    return rows == [("ClientRead",)]


@contextlib.contextmanager
def frozen_backend(server, choose):
    """One backend stops, at a moment when it holds nothing that others wait for.

    choose: gives a pid, or None to be asked again.
    """
    pid = None

    def stopped():
        nonlocal pid
        pid = choose()
        if pid is None:
            return False
        os.kill(pid, signal.SIGSTOP)
        until(lambda: is_stopped(pid))
        if waits_for_client(server, pid):
            return True
        os.kill(pid, signal.SIGCONT)
        return False

    try:
        until(stopped, what="a backend that holds nothing")
        yield pid
    finally:
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def no_slots(server, role):
    """Fills all connections that @role may have, after ending those that it had."""
    fillers = []
    url = server.as_role(server.url, role)
    slots = server.admin("select current_setting('max_connections')::int"
                         " - current_setting('superuser_reserved_connections')::int")[0][0]

    def fill():
        with contextlib.suppress(psycopg2.OperationalError):
            while True:
                fillers.append(psycopg2.connect(url, application_name="filler"))

    def filled():
        server.admin("select pg_terminate_backend(pid) from pg_stat_activity"
                     f" where usename = '{role}' and application_name <> 'filler'")
        fill()
        return len(fillers) == slots

    try:
        until(filled, what="the last connection slot")
        yield
    finally:
        for filler in fillers:
            filler.close()


class Proxy:
    """A network between a client and a server, which can be cut: nothing passes, nothing ends."""

    def __init__(self, target):
        self.target = target  # path of the server's socket
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.selector = selectors.DefaultSelector()
        self.waking, self.wake = socket.socketpair()
        self.cut = False
        self.ended = False
        self.sockets = set()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def accept(self):
        near = self.listener.accept()[0]
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        far = socket.socket(socket.AF_UNIX)
        try:
            far.connect(self.target)
        except OSError:
            near.close()
            far.close()
            return
        for one, other in ((near, far), (far, near)):
            self.sockets.add(one)
            self.selector.register(one, selectors.EVENT_READ, other)

    def hang_up(self, *pair):
        for one in pair:
            if one in self.sockets:
                self.sockets.discard(one)
                self.selector.unregister(one)
                one.close()

    def pass_on(self, one, other):
        try:
            data = one.recv(1 << 16)
            if data:
                other.sendall(data)
                return
        except OSError:
            pass
        self.hang_up(one, other)

    def run(self):
        self.selector.register(self.waking, selectors.EVENT_READ)
        self.selector.register(self.listener, selectors.EVENT_READ)
        while not self.ended:
            if self.cut:
                self.waking.recv(1)
                continue
            for key, _ in self.selector.select():
                if key.fileobj is self.waking:
                    self.waking.recv(1)
                elif key.fileobj is self.listener:
                    self.accept()
                elif key.fileobj in self.sockets and not self.cut:
                    self.pass_on(key.fileobj, key.data)

    def set_cut(self, cut):
        self.cut = cut
        self.wake.send(b"x")

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended = True
        self.set_cut(False)
        self.thread.join()
        for one in [*self.sockets, self.listener, self.waking, self.wake]:
            one.close()
        self.selector.close()
