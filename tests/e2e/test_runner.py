"""The runner in bad company: locks, other runners, rows in danger, half-built indexes, Alembic."""
import contextlib
import os
import shutil
import signal
import subprocess

import psycopg2
import pytest

from support.server import clean_environment
from support.wait import until


@pytest.fixture
def shop(project):
    project.revision("aaaa1111", "CREATE TABLE item (id bigint PRIMARY KEY, name text);",
                     "DROP TABLE item;", message="first")
    project.revision("bbbb2222", "ALTER TABLE item ADD COLUMN price int;",
                     "ALTER TABLE item DROP COLUMN price;", revises="aaaa1111", message="second")
    return project


@contextlib.contextmanager
def holding(database, *statements):
    """A session that holds what the statements lock, idle in its transaction."""
    with contextlib.closing(database.connect(autocommit=False)) as connection:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        yield connection


def waits_for_lock(database, name="item"):
    return database.value(
        "select count(*) from pg_locks where not granted and relation = to_regclass(%s)", (name,))


# Locks


def test_lock_timeout_names_who_blocks(shop, database):
    shop.run("upgrade", "aaaa1111")
    with holding(database, "set application_name = 'the blocker'", "select * from item") as other:
        result = shop.run("upgrade", "head", "--lock-timeout", "1500ms", "--lock-retries", "0",
                          check=False)
        pid = other.get_backend_pid()
    assert result.code == 10, str(result)
    assert "migrations/bbbb2222.sql:8: canceling statement due to lock timeout" in result.err
    assert f"blocked by process {pid}" in result.err and "the blocker" in result.err
    assert "idle in transaction" in result.err and "AccessShareLock on item" in result.err
    assert shop.run("current").out == "aaaa1111\n"


def test_step_is_tried_again_when_the_lock_was_not_had(shop, database):
    shop.run("upgrade", "aaaa1111")
    with holding(database, "select * from item"):
        run = shop.start("upgrade", "head", "--lock-timeout", "300ms", "--lock-retries", "1000")
        lines = []
        while not any("trying again" in line for line in lines):
            lines.append(run.stderr.readline())
            assert lines[-1], "".join(lines)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 0, err
    assert shop.run("current").out == "bbbb2222 (head)\n"
    assert database.value("select count(*) from retort.history where outcome = 'failed'") == 0


def test_terminal_shows_what_a_step_waits_for(shop, database):
    shop.run("upgrade", "aaaa1111")
    with holding(database, "select * from item") as other:
        words = ["upgrade", "head", "--no-backup", "--lock-timeout", "100s"]
        with terminal(shop, *words) as (run, screen):
            text = ""
            while f"blocked by process {other.get_backend_pid()}" not in text:
                text += os.read(screen, 4096).decode()
            other.rollback()
            drain(screen)
            assert run.wait(timeout=60) == 0
    assert shop.run("current").out == "bbbb2222 (head)\n"


def test_lock_timeout_leaves_statements_outside_transactions_alone(shop, database):
    shop.revision("cccc3333", "CREATE INDEX CONCURRENTLY item_name ON item (name);",
                  "DROP INDEX CONCURRENTLY item_name;", revises="bbbb2222")
    shop.run("upgrade", "bbbb2222")
    with holding(database, "insert into item (id) values (1)") as other:
        run = shop.start("upgrade", "head", "--lock-timeout", "1ms", "--lock-retries", "0")
        until(lambda: database.value(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
            " and query like 'CREATE INDEX%%' and clock_timestamp() - query_start > '50ms'"))
        other.rollback()
        _, err = run.communicate(timeout=60)
    assert run.returncode == 0, err


# Rows in danger


def test_dropping_an_empty_table_needs_nothing(shop, database):
    shop.run("upgrade", "head")
    shop.run("downgrade", "base")
    assert database.value("select to_regclass('item') is null")


def test_dropping_rows_is_refused_before_anything_runs(shop, database):
    shop.revision("cccc3333", "CREATE TABLE other (id int);\nDROP TABLE item;", "SELECT 1;",
                  revises="bbbb2222")
    shop.run("upgrade", "bbbb2222")
    database.execute("insert into item values (1, 'a', null)")
    records = database.value("select count(*) from retort.history")
    result = shop.run("upgrade", "head", check=False)
    assert result.code == 9
    assert 'table "item"' in result.err and "--allow-data-loss" in result.err
    assert database.value("select to_regclass('other') is null")
    assert database.value("select count(*) from retort.history") == records
    shop.run("upgrade", "head", "--allow-data-loss")
    assert database.value("select to_regclass('item') is null")


