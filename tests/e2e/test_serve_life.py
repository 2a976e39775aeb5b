"""The life of the server: how it starts, is refused, is told to stop, and reads its endpoints again."""
import contextlib
import os
import re
import signal
import socket
import subprocess
import time

import httpx
import psycopg2
import pytest

from support.freeze import freeze
from support.load import Load, Reads, Writes, split_answer
from support.project import Project, program
from support.refusal import CRASH, refuse
from support.serving import serve_as, serving
from support.wait import until

MODEL = """
CREATE TABLE item (id bigint PRIMARY KEY, name text NOT NULL);
INSERT INTO item SELECT n, 'item ' || n FROM generate_series(1, 100) n;
CREATE TABLE entry (key text PRIMARY KEY);
"""
ONE = "-- GET /one\n-- returns: scalar\nSELECT 1;\n"
API = ONE + """
-- GET /items/{id}
-- returns: one
SELECT id, name FROM item WHERE id = :id;

-- POST /entries
-- returns: one 201
INSERT INTO entry (key) VALUES (:key) RETURNING key;

-- GET /sleep
-- returns: scalar
-- lane: slow
SELECT 1 FROM pg_sleep(:seconds::float);
"""


@pytest.fixture
def shop(project, database):
    """A project with tables, endpoints, and a role for the server."""
    database.execute(MODEL)
    project.write("api/shop.sql", API)
    serve_as(project, database)
    return project


def client_of(retort, **options):
    return httpx.Client(base_url=retort.url, timeout=30, **options)


def refused(project, *words, **expected):
    return refuse(project, "serve", "--listen", "127.0.0.1:0", *words, **expected)


# Start


def test_a_list_without_a_key_tells_that_it_was_cut(shop):
    shop.write("api/names.sql", "-- GET /names\nSELECT name FROM item;\n"
               "-- GET /items\nSELECT id, name FROM item ORDER BY id;\n")
    with serving(shop) as retort, client_of(retort) as client:
        cut, whole = client.get("/names"), client.get("/names?limit=100")
        assert (len(cut.json()), len(whole.json())) == (100, 100)
        assert "retort-more" not in cut.headers and "retort-more" not in whole.headers
        short = client.get("/names?limit=99")
        assert (len(short.json()), short.headers["retort-more"]) == (99, "true")
        assert "link" not in short.headers
        paged = client.get("/items?limit=99")
        assert "retort-more" not in paged.headers and "link" in paged.headers
        headers = client.get("/openapi.json").json()["paths"]["/names"]["get"]["responses"]["200"][
            "headers"]
        assert headers["Retort-More"] == {"$ref": "#/components/headers/RetortMore"}


def test_a_locked_table_ends_the_start(shop, database):
    """As a migration holds it: who starts is told, and does not wait without an end."""
    with contextlib.closing(database.connect(autocommit=False)) as other:
        other.cursor().execute("LOCK TABLE item")
        checking = shop.start("check")
        refused(shop, code=10, says="is locked")
        said = checking.communicate(timeout=60)[1]
        assert checking.returncode == 10 and "is locked" in said, said
    with serving(shop):
        pass


def test_no_database_is_named(offline):
    offline.write("api/one.sql", ONE)
    refused(offline, code=4, says="no database is named.*hint: .*SERVE_DATABASE_URL")


def test_a_wrong_password_is_not_repeated(own_server, tmp_path):
    database = own_server.create()
    database.execute("set password_encryption = 'scram-sha-256';"
                     " create role app login password 'the right one';"
                     " revoke create on schema public from public")
    with open(os.path.join(own_server.data, "pg_hba.conf"), "w") as file:
        file.write("local all postgres trust\nlocal all all scram-sha-256\n")
    own_server.admin("select pg_reload_conf()")
    project = Project(tmp_path / "project", own_server.as_role(database.url, "app").replace(
        "app@", "app:the-wrong-one@"))
    project.write("api/one.sql", ONE)
    said = refused(project, code=4, says="password authentication failed")
    assert "wrong-one" not in said
    project.url = project.url.replace("the-wrong-one", "the%20right%20one")
    with serving(project) as retort:
        assert httpx.get(retort.url + "/one").status_code == 200


