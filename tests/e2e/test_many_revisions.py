"""Runs of many revisions: small steps are sent together, and each is still one of its own."""
import contextlib
import os
import random

from support.wait import until

SEED = os.environ.get("RETORT_SEED", "7")


def write_line(project, bodies):
    """One revision a body, each after the one before; gives their ids."""
    ids = [f"{number:08x}" for number in range(1, len(bodies) + 1)]
    for number, body in enumerate(bodies):
        project.revision(ids[number], body, "SELECT 1;",
                         revises=ids[number - 1] if number else None)
    return ids


def tables(count):
    return [f"CREATE TABLE thing_{number} (id int);" for number in range(count)]


def told(result_err):
    """Of which revisions the run said that it runs them, in order."""
    return [line.split("-> ")[1].split(",")[0].strip() for line in result_err.splitlines()
            if "Running upgrade" in line]


def made(database):
    return database.value("select count(*) from pg_class where relname like 'thing%%'"
                          " and relkind = 'r'")


def test_what_stands_before_and_behind_a_step_that_fails(project, database):
    bodies = tables(60)
    bodies[40] = "CREATE TABLE thing_1 (id int);"
    ids = write_line(project, bodies)
    result = project.run("upgrade", "head", check=False)
    assert result.code == 5, str(result)
    assert f"migrations/{ids[40]}.sql:" in result.err and "already exists" in result.err
    assert told(result.err) == ids[:41]
    assert made(database) == 40
    assert project.run("current").out == f"{ids[39]}\n"
    assert database.execute("select outcome, count(*) from retort.history group by 1"
                            " order by 1") == [("done", 40), ("failed", 1)]
    assert database.value("select revision from retort.history where outcome = 'failed'") == ids[40]
    project.revision(ids[40], "CREATE TABLE thing_40 (id int);", "SELECT 1;", revises=ids[39])
    result = project.run("upgrade", "head")
    assert told(result.err) == ids[40:]
    assert made(database) == 60


def test_only_the_step_that_did_not_get_its_lock_is_tried_again(project, database):
    database.execute("create table held (id int)")
    bodies = tables(60)
    bodies[40] = "ALTER TABLE held ADD COLUMN other int;"
    ids = write_line(project, bodies)
    with contextlib.closing(database.connect(autocommit=False)) as other:
        other.cursor().execute("select * from held")
        run = project.start("upgrade", "head", "--lock-timeout", "200ms", "--lock-retries", "1000")
        lines = []
        while not any("trying again" in line for line in lines):
            lines.append(run.stderr.readline())
            assert lines[-1], "".join(lines)
        assert told("".join(lines)) == ids[:41]
        assert project.run("current").out == f"{ids[39]}\n"
        assert made(database) == 40
        other.rollback()
    _, err = run.communicate(timeout=60)
    assert run.returncode == 0, err
    assert told("".join(lines) + err) == ids
    assert database.execute("select outcome, count(*) from retort.history group by 1") == [
        ("done", 60)]


def test_each_step_of_a_group_has_its_own_retries(project, database):
    """The second of two steps that were sent together is not short of the first one's retries."""
    database.execute("create table first_held (id int)")
    database.execute("create table then_held (id int)")
    bodies = tables(60)
    bodies[40] = "ALTER TABLE first_held ADD COLUMN other int;"
    bodies[41] = "ALTER TABLE then_held ADD COLUMN other int;"
    ids = write_line(project, bodies)
    with (contextlib.closing(database.connect(autocommit=False)) as first,
          contextlib.closing(database.connect(autocommit=False)) as second):
        first.cursor().execute("select * from first_held")
        second.cursor().execute("select * from then_held")
        run = project.start("upgrade", "head", "--lock-timeout", "300ms", "--lock-retries", "2")
        lines = []
        while sum("trying again" in line for line in lines) < 2:
            lines.append(run.stderr.readline())
            assert lines[-1], "".join(lines)
        first.rollback()
        _, err = run.communicate(timeout=60)
    assert run.returncode == 10, err
    assert err.count("trying again") == 2, err
    assert told("".join(lines) + err) == ids[:42]
    assert project.run("current").out == f"{ids[40]}\n"


def test_failure_in_the_middle_of_a_revision_keeps_its_steps(project, database):
    bodies = tables(60)
    bodies[40] = "CREATE TABLE one (id int);\n\n-- step\n\nALTER TABLE none ADD COLUMN a int;"
    ids = write_line(project, bodies)
    result = project.run("upgrade", "head", check=False)
    assert result.code == 5 and "1 of 2 steps are done" in result.err, str(result)
    assert database.value("select to_regclass('one') is not null")
    assert project.run("current").out.startswith(ids[39])
    database.execute("create table none (id int)")
    assert told(project.run("upgrade", "head").err) == ids[40:]
    assert made(database) == 59


