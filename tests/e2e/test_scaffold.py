"""Endpoints written for tables: what they are, and that they fit."""
import json

import httpx
import pytest

from schemas.real import SCHEMAS
from support.serving import serve_as, serving

ITEM = """
CREATE TYPE color AS ENUM ('red', 'green');
CREATE DOMAIN amount AS numeric(12,2) NOT NULL CHECK (VALUE >= 0);
CREATE TABLE item (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    price amount,
    color color,
    active boolean NOT NULL DEFAULT true,
    made timestamptz DEFAULT now(),
    low text GENERATED ALWAYS AS (lower(name)) STORED
);
"""


def wrong_endpoints(project):
    """What check says of endpoints beside the database; the models may be empty."""
    rows = json.loads(project.run("check", "--json", check=False).out)
    return [row for row in rows if row.get("against") == "database"]


def test_endpoints_of_a_table(project, database):
    database.execute(ITEM)
    assert project.run("scaffold", "item").out == "api/item.sql\n"
    assert (project.folder / "api/item.sql").read_text() == """\
-- Endpoints of item, to be edited.

-- GET /item
-- summary: Rows of item
-- tags: item
-- returns: many
SELECT id, name, price, color, active, made, low
  FROM item
 ORDER BY id;

-- GET /item/{id}
-- summary: One row of item
-- tags: item
-- returns: one
SELECT id, name, price, color, active, made, low
  FROM item
 WHERE id = :id;

-- POST /item
-- summary: Add a row to item
-- tags: item
-- returns: one 201
INSERT INTO item (name, price, color)
VALUES (:name, :price, :color?)
/* left out, so that they get their usual values: id, active, made, low */
RETURNING id, name, price, color, active, made, low;

-- PUT /item/{id}
-- summary: Replace a row of item
-- tags: item
-- returns: one
UPDATE item
   SET name = :name, price = :price, color = :color?, active = coalesce(:active?, active),
       made = coalesce(:made?, made)
 WHERE id = :id
RETURNING id, name, price, color, active, made, low;

-- DELETE /item/{id}
-- summary: Delete a row of item
-- tags: item
-- returns: one
DELETE FROM item
 WHERE id = :id
RETURNING id;
"""
    assert wrong_endpoints(project) == []


def test_nothing_is_overwritten(project, database):
    database.execute(ITEM)
    project.write("api/item.sql", "-- mine\n")
    result = project.run("scaffold", "item", check=False)
    assert result.code == 3 and "item.sql" in result.err
    assert (project.folder / "api/item.sql").read_text() == "-- mine\n"
    assert project.run("scaffold", "item", "-o", "-").out.startswith("-- Endpoints of item")
    assert project.run("scaffold", "item", "--dry-run", "-o", "x.sql").out == "x.sql\n"
    assert not (project.folder / "x.sql").exists()


def test_keys_of_several_columns_are_in_the_path(project, database):
    database.execute("CREATE TABLE part (whole integer, place integer, PRIMARY KEY (place, whole));"
                     "CREATE TABLE mark (id integer PRIMARY KEY);"
                     "CREATE TABLE loose (a integer, b text);"
                     "CREATE TABLE other (a integer, b text NOT NULL UNIQUE);")
    part = project.run("scaffold", "part", "-o", "-").out
    assert "-- DELETE /part/{place}/{whole}\n" in part
    assert " WHERE place = :place\n   AND whole = :whole\n" in part
    assert "PUT" not in part  # nothing but the key
    loose = project.run("scaffold", "loose", "-o", "-").out
    assert "no key" in loose and "{" not in loose and "ORDER BY" not in loose
    assert "-- GET /other/{b}\n" in project.run("scaffold", "other", "-o", "-").out
    for table in ("part", "mark", "loose", "other"):
        project.run("scaffold", table)
    assert wrong_endpoints(project) == []


