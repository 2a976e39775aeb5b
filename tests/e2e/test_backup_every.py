"""backup --every: one when it is due, again after a failure, an end when it is told to."""
import json
import re
import signal
import threading
from contextlib import contextmanager

import pytest

from support.backups import Backups
from support.wait import until

USAGE, CONNECT = 2, 4


class Running:
    """A `retort backup --every` that runs."""

    def __init__(self, process):
        self.process = process

    def event(self, name):
        """The next line on stderr with this event."""
        for line in self.process.stderr:
            found = json.loads(line)
            assert found["time"] and found["level"] and found["message"]
            if found["event"] == name:
                return found
        raise AssertionError(f'it ended without the event "{name}"')

    def stop(self, number=signal.SIGTERM, status=0):
        """What else it prints until it has ended."""
        self.process.send_signal(number)
        rest = self.process.communicate(timeout=60)
        assert self.process.returncode == status, rest
        return rest


@pytest.fixture
def every(project, database):
    """A project with backups, and every.run("24h", "--prune") as a context."""
    database.execute("CREATE TABLE item AS SELECT generate_series(1, 3) AS id")
    project.backups = Backups(project.folder / "backups", database.name)

    @contextmanager
    def run(*words):
        with project.start("backup", "--every", *words) as process:
            overdue = threading.Timer(120, process.kill)
            overdue.start()
            try:
                yield Running(process)
            finally:
                overdue.cancel()
                process.kill()

    project.every = run
    return project


def test_one_is_taken_when_the_last_good_one_is_old(every):
    good = every.backups.make(days=2.5 / 24)
    every.backups.make(days=1 / 24, database="another")
    every.backups.found(every.backups.make(days=1 / 24), "proven.json", good=False, fault="no")
    with every.every("2h") as running:
        taken = running.event("backup")
        assert taken["message"].startswith("1 tables with 3 rows in ")
        path = running.process.stdout.readline()
        assert path == f"{every.folder}/backups/{taken['id']}\n" and taken["id"] != good.name
        out, err = running.stop()
    assert out == "" and json.loads(err)["event"] == "stop"
    assert len(every.backups.names()) == 4, "nothing is removed unasked"
    assert json.loads(every.run("backups", "--json").out)[-1]["id"] == taken["id"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_restart_takes_none_before_it_is_due(every, number):
    last = every.backups.make(days=1 / 24)
    with every.every("2h") as running:
        waits = running.event("wait")
        assert waits["last"] == last.name
        assert re.match(r"the last good backup is 6\d minutes old: the next is due in 5\d minutes",
                        waits["message"])
        running.stop(number)
    assert every.backups.names() == [last.name]


def test_one_follows_the_other_and_keep_is_heeded(every):
    every.configure("[backup]\nkeep = 2 last\n")
    for days in (40, 41, 42):
        every.backups.make(days=days)
    with every.every("1s", "--prune", "--json") as running:
        ids = [running.event("backup")["id"]]
        assert running.event("prune")["message"] == "2 backups removed"  # of another database
        ids += [running.event("backup")["id"], running.event("backup")["id"]]
        printed = [json.loads(running.process.stdout.readline())["id"] for _ in ids]
        assert printed == ids == sorted(ids)
        running.event("prune")
        assert len({id[:18] for id in ids}) == 3, "a second between them at least"
        running.process.kill()
    assert not set(every.backups.names()) & {ids[0]}


def test_each_is_drilled_and_a_broken_one_is_not_followed_by_more(every, database):
    """A table that a constraint would refuse is backed up, and cannot be restored."""
    with every.every("1h", "--drill", "--prune") as running:
        taken = running.event("backup")
        proven = running.event("drill")
        assert proven["id"] == taken["id"] and proven["message"].startswith("restored in ")
        running.stop()
    assert json.loads(every.run("backups", "--json").out)[-1]["state"] == "proven"
    every.backups.found(every.backups.folder / taken["id"], "proven.json", good=False, fault="no")
    database.execute("CREATE FUNCTION good() RETURNS bool LANGUAGE sql AS 'SELECT true';"
                     "ALTER TABLE item ADD CHECK (good());"
                     "CREATE OR REPLACE FUNCTION good() RETURNS bool LANGUAGE sql AS 'SELECT false'")
    with every.every("1h", "--drill") as running:
        failed = running.event("drill_failed")
        assert "violates check constraint" in failed["message"]
        out, err = running.stop()
    assert [json.loads(line)["event"] for line in err.splitlines()] == ["stop"]
    newest = json.loads(every.run("backups", "--json").out)[-1]
    assert (newest["id"], newest["state"]) == (failed["id"], "broken")


def test_what_fails_is_tried_again(every, server, database):
    server.admin(f'ALTER DATABASE "{database.name}" ALLOW_CONNECTIONS false')
    try:
        with every.every("24h") as running:
            first, second = running.event("backup_failed"), running.event("backup_failed")
            assert "not currently accepting connections" in first["message"]
            assert (first["level"], first["retry_seconds"], second["retry_seconds"]) == (
                "error", "1", "2")
            server.admin(f'ALTER DATABASE "{database.name}" ALLOW_CONNECTIONS true')
            running.event("backup")
            running.stop()
    finally:
        server.admin(f'ALTER DATABASE "{database.name}" ALLOW_CONNECTIONS true')


def test_a_backup_that_is_told_to_stop_leaves_nothing(every, database):
    with database.connect(autocommit=False) as other:
        other.cursor().execute("LOCK TABLE item IN ACCESS EXCLUSIVE MODE")
        with every.every("1h") as running:
            until(lambda: database.value("SELECT count(*) FROM pg_locks WHERE NOT granted"
                                         " AND relation = 'item'::regclass"), what="pg_dump's lock")
            running.stop(status=128 + signal.SIGTERM)
        other.rollback()
    assert every.backups.names() == []


def test_what_is_hopeless_is_refused_at_once(every):
    for words in (["--every", "soon"], ["--every", "1ms"], ["--every", "1h", "-o", "-"], ["--prune"],
                  ["--every", "1h", "-f", "directory", "--compress", "none", "--recipient", "age1x"],
                  ["--every", "1h", "--jobs", "many"]):
        result = every.run("backup", *words, check=False)
        assert (result.code, result.out) == (USAGE, ""), str(result)
    result = every.run("backup", "--every", "1h", check=False, env={"DATABASE_URL": None})
    assert result.code == CONNECT and "no database is named" in result.err
    assert not every.backups.folder.exists() or every.backups.names() == []
