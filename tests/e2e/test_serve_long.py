"""Answers that are too long are refused, told with their place, and held no longer."""
import httpx
import pytest

from support.serving import serve_as, serving
from support.wait import until

API = """-- GET /scalar
-- returns: scalar
-- deadline: 60s
SELECT repeat(:text, :count::integer);

-- GET /one
-- returns: one
SELECT 1 AS id, repeat('x', :count::integer) AS text;

-- GET /many
SELECT n AS id, repeat('x', 100) AS text FROM generate_series(1, :count::integer) AS n;

-- POST /items
-- returns: one 201
INSERT INTO item (name) VALUES (repeat('x', :count::integer)) RETURNING name;

-- GET /items
-- returns: scalar
SELECT count(*) FROM item;
"""

MOST = 2000


@pytest.fixture
def shop(project, database):
    database.execute("CREATE TABLE item (name text NOT NULL)")
    project.write("api/x.sql", API)
    project.configure(f"[serve]\nmax_answer = {MOST}\n")
    serve_as(project, database)
    with serving(project) as retort, httpx.Client(base_url=retort.url, timeout=60) as client:
        client.retort = retort
        yield client


def assert_too_long(answer, detail="the answer is too long"):
    assert answer.status_code == 500, answer.text[:100]
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == detail


@pytest.mark.parametrize("path, around", [
    ("/scalar?text=x&count=", len('""')),
    ("/one?count=", len('{"id":1,"text":""}'))])
def test_the_limit_is_exact(shop, path, around):
    answer = shop.get(f"{path}{MOST - around}")
    assert answer.status_code == 200 and len(answer.content) == MOST
    assert_too_long(shop.get(f"{path}{MOST - around + 1}"))


def test_lists_have_it_too(shop):
    assert len(shop.get("/many?count=10").json()) == 10
    assert_too_long(shop.get("/many?count=50"))


def test_escapes_count(shop):
    assert_too_long(shop.get("/scalar", params={"text": "\\", "count": MOST // 2}))


def test_a_write_says_that_it_was_done(shop):
    assert_too_long(shop.post("/items", json={"count": 5000}),
                    "it was done, but its answer is too long")
    assert shop.get("/items").json() == 1


def test_the_log_names_the_place(shop):
    assert_too_long(shop.get("/many?count=50"))
    line = until(lambda: shop.retort.requests(path="/many", status=500))[0]
    assert line["error"].startswith("api/x.sql:11: the answer is longer than max_answer")
    assert "hint: " in line["error"]


def test_what_is_far_too_long_is_not_encoded(shop):
    """100 MB of the database do not become 600 MB of JSON first."""
    assert_too_long(shop.get("/scalar", params={"text": "\x01", "count": 100_000_000}))
    peak = [line for line in open(f"/proc/{shop.retort.pid}/status") if line.startswith("VmHWM")]
    assert int(peak[0].split()[1]) < 500_000
