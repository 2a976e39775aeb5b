"""A PostgreSQL server for tests: the one of tools/with-server, or a throw-away one of our own.

The server is real; nothing here stands in for it. It listens on a Unix socket in a short
folder and is removed at the end.
"""
import contextlib
import functools
import hashlib
import itertools
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg2
import pytest

from support import reading
from support.wait import until

USER = "postgres"
counter = itertools.count(1)


class NoServer(Exception):
    """There is no server, and none can be started; the text says why."""


def find_program(name):
    """The path of a PostgreSQL program such as pg_dump."""
    folders = [os.environ.get("RETORT_PGBIN")]
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        folders.append(subprocess.check_output(["pg_config", "--bindir"], text=True).strip())
    root = "/usr/lib/postgresql"
    if os.path.isdir(root):
        versions = sorted((v for v in os.listdir(root) if v.isdigit()), key=int, reverse=True)
        folders += [os.path.join(root, version, "bin") for version in versions]
    for folder in filter(None, folders):
        if os.access(os.path.join(folder, name), os.X_OK):
            return os.path.join(folder, name)
    found = shutil.which(name)
    if found is None:
        raise NoServer(f'no "{name}": install postgresql or set RETORT_PGBIN')
    return found


def clean_environment(**extra):
    """The environment without any setting of libpq or Retort, plus what is given."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PG", "RETORT", "DATABASE_URL", "DIRECT_URL", "SCRATCH_URL",
                               "SERVE_DATABASE_URL"))
    }
    if "RETORT_PGBIN" in os.environ:
        kept["RETORT_PGBIN"] = os.environ["RETORT_PGBIN"]
    kept.update(extra)
    return kept


class Database:
    """One database of a server."""

    def __init__(self, server, name):
        self.server = server
        self.name = name
        self.url = server.url_of(name)

    def connect(self, autocommit=True):
        connection = psycopg2.connect(self.url)
        connection.autocommit = autocommit
        return connection

    def execute(self, sql, parameters=None):
        """The rows of one statement run in its own transaction; [] if it gives none."""
        with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    def end_backend(self, pid):
        """Ends a server process and waits until it is gone."""
        self.execute(
            "do $$ begin perform pg_terminate_backend(%(pid)s);"
            " while exists (select from pg_stat_activity where pid = %(pid)s) loop"
            " perform pg_stat_clear_snapshot(), pg_sleep(0.01); end loop; end $$", {"pid": pid})

    def value(self, sql, parameters=None):
        """The first column of the first row."""
        return self.execute(sql, parameters)[0][0]

    def asides(self):
        """The names of those that restores of it have put aside."""
        return self.server.databases(f"{self.name}\\_before\\_%")

    def psql(self, text, single_transaction=False, check=True, args=()):
        """Runs a script as psql does; gives the finished process."""
        words = [find_program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url, *args]
        if single_transaction:
            words.append("--single-transaction")
        done = subprocess.run(
            words, input=text, text=True, capture_output=True, env=clean_environment(), timeout=600
        )
        if check and done.returncode != 0:
            raise RuntimeError(f"psql on {self.name}: {done.stderr.strip()}")
        return done

    def dump(self, *args):
        """pg_dump --schema-only of it, without the lines whose word is new each time.

        Where no pg_dump reads so new a server, what support/reading.py tells of it.
        """
        if not self.server.has_dump:
            return reading.read(self.connect(), "retort" if "--exclude-schema=retort" in args else "")
        words = [find_program("pg_dump"), "--schema-only", "-d", self.url, *args]
        done = subprocess.run(
            words, text=True, capture_output=True, env=clean_environment(), timeout=600
        )
        if done.returncode != 0:
            raise RuntimeError(f"pg_dump of {self.name}: {done.stderr.strip()}")
        return re.sub(r"^\\(un)?restrict .*\n", "", done.stdout, flags=re.MULTILINE)

    def drop(self):
        """With what restores of it have put aside."""
        for name in self.asides():
            self.server.admin(f'drop database "{name}" with (force)')
        self.server.admin(f'drop database if exists "{self.name}" with (force)')


class Server:
    """A running server, reached as a superuser."""

    def __init__(self, url, folder=None):
        self.url = url
        self.folder = folder  # of a server of our own, else None

    @functools.cached_property
    def version(self):
        """As 150004."""
        return int(self.admin("show server_version_num")[0][0])

    @functools.cached_property
    def has_dump(self):
        """Whether there is a pg_dump that reads this server: it refuses one newer than itself."""
        said = subprocess.check_output([find_program("pg_dump"), "--version"], text=True)
        return int(re.search(r"\) (\d+)", said)[1]) >= self.version // 10000

    def url_of(self, name):
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(path="/" + quote(name, safe="")))

    def as_role(self, url, role):
        """The same URL for another role."""
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        query = urlencode([(k, v) for k, v in parse_qsl(parts.query) if k != "user"], safe="/")
        return urlunsplit(parts._replace(netloc=f"{quote(role, safe='')}@{host}", query=query))

    def admin(self, sql):
        """Runs one statement in the maintenance database."""
        with contextlib.closing(psycopg2.connect(self.url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []

    def databases(self, like):
        """The names of the databases that are like that."""
        return [name for name, in self.admin(
            f"select datname from pg_database where datname like '{like}' order by 1")]

    def scratch_databases(self, project):
        """Those of a project: their names begin with what is made of its folder's."""
        token = hashlib.sha256(str(project.folder.resolve()).encode()).hexdigest()[:8]
        return self.databases(f"retort\\_scratch\\_{token}%")

    def create(self, prefix="retort_test"):
        """A new database, empty as template0 is."""
        name = f"{prefix}_{os.getpid()}_{next(counter)}"
        self.admin(f'create database "{name}" template template0'
                   + (" strategy file_copy" if self.version >= 150000 else ""))
        return Database(self, name)

    @contextlib.contextmanager
    def database(self, prefix="retort_test"):
        database = self.create(prefix)
        try:
            yield database
        finally:
            database.drop()

    def make_roles(self, names):
        """Makes the roles that are missing; safe beside others who do the same."""
        for name in names:
            self.admin(
                "do $$ begin create role \"%s\"; exception when duplicate_object"
                " or unique_violation then null; end $$" % name.replace('"', '""')
            )


