"""Requests made at random from /openapi.json: what is described is what happens.

Whatever is sent, the server never fails on its own (5xx, but for 503); and a request that is as
described gets an answer that is described.
"""
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from support.described import Document, Talk, any_requests, valid_requests
from support.serving import serving
from support.shop import ENDPOINTS, make_shop

EVERY_TYPE = """
create domain positive as integer check (value > 0);
create type place as (street text, number integer, state state);
"""
SCALARS = ["boolean", "smallint", "integer", "bigint", "real", "double precision", "numeric",
           "numeric(6, 2)", "text", "varchar(10)", "uuid", "date", "timestamptz", "timestamp",
           "time", "timetz", "interval", "state", "positive", "inet", "oid"]
UNDESCRIBED = ["inet"]  # the schema of a type without a JSON form of its own is any string
OTHERS = ["bytea", "json", "jsonb", "integer[]", "text[]", "state[]", "place", "place[]",
          "int4range", "numrange", "tstzrange", "int4multirange"]


def name_of(index):
    return f"p{index}"


def echo(route, types, optional):
    """An endpoint that gives back what it takes, one parameter a type."""
    mark = "?" if optional else ""
    columns = ", ".join(f":{name_of(index)}{mark}::{type_} AS {name_of(index)}"
                        for index, type_ in enumerate(types))
    return f"-- {route}\n-- returns: one\nSELECT {columns};\n\n"


STATUS_ENDPOINTS = """
-- GET /up
-- verify: no

-- GET /asked
-- verify: yes

-- HEAD /items/{id}/head
-- returns: one
SELECT id FROM item WHERE id = :id;

-- PUT /items/{id}/version
-- returns: one
-- version: made
UPDATE item SET name = :name WHERE id = :id AND made = :if_match RETURNING id, made;

-- GET /items/{id}/version
-- returns: one
-- version: made
SELECT id, made FROM item WHERE id = :id;

-- DELETE /items/{id}/version
-- returns: none
DELETE FROM item WHERE id = :id AND made = :if_match?;

"""

TYPE_ENDPOINTS = STATUS_ENDPOINTS + "".join([
    echo("GET /echo", SCALARS, True),
    echo("POST /echo", [*SCALARS, *OTHERS], True),
    *(echo(f"GET /echo{index}/{{{name_of(0)}}}", [type_], False)
      for index, type_ in enumerate(SCALARS)),
    *(echo(f"PUT /echo{index}", [type_], False)
      for index, type_ in enumerate([*SCALARS, *OTHERS])),
])


@pytest.fixture(scope="module")
def port(tmp_path_factory, server):
    with server.database() as database:
        project = make_shop(tmp_path_factory.mktemp("shop") / "shop", database)
        database.execute(EVERY_TYPE)
        project.write("api/shop.sql", ENDPOINTS)
        project.write("api/types.sql", TYPE_ENDPOINTS)
        with serving(project) as retort:
            yield retort.port


@pytest.fixture(scope="module")
def document(port):
    return Document(Talk(port).ask("GET", "/openapi.json").json())


SIZES = [pytest.param(400, id="short"),
         pytest.param(20000, id="long", marks=pytest.mark.long)]


def many(count):
    """The short form makes the same requests each time; the long one others each time."""
    return settings(max_examples=count, deadline=None, database=None, derandomize=count < 1000,
                    print_blob=True, phases=[Phase.generate, Phase.shrink],
                    suppress_health_check=list(HealthCheck))


def requests(document, make):
    """(operation, request): any operation, and what `make` makes for it."""
    return st.sampled_from(document.operations).flatmap(
        lambda operation: st.tuples(st.just(operation), make(operation)))


@pytest.mark.parametrize("count", SIZES)
def test_described_requests_get_described_answers(port, document, count):
    talk, seen = Talk(port), Counter()

    @many(count)
    @given(requests(document, valid_requests))
    def ask(asked):
        operation, (target, headers, body) = asked
        answer = talk.ask(operation.method, target, headers, body)
        operation.judge(answer)
        seen[answer.status // 100] += 1

    ask()
    assert seen[2] > seen.total() / 3, f"hardly any of them was useful: {seen}"


@pytest.mark.parametrize("count", SIZES)
def test_no_request_makes_it_fail(port, document, count):
    talk, seen = Talk(port), Counter()

    @many(count)
    @given(requests(document, any_requests), st.sampled_from(["", "", "", "GET", "POST", "PATCH"]))
    def ask(asked, method):
        operation, (target, headers, body) = asked
        answer = talk.ask(method or operation.method, target, headers, body)
        assert answer.status < 500 or answer.status == 503, str(answer)
        if answer.status >= 400 and answer.body:
            assert answer.json()["status"] == answer.status, str(answer)
        seen[answer.status] += 1

    ask()
    assert {200, 404, 422} <= set(seen), f"hardly anything was tried: {seen}"
    assert talk.ask("GET", "/health").status == 200


@pytest.mark.parametrize("type_", [*SCALARS, *OTHERS])
def test_each_type_comes_back(port, document, type_):
    """What is as described by a type's own endpoint is mostly taken, and comes back as described."""
    index = [*SCALARS, *OTHERS].index(type_)
    operation = next(one for one in document.operations if str(one) == f"PUT /echo{index}")
    talk, seen = Talk(port), Counter()

    @many(60)
    @given(valid_requests(operation))
    def ask(asked):
        target, headers, body = asked
        answer = talk.ask(operation.method, target, headers, body)
        assert answer.status in (200, 422), str(answer)
        operation.judge(answer)
        seen[answer.status] += 1

    ask()
    if type_ not in UNDESCRIBED:
        assert seen[200] > seen.total() / 5, f"hardly any value of type {type_} is taken: {seen}"