def test_column_is_in_danger_only_if_it_holds_values(shop, database):
    shop.run("upgrade", "head")
    database.execute("insert into item values (1, 'a', 7)")
    result = shop.run("downgrade", "-1", check=False)
    assert result.code == 9 and 'column "price" of table "item"' in result.err
    database.execute("update item set price = null")
    shop.run("downgrade", "-1")


def test_rows_that_the_run_itself_brings_are_kept(project, database):
    project.revision("aaaa1111", "CREATE TABLE t (id int);\nINSERT INTO t VALUES (1);",
                     "DROP TABLE t;")
    project.revision("bbbb2222", "CREATE TABLE u (id int);\nDROP TABLE t;", "SELECT 1;",
                     revises="aaaa1111")
    result = project.run("upgrade", "head", check=False)
    assert result.code == 9
    assert 'migrations/bbbb2222.sql:9: table "t" holds rows' in result.err
    assert project.run("current").out == "aaaa1111\n"
    assert database.value("select to_regclass('u') is null and to_regclass('t') is not null")


@pytest.mark.parametrize("statement, what", [
    ("DROP SCHEMA s CASCADE;", 'table "s.t"'),
    ("DROP TYPE mood CASCADE;", 'column "m" of table "s.t"'),
    ("DROP TABLE parent;", 'table "child"'),
    ("TRUNCATE s.t;", 'table "s.t"'),
    ("TRUNCATE r CASCADE;", 'table "s.t"'),
    ("ALTER TABLE s.t DROP COLUMN m, DROP COLUMN r;", 'column "m" of table "s.t"'),
    ("DROP OWNED BY CURRENT_USER;", "migrations/bbbb2222.sql:8 drops, in a grammar"),
])
def test_what_goes_along_is_seen(project, database, statement, what):
    project.revision("aaaa1111", """CREATE SCHEMA s;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE r (id int PRIMARY KEY);
CREATE TABLE s.t (m mood, r int REFERENCES r);
CREATE TABLE parent (id int) PARTITION BY LIST (id);
CREATE TABLE child PARTITION OF parent DEFAULT;
""", "SELECT 1;")
    project.revision("bbbb2222", statement, "SELECT 1;", revises="aaaa1111")
    project.run("upgrade", "aaaa1111")
    database.execute("insert into s.t (m) values ('ok'); insert into parent values (1)")
    result = project.run("upgrade", "head", check=False)
    assert result.code == 9 and what in result.err, str(result)
    assert project.run("current").out == "aaaa1111\n"


def test_generated_column_and_view_hold_nothing(project, database):
    project.revision("aaaa1111", "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a) STORED);\n"
                     "CREATE VIEW v AS SELECT * FROM t;\nINSERT INTO t VALUES (1);", "SELECT 1;")
    project.revision("bbbb2222", "DROP VIEW v;\nALTER TABLE t DROP COLUMN b;", "SELECT 1;",
                     revises="aaaa1111")
    project.run("upgrade", "head")


def test_terminal_asks_for_the_name_of_the_database(shop, database):
    shop.run("upgrade", "head")
    database.execute("insert into item values (1, 'a', 7)")
    for answer, code in (("no", 9), (database.name, 0)):
        with terminal(shop, "downgrade", "base", "--no-backup") as (run, screen):
            text = ""
            while "to go on: " not in text:
                text += os.read(screen, 4096).decode()
            assert 'table "item"' in text
            os.write(screen, answer.encode() + b"\n")
            drain(screen)
            assert run.wait(timeout=60) == code
    assert database.value("select to_regclass('item') is null")


@contextlib.contextmanager
def terminal(project, *words):
    """The program on a pseudo-terminal of its own; gives it and the screen's end."""
    from support.project import program

    screen, inside = os.openpty()
    run = subprocess.Popen(
        ["setsid", "--ctty", program(), *words], cwd=project.folder, env=project.environment(),
        stdin=inside, stdout=inside, stderr=inside)
    os.close(inside)
    try:
        yield run, screen
    finally:
        run.kill()
        run.wait()
        os.close(screen)


def drain(screen):
    with contextlib.suppress(OSError):  # EIO: the other end is closed
        while os.read(screen, 4096):
            pass


# Statements outside transactions


