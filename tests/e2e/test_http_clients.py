"""Clients that are slow, leave, pipeline, or ask for something less usual; many of them."""
import contextlib
import gzip
import resource
import signal
import socket
import subprocess

import pytest

from support.http_server import HttpServer, request
from support.wait import until

SHORT = 200  # milliseconds


def test_connection_is_kept():
    with HttpServer() as server, server.connect() as client:
        for i in range(100):
            answer = client.get(f"/echo?{i}")
            assert answer.body == f"GET\n/echo\n{i}\n127.0.0.1\n\n".encode()
            assert "connection" not in answer.headers


def test_pipelined_answers_keep_their_order():
    with HttpServer() as server, server.connect() as client:
        client.send(request("GET", "/hold") + b"".join(request("GET", f"/echo?{i}") for i in range(500)))
        server.stats_until("held", 1)
        with server.connect() as other:
            other.get("/release")
        assert client.answer().body == b"released\n"
        for i in range(500):
            assert client.answer().body.split(b"\n")[2] == str(i).encode()


def test_more_is_pipelined_than_is_read():
    """The answers are larger than all buffers: requests wait until the client has taken some."""
    with HttpServer() as server, server.connect() as client:
        client.send(request("GET", "/large?100000") * 200)
        for _ in range(200):
            assert len(client.answer().body) == 100000
        assert server.memory() < 50000


def test_close_is_done():
    with HttpServer() as server, server.connect() as client:
        answer = client.get("/", "Connection: close")
        assert answer.headers["connection"] == "close"
        client.ended()


