"""Endpoints in C: what their functions get wrong costs them their request, and nobody else's."""
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from support.project import TOP, Project, program
from support.serving import serve_as, serving
from support.wait import until

WRONG = {
    "end_without_begin": "retort_end() without",
    "write_without_begin": "retort_write() without",
    "stream_of_nothing": "retort_end() without",
    "stream_on_fast": "slow lane",
    "run_twice": "while another one does",
    "answer_early": "before the rows",
    "forget": "without an answer",
    "forget_rows": "without an answer",
    "no_take": "without a function",
    "status_100": "from 200 to 599",
    "answer_too_long": "an answer longer than max_answer",
    "query_nothing": "retort_query() takes",
    "query_set": "retort_query() takes",
    "query_begin": "retort_query() takes",
    "query_copy": "retort_query() takes",
    "query_without_values": "without its values",
}


def own_program():
    own = Path(program()).parent / "tests" / "handlers" / "handlers"
    assert own.exists(), f"{own} was not built"
    return own


MODEL = ("CREATE TABLE item (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
         " name text NOT NULL)")


@pytest.fixture
def retort(tmp_path, database, monkeypatch):
    monkeypatch.setenv("RETORT", str(own_program()))
    database.execute(MODEL)
    project = Project(tmp_path / "wrong", database.url)
    serve_as(project, database)
    with serving(project, "--threads", "1") as retort:
        with httpx.Client(base_url=retort.url, timeout=30) as client:
            retort.client = client
            yield retort


@pytest.mark.parametrize("name", WRONG)
def test_misuse_costs_one_request(retort, name):
    for _ in range(3):
        answer = retort.client.get(f"/wrong/{name}")
        assert answer.status_code == 500, answer.text
        assert answer.json()["status"] == 500
    assert retort.client.get("/count").text == "0"
    until(lambda: len(retort.requests(route=f"/wrong/{name}")) == 3, what="the lines of the log")
    line = retort.requests(route=f"/wrong/{name}")[-1]
    assert WRONG[name] in line["error"]


def test_what_comes_after_the_answer_does_nothing(retort):
    answer = retort.client.get("/wrong/answer_twice")
    assert (answer.status_code, answer.text) == (200, "first")
    answer = retort.client.get("/wrong/use_the_ended")
    assert (answer.status_code, answer.json()["detail"]) == (410, "ended")
    assert retort.client.get("/count").text == "0"


def test_a_second_beginning_breaks_off_the_answer(retort):
    with pytest.raises(httpx.TransportError):
        retort.client.get("/wrong/begin_twice")
    assert retort.client.get("/count").text == "0"


def test_places_that_are_not_there_hold_nothing(retort):
    answer = retort.client.get("/wrong/look_outside")
    assert (answer.status_code, answer.text) == (200, "none")


def test_a_setting_does_not_stay(retort):
    before = retort.client.get("/wrong/query_application_name").text
    assert retort.client.get("/wrong/query_set").status_code == 500
    assert retort.client.get("/wrong/query_application_name").text == before != "stayed"


def test_a_function_that_never_returns_does_not_keep_the_server(tmp_path, database, monkeypatch):
    monkeypatch.setenv("RETORT", str(own_program()))
    database.execute(MODEL)
    project = Project(tmp_path / "never", database.url)
    project.configure("[serve]\nstop_time = 1s\n")
    serve_as(project, database)
    with serving(project, "--threads", "2", stops=False) as retort:
        with socket.create_connection(("127.0.0.1", retort.port)) as client:
            client.sendall(b"GET /never HTTP/1.1\r\nHost: a\r\n\r\n")
            until(lambda: "it never returns" in retort.said(), what="the function")
            retort.send(signal.SIGTERM)
            assert retort.child.wait(timeout=60) == 0
        retort.end()
        assert "the end was late" in retort.said()


@pytest.fixture
def replicated(tmp_path, own_server, standby, monkeypatch):
    """The same with a standby for the reads."""
    monkeypatch.setenv("RETORT", str(own_program()))
    with own_server.database() as database:
        database.execute(MODEL)
        project = Project(tmp_path / "two", database.url)
        serve_as(project, database)
        there = standby.as_role(standby.url_of(database.name), "retort_app")
        place = database.value("SELECT pg_current_wal_lsn()")
        until(lambda: standby.admin(f"SELECT pg_last_wal_replay_lsn() >= '{place}'")[0][0])
        with serving(project, env={"READ_URLS": there}) as retort:
            with httpx.Client(base_url=retort.url, timeout=30) as client:
                yield client


@pytest.mark.parametrize("to, text", [("/items", "new"), ("/items/streamed", "stored")])
@pytest.mark.parametrize("path", ["/count", "/count/query"])
def test_a_token_reads_ones_own_writes(replicated, standby, path, to, text):
    standby.pause_replay()
    written = replicated.post(to, json={"name": "new"})
    assert (written.status_code, written.text) == (200, text)
    token = {"retort-lsn": written.headers["retort-lsn"]}
    assert replicated.get(path).text == "0"
    assert replicated.get(path, headers=token).text == "1"
    assert replicated.get(path, headers={"retort-lsn": "0/"}).status_code == 400
    standby.admin("SELECT pg_wal_replay_resume()")
    until(lambda: replicated.get(path).text == "1")
    assert replicated.get(path, headers=token).text == "1"


def test_a_program_is_built_by_pkg_config(tmp_path):
    """As docs/handlers.md says: from what is installed, by cc and pkg-config alone."""
    build = Path(program()).parent
    if not (build / "build.ninja").exists() or not shutil.which("meson"):
        pytest.skip("the program was not built here")
    if any("sanitize" in line for line in (build / "build.ninja").read_text().splitlines()):
        pytest.skip("sanitizers are no part of retort.pc")
    run = {"check": True, "capture_output": True, "text": True}
    subprocess.run(["meson", "install", "--no-rebuild", "-C", build, "--destdir", tmp_path], **run)
    folder = next(tmp_path.rglob("retort.pc")).parent
    found = dict(os.environ, PKG_CONFIG_PATH=str(folder), PKG_CONFIG_SYSROOT_DIR=str(tmp_path))
    words = subprocess.run(["pkg-config", "--cflags", "--libs", "retort"], env=found, **run).stdout
    words = words.replace(f"{tmp_path}/usr/include", "/usr/include")  # of the other packages
    shop = tmp_path / "shop"
    source = TOP / "app" / "handlers" / "orders_csv.c"
    subprocess.run(["cc", "-o", shop, source, *words.split()], **run)
    said = subprocess.run([shop, "--version"], **run).stdout
    assert said == subprocess.run([program(), "--version"], **run).stdout
