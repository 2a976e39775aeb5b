"""Who may call the server: keys, tokens, roles of the database, limits, and pages of other origins."""
import base64
import concurrent.futures
import json
import random
import re
from pathlib import Path

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from support.project import TOP
from support.serving import serve_as, serving
from support.wait import until

SECRET = "0123456789abcdef0123456789abcdef-of-the-test"
ONE = "-- GET /one\n-- returns: scalar\nSELECT 1;\n"
WHO = """
-- GET /who
-- returns: one
SELECT current_user::text AS role, current_setting('request.jwt.claims', true) AS claims;
"""
NEVER = 4102444800  # 2100


def token(key=SECRET, algorithm="HS256", kid=None, **claims):
    headers = {"kid": kid} if kid else None
    return jwt.encode({"exp": NEVER, **claims}, key, algorithm=algorithm, headers=headers)


def bearer(*words, **claims):
    return {"authorization": "Bearer " + token(*words, **claims)}


def number(value):
    data = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Signer:
    """A private key, and its public half as a JWK."""

    def __init__(self, algorithm, kid):
        self.algorithm, self.kid = algorithm, kid
        self.key, self.jwk = getattr(self, algorithm.lower())()
        self.jwk |= {"kid": kid, "alg": algorithm, "use": "sig"}

    @staticmethod
    def rs256():
        key = rsa.generate_private_key(65537, 2048)
        public = key.public_key().public_numbers()
        return key, {"kty": "RSA", "n": number(public.n), "e": number(public.e)}

    @staticmethod
    def es256():
        key = ec.generate_private_key(ec.SECP256R1())
        public = key.public_key().public_numbers()
        x, y = (base64url(part.to_bytes(32, "big")) for part in (public.x, public.y))
        return key, {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    @staticmethod
    def eddsa():
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
        key = ed25519.Ed25519PrivateKey.generate()
        raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return key, {"kty": "OKP", "crv": "Ed25519", "x": base64url(raw)}

    def header(self, **claims):
        return bearer(self.key, self.algorithm, self.kid, **claims)


def write_jwks(project, *signers):
    project.write("jwks.json", json.dumps({"keys": [one.jwk for one in signers]}))


def make_roles(database, names):
    """Roles of the database that the server may work as."""
    database.server.make_roles(names)
    for name in names:
        database.execute(f'grant "{name}" to retort_app; grant usage on schema public to "{name}"')


def client_of(retort, **options):
    return httpx.Client(base_url=retort.url, timeout=30, **options)


def test_a_key_of_the_file_lets_in(project, database):
    project.configure("[access]\nkeys = keys.txt\nrequired = yes\n")
    project.write("api/one.sql", ONE + "-- GET /packers\n-- returns: scalar\n-- role: packer\n"
                                       "SELECT 2;\n")
    serve_as(project, database)
    packer = project.run("key", "warehouse", "--role", "packer", "-q").out.strip()
    reader = project.run("key", "reader", "--role", "reader", "-q").out.strip()
    with serving(project) as retort, client_of(retort) as client:
        def status(path, key=None):
            return client.get(path, headers={"x-api-key": key} if key else {}).status_code
        assert status("/one", packer) == status("/one", reader) == status("/packers", packer) == 200
        assert status("/packers", reader) == 403
        missing = client.get("/one")
        assert missing.status_code == 401
        assert missing.headers["www-authenticate"] == 'ApiKey realm="api"'
        assert missing.headers["content-type"] == "application/problem+json"
        other = packer[:-5] + ("B" if packer[-5] == "A" else "A") + packer[-4:]
        assert status("/one", other) == status("/one", "") == 401
        assert status("/health/live") == status("/openapi.json", packer) == 200
        assert status("/openapi.json") == 401


def test_keys_are_read_again_on_sighup(project, database):
    project.configure("[access]\nkeys = keys.txt\nrequired = yes\n")
    project.write("api/one.sql", ONE)
    serve_as(project, database)
    first = project.run("key", "first", "-q").out.strip()
    with serving(project) as retort, client_of(retort) as client:
        def status(key):
            return client.get("/one", headers={"x-api-key": key}).status_code
        assert status(first) == 200
        (project.folder / "keys.txt").unlink()
        second = project.run("key", "second", "-q").out.strip()
        assert status(first) == 200 and status(second) == 401
        retort.reload()
        until(lambda: status(second) == 200, what="the new key")
        assert [status(first) for _ in range(20)] == [401] * 20


def test_an_endpoint_for_a_role_does_not_let_strangers_in(project, database):
    """Where keys are known, but not required: nobody is 401, and the server lives on."""
    project.configure("[access]\nkeys = keys.txt\n")
    project.write("api/one.sql", ONE + "-- GET /two\n-- returns: scalar\n-- role: editor\n"
                                       "SELECT 2;\n")
    serve_as(project, database)
    key = project.run("key", "editor", "--role", "editor", "-q").out.strip()
    with serving(project) as retort, client_of(retort) as client:
        assert client.get("/one").status_code == 200
        refused = client.get("/two")
        assert refused.status_code == 401 and "www-authenticate" in refused.headers
        assert client.get("/two", headers={"x-api-key": key}).status_code == 200


def test_roles_without_any_way_to_be_known(project, database):
    project.write("api/one.sql", "-- GET /two\n-- returns: scalar\n-- role: editor\nSELECT 2;\n")
    serve_as(project, database)
    with serving(project) as retort, client_of(retort) as client:
        assert client.get("/two").status_code == 401
        assert client.get("/two", headers={"x-api-key": "rk_x"}).status_code == 401
        assert client.get("/two", headers=bearer(role="editor")).status_code == 401


def test_tokens_of_all_algorithms(project, database):
    signers = [Signer(name, f"key-{name}") for name in ("RS256", "ES256", "EdDSA")]
    write_jwks(project, *signers)
    project.configure("[access]\njwks = jwks.json\nrequired = yes\n")
    project.write("api/who.sql", WHO)
    serve_as(project, database)
    stranger = Signer("ES256", "key-ES256")
    with serving(project, env={"JWT_SECRET": SECRET}) as retort, client_of(retort) as client:
        for headers in [*(one.header(sub=one.kid) for one in signers), bearer(sub="hs")]:
            answer = client.get("/who", headers=headers)
            assert answer.status_code == 200, answer.text
            claims = json.loads(answer.json()["claims"])
            assert claims["sub"] == jwt.decode(
                headers["authorization"][7:], options={"verify_signature": False})["sub"]
        for headers, reason in [
                (stranger.header(sub="me"), "bad_signature"),
                (signers[0].header(sub="me", exp=1), "expired"),
                (signers[0].header(sub="me", aud="else"), "wrong_audience"),
                (bearer("another secret of a length that will do", sub="me"), "bad_signature"),
                ({"authorization": "Basic abc"}, "unsupported_scheme")]:
            answer = client.get("/who", headers=headers)
            assert answer.status_code == 401, reason
            assert f'error_description="{reason}"' in answer.headers["www-authenticate"]
        assert client.get("/who").headers["www-authenticate"] == 'Bearer realm="api"'


def test_another_jwks_counts_after_sighup(project, database):
    old, new = Signer("EdDSA", "old"), Signer("EdDSA", "new")
    write_jwks(project, old)
    project.configure("[access]\njwks = jwks.json\nrequired = yes\n")
    project.write("api/one.sql", ONE)
    serve_as(project, database)
    with serving(project) as retort, client_of(retort) as client:
        def status(signer):
            return client.get("/one", headers=signer.header(sub="me")).status_code
        assert (status(old), status(new)) == (200, 401)
        write_jwks(project, new)
        retort.reload()
        until(lambda: status(new) == 200, what="the new key")
        assert [status(old) for _ in range(20)] == [401] * 20
        project.write("jwks.json", "{")
        retort.reload(fails=True)
        assert (status(old), status(new)) == (401, 200)


def test_a_token_without_a_name_is_forbidden_rather_than_unknown(project, database):
    project.configure("[access]\nrequired = yes\n")
    project.write("api/one.sql", "-- GET /two\n-- returns: scalar\n-- role: editor\nSELECT 2;\n")
    serve_as(project, database)
    with serving(project, env={"JWT_SECRET": SECRET}) as retort, client_of(retort) as client:
        assert client.get("/two", headers=bearer(role="editor")).status_code == 200
        assert client.get("/two", headers=bearer(role="reader")).status_code == 403
        assert client.get("/two", headers=bearer(role="reader", sub="me")).status_code == 403


def policy_of_the_manual():
    """The SQL of docs/access.md, section "Row-level security"."""
    text = Path(TOP, "docs", "access.md").read_text()
    section = text.partition("## Row-level security")[2]
    return re.search(r"```sql\n(.*?)```", section, re.DOTALL)[1]


@pytest.fixture
def orders(project, database):
    """A server whose table of orders shows each customer their own; the JWT secret is SECRET."""
    serve_as(project, database)
    make_roles(database, ["shop_reader", "shop_editor", "shop_anonymous"])
    database.execute(
        "create table orders (id bigint generated always as identity, customer_id bigint,"
        " note text); insert into orders (customer_id, note)"
        " select n, 'of ' || n from generate_series(1, 50) n;"
        " grant select, insert on orders to shop_reader, shop_editor;"
        " create policy all_orders on orders to shop_editor using (true);")
    database.execute(policy_of_the_manual())
    database.execute("create policy new_orders on orders for insert to shop_reader"
                     " with check (customer_id = (select current_customer()))")
    project.configure("[access]\ndb_roles = editor=shop_editor reader=shop_reader\n"
                      "anonymous_role = shop_anonymous\n[serve]\nfast = 1\n")
    project.write("api/orders.sql", WHO + """
-- GET /orders
SELECT id, customer_id, note FROM orders ORDER BY id;

-- GET /count
-- returns: scalar
SELECT count(*) FROM orders;

-- POST /orders
-- returns: one 201
INSERT INTO orders (customer_id, note) VALUES (:customer_id, :note) RETURNING customer_id, note;

-- GET /plain
-- returns: scalar
SELECT 7;
""")
    with serving(project, "--threads", 1, env={"JWT_SECRET": SECRET}) as retort:
        with client_of(retort) as client:
            client.retort = retort
            yield client


def test_row_level_security_hides_rows(orders):
    mine = orders.get("/orders", headers=bearer(sub="7", role="reader")).json()
    assert [row["customer_id"] for row in mine] == [7]
    assert orders.get("/count", headers=bearer(sub="8", role="reader")).json() == 1
    assert orders.get("/count", headers=bearer(sub="99", role="reader")).json() == 0
    assert orders.get("/count", headers=bearer(sub="7", role=["reader", "editor"])).json() == 50
    made = orders.post("/orders", json={"customer_id": 7, "note": "new"},
                       headers=bearer(sub="7", role="reader"))
    assert made.status_code == 201
    other = orders.post("/orders", json={"customer_id": 8, "note": "not mine"},
                        headers=bearer(sub="7", role="reader"))
    assert other.status_code == 403 and "policy" not in other.text
    assert orders.get("/count", headers=bearer(sub="8", role="reader")).json() == 1


def test_who_has_no_role_works_as_the_anonymous_one(orders):
    assert orders.get("/who").json() == {"role": "shop_anonymous", "claims": ""}
    assert orders.get("/count").status_code == 403
    postgres = orders.get("/who", headers=bearer(sub="7", role="postgres"))
    assert postgres.json()["role"] == "shop_anonymous"


def test_claims_arrive_as_they_are(orders):
    sent = {"sub": "7", "role": "reader", "name": "O'Neill \"x\" \\ ünï😀", "deep": {"a": [1, None]}}
    found = orders.get("/who", headers=bearer(**sent)).json()
    assert found["role"] == "shop_reader"
    assert json.loads(found["claims"]) == {**sent, "exp": NEVER}


def test_no_identity_reaches_the_next_request(orders, database):
    """Many identities at once over one connection a lane: each answer is of its own asker."""
    random.seed(3)
    headers = {n: bearer(sub=str(n), role="reader") for n in range(1, 41)}

    def work(worker):
        with httpx.Client(base_url=orders.retort.url, timeout=30) as client:
            chosen = random.Random(worker)
            for _ in range(60):
                n = chosen.randint(0, 40)
                way = chosen.choice(["who", "orders", "post", "plain"])
                check(client, n, way)

    def check(client, n, way):
        asked = {"headers": headers[n]} if n else {}
        if way == "plain":
            assert client.get("/plain", **asked).json() == 7
        elif way == "who":
            found = client.get("/who", **asked).json()
            expected = ("shop_reader", str(n)) if n else ("shop_anonymous", None)
            sub = json.loads(found["claims"])["sub"] if found["claims"] else None
            assert (found["role"], sub) == expected
        elif way == "orders":
            answer = client.get("/orders", **asked)
            assert answer.status_code == (200 if n else 403)
            assert not n or {row["customer_id"] for row in answer.json()} == {n}
        else:
            answer = client.post("/orders", json={"customer_id": n, "note": str(n)}, **asked)
            assert answer.status_code == (201 if n else 403)

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    assert database.value(
        "select count(*) from orders where note ~ '^[0-9]+$' and note::bigint <> customer_id") == 0


LEAVES = """
CREATE FUNCTION leaves(text, text) RETURNS boolean LANGUAGE plpgsql AS
    $$ BEGIN RETURN set_config('request.jwt.claims', '{"sub": "7"}', false) IS NULL; END $$;
CREATE OPERATOR === (leftarg = text, rightarg = text, function = leaves);
"""
LEFT = WHO + """
-- POST /who
-- returns: one
SELECT current_user::text AS role, current_setting('request.jwt.claims', true) AS claims;

-- POST /leave
-- returns: scalar
SELECT 'a'::text === 'b'::text;

-- GET /leave
-- returns: scalar
SELECT 'a'::text === 'b'::text;
"""


@pytest.mark.parametrize("roles", ["db_roles = reader=shop_reader\nanonymous_role = shop_anonymous\n",
                                   "anonymous_role = shop_anonymous\n", ""])
def test_what_was_left_in_the_session_is_nobody(project, database, roles):
    """Nobody sees through a function behind an operator; so all that says who asks is always said."""
    serve_as(project, database)
    database.server.make_roles(["shop_reader", "shop_anonymous"])
    database.server.admin("GRANT shop_reader, shop_anonymous TO retort_app")
    database.execute(LEAVES)
    project.configure("[access]\n" + roles + "[serve]\nfast = 1\n")
    project.write("api/all.sql", LEFT)
    with serving(project, "--threads", 1, env={"JWT_SECRET": SECRET}) as retort:
        with client_of(retort) as client:
            ways = ["POST", "GET"] if roles else ["POST"]
            for way in ways:
                assert client.request(way, "/leave").json() is False
                assert client.request(way, "/who").json()["claims"] == ""
                known = client.request(way, "/who", headers=bearer(sub="8", role="reader")).json()
                assert json.loads(known["claims"])["sub"] == "8"
                assert client.request(way, "/who").json()["claims"] == ""


def test_a_role_that_the_database_does_not_give(project, database):
    """The token's role is one of db_roles, but the server's role is no member of it."""
    serve_as(project, database)
    database.server.make_roles(["shop_stranger"])
    project.configure("[access]\ndb_roles = a=shop_stranger b=shop_nowhere\nrequired = yes\n")
    project.write("api/one.sql", ONE)
    with serving(project, env={"JWT_SECRET": SECRET}) as retort, client_of(retort) as client:
        said = retort.said()
        assert '"shop_stranger", but role "retort_app" may not work as it' in said
        assert "hint: GRANT shop_stranger TO retort_app" in said
        assert '"shop_nowhere", which does not exist\nhint: CREATE ROLE shop_nowhere;' in said
        assert client.get("/one", headers=bearer(role="a")).status_code == 403
        broken = client.get("/one", headers=bearer(role="b"))
        assert broken.status_code == 500 and "shop_nowhere" not in broken.text
        assert client.get("/one", headers=bearer(role="c")).status_code == 401


def test_the_rate_of_an_address(project, database):
    project.configure("[access]\nrate_address = 1/h burst 3\n[serve]\n"
                      "trusted_proxies = 127.0.0.1\n")
    project.write("api/one.sql", ONE)
    serve_as(project, database)
    with serving(project) as retort, client_of(retort) as client:
        def ask(peer):
            return client.get("/one", headers={"x-forwarded-for": peer})
        assert [ask("192.0.2.1").status_code for _ in range(4)] == [200, 200, 200, 429]
        refused = ask("192.0.2.1")
        assert 3590 <= int(refused.headers["retry-after"]) <= 3600
        assert refused.headers["ratelimit-limit"] == "3"
        assert refused.headers["ratelimit-remaining"] == "0"
        assert int(refused.headers["ratelimit-reset"]) > 7200
        assert refused.json()["status"] == 429
        assert ask("192.0.2.2").status_code == 200
        assert ask("203.0.113.9, 192.0.2.1").status_code == 429
        assert [ask(f"2001:db8::{n}").status_code for n in range(1, 5)] == [200, 200, 200, 429]


def test_a_client_without_an_address_is_a_stranger(project, database):
    """Its proxy is inside; it is not, and all such clients have one rate."""
    project.configure("[access]\nrate_address = 1/h burst 3\n[serve]\n"
                      "trusted_proxies = 127.0.0.1\n")
    project.write("api/one.sql", ONE)
    serve_as(project, database)
    nobodies = [{"x-forwarded-for": f"1.2.3.4, {word}"}
                for word in ("unknown", "_hidden", "unix:", "evil", ":")]
    nobodies += [{"forwarded": 'for="_gazonk"'}, {"forwarded": "proto=https"}]
    with serving(project) as retort, client_of(retort) as client:
        assert client.get("/metrics").status_code == 200
        assert [client.get("/metrics", headers=one).status_code for one in nobodies] == [403] * 7
        assert [client.get("/one", headers=one).status_code
                for one in nobodies] == [200] * 3 + [429] * 4
        assert client.get("/one").status_code == 200


def test_those_who_watch_have_no_rate(project, database):
    project.configure("[access]\nrate_address = 1/h burst 2\n")
    project.write("api/one.sql", ONE)
    serve_as(project, database)
    watched = ["/health", "/health/live", "/health/ready", "/health/startup", "/metrics"]
    with serving(project) as retort, client_of(retort) as client:
        def statuses(*paths):
            return [client.get(path).status_code for path in paths]
        assert statuses(*watched) == [200] * 5
        assert statuses("/one", "/one", "/one", "/docs") == [200, 200, 429, 429]
        assert statuses(*watched) == [200] * 5


def test_the_rate_of_a_key_and_of_a_subject(project, database):
    """A key and a person of the same name are two."""
    project.configure("[access]\nkeys = keys.txt\nrate_key = 1/h burst 2\n")
    project.write("api/one.sql", ONE)
    serve_as(project, database)
    key = project.run("key", "anna", "-q").out.strip()
    with serving(project, env={"JWT_SECRET": SECRET}) as retort, client_of(retort) as client:
        def statuses(headers, times=3):
            return [client.get("/one", headers=headers).status_code for _ in range(times)]
        assert statuses({"x-api-key": key}) == [200, 200, 429]
        assert statuses(bearer(sub="anna")) == [200, 200, 429]
        assert statuses(bearer(sub="anna", jti="another")) == [429, 429, 429]
        assert statuses(bearer(sub="bert")) == [200, 200, 429]
        assert statuses({}, 5) == [200] * 5


@pytest.fixture
def open_shop(project, database):
    project.configure("[access]\nkeys = keys.txt\nrate_address = 100000/s\n"
                      "cors_origins = https://shop.example.org http://localhost:3000\n")
    project.write("api/one.sql", ONE + "-- POST /one\n-- returns: none\n-- role: editor\n"
                                       "SELECT 1;\n")
    serve_as(project, database)
    project.run("key", "anna", "-q")
    with serving(project) as retort, client_of(retort) as client:
        yield client


def test_preflight(open_shop):
    def ask(origin="https://shop.example.org", method="POST", path="/one"):
        return open_shop.options(path, headers={
            "origin": origin, "access-control-request-method": method,
            "access-control-request-headers": "authorization,content-type"})
    good = ask()
    assert good.status_code == 204
    assert good.headers["access-control-allow-origin"] == "https://shop.example.org"
    assert "POST" in good.headers["access-control-allow-methods"].split(", ")
    assert "authorization" in good.headers["access-control-allow-headers"].lower()
    assert good.headers["access-control-max-age"] == "600"
    assert "origin" in good.headers["vary"].lower()
    assert good.headers.get_list("access-control-allow-origin") == ["https://shop.example.org"]
    for bad in (ask("https://evil.example.org"), ask(method="PUT"), ask("null")):
        assert "access-control-allow-methods" not in bad.headers
    assert ask(path="/nowhere").status_code == 404


def test_pages_may_read_errors_too(open_shop):
    origin = {"origin": "http://localhost:3000"}
    answers = {
        200: open_shop.get("/one", headers=origin),
        401: open_shop.post("/one", headers=origin),
        404: open_shop.get("/nowhere", headers=origin),
        405: open_shop.put("/one", headers=origin),
        422: open_shop.get("/one?x=1", headers=origin),
        415: open_shop.post("/one", headers={**origin, "x-api-key": "x"}, content=b"x"),
    }
    answers.pop(415)
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.headers.get_list("access-control-allow-origin") == ["http://localhost:3000"]
        exposed = answer.headers["access-control-expose-headers"].lower().split(", ")
        assert {"retry-after", "x-request-id", "ratelimit-limit", "ratelimit-remaining",
                "ratelimit-reset"} <= set(exposed)
    other = open_shop.get("/one", headers={"origin": "https://evil.example.org"})
    assert other.status_code == 200 and "access-control-allow-origin" not in other.headers
    assert "origin" in other.headers["vary"].lower()


HIDDEN = ["/", "/docs", "/docs/page.js", "/openapi.json", "/one", "/nowhere", "/one/more"]


def test_strangers_learn_no_paths(project, database):
    project.write("api/one.sql", ONE)
    project.write("retort.ini", "[access]\nrequired = yes\nkeys = keys\n"
                                "cors_origins = https://shop.example.org\n")
    key = project.run("key", "warehouse").out.splitlines()[0]
    serve_as(project, database)
    page = {"origin": "https://shop.example.org", "access-control-request-method": "GET"}
    with serving(project) as retort, client_of(retort) as client:
        for path in HIDDEN:
            for method in ("GET", "HEAD", "POST", "OPTIONS"):
                answer = client.request(method, path)
                assert answer.status_code == 401, (method, path)
                assert "www-authenticate" in answer.headers and "allow" not in answer.headers
            known = client.get(path, headers={"x-api-key": key})
            assert known.status_code == (404 if path in ("/nowhere", "/one/more") else 200)
        asked = [client.options(path, headers=page) for path in HIDDEN]
        assert {answer.status_code for answer in asked} == {204}
        assert len({answer.headers["access-control-allow-methods"] for answer in asked}) == 1
        for path in ("/health", "/health/live", "/health/ready", "/metrics"):
            assert client.get(path).status_code == 200


def test_docs_may_be_open(project, database):
    project.write("api/one.sql", ONE)
    project.write("retort.ini", "[access]\nrequired = yes\nkeys = keys\n[serve]\ndocs = open\n")
    project.run("key", "warehouse")
    serve_as(project, database)
    with serving(project) as retort, client_of(retort) as client:
        for path in ("/", "/docs", "/docs/page.js", "/openapi.json"):
            assert client.get(path).status_code == 200, path
        assert client.get("/one").status_code == 401
        assert client.get("/nowhere").status_code == 401