def test_old_version():
    with HttpServer() as server:
        with server.connect() as client:
            client.send(b"GET /echo HTTP/1.0\r\n\r\n")
            assert client.answer().headers["connection"] == "close"
            client.ended()
        with server.connect() as client:
            for _ in range(2):
                client.send(b"GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                assert client.answer().headers["connection"] == "keep-alive"
        with server.connect() as client:
            client.send(b"GET /stream?500 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            answer = client.answer()
            assert "transfer-encoding" not in answer.headers
            assert len(answer.body) == 500000


def test_head_has_no_body():
    with HttpServer() as server, server.connect() as client:
        client.send(request("HEAD", "/large?5000") + request("HEAD", "/stream?3"))
        assert client.answer(head=True).headers["content-length"] == "5000"
        assert client.answer(head=True).headers["transfer-encoding"] == "chunked"
        assert client.get("/").body == b"ok\n"


def test_date_is_given():
    with HttpServer() as server, server.connect() as client:
        date = client.get("/").headers["date"]
        assert len(date) == 29 and date.endswith(" GMT")


def expecting(path, length):
    return request("POST", path, "Expect: 100-continue", f"Content-Length: {length}")


def test_continue_is_said_before_the_body():
    with HttpServer() as server, server.connect() as client:
        for _ in range(2):
            client.send(expecting("/body", 3))
            assert client.answer().status == 100
            client.send(b"abc")
            assert client.answer().body == b"abc"


def test_continue_is_not_said_where_nothing_waits_for_it():
    with HttpServer() as server:
        with server.connect() as client:
            client.send(expecting("/body", 3) + b"abc")
            assert client.answer().status == 200
            client.send(request("GET", "/echo", "Expect: 100-continue"))
            assert client.answer().status == 200
        with server.connect() as client:
            client.send(b"POST /body HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc")
            assert client.answer().status == 200


def test_answer_before_the_body_ends_the_expectation():
    with HttpServer() as server, server.connect() as client:
        client.send(expecting("/early", 3))
        answer = client.answer()
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        client.ended()


def test_answer_before_the_body_keeps_the_connection():
    with HttpServer() as server, server.connect() as client:
        client.send(request("POST", "/early", "Content-Length: 300000"))
        assert client.answer().body == b"early\n"
        client.send(b"x" * 300000)
        assert client.get("/").body == b"ok\n"


def test_limit_of_one_request():
    with HttpServer() as server, server.connect() as client:
        client.send(request("POST", "/small", body=b"x" * 10))
        assert client.answer().status == 200
        client.send(expecting("/small", 11))
        assert client.answer().status == 413
        client.ended()


def test_large_body_comes_back():
    body = bytes(range(256)) * 4096
    with HttpServer() as server, server.connect() as client:
        client.send(request("POST", "/body", body=body))
        assert client.answer().body == body
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (body[:5], body[5:70000], body[70000:]))
        client.send(request("POST", "/body", "Transfer-Encoding: chunked") + chunks + b"0\r\n\r\n")
        assert client.answer().body == body


def zstd(data):
    return subprocess.run(["zstd", "-dc"], input=data, stdout=subprocess.PIPE, check=True).stdout


@pytest.mark.parametrize("coding, decode", [("gzip", gzip.decompress), ("zstd", zstd)])
def test_compressed_comes_back(coding, decode):
    with HttpServer() as server, server.connect() as client:
        plain = client.get("/large?200000")
        assert "content-encoding" not in plain.headers
        assert plain.headers["vary"] == "Accept-Encoding"
        for _ in range(2):
            packed = client.get("/large?200000", f"Accept-Encoding: br;q=1, {coding};q=0.5")
            assert packed.headers["content-encoding"] == coding
            assert packed.headers["vary"] == "Accept-Encoding"
            assert len(packed.body) < 50000
            assert decode(packed.body) == plain.body


def test_small_is_not_compressed():
    with HttpServer("--compress-from=1000") as server, server.connect() as client:
        assert "content-encoding" not in client.get("/large?999", "Accept-Encoding: gzip").headers
        assert "content-encoding" in client.get("/large?1000", "Accept-Encoding: gzip").headers


def test_stream_waits_for_its_client():
    with HttpServer() as server, server.connect() as client:
        client.send(request("GET", "/stream?20000"))
        assert client.answer().body == b"x" * 20000000
        assert client.get("/").body == b"ok\n"
        assert server.stats()["most"] < 200000


def test_broken_stream_is_seen():
    with HttpServer() as server:
        with server.connect() as client:
            client.send(request("GET", "/broken"))
            with pytest.raises((AssertionError, ConnectionResetError)):
                client.answer()
        with server.connect() as client:
            client.send(b"GET /broken HTTP/1.0\r\n\r\n")
            with pytest.raises(ConnectionResetError):
                client.answer()


def trickle(client, data):
    """A byte whenever the server lets one through, until it has had enough."""
    client.sock.settimeout(SHORT / 4000)
    for i in range(len(data)):
        try:
            client.send(data[i : i + 1], whole=False)
            part = client.sock.recv(65536)
        except TimeoutError:
            continue
        client.buffer += part
        break
    client.sock.settimeout(60)


@pytest.mark.parametrize(
    "data, option",
    [
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 10000, f"--head-time={SHORT}"),
        (request("POST", "/", "Content-Length: 10000") + b"y" * 9000, f"--body-time={SHORT}"),
        (
            request("POST", "/", "Transfer-Encoding: chunked") + b"1\r\ny\r\n" * 2000,
            f"--body-time={SHORT}",
        ),
    ],
    ids=["head", "body", "chunks"],
)
def test_slow_request_is_ended(data, option):
    with HttpServer(option) as server, server.connect() as slow, server.connect() as other:
        trickle(slow, data)
        answer = slow.answer()
        assert (answer.status, answer.headers["connection"]) == (408, "close")
        slow.ended()
        assert other.get("/").body == b"ok\n"


def test_idle_connection_is_ended():
    with HttpServer(f"--idle-time={SHORT}") as server:
        with server.connect() as fresh, server.connect() as used:
            used.get("/")
            fresh.ended()
            used.ended()


def test_waiting_for_an_answer_is_not_idle():
    with HttpServer(f"--idle-time={SHORT}", f"--head-time={SHORT}", f"--body-time={SHORT}") as server:
        with server.connect() as waiting, server.connect() as idle:
            waiting.send(request("GET", "/hold"))
            idle.ended()
            with server.connect() as other:
                other.get("/release")
            assert waiting.answer().body == b"released\n"


