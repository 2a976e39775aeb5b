"""The example in app/: its revisions, its endpoints, and the one in C that streams."""
import csv
import io
import json
import os
import shutil
import socket
from pathlib import Path

import httpx
import pytest

from support.project import TOP, Project, program
from support.serving import serving
from support.wait import until

ROLE = "shop_app"
HEAD = "id,email,state,placed_at,total"
PART = 1 << 16
# What the export may cost, however many rows it has: buffers of the socket and of libpq.
MOST_MEMORY_KB = 16 * 1024


@pytest.fixture
def shop(tmp_path, database, monkeypatch):
    """The example at head, with its data; the program is app/'s own."""
    own = Path(program()).parent / "app" / "shop"
    assert os.access(own, os.X_OK), f"{own} was not built"
    monkeypatch.setenv("RETORT", str(own))
    # The address sanitizer keeps what was freed; memory is measured here.
    monkeypatch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1")
    database.server.make_roles([ROLE])  # which has no more than the revisions grant
    database.execute(f"alter role {ROLE} login")
    folder = tmp_path / "shop"
    shutil.copytree(TOP / "app", folder, ignore=shutil.ignore_patterns(".retort", ".env"))
    project = Project(folder, database.url)
    project.run("upgrade", "head")
    database.psql((folder / "example-data.sql").read_text())
    project.serve_url = database.server.as_role(database.url, ROLE)
    return project


@pytest.fixture
def client(shop):
    with serving(shop) as retort:
        with httpx.Client(base_url=retort.url, timeout=60) as client:
            client.retort = retort
            yield client


def add_orders(database, count):
    database.execute("set session_replication_role = replica;"  # without a look at each customer
                     f" insert into orders (customer_id) select 1 from generate_series(1, {count})")


def memory_kb(pid, what):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition(f"{what}:")[2].split()[0])


def backend(database, wait):
    """Whether a statement of the server's role waits for `wait`; "": whether one runs at all."""
    more = f"and wait_event = '{wait}'" if wait else ""
    return database.value(f"select count(*) from pg_stat_activity where usename = '{ROLE}' and"
                          f" datname = current_database() and state = 'active' {more}") > 0


