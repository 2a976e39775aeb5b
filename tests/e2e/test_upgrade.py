"""upgrade, downgrade, stamp, current and ensure_version on a real database."""
import json
import re

import pytest

FIRST_UP = "CREATE TABLE item (id bigint PRIMARY KEY, name text);"
FIRST_DOWN = "DROP TABLE item;"
SECOND_UP = "ALTER TABLE item ADD COLUMN price int;"
SECOND_DOWN = "ALTER TABLE item DROP COLUMN price;"


@pytest.fixture
def shop(project):
    project.revision("aaaa1111", FIRST_UP, FIRST_DOWN, message="first one")
    project.revision("bbbb2222", SECOND_UP, SECOND_DOWN, revises="aaaa1111", message="second")
    return project


def history(database, columns="revision, direction, outcome, step, steps"):
    return database.execute(f"select {columns} from retort.history order by id")


def tables(database):
    rows = database.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace"
        " and relkind = 'r' order by 1"
    )
    return [name for (name,) in rows]


def test_upgrade_runs_what_is_missing_and_says_it_as_alembic(shop, database):
    result = shop.run("upgrade", "head")
    assert "Running upgrade  -> aaaa1111, first one\n" in result.err
    assert "Running upgrade aaaa1111 -> bbbb2222, second\n" in result.err
    assert result.out == ""
    assert shop.run("current").out == "bbbb2222 (head)\n"
    assert history(database) == [
        ("aaaa1111", "upgrade", "done", 1, 1), ("bbbb2222", "upgrade", "done", 1, 1)]


def test_upgrade_at_head_changes_nothing_and_takes_no_lease(shop, database):
    shop.run("upgrade", "head")
    fence = database.value("select fence from retort.lease")
    assert "Running" not in shop.run("upgrade", "head").err
    assert database.value("select fence from retort.lease") == fence


def test_relative_steps_and_base(shop, database):
    shop.run("upgrade", "+1")
    assert shop.run("current").out == "aaaa1111\n"
    shop.run("upgrade", "+1")
    result = shop.run("downgrade", "-1")
    assert "Running downgrade bbbb2222 -> aaaa1111, second\n" in result.err
    result = shop.run("downgrade", "base")
    assert "Running downgrade aaaa1111 -> , first one\n" in result.err
    assert shop.run("current").out == ""
    assert tables(database) == []


def test_current_on_an_empty_database_makes_nothing(shop, database):
    result = shop.run("current")
    assert (result.out, result.err) == ("", "")
    assert database.value("select to_regnamespace('retort') is null")


def test_current_checks_heads(shop):
    shop.run("upgrade", "+1")
    result = shop.run("current", "--check-heads", check=False)
    assert result.code == 8
    assert "Database is not on all head revisions" in result.err
    assert result.out == "aaaa1111\n"
    shop.run("upgrade", "head")
    assert shop.run("current", "-c").code == 0


def test_current_as_json(shop):
    assert json.loads(shop.run("current", "--json").out) == []
    shop.run("upgrade", "head")
    (row,) = json.loads(shop.run("current", "--json").out)
    assert (row["revision"], row["head"], row["message"]) == ("bbbb2222", True, "second")


def test_current_verbose_names_the_database_and_shows_the_header(shop, database):
    shop.run("upgrade", "head")
    out = shop.run("current", "-v").out
    assert out.startswith("Current revision(s) for postgresql://")
    assert f"/{database.name}" in out.splitlines()[0]
    assert "\nRev: bbbb2222 (head)\nParent: aaaa1111\n" in out


def test_version_that_no_file_knows_is_an_error(shop, database):
    shop.run("upgrade", "head")
    database.execute("update retort.version set version_num = 'unknown1'")
    for words in (["current"], ["upgrade", "head"], ["downgrade", "base"]):
        result = shop.run(*words, check=False)
        assert result.code == 6, str(result)
        assert "Can't locate revision identified by 'unknown1'" in result.err


def test_dry_run_prints_the_plan(shop, database):
    result = shop.run("upgrade", "head", "--dry-run")
    assert "aaaa1111" in result.out and "bbbb2222" in result.out
    rows = json.loads(shop.run("upgrade", "head", "--dry-run", "--json").out)
    assert [row["revision"] for row in rows] == ["aaaa1111", "bbbb2222"]
    assert database.value("select to_regnamespace('retort') is null")


