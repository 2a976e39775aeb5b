"""inspect: models out of an existing database."""
import json

SHOP = """
CREATE SCHEMA app;
CREATE TYPE color AS ENUM ('red', 'green');
CREATE TABLE item (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind color);
CREATE VIEW red AS SELECT id FROM item WHERE kind = 'red';
CREATE TABLE app.log (at timestamptz DEFAULT now());
COMMENT ON TABLE item IS 'for sale';
"""

ITEM = """\
CREATE TABLE item (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind color
);

COMMENT ON TABLE item IS 'for sale';
"""

FILES = ["models/app/log.sql", "models/item.sql", "models/schemas.sql", "models/types.sql",
         "models/views/red.sql"]

AGGREGATE = "CREATE AGGREGATE total (integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');"


def test_each_table_has_a_file(project, database):
    database.execute(SHOP)
    result = project.run("inspect")
    assert result.out.split() == FILES
    assert "5 files written" in result.err
    assert (project.folder / "models/item.sql").read_text() == ITEM


def dump_of(database):
    """Without pg_dump's guard, which differs each time."""
    return [line for line in database.dump().splitlines() if not line.startswith("\\")]


def test_script_gives_the_same_database(project, database, new_database):
    database.execute(SHOP)
    script = project.run("inspect", "-o", "-").out
    copy = new_database()
    copy.execute(script)
    assert dump_of(copy) == dump_of(database)


def test_json_lists_the_files(project, database):
    database.execute(SHOP)
    rows = json.loads(project.run("inspect", "--json").out)
    assert [row["file"] for row in rows] == FILES
    assert rows[1]["bytes"] == len(ITEM)


def test_dry_run_writes_nothing(project, database):
    database.execute(SHOP)
    result = project.run("inspect", "--dry-run")
    assert result.out.split() == FILES
    assert "5 files would be written" in result.err
    assert not (project.folder / "models/item.sql").exists()


def test_models_that_are_there_are_not_touched(project, database):
    database.execute(SHOP)
    project.write("models/deep/old.sql", "-- mine\n")
    result = project.run("inspect", check=False)
    assert result.code == 9
    assert 'there are models in' in result.err and "hint: " in result.err
    assert not (project.folder / "models/item.sql").exists()
    project.write("models/item.sql", "-- mine\n")
    project.run("inspect", "--force")
    assert (project.folder / "models/item.sql").read_text() == ITEM
    assert (project.folder / "models/deep/old.sql").read_text() == "-- mine\n"


def test_other_folder(project, database, tmp_path):
    database.execute(SHOP)
    folder = tmp_path / "else where"
    project.run("inspect", "--output", str(folder))
    assert (folder / "views" / "red.sql").exists()


def test_what_is_left_out_is_named(project, database):
    database.execute(AGGREGATE)
    result = project.run("inspect")
    assert result.out.split() == ["models/not-managed.sql"]
    assert "left out: aggregate public.total(" in result.err
    text = (project.folder / "models/not-managed.sql").read_text()
    assert all(line.startswith("--") for line in text.splitlines())
    assert "aggregate public.total(" in text


def test_ignored_objects_are_left_out(project, database):
    database.execute(SHOP)
    ini = project.folder / "retort.ini"
    ini.write_text(ini.read_text() + "\n[migrate]\nignore = app app.* red\n")
    files = project.run("inspect").out.split()
    assert "models/app/log.sql" not in files and "models/item.sql" in files


def test_empty_database_has_no_models(project):
    result = project.run("inspect")
    assert result.out == ""
    assert "0 files written" in result.err


def test_check_finds_no_difference_afterwards(project, database):
    database.execute(SHOP)
    project.run("inspect")
    project.run("revision", "--autogenerate", "-m", "what was there", "--against", "revisions")
    project.run("stamp", "head")
    assert project.run("check").code == 0
