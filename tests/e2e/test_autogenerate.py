"""revision --autogenerate, check, diff and prove: the way of a change."""
import json
import re

ITEM = """
CREATE TABLE item (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name varchar(20) NOT NULL CHECK (name IN ('a', 'b'))
);
CREATE VIEW named AS SELECT id, name FROM item;
COMMENT ON VIEW named IS 'all of them';
"""

NOTHING_TO_DO = "No new upgrade operations detected."


def files(project):
    return sorted((project.folder / "migrations").glob("*.sql"))


def autogenerate(project, *words, **options):
    return project.run("revision", "--autogenerate", "-m", "change", *words, **options)


def made(project, result):
    """The text of the revision that was written."""
    path = re.search(r"Generating (\S+)", result.out).group(1)
    return (project.folder / path).read_text()


def first_revision(project, model=ITEM):
    project.model(model)
    autogenerate(project)
    project.run("upgrade", "head")


def test_a_model_becomes_a_proven_revision(project, database, server):
    project.model(ITEM)
    autogenerate(project)
    text = files(project)[0].read_text()
    # Where no pg_dump reads so new a server, the header says that there was no witness.
    witness = r"pg_dump \S+" if server.has_dump else "none"
    assert re.search(rf"^-- proof: upgrade, downgrade; witness {witness}; [0-9a-f]{{8}}$", text, re.M)
    project.run("upgrade", "head")
    assert project.run("check").err.strip() == NOTHING_TO_DO
    project.run("downgrade", "base")
    assert database.value("SELECT count(*) FROM pg_class WHERE relname = 'item'") == 0


def test_no_difference_writes_no_revision(project):
    first_revision(project)
    result = autogenerate(project)
    assert "No changes in schema detected" in result.err
    assert len(files(project)) == 1


def test_database_must_be_at_head(project):
    project.model(ITEM)
    autogenerate(project)
    for words in (("revision", "--autogenerate", "-m", "x"), ("check",)):
        result = project.run(*words, check=False)
        assert result.code == 6
        assert "Target database is not up to date." in result.err
    assert len(files(project)) == 1


def test_against_revisions_needs_no_upgrade(project):
    project.model(ITEM)
    autogenerate(project)
    assert "No changes" in autogenerate(project, "--against", "revisions").err
    assert project.run("check", "--against", "revisions").err.strip() == NOTHING_TO_DO


def test_check_prints_what_is_missing(project):
    first_revision(project)
    project.model(ITEM + "CREATE INDEX ON item (name);")
    result = project.run("check", check=False)
    assert result.code == 8
    assert result.out == "CREATE INDEX item_name_idx ON item (name);\n"
    rows = json.loads(project.run("check", "--json", check=False).out)
    assert rows == [{"sql": "CREATE INDEX item_name_idx ON item (name)",
                     "loss": None, "risk": None}]


def test_a_database_changed_by_hand_is_refused(project, database):
    first_revision(project)
    database.execute("CREATE TABLE stray (a int)")
    project.model(ITEM + "CREATE TABLE stray (a int); CREATE TABLE more (b int);")
    result = autogenerate(project, check=False)
    assert result.code == 11
    assert "changed it by hand" in result.err and "stray" in result.err
    assert len(files(project)) == 1


def test_views_are_rebuilt_around_a_column(project, database):
    first_revision(project)
    project.model(ITEM.replace("varchar(20)", "varchar(40)"))
    autogenerate(project)
    project.run("upgrade", "head")
    assert database.value("SELECT obj_description('named'::regclass)") == "all of them"
    project.run("downgrade", "-1")
    assert database.value("SELECT obj_description('named'::regclass)") == "all of them"


def test_rename_keeps_the_data(project, database):
    first_revision(project, "CREATE TABLE item (id int PRIMARY KEY, price int);")
    database.execute("INSERT INTO item VALUES (1, 99)")
    project.model("CREATE TABLE product (id int PRIMARY KEY, cost int);")
    text = made(project, autogenerate(project, "--rename", "item=product",
                                      "--rename", "item.price=cost"))
    assert "ALTER TABLE item RENAME COLUMN price TO cost;" in text
    assert "RENAME CONSTRAINT item_pkey TO product_pkey" in text
    assert "loses data" not in text
    project.run("upgrade", "head")
    assert database.value("SELECT cost FROM product") == 99
    project.run("downgrade", "-1")
    assert database.value("SELECT price FROM item") == 99


def test_rename_of_what_a_body_uses_goes_both_ways(project, database):
    project.model("CREATE TABLE item (id int, price int);\n"
                  "CREATE FUNCTION total() RETURNS bigint LANGUAGE sql"
                  " AS 'select sum(price) from item';")
    autogenerate(project)
    project.run("upgrade", "head")
    project.model("CREATE TABLE product (id int, cost int);\n"
                  "CREATE FUNCTION total() RETURNS bigint LANGUAGE sql"
                  " AS 'select sum(cost) from product';")
    autogenerate(project, "--rename", "item=product", "--rename", "item.price=cost")
    project.run("upgrade", "head")
    database.execute("insert into product values (1, 7)")
    assert database.value("select total()") == 7
    project.run("downgrade", "-1")
    assert database.value("select sum(price) from item") == database.value("select total()") == 7


