"""Load from outside: keep-alive connections in a process of their own, every answer accounted for.

    with Load(port, Reads(1000), connections=32) as load:
        load.wait_ok(500)         # until so many requests were answered with 2xx
        ...                       # break something
        load.wait_settled(20)     # until each connection had so many 2xx in a row
    load.result.answers           # one Answer a request that was sent

A connection sends its next request when the last one was answered, and after an answer that is
not 2xx waits PAUSE, as a client does that has been told to come back. Nothing is sent twice.
"""
import contextlib
import heapq
import json
import multiprocessing
import os
import select
import socket
import time
from collections import Counter, namedtuple

from support.wait import until

PAUSE = 0.02  # seconds
DRAIN = 20  # seconds that the last answers may take
CONTEXT = multiprocessing.get_context("fork")

# A request and what became of it. sent, got: of time.monotonic(); status: 0 if the connection
# ended first, None if there was no answer in the end; problem: what is wrong with the answer.
Answer = namedtuple("Answer", "connection number key sent got status problem")


class Reads:
    """GET of one row by its key: the answer must be about the row that was asked for."""

    def __init__(self, rows, path="/items/{}"):
        self.rows = rows
        self.path = path

    def request(self, connection, number):
        key = (connection * 7919 + number * 104729) % self.rows + 1
        return key, f"GET {self.path.format(key)} HTTP/1.1\r\nHost: test\r\n", b""

    def problem(self, key, body):
        found = json.loads(body)
        return None if found["id"] == key else f"asked for {key}, got {found}"


