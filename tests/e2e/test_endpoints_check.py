"""Endpoints against the schema: check, and what revision and upgrade warn of."""
import json

import pytest

ITEM = "CREATE TABLE item (id bigint PRIMARY KEY, name text NOT NULL, price numeric);\n"
GET = "-- GET /items/{id}\n-- returns: one\nSELECT id, name, price FROM item WHERE id = :id;\n"
NOTHING_TO_DO = "No new upgrade operations detected."


def autogenerate(project, **options):
    return project.run("revision", "--autogenerate", "-m", "change", **options)


@pytest.fixture
def shop(project):
    """A project at head, with an endpoint that fits."""
    project.model(ITEM)
    project.write("api/items.sql", GET)
    autogenerate(project)
    project.run("upgrade", "head")
    return project


def test_endpoints_that_fit_are_fine(shop):
    result = shop.run("check")
    assert result.err.strip() == NOTHING_TO_DO
    assert json.loads(shop.run("check", "--json").out) == []


def test_an_endpoint_that_the_models_do_not_fit_is_input(shop):
    shop.write("api/more/wrong.sql",
               "-- GET /wrong\nSELECT id,\n  nme FROM item;\n-- GET /wronger\nSELECT;\n")
    result = shop.run("check", check=False)
    assert result.code == 3
    assert 'api/more/wrong.sql:3: column "nme" does not exist' in result.err
    assert "api/more/wrong.sql:5: the route returns many, but its statement gives no columns" in result.err
    rows = json.loads(shop.run("check", "--json", check=False).out)
    assert [(row["endpoint"], row["line"], row["against"]) for row in rows] == [
        ("GET /wrong", 3, "models"), ("GET /wronger", 5, "models"),
        ("GET /wrong", 3, "database"), ("GET /wronger", 5, "database")]
    assert rows[0]["file"] == "api/more/wrong.sql"
    assert rows[0]["message"] == 'column "nme" does not exist'
    assert "item.name" in rows[0]["hint"]


def test_lists_of_one_page_are_noted(shop):
    shop.write("api/lists.sql", "-- GET /ordered\nSELECT id, name FROM item ORDER BY id;\n"
               "-- GET /named\nSELECT id, name FROM item ORDER BY name;\n"
               "-- GET /own\nSELECT id FROM item ORDER BY name LIMIT :limit;\n"
               "-- GET /own/ten\nSELECT id FROM item ORDER BY name LIMIT 10;\n")
    result = shop.run("check")
    assert "api/lists.sql:3: GET /named\n" in result.err
    assert "hint: ORDER BY" in result.err
    assert "/ordered" not in result.err and "/own" not in result.err


def test_wrong_endpoints_are_told_before_a_difference(shop):
    shop.model(ITEM.replace("name text", "title text"))
    result = shop.run("check", check=False)
    assert result.code == 3
    assert "ALTER TABLE item" in result.out
    assert "New upgrade operations detected" in result.err
    assert 'api/items.sql:3: column "name" does not exist' in result.err
    rows = json.loads(shop.run("check", "--json", check=False).out)
    assert any("sql" in row for row in rows)
    assert [row["against"] for row in rows if "endpoint" in row] == ["models"]


def test_endpoints_ahead_of_the_database_are_a_difference(shop):
    shop.model(ITEM + "CREATE TABLE shop (id bigint PRIMARY KEY);")
    shop.write("api/shops.sql", "-- GET /shops\nSELECT id FROM shop ORDER BY id;\n")
    result = shop.run("check", check=False)
    assert result.code == 8
    assert "1 endpoint fits the models, and the database once" in result.err
    assert "does not exist" not in result.err  # of each endpoint: it is no fault of theirs
    rows = json.loads(shop.run("check", "--json", check=False).out)
    assert [row["against"] for row in rows if "endpoint" in row] == ["database"]


