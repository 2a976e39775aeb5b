"""Versions: an ETag made of a column can be sent back, whatever the column's type and value."""
import httpx
import pytest

from support.project import Project
from support.serving import serve_as, serving

MODEL = """
CREATE TABLE thing (
    id integer PRIMARY KEY, n integer, z timestamptz, s timestamp, d date, t text, u uuid,
    m numeric, b bytea, j jsonb, a text[], "Mixed" text
);
INSERT INTO thing (id) VALUES (1);
"""

VALUES = {
    "n": ["1", "-7"],
    "z": ["2026-11-22 18:30:00.123456+00", "2026-11-22 18:30:00.123457+00", "0044-03-15 BC",
          "infinity"],
    "s": ["2026-11-22 18:30:00.5", "2026-11-22 01:30:00"],
    "d": ["2026-11-22"],
    "t": ["a b", "ab", 'a"b', "a%b", "a%20b", "a,b", "a, \"b", "é😀", "", "*", 'W/"x"', "\\", "\t",
          "\x7f", "+"],
    "u": ["9f3c1b0a-0f5e-4a53-8f0c-2f2f0c7c1f11"],
    "m": ["1.50", "1.51", "NaN"],
    "b": [r"\x00ff20"],
    "j": ['"x"', '{"a": [1, "b c"]}', "null"],
    "a": ['{"a b",NULL,"c,d"}'],
    "Mixed": ["x"],
}


def endpoints(column):
    return f"""
-- GET /{column}
-- returns: one
-- version: {column}
SELECT id, "{column}" FROM thing;

-- PUT /{column}
-- returns: one
-- version: {column}
UPDATE thing SET id = id WHERE "{column}" = :if_match RETURNING id, "{column}";

"""


@pytest.fixture(scope="module")
def things(tmp_path_factory, server):
    with server.database() as database:
        database.execute(MODEL)
        project = Project(tmp_path_factory.mktemp("things") / "things", database.url)
        project.write("api/things.sql", "".join(map(endpoints, VALUES)))
        serve_as(project, database)
        with serving(project) as retort:
            with httpx.Client(base_url=retort.url, timeout=30) as client:
                client.database = database
                yield client


def set_to(client, column, value):
    quoted = "NULL" if value is None else "'" + value.replace("'", "''") + "'"
    client.database.execute(f'UPDATE thing SET "{column}" = {quoted}')


@pytest.mark.parametrize("column", VALUES)
def test_a_version_can_be_sent_back(things, column):
    tags = []
    for value in VALUES[column]:
        set_to(things, column, value)
        got = things.get(f"/{column}")
        tag = got.headers["etag"]
        assert tag[0] == tag[-1] == '"', tag
        assert all(c == "!" or "#" <= c <= "~" for c in tag[1:-1]), tag
        changed = things.put(f"/{column}", json={}, headers={"if-match": tag})
        assert changed.status_code == 200, (value, tag, changed.text)
        assert changed.headers["etag"] == tag
        again = things.get(f"/{column}", headers={"if-none-match": f'"x,y", W/{tag} ,"z"'})
        assert again.status_code == 304, (value, tag)
        for other in tags:
            assert things.put(f"/{column}", json={},
                              headers={"if-match": other}).status_code == 412, (value, other)
            assert things.get(f"/{column}", headers={"if-none-match": other}).status_code == 200
        tags.append(tag)
    assert len(set(tags)) == len(tags)


def test_a_row_without_a_version_is_told_by_its_content(things):
    set_to(things, "t", None)
    assert things.get("/t").headers["etag"].startswith('W/"')


def test_tags_in_a_list_are_whole(things):
    set_to(things, "n", "1")
    for listed, status in [('"1"', 304), ('"0,\t"1"', 200), ('"0,1"', 200), ('"x\\", "1"', 304),
                           ('"0,"1",', 200), ("*", 304), ('W/"1"', 304), ('"1"x', 200),
                           (', ,"2" , W/"1"', 304), ('"*"', 200), ("1", 200), ('w/"1"', 200)]:
        found = things.get("/n", headers={"if-none-match": listed})
        assert found.status_code == status, listed
    # several lines are one list
    lines = [("if-none-match", '"7"'), ("if-none-match", '"1"')]
    assert things.get("/n", headers=lines).status_code == 304


def test_a_version_too_long_for_a_header_is_none(things):
    set_to(things, "t", "x" * 100000)
    got = things.get("/t")
    assert got.status_code == 200 and got.headers["etag"].startswith('W/"')
