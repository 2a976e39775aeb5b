"""The server under test: `retort serve` as a child, on a port of its own choice.

    with serving(project) as retort:
        retort.url, retort.port, retort.pid
        retort.said()   # messages and log so far
        retort.log()    # the lines of its log, as values
    # was told to stop, did so with status 0, and said nothing that a crash says

`project` finds its database as the role of serve_as() if that is given, else as the owner.
"""
import contextlib
import json
import re
import resource
import signal
import subprocess
import threading

from support.project import program
from support.refusal import CRASH
from support.wait import until

READY = re.compile(r"serving on (http://[^\s]*:(\d+)|unix:\S+)")
STOP_SECONDS = 30
LOG_LINE = '{"time"'
SHOWN = 45  # lines: CI shows the last 60 of a failure


def cause(text):
    """What a failure is to show of what a server said: where it crashed, else how it began; without
    the lines of its log, which are many and say nothing of that."""
    lines = [line for line in text.splitlines() if not line.startswith(LOG_LINE)]
    first = next((at for at, line in enumerate(lines) if CRASH.search(line)), 0)
    return "\n".join(lines[first:first + SHOWN])


class Serving:
    """A running server and the lines that it writes."""

    def __init__(self, child, log=None):
        self.child = child
        self.log_path = log
        self.pid = child.pid
        self.url = None
        self.port = None
        self.lines = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.child.stderr:
            self.lines.append(line)
            found = READY.search(line)
            if found and self.url is None:
                self.port = int(found[2]) if found[2] else None
                self.url = found[1]

    def said(self):
        return "".join(self.lines) + self.log_text()

    def log_text(self):
        return self.log_path.read_text()

    def log(self):
        """Whole lines alone: the last one may still be on its way."""
        text = self.log_text()
        return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]

    def requests(self, **wanted):
        """Lines of requests that have these members."""
        return [line for line in self.log() if "method" in line
                and all(line.get(name) == value for name, value in wanted.items())]

    def events(self, name):
        return [line for line in self.log() if line.get("event") == name]

    def is_running(self):
        return self.child.poll() is None

    def send(self, number):
        self.child.send_signal(number)

    def reload(self, fails=False):
        """Has it read the endpoints again, and waits until it says that it did, or did not."""
        event = "reload_failed" if fails else "reload"
        before = len(self.events(event))
        self.send(signal.SIGHUP)
        until(lambda: len(self.events(event)) > before, what=event)

    def wait_ready(self):
        until(lambda: self.url or not self.is_running(), what="the server's start")
        assert self.url, f"it ended with {self.child.wait()}:\n{cause(self.said())}"

    def stop(self):
        """Tells it to stop, in good order; gives the exit status."""
        if self.is_running():
            self.child.send_signal(signal.SIGTERM)
        try:
            return self.child.wait(timeout=STOP_SECONDS)
        finally:
            self.end()

    def end(self):
        """Makes sure that it is gone."""
        if self.is_running():
            self.child.send_signal(signal.SIGCONT)
            self.child.kill()
            self.child.wait()
        self.reader.join()


@contextlib.contextmanager
def serving(project, *words, listen="127.0.0.1:0", env=None, out=None, stops=True,
            command="serve", descriptors=None):
    """Starts `retort serve` and waits until it says that it serves.

    words: further options; listen: None leaves it to them; env: further variables; out: where its
    log goes instead of a file. Leaving the block stops it; that must end well unless the block
    itself failed; with stops=False the block does that itself. descriptors: how many it may have at
    first, and at most.
    """
    log = project.folder.parent / f"{project.folder.name}.log"
    place = ["--listen", listen] if listen is not None else []
    with open(log, "w") as file:
        child = subprocess.Popen(
            [program(), command, *place, *map(str, words)], cwd=project.folder,
            env=project.environment(env), text=True, errors="replace", stdin=subprocess.DEVNULL,
            stdout=file if out is None else out, stderr=subprocess.PIPE,
            preexec_fn=descriptors and (
                lambda: resource.setrlimit(resource.RLIMIT_NOFILE, descriptors)))
    server = Serving(child, log)
    try:
        server.wait_ready()
        yield server
        if not stops:
            return
        assert server.is_running(), f"it ended with {child.wait()}:\n{cause(server.said())}"
        status = server.stop()
        assert status == 0, f"it ended with {status}:\n{cause(server.said())}"
        assert not CRASH.search(server.said()), cause(server.said())
    finally:
        server.end()


def dev(project, *words, **named):
    """`retort dev`, as serving(); it logs for people, so log() has nothing to read."""
    return serving(project, *words, command="dev", **named)


def serve_as(project, database, role="retort_app"):
    """The server of `project` connects as `role`, which is made and may use what is in public.

    It owns nothing: what is made later has to be granted to it. Before 15 everybody may create in
    public, with which nothing is served. Gives its URL.
    """
    database.server.make_roles([role])
    database.execute(
        "revoke create on schema public from public;"
        f' alter role "{role}" login; grant usage on schema public to "{role}";'
        f' grant select, insert, update, delete on all tables in schema public to "{role}";'
        f' grant usage on all sequences in schema public to "{role}"')
    url = database.server.as_role(database.url, role)
    project.serve_url = url
    return url