class Writes:
    """POST of a new row whose key nobody else sends."""

    def __init__(self, prefix, path="/entries"):
        self.prefix = prefix
        self.path = path

    def request(self, connection, number):
        key = f"{self.prefix}-{connection}-{number}"
        body = json.dumps({"key": key}).encode()
        return key, (f"POST {self.path} HTTP/1.1\r\nHost: test\r\n"
                     f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"), body

    def problem(self, key, body):
        found = json.loads(body)
        return None if found["key"] == key else f"sent {key}, got {found}"


class Incomplete(Exception):
    """More bytes are needed."""


def split_answer(data, head_only=False):
    """(status, headers, body, rest) of the first answer in `data`; ValueError if it is none.

    What only announces an answer (100) is passed over. head_only: the answer to a HEAD.
    """
    head, blank, rest = data.partition(b"\r\n\r\n")
    if not blank:
        raise Incomplete
    first, *lines = head.decode("latin-1").split("\r\n")
    version, status = first.split(" ")[:2]
    if version != "HTTP/1.1":
        raise ValueError(first)
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or name.lower() in headers and name.lower() == "content-length":
            raise ValueError(line)
        headers[name.lower()] = value.strip()
    if status == "100":
        return split_answer(rest, head_only)
    if status in ("204", "304") or head_only:
        return int(status), headers, b"", rest
    length = int(headers["content-length"])
    if len(rest) < length:
        raise Incomplete
    return int(status), headers, rest[:length], rest[length:]


class Connection:
    """One client: at most one request is on its way."""

    def __init__(self, driver, index):
        self.driver = driver
        self.index = index
        self.number = 0
        self.socket = None
        self.sent = None  # of the request on its way
        self.key = None
        self.data = b""

    def connect(self):
        self.socket = socket.create_connection(("127.0.0.1", self.driver.port), timeout=DRAIN)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.driver.register(self)

    def close(self):
        if self.socket is not None:
            self.driver.forget(self)
            self.socket.close()
            self.socket = None
        self.data = b""

    def send(self):
        """A request is far smaller than the socket's buffer, so it goes out whole."""
        self.number += 1
        self.key, head, body = self.driver.kind.request(self.index, self.number)
        text = head.encode() + f"X-Request-Id: c{self.index}-{self.number}\r\n\r\n".encode() + body
        self.sent = time.monotonic()
        try:
            if self.socket is None:
                self.connect()
            if self.socket.send(text) != len(text):
                raise OSError("the socket did not take a whole request")
        except OSError as error:
            self.finish(0, str(error))
            self.close()

    def receive(self):
        try:
            data = self.socket.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError as error:
            self.lose(str(error))
            return
        if not data:
            self.lose("closed" if self.sent is not None else None)
            return
        self.data += data
        self.take()

    def lose(self, why):
        self.close()
        if self.sent is not None:
            self.finish(0, why)

    def take(self):
        if self.sent is None:
            self.driver.extra.append((self.index, self.number, self.data))
            self.close()
            return
        try:
            status, headers, body, rest = split_answer(self.data)
        except Incomplete:
            return
        except (ValueError, KeyError) as error:
            self.close()
            self.finish(-1, f"no HTTP: {error!r}")
            return
        self.data = b""
        if rest:
            self.driver.extra.append((self.index, self.number, rest))
        if rest or headers.get("connection", "").lower() == "close":
            self.close()
        self.finish(status, self.problem_of(status, headers, body))

    def problem_of(self, status, headers, body):
        echoed = headers.get("x-request-id")
        if echoed is not None and echoed != f"c{self.index}-{self.number}":
            return f"answers request {echoed}"
        if status == 503 and not headers.get("retry-after", "").isdigit():
            return "503 without Retry-After"
        if not 200 <= status < 300:
            return None
        try:
            return self.driver.kind.problem(self.key, body)
        except (ValueError, LookupError, TypeError) as error:
            return f"{error!r} in {body!r}"

    def finish(self, status, problem=None):
        now = time.monotonic()
        sent, self.sent = self.sent, None
        self.driver.note(Answer(self.index, self.number, self.key, sent, now, status, problem))
        self.driver.later(self, now if 200 <= status < 300 else now + PAUSE)


class Driver:
    """The loop of the load's process."""

    def __init__(self, port, kind, count, board):
        self.port = port
        self.kind = kind
        self.board = board
        self.poll = select.epoll()
        self.by_descriptor = {}
        self.connections = [Connection(self, index) for index in range(count)]
        self.due = []  # heap of (when, connection's index): who sends next
        self.answers = []
        self.extra = []

    def register(self, connection):
        self.by_descriptor[connection.socket.fileno()] = connection
        self.poll.register(connection.socket.fileno(), select.EPOLLIN)

    def forget(self, connection):
        del self.by_descriptor[connection.socket.fileno()]
        self.poll.unregister(connection.socket.fileno())

    def later(self, connection, when):
        heapq.heappush(self.due, (when, connection.index))

    def note(self, answer):
        self.answers.append(answer)
        self.board.note(answer)

    def send_due(self):
        """Gives the seconds until the next is due."""
        now = time.monotonic()
        while self.due and self.due[0][0] <= now and not self.board.stopping():
            self.connections[heapq.heappop(self.due)[1]].send()
        return min(max(self.due[0][0] - now, 0), 0.05) if self.due else 0.05

    def outstanding(self):
        return [one for one in self.connections if one.sent is not None]

    def run(self):
        parent = os.getppid()
        for connection in self.connections:
            self.later(connection, 0)
        until_when = None
        while os.getppid() == parent:
            began = time.monotonic()
            pause = self.send_due()
            if self.board.stopping():
                until_when = until_when or time.monotonic() + DRAIN
                if not self.outstanding() or time.monotonic() > until_when:
                    break
            asked = time.monotonic()
            events = self.poll.poll(pause)
            waited = min(time.monotonic() - asked, pause)
            for descriptor, _ in events:
                if descriptor in self.by_descriptor:
                    self.by_descriptor[descriptor].receive()
            self.board.turned(time.monotonic() - began - waited)
        for one in self.outstanding():
            self.answers.append(Answer(one.index, one.number, one.key, one.sent, None, None, None))
        return self.answers, self.extra


class Board:
    """What both processes see while the load runs."""

    def __init__(self, count):
        self.total = CONTEXT.RawArray("q", count)  # 2xx of each connection
        self.streak = CONTEXT.RawArray("q", count)  # those since something else came
        self.bad = CONTEXT.RawArray("q", count)  # answers that are not 2xx
        self.stop = CONTEXT.RawValue("b", 0)
        self.turn = CONTEXT.RawValue("d", 0)  # seconds of the longest turn, but for waiting

    def note(self, answer):
        if answer.status is not None and 200 <= answer.status < 300:
            self.total[answer.connection] += 1
            self.streak[answer.connection] += 1
        else:
            self.bad[answer.connection] += 1
            self.streak[answer.connection] = 0

    def turned(self, seconds):
        self.turn.value = max(self.turn.value, seconds)

    def stopping(self):
        return self.stop.value != 0


class Result:
    """What became of all requests."""

    def __init__(self, answers, extra, turn):
        self.answers = answers
        self.extra = extra  # (connection, number, bytes) that nobody had asked for
        self.turn = turn  # seconds of the driver's longest turn: how busy the machine was

    def of(self, status):
        return [answer for answer in self.answers if answer.status == status]

    def ok(self):
        return [one for one in self.answers if one.status and 200 <= one.status < 300]

    def counts(self):
        return dict(Counter(answer.status for answer in self.answers))

    def worst(self, status):
        """Seconds of the slowest answer with this status; 0 if there is none."""
        return max((one.got - one.sent for one in self.of(status)), default=0)

    def last_bad(self):
        """When the last answer came that was not 2xx; 0 if there is none."""
        return max((one.got for one in self.answers
                    if not (one.status and 200 <= one.status < 300) and one.got), default=0)

    def check(self, allowed=(200, 201, 503)):
        """Each request was answered once, rightly, and with a status that is allowed."""
        assert not self.extra, f"answers that nobody asked for: {self.extra[:3]}"
        wrong = [one for one in self.answers if one.status not in allowed or one.problem]
        assert not wrong, f"{len(wrong)} of {self.counts()}: {wrong[:5]}"


class Load:
    """Load on 127.0.0.1:port while the block runs; then .result tells what came of it."""

    def __init__(self, port, kind, connections=16):
        self.board = Board(connections)
        self.driver = (port, kind, connections, self.board)
        self.result = None

    def __enter__(self):
        receiving, sending = CONTEXT.Pipe(duplex=False)

        def work():
            receiving.close()
            sending.send(Driver(*self.driver).run())

        self.process = CONTEXT.Process(target=work, daemon=True)
        self.process.start()
        sending.close()
        self.pipe = receiving
        return self

    def __exit__(self, kind, *_):
        self.board.stop.value = 1
        try:
            with contextlib.suppress(EOFError):
                self.result = Result(*self.pipe.recv(), self.board.turn.value)
            self.process.join()
        finally:
            if self.process.is_alive():
                self.process.kill()
        assert kind or self.result is not None, "the load ended before its time"

    def ok(self):
        return sum(self.board.total)

    def wait_ok(self, count):
        """Until so many further requests were answered with 2xx."""
        before = self.ok()
        until(lambda: self.ok() >= before + count, what=f"{count} further answers")

    def wait_bad(self, count):
        """Until each connection had so many further answers that are not 2xx."""
        before = list(self.board.bad)
        until(lambda: all(now >= then + count for now, then in zip(self.board.bad, before)),
              what=f"{count} refusals on each connection")

    def wait_settled(self, count=20):
        """Until each connection has had so many further 2xx in a row."""
        before = list(self.board.total)
        until(lambda: all(streak >= count and now >= then + count for streak, now, then in
                          zip(self.board.streak, self.board.total, before)),
              what=f"{count} answers in a row on each connection")
