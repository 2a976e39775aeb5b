"""The pool under load, while the server beneath it is killed, stopped, frozen, full or replaced.

Every request ends once, in time; what was answered as written is written, once; and work goes on
as soon as the server takes connections again.
"""
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg2
import pytest

from support import outage, wait
from support.freeze import freeze, postmaster
from support.project import program
from support.server import (
    USER, NoServer, PrivateServer, clean_environment, find_program, private_server, quick_folder,
    run_as_server_user)

DEADLINE = 800  # milliseconds
SOON = 250  # an answer after a kill
LATE = 100  # an end after its deadline
RECOVERED = 1.0  # seconds after the server takes connections


class Load:
    """A running pool_load; what it told in each report."""

    def __init__(self, url, *, clients=32, fast=2, write=2, reads_url=None, deadline=DEADLINE):
        extra = {"READS_URL": reads_url} if reads_url else {}
        binary = Path(program()).resolve().parent / "tests" / "pool" / "pool_load"
        self.process = subprocess.Popen(
            [binary, str(clients), str(fast), str(write), str(deadline)], text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=clean_environment(DATABASE_URL=url, **extra))
        self.worst_turned_away = self.worst_late = float("-inf")
        self.stall = 0  # milliseconds: what kept the load waiting kept the pool waiting, too

    def report(self):
        self.process.stdin.write("report\n")
        told = json.loads(self.process.stdout.readline())
        for kind in ("reads", "writes"):
            self.worst_turned_away = max(self.worst_turned_away, told[kind]["turned_away"])
            self.worst_late = max(self.worst_late, told[kind]["late"])
            assert told[kind]["refused"] == 0
        self.stall = told["stall"]
        assert told["reads"]["uncertain"] == 0
        return told

    def until(self, condition, what):
        """Reports until one satisfies the condition; gives it."""
        def look():
            told = self.report()
            return told if condition(told) else None
        return wait.until(look, 30, what)

    def until_done(self, *kinds):
        """Each of the kinds has been done, in one and the same report."""
        kinds = kinds or ("reads", "writes")
        return self.until(lambda told: all(told[k]["done"] for k in kinds), f"done {kinds}")

    def until_turned_away(self, *kinds):
        """Nothing is done any more, and each of the kinds is unavailable."""
        kinds = kinds or ("reads", "writes")
        return self.until(
            lambda told: all(told[k]["unavailable"] and not told[k]["done"] for k in kinds),
            f"unavailable {kinds}")

    def finish(self):
        self.report()
        told, _ = self.process.communicate(timeout=60)
        assert self.process.returncode == 0
        return json.loads(told.splitlines()[-1])


@contextlib.contextmanager
def load_on(database, **options):
    """Load on a database; at the end, everything that holds for every outage is checked."""
    database.execute("create table if not exists written (id bigint)")
    load = Load(options.pop("url", database.url), **options)
    try:
        yield load
        end = load.finish()
    finally:
        load.process.kill()
        load.process.wait()
    assert end["submitted"] == end["ended"]
    assert load.worst_late <= LATE + 2 * load.stall
    wait.until(lambda: database.value(
        "select count(*) = 0 from pg_stat_activity where application_name = 'pool_load'"))
    rows = [row[0] for row in database.execute("select id from written")]
    assert len(rows) == len(set(rows)), "a write happened twice"
    assert set(end["written"]) <= set(rows), "a write that was answered is not there"
    assert set(rows) <= set(end["written"]) | set(end["unsure"]), "a refused write is there"


@pytest.fixture
def database(own_server):
    return own_server.create()


def backends(database):
    return [row[0] for row in database.execute(
        "select pid from pg_stat_activity where application_name = 'pool_load'")]


def recovers(load, *kinds):
    begin = time.monotonic()
    load.until_done(*kinds)
    assert time.monotonic() - begin <= RECOVERED + 2 * load.stall / 1000


def restart(server):
    """The dead one's processes may still hold its memory; then it does not start yet."""
    def start():
        with contextlib.suppress(subprocess.CalledProcessError):
            server.start()
            return True
    wait.until(start, what="a start")


def test_postmaster_killed(own_server, database):
    with load_on(database) as load:
        load.until_done()
        pid = postmaster(own_server)
        os.kill(pid, signal.SIGKILL)
        load.until_turned_away()
        restart(own_server)
        recovers(load)
        assert load.worst_turned_away <= SOON + 2 * load.stall


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_stopped_and_started(own_server, database, mode):
    with load_on(database) as load:
        load.until_done()
        own_server.stop(mode)
        load.until_turned_away()
        own_server.start()
        recovers(load)
        assert load.worst_turned_away <= SOON + 2 * load.stall


def test_backend_killed(own_server, database):
    """The server ends all sessions and recovers from a crash by itself."""
    with load_on(database) as load:
        load.until_done()
        outage.kill_backend(own_server, backends(database)[0])
        load.until(lambda told: told["writes"]["uncertain"], "the loss of writes")
        recovers(load)
        assert load.worst_turned_away <= SOON + 2 * load.stall


