"""Pairs of schemas and the SQL that leads from one to the other, one folder a case.

`RETORT_GOLDEN=write` writes what the program prints as expected.sql, to be read before it is
committed. The laws hold for every case: nothing is to be done between equal schemas, the plan
makes one of the other, and the plan back restores it.
"""
import os
import re
from pathlib import Path

import pytest

from support import witness

CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/from.sql"))
STEP = re.compile(r"^-- step$", re.M)


def plan(project, old, new):
    return project.run("diff", str(old), str(new)).out


def apply(database, script):
    for step in STEP.split(script):
        database.psql(step, single_transaction=True)


def dump(database):
    return database.dump("--no-owner")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_plan_is_as_expected(case, project):
    expected = case / "expected.sql"
    got = plan(project, case / "from.sql", case / "to.sql")
    if os.environ.get("RETORT_GOLDEN") == "write":
        expected.write_text(got)
    assert got == expected.read_text()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_laws_hold(case, project, server, new_database):
    old, new, wanted = new_database(), new_database(), new_database()
    old.psql((case / "from.sql").read_text())
    new.psql((case / "from.sql").read_text())
    wanted.psql((case / "to.sql").read_text())
    assert plan(project, wanted.url, wanted.url) == ""
    apply(new, plan(project, new.url, wanted.url))
    assert plan(project, new.url, wanted.url) == ""
    assert witness.compare(server, dump(wanted), dump(new)) == ([], [])
    apply(new, plan(project, new.url, old.url))
    assert plan(project, new.url, old.url) == ""
    assert witness.compare(server, dump(old), dump(new)) == ([], [])
