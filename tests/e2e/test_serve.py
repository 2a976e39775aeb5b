"""The server as its clients see it: endpoints, validation, errors, versions, pages, methods."""
import json
import urllib.parse

import httpx
import pytest

from support.serving import serve_as, serving
from support.wait import until

MODEL = """
CREATE TYPE mood AS ENUM ('calm', 'cross');
CREATE TABLE item (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    price numeric(10, 2) NOT NULL CONSTRAINT item_price_check CHECK (price >= 0),
    mood mood NOT NULL DEFAULT 'calm',
    version integer NOT NULL DEFAULT 1
);
CREATE TABLE part (
    item_id bigint NOT NULL REFERENCES item (id),
    place integer NOT NULL,
    note varchar(5),
    PRIMARY KEY (item_id, place)
);
"""

API = """
-- GET /items
-- summary: All items.
-- tags: items
SELECT id, name, price, mood FROM item ORDER BY id;

-- GET /items/{id}
-- returns: one
-- version: version
SELECT id, name, price, mood, version FROM item WHERE id = :id;

-- POST /items
-- returns: one 201
INSERT INTO item (name, price, mood)
VALUES (:name, :price, coalesce(:mood?::mood, 'calm')) RETURNING id, name, price, mood;

-- PUT /items/{id}
-- returns: one
-- version: version
UPDATE item SET name = :name, price = :price, version = version + 1
 WHERE id = :id AND version = :if_match::integer
RETURNING id, name, price, version;

-- DELETE /items/{id}
-- returns: none
DELETE FROM item WHERE id = :id;

-- POST /items/{item_id}/parts
-- returns: one 201
INSERT INTO part (item_id, place, note) VALUES (:item_id, :place, :note?)
RETURNING item_id, place, note;

-- GET /count
-- returns: scalar
SELECT count(*) FROM item;

-- POST /swap
-- returns: one
UPDATE item SET mood = 'cross';
UPDATE item SET mood = 'calm' WHERE id = :id RETURNING id, mood;

-- GET /divide
-- returns: scalar
SELECT :a::integer / :b::integer;

-- GET /refused
-- returns: scalar
SELECT secret();
"""

EXTRA = """
CREATE FUNCTION secret() RETURNS integer LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the secret table is broken'; END $$;
"""


@pytest.fixture
def shop(project, database):
    database.execute(MODEL + EXTRA)
    project.write("api/items.sql", API)
    serve_as(project, database)
    with serving(project) as retort:
        with httpx.Client(base_url=retort.url, timeout=30) as client:
            client.retort = retort
            yield client


