"""The 285 hand-written revisions of crates.io, from ../shared/histories."""
import subprocess
import sys
from pathlib import Path

import pytest

from crates.revisions import CRATES, convert, folders
from support import witness

if not CRATES.is_dir():
    pytest.skip("no ../shared/histories", allow_module_level=True)


def test_upgrade_gives_what_psql_gives(project, database, new_database):
    ids = convert(project.migrations)
    project.run("upgrade", "head", timeout=600)
    assert project.run("current").out.split()[0] == ids[-1]
    plain = new_database()
    for folder in folders():
        plain.psql((folder / "up.sql").read_text())
    ours = database.dump("--no-owner", "--exclude-schema=retort")
    missing, extra = witness.compare(database.server, plain.dump("--no-owner"), ours)
    assert not missing and not extra, witness.describe(missing, extra)


@pytest.mark.long
def test_whole_history_both_ways():
    script = Path(__file__).resolve().parents[1] / "crates" / "run"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
