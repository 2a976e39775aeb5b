"""Stored rows and values: what a run would change in them, and what it needs of them."""
from decimal import Decimal

import pytest

BEGIN = "aaaa1111"
NEXT = "bbbb2222"


@pytest.fixture
def change(project, database):
    """change(table, rows, upgrade): a table with rows, and a revision that would change it."""

    def run(table, rows, upgrade, downgrade="SELECT 1;"):
        project.revision(BEGIN, table, "SELECT 1;")
        project.run("upgrade", BEGIN)
        if rows:
            database.execute(rows)
        project.revision(NEXT, upgrade, downgrade, revises=BEGIN)
        return project

    return run


def refused(project, *texts):
    """The run is refused, and nothing was changed."""
    result = project.run("upgrade", "head", check=False)
    assert result.code == 9, str(result)
    for text in texts:
        assert text in result.err, str(result)
    assert project.run("current").out == f"{BEGIN}\n"
    assert "Running upgrade" not in result.err, str(result)
    return result


# Values that a new type does not keep


@pytest.mark.parametrize("old, value, new, using", [
    ("numeric(10,2)", "1.25", "numeric(10,0)", ""),
    ("timestamptz", "'2026-01-02 03:04:05+00'", "date", ""),
    ("timestamp", "'2026-01-02 03:04:05.678'", "timestamp(0)", ""),
    ("double precision", "0.1", "real", ""),
    ("text", "'longer'", "varchar(3)", " USING a::varchar(3)"),
    ("int", "5", "boolean", " USING a <> 0"),
    ("point", "'(1,2)'", "double precision", " USING a[0]"),
    ("numeric(10,2)[]", "'{1.25}'", "numeric(10,0)[]", ""),
    ("varchar(5)", "'ab   '", "varchar(3)", ""),
    ('"char"', "'x'", "text", " USING 'y'"),
    ("text", "repeat('x', 100)", "name", ""),
    ("varchar(90)", "repeat('x', 90)", "name", ""),
    ("json", "'{\"a\": 1, \"b\": [{\"c\": 1, \"c\": 2}]}'", "jsonb", ""),
    ("json", "'{\"a\": 1, \"a\": 1e9}'", "jsonb", " USING a::text::jsonb"),
], ids=str)
def test_type_that_changes_a_value_needs_consent(change, database, old, value, new, using):
    project = change(f"CREATE TABLE t (a {old});", f"insert into t values ({value}), (null)",
                     f"CREATE TABLE other ();\nALTER TABLE t ALTER COLUMN a TYPE {new}{using};")
    result = refused(project, 'column "a" of table "t"', "--allow-data-loss")
    assert f"to {new}" in result.err
    assert database.value("select to_regclass('other') is null")
    project.run("upgrade", "head", "--allow-data-loss")
    assert project.run("current").out == f"{NEXT} (head)\n"


@pytest.mark.parametrize("old, value, new, using", [
    ("numeric(10,2)", "1.00", "numeric(10,0)", ""),
    ("numeric(10,2)", "1.25", "numeric(12,3)", ""),
    ("int", "7", "bigint", ""),
    ("bigint", "7", "int", ""),
    ("varchar(5)", "'ab'", "text", ""),
    ("text", "'ab'", "varchar(5)", ""),
    ("timestamptz", "'2026-01-02 00:00:00+00'", "date", ""),
    ("int", "7", "text", " USING a::text"),
    ("text", "'7'", "int", " USING a::int"),
    ("json", "'{\"a\":  1}'", "jsonb", ""),
    ("json", "'[{\"b\": 1e3, \"a\": \"\\u0041 x\"}, [], {}, null, {\"b\": {\"b\": 0}}]'", "jsonb", ""),
    ("text", "'short'", "name", ""),
    ("name", "'short'", "text", ""),
    ("timestamp", "'2026-01-02 03:04:05'", "timestamptz", ""),
    ("date", "'2026-01-02'", "timestamp", ""),
    ("point", "'(1,2)'", "text", " USING a::text"),
    ("boolean", "true", "int", " USING a::int"),
], ids=str)
def test_type_that_keeps_the_values_needs_none(change, old, value, new, using):
    project = change(f"CREATE TABLE t (a {old});", f"insert into t values ({value}), (null)",
                     f"ALTER TABLE t ALTER COLUMN a TYPE {new}{using};")
    project.run("upgrade", "head")