@pytest.mark.parametrize("made", [False, True])
def test_no_endpoint_is_said(project, database, made):
    project.configure("[retort]\napi = nofolder\n")
    if made:
        project.write("nofolder/none.txt", "")
    serve_as(project, database)
    with serving(project) as retort:
        assert 'nofolder" has no file with one' if made else 'nofolder" does not exist' in retort.said()


def test_wait_until_the_database_is_there(own_server, tmp_path):
    database = own_server.create()
    project = Project(tmp_path / "project", database.url)
    project.write("api/one.sql", ONE)
    serve_as(project, database)
    own_server.stop()
    refused(project, code=4)
    begun = time.monotonic()
    refused(project, "--wait", "1", code=4, says="waiting for the database")
    assert time.monotonic() - begun >= 0.8
    child = project.start("serve", "--listen", "127.0.0.1:0", "--wait", "60")
    try:
        assert "waiting for the database" in child.stderr.readline()
        own_server.start()
        until(lambda: "serving on" in child.stderr.readline(), what="the start")
        child.terminate()
        assert child.wait(timeout=30) == 0
    finally:
        child.kill()
        child.communicate()


@pytest.mark.parametrize("text, says", [
    ("-- GET /one\n-- returns: sclar\nSELECT 1;\n", "one.sql:2"),
    ("-- GET /one\n-- returns: scalar\nSELECT id FROM nowhere;\n",
     'one.sql:3.*relation "nowhere" does not exist'),
    ("-- GET /one\n-- returns: scalar\nSELECT :a;\n-- GET /two\n-- returns: scalar\n"
     "SELECT x FROM y;\n", "one.sql:6"),
    ("-- POST /one\n-- returns: none\nDROP TABLE item;\n", "one.sql:3"),
    ("-- GET /health\n-- returns: scalar\nSELECT 1;\n", "one.sql:1"),
    (ONE + ONE, "one.sql:4"),
])
def test_a_broken_endpoint_is_named_with_its_place(shop, text, says):
    shop.write("api/one.sql", text)
    (shop.folder / "api" / "shop.sql").unlink()
    refused(shop, code=3, says=says)


@pytest.mark.parametrize("text, says", [
    ("[serve]\ndeadline = soon\n", "retort.ini:2.*deadline"),
    ("[serve]\n\nqueue = 0\n", "retort.ini:3.*queue"),
    ("[serve]\nlisten =\n", "retort.ini:2.*listen"),
    ("[serve]\nerrors = json\n", "retort.ini:2.*errors"),
    ("[serve]\ninside = here\n", "retort.ini:2.*inside"),
    ("[serve]\ntrusted_proxies = 10.0.0.0/99\n", "retort.ini:2.*trusted_proxies"),
    ("[serve]\nspeed = 9\n", "retort.ini:2.*speed"),
    ("[access]\nrequired = yes\n", "retort.ini:2.*required"),
    ("[access]\njwks = nowhere.json\n", "nowhere.json"),
    ("[access]\nkey_table = nowhere\n", "nowhere"),
    ("[access]\nrate_address = often\n", "retort.ini:2.*rate_address"),
    ("[access]\ncors_origins = shop.example.org\n", "retort.ini:2.*cors_origins"),
])
def test_a_bad_setting_is_named_with_its_place(shop, text, says):
    shop.configure(text)
    words = [] if "listen" in text else ["--listen", "127.0.0.1:0"]
    refuse(shop, "serve", *words, code=3, says=says)


@pytest.mark.parametrize("address, code", [
    ("127.0.0.1", 2), ("127.0.0.1:99999", 2), ("unix:", 2), ("nowhere.invalid:80", 2),
    ("192.0.2.1:8000", 7), ("unix:/nowhere/socket", 7)])
def test_a_bad_address_is_refused(shop, address, code):
    refuse(shop, "serve", "--listen", address, code=code, says="listen|address")


