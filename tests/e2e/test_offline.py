"""--sql: the script does in psql what the program does online."""
import pytest

HISTORY = ("select version_table, revision, direction, outcome, step, steps, checksum,"
           " step_checksum, message from retort.history where outcome = 'done' order by id")


@pytest.fixture
def shop(project):
    project.revision("aaaa1111", """CREATE TABLE item (id bigint PRIMARY KEY, name text);
COMMENT ON TABLE item IS 'it''s; a "thing"';
CREATE FUNCTION f(a int) RETURNS int LANGUAGE plpgsql AS $body$
BEGIN
    -- a comment; with a semicolon
    RETURN a + 1;
END
$body$;
SET work_mem = '777kB';

-- step

CREATE FUNCTION g() RETURNS int LANGUAGE sql BEGIN ATOMIC
    SELECT 1;
    SELECT CASE WHEN true THEN 2 END;
END;
INSERT INTO item VALUES (1, current_setting('work_mem'));
""", "DROP FUNCTION g;\n\n-- step\n\nDROP FUNCTION f;\nDROP TABLE item;", message="first")
    project.revision("bbbb2222", "CREATE INDEX CONCURRENTLY item_name ON item (name);",
                     "DROP INDEX CONCURRENTLY item_name;", revises="aaaa1111", message="second")
    project.revision("cccc3333", "CREATE TABLE side (id int);", "DROP TABLE side;",
                     revises="aaaa1111", message="side")
    project.revision("dddd4444", "", "", revises=["bbbb2222", "cccc3333"], message="merged")
    return project


def content(database):
    dump = database.dump("--exclude-table-data=retort.*").splitlines()
    return [line for line in dump if not line.startswith(("\\restrict", "\\unrestrict"))]


def same_state(one, other):
    assert content(one) == content(other)
    assert one.execute("table item") == other.execute("table item")
    assert one.execute("table retort.version") == other.execute("table retort.version")
    assert one.execute(HISTORY) == other.execute(HISTORY)


@pytest.fixture
def without(shop):
    """The same project without a database: --sql must connect to none."""
    def run(*words, check=True):
        return shop.run(*words, check=check, env={"DATABASE_URL": None, "CI": "1"})
    return run


def test_script_from_base_equals_an_online_run(shop, without, database, new_database):
    by_hand = new_database()
    by_hand.psql(without("upgrade", "head", "--sql").out)
    shop.run("upgrade", "head")
    same_state(by_hand, database)


def test_script_of_a_range_goes_on_from_there(shop, without, database, new_database):
    by_hand = new_database()
    by_hand.psql(without("upgrade", "bbbb2222", "--sql").out)
    by_hand.psql(without("upgrade", "bbbb2222:head", "--sql").out)
    shop.run("upgrade", "bbbb2222")
    shop.run("upgrade", "head")
    same_state(by_hand, database)


def test_script_of_a_downgrade(shop, without, database, new_database):
    by_hand = new_database()
    by_hand.psql(without("upgrade", "head", "--sql").out)
    by_hand.psql(without("downgrade", "head:bbbb2222", "--sql").out)
    shop.run("upgrade", "head")
    shop.run("downgrade", "bbbb2222")
    same_state(by_hand, database)


def test_script_stops_at_another_version(without, new_database):
    by_hand = new_database()
    done = by_hand.psql(without("upgrade", "aaaa1111:bbbb2222", "--sql").out, check=False)
    assert done.returncode == 3
    assert 'the database is at "", this script begins at "aaaa1111"' in done.stderr
    assert by_hand.value("select to_regclass('item') is null")


def test_single_transaction(shop, without, new_database):
    by_hand = new_database()
    script = without("upgrade", "aaaa1111", "--sql", "--single-transaction").out
    assert script.count("BEGIN;\n\n") == 1 and script.rstrip().endswith("COMMIT;")
    by_hand.psql(script)
    assert without("upgrade", "head", "--sql", "--single-transaction", check=False).code == 2


def test_script_speaks_as_alembic(without):
    script = without("upgrade", "head", "--sql").out
    assert "-- Running upgrade  -> aaaa1111, first\n" in script
    assert "-- Running upgrade bbbb2222, cccc3333 -> dddd4444, merged\n" in script
    assert "INSERT INTO retort.version (version_num) VALUES ('aaaa1111');" in script
    assert ("DELETE FROM retort.version WHERE version_num = 'bbbb2222';\n\n"
            "UPDATE retort.version SET version_num = 'dddd4444'"
            " WHERE version_num = 'cccc3333';") in script


def test_stamp_and_ensure_version(shop, without, database, new_database):
    by_hand = new_database()
    by_hand.psql(without("ensure_version", "--sql").out)
    by_hand.psql(without("stamp", "aaaa1111", "--sql").out)
    by_hand.psql(without("stamp", "aaaa1111:head", "--sql").out)
    shop.run("stamp", "aaaa1111")
    shop.run("stamp", "head")
    assert content(by_hand) == content(database)
    assert by_hand.execute("table retort.version") == database.execute("table retort.version")
    assert by_hand.execute(HISTORY) == database.execute(HISTORY)


def test_online_run_goes_on_after_a_script(shop, without, database):
    database.psql(without("upgrade", "aaaa1111", "--sql").out)
    shop.run("upgrade", "head")
    assert shop.run("current").out == "dddd4444 (head) (mergepoint)\n"
