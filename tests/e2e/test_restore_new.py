"""restore where the database is not there any more: on a new server, after a disaster."""
import json

import pytest

from support.content import SHOP, backup, content, pg_dump

PROPERTIES = """
select pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype, datconnlimit,
       shobj_description(oid, 'pg_database'), (
           select array_agg(a.privilege_type || ' ' || a.grantee::regrole order by 1)
             from aclexplode(datacl) a where a.grantee <> 0), (
           select array_agg(coalesce(setrole::regrole::text, '') || ' ' || setconfig::text order by 1)
             from pg_db_role_setting where setdatabase = d.oid)
  from pg_database d where datname = '{}'
"""


@pytest.fixture
def role(server, database):
    """Owns the database, and goes with what it owns."""
    name = f"Owner of {database.name}"
    server.make_roles([name])
    yield name
    database.drop()
    for name in (name, name + " 2"):
        server.admin(f'drop role if exists "{name}"')


@pytest.fixture
def shop(needs_dump, project, database, role):
    """One with settings and rights of its own."""
    database.drop()
    database.server.admin(f"create database \"{database.name}\" template template0"
                          " lc_collate 'C' lc_ctype 'C'")
    database.execute(SHOP)
    for statement in (f'alter database "{database.name}" owner to "{role}"',
                      f'alter table item owner to "{role}"',
                      f'alter database "{database.name}" set work_mem = \'7MB\'',
                      f'alter role "{role}" in database "{database.name}" set search_path = a, "B b"',
                      f'alter database "{database.name}" connection limit 77',
                      f'comment on database "{database.name}" is \'it is "mine"; so\'',
                      f'revoke all on database "{database.name}" from public',
                      f'grant connect on database "{database.name}" to pg_monitor'):
        database.execute(statement)
    return project


def exists(database):
    return database.server.admin(
        f"select count(*) from pg_database where datname = '{database.name}'") == [(1,)]


def properties(database):
    row, = database.server.admin(PROPERTIES.format(database.name))
    return row


def dump(database, folder, how):
    """A backup, or what pg_dump writes: what restore is to be told."""
    if how == "pg_dump -Fp --create":
        (folder / "dump.sql").write_bytes(pg_dump(database, "--create"))
        return folder / "dump.sql"
    if how == "pg_dump -Ft":
        (folder / "dump.tar").write_bytes(pg_dump(database, "-Ft"))
        return folder / "dump.tar"
    pg_dump(database, "-Fd", "-f", str(folder / "dump"))
    return folder / "dump"


@pytest.mark.parametrize("how", ["backup", "pg_dump -Fp --create", "pg_dump -Ft"])
def test_database_comes_back_as_it_was(shop, database, how, tmp_path):
    before, was = content(database), properties(database)
    if how == "backup":
        backup(shop)
    named = "latest" if how == "backup" else dump(database, tmp_path, how)
    database.drop()
    result = shop.run("restore", named, "--yes", database.name)
    assert "is made and restored" in result.err
    assert "left out" not in result.err
    assert content(database) == before
    assert properties(database) == was


def test_plain_dump_alone_says_nothing_of_its_database(shop, database):
    saved = shop.run("backup", "-o", "-").out
    before = content(database)
    database.drop()
    shop.run("restore", "-", "--yes", database.name, input=saved)
    assert content(database) == before


def test_preview_and_consent(shop, database):
    folder, _ = backup(shop)
    database.drop()
    rows = json.loads(shop.run("restore", "latest", "--dry-run", "--json").out)
    values = {row["what"]: row["value"] for row in rows}
    assert values["database"] == f"{database.name} (does not exist; will be created)"
    assert values["backup"] == f"{folder.name} (stored)"
    assert values["its locale"] == "C"
    assert "roles that are missing" not in values
    result = shop.run("restore", "latest", check=False)
    assert result.code == 9
    assert "does not exist and will be created" in result.err
    assert shop.run("restore", "latest", "--yes", "other", check=False).code == 9
    assert not exists(database)


@pytest.mark.parametrize("how", ["backup", "plain backup", "pg_dump -Fd"])
def test_missing_roles_are_named_and_can_be_done_without(shop, database, server, role, how, tmp_path):
    tables = "select count(*), sum(price), max(name) from item"
    before = database.execute(tables)
    if "backup" in how:
        backup(shop, *(["-f", "plain"] if "plain" in how else []))
    named = "latest" if "backup" in how else dump(database, tmp_path, how)
    database.drop()
    server.admin(f'alter role "{role}" rename to "{role} 2"')
    result = shop.run("restore", named, "--yes", database.name, check=False)
    assert result.code == 3
    assert f'CREATE ROLE "{role}"' in result.err and "--no-owner" in result.err
    assert not exists(database)
    rows = json.loads(shop.run("restore", named, "--dry-run", "--json").out)
    assert {"what": "roles that are missing", "value": role} in rows
    result = shop.run("restore", named, "--yes", database.name, "--no-owner")
    assert database.execute(tables) == before
    if how != "plain backup":
        assert f'left out: ALTER ROLE "{role}" IN DATABASE {database.name} SET' in result.err
        assert database.value("show work_mem") == "7MB"


def test_what_fails_leaves_no_database(shop, database, tmp_path):
    (tmp_path / "cut.sql").write_bytes(pg_dump(database)[:-300])
    database.drop()
    result = shop.run("restore", tmp_path / "cut.sql", "--yes", database.name, check=False)
    assert result.code == 3, str(result)
    assert not exists(database)
    assert database.server.admin("select datname from pg_database where datname ~ '^retort_scratch'"
                                 " and datdba = (select oid from pg_roles where rolname ="
                                 " current_user)") == []


def test_server_that_is_not_there_is_told(shop, tmp_path):
    backup(shop)
    shop.url = f"postgresql://postgres@/shop?host={tmp_path}"
    result = shop.run("restore", "latest", "--yes", "shop", check=False)
    assert result.code == 4
