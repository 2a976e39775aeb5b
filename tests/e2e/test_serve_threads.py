"""Everything that the server's threads do, at once: for a build with the thread sanitizer.

    meson setup build-threads -Db_sanitize=thread -Dbuildtype=debug -Doptimization=1
    ninja -C build-threads retort
    tools/test --build build-threads --suite e2e --files tests/e2e/test_serve_threads.py

The program is the one that RETORT names, as everywhere. A race is told on standard error and by
the exit status; tests/tsan.txt has what is known to be none.
"""
import contextlib
import json
import signal
from pathlib import Path

import httpx

from support.fire import ENDPOINTS, Fire
from support.serving import serving
from support.shop import make_shop
from support.wait import until

TESTS = Path(__file__).resolve().parents[1]
# Without blocks that GLib itself hands from thread to thread.
ENVIRONMENT = {"TSAN_OPTIONS": f"suppressions={TESTS}/tsan.txt history_size=4",
               "G_SLICE": "always-malloc"}
RELOADS = 'retort_reloads_total{outcome="done"} '


def number_of(client, name):
    """A value of /metrics; 0 while it is not there."""
    found = [line for line in client.get("/metrics").text.splitlines() if line.startswith(name)]
    return float(found[0].rpartition(" ")[2]) if found else 0


def reload(retort, client):
    before = number_of(client, RELOADS)
    retort.child.send_signal(signal.SIGHUP)
    until(lambda: number_of(client, RELOADS) > before, what="the reload")


def end_backends(database):
    return database.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and usename = 'retort_app'")


def has_recovered(client):
    return all(client.get(path).status_code == 200 for path in ("/count", "/slow", "/health"))


def change_key(database, client, key, sql, status):
    """The keys of a table are read every few seconds."""
    database.execute(sql)
    until(lambda: client.get("/keyed", headers={"x-api-key": key}).status_code == status,
          what=f"{status} for the key")


def test_threads_share_nothing_by_accident(tmp_path, database):
    database.execute("create table api_key (name text, hash text, roles text[], db_role text)")
    project = make_shop(tmp_path / "shop", database,
                        "deadline = 20s\nwrite_deadline = 20s\n[access]\nkey_table = api_key")
    project.write("api/fire.sql", ENDPOINTS)
    made = json.loads(project.run("key", "bot", "--no-file", "--json").out)
    insert = f"insert into api_key values ('bot', '{made['hash']}', '{{reader}}')"
    with contextlib.ExitStack() as clients:
        with serving(project, "--threads", "3", env=ENVIRONMENT) as retort:
            client = clients.enter_context(httpx.Client(base_url=retort.url, timeout=60))
            fire = clients.enter_context(Fire(retort.port))
            for _ in range(3):
                reload(retort, client)
                fire.wait_rounds()
                assert end_backends(database)
                until(lambda: has_recovered(client), what="new connections")
                fire.wait_rounds()
            change_key(database, client, made["key"], insert, 200)
            change_key(database, client, made["key"], "delete from api_key", 401)
            retort.child.send_signal(signal.SIGHUP)
        # told to stop while it read its endpoints, and while all of them went on asking