def test_copies_of_a_reindex_that_was_cut_off_are_dropped(shop, database):
    shop.revision("cccc3333", "REINDEX TABLE CONCURRENTLY item;", "SELECT 1;", revises="bbbb2222")
    shop.run("upgrade", "bbbb2222")
    copies = "select count(*) from pg_class where relname like 'item_pkey_cc%'"
    with holding(database, "insert into item (id) values (1)") as blocker:
        run = shop.start("upgrade", "head")
        until(lambda: database.value(copies))
        pid = database.value("select backend_pid from retort.lease")
        run.kill()
        run.communicate()
        database.end_backend(pid)
        blocker.rollback()
    assert database.value(copies) == 1
    shop.run("upgrade", "head")
    assert database.value(copies) == 0
    assert database.value("select count(*) from pg_index where indrelid = 'item'::regclass") == 1


@pytest.fixture
def indexed(shop):
    shop.revision("cccc3333", "CREATE UNIQUE INDEX CONCURRENTLY item_name ON item (name);",
                  "DROP INDEX CONCURRENTLY item_name;", revises="bbbb2222")
    shop.run("upgrade", "bbbb2222")
    return shop


def index_state(database):
    rows = database.execute(
        "select indisvalid from pg_index where indexrelid = to_regclass('item_name')")
    return rows[0][0] if rows else None


def test_failed_build_leaves_no_invalid_index(indexed, database):
    indexed.revision("cccc3333", "INSERT INTO item (id, name) VALUES (1, 'x'), (2, 'x');\n-- step\n"
                     "CREATE UNIQUE INDEX CONCURRENTLY item_name ON item (name);", "SELECT 1;",
                     revises="bbbb2222")
    result = indexed.run("upgrade", "head", check=False)
    assert result.code == 5 and "could not create unique index" in result.err
    assert index_state(database) is None
    database.execute("delete from item where id = 2")
    indexed.run("upgrade", "head")
    assert index_state(database) is True


def build_cut_off(project, database, blocker):
    """Kills a run while its index is half built and waits for a lock."""
    run = project.start("upgrade", "head")
    until(lambda: index_state(database) is False)
    pid = database.value(
        "select backend_pid from retort.lease where holder is not null")
    run.kill()
    run.communicate()
    database.end_backend(pid)
    blocker.rollback()


def test_half_built_index_of_a_killed_run_is_built_again(indexed, database):
    with holding(database, "insert into item (id) values (1)") as blocker:
        build_cut_off(indexed, database, blocker)
    assert index_state(database) is False
    indexed.run("upgrade", "head")
    assert index_state(database) is True
    assert indexed.run("current").out == "cccc3333 (head)\n"


def test_index_that_was_finished_before_the_record_counts_as_done(indexed, database):
    with holding(database, "insert into item (id) values (1)") as blocker:
        build_cut_off(indexed, database, blocker)
    database.execute("drop index item_name")
    database.execute("create unique index item_name on item (name)")
    oid = database.value("select 'item_name'::regclass::oid")
    indexed.run("upgrade", "head")
    assert database.value("select 'item_name'::regclass::oid") == oid


def test_dropped_index_counts_as_done_after_a_cut(indexed, database):
    indexed.run("upgrade", "head")
    with holding(database, "select * from item"):
        run = indexed.start("downgrade", "-1")
        until(lambda: database.value(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
            " and query like 'DROP INDEX%%'"))
        pid = database.value("select backend_pid from retort.lease")
        run.kill()
        run.communicate()
        database.end_backend(pid)
    database.execute("drop index item_name")
    indexed.run("downgrade", "bbbb2222")
    assert indexed.run("current").out == "bbbb2222\n"


def test_invalid_index_of_somebody_else_is_not_skipped(indexed, database):
    indexed.revision(
        "cccc3333", "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS item_name ON item (name);",
        "DROP INDEX CONCURRENTLY item_name;", revises="bbbb2222")
    database.execute("create unique index item_name on item (name)")
    database.execute(
        "update pg_index set indisvalid = false where indexrelid = 'item_name'::regclass")
    result = indexed.run("upgrade", "head", check=False)
    assert result.code == 6 and "a broken build left it invalid" in result.err
    database.execute("drop index item_name")
    indexed.run("upgrade", "head")


def test_index_without_a_name_is_refused_before_anything_runs(shop, database):
    shop.revision("cccc3333", "CREATE INDEX CONCURRENTLY ON item (name);", "SELECT 1;",
                  revises="bbbb2222")
    result = shop.run("upgrade", "head", check=False)
    assert result.code == 3 and "migrations/cccc3333.sql:8: an index" in result.err
    assert database.value("select to_regnamespace('retort') is null")


