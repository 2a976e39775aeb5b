"""Random graphs: the paths and version rows are those that Alembic itself computes."""
import os
import random
import subprocess
import warnings
from pathlib import Path

import pytest

alembic = pytest.importorskip("alembic")

from alembic.runtime.migration import HeadMaintainer  # noqa: E402
from alembic.script import ScriptDirectory  # noqa: E402
from alembic.script.revision import Revision, RevisionError, RevisionMap  # noqa: E402
from alembic.util import CommandError  # noqa: E402

from support.project import program  # noqa: E402

SEEDS = range(4)
GRAPHS = 250


class Script(Revision):
    class module:
        upgrade = downgrade = None


class Directory(ScriptDirectory):
    """A script directory without files."""

    def __init__(self, revision_map):
        self.revision_map = revision_map


class Rows(HeadMaintainer):
    """The version rows, kept in memory."""

    def __init__(self, rows):
        self.heads = set(rows)

    def _insert_version(self, version):
        assert version not in self.heads
        self.heads.add(version)

    def _delete_version(self, version):
        self.heads.remove(version)

    def _update_version(self, old, new):
        self.heads.remove(old)
        self.heads.add(new)


@pytest.fixture(scope="module")
def ask():
    path = Path(os.environ.get("RETORT_GRAPH_ANSWERS")
                or Path(program()).parent / "tests" / "peer" / "graph_answers")
    if not path.exists():
        pytest.fail(f"no program {path}: run \"make build\"")
    child = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def answer(operation, text, rows, word):
        child.stdin.write("|".join([operation, text, " ".join(rows), word]) + "\n")
        child.stdin.flush()
        return child.stdout.readline().rstrip("\n"), child.stdout.readline().split()

    yield answer
    child.stdin.close()
    child.wait(timeout=10)


def make_graph(chance):
    """Revisions as (id, parents, labels, dependencies), and the same as unit/graphs.h has it."""
    count = chance.randint(1, 9)
    ids = [f"{letter}{chance.randint(0, 99):02}{i}" for i, letter in enumerate("mkzqabxyw"[:count])]
    revisions, words = [], []
    for i, name in enumerate(ids):
        before = ids[:i]
        parents, needs, labels = [], [], []
        if before and chance.random() < 0.85:
            parents = sorted(chance.sample(before, min(i, 1 if chance.random() < 0.75 else 2)))
        if before and chance.random() < 0.2:
            needs = [need for need in [chance.choice(before)] if need not in parents]
        if chance.random() < 0.25:
            labels = [f"label{i}"]
        revisions.append((name, parents, labels, needs))
        words.append(name + "".join(mark + ",".join(part) for mark, part in
                                    (("<", parents), (":", labels), ("!", needs)) if part))
    return revisions, " ".join(words)


def load(revisions):
    return RevisionMap(lambda: [
        Script(name, tuple(parents) or None, dependencies=tuple(needs) or None,
               branch_labels=tuple(labels) or None)
        for name, parents, labels, needs in revisions
    ])


def choose_rows(chance, graph, ids):
    """Rows of a database in which some revisions and all that they need are applied."""
    applied = set()
    for name in chance.sample(ids, chance.randint(0, min(2, len(ids)))):
        applied |= ancestors(graph, name)
    return sorted(applied - {below for name in applied for below in ancestors(graph, name) - {name}})


def ancestors(graph, name):
    return {node.revision for node in graph._get_ancestor_nodes(graph.get_revisions(name))}


def choose_word(chance, ids, labels, operation):
    """Only an upgrade goes to label@heads: elsewhere Alembic forgets the label or what it implies."""
    step = chance.choice(["+1", "+2", "-1", "-2"]) if operation != "stamp" else ""
    return chance.choice([
        chance.choice(ids + labels + ["head", "heads", "base"]),
        step or "heads",
        chance.choice(ids + ["head"]) + step,
        chance.choice(labels or ids) + "@" + chance.choice(["base", step or "base", "heads" if operation == "up" else "base"]),
    ])


def alembic_answer(directory, operation, rows, word):
    """The revisions and rows; None where Alembic gives an error, trips over itself, or leaves a
    row that another row implies."""
    table = Rows(rows)
    try:
        if operation == "up":
            steps = directory._upgrade_revs(word, tuple(rows))
        elif operation == "down":
            steps = directory._downgrade_revs(word, tuple(rows))
        else:
            steps = directory._stamp_revs(word, tuple(rows))
        for step in steps:
            table.update_to_step(step)
    except (CommandError, RevisionError, AssertionError, KeyError):
        return None
    graph = directory.revision_map
    if any(a != b and a in ancestors(graph, b) for a in table.heads for b in table.heads):
        return None
    names = [] if operation == "stamp" else [step.revision.revision for step in steps]
    return names, sorted(table.heads)


@pytest.mark.parametrize("operation", ["up", "down", "stamp"])
@pytest.mark.parametrize("seed", SEEDS)
def test_paths_are_alembics(ask, operation, seed):
    warnings.simplefilter("ignore")
    chance = random.Random(f"{operation} {seed}")
    compared = 0
    for _ in range(GRAPHS):
        revisions, text = make_graph(chance)
        graph = load(revisions)
        ids = [revision[0] for revision in revisions]
        labels = [label for revision in revisions for label in revision[2]]
        rows = choose_rows(chance, graph, ids)
        word = choose_word(chance, ids, labels, operation)
        expected = alembic_answer(Directory(graph), operation, rows, word)
        if expected is None:
            continue
        names, after = ask(operation, text, rows, word)
        question = (operation, text, rows, word)
        assert not names.startswith("ERROR"), (question, names, expected)
        if operation != "stamp":
            assert sorted(names.split()) == sorted(expected[0]), question
        assert after == expected[1], question
        compared += 1
    assert compared > GRAPHS / 8
