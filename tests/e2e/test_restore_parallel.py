"""restore --jobs: the rows of a directory are put into the tables by several sessions at once."""
import gzip
import shutil

import pytest

from support.content import SHOP, backup, content, pg_dump

# Longer than what a session is made busy for, with all that COPY writes otherwise than it is.
LARGE = r"""
CREATE TABLE large (id int, name text);
INSERT INTO large SELECT n, repeat(md5(n::text), 3) FROM generate_series(1, 60000) n;
INSERT INTO large VALUES (0, NULL), (-1, ''), (-2, E'\\.'), (-3, E'\\N'), (-4, E'a\nb\tc\\d\re\b\f\v'),
    (-5, 'ä€😀'), (-6, repeat('long ', 200000));
CREATE TABLE empty (id int);
CREATE TABLE only_void ();
INSERT INTO only_void DEFAULT VALUES;
INSERT INTO only_void DEFAULT VALUES;
"""
LARGE_HASH = "SELECT count(*), md5(string_agg(md5(l::text), '' ORDER BY id)) FROM large l"
SESSIONS = "SELECT count(DISTINCT xmin::text) FROM large"


@pytest.fixture
def shop(needs_dump, project, database):
    database.execute(SHOP)
    return project


@pytest.fixture
def large(shop, database):
    database.execute(LARGE)
    return shop


def sorted_content(database):
    """The order of a table's rows is not that of the dump."""
    return sorted(content(database).splitlines())


def dump_folder(database, tmp_path, *words):
    pg_dump(database, "-Fd", "-f", str(tmp_path / "dump"), *words)
    return tmp_path / "dump"


def row_file(folder, mark):
    """The file with the rows that have that text."""
    for path in folder.glob("*.dat"):
        if path.name != "toc.dat" and mark in path.read_bytes():
            return path
    raise AssertionError(mark)


@pytest.mark.parametrize("compress", ["none", "gzip"])
def test_one_large_table_takes_several_sessions(large, database, compress):
    backup(large, "-f", "directory", "--compress", compress)
    before, rows = sorted_content(database), database.execute(LARGE_HASH)
    database.execute("TRUNCATE large; DROP TABLE empty")
    large.run("restore", "latest", "-j", "3", "--yes", database.name)
    assert database.execute(LARGE_HASH) == rows
    assert sorted_content(database) == before
    assert database.value(SESSIONS) > 1
    assert "is proven" in large.run("drill").err


@pytest.mark.parametrize("words", [["--inserts"], ["-Z0"], ["--load-via-partition-root"], ["-O", "-x"]])
def test_each_kind_of_folder(large, database, words, tmp_path):
    folder = dump_folder(database, tmp_path, *words)
    before, rows = sorted_content(database), database.execute(LARGE_HASH)
    database.execute("TRUNCATE large; DROP TABLE item CASCADE")
    large.run("restore", folder, "-j", "2", "--yes", database.name)
    assert database.execute(LARGE_HASH) == rows
    assert sorted_content(database) == before


def test_rows_keep_their_encoding(needs_dump, project, database, tmp_path):
    database.server.admin(f'DROP DATABASE "{database.name}"')
    database.server.admin(f'CREATE DATABASE "{database.name}" TEMPLATE template0 ENCODING LATIN1 LOCALE "C"')
    database.execute("CREATE TABLE item (id int, name text); INSERT INTO item VALUES (1, 'ä'), (2, chr(31) || '×')")
    folder = dump_folder(database, tmp_path)
    database.execute("TRUNCATE item")
    project.run("restore", folder, "-j", "2", "--yes", database.name)
    assert database.execute("SELECT id, name FROM item ORDER BY id") == [(1, "ä"), (2, "\x1f×")]


