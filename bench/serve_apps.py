"""The services that bench/serve compares, each as processes of its own that are ended again."""
import contextlib
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

from support.project import program
from support.server import clean_environment
from support.wait import until

PEERS = Path(__file__).resolve().parent / "peers"
READY = re.compile(r"serving on http://127\.0\.0\.1:(\d+)")


def spawn(words, **options):
    """A child in a process group of its own, which dies with this process, however it ends."""
    return subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *map(str, words)],
                            stdin=subprocess.DEVNULL, start_new_session=True, **options)


def end(child, patience=10):
    """Ends a child of spawn() and whatever it started."""
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(patience)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def answers(port, path="/items/1"):
    """Whether the service answers with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", path)
        return connection.getresponse().status == 200
    return False


class Service:
    """A running service; .pid is the process that was started, .user its role in the database."""

    def __init__(self, name, child, port, user):
        self.name = name
        self.child = child
        self.pid = child.pid
        self.port = port
        self.user = user

    def wait_ready(self):
        until(lambda: answers(self.port) or self.child.poll() is not None, what=self.name)
        if self.child.poll() is not None:
            raise RuntimeError(f"{self.name} ended with {self.child.returncode}")


def role_url(database, role):
    """A role of the service's own, so that its backends can be told from others."""
    database.server.make_roles([role])
    database.execute(
        f'alter role "{role}" login; grant usage on schema public to "{role}";'
        f' grant select, insert on all tables in schema public to "{role}"')
    return database.server.as_role(database.url, role)


def drain(stream, lines, ready):
    """Reads what a child says to its end; tells when a port is named."""
    for line in stream:
        lines.append(line)
        found = READY.search(line)
        if found:
            ready.append(int(found[1]))


@contextlib.contextmanager
def retort(database, folder, threads, settings):
    """`retort serve` on the project peers/retort. settings: lines of [serve]."""
    project = Path(folder) / "retort"
    shutil.copytree(PEERS / "retort", project)
    (project / "retort.ini").write_text(f"[serve]\n{settings}\n")
    url = role_url(database, "bench_retort")
    child = spawn(
        [program(), "serve", "--listen", "127.0.0.1:0", "--threads", threads, "--log", "errors"],
        cwd=project, env=clean_environment(DATABASE_URL=database.url, SERVE_DATABASE_URL=url),
        text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    lines, ready = [], []
    reader = threading.Thread(target=drain, args=(child.stderr, lines, ready), daemon=True)
    reader.start()
    try:
        until(lambda: ready or child.poll() is not None, what="retort serve")
        if not ready:
            reader.join()
            raise RuntimeError(f"retort serve ended with {child.wait()}:\n{''.join(lines)}")
        service = Service("retort", child, ready[0], "bench_retort")
        service.wait_ready()
        yield service
    finally:
        end(child)


@contextlib.contextmanager
def fastapi(database, name, module, workers=2):
    """One of the applications in peers/ under uvicorn, with what makes uvicorn quick."""
    url = role_url(database, f"bench_{name}")
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    child = spawn(
        [sys.executable, "-m", "uvicorn", f"{module}:app", "--fd", listener.fileno(),
         "--loop", "uvloop", "--http", "httptools", "--workers", workers, "--no-access-log",
         "--log-level", "warning"],
        cwd=PEERS, pass_fds=[listener.fileno()],
        env=clean_environment(PEER_URL=url, PYTHONDONTWRITEBYTECODE="1"))
    port = listener.getsockname()[1]
    listener.close()
    try:
        service = Service(name, child, port, f"bench_{name}")
        service.wait_ready()
        yield service
    finally:
        end(child)
