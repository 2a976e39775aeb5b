"""Bodies: which are taken, which are passed over, which are refused; and what asks of all paths."""
import gzip
import socket

import httpx
import pytest

from support.project import Project
from support.serving import serve_as, serving

API = """
-- GET /things
SELECT id FROM thing ORDER BY id;

-- POST /things
-- returns: one 201
INSERT INTO thing (id) VALUES (:id) RETURNING id;

-- DELETE /things/{id}
-- returns: none
DELETE FROM thing WHERE id = :id;
"""


@pytest.fixture(scope="module")
def things(tmp_path_factory, server):
    with server.database() as database:
        database.execute("CREATE TABLE thing (id integer PRIMARY KEY)")
        project = Project(tmp_path_factory.mktemp("things") / "things", database.url)
        project.write("api/things.sql", API)
        project.write("retort.ini", "[serve]\nbody_limit = 1000\n")
        serve_as(project, database)
        with serving(project) as retort:
            with httpx.Client(base_url=retort.url, timeout=30) as client:
                client.port = retort.port
                yield client


def post(things, **headers):
    things.request("DELETE", "/things/1")
    return things.post("/things", content=b'{"id": 1}',
                       headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("kind", [
    "application/json", "Application/JSON", "application/json;charset=utf-8",
    'application/json; charset="UTF-8"', "application/json ; x=y; charset=utf8",
    "application/merge-patch+json", "application/vnd.api+json; charset=utf-8"])
def test_json_is_taken(things, kind):
    answer = post(things, content_type=kind)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("kind", [
    "text/plain", "text/plain+json", "application/+json", "application/jsonx", "+json", "",
    "application/json; charset=utf-16", "application/json;charset=iso-8859-1",
    'application/json; charset="latin1"', "application/json, text/plain", "text/json"])
def test_other_kinds_are_not(things, kind):
    answer = post(things, content_type=kind)
    assert answer.status_code == 415, (kind, answer.text)
    assert answer.headers["accept"] == "application/json"


def test_codings_are_not_taken(things):
    packed = gzip.compress(b'{"id": 1}')
    kind = {"content-type": "application/json"}
    for coding in ("gzip", "br", "identity, gzip"):
        answer = things.post("/things", content=packed, headers={**kind, "content-encoding": coding})
        assert answer.status_code == 415, answer.text
        assert answer.headers["accept-encoding"] == "identity"
    assert post(things, content_type="application/json", content_encoding="Identity").is_success


def test_a_body_of_delete_is_dropped(things):
    for content, kind in [(b"{}", "application/json"), (b"\xff{", "text/plain")]:
        assert post(things, content_type="application/json").status_code == 201
        answer = things.request("DELETE", "/things/1", content=content,
                                headers={"content-type": kind})
        assert answer.status_code == 204, answer.text
        assert "connection" not in answer.headers
    large = things.request("DELETE", "/things/1", content=b"x" * 2000)
    assert large.status_code == 413


def test_options_of_all(things):
    with socket.create_connection(("127.0.0.1", things.port)) as client:
        client.sendall(b"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        head = b"".join(iter(lambda: client.recv(65536), b"")).decode()
    assert head.startswith("HTTP/1.1 204 "), head
    allow = next(line for line in head.split("\r\n") if line.lower().startswith("allow:"))
    methods = {word.strip() for word in allow.split(":")[1].split(",")}
    assert methods == {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
