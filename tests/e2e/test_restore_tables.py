"""restore --table: beside the live tables, which stay as they are."""
import json
import re

import pytest

from support.content import SHOP, backup, content, pg_dump, reseal

PARTED = "Order; \\connect"


@pytest.fixture
def shop(project, database):
    database.execute(SHOP)
    return project


def schemas(database):
    return database.execute("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'"
                            " ORDER BY nspname")


def take(project, *words, **how):
    """Runs it; gives the schema and the tables by their names."""
    found = json.loads(project.run("restore", "--json", *words, **how).out)
    return found["schema"], {table["name"]: table for table in found["tables"]}


def live(database):
    """All that is not in side schemas."""
    database.execute("DROP SCHEMA IF EXISTS side CASCADE")
    return content(database)


def numbers(table):
    return [table[key] for key in ("rows", "live_rows", "only_backup", "only_live", "changed")]


def change(database):
    database.execute("""DELETE FROM "Order; \\connect" WHERE item <= 3; DELETE FROM item WHERE id <= 3;
        INSERT INTO item (name) VALUES ('new'), ('newer'); UPDATE item SET name = 'other', data = '{}'
        WHERE id IN (7, 8, 9, 10); ALTER TABLE item ADD later text NOT NULL DEFAULT 'x', DROP tags""")


def stored(project, database, tmp_path):
    """The database as some kinds of backup and dump: words to restore it by."""
    yield from (backup(project, "-f", kind, *more)[0].name for kind, *more in
                (["custom"], ["directory", "--compress", "gzip"]))
    for name, words in {"dump.tar": ["-Ft"], "dump.sql": ["--inserts"]}.items():
        (tmp_path / name).write_bytes(pg_dump(database, *words))
        yield tmp_path / name


def test_any_backup_gives_tables_beside(shop, database, tmp_path):
    names = list(stored(shop, database, tmp_path))
    rows = database.execute("SELECT * FROM item ORDER BY id")
    parted = database.execute(f'SELECT * FROM "{PARTED}" ORDER BY item')
    change(database)
    before = content(database)
    for name in names:
        schema, tables = take(shop, name, "-t", "item", "-t", f"public.{PARTED}", "--into", "side")
        assert schema == "side"
        assert numbers(tables["item"]) == [1002, 1001, 3, 2, 4], name
        assert tables["item"]["compared_by"] == ["id"]
        assert tables[PARTED]["compared_by"] == "whole rows"
        assert numbers(tables[PARTED]) == [1002, 999, 3, 0, None], name
        assert database.execute("SELECT * FROM side.item ORDER BY id") == rows
        assert database.execute(f'SELECT * FROM side."{PARTED}" ORDER BY item') == parted
        assert live(database) == before


def test_said_statements_take_rows_back(shop, database):
    backup(shop)
    rows = "SELECT id, name, kind, price, data, weight, photo, total FROM item ORDER BY id"
    parted = f'SELECT * FROM "{PARTED}" ORDER BY item'
    before = database.execute(rows), database.execute(parted)
    change(database)
    schema, tables = take(shop, "latest", "-t", "item", "-t", PARTED)
    notes = tables["item"]["notes"]
    assert 'column "tags" is only in the backup' in notes
    assert 'column "later" is only live' in notes
    for table in tables.values():
        for statement in table["sql"]:
            database.execute(statement)
    database.execute("DELETE FROM item WHERE name LIKE 'new%'")
    assert (database.execute(rows), database.execute(parted)) == before
    assert re.fullmatch(r"restored_\d{8}t\d{6}z", schema)
    assert (schema,) in schemas(database)


def test_side_schema_is_no_difference(shop, database):
    (shop.folder / "models").mkdir(exist_ok=True)
    shop.run("inspect", "-o", "models")
    shop.run("revision", "--autogenerate", "-m", "begin")
    shop.run("stamp", "head")
    backup(shop)
    take(shop, "latest", "-t", "item")
    shop.run("check")
    backup(shop)
    assert "proven" in shop.run("drill").out + shop.run("backups").out


