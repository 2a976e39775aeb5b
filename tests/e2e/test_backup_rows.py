"""Backups of real schemas with generated rows, and of every type that there is, are proven."""
import contextlib
import re

import psycopg2
import pytest

from schemas.real import SCHEMAS
from support import rows
from support.content import backup, content, pg_dump, reseal
from support.project import Project
from support.types import Types

FORMATS = {
    "custom": [], "plain": ["-f", "plain"],
    "directory": ["-f", "directory", "-j", "2", "--compress", "gzip"],
}
QUICK = {"chinook": "custom", "pagila": "plain", "sakila": "directory"}
LONG = {path.stem: " ".join(FORMATS) for path in sorted(SCHEMAS.glob("*.sql"))}
CASES = [*QUICK.items()] + [pytest.param(*case, marks=pytest.mark.long) for case in LONG.items()]

pytestmark = pytest.mark.usefixtures("needs_dump")

EXTENSIONS = ["citext", "cube", "hstore", "intarray", "isn", "lo", "ltree", "seg"]
# Types with no text form that could be given: what the server makes for itself.
INTERNAL = {
    "ghstore", "gtsvector", "intbig_gkey", "ltree_gist", "pg_brin_bloom_summary",
    "pg_brin_minmax_multi_summary", "pg_ddl_command", "pg_dependencies", "pg_mcv_list", "pg_ndistinct", "pg_node_tree",
}
ALL_TYPES = """
select t.oid, format_type(t.oid, null), t.typname
  from pg_type t join pg_namespace n on n.oid = t.typnamespace
 where t.typtype in ('b', 'r', 'm') and t.typcategory <> 'A' and t.typisdefined
   and n.nspname in ('pg_catalog', 'public')
 order by t.typname collate "C\""""
OWN_TYPES = """
create type mood as enum ('sad', 'o,k', 'it''s "so" \\');
create type pair as (a int, junk int, b text);
alter type pair drop attribute junk;
create type nest as (p pair, ps pair[], m mood);
create domain short as text check (length(value) < 20) not null;
create domain pairs as pair[];
create type span as range (subtype = text, collation = "C");
create type floats as range (subtype = float8);
create table own_types (
    id bigint generated always as identity, m mood, ms mood[], p pair, n nest, ns nest[], s short,
    ss short[], ps pairs, sp span, f floats, fs floats[], v varchar(3), c char(5), b bit(3),
    vb varbit(5), num numeric(7, 2), nums numeric(5, 1)[], ts timestamp(0), iv interval day to hour,
    twice numeric generated always as (num * 2) stored, "Odd ""name" int default 7);
"""


# Each database has other numbers for the values of an enum: rows come into other partitions.
SCATTERED = """
create type mood as enum ('sad', 'ok', 'happy');
create table t (m mood, id int, primary key (m, id)) partition by hash (m);
create table t0 partition of t for values with (modulus 2, remainder 0);
create table t1 (id int not null, m mood not null);
alter table t attach partition t1 for values with (modulus 2, remainder 1);
create table u (k int, m mood) partition by list (k);
create table u1 partition of u for values in (1) partition by hash (m);
create table u1a partition of u1 for values with (modulus 2, remainder 0);
create table u1b partition of u1 for values with (modulus 2, remainder 1);
create table u2 partition of u for values in (2);
create table v (id int) partition by hash (id);
create table v0 partition of v for values with (modulus 1, remainder 0);
insert into t select unnest(enum_range(null::mood)), n from generate_series(1, 100) n;
insert into u select 1 + n % 2, unnest(enum_range(null::mood)) from generate_series(1, 100) n;
insert into v select generate_series(1, 10);
"""
SCATTERED_ROWS = """
select 't' as name, count(*), sum(hashtext(t::text)) from t union all
select 'u', count(*), sum(hashtext(u::text)) from u union all
select 'v', count(*), sum(hashtext(v::text)) from v order by name"""


def proves(database, folder, formats):
    """Backup, drill; and a restore, after which pg_dump prints the same rows."""
    project = Project(folder, database.url)
    before = content(database)
    for name in formats:
        _, manifest = backup(project, *FORMATS[name])
        assert sum(table["rows"] for table in manifest["tables"]) > 0
        said = project.run("drill", timeout=600).err
        assert "is proven" in said, said
    project.run("restore", "latest", "--yes", database.name, timeout=600)
    project.run("restore", "--forget", "--yes", database.name)
    assert data(content(database)) == data(before)