def run_as_server_user(words, **options):
    """PostgreSQL refuses root: as root the program runs as the user "postgres"."""
    if os.geteuid() == 0:
        words = ["runuser", "-u", USER, "--", *words]
    return subprocess.run(words, check=True, text=True, capture_output=True, **options)


class PrivateServer(Server):
    """A server of our own, which a test may stop, break and start again."""

    def __init__(self, folder, options=()):
        super().__init__(f"postgresql://{USER}@/postgres?host={quote(folder)}", folder)
        self.data = os.path.join(folder, "data")
        settings = [
            f"unix_socket_directories={folder}", "listen_addresses=", "fsync=off",
            "max_connections=200", "max_locks_per_transaction=512", *options,
        ]
        pairs = (setting.partition("=") for setting in settings)
        self.flags = " ".join(f"-c {key}='{value}'" for key, _, value in pairs)

    def control(self, *words):
        run_as_server_user(
            [find_program("pg_ctl"), "-D", self.data, *words], cwd="/", env=clean_environment())

    def initialise(self):
        run_as_server_user(
            [find_program("initdb"), "-D", self.data, "-A", "trust", "-U", USER, "-E", "UTF8",
             "--locale=C.UTF-8", "--no-sync"], cwd="/", env=clean_environment())

    def start(self, wait=True):
        """Returns when it takes connections, or at once."""
        self.control("-l", os.path.join(self.folder, "log"), "-w" if wait else "-W", "-o",
                     self.flags, "start")

    def stop(self, mode="immediate"):
        """Returns when it is down; one that is down already stays so."""
        if self.is_running():
            self.control("-m", mode, "-w", "stop")

    def pause_replay(self):
        """As a standby: what the primary writes from here on does not appear."""
        self.admin("select pg_wal_replay_pause()")
        state = ("pg_get_wal_replay_pause_state() = 'paused'" if self.version >= 140000
                 else "pg_is_wal_replay_paused()")
        until(lambda: self.admin(f"select {state}")[0][0])

    def is_running(self):
        return os.path.exists(os.path.join(self.data, "postmaster.pid"))


