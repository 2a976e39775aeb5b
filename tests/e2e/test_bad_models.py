"""Bad models give a clear error with their place and change nothing; odd names are no fault."""
import pytest

from support.refusal import INPUT, refuse

BAD_MODELS = {
    "syntax error": ("CREATE TABLE a (id bigint);\n\nCREATE TABEL b ();\n", 3),
    "unknown type": ("CREATE TABLE a (\n    id bigint,\n    x nosuch\n);\n", 3),
    "row": ("CREATE TABLE a (id bigint);\nINSERT INTO a VALUES (1);\n", 2),
    "do": ("CREATE TABLE a (id bigint);\nDO $$ BEGIN END $$;\n", 2),
    "transaction": ("CREATE TABLE a (id bigint);\n\nCOMMIT;\n", 3),
    "role": ("CREATE ROLE retort_never;\n", 1),
    "database": ("\nCREATE DATABASE retort_never;\n", 2),
    "system": ("ALTER SYSTEM SET work_mem = '1MB';\n", 1),
    "tablespace": ("CREATE TABLESPACE retort_never LOCATION '/tmp';\n", 1),
    "subscription": ("CREATE TABLE a ();\nCREATE SUBSCRIPTION s CONNECTION 'dbname=x' PUBLICATION p"
                     " WITH (connect = false);\n", 2),
    "change of a subscription": ("ALTER SUBSCRIPTION s DISABLE;\n", 1),
    "import": ("IMPORT FOREIGN SCHEMA a FROM SERVER b INTO public;\n", 1),
    "label of a role": ("SECURITY LABEL FOR x ON ROLE postgres IS 'y';\n", 1),
    "open quote": ("CREATE TABLE a (id bigint);\nCREATE TABLE 'b ();\n", 2),
    "psql's own command": ("CREATE TABLE a ();\n\\connect postgres\n", 2),
}


@pytest.mark.parametrize("case", BAD_MODELS)
def test_bad_model_names_its_line(project, database, case):
    text, line = BAD_MODELS[case]
    project.model(text, "bad.sql")
    before = database.dump()
    place = f"models/bad.sql:{line}:"
    refuse(project, "check", code=INPUT, place=place)
    refuse(project, "revision", "--autogenerate", "-m", "x", code=INPUT, place=place)
    assert database.dump() == before
    assert not list(project.migrations.iterdir())


JUNK = {"all bytes": bytes(range(256)) * 64, "UTF-16": b"\xff\xfe\x00-\x00-\x00"}


@pytest.mark.parametrize("case", JUNK)
def test_binary_junk(project, database, case):
    project.write("models/junk.sql", JUNK[case])
    before = database.dump()
    refuse(project, "check", code=INPUT, place="models/junk.sql")
    assert database.dump() == before


def test_models_that_need_each_other_are_both_named(project):
    project.model("CREATE VIEW a AS SELECT * FROM b;\n", "a.sql")
    project.model("CREATE VIEW b AS SELECT * FROM a;\n", "b.sql")
    text = refuse(project, "check", code=INPUT, place="models/a.sql:1:")
    assert "models/b.sql:1:" in text


NAMES = {
    "quote": 'a"b',
    "single quote": "a'b",
    "space": "a b",
    "unicode": "größe_日本",
    "63 bytes": "n" * 63,
    "63 bytes of unicode": "é" * 31 + "x",
    "keyword": "select",
    "case": "MiXed",
    "backslash": "a\\b",
    "percent": "%s%I%L",
    "dollar": "$$",
    "semicolon": "a;b--c/*",
    "newline": "a\nb",
    "dot": "a.b",
}


@pytest.mark.parametrize("case", NAMES)
def test_odd_names_survive_the_whole_way(project, database, case):
    name = '"' + NAMES[case].replace('"', '""') + '"'
    project.model(
        f"CREATE SCHEMA {name};\n"
        f"CREATE TYPE {name}.{name} AS ENUM ('x', 'it''s');\n"
        f"CREATE TABLE {name} ({name} {name}.{name} PRIMARY KEY DEFAULT 'it''s', n text);\n"
        f"COMMENT ON COLUMN {name}.{name} IS 'a\\b ''c''';\n"
        f"CREATE INDEX ON {name} (n);\n"
        f"CREATE VIEW {name}.v AS SELECT {name} FROM public.{name};\n"
        f"CREATE FUNCTION {name}.f({name} integer) RETURNS text LANGUAGE sql"
        f" AS $f$ SELECT '$$' $f$;\n")
    before = database.dump()
    project.run("revision", "--autogenerate", "-m", NAMES[case])
    project.run("upgrade", "head")
    project.run("check")
    assert database.value(
        "select count(*) from pg_attribute where attname = %s and attnum > 0", [NAMES[case]]) >= 1
    project.run("downgrade", "base")
    assert database.dump("--exclude-schema=retort") == before


def test_name_longer_than_the_server_keeps(project):
    """The server cuts a name at 63 bytes: the models still equal what they made."""
    project.model(f"CREATE TABLE {'n' * 70} (id bigint);\n")
    project.run("revision", "--autogenerate", "-m", "long")
    project.run("upgrade", "head")
    project.run("check")