def data(dump):
    """The rows by table, in any order of tables; and what sequences are set to."""
    copies = re.findall(rb"^COPY .*? FROM stdin;\n.*?^\\\.$", dump, re.MULTILINE | re.DOTALL)
    return sorted(copies) + sorted(re.findall(rb"^SELECT pg_catalog.setval.*$", dump, re.MULTILINE))


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="no ../shared/schemas")
@pytest.mark.parametrize("name, formats", CASES)
def test_real_schema_with_rows_is_proven(server, database, tmp_path, name, formats):
    database.psql((SCHEMAS / f"{name}.sql").read_text())
    counts = rows.fill(database, rows=20 if " " in formats else 6)
    filled = [table for table, count in counts.items() if count > 0]
    assert len(filled) >= 0.9 * len(counts), set(counts) - set(filled)
    proves(database, tmp_path / "project", formats.split())


def make_all_types(database):
    """A table with a column of each type, and of its array; gives the names of those without."""
    for name in EXTENSIONS:
        with contextlib.suppress(psycopg2.Error):  # not installed
            database.execute(f"create extension {name}")
    database.psql(OWN_TYPES)
    with contextlib.closing(database.connect()) as connection:
        types = Types(connection)
        connection.cursor().execute("set client_min_messages = error")
        found = [(sql, name, types.find(oid, sql)) for oid, sql, name in types.rows(ALL_TYPES)]
    columns = [f'"{name}" {sql}, "{name}[]" {sql}[]' for sql, name, kind in found if kind.odd]
    database.execute(f"create table all_types (id serial, {', '.join(columns)})")
    return {name for _, name, kind in found if not kind.odd}


def nothing_but_null(database, table):
    """The columns that no row has a value in."""
    columns = [name for name, in database.execute(
        f"select attname from pg_attribute where attrelid = '{table}'::regclass and attnum > 0")]
    counts = ", ".join(f"count({rows.ident(name)})" for name in columns)
    return [name for name, count in
            zip(columns, database.execute(f"select {counts} from {table}")[0]) if count == 0]


def test_every_type_is_proven(database, tmp_path):
    assert make_all_types(database) <= INTERNAL
    counts = rows.fill(database, rows=40)
    assert counts == {"public.all_types": 40, "public.own_types": 40}
    assert nothing_but_null(database, "all_types") == []
    assert nothing_but_null(database, "own_types") == []
    proves(database, tmp_path / "project", FORMATS)


def test_rows_are_the_same_for_the_same_seed(new_database):
    dumps = []
    for seed in (1, 1, 2):
        database = new_database()
        database.psql(OWN_TYPES)
        rows.fill(database, seed)
        dumps.append(data(pg_dump(database)))
    assert dumps[0] == dumps[1] != dumps[2]


def test_rows_that_come_into_other_partitions(database, tmp_path):
    """An enum's hash is another after each restore: three of them move rows with all likelihood."""
    database.execute(SCATTERED)
    project = Project(tmp_path, database.url)
    before = database.execute(SCATTERED_ROWS)
    for name, jobs in (("custom", "1"), ("directory", "3"), ("plain", "1"), ("directory", "1")):
        _, manifest = backup(project, *FORMATS[name])
        assert {table["name"]: table["rows"] for table in manifest["tables"]} == {
            "t": 300, "u1": 150, "u2": 150, "v0": 10}
        assert "is proven" in project.run("drill").err
        project.run("restore", "latest", "-j", jobs, "--yes", database.name)
        project.run("restore", "--forget", "--yes", database.name)
        assert database.execute(SCATTERED_ROWS) == before


def test_rows_that_are_compared_as_one_are_compared(database, tmp_path):
    database.execute(SCATTERED)
    project = Project(tmp_path, database.url)
    folder, manifest = backup(project)
    manifest["tables"][0]["hash"] = str(int(manifest["tables"][0]["hash"]) + 1)
    reseal(folder, manifest)
    result = project.run("drill", check=False)
    assert result.code == 11
    assert "public.t" in result.out
