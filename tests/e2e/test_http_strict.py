"""What two readers of a request could understand differently is refused, and the connection ends.

Each row is sent in one piece and byte by byte, always with another request behind it, which must
not be taken: that it could be is what request smuggling lives on.
"""
import pytest

from support.http_server import HttpServer, request

HOST = b"Host: a\r\n"
POST = b"POST /echo HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
SECOND = b"GET /second HTTP/1.1\r\n" + HOST + b"\r\n"


def get(*lines):
    return b"GET / HTTP/1.1\r\n" + HOST + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def post(*lines, body=b"abc"):
    return POST + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


def target(text, method=b"GET"):
    return method + b" " + text + b" HTTP/1.1\r\n" + HOST + b"\r\n"


REFUSED = {
    "two different Content-Length": (400, post(b"Content-Length: 3", b"Content-Length: 4")),
    "the same Content-Length twice": (400, post(b"Content-Length: 3", b"Content-Length: 3")),
    "Content-Length list": (400, post(b"Content-Length: 3, 3")),
    "Content-Length +": (400, post(b"Content-Length: +3")),
    "Content-Length -": (400, post(b"Content-Length: -3")),
    "Content-Length hex": (400, post(b"Content-Length: 0x3")),
    "Content-Length with letters": (400, post(b"Content-Length: 3a")),
    "Content-Length with a space inside": (400, post(b"Content-Length: 3 3")),
    "Content-Length empty": (400, post(b"Content-Length:")),
    "Content-Length beyond 64 bits": (400, post(b"Content-Length: 18446744073709551619")),
    "Content-Length too large": (413, post(b"Content-Length: 999999999")),
    "space before the colon": (400, post(b"Content-Length : 3")),
    "tab before the colon": (400, post(b"Content-Length\t: 3")),
    "Content-Length and Transfer-Encoding": (
        400,
        post(b"Content-Length: 3", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    ),
    "Transfer-Encoding and Content-Length": (
        400,
        post(b"Transfer-Encoding: chunked", b"Content-Length: 3", body=b"0\r\n\r\n"),
    ),
    "Transfer-Encoding identity": (400, post(b"Transfer-Encoding: identity")),
    "Transfer-Encoding gzip": (400, post(b"Transfer-Encoding: gzip")),
    "Transfer-Encoding gzip, chunked": (400, post(b"Transfer-Encoding: gzip, chunked")),
    "Transfer-Encoding chunked, chunked": (400, post(b"Transfer-Encoding: chunked, chunked")),
    "Transfer-Encoding chunked, gzip": (400, post(b"Transfer-Encoding: chunked, gzip")),
    "Transfer-Encoding chunked;x": (400, post(b"Transfer-Encoding: chunked;x=y")),
    "Transfer-Encoding quoted": (400, post(b'Transfer-Encoding: "chunked"')),
    "Transfer-Encoding empty": (400, post(b"Transfer-Encoding:")),
    "Transfer-Encoding xchunked": (400, post(b"Transfer-Encoding: xchunked")),
    "Transfer-Encoding with a vertical tab": (400, post(b"Transfer-Encoding: \x0bchunked")),
    "Transfer-Encoding twice": (
        400,
        post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    ),
    "Transfer-Encoding twice, one unknown": (
        400,
        post(b"Transfer-Encoding: x", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    ),
    "Transfer-Encoding in HTTP/1.0": (
        400,
        b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    "chunk size 0x": (400, CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n"),
    "chunk size +": (400, CHUNKED + b"+3\r\nabc\r\n0\r\n\r\n"),
    "chunk size -": (400, CHUNKED + b"-3\r\nabc\r\n0\r\n\r\n"),
    "chunk size after a space": (400, CHUNKED + b" 3\r\nabc\r\n0\r\n\r\n"),
    "chunk size before a space": (400, CHUNKED + b"3 \r\nabc\r\n0\r\n\r\n"),
    "chunk size before a tab": (400, CHUNKED + b"3\t\r\nabc\r\n0\r\n\r\n"),
    "chunk size missing": (400, CHUNKED + b"\r\nabc\r\n0\r\n\r\n"),
    "chunk size too large": (413, CHUNKED + b"FFFFFFF\r\n" + b"x" * 70000),
    "chunk size beyond 64 bits": (400, CHUNKED + b"10000000000000003\r\nabc\r\n0\r\n\r\n"),
    "chunk size ended by LF": (400, CHUNKED + b"3\nabc\r\n0\r\n\r\n"),
    "chunk size ended by CR": (400, CHUNKED + b"3\rabc\r\n0\r\n\r\n"),
    "chunk longer than its size": (400, CHUNKED + b"3\r\nabcd\r\n0\r\n\r\n"),
    "chunk without CR LF": (400, CHUNKED + b"3\r\nabc0\r\n\r\n"),
    "chunk ended by LF": (400, CHUNKED + b"3\r\nabc\n0\r\n\r\n"),
    "chunk ended by CR": (400, CHUNKED + b"3\r\nabc\r0\r\n\r\n"),
    "chunk extension ended by LF": (400, CHUNKED + b"3;a=b\nabc\r\n0\r\n\r\n"),
    "chunk extension with LF inside": (400, CHUNKED + b'3;a="\n"\r\nabc\r\n0\r\n\r\n'),
    "chunk extension with a control byte": (400, CHUNKED + b"3;a\x01\r\nabc\r\n0\r\n\r\n"),
    "chunk extensions without end": (400, CHUNKED + b"3;" + b"x" * 20000 + b"\r\nabc\r\n0\r\n\r\n"),
    "chunk extension with a quoted pair": (400, CHUNKED + b'3;a="b\\"c"\r\nabc\r\n0\r\n\r\n'),
    "last chunk ended by LF": (400, CHUNKED + b"0\n\r\n"),
    "trailers ended by LF": (400, CHUNKED + b"0\r\n\n"),
    "trailer ended by LF": (400, CHUNKED + b"0\r\nX: y\n\r\n"),
    "trailers ended by LF after a trailer": (400, CHUNKED + b"0\r\nX: y\r\n\n"),
    "trailer continued": (400, CHUNKED + b"0\r\nX: y\r\n z\r\n\r\n"),
    "trailer with a space before the colon": (400, CHUNKED + b"0\r\nX : y\r\n\r\n"),
    "trailer Transfer-Encoding": (400, CHUNKED + b"0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "trailers too large": (431, CHUNKED + b"0\r\nX: " + b"y" * 40000 + b"\r\n\r\n"),
    "LF after the request line": (400, b"GET / HTTP/1.1\nHost: a\r\n\r\n"),
    "LF after a header": (400, b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"),
    "LF at the end of the head": (400, b"GET / HTTP/1.1\r\nHost: a\r\n\n"),
    "LF alone everywhere": (400, b"GET / HTTP/1.1\nHost: a\n\n"),
    "CR alone in a value": (400, get(b"X: a\rb")),
    "CR CR LF": (400, b"GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"),
    "NUL in a value": (400, get(b"X: a\0b")),
    "control byte in a value": (400, get(b"X: a\x01b")),
    "DEL in a value": (400, get(b"X: a\x7fb")),
    "NUL in a name": (400, get(b"X\0: a")),
    "continued header": (400, get(b"X: a", b" b")),
    "header continued by a tab": (400, get(b"X: a", b"\tb")),
    "first header continued": (400, b"GET / HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n"),
    "header without a colon": (400, get(b"X")),
    "header without a name": (400, get(b": x")),
    "name that is no token": (400, get(b"X@Y: z")),
    "name with a bracket": (400, get(b"X(Y: z")),
    "name with a letter beyond ASCII": (400, get(b"X\xc3\xa4: z")),
    "no Host": (400, b"GET / HTTP/1.1\r\nX: y\r\n\r\n"),
    "two Hosts": (400, get(b"Host: a")),
    "two different Hosts": (400, get(b"Host: b")),
    "two Authorization": (400, get(b"Authorization: Bearer a", b"Authorization: Bearer b")),
    "two equal Authorization": (400, get(b"authorization: Bearer a", b"Authorization: Bearer a")),
    "two X-API-Key": (400, get(b"X-API-Key: a", b"x-api-key: b")),
    "two Content-Type": (
        400,
        post(b"Content-Length: 3", b"Content-Type: text/plain", b"Content-Type: application/json"),
    ),
    "two Hosts in HTTP/1.0": (400, b"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"),
    "empty Host": (400, b"GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    "Host with a path": (400, b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    "Host with a user": (400, b"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
    "Host with a space": (400, b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
    "Host list": (400, b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
    "HTTP/1.2": (400, b"GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
    "HTTP/2.0": (505, b"GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
    "preface of HTTP/2": (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "HTTP/1.10": (400, b"GET / HTTP/1.10\r\nHost: a\r\n\r\n"),
    "http/1.1": (400, b"GET / http/1.1\r\nHost: a\r\n\r\n"),
    "no version": (400, b"GET /\r\n\r\n"),
    "another protocol": (400, b"GET / RTSP/1.0\r\n\r\n"),
    "a TLS client": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "method that is no token": (400, b"G(T / HTTP/1.1\r\nHost: a\r\n\r\n"),
    "method with NUL": (400, b"G\0T / HTTP/1.1\r\nHost: a\r\n\r\n"),
    "no method": (400, b" / HTTP/1.1\r\nHost: a\r\n\r\n"),
    "unknown method": (501, b"FROBNICATE / HTTP/1.1\r\nHost: a\r\n\r\n"),
    "method in lower case": (501, b"get / HTTP/1.1\r\nHost: a\r\n\r\n"),
    "method without end": (400, b"G" * 70000),
    "CONNECT": (501, target(b"a:443", b"CONNECT")),
    "authority-form": (400, target(b"a:443")),
    "* for GET": (400, target(b"*")),
    "two spaces in the request line": (400, b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
    "space at the end of the request line": (400, b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
    "tabs in the request line": (400, b"GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n"),
    "space in the target": (400, target(b"/a b")),
    "tab in the target": (400, target(b"/a\tb")),
    "fragment": (400, target(b"/a#b")),
    "letter beyond ASCII in the target": (400, target(b"/\xc3\xa4")),
    "target without slash": (400, target(b"a")),
    "another scheme": (400, target(b"ftp://a/")),
    "absolute-form with another host": (400, target(b"http://b/")),
    "absolute-form with a user": (400, target(b"http://u:p@a/")),
    "absolute-form without host": (400, target(b"http:///x")),
    "two empty lines before": (400, b"\r\n\r\n" + get()),
    "LF before": (400, b"\n" + get()),
    "target too long": (414, target(b"/" + b"x" * 8192)),
    "target without end": (414, b"GET /" + b"x" * 30000),
    "head too large": (431, get(b"X: " + b"y" * 33000)),
    "head without end": (431, b"GET / HTTP/1.1\r\nX: " + b"y" * 70000),
    "too many headers": (431, get(*[b"X: y"] * 100)),
    "another expectation": (417, post(b"Content-Length: 3", b"Expect: tea")),
    "body too large, before 100": (
        413,
        post(b"Content-Length: 1048577", b"Expect: 100-continue", body=b""),
    ),
}

TAKEN = {
    "Content-Length": (b"abc", post(b"Content-Length: 3")),
    "Content-Length with spaces around": (b"abc", post(b"Content-Length:   3  ")),
    "Content-Length with zeros before": (b"abc", post(b"Content-Length: 0003")),
    "Content-Length 0": (b"", post(b"Content-Length: 0", body=b"")),
    "no length": (b"", post(body=b"")),
    "chunks": (b"abcdefghijklm", CHUNKED + b"3\r\nabc\r\nA\r\ndefghijklm\r\n0\r\n\r\n"),
    "chunks of any case": (
        b"0123456789",
        post(b"transfer-encoding: CHUNKED", body=b"0a\r\n0123456789\r\n000\r\n\r\n"),
    ),
    "chunk extension": (b"abc", CHUNKED + b'3;a=b\r\nabc\r\n0;x="y z"\r\n\r\n'),
    "trailers are dropped": (b"abc", CHUNKED + b"3\r\nabc\r\n0\r\nX: y\r\nZ:\r\n\r\n"),
    "trailer Content-Length": (b"", CHUNKED + b"0\r\nContent-Length: 99\r\n\r\n"),
    "trailer Host": (b"", CHUNKED + b"0\r\nHost: b\r\n\r\n"),
    "an empty line before": (b"abc", b"\r\n" + post(b"Content-Length: 3")),
    "another protocol is not taken up": (
        b"abc",
        post(b"Content-Length: 3", b"Connection: Upgrade", b"Upgrade: websocket"),
    ),
    "absolute-form": (
        b"abc",
        b"POST http://a/echo HTTP/1.1\r\nHost: A\r\nContent-Length: 3\r\n\r\nabc",
    ),
    "bytes beyond ASCII in a value": (b"abc", post(b"X: \xc3\xa4\xff", b"Content-Length: 3")),
    "empty value": (b"abc", post(b"X:", b"Content-Length: 3")),
}


@pytest.fixture(scope="module")
def server():
    with HttpServer("--head-limit=32768", "--header-limit=100", "--body-limit=1048576") as found:
        yield found


@pytest.mark.parametrize("whole", [True, False], ids=["at once", "byte by byte"])
@pytest.mark.parametrize("row", REFUSED)
def test_refused(server, row, whole):
    status, data = REFUSED[row]
    before = server.stats()
    with server.connect() as client:
        client.send(data + SECOND, whole=whole or len(data) > 1000)
        answer = client.answer()
        assert answer.status == status, answer
        assert answer.headers["connection"] == "close"
        client.ended()
    after = server.stats()
    assert after["refused"] == before["refused"] + 1
    assert after["requests"] == before["requests"] + 1  # that of stats() itself


@pytest.mark.parametrize("whole", [True, False], ids=["at once", "byte by byte"])
@pytest.mark.parametrize("row", TAKEN)
def test_taken(server, row, whole):
    body, data = TAKEN[row]
    with server.connect() as client:
        client.send(data + request("GET", "/echo?second"), whole=whole)
        answer = client.answer()
        assert (answer.status, answer.version) == (200, "HTTP/1.1")
        assert answer.body == b"POST\n/echo\n\n127.0.0.1\n" + body + b"\n"
        assert client.answer().body == b"GET\n/echo\nsecond\n127.0.0.1\n\n"


def test_asterisk_is_for_options(server):
    with server.connect() as client:
        client.send(request("OPTIONS", "*") + request("GET", "/echo"))
        assert client.answer().status == 200
        assert client.answer().body.startswith(b"GET\n/echo\n")


def test_version_is_always_ours(server):
    with server.connect() as client:
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        assert client.answer().version == "HTTP/1.1"
        client.ended()
