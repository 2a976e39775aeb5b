"""Outages under load: each request is answered once, from the database or with 503, in time.

Reads and writes run at once, by load drivers that account for every request. The times that are
allowed are those of a quiet machine, times the processes that wait for each processor (the load
average, but at least 1), plus twice the longest turn of the drivers: what kept them waiting kept the
server waiting, too. The deadline itself is not scaled: the clock keeps it.
"""
import contextlib
import os
import subprocess
import time

import psycopg2
import pytest

from support import outage
from support.load import Load, Reads, Writes
from support.outage import Outage
from support.project import Project
from support.server import USER, NoServer, private_server
from support.serving import serve_as, serving
from support.wait import until

ROLE = "retort_app"
ROWS = 1000
DEADLINE = 0.5  # seconds; of reads and writes
KILLED = 0.25  # how long a request may wait for its 503 when the server has died
FROZEN = DEADLINE + 0.1  # the same when it hangs
RECOVERY = 1.0  # how long after the server accepts again there may be a 503

TABLES = """
create table item (id bigint primary key, name text not null);
insert into item select n, 'item ' || n from generate_series(1, 1000) n;
-- No key is unique: a write that was sent twice must be seen.
create table entry (id bigint generated always as identity primary key, key text not null);
"""
ENDPOINTS = """
-- GET /items/{id}
-- returns: one
SELECT id, name FROM item WHERE id = :id;

-- POST /entries
-- returns: one 201
INSERT INTO entry (key) VALUES (:key) RETURNING key;
"""
SETTINGS = f"""
[serve]
deadline = {int(DEADLINE * 1000)}ms
write_deadline = {int(DEADLINE * 1000)}ms
"""

SIZES = [pytest.param((12, 6, 1), id="short"),
         pytest.param((64, 16, 3), id="long", marks=pytest.mark.long)]
pytestmark = pytest.mark.parametrize("size", SIZES)


class Scene:
    """A server of PostgreSQL of its own with a project before it; load() runs against both."""

    def __init__(self, server, folder):
        self.server = server
        self.database = server.create("outage")
        self.database.execute(TABLES)
        self.project = Project(folder / "project", self.database.url)
        self.project.write("api/all.sql", ENDPOINTS)
        self.project.configure(SETTINGS)
        serve_as(self.project, self.database, ROLE)
        self.retort = self.reads = self.writes = None
        self.outages = []

    @contextlib.contextmanager
    def load(self, size):
        with serving(self.project, "--log", "errors") as self.retort:
            with Load(self.retort.port, Reads(ROWS), size[0]) as self.reads, \
                    Load(self.retort.port, Writes("key"), size[1]) as self.writes:
                self.settle()
                yield
                self.settle()
        self.judge_all()

    def settle(self):
        self.reads.wait_settled()
        self.writes.wait_settled()

    def refused(self):
        """Until reads and writes were refused on all connections, more than once."""
        self.reads.wait_bad(2)
        self.writes.wait_bad(2)

    def went(self, what):
        """Notes an outage, and waits until it is over for all."""
        self.outages.append(what)
        self.settle()

    def judge_all(self):
        """What holds whatever happened."""
        for result in self.results():
            result.check()
            for gone, back, _ in self.outages:
                made_up = [one for one in result.ok() if gone < one.sent and one.got < back]
                assert not made_up, f"answered without a database: {made_up[:3]}"
        self.judge_writes()

    def judge_writes(self):
        """What was answered with 201 is there; nothing is there twice or without being sent."""
        rows = [key for (key,) in self.database.execute("select key from entry")]
        stored = set(rows)
        assert len(rows) == len(stored), "a write was stored twice"
        lost = {one.key for one in self.writes.result.of(201)} - stored
        assert not lost, f"answered with 201, but not there: {sorted(lost)[:5]}"
        sent = {one.key for one in self.writes.result.answers}
        assert stored <= sent, f"never sent: {sorted(stored - sent)[:5]}"

    def results(self):
        return self.reads.result, self.writes.result

    def allowed(self, limit):
        """Seconds: what a quiet machine's limit is on this one."""
        crowd = max(1, os.getloadavg()[0] / os.cpu_count())
        fixed = DEADLINE if limit > DEADLINE and limit != RECOVERY else 0
        turn = max(result.turn for result in self.results())
        return fixed + (limit - fixed) * crowd + 2 * turn

    def judge_times(self, limit, recovery=RECOVERY):
        """Every answer came in time, and the last refusal soon after the end of the outage."""
        for result in self.results():
            for status in (200, 201, 503):
                assert result.worst(status) <= self.allowed(FROZEN), self.told(result)
            assert result.worst(503) <= self.allowed(limit), self.told(result)
            late = result.last_bad() - self.outages[-1].accepts
            assert late <= self.allowed(recovery), f"{late:.3f} s late; {self.told(result)}"

    def told(self, result):
        end = self.outages[-1].accepts
        late = [f"{one.got - end:.3f}" for one in result.of(503) if one.got > end]
        return (f"{result.counts()}; worst 503 {result.worst(503):.3f} s, worst turn of the load "
                f"{result.turn:.3f} s; 503 after the end at {', '.join(late[:40])}\n"
                f"{self.retort.said()[-3000:]}")

    def backend(self, text):
        """A process of PostgreSQL that works for the server and whose last statement has @text."""
        rows = self.server.admin(
            f"select pid from pg_stat_activity where usename = '{ROLE}'"
            f" and query ilike '%{text}%' order by random() limit 1")
        return rows[0][0] if rows else None


@pytest.fixture
def options():
    return ()


@pytest.fixture
def scene(tmp_path, options):
    try:
        with private_server(options) as server:
            yield Scene(server, tmp_path)
    except NoServer as reason:
        pytest.skip(str(reason))


