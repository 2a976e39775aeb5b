"""A read that takes long takes it alone: what was sent together with it is answered meanwhile."""
import concurrent.futures
import contextlib

import httpx

from support.serving import serve_as, serving
from support.wait import until

API = """
-- GET /gate
SELECT id FROM gate;

-- GET /slow
SELECT id FROM slow;

-- GET /quick
-- returns: scalar
SELECT 1;
"""

TABLES = "CREATE TABLE gate (id int); CREATE TABLE slow (id int);"


WRITES = """
-- GET /written
-- lane: slow
-- returns: scalar
SELECT write_down(1);

-- POST /written
-- lane: slow
-- returns: scalar
SELECT write_down(2);
"""


class Clients:
    """Many that ask at once, each over a connection of its own."""

    def __init__(self, url, count):
        self.pool = concurrent.futures.ThreadPoolExecutor(count)
        self.clients = [httpx.Client(base_url=url, timeout=30) for _ in range(count)]
        self.free = list(self.clients)

    def ask(self, path):
        return self.pool.submit(lambda client: client.get(path).status_code, self.free.pop())

    def close(self):
        self.pool.shutdown()
        for client in self.clients:
            client.close()


@contextlib.contextmanager
def locked(database, table):
    connection = database.connect(autocommit=False)
    try:
        connection.cursor().execute(f"LOCK {table}")
        yield
    finally:
        connection.close()


def gauge(url, name):
    for line in httpx.get(url + "/metrics").text.splitlines():
        if line.startswith(name + " "):
            return float(line.split()[-1])
    raise AssertionError(f"no {name}")


def ask_together(clients, url, database, paths):
    """All of @paths in one batch: they wait while both connections stand at a gate."""
    with locked(database, "gate"):
        standing = []
        for count in (1, 2):
            standing.append(clients.ask("/gate"))
            until(lambda: database.value(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'gate'::regclass"
                " AND database = (SELECT oid FROM pg_database"
                " WHERE datname = current_database())") == count)
        asked = [clients.ask(path) for path in paths]
        until(lambda: gauge(url, 'retort_pool_waiting{lane="fast"}') == len(paths))
    assert [one.result() for one in standing] == [200, 200]
    return asked


def test_neighbours_of_a_slow_read_are_answered(project, database):
    database.execute(TABLES)
    project.write("api/x.sql", API)
    project.configure("[serve]\nthreads = 1\ndeadline = 20s\n")
    serve_as(project, database)
    paths = ["/slow" if i % 10 == 3 else "/quick" for i in range(30)]
    with serving(project) as retort:
        clients = Clients(retort.url, len(paths) + 2)
        with locked(database, "slow"):
            asked = ask_together(clients, retort.url, database, paths)
            slow = [one for one, path in zip(asked, paths) if path == "/slow"]
            quick = [one for one, path in zip(asked, paths) if path == "/quick"]
            assert [one.result() for one in quick] == [200] * len(quick)
            assert not any(one.done() for one in slow)
        assert [one.result() for one in slow] == [200] * len(slow)
        assert gauge(retort.url, "retort_pool_rescued_total") > 0
        clients.close()


def test_a_slow_read_cannot_write(project, database):
    """No more than a quick one can."""
    database.execute("CREATE TABLE written (id int); CREATE FUNCTION write_down(int) RETURNS int LANGUAGE sql"
                     " AS 'INSERT INTO written VALUES ($1) RETURNING id'")
    project.write("api/x.sql", WRITES)
    serve_as(project, database)
    with serving(project) as retort, httpx.Client(base_url=retort.url) as client:
        assert client.get("/written").status_code == 500
        assert client.head("/written").status_code == 500
        assert client.post("/written").status_code == 200
        assert database.execute("SELECT id FROM written") == [(2,)]
        until(lambda: "make it a POST" in retort.log_text(), what="the hint")