ODD = '''
CREATE SCHEMA "odd ""one"; CREATE TYPE "odd ""one"."a b" AS (x int, y text);
CREATE TABLE "odd ""one"."T ""q' %I" ("id;" "odd ""one"."a b", "v" json, m money);
INSERT INTO "odd ""one"."T ""q' %I" VALUES ((1, NULL), '{"a": 1}', 3), ((1, NULL), '{"a": 1}', 3),
  (NULL, NULL, NULL);
CREATE TABLE parent (n int PRIMARY KEY, t text); CREATE TABLE child () INHERITS (parent);
INSERT INTO parent VALUES (1, 'a'); INSERT INTO child VALUES (2, 'b');
CREATE TABLE none (); INSERT INTO none DEFAULT VALUES;
CREATE SCHEMA other; CREATE TABLE other.parent (); CREATE TABLE gone (a int, b varchar(3));
INSERT INTO gone VALUES (1, 'abc');
CREATE TABLE key (a int, b text, c text, PRIMARY KEY (b, a)); INSERT INTO key VALUES (1, 'x', 'y');
'''


def test_odd_tables(project, database):
    database.execute(ODD)
    dump = pg_dump(database).decode()
    database.execute("""DROP TABLE gone; DELETE FROM parent; ALTER TABLE key ALTER a TYPE bigint;
        DELETE FROM "odd ""one"."T ""q' %I" WHERE m IS NOT NULL; UPDATE key SET c = NULL""")
    _, tables = take(project, "-", "-t", 'odd "one.T "q\' %I', "-t", "parent", "-t", "none",
                     "-t", "gone", "-t", "key", "--into", 'my "side"', input=dump)
    odd = tables["T \"q' %I"]
    assert numbers(odd) == [3, 1, 2, 0, None]
    assert odd["sql"] == []
    assert "json" in odd["notes"][0]
    assert numbers(tables["parent"]) == [1, 0, 1, 0, 0]
    assert numbers(tables["none"]) == [1, 1, 0, 0, None]
    assert numbers(tables["gone"]) == [1, None, 1, 0, None]
    assert numbers(tables["key"]) == [1, 1, 0, 0, 1]
    for name in ("gone", "key"):
        database.execute(tables[name]["sql"][0])
    assert database.execute("SELECT * FROM gone") == [(1, "abc")]
    assert database.execute("SELECT * FROM key") == [(1, "x", "y")]


def test_database_of_another_encoding(project, database):
    server = database.server
    name = f"{database.name}_latin"
    server.admin(f"create database {name} encoding latin1 locale 'C' template template0")
    latin = type(database)(server, name)
    try:
        latin.execute('CREATE TABLE "größe" ("ä" int PRIMARY KEY, b text);'
                      """ INSERT INTO "größe" VALUES (1, 'ö'), (2, 'ü')""")
        project.url = latin.url
        backup(project)
        latin.execute('UPDATE "größe" SET b = NULL WHERE "ä" = 2')
        _, tables = take(project, "latest", "-t", "größe", "--into", "ß")
        assert numbers(tables["größe"]) == [2, 2, 0, 0, 1]
        assert latin.value('SELECT b FROM "ß"."größe" WHERE "ä" = 2') == "ü"
    finally:
        latin.drop()


def refuse(project, database, code, said, *words, **how):
    before = schemas(database)
    result = project.run("restore", *words, check=False, **how)
    assert result.code == code, str(result)
    assert said in result.err
    assert schemas(database) == before


def test_what_cannot_be_done_leaves_nothing(shop, database):
    folder, manifest = backup(shop)
    database.execute("CREATE SCHEMA taken")
    refuse(shop, database, 3, "did you mean item?", "latest", "-t", "itm")
    refuse(shop, database, 9, "there already", "latest", "-t", "item", "--into", "taken")
    refuse(shop, database, 2, "--table", "latest", "--into", "side")
    refuse(shop, database, 2, "--forget", "--forget", "-t", "item")
    refuse(shop, database, 2, "name of a new schema", "latest", "-t", "item", "--into", "pg_x")
    refuse(shop, database, 0, "", "latest", "-t", "item", "--dry-run")
    refuse(shop, database, 3, "empty", "-", "-t", "item", input="")
    database.execute("ALTER TYPE color RENAME TO colour")
    refuse(shop, database, 3, "public.color", "latest", "-t", "item")
    database.execute("ALTER TYPE colour RENAME TO color; ALTER TYPE color RENAME VALUE 'red' TO 'blue'")
    refuse(shop, database, 5, '"red"', "latest", "-t", "item")
    for table in manifest["tables"]:
        table["rows"] += 1
    reseal(folder, manifest)
    refuse(shop, database, 11, "213 came", "latest", "-t", "order_old", "-t", "item")