def test_a_taken_port_is_refused(shop):
    with socket.create_server(("127.0.0.1", 0)) as other:
        refuse(shop, "serve", "--listen", f"127.0.0.1:{other.getsockname()[1]}", code=7,
               says="could not listen")
    with serving(shop) as retort:
        address = f"127.0.0.1:{retort.port}"
        refuse(shop, "serve", "--listen", address, code=7, says="could not listen")
        assert all(httpx.get(retort.url + "/one").status_code == 200 for _ in range(10))
    with serving(shop, listen=address) as retort:
        assert httpx.get(retort.url + "/one").status_code == 200
    refuse(shop, "serve", "--listen", address, "--listen", address, code=7)


# The role


def mend_of(said):
    """The SQL behind "hint:" of a refusal, but for the option."""
    lines, taking = [], False
    for line in said.splitlines():
        taking = line.startswith("hint: ") or (taking and line.startswith("      "))
        if taking and "--allow-owner" not in line:
            lines.append(line[6:])
    return "\n".join(lines)


def prepare_superuser(database, role):
    database.execute(f"alter role {role} superuser")
    return "is a superuser"


def prepare_owner(database, role):
    database.execute(f"alter table item owner to {role}")
    return "owns table"


def prepare_member(database, role):
    database.server.make_roles(["life_owner"])
    database.execute(f"alter table item owner to life_owner; grant life_owner to {role}")
    return 'is a member of "life_owner", which owns table'


def prepare_create_in_schema(database, role):
    database.execute(f"grant create on schema public to {role}")
    return "may create in schema public"


def prepare_create_in_public(database, role):
    database.execute("grant create on schema public to public")
    return "as everybody may"


def prepare_create_in_database(database, role):
    database.execute(f'grant create on database "{database.name}" to {role}')
    return "may create in database"


@pytest.mark.parametrize("prepare", [
    prepare_superuser, prepare_owner, prepare_member, prepare_create_in_schema,
    prepare_create_in_public, prepare_create_in_database])
def test_a_role_with_too_many_rights_is_refused_and_mended(project, database, prepare):
    """What the hint says is run as it is; then it starts."""
    role = f"life_{prepare.__name__[8:]}"
    database.execute(MODEL)
    project.write("api/shop.sql", API)
    url = serve_as(project, database, role)
    says = prepare(database, role)
    try:
        said = refused(project, code=9, says=says)
        with serving(project, "--allow-owner") as retort:
            assert says in retort.said()
            assert httpx.get(retort.url + "/items/1").status_code == 200
        mend = mend_of(said)
        if "CREATE ROLE app" in mend:
            mend = mend.replace("app", "life_app")
            database.execute("drop role if exists life_app")
            project.serve_url = url.replace(role, "life_app")
        database.execute(mend)
        with serving(project) as retort:
            assert httpx.get(retort.url + "/items/1").json() == {"id": 1, "name": "item 1"}
    finally:
        database.drop()
        for name in (role, "life_app", "life_owner"):
            with contextlib.suppress(psycopg2.Error):
                database.server.admin(f"drop role if exists {name}")


# Addresses


def test_several_addresses_and_a_socket_file(shop, tmp_path):
    path = tmp_path / "retort.sock"
    with serving(shop, "--listen", f"unix:{path}", "--listen", "[::1]:0") as retort:
        until(lambda: len(retort.events("start")) == 3, what="all addresses")
        urls = [line["message"].split()[-1] for line in retort.events("start")]
        assert httpx.get(urls[0] + "/one").json() == 1
        assert f"unix:{path}" in urls
        assert httpx.get(next(url for url in urls if "[::1]" in url) + "/one").json() == 1
        transport = httpx.HTTPTransport(uds=str(path))
        with httpx.Client(transport=transport, base_url="http://shop") as client:
            assert [client.get("/one").json() for _ in range(20)] == [1] * 20
            assert "checks" in client.get("/health").json()
        until(lambda: len(retort.requests(peer="unix")) == 21, what="the log")
        refuse(shop, "serve", "--listen", f"unix:{path}", code=7)
    with serving(shop, listen=f"unix:{path}") as retort:
        assert retort.url == f"unix:{path}"


