"""What the database refuses for now: 503 says which kind it is, and when to come again."""
import httpx
import pytest

from support.project import Project
from support.serving import serve_as, serving

RAISE = """
CREATE FUNCTION refuse(code text) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'secret words of a function' USING ERRCODE = code; END $$;
"""

API = """
-- POST /refuse
-- returns: scalar
SELECT refuse(:code);

-- POST /late
-- returns: scalar
-- deadline: 2s
SELECT 1 FROM (SELECT pg_sleep(600)) AS late;
"""


@pytest.fixture(scope="module")
def refused(tmp_path_factory, server):
    with server.database() as database:
        database.execute(RAISE)
        project = Project(tmp_path_factory.mktemp("shop") / "shop", database.url)
        project.write("api/refuse.sql", API)
        serve_as(project, database)
        with serving(project) as retort:
            with httpx.Client(base_url=retort.url, timeout=30) as client:
                yield client


@pytest.mark.parametrize("code", ["40001", "40P01", "55P03", "53100", "53000", "58030"])
def test_what_is_refused_for_now_says_so(refused, code):
    answer = refused.post("/refuse", json={"code": code})
    assert answer.status_code == 503 and int(answer.headers["retry-after"]) >= 1
    assert answer.json()["detail"] == "the database cannot do this now; try again later"


def test_what_is_late_says_so(refused):
    answer = refused.post("/late", json={})
    assert answer.status_code == 503 and int(answer.headers["retry-after"]) >= 1
    assert answer.json()["detail"] == "the database did not answer in time; try again later"


@pytest.mark.parametrize("code,status,wait", [("PT503", 503, "1"), ("PT429", 429, "1"),
                                              ("PT409", 409, None), ("PT500", 500, None)])
def test_a_function_that_says_later_says_when(refused, code, status, wait):
    answer = refused.post("/refuse", json={"code": code})
    assert answer.status_code == status
    assert answer.json()["detail"] == "secret words of a function"
    assert answer.headers.get("retry-after") == wait