@pytest.mark.parametrize("path", ["/large?50000000", "/stream?100000"])
def test_client_that_does_not_read_is_ended(path):
    with HttpServer(f"--write-time={SHORT}") as server, server.connect() as client:
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.send(request("GET", path))
        found = server.stats_until("connections", 1)
        assert found["gone"] == (1 if "stream" in path else 0)


def test_client_that_reads_slowly_gets_its_stream():
    """Longer than write_time as a whole, but what was written is always taken in time."""
    with HttpServer("--write-time=2000") as server, server.connect() as client:
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.send(request("GET", "/stream?40000"))
        assert len(client.answer().body) == 40000000


def test_stream_that_is_cut_does_not_look_whole():
    """Without chunks, only a reset tells that something is missing."""
    with HttpServer(f"--half-closed-time={SHORT}") as server, server.connect() as client:
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.send(b"GET /stream?100000 HTTP/1.0\r\n\r\n")
        client.sock.shutdown(socket.SHUT_WR)
        server.stats_until("connections", 1)
        with pytest.raises(ConnectionResetError):
            client.answer()


def test_client_that_leaves_is_noticed():
    with HttpServer(f"--half-closed-time={SHORT}") as server:
        with server.connect() as client:
            client.send(request("GET", "/hold"))
            server.stats_until("held", 1)
        assert server.stats_until("held", 0)["gone"] == 1


def test_client_that_resets_is_noticed_at_once():
    with HttpServer("--half-closed-time=1000000") as server:
        with server.connect() as client:
            client.send(request("GET", "/hold"))
            server.stats_until("held", 1)
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        assert server.stats_until("held", 0)["gone"] == 1


def test_client_that_closed_its_half_is_answered():
    with HttpServer() as server, server.connect() as client:
        client.send(request("GET", "/hold") + request("GET", "/echo?2"))
        client.sock.shutdown(socket.SHUT_WR)
        server.stats_until("held", 1)
        with server.connect() as other:
            other.get("/release")
        assert client.answer().body == b"released\n"
        assert client.answer().body.startswith(b"GET\n/echo\n2\n")
        client.ended()


def test_thousands_that_leave():
    pieces = [
        b"",
        b"GET / HT",
        request("POST", "/body", "Content-Length: 100") + b"half",
        request("GET", "/"),
        request("GET", "/large?100000"),
        request("GET", "/stream?1000"),
        request("GET", "/hold"),
        request("GET", "/") * 50,
        request("POST", "/body", "Transfer-Encoding: chunked") + b"5\r\nab",
        b"nonsense\r\n\r\n",
    ]
    with HttpServer("--half-closed-time=0") as server:
        for i in range(3000):
            with server.connect() as client:
                client.send(pieces[i % len(pieces)])
                if i % 2:
                    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        found = server.stats_until("connections", 1)
        assert found["held"] == 0
        assert server.memory() < 60000


def test_drain_answers_what_has_begun():
    with HttpServer() as server:
        with server.connect() as holding, server.connect() as idle, server.connect() as half:
            idle.get("/")
            half.send(b"GET / HTTP/1.1\r\n")
            holding.send(request("GET", "/hold"))
            server.stats_until("held", 1)
            with server.connect() as releasing:
                releasing.send(request("POST", "/release", "Content-Length: 1"))
                # its body is still to come
                server.process.terminate()
                idle.ended()
                releasing.send(b"x")
                answer = releasing.answer()
                assert (answer.body, answer.headers["connection"]) == (b"ok\n", "close")
            answer = holding.answer()
            assert (answer.body, answer.headers["connection"]) == (b"released\n", "close")
            half.send(b"Host: a\r\n\r\n")
            assert half.answer().headers["connection"] == "close"
        with pytest.raises(OSError):
            server.connect()


def held(server):
    """A connection that waits for its answer."""
    before = server.stats()["held"]
    client = server.connect()
    client.send(request("GET", "/hold"))
    server.stats_until("held", before + 1)
    return client


