"""One pair of schemas, judged: database A, models B → plan → applied → equals B → and back.

The judge is the witness (support/witness.py), never the program's own reading.
"""
import json
import re
import tempfile
import time
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path

from support import witness
from support.project import Project
from support.sqltext import statements

WRITTEN_FOR = 15
CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
ROLE = re.compile(r"\b(?:CREATE|ALTER|DROP)\s+(?:ROLE|USER|GROUP)\b(?!\s+MAPPING)", re.IGNORECASE)
NEW_ROLE = re.compile(r'\bCREATE\s+(?:ROLE|USER|GROUP)\s+(?:"([^"]+)"|(\w+))', re.IGNORECASE)
STEP = re.compile(r"^-- step[ \t]*$", re.MULTILINE)
ALONE = re.compile(r"\bCONCURRENTLY\b")
TABLES = """
    select format('%I.%I', n.nspname, c.relname), c.oid
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p')
       and n.nspname not in ('pg_catalog', 'information_schema', 'retort')
"""


class Failure(Exception):
    """Why a pair fails: a short class, then details."""

    def __init__(self, stage, detail):
        super().__init__(f"{stage}: {detail}")
        self.stage = stage
        self.detail = detail


class Unfit(Exception):
    """Why a pair is nothing for this server."""


@dataclass
class Verdict:
    """What came of one pair."""

    name: str
    tags: list
    outcome: str = "passed"  # passed, failed, error, skipped
    stage: str = ""  # where it failed: diff, apply, differs, again, oid, down …
    detail: str = ""
    left: list = field(default_factory=list)  # kinds of its difference left to the later issue
    changed: bool = True  # whether the witness sees a difference between a and b
    plan: str = ""
    seconds: float = 0.0

    @property
    def in_scope(self):
        return not self.left

    def as_json(self):
        return asdict(self)


class Pair:
    """The files of a pair, without statements that make roles."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.name = f"{self.folder.parent.name}/{self.folder.name}"
        meta = json.loads((self.folder / "meta.json").read_text())
        self.tags = meta["tags"]
        self.roles = set(meta["roles"])
        self.a = self.load("a.sql")
        self.b = self.load("b.sql")

    def load(self, name):
        kept = []
        for text in statements((self.folder / name).read_text()):
            if ROLE.search(text) and (ROLE.match(text) or text[:2].upper() == "DO"):
                self.roles.update(quoted or plain for quoted, plain in NEW_ROLE.findall(text))
            else:
                kept.append(text)
        return "".join(f"{text};\n\n" for text in kept)


def find_pairs(patterns=("",)):
    """All pairs whose name contains one of the patterns, sorted by name."""
    folders = sorted(path.parent for path in CORPUS.glob("*/*/meta.json"))
    return [pair for pair in map(Pair, folders) if any(pattern in pair.name for pattern in patterns)]


def load(database, script):
    """The pairs are written for PostgreSQL 15; other versions may refuse one, or lack something."""
    done = database.psql(script, check=False)
    if done.returncode == 0:
        return
    major = database.server.version // 10000
    reason = first_error(done.stderr)
    if major == WRITTEN_FOR:
        raise RuntimeError(reason)
    raise Unfit(f"does not load on PostgreSQL {major}: {reason}")


def dump(database):
    return database.dump("--no-owner", "--exclude-schema=retort")


def first_error(text):
    """The line of an output that says what is wrong."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    for line in lines:
        if "ERROR" in line or line.startswith("retort:"):
            return line.strip()
    return lines[-1].strip() if lines else "no output"


def plan_between(project, old, new, stage):
    """What `retort diff` prints to lead from one place to another."""
    done = project.run("diff", old, new, check=False)
    if done.code not in (0, 8):
        raise Failure(stage, f"exit {done.code}: {done.err.strip()}")
    return done.out


def apply_plan(database, plan, stage):
    """Each step in a transaction of its own, but for what no transaction may hold."""
    for step in STEP.split(plan):
        done = database.psql(step, single_transaction=not ALONE.search(step), check=False)
        if done.returncode != 0:
            raise Failure(stage, done.stderr.strip())


def expect_equal(server, got, wanted, stage):
    missing, extra = witness.compare(server, wanted, got)
    if missing or extra:
        raise Failure(stage, witness.describe(missing, extra))


def expect_no_plan(plan, stage):
    if statements(plan):
        raise Failure(stage, plan.strip()[:2000])


def expect_same_tables(before, after):
    for name in sorted(before.keys() & after.keys()):
        if before[name] != after[name]:
            raise Failure("recreated", f"table {name} has another oid")