def add(client, name="pen", price="1.50", **more):
    answer = client.post("/items", json={"name": name, "price": price, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def problem(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert found["status"] == status
    assert found["request_id"] == answer.headers["x-request-id"]
    return found


def test_a_row_goes_in_and_comes_out(shop):
    made = add(shop)
    assert made == {"id": 1, "name": "pen", "price": "1.50", "mood": "calm"}
    assert shop.get("/items/1").json() == {**made, "version": 1}
    assert shop.get("/items").json() == [made]
    assert shop.get("/count").json() == 1
    assert shop.delete("/items/1").status_code == 204
    assert shop.get("/items").json() == []


def test_what_is_not_there_is_404(shop):
    problem(shop.get("/items/7"), 404)
    problem(shop.delete("/items/7"), 404)
    problem(shop.get("/nowhere"), 404)


def test_all_that_is_wrong_is_told_at_once(shop):
    found = problem(shop.post("/items", json={"price": "dear", "mood": "sad", "colour": 1}), 422)
    pointers = {fault["pointer"] for fault in found["errors"]}
    assert pointers == {"/name", "/price", "/mood", "/colour"}
    assert shop.get("/count").json() == 0


@pytest.mark.parametrize("path", ["/items/x", "/items/1.5", "/items/99999999999999999999",
                                  "/divide?a=1", "/divide?a=1&b=2&b=3", "/divide?a=1&b=2&c=3",
                                  "/items?limit=0", "/items?limit=1001", "/items?after=zzz"])
def test_bad_parameters_are_422(shop, path):
    problem(shop.get(path), 422)


def test_bad_bodies_are_refused(shop):
    post = shop.post
    json_type = {"content-type": "application/json"}
    problem(post("/items", content=b"{", headers=json_type), 422)
    problem(post("/items", content=b"[]", headers=json_type), 422)
    problem(post("/items", content=b'{"name":"a","name":"b","price":1}', headers=json_type), 422)
    problem(post("/items", content=b"name=a", headers={"content-type": "text/plain"}), 415)
    assert shop.get("/count").json() == 0


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_where_no_body_is_taken_there_is_none(shop, method):
    add(shop)
    refused = shop.request(method, "/items/1", json={"id": 1})
    assert refused.status_code == 413 and refused.headers["connection"] == "close"
    assert shop.get("/items/1").status_code == 200


def test_violations_name_the_field(shop):
    add(shop)
    taken = problem(shop.post("/items", json={"name": "pen", "price": 2}), 409)
    assert taken["constraint"] == "item_name_key" and taken["code"] == "23505"
    assert [fault["pointer"] for fault in taken["errors"]] == ["/name"]
    below = problem(shop.post("/items", json={"name": "ink", "price": -1}), 422)
    assert below["constraint"] == "item_price_check"
    assert [fault["pointer"] for fault in below["errors"]] == ["/price"]
    lost = problem(shop.post("/items/9/parts", json={"place": 1}), 409)
    assert lost["code"] == "23503"
    problem(shop.post("/items/1/parts", json={"place": 1, "note": "too long"}), 422)


def test_no_error_leaks_sql(shop):
    found = problem(shop.get("/refused"), 500)
    assert "secret" not in json.dumps(found)
    problem(shop.get("/divide?a=1&b=0"), 422)


def test_a_version_guards_a_write(shop):
    add(shop)
    got = shop.get("/items/1")
    assert got.headers["etag"] == '"1"'
    body = {"name": "quill", "price": 3}
    assert problem(shop.put("/items/1", json=body), 428)
    assert problem(shop.put("/items/1", json=body, headers={"if-match": "*"}), 428)
    assert problem(shop.put("/items/1", json=body, headers={"if-match": 'W/"1"'}), 412)
    assert problem(shop.put("/items/1", json=body, headers={"if-match": '"1", "2"'}), 422)
    assert problem(shop.put("/items/1", json=body, headers={"if-match": "1"}), 422)
    changed = shop.put("/items/1", json=body, headers={"if-match": got.headers["etag"]})
    assert changed.status_code == 200 and changed.headers["etag"] == '"2"'
    problem(shop.put("/items/1", json=body, headers={"if-match": got.headers["etag"]}), 412)
    fresh = shop.get("/items/1", headers={"if-none-match": '"2"'})
    assert fresh.status_code == 304 and fresh.content == b""


def test_an_unchanged_list_is_304(shop):
    add(shop)
    tag = shop.get("/items").headers["etag"]
    assert shop.get("/items", headers={"if-none-match": tag}).status_code == 304
    add(shop, "ink")
    assert shop.get("/items", headers={"if-none-match": tag}).status_code == 200


def test_pages_follow_each_other(shop):
    for number in range(25):
        add(shop, f"item {number}")
    found, url, pages = [], "/items?limit=10", 0
    while url:
        answer = shop.get(url)
        found += [row["id"] for row in answer.json()]
        url = answer.links["next"]["url"] if "next" in answer.links else None
        pages += 1
    assert found == list(range(1, 26)) and pages == 3
    assert len(shop.get("/items").json()) == 25


def test_several_statements_are_one_transaction(shop):
    add(shop)
    add(shop, "ink")
    problem(shop.post("/swap", json={"id": 9}), 404)
    assert {row["mood"] for row in shop.get("/items").json()} == {"calm"}
    assert shop.post("/swap", json={"id": 1}).json() == {"id": 1, "mood": "calm"}
    assert [row["mood"] for row in shop.get("/items").json()] == ["calm", "cross"]


def test_methods(shop):
    add(shop)
    wrong = shop.patch("/items/1")
    problem(wrong, 405)
    allowed = {method.strip() for method in wrong.headers["allow"].split(",")}
    assert allowed == {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}
    asked = shop.options("/items/1")
    assert asked.status_code == 204
    assert {method.strip() for method in asked.headers["allow"].split(",")} == allowed
    head = shop.head("/items/1")
    assert head.status_code == 200 and head.content == b""
    assert head.headers["content-length"] == str(len(shop.get("/items/1").content))


def test_own_pages(shop):
    assert shop.get("/").json()["docs"] == "/docs"
    page = shop.get("/docs")
    assert page.status_code == 200 and "default-src 'none'" in page.headers["content-security-policy"]
    document = shop.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) >= {"/items", "/items/{id}", "/count"}
    for path in ("/health", "/health/live", "/health/ready", "/health/startup"):
        answer = shop.get(path)
        assert answer.status_code == 200, (path, answer.text)
        assert answer.headers["content-type"] == "application/health+json"
    assert "retort_" in shop.get("/metrics").text


def test_request_ids_and_traces_pass_through(shop):
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    answer = shop.get("/count", headers={"x-request-id": "abc-1", "traceparent": parent})
    assert answer.headers["x-request-id"] == "abc-1" and answer.headers["traceparent"] == parent
    made = {shop.get("/count").headers["x-request-id"] for _ in range(3)}
    assert len(made) == 3


def test_text_of_any_kind_comes_back(shop):
    name = 'a "quoted"\\ ünï\u2028 \t\x7f 😀'
    made = add(shop, name)
    assert made["name"] == name
    path = "/items/" + urllib.parse.quote(str(made["id"]))
    assert shop.get(path).json()["name"] == name
    problem(shop.post("/items", json={"name": "nul \x00", "price": 1}), 422)


def test_what_was_written_is_in_the_database(shop, database):
    add(shop, "kept")
    assert database.value("select name from item") == "kept"


def test_an_endpoint_without_statements_is_verified(project, database):
    project.write("api/ping.sql", "-- POST /ping\n-- returns: none\n-- verify: yes\n")
    serve_as(project, database)
    with serving(project) as retort:
        answer = httpx.post(retort.url + "/ping")
        assert answer.status_code == 204 and answer.content == b""


def test_keys_of_a_table_are_read_again(project, database):
    database.execute("CREATE TABLE api_key (name text, hash text, roles text[], db_role text)")
    project.configure("[access]\nkey_table = api_key\nrequired = yes\n")
    project.write("api/one.sql", "-- GET /one\n-- returns: scalar\nSELECT 1;\n")
    serve_as(project, database)
    made = json.loads(project.run("key", "bot", "--no-file", "--json").out)
    with serving(project) as retort:
        with httpx.Client(base_url=retort.url, headers={"x-api-key": made["key"]}) as client:
            assert client.get("/one").status_code == 401
            database.execute(
                f"INSERT INTO api_key (name, hash) VALUES ('bot', '{made['hash']}')")
            until(lambda: client.get("/one").status_code == 200, what="the key")
            database.execute("DELETE FROM api_key")
            until(lambda: client.get("/one").status_code == 401, what="the end of the key")
            assert retort.events("keys") == []


def test_what_is_wrong_with_the_table_of_keys_is_logged_once(project, database):
    database.execute("CREATE TABLE api_key (name text, hash text, roles text[], db_role text);"
                     " INSERT INTO api_key (name, hash) VALUES ('broken', 'no hash')")
    project.configure("[access]\nkey_table = api_key\nrequired = yes\n")
    project.write("api/one.sql", "-- GET /one\n-- returns: scalar\nSELECT 1;\n")
    serve_as(project, database)
    made = json.loads(project.run("key", "bot", "--no-file", "--json").out)
    with serving(project) as retort:
        with httpx.Client(base_url=retort.url, headers={"x-api-key": made["key"]}) as client:
            until(lambda: retort.events("keys"), what="the broken row")
            database.execute(f"INSERT INTO api_key (name, hash) VALUES ('bot', '{made['hash']}')")
            until(lambda: client.get("/one").status_code == 200, what="the key")
            assert len(retort.events("keys")) == 1
            assert "broken" in retort.events("keys")[0]["message"]
            database.execute("DROP TABLE api_key")
            until(lambda: len(retort.events("keys")) == 2, what="the lost table")
            assert "the keys were not read again" in retort.events("keys")[1]["message"]
            assert client.get("/one").status_code == 200
        assert "warning:" not in retort.said()
