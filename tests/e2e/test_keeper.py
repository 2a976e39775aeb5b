"""Backups by the library: a program that is not retort does what the commands do."""
import os
import subprocess
from pathlib import Path

import pytest

from support.content import SHOP, content, pg_dump
from support.project import program

INPUT, REFUSED, DAMAGED = 3, 9, 11


@pytest.fixture
def keeper(project, database):
    """Runs a function of the library: (lines that were printed, status, error)."""
    own = Path(program()).parent / "tests" / "handlers" / "keeper"
    database.execute(SHOP)

    def run(*words):
        done = subprocess.run([own, project.folder / "retort.ini", *words], text=True, cwd="/",
                              env=project.environment(None), capture_output=True, timeout=300)
        status, _, error = done.stderr[done.stderr.index("status "):].partition("\n")
        assert (done.returncode == 0) == (status == "status 0") == (error == ""), done.stderr
        return done.stdout.splitlines(), int(status.split()[1]), error

    return run


def test_backup_is_taken_proven_and_restored(keeper, project, database):
    before = content(database)
    (took,), status, _ = keeper("backup")
    assert status == 0
    assert "stored fault=- pinned=- " in took and f"database={database.name} revisions= rows=" in took
    assert took.endswith(" whole")
    identity = took.split()[1]
    assert keeper("verify", identity) == ([], 0, "")
    assert keeper("drill") == ([], 0, "")
    assert keeper("list")[0] == [took.replace("took", "has").replace("stored", "proven")]
    database.execute("TRUNCATE item CASCADE")
    changed = content(database)
    assert keeper("restore", "latest")[1] == REFUSED
    assert keeper("restore", "latest", "another")[1] == REFUSED
    assert content(database) == changed
    (aside,), status, _ = keeper("restore", "latest", database.name)
    assert (status, content(database)) == (0, before)
    assert aside.startswith(f"aside {database.name}_before_")
    assert keeper("forget", "another")[1] == REFUSED
    assert keeper("forget", database.name) == ([], 0, "")
    assert project.run("restore", "--forget", "--dry-run").out == ""


def test_a_dump_without_a_row_replaces_if_that_is_meant(keeper, project, database):
    dump = project.folder / "empty.dump"
    dump.write_bytes(pg_dump(database, "-Fc", "--schema-only"))
    before = content(database)
    _, status, error = keeper("restore", str(dump), database.name)
    assert status == INPUT and "the dump has not one row" in error
    assert content(database) == before
    assert keeper("restore-even-empty", str(dump), database.name)[1] == 0
    assert database.value("SELECT count(*) FROM item") == 0


def test_damage_is_said(keeper, project):
    keeper("backup", "directory")
    folder, = (project.folder / "backups").glob("2*")
    damaged, = folder.glob("dump/toc.dat")
    damaged.write_bytes(damaged.read_bytes()[:-1])
    lines, status, error = keeper("verify")
    assert (len(lines), status) == (1, DAMAGED)
    assert lines[0].startswith("wrong ") and "toc.dat" in lines[0] and "toc.dat" in error
    assert "broken" in keeper("list")[0][0]
    assert keeper("verify")[1] == DAMAGED


def test_what_is_pinned_stays(keeper, project):
    identities = sorted(keeper("backup")[0][0].split()[1] for _ in range(2))  # of one second: in any order
    assert keeper("pin", identities[0], "two\nlines")[1] == project.run(
        "pin", identities[0], "--why", "two\nlines", check=False).code
    assert keeper("pin", identities[0], "for the audit") == ([], 0, "")
    assert "pinned=for the audit" in keeper("list")[0][0]
    assert keeper("prune", "1 last", "dry") == keeper("prune", "1 last") == ([], 0, "")
    assert keeper("pin", identities[0])[1] == 0
    shown, _, _ = keeper("prune", "1 last", "dry")
    assert [line.split()[:2] for line in shown] == [["goes", identities[0]]]
    assert len(keeper("list")[0]) == 2
    keeper("prune", "1 last")
    assert [line.split()[1] for line in keeper("list")[0]] == identities[1:]


def test_errors_are_those_of_the_commands(keeper, project):
    assert keeper("verify", "2020")[1] == project.run("verify", "2020", check=False).code
    saved, status, _ = keeper("stream")
    assert status == 0 and any("COPY public.item" in line for line in saved)
