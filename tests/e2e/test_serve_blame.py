"""Input that only the database can refuse: it is a 422 and names what the client has sent."""
import random

import httpx
import pytest

from support.project import Project
from support.serving import serve_as, serving
from support.wait import until

MODEL = """
CREATE DOMAIN small AS integer CHECK (VALUE < 10);
CREATE FUNCTION accept(value integer) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN IF value > 5 THEN RAISE EXCEPTION 'secret words'; END IF; RETURN true; END $$;
CREATE DOMAIN picky AS integer CHECK (accept(VALUE));
CREATE TABLE thing (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code varchar(3), other varchar(3), price numeric(5, 2) CHECK (price >= 0), size small,
    name text UNIQUE, needed text NOT NULL DEFAULT 'x', low integer, high integer,
    CHECK (low <= high)
);
CREATE TABLE part (thing_id integer NOT NULL REFERENCES thing (id));
CREATE TABLE visit (id integer);
CREATE FUNCTION count_visit() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN INSERT INTO visit VALUES (1); RETURN (SELECT count(*) FROM visit); END $$;
CREATE FUNCTION clear_needed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF NEW.code = 'nil' THEN NEW.needed := NULL; END IF; RETURN NEW; END $$;
CREATE TRIGGER clear_needed BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION clear_needed();
CREATE FUNCTION run(text) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN EXECUTE $1; RETURN 1; END $$;
"""

API = """
-- POST /query
-- returns: scalar
SELECT to_tsquery('simple', :q)::text;

-- POST /path
-- returns: scalar
SELECT (:one::integer)::text || (:path::jsonpath)::text;

-- GET /relations/{name}
-- returns: scalar
SELECT (:name::regclass)::integer;

-- GET /types
-- returns: scalar
SELECT (:name::regtype)::integer;

-- GET /addresses
-- returns: scalar
SELECT host(:address);

-- POST /picky
-- returns: scalar
SELECT (:value::picky)::integer;

-- POST /run
-- returns: scalar
SELECT run(:text);

-- POST /things
-- returns: none
INSERT INTO thing (code, other, price, size, name, low, high)
VALUES (:c?, :o?, :p?::numeric, coalesce(:s?::integer, 1), lower(:n?), :from?, :low?);

-- POST /swapped
-- returns: none
INSERT INTO thing (low, high) VALUES (:high, :low);

-- PUT /things
-- returns: none
UPDATE thing SET needed = :text?, price = :a::numeric - :b::numeric, low = 1;

-- DELETE /things/{id}
-- returns: none
DELETE FROM thing WHERE id = :id;

-- POST /many
-- returns: none
INSERT INTO thing (name) SELECT unnest(:names::text[]) ON CONFLICT (name) DO UPDATE SET low = 1;

-- GET /visits
-- returns: scalar
SELECT count_visit();

-- GET /counted
-- returns: scalar
-- lane: write
SELECT count_visit();
"""


@pytest.fixture(scope="module")
def things(tmp_path_factory, server):
    with server.database() as database:
        database.execute(MODEL)
        database.execute("INSERT INTO thing (price) VALUES (5); INSERT INTO part VALUES (1)")
        project = Project(tmp_path_factory.mktemp("blame") / "blame", database.url)
        project.write("api/blame.sql", API)
        serve_as(project, database)
        with serving(project) as retort:
            with httpx.Client(base_url=retort.url, timeout=30) as client:
                client.retort = retort
                client.major = int(database.value("SHOW server_version_num")) // 10000
                yield client


def faults(answer, status=422):
    """Where the faults are: pointers, and names of parameters."""
    assert answer.status_code == status, answer.text
    return [fault.get("pointer", fault.get("parameter"))
            for fault in answer.json().get("errors", [])]


def read_by(things, *names):
    """What the server names that was reading input: since 14."""
    return list(names) if things.major >= 14 else []


def test_what_functions_read_is_the_inputs_fault(things):
    assert faults(things.post("/query", json={"q": "foo bar"})) == []
    assert things.post("/query", json={"q": "foo & bar"}).status_code == 200


def test_what_the_server_was_reading_is_named(things):
    bad = things.post("/path", json={"one": 1, "path": "x y("})
    assert faults(bad) == read_by(things, "/path")
    assert faults(things.get("/addresses?address=zz")) == read_by(things, "address")


