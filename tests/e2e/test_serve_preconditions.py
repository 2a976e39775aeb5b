"""Preconditions (RFC 9110, 13): what cannot be held is refused before anything happens."""
import httpx
import pytest

from support.serving import serve_as, serving

API = """
-- GET /things/{id}
-- returns: one
-- version: version
SELECT id, name, version FROM thing WHERE id = :id;

-- GET /things
SELECT id, name FROM thing ORDER BY id;

-- POST /things
-- returns: one 201
INSERT INTO thing (id, name) VALUES (:id, :name) RETURNING id, name;

-- PUT /plain/{id}
-- returns: one
UPDATE thing SET name = :name WHERE id = :id RETURNING id, name;

-- PUT /things/{id}
-- returns: one
UPDATE thing SET name = :name, version = version + 1
 WHERE id = :id AND (:if_match?::integer IS NULL OR version = :if_match?) RETURNING id, name;

-- DELETE /things/{id}
-- returns: none
DELETE FROM thing WHERE id = :id;

-- POST /ping
-- returns: none
-- verify: no
"""


@pytest.fixture
def things(project, database):
    database.execute("CREATE TABLE thing (id integer PRIMARY KEY, name text NOT NULL,"
                     " version integer NOT NULL DEFAULT 1); INSERT INTO thing VALUES (1, 'a')")
    project.write("api/things.sql", API)
    serve_as(project, database)
    with serving(project) as retort:
        with httpx.Client(base_url=retort.url, timeout=30) as client:
            yield client


WRITES = [("POST", "/things", {"id": 2, "name": "b"}), ("PUT", "/plain/1", {"name": "b"}),
          ("DELETE", "/things/1", None), ("POST", "/ping", None)]


@pytest.mark.parametrize("header", [{"if-match": '"1"'}, {"if-match": "*"}, {"if-match": 'W/"1"'},
                                    {"if-none-match": "*"}, {"if-none-match": '"7"'}])
def test_a_write_that_cannot_hold_it_does_not_happen(things, header):
    for method, path, body in WRITES:
        answer = things.request(method, path, json=body, headers=header)
        assert answer.status_code == 412, (method, path, answer.text)
        assert list(header)[0] in answer.json()["detail"].lower()
    assert things.get("/things").json() == [{"id": 1, "name": "a"}]


def test_if_none_match_does_not_pass_beside_a_version(things):
    answer = things.put("/things/1", json={"name": "b"}, headers={"if-none-match": "*"})
    assert answer.status_code == 412
    both = {"if-match": '"1"', "if-none-match": '"2"'}
    assert things.put("/things/1", json={"name": "b"}, headers=both).status_code == 412
    assert things.put("/things/1", json={"name": "b"}, headers={"if-match": "*"}).is_success
    assert things.get("/things/1").headers["etag"] == '"2"'


def test_two_lines_of_if_match_are_a_list(things):
    lines = [("if-match", '"1"'), ("if-match", '"2"')]
    assert things.put("/things/1", json={"name": "b"}, headers=lines).status_code == 422
    assert things.get("/things/1").headers["etag"] == '"1"'


@pytest.mark.parametrize("wanted,status", [('"1"', 200), ('"2"', 412), ('"2", "1"', 200),
                                           ("*", 200), ('W/"1"', 412), ("1", 412)])
def test_a_read_is_held_to_if_match(things, wanted, status):
    answer = things.get("/things/1", headers={"if-match": wanted})
    assert answer.status_code == status, answer.text
    assert things.get("/things/9", headers={"if-match": wanted}).status_code in (404, 412)


def test_if_match_goes_before_if_none_match(things):
    both = {"if-match": '"2"', "if-none-match": '"1"'}
    assert things.get("/things/1", headers=both).status_code == 412
    both = {"if-match": '"1"', "if-none-match": '"1"'}
    assert things.get("/things/1", headers=both).status_code == 304


def test_a_weak_tag_holds_no_read(things):
    tag = things.get("/things").headers["etag"]
    assert things.get("/things", headers={"if-match": tag}).status_code == 412
    assert things.get("/things", headers={"if-match": "*"}).status_code == 200
    page = things.get("/openapi.json")
    assert things.get("/openapi.json", headers={"if-match": '"other"'}).status_code == 412
    assert things.get("/openapi.json", headers={"if-match": "*"}).content == page.content
