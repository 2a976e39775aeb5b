"""Reads from a standby that is behind: without a token they are old, with one they are not."""
import concurrent.futures
import contextlib

import httpx
import pytest

from support.project import Project
from support.serving import serve_as, serving
from support.wait import until

API = """
-- GET /items
SELECT id, name FROM item ORDER BY id;

-- GET /where
-- returns: scalar
SELECT pg_is_in_recovery();

-- POST /items
-- returns: one 201
INSERT INTO item (name) VALUES (:name) RETURNING id, name;

-- GET /item/{id}
-- returns: scalar
SELECT name_of(:id);

-- GET /later
-- returns: scalar
SELECT later();

-- GET /refuses
-- returns: scalar
SELECT refuses();

-- GET /writes
-- returns: scalar
SELECT writes();

-- POST /late
-- returns: one 201
-- deadline: 8s
INSERT INTO item (name) SELECT :name::text FROM pg_sleep(4) RETURNING id, name;

-- POST /stuck
-- returns: none
-- deadline: 60s
UPDATE held SET id = 2;
"""

FUNCTIONS = """
CREATE FUNCTION name_of(wanted int) RETURNS text STABLE LANGUAGE plpgsql AS $$
    DECLARE found_name text;
    BEGIN
        SELECT name INTO found_name FROM item WHERE id = wanted;
        IF NOT FOUND THEN RAISE 'there is none' USING ERRCODE = 'PT404'; END IF;
        RETURN found_name;
    END $$;
CREATE FUNCTION later() RETURNS bigint STABLE LANGUAGE plpgsql AS $$
    BEGIN RETURN (SELECT count(*) FROM made_later); END $$;
CREATE FUNCTION refuses() RETURNS int STABLE LANGUAGE plpgsql AS $$
    BEGIN
        IF pg_is_in_recovery() THEN RAISE 'by the standby' USING ERRCODE = 'PT410'; END IF;
        RAISE 'by the primary' USING ERRCODE = 'PT409';
    END $$;
CREATE FUNCTION writes() RETURNS int LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO item (name) VALUES ('by a read'); RETURN 1; END $$;
"""


@contextlib.contextmanager
def served(tmp_path, own_server, standby):
    with own_server.database() as database:
        database.execute("CREATE TABLE item (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
                         " name text NOT NULL); CREATE TABLE held (id int);"
                         " INSERT INTO held VALUES (1)")
        database.execute(FUNCTIONS)
        project = Project(tmp_path / "shop", database.url)
        project.write("api/items.sql", API)
        serve_as(project, database)
        there = standby.as_role(standby.url_of(database.name), "retort_app")
        place = database.value("SELECT pg_current_wal_lsn()")
        until(lambda: standby.admin(f"SELECT pg_last_wal_replay_lsn() >= '{place}'")[0][0])
        project.configure("[serve]\nthreads = 1\n")
        with serving(project, env={"READ_URLS": there}) as retort:
            with httpx.Client(base_url=retort.url, timeout=60) as client:
                client.database = database
                yield client


@pytest.fixture
def shop(tmp_path, own_server, standby):
    with served(tmp_path, own_server, standby) as client:
        yield client


def names(answer):
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()]


def test_reads_go_to_the_standby(shop):
    assert shop.get("/where").json() is True


def test_a_token_reads_ones_own_writes(shop, standby):
    standby.pause_replay()
    written = shop.post("/items", json={"name": "new"})
    assert written.status_code == 201
    token = written.headers["retort-lsn"]
    assert names(shop.get("/items")) == []
    assert names(shop.get("/items", headers={"retort-lsn": token})) == ["new"]
    standby.admin("SELECT pg_wal_replay_resume()")
    until(lambda: names(shop.get("/items")) == ["new"])
    assert names(shop.get("/items", headers={"retort-lsn": token})) == ["new"]


def test_an_error_of_a_standby_that_is_behind_is_none(shop, standby):
    """A function that raises when there is no row, and a table of a revision that is not there yet."""
    standby.pause_replay()
    token = {}
    for name in ("a", "b", "c"):
        written = shop.post("/items", json={"name": name})
        token = {"retort-lsn": written.headers["retort-lsn"]}
        path = f"/item/{written.json()['id']}"
        assert shop.get(path).status_code == 404
        found = shop.get(path, headers=token)
        assert (found.status_code, found.json()) == (200, name)
    assert shop.get("/item/1000", headers=token).status_code == 404
    shop.database.execute("CREATE TABLE made_later (id int); GRANT SELECT ON made_later TO PUBLIC")
    written = shop.post("/items", json={"name": "d"})
    assert shop.get("/later").status_code == 500
    assert shop.get("/later", headers={"retort-lsn": written.headers["retort-lsn"]}).json() == 0


def test_what_a_standby_refuses_that_is_not_behind_is_refused(shop, standby):
    """It alone is asked: 410 is its own answer, 409 the primary's."""
    place = shop.post("/items", json={"name": "a"}).headers["retort-lsn"]
    until(lambda: standby.admin(f"SELECT pg_last_wal_replay_lsn() >= '{place}'")[0][0])
    assert shop.get("/refuses", headers={"retort-lsn": place}).status_code == 410
    standby.pause_replay()
    token = {"retort-lsn": shop.post("/items", json={"name": "b"}).headers["retort-lsn"]}
    assert shop.get("/refuses").status_code == 410
    assert shop.get("/refuses", headers=token).status_code == 409


def test_a_token_does_not_make_a_read_write(shop):
    for token in ({}, {"retort-lsn": "0/0"}, {"retort-lsn": "FFFFFFFF/FFFFFFFF"}):
        answer = shop.get("/writes", headers=token)
        assert answer.status_code == 500, answer.text
    assert shop.database.value("SELECT count(*) FROM item") == 0


def test_a_malformed_token_is_refused(shop):
    for token in ["", "0", "/", "0/", "/1", "x/1", "123456789/1", "0/1/2"]:
        assert shop.get("/items", headers={"retort-lsn": token}).status_code == 400, token


def test_a_write_takes_no_longer_for_its_token(shop):
    """The only connection for writes is taken when the place is to be asked for."""
    database = shop.database
    keeper = database.connect(autocommit=False)
    keeper.cursor().execute("LOCK held")
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        late = threads.submit(shop.post, "/late", json={"name": "late"})
        until(lambda: database.value("SELECT count(*) FROM pg_stat_activity"
                                     " WHERE wait_event = 'PgSleep'"))
        stuck = threads.submit(shop.post, "/stuck")
        written = late.result()
        assert not stuck.done()
        keeper.close()
        assert stuck.result().status_code == 204
    assert written.status_code == 201
    assert "retort-lsn" not in written.headers
    assert written.elapsed.total_seconds() < 11.5  # not 4 s and then 8 s