def gets_no_answer(client, seconds):
    client.sock.settimeout(seconds)
    with pytest.raises(TimeoutError):
        client.sock.recv(1)
    client.sock.settimeout(60)


def test_connections_are_limited():
    """Those that wait for an answer are not closed for others."""
    with HttpServer("--connections=3") as server:
        with held(server) as first, held(server) as second, server.connect() as third:
            third.send(request("POST", "/body", "Content-Length: 2") + b"a")
            late = server.connect()
            late.send(request("GET", "/release"))
            gets_no_answer(late, SHORT / 1000)
            third.send(b"b")
            assert third.answer().body == b"ab"
            assert late.answer().status == 200, "the third is idle by now, and gives way"
            assert first.answer().body == second.answer().body == b"released\n"
            third.ended()
            late.sock.close()


def test_who_is_idle_longest_gives_way():
    with HttpServer("--connections=3") as server:
        clients = [server.connect() for _ in range(3)]
        for client in clients[:2]:
            client.get("/")
        clients[0].get("/")  # the order is now 2 (silent since it came), 1, 0
        new = []
        for gone, *kept in [(2, 1, 0), (1, 0), (0,)]:
            new.append(server.connect())
            assert new[-1].get("/").body == b"ok\n"
            clients[gone].ended()
            for i in kept:
                clients[i].sock.setblocking(False)
                with pytest.raises(BlockingIOError):
                    clients[i].sock.recv(1)
                clients[i].sock.settimeout(60)
        for client in clients + new:
            client.sock.close()


def test_nobody_gives_way_to_nobody():
    """A full house alone is no reason to close anything."""
    with HttpServer("--connections=2") as server, server.connect() as one, server.connect() as two:
        for _ in range(10):
            one.get("/")
            two.get("/")
        two.get("/")


def test_silent_clients_lock_nobody_out():
    with HttpServer("--connections=20") as server:
        silent = [server.connect() for _ in range(200)]
        with server.connect() as late:
            assert late.get("/").body == b"ok\n"
        for client in silent:
            client.sock.close()


def test_a_request_that_has_come_is_answered_before_its_connection_gives_way():
    """It stands in the socket unread, while the loop is stopped, when somebody else comes."""
    with HttpServer("--connections=1") as server, server.connect() as first:
        first.get("/")
        server.process.send_signal(signal.SIGSTOP)
        with server.connect() as second:
            second.send(request("GET", "/echo?2"))
            first.send(request("GET", "/echo?1"))
            server.process.send_signal(signal.SIGCONT)
            assert first.answer().body.split(b"\n")[2] == b"1"
            assert second.answer().body.split(b"\n")[2] == b"2"


def test_lack_of_descriptors_is_waited_out():
    with HttpServer() as server:
        idle = server.descriptors()
        busy = [held(server) for _ in range(25)]
        limit = idle + 26
        until(lambda: server.descriptors() == idle + 25, what="the end of those that asked meanwhile")
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (limit, limit))
        busy.append(server.connect())
        busy[-1].send(expecting("/body", 2))
        assert busy[-1].answer().status == 100  # its request is known: it is not idle
        busy[-1].send(b"a")
        late = server.connect()
        before = server.cpu_ticks()
        late.send(request("GET", "/release"))
        gets_no_answer(late, 0.5)
        assert server.descriptors() == limit
        assert server.cpu_ticks() - before < 25  # of 50
        busy[-1].send(b"b")
        assert late.answer().status == 200
        for client in [*busy, late]:
            client.sock.close()


def test_idle_clients_give_their_descriptors():
    limit = 40
    with HttpServer() as server:
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (limit, limit))
        silent = [server.connect() for _ in range(limit + 30)]
        with server.connect() as late:
            assert late.get("/").body == b"ok\n"
            assert server.descriptors() <= limit
        for client in silent:
            client.sock.close()


def unfinished(server, come, length):
    """A connection with a part of a request, and how much that is."""
    client = server.connect()
    data = request("POST", "/body", f"Content-Length: {length}") + b"x" * come
    client.send(data)
    return client, len(data)


