"""restore: all of it, or nothing."""
import json
import subprocess

import pytest

from support.content import SHOP, backup, content, pg_dump, reseal


@pytest.fixture
def shop(needs_dump, project, database):
    database.execute(SHOP)
    return project


def change(database):
    database.execute("DELETE FROM \"Order; \\connect\"; DELETE FROM item WHERE id > 10;"
                     " ALTER TABLE item ADD later int; UPDATE item SET name = 'other'")


def old_content(database):
    name, = database.asides()
    return content(type(database)(database.server, name))


FORMATS = [["-f", "custom"], ["-f", "plain"], ["-f", "directory", "--compress", "gzip"]]


@pytest.mark.parametrize("words", FORMATS)
def test_backup_takes_the_place(shop, database, words):
    backup(shop, *words)
    before = content(database)
    change(database)
    changed = content(database)
    result = shop.run("restore", "latest", "--yes", database.name)
    assert "is restored" in result.err
    assert content(database) == before
    assert old_content(database) == changed
    assert database.value("select count(*) from pg_stats where tablename = 'item'") > 0


def test_pipes_of_the_habit(shop, database):
    before = content(database)
    saved = shop.run("backup", "-o", "-").out
    change(database)
    shop.run("restore", "-", "--yes", database.name, input=saved)
    assert content(database) == before


PLAIN = """--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.item (id bigint NOT NULL, name text);
COPY public.item (id, name) FROM stdin;
1	one\\ttab
2	\\N
\\.
ALTER TABLE ONLY public.item ADD CONSTRAINT item_pkey PRIMARY KEY (id);

--
-- PostgreSQL database dump complete
--
"""


def test_plain_dump_takes_the_place_without_any_client(project, database, tmp_path):
    """Also of a server newer than all that is installed: neither psql nor pg_restore is run."""
    database.execute("CREATE TABLE old (id int)")
    database.execute(f'ALTER DATABASE "{database.name}" SET work_mem = \'5MB\'')
    none = {"RETORT_PGBIN": str(tmp_path), "PATH": str(tmp_path)}
    project.run("restore", "-", "--yes", database.name, input=PLAIN, env=none)
    assert database.execute("SELECT * FROM item ORDER BY id") == [(1, "one\ttab"), (2, None)]
    assert database.value("SHOW work_mem") == "5MB"
    assert len(database.asides()) == 1
    project.run("restore", "--forget", "--yes", database.name, env=none)
    assert database.asides() == []


@pytest.mark.parametrize("words, name", [
    (["-Fp"], "dump.sql"), (["-Fc"], "dump"), (["-Ft"], "dump.tar"), (["-Fp", "--inserts"], "i.sql"),
    (["-Fp", "--create"], "c.sql"), (["-Fp", "--clean", "--if-exists"], "clean.sql")])
def test_dump_of_pg_dump_takes_the_place(shop, database, words, name, tmp_path):
    before = content(database)
    (tmp_path / name).write_bytes(pg_dump(database, *words))
    change(database)
    shop.run("restore", tmp_path / name, "--yes", database.name)
    assert content(database) == before


@pytest.mark.parametrize("form", ["-Fp", "-Fc"])
def test_dump_without_a_row_takes_the_place_if_that_is_meant(shop, database, form, tmp_path):
    before = content(database)
    (tmp_path / "dump").write_bytes(pg_dump(database, form, "--schema-only"))
    words = ["restore", tmp_path / "dump", "--yes", database.name]
    refused = shop.run(*words, check=False)
    assert refused.code == 3 and "the dump has not one row" in refused.err
    assert content(database) == before and database.asides() == []
    shop.run(*words, "--empty")
    assert database.value("SELECT count(*) FROM item") == 0


def test_dump_of_a_large_object_alone_is_not_empty(shop, database, tmp_path):
    database.execute("TRUNCATE item CASCADE")
    (tmp_path / "dump").write_bytes(pg_dump(database, "-Fc"))
    shop.run("restore", tmp_path / "dump", "--yes", database.name)
    assert database.value("SELECT length(lo_get(4711))") == 10000


@pytest.mark.parametrize("other", [["latest", "--table", "item"], ["--forget"]])
def test_empty_goes_alone(shop, other):
    refused = shop.run("restore", "--empty", *other, check=False)
    assert refused.code == 2 and "--empty goes without" in refused.err


def test_directory_of_pg_dump_takes_the_place(shop, database, tmp_path):
    before = content(database)
    pg_dump(database, "-Fd", "-f", str(tmp_path / "dump"))
    change(database)
    shop.run("restore", tmp_path / "dump", "-j", "2", "--yes", database.name)
    assert content(database) == before


def test_compressed_dump_takes_the_place(shop, database, tmp_path):
    before = content(database)
    (tmp_path / "dump.sql").write_bytes(pg_dump(database))
    subprocess.run(["gzip", tmp_path / "dump.sql"], check=True)
    change(database)
    shop.run("restore", tmp_path / "dump.sql.gz", "--yes", database.name)
    assert content(database) == before


