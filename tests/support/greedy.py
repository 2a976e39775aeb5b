"""A lap of what makes a server's memory grow: clients that ask for much, in good and bad manners.

    add_endpoints(project, database)     # to the shop of support/shop.py
    lap(port)

Nothing is said of the answers but that there is one: under such load some are 503. The last requests
of a lap are large again, so that nothing later has pushed out what they left behind.
"""
import contextlib
import json
import select
import socket
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent / "mixed.lua"
PATIENCE = 60  # seconds; only a failure waits so long
MANY = 8  # clients at once
CLOSE = "Connection: close"

ENDPOINTS = """
-- GET /long/{n}
-- returns: one
-- deadline: 5s
SELECT repeat('x', :n::int) AS text;

-- GET /wide/{n}
-- returns: many
-- deadline: 5s
SELECT n, repeat('y', 4000) AS text FROM generate_series(1, :n::int) n;

-- POST /lengths
-- returns: one 201
INSERT INTO measured (length) VALUES (length(:text::text)) RETURNING length;
"""


def add_endpoints(project, database):
    database.execute("create table measured (length integer);"
                     " grant insert, select on measured to retort_app")
    project.write("api/greedy.sql", ENDPOINTS)


def get(path, *headers):
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: test", *headers, "", ""]).encode()


def post(path, body):
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: test", CLOSE,
                        "Content-Type: application/json", f"Content-Length: {len(body)}",
                        "", ""]).encode() + body


@contextlib.contextmanager
def clients(port, request, count=MANY):
    """Connections that have sent it; a server that refuses in the middle takes no more of it."""
    with contextlib.ExitStack() as stack:
        opened = []
        for _ in range(count):
            client = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
            opened.append(stack.enter_context(client))
            with contextlib.suppress(ConnectionError):
                client.sendall(request)
        yield opened


def take(client, most=None):
    """Reads so many bytes of the answer, or all; a reset ends it, too."""
    count = 0
    with contextlib.suppress(ConnectionResetError):
        while most is None or count < most:
            data = client.recv(1 << 16)
            if not data:
                break
            count += len(data)
    return count


def ask(port, request, count=MANY, most=None):
    with clients(port, request, count) as opened:
        for client in opened:
            assert take(client, most) > 0, request[:100]


def leave_unread(port, request):
    """Each goes when its answer has begun to come."""
    with clients(port, request) as opened:
        for client in opened:
            assert select.select([client], [], [], PATIENCE)[0], request[:100]


def run_wrk(port):
    subprocess.run(["wrk", "-t", "1", "-c", "32", "-d", "1s", "-s", SCRIPT, "--timeout", "30s",
                    f"http://127.0.0.1:{port}"], capture_output=True, check=True)


MALFORMED = [b"GET / HTTP/9.9\r\n\r\n", b"\0\0\0\r\n\r\n", b"GET /items HTTP/1.1\r\n\r\n",
             b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 40000 + b"\r\n\r\n",
             b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
             post("/lengths", b'{"text": "' + b"z" * 3_000_000)]


def lap(port):
    """2 to 4 s."""
    ask(port, get("/wide/900?limit=1000", CLOSE))
    ask(port, get("/wide/900?limit=1000", CLOSE, "Accept-Encoding: gzip"), count=4)
    ask(port, get("/wide/900?limit=1000", CLOSE, "Accept-Encoding: zstd"), count=4)
    ask(port, post("/lengths", b'{"text": "' + b"z" * 1_000_000))
    for request in MALFORMED:
        ask(port, request, count=4)
    run_wrk(port)
    ask(port, get("/long/3000000", CLOSE), most=200_000)
    ask(port, post("/lengths", json.dumps({"text": "z" * 1_000_000}).encode()))
    leave_unread(port, get("/long/4000000"))
    ask(port, get("/long/2000000", CLOSE))