def test_type_of_a_column_without_values_needs_no_consent(change):
    project = change("CREATE TABLE t (a numeric(10,2), b int);", "insert into t (b) values (1)",
                     "ALTER TABLE t ALTER COLUMN a TYPE numeric(10,0);")
    project.run("upgrade", "head")


def test_cast_that_nothing_leads_back_from_needs_consent(change, database):
    project = change("CREATE TABLE t (a point);", "insert into t values ('(1,2)')",
                     "ALTER TABLE t ALTER COLUMN a TYPE boolean USING true;")
    refused(project, 'column "a" of table "t"', "from point to boolean")
    database.execute("delete from t")
    project.run("upgrade", "head")


def test_odd_names_are_found(change):
    project = change('CREATE SCHEMA "S x"; CREATE TABLE "S x"."T ""q" ("A b" numeric);',
                     'insert into "S x"."T ""q" values (1.5)',
                     'ALTER TABLE "S x"."T ""q" ALTER "A b" SET DATA TYPE integer;')
    refused(project, 'column "A b" of table "S x.T "q"', "from numeric to integer")


def test_value_that_the_run_itself_brings_is_kept(change, database):
    project = change("CREATE TABLE t (a numeric);", None,
                     "INSERT INTO t VALUES (1.5);\n-- step\n"
                     "ALTER TABLE t ALTER COLUMN a TYPE integer;")
    result = project.run("upgrade", "head", check=False)
    assert result.code == 9, str(result)
    assert f'{NEXT}.sql:10: column "a" of table "t" holds values' in result.err
    assert database.value("select a from t") == 1.5


def test_renamed_column_is_looked_at_when_it_is_there(change, database):
    project = change("CREATE TABLE t (a numeric);", "insert into t values (1.5)",
                     "ALTER TABLE t RENAME TO u;\nALTER TABLE u ALTER COLUMN a TYPE integer;")
    result = project.run("upgrade", "head", check=False)
    assert result.code == 9 and 'column "a" of table "u"' in result.err, str(result)
    assert database.value("select a from t") == 1.5


def test_drop_and_type_in_one_statement_are_both_told(change):
    project = change("CREATE TABLE t (a numeric, b int);", "insert into t values (1.5, 1)",
                     "ALTER TABLE t DROP b, ALTER a TYPE integer;")
    refused(project, 'column "b" of table "t"', 'column "a" of table "t"')


def test_generated_rounding_type_needs_consent_both_ways(project, database):
    project.model("CREATE TABLE t (a numeric(10,2), b timestamptz);")
    project.run("revision", "--autogenerate", "-m", "one")
    project.run("upgrade", "head")
    database.execute("insert into t values (1.25, now())")
    project.model("CREATE TABLE t (a numeric(10,0), b date);")
    project.run("revision", "--autogenerate", "-m", "two")
    result = project.run("upgrade", "head", check=False)
    assert result.code == 9, str(result)
    assert 'column "a" of table "t"' in result.err and 'column "b" of table "t"' in result.err
    assert database.value("select a::text from t") == "1.25"
    project.run("upgrade", "head", "--allow-data-loss")
    project.run("downgrade", "-1")


# What goes along with other things


