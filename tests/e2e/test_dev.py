"""retort dev: what does not fit the database yet costs nothing but itself."""
import shutil

import httpx
import pytest

from support.serving import dev, serving
from support.wait import until

GOOD = """
-- GET /good
-- returns: scalar
SELECT 1;
"""

BROKEN = """
-- GET /items
SELECT id FROM item;

-- POST /items
-- returns: none 201
INSERT INTO item (id) VALUES (:id);
"""


@pytest.fixture
def half(project):
    project.write("api/good.sql", GOOD)
    project.write("api/items.sql", BROKEN)
    return project


def served(client):
    return set(client.get("/openapi.json").json()["paths"]) - {"/health"}


def test_others_are_served(half, database):
    with dev(half) as retort, httpx.Client(base_url=retort.url, timeout=30) as client:
        assert 'api/items.sql:3: relation "item" does not exist' in retort.said()
        assert client.get("/good").json() == 1
        for answer in (client.get("/items"), client.post("/items", json={"id": 1})):
            assert answer.status_code == 500
            assert 'relation "item" does not exist' in answer.json()["detail"]
        assert served(client) == {"/good"}
        assert client.get("/health").status_code == 200


def test_a_corrected_database_is_seen(half, database):
    with dev(half) as retort, httpx.Client(base_url=retort.url, timeout=30) as client:
        assert client.get("/items").status_code == 500
        database.execute("CREATE TABLE item (id bigint PRIMARY KEY)")
        until(lambda: client.get("/items").status_code == 200)
        assert client.post("/items", json={"id": 1}).status_code == 201
        assert client.get("/items").json() == [{"id": 1}]
        assert served(client) == {"/good", "/items"}


def test_a_corrected_file_is_seen(half, database):
    with dev(half) as retort, httpx.Client(base_url=retort.url, timeout=30) as client:
        half.write("api/items.sql", BROKEN.replace("FROM item", "FROM (VALUES (1)) item (id)"))
        until(lambda: client.get("/items").status_code == 200)
        assert client.post("/items", json={"id": 1}).status_code == 500


def test_a_broken_change_is_told(project, database):
    project.write("api/good.sql", GOOD)
    with dev(project) as retort, httpx.Client(base_url=retort.url, timeout=30) as client:
        assert client.get("/good").json() == 1
        project.write("api/items.sql", BROKEN)
        until(lambda: 'relation "item" does not exist' in retort.said())
        until(lambda: client.get("/items").status_code == 500, what="the endpoint")
        assert client.get("/good").json() == 1


def test_it_is_told_only_what_is_new(half, database):
    """However often it is looked."""
    with dev(half) as retort, httpx.Client(base_url=retort.url, timeout=30) as client:
        database.execute("CREATE TABLE item (other int)")
        until(lambda: 'column "id" does not exist' in retort.said())
        database.execute("ALTER TABLE item ADD COLUMN id bigint")
        until(lambda: client.get("/items").status_code == 200)
        assert retort.said().count('api/items.sql:3: relation "item" does not exist') == 1


def test_a_folder_that_is_replaced_is_seen(project, database):
    """As version control does it; while it is gone, what was there is served."""
    project.write("api/good.sql", GOOD)
    api, other = project.folder / "api", project.folder / "other"
    with dev(project) as retort, httpx.Client(base_url=retort.url, timeout=30) as client:
        for number in (2, 3):
            shutil.rmtree(api)
            until(lambda: retort.said().count('/api" is gone') == number - 1, what="the message")
            assert client.get("/good").json() == number - 1
            other.mkdir()
            (other / "good.sql").write_text(GOOD.replace("SELECT 1", f"SELECT {number}"))
            shutil.copytree(other, api) if number == 2 else other.rename(api)
            until(lambda: client.get("/good").json() == number, what="the folder")
            shutil.rmtree(other, ignore_errors=True)
        project.write("api/good.sql", GOOD)
        until(lambda: client.get("/good").json() == 1, what="the file")


def test_a_new_revision_is_told(project, database):
    """By health and on the terminal, until it has run."""
    project.write("api/good.sql", GOOD)
    project.revision("a11111111111", "CREATE TABLE one (id bigint);", "DROP TABLE one;")
    project.run("upgrade", "head")
    with dev(project) as retort, httpx.Client(base_url=retort.url, timeout=30) as client:
        def health():
            return client.get("/health").json()["status"]

        until(lambda: health() == "pass", what="the connections")
        project.revision("b22222222222", "CREATE TABLE two (id bigint);", "DROP TABLE two;",
                         revises="a11111111111")
        until(lambda: health() == "warn", what="the revision")
        until(lambda: "the schema is 1 revision behind" in retort.said())
        project.run("upgrade", "head")
        until(lambda: health() == "pass", what="the schema")


def test_serve_stays_strict(half, database):
    assert half.run("serve", "--allow-owner", check=False).code == 3
    database.execute("CREATE TABLE item (id bigint PRIMARY KEY)")
    with serving(half, "--allow-owner") as retort:
        with httpx.Client(base_url=retort.url, timeout=30) as client:
            half.write("api/items.sql", BROKEN.replace("FROM item", "FROM items"))
            half.write("api/good.sql", GOOD.replace("SELECT 1", "SELECT 2"))
            retort.reload(fails=True)
            assert client.get("/items").status_code == 200
            assert client.get("/good").json() == 1