def test_settings_of_one_step_do_not_reach_the_next(project, database):
    usual = dict(database.execute(
        "select name, setting from pg_settings where name in ('work_mem', 'synchronous_commit')"))
    seen = ("AS SELECT current_setting('search_path') AS path,"
            " current_setting('lock_timeout') AS timeout,"
            " (SELECT setting FROM pg_settings WHERE name = 'work_mem') AS memory,"
            " current_setting('synchronous_commit') AS durable;")
    bodies = tables(60)
    bodies[20] = ("SET work_mem = '77MB';\nSET search_path = pg_catalog;\n"
                  "SELECT set_config('lock_timeout', '5min', false);")
    bodies[21] = f"CREATE TABLE public.after_set {seen}"
    bodies[40] = "DO $$ BEGIN PERFORM set_config('work_mem', '78MB', false); END $$;"
    bodies[45] = f"CREATE TABLE public.after_do {seen}"
    bodies[59] = f"CREATE TABLE public.at_the_end {seen}"
    write_line(project, bodies)
    project.run("upgrade", "head", "--lock-timeout", "4s")
    for name in ("after_set", "after_do"):
        assert database.execute(f"select path, timeout, memory from {name}") == [
            ("public", "4s", usual["work_mem"])]
    # Only the last step waits for the disk, and so makes the others durable too.
    assert database.value("select durable from after_do") == "off"
    assert database.value("select durable from at_the_end") == usual["synchronous_commit"]
    assert database.execute("select distinct version_num from retort.version") == [
        (f"{60:08x}",)]


def test_table_of_a_query_cannot_set_the_path_of_the_next_step(project, database):
    database.execute("create schema b")
    bodies = tables(60)
    bodies[40] = "CREATE TABLE x AS SELECT set_config('search_path', 'b', false);"
    bodies[50] = "CREATE UNLOGGED TABLE IF NOT EXISTS y (a) AS TABLE x;"
    write_line(project, bodies)
    project.run("upgrade", "head")
    assert database.value("select count(*) from pg_class where relnamespace = 'b'::regnamespace"
                          ) == 0
    assert made(database) == 58


def test_path_set_out_of_sight_stops_the_run(project, database):
    database.execute("create schema b")
    database.execute("create function sneaky() returns text language plpgsql as $$ begin"
                     " return set_config('search_path', 'b', false); end $$")
    bodies = tables(60)
    database.execute("create table held as select 1 as id")
    bodies[40] = "ALTER TABLE held ADD COLUMN path text DEFAULT sneaky();"
    ids = write_line(project, bodies)
    result = project.run("upgrade", "head", check=False)
    assert result.code == 3, str(result)
    assert ids[40] in result.err and "set search_path" in result.err and "hint:" in result.err
    assert made(database) == 40
    assert project.run("current").out == f"{ids[39]}\n"
    project.revision(ids[40], bodies[40] + "\nRESET search_path;", "SELECT 1;", revises=ids[39])
    project.run("upgrade", "head")
    assert made(database) == 59
    assert database.value("select count(*) from pg_class where relnamespace = 'b'::regnamespace"
                          ) == 0


def test_another_program_changes_the_version_in_the_middle(project, database):
    ids = write_line(project, tables(60))
    project.run("upgrade", ids[9])
    database.execute(
        "create function stray() returns event_trigger language plpgsql as $$ begin"
        " if to_regclass('thing_40') is not null then"
        " update retort.version set version_num = 'stray'; end if; end $$")
    database.execute("create event trigger stray on ddl_command_end execute function stray()")
    result = project.run("upgrade", "head", check=False)
    assert result.code == 6, str(result)
    assert "was changed by another program" in result.err
    assert made(database) == 40
    assert project.run("current").out == f"{ids[39]}\n"


def test_lease_goes_to_another_in_the_middle(project, database):
    ids = write_line(project, tables(60))
    project.run("upgrade", ids[9])
    database.execute(
        "create function stray() returns event_trigger language plpgsql as $$ begin"
        " if to_regclass('thing_40') is not null then"
        " update retort.lease set fence = fence + 1; end if; end $$")
    database.execute("create event trigger stray on ddl_command_end execute function stray()")
    result = project.run("upgrade", "head", check=False)
    assert result.code == 10, str(result)
    assert "the lease went to another runner" in result.err
    assert made(database) == 40
    assert project.run("current").out == f"{ids[39]}\n"
    assert database.value("select count(*) from retort.history where outcome = 'failed'") == 0
    database.execute("drop event trigger stray")
    database.execute("create function lost() returns event_trigger language plpgsql as $$ begin"
                     " delete from retort.lease; end $$")
    database.execute("create event trigger lost on ddl_command_end execute function lost()")
    assert project.run("upgrade", "head", check=False).code == 10
    assert made(database) == 40


def test_killed_while_many_steps_are_under_way(project, database):
    """Of what was sent all that ran is whole: made, recorded and counted, in order."""
    count, kills, chance = 400, 0, random.Random(SEED)
    ids = write_line(project, tables(count))
    while kills < 8:
        run = project.start("upgrade", "head")
        for _ in range(chance.randrange(count // 8)):
            if not run.stderr.readline():
                break
        run.kill()
        run.communicate()
        if run.returncode == 0:
            break
        kills += 1
        until(lambda: database.value("select count(*) from pg_stat_activity where datname ="
                                     " current_database() and application_name = 'retort'") == 0)
        if database.value("select to_regclass('retort.history') is null"):
            continue
        done = [revision for (revision,) in database.execute(
            "select revision from retort.history where outcome = 'done' order by id")]
        assert done == ids[:len(done)]
        assert made(database) == len(done)
        assert database.execute("select version_num from retort.version") == [
            (id,) for id in done[-1:]]
    assert kills > 2
    project.run("upgrade", "head")
    assert made(database) == count
    assert database.value("select count(*) from retort.history where outcome = 'done'") == count