@pytest.mark.parametrize("table, rows, statement, says", [
    ("CREATE COLLATION c (locale = 'C'); CREATE TABLE t (a text COLLATE c, b int);",
     "insert into t values ('hello', 1)", "DROP COLLATION c CASCADE;", 'column "a" of table "t"'),
    ("CREATE TYPE c AS (x int, y int); CREATE TABLE t (a c, b int);",
     "insert into t values ((1, 2), 1)", "ALTER TYPE c DROP ATTRIBUTE y;",
     'column "a" of table "t"'),
    ("CREATE TYPE c AS (x int, y int); CREATE DOMAIN d AS c; CREATE TYPE e AS (z d[]);"
     " CREATE TABLE t (a e[]);", "insert into t values (array[row(array[row(1, null)::d])::e])",
     "ALTER TYPE public.c DROP ATTRIBUTE IF EXISTS y CASCADE;", 'column "a" of table "t"'),
    ("CREATE TYPE c AS (x int, y numeric); CREATE TABLE t OF c;", "insert into t values (1, 2.5)",
     "ALTER TYPE c DROP ATTRIBUTE y CASCADE;", 'column "y" of table "t"'),
    ("CREATE TYPE c AS (x int, y numeric); CREATE TABLE t OF c;", "insert into t values (1, 2.5)",
     "ALTER TYPE c ALTER ATTRIBUTE y TYPE int CASCADE;", 'column "y" of table "t"'),
    ("CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'select $1';"
     " CREATE TABLE t (a int) PARTITION BY LIST (f(a)); CREATE TABLE k PARTITION OF t DEFAULT;",
     "insert into t values (1)", "DROP FUNCTION f CASCADE;", 'table "t"'),
    ("CREATE ACCESS METHOD m TYPE TABLE HANDLER heap_tableam_handler;"
     " CREATE TABLE t (a int) USING m;", "insert into t values (1)",
     "DROP ACCESS METHOD m CASCADE;", 'table "t"'),
    ("CREATE TYPE c AS (x int, y int); CREATE TABLE t (a c, b int);",
     "insert into t values ((1, null), 1)", "ALTER TABLE t DROP a;", 'column "a" of table "t"'),
], ids=str)
def test_rows_that_would_go_along_need_consent(change, table, rows, statement, says):
    project = change(table, rows, "CREATE TABLE other ();\n-- step\n" + statement)
    refused(project, says, "--allow-data-loss")
    project.run("upgrade", "head", "--allow-data-loss")


@pytest.mark.parametrize("table, rows, upgrade", [
    ("CREATE COLLATION c (locale = 'C'); CREATE TABLE t (a text COLLATE c, b int);",
     "insert into t (b) values (1)", "DROP COLLATION c CASCADE;"),
    ("CREATE TYPE c AS (x int, y int); CREATE TABLE t (a c, b int);",
     "insert into t (b) values (1)", "ALTER TYPE c DROP ATTRIBUTE y;"),
    ("CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'select $1';"
     " CREATE TABLE t (a int DEFAULT f(1), b int GENERATED ALWAYS AS (f(a)) STORED,"
     " CHECK (f(a) > 0)); CREATE VIEW v AS SELECT f(a) FROM t;", "insert into t values (1)",
     "DROP FUNCTION f(int) CASCADE;"),
    ("CREATE TABLE t (a int);", "insert into t values (1)",
     "DROP FUNCTION IF EXISTS missing CASCADE;\nDROP CAST IF EXISTS (text AS point) CASCADE;"),
], ids=str)
def test_what_takes_no_rows_along_needs_no_consent(change, table, rows, upgrade):
    project = change(table, rows, upgrade)
    project.run("upgrade", "head")


def test_what_goes_along_is_found_when_it_is_there(change, database):
    project = change("CREATE TABLE t (b int);", "insert into t values (1)",
                     "CREATE COLLATION c (locale = 'C');\nALTER TABLE t ADD a text COLLATE c;\n"
                     "UPDATE t SET a = 'x';\nDROP COLLATION c CASCADE;")
    result = project.run("upgrade", "head", check=False)
    assert result.code == 9 and 'column "a" of table "t"' in result.err, str(result)