def test_a_trusted_proxy_tells_the_client(shop):
    shop.configure("[serve]\ntrusted_proxies = 127.0.0.1 10.0.0.0/8\ninside = 192.0.2.0/24\n")
    with serving(shop) as retort, client_of(retort) as client:
        def ask(said, path="/health"):
            return client.get(path, headers={"x-forwarded-for": said})
        assert "checks" in ask("192.0.2.7").json()
        assert "checks" in ask("203.0.113.1, 192.0.2.8, 10.1.1.1").json()
        assert "checks" not in ask("192.0.2.7, 203.0.113.1").json()
        assert "checks" not in client.get("/health").json()
        assert ask("203.0.113.5", "/metrics").status_code == 403
        ask("198.51.100.9", "/one")
        until(lambda: retort.requests(peer="198.51.100.9", path="/one"), what="the log")
        until(lambda: retort.requests(peer="192.0.2.8") and retort.requests(peer="203.0.113.1"), what="the log")


def test_nobody_else_tells_the_client(shop):
    shop.configure("[serve]\ninside = 192.0.2.0/24\n")
    with serving(shop) as retort, client_of(retort) as client:
        said = {"x-forwarded-for": "192.0.2.7"}
        assert "checks" not in client.get("/health", headers=said).json()
        until(lambda: retort.requests(peer="127.0.0.1"), what="the log")


# Stop


def test_what_was_sent_is_answered_before_the_end(shop, database):
    with serving(shop, stops=False) as retort:
        with Load(retort.port, Reads(100), 8) as reads, Load(retort.port, Writes("a"), 8) as writes:
            reads.wait_ok(200)
            writes.wait_ok(50)
            told = time.monotonic()
            retort.send(signal.SIGTERM)
            assert retort.child.wait(timeout=30) == 0
            with pytest.raises(OSError):
                socket.create_connection(("127.0.0.1", retort.port))
        for load in (reads, writes):
            before = [one for one in load.result.answers if one.sent < told]
            assert [one for one in before if one.status not in (200, 201)] == []
        kept = {row[0] for row in database.execute("select key from entry")}
        assert {one.key for one in writes.result.ok()} == kept
        assert not CRASH.search(retort.said())


def begin(retort, target):
    """Sends a request on a connection of its own."""
    connection = socket.create_connection(("127.0.0.1", retort.port), timeout=30)
    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    return connection


def read_answer(connection):
    data = b""
    while piece := connection.recv(65536):
        data += piece
    return split_answer(data)[0:3]


def sleepers(database):
    return database.value("select count(*) from pg_stat_activity where state = 'active'"
                          " and query like '%pg_sleep(%' and pid <> pg_backend_pid()")


def test_a_slow_request_is_waited_for(shop, database):
    with serving(shop, stops=False) as retort:
        with begin(retort, "/sleep?seconds=2") as slow:
            until(lambda: sleepers(database), what="the statement")
            retort.send(signal.SIGTERM)
            until(lambda: not accepts(retort), what="the end of listening")
            assert retort.is_running()
            status, headers, body = read_answer(slow)
            assert (status, headers["connection"], body) == (200, "close", b"1")
        assert retort.child.wait(timeout=10) == 0


def accepts(retort):
    try:
        socket.create_connection(("127.0.0.1", retort.port), timeout=5).close()
        return True
    except (ConnectionRefusedError, ConnectionResetError):  # closed before it was accepted
        return False


