"""The private server: made, started, found again after faults, and stopped."""
import contextlib
import json
import os
import pwd
import select
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path

import httpx
import psycopg2
import psycopg2.errors
import psycopg2.extensions
import pytest
from support.project import Project, program
from support.wait import until
from support.server import NoServer, find_program, quick_folder
from support.serving import serving

AS_ROOT = os.geteuid() == 0


@pytest.fixture(scope="module", autouse=True)
def programs():
    try:
        find_program("initdb")
    except NoServer as reason:
        pytest.skip(str(reason))


@pytest.fixture
def folder():
    """A folder that another user can enter, unlike pytest's."""
    top = tempfile.mkdtemp(prefix="retort-", dir=quick_folder())
    os.chmod(top, 0o755)
    yield Path(top)
    shutil.rmtree(top, ignore_errors=True)


@pytest.fixture
def shop(folder):
    """A project without a server yet; what it starts is stopped at the end."""
    project = Project(folder / "My Shöp")
    yield project
    project.run("db", "stop")


def status(project, **options):
    return json.loads(project.run("db", "status", "--json", **options).out)


def value(url, sql):
    with contextlib.closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0] if cursor.description else None


def kill_and_wait(pid):
    """Kills a process and waits until it has gone."""
    watched = os.pidfd_open(pid)
    os.kill(pid, signal.SIGKILL)
    assert select.select([watched], [], [], 30)[0], f"process {pid} does not go"
    os.close(watched)


def test_start_makes_it_and_prints_its_url(shop):
    assert status(shop)["state"] == "none"
    url = shop.run("db", "start").out.strip()
    assert value(url, "select current_user || ' ' || current_database()") == "my_shop_owner my_shop"
    assert status(shop)["state"] == "running"
    assert shop.run("db", "url").out.strip() == url


def test_data_outlives_a_restart(shop):
    url = shop.run("db", "start").out.strip()
    value(url, "create table kept (); ")
    shop.run("db", "stop")
    assert status(shop)["state"] == "stopped"
    with pytest.raises(psycopg2.OperationalError):
        value(url, "select 1")
    assert shop.run("db", "start").out.strip() == url
    assert value(url, "select to_regclass('kept')") == "kept"


def test_stop_and_start_twice_are_fine(shop):
    assert "does not run" in shop.run("db", "stop").err
    shop.run("db", "start")
    before = status(shop)["pid"]
    shop.run("db", "start")
    assert status(shop)["pid"] == before
    shop.run("db", "stop")
    assert "does not run" in shop.run("db", "stop").err


def test_only_its_user_can_reach_it(shop):
    url = shop.run("db", "start").out.strip()
    facts = status(shop)
    socket = os.stat(facts["socket"])
    assert stat.S_IMODE(socket.st_mode) == 0o700
    assert socket.st_uid == pwd.getpwnam(facts["user"]).pw_uid != 0
    assert stat.S_IMODE(os.stat(facts["data"]).st_mode) == 0o700
    assert value(url, "show listen_addresses") == ""
    assert len(os.path.join(facts["socket"], ".s.PGSQL.5432")) < 107


def test_roles_have_what_they_need_and_no_more(shop):
    owner = shop.run("db", "start").out.strip()
    app = shop.run("db", "url", "--app").out.strip()
    rights = "select rolsuper::int || '' || rolcreatedb::int || rolcreaterole::int" \
        " from pg_roles where rolname = current_user"
    assert value(owner, rights) == "011"
    assert value(app, rights) == "000"
    value(owner, "create table item ()")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        value(app, "select count(*) from item")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        value(app, "create table own ()")


def test_it_survives_the_program_that_started_it(shop):
    """Also one that is killed with its whole process group."""
    child = subprocess.Popen([program(), "db", "start"], cwd=shop.folder, env=shop.environment(),
                             stdout=subprocess.PIPE, start_new_session=True, text=True)
    url = child.stdout.readline().strip()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    assert value(url, "select 1") == 1