# Other runners


def blocked_run(shop, database, *words):
    """A run that waits for a lock on item, which the caller must hold."""
    run = shop.start("upgrade", "head", "--lock-timeout", "100s", *words)
    until(lambda: waits_for_lock(database))
    return run


def test_second_runner_waits_and_says_for_whom(shop, database):
    shop.run("upgrade", "aaaa1111")
    with holding(database, "select * from item") as blocker:
        first = blocked_run(shop, database)
        result = shop.run("upgrade", "head", "--wait", "0", check=False)
        assert result.code == 10
        assert "another runner is at work: " in result.err
        assert f", process {first.pid}, since" in result.err
        second = shop.start("upgrade", "head")
        while "Waiting for another runner: " not in (line := second.stderr.readline()):
            assert line
        assert database.value(
            "select count(*) from pg_stat_activity where application_name = 'retort'"
            " and state <> 'active' and xact_start is not null and pid not in"
            " (select backend_pid from retort.lease)") == 0  # it waits without a transaction
        blocker.rollback()
        for run in (first, second):
            _, err = run.communicate(timeout=60)
            assert run.returncode == 0, err
    assert database.value("select count(*) from retort.history where outcome = 'done'"
                          " and revision = 'bbbb2222'") == 1


def test_twenty_runners_run_each_revision_once(project, database):
    parent = None
    for number in range(20):
        project.revision(f"r{number:03}", f"CREATE TABLE t{number} (id int);",
                         f"DROP TABLE t{number};", revises=parent)
        parent = f"r{number:03}"
    runs = [project.start("upgrade", "head", "--wait", "300") for _ in range(20)]
    for run in runs:
        _, err = run.communicate(timeout=300)
        assert run.returncode == 0, err
    assert project.run("current").out == "r019 (head)\n"
    counts = database.execute(
        "select revision, count(*) from retort.history group by 1 having count(*) <> 1")
    assert counts == []
    assert database.value("select count(*) from retort.history") == 20


def test_dead_runner_is_followed_at_once(shop, database, server):
    shop.configure("[migrate]\nlease_seconds = 3600\n")
    shop.run("upgrade", "aaaa1111")
    with holding(database, "select * from item"):
        run = blocked_run(shop, database)
        run.kill()
        run.communicate()
        if server.version < 140000:  # which does not look whether anybody still listens
            database.end_backend(database.value("select backend_pid from retort.lease"))
        until(lambda: not waits_for_lock(database))
    shop.run("upgrade", "head", "--wait", "20")
    assert shop.run("current").out == "bbbb2222 (head)\n"


def test_runner_that_slept_cannot_write(shop, database):
    """Paused between two steps until its lease went to another, then woken."""
    shop.configure("[migrate]\nlease_seconds = 1\n")
    shop.revision("cccc3333", "CREATE INDEX CONCURRENTLY item_name ON item (name);\n\n-- step\n\n"
                  "CREATE TABLE late (id int);", "DROP TABLE late;\n\n-- step\n\n"
                  "DROP INDEX CONCURRENTLY item_name;", revises="bbbb2222")
    shop.run("upgrade", "bbbb2222")
    with holding(database, "insert into item (id) values (1)") as blocker:
        sleeper = shop.start("upgrade", "head")
        until(lambda: index_state(database) is False)
        fence = database.value("select fence from retort.lease")
        sleeper.send_signal(signal.SIGSTOP)
        blocker.rollback()
        until(lambda: index_state(database))
    try:
        shop.run("upgrade", "head", "--wait", "60")
        assert database.value("select fence from retort.lease") > fence
        assert shop.run("current").out == "cccc3333 (head)\n"
        rows = database.value("select count(*) from retort.history")
    finally:
        sleeper.send_signal(signal.SIGCONT)
    _, err = sleeper.communicate(timeout=60)
    assert sleeper.returncode == 10, err
    assert "the lease went to another runner" in err
    assert database.value("select count(*) from retort.history") == rows


