"""Pairs of schemas and the SQL that leads from one to the other, one folder a case.

`RETORT_GOLDEN=write` writes what the program prints as expected.sql, to be read before it is
committed. The laws hold for every case: nothing is to be done between equal schemas, the plan
makes one of the other, and the plan back restores it.

A file whose first line is "-- since 18" needs a server of that major version or newer. Where a
newer server prints another text, that is in expected-MAJOR.sql, which holds from that version on.
"""
import os
import re
from pathlib import Path

import pytest

from support import witness

CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/from.sql"))
SINCE = re.compile(r"-- since (\d+)\n")
STEP = re.compile(r"^-- step$", re.M)


def first_version(path):
    """The major version that a file needs; 0 if it does not say."""
    found = SINCE.match(path.read_text())
    return int(found[1]) if found else 0


def expected_of(case, major):
    """The text that holds for a major version."""
    variants = {int(path.stem.partition("-")[2]): path for path in case.glob("expected-*.sql")}
    newest = max((since for since in variants if since <= major), default=None)
    return variants.get(newest, case / "expected.sql")


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request, server):
    needed = max(first_version(request.param / name) for name in ("from.sql", "to.sql"))
    if server.version // 10000 < needed:
        pytest.skip(f"needs PostgreSQL {needed}")
    return request.param


def plan(project, old, new):
    return project.run("diff", str(old), str(new)).out


def apply(database, script):
    for step in STEP.split(script):
        database.psql(step, single_transaction=True)


def dump(database):
    return database.dump("--no-owner")


def test_plan_is_as_expected(case, project, server):
    expected = expected_of(case, server.version // 10000)
    got = plan(project, case / "from.sql", case / "to.sql")
    if os.environ.get("RETORT_GOLDEN") == "write":
        expected.write_text(got)
    assert got == expected.read_text()


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
