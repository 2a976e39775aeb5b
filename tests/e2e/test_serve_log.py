"""The log of the server: a JSON object a line, one for each request, and no secret in it."""
import os
import re
import signal
import socket
import subprocess
import threading

import httpx
import pytest

from support.serving import serve_as, serving
from support.wait import until

API = """
-- GET /one
-- returns: scalar
SELECT 1;

-- GET /echo
-- returns: scalar
SELECT :word::text;

-- POST /items
-- returns: one 201
INSERT INTO item (name) VALUES (:name) RETURNING id;

-- GET /items/{id}
-- returns: one
SELECT id FROM item WHERE id = :id;

-- GET /broken
-- returns: scalar
SELECT broken();

-- GET /locked
-- role: nobody
SELECT 1 AS one;
"""
MEMBERS = {"time", "level", "request_id", "method", "path", "route", "status", "duration_us", "bytes",
           "peer", "subject", "user_agent", "sqlstate", "reason", "error", "traceparent"}


@pytest.fixture
def shop(project, database):
    database.execute(
        "CREATE TABLE item (id bigint GENERATED ALWAYS AS IDENTITY, name text UNIQUE);"
        "CREATE FUNCTION broken() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'the inner part is broken' USING DETAIL = 'detail of it'; END $$")
    project.write("api/shop.sql", API)
    project.configure("[access]\nkeys = keys.txt\n")
    serve_as(project, database)
    project.key = project.run("key", "warehouse", "-q").out.strip()
    return project


def client_of(retort, **options):
    return httpx.Client(base_url=retort.url, timeout=30, **options)


def test_each_request_has_its_line(shop):
    with serving(shop) as retort, client_of(retort) as client:
        answers = [
            client.get("/one"), client.get("/items/7"), client.get("/items/x"),
            client.get("/nowhere"), client.delete("/one"), client.get("/locked"),
            client.post("/items", json={"name": "pen"}), client.post("/items", json={"name": "pen"}),
            client.get("/broken"), client.head("/one"), client.get("/health/live"),
            client.options("/one"), client.post("/items", content=b"{", headers={
                "content-type": "application/json"}), client.post("/items", content=b"x"),
        ]
        until(lambda: len(retort.requests()) == len(answers), what="all lines")
        lines = {line["request_id"]: line for line in retort.requests()}
        assert len(lines) == len(answers)
        for answer in answers:
            line, request = lines[answer.headers["x-request-id"]], answer.request
            assert set(line) <= MEMBERS
            assert (line["method"], line["path"]) == (request.method, request.url.path)
            assert line["status"] == answer.status_code
            assert line["level"] == ("error" if answer.status_code >= 500 else "info")
            assert line["bytes"] == len(answer.content)
            assert line["duration_us"] >= 0 and line["peer"] == "127.0.0.1"
            assert line["user_agent"].startswith("python-httpx/")
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["time"])
        assert lines[answers[1].headers["x-request-id"]]["route"] == "/items/{id}"
        assert "route" not in lines[answers[3].headers["x-request-id"]]


def test_an_error_is_in_the_log_and_not_in_the_answer(shop):
    with serving(shop) as retort, client_of(retort) as client:
        answer = client.get("/broken", headers={"x-request-id": "find-me"})
        assert answer.status_code == 500 and answer.json()["request_id"] == "find-me"
        assert "inner part" not in answer.text and "P0001" not in answer.text
        line = until(lambda: retort.requests(request_id="find-me"), what="the line")[0]
        assert line["error"] == "the inner part is broken" and line["sqlstate"] == "P0001"
        assert "detail of it" not in retort.log_text()


def test_the_one_who_asks_is_named(shop):
    with serving(shop) as retort, client_of(retort) as client:
        assert client.get("/one", headers={"x-api-key": shop.key}).status_code == 200
        assert until(retort.requests, what="the line")[0]["subject"] == "warehouse"
        assert shop.key not in retort.log_text()


