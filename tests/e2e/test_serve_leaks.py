"""What one request sets in its session, no other sees: settings, local or not, by whatever function."""
import concurrent.futures

import httpx
import pytest

from support.serving import serve_as, serving

MODEL = """
CREATE TABLE secret (id int, tenant text);
INSERT INTO secret VALUES (1, 'a'), (2, 'b');
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON secret USING (tenant = current_setting('app.tenant', true));
CREATE FUNCTION local(t text) RETURNS text LANGUAGE sql AS
    $$ SELECT set_config('app.tenant', t, true) $$;
CREATE FUNCTION lasting(n text, t text) RETURNS text LANGUAGE plpgsql STABLE AS
    $$ BEGIN RETURN set_config(n, t, false); END $$;
CREATE TABLE by_default (id int, a text DEFAULT lasting('app.tenant', 'a'));
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int REFERENCES parent ON DELETE CASCADE);
CREATE FUNCTION leaves() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM lasting('app.tenant', 'a'); RETURN NULL; END $$;
CREATE TRIGGER leaves AFTER DELETE ON child FOR EACH ROW EXECUTE FUNCTION leaves();
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (1);
CREATE VIEW hidden AS SELECT lasting('app.tenant', 'a') AS set;
CREATE VIEW deeper AS SELECT * FROM hidden;
"""

API = """
-- GET /direct/{t}
-- returns: scalar
SELECT set_config('app.tenant', :t, true);

-- GET /local/{t}
-- returns: scalar
SELECT local(:t);

-- GET /lasting/{t}
-- returns: scalar
SELECT lasting('app.tenant', :t);

-- GET /view/{t}
-- returns: scalar
SELECT set || :t FROM deeper;

-- POST /lasting/{t}
-- returns: scalar
SELECT lasting('app.tenant', :t);

-- POST /by_default
-- returns: none
INSERT INTO by_default (id) VALUES (1);

-- DELETE /parent
-- returns: none
DELETE FROM parent;

-- GET /zone/{t}
-- returns: scalar
SELECT lasting('TimeZone', 'Asia/Tokyo') || :t;

-- GET /path/{t}
-- returns: scalar
SELECT lasting('search_path', 'pg_catalog') || :t;

-- GET /secret
SELECT id, tenant FROM secret ORDER BY id;

-- POST /secret
-- returns: many
SELECT id, tenant FROM secret ORDER BY id;

-- GET /now
-- returns: scalar
SELECT timestamptz '2026-01-01 00:00:00+00';
"""


@pytest.fixture
def shop(project, database):
    database.execute(MODEL)
    project.configure("[serve]\nthreads = 1\nfast = 1\n")
    project.write("api/all.sql", API)
    serve_as(project, database)
    with serving(project) as retort:
        with httpx.Client(base_url=retort.url, timeout=30) as client:
            yield client


def ask(url, method, path, times):
    with httpx.Client(base_url=url, timeout=30) as client:
        return [client.request(method, path) for _ in range(times)]


@pytest.mark.parametrize("path", ["/direct/a", "/local/a", "/lasting/a", "/view/x"])
def test_settings_stay_with_their_request(shop, path):
    """Many ask for the one and many for the other at once, over one connection."""
    url = str(shop.base_url)
    with concurrent.futures.ThreadPoolExecutor(16) as threads:
        setting = [threads.submit(ask, url, "GET", path, 20) for _ in range(8)]
        reading = [threads.submit(ask, url, "GET", "/secret", 40) for _ in range(8)]
        assert all(answer.status_code == 200 for job in setting for answer in job.result())
        seen = [answer for job in reading for answer in job.result()]
    assert {answer.status_code for answer in seen} == {200}
    assert [answer.json() for answer in seen if answer.json()] == []


def test_settings_of_a_write_stay_with_it(shop):
    for _ in range(5):
        assert shop.post("/lasting/a", json={}).json() == "a"
        assert shop.post("/secret", json={}).json() == []


def test_settings_of_what_a_write_sets_off_stay_with_it(shop):
    assert shop.post("/by_default", json={}).status_code == 204
    assert shop.post("/secret", json={}).json() == []
    assert shop.delete("/parent").status_code == 204
    assert shop.post("/secret", json={}).json() == []


def test_the_session_is_as_it_was(shop):
    before = shop.get("/now").json()
    for path in ("/zone/x", "/path/x", "/lasting/a"):
        assert shop.get(path).status_code == 200
        assert shop.get("/now").json() == before
        assert shop.get("/secret").json() == []
        assert shop.get("/local/b").json() == "b"