def test_json_tells_what_was_done(shop):
    rows = json.loads(shop.run("upgrade", "+1", "--json").out)
    assert [(row["revision"], row["direction"], row["to"]) for row in rows] == [
        ("aaaa1111", "upgrade", "aaaa1111")]
    assert json.loads(shop.run("upgrade", "aaaa", "--json").out) == []


def test_range_wants_sql(shop):
    result = shop.run("upgrade", "aaaa1111:bbbb2222", check=False)
    assert result.code == 2 and "Range revision not allowed" in result.err
    result = shop.run("downgrade", "--sql", "aaaa1111", check=False)
    assert result.code == 2
    assert "downgrade with --sql requires <fromrev>:<torev>" in result.err


def test_error_names_file_and_line_and_leaves_a_whole_step(shop, database):
    shop.revision(
        "cccc3333",
        "CREATE TABLE third (id int);\n\nALTER TABLE item\n    ADD COLUMN x int,\n    ADD COLUMN y nonsense;",
        "DROP TABLE third;", revises="bbbb2222")
    result = shop.run("upgrade", "head", check=False)
    assert result.code == 5
    assert 'migrations/cccc3333.sql:12: type "nonsense" does not exist' in result.err
    assert tables(database) == ["item"]
    assert shop.run("current").out == "bbbb2222\n"
    assert history(database)[-1] == ("cccc3333", "upgrade", "failed", 0, 1)
    message = database.value("select message from retort.history order by id desc limit 1")
    assert "nonsense" in message


def test_error_inside_a_function_body_tells_where(shop):
    shop.revision("cccc3333", "DO LANGUAGE plpgsql\n$$\nBEGIN\n  PERFORM 1/0;\nEND $$;", "SELECT 1;",
                  revises="bbbb2222")
    result = shop.run("upgrade", "head", check=False)
    assert result.code == 5
    assert "migrations/cccc3333.sql:11: division by zero" in result.err
    assert "line 3 at PERFORM" in result.err


THREE_STEPS = """CREATE TABLE one (id int);

-- step

INSERT INTO item (id) VALUES (1);

-- step

ALTER TABLE item ADD CONSTRAINT item_small CHECK (id < 0);
"""
THREE_BACK = """ALTER TABLE item DROP CONSTRAINT item_small;

-- step

DELETE FROM item WHERE id = 1;

-- step

DROP TABLE one;
"""


@pytest.fixture
def stopped(shop, database):
    """A run that stopped after the second of three steps."""
    shop.revision("cccc3333", THREE_STEPS, THREE_BACK, revises="bbbb2222", message="third")
    result = shop.run("upgrade", "head", check=False)
    assert result.code == 5
    assert "hint: 2 of 3 steps are done and stay" in result.err
    assert history(database)[-1] == ("cccc3333", "upgrade", "failed", 2, 3)
    return shop


def test_next_run_goes_on_after_the_last_step(stopped, database):
    assert stopped.run("current").out.splitlines()[0] == "bbbb2222"
    database.execute("update item set id = -1")
    assert "third (goes on with step 3 of 3)\n" in stopped.run("upgrade", "head").err
    assert stopped.run("current").out == "cccc3333 (head)\n"
    assert database.value("select count(*) from item") == 1  # not inserted again


TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"


def test_current_and_history_tell_what_is_half_done(stopped):
    part = rf"\(in the middle of its upgrade, after step 2 of 3, since {TIME}\)"
    assert re.fullmatch(rf"bbbb2222\ncccc3333 \(head\) {part}\n", stopped.run("current").out)
    lines = stopped.run("history", "-i").out.splitlines()
    assert re.fullmatch(rf"bbbb2222 -> cccc3333 \(head\) {part} \(unproven\), third", lines[0])
    assert "(current)" in lines[1] and "middle" not in lines[1]
    assert re.search(rf"^Rev: cccc3333 \(head\) {part}$", stopped.run("current", "-v").out, re.M)
    whole, half = json.loads(stopped.run("current", "--json").out)
    assert (whole["revision"], whole["current"], whole["part"]) == ("bbbb2222", True, None)
    assert (half["revision"], half["current"]) == ("cccc3333", False)
    assert re.fullmatch(TIME, half["part"].pop("since"))
    assert half["part"] == {"direction": "upgrade", "step": 2, "steps": 3, "attempted": False}
    rows = json.loads(stopped.run("history", "-i", "--json").out)
    assert [row["part"] is not None for row in rows] == [True, False, False]
    result = stopped.run("current", "--check-heads", check=False)
    assert result.code == 8
    assert 'hint: revision "cccc3333" is in the middle of its upgrade, after step 2' in result.err


