"""What the server says of its health, against a database in real trouble; and its metrics."""
import re
import shutil
import threading
import time

import httpx
import pytest

from support.backups import Backups
from support.freeze import freeze
from support.project import Project
from support.serving import serve_as, serving
from support.wait import until

API = """
-- GET /one
-- returns: scalar
SELECT 1;

-- GET /items/{id}
-- returns: one
SELECT id FROM item WHERE id = :id;

-- POST /items
-- returns: none
INSERT INTO item (id) VALUES (:id);

-- GET /sleep
-- returns: scalar
-- lane: slow
SELECT 1 FROM pg_sleep(:seconds::float);
"""
PROBE_DEADLINE = 1.0  # seconds: [serve] deadline
MARGIN = 0.9  # of a busy machine, and less than a deadline
PATHS = ["/health", "/health/ready", "/health/live", "/health/startup"]


@pytest.fixture
def shop(own_server, tmp_path):
    """A project on a server of its own: .server, .database."""
    database = own_server.create()
    database.execute("CREATE TABLE item (id bigint PRIMARY KEY); INSERT INTO item VALUES (1)")
    project = Project(tmp_path / "project", database.url)
    project.write("api/shop.sql", API)
    serve_as(project, database)
    project.server, project.database = own_server, database
    return project


def client_of(retort, **options):
    return httpx.Client(base_url=retort.url, timeout=30, **options)


def check_of(client, name):
    """The check of /health with this name, beside the status of the answer."""
    answer = client.get("/health")
    found = answer.json()
    assert answer.status_code == (503 if found["status"] == "fail" else 200)
    return found["status"], found["checks"].get(name, [{}])[0]


def test_all_is_well(shop):
    with serving(shop) as retort, client_of(retort) as client:
        assert client.get("/health/ready").status_code == 200, "ready when it says that it serves"
        for path in PATHS:
            got, head = client.get(path), client.head(path)
            assert got.status_code == head.status_code == 200
            assert got.headers["content-type"] == "application/health+json"
            assert got.headers["cache-control"] == "no-store" and head.content == b""
            assert got.json()["status"] in ("pass", "warn")
        until(lambda: client.get("/health").json()["status"] == "pass", what="pass")
        status, connection = check_of(client, "database:connection")
        assert connection["status"] == "pass" and connection["observedUnit"] == "ms"
        assert check_of(client, "database:role")[1]["observedValue"] == "writable"


def test_old_backups_are_a_warning_alone(shop):
    backups = Backups(shop.folder / "backups", shop.database.name)
    place = backups.make(days=2)
    backups.found(place, "proven.json")
    shop.configure("[backup]\nmax_age = 26h\nmax_proven_age = 8d\n")
    with serving(shop) as retort, client_of(retort) as client:
        until(lambda: check_of(client, "backup:age") != ("pass", {}), what="a look at the backups")
        until(lambda: client.get("/health").json().get("output", "").startswith("the last good"),
              what="no other warning")
        found = client.get("/health").json()
        assert found["status"] == "warn" and found["output"] == "the last good backup is 2 days old"
        good, proven = found["checks"]["backup:age"]
        assert (good["componentId"], good["status"]) == ("good", "warn")
        assert (proven["componentId"], proven["status"]) == ("proven", "pass")
        assert proven["observedValue"] >= 2 * 86400 and proven["observedUnit"] == "s"
        until(lambda: re.search(r"^retort_backup_age_seconds 17\d{4}\b", client.get("/metrics").text,
                                re.M), what="the age among the metrics")
        assert client.get("/health/ready").status_code == 200


def test_strangers_see_the_status_alone(shop):
    shop.configure("[serve]\ninside = 192.0.2.1\n")
    with serving(shop) as retort, client_of(retort) as client:
        until(lambda: client.get("/health").json() == {"status": "pass"}, what="pass")
        assert client.get("/metrics").status_code == 403
        shop.server.stop()
        until(lambda: client.get("/health").json() == {"status": "fail"}, what="fail")