# Values of an enum type that go


def test_enum_value_that_rows_hold_is_refused_before_the_run(project, database):
    project.model("CREATE TYPE mood AS ENUM ('sad', 'ok', 'fine');\n"
                  "CREATE TABLE t (id int, m mood, several mood[]);")
    project.run("revision", "--autogenerate", "-m", "one")
    project.run("upgrade", "head")
    database.execute("insert into t values (1, 'ok', '{fine,ok}'), (2, 'ok', null), (3, 'sad', '{}')")
    project.model("CREATE TYPE mood AS ENUM ('sad', 'fine');\n"
                  "CREATE TABLE t (id int, m mood, several mood[]);")
    made = project.run("revision", "--autogenerate", "-m", "two")
    assert 'warning: column "m" of table "t" holds the value "ok" in 2 rows' in made.err, str(made)
    before = database.value("select count(*) from retort.history")
    for words in [], ["--allow-data-loss"]:
        result = project.run("upgrade", "head", *words, check=False)
        assert result.code == 9, str(result)
        assert 'column "m" of table "t" holds the value "ok" in 2 rows' in result.err, str(result)
        assert 'column "several" of table "t" holds the value "ok" in 1 row,' in result.err
        assert "hint: UPDATE the rows first; \"--allow-data-loss\" cannot help" in result.err
    assert database.value("select count(*) from retort.history") == before
    database.execute("update t set m = 'sad', several = null")
    project.run("upgrade", "head")
    assert database.value("select string_agg(m::text, ' ') from t") == "sad sad sad"


DOMAIN_OF_ENUMS = """CREATE TYPE e AS ENUM ({});
CREATE DOMAIN de AS e[] DEFAULT '{{a}}';
CREATE TABLE t (y de);
"""


def test_domain_over_an_array_of_an_enum_keeps_its_values(project, database):
    project.model(DOMAIN_OF_ENUMS.format("'a', 'b', 'c'"))
    project.run("revision", "--autogenerate", "-m", "one")
    project.run("upgrade", "head")
    database.execute("insert into t values ('{b}'), ('{a,c}')")
    project.model(DOMAIN_OF_ENUMS.format("'b', 'a', 'd'"))
    project.run("revision", "--autogenerate", "-m", "two")
    result = project.run("upgrade", "head", check=False)
    assert result.code == 9, str(result)
    assert 'column "y" of table "t" holds the value "c" in 1 row,' in result.err, str(result)
    assert 'value "b"' not in result.err, str(result)
    database.execute("update t set y = '{a}' where 'c' = any (y)")
    project.run("upgrade", "head")


@pytest.mark.parametrize("old, rows, new", [
    ("CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (x e, y text);", "insert into t values ('a', 'b')",
     "CREATE TYPE e AS ENUM ('a', 'b'); CREATE TABLE t (x e, y e);"),
    ("CREATE FUNCTION ok(i int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'select i > 10';"
     " CREATE TABLE t (x int);", "insert into t values (5)",
     "CREATE FUNCTION ok(i int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'select i > 0';"
     " CREATE TABLE t (x int CONSTRAINT c CHECK (ok(x)));"),
    ("CREATE DOMAIN d AS int; CREATE TABLE t (x d, y bigint);",
     "insert into t values (1, 3000000000)",
     "CREATE DOMAIN d AS bigint; CREATE TABLE t (x d, y d);"),
], ids=("enum", "function", "domain"))
def test_generated_revision_that_brings_what_its_rows_need_is_not_refused(
        project, database, old, rows, new):
    project.model(old)
    project.run("revision", "--autogenerate", "-m", "one")
    project.run("upgrade", "head")
    database.execute(rows)
    project.model(new)
    made = project.run("revision", "--autogenerate", "-m", "two")
    assert "warning" not in made.err, str(made)
    project.run("upgrade", "head")


