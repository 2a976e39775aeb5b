"""backup: what is stored, that it can be read by others, and what is refused."""
import json
import shutil
import subprocess

import pytest

from support.content import SHOP, backup, content, pg_dump, reseal
from support.server import clean_environment, find_program


@pytest.fixture
def shop(needs_dump, project, database):
    database.execute(SHOP)
    return project


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*")
                  if path.is_file() and path.name != "lock")


def stored(project):
    """All that is in the folder of backups, also what is not whole."""
    return [path.name for path in (project.folder / "backups").iterdir() if path.name != ".lock"]


def restored_by(words, dump, database):
    subprocess.run([find_program(words[0]), *words[1:], "-d", database.url], input=dump, check=True,
                   capture_output=True, env=clean_environment())
    return content(database)


def test_manifest_says_what_the_database_held(shop, database):
    folder, manifest = backup(shop)
    assert manifest["id"] == folder.name
    assert manifest["database"] == database.name
    assert manifest["format"] == "custom" and manifest["compression"] == "zstd"
    assert [row["name"] for row in manifest["extensions"]] == ["pgcrypto", "plpgsql"]
    tables = {row["name"]: row["rows"] for row in manifest["tables"]}
    assert tables == {"item": 1002, "order_new": 789, "order_old": 213}
    sequences = {row["name"]: (row["value"], row["called"]) for row in manifest["sequences"]}
    assert sequences == {"public.item_id_seq": (1002, True), "public.\"Odd 'name\"": (8, True)}
    assert manifest["large_objects"]["objects"] == 1
    assert manifest["large_objects"]["bytes"] == 10000
    assert names(folder) == ["dump.pgdump.zst", "manifest.json"]


def test_private_for_its_owner(shop):
    folder, _ = backup(shop)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "dump.pgdump.zst").stat().st_mode & 0o777 == 0o600


def test_custom_is_read_by_pg_restore(shop, database, new_database):
    folder, _ = backup(shop, "--compress", "none")
    dump = (folder / "dump.pgdump").read_bytes()
    assert restored_by(["pg_restore", "--exit-on-error"], dump, new_database()) == content(database)


def test_plain_is_read_by_psql(shop, database, new_database):
    folder, manifest = backup(shop, "-f", "plain", "--compress", "gzip:9")
    assert {row["name"] for row in manifest["sequences"]} == {"public.item_id_seq",
                                                              "public.\"Odd 'name\""}
    dump = subprocess.check_output(["zcat", folder / "dump.sql.gz"])
    psql = ["psql", "-X", "-v", "ON_ERROR_STOP=1"]
    assert restored_by(psql, dump, new_database()) == content(database)


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_directory_is_read_by_pg_restore(shop, database, new_database, jobs):
    folder, manifest = backup(shop, "-f", "directory", "-j", jobs, "--compress", "gzip")
    assert {row["name"] for row in manifest["files"]} == set(names(folder)) - {"manifest.json"}
    copy = new_database()
    subprocess.run([find_program("pg_restore"), "--exit-on-error", "-d", copy.url, folder / "dump"],
                   check=True, env=clean_environment())
    assert content(copy) == content(database)


def test_output_prints_what_pg_dump_prints(shop, database):
    printed = shop.run("backup", "-o", "-").out.encode()
    wanted = pg_dump(database)
    without = [line for line in printed.splitlines() if not line.startswith((b"\\restrict",
                                                                           b"\\unrestrict"))]
    assert without == [line for line in wanted.splitlines()
                       if not line.startswith((b"\\restrict", b"\\unrestrict"))]


def test_encrypted_is_read_with_the_key_alone(shop, database, new_database, tmp_path):
    key = tmp_path / "key"
    subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True)
    public = subprocess.check_output(["age-keygen", "-y", key], text=True).strip()
    folder, manifest = backup(shop, "--recipient", public, "--compress", "none")
    stored = (folder / "dump.pgdump.age").read_bytes()
    assert b"item 7" not in stored and b"CREATE TABLE" not in stored
    assert manifest["encryption"] == "age" and manifest["recipients"] == [public]
    dump = subprocess.check_output(["age", "-d", "-i", key, folder / "dump.pgdump.age"])
    assert restored_by(["pg_restore", "--exit-on-error"], dump, new_database()) == content(database)