def test_a_stopped_database(shop):
    with serving(shop) as retort, client_of(retort) as client:
        shop.server.stop()
        status, check = check_of(client, "database:connection")
        assert status == check["status"] == "fail" and check["output"]
        answer = client.get("/health")
        assert answer.headers["retry-after"].isdigit()
        assert client.head("/health").status_code == 503
        assert client.get("/health/live").status_code == 200
        assert client.get("/health/startup").status_code == 200
        until(lambda: client.get("/health/ready").status_code == 503, what="not ready")
        until(lambda: retort.events("outage"), what="the event")
        shop.server.start()
        until(lambda: client.get("/health").status_code == 200, what="health")
        until(lambda: client.get("/health/ready").status_code == 200, what="ready")
        ended = until(lambda: retort.events("outage_end"), what="the event")[0]
        assert float(ended["seconds"]) > 0
        assert ended["message"].startswith("the outage is over: ")


def test_a_start_is_no_warning(shop):
    """The lanes connect while the first looks are taken: that is told by nobody's log."""
    with serving(shop) as retort, client_of(retort) as client:
        until(lambda: client.get("/health").json()["status"] == "pass", what="pass")
        shop.server.stop()
        until(lambda: retort.events("outage"), what="the event")
        assert retort.events("health") == []


def test_ready_does_not_flap(shop):
    """One bad look is not enough: it takes three in a row, a second apart."""
    with serving(shop) as retort, client_of(retort) as client:
        stopped = time.monotonic()
        shop.server.stop()
        assert client.get("/health").status_code == 503
        for _ in range(20):  # who asks often does not hurry it
            assert client.get("/health").status_code == 503
        assert client.get("/health/ready").status_code == 200 or time.monotonic() - stopped > 1.9
        until(lambda: client.get("/health/ready").status_code == 503, what="not ready")
        assert time.monotonic() - stopped >= 1.9
        shop.server.start()
        assert until(lambda: client.get("/health").status_code == 200, what="health")
        until(lambda: client.get("/health/ready").status_code == 200, what="ready")


def test_a_frozen_database(shop):
    with serving(shop) as retort, client_of(retort) as client:
        until(lambda: client.get("/health").json()["status"] == "pass", what="pass")
        with freeze(shop.server):
            for _ in range(2):
                begun = time.monotonic()
                status, check = check_of(client, "database:connection")
                assert status == check["status"] == "fail"
                # a look of the steady pace may be under way; then this is the next one
                assert time.monotonic() - begun <= 2 * PROBE_DEADLINE + MARGIN
            for _ in range(50):
                begun = time.monotonic()
                assert client.get("/health/live").status_code == 200
                assert time.monotonic() - begun < MARGIN
            begun = time.monotonic()
            assert client.get("/one").status_code == 503
            assert time.monotonic() - begun <= PROBE_DEADLINE + MARGIN
        until(lambda: client.get("/health").status_code == 200, what="health")
        until(lambda: client.get("/one").status_code == 200, what="the pool")


def test_many_askers_of_a_frozen_database(shop):
    """They share looks: all are answered within two."""
    with serving(shop) as retort:
        found, clients = [], [client_of(retort, verify=False) for _ in range(24)]

        def ask(client):
            assert client.get("/health/live").status_code == 200
            begun = time.monotonic()
            status = client.get("/health").status_code
            found.append((status, time.monotonic() - begun))

        with freeze(shop.server):
            threads = [threading.Thread(target=ask, args=[client]) for client in clients]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        for client in clients:
            client.close()
        assert len(found) == 24 and {status for status, _ in found} == {503}
        assert max(took for _, took in found) <= 2 * PROBE_DEADLINE + 2 * MARGIN