def test_head_that_is_half_taken_back_is_no_head(stopped, database):
    database.execute("update item set id = -1")
    stopped.run("upgrade", "head")
    stopped.run("current", "--check-heads")
    database.execute("create view in_the_way as select from one")
    assert stopped.run("downgrade", "-1", check=False).code == 5
    assert re.fullmatch(
        rf"cccc3333 \(head\) \(in the middle of its downgrade, after step 2 of 3, since {TIME}\)\n",
        stopped.run("current").out)
    result = stopped.run("current", "-c", check=False)
    assert result.code == 8 and "in the middle of its downgrade" in result.err


def test_half_done_revision_without_a_file_is_named(stopped):
    (stopped.migrations / "cccc3333.sql").unlink()
    result = stopped.run("current")
    assert result.out == "bbbb2222 (head)\n"
    assert 'revision "cccc3333", which no file has, is in the middle of its upgrade' in result.err


def test_current_needs_no_right_to_read_the_history(stopped, database, server):
    database.execute("create role plain_reader login")
    try:
        database.execute("grant usage on schema retort to plain_reader;"
                         "grant select on retort.version to plain_reader")
        stopped.url = server.as_role(database.url, "plain_reader")
        assert stopped.run("current").out == "bbbb2222\n"
    finally:
        database.execute("drop owned by plain_reader cascade")
        database.execute("drop role plain_reader")


def test_steps_not_done_yet_may_be_edited(stopped, database):
    stopped.revision("cccc3333", THREE_STEPS.replace("id < 0", "id > 0"), THREE_BACK,
                     revises="bbbb2222")
    stopped.run("upgrade", "head")
    assert stopped.run("current").out == "cccc3333 (head)\n"


def test_steps_done_must_not_be_edited(stopped, database):
    stopped.revision("cccc3333", THREE_STEPS.replace("one", "uno"), THREE_BACK,
                     revises="bbbb2222")
    result = stopped.run("upgrade", "head", check=False)
    assert result.code == 6
    assert 'revision "cccc3333" stopped in the middle of its upgrade, after step 2 of 3' in result.err


def test_steps_done_can_be_taken_back(stopped, database):
    stopped.run("downgrade", "bbbb2222")
    assert tables(database) == ["item"]
    assert database.value("select count(*) from item") == 0
    assert stopped.run("current").out == "bbbb2222\n"
    assert history(database)[-1] == ("cccc3333", "downgrade", "done", 3, 3)
    stopped.run("downgrade", "base")
    assert tables(database) == []


def test_stamp_ends_a_part(stopped, database):
    stopped.run("stamp", "cccc3333")
    assert "Running" not in stopped.run("upgrade", "head").err


def test_single_transaction_is_all_or_nothing(shop, database):
    shop.revision("cccc3333", "SELECT 1/0;", "SELECT 1;", revises="bbbb2222")
    assert shop.run("upgrade", "head", "--single-transaction", check=False).code == 5
    assert tables(database) == [] and shop.run("current").out == ""
    shop.run("upgrade", "bbbb2222", "--single-transaction")
    assert shop.run("current").out == "bbbb2222\n"
    assert database.value(
        "select count(distinct xmin::text) from retort.history where outcome = 'done'") == 1


def test_single_transaction_refuses_what_no_transaction_may_hold(shop, database):
    shop.revision("cccc3333", "CREATE INDEX CONCURRENTLY i ON item (name);",
                  "DROP INDEX CONCURRENTLY i;", revises="bbbb2222")
    result = shop.run("upgrade", "head", "--single-transaction", check=False)
    assert result.code == 2
    assert "migrations/cccc3333.sql:8: no transaction may hold this statement" in result.err
    assert tables(database) == []
    assert database.value("select to_regnamespace('retort') is null")


