"""Requests of all kinds, again and again: memory and descriptors stay as they are."""
import contextlib
import os
import re
import select
import signal
import socket
import subprocess

import pytest

from support import greedy
from support.serving import serving
from support.shop import make_shop
from support.wait import until

PAGE = os.sysconf("SC_PAGE_SIZE")
MEGABYTE = 1 << 20


def memory(pid):
    """Resident bytes; 0 beside a sanitizer, which keeps what was freed."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps:
        if re.search(r"lib[a-z]*san\.", maps.read()):
            return 0
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * PAGE


def head_of(sock):
    """What has been answered; nothing if the answer was lost with the connection."""
    try:
        return sock.recv(65536)
    except ConnectionError:
        return b""


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def load(port, count):
    """At least so many requests."""
    done = 0
    while done < count:
        said = subprocess.run(
            ["wrk", "-t", "1", "-c", "32", "-d", "1s" if count < 10**6 else "20s", "-s",
             greedy.SCRIPT, "--timeout", "30s", f"http://127.0.0.1:{port}"],
            capture_output=True, text=True, check=True).stdout
        assert "Socket errors" not in said, said
        done += int(re.search(r"(\d+) requests in", said)[1])


@pytest.mark.parametrize("count", [
    pytest.param(100_000, id="short"),
    pytest.param(10_000_000, id="long", marks=pytest.mark.long)])
def test_memory_does_not_grow(tmp_path, database, count):
    project = make_shop(tmp_path / "shop", database)
    with serving(project) as retort:
        idle = descriptors(retort.pid)
        load(retort.port, count // 5)
        before = memory(retort.pid)
        load(retort.port, count)
        grown = memory(retort.pid) - before
        assert grown <= MEGABYTE, f"{grown} bytes more after {count} requests"
        # No client is left of 32; its connections to the database, at most nine with two numbers
        # each, may have been made since.
        until(lambda: descriptors(retort.pid) <= idle + 18, what="the end of its clients")


# What a server keeps that has seen every kind of request: spare buffers, statements that its
# connections have prepared. Some buffers of a loop may be kept at up to a megabyte, or not, as the
# last requests were.
KEPT = 8 * MEGABYTE
VARYING = 4 * MEGABYTE


def settled(retort, most):
    """Its memory when it has gone below @most; it looks at it every three seconds."""
    until(lambda: memory(retort.pid) <= most, what=f"less memory than {most} bytes")
    return memory(retort.pid)


def break_connections(database):
    database.execute("select pg_terminate_backend(pid) from pg_stat_activity"
                     " where datname = current_database() and usename = 'retort_app'")


@pytest.mark.parametrize("laps", [
    pytest.param(2, id="short"),
    pytest.param(100, id="long", marks=pytest.mark.long)])
def test_what_a_peak_took_is_given_back(tmp_path, database, laps):
    """A lap takes 80 MB and more. Reloads and lost connections between, as they come in a year."""
    project = make_shop(tmp_path / "shop", database)
    greedy.add_endpoints(project, database)
    with serving(project, "--log", "errors") as retort:
        idle = memory(retort.pid)
        greedy.lap(retort.port)
        first = settled(retort, idle + KEPT)
        for _ in range(laps):
            greedy.lap(retort.port)
            break_connections(database)
            retort.send(signal.SIGHUP)
        greedy.lap(retort.port)
        settled(retort, min(idle + KEPT, first + VARYING))


def test_slow_bodies_hold_no_more_than_they_may(tmp_path, database):
    project = make_shop(tmp_path / "shop", database, "bodies = 8388608\nthreads = 2\n")
    head = (b"POST /items HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1048576\r\n\r\n")
    with serving(project) as retort, contextlib.ExitStack() as stack:
        before = memory(retort.pid)
        slow = [stack.enter_context(socket.create_connection(("127.0.0.1", retort.port), 30))
                for _ in range(60)]
        for sock in slow:
            with contextlib.suppress(ConnectionError):
                sock.sendall(head + b" " * 1048000)
        until(lambda: len(retort.requests(status=503)) >= 60 - 8, what="those that are refused")
        assert memory(retort.pid) - before < 32 * MEGABYTE
        answers = [head_of(sock) for sock in slow if select.select([sock], [], [], 0)[0]]
        refused = [text for text in answers if text.startswith(b"HTTP/1.1 503 ")]
        assert refused and all(b"\r\nRetry-After: 1\r\n" in text
                               and b"\r\nConnection: close\r\n" in text for text in refused)