def test_killed_server(scene, size):
    with scene.load(size):
        for _ in range(size[2]):
            scene.went(outage.kill_postmaster(scene.server, scene.refused))
    scene.judge_times(KILLED)


def test_killed_backend(scene, size):
    with scene.load(size):
        for text in ("item", "entry") * size[2]:
            process = until(lambda: scene.backend(text), what="a session that has worked")
            scene.went(outage.kill_backend(scene.server, process))
    scene.judge_times(KILLED)
    assert all(result.of(503) for result in scene.results())


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_stopped_server(scene, size, mode):
    with scene.load(size):
        for _ in range(size[2]):
            scene.went(outage.stop(scene.server, mode, scene.refused))
    scene.judge_times(KILLED)


def test_ended_sessions(scene, size):
    with scene.load(size):
        for _ in range(size[2]):
            ended = scene.server.admin("select count(pg_terminate_backend(pid))"
                                       f" from pg_stat_activity where usename = '{ROLE}'")
            assert ended[0][0] > 1
            now = time.monotonic()
            scene.went(Outage(now, now, now))
    scene.judge_times(KILLED)


def test_frozen_server(scene, size):
    with scene.load(size):
        for _ in range(size[2]):
            scene.went(outage.freeze(scene.server, scene.refused))
    scene.judge_times(FROZEN)
    # Who waited for an answer waited until the deadline, not less: nobody was given up on early.
    assert all(result.worst(503) >= DEADLINE * 0.9 for result in scene.results())


@pytest.mark.parametrize("text", ["item", "entry"])
def test_frozen_backend(scene, size, text):
    with scene.load(size):
        with outage.frozen_backend(scene.server, lambda: scene.backend(text)):
            # Before, others may have been stopped for a moment that did hold something.
            frozen = time.monotonic()
            scene.reads.wait_settled(100)
            scene.writes.wait_settled(20)  # its lane has had another connection made
            now = time.monotonic()
        scene.went(Outage(now, now, now))
    scene.judge_times(FROZEN)
    other = scene.writes if text == "item" else scene.reads
    assert not [one for one in other.result.of(503)
                if frozen < one.sent and one.got < now], \
        "the other lane was held up, too"


@pytest.mark.parametrize("options", [("max_connections=20",)])
def test_no_connection_slots(scene, size):
    with scene.load(size):
        with outage.no_slots(scene.server, ROLE):
            gone = time.monotonic()
            scene.refused()
            back = time.monotonic()
        scene.went(Outage(gone, back, time.monotonic()))
    # Its sessions are ended again and again until the slots are full: a read may be tried as often.
    scene.judge_times(FROZEN)


def test_demoted_to_standby(scene, size):
    """Reads go on; writes are refused until the server is promoted."""
    signal_file = os.path.join(scene.server.data, "standby.signal")
    with scene.load(size):
        def demote():
            scene.refused()
            open(signal_file, "w", encoding="ascii").close()

        standby = outage.stop(scene.server, "fast", demote)
        scene.outages.append(standby)
        scene.reads.wait_settled(50)
        scene.writes.wait_bad(5)
        read = scene.reads.ok()
        scene.server.admin("select pg_promote()")
        promoted = time.monotonic()
        scene.outages.append(Outage(promoted, promoted, promoted))
        scene.settle()
        assert scene.reads.ok() > read
    scene.judge_times(KILLED)
    read_late = scene.reads.result.last_bad() - standby.accepts
    assert read_late <= scene.allowed(RECOVERY), scene.told(scene.reads.result)
    accepted = [one for one in scene.writes.result.of(201)
                if standby.gone < one.sent and one.got < promoted - 1]
    assert not accepted, "a standby cannot have taken it"


def test_cut_network(scene, size):
    path = os.path.join(scene.server.folder, ".s.PGSQL.5432")
    with outage.Proxy(path) as proxy:
        scene.project.serve_url = (
            f"postgresql://{ROLE}@127.0.0.1:{proxy.port}/{scene.database.name}")
        with scene.load(size):
            for _ in range(size[2]):
                proxy.set_cut(True)
                gone = time.monotonic()
                scene.refused()
                back = time.monotonic()
                proxy.set_cut(False)
                # What was on its way when it was cut had been answered by then, or never is.
                scene.went(Outage(gone + DEADLINE, back, back))
    scene.judge_times(FROZEN)


@contextlib.contextmanager
def small_disk(folder):
    """A file system of 1 MB that PostgreSQL may use."""
    os.mkdir(folder)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder],
                             capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount a small disk: {mounted.stderr.strip()}")
    try:
        subprocess.run(["chown", USER, folder], check=True)
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="cannot mount a small disk: needs root")
def test_full_disk(scene, size):
    """Writes are refused while there is no room; reads go on."""
    with small_disk(os.path.join(scene.server.folder, "disk")) as folder:
        scene.server.admin(f"create tablespace small location '{folder}'")
        scene.database.execute("alter table entry set tablespace small;"
                               "create table ballast (text text) tablespace small;"
                               "alter table ballast alter text set storage plain")
        with scene.load(size):
            with pytest.raises(psycopg2.errors.DiskFull):
                scene.database.execute(
                    "insert into ballast select repeat('x', 7000) from generate_series(1, 1000)")
            gone = time.monotonic()
            scene.writes.wait_bad(2)
            scene.reads.wait_settled(50)
            scene.database.execute("drop table ballast")  # which needs no room
            now = time.monotonic()
            scene.went(Outage(gone, gone, now))
        scene.judge_times(KILLED)
        assert not scene.reads.result.of(503)
        scene.server.stop()
