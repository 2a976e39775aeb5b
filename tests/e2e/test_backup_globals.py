"""backup --globals: roles and tablespaces, kept beside the dump, and how a new server gets them."""
import re
import subprocess

import pytest

from support.content import backup
from support.project import Project
from support.server import clean_environment, or_skip, private_server

USAGE, INPUT = 2, 3


@pytest.fixture(scope="module")
def roles_server():
    """A server whose roles are the test's own."""
    with or_skip(private_server()) as found:
        yield found


@pytest.fixture
def shop(roles_server, tmp_path):
    """A project whose item is owned by a role with a password."""
    with roles_server.database() as database:
        database.execute("CREATE ROLE owner LOGIN PASSWORD 'open sesame'; CREATE ROLE readers;"
                         "GRANT readers TO owner; ALTER ROLE owner SET work_mem = '5MB';"
                         "CREATE TABLE item AS SELECT generate_series(1, 3) AS id;"
                         "ALTER TABLE item OWNER TO owner; GRANT SELECT ON item TO readers")
        project = Project(tmp_path / "project", database.url)
        project.server, project.database = roles_server, database
        yield project
    roles_server.admin("DROP ROLE owner, readers")


def drop_roles(shop):
    shop.database.execute("DROP TABLE item; DROP ROLE owner, readers")


def typed(shop, command):
    """What somebody would type, for the server under test."""
    command = command.replace("-d postgres", f"-d '{shop.server.url}'")
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True,
                          env=clean_environment())


def test_a_restore_says_where_missing_roles_come_from(shop):
    folder, manifest = backup(shop, "--globals")
    assert "globals.sql.zst" in [file["name"] for file in manifest["files"]]
    assert shop.run("verify").code == 0
    drop_roles(shop)
    words = ["restore", "latest", "--yes", shop.database.name]
    refused = shop.run(*words, check=False)
    assert refused.code == INPUT and 'no role "owner", "readers"' in refused.err
    command = re.search(r"^hint: or as the backup has them: (.*)$", refused.err, re.M)[1]
    assert command == f"zstd -dc '{folder}/globals.sql.zst' | psql -X -d postgres"
    elsewhere = {"DATABASE_URL": shop.server.url_of("not_there_yet")}
    preview = shop.run("restore", "latest", "--dry-run", env=elsewhere).out
    assert re.search(r"^roles that are missing +owner, readers$", preview, re.M)
    assert re.search(rf"^how to make them +{re.escape(command)}$", preview, re.M)
    typed(shop, command)
    shop.run(*words)
    assert shop.database.value("SELECT tableowner FROM pg_tables WHERE tablename = 'item'") == "owner"
    [found] = shop.server.admin(
        "SELECT rolpassword, pg_has_role('owner', 'readers', 'member'), setconfig FROM pg_authid"
        " JOIN pg_db_role_setting ON setrole = oid WHERE rolname = 'owner'")
    assert found == (None, True, ["work_mem=5MB"]), "without its password"


def test_they_need_no_superuser(shop):
    shop.database.execute("ALTER TABLE item OWNER TO readers; ALTER ROLE readers LOGIN;"
                          "REVOKE CONNECT ON DATABASE postgres, template1 FROM public")
    shop.url = shop.server.as_role(shop.url, "readers")
    shop.configure("[backup]\nglobals = yes\n")
    folder, _ = backup(shop, "--compress", "none")
    text = (folder / "globals.sql").read_text()
    assert "CREATE ROLE owner;" in text and "PASSWORD" not in text
    assert "globals" not in shop.run("backup", "-o", "-").out


def test_the_database_may_have_any_name(shop):
    name = "user=it's \\ \"x\""
    shop.server.admin('CREATE DATABASE "' + name.replace('"', '""') + '"')
    shop.url = shop.server.url_of(name)
    try:
        folder, _ = backup(shop, "--globals", "--compress", "none")
        assert "CREATE ROLE readers;" in (folder / "globals.sql").read_text()
    finally:
        shop.server.admin('DROP DATABASE "' + name.replace('"', '""') + '"')


def test_passwords_are_kept_by_superusers_and_encrypted_alone(shop, tmp_path):
    shop.configure("[backup]\nglobals = passwords\n")
    refused = shop.run("backup", check=False)
    assert refused.code == USAGE and "kept in encrypted backups alone" in refused.err
    key = tmp_path / "key.txt"
    subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True)
    public = subprocess.check_output(["age-keygen", "-y", key], text=True).strip()
    words = ["--recipient", public, "--globals", "--compress", "gzip"]
    folder, _ = backup(shop, *words)
    assert b"SCRAM" not in (folder / "globals.sql.gz.age").read_bytes()
    drop_roles(shop)
    refused = shop.run("restore", "latest", "-i", key, "--yes", shop.database.name, check=False)
    command = re.search(r"^hint: or as the backup has them: (.*)$", refused.err, re.M)[1]
    typed(shop, command.replace("KEY", str(key)))
    [[password]] = shop.server.admin("SELECT rolpassword FROM pg_authid WHERE rolname = 'owner'")
    assert password.startswith("SCRAM-SHA-256$")
    shop.url = shop.server.as_role(shop.url, "owner")
    refused = shop.run("backup", *words, check=False)
    assert refused.code == USAGE and "only a superuser may read" in refused.err


def test_what_makes_no_sense_is_refused(offline):
    for text, words in (("all", []), ("no", ["--globals", "-o", "-"])):
        offline.configure(f"[backup]\nglobals = {text}\n")
        refused = offline.run("backup", *words, check=False,
                              env={"DATABASE_URL": "postgresql://127.0.0.1:1/none"})
        assert refused.code == (USAGE if words else INPUT) and "globals" in refused.err
        assert not (offline.folder / "backups").exists()