def test_rows_of_a_table_whose_owner_may_not_write_it(needs_dump, server, project, database, tmp_path):
    """Rights are given after the rows."""
    role = f"{database.name}_owner"
    server.make_roles([role])
    database.execute(f'ALTER ROLE "{role}" LOGIN CREATEDB; ALTER DATABASE "{database.name}" OWNER TO "{role}";'
                     f' ALTER SCHEMA public OWNER TO "{role}"')
    project.url = server.as_role(database.url, role)
    own = type(database)(server, database.name)
    own.url = project.url
    own.execute("CREATE TABLE item (id int PRIMARY KEY); INSERT INTO item VALUES (1);"
                " CREATE TABLE part (item int REFERENCES item); INSERT INTO part VALUES (1);"
                f' REVOKE ALL ON item, part FROM "{role}"')
    folder = dump_folder(database, tmp_path)
    project.run("restore", folder, "-j", "2", "--yes", database.name)
    assert database.value("SELECT count(*) FROM part JOIN item ON id = item") == 1
    assert not database.value(f"SELECT has_table_privilege('{role}', 'item', 'SELECT')")


def damage(folder):
    """What may be wrong with a folder's rows: how it is made, the exit status, what is said."""
    path = row_file(folder, b"\n1000\ta9b7ba")
    rows, toc = path.read_bytes(), folder / "toc.dat"
    return {
        "cut off": (lambda: path.write_bytes(rows[:len(rows) // 2]), 3, "the rows are cut off"),
        "no end": (lambda: path.write_bytes(rows.replace(b"\n\\.\n", b"\n")), 3, "the rows are cut off"),
        "more": (lambda: path.write_bytes(rows + b"1\tx\n"), 3, "the rows go on behind their end"),
        "columns": (lambda: path.write_bytes(rows.replace(b"\n1000\t", b"\n1000\t1\t")), 5, "extra data"),
        "fewer": (lambda: toc.write_bytes(toc.read_bytes().replace(
            b"COPY public.large (id, name) FROM stdin;",
            b"COPY public.large FROM stdin WHERE id>0;")), 11, "the server took 60000 of 60007 rows"),
        "query": (lambda: toc.write_bytes(toc.read_bytes().replace(
            b"COPY public.large (id, name) FROM stdin;",
            b"SELECT 'it is no COPY', 'of any rows'  ;")), 3, "no COPY FROM STDIN"),
    }


@pytest.mark.parametrize("what", ["cut off", "no end", "more", "columns", "fewer", "query"])
def test_damaged_rows_change_nothing(large, database, what, tmp_path):
    folder = dump_folder(database, tmp_path, "-Z0")
    before = content(database)
    bring_about, code, said = damage(folder)[what]
    bring_about()
    result = large.run("restore", folder, "-j", "2", "--yes", database.name, check=False)
    assert (result.code, said in result.err) == (code, True), str(result)
    assert 'table "public.large"' in result.err
    assert content(database) == before
    assert database.asides() == [] and database.server.scratch_databases(large) == []


def test_a_flipped_bit_in_rows_is_named(large, database):
    folder, _ = backup(large, "-f", "directory", "--compress", "gzip")
    path = max((folder / "dump").glob("*.dat.gz"), key=lambda path: path.stat().st_size)
    stored = bytearray(path.read_bytes())
    stored[len(stored) // 2] ^= 4
    path.write_bytes(stored)
    before = content(database)
    result = large.run("restore", "latest", "-j", "2", "--yes", database.name, check=False)
    assert result.code == 11, str(result)
    assert f'"dump/{path.name}" has another content' in result.err
    assert content(database) == before
    assert database.asides() == [] and database.server.scratch_databases(large) == []


def test_a_row_that_was_changed_with_its_checksum_is_found(large, database):
    """The sum of a gzip is right, too: only the manifest's knows better."""
    folder, _ = backup(large, "-f", "directory", "--compress", "gzip")
    path = max((folder / "dump").glob("*.dat.gz"), key=lambda path: path.stat().st_size)
    rows = gzip.decompress(path.read_bytes())
    shutil.copy(path, path.with_suffix(".old"))
    path.write_bytes(gzip.compress(rows.replace(b"\n7\t", b"\n8\t"), mtime=0))
    path.with_suffix(".old").unlink()
    result = large.run("restore", "latest", "-j", "2", "--yes", database.name, check=False)
    assert result.code == 11 and f'"dump/{path.name}"' in result.err, str(result)
    assert database.asides() == []
