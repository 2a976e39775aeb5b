"""The server of tests/http, and a client that sends bytes as they are.

    with HttpServer("--idle-time=200") as server:
        with server.connect() as client:
            client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            answer = client.answer()      # .status .headers .body
            client.ended()                # the server has closed
"""
import os
import signal
import socket
import subprocess
from pathlib import Path

from support.project import program

PATIENCE = 60  # seconds for what must happen; only a failure waits so long


class Answer:
    def __init__(self, status, version, headers, body):
        self.status, self.version, self.headers, self.body = status, version, headers, body

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body!r}"


class Client:
    """A connection. Answers are read strictly: what they say of their length must be so."""

    def __init__(self, sock):
        self.sock = sock
        self.sock.settimeout(PATIENCE)
        self.buffer = bytearray()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.sock.close()

    def send(self, data, whole=True):
        """With whole=False a byte at a time, until the server has had enough."""
        try:
            for piece in [data] if whole else [data[i : i + 1] for i in range(len(data))]:
                self.sock.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            assert not whole, "the server has closed too early"

    def get(self, path, *headers):
        self.send(request("GET", path, *headers))
        return self.answer()

    def read(self, count):
        while len(self.buffer) < count:
            part = self.sock.recv(65536)
            assert part, f"the connection ended after {self.buffer!r}"
            self.buffer += part
        return self.take(count)

    def take(self, count):
        found = bytes(self.buffer[:count])
        del self.buffer[:count]
        return found

    def read_line(self):
        while (end := self.buffer.find(b"\r\n")) < 0:
            part = self.sock.recv(65536)
            assert part, f"the connection ended after {self.buffer!r}"
            self.buffer += part
        return self.take(end + 2)[:-2].decode()

    def read_rest(self):
        while part := self.sock.recv(65536):
            self.buffer += part
        return self.take(len(self.buffer))

    def read_chunks(self):
        body = bytearray()
        while size := int(self.read_line(), 16):
            body += self.read(size)
            assert self.read(2) == b"\r\n"
        assert self.read_line() == ""
        return body

    def answer(self, head=False):
        version, status, _ = self.read_line().split(" ", 2)
        headers = {}
        while line := self.read_line():
            name, value = line.split(": ", 1)
            assert name.lower() not in headers
            headers[name.lower()] = value
        if head or status in ("100", "204", "304"):
            body = b""
        elif headers.get("transfer-encoding") == "chunked":
            body = self.read_chunks()
        elif "content-length" in headers:
            body = self.read(int(headers["content-length"]))
        else:
            assert headers["connection"] == "close"
            body = self.read_rest()
        return Answer(int(status), version, headers, body)

    def ended(self):
        assert self.read_rest() == b""


def request(method, path, *headers, body=None):
    lines = [f"{method} {path} HTTP/1.1", "Host: a", *headers]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


class HttpServer:
    def __init__(self, *options, listen="127.0.0.1:0"):
        path = Path(program()).parent / "tests" / "http" / "http_server"
        self.process = subprocess.Popen(
            [path, f"--listen={listen}", *options], stdout=subprocess.PIPE, text=True
        )
        self.url = self.process.stdout.readline().strip()
        assert self.url, "the server has not begun"

    def __enter__(self):
        return self

    def __exit__(self, kind, *unused):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE)
        self.process.stdout.close()
        assert kind is not None or status == 0

    def connect(self):
        if self.url.startswith("unix:"):
            sock = socket.socket(socket.AF_UNIX)
            sock.settimeout(PATIENCE)
            sock.connect(self.url[len("unix:") :])
            return Client(sock)
        host, _, port = self.url[len("http://") :].rpartition(":")
        sock = socket.create_connection((host.strip("[]"), int(port)), PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Client(sock)

    def stats(self):
        with self.connect() as client:
            lines = client.get("/stats", "Connection: close").body.decode().splitlines()
        return {name: int(value) for name, value in (line.split() for line in lines)}

    def stats_until(self, name, value):
        """Asks again until it is so: the server learns of some things in a later turn."""
        while (found := self.stats())[name] != value:
            pass
        return found

    def memory(self):
        """Resident kilobytes; 0 beside a sanitizer, which needs some for itself."""
        with open(f"/proc/{self.process.pid}/maps", encoding="ascii") as maps:
            if "libasan" in maps.read():
                return 0
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def cpu_ticks(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            words = stat.read().rsplit(")", 1)[1].split()
        return int(words[11]) + int(words[12])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))
