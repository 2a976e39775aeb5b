"""Backups, drills and restores that are cut off: killed, their pg_dump killed, or their server.

RETORT_SEED repeats the moments of a run; the seed is in the output of a test that failed.
"""
import json
import os
import random
import subprocess
import time
from pathlib import Path

import pytest

from support.content import SHOP, backup, content
from support.project import Project
from support.wait import until

SEED = int(os.environ.get("RETORT_SEED", random.randrange(10**6)))
TIMES = pytest.mark.parametrize("times", [4, pytest.param(100, marks=pytest.mark.long)])
FEW_TIMES = pytest.mark.parametrize("times", [2, pytest.param(100, marks=pytest.mark.long)])

MORE = """
CREATE TABLE many AS SELECT n, md5(n::text) AS text FROM generate_series(1, 60000) n;
CREATE INDEX ON many (text);
"""


@pytest.fixture
def shop(needs_dump, project, database):
    database.execute(SHOP)
    database.execute(MORE)
    return project


def moments(project, words, times):
    """Random moments of a run that takes as long as an undisturbed one, the end included."""
    begun = time.monotonic()
    project.run(*words)
    whole = time.monotonic() - begun
    print(f"RETORT_SEED={SEED}")
    return [random.Random(SEED + number).random() * whole * 1.1 for number in range(times)]


def run_until(project, words, moment, disturb):
    """Lets it go on for so long, disturbs it if it has not ended, waits for its end."""
    child = project.start(*words)
    try:
        child.communicate(timeout=moment)
    except subprocess.TimeoutExpired:
        disturb(child)
        try:
            child.communicate(timeout=120)
        finally:
            child.kill()
    return child.returncode


def kill(child):
    child.kill()


def kill_program(child):
    """One of the programs that it runs; if there is none, nothing.

    Of programs alone: the leak checker's own child is a copy of its parent, which waits for it
    forever.
    """
    try:
        tasks = list(Path(f"/proc/{child.pid}/task").iterdir())
        pids = [pid for task in tasks for pid in (task / "children").read_text().split()]
        own = os.readlink(f"/proc/{child.pid}/exe")
        programs = [pid for pid in pids if os.readlink(f"/proc/{pid}/exe") != own]
    except OSError:
        return
    for pid in programs[:1]:
        subprocess.run(["kill", "-9", pid], capture_output=True)


def wholes(project):
    """The backups with a final name."""
    folder = project.folder / "backups"
    return [path for path in folder.iterdir() if not path.name.startswith(".")]


def assert_verified(project):
    """All with a final name are whole, and what failed beside them is not held against them."""
    for folder in wholes(project):
        project.run("verify", folder.name)
    assert "broken" not in {row["state"] for row in json.loads(
        project.run("backups", "--json").out)}


def assert_swept(project, database):
    """The next run leaves nothing of those before."""
    backup(project)
    project.run("drill")
    left = [path for path in (project.folder / "backups").iterdir()
            if path.name.startswith(".partial")]
    assert left == []
    until(lambda: database.server.scratch_databases(project) == [],
          what="the end of the scratch databases")


@TIMES
@pytest.mark.parametrize("disturb", [kill, kill_program])
def test_backup_that_is_killed_has_no_final_name(shop, database, disturb, times):
    for moment in moments(shop, ["backup"], times):
        run_until(shop, ["backup"], moment, disturb)
        assert_verified(shop)
    assert_swept(shop, database)


@TIMES
@pytest.mark.parametrize("disturb", [kill, kill_program])
def test_drill_that_is_killed_leaves_nothing(shop, database, disturb, times):
    backup(shop, "-f", "custom")
    before = content(database)
    for moment in moments(shop, ["drill"], times):
        run_until(shop, ["drill"], moment, disturb)
    assert_verified(shop)
    assert content(database) == before
    assert_swept(shop, database)


@TIMES
@pytest.mark.parametrize("disturb", [kill, kill_program])
def test_restore_that_is_killed_is_done_or_not(shop, database, disturb, times):
    backup(shop)
    stored = content(database)
    words = ["restore", "latest", "--yes", database.name]
    for moment in moments(shop, words, times):
        database.execute("DELETE FROM many WHERE n > 10")
        changed = content(database)
        code = run_until(shop, words, moment, disturb)
        assert content(database) in ((stored,) if code == 0 else (stored, changed))
    assert_swept(shop, database)


@FEW_TIMES
def test_server_that_is_killed(needs_dump, own_server, tmp_path, times):
    database = own_server.create()
    database.execute(SHOP)
    database.execute(MORE)
    database.execute("CHECKPOINT")  # else a crash makes sequences skip some values, as they may
    project = Project(tmp_path / "project", database.url)
    backup(project)
    stored = content(database)
    everything = [["backup"], ["drill"], ["restore", "latest", "--yes", database.name]]
    for words in everything:
        for moment in moments(project, words, times):
            run_until(project, words, moment, lambda child: own_server.stop("immediate"))
            own_server.stop("immediate")
            own_server.start()
            assert content(database) == stored
            assert_verified(project)
    assert_swept(project, database)


def test_full_disk_leaves_nothing(shop, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", small],
                             capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("cannot mount a small disk")
    try:
        result = shop.run("backup", "-o", small, "--compress", "none", check=False)
        assert result.code == 3
        assert "No space left on device" in result.err
        assert [path.name for path in small.iterdir() if path.name != ".lock"] == []
    finally:
        subprocess.run(["umount", small], check=True)
