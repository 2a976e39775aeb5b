"""Fixtures of the end-to-end tests. The program and the server are real.

    server         the server of tools/with-server (DATABASE_URL), else a throw-away one; of several
                   workers each has its own
    database       a new, empty database: .url .name .execute() .value() .psql() .dump()
    new_database   makes further ones: new_database()
    project        a folder with retort.ini, models/, migrations/, whose DATABASE_URL is
                   `database`: .run("upgrade", "head", check=False) gives .code .out .err;
                   .model(sql) .revision(id, up, down, revises=…) .write(path, text)
    offline        the same without any database
    needs_dump     skips where no pg_dump that is installed reads the server
    own_server     a server of the test's own, to break: .stop(mode) .start() .data .folder
    standby        a standby of own_server

RETORT names another program than build/retort.
"""
import os
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))  # support/, corpus/ …

from support.project import Project, program  # noqa: E402
from support.server import any_server, or_skip, private_server, standby_of  # noqa: E402


def pytest_configure(config):
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_IGN:  # of who runs us in the background
            signal.signal(number, signal.SIG_DFL)
    config.addinivalue_line("markers", "long: takes minutes; runs with make test-long only")


@pytest.fixture(scope="session", autouse=True)
def built_program():
    if not os.access(program(), os.X_OK):
        pytest.exit(f'no program "{program()}": run "make build"', returncode=1)


@pytest.fixture(scope="session")
def server():
    alone = os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0"
    with or_skip(any_server() if alone else private_server()) as found:
        yield found


@pytest.fixture
def needs_dump(server):
    if not server.has_dump:
        pytest.skip(f"no pg_dump for a server of version {server.version // 10000}")


@pytest.fixture
def own_server():
    with or_skip(private_server()) as found:
        yield found


@pytest.fixture
def standby(own_server):
    """A standby of own_server."""
    with standby_of(own_server) as found:
        yield found


@pytest.fixture
def new_database(server):
    made = []

    def make():
        made.append(server.create())
        return made[-1]

    yield make
    for database in made:
        database.drop()


@pytest.fixture
def database(new_database):
    return new_database()


@pytest.fixture
def project(tmp_path, database):
    return Project(tmp_path / "project", database.url)


@pytest.fixture
def offline(tmp_path):
    return Project(tmp_path / "project")