@pytest.mark.parametrize("moment", range(6))
def test_a_start_that_is_killed_is_taken_up_again(shop, moment):
    """Killed when the next file appears in .retort, at whichever stage that is."""
    child = subprocess.Popen([program(), "db", "start"], cwd=shop.folder, env=shop.environment(),
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    home = shop.folder / ".retort"
    pattern = ["lock", "pg*.new-*", "pg*.new-*/PG_VERSION", "pg*.new-*/global/pg_control",
               "pg*.run", "pg*.log"][moment]
    watched = os.pidfd_open(child.pid)
    deadline = time.monotonic() + 60
    while not list(home.glob(pattern)) and time.monotonic() < deadline:
        if select.select([watched], [], [], 0.005)[0]:
            break
    os.close(watched)
    child.kill()
    child.wait()
    url = shop.run("db", "start").out.strip()
    assert value(url, "select current_user") == "my_shop_owner"
    shop.run("db", "stop")
    shop.run("db", "start")
    assert not list(home.glob("*.new*"))


def major():
    text = subprocess.check_output([find_program("postgres"), "--version"], text=True)
    return text.split()[2].split(".")[0]


def test_a_killed_server_is_started_again(shop):
    url = shop.run("db", "start").out.strip()
    value(url, "create table kept ()")
    pid = status(shop)["pid"]
    kill_and_wait(pid)
    assert shop.run("db", "start").out.strip() == url
    assert status(shop)["pid"] != pid
    assert value(url, "select to_regclass('kept')") == "kept"


def test_a_number_in_the_pid_file_that_is_another_programs_by_now(shop):
    url = shop.run("db", "start").out.strip()
    facts = status(shop)
    kill_and_wait(facts["pid"])
    pid_file = Path(facts["data"]) / "postmaster.pid"
    lines = pid_file.read_text().splitlines(keepends=True)
    for stranger in (os.getpid(), 1):
        lines[0] = f"{stranger}\n"
        pid_file.write_text("".join(lines))
        until(lambda: status(shop)["state"] == "stopped", what="the end of its last processes")
        assert shop.run("db", "start").out.strip() == url
        assert value(url, "select 1") == 1
        kill_and_wait(status(shop)["pid"])


def test_many_starts_at_once_make_one_server(shop):
    children = [shop.start("db", "start") for _ in range(5)]
    results = [child.communicate(timeout=120) for child in children]
    assert [child.returncode for child in children] == [0] * 5, results
    assert len({out for out, _ in results}) == 1
    assert value(results[0][0].strip(), "select 1") == 1


def test_a_socket_that_somebody_removed_comes_back(shop):
    url = shop.run("db", "start").out.strip()
    shutil.rmtree(status(shop)["socket"])
    assert shop.run("db", "start").out.strip() == url
    assert value(url, "select 1") == 1


def test_data_that_somebody_removed_under_the_server_is_made_anew(shop):
    url = shop.run("db", "start").out.strip()
    value(url, "create table lost ()")
    old = os.pidfd_open(status(shop)["pid"])
    shutil.rmtree(shop.folder / ".retort")
    assert shop.run("db", "start").out.strip() == url
    assert select.select([old], [], [], 30)[0], "the old server still runs"
    os.close(old)
    assert value(url, "select to_regclass('lost')") is None


def test_nothing_is_left_of_a_killed_server_that_is_stopped(shop):
    shop.run("db", "start")
    facts = status(shop)
    kill_and_wait(facts["pid"])
    shop.run("db", "stop")
    assert not os.path.exists(facts["socket"])


def test_a_folder_that_somebody_else_put_in_place_is_not_trusted(shop):
    socket = Path(status(shop)["socket"])
    socket.mkdir(mode=0o777)
    socket.chmod(0o777)
    refused = shop.run("db", "start", check=False)
    socket.rmdir()
    assert refused.code == 3
    assert f'"{socket}" is not a folder that only user' in refused.err
    socket.symlink_to("/tmp")
    refused = shop.run("db", "start", check=False)
    socket.unlink()
    assert refused.code == 3


def test_a_broken_configuration_is_told_from_the_log(shop):
    shop.run("db", "start")
    facts = status(shop)
    shop.run("db", "stop")
    with open(Path(facts["data"]) / "postgresql.conf", "a", encoding="utf-8") as file:
        file.write("shared_buffers = 'many'\n")
    refused = shop.run("db", "start", check=False)
    assert refused.code == 7
    assert "the private server did not start:" in refused.err
    assert facts["log"] in refused.err


def test_without_programs_the_package_is_named(shop):
    refused = shop.run("db", "start", check=False, env={"RETORT_PGBIN": "/nonexistent"})
    assert refused.code == 7
    assert 'RETORT_PGBIN is "/nonexistent"' in refused.err
    assert "hint: " in refused.err and "install postgresql" in refused.err
    assert not (shop.folder / ".retort" / f"pg{major()}").exists()


def test_data_of_a_version_that_is_not_installed_is_not_touched(shop):
    data = shop.folder / ".retort" / "pg98"
    data.mkdir(parents=True)
    refused = shop.run("db", "start", check=False)
    assert refused.code == 7
    assert "PostgreSQL 98" in refused.err and "install" in refused.err
    assert [path.name for path in data.parent.glob("pg*")] == ["pg98"]


def test_psql_is_run_on_it(shop):
    done = shop.run("db", "psql", "--", "-XAtc", "select current_user")
    assert done.out == "my_shop_owner\n"
    done = shop.run("db", "psql", "--", "-XAtc", "select nonsense", check=False)
    assert done.code == 1 and "nonsense" in done.err


def test_psql_takes_the_named_database(project, database):
    done = project.run("db", "psql", "--", "-XAtc", "select current_database()")
    assert done.out.strip() == database.name
    assert not (project.folder / ".retort").exists()


def test_nothing_is_made_by_itself_where_nobody_sits(offline):
    refused = offline.run("current", check=False, env={"CI": "true"})
    assert refused.code == 4
    assert "no database is named, and CI is set" in refused.err
    assert not (offline.folder / ".retort").exists()
    refused = offline.run("current", "--private", "--database-url", "dbname=x", check=False)
    assert refused.code == 2


def test_private_says_that_it_is_meant(shop, database):
    environment = {"CI": "true", "DATABASE_URL": database.url, "PGHOSTADDR": "127.0.0.1"}
    done = shop.run("ensure_version", "--private", env=environment)
    assert ".retort" in done.err
    assert status(shop)["state"] == "running"
    assert database.value("select to_regnamespace('retort')") is None


def test_a_major_that_is_no_number_is_named_with_its_line(offline):
    offline.configure("[private]\nmajor = new\n")
    refused = offline.run("db", "start", check=False)
    assert refused.code == 3
    assert 'retort.ini:2: "major" must be a whole number' in refused.err


def test_an_unknown_action_is_a_usage_error(offline):
    refused = offline.run("db", "begin", check=False)
    assert refused.code == 2 and "start, stop, status, url or psql" in refused.err


@pytest.mark.skipif(not AS_ROOT, reason="needs root, to be somebody else")
class TestAsRoot:
    def test_the_server_is_the_folder_owners(self, folder):
        owner = pwd.getpwnam("nobody")
        project = Project(folder / "theirs")
        os.chown(project.folder, owner.pw_uid, owner.pw_gid)
        url = project.run("db", "start").out.strip()
        try:
            facts = status(project)
            assert facts["user"] == owner.pw_name
            assert os.stat(f"/proc/{facts['pid']}").st_uid == owner.pw_uid
            assert value(url, "select 1") == 1
            left = [path for path in (project.folder / ".retort").iterdir()
                    if path.stat().st_uid != owner.pw_uid]
            assert left == []
        finally:
            project.run("db", "stop")

    def test_the_owner_goes_on_with_what_root_began(self, folder):
        owner = pwd.getpwnam("nobody")
        project = Project(folder / "theirs")
        os.chown(project.folder, owner.pw_uid, owner.pw_gid)
        url = project.run("db", "start").out.strip()
        reachable = shutil.copy(program(), folder)  # the build may lie where only root can go

        def as_owner(*words):
            return subprocess.run(
                [reachable, *words], cwd=project.folder, env=project.environment(), text=True,
                capture_output=True, user=owner.pw_uid, group=owner.pw_gid, extra_groups=[],
                timeout=120)
        for words in (["stop"], ["start"], ["stop"]):
            done = as_owner("db", *words)
            assert done.returncode == 0, done.stderr
        assert project.run("db", "start").out.strip() == url
        project.run("db", "stop")

    def test_data_lies_elsewhere_if_the_server_cannot_enter(self):
        top = tempfile.mkdtemp(prefix="retort-", dir=quick_folder())  # mode 0700, root's
        project = Project(Path(top) / "shop")
        try:
            url = project.run("db", "start").out.strip()
            facts = status(project)
            assert facts["data"].startswith("/var/lib/retort/")
            assert value(url, "select 1") == 1
        finally:
            project.run("db", "stop")
            shutil.rmtree(Path(facts["data"]).parent, ignore_errors=True)
            shutil.rmtree(top)

    def test_a_strict_umask_does_not_lock_the_server_out(self, folder):
        project = Project(folder / "strict")
        os.chmod(project.folder, 0o755)
        done = subprocess.run(["sh", "-c", 'umask 077; exec "$0" db start', program()],
                              cwd=project.folder, env=project.environment(), text=True,
                              capture_output=True, timeout=120)
        try:
            assert done.returncode == 0, done.stderr
            assert value(done.stdout.strip(), "select 1") == 1
        finally:
            project.run("db", "stop")


def test_public_is_closed_to_the_app_role(shop):
    """Before version 15 everybody may create there, which the server refuses to work with."""
    owner = shop.run("db", "start").out.strip()
    app = shop.run("db", "url", "--app").out.strip()
    value(owner, "create table mine ()")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        value(app, "create table yours ()")
    value(owner, "create database another")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        value(psycopg2.extensions.make_dsn(app, dbname="another"), "create table yours ()")


def test_its_closed_public_is_no_difference(shop):
    shop.model("create table item (id int primary key);\n")
    shop.run("revision", "--private", "--autogenerate", "-m", "items")
    text = next((shop.folder / "migrations").glob("*.sql")).read_text()
    assert "GRANT" not in text and "REVOKE" not in text
    shop.run("upgrade", "--private", "head")
    shop.run("check", "--private")


def test_the_private_server_can_be_served(shop):
    shop.write("api/one.sql", "-- GET /one\n-- returns: scalar\nSELECT 1;\n")
    with serving(shop, "--private") as retort:
        assert httpx.get(retort.url + "/one").json() == 1
        assert "may create" not in retort.said()


def test_the_owner_role_makes_roles(shop):
    """As docs/access.md has it."""
    owner = shop.run("db", "start").out.strip()
    value(owner, "create role shop_reader nologin")
    value(owner, "grant shop_reader to my_shop_app")
    app = shop.run("db", "url", "--app").out.strip()
    assert value(app, "select pg_has_role('shop_reader', 'member')") is True
    value(owner, "drop role shop_reader")


def test_a_server_of_an_earlier_form_is_made_up(shop):
    owner = shop.run("db", "start").out.strip()
    ready = next((shop.folder / ".retort").glob("*.ready"))
    ready.write_text("")
    admin = psycopg2.extensions.make_dsn(owner, user="postgres")
    value(admin, "alter role my_shop_owner nocreaterole")
    value(admin, "grant create on schema public to public")
    shop.run("db", "start")
    assert value(owner, "select rolcreaterole from pg_roles where rolname = current_user") is True
    if int(value(owner, "show server_version_num")) < 150000:
        assert not value(owner, "select has_schema_privilege('my_shop_app', 'public', 'create')")