def test_enum_values_may_be_mapped(change, database):
    project = change("CREATE TYPE e AS ENUM ('a', 'b'); CREATE TABLE t (x e);",
                     "insert into t values ('a'), ('b')",
                     "ALTER TYPE e RENAME TO e__old;\nCREATE TYPE e AS ENUM ('a', 'c');\n"
                     "ALTER TABLE t ALTER x TYPE e USING CASE x::text WHEN 'b' THEN 'c' "
                     "ELSE x::text END::e;\nDROP TYPE e__old;")
    result = project.run("upgrade", "head", check=False)
    assert result.code == 9 and 'column "x" of table "t"' in result.err, str(result)
    project.run("upgrade", "head", "--allow-data-loss")
    assert database.value("select string_agg(x::text, '') from t") == "ac"


# What a statement needs of the rows


@pytest.mark.parametrize("table, rows, statement, says", [
    ("CREATE TABLE t (a int, n text);", "insert into t values (1, null), (2, null), (3, '')",
     "ALTER TABLE t ALTER COLUMN n SET NOT NULL;",
     'column "n" of table "t" is NULL in 2 rows, and becomes NOT NULL'),
    ("CREATE TABLE t (a int);", "insert into t values (1)",
     "ALTER TABLE t ADD COLUMN b int, ADD COLUMN c text NOT NULL;",
     'table "t" holds rows, and its new column "c" is NOT NULL without a default'),
    ("CREATE TABLE t (a int, b int);", "insert into t values (1, 1), (1, 1), (2, 1), (null, null)",
     "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a, b);",
     'table "t" holds 2 rows that are not unique in (a, b)'),
    ("CREATE TABLE t (a int);", "insert into t values (1), (1), (null)",
     "ALTER TABLE t ADD PRIMARY KEY (a);", 'table "t" holds 2 rows that are not unique in (a)'),
    ("CREATE TABLE t (a int);", "insert into t values (1), (null)",
     "ALTER TABLE t ADD PRIMARY KEY (a);", 'column "a" of table "t" is NULL in 1 row,'),
    ("CREATE TABLE t (e text);", "insert into t values ('a'), ('A'), ('b')",
     "CREATE UNIQUE INDEX CONCURRENTLY i ON t USING btree (lower(e) text_pattern_ops DESC);",
     "2 rows that are not unique in (lower(e))"),
    ("CREATE TABLE t (a int);", "insert into t values (1), (-1)",
     "ALTER TABLE t ADD CONSTRAINT p CHECK (a > 0);", "holds 1 row against CHECK (a > 0)"),
    ("CREATE TABLE t (a int); CREATE TABLE c () INHERITS (t);",
     "insert into t values (-1); insert into c values (-1)",
     "ALTER TABLE t ADD CONSTRAINT p CHECK (a > 0) NO INHERIT;", "holds 1 row against"),
    ("CREATE TABLE t (a int) PARTITION BY LIST (a); CREATE TABLE k PARTITION OF t DEFAULT;"
     " CREATE TABLE p (id int PRIMARY KEY);", "insert into t values (2)",
     "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p (id);", "holds 1 row whose (a) is not in"),
    ("CREATE TABLE t (a int); CREATE TABLE u (b int);", "insert into t values (1)",
     "ALTER TABLE t ADD COLUMN IF NOT EXISTS b int NOT NULL;", 'its new column "b" is NOT NULL'),
    ("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int);",
     "insert into p values (1); insert into t values (1), (2), (null)",
     "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p (id);",
     'holds 1 row whose (a) is not in table "p"'),
    ("CREATE TABLE t (a text);", "insert into t values ('abcd'), ('abc  '), ('x')",
     "ALTER TABLE t ALTER a TYPE varchar(3);", "too long for type varchar(3) in 1 row"),
    ("CREATE TABLE t (a bigint);", "insert into t values (3000000000)",
     "ALTER TABLE t ALTER a TYPE int;", "integer out of range"),
    ("CREATE TABLE t (a text);", "insert into t values ('x')",
     "ALTER TABLE t ALTER a TYPE int USING a::int;", "invalid input syntax for type integer"),
    ('CREATE SCHEMA s; CREATE TABLE s."T" ("N n" int);', 'insert into s."T" values (null)',
     'ALTER TABLE ONLY s."T" ALTER "N n" SET NOT NULL;', 'column "N n" of table "s.T"'),
], ids=str)
def test_rows_that_a_statement_does_not_allow_are_told_before(
        change, database, table, rows, statement, says):
    project = change(table, rows, "CREATE TABLE other ();\n-- step\n" + statement)
    result = refused(project, says, f"migrations/{NEXT}.sql:10: ", "hint: ")
    assert database.value("select to_regclass('other') is null"), str(result)


