"""Clients of all kinds at the shop of support/shop.py, good and rude, all at once, until told to end.

    with Fire(port) as fire:
        fire.wait_rounds()     # until each kind has been served once more
        ...                    # break something
    # all clients have ended; an answer that nobody may give has failed the test

A client whose connection ends opens a new one, as clients do; what is not there any more is no
failure of theirs.
"""
import contextlib
import socket
import struct
import threading
from collections import Counter

from support.wait import until

SECONDS = 60  # for one answer
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST
JSON = "Content-Type: application/json\r\n"

# Lane slow, of the endpoints that only these clients need.
ENDPOINTS = """
-- GET /slow
-- returns: scalar
-- lane: slow
SELECT 1 FROM pg_sleep(0.02);

-- GET /keyed
-- returns: scalar
-- role: reader
SELECT 1;
"""


class Wrong(AssertionError):
    """An answer that must not be."""


class Connection:
    """A client's connection; requests are sent together and their answers taken one by one."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self.file = self.socket.makefile("rb")

    def close(self, reset=False):
        if reset:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.file.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def take(self, head=False):
        """The status of the next answer, which is read whole."""
        line = self.file.readline()
        if not line:
            raise ConnectionError("closed")
        status, length = int(line.split()[1]), 0
        while (line := self.file.readline()).strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if not head and length > 0 and len(self.file.read(length)) < length:
            raise ConnectionError("cut off")
        return status


def request(method, path, body=None, headers=""):
    if body is not None:
        headers += f"{JSON}Content-Length: {len(body)}\r\n"
    return f"{method} {path} HTTP/1.1\r\nHost: test\r\n{headers}\r\n{body or ''}"


def ask(connection, *asked):
    """Sends all of (request, statuses that may come) at once; 503 is always right."""
    connection.send("".join(text for text, _ in asked))
    for text, wanted in asked:
        status = connection.take(head=text.startswith("HEAD"))
        if status not in (503, *wanted):
            raise Wrong(f"{status} for {text!r}")


def read(connection, turn):
    ask(connection,
        (request("GET", f"/items/{turn % 250 + 1}"), (200,)),
        (request("GET", "/items?limit=20"), (200,)),
        (request("HEAD", "/count"), (200,)),
        (request("GET", "/large", headers="Accept-Encoding: gzip\r\n"), (200,)),
        (request("GET", "/large", headers="Accept-Encoding: zstd\r\n"), (200,)),
        (request("GET", "/items/99999999"), (404,)),
        (request("GET", "/items/none"), (422,)),
        (request("GET", f"/nowhere/{turn}"), (404,)),
        (request("PATCH", "/items"), (405,)),
        (request("OPTIONS", "/items"), (204,)))


def write(connection, turn):
    ask(connection,
        (request("PUT", f"/items/{turn % 250 + 1}",
                 f'{{"name": "n {turn}", "price": 2, "state": "new"}}'), (200,)),
        (request("POST", "/items", '{"name": "", "price": "-1"}'), (422,)),
        (request("POST", "/items", '{"name": ['), (422,)),
        (request("POST", "/items/1/reviews", '{"author": "one", "stars": 3}'), (201, 409)),
        (request("DELETE", "/items/88888888"), (404,)))


def wait_long(connection, turn):
    del turn
    ask(connection, (request("GET", "/slow"), (200,)))


def look(connection, turn):
    del turn
    ask(connection, *((request("GET", path), (200,)) for path in (
        "/health", "/health/live", "/health/ready", "/metrics", "/openapi.json", "/docs", "/")))


def leave(connection, turn):
    """Asks for something and does not wait for it."""
    connection.send([
        request("GET", "/slow"),
        request("GET", "/large") * 20,
        request("POST", "/items", '{"name": "half"')[:-5],
        "GET /items/1 HTTP/1.1\r\nHo",
    ][turn % 4])
    connection.close(reset=turn % 3 == 0)
    raise ConnectionError("left")


KINDS = {"reads": read, "writes": write, "slow": wait_long, "looks": look, "leaves": leave}


class Fire:
    """Threads that are clients: `each` of every kind."""

    def __init__(self, port, each=2):
        self.port = port
        self.rounds = Counter()
        self.wrong = []
        self.ending = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(kind,))
                        for kind in KINDS for _ in range(each)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *reason):
        self.ending.set()
        for thread in self.threads:
            thread.join()
        if reason[0] is None:
            assert not self.wrong, self.wrong

    def run(self, kind):
        turn = 0
        while not self.ending.is_set() and not self.wrong:
            with contextlib.suppress(ConnectionError):
                connection = Connection(self.port)
                try:
                    while not self.ending.is_set():
                        turn += 1
                        self.rounds[kind] += 1
                        KINDS[kind](connection, turn)
                except (Wrong, TimeoutError, ValueError) as fault:
                    self.wrong.append(f"{kind}: {fault!r}")
                finally:
                    connection.close()

    def wait_rounds(self, count=3):
        """Until every kind of client has come so much further."""
        before = Counter(self.rounds)
        until(lambda: self.wrong or all(self.rounds[kind] >= before[kind] + count
                                        for kind in KINDS), what=f"{count} rounds of all clients")
        assert not self.wrong, self.wrong