def test_settings_of_one_step_do_not_reach_the_next(project, database):
    project.revision("aaaa1111", """CREATE SCHEMA other;
SET search_path = other;
SET ROLE pg_monitor;
SELECT set_config('work_mem', '777kB', false);
CREATE TEMP TABLE leftover (id int);

-- step

CREATE TABLE here AS SELECT current_setting('work_mem') AS work_mem, current_user AS role,
    to_regclass('leftover') IS NULL AS clean;
""".replace("CREATE TEMP", "RESET ROLE;\nCREATE TEMP"), "DROP TABLE here;\nDROP SCHEMA other;")
    project.run("upgrade", "head")
    work_mem, role, clean = database.execute("select * from public.here")[0]
    assert work_mem != "777kB" and role == database.value("select current_user") and clean


def test_statements_prepared_for_the_run_may_be_forgotten_by_a_step(project, database):
    steps = ["CREATE TABLE a (id int);", "ALTER TABLE a ADD COLUMN b int;",
             "DEALLOCATE ALL;\nPREPARE retort_record AS SELECT 1;", "CREATE TABLE c (id int);",
             "DROP TABLE c;", "CREATE TABLE d (id int);"]
    project.revision("aaaa1111", steps[0], "DROP TABLE a;", message="it's one")
    project.revision("bbbb2222", "\n\n-- step\n\n".join(steps[1:]), "SELECT 1;",
                     revises="aaaa1111")
    project.revision("cccc3333", "CREATE TABLE e (id int);", "DROP TABLE e;", revises="bbbb2222")
    project.run("upgrade", "head")
    assert history(database) == [
        ("aaaa1111", "upgrade", "done", 1, 1),
        *[("bbbb2222", "upgrade", "done", step, 5) for step in range(1, 6)],
        ("cccc3333", "upgrade", "done", 1, 1)]
    assert database.value("select message from retort.history order by id limit 1") == "it's one"
    assert database.value("""select bool_and(started_at <= finished_at and fence = 1
        and checksum is not null and runner like '%@%, process %'
        and (step_checksum is not null) = (step < steps)) from retort.history""")
    assert database.value("select bool_and(finished_at <= next) from (select finished_at,"
                          " lead(started_at) over (order by id) as next from retort.history) h")


def test_a_foreign_change_of_the_version_is_found_in_every_step(project, database):
    meddle = ("CREATE FUNCTION meddle() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN"
              " IF EXISTS (SELECT FROM pg_class WHERE relname = 'b') THEN"
              " UPDATE retort.version SET version_num = 'other'; END IF; END $$;\n"
              "CREATE EVENT TRIGGER meddle ON ddl_command_end EXECUTE FUNCTION meddle();")
    project.revision("aaaa1111", "CREATE TABLE a (id int);", "DROP TABLE a;")
    project.revision("bbbb2222", "CREATE TABLE b (id int);", "DROP TABLE b;", revises="aaaa1111")
    project.revision("cccc3333", "CREATE TABLE c (id int);", "DROP TABLE c;", revises="bbbb2222")
    project.run("upgrade", "aaaa1111")
    database.psql(meddle)
    result = project.run("upgrade", "head", check=False)
    assert result.code == 6
    assert "was changed by another program meanwhile" in result.err
    assert tables(database) == ["a"]
    assert history(database, "revision, outcome") == [("aaaa1111", "done"), ("bbbb2222", "failed")]


def test_only_the_last_step_waits_for_the_disk(project, database):
    ids = ["aaaa1111", "bbbb2222", "cccc3333"]
    for number, (name, before) in enumerate(zip(ids, [None, *ids])):
        project.revision(name, f"CREATE TABLE t{number} AS"
                         " SELECT current_setting('synchronous_commit') AS waits;",
                         f"DROP TABLE t{number};", revises=before)
    project.run("upgrade", "head")
    assert [database.value(f"select waits from t{number}") for number in range(3)] == [
        "off", "off", "on"]