def test_a_hanging_statement_is_cut_off_at_stop_time(shop, database):
    shop.configure("[serve]\nstop_time = 1s\n")
    with serving(shop, stops=False) as retort:
        with begin(retort, "/sleep?seconds=25") as slow:
            until(lambda: sleepers(database), what="the statement")
            told = time.monotonic()
            retort.send(signal.SIGTERM)
            assert retort.child.wait(timeout=10) == 0
            assert 0.9 <= time.monotonic() - told <= 6
            status, headers, body = read_answer(slow)
            assert status == 503 and headers["retry-after"].isdigit()
            assert b"the server stops" in body and b"carried out" not in body
        assert "cut off" in retort.said()
        assert retort.events("stop") and retort.events("cut_off")
        assert retort.requests(path="/sleep", status=503)


def test_a_second_signal_ends_at_once(shop, database):
    with serving(shop, stops=False) as retort:
        with begin(retort, "/sleep?seconds=25") as slow:
            until(lambda: sleepers(database), what="the statement")
            retort.send(signal.SIGTERM)
            until(lambda: not accepts(retort), what="the end of listening")
            retort.send(signal.SIGINT)
            assert retort.child.wait(timeout=3) == 0
            assert read_answer(slow)[0] == 503


def test_it_stops_though_the_database_hangs(own_server, tmp_path):
    """Also while endpoints and keys are being read from it."""
    database = own_server.create()
    database.execute("CREATE TABLE api_key (name text, hash text, roles text[], db_role text)")
    project = Project(tmp_path / "project", database.url)
    project.configure("[access]\nkey_table = api_key\n[serve]\nstop_time = 2s\n")
    project.write("api/one.sql", ONE)
    serve_as(project, database)
    with serving(project, stops=False) as retort:
        with freeze(own_server):
            assert httpx.get(retort.url + "/one", timeout=30).status_code == 503
            retort.send(signal.SIGHUP)
            with begin(retort, "/health") as asked:
                told = time.monotonic()
                retort.send(signal.SIGTERM)
                assert retort.child.wait(timeout=20) == 0
                assert time.monotonic() - told <= 6
                assert read_answer(asked)[0] == 503
        assert not CRASH.search(retort.said())


def test_it_stops_though_reading_again_waits_for_a_lock(shop, database):
    database.execute("CREATE TABLE api_key (name text, hash text, roles text[], db_role text);"
                     "GRANT SELECT ON api_key TO retort_app")
    shop.configure("[access]\nkey_table = api_key\n")
    with serving(shop, stops=False) as retort, contextlib.closing(
            database.connect(autocommit=False)) as holder:
        holder.cursor().execute("LOCK TABLE api_key")
        retort.send(signal.SIGHUP)
        until(lambda: database.value(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
            " and query like '%api_key%' and datname = current_database()"), what="the waiting")
        assert httpx.get(retort.url + "/one").status_code == 200
        retort.send(signal.SIGTERM)
        assert retort.child.wait(timeout=10) == 0
        assert not CRASH.search(retort.said())


# Reading again


def test_nothing_is_lost_by_reading_again(shop):
    shop.configure("[serve]\ndeadline = 20s\nwrite_deadline = 20s\n")
    shop.write("api/two.sql", "-- GET /two\n-- returns: scalar\nSELECT 2;\n")
    with serving(shop) as retort, client_of(retort) as client:
        with Load(retort.port, Reads(100), 8) as reads, Load(retort.port, Writes("r"), 4) as writes:
            reads.wait_ok(100)
            for number in range(3, 8):
                (shop.folder / "api" / "two.sql").unlink()
                shop.write("api/two.sql",
                           f"-- GET /n{number}\n-- returns: scalar\nSELECT {number};\n")
                retort.reload()
                until(lambda: all(client.get(f"/n{number}").status_code == 200
                                  for _ in range(20)), what="the new endpoint")
                assert client.get(f"/n{number}").json() == number
            assert [client.get(path).status_code for path in ("/two", "/n3", "/n6")] == [404] * 3
            assert f"/n{number}" in client.get("/openapi.json").json()["paths"]
            reads.wait_ok(100)
        reads.result.check(allowed=(200,))
        writes.result.check(allowed=(201,))
        assert len(retort.events("reload")) == 5


