"""Backups while others work: what is in the dump and the fingerprint is of one moment."""
import contextlib
import os
import subprocess
from pathlib import Path

import pytest

from support.server import clean_environment, find_program
from support.wait import until

TABLES = """
CREATE TABLE many AS SELECT n, md5(n::text) AS text FROM generate_series(1, 30000) n;
CREATE TABLE gone (n int);
CREATE TABLE rewritten (id serial, n int);
INSERT INTO rewritten (n) SELECT generate_series(1, 1000);
CREATE TABLE emptied AS SELECT generate_series(1, 1000) AS n;
CREATE SEQUENCE counter;
SELECT lo_from_bytea(4711, 'first');
"""
# A turn of one who changes more than rows, slowly enough that a dump comes in between.
CHANGES = """
SELECT nextval('counter'), nextval('rewritten_id_seq');
SELECT lo_put(4711, 0, random()::text::bytea);
SELECT lo_unlink(lo_from_bytea(0, 'second'));
"""
CHANGES_OF_TABLES = """
DROP TABLE gone;
CREATE TABLE gone AS SELECT n FROM generate_series(1, 100) n;
ALTER TABLE rewritten ALTER n TYPE bigint, ADD later int DEFAULT 5;
ALTER TABLE rewritten ALTER n TYPE int, DROP later;
BEGIN;
TRUNCATE emptied;
INSERT INTO emptied SELECT generate_series(1, 1000);
COMMIT;
"""
# Where a table is to be changed, pg_dump does not wait for it with its second connection.
CASES = [(["-f", "custom"], CHANGES + CHANGES_OF_TABLES),
         (["-f", "plain"], CHANGES + CHANGES_OF_TABLES),
         (["-f", "directory", "--compress", "gzip"], CHANGES)]


@pytest.fixture
def shop(needs_dump, project, database):
    run_pgbench(database, "-i", "-q", "--foreign-keys").communicate()
    database.psql(TABLES)
    yield project
    project.run("restore", "--forget", "--yes", database.name)


def run_pgbench(database, *words):
    return subprocess.Popen(
        [find_program("pgbench"), *words, database.url], env=clean_environment(),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def working(database, folder, changes):
    """Writers by pgbench's own script, and one who changes the rest now and then."""
    script = folder / "changes.sql"
    script.write_text(changes)
    writers = [run_pgbench(database, "-n", "-c", "3", "-T", "86400"),
               run_pgbench(database, "-n", "-R", "0.5", "-T", "86400", "-f", str(script))]
    try:
        until(lambda: transactions(database) > 0)
        yield
    finally:
        for writer in writers:
            assert writer.poll() is None, "a writer has ended"
            writer.kill()
            writer.wait()


def transactions(database):
    return database.value("SELECT count(*) FROM pgbench_history")


def sums(database):
    """Whatever moment it is of, they are equal: each transaction adds to all of them."""
    return {database.value(f"SELECT coalesce(sum({column}), 0) FROM pgbench_{table}")
            for table, column in [("accounts", "abalance"), ("tellers", "tbalance"),
                                  ("branches", "bbalance"), ("history", "delta")]}


def take(project, words):
    """Its folder; pg_dump itself gives up where a table is changed before it has its lock."""
    for _ in range(10):
        result = project.run("backup", *words, check=False)
        if result.code == 0:
            return project.folder / result.out.strip()
        assert result.code in (5, 7, 10), str(result)
    raise AssertionError(str(result))


@pytest.mark.parametrize("words, changes", CASES, ids=["custom", "plain", "directory"])
def test_what_changes_meanwhile_is_of_one_moment(shop, database, tmp_path, words, changes):
    with working(database, tmp_path, changes):
        before = transactions(database)
        folder = take(shop, [*words, "-j", "4"])
        assert transactions(database) > before
        shop.run("drill", folder.name)
        assert [path for path in folder.parent.iterdir()
                if path.name not in (folder.name, ".lock")] == []
    shop.run("restore", folder.name, "--yes", database.name)
    assert len(sums(database)) == 1
    assert [database.value(f"SELECT count(*) FROM {table}") for table in ("emptied", "rewritten")
            ] == [1000, 1000]


def waiting(database):
    """The queries that wait for a lock."""
    return [query for query, in database.execute(
        "SELECT query FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock'")]


def begin_child(words, database):
    return subprocess.Popen([find_program("psql"), "-X", "-q", "-d", database.url, "-c", words],
                            env=clean_environment(), stdin=subprocess.DEVNULL)


def test_change_that_waits_goes_first(shop, database, tmp_path):
    """pg_dump would wait behind it, it for the fingerprint, and that for pg_dump."""
    slow = stopping_pg_dump(tmp_path)
    child = shop.start("backup", env={"RETORT_PGBIN": str(slow)})
    until(lambda: (slow / "stopped").exists())
    change = begin_child("TRUNCATE many", database)
    until(lambda: waiting(database))
    os.kill(int((slow / "stopped").read_text()), 18)
    out, err = child.communicate(timeout=120)
    assert child.returncode == 0, err
    assert "Waiting for a change of a table" in err
    assert change.wait(timeout=60) == 0
    shop.run("drill")
    assert database.value("SELECT count(*) FROM many") == 0


def stopping_pg_dump(folder):
    """The real one, which stands still before it begins until it is told to go on; once."""
    place = folder / "bin"
    place.mkdir()
    script = place / "pg_dump"
    script.write_text(f"""#!/bin/sh
[ "$1" = --version ] || [ -e {place}/stopped ] ||
    {{ echo $$ > {place}/stopping; mv {place}/stopping {place}/stopped; kill -STOP $$; }}
exec {find_program("pg_dump")} "$@"
""")
    script.chmod(0o755)
    (place / "pg_restore").symlink_to(find_program("pg_restore"))
    return Path(place)


def test_rewritten_table_is_not_empty(shop, database):
    """A snapshot that is older than the rewrite would show no row of it."""
    connection = database.connect(autocommit=False)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE many ALTER n TYPE bigint")
        child = shop.start("backup", "-f", "plain")
        until(lambda: waiting(database))
        connection.commit()
    connection.close()
    assert child.communicate(timeout=120) and child.returncode == 0
    folder, = [path for path in (shop.folder / "backups").iterdir() if path.name[0] != "."]
    shop.run("drill")
    shop.run("restore", folder.name, "--yes", database.name)
    assert database.value("SELECT count(*) FROM many") == 30000