def test_directory_is_not_encrypted(shop):
    result = shop.run("backup", "-f", "directory", "--compress", "gzip", "--recipient", "age1x",
                      check=False)
    assert result.code == 2
    assert 'the format "directory" cannot be encrypted' in result.err
    assert stored(shop) == []


def test_wrong_recipient_leaves_nothing(shop):
    result = shop.run("backup", "--recipient", "age1nobody", check=False)
    assert result.code == 7
    assert "age1nobody" in result.err
    assert stored(shop) == []


@pytest.mark.parametrize("words, fault", [
    (["--format", "zip"], "must be custom, directory or plain"),
    (["--jobs", "0"], "must be a whole number from 1 to 64"),
    (["--compress", "zstd:99"], "must be none, gzip or zstd"),
    (["--compress", "none:1"], "must be none, gzip or zstd"),
])
def test_bad_option_is_named(project, words, fault):
    result = project.run("backup", *words, check=False)
    assert result.code == 2
    assert fault in result.err and words[0] in result.err


def test_bad_setting_has_its_place(project):
    project.configure("[backup]\nformat = zip\n")
    result = project.run("backup", check=False)
    assert result.code == 3
    assert "retort.ini:2" in result.err


def test_database_must_be_named(offline):
    result = offline.run("backup", check=False)
    assert result.code == 4
    assert "--private" in result.err


def test_failing_pg_dump_leaves_nothing(shop, database, server):
    role = f"weak_{database.name}"
    server.make_roles([role])
    database.execute(f'ALTER ROLE "{role}" LOGIN')
    url = server.as_role(database.url, role)
    result = shop.run("backup", env={"DATABASE_URL": url}, check=False)
    database.execute(f'DROP ROLE "{role}"')
    assert result.code in (5, 7)
    assert "permission denied" in result.err
    assert stored(shop) == []


def test_drill_proves_it(shop):
    folder, _ = backup(shop)
    result = shop.run("drill")
    assert f"{folder.name} is proven" in result.err
    proven = json.loads((folder / "proven.json").read_text())
    assert proven["good"] is True


@pytest.mark.parametrize("words", [["-f", "plain"], ["-f", "directory", "--compress", "none"],
                                   ["--compress", "gzip"]])
def test_every_format_is_proven(shop, words):
    backup(shop, *words)
    shop.run("drill")


def test_drill_leaves_no_database(shop, server):
    backup(shop)
    shop.run("drill")
    found = server.admin("select datname from pg_database where datname like 'retort_scratch%'")
    mine = [name for name, in found if name.startswith("retort_scratch")]
    assert not [name for name in mine
                if not server.admin("select 1 from pg_stat_activity where datname = '%s'" % name)]


def test_drill_finds_a_row_that_the_manifest_has_not(shop):
    folder, manifest = backup(shop)
    for table in manifest["tables"]:
        if table["name"] == "item":
            table["rows"] += 1
    reseal(folder, manifest)
    result = shop.run("drill", check=False)
    assert result.code == 11
    assert "item" in result.out and "1003" in result.out and "1002" in result.out
    assert json.loads((folder / "proven.json").read_text())["good"] is False


def test_drill_finds_other_content(shop):
    folder, manifest = backup(shop)
    for table in manifest["tables"]:
        if table["name"] == "item":
            table["hash"] = str(int(table["hash"]) + 1)
    reseal(folder, manifest)
    result = shop.run("drill", check=False)
    assert result.code == 11
    assert "item" in result.out


def test_drill_finds_another_position_of_a_sequence(shop):
    folder, manifest = backup(shop)
    manifest["sequences"][0]["value"] += 1
    reseal(folder, manifest)
    result = shop.run("drill", check=False)
    assert result.code == 11
    assert "sequence" in result.out


