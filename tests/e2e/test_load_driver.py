"""The load driver sees what it is there to see: servers that misbehave on purpose."""
import contextlib
import json
import socket
import threading

import pytest

from support.load import Load, Reads, Writes
from support.wait import until


def answer(status, body, headers=""):
    text = json.dumps(body)
    return (f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\n{headers}\r\n"
            f"{text}").encode()


def converse(client, behave):
    """Reads requests, one at a time, and sends what `behave` makes of their id; None: hangs up."""
    with client:
        data = b""
        while True:
            more = client.recv(65536)
            if not more:
                return
            data += more
            if b"\r\n\r\n" not in data:
                continue
            path = data.split(b" ")[1].decode()
            data = b""
            reply = behave(int(path.rpartition("/")[2]))
            if reply is None:
                return
            client.sendall(reply)


@contextlib.contextmanager
def misbehaving(behave):
    """A server of one thread a connection; gives its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        with contextlib.suppress(OSError):
            while True:
                client = listener.accept()[0]
                threading.Thread(target=converse, args=(client, behave), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def run(behave, wait):
    with misbehaving(behave) as port, Load(port, Reads(1000), connections=4) as load:
        wait(load)
    return load.result


def test_good_answers_pass():
    result = run(lambda key: answer(200, {"id": key}), lambda load: load.wait_settled(20))
    result.check()
    assert set(result.counts()) == {200}
    assert len(result.ok()) >= 80
    assert 0 < result.worst(200) < 60
    assert result.last_bad() == 0


@pytest.mark.parametrize("behave, says", [
    (lambda key: answer(200, {"id": key + 1}), "asked for"),
    (lambda key: answer(200, {"id": key}, "X-Request-Id: another\r\n"), "answers request another"),
    (lambda key: answer(200, {"id": key}) + answer(200, {"id": key}), "nobody asked for"),
    (lambda key: answer(503, {}), "without Retry-After"),
    (lambda key: answer(500, {}), "500"),
    (lambda key: None, "closed"),
    (lambda key: b"HTTP/2 what\r\n\r\n", "no HTTP"),
], ids=["another row", "another request", "twice", "no Retry-After", "500", "lost", "no HTTP"])
def test_bad_answers_do_not_pass(behave, says):
    def wait(load):
        if "asked for" in says or "another" in says:
            load.wait_ok(5)  # they look well from outside
        else:
            load.wait_bad(2)

    result = run(behave, wait)
    with pytest.raises(AssertionError, match=says):
        result.check()


def test_an_answer_that_never_comes_is_missed(monkeypatch):
    monkeypatch.setattr("support.load.DRAIN", 0.2)
    silent = threading.Event()
    unanswered = []

    def behave(key):
        if not silent.is_set():
            return answer(200, {"id": key})
        unanswered.append(key)
        return b""

    def wait(load):
        load.wait_ok(20)
        silent.set()
        until(lambda: len(unanswered) == 4)

    result = run(behave, wait)
    assert len(result.of(None)) == 4
    with pytest.raises(AssertionError):
        result.check()


def test_refusals_are_counted_and_timed():
    refused = threading.Event()

    def behave(key):
        if refused.is_set():
            return answer(503, {}, "Retry-After: 1\r\n")
        return answer(200, {"id": key})

    def wait(load):
        load.wait_ok(20)
        refused.set()
        load.wait_bad(3)
        refused.clear()
        load.wait_settled(5)

    result = run(behave, wait)
    result.check()
    assert len(result.of(503)) >= 12
    assert result.worst(503) > 0
    assert result.last_bad() > 0


def test_each_write_has_a_key_of_its_own():
    keys = [Writes("run").request(connection, number)[0]
            for connection in range(5) for number in range(5)]
    assert len(set(keys)) == 25