def test_what_is_no_name_in_the_database_is_named(things):
    if things.major < 14:
        pytest.skip("the server does not say that it was reading input")
    assert faults(things.get("/relations/nope")) == ["name"]
    assert faults(things.get("/types?name=nope")) == ["name"]
    refused = things.post("/picky", json={"value": 7})
    assert faults(refused) == ["/value"] and "secret" not in refused.text


@pytest.mark.parametrize("text", ["SELEC", "SELECT 1 FROM gone", "SELECT $1",
                                  "SELECT to_tsquery('simple', 'foo bar')"])
def test_statements_of_functions_are_not_the_inputs_fault(things, text):
    assert faults(things.post("/run", json={"text": text}), 500) == []


def test_what_is_too_large_for_an_index_is_told(things):
    noise = random.Random(1)
    name = "".join(chr(noise.randrange(0x4e00, 0x9fff)) for _ in range(2000))
    answer = things.post("/things", json={"n": name})
    assert faults(answer) in ([], ["/n"]) and answer.json()["code"] == "54000"


@pytest.mark.parametrize("sent,named", [
    ({"c": "long"}, ["/c"]), ({"c": "abc", "o": "long"}, ["/o"]),
    ({"c": "long", "o": "long"}, ["/c", "/o"]), ({"o": "abc    d"}, ["/o"]),
    ({"p": "1000"}, ["/p"]), ({"p": "999.995"}, ["/p"]), ({"p": "-1e9"}, ["/p"]),
    ({"s": 11}, ["/s"]), ({"p": "-1"}, ["/p"]), ({"from": 2, "low": 1}, ["/from", "/low"]),
    ({"c": "nil"}, [])])
def test_what_is_written_is_named_as_it_is_sent(things, sent, named):
    assert faults(things.post("/things", json=sent)) == named


def test_what_fits_is_taken(things):
    fits = {"c": "ab     ", "p": "999.994", "s": 9, "n": "fits"}
    assert things.post("/things", json=fits).status_code == 204
    assert faults(things.post("/things", json={"n": "FITS"}), 409) == ["/n"]


def test_a_parameter_called_as_another_column_is_not_taken_for_it(things):
    assert faults(things.post("/swapped", json={"high": 2, "low": 1})) == ["/high", "/low"]
    assert faults(things.put("/things", json={"text": None, "a": "1", "b": "0"})) == ["/text"]


def test_where_no_parameter_is_certain_the_column_is_told(things):
    several = things.put("/things", json={"text": "x", "a": "1", "b": "2"})
    assert faults(several) == [] and several.json()["detail"] == '"price" is not allowed'
    trigger = things.post("/things", json={"c": "nil"})
    assert trigger.json()["detail"] == '"needed" must not be null'
    kept = things.delete("/things/1")
    assert faults(kept, 409) == [] and '"thing_id"' in kept.json()["detail"]


def test_a_key_twice_in_one_statement_stays_its_own_fault(things):
    assert faults(things.post("/many", json={"names": ["a", "a"]}), 500) == []


def test_a_read_that_writes_is_told_to_its_owner_alone(things):
    answer = things.get("/visits")
    assert answer.status_code == 500 and "retry-after" not in answer.headers
    assert "lane" not in answer.text
    until(lambda: things.retort.requests(path="/visits"), what="the line of the log")
    (line,) = things.retort.requests(path="/visits")
    assert "hint: the endpoint writes" in line["error"] and "lane: write" in line["error"]
    assert things.get("/counted").json() == 1


def test_fastapis_clients_get_what_they_expect(tmp_path_factory, server):
    with server.database() as database:
        database.execute(MODEL)
        project = Project(tmp_path_factory.mktemp("fast") / "fast", database.url)
        project.write("api/blame.sql", API)
        serve_as(project, database)
        project.configure("[serve]\nerrors = fastapi\n")
        with serving(project) as retort, httpx.Client(base_url=retort.url) as client:
            assert client.get("/nowhere").json() == {"detail": "Not Found"}
            assert client.post("/visits", json={}).json() == {"detail": "Method Not Allowed"}
            plain = {"content-type": "text/plain"}
            assert client.post("/things", content=b"x", headers=plain).json() == {
                "detail": "Unsupported Media Type"}
            assert client.post("/query", json={"q": "foo bar"}).json() == {
                "detail": [{"type": "value_error", "loc": [], "msg": "is no valid value"}]}
            assert client.post("/things", json={"c": "long"}).json()["detail"][0]["loc"] == [
                "body", "c"]