def test_likely_rename_is_proposed_not_guessed(project):
    first_revision(project, "CREATE TABLE item (id int PRIMARY KEY, price int);")
    project.model("CREATE TABLE item (id int PRIMARY KEY, cost int);")
    result = autogenerate(project)
    assert "--rename 'public.item.price=cost'" in result.err
    assert "-- loses data: drops column" in made(project, result)


def test_error_of_a_model_has_its_place(project):
    project.model("CREATE TABLE a (x int);\n\nCREATE TABLE b (\n    y nosuchtype\n);\n")
    result = project.run("diff", "database", "models", check=False)
    assert result.code == 3
    assert 'models/model.sql:4: type "nosuchtype" does not exist' in result.err


def test_unmanaged_objects_are_named(project, database):
    project.model("CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int);\n"
                  "CREATE VIEW sum AS SELECT total(x) FROM (VALUES (1)) v (x);\n"
                  "CREATE TABLE kept (a int);")
    result = autogenerate(project)
    assert "total" in result.err and "public.sum" in result.err
    project.run("upgrade", "head")
    assert database.value("SELECT count(*) FROM pg_class WHERE relname = 'kept'") == 1


def test_what_is_not_compared_is_named(project, database):
    model = "CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int);"
    project.model(model)
    database.execute(model)
    result = project.run("diff", "database", "models")
    assert "Not compared" in result.err and "aggregate public.total(integer)" in result.err


def test_prove_finds_a_downgrade_that_restores_too_little(project):
    project.revision("aaaa", "CREATE TABLE t (a int);", "DROP TABLE t;")
    project.revision("bbbb", "CREATE TABLE u (a int); CREATE TABLE v (a int);", "DROP TABLE u;",
                     revises="aaaa")
    project.revision("cccc", "CREATE TABLE w (a int);", "DROP TABLE w;", revises="bbbb")
    result = project.run("prove", "--json", check=False)
    assert result.code == 11
    rows = {row["revision"]: row for row in json.loads(result.out)}
    assert rows["aaaa"]["downgrade"] == rows["cccc"]["downgrade"] == "restores"
    assert "DROP TABLE v" in rows["bbbb"]["problem"]
    proofs = {name: "-- proof:" in next(project.folder.glob(f"migrations/*{name}*")).read_text()
              for name in rows}
    assert proofs == {"aaaa": True, "bbbb": False, "cccc": True}
    again = project.run("prove", "--json", check=False)
    assert [row["revision"] for row in json.loads(again.out)] == ["bbbb"]


def test_prove_finds_an_upgrade_that_fails(project):
    project.revision("aaaa", "CREATE TABLE t (a int);\nSELECT 1 / 0;", "DROP TABLE t;")
    result = project.run("prove", check=False)
    assert result.code == 11
    assert "division by zero" in result.out


def test_edited_revision_is_unproven(project):
    project.model(ITEM)
    autogenerate(project)
    path = files(project)[0]
    path.write_text(path.read_text().replace("varchar", "varchar").replace("(20)", "(21)"))
    assert "stale" in project.run("history").out
    edited = path.read_text()
    assert "restores" in project.run("prove", "--dry-run").out
    assert path.read_text() == edited
    project.run("prove")
    assert "stale" not in project.run("history").out


def test_diff_of_two_files(project):
    project.write("old.sql", "CREATE TABLE t (a int, b text);")
    project.write("new.sql", "CREATE TABLE t (a bigint);")
    result = project.run("diff", "old.sql", "new.sql")
    assert result.out == ("ALTER TABLE t ALTER COLUMN a TYPE bigint;\n\n"
                          "-- drops column t.b with its values\n"
                          "ALTER TABLE t DROP COLUMN b;\n")


def test_no_scratch_database_is_left(project, database, server):
    first_revision(project)
    project.model("nonsense;")
    project.run("check", check=False)
    assert database.value("SELECT count(*) FROM pg_database WHERE datname LIKE 'retort_scratch%'"
                          " AND NOT EXISTS (SELECT FROM pg_stat_activity a"
                          " WHERE a.datname = pg_database.datname)") == 0


def test_numbers_go_on_when_serial_becomes_identity_and_back(project, database):
    first_revision(project, "CREATE TABLE t (id serial PRIMARY KEY);")
    database.execute("INSERT INTO t SELECT FROM generate_series(1, 3)")
    project.model("CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);")
    autogenerate(project)
    project.run("upgrade", "head")
    assert database.value("INSERT INTO t DEFAULT VALUES RETURNING id") == 4
    project.run("downgrade", "-1")
    assert database.value("INSERT INTO t DEFAULT VALUES RETURNING id") == 5