def test_odd_names_are_quoted_and_made_plain(project, database):
    database.execute("""
        CREATE SCHEMA "Sales dept";
        CREATE TABLE "Sales dept"."Order; */ x" (
            "the id" integer PRIMARY KEY, "if_match" text, "2nd" text, "a-b" text, "a b" text,
            "ä*/" integer DEFAULT 1, "order" text, "limit" integer);
        CREATE TABLE health (id serial PRIMARY KEY);
    """)
    path = project.run("scaffold", "--schema", "Sales dept", "Order; */ x").out.strip()
    assert path == "api/Sales_dept/Order_____x.sql"
    text = (project.folder / path).read_text()
    assert 'UPDATE "Sales dept"."Order; */ x"' in text
    assert "-- GET /Sales_dept/Order_____x/{the_id}" in text
    assert '"a-b" = :a_b?, "a b" = :a_b_?' in text
    assert "if_match = :if_match_?" in text
    project.run("scaffold", "health")
    assert "-- GET /public/health\n" in (project.folder / "api/public/health.sql").read_text()
    assert wrong_endpoints(project) == []


def test_views_are_read(project, database):
    database.execute(ITEM + "CREATE VIEW red AS SELECT id, name FROM item WHERE color = 'red';")
    text = project.run("scaffold", "public.red", "-o", "-").out
    assert text.count("-- GET") == 1 and "POST" not in text


def test_models_before_the_table_is_there(project, database):
    project.model(ITEM)
    assert project.run("scaffold", "item", check=False).code == 3
    project.run("scaffold", "item", "--models")
    assert (project.folder / "api/item.sql").exists()


def test_unknown_tables_have_a_hint(project, database):
    database.execute(ITEM)
    result = project.run("scaffold", "itm", check=False)
    assert result.code == 3
    assert 'table "itm" does not exist\nhint: did you mean "item"?' in result.err
    assert project.run("scaffold", "item", "--schema", "nowhere", check=False).code == 3
    database.execute("CREATE TABLE empty ()")
    assert 'table "empty" has no columns' in project.run("scaffold", "empty", check=False).err


@pytest.mark.parametrize("name", ["chinook", "employee", "pagila", "sakila", "bytebase"])
def test_endpoints_of_real_tables_fit(project, database, name):
    path = SCHEMAS / f"{name}.sql"
    if not path.is_file():
        pytest.skip("no ../shared/schemas")
    database.psql(path.read_text())
    tables = database.value(
        "SELECT json_agg(ARRAY[n.nspname, c.relname]) FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm')"
        " AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
        " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')")
    for schema, table in tables:
        project.run("scaffold", "--schema", schema, table)
    assert wrong_endpoints(project) == []
    assert len(list((project.folder / "api").rglob("*.sql"))) == len(tables)


def test_rows_live_through_the_endpoints(project, database):
    database.execute(ITEM + "CREATE TABLE part (whole integer, place integer, note text,"
                            " PRIMARY KEY (place, whole));")
    serve_as(project, database)
    project.run("scaffold", "item")
    project.run("scaffold", "part")
    with serving(project) as retort, httpx.Client(base_url=retort.url) as client:
        made = [client.post("/item", json={"name": f"Item {i}", "price": "1.50"}) for i in range(5)]
        assert [answer.status_code for answer in made] == [201] * 5
        first = made[0].json()
        assert first["low"] == "item 0" and first["active"] is True and first["color"] is None
        assert client.get("/item/1").json() == first
        change = {"name": "x", "price": "2.00", "color": "red", "active": False}
        assert client.put("/item/1", json=change).json() == {
            **change, "id": 1, "low": "x", "made": first["made"]}
        assert client.put("/item/1", json={"name": "y", "price": "3"}).json() == {
            "id": 1, "name": "y", "price": "3.00", "color": None, "active": False, "low": "y",
            "made": first["made"]}
        found, page = [], "/item?limit=2"
        while page is not None:
            answer = client.get(page)
            found += [row["id"] for row in answer.json()]
            page = answer.links.get("next", {}).get("url")
        assert found == [1, 2, 3, 4, 5]
        assert client.delete("/item/3").json() == {"id": 3}
        assert client.delete("/item/3").status_code == 404
        assert client.post("/part", json={"whole": 1, "place": 2}).status_code == 201
        assert client.put("/part/2/1", json={"note": "n"}).json() == {
            "whole": 1, "place": 2, "note": "n"}
        assert client.post("/part", json={"whole": 1, "place": 2}).status_code == 409
