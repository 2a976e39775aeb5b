"""Programs that people use speak to the server: nothing here is a client of our own."""
import asyncio
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import httpx
import pytest

from support.load import Load, Reads
from support.serving import serving
from support.shop import make_shop
from support.wait import until

TOP = Path(__file__).resolve().parents[2]
NPM = Path(__file__).resolve().parents[1] / "npm"
ITEM = {"name": "a thing", "price": "12.50", "tags": ["one", "two"]}


def need(name):
    """The path of a program; skips the test where it is not installed."""
    path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def run(*words, **options):
    """Runs a program that must end well; gives what it printed."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=120, **options)
    assert done.returncode == 0, f"{words}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture
def shop(tmp_path, database):
    return make_shop(tmp_path / "shop", database)


@pytest.fixture
def retort(shop):
    with serving(shop) as server:
        yield server


class Curl:
    """curl, with what it printed about the last answer."""

    def __init__(self, retort, folder):
        self.program = need("curl")
        self.url = retort.url
        self.folder = folder

    def __call__(self, path, *words):
        """(status, headers, body) of one request."""
        head, body = self.folder / "head", self.folder / "body"
        for path_of in (head, body):
            path_of.write_bytes(b"")
        status = run(self.program, "--silent", "--show-error", "--max-time", "60", "--globoff",
                     "--dump-header", head, "--output", body, "--write-out", "%{http_code}",
                     *words, self.url + path)
        lines = re.findall(r"^([^:\r\n]+): *([^\r\n]*)", head.read_text(), re.MULTILINE)
        headers = {name.lower(): value for name, value in lines}
        return int(status), headers, body.read_text()


@pytest.fixture
def curl(retort, tmp_path):
    return Curl(retort, tmp_path)


def test_curl_reads_and_writes(curl, database):
    status, headers, body = curl("/items", "--json", json.dumps(ITEM))
    assert status == 201, body
    made = json.loads(body)
    assert made["name"] == "a thing" and made["tags"] == ["one", "two"]
    path = f"/items/{made['id']}"
    status, headers, body = curl(path)
    assert status == 200 and json.loads(body) == made
    assert headers["content-type"].startswith("application/json")
    change = {"name": "another", "price": "1.00", "state": "sold"}
    status, _, body = curl(path, "--request", "PUT", "--json", json.dumps(change))
    assert status == 200 and json.loads(body)["state"] == "sold"
    assert curl(path, "--request", "DELETE")[0] == 204
    assert curl(path)[0] == 404
    assert database.value("select count(*) from item where id = %s", (made["id"],)) == 0


def test_curl_sends_a_body_in_pieces_and_waits_to_be_asked(curl):
    text = json.dumps(ITEM)
    chunked = ("--header", "Transfer-Encoding: chunked", "--json", text)
    assert curl("/items", *chunked)[0] == 201
    assert curl("/items", "--header", "Expect: 100-continue", "--json", text)[0] == 201
    large = json.dumps({**ITEM, "name": "x" * 300_000})
    (curl.folder / "large.json").write_text(large)
    status, _, body = curl("/items", "--json", f"@{curl.folder}/large.json")
    assert status == 201 and len(json.loads(body)["name"]) == 300_000


def test_curl_asks_for_less(curl, tmp_path):
    status, headers, body = curl("/items/1")
    assert status == 200
    tag = headers["etag"]
    status, again, empty = curl("/items/1", "--header", f"If-None-Match: {tag}")
    assert status == 304 and empty == "" and again["etag"] == tag
    status, head, empty = curl("/items/1", "--head")
    assert status == 200 and empty == "" or head["content-length"] == str(len(body))
    plain = curl("/large")[2]
    status, headers, body = curl("/large", "--compressed")
    assert status == 200 and body == plain
    assert headers["content-encoding"] in ("gzip", "zstd", "deflate")
    assert "accept-encoding" in headers["vary"].lower()


def test_curl_is_told_what_is_wrong(curl):
    assert curl("/nothing")[0] == 404
    status, headers, _ = curl("/items/1", "--request", "PATCH", "--json", "{}")
    assert status == 405 and {"GET", "PUT", "DELETE"} <= set(re.split(", *", headers["allow"]))
    status, headers, body = curl("/items", "--json", '{"name": 1}')
    assert status == 422 and headers["content-type"].startswith("application/problem+json")
    assert json.loads(body)["status"] == 422
    assert curl("/items", "--data", "name=1")[0] == 415
    assert curl("/items/1", "--request", "OPTIONS")[0] in (200, 204)


def test_curl_keeps_its_connection_and_speaks_the_old_protocol(retort, tmp_path):
    said = subprocess.run(
        [need("curl"), "--silent", "--verbose", f"{retort.url}/items/1", f"{retort.url}/items/2"],
        capture_output=True, text=True, timeout=60, check=True)
    assert "Re-using existing connection" in said.stderr
    first, second = re.findall(r'"id": ?(\d+)', said.stdout)
    assert (first, second) == ("1", "2")
    assert json.loads(run("curl", "--silent", "--http1.0", f"{retort.url}/items/3"))["id"] == 3


def test_curl_by_a_unix_socket(shop):
    need("curl")
    with tempfile.TemporaryDirectory(prefix="retort-") as folder:
        path = f"{folder}/socket"
        with serving(shop, "--listen", f"unix:{path}"):
            assert json.loads(run("curl", "--silent", "--unix-socket", path,
                                  "http://localhost/items/5"))["id"] == 5


def test_httpx_keeps_one_connection(retort):
    with httpx.Client(base_url=retort.url) as client:
        ends = set()
        for number in range(1, 30):
            answer = client.get(f"/items/{number}")
            assert answer.status_code == 200 and answer.json()["id"] == number
            ends.add(answer.extensions["network_stream"].get_extra_info("client_addr"))
        assert len(ends) == 1
        pages = client.get("/items", params={"limit": 100})
        assert len(pages.json()) == 100


def test_httpx_follows_pages(retort):
    """A list goes on where its Link says, to its end, with nothing twice and nothing left out."""
    with httpx.Client(base_url=retort.url) as client:
        found, url = [], "/items?limit=60"
        while url is not None:
            answer = client.get(url)
            assert answer.status_code == 200, answer.text
            found += [row["id"] for row in answer.json()]
            url = answer.links.get("next", {}).get("url")
    assert found == list(range(1, 251))


def test_httpx_pool(retort):
    """300 requests at once over a pool of 20 connections, reads and writes mixed."""
    async def one(client, number):
        if number % 3:
            answer = await client.get(f"/items/{number % 250 + 1}")
            return answer.status_code == 200 and answer.json()["id"] == number % 250 + 1
        answer = await client.post("/items", json={**ITEM, "name": f"new {number}"})
        return answer.status_code == 201 and answer.json()["name"] == f"new {number}"

    async def ask():
        limits = httpx.Limits(max_connections=20, max_keepalive_connections=20)
        async with httpx.AsyncClient(base_url=retort.url, limits=limits, timeout=60) as client:
            return await asyncio.gather(*(one(client, number) for number in range(300)))

    assert all(asyncio.run(ask()))


def test_wrk(retort):
    said = run(need("wrk"), "-t", "2", "-c", "32", "-d", "1s", "--timeout", "30s",
               f"{retort.url}/items/7")
    assert int(re.search(r"(\d+) requests in", said)[1]) > 0
    assert "Non-2xx" not in said and "Socket errors" not in said, said


@pytest.mark.parametrize("keep", [("-k",), ()], ids=["kept", "closed"])
def test_ab(retort, keep):
    """ab speaks HTTP/1.0, with and without keeping its connections."""
    said = run(need("ab"), *keep, "-q", "-n", "2000", "-c", "16", f"{retort.url}/items/7")
    assert re.search(r"Complete requests: +2000\b", said), said
    assert re.search(r"Failed requests: +0\b", said) and "Non-2xx" not in said, said
    if keep:
        assert int(re.search(r"Keep-Alive requests: +(\d+)", said)[1]) > 1900, said


NGINX = """
worker_processes 1;
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream retort {{
        server 127.0.0.1:{behind};
        keepalive 16;
    }}
    server {{
        listen 127.0.0.1:{port};
        keepalive_requests 100000;
        location / {{
            proxy_pass http://retort;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For {client};
            proxy_next_upstream off;
        }}
    }}
}}
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def connects(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def nginx(behind, client="$remote_addr"):
    """nginx in front of a server; gives its port."""
    program = need("nginx")
    with tempfile.TemporaryDirectory(prefix="retort-nginx-") as folder:
        os.chmod(folder, 0o755)  # as root its worker is another user
        port = free_port()
        settings = Path(folder) / "nginx.conf"
        settings.write_text(NGINX.format(folder=folder, port=port, behind=behind, client=client))
        child = subprocess.Popen([program, "-c", settings, "-p", folder], text=True,
                                 stderr=subprocess.PIPE)
        try:
            until(lambda: connects(port) or child.poll() is not None, what="nginx")
            assert child.poll() is None, child.stderr.read()
            yield port
        finally:
            child.terminate()
            child.communicate()


def test_behind_nginx(retort):
    with nginx(retort.port) as port:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            made = client.post("/items", json=ITEM)
            assert made.status_code == 201, made.text
            assert client.get(f"/items/{made.json()['id']}").json() == made.json()
            assert client.post("/items", content=iter([b'{"name": "x", ', b'"price": "1"}']),
                               headers={"Content-Type": "application/json"}).status_code == 201
        with Load(port, Reads(250), connections=16) as load:
            load.wait_settled(50)
        load.result.check(allowed=(200,))


def sees_metrics(port):
    """Whether a client there may: 200; one outside is not told that they exist."""
    status = httpx.get(f"http://127.0.0.1:{port}/metrics").status_code
    assert status in (200, 401, 403, 404)
    return status == 200


def test_proxy_is_believed_if_it_is_trusted(tmp_path, database):
    """What only those inside may see is not shown to who came through a proxy from outside."""
    project = make_shop(tmp_path / "shop", database, "inside = 127.0.0.0/8\n"
                        "trusted_proxies = 127.0.0.1")
    with serving(project) as retort:
        assert sees_metrics(retort.port)
        with nginx(retort.port, client="203.0.113.9") as port:
            assert not sees_metrics(port)
        with nginx(retort.port, client='"203.0.113.9, 127.0.0.9"') as port:
            assert sees_metrics(port)
    project.configure("[serve]\ninside = 192.0.2.0/24\n")
    with serving(project) as retort, nginx(retort.port, client="192.0.2.1") as port:
        assert not sees_metrics(port), "nobody said that this proxy is to be believed"


def node_programs():
    """The folder with what tools/get-npm gets."""
    need("npm")
    run(TOP / "tools" / "get-npm")
    return Path(os.environ.get("RETORT_NPM") or TOP / "build" / "npm") / "node_modules"


def test_generated_client(retort, shop, database):
    """A client that a public generator made of /openapi.json: compiled strictly, then run."""
    programs = node_programs()
    folder = shop.folder / "client"
    folder.mkdir()
    (folder / "openapi.json").write_text(httpx.get(f"{retort.url}/openapi.json").text)
    run("node", programs / "openapi-typescript-codegen" / "bin" / "index.js", "--input",
        "openapi.json", "--output", "generated", "--client", "fetch", "--useOptions", cwd=folder)
    shutil.copy(NPM / "client.ts", folder)
    run("node", programs / "typescript" / "bin" / "tsc", "--strict", "--target", "es2022",
        "--module", "commonjs", "--lib", "es2022,dom,dom.iterable", "--outDir",
        "made", "client.ts", cwd=folder)
    said = json.loads(run("node", "made/client.js", retort.url, cwd=folder))
    assert said["count"] == database.value("select count(*) from item")
    assert said["one"]["name"] == "item 3"
    assert said["list"] == list(range(1, 11))
    assert said["made"]["tags"] == ["node"]
    assert said["refused"] == 422 and said["missing"] == 404