def test_a_role_set_by_a_step_does_not_keep_it_from_being_recorded(project, database):
    project.revision("aaaa1111", "SET ROLE pg_monitor;", "SELECT 1;")
    project.run("upgrade", "head")
    assert project.run("current").out == "aaaa1111 (head)\n"


def test_statement_that_ends_the_transaction_is_refused(project, database):
    project.revision("aaaa1111", "CREATE TABLE t (id int);\nDO $$ BEGIN COMMIT; END $$;",
                     "DROP TABLE t;")
    result = project.run("upgrade", "head", check=False)
    assert result.code == 5
    assert "migrations/aaaa1111.sql:9: invalid transaction termination" in result.err
    assert tables(database) == [] and project.run("current").out == ""


def test_resetting_all_settings_inside_a_step_is_refused(project, database):
    project.revision("aaaa1111", "CREATE TABLE t (id int);\nRESET ALL;", "DROP TABLE t;")
    result = project.run("upgrade", "head", check=False)
    assert result.code == 3 and "reset its settings" in result.err
    assert tables(database) == []


def test_empty_revision_and_merge(shop, database):
    shop.revision("cccc3333", "CREATE TABLE side (id int);", "DROP TABLE side;",
                  revises="aaaa1111")
    shop.revision("dddd4444", "", "", revises=["bbbb2222", "cccc3333"], message="merged")
    result = shop.run("upgrade", "head")
    assert "Running upgrade bbbb2222, cccc3333 -> dddd4444, merged\n" in result.err
    assert shop.run("current").out == "dddd4444 (head) (mergepoint)\n"
    result = shop.run("downgrade", "-1", check=False)
    assert (result.code, result.err) == (
        6, "retort: Ambiguous walk\n"
           "hint: from dddd4444 it leads to bbbb2222, cccc3333; name the revision to reach\n")
    result = shop.run("downgrade", "bbbb2222")
    assert "Running downgrade dddd4444 -> bbbb2222, cccc3333, merged\n" in result.err
    assert shop.run("current").out == "bbbb2222\ncccc3333\n"


def test_edited_revision_is_told(shop):
    shop.run("upgrade", "head")
    shop.revision("aaaa1111", FIRST_UP.replace("name", "title"), FIRST_DOWN, message="first one")
    result = shop.run("upgrade", "head")
    assert 'revision "aaaa1111" is applied, but the file was edited since' in result.err
    shop.revision("aaaa1111", "-- a comment\n" + FIRST_UP, FIRST_DOWN, message="other words")
    assert "edited" not in shop.run("upgrade", "head").err


def test_unproven_revision_is_told(shop):
    result = shop.run("upgrade", "head")
    assert 'revisions "aaaa1111", "bbbb2222" are not proven' in result.err


def test_irreversible_revision_is_not_taken_back(shop, database):
    shop.write("migrations/cccc3333.sql", """-- third
--
-- revision: cccc3333
-- revises: bbbb2222
-- irreversible: the old names are gone

-- upgrade

UPDATE item SET name = NULL;
""")
    shop.run("upgrade", "head")
    result = shop.run("downgrade", "base", check=False)
    assert result.code == 9
    assert 'revision "cccc3333" is irreversible: the old names are gone' in result.err
    assert shop.run("current").out == "cccc3333 (head)\n"


def test_time_that_the_server_does_not_understand(shop, database):
    result = shop.run("upgrade", "head", "--lock-timeout", "soon", check=False)
    assert result.code == 3 and '"soon"' in result.err
    assert database.value("select to_regnamespace('retort') is null")


def test_notices_and_warnings_of_a_revision_are_shown(project):
    project.revision("aaaa1111", "DO $$ BEGIN\nRAISE NOTICE 'moved % rows', 7;\n"
                     "RAISE WARNING 'look here';\nEND $$;", "SELECT 1;")
    err = project.run("upgrade", "head").err
    assert "notice: moved 7 rows\n" in err and "warning: look here\n" in err
    assert "notice" not in project.run("downgrade", "base", "-q").err


def test_large_step_and_statement(project, database):
    rows = ",\n".join(f"({number}, '{'x' * 100}')" for number in range(100_000))
    many = "\n".join(f"INSERT INTO t VALUES (-{number}, 'y');" for number in range(1, 5001))
    project.revision("aaaa1111", f"CREATE TABLE t (id int, name text);\nINSERT INTO t VALUES\n{rows};"
                     f"\n{many}", "DROP TABLE t;")
    project.run("upgrade", "head")
    assert database.value("select count(*) from t") == 105_000