def quick_folder(needed=2 << 30):
    """Memory if there is enough: a new database, of which tests make many, is there in 30 ms."""
    memory = "/dev/shm"
    with contextlib.suppress(OSError):
        if os.access(memory, os.W_OK | os.X_OK) and shutil.disk_usage(memory).free >= needed:
            return memory
    return "/tmp"


@contextlib.contextmanager
def private_server(options=()):
    """Starts a server of our own; it is stopped and its folder removed at the end."""
    if threading.current_thread() is threading.main_thread():
        # Ended from outside, the server must go too: as an exception, which unwinds.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = tempfile.mkdtemp(prefix="retort-", dir=quick_folder())
    server = PrivateServer(folder, options)
    try:
        if os.geteuid() == 0:
            try:
                account = pwd.getpwnam(USER)
            except KeyError:
                raise NoServer(f'no user "{USER}": install postgresql') from None
            os.chown(folder, account.pw_uid, account.pw_gid)
        server.initialise()
        server.start()
        yield server
    finally:
        try:
            server.stop()
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def without_what_runs(folder, names):
    """For copytree(): files of the running server, and WAL, which a standby is sent."""
    if os.path.basename(folder) in ("pg_wal", "pg_stat_tmp"):
        return names
    return [name for name in names if name.startswith("postmaster.")]


def copy_cluster(primary, data):
    """Copies a running server as pg_basebackup does, which is not there of every major."""
    begin, end = (("pg_backup_start('copy', true)", "pg_backup_stop(false)")
                  if primary.version >= 150000 else
                  ("pg_start_backup('copy', true, false)", "pg_stop_backup(false, false)"))
    with contextlib.closing(psycopg2.connect(primary.url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(f"select {begin}")
        shutil.copytree(primary.data, data, ignore=without_what_runs)
        cursor.execute(f"select labelfile from {end}")
        with open(os.path.join(data, "backup_label"), "w", encoding="utf-8") as label:
            label.write(cursor.fetchone()[0])


def make_standby(server, primary):
    copy_cluster(primary, server.data)
    with open(os.path.join(server.data, "postgresql.auto.conf"), "a", encoding="utf-8") as settings:
        settings.write(f"primary_conninfo = '{primary.url}'\n")
    with open(os.path.join(server.data, "standby.signal"), "w", encoding="utf-8"):
        pass
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", f"{USER}:", server.data], check=True)


@contextlib.contextmanager
def standby_of(primary):
    """Starts a standby of a private server; it is stopped and its folder removed at the end."""
    folder = tempfile.mkdtemp(prefix="retort-", dir=quick_folder())
    if os.geteuid() == 0:
        shutil.chown(folder, USER, USER)
    server = PrivateServer(folder)
    try:
        make_standby(server, primary)
        server.start()
        yield server
    finally:
        try:
            server.stop()
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def or_skip(context):
    """The server of @context; where none can be started the test is skipped."""
    try:
        found = context.__enter__()
    except NoServer as reason:
        pytest.skip(str(reason))
    with contextlib.ExitStack() as stack:
        stack.push(context)
        yield found


@contextlib.contextmanager
def any_server():
    """The server of DATABASE_URL (tools/with-server), else one of our own."""
    url = os.environ.get("DATABASE_URL")
    if url:
        yield Server(url)
        return
    with private_server() as server:
        yield server