def test_drill_finds_a_flipped_bit(shop):
    folder, _ = backup(shop)
    dump = folder / "dump.pgdump.zst"
    stored = bytearray(dump.read_bytes())
    stored[len(stored) // 2] ^= 1
    dump.write_bytes(stored)
    result = shop.run("drill", check=False)
    assert result.code == 11
    assert "cannot be restored" in result.out


def test_drill_of_what_is_encrypted_needs_the_key(shop, tmp_path):
    key = tmp_path / "key"
    subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True)
    public = subprocess.check_output(["age-keygen", "-y", key], text=True).strip()
    folder, _ = backup(shop, "--recipient", public)
    result = shop.run("drill", check=False)
    assert result.code == 2
    assert "--identity" in result.err
    assert not (folder / "proven.json").exists()
    shop.run("drill", "-i", key)
    shop.run("drill", env={"RETORT_IDENTITY": str(key)})


def test_what_a_drill_lacks_is_not_held_against_the_backup(shop, tmp_path):
    """The wrong key, no pg_restore: neither says anything of the backup."""
    keys = [tmp_path / "key", tmp_path / "other"]
    for key in keys:
        subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True)
    public = subprocess.check_output(["age-keygen", "-y", keys[0]], text=True).strip()
    folder, _ = backup(shop, "--recipient", public)
    result = shop.run("drill", "-i", keys[1], check=False)
    assert result.code == 7 and "no identity matched" in result.err
    missing = {"RETORT_PGBIN": str(tmp_path), "PATH": tools_without_clients(tmp_path)}
    result = shop.run("drill", "-i", keys[0], env=missing, check=False)
    assert result.code == 7 and '"pg_restore"' in result.err and "postgresql-client" in result.err
    assert not (folder / "proven.json").exists()
    dump = folder / "dump.pgdump.zst.age"
    stored = bytearray(dump.read_bytes())
    stored[-9] ^= 1
    dump.write_bytes(stored)
    result = shop.run("drill", "-i", keys[0], check=False)
    assert result.code == 11
    assert json.loads((folder / "proven.json").read_text())["good"] is False


def tools_without_clients(folder):
    """A PATH with age alone."""
    place = folder / "bin"
    place.mkdir()
    (place / "age").symlink_to(shutil.which("age"))
    return str(place)


def test_without_a_pg_dump_the_package_is_named(project, server, tmp_path):
    """Where all that are installed are too old, as they are; else as if there were none."""
    none = {"RETORT_PGBIN": str(tmp_path), "PATH": str(tmp_path)} if server.has_dump else {}
    result = project.run("backup", env=none, check=False)
    major = server.version // 10000
    assert result.code == 7
    assert f'the program "pg_dump" of PostgreSQL version {major}' in result.err
    assert f"postgresql-client-{major}" in result.err
    assert not (project.folder / "backups").exists() or stored(project) == []


def holds(database, key):
    """Whether a run (1) or a backup (2) is there, or waits to be."""
    return database.value("select count(*) from pg_locks where locktype = 'advisory'"
                          f" and classid = 1919251567 and objid = {key}") > 0


def test_backup_waits_for_a_run_and_says_so(shop, database):
    shop.revision("a1", "create table one ();", "drop table one;")
    connection = database.connect(autocommit=False)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock_shared(1919251567, 1)")
    result = shop.run("backup", "--wait", "0", check=False)
    assert result.code == 10
    assert "a run of revisions" in result.err
    connection.close()
    backup(shop)


def test_run_waits_for_a_backup_and_says_so(shop, database):
    shop.revision("a1", "create table one ();", "drop table one;")
    connection = database.connect(autocommit=False)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock_shared(1919251567, 2)")
    result = shop.run("upgrade", "head", "--wait", "0", check=False)
    assert result.code == 10
    assert "a backup" in result.err
    child = shop.start("upgrade", "head")
    assert any("Waiting for a backup" in line for line in child.stderr)
    connection.close()
    child.communicate(timeout=60)
    assert child.returncode == 0
    assert not holds(database, 1)


@pytest.mark.parametrize("words", [["--recipient", "age1x"], ["--compress", "zstd"], ["-f", "custom"]])
def test_plain_stream_is_nothing_else(offline, words):
    """Nobody holds for encrypted what is not."""
    refused = offline.run("backup", "-o", "-", *words, check=False)
    assert refused.code == 2 and "plain SQL" in refused.err