@pytest.mark.parametrize("table, rows, upgrade", [
    ("CREATE TABLE t (n text);", "insert into t values (null)",
     "UPDATE t SET n = '';\nALTER TABLE t ALTER n SET NOT NULL;"),
    ("CREATE TABLE t (a int);", "insert into t values (1)",
     "ALTER TABLE t ADD COLUMN b int;\nUPDATE t SET b = a;\nALTER TABLE t ALTER b SET NOT NULL;"),
    ("CREATE TABLE t (a int);", "insert into t values (1)",
     "ALTER TABLE t ADD b int NOT NULL DEFAULT 0, ADD c serial NOT NULL,"
     " ADD d int NOT NULL GENERATED ALWAYS AS (a) STORED,"
     " ADD e bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;"),
    ("CREATE DOMAIN d AS int DEFAULT 1; CREATE TABLE t (a int);", "insert into t values (1)",
     "ALTER TABLE t ADD b d NOT NULL;"),
    ("CREATE TABLE t (a int);", "insert into t values (null), (null)",
     "ALTER TABLE t ADD UNIQUE (a);\nCREATE UNIQUE INDEX ON t (a) WHERE a > 0;"),
    ("CREATE TABLE t (a int);", "insert into t values (-1), (-1)",
     "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;\n"
     "CREATE UNIQUE INDEX ON t (a) WHERE a > 0;"),
    ("CREATE TABLE t (a int); CREATE TABLE c () INHERITS (t);",
     "insert into t values (1); insert into c values (1)", "ALTER TABLE t ADD PRIMARY KEY (a);"),
    ("CREATE TABLE t (a int); CREATE TABLE c () INHERITS (t);", "insert into c values (-5)",
     "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NO INHERIT;"),
    ("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int); CREATE TABLE c () INHERITS (t);",
     "insert into c values (-5)", "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p (id);"),
    ("CREATE TABLE t (a int);", "insert into t values (1), (null)",
     "ALTER TABLE t ADD COLUMN IF NOT EXISTS a int NOT NULL;"),
    ("CREATE TABLE t (a int);", "insert into t values (1), (1)",
     "ALTER TABLE t RENAME TO old;\nCREATE TABLE t (a int);\nALTER TABLE t ADD UNIQUE (a);"),
    ("CREATE TABLE t (a int);", "insert into t values (1), (null)",
     "DO $$ BEGIN DELETE FROM t; END $$;\nALTER TABLE t ADD PRIMARY KEY (a);"),
    ("CREATE TABLE t (a text);", "insert into t values (null), ('x')",
     "ALTER TABLE t ALTER a TYPE int USING coalesce(length(a), 0), ALTER a SET NOT NULL;\n"
     "ALTER TABLE t ADD CHECK (a >= 0);"),
    ("CREATE TABLE t (a int);", "insert into t values (1)",
     "CREATE FUNCTION f(int) RETURNS bool LANGUAGE sql AS 'select $1 > 0';\n"
     "ALTER TABLE t ADD CHECK (f(a));"),
    ("CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (x e, y text);", "insert into t values ('a', 'b')",
     "ALTER TYPE e ADD VALUE 'b';\n-- step\nALTER TABLE t ALTER y TYPE e USING y::e;"),
    ("CREATE DOMAIN d AS int; CREATE TABLE t (x d, y bigint);",
     "insert into t values (1, 3000000000)",
     "ALTER DOMAIN d RENAME TO old;\nCREATE DOMAIN d AS bigint;\n"
     "ALTER TABLE t ALTER x TYPE d, ALTER y TYPE d;\nDROP DOMAIN old;"),
    ("CREATE FUNCTION f(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'select $1 > 10';"
     " CREATE FUNCTION g(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'begin return f($1); end';"
     " CREATE TABLE t (a int);", "insert into t values (5), (6)",
     "CREATE OR REPLACE FUNCTION f(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'select $1 > 5';\n"
     "CREATE UNIQUE INDEX i ON t (f(a));\nDROP INDEX i;\n"
     "CREATE OR REPLACE FUNCTION f(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'select $1 > 0';\n"
     "ALTER TABLE t ADD CHECK (f(a)), ADD CHECK (g(a));"),
    ("CREATE SCHEMA b; CREATE TABLE b.t (a int); CREATE TABLE t (a int);",
     "insert into t values (1)",
     "SET LOCAL search_path = b;\nALTER TABLE t ADD COLUMN y int NOT NULL;\nDROP TABLE t;"),
    ("CREATE MATERIALIZED VIEW m AS SELECT 1 AS a FROM generate_series(1, 2);"
     " CREATE MATERIALIZED VIEW n AS SELECT 1 AS a;", None,
     "ALTER MATERIALIZED VIEW m RENAME TO o;\nALTER MATERIALIZED VIEW n RENAME TO m;\n"
     "CREATE UNIQUE INDEX ON m (a);"),
], ids=str)
def test_rows_that_will_do_are_not_refused(change, table, rows, upgrade):
    project = change(table, rows, upgrade)
    project.run("upgrade", "head", "--allow-data-loss")