def test_no_secret_gets_into_the_log(shop):
    secret = "s3cr3t-of-the-test"
    with serving(shop) as retort, client_of(retort) as client:
        client.get(f"/echo?word={secret}")
        client.get(f"/nowhere?token={secret}")
        client.get(f"/items/1?{secret}")
        for header in ("authorization", "cookie", "x-api-key", "proxy-authorization", "referer",
                       "x-secret", "if-none-match"):
            client.get("/one", headers={header: f"Bearer {secret}"})
        client.post("/items", json={"name": secret})
        client.post("/items", json={"name": secret})
        client.post("/items", json={secret: 1})
        client.post("/items", content=secret.encode())
        client.get("/one", headers={"x-request-id": f"{secret} with blanks"})
        client.get("/one", headers={"traceparent": secret})
        until(lambda: len(retort.requests()) == 16, what="all lines")
        assert secret not in retort.said()


def test_a_line_cannot_be_forged(shop):
    with serving(shop) as retort, client_of(retort) as client:
        client.get("/one", headers={"user-agent": 'x","status":500,"y":"\\'})
        client.get('/a"b\\c%0a{}')
        until(lambda: len(retort.requests()) == 2, what="both lines")
        assert [line["status"] for line in retort.requests()] == [200, 404]
        assert retort.requests()[0]["user_agent"] == 'x","status":500,"y":"\\'


@pytest.mark.parametrize("words, expected", [
    ("errors", {"/broken"}), ("off", set()), ("all,json", {"/broken", "/one", "/nowhere"})])
def test_which_requests_have_a_line(shop, words, expected):
    with serving(shop, "--log", words) as retort, client_of(retort) as client:
        for path in ("/one", "/nowhere", "/broken"):
            client.get(path)
        retort.reload()  # its event comes behind them
        assert {line["path"] for line in retort.requests()} == expected
        assert retort.events("start") and retort.events("reload")


def test_lines_for_people(shop):
    with serving(shop, "--log", "text") as retort, client_of(retort) as client:
        client.get("/one")
        client.get("/broken")
        until(lambda: "/broken" in retort.log_text(), what="the lines")
        text = retort.log_text()
        assert "\x1b" not in text and not text.startswith("{")
        one = next(line for line in text.splitlines() if "/one" in line)
        assert "GET" in one and "200" in one
        assert "the inner part is broken" in text


@pytest.mark.parametrize("word", ["loud", "json,xml"])
def test_another_word_is_refused(shop, word):
    done = shop.run("serve", "--log", word, check=False)
    assert done.code == 2 and "--log" in done.err


def ask_often(retort, count):
    """Sends so many requests for a long path at once, and reads their answers."""
    request = f"GET /{'y' * 2000} HTTP/1.1\r\nHost: a\r\nUser-Agent: {'x' * 250}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", retort.port), timeout=30) as connection:
        rest, found = b"", 0
        sender = threading.Thread(target=connection.sendall, args=(request.encode() * count,))
        sender.start()
        while found < count:
            data = rest + connection.recv(65536)
            found += data.count(b"HTTP/1.1 404")
            rest = data[-11:]
        sender.join()


def test_nobody_reads_the_log(shop, tmp_path):
    """Requests are answered, and what was lost is counted."""
    reading, writing = os.pipe()
    with serving(shop, out=writing, stops=False) as retort:
        os.close(writing)
        with client_of(retort) as client:
            def dropped():
                ask_often(retort, 500)
                found = re.search(r"^retort_log_dropped_lines_total (\d+)$",
                                  client.get("/metrics").text, re.MULTILINE)
                return int(found[1])
            until(dropped, what="a lost line")
            assert client.get("/one").status_code == 200
            with open(tmp_path / "read", "wb") as file:
                drain = subprocess.Popen(["cat"], stdin=reading, stdout=file)
            os.close(reading)
            retort.send(signal.SIGTERM)
            assert retort.child.wait(timeout=30) == 0
            assert drain.wait(timeout=30) == 0
        text = (tmp_path / "read").read_text()
        assert '"event":"log_dropped"' in text


def test_the_reader_of_the_log_is_gone(shop):
    reading, writing = os.pipe()
    with serving(shop, out=writing) as retort:
        os.close(writing)
        os.close(reading)
        with client_of(retort) as client:
            assert [client.get("/one").status_code for _ in range(50)] == [200] * 50