def test_a_database_that_cannot_be_written(shop):
    name = shop.database.name
    with serving(shop) as retort, client_of(retort) as client:
        shop.server.admin(f'alter database "{name}" set default_transaction_read_only = on')
        shop.server.admin("select pg_terminate_backend(pid) from pg_stat_activity"
                          " where application_name like 'retort%'")

        def is_read_only():
            status, check = check_of(client, "database:role")
            return status == check.get("status") == "fail" and check["observedValue"] == "read-only"

        until(is_read_only, what="read-only")
        assert "POST /items" in str(client.get("/health").json())
        until(lambda: client.get("/items/1").status_code == 200, what="reads")
        until(lambda: client.get("/sleep?seconds=0").status_code == 200, what="slow reads")
        assert client.post("/items", json={"id": 2}).status_code == 503
        shop.server.admin(f'alter database "{name}" reset default_transaction_read_only')
        shop.server.admin("select pg_terminate_backend(pid) from pg_stat_activity"
                          " where application_name like 'retort%'")
        until(lambda: client.post("/items", json={"id": 3}).status_code == 204, what="writes")
        until(lambda: client.get("/health").status_code == 200, what="health")


def test_a_database_that_lacks_a_revision(shop):
    shop.revision("a11111111111", "CREATE TABLE one (id bigint);", "DROP TABLE one;")
    shop.revision("b22222222222", "CREATE TABLE two (id bigint);", "DROP TABLE two;",
                  revises="a11111111111")
    shop.run("upgrade", "a11111111111")
    with serving(shop) as retort, client_of(retort) as client:
        assert "lacks 1 revision" in retort.said()
        status, check = check_of(client, "database:revision")
        assert (status, check["status"], check["observedValue"]) == ("warn", "warn", "a11111111111")
        assert "1 revision behind" in check["output"]
        shop.run("upgrade", "head")
        until(lambda: check_of(client, "database:revision")[1]["status"] == "pass", what="pass")
        shop.database.execute("revoke usage on schema retort from public")
        until(lambda: check_of(client, "database:revision")[1]["status"] == "warn", what="warn")
    shop.database.execute("grant usage on schema retort to public")
    shop.configure("[serve]\nrevision = refuse\n")
    with serving(shop) as retort, client_of(retort) as client:
        shop.run("downgrade", "a11111111111")
        until(lambda: check_of(client, "database:revision")[1]["status"] == "fail", what="fail")
    done = shop.run("serve", "--listen", "127.0.0.1:0", check=False)
    assert done.code == 9 and "lacks 1 revision" in done.err


@pytest.mark.parametrize("folder", ["missing", "empty"])
def test_a_deployment_without_revisions_of_a_database_that_has_some(shop, folder):
    shop.revision("a11111111111", "CREATE TABLE one (id bigint);", "DROP TABLE one;")
    shop.run("upgrade", "head")
    shutil.rmtree(shop.folder / "migrations")
    if folder == "empty":
        (shop.folder / "migrations").mkdir()
    with serving(shop) as retort, client_of(retort) as client:
        assert "a revision that is not among the files here" in retort.said()
        assert check_of(client, "database:revision")[1]["status"] == "warn"
    shop.configure("[serve]\nrevision = refuse\n")
    done = shop.run("serve", "--listen", "127.0.0.1:0", check=False)
    assert done.code == 9 and "[retort] migrations names their folder" in done.err


def test_an_exhausted_lane_hides_nothing(shop):
    shop.configure("[serve]\nslow = 1\nqueue = 2\nslow_deadline = 5s\n")
    with serving(shop, "--threads", 1) as retort, client_of(retort) as client:
        def sleep():
            httpx.get(retort.url + "/sleep?seconds=4", timeout=30)
        threads = [threading.Thread(target=sleep) for _ in range(4)]
        for thread in threads:
            thread.start()
        until(lambda: shop.database.value(
            "select count(*) from pg_stat_activity where query like '%pg_sleep(%'"
            " and state = 'active' and pid <> pg_backend_pid()"), what="the sleep")
        for _ in range(10):
            begun = time.monotonic()
            assert client.get("/health").status_code == 200
            assert client.get("/one").status_code == 200
            assert time.monotonic() - begun < 2 * MARGIN
        for thread in threads:
            thread.join()


# Metrics


SAMPLE = re.compile(r'([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? '
                    r"([+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN)$")
LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')


def parse(text):
    """Strictly by the exposition format 0.0.4: {(name, labels): value}, {name: type}."""
    types, samples, closed, current = {}, {}, set(), None
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            continue
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types and kind in ("counter", "gauge", "histogram")
            types[name] = kind
            continue
        found = SAMPLE.match(line)
        assert found, line
        name, labels, value = found[1], tuple(sorted(LABEL.findall(found[2] or ""))), float(found[3])
        family = re.sub(r"_(bucket|sum|count)$", "", name)
        family = family if types.get(family) == "histogram" else name
        assert family in types, f"no TYPE of {name}"
        if family != current:
            assert family not in closed, f"{family} is not in one piece"
            closed.add(current)
            current = family
        assert (name, labels) not in samples, line
        samples[name, labels] = value
    return samples, types


def test_metrics_count_right(shop):
    with serving(shop) as retort, client_of(retort) as client:
        for _ in range(7):
            client.get("/items/1")
        for path in ("/items/2", "/items/x", "/nowhere", "/nowhere/else"):
            client.get(path)
        client.post("/items", json={"id": 5})
        client.post("/items", json={"id": 5})
        answer = client.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        samples, types = parse(answer.text)

        def count(method, route, code):
            return samples.get(("retort_http_requests_total", tuple(sorted(
                [("code", code), ("method", method), ("route", route)]))), 0)

        assert count("GET", "/items/{id}", "200") == 7
        assert count("GET", "/items/{id}", "404") == 1
        assert count("GET", "/items/{id}", "422") == 1
        assert count("POST", "/items", "204") == 1 and count("POST", "/items", "409") == 1
        unmatched = {labels: value for (name, labels), value in samples.items()
                     if name == "retort_http_requests_total" and ("route", "unmatched") in labels}
        assert sum(unmatched.values()) == 2
        assert samples["retort_http_refusals_total", (("reason", "invalid"),)] == 1
        assert samples["retort_database_up", ()] == 1 and samples["retort_ready", ()] == 1
        assert types["retort_http_request_duration_seconds"] == "histogram"
        until(lambda: parse(client.get("/metrics").text)[0]["retort_http_accepted_total", ()] >= 1,
              what="the connection")


def test_histograms_are_cumulative(shop):
    with serving(shop) as retort, client_of(retort) as client:
        for _ in range(20):
            client.get("/items/1")
        samples, _ = parse(client.get("/metrics").text)
        of_route = [(dict(labels)["le"], value) for (name, labels), value in samples.items()
                    if name == "retort_http_request_duration_seconds_bucket"
                    and ("route", "/items/{id}") in labels]
        values = [value for _, value in of_route]
        assert [le for le, _ in of_route][-1] == "+Inf" and values == sorted(values)
        assert values[-1] == 20


def test_revisions_are_read_again_by_a_reload(shop):
    shop.revision("a11111111111", "CREATE TABLE one (id bigint);", "DROP TABLE one;")
    shop.run("upgrade", "head")
    with serving(shop) as retort, client_of(retort) as client:
        assert check_of(client, "database:revision")[1]["status"] == "pass"
        shop.revision("b22222222222", "CREATE TABLE two (id bigint);", "DROP TABLE two;",
                      revises="a11111111111")
        shop.run("upgrade", "head")
        until(lambda: check_of(client, "database:revision")[1]["status"] == "warn",
              what="a database ahead of what is known")
        retort.reload()
        assert check_of(client, "database:revision")[1]["status"] == "pass"


def test_counters_outlive_a_reload(shop):
    with serving(shop) as retort, client_of(retort) as client:
        for _ in range(3):
            client.get("/items/1")
        retort.reload()
        client.get("/items/1")
        samples, _ = parse(client.get("/metrics").text)
        labels = (("code", "200"), ("method", "GET"), ("route", "/items/{id}"))
        assert samples["retort_http_requests_total", labels] == 4
        assert samples["retort_reloads_total", (("outcome", "done"),)] == 1
