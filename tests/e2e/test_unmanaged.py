"""Objects of kinds that this version does not manage are named, and never touched."""
import json
import re

import pytest

BASE = "CREATE TABLE item (id bigint PRIMARY KEY, name text, at timestamptz);\n"

# What makes the object, and a word of its name that the messages must hold.
OBJECTS = {
    "policy": ("CREATE POLICY odd_one ON item USING (true)", "odd_one"),
    "row security": ("ALTER TABLE item ENABLE ROW LEVEL SECURITY", "item"),
    "rule": ("CREATE RULE odd_one AS ON DELETE TO item DO INSTEAD NOTHING", "odd_one"),
    "aggregate": ("CREATE AGGREGATE odd_one (bigint) (SFUNC = int8pl, STYPE = bigint)", "odd_one"),
    "composite type": ("CREATE TYPE odd_one AS (a integer, b text)", "odd_one"),
    "range type": ("CREATE TYPE odd_one AS RANGE (SUBTYPE = text)", "odd_one"),
    "collation": ("CREATE COLLATION odd_one FROM \"C\"", "odd_one"),
    "cast": ("CREATE CAST (bigint AS xid) WITH INOUT", "xid"),
    "operator": ("CREATE OPERATOR === (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = int8eq)",
                 "==="),
    "statistics": ("CREATE STATISTICS odd_one ON id, name FROM item", "odd_one"),
    "text search": ("CREATE TEXT SEARCH CONFIGURATION odd_one (COPY = simple)", "odd_one"),
    "text search dictionary": ("CREATE TEXT SEARCH DICTIONARY odd_one (TEMPLATE = simple)",
                               "odd_one"),
    "publication": ("CREATE PUBLICATION odd_one FOR TABLE item", "odd_one"),
    "partitioned table": ("CREATE TABLE odd_one (id bigint) PARTITION BY HASH (id)", "odd_one"),
    "inherited table": ("CREATE TABLE odd_one () INHERITS (item)", "odd_one"),
    "default privileges": ("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES"
                           " TO PUBLIC", "public"),
    "foreign data wrapper": ("CREATE FOREIGN DATA WRAPPER odd_one", "odd_one"),
    "conversion": ("CREATE CONVERSION odd_one FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
                   "odd_one"),
}


@pytest.mark.parametrize("kind", OBJECTS)
def test_in_the_database_only(project, database, kind):
    """It is named by diff, check and inspect, and no plan drops it."""
    sql, word = OBJECTS[kind]
    database.psql(BASE + sql)
    project.model(BASE)
    before = database.dump()
    done = project.run("diff", database.url, "models")
    assert word not in re.sub("--.*", "", done.out), str(done)
    assert re.search(f"warning: .*{re.escape(word)}", done.err), str(done)
    done = project.run("check")
    assert re.search(f"warning: .*{re.escape(word)}", done.err), str(done)
    assert database.dump() == before


@pytest.mark.parametrize("kind", OBJECTS)
def test_in_the_models_only(project, database, kind):
    """The program says that it does not make it; it is not passed over in silence."""
    sql, word = OBJECTS[kind]
    database.psql(BASE)
    project.model(BASE + sql + ";\n")
    done = project.run("check", check=False)
    assert re.search(f"warning: .*{re.escape(word)}", done.err), str(done)
    done = project.run("revision", "--autogenerate", "-m", "none")
    assert re.search(f"warning: .*{re.escape(word)}", done.err), str(done)


GUARDS = {
    "policy odd_one on public.item": "CREATE POLICY odd_one\n  ON item USING (true)",
    'policy "odd one" on public.item': 'CREATE POLICY "odd one" ON public.item USING (true)',
    "row security public.item": "ALTER TABLE item\n  ENABLE ROW LEVEL SECURITY",
    "forced row security public.item":
        "ALTER TABLE ONLY item DISABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
}


@pytest.mark.parametrize("name", GUARDS)
def test_rows_that_nothing_guards_are_told(project, database, name):
    """With their place, until a revision by hand makes what guards them."""
    project.model(BASE)
    project.run("revision", "--autogenerate", "-m", "item")
    project.run("upgrade", "head")
    project.model(f"{BASE}\n{GUARDS[name]};\n")
    done = project.run("revision", "--autogenerate", "-m", "none")
    assert f"warning: models/model.sql:3: {name} is not created" in done.err, str(done)
    assert "nothing keeps anybody from rows" in done.err
    for against in ("database", "revisions"):
        done = project.run("check", "--against", against, check=False)
        assert done.code == 8, str(done)
        assert f"less strict than the models: it lacks {name}" in done.err, str(done)
    rows = project.run("check", "--json", check=False).out
    assert json.loads(rows) == [{"missing": name}]
    database.execute(GUARDS[name])
    assert project.run("check").code == 0


def test_places_that_are_hidden_are_not_made_up(project, database):
    database.psql(BASE)
    project.model(BASE + "ALTER TABLE item DISABLE ROW LEVEL SECURITY;\n"
                  "CREATE TABLE other (id int); ALTER TABLE other ENABLE ROW LEVEL SECURITY;\n"
                  "ALTER TABLE item ENABLE ROW LEVEL SECURITY;\n")
    done = project.run("diff", database.url, "models")
    assert "row security public.item is not created" in done.err
    assert "model.sql:2: row security public.item" not in done.err
    assert "model.sql:3: row security public.item" not in done.err


@pytest.mark.parametrize("kind", ["policy", "rule", "aggregate", "composite type", "operator",
                                  "partitioned table", "inherited table"])
def test_inspect_names_it(project, database, kind):
    sql, word = OBJECTS[kind]
    database.psql(BASE + sql)
    done = project.run("inspect")
    assert word in done.err, str(done)
