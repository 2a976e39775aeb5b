"""Pairs of real schemas from ../shared/corpus: a sample here, all of them with test-long."""
import pytest

from corpus.pairs import CORPUS, find_pairs, judge

if not CORPUS.is_dir():
    pytest.skip("no ../shared/corpus", allow_module_level=True)

PAIRS = find_pairs()


def summary(verdicts):
    lines = [f"{one.name}: {one.stage}: {one.detail}" for one in verdicts if one.outcome != "passed"]
    return "\n\n".join(lines)


def expect(verdicts):
    """The limits of the corpus: 95 % of what differs, all that does not, no table made anew."""
    scope = [one for one in verdicts if one.in_scope and one.outcome != "skipped"]
    changed = [one for one in scope if one.changed]
    passed = [one for one in changed if one.outcome == "passed"]
    assert len(passed) >= 0.95 * len(changed), summary(changed)
    same = [one for one in scope if not one.changed]
    assert all(one.outcome == "passed" for one in same), summary(same)
    assert not [one.name for one in verdicts if one.stage == "recreated"]


def test_sample_by_diff(server):
    expect([judge(server, pair) for pair in PAIRS[::10]])


def test_sample_by_revisions(server):
    expect([judge(server, pair, full=True) for pair in PAIRS[5::40]])


@pytest.mark.long
@pytest.mark.parametrize("full", [False, True], ids=["diff", "revisions"])
def test_all(server, full):
    expect([judge(server, pair, full) for pair in PAIRS])