def begin_export(retort):
    """Asks for all orders, takes the first bytes, and then nothing more."""
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.settimeout(60)
    slow.connect(("127.0.0.1", retort.port))
    slow.sendall(b"GET /orders.csv HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
    assert slow.recv(100).startswith(b"HTTP/1.1 200 ")
    return slow


def test_models_and_revisions_of_the_example_agree(shop):
    assert "No new upgrade operations detected" in shop.run("check").err
    assert shop.run("prove", "base:head").code == 0


def test_check_looks_at_endpoints_in_c(shop, database):
    database.execute("drop view order_total")
    found = shop.run("check", check=False)
    assert found.code == 8
    # GET /orders/{id}, which is SQL, and GET /orders.csv, which is C
    assert found.err.startswith("2 endpoints fit the models"), found.err


def test_orders_are_placed_and_take_from_the_stock(client):
    stock = client.get("/items/1").json()["stock"]
    made = client.post("/orders", json={"customer_id": 3, "item_ids": [1, 2], "quantities": [5, 1]})
    assert made.status_code == 201, made.text
    order = client.get(f"/orders/{made.json()['id']}").json()
    assert order["total"] == "11.70" and [line["item"] for line in order["lines"]] == [1, 2]
    assert client.get("/items/1").json()["stock"] == stock - 5
    assert client.put(f"/orders/{order['id']}/state", json={"state": "paid"}).json()["state"] == "paid"
    assert order["id"] in {row["id"] for row in client.get("/orders?state=paid").json()}


@pytest.mark.parametrize("items, quantities, status", [
    ([4], [1000], 422),  # more than there are
    ([1, 77], [1, 1], 422),  # no such item
    ([1, 2], [1], 422),  # how many of the second?
    ([1, 1], [1, 1], 409),  # twice
])
def test_an_order_that_cannot_be_is_refused_as_a_whole(client, items, quantities, status):
    before = client.get("/orders").json()
    body = {"customer_id": 1, "item_ids": items, "quantities": quantities}
    assert client.post("/orders", json=body).status_code == status
    assert client.get("/orders").json() == before


def test_an_ordered_item_stays(client):
    assert client.delete("/items/1").status_code == 409
    made = client.post("/items", json={"name": "ink", "price": "3.10"}).json()
    assert made["stock"] == 0
    assert client.delete(f"/items/{made['id']}").status_code == 204


def test_csv_holds_what_the_database_says(client, database):
    database.execute("""update customer set email = 'a,"b"@example.org' where id = 1""")
    answer = client.get("/orders.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"] == 'attachment; filename="orders.csv"'
    head, *rows = csv.reader(io.StringIO(answer.text))
    assert ",".join(head) == HEAD
    assert [row[:3] for row in rows] == [["1", 'a,"b"@example.org', "sent"],
                                         ["2", "grace@example.org", "paid"],
                                         ["3", 'a,"b"@example.org', "open"]]
    assert client.get("/orders.csv?since=2027-01-01").text == HEAD + "\r\n"
    assert client.get("/orders.csv?since=soon").status_code == 422
    head = client.head("/orders.csv")
    assert head.status_code == 200 and head.content == b""
    described = client.get("/openapi.json").json()["paths"]["/orders.csv"]["get"]
    assert [param["name"] for param in described["parameters"]] == ["since"]
    assert list(described["responses"]["200"]["content"]) == ["*/*"]


@pytest.mark.parametrize("count", [100_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_csv_streams_any_number_of_rows(client, database, count):
    add_orders(database, count)
    client.get("/orders.csv?since=2027-01-01")
    before = memory_kb(client.retort.pid, "VmRSS")
    lines = 0
    with client.stream("GET", "/orders.csv") as answer:
        for part in answer.iter_bytes(PART):
            lines += part.count(b"\n")
    assert lines == 1 + 3 + count
    assert memory_kb(client.retort.pid, "VmHWM") - before < MOST_MEMORY_KB


def test_a_slow_client_is_waited_for_and_holds_nobody(client, database):
    add_orders(database, 200_000)
    client.get("/orders.csv?since=2027-01-01")
    before = memory_kb(client.retort.pid, "VmRSS")
    with begin_export(client.retort) as slow:
        until(lambda: backend(database, "ClientWrite"), what="the server's wait for the client")
        assert client.get("/items/1").status_code == 200
        assert client.put("/orders/1/state", json={"state": "returned"}).status_code == 200
        assert memory_kb(client.retort.pid, "VmRSS") - before < MOST_MEMORY_KB
        lines = 0
        while part := slow.recv(PART):
            lines += part.count(b"\n")
    assert lines > 200_000


def test_a_client_that_leaves_ends_its_statement(client, database):
    add_orders(database, 200_000)
    begin_export(client.retort).close()
    until(lambda: not backend(database, ""), what="the end of the statement")
    assert client.get("/orders.csv?since=2027-01-01").text == HEAD + "\r\n"
    checks = client.get("/health").json()["checks"]["pool:connections"]
    assert {check["status"] for check in checks} == {"pass"}, json.dumps(checks)


def test_small_pieces_are_sent_in_few_chunks(client):
    with socket.create_connection(("127.0.0.1", client.retort.port), timeout=60) as raw:
        raw.sendall(b"GET /orders.csv HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
        rest = b"".join(iter(lambda: raw.recv(PART), b"")).partition(b"\r\n\r\n")[2]
    chunks = []
    while True:
        size, _, rest = rest.partition(b"\r\n")
        chunks.append(rest[:int(size, 16)])
        assert rest[len(chunks[-1]):][:2] == b"\r\n"
        rest = rest[len(chunks[-1]) + 2:]
        if not chunks[-1]:
            break
    assert rest == b"" and b"".join(chunks) == client.get("/orders.csv").content
    assert len(chunks) < 10  # of 40 values