def test_sessions_ended_again_and_again(own_server, database):
    with load_on(database) as load:
        for _ in range(10):
            told = load.until(lambda told: told["reads"]["done"] and told["writes"]["done"] and
                              told["fast"]["ready"] == told["write"]["ready"] == 2, "all ready")
            connects = told["connects"]
            database.execute("select pg_terminate_backend(pid) from pg_stat_activity"
                             " where application_name = 'pool_load'")
            load.until(lambda told: told["connects"] >= connects + 4, "new ones")
        recovers(load)
        assert load.worst_turned_away <= SOON + 2 * load.stall


def test_whole_server_frozen(own_server, database):
    with load_on(database) as load:
        load.until_done()
        with freeze(own_server):
            told = load.until_turned_away()
            assert told["fast"]["ready"] == told["write"]["ready"] == 0
        recovers(load)


def test_one_backend_frozen(own_server, database):
    """Reads go on by the other connection; the frozen one is replaced."""
    with load_on(database) as load:
        before = load.until_done()
        with outage.frozen_backend(own_server, lambda: backends(database)[0]):
            load.until(lambda told: told["connects"] > before["connects"], "a new connection")
            load.until(lambda told: told["fast"]["ready"] == told["write"]["ready"] == 2, "ready")
            recovers(load)


def test_no_slot_is_left():
    """The slots are taken by others while the pool's sessions end."""
    try:
        context = private_server(["max_connections=12", "superuser_reserved_connections=3"])
        server = context.__enter__()
    except NoServer as reason:
        pytest.skip(str(reason))
    with contextlib.ExitStack() as stack:
        stack.push(context)
        server.make_roles(["app", "other"])
        server.admin("alter role app login")
        server.admin("alter role other login")
        database = server.create()
        database.execute("create table written (id bigint); grant all on written to app")
        with load_on(database, url=server.as_role(database.url, "app")) as load:
            load.until_done()
            server.admin("alter role app connection limit 0")
            database.execute("select pg_terminate_backend(pid) from pg_stat_activity"
                             " where application_name = 'pool_load'")
            load.until_turned_away()
            others = take_slots(server.as_role(database.url, "other"))
            for connection in others:
                stack.callback(connection.close)
            server.admin("alter role app connection limit -1")
            load.report()
            told = load.until_turned_away()
            assert told["fast"]["reason"] == "too many connections"
            assert told["fast"]["sqlstate"] == "53300"
            for connection in others:
                connection.close()
            recovers(load)


def take_slots(url):
    taken = []
    with contextlib.suppress(psycopg2.OperationalError):
        while True:
            taken.append(psycopg2.connect(url))
    return taken


def in_step(own_server, standby, database):
    there = standby.url_of(database.name)
    where = own_server.admin("select pg_current_wal_lsn()")[0][0]
    wait.until(lambda: standby.admin(f"select pg_last_wal_replay_lsn() >= '{where}'")[0][0])
    return there


def test_standby_takes_reads_only_until_promoted(own_server, database, standby):
    database.execute("create table written (id bigint)")
    url = in_step(own_server, standby, database)
    load = Load(url)
    try:
        told = load.until(lambda told: told["reads"]["done"] and told["writes"]["unavailable"],
                          "reads alone")
        assert told["writes"]["done"] == 0 and told["write"]["read_only"]
        assert told["write"]["reason"] == "in recovery"
        standby.control("-w", "promote")
        load.until_done()
        end = load.finish()
        assert end["submitted"] == end["ended"] and not end["unsure"]
    finally:
        load.process.kill()
        load.process.wait()


def test_several_hosts_and_the_writer_moves(own_server, database, standby):
    """The first host is a standby: writes find the primary, and follow when it is replaced."""
    database.execute("create table written (id bigint)")
    in_step(own_server, standby, database)
    hosts = f"{standby.folder},{own_server.folder}"
    load = Load(f"host={hosts} port=5432,5432 user={USER} dbname={database.name}")
    try:
        load.until_done()
        in_step(own_server, standby, database)
        own_server.stop("immediate")
        load.until_turned_away("writes")
        standby.control("-w", "promote")
        load.until_done()
        end = load.finish()
        assert end["submitted"] == end["ended"]
    finally:
        load.process.kill()
        load.process.wait()


def test_by_name_with_tls_and_password(own_server, database):
    """What connecting may need: a look-up, TLS, SCRAM; again after a restart."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    own_server.make_roles(["app"])
    own_server.admin("set password_encryption = 'scram-sha-256';"
                     " alter role app login password 'sesame'")
    database.execute("create table written (id bigint); grant all on written to app")
    run_as_server_user(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
         "-days", "2", "-keyout", f"{own_server.data}/server.key",
         "-out", f"{own_server.data}/server.crt"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own_server.admin("alter system set ssl = on")
    hba = Path(own_server.data, "pg_hba.conf")
    hba.write_text("hostssl all app all scram-sha-256\n" + hba.read_text())
    own_server.stop("fast")
    own_server.flags = own_server.flags.replace(
        "listen_addresses=''", f"listen_addresses='127.0.0.1' -c port={port}")
    own_server.url += f"&port={port}"
    database.url = own_server.url_of(database.name)
    own_server.start()
    url = f"postgresql://app:sesame@localhost:{port}/{database.name}?sslmode=require"
    with load_on(database, url=url) as load:
        load.until_done()
        assert database.value("select bool_and(ssl) from pg_stat_ssl join pg_stat_activity"
                              " using (pid) where application_name = 'pool_load'")
        own_server.stop("fast")
        load.until_turned_away()
        own_server.start()
        recovers(load)