def test_count_of_the_rows_may_be_left_to_the_server(change, database):
    """The function finds the run's own table, which nobody can tell beforehand."""
    project = change("CREATE FUNCTION ok(int) RETURNS bool LANGUAGE plpgsql AS"
                     " 'begin return to_regclass(''helper'') is not null; end';"
                     " CREATE TABLE t (a int, b int);", "insert into t values (1, 2)",
                     "CREATE TABLE helper ();\n-- step\n"
                     "ALTER TABLE t ADD CONSTRAINT c CHECK (ok(a));\n-- step\n"
                     "ALTER TABLE t DROP COLUMN b;")
    refused(project, "holds 1 row against CHECK (ok(a))",
            '\nhint: "--no-row-check" runs it all the same: then the server decides\n')
    result = project.run("upgrade", "head", "--no-row-check", check=False)
    assert result.code == 9 and 'column "b" of table "t"' in result.err, str(result)
    assert database.value("select to_regclass('helper') is null")
    project.run("upgrade", "head", "--no-row-check", "--allow-data-loss")


def test_uncounted_row_is_refused_by_the_server(change, database):
    project = change("CREATE TABLE t (a int);", "insert into t values (null)",
                     "CREATE TABLE other ();\n-- step\nALTER TABLE t ALTER a SET NOT NULL;")
    refused(project, "--no-row-check")
    result = project.run("upgrade", "head", "--no-row-check", check=False)
    assert result.code == 5, str(result)
    assert f"{NEXT}.sql:10: column \"a\" of relation \"t\" contains null values" in result.err
    assert not database.value("select to_regclass('other') is null")
    database.execute("update t set a = 1")
    project.run("upgrade", "head")