def is_refused(client):
    answer = client.answer()
    assert (answer.status, answer.headers["connection"]) == (503, "close")
    client.ended()


def test_requests_that_are_not_whole_are_limited_together():
    with HttpServer("--bodies=200000") as server:
        first, first_count = unfinished(server, 100000, 300000)
        server.stats_until("bodies", first_count)
        second, count = unfinished(server, 90000, 100000)
        server.stats_until("bodies", first_count + count)
        third, _ = unfinished(server, 20000, 30000)
        with third:
            is_refused(third)
        with server.connect() as client:
            client.send(request("POST", "/body", body=b"whole"))
            assert client.answer().body == b"whole"
        second.send(b"y" * 10000)
        assert len(second.answer().body) == 100000
        server.stats_until("bodies", first_count)
        third, count = unfinished(server, 20000, 30000)
        with third:
            server.stats_until("bodies", first_count + count)
            third.send(b"y" * 10000)
            assert third.answer().status == 200
        first.sock.close()
        second.sock.close()
        server.stats_until("bodies", 0)


def test_heads_that_are_not_whole_are_limited_together():
    part = request("GET", "/", "X: " + "x" * 15000)[:-2]
    with HttpServer("--bodies=50000") as server, contextlib.ExitStack() as stack:
        slow = []
        for number in range(1, 4):
            slow.append(stack.enter_context(server.connect()))
            slow[-1].send(part)
            server.stats_until("bodies", number * len(part))
        with server.connect() as fourth:
            fourth.send(part)
            is_refused(fourth)
        with server.connect() as client:
            assert client.get("/").status == 200
        for client in slow:
            client.send(b"\r\n")
            assert client.answer().status == 200
        server.stats_until("bodies", 0)


def test_what_waits_behind_a_request_counts_too():
    """Where there is no room for it, the answer says that the connection ends."""
    hold, behind = request("GET", "/hold"), request("GET", "/echo", "X: " + "x" * 2000)
    with HttpServer("--bodies=15000") as server, server.connect() as kept, server.connect() as lost:
        kept.send(hold + 5 * behind)
        server.stats_until("bodies", 5 * len(behind))
        lost.send(hold + 5 * behind)
        server.stats_until("held", 2)
        with server.connect() as other:
            other.get("/release")
        assert lost.answer().headers["connection"] == "close"
        lost.ended()
        for client in [kept] * 6:
            answer = client.answer()
            assert answer.status == 200 and "connection" not in answer.headers
        server.stats_until("bodies", 0)


def test_socket_file(tmp_path):
    with HttpServer(listen=f"unix:{tmp_path}/s") as server, server.connect() as client:
        assert client.get("/echo").body == b"GET\n/echo\n\nunix\n\n"


def test_ipv6():
    try:
        server = HttpServer(listen="[::1]:0")
    except AssertionError:
        pytest.skip("no IPv6 here")
    with server, server.connect() as client:
        assert client.get("/echo").body == b"GET\n/echo\n\n::1\n\n"


def test_proxy_is_believed_only_if_trusted():
    with HttpServer() as server, server.connect() as client:
        assert b"\n127.0.0.1\n" in client.get("/echo", "X-Forwarded-For: 192.0.2.7").body
    with HttpServer("--trust=127.0.0.0/8") as server, server.connect() as client:
        assert b"\n192.0.2.7\n" in client.get("/echo", "X-Forwarded-For: 6.6.6.6, 192.0.2.7").body
        assert b"\n192.0.2.8\n" in client.get("/echo", "Forwarded: for=192.0.2.8;proto=https").body
        assert b"\n127.0.0.1\n" in client.get("/echo").body


def test_ten_thousand_idle_connections_cost_little():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = 10000
    if hard < count + 100:
        pytest.skip("too few descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with HttpServer() as server:
            before = server.memory()
            clients = [server.connect() for _ in range(count)]
            for client in clients:
                client.get("/")
            assert server.stats()["connections"] == count + 1
            assert server.memory() - before < 2 * count
            for client in clients:
                client.sock.close()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