def classify(verdict, dump_a, dump_b):
    """Sets what the witness sees of the pair itself."""
    only_a, only_b = witness.difference(witness.normalise(dump_a), witness.normalise(dump_b))
    verdict.changed = bool(only_a or only_b)
    kinds = {witness.kind_left(text) for text in only_a + only_b} - {None}
    # Default privileges act on whatever is made, whether they themselves differ or not.
    if "ALTER DEFAULT PRIVILEGES" in dump_a + dump_b:
        kinds.add("default privileges")
    verdict.left = sorted(kinds)


def judge_by_diff(server, pair, verdict, folder):
    """The plan of `retort diff`, applied by psql, in both directions."""
    with server.database("pair") as here, server.database("pair") as there:
        load(here, pair.a)
        load(there, pair.b)
        dump_a, dump_b = dump(here), dump(there)
        classify(verdict, dump_a, dump_b)
        project = Project(folder, here.url)
        project.model(pair.b)
        oids = dict(here.execute(TABLES))
        verdict.plan = plan_between(project, here.url, "models", "diff")
        if not verdict.changed:
            expect_no_plan(verdict.plan, "plan for no change")
        apply_plan(here, verdict.plan, "apply")
        expect_equal(server, dump(here), dump_b, "differs")
        # Equal without doing anything: the pair differs in nothing but printed text.
        verdict.changed = bool(statements(verdict.plan))
        expect_no_plan(plan_between(project, here.url, "models", "second diff"), "second plan")
        expect_same_tables(oids, dict(here.execute(TABLES)))
        with server.database("pair") as before:
            before.psql(pair.a)
            back = plan_between(project, here.url, before.url, "diff back")
            verdict.plan += "\n-- and back\n\n" + back
        oids = dict(here.execute(TABLES))
        apply_plan(here, back, "apply back")
        expect_equal(server, dump(here), dump_a, "differs back")
        expect_same_tables(oids, dict(here.execute(TABLES)))


def command(project, stage, *words):
    done = project.run(*words, check=False)
    if done.code != 0:
        raise Failure(stage, f"exit {done.code}: {(done.err or done.out).strip()}")
    return done


def judge_by_revisions(server, pair, verdict, folder):
    """The way of a user: two models, two revisions, upgrade, downgrade."""
    with server.database("pair") as here, server.database("pair") as there:
        with server.database("pair") as before:
            load(before, pair.a)
            dump_a = dump(before)
        load(there, pair.b)
        dump_b = dump(there)
        classify(verdict, dump_a, dump_b)
        # From an empty database all of A has to be made, also what does not change.
        present = witness.normalise(dump_a) + witness.normalise(dump_b)
        verdict.left = sorted({*verdict.left, *witness.without_later_kinds(present)[1]})
        project = Project(folder, here.url)
        project.model(pair.a)
        if statements(pair.a):
            command(project, "first revision", "revision", "--autogenerate", "-m", "first")
        command(project, "first upgrade", "upgrade", "head")
        expect_equal(server, dump(here), dump_a, "first differs")
        oids = dict(here.execute(TABLES))
        project.model(pair.b)
        before = set(project.migrations.iterdir())
        command(project, "revision", "revision", "--autogenerate", "-m", "second")
        command(project, "upgrade", "upgrade", "head", "--allow-data-loss")
        expect_equal(server, dump(here), dump_b, "differs")
        expect_same_tables(oids, dict(here.execute(TABLES)))
        command(project, "check", "check")
        if not verdict.changed and set(project.migrations.iterdir()) != before:
            raise Failure("revision for no change", "the second revision is not empty")
        if set(project.migrations.iterdir()) == before:
            verdict.changed = False
            return
        command(project, "downgrade", "downgrade", "-1", "--allow-data-loss")
        expect_equal(server, dump(here), dump_a, "differs back")


def judge(server, pair, full=False):
    """The verdict on one pair; nothing that goes wrong with it stops the caller."""
    verdict = Verdict(pair.name, pair.tags)
    started = time.monotonic()
    way = judge_by_revisions if full else judge_by_diff
    try:
        server.make_roles(sorted(pair.roles))
        with tempfile.TemporaryDirectory(prefix="retort-pair-") as folder:
            way(server, pair, verdict, folder)
    except Unfit as reason:
        verdict.outcome, verdict.detail = "skipped", str(reason)
    except Failure as failure:
        verdict.outcome, verdict.stage, verdict.detail = "failed", failure.stage, failure.detail
    except Exception:  # a fault of the harness or of the pair: shown, and counted as such
        verdict.outcome, verdict.stage = "error", "harness"
        verdict.detail = traceback.format_exc()
    verdict.seconds = round(time.monotonic() - started, 3)
    return verdict
