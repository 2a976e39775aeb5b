"""Behind a pooler that lends a session for a transaction only, and around it by direct_url."""
import contextlib

import psycopg2
import pytest

from support.pooler import find_pooler, pooler
from support.project import Project
from support.wait import until

pytestmark = pytest.mark.skipif(find_pooler() is None, reason="pgbouncer is not installed")


@pytest.fixture(params=[3])
def pooled(tmp_path, database, request):
    """A project whose DATABASE_URL leads through a pooler with several sessions."""
    with pooler(database, size=request.param) as url:
        project = Project(tmp_path / "pooled", url)
        project.revision("aaaa1111", "CREATE TABLE item (id bigint PRIMARY KEY, name text);",
                         "DROP TABLE item;")
        project.revision("bbbb2222",
                         "SET work_mem = '77MB';\nALTER TABLE item ADD COLUMN price int;\n\n"
                         "-- step\n\n"
                         "CREATE TABLE seen AS SELECT current_setting('work_mem') AS memory;",
                         "DROP TABLE seen;\n\n-- step\n\nALTER TABLE item DROP COLUMN price;",
                         revises="aaaa1111")
        yield project


def outside(project):
    project.revision("cccc3333", "CREATE INDEX CONCURRENTLY item_name ON item (name);",
                     "DROP INDEX CONCURRENTLY item_name;", revises="bbbb2222")


@pytest.mark.parametrize("pooled", [1, 3], indirect=True)
def test_runs_in_borrowed_sessions(pooled, database):
    usual = database.value("show work_mem")
    for number in range(40):
        pooled.revision(f"{number:08x}", f"CREATE TABLE thing_{number} (id int);",
                        f"DROP TABLE thing_{number};",
                        revises=f"{number - 1:08x}" if number else "bbbb2222")
    pooled.run("upgrade", "head")
    assert pooled.run("current").out == "00000027 (head)\n"
    assert database.value("select memory from seen") == usual
    pooled.run("downgrade", "base", "--allow-data-loss")
    assert database.value("select count(*) from pg_class where relname like 'thing%%'") == 0
    assert database.value("select count(*) from retort.history where outcome = 'done'") == 2 * 43
    # No setting was left behind for the next one who borrows a session.
    with contextlib.closing(psycopg2.connect(pooled.url)) as borrowed, borrowed.cursor() as cursor:
        cursor.execute("show work_mem")
        assert cursor.fetchone() == (usual,)


def test_statement_that_needs_a_session_is_refused_before_anything_runs(pooled, database):
    outside(pooled)
    result = pooled.run("upgrade", "head", check=False)
    assert result.code == 4, str(result)
    assert "cccc3333.sql" in result.err and "pooler" in result.err and "direct_url" in result.err
    assert database.value("select to_regclass('item') is null")


def test_direct_url_leads_around_the_pooler(pooled, database):
    outside(pooled)
    pooled.run("upgrade", "head", env={"DIRECT_URL": database.url})
    assert database.value("select indisvalid from pg_index where indexrelid = 'item_name'::regclass")
    pooled.configure(f"[database]\ndirect_url = {database.url}\n")
    pooled.run("downgrade", "bbbb2222")
    pooled.model("CREATE TABLE item (id bigint PRIMARY KEY, name text, price int);\n"
                 "CREATE TABLE seen (memory text);\nCREATE INDEX item_name ON item (name);")
    pooled.run("upgrade", "head")
    assert "No new upgrade operations" in pooled.run("check").err


def test_direct_url_must_lead_to_the_same_database(pooled, database, server):
    with server.database() as other:
        result = pooled.run("upgrade", "head", env={"DIRECT_URL": other.url}, check=False)
        assert result.code == 3, str(result)
        assert other.name in result.err and database.name in result.err
        assert other.value("select to_regclass('retort.version') is null")
    assert database.value("select to_regclass('retort.version') is null")


def test_command_line_goes_before_direct_url(pooled, database, server):
    with server.database() as other:
        pooled.run("--database-url", other.url, "upgrade", "head",
                   env={"DIRECT_URL": database.url})
        assert other.value("select to_regclass('item') is not null")
    assert database.value("select to_regclass('retort.version') is null")


def test_lease_of_a_killed_runner_ends_by_its_expiry(pooled, database):
    pooled.configure("[migrate]\nlease_seconds = 1\n")
    pooled.run("upgrade", "aaaa1111")
    with database.connect(autocommit=False) as other:
        other.cursor().execute("select * from item")
        run = pooled.start("upgrade", "head", "--lock-timeout", "100s")
        until(lambda: database.value("select count(*) from pg_locks where not granted"))
        run.kill()
        run.communicate()
        other.rollback()
    pooled.run("upgrade", "head")
    assert pooled.run("current").out == "bbbb2222 (head)\n"