def test_a_broken_file_changes_nothing(shop):
    with serving(shop) as retort, client_of(retort) as client:
        shop.write("api/two.sql", "-- GET /two\n-- returns: scalar\nSELECT nonsense;\n")
        retort.reload(fails=True)
        assert client.get("/items/1").status_code == 200
        assert client.get("/two").status_code == 404
        assert "api/two.sql:3" in retort.said()
        until(lambda: retort.events("reload_failed"), what="the event")
        assert "api/two.sql:3" in retort.events("reload_failed")[0]["message"]
        shop.write("api/two.sql", "-- GET /two\n-- returns: scalar\nSELECT 2;\n")
        retort.reload()
        until(lambda: client.get("/two").status_code == 200, what="the endpoint")


def test_a_folder_that_is_gone_is_no_wish_to_serve_nothing(shop):
    with serving(shop) as retort, client_of(retort) as client:
        api, aside = shop.folder / "api", shop.folder / "aside"
        api.rename(aside)
        retort.reload(fails=True)
        assert re.search('"[^"]*/api" is gone\nhint: ', retort.events("reload_failed")[-1]["message"])
        assert client.get("/items/1").status_code == 200
        api.mkdir()
        retort.reload(fails=True)
        assert "no endpoint" in retort.events("reload_failed")[-1]["message"]
        assert client.get("/items/1").status_code == 200
        api.rmdir()
        aside.rename(api)
        shop.write("api/two.sql", "-- GET /two\n-- returns: scalar\nSELECT 2;\n")
        retort.reload()
        until(lambda: client.get("/two").status_code == 200, what="the endpoint")
        (shop.folder / "migrations").rename(aside)
        retort.reload(fails=True)
        assert '/migrations" is gone' in retort.events("reload_failed")[-1]["message"]


def test_none_are_served_where_there_never_were_any(shop):
    """At the start a missing folder is one without endpoints, and stays so."""
    (shop.folder / "api" / "shop.sql").unlink()
    (shop.folder / "api").rmdir()
    with serving(shop) as retort, client_of(retort) as client:
        retort.reload()
        shop.write("api/one.sql", ONE)
        retort.reload()
        until(lambda: client.get("/one").status_code == 200, what="the endpoint")


def test_many_hangups_at_once(shop):
    with serving(shop) as retort, client_of(retort) as client:
        for _ in range(50):
            retort.send(signal.SIGHUP)
            assert client.get("/one").json() == 1
        shop.write("api/two.sql", "-- GET /two\n-- returns: scalar\nSELECT 2;\n")
        retort.send(signal.SIGHUP)
        until(lambda: client.get("/two").status_code == 200, what="the last one")


# The schema changes while it serves

STAR = """
-- GET /slow/{id}
-- returns: one
-- lane: slow
SELECT * FROM star WHERE id = :id;

-- GET /stars/{id}
-- returns: one
SELECT * FROM star WHERE id = :id;

-- GET /stars
SELECT * FROM star ORDER BY id;

-- POST /stars
-- returns: one 201
INSERT INTO star (id, name, size) VALUES (:id, :name, 5) RETURNING *;

-- POST /both
-- returns: one
UPDATE star SET size = size + 1 WHERE id = 1;
SELECT * FROM star WHERE id = 1;
"""


@pytest.fixture
def stars(project, database):
    database.execute("CREATE TABLE star (id integer PRIMARY KEY, name text, size integer, extra text);"
                     "INSERT INTO star VALUES (1, 'Vega', 2, 'x')")
    project.write("api/star.sql", STAR)
    serve_as(project, database)
    with serving(project) as retort, client_of(retort) as client:
        client.retort = retort
        yield client


def warm(client):
    """All connections have the statements prepared."""
    for _ in range(30):
        assert client.get("/stars/1").json()["name"] == "Vega"
        assert len(client.get("/stars").json()) == 1