def test_wrong_endpoints_are_told_though_the_database_is_behind(shop):
    shop.model(ITEM + "CREATE TABLE shop (id bigint PRIMARY KEY);")
    autogenerate(shop)
    shop.write("api/wrong.sql", "-- GET /wrong\nSELECT id FROM shp;\n")
    result = shop.run("check", check=False)
    assert result.code == 6
    assert 'api/wrong.sql:2: relation "shp" does not exist' in result.err
    against = shop.run("check", "--against", "revisions", check=False)
    assert against.code == 3


def test_malformed_files_are_input(shop):
    shop.write("api/wrong.sql", "SELECT 1;\n")
    result = shop.run("check", check=False)
    assert result.code == 3
    assert "api/wrong.sql:1:" in result.err


def test_the_folder_is_a_setting(shop):
    shop.configure("[retort]\napi = http\n")
    shop.write("api/items.sql", "this is no SQL file of the project")
    shop.write("http/wrong.sql", "-- GET /wrong\nSELECT id FROM itm;\n")
    result = shop.run("check", check=False)
    assert "http/wrong.sql:2:" in result.err


def test_names_are_those_of_the_search_path(shop, database):
    shop.configure("[migrate]\nsearch_path = app, public\n")
    shop.model(ITEM + "CREATE SCHEMA app; CREATE TABLE app.shop (id bigint PRIMARY KEY);")
    shop.write("api/shops.sql", "-- GET /shops\nSELECT id FROM shop ORDER BY id;\n")
    autogenerate(shop)
    shop.run("upgrade", "head")
    assert shop.run("check").err.strip() == NOTHING_TO_DO


@pytest.mark.parametrize("proof", [[], ["--no-proof"]])
def test_a_revision_that_breaks_an_endpoint_is_warned_of(shop, proof):
    shop.model(ITEM.replace(", price numeric", ""))
    result = shop.run("revision", "--autogenerate", "-m", "change", *proof)
    assert "1 endpoint does not fit the schema after this revision" in result.err
    assert 'api/items.sql:3: column "price" does not exist' in result.err
    assert len(list(shop.migrations.glob("*.sql"))) == 2


def test_upgrade_warns_of_endpoints_that_no_longer_fit(shop, database):
    shop.revision("aaaa1111bbbb", "ALTER TABLE item RENAME price TO cost;",
                  "ALTER TABLE item RENAME cost TO price;",
                  revises=shop.run("heads").out.split()[0])
    shop.revision("aaaa1111cccc", "CREATE TABLE more ();", "DROP TABLE more;",
                  revises="aaaa1111bbbb")
    result = shop.run("upgrade", "+1")
    assert "endpoint" not in result.err  # the next revision may mend it
    result = shop.run("upgrade", "head")
    assert "1 endpoint does not fit the schema of this database" in result.err
    assert 'api/items.sql:3: column "price" does not exist' in result.err
    assert "endpoint" not in shop.run("upgrade", "head").err


def test_upgrade_goes_on_with_malformed_endpoints(shop):
    shop.write("api/wrong.sql", "SELECT 1;\n")
    shop.revision("aaaa1111bbbb", "CREATE TABLE more ();", "DROP TABLE more;",
                  revises=shop.run("heads").out.split()[0])
    result = shop.run("upgrade", "head")
    assert "the endpoints could not be checked: api/wrong.sql:1:" in result.err


def test_what_breaks_several_endpoints_is_told_once(shop):
    endpoints = [f"-- GET /by/{i}\n-- returns: many\nSELECT id, price + {i} AS price FROM item;\n"
                 for i in range(30)]
    shop.write("api/many.sql", "\n".join(endpoints))
    shop.model(ITEM.replace(", price numeric", ""))
    made = autogenerate(shop)
    applied = shop.run("upgrade", "head")
    checked = shop.run("check", check=False)
    assert "31 endpoints do not fit the schema after this revision" in made.err
    for result in (made, applied, checked):
        assert result.err.count('column "price" does not exist') == 1, result
        assert "breaks: GET /items/{id}, GET /by/0 (api/many.sql:3), GET /by/1" in result.err
        assert "GET /by/18 (api/many.sql:75) and 11 more\n" in result.err
    rows = json.loads(shop.run("check", "--json", check=False).out)
    assert len(rows) == 62  # each by itself, for the models and the database
