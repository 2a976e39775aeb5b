"""Ctrl-C, SIGTERM and SIGHUP during backup, drill and restore: nothing is left, at once.

RETORT_SEED repeats the moments of a run; the seed is in the output of a test that failed.
"""
import os
import random
import signal
import subprocess
import time

import pytest

from support.content import backup
from support.project import program
from support.wait import until

SEED = int(os.environ.get("RETORT_SEED", random.randrange(10**6)))
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
TIMES = pytest.mark.parametrize("times", [2, pytest.param(60, marks=pytest.mark.long)])

MANY = """
CREATE TABLE many AS SELECT n, md5(n::text) AS text FROM generate_series(1, 60000) n;
CREATE INDEX ON many (text);
CREATE TABLE few AS SELECT 1 AS n;
"""


@pytest.fixture
def shop(needs_dump, project, database):
    database.execute(MANY)
    return project


def left(project, database):
    """What a run that was ended has left: partial backups, scratch databases, sessions."""
    folder = project.folder / "backups"
    partial = [path.name for path in folder.iterdir()] if folder.exists() else []
    return ([name for name in partial if name.startswith(".partial")] +
            database.server.scratch_databases(project))


def content(database):
    return database.execute("select count(*), sum(n), max(text) from many")


def interrupt(project, words, moment, number):
    """Sends the signal after so long; gives status and what was said on stderr."""
    child = project.start(*words)
    try:
        _, said = child.communicate(timeout=moment)
    except subprocess.TimeoutExpired:
        child.send_signal(number)
        _, said = child.communicate(timeout=120)
    return child.returncode, said


COMMANDS = {"backup": ["backup"], "parallel": ["backup", "-f", "directory", "--compress", "gzip", "-j2"],
            "drill": ["drill"], "restore": ["restore", "latest", "--yes"],
            "restore directory": ["restore", "latest", "-j2", "--yes"]}


@TIMES
@pytest.mark.parametrize("command", [
    "backup", pytest.param("parallel", marks=pytest.mark.long), "drill",
    pytest.param("restore", marks=pytest.mark.long), "restore directory"])
def test_nothing_is_left_at_once(shop, database, command, times):
    backup(shop, *COMMANDS["parallel"][1:] if "directory" in command else [])
    words = COMMANDS[command] + ([database.name] if "restore" in command else [])
    begun = time.monotonic()
    shop.run(*words)
    whole = time.monotonic() - begun
    before = content(database)
    print(f"RETORT_SEED={SEED}")
    for time_number in range(times):
        chance = random.Random(SEED + time_number)
        number = SIGNALS[time_number % len(SIGNALS)]
        # Before it watches, the signal ends it as any program, with nothing to clear up.
        code, said = interrupt(shop, words, 0.05 + chance.random() * whole, number)
        assert code in (0, 128 + number, -number), said
        if code == 128 + number:
            assert said.splitlines()[-1] == "retort: interrupted"
        assert left(shop, database) == []
        assert content(database) == before
    # A drill that was interrupted says nothing of the backup.
    assert "broken" not in shop.run("backups").out


def wait_for_lock(database):
    """Until somebody waits for a lock of a table."""
    until(lambda: database.value("select count(*) from pg_locks where not granted") > 0,
          what="somebody who waits for a lock")


@pytest.mark.parametrize("number, words", [
    (signal.SIGINT, ["backup"]), (signal.SIGTERM, ["backup", "-o", "-"]), (signal.SIGHUP, ["backup"])])
def test_dump_that_waits_ends(shop, database, number, words):
    """The lock of somebody else is held on."""
    with database.connect(autocommit=False) as other:
        other.cursor().execute("lock table few in access exclusive mode")
        child = shop.start(*words)
        wait_for_lock(database)
        child.send_signal(number)
        _, said = child.communicate(timeout=120)
        assert child.returncode == 128 + number, said
        assert left(shop, database) == []
        until(lambda: database.value("select count(*) from pg_stat_activity where wait_event_type"
                                     " = 'Lock'") == 0, what="the end of its sessions")
        other.rollback()


@pytest.mark.parametrize("words", [["backup"], ["backup", "-o", "-"]])
def test_whose_lock_is_waited_for_is_said(shop, database, words):
    with database.connect(autocommit=False) as other:
        other.cursor().execute("lock table few in access exclusive mode")
        child = shop.start(*words)
        said = child.stderr.readline()
        assert said.startswith(f'Waiting for a lock on "public.few", which process'
                               f' {other.get_backend_pid()} has (role "postgres", '), said
        assert "lock table few in access exclusive mode" in said
        other.rollback()
        _, said = child.communicate(timeout=120)
        assert child.returncode == 0, said


def test_restore_that_waits_for_its_input_ends(shop, database):
    child = subprocess.Popen([program(), "restore", "-", "--yes", database.name],
                             cwd=shop.folder, env=shop.environment(), stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdin.write(b"-- a comment\n" * 100)
    child.stdin.flush()
    until(lambda: left(shop, database) != [], what="the new database")
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=120)
    assert child.returncode == 130, said
    assert left(shop, database) == []


def test_statement_that_takes_long_is_canceled(shop, database):
    (shop.folder / "slow.sql").write_text("SELECT pg_catalog.pg_sleep(1000);\n")
    child = shop.start("restore", "slow.sql", "--yes", database.name)
    slow = "select count(*) from pg_stat_activity where query = 'SELECT pg_catalog.pg_sleep(1000)'"
    until(lambda: database.value(slow) == 1, what="the statement")
    child.send_signal(signal.SIGTERM)
    _, said = child.communicate(timeout=120)
    assert child.returncode == 143, said
    assert left(shop, database) == []
    assert database.value(slow) == 0


def test_second_one_ends_it_at_once(shop, database):
    """It is stopped while it would clear up: the first is seen, and then the second."""
    with database.connect(autocommit=False) as other:
        other.cursor().execute("lock table few in access exclusive mode")
        child = shop.start("backup")
        wait_for_lock(database)
        child.send_signal(signal.SIGSTOP)
        child.send_signal(signal.SIGINT)
        child.send_signal(signal.SIGTERM)
        child.send_signal(signal.SIGCONT)
        child.communicate(timeout=120)
        assert child.returncode in (-signal.SIGTERM, -signal.SIGINT)
        other.rollback()
    backup(shop)
    until(lambda: left(shop, database) == [], what="the next run, which sweeps")


def test_ignored_signal_stays_ignored(shop, database):
    """As nohup does it."""
    with database.connect(autocommit=False) as other:
        other.cursor().execute("lock table few in access exclusive mode")
        child = subprocess.Popen(["nohup", program(), "backup"], cwd=shop.folder,
                                 env=shop.environment(), stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wait_for_lock(database)
        child.send_signal(signal.SIGHUP)
        assert child.poll() is None
        other.rollback()
        _, said = child.communicate(timeout=120)
        assert child.returncode == 0, said


@pytest.mark.long
def test_lock_that_stays_ends_the_backup(shop, database):
    """The fingerprint gives up after a minute, and pg_dump is not waited for any longer."""
    with database.connect(autocommit=False) as other:
        other.cursor().execute("lock table few in access exclusive mode")
        result = shop.run("backup", check=False)
        assert result.code == 10, str(result)
        assert (f'it waited for a lock on "public.few", which process {other.get_backend_pid()} '
                in result.err), str(result)
        assert left(shop, database) == []
        other.rollback()