NO_ROWS = b"""CREATE FUNCTION public.none() RETURNS trigger LANGUAGE plpgsql AS 'begin return null; end';
CREATE TRIGGER none BEFORE INSERT ON public.item FOR EACH ROW EXECUTE FUNCTION public.none();
"""


def damaged(database):
    """What may not be restored, with what is said of it."""
    plain = pg_dump(database)
    custom = pg_dump(database, "-Fc")
    return {
        "cut.sql": (plain[:len(plain) // 2], "dump"),
        "end.sql": (plain[:-200], "cut off"),
        "cut.custom": (custom[:len(custom) * 2 // 3], "pg_restore"),
        "crlf.sql": (plain.replace(b"\n", b"\r\n"), "CR"),
        "shell.sql": (plain.replace(b"SET statement_timeout", b"\\! touch /tmp/x\nSET statement_timeout",
                                    1), "\\!"),
        "wrong.sql": (plain.replace(b"CREATE TABLE", b"CREATE TABEL", 1), "syntax error"),
        "rows.sql": (plain.replace(b"COPY public.item ", NO_ROWS + b"COPY public.item ", 1), "0 of 1002 rows"),
        "roles.sql": (b"ALTER ROLE nobody PASSWORD 'x';\n" + plain, "ALTER ROLE is about the whole server"),
        "empty.sql": (b"", "empty"),
        "text.sql": (b"hello\n", ""),
    }


DAMAGES = ["rows.sql", "cut.sql", "end.sql", "cut.custom", "crlf.sql", "shell.sql", "wrong.sql", "empty.sql",
           "text.sql", "roles.sql"]


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_dump_changes_nothing(shop, database, name, tmp_path):
    before = content(database)
    stored, said = damaged(database)[name]
    (tmp_path / name).write_bytes(stored)
    result = shop.run("restore", tmp_path / name, "--yes", database.name, check=False)
    assert result.code == 11 if name == "rows.sql" else result.code in (3, 5, 7), str(result)
    assert said in result.err
    assert content(database) == before
    assert database.asides() == []
    assert scratches(database) == []


def scratches(database):
    """Scratch databases that nobody is connected to, of this project."""
    return database.execute(
        "select datname from pg_database d where datname like 'retort_scratch%'"
        " and pg_get_userbyid(datdba) = current_user and not exists (select from pg_stat_activity a"
        " where d.datname like '%\\_' || a.pid || '\\_%')")


def test_backup_that_was_changed_changes_nothing(shop, database):
    folder, manifest = backup(shop)
    before = content(database)
    for table in manifest["tables"]:
        table["rows"] += 1
    reseal(folder, manifest)
    result = shop.run("restore", "latest", "--yes", database.name, check=False)
    assert result.code == 11
    assert "nothing was replaced" in result.err
    assert content(database) == before
    assert database.asides() == []


def test_consent_is_the_name(shop, database):
    folder, _ = backup(shop)
    before = content(database)
    assert shop.run("restore", "latest", "--yes", "other", check=False).code == 9
    result = shop.run("restore", "latest", check=False)
    assert result.code == 9
    assert f"--yes {database.name}" in result.err
    assert f'will be replaced by backup {folder.name} of database "{database.name}", which is' in result.err
    assert shop.run("restore", "-", input="", check=False).code == 9
    assert database.asides() == []
    assert content(database) == before


def test_dry_run_only_says(shop, database):
    folder, _ = backup(shop)
    rows = json.loads(shop.run("restore", "latest", "--dry-run", "--json").out)
    values = {row["what"]: row["value"] for row in rows}
    assert values["database"] == database.name
    assert values["backup"] == f"{folder.name} (stored)"
    assert values["its revision now"] == "none"
    assert database.asides() == []


def test_sessions_end_and_see_the_new_content(shop, database):
    backup(shop)
    change(database)
    connection = database.connect()
    cursor = connection.cursor()
    cursor.execute("select count(*) from item")
    assert cursor.fetchone() == (10,)
    shop.run("restore", "latest", "--yes", database.name)
    with pytest.raises(Exception):
        cursor.execute("select count(*) from item")
    assert database.value("select count(*) from item") == 1002


def test_settings_of_the_database_stay(shop, database):
    backup(shop)
    database.execute(f'ALTER DATABASE "{database.name}" SET work_mem = \'7MB\'')
    database.execute(f'COMMENT ON DATABASE "{database.name}" IS \'mine\'')
    shop.run("restore", "latest", "--yes", database.name)
    assert database.value("show work_mem") == "7MB"
    assert database.value("select shobj_description(oid, 'pg_database') from pg_database"
                          " where datname = current_database()") == "mine"


def test_what_binds_applications_does_not_bind_a_restore(shop, database):
    """Timeouts are lifted by the same statement."""
    database.execute(f'ALTER DATABASE "{database.name}" SET default_transaction_read_only = on')
    backup(shop)
    shop.run("drill")
    shop.run("restore", "latest", "--yes", database.name)
    shop.run("restore", "latest", "--table", "item")
    shop.run("restore", "--forget", "--yes", database.name)
    assert database.asides() == []
    assert database.value("SHOW default_transaction_read_only") == "on"


def test_long_names_that_begin_alike_are_told_apart(project, database):
    server, name = database.server, database.name.ljust(60, "x")
    other = f"{name[:39]}_before_20261122T183000Z"
    for made in (name, other):
        server.admin(f'create database "{made}"')
    url = database.url.replace(database.name, name)
    dump = project.write("dump.sql", "CREATE TABLE restored AS SELECT 1;")
    project.run("restore", dump, "--yes", name, env={"DATABASE_URL": url})
    assert [name] == [found for found, in server.admin(
        f"select datname from pg_database where datname like '{name[:39]}%' and length(datname) = 60")]
    forgotten = project.run("restore", "--forget", "--yes", name, env={"DATABASE_URL": url}).out
    assert len(forgotten.splitlines()) == 1 and other not in forgotten
    for made in (name, other):
        server.admin(f'drop database "{made}"')


def test_lease_is_empty(shop, database):
    shop.revision("a1", "create table one ();", "drop table one;")
    shop.run("upgrade", "head")
    database.execute("update retort.lease set holder = 'somebody', backend_pid = 1,"
                     " backend_start = now(), expires = now() + interval '1 day'")
    backup(shop)
    shop.run("restore", "latest", "--yes", database.name)
    assert database.value("select holder from retort.lease") is None
    assert shop.run("current").out.startswith("a1")


def test_forget_drops_what_was_put_aside(shop, database):
    backup(shop)
    shop.run("restore", "latest", "--yes", database.name)
    name, = database.asides()
    assert shop.run("restore", "--forget", "--dry-run").out == name + "\n"
    assert database.asides() == [name]
    assert shop.run("restore", "--forget", check=False).code == 9
    shop.run("restore", "--forget", "--yes", database.name)
    assert database.asides() == []


def test_missing_role_is_named(shop, database, server):
    role = f"gone_{database.name}"
    server.make_roles([role])
    database.execute(f'GRANT SELECT ON item TO "{role}"')
    backup(shop)
    database.execute(f'DROP OWNED BY "{role}"')
    database.execute(f'DROP ROLE "{role}"')
    result = shop.run("restore", "latest", "--yes", database.name, check=False)
    assert result.code == 3
    assert role in result.err
    assert database.asides() == []


def test_what_is_there_no_more_is_not_found(shop, database):
    result = shop.run("restore", "2026-11-22", "--yes", database.name, check=False)
    assert result.code == 3


def test_owner_who_is_no_superuser(project, database, server):
    """The usual role of an application's owner: it may make databases, and nothing more."""
    role = f"owner_{database.name}"
    server.make_roles([role])
    database.execute(f'ALTER ROLE "{role}" LOGIN CREATEDB')
    database.execute(f'ALTER DATABASE "{database.name}" OWNER TO "{role}"')
    project.url = server.as_role(database.url, role)
    database.execute(f'SET ROLE "{role}"; CREATE TABLE item AS SELECT 1 AS id;'
                     f' ALTER DATABASE "{database.name}" SET work_mem = \'7MB\'')
    before = content(database)
    backup(project)
    project.run("drill")
    database.execute("DELETE FROM item")
    server.admin(f'ALTER ROLE "{role}" SET default_transaction_read_only = on')
    project.run("drill")
    server.admin(f'ALTER ROLE "{role}" RESET default_transaction_read_only')
    server.admin(f'ALTER DATABASE "{database.name}" SET log_statement = none')
    refused = project.run("restore", "latest", "--yes", database.name, check=False)
    assert refused.code == 5 and "cannot be given what the old one has" in refused.err
    server.admin(f'ALTER DATABASE "{database.name}" RESET log_statement')
    project.run("restore", "latest", "--yes", database.name)
    assert content(database) == before
    assert database.value("SHOW work_mem") == "7MB"
    assert len(database.asides()) == 1
    project.run("restore", "--forget", "--yes", database.name)
    assert database.asides() == []
    database.execute(f'ALTER DATABASE "{database.name}" OWNER TO postgres; '
                     f'REASSIGN OWNED BY "{role}" TO postgres')
    database.execute(f'DROP OWNED BY "{role}"')
    database.execute(f'DROP ROLE "{role}"')


def test_run_of_revisions_is_not_ended(shop, database):
    backup(shop)
    before = content(database)
    connection = database.connect(autocommit=False)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock_shared(1919251567, 1)")
    result = shop.run("restore", "latest", "--yes", database.name, check=False)
    assert result.code == 10
    assert "a run of revisions is at work" in result.err
    connection.close()
    assert (content(database), database.asides()) == (before, [])
    shop.run("restore", "latest", "--yes", database.name)
