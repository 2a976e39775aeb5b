"""Upgrades that are cut off: killed at random moments, or their server with them.

RETORT_SEED repeats the moments of a run; the seed is in the output of a test that failed.
"""
import os
import random
import threading

import pytest

from support.wait import until

REVISIONS = 50
SEED = int(os.environ.get("RETORT_SEED", random.randrange(10**6)))

UP = """CREATE TABLE r{n} (id int PRIMARY KEY, name text);
INSERT INTO r{n} SELECT g, 'row ' || g FROM generate_series(1, 20) g;

-- step

CREATE INDEX CONCURRENTLY r{n}_name ON r{n} (name);

-- step

ALTER TABLE r{n} ADD COLUMN price numeric NOT NULL DEFAULT 1;
CREATE TABLE r{n}_last (id int REFERENCES r{n});
"""
DOWN = """DROP TABLE r{n}_last;
ALTER TABLE r{n} DROP COLUMN price;

-- step

DROP INDEX CONCURRENTLY r{n}_name;

-- step

DROP TABLE r{n};
"""


@pytest.fixture
def long_way(project):
    parent = None
    for number in range(REVISIONS):
        project.revision(f"r{number:03}", UP.format(n=number), DOWN.format(n=number),
                         revises=parent)
        parent = f"r{number:03}"
    return project


@pytest.fixture
def undisturbed(long_way, new_database):
    """What pg_dump says of a database that nobody disturbed."""
    database = new_database()
    long_way.run("upgrade", "head", env={"DATABASE_URL": database.url})
    return content(database)


def content(database):
    """Schema and rows, without what Retort keeps of the way there."""
    rows = [database.execute(f"select * from r{number} order by id")
            for number in range(REVISIONS)]
    dump = database.dump("--exclude-schema=retort").splitlines()
    # These two lines hold a new random word in every dump.
    return [line for line in dump if not line.startswith(("\\restrict", "\\unrestrict"))], rows


def no_runner(database):
    return database.value("select count(*) from pg_stat_activity where datname = current_database()"
                          " and application_name = 'retort'") == 0


def assert_whole_steps(database):
    """What exists is what the history says was done; the version has the whole revisions."""
    until(lambda: no_runner(database), what="the end of the killed runner's session")
    if database.value("select to_regclass('retort.history') is null"):
        assert database.value(
            "select count(*) from pg_class where relname ~ '^r[0-9]+$'") == 0
        return
    done = dict(database.execute(
        "select revision, max(step) from retort.history where outcome = 'done' group by 1"))
    tables = {name for (name,) in database.execute(
        "select relname from pg_class where relkind = 'r' and relname ~ '^r[0-9]'")}
    expected = {f"r{int(id[1:])}" for id in done}
    expected |= {f"r{int(id[1:])}_last" for id, step in done.items() if step == 3}
    assert tables == expected
    whole = [id for id, step in done.items() if step == 3]
    version = [id for (id,) in database.execute("select version_num from retort.version")]
    assert version == ([max(whole)] if whole else [])


def kill_somewhere(project, chance):
    """Starts an upgrade and kills it at a random moment; tells whether it was still at work."""
    run = project.start("upgrade", "head")
    for _ in range(chance.choice([0, 1, 1, 2, 3, 5])):
        if not run.stderr.readline():
            break
    threading.Event().wait(chance.uniform(0, 0.02))  # not the wait for an event: the random moment
    run.kill()
    run.communicate()
    return run.returncode != 0


def kill_often(project, database, kills, chance):
    while kills > 0:
        if kill_somewhere(project, chance):
            kills -= 1
        else:
            project.run("downgrade", "base", "--allow-data-loss")
            database.execute("truncate retort.history")
            continue
        assert_whole_steps(database)


def test_killed_ten_times(long_way, database, undisturbed):
    print(f"RETORT_SEED={SEED}")
    kill_often(long_way, database, 10, random.Random(SEED))
    long_way.run("upgrade", "head")
    assert_whole_steps(database)
    assert content(database) == undisturbed


@pytest.mark.long
def test_killed_a_hundred_times(long_way, database, undisturbed):
    print(f"RETORT_SEED={SEED}")
    kill_often(long_way, database, 100, random.Random(SEED))
    long_way.run("upgrade", "head")
    assert_whole_steps(database)
    assert content(database) == undisturbed


def test_server_stopped_in_the_middle(long_way, own_server, undisturbed):
    with own_server.database() as database:
        long_way.url = database.url
        run = long_way.start("upgrade", "head")
        for _ in range(5):
            assert run.stderr.readline()
        own_server.stop("immediate")
        _, err = run.communicate(timeout=60)
        assert run.returncode == 4, err
        assert "the run was cut off; the same command goes on from there" in err
        result = long_way.run("upgrade", "head", check=False)
        assert result.code == 4 and "could not connect" in result.err
        own_server.start()
        assert_whole_steps(database)
        long_way.run("upgrade", "head")
        assert_whole_steps(database)
        assert content(database) == undisturbed


def test_session_ended_by_the_administrator(long_way, database, undisturbed):
    run = long_way.start("upgrade", "head")
    for _ in range(5):
        assert run.stderr.readline()
    until(lambda: database.value(
        "select count(pg_terminate_backend(backend_pid)) from retort.lease"
        " where holder is not null") or run.poll() is not None)
    _, err = run.communicate(timeout=60)
    assert run.returncode in (0, 4), err
    assert_whole_steps(database)
    long_way.run("upgrade", "head")
    assert content(database) == undisturbed