def test_way_back_may_be_left_to_the_server(project, database):
    project.revision(BEGIN, "CREATE TABLE t (a int);\nINSERT INTO t VALUES (null);",
                     "ALTER TABLE t ALTER a SET NOT NULL;\nDROP TABLE t;")
    project.run("upgrade", "head")
    result = project.run("downgrade", "base", "--no-row-check", "--allow-data-loss", check=False)
    assert result.code == 5, str(result)
    assert "contains null values" in result.err


def test_way_back_that_the_rows_do_not_allow_is_told_before(project, database):
    project.model("CREATE TABLE t (id int, name text NOT NULL);")
    project.run("revision", "--autogenerate", "-m", "one")
    project.run("upgrade", "head")
    database.execute("insert into t values (1, 'a')")
    project.model("CREATE TABLE t (id int);")
    project.run("revision", "--autogenerate", "-m", "two")
    project.run("upgrade", "head", "--allow-data-loss")
    result = project.run("downgrade", "-1", check=False)
    assert result.code == 9, str(result)
    assert 'its new column "name" is NOT NULL without a default' in result.err


def test_new_revision_that_present_rows_refuse_is_warned_of(project, database):
    project.model("CREATE TABLE t (id int);")
    project.run("revision", "--autogenerate", "-m", "one")
    project.run("upgrade", "head")
    project.model("CREATE TABLE t (id int, name text NOT NULL);")
    made = project.run("revision", "--autogenerate", "-m", "two", "--rev-id", "cccc3333")
    assert "warning" not in made.err
    database.execute("insert into t values (1)")
    next((project.migrations).glob("*cccc3333*")).unlink()
    made = project.run("revision", "--autogenerate", "-m", "two")
    assert 'warning: table "t" holds rows, and its new column "name" is NOT NULL' in made.err


# Sequences whose bounds change


def test_sequence_moves_only_if_its_place_is_outside(project, database):
    project.model("CREATE SEQUENCE fresh; CREATE SEQUENCE used;")
    project.run("revision", "--autogenerate", "-m", "one")
    project.run("upgrade", "head")
    database.execute("select setval('fresh', 5), setval('used', 150)")
    project.model("CREATE SEQUENCE fresh AS smallint START 100 MINVALUE 100;\n"
                  "CREATE SEQUENCE used AS smallint START 100 MINVALUE 100;")
    project.run("revision", "--autogenerate", "-m", "two")
    project.run("upgrade", "head")
    assert database.execute("select nextval('fresh'), nextval('used')") == [(100, 151)]
    project.run("downgrade", "-1")


def test_empty_table_does_not_hide_another_column_that_changes(project, database):
    """One statement that drops and changes: each part is looked at."""
    project.revision("aaaa1111", "CREATE TABLE t (a int, b numeric(10,2));", "DROP TABLE t;")
    project.revision("bbbb2222", "INSERT INTO t (b) VALUES (1.25);\n\n-- step\n\n"
                     "ALTER TABLE t DROP COLUMN a, ALTER COLUMN b TYPE numeric(10,0);",
                     "SELECT 1;", revises="aaaa1111")
    project.run("upgrade", "aaaa1111")
    result = project.run("upgrade", "head", check=False)
    assert result.code == 9, str(result)
    assert database.value("select b from t") == Decimal("1.25")


def test_rows_of_a_child_are_seen_where_its_parent_is_empty(project, database):
    project.revision("aaaa1111", "CREATE TABLE t (a int, b int);\n"
                     "CREATE TABLE k () INHERITS (t);", "DROP TABLE k;\nDROP TABLE t;")
    project.revision("bbbb2222", "INSERT INTO k VALUES (1, 2);\n\n-- step\n\n"
                     "ALTER TABLE t DROP COLUMN a;", "SELECT 1;", revises="aaaa1111")
    project.run("upgrade", "aaaa1111")
    result = project.run("upgrade", "head", check=False)
    assert result.code == 9, str(result)
    assert database.value("select a from k") == 1
