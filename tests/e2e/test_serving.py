"""What support/serving.py tells when a server ends as it should not: the cause, not its log."""
import signal

import httpx
import pytest

from support.serving import LOG_LINE, SHOWN, cause, serve_as, serving
from support.wait import until


def test_a_failure_shows_no_lines_of_the_log(project, database):
    project.write("api/one.sql", "-- GET /one\n-- returns: scalar\nSELECT 1;\n")
    serve_as(project, database)
    with pytest.raises(AssertionError) as failure:
        with serving(project) as retort:
            for _ in range(3):
                httpx.get(retort.url + "/one")
            until(lambda: len(retort.requests(path="/one")) == 3, what="the log")
            retort.send(signal.SIGKILL)
            retort.child.wait()
    assert LOG_LINE in retort.said()
    assert LOG_LINE not in str(failure.value)
    assert f"it ended with -9:\nserving on {retort.url}" in str(failure.value)


def test_a_failure_begins_with_the_crash():
    log = LOG_LINE + ':"2026"}\n'
    said = 100 * "waiting\n" + 100 * log + "WARNING: ThreadSanitizer: data race\n" + 99 * "at\n" + log
    lines = cause(said).splitlines()
    assert lines == ["WARNING: ThreadSanitizer: data race"] + ["at"] * (SHOWN - 1)
    assert cause("first\n" + log + "second\n") == "first\nsecond"
