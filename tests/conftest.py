"""Fixtures of the end-to-end tests. The program and the server are real.

    server         the server of tools/with-server (DATABASE_URL), else a throw-away one
    database       a new, empty database: .url .name .execute() .value() .psql() .dump()
    new_database   makes further ones: new_database()
    project        a folder with retort.ini, models/, migrations/, whose DATABASE_URL is
                   `database`: .run("upgrade", "head", check=False) gives .code .out .err;
                   .model(sql) .revision(id, up, down, revises=…) .write(path, text)
    offline        the same without any database
    own_server     a server of the test's own, to break: .stop(mode) .start() .data .folder

RETORT names another program than build/retort.
"""
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))  # support/, corpus/ …

from support.project import Project, program  # noqa: E402
from support.server import NoServer, any_server, private_server  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes minutes; runs with make test-long only")


@pytest.fixture(scope="session", autouse=True)
def built_program():
    if not os.access(program(), os.X_OK):
        pytest.exit(f'no program "{program()}": run "make build"', returncode=1)


@pytest.fixture(scope="session")
def server():
    try:
        context = any_server()
        found = context.__enter__()
    except NoServer as reason:
        pytest.skip(str(reason))
    yield found
    context.__exit__(None, None, None)


@pytest.fixture
def own_server():
    try:
        context = private_server()
        found = context.__enter__()
    except NoServer as reason:
        pytest.skip(str(reason))
    yield found
    context.__exit__(None, None, None)


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