def test_stamp(shop, database):
    result = shop.run("stamp", "aaaa1111")
    assert "Running stamp_revision  -> aaaa1111\n" in result.err
    assert tables(database) == []
    result = shop.run("stamp", "head")
    assert "Running stamp_revision aaaa1111 -> bbbb2222\n" in result.err
    assert shop.run("current").out == "bbbb2222 (head)\n"
    result = shop.run("stamp", "base", "--json")
    assert json.loads(result.out) == [{"from": "bbbb2222", "to": ""}]
    assert shop.run("current").out == ""
    assert {row[1] for row in history(database)} == {"stamp"}


def test_dry_run_of_stamp_changes_nothing(shop, database):
    result = shop.run("stamp", "head", "--dry-run")
    assert result.out.split() == ["FROM", "TO", "bbbb2222"]
    assert database.value("select to_regnamespace('retort') is null")
    shop.run("stamp", "aaaa1111")
    result = shop.run("stamp", "head", "--dry-run", "--json")
    assert json.loads(result.out) == [{"from": "aaaa1111", "to": "bbbb2222"}]
    result = shop.run("stamp", "--purge", "base", "--dry-run", "--json")
    assert json.loads(result.out) == [{"from": "aaaa1111", "to": ""}]
    result = shop.run("stamp", "aaaa1111", "--dry-run")
    assert (result.out, result.err) == ("", "Nothing to do.\n")
    assert shop.run("stamp", "zzz", "--dry-run", check=False).code == 6
    assert shop.run("current").out == "aaaa1111\n"


def test_dry_run_of_ensure_version_prints_what_is_missing(shop, database):
    script = shop.run("ensure_version", "--dry-run").out
    assert script == shop.run("ensure_version", "--sql").out
    assert database.value("select to_regnamespace('retort') is null")
    shop.run("ensure_version")
    result = shop.run("ensure_version", "--dry-run")
    assert (result.out, result.err) == ("", "Nothing to do.\n")


def test_stamp_purge_forgets_unknown_rows(shop, database):
    shop.run("upgrade", "head")
    database.execute("update retort.version set version_num = 'unknown1'")
    assert shop.run("stamp", "head", check=False).code == 6
    shop.run("stamp", "--purge", "head")
    assert shop.run("current").out == "bbbb2222 (head)\n"
    result = shop.run("stamp", "--purge", "--sql", "head", check=False)
    assert result.code == 2 and "Can't use --purge with --sql mode" in result.err


def test_ensure_version_makes_the_tables_silently(shop, database):
    result = shop.run("ensure_version")
    assert (result.out, result.err) == ("", "")
    assert database.value("select count(*) from retort.version") == 0
    shop.run("ensure_version")


def test_history_of_a_run_tells_who_and_how_long(shop, database):
    shop.run("upgrade", "head")
    rows = history(database, "role, runner, finished_at >= started_at, length(checksum), fence")
    for role, runner, ordered, checksum, fence in rows:
        assert role and ", process " in runner and ordered
        assert checksum == 64 and fence == 1


def test_unknown_target(shop, database):
    result = shop.run("upgrade", "zzz", check=False)
    assert result.code == 6
    assert "Can't locate revision identified by 'zzz'" in result.err
    assert database.value("select to_regnamespace('retort') is null")


def test_role_without_rights_to_create_can_run(shop, database, server):
    """All that is needed is there: no CREATE on the database, a schema of its own."""
    shop.run("ensure_version")
    database.execute("create role plain_runner login")
    try:
        database.execute("grant all on schema public to plain_runner;"
                         "grant usage on schema retort to plain_runner;"
                         "grant all on all tables in schema retort to plain_runner;"
                         "grant all on all sequences in schema retort to plain_runner")
        shop.url = server.as_role(database.url, "plain_runner")
        shop.run("upgrade", "head")
        assert shop.run("current").out == "bbbb2222 (head)\n"
    finally:
        database.execute("drop owned by plain_runner cascade")
        database.execute("drop role plain_runner")
