"""One real schema: database → inspect → models → revision → upgrade → equal → empty again.

Judged by the witness, up to kinds that a later issue completes, which are named.
"""
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from support import witness
from support.project import Project

SCHEMAS = Path(__file__).resolve().parents[3] / "shared" / "schemas"
NAME = re.compile(
    r"(?:CREATE|ALTER|COMMENT ON)\s+(?:UNLOGGED |UNIQUE |OR REPLACE |MATERIALIZED )*"
    r"(?:TABLE|INDEX|VIEW|AGGREGATE|FUNCTION|PROCEDURE|OPERATOR|TYPE|TRIGGER|SEQUENCE|COLUMN)"
    r"(?: ONLY| CONCURRENTLY)?\s+(?:[\w\"]+\.)?(?P<name>[\w\"]+|[^\s\w(]+)"
)
ATTACHED = re.compile(r"ATTACH PARTITION (?:[\w\"]+\.)?(?P<name>[\w\"]+)")
POLICY = re.compile(r"policy|row security")


@dataclass
class Report:
    """What came of one schema."""

    name: str
    objects: int = 0
    stage: str = ""  # where it failed; "" if nowhere
    detail: str = ""
    left: Counter = field(default_factory=Counter)  # kinds left: statements of the dump
    behind: int = 0  # further statements that stand on those
    times: dict = field(default_factory=dict)  # seconds by command

    @property
    def passed(self):
        return self.stage == ""


class Failure(Exception):
    """Stage and detail."""


def dump(database):
    return database.dump("--no-owner", "--exclude-schema=retort")


def names_of(text):
    """The names of what a dumped statement of a later kind makes, without schema."""
    found = [match["name"] for match in NAME.finditer(text[:300])]
    return found + [match["name"] for match in ATTACHED.finditer(text)]


def left_names(dumped):
    """Names of objects of later kinds in a multiset; row security leaves its table alone."""
    names = set()
    for text in dumped:
        kind = witness.kind_left(text)
        if kind is not None and not POLICY.match(kind):
            names.update(names_of(text))
    return names


def mentions(text, names):
    for name in names:
        edge = r"\b" if re.match(r"\w", name) else ""
        if re.search(f"{edge}{re.escape(name)}{edge}", text):
            return True
    return False


def set_aside(statements, names):
    """(what has nothing to do with the names, what stands on them), followed to the end."""
    rest, behind = list(statements), []
    while True:
        found = [text for text in rest if mentions(text, names)]
        if not found:
            return rest, behind
        behind += found
        rest = [text for text in rest if text not in found]
        for text in found:
            if text.startswith("CREATE"):
                names = names | set(names_of(text))


def compare(server, report, wanted, got):
    """Raises unless the dumps are equal up to kinds left; these are written in the report."""
    whole = witness.normalise(wanted)
    report.left = Counter(filter(None, map(witness.kind_left, whole)))
    missing, extra = witness.compare(server, wanted, got)
    names = left_names(whole)
    missing, behind = set_aside([text for text in missing if not witness.kind_left(text)], names)
    extra, more = set_aside([text for text in extra if not witness.kind_left(text)], names)
    report.behind = len(behind) + len(more)
    if missing or extra:
        raise Failure("witness", witness.describe(missing, extra, limit=20))


def timed(report, project, stage, *words):
    started = time.monotonic()
    done = project.run(*words, check=False, timeout=600)
    report.times[stage] = round(time.monotonic() - started, 2)
    if done.code != 0:
        raise Failure(stage, f"exit {done.code}: {(done.err or done.out).strip()[:4000]}")
    return done


def round_trip(server, path, folder, report):
    """The way there and back of one schema file."""
    with server.database("real") as source, server.database("real") as target:
        source.psql(path.read_text())
        wanted = dump(source)
        report.objects = sum(witness.normalise(wanted).values())
        empty = dump(target)
        project = Project(folder, source.url)
        timed(report, project, "inspect", "inspect")
        if not list(project.models.rglob("*.sql")):
            raise Failure("inspect", "no model was written")
        project.url = target.url
        timed(report, project, "revision", "revision", "--autogenerate", "-m", "first")
        timed(report, project, "upgrade", "upgrade", "head")
        timed(report, project, "check", "check")
        compare(server, report, wanted, dump(target))
        timed(report, project, "downgrade", "downgrade", "base", "--allow-data-loss")
        missing, extra = witness.compare(server, empty, dump(target))
        if missing or extra:
            raise Failure("not empty", witness.describe(missing, extra, limit=20))


def judge(server, path, folder):
    report = Report(path.stem)
    try:
        round_trip(server, path, folder, report)
    except Failure as failure:
        report.stage, report.detail = failure.args
    return report