CHANGES = {
    "ALTER TABLE star DROP COLUMN extra": {"id": 1, "name": "Vega", "size": 2},
    "ALTER TABLE star DROP COLUMN name": None,
    "ALTER TABLE star ADD COLUMN more boolean DEFAULT true":
        {"id": 1, "name": "Vega", "size": 2, "extra": "x", "more": True},
    "ALTER TABLE star ALTER COLUMN extra TYPE integer USING 7":
        {"id": 1, "name": "Vega", "size": 2, "extra": 7},
    "ALTER TABLE star RENAME COLUMN extra TO other":
        {"id": 1, "name": "Vega", "size": 2, "other": "x"},
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("warmed", [True, False])
def test_a_changed_table_gives_no_wrong_answer(stars, database, change, warmed):
    """An answer is in the shape of the document that was there, or 503, and soon in the new one."""
    wanted = CHANGES[change]
    if warmed:
        warm(stars)
    database.execute(change)
    for path in ("/stars/1", "/stars"):
        answer = stars.get(path)
        assert answer.status_code in (500, 503) or answer.json() in (wanted, [wanted]), answer.text
    if wanted is None:  # its endpoints do not fit any more
        until(lambda: stars.retort.events("reload_failed"), what="the reload")
        assert {stars.get("/stars/1").status_code for _ in range(20)} == {503}
        return

    def is_right():
        answer = stars.get("/stars/1")
        assert answer.status_code in (200, 503), answer.text
        assert answer.status_code == 503 or answer.json() == wanted
        return answer.status_code == 200

    until(is_right, what="the reload by itself")
    assert all(is_right() for _ in range(30))
    assert stars.get("/stars").json() == [wanted]
    until(lambda: stars.retort.events("outdated") and stars.retort.events("reload"), what="the events")


def test_a_write_is_not_said_to_have_failed(stars, database):
    database.execute("ALTER TABLE star ADD COLUMN more boolean")
    made = stars.post("/stars", json={"id": 2, "name": "Deneb"})
    assert made.status_code == 500, "503 would have it sent again"
    assert "retry-after" not in made.headers and "it was done" in made.json()["detail"]
    assert database.value("select count(*) from star where id = 2") == 1


def test_a_statement_that_does_not_fit_any_more_is_not_done(stars, database):
    warm(stars)
    assert stars.post("/stars", json={"id": 2, "name": "Deneb"}).status_code == 201
    database.execute("ALTER TABLE star RENAME name TO title")
    refused = stars.post("/stars", json={"id": 3, "name": "Rigel"})
    assert refused.status_code == 503 and refused.headers["retry-after"] == "1"
    until(lambda: stars.retort.events("outdated"), what="the event")
    database.execute("ALTER TABLE star RENAME title TO name")
    until(lambda: stars.post("/stars", json={"id": 3, "name": "Rigel"}).status_code == 201, what="the mended")


def test_a_slow_read_may_be_sent_again(stars, database):
    database.execute("ALTER TABLE star ADD COLUMN more boolean")
    assert stars.get("/slow/1").status_code == 503
    until(lambda: stars.get("/slow/1").status_code == 200, what="the reload")


def test_several_statements_are_undone_if_their_answer_cannot_be_told(stars, database):
    database.execute("ALTER TABLE star ADD COLUMN more boolean")
    refused = stars.post("/both", json={})
    assert refused.status_code == 503 and refused.headers["retry-after"] == "1"
    assert database.value("select size from star where id = 1") == 2
    until(lambda: stars.post("/both", json={}).status_code == 200, what="the reload")
    assert database.value("select size from star where id = 1") == 3


# The service manager


class Manager:
    """What systemd does: a datagram socket that is told how the service is."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(30)
        self.environment = {"NOTIFY_SOCKET": str(path)}

    def next(self, but="WATCHDOG=1"):
        """The next message, as a dict."""
        while True:
            message = self.socket.recv(4096).decode()
            if message != but:
                return dict(line.partition("=")[::2] for line in message.splitlines())


@pytest.fixture
def manager(tmp_path):
    made = Manager(tmp_path / "notify")
    with made.socket:
        yield made


def test_the_service_manager_is_told(shop, manager):
    with serving(shop, env=manager.environment, stops=False) as retort:
        assert manager.next()["READY"] == "1"
        assert httpx.get(retort.url + "/health/ready").status_code == 200
        before = time.monotonic_ns() // 1000
        retort.reload()
        reloading = manager.next()
        assert reloading["RELOADING"] == "1"
        assert before <= int(reloading["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000
        assert manager.next()["READY"] == "1"
        retort.send(signal.SIGTERM)
        assert manager.next()["STOPPING"] == "1"
        assert retort.child.wait(timeout=10) == 0
        manager.socket.setblocking(False)
        with pytest.raises(BlockingIOError):
            manager.next()


def test_the_watchdog_is_fed(shop, manager):
    with serving(shop, env={**manager.environment, "WATCHDOG_USEC": "200000"}):
        times = []
        while len(times) < 6:
            if manager.socket.recv(4096) == b"WATCHDOG=1":
                times.append(time.monotonic())
        assert max(b - a for a, b in zip(times, times[1:])) < 5
        assert times[-1] - times[0] > 0.3


def test_a_reload_that_fails_is_over_too(shop, manager):
    with serving(shop, env=manager.environment) as retort:
        assert manager.next()["READY"] == "1"
        shop.write("api/two.sql", "-- GET /two\nSELECT nonsense;\n")
        retort.reload(fails=True)
        assert "RELOADING" in manager.next() and "READY" in manager.next()


def test_reading_again_without_a_database(own_server, tmp_path):
    database = own_server.create()
    project = Project(tmp_path / "project", database.url)
    project.write("api/one.sql", ONE)
    serve_as(project, database)
    with serving(project, "--wait", 60) as retort, client_of(retort) as client:
        own_server.stop()
        retort.reload(fails=True)
        assert client.get("/one").status_code == 503
        own_server.start()
        until(lambda: client.get("/one").status_code == 200, what="the end of the outage")


def limits_of(retort):
    for line in open(f"/proc/{retort.pid}/limits", encoding="ascii"):
        if line.startswith("Max open files"):
            return [int(word) for word in line.split()[3:5]]
    raise AssertionError("the kernel tells no limit")


def test_the_limit_of_descriptors_is_raised_as_far_as_needed(shop):
    shop.configure("[serve]\nclients = 200\nthreads = 1\n")
    with serving(shop, descriptors=(64, 4096)) as retort:
        soft, hard = limits_of(retort)
        assert 200 < soft < 300 and hard == 4096
        assert "descriptors" not in retort.said()


def test_few_descriptors_leave_enough_for_the_database(shop):
    """Silent clients, more than there are descriptors, keep nobody out."""
    shop.configure("[serve]\nclients = 200\nthreads = 1\n")
    with serving(shop, descriptors=(64, 64)) as retort:
        assert "the process may have 64 descriptors" in retort.said()
        assert " of a loop at once instead of 200" in retort.said()
        with contextlib.ExitStack() as stack:
            for _ in range(100):
                stack.enter_context(socket.create_connection(("127.0.0.1", retort.port), 10))
            for path in ("/health/live", "/health", "/one"):
                assert httpx.get(retort.url + path, timeout=10).status_code == 200


def test_too_few_descriptors_are_refused(shop):
    words = ["prlimit", "--nofile=30:30", program(), "serve", "--listen", "127.0.0.1:0"]
    done = subprocess.run(words, cwd=shop.folder, env=shop.environment(None), text=True,
                          capture_output=True, timeout=60)
    assert done.returncode == 7
    assert "the process may have 30 descriptors, but needs" in done.stderr


def test_the_socket_file_goes_with_its_server(shop, tmp_path):
    path = tmp_path / "s"
    with serving(shop, listen=f"unix:{path}"):
        assert path.is_socket()
    assert not path.exists()


def test_the_socket_file_of_another_server_stays(shop, tmp_path):
    path = tmp_path / "s"
    with serving(shop, listen=f"unix:{path}"), socket.socket(socket.AF_UNIX) as other:
        path.unlink()
        other.bind(str(path))
    assert path.is_socket()