def test_paused_runner_whose_statement_runs_keeps_the_lease(shop, database):
    shop.configure("[migrate]\nlease_seconds = 1\n")
    shop.revision("cccc3333", "CREATE TABLE half (id int);\nSELECT pg_advisory_xact_lock(7);",
                  "DROP TABLE half;", revises="bbbb2222")
    shop.run("upgrade", "bbbb2222")
    with holding(database, "select pg_advisory_lock(7)"):
        sleeper = shop.start("upgrade", "head", "--lock-timeout", "0")
        until(lambda: database.value(
            "select count(*) from pg_locks where locktype = 'advisory' and not granted"))
        sleeper.send_signal(signal.SIGSTOP)
        result = shop.run("upgrade", "head", "--wait", "2", check=False)
        assert result.code == 10
    sleeper.send_signal(signal.SIGCONT)
    _, err = sleeper.communicate(timeout=60)
    assert sleeper.returncode == 0, err


def test_silent_holder_in_an_open_transaction_is_ended_after_the_expiry(shop, database):
    """As a runner that was paused while it sent a step: its session keeps the lease's row."""
    shop.run("upgrade", "aaaa1111")
    hold = ("update retort.lease set holder = 'a silent one', expires = clock_timestamp(),"
            " backend_pid = pg_backend_pid(), backend_start = (select backend_start"
            " from pg_stat_get_activity(pg_backend_pid()))")
    with holding(database, hold) as silent:
        silent.commit()
        with silent.cursor() as cursor:
            cursor.execute("select from retort.lease for key share")
        shop.run("upgrade", "head", "--wait", "30")
        with pytest.raises(psycopg2.OperationalError), silent.cursor() as cursor:
            cursor.execute("select 1")
    assert shop.run("current").out == "bbbb2222 (head)\n"


def test_version_changed_by_another_program_stops_the_run(shop, database):
    shop.run("upgrade", "aaaa1111")
    with holding(database, "select * from item") as blocker:
        run = blocked_run(shop, database)
        database.execute("update retort.version set version_num = 'bbbb2222'")
        blocker.rollback()
        _, err = run.communicate(timeout=60)
    assert run.returncode == 6, err
    assert 'was changed by another program meanwhile' in err
    assert database.value("select count(*) from information_schema.columns"
                          " where table_name = 'item' and column_name = 'price'") == 0


# Alembic


ENV = """from alembic import context
from sqlalchemy import create_engine
import os
engine = create_engine(os.environ["ALEMBIC_URL"])
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
SCRIPT = '''"""{message}"""
from alembic import op
revision = "{id}"
down_revision = {parent!r}
branch_labels = None
depends_on = None
def upgrade():
    op.execute("create table from_{id} (id int)")
def downgrade():
    op.execute("drop table from_{id}")
'''


@pytest.fixture
def alembic(shop, database):
    """Alembic on the same database, with the same three ids; gives a function that runs it."""
    program = shutil.which("alembic", path="/usr/bin")
    if program is None:
        pytest.skip("alembic is not installed")
    shop.configure("[migrate]\nversion_table = public.alembic_version\n")
    shop.revision("cccc3333", "CREATE TABLE from_cccc3333 (id int);", "DROP TABLE from_cccc3333;",
                  revises="bbbb2222")
    folder = shop.folder / "alembic"
    shop.write("alembic/alembic.ini", f"[alembic]\nscript_location = {folder}/mig\n")
    shop.write("alembic/mig/env.py", ENV)
    for id, parent in (("aaaa1111", None), ("bbbb2222", "aaaa1111"), ("cccc3333", "bbbb2222")):
        shop.write(f"alembic/mig/versions/{id}.py", SCRIPT.format(id=id, parent=parent, message=id))

    def run(*words):
        done = subprocess.run(
            ["/usr/bin/python3", program, "-c", str(folder / "alembic.ini"), *words],
            env=clean_environment(ALEMBIC_URL=database.url), capture_output=True, text=True,
            cwd=folder, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_alembic_reads_what_retort_wrote(shop, alembic, database):
    shop.run("upgrade", "bbbb2222")
    assert alembic("current").strip() == "bbbb2222"
    alembic("upgrade", "head")
    assert shop.run("current").out == "cccc3333 (head)\n"
    shop.run("downgrade", "-1", "--allow-data-loss")
    assert alembic("current").strip() == "bbbb2222"
    assert database.value("select to_regclass('retort.version') is null")


def test_retort_goes_on_from_alembic(shop, alembic, database):
    alembic("upgrade", "bbbb2222")
    assert shop.run("current").out == "bbbb2222\n"
    assert database.value("select to_regnamespace('retort') is null")
    shop.run("upgrade", "head")
    assert alembic("current").strip() == "cccc3333 (head)"
    alembic("downgrade", "base")
    assert shop.run("current").out == ""
